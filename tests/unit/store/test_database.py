"""What reports and housekeeping read from the database."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import select
from store_samples import DEPLOYMENT, FLOW, RUN, T0, Clock, order

from ml_connector.domain.documents import Supplier
from ml_connector.domain.status import Outcome
from ml_connector.store.database import Database, Purged
from ml_connector.store.engine import reading
from ml_connector.store.tables import audit_entry, pull, run_flow
from ml_connector.sync.ports import Pull


def staged(database: Database, flow: str, *outcomes: Outcome | None) -> None:
    staging = database.staging(DEPLOYMENT, flow, RUN)
    staging.begin()
    staging.add([order(str(number)) for number in range(len(outcomes))])
    for number, outcome in enumerate(outcomes):
        if outcome is not None:
            staging.finish(str(number), outcome)


def test_a_summary_counts_each_flow(database: Database) -> None:
    """A run's summary has the counts of each of its flows and of no other run."""
    staged(database, FLOW, Outcome.CREATED, Outcome.HELD)
    staged(database, "suppliers")
    summary = database.summary(DEPLOYMENT, RUN)
    assert (summary[FLOW]["read"], summary[FLOW]["created"], summary[FLOW]["held"]) == (2, 1, 1)
    assert summary["suppliers"]["read"] == 0
    assert database.summary(DEPLOYMENT, "other") == {}


def test_a_purge_keeps_the_counts(database: Database, clock: Clock) -> None:
    """Old staging, records and content of done documents go; counts, bindings, and what is not decided, stay."""
    staged(database, FLOW, Outcome.CREATED, Outcome.HELD)
    staged(database, "suppliers", None)
    database.record_cache(DEPLOYMENT, "cin7").put("purchase", "1", "v", {})
    journal, nothing = database.journal(DEPLOYMENT, FLOW, RUN), Purged(0, 0, 0, 0, 0, 0)
    for key, outcome in (("P1", Outcome.CREATED), ("P2", Outcome.HELD), ("P3", Outcome.REJECTED)):
        journal.conclude(key, outcome, label=key, document=order(key))
    before = database.summary(DEPLOYMENT, RUN)
    assert database.purge(30) == nothing
    clock.time += dt.timedelta(days=31)
    assert database.purge(30, "ifs_cin7") == nothing
    assert database.purge(30, DEPLOYMENT) == Purged(1, 2, 1, 1, 0, 0)
    assert database.purge(30) == nothing
    assert [one.key for one in journal.open_documents()] == ["P2"]
    assert journal.entry("P1").money is not None, "amount and binding stay"
    assert database.summary(DEPLOYMENT, RUN) == before
    assert database.staging(DEPLOYMENT, "suppliers", RUN).counts()["undecided"] == 1


def test_a_purge_leaves_what_may_have_to_be_sent_again(database: Database, clock: Clock) -> None:
    """A supplier of which the other side changes an owned field after years is still taken up again."""
    journal = database.journal(DEPLOYMENT, "suppliers", RUN)
    supplier = Supplier(source="cin7", key="S1", name="Kestrel", modified_at=T0)
    journal.conclude("S1", Outcome.CREATED, label="Kestrel", document=supplier)
    clock.time += dt.timedelta(days=401)
    assert database.purge(400).payloads == 0
    journal.resend("S1")
    assert list(journal.open_documents()) == [supplier]


def test_a_finished_run_keeps_what_it_read(database: Database, clock: Clock) -> None:
    """Finishing a run stores its end and windows, and finishing it again after a purge keeps its counts."""
    staged(database, FLOW, Outcome.CREATED)
    for _ in range(2):
        database.finish_run(DEPLOYMENT, RUN, {FLOW: {"start": None, "end": T0.isoformat()}})
        clock.time += dt.timedelta(days=2)
        database.purge(1)
    with reading(database.engine) as connection:
        (row,) = connection.execute(select(run_flow)).mappings().all()
    assert row["counts"]["created"] == 1
    assert row["read_window"]["end"] == T0.isoformat()
    assert row["finished_at"] is not None


def test_a_replayed_run_counts_what_it_holds_now(database: Database) -> None:
    """After a cleared load the summary tells the new outcome, not the one kept when the run first ended."""
    staged(database, FLOW, Outcome.FAILED)
    database.finish_run(DEPLOYMENT, RUN)
    database.staging(DEPLOYMENT, FLOW, RUN).finish("0", Outcome.CREATED)
    assert database.summary(DEPLOYMENT, RUN)[FLOW]["created"] == 1


def test_pulls_and_notes_are_kept(database: Database) -> None:
    """The trail tells which list was read when and how many rows came, and details keep their decimals."""
    audit = database.audit(DEPLOYMENT, FLOW, RUN)
    audit.pull(Pull("cin7", "purchaseList", "UpdatedSince=x", T0, T0, 250, 3))
    audit.note("P1", "would be created", {"gross": Decimal("1.10"), "at": T0, "why": Outcome.HELD, "x": {1}})
    with reading(database.engine) as connection:
        read = connection.execute(select(pull)).mappings().one()
        note = connection.execute(select(audit_entry)).mappings().one()
    assert (read["entity"], read["row_count"], read["page_count"], read["run_id"]) == (
        "purchaseList", 250, 3, RUN
    )  # fmt: skip
    assert note["detail"] == {
        "gross": Decimal("1.10"), "at": T0.isoformat(), "why": "held", "x": [1]
    }  # fmt: skip

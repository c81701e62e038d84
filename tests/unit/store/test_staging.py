"""Documents of one run, on disk between the tasks."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from store_samples import DEPLOYMENT, FLOW, RUN, T0, Clock, order

from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome
from ml_connector.store.database import Database
from ml_connector.store.staging import SqlStaging
from ml_connector.sync.ports import Unreadable
from ml_connector.sync.stores import Decision, Later

FINDING = Finding(reason=Reason.NO_LINES, message="No lines.", next_step="Add one.")


@pytest.fixture
def staging(database: Database) -> SqlStaging:
    """The staging of one flow of one run."""
    staging = database.staging(DEPLOYMENT, FLOW, RUN)
    staging.begin()
    return staging


def test_documents_come_back_as_staged_oldest_first(staging: SqlStaging) -> None:
    """A document survives staging to the last digit, and the oldest modification comes first."""
    late, early = order("A", hours=2, amount="0.10"), order("B", hours=1)
    assert staging.add([late, early]) == 2
    found = list(staging.all())
    assert [staged.document for staged in found] == [early, late]
    assert found[1].content_hash == late.content_hash()
    assert (found[1].label, found[1].outcome, found[1].carried) == ("purchase order PO-A", None, False)


def test_a_later_copy_replaces_an_earlier_one(staging: SqlStaging) -> None:
    """Of two copies of a key the later added one stays, in one batch and over two."""
    staging.add([order("A"), order("A", amount="2")])
    staging.add([order("B")], carried=True)
    staging.decide([Decision("B", order("B"))])
    staging.add([order("B", amount="3")])
    found = {staged.key: staged for staged in staging.all()}
    assert [found["A"].document.money.amount, found["B"].document.money.amount] == [2, 3]  # type: ignore[union-attr]
    assert (found["B"].carried, found["B"].resolved) == (False, None)
    assert staging.counts()["read"] == 2


def test_an_unreadable_record_is_staged_with_its_finding(staging: SqlStaging) -> None:
    """A record that could not be translated takes its place, whatever characters it is made of."""
    staging.add([Unreadable("X", T0, FINDING, "raw \x00 \ud800")])
    (found,) = staging.all()
    assert (found.key, found.document, found.findings, found.modified_at) == ("X", None, (FINDING,), T0)


def test_more_documents_than_a_chunk_are_all_yielded(staging: SqlStaging) -> None:
    """Every document is yielded once, though many bear one time stamp and rows change meanwhile."""
    staging.add([order(f"{number:04d}", hours=number // 300) for number in range(601)])
    seen = []
    for staged in staging.all():
        seen.append(staged.key)
        if staged.key.endswith("50"):
            staging.finish(staged.key, Outcome.CREATED)
    assert seen == [f"{number:04d}" for number in range(601)]


def test_decisions_and_ends_are_counted(staging: SqlStaging) -> None:
    """Counts say for each outcome how many documents have it, and how many have none."""
    staging.add([order("A"), order("B"), order("C")])
    staging.add([order("D")], carried=True)
    staging.decide([Decision("A", None, (FINDING,), Outcome.HELD)])
    staging.decide([Decision("B", order("B", amount="7"))])
    staging.finish("C", Outcome.CREATED)
    counts = staging.counts()
    found = {staged.key: staged for staged in staging.all()}
    assert {name: number for name, number in counts.items() if number} == {
        "read": 4, "held": 1, "created": 1, "undecided": 2, "carried": 1
    }  # fmt: skip
    assert found["A"].findings == (FINDING,)
    assert found["B"].resolved is not None
    assert found["B"].resolved.money is not None
    assert found["B"].resolved.money.amount == Decimal(7)


def test_an_end_without_a_staged_document_is_an_error(staging: SqlStaging) -> None:
    """Storing the end of a document that is not staged fails instead of vanishing."""
    with pytest.raises(LookupError):
        staging.finish("A", Outcome.CREATED)


def test_beginning_empties_this_flow_of_this_run_only(database: Database, staging: SqlStaging) -> None:
    """A cleared extract starts afresh and leaves other flows and runs alone."""
    others = [database.staging(DEPLOYMENT, "suppliers", RUN), database.staging(DEPLOYMENT, FLOW, "other")]
    for each in (staging, *others):
        each.add([order("A")])
    staging.begin()
    assert [len(list(each.all())) for each in (staging, *others)] == [0, 1, 1]


def test_the_newest_stamp_is_of_what_was_read(staging: SqlStaging) -> None:
    """Documents taken over from earlier runs do not count towards the watermark."""
    assert staging.newest() is None
    staging.add([order("A", hours=9)], carried=True)
    assert staging.newest() is None
    staging.add([order("B", hours=1), order("C", hours=2)])
    assert staging.newest() == T0 + dt.timedelta(hours=2)


def test_what_a_run_that_began_later_has_read_otherwise_overtakes(database: Database, clock: Clock) -> None:
    """Other content of the same document, read and not carried on by a later run of the flow, and nothing else."""
    first, second = (database.staging(DEPLOYMENT, FLOW, run) for run in ("first", "second"))
    other_flow = database.staging(DEPLOYMENT, "goods_receipts", "second")
    for one in (first, second, other_flow):
        one.begin()
        clock.time += dt.timedelta(minutes=1)
    first.add([order("A"), order("B"), order("C"), order("D")])
    second.add([order("A", amount="2"), order("B"), order("E")])
    second.add([order("C", amount="2")], carried=True)
    other_flow.add([order("D", amount="2")])
    assert (first.overtaken(), second.overtaken()) == ({"A": "second"}, {})
    assert (first.overtaken("A"), first.overtaken("B")) == ({"A": "second"}, {})
    first.begin()
    first.add([order("A")])
    assert (first.overtaken(), second.overtaken()) == ({}, {"A": "first"})


def test_what_a_later_run_has_said_since_this_one_decided(database: Database, clock: Clock) -> None:
    """Told with whether both had the same content; not what was said before, and nothing of what is not decided."""
    first, second = (database.staging(DEPLOYMENT, FLOW, run) for run in ("first", "second"))
    for one in (first, second):
        one.begin()
        clock.time += dt.timedelta(minutes=1)
    journal = database.journal(DEPLOYMENT, FLOW, "second")
    second.add([order("A"), order("B", amount="2"), order("C"), order("D")])
    journal.conclude("C", Outcome.HELD, label="C")
    clock.time += dt.timedelta(minutes=1)
    first.add([order(key) for key in "ABCD"])
    first.decide([Decision(key, order(key)) for key in "ABC"])
    clock.time += dt.timedelta(minutes=1)
    for key in "ABD":
        journal.conclude(key, Outcome.HELD, label=key)
    assert first.decided_later() == {"A": Later("second", is_same=True), "B": Later("second", is_same=False)}
    assert (first.decided_later("B").keys(), second.decided_later()) == ({"B"}, {})
    first.add([order("A")])
    assert first.decided_later().keys() == {"B"}

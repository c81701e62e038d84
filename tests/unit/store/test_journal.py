"""What the connector knows of each document in the target."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from store_samples import DEPLOYMENT, FLOW, RUN, Clock, order

from ml_connector.domain.errors import ConcurrentEdit, Refused
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.money import Money
from ml_connector.domain.status import Outcome, Progress
from ml_connector.store import leases
from ml_connector.store.database import Database
from ml_connector.store.engine import reading, writing
from ml_connector.store.journal import SqlJournal
from ml_connector.store.tables import audit_entry, document
from ml_connector.sync.ports import TargetRef, Unreadable

INCLUDE = Path(__file__).parents[3] / "include"
HELD = Finding(reason=Reason.NO_LINES, message="No lines.", next_step="Add one.")
REF = TargetRef(key="Bill/1", number="1", parts={"lines": "x"})


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    """The journal of one flow."""
    return database.journal(DEPLOYMENT, FLOW, RUN)


def steps(database: Database) -> list[tuple[str, str]]:
    with reading(database.engine) as connection:
        query = select(audit_entry.c.key, audit_entry.c.step).order_by(audit_entry.c.id)
        return [(row[0], row[1]) for row in connection.execute(query)]


def conclude(journal: SqlJournal, outcome: Outcome, *, key: str = "P1", amount: str = "110.10") -> None:
    journal.conclude(key, outcome, label="order", findings=(HELD,), document=order(key, amount=amount))


def test_a_new_row_has_a_marker_that_does_not_change(database: Database, journal: SqlJournal) -> None:
    """The marker depends on deployment, flow and key alone, so it survives the loss of the database."""
    marker = journal.entry("P1").marker
    assert marker == journal.advance("P1", Progress.INTENDED, document=order()).marker
    assert marker.startswith("mlc:")
    others = [
        database.journal(DEPLOYMENT, "suppliers", RUN).entry("P1").marker,
        database.journal("other", FLOW, RUN).entry("P1").marker,
        journal.entry("P2").marker,
    ]
    assert len({marker, *others}) == 4


def test_steps_are_kept_and_audited(database: Database, journal: SqlJournal, clock: Clock) -> None:
    """Each step changes what it is given, leaves the rest, and stands in the trail."""
    journal.advance("P1", Progress.INTENDED, document=order(), label="order 1")
    sent = journal.advance("P1", Progress.SENT)
    assert sent.sent_at == clock.now()
    journal.advance("P1", Progress.DRAFTED, ref=REF)
    entry = journal.advance("P1", Progress.VERIFIED, source_hash="abc")
    assert entry == journal.entry("P1")
    assert (entry.ref, entry.source_hash, entry.label, entry.sent_at) == (REF, "abc", "order 1", sent.sent_at)
    assert entry.money == Money(amount=order().gross, currency="EUR")
    assert [step for _, step in steps(database)] == ["intended", "sent", "drafted", "verified"]


def test_a_step_and_its_audit_are_one(database: Database, journal: SqlJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that cannot be audited is not stored."""
    monkeypatch.setattr(type(journal.audit), "write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        journal.advance("P1", Progress.SENT, document=order())
    with pytest.raises(ZeroDivisionError):
        conclude(journal, Outcome.CREATED)
    monkeypatch.undo()
    assert journal.entry("P1").progress is Progress.NONE
    assert steps(database) == []


def test_an_unknown_outcome_is_dated_anew(journal: SqlJournal, clock: Clock) -> None:
    """The settling time counts from when the answer was given up, not from when the call left."""
    journal.advance("P1", Progress.SENT, document=order())
    clock.time += dt.timedelta(seconds=180)
    assert journal.advance("P1", Progress.UNKNOWN).sent_at == clock.now()


def test_open_documents_are_taken_up_again(journal: SqlJournal) -> None:
    """Held, waiting, failed and cut-off documents come again; done ones do not."""
    for key, outcome in zip("ABCDEFG", Outcome, strict=True):
        conclude(journal, outcome, key=key)
    journal.advance("K", Progress.SENT, document=order("K"))
    journal.advance("H", Progress.INTENDED, document=order("H"))
    assert {document.key for document in journal.open_documents()} == {"D", "E", "F", "H", "K"}
    conclude(journal, Outcome.CREATED, key="D")
    assert "D" not in {document.key for document in journal.open_documents()}


def test_a_refused_document_stays_open_when_the_worker_dies(journal: SqlJournal) -> None:
    """A held document whose new attempt dies after it was refused is still taken up again."""
    conclude(journal, Outcome.HELD)
    journal.advance("P1", Progress.INTENDED, document=order())
    journal.advance("P1", Progress.NONE)
    assert [document.key for document in journal.open_documents()] == ["P1"]


def test_an_unreadable_record_drops_the_older_state(journal: SqlJournal) -> None:
    """Once a record cannot be read any more, its older state is not delivered in its place."""
    conclude(journal, Outcome.HELD)
    journal.conclude("P1", Outcome.HELD, label="order", findings=(HELD,))
    assert list(journal.open_documents()) == []


def test_a_document_of_another_release_is_held(database: Database, journal: SqlJournal) -> None:
    """A kept document that this release cannot read is yielded as unreadable and stops no other."""
    conclude(journal, Outcome.HELD, key="A")
    conclude(journal, Outcome.HELD, key="B")
    with writing(database.engine) as connection:
        connection.execute(text("UPDATE mlc_document SET payload = '{\"new\": 1}' WHERE key = 'A'"))
    first, second = journal.open_documents()
    assert isinstance(first, Unreadable)
    assert first.finding.reason is Reason.UNREADABLE
    assert second == order("B")


def test_a_document_to_resend_is_taken_up_again(journal: SqlJournal) -> None:
    """A verified document that the other side asks for again is compared with the target in the next run."""
    journal.advance("P1", Progress.VERIFIED, ref=REF, source_hash="abc", document=order())
    conclude(journal, Outcome.CREATED)
    assert list(journal.open_documents()) == []
    journal.resend("P1")
    journal.resend("unknown")
    assert [document.key for document in journal.open_documents()] == ["P1"]
    assert (journal.entry("P1").source_hash, journal.entry("unknown").progress) == ("", Progress.NONE)


def test_a_target_belongs_to_one_document(journal: SqlJournal) -> None:
    """A second document bound to the same target record is refused with the name of the first."""
    journal.advance("P1", Progress.DRAFTED, ref=REF, label="order 1")
    assert journal.key_of("Bill/1") == "P1"
    assert journal.key_of("Bill/2") is None
    with pytest.raises(Refused, match="order 1"):
        journal.advance("P2", Progress.VERIFIED, ref=REF)
    assert [entry.key for entry in journal.targets()] == ["P1"]


def test_held_documents_are_listed_since_when(database: Database, journal: SqlJournal, clock: Clock) -> None:
    """The queue shows reason, label and amount, and since when without a break it has been held."""
    since = clock.now()
    conclude(journal, Outcome.HELD)
    clock.time += dt.timedelta(days=1)
    conclude(journal, Outcome.WAITING, amount="5.25")
    conclude(journal, Outcome.FAILED, key="P2")
    (held,) = database.held(DEPLOYMENT)
    assert (held.key, held.label, held.outcome, held.since) == ("P1", "order", Outcome.WAITING, since)
    assert held.findings == (HELD,)
    assert str(held.money) == "5.25 EUR"
    conclude(journal, Outcome.CREATED)
    conclude(journal, Outcome.HELD)
    assert database.held(DEPLOYMENT)[0].since == clock.now()
    assert database.held("other") == []


def test_one_worker_at_a_time_holds_a_document(database: Database, journal: SqlJournal) -> None:
    """A second worker is turned away while the first is at it, and let in afterwards."""
    other = database.journal(DEPLOYMENT, FLOW, "other run")
    with journal.lock("P1"):
        with pytest.raises(ConcurrentEdit), other.lock("P1"):
            pass
        with other.lock("P2"):
            pass
    with other.lock("P1"):
        pass


def test_a_worker_that_lost_its_lease_stops(database: Database, journal: SqlJournal, clock: Clock) -> None:
    """After its lease has run out and another took over, a worker's next step is refused."""
    other = database.journal(DEPLOYMENT, FLOW, "other run")
    with journal.lock("P1"):
        clock.time += leases.LEASE + dt.timedelta(seconds=1)
        with other.lock("P1"):
            with pytest.raises(ConcurrentEdit):
                journal.advance("P1", Progress.SENT)
            other.advance("P1", Progress.SENT)


def test_each_step_renews_the_lease(database: Database, journal: SqlJournal, clock: Clock) -> None:
    """A document that takes long keeps its lease as long as it moves."""
    other = database.journal(DEPLOYMENT, FLOW, "other run")
    with journal.lock("P1"):
        for _ in range(3):
            clock.time += leases.LEASE - dt.timedelta(seconds=1)
            journal.advance("P1", Progress.SENT)
        with pytest.raises(ConcurrentEdit), other.lock("P1"):
            pass


def test_a_foreign_worker_frees_a_document_only_by_time(database: Database, journal: SqlJournal, clock: Clock) -> None:
    """A lease of another machine is respected until it ends: nobody here knows whether its process lives."""
    journal.advance("P1", Progress.SENT)
    lease = {"lease_owner": "elsewhere/1/2:999999:x", "lease_until": clock.now() + dt.timedelta(minutes=5)}
    with writing(database.engine) as connection:
        connection.execute(update(document).values(lease))
    with pytest.raises(ConcurrentEdit, match="process 999999 on elsewhere"), journal.lock("P1"):
        pass
    clock.time += dt.timedelta(minutes=6)
    with journal.lock("P1"):
        pass


HOLDER = """
import sys
from ml_connector.store.database import Database
journal = Database(sys.argv[1]).journal("acumatica_cin7", "purchase_orders", "killed run")
with journal.lock("P1"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_killed_worker_frees_its_document_at_once(database: Database, empty_url: str) -> None:
    """While a process lives its lease holds; once it is killed the next worker on the machine takes over."""
    journal = Database(empty_url).journal(DEPLOYMENT, FLOW, RUN)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, empty_url],
        env={"PYTHONPATH": str(INCLUDE)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as worker:  # fmt: skip
        assert worker.stdout is not None
        assert worker.stdout.readline() == "held\n"
        with pytest.raises(ConcurrentEdit, match=f"process {worker.pid}"), journal.lock("P1"):
            pass
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        with journal.lock("P1"):
            assert journal.advance("P1", Progress.SENT).progress is Progress.SENT
    journal.engine.dispose()


COUNTER = """
import sys
from ml_connector.domain.errors import ConcurrentEdit
from ml_connector.domain.status import Progress
from ml_connector.store.database import Database
journal = Database(sys.argv[1]).journal("acumatica_cin7", "purchase_orders", "r")
done = 0
while done < 15:
    try:
        with journal.lock("P1"):
            number = int(journal.entry("P1").source_hash or 0)
            journal.advance("P1", Progress.SENT, source_hash=str(number + 1))
            done += 1
    except ConcurrentEdit:
        pass
"""


def test_two_processes_never_hold_one_document_together(journal: SqlJournal, empty_url: str) -> None:
    """Two processes that read, add one and write under the lock lose no count."""
    command = [sys.executable, "-c", COUNTER, empty_url]
    workers = [subprocess.Popen(command, env={"PYTHONPATH": str(INCLUDE)}) for _ in range(2)]
    assert [worker.wait(timeout=60) for worker in workers] == [0, 0]
    assert journal.entry("P1").source_hash == "30"

"""Which calls each document took stands in its audit trail."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ml_connector.domain.errors import RetryableError
from ml_connector.orchestration.calls import MOST_CALLS, CallLog, JournalWithCalls
from ml_connector.store import call_bodies
from ml_connector.store.audit import SqlAudit
from ml_connector.store.database import Database
from ml_connector.store.engine import reading
from ml_connector.store.tables import audit_entry
from ml_connector.store.verify import verify
from ml_connector.transport.answer import Call

DAY = dt.timedelta(days=1)
GET = Call("GET", "https://erp.example/Bill?key=1", 200, 0.1234, 1)
PUT = Call("PUT", "https://erp.example/Bill", None, 10.0, 2, "timeout")


@pytest.fixture
def journal(tmp_path: Path) -> JournalWithCalls:
    """A journal over a real database."""
    database = Database(f"sqlite:///{tmp_path / 'calls.db'}", keys=("a key",))
    database.migrate()
    audit = database.audit("acumatica_cin7", "bills", "r1")
    return JournalWithCalls(database.engine, "acumatica_cin7", "bills", "r1", audit, database.now, calls=CallLog())


def kept(journal: JournalWithCalls) -> list[tuple[str, str, Any]]:
    query = select(audit_entry.c.key, audit_entry.c.step, audit_entry.c.detail).order_by(audit_entry.c.id)
    with reading(journal.engine) as connection:
        return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def test_the_calls_made_while_a_document_was_locked_are_kept(journal: JournalWithCalls) -> None:
    """Each document has its own calls, none of those before it, and no entry when it took none."""
    journal.calls.note(GET)
    with journal.lock("1"):
        journal.calls.note(GET)
        journal.calls.note(PUT)
    with journal.lock("2"):
        pass
    told = {"method": "GET", "url": "https://erp.example/Bill?key=1", "status": 200, "ms": 123}
    lost = {"method": "PUT", "url": "https://erp.example/Bill", "status": None, "ms": 10000, "attempt": 2}
    assert kept(journal) == [("1", "calls", {"calls": [told, {**lost, "error": "timeout"}]})]


def test_the_calls_of_a_failed_document_are_kept_too(journal: JournalWithCalls) -> None:
    """What a document took is of most interest when it ended badly."""

    def fail() -> None:
        with journal.lock("1"):
            journal.calls.note(PUT)
            raise RetryableError("down")

    with pytest.raises(RetryableError):
        fail()
    assert [entry[:2] for entry in kept(journal)] == [("1", "calls")]


def test_a_trail_that_cannot_be_written_fails_nothing(
    journal: JournalWithCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document's steps are what counts; the list of its calls is given up."""

    def refuse(*_: Any) -> None:
        raise RetryableError("the database did not answer")

    monkeypatch.setattr(SqlAudit, "write", refuse)
    with journal.lock("1"):
        journal.calls.note(GET)
    assert kept(journal) == []


def test_the_bodies_of_calls_are_kept_beside_the_trail(journal: JournalWithCalls) -> None:
    """The trail names them; they are sealed, and forgotten after their time without the trail being touched."""
    with journal.lock("1"):
        journal.calls.note(GET)
        journal.calls.note(replace(PUT, sent='{"Number": "B1"}', received="refused"))
    [(_, _, detail)] = kept(journal)
    read, written = detail["calls"]
    assert "bodies" not in read
    name = written["bodies"]
    assert call_bodies.kept(journal.engine, "acumatica_cin7", [name, "other"]) == {
        name: ('{"Number": "B1"}', "refused")
    }
    assert call_bodies.kept(journal.engine, "ifs_cin7", [name]) == {}
    with reading(journal.engine) as connection:
        stored = connection.exec_driver_sql("SELECT sent, received FROM mlc_call_body").one()
    assert all(text.startswith("mlc1:") for text in stored)
    noted = journal.now()
    call_bodies.forget(journal.engine, noted + DAY, "ifs_cin7")
    call_bodies.forget(journal.engine, noted - DAY)
    assert call_bodies.kept(journal.engine, "acumatica_cin7", [name])
    call_bodies.forget(journal.engine, noted + DAY, "acumatica_cin7")
    assert call_bodies.kept(journal.engine, "acumatica_cin7", [name]) == {}
    assert verify(journal.engine, "acumatica_cin7", ()).good


def test_a_deployment_may_keep_no_bodies(journal: JournalWithCalls) -> None:
    """The calls are told all the same."""
    with replace(journal, keep_bodies=False).lock("1"):
        journal.calls.note(replace(PUT, sent="x", received="y"))
    [(_, _, detail)] = kept(journal)
    assert "bodies" not in detail["calls"][0]
    with reading(journal.engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM mlc_call_body").scalar() == 0


def test_only_so_many_calls_are_kept(journal: JournalWithCalls) -> None:
    """Of very many the last ones are kept."""
    with journal.lock("1"):
        for number in range(MOST_CALLS + 5):
            journal.calls.note(Call("GET", f"https://erp.example/{number}", 200, 0.0, 1))
    [(_, _, detail)] = kept(journal)
    assert len(detail["calls"]) == MOST_CALLS
    assert detail["calls"][-1]["url"].endswith(f"/{MOST_CALLS + 4}")


def test_a_locked_document_keeps_others_out(journal: JournalWithCalls) -> None:
    """It is the journal's own lock."""
    with journal.lock("1"), pytest.raises(RetryableError), journal.lock("1"):
        pass

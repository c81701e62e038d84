"""Each document's audit entries are a chain of hashes."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import Any

from sqlalchemy import text
from store_samples import DEPLOYMENT, FLOW, INCLUDE, RUN, UTC, upgrade

from ml_connector.store import chain
from ml_connector.store.database import Database
from ml_connector.store.engine import engine_for, reading, writing
from ml_connector.store.migrations import known_versions, migrate

COLUMNS = "id, at, deployment, flow, run_id, key, step, detail, scheme, seq, previous, hash"


def entries(database: Database, key: str) -> list[Any]:
    query = text(f"SELECT {COLUMNS} FROM mlc_audit_entry WHERE key = :key ORDER BY seq")
    with reading(database.engine) as connection:
        return list(connection.execute(query, {"key": key}))


def recomputed(row: Any, previous: str, seq: int) -> str:
    at = dt.datetime.fromisoformat(f"{row.at}+00:00") if isinstance(row.at, str) else row.at
    return chain.entry_hash(previous, seq, chain.content_hash({**row._mapping, "at": at}))


def proves(rows: list[Any]) -> bool:
    """Whether each entry carries the hash of the one before, and its own."""
    previous = chain.start_of(rows[0].deployment, rows[0].flow, rows[0].key)
    for seq, row in enumerate(rows, start=1):
        if (row.seq, row.previous, row.hash) != (seq, previous, recomputed(row, previous, seq)):
            return False
        previous = row.hash
    return True


def test_each_entry_carries_the_hash_of_the_one_before(database: Database) -> None:
    """The entries of a document follow each other by hash, whatever is written of other documents in between."""
    audit = database.audit(DEPLOYMENT, FLOW, RUN)
    for step in ("intended", "sent", "drafted"):
        audit.note("P1", step, {"amount": "1.10", "text": "Müller \x00 & Söhne"})
        audit.note("P2", step, {})
    for key in ("P1", "P2"):
        rows = entries(database, key)
        assert [row.step for row in rows] == ["intended", "sent", "drafted"]
        assert {row.scheme for row in rows} == {chain.CHAINED}
        assert proves(rows)


WRITER = """
import sys
from ml_connector.store.database import Database
audit = Database(sys.argv[1]).audit("acumatica_cin7", "purchase_orders", "r")
for number in range(20):
    audit.note("P1", "step", {"writer": sys.argv[2], "number": number})
"""


def test_several_processes_write_one_chain(database: Database, empty_url: str) -> None:
    """Processes that write about one document at once make one chain without gap or fork."""
    workers = [
        subprocess.Popen([sys.executable, "-c", WRITER, empty_url, name], env={"PYTHONPATH": str(INCLUDE)})
        for name in ("a", "b")
    ]
    assert [worker.wait(timeout=60) for worker in workers] == [0, 0]
    rows = entries(database, "P1")
    assert len(rows) == 40
    assert proves(rows)


OLD_ENTRY = """
INSERT INTO mlc_audit_entry (at, deployment, flow, run_id, key, step, detail)
VALUES (:at, 'acumatica_cin7', 'purchase_orders', 'old', :key, :step, '{"label": "Müller"}')
"""


def old_database(url: str, documents: int, steps: int) -> None:
    upgrade(url, known_versions()[0])
    engine = engine_for(url)
    sqlite = engine.dialect.name == "sqlite"
    moment = dt.datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
    rows = [
        {"at": f"{moment:%Y-%m-%d %H:%M:%S.%f}" if sqlite else moment, "key": f"P{number}", "step": f"step {step}"}
        for step in range(steps)
        for number in range(documents)
    ]
    with writing(engine) as connection:
        connection.execute(text(OLD_ENTRY), rows)
    engine.dispose()


def test_entries_of_the_oldest_release_are_chained_and_marked(empty_url: str) -> None:
    """An upgrade from the first version chains every entry as it stands and marks it; new ones go on from there."""
    old_database(empty_url, documents=400, steps=5)
    database = Database(empty_url)
    database.migrate()
    rows = entries(database, "P77")
    assert [row.step for row in rows] == [f"step {step}" for step in range(5)]
    assert {row.scheme for row in rows} == {chain.MIGRATED}
    assert proves(rows)
    database.audit("acumatica_cin7", "purchase_orders", "new").note("P77", "verified", {})
    rows = entries(database, "P77")
    assert [row.scheme for row in rows] == [chain.MIGRATED] * 5 + [chain.CHAINED]
    assert proves(rows)
    anchor = database.anchors("acumatica_cin7").add("new")
    assert anchor is not None
    assert (anchor.number, anchor.heads) == (1, 400)
    database.engine.dispose()


def test_an_old_release_writes_no_entry_outside_the_chain(empty_url: str) -> None:
    """A worker of an older release that is still at it after the upgrade is refused by the database."""
    old_database(empty_url, documents=1, steps=1)
    engine = engine_for(empty_url)
    migrate(engine)
    refused = False
    try:
        with writing(engine) as connection:
            connection.execute(text(OLD_ENTRY), {"at": "2026-03-01 12:00:00.123456", "key": "P9", "step": "late"})
    except Exception as error:  # noqa: BLE001 - the driver's own class
        refused = "null" in str(error).lower()
    engine.dispose()
    assert refused


def test_a_run_anchors_what_grew(database: Database) -> None:
    """An anchor covers the documents that grew since the last one; where nothing grew none is made."""
    audit = database.audit(DEPLOYMENT, FLOW, RUN)
    anchors = database.anchors(DEPLOYMENT)
    assert anchors.add(RUN) is None
    audit.note("P1", "sent", {})
    audit.note("P2", "sent", {})
    first = anchors.add(RUN)
    assert anchors.add(RUN) is None
    audit.note("P2", "drafted", {})
    second = anchors.add(RUN)
    assert first is not None
    assert second is not None
    assert (first.number, first.heads, second.number, second.heads) == (1, 2, 2, 1)
    with reading(database.engine) as connection:
        rows = list(connection.execute(text("SELECT previous, hash FROM mlc_audit_anchor ORDER BY number")))
    assert [row.previous for row in rows] == [chain.first_anchor(DEPLOYMENT), first.hash]

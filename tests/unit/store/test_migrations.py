"""How the tables come into being."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from store_samples import DEPLOYMENT, FLOW, INCLUDE, RUN, upgrade

from ml_connector.domain.errors import ConfigurationError
from ml_connector.mapping.codemap import Mapped
from ml_connector.store.codemap_csv import Row
from ml_connector.store.codemap_edits import MapEdits
from ml_connector.store.database import Database
from ml_connector.store.engine import engine_for, reading, writing
from ml_connector.store.migrations import VERSION_TABLE, check, known_versions, migrate
from ml_connector.store.tables import APPEND_ONLY, metadata


def test_the_migrations_make_the_tables_of_the_code(database: Database) -> None:
    """A migrated database differs in nothing from what the code expects."""
    with reading(database.engine) as connection:
        options = {"compare_type": True, "include_name": lambda name, kind, _: name != VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_a_migrated_database_says_its_version(empty_url: str) -> None:
    """An empty database has no version, a migrated one the newest; migrating again changes nothing."""
    engine = engine_for(empty_url)
    assert check(engine) is None
    assert migrate(engine) == migrate(engine) == check(engine) == known_versions()[-1]
    engine.dispose()


def test_a_newer_database_is_refused(database: Database) -> None:
    """A database that a newer release made stops this one, and the message says what to install."""
    with writing(database.engine) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match=r"9999.*install"):
        database.migrate()
    with pytest.raises(ConfigurationError, match="9999"):
        database.check()


def test_a_killed_migration_leaves_no_trace(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that dies before its end is done from the beginning by the next worker."""
    engine = engine_for(empty_url)
    done = "ml_connector.store.migrations._upgrade"
    from ml_connector.store.migrations import _upgrade

    def die(connection: object) -> None:
        _upgrade(connection)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(done, die)
        with pytest.raises(KeyboardInterrupt):
            migrate(engine)
    assert check(engine) is None
    assert migrate(engine) == known_versions()[-1]
    engine.dispose()


def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    """Of several workers that start together one makes the tables, and all go on."""
    code = "import sys; from ml_connector.store.database import Database; print(Database(sys.argv[1]).migrate())"
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code, empty_url],
            env={"PYTHONPATH": str(INCLUDE)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    answers = [worker.communicate(timeout=60) for worker in workers]
    assert [out.strip() for out, _ in answers] == [known_versions()[-1]] * 3, answers


@pytest.mark.parametrize("statement", ["UPDATE {table} SET deployment = deployment", "DELETE FROM {table}"])
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_trail_only_grows(database: Database, table: str, statement: str) -> None:
    """The database itself refuses to change or delete what a trail holds."""
    database.audit(DEPLOYMENT, FLOW, RUN).note("P1", "step", {"a": 1})
    database.anchors(DEPLOYMENT).add(RUN)
    database.code_maps(DEPLOYMENT).set("account", "1", "2", author="ann")
    with writing(database.engine) as connection:
        connection.execute(
            text(
                "INSERT INTO mlc_watermark_history (at, deployment, flow, run_id, event, after, known) VALUES "
                "('2026-01-01 00:00:00.000000', 'd', 'f', 'r', 'e', '2026-01-01 00:00:00.000000', "
                "'2026-01-01 00:00:00.000000')"
            )
        )
    with pytest.raises(DBAPIError, match="only grows"), writing(database.engine) as connection:
        connection.execute(text(statement.format(table=table)))


OLD_MAP = """
INSERT INTO mlc_code_map (deployment, map, cin7_code, partner_code, note, version, author, at)
VALUES (:d, 'account', :code, :partner, 'why', :version, 'ann', '2026-03-01 00:00:00.000000')
"""
OLD_CHANGE = """
INSERT INTO mlc_code_map_change (at, deployment, map, version, cin7_code, before, after, note, author, entries)
VALUES ('2026-03-01 00:00:00.000000', :d, 'account', :version, :code, :before, :after, 'why', 'ann', :entries)
"""


def test_entries_from_before_effective_dates_are_for_any_day(empty_url: str) -> None:
    """Maps and their history are kept as they stand, still only grow, and are read, undone and dated as ever."""
    upgrade(empty_url, "0008")
    engine = engine_for(empty_url)
    changes = [("6100", None, "1", 1), ("6100", "1", "2", 2), ("6200", None, "3, 4", 3)]
    with writing(engine) as connection:
        for code, partner, version in (("6100", "2", 2), ("6200", "3", 3), ("6200", "4", 3)):
            values = {"d": DEPLOYMENT, "code": code, "partner": partner, "version": version}
            connection.execute(text(OLD_MAP), values)
        for code, before, after, version in changes:
            entries = "[" + ", ".join(f'{{"partner_code": "{p}", "note": "why"}}' for p in after.split(", ")) + "]"
            values = {"d": DEPLOYMENT, "code": code, "before": before, "after": after, "version": version}
            connection.execute(text(OLD_CHANGE), {**values, "entries": entries})
    engine.dispose()
    database = Database(empty_url)
    database.migrate()
    maps = database.code_maps(DEPLOYMENT)
    assert maps.rows("account") == [Row("6100", "2", "why"), Row("6200", "3", "why"), Row("6200", "4", "why")]
    assert maps.load_at("cin7", {"account": 3}) == maps.load("cin7")
    assert maps.load_at("cin7", {"account": 1})["account"] == {"6100": [Mapped("1", 1)]}
    with pytest.raises(DBAPIError, match="only grows"), writing(database.engine) as connection:
        connection.execute(text("DELETE FROM mlc_code_map_change"))
    maps.set("account", "6100", "9", author="mia", effective_from="2027-01-01")
    MapEdits(maps, "account").undo(2, author="mia")
    assert maps.rows("account")[:2] == [Row("6100", "1", "why"), Row("6100", "9", "", "2027-01-01")]
    database.engine.dispose()

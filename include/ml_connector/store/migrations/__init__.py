"""Brings the connector's database to the tables this code needs: once, whoever comes first."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from ml_connector.domain.errors import ConfigurationError
from ml_connector.store.engine import alone, reading, writing

VERSION_TABLE = "mlc_schema_version"
_FOLDER = Path(__file__).parent

_log = logging.getLogger(__name__)


def known_versions() -> list[str]:
    """Return the versions this code can make, oldest first; they are the beginnings of the file names."""
    return sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def migrate(engine: Engine) -> str:
    """Bring the database to the newest version and return it; quick when it is there already.

    Whoever comes second waits for the first. A migration killed half-way leaves no trace: it is one
    transaction, on SQLite too.

    Raises:
        ConfigurationError: the database is newer than this code.
        RetryableError: the database did not answer, or another worker's migration took too long.
    """
    head = known_versions()[-1]
    if check(engine) == head:
        return head
    if engine.dialect.name == "sqlite":
        _use_wal(engine)
    with writing(engine) as connection:
        alone(connection, "migrations")
        if _checked(connection) != head:
            _upgrade(connection)
    engine.dispose()  # nothing is kept open that knows the old tables, and a SQLite file is whole by itself
    return head


def check(engine: Engine) -> str | None:
    """Return the version of the database's tables; None when there are none yet.

    Raises:
        ConfigurationError: the database is newer than this code.
    """
    with reading(engine) as connection:
        return _checked(connection)


def _checked(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant
    known = known_versions()
    if version is not None and version not in known:
        msg = (
            f"the connector's database has version {version}, this ml-connector knows up to {known[-1]}: "
            f"install the ml-connector release that made it, or one newer, on every worker"
        )
        raise ConfigurationError(msg)
    return version


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - takes longer to import than to find that it is not needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _use_wal(engine: Engine) -> None:
    """Let readers and the writer not wait for each other (https://www.sqlite.org/wal.html)."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode=WAL")
    except Exception as error:  # noqa: BLE001 - the driver's own class; another worker is doing the same
        _log.debug("journal mode left as it is: %s", error)
    finally:
        raw.close()

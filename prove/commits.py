"""Stands between the connector and its database: every commit passes here, and the database can be gone or full."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

from sqlalchemy import Engine, event, exc, make_url

from prove.trip import Switch, Trouble

_COMPILED: Any = {}
"""SQL compiled once for all engines: each case has an engine of its own."""


def watch(engine: Engine, trouble: Trouble) -> None:
    """Lead the engine's commits through the attempt's trip, and let outages meet its connections."""
    watched = warm(engine)
    _watch_commits(watched)
    _watch_connections(watched, trouble)


class _Sqlite(type(make_url("sqlite://").get_dialect()())):  # type: ignore[misc]
    """The dialect, equal to those of other engines: SQL is kept by the dialect that compiled it."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sqlite)

    def __hash__(self) -> int:
        return hash(_Sqlite)


def warm(engine: Engine) -> Any:
    """Return the engine, with the SQL that others have compiled."""
    warmed: Any = engine
    warmed.dialect.__class__ = _Sqlite
    warmed._compiled_cache = _COMPILED  # noqa: SLF001 - there is no argument for it
    return warmed


class _Written(threading.local):
    """The tables that a thread's transaction has written so far: details are read by several threads."""

    def __init__(self) -> None:
        self.tables: list[str] = []


def _watch_commits(engine: Any) -> None:
    commit = engine.dialect.do_commit
    written = _Written()

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        word = statement.split(None, 3)
        if word[0] in {"INSERT", "UPDATE", "DELETE"}:
            written.tables.append(word[1] if word[0] == "UPDATE" else word[2])

    def passed(connection: Any) -> None:
        tables = "+".join(dict.fromkeys(name.partition("(")[0].removeprefix("mlc_") for name in written.tables))
        written.tables.clear()
        if Switch.trip is None or not tables:
            commit(connection)
        else:
            Switch.trip.commit(tables, lambda: commit(connection))

    engine.dialect.do_commit = passed
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "rollback", lambda _connection: written.tables.clear())


def _watch_connections(engine: Any, trouble: Trouble) -> None:
    def connecting(*_args: Any) -> None:
        if trouble.is_on("database"):
            raise sqlite3.OperationalError("unable to open database file")

    def connected(connection: Any, record: Any) -> None:
        record.info["disk is full"] = trouble.is_on("disk")
        if trouble.is_on("disk"):
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count={pages}")

    def taken(_connection: Any, record: Any, _proxy: Any) -> None:
        if trouble.is_on("database") or trouble.is_on("disk") != record.info["disk is full"]:
            raise exc.DisconnectionError  # a connection kept from before is not one of now

    event.listen(engine, "do_connect", connecting)
    event.listen(engine, "connect", connected)
    event.listen(engine, "checkout", taken)

"""Where booked calls are kept: an SQLite file (one machine) or the connector's PostgreSQL (many)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from ml_connector.domain.errors import RetryableError

_BUSY_SECONDS = 30.0
_BOOKING = """
CREATE TABLE IF NOT EXISTS rate_booking
(scope VARCHAR(250) NOT NULL, key VARCHAR(100) NOT NULL, moment DOUBLE PRECISION NOT NULL)
"""
_INDEX = "CREATE INDEX IF NOT EXISTS rate_booking_moment ON rate_booking (scope, key, moment)"
_CLOSED = """
CREATE TABLE IF NOT EXISTS rate_closed
(scope VARCHAR(250) NOT NULL, key VARCHAR(100) NOT NULL, until DOUBLE PRECISION NOT NULL,
PRIMARY KEY (scope, key))
"""
_NEWEST = "SELECT moment FROM rate_booking WHERE scope = ? AND key = ? ORDER BY moment DESC LIMIT 1 OFFSET ?"

Execute = Callable[[str, Sequence[Any]], Any]
"""Runs one statement with ``?`` marks and returns its first row, or None."""


class Book:
    """The bookings of one scope, held alone while open."""

    def __init__(self, scope: str, now: Callable[[], float], execute: Execute) -> None:
        self.now = now
        self._scope, self._execute = scope, execute

    def newest(self, key: str, offset: int) -> float | None:
        """Return the moment of the newest booking but `offset`, or None when there are not so many."""
        row = self._execute(_NEWEST, (self._scope, key, offset))
        return None if row is None else float(row[0])

    def add(self, key: str, moment: float, weight: int) -> None:
        """Book `weight` calls at `moment`."""
        for _ in range(weight):
            self._execute("INSERT INTO rate_booking VALUES (?, ?, ?)", (self._scope, key, moment))

    def remove(self, key: str, moment: float, weight: int) -> None:
        """Give back `weight` bookings at `moment`, leaving others of the same moment."""
        sql = "SELECT COUNT(*) FROM rate_booking WHERE scope = ? AND key = ? AND moment = ?"
        left = int(self._execute(sql, (self._scope, key, moment))[0]) - weight
        sql = "DELETE FROM rate_booking WHERE scope = ? AND key = ? AND moment = ?"
        self._execute(sql, (self._scope, key, moment))
        self.add(key, moment, left)

    def forget(self, before: float, beyond: float) -> None:
        """Drop bookings that no longer count, and those so far ahead that a clock must have been wrong."""
        sql = "DELETE FROM rate_booking WHERE scope = ? AND (moment < ? OR moment > ?)"
        self._execute(sql, (self._scope, before, beyond))
        self._execute("DELETE FROM rate_closed WHERE scope = ? AND until > ?", (self._scope, beyond))

    def close(self, key: str, until: float) -> None:
        """Close `key` until then, if it is not closed for longer."""
        until = max(until, self.closed_until(key))
        self._execute("DELETE FROM rate_closed WHERE scope = ? AND key = ?", (self._scope, key))
        self._execute("INSERT INTO rate_closed VALUES (?, ?, ?)", (self._scope, key, until))

    def closed_until(self, key: str) -> float:
        """Return until when `key` is closed; 0 when it never was."""
        row = self._execute("SELECT until FROM rate_closed WHERE scope = ? AND key = ?", (self._scope, key))
        return 0.0 if row is None else float(row[0])


class Ledger(Protocol):
    """A book that one caller at a time may hold, over all threads and processes."""

    def open(self, scope: str) -> AbstractContextManager[Book]:
        """Hold the bookings of `scope` until left; what was written is kept unless an error leaves."""
        ...


def _make_tables(execute: Execute) -> None:
    for sql in (_BOOKING, _INDEX, _CLOSED):
        execute(sql, ())


class SqliteLedger:
    """Bookings in a file of this machine; safe for threads and processes.

    A connection is opened each time, so that nothing is carried over a fork; `synchronous` is off because
    bookings of the last minute are worth nothing after a power cut.

    Args:
        path: the file; made when absent. Not on a network drive.
        now: the wall clock, in seconds since 1970.
    """

    def __init__(self, path: str | Path, now: Callable[[], float] = time.time) -> None:
        self._path, self._now = str(path), now
        with self._transaction() as execute:
            _make_tables(execute)

    @contextmanager
    def open(self, scope: str) -> Iterator[Book]:
        """Hold the file until left."""
        with self._transaction() as execute:
            yield Book(scope, self._now, execute)

    @contextmanager
    def _transaction(self) -> Iterator[Execute]:
        try:
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
            with closing(connection):
                connection.execute("PRAGMA synchronous = OFF")
                connection.execute("BEGIN IMMEDIATE")
                yield lambda sql, values: connection.execute(sql, values).fetchone()
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise RetryableError(f"the rate ledger {self._path} cannot be used: {error}") from error


class PostgresLedger:
    """Bookings in a PostgreSQL database, on its clock; safe for many machines.

    Args:
        conninfo: as libpq has it, e.g. ``postgresql://…``; needs psycopg 3 (the extra ``postgres``).
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        with self._transaction("") as execute:
            if execute("SELECT to_regclass('rate_closed')", ())[0] is None:
                _make_tables(execute)

    def __repr__(self) -> str:
        return "PostgresLedger()"

    @contextmanager
    def open(self, scope: str) -> Iterator[Book]:
        """Hold the scope until left, by a lock that ends with the transaction."""
        with self._transaction(scope) as execute:
            yield Book(scope, lambda: float(execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())", ())[0]), execute)

    @contextmanager
    def _transaction(self, scope: str) -> Iterator[Execute]:
        import psycopg  # noqa: PLC0415 - only where the connector's database is PostgreSQL

        try:
            with psycopg.connect(self._conninfo, connect_timeout=10) as connection:

                def execute(sql: str, values: Sequence[Any]) -> Any:
                    cursor = connection.execute(sql.replace("?", "%s").encode(), values)
                    return cursor.fetchone() if cursor.description else None

                execute("SELECT pg_advisory_xact_lock(hashtext(?))", (f"ml_connector rate {scope}",))
                yield execute
        except psycopg.Error as error:
            reason = type(error).__name__
        else:
            return
        raise RetryableError(f"the rate ledger's database cannot be used: {reason}")

"""Where calls are kept, and who waits: an SQLite file (one machine) or the connector's PostgreSQL (many)."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from ml_connector.domain.errors import RetryableError
from ml_connector.transport.book import TABLES, Book, Execute

_BUSY_SECONDS = 30.0


class Ledger(Protocol):
    """A book that one caller at a time may hold, over all threads and processes."""

    def open(self, scope: str) -> AbstractContextManager[Book]:
        """Hold the book of `scope` until left; what was written is kept unless an error leaves."""
        ...

    def look(self) -> AbstractContextManager[tuple[float, Execute]]:
        """Give the time (seconds since 1970) and read without holding anybody up."""
        ...

    def close(self) -> None:
        """Give back what is held open."""
        ...


class SqliteLedger:
    """A book in a file of this machine; safe for threads and processes.

    A connection is opened each time, so that nothing is carried over a fork; `synchronous` is off because
    the calls of the last minute are worth nothing after a power cut. Threads of one process queue before they
    ask for the file, since SQLite makes who finds it locked sleep for longer and longer.

    Args:
        path: the file; made when absent. Not on a network drive.
        now: the wall clock, in seconds since 1970.
    """

    def __init__(self, path: str | Path, now: Callable[[], float] = time.time) -> None:
        self._path, self._now = str(path), now
        self._alone = threading.Lock()
        with self._transaction() as execute:
            for sql in TABLES:
                execute(sql, ())

    @contextmanager
    def open(self, scope: str) -> Iterator[Book]:
        """Hold the file until left."""
        with self._alone, self._transaction() as execute:
            yield Book(scope, self._now, execute)

    @contextmanager
    def look(self) -> Iterator[tuple[float, Execute]]:
        """Read the file."""
        with self._transaction("BEGIN") as execute:
            yield self._now(), execute

    def close(self) -> None:
        """Do nothing: each transaction has a connection of its own."""

    @contextmanager
    def _transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[Execute]:
        try:
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
            with closing(connection):
                connection.execute("PRAGMA synchronous = OFF")
                connection.execute(begin)
                yield lambda sql, values: connection.execute(sql, values).fetchall()
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise RetryableError(f"the rate ledger {self._path} cannot be used: {error}") from error


class PostgresLedger:
    """A book in a PostgreSQL database, on its clock; safe for many machines.

    One connection is kept, since to connect takes longer than all the rest; threads use it one after the other.

    Args:
        conninfo: as libpq has it, e.g. ``postgresql://…``; needs psycopg 3 (the extra ``postgres``).
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._alone = threading.Lock()
        self._kept: tuple[int, Any] | None = None
        with self._transaction("") as execute:
            if execute("SELECT to_regclass('rate_deployment')", ())[0][0] is None:
                for sql in TABLES:
                    execute(sql, ())

    def __repr__(self) -> str:
        return "PostgresLedger()"

    @contextmanager
    def open(self, scope: str) -> Iterator[Book]:
        """Hold the scope until left, by a lock that ends with the transaction."""
        with self._transaction(scope) as execute:
            yield Book(scope, lambda: _now(execute), execute)

    @contextmanager
    def look(self) -> Iterator[tuple[float, Execute]]:
        """Read the tables."""
        with self._transaction(None) as execute:
            yield _now(execute), execute

    def close(self) -> None:
        """Close the connection; one that a parent process has opened is left alone."""
        if self._kept is not None and self._kept[0] == os.getpid():
            self._kept[1].close()
        self._kept = None

    @contextmanager
    def _transaction(self, scope: str | None) -> Iterator[Execute]:
        import psycopg  # noqa: PLC0415 - only where the connector's database is PostgreSQL

        with self._alone:
            try:
                connection = self._begin(scope, psycopg)
                try:
                    yield lambda sql, values: _rows(connection, sql, values)
                except BaseException:
                    self.close()  # which rolls back
                    raise
                connection.execute("COMMIT")
            except psycopg.Error as error:
                self.close()
                reason = type(error).__name__
            else:
                return
        raise RetryableError(f"the rate ledger's database cannot be used: {reason}")

    def _begin(self, scope: str | None, psycopg: Any) -> Any:
        """Return the connection in a new transaction, which holds the scope; connect anew when it has been cut off."""
        if self._kept is not None and self._kept[0] == os.getpid():
            try:
                return _locked(self._kept[1], scope)
            except psycopg.OperationalError:
                self.close()
        connection = psycopg.connect(self._conninfo, connect_timeout=10, autocommit=True)
        self._kept = os.getpid(), connection
        return _locked(connection, scope)


def _locked(connection: Any, scope: str | None) -> Any:
    # not waiting for the disk: the calls of the last minute are worth nothing after a power cut
    connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = off")
    if scope is not None:
        _rows(connection, "SELECT pg_advisory_xact_lock(hashtext(?))", (f"ml_connector rate {scope}",))
    return connection


def _rows(connection: Any, sql: str, values: Sequence[Any]) -> list[Any]:
    cursor = connection.execute(sql.replace("?", "%s").encode(), values)
    return cursor.fetchall() if cursor.description else []


def _now(execute: Execute) -> float:
    return float(execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())", ())[0][0])

"""What it costs to enter a call into the ledger, against the least that the database asks for one such transaction.

The least is: connect, lock, write one row, commit. PostgreSQL is measured where ``ML_CONNECTOR_TEST_POSTGRES`` names
one.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bench.figures import Row, at_most
from ml_connector.transport.ledger import Ledger, PostgresLedger, SqliteLedger
from ml_connector.transport.rate import Rate, RollingBudget
from ml_connector.transport.turns import Caller

ROUNDS = 200
RATE = Rate(60, 0.5)
"""So wide that nobody waits."""
POSTGRES = os.environ.get("ML_CONNECTOR_TEST_POSTGRES", "").replace("+psycopg", "")


def cost() -> list[Row]:
    """Return milliseconds for each database, and how they compare with the floor."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rates"
        rows = _compare("SQLite", SqliteLedger(path), lambda: _sqlite_floor(path))
    if POSTGRES:
        rows += _compare("PostgreSQL", PostgresLedger(POSTGRES), _postgres_floor)
    return rows


def _compare(database: str, ledger: Ledger, floor: Callable[[], object]) -> list[Row]:
    """Measure both by turns, and return their medians."""
    budget = RollingBudget(ledger, f"bench {os.getpid()}", [RATE], caller=Caller("bench"))
    booked, least = [], []
    for _ in range(ROUNDS):
        booked.append(_seconds(budget.acquire))
        least.append(_seconds(floor))
        time.sleep(RATE.seconds / RATE.limit)
    ours, theirs = statistics.median(booked) * 1000, statistics.median(least) * 1000
    told = f"ms, median of {ROUNDS}; the floor is {theirs:.2f} ms: connect, lock, one row, commit"
    return [at_most(f"entering a call, {database}", ours, 20, told)]


def _seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def _sqlite_floor(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO rate_call VALUES ('floor', 'k', ?, 'd', 0)", (time.time(),))
        connection.execute("COMMIT")


def _postgres_floor() -> None:
    import psycopg  # noqa: PLC0415 - only where one is measured

    with psycopg.connect(POSTGRES) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(1)")
        connection.execute("INSERT INTO rate_call VALUES ('floor', 'k', %s, 'd', 0)", (time.time(),))

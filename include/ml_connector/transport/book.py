"""What the ledger holds of one scope: its calls, its keys, and who waits. Times are seconds since 1970."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ml_connector.transport.turns import Caller, Ticket

TABLES = (
    """
CREATE TABLE IF NOT EXISTS rate_call
(scope VARCHAR(250) NOT NULL, key VARCHAR(100) NOT NULL, moment DOUBLE PRECISION NOT NULL,
deployment VARCHAR(250) NOT NULL, backfill INTEGER NOT NULL)
""",
    "CREATE INDEX IF NOT EXISTS rate_call_moment ON rate_call (scope, key, moment)",
    "CREATE INDEX IF NOT EXISTS rate_call_age ON rate_call (scope, moment)",
    "CREATE INDEX IF NOT EXISTS rate_call_caller ON rate_call (scope, deployment, backfill)",
    """
CREATE TABLE IF NOT EXISTS rate_ticket
(scope VARCHAR(250) NOT NULL, number BIGINT NOT NULL, deployment VARCHAR(250) NOT NULL,
backfill INTEGER NOT NULL, ready DOUBLE PRECISION NOT NULL, PRIMARY KEY (scope, number))
""",
    """
CREATE TABLE IF NOT EXISTS rate_key
(scope VARCHAR(250) NOT NULL, key VARCHAR(100) NOT NULL, calls INTEGER NOT NULL, seconds DOUBLE PRECISION NOT NULL,
last DOUBLE PRECISION NOT NULL DEFAULT 0, even DOUBLE PRECISION NOT NULL DEFAULT 0,
right_from DOUBLE PRECISION NOT NULL DEFAULT 0, closed_until DOUBLE PRECISION NOT NULL DEFAULT 0,
PRIMARY KEY (scope, key))
""",
    """
CREATE TABLE IF NOT EXISTS rate_deployment
(scope VARCHAR(250) NOT NULL, deployment VARCHAR(250) NOT NULL, PRIMARY KEY (scope, deployment))
""",
)

_KEY = """
INSERT INTO rate_key (scope, key, calls, seconds) VALUES (?, ?, ?, ?)
ON CONFLICT (scope, key) DO UPDATE SET calls = excluded.calls, seconds = excluded.seconds
"""
_WAITING = """
INSERT INTO rate_ticket VALUES (?, ?, ?, ?, ?)
ON CONFLICT (scope, number) DO UPDATE SET ready = excluded.ready
"""
_CALLED = "UPDATE rate_key SET last = ?, even = ?, right_from = ? WHERE scope = ? AND key = ?"

Execute = Callable[[str, Sequence[Any]], list[Any]]
"""Runs one statement with ``?`` marks and returns its rows."""


@dataclass(frozen=True)
class Key:
    """What is known of one key; 0 for never.

    Args:
        last: its last call.
        even: when its next call is due at an even pace.
        right: from when on a backfill may call whoever else is waiting, as of a backfill's last call with it.
        closed_until: the vendor has said "too many calls" until then.
    """

    name: str
    last: float = 0.0
    even: float = 0.0
    right: float = 0.0
    closed_until: float = 0.0

    def at(self, now: float, kept_seconds: float, longest_closed_seconds: float) -> Key:
        """Return what of it can be true at `now`; the rest a wrong clock has left."""
        closed_until = self.closed_until if self.closed_until <= now + longest_closed_seconds else 0.0
        if self.last > now + kept_seconds:
            return Key(self.name, closed_until=closed_until)
        return replace(self, closed_until=closed_until)


class Book:
    """The calls of one scope, held alone while open."""

    def __init__(self, scope: str, now: Callable[[], float], execute: Execute) -> None:
        self.now = now
        self._scope, self._execute = scope, execute

    def register(self, deployment: str, keys: Sequence[str], calls: int, seconds: float) -> None:
        """Keep who shares the scope, and what each of its keys is allowed."""
        for key in keys:
            self._execute(_KEY, (self._scope, key, calls, seconds))
        sql = "INSERT INTO rate_deployment VALUES (?, ?) ON CONFLICT (scope, deployment) DO NOTHING"
        self._execute(sql, (self._scope, deployment))

    def keys(self, names: Sequence[str]) -> list[Key]:
        """Return what is known of each key."""
        sql = "SELECT key, last, even, right_from, closed_until FROM rate_key WHERE scope = ?"
        known = {row[0]: Key(*row) for row in self._execute(sql, (self._scope,))}
        return [known.get(name) or Key(name) for name in names]

    def newest(self, key: str, limit: int, most: int) -> list[float]:
        """Return the oldest `most` of the newest `limit` calls with `key`, in order; -inf for those not made."""
        sql = "SELECT moment FROM rate_call WHERE scope = ? AND key = ? ORDER BY moment DESC LIMIT ? OFFSET ?"
        size = min(most, limit)
        rows = self._execute(sql, (self._scope, key, size, limit - size))
        return [-math.inf] * (size - len(rows)) + [float(row[0]) for row in reversed(rows)]

    def calls(self) -> dict[Caller, int]:
        """Return how many calls each caller has made in the time that is kept."""
        sql = "SELECT deployment, backfill, COUNT(*) FROM rate_call WHERE scope = ? GROUP BY deployment, backfill"
        return {Caller(row[0], bool(row[1])): int(row[2]) for row in self._execute(sql, (self._scope,))}

    def add(self, key: str, moment: float, caller: Caller, even: float, right: float) -> None:
        """Keep a call, when the next with the key is due at an even pace, and a backfill's new right."""
        values = (self._scope, key, moment, caller.deployment, int(caller.backfill))
        self._execute("INSERT INTO rate_call VALUES (?, ?, ?, ?, ?)", values)
        self._execute(_CALLED, (moment, even, right, self._scope, key))

    def tickets(self, before: float, beyond: float) -> list[Ticket]:
        """Return who waits, in the order of asking; drop who should have come back `before`: killed, most likely."""
        sql = "SELECT number, deployment, backfill, ready FROM rate_ticket WHERE scope = ? ORDER BY number"
        rows = self._execute(sql, (self._scope,))
        found = [Ticket(int(row[0]), Caller(row[1], bool(row[2])), float(row[3])) for row in rows]
        for ticket in found:
            if not before <= ticket.ready <= beyond:
                self.drop(ticket.number)
        return [ticket for ticket in found if before <= ticket.ready <= beyond]

    def keep(self, ticket: Ticket) -> None:
        """Keep who waits and until when it sleeps."""
        caller = ticket.caller
        values = (self._scope, ticket.number, caller.deployment, int(caller.backfill), ticket.ready)
        self._execute(_WAITING, values)

    def drop(self, number: int) -> None:
        """Forget who waited."""
        self._execute("DELETE FROM rate_ticket WHERE scope = ? AND number = ?", (self._scope, number))

    def forget(self, before: float) -> None:
        """Drop calls that no longer count."""
        self._execute("DELETE FROM rate_call WHERE scope = ? AND moment < ?", (self._scope, before))

    def forget_beyond(self, moment: float) -> None:
        """Drop calls so far ahead that a clock must have been wrong."""
        self._execute("DELETE FROM rate_call WHERE scope = ? AND moment > ?", (self._scope, moment))

    def close(self, key: str, until: float) -> None:
        """Close `key` until then."""
        sql = "UPDATE rate_key SET closed_until = ? WHERE scope = ? AND key = ?"
        self._execute(sql, (until, self._scope, key))

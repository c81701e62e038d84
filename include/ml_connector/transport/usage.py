"""How much of each allowance is used at the moment: for the pages, read without holding anybody up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from ml_connector.transport.book import Execute
from ml_connector.transport.ledger import Ledger
from ml_connector.transport.rate import LATE_SECONDS

SHOWN_SECONDS = 86_400.0
"""A key that has not been used for so long is not told: it may have been taken out of the connection."""
_KEYS = "SELECT scope, key, calls, seconds, closed_until FROM rate_key WHERE last > ? ORDER BY scope, key"
_USED = "SELECT COUNT(*) FROM rate_call WHERE scope = ? AND key = ? AND moment > ?"
_WAITING = "SELECT COUNT(*), COALESCE(SUM(backfill), 0) FROM rate_ticket WHERE scope = ? AND ready >= ?"
_SHARED_BY = "SELECT deployment FROM rate_deployment WHERE scope = ? ORDER BY deployment"


@dataclass(frozen=True)
class KeyUsage:
    """One key.

    Args:
        used: calls in the running window, of `limit` in `seconds`.
        closed_until: the vendor has said "too many calls"; None when the key is open.
        closed_seconds: how long it is closed still.
    """

    key: str
    used: int
    limit: int
    seconds: float
    closed_until: dt.datetime | None
    closed_seconds: float


@dataclass(frozen=True)
class Usage:
    """One connection's allowance.

    Args:
        deployments: those that have called with it.
        waiting: calls that wait for their turn; `backfills` of them are backfills'.
    """

    scope: str
    deployments: tuple[str, ...]
    keys: tuple[KeyUsage, ...]
    waiting: int
    backfills: int

    @property
    def system(self) -> str:
        """The system that is called."""
        return self.scope.partition(" ")[0]


def usage(ledger: Ledger) -> tuple[Usage, ...]:
    """Return what is used of every allowance that has been called on in the last day."""
    with ledger.look() as (now, execute):
        keys: dict[str, list[KeyUsage]] = {}
        for row in execute(_KEYS, (now - SHOWN_SECONDS,)):
            keys.setdefault(row[0], []).append(_key(execute, row, now))
        return tuple(_scope(execute, scope, tuple(of_scope), now) for scope, of_scope in keys.items())


def _key(execute: Execute, row: Any, now: float) -> KeyUsage:
    scope, key, limit, seconds, closed_until = row
    used = int(execute(_USED, (scope, key, now - seconds))[0][0])
    closed_seconds = max(0.0, closed_until - now)
    until = dt.datetime.fromtimestamp(closed_until, dt.timezone.utc) if closed_seconds else None
    return KeyUsage(key, used, int(limit), float(seconds), until, closed_seconds)


def _scope(execute: Execute, scope: str, keys: tuple[KeyUsage, ...], now: float) -> Usage:
    [(waiting, backfills)] = execute(_WAITING, (scope, now - LATE_SECONDS))
    deployments = tuple(str(row[0]) for row in execute(_SHARED_BY, (scope,)))
    return Usage(scope, deployments, keys, int(waiting), int(backfills))

"""The call allowance of a connection, kept across threads, processes and (with PostgreSQL) machines.

Every call is booked in a ledger before it is sent, in the order of asking: a booking is the earliest moment
at which no rate is exceeded, and the caller waits until then. So nobody polls, nobody overtakes, and a killed
process leaves at most one booking unused. Times are seconds since 1970 on the ledger's clock.

Why not pyrate-limiter (4.5): its SQLite bucket is safe across processes only with filelock on top, its
PostgreSQL bucket needs psycopg-pool, compares local time stamps and refuses instead of waiting when two ask
at once; neither keeps an order, and none can close a key after the vendor has said "too many".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ml_connector.domain.errors import RateLimited
from ml_connector.transport.clock import Clock, SystemClock
from ml_connector.transport.ledger import Book, Ledger

LONGEST_PENALTY_SECONDS = 3600.0


class RateBudget(Protocol):
    """Says when a call may go out, and with which key."""

    def acquire(self, weight: int = 1) -> str:
        """Wait until a call of this weight may go out, and return the name of the key to use.

        Raises:
            RateLimited: the wait would be longer than a task should sleep.
        """
        ...

    def penalise(self, key: str, seconds: float) -> float:
        """Close `key` for everybody for `seconds`; return the seconds until any key is open again."""
        ...


class Unlimited:
    """No allowance to keep: for tests, and for vendors that publish none."""

    def acquire(self, weight: int = 1) -> str:  # noqa: ARG002 - the Protocol's signature
        """Return at once."""
        return ""

    def penalise(self, key: str, seconds: float) -> float:  # noqa: ARG002 - the Protocol's signature
        """Return `seconds`: nothing is kept, so the caller has to wait itself."""
        return seconds


@dataclass(frozen=True)
class Rate:
    """At most `limit` calls in any window of `seconds`.

    Give the window a margin over what the vendor states (61 s for 60): calls are counted where they arrive.
    """

    limit: int
    seconds: float


class RollingBudget:
    """An allowance of rolling windows for each of several keys, booked in a shared ledger.

    Args:
        ledger: where the bookings are kept.
        scope: the connection; bookings of other scopes do not count.
        rates: all of them hold, for each key.
        keys: names (not values) of the keys that share the load.
        patience_seconds: the longest a caller waits here.
        clock: what waits.
    """

    def __init__(
        self,
        ledger: Ledger,
        scope: str,
        rates: Sequence[Rate],
        *,
        keys: Sequence[str] = ("default",),
        patience_seconds: float = 60.0,
        clock: Clock | None = None,
    ) -> None:
        if not rates or not keys or min(rate.limit for rate in rates) < 1:
            raise ValueError("a budget needs a key and a rate of one call or more")
        self._ledger, self._scope, self._rates, self._keys = ledger, scope, tuple(rates), tuple(keys)
        self._patience_seconds, self._clock = patience_seconds, clock or SystemClock()
        self._longest_seconds = max(rate.seconds for rate in rates)

    def acquire(self, weight: int = 1) -> str:
        """Wait for a free moment of the key that has room soonest, and return that key's name.

        Raises:
            RateLimited: it would take longer than `patience_seconds`; nothing is booked then.
        """
        if weight > min(rate.limit for rate in self._rates):
            raise ValueError(f"no window holds a call of weight {weight}")
        waited = 0.0
        while True:
            key, moment, wait_seconds = self._book(weight, self._patience_seconds - waited)
            if wait_seconds <= 0:
                return key
            self._clock.sleep(wait_seconds)
            waited += wait_seconds
            if self._still_open(key, moment, weight):
                return key

    def penalise(self, key: str, seconds: float) -> float:
        """Close `key` for `seconds`, at most an hour; return the seconds until any key is open."""
        with self._ledger.open(self._scope) as book:
            now = book.now()
            book.close(key, now + min(seconds, LONGEST_PENALTY_SECONDS))
            return max(0.0, min(book.closed_until(name) for name in self._keys) - now)

    def _book(self, weight: int, patience_seconds: float) -> tuple[str, float, float]:
        """Book the soonest moment; return key, moment and the seconds until then."""
        with self._ledger.open(self._scope) as book:
            now = book.now()
            book.forget(now - self._longest_seconds, now + max(LONGEST_PENALTY_SECONDS, self._patience_seconds))
            moment, _, key = min(self._free(book, key, now, weight) for key in self._keys)
            wait_seconds = moment - now
            if wait_seconds <= patience_seconds:
                book.add(key, moment, weight)
                return key, moment, wait_seconds
        message = f"{self._scope}: the call allowance is used up for another {wait_seconds:.0f} s"
        raise RateLimited(message, retry_after_seconds=wait_seconds)

    def _free(self, book: Book, key: str, now: float, weight: int) -> tuple[float, float, str]:
        """Return when `key` has room, when it was last booked, and the key; the smallest is the best."""
        last = book.newest(key, 0) or 0.0
        moment = max(now, last, book.closed_until(key))
        for rate in self._rates:
            full_since = book.newest(key, rate.limit - weight)
            if full_since is not None:
                moment = max(moment, full_since + rate.seconds)
        return moment, last, key

    def _still_open(self, key: str, moment: float, weight: int) -> bool:
        """Tell whether the booking still holds; if the key was closed meanwhile, give the booking back."""
        with self._ledger.open(self._scope) as book:
            if book.closed_until(key) <= moment:
                return True
            book.remove(key, moment, weight)
            return False

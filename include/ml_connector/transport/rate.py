"""The call allowance of a connection, kept across threads, processes and (with PostgreSQL) machines.

Every call is entered in a ledger at the moment it goes out, when no rate is exceeded by it and nobody with a better
right is waiting. Who has to wait leaves a ticket, sleeps until its turn is due and looks again; so nobody polls, and
a killed process holds up one call for a few seconds at most. Times are seconds since 1970 on the ledger's clock.

Why not pyrate-limiter (4.5): its SQLite bucket is safe across processes only with filelock on top, its
PostgreSQL bucket needs psycopg-pool, compares local time stamps and refuses instead of waiting when two ask
at once; neither keeps an order, and none can close a key after the vendor has said "too many".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ml_connector.domain.errors import RateLimited
from ml_connector.transport.book import Book, Key
from ml_connector.transport.clock import Clock, SystemClock
from ml_connector.transport.ledger import Ledger
from ml_connector.transport.turns import Caller, Lane, Line, Ticket, next_right

LONGEST_PENALTY_SECONDS = 3600.0
PATIENCE_SECONDS = 120.0
"""How long an intraday call waits: two windows of a minute, so that one that is full is always waited out."""
BACKFILL_PATIENCE_SECONDS = 300.0
"""How long a backfill's call waits: still shorter than a document is held (15 minutes)."""
LATE_SECONDS = 5.0
"""How late the caller of a ticket may be before it is taken for dead."""
COUNTED_SECONDS = 60.0
"""The time in which deployments are compared, at least."""
_EXACT_SECONDS = 0.001


class RateBudget(Protocol):
    """Says when a call may go out, and with which key."""

    def acquire(self) -> str:
        """Wait until a call may go out, and return the name of the key to use.

        Raises:
            RateLimited: the wait would be longer than a task should sleep.
        """
        ...

    def penalise(self, key: str, seconds: float) -> float:
        """Close `key` for everybody for `seconds`; return the seconds until any key is open again."""
        ...


class Unlimited:
    """No allowance to keep: for tests, and for vendors that publish none."""

    def acquire(self) -> str:
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
    """An allowance of rolling windows for each of several keys, kept in a shared ledger.

    Args:
        ledger: where calls and tickets are kept.
        scope: the connection; calls of other scopes do not count.
        rates: all of them hold, for each key.
        keys: names (not values) of the keys that share the load.
        caller: who asks, which decides who goes first.
        patience_seconds: the longest a call waits here; by default as long as suits the caller.
        clock: what waits.
    """

    def __init__(
        self,
        ledger: Ledger,
        scope: str,
        rates: Sequence[Rate],
        *,
        keys: Sequence[str] = ("default",),
        caller: Caller | None = None,
        patience_seconds: float | None = None,
        clock: Clock | None = None,
    ) -> None:
        if not rates or not keys or min(rate.limit for rate in rates) < 1:
            raise ValueError("a budget needs a key and a rate of one call or more")
        self._ledger, self._scope, self._rates, self._keys = ledger, scope, tuple(rates), tuple(keys)
        self._caller, self._clock = caller or Caller(), clock or SystemClock()
        usual = BACKFILL_PATIENCE_SECONDS if self._caller.backfill else PATIENCE_SECONDS
        self._patience_seconds = usual if patience_seconds is None else patience_seconds
        self._tightest = max(self._rates, key=lambda rate: rate.seconds / rate.limit)
        self._spacing_seconds = self._tightest.seconds / self._tightest.limit
        longest = max(rate.seconds for rate in self._rates)
        self._registered = False
        self._kept_seconds = max(longest, COUNTED_SECONDS)
        self._most = len(self._keys) * self._kept_seconds / self._spacing_seconds

    def acquire(self) -> str:
        """Wait for this caller's turn, and return the name of the key that has room then.

        Raises:
            RateLimited: it would take longer than the patience; nothing is kept then.
        """
        waited, number = 0.0, None
        while True:
            number, key, wait_seconds = self._ask(number, self._patience_seconds - waited)
            if wait_seconds <= 0:
                return key
            if number is None:
                message = f"{self._scope}: the call allowance is used up for another {wait_seconds:.0f} s"
                raise RateLimited(message, retry_after_seconds=wait_seconds)
            self._clock.sleep(wait_seconds)
            waited += wait_seconds

    def penalise(self, key: str, seconds: float) -> float:
        """Close `key` for `seconds`, at most an hour; return the seconds until any key is open."""
        with self._ledger.open(self._scope) as book:
            now = book.now()
            closed = {one.name: one.closed_until for one in self._known(book, now)}
            until = max(closed.get(key, 0.0), now + min(seconds, LONGEST_PENALTY_SECONDS))
            book.close(key, until)
            return max(0.0, min({**closed, key: until}[name] for name in self._keys) - now)

    def _ask(self, number: int | None, patience_seconds: float) -> tuple[int | None, str, float]:
        """Enter the call if it is due, else keep a ticket; return the ticket, the key and the seconds to wait.

        Without a ticket the caller goes, or gives up.
        """
        with self._ledger.open(self._scope) as book:
            now = book.now()
            book.forget(now - self._kept_seconds)
            keys = self._known(book, now)
            tickets = book.tickets(now - LATE_SECONDS, now + LONGEST_PENALTY_SECONDS)
            mine = self._ticket(tickets, number, now)
            name, moment = self._turn(book, keys, tickets, mine, now)
            wait_seconds = moment - now
            if _EXACT_SECONDS <= wait_seconds <= patience_seconds:
                book.keep(Ticket(mine.number, self._caller, moment))
                return mine.number, name, wait_seconds
            if number is not None:
                book.drop(number)
            if wait_seconds >= _EXACT_SECONDS:
                return None, name, wait_seconds
            self._enter(book, keys, name, max(now, moment))
            return None, name, 0.0

    def _enter(self, book: Book, keys: Sequence[Key], name: str, moment: float) -> None:
        """Enter a call with the key `name`."""
        even = max(moment, *(key.even for key in keys if key.name == name)) + self._spacing_seconds
        right = max(key.right for key in keys)
        if self._caller.backfill:
            right = next_right(right, moment, self._spacing_seconds / len(keys), self._most)
        book.add(name, moment, self._caller, even, right)

    def _known(self, book: Book, now: float) -> list[Key]:
        """Return what is known of each key, without what a wrong clock has left."""
        if not self._registered:
            longest = self._tightest
            book.register(self._caller.deployment, self._keys, longest.limit, longest.seconds)
            self._registered = True
        keys, beyond = book.keys(self._keys), now + self._kept_seconds
        if any(key.last > beyond for key in keys):
            book.forget_beyond(beyond)
        return [key.at(now, self._kept_seconds, LONGEST_PENALTY_SECONDS) for key in keys]

    def _ticket(self, tickets: Sequence[Ticket], number: int | None, now: float) -> Ticket:
        """Return this caller's ticket: the one it holds, or a new one; it waits for those before it."""
        if number not in {one.number for one in tickets}:
            number = max([int(now * 1_000_000), *(one.number + 1 for one in tickets)])
        assert number is not None
        earlier = (one.ready for one in tickets if one.caller == self._caller and one.number < number)
        return Ticket(number, self._caller, max([now, *earlier]))

    def _turn(
        self, book: Book, keys: Sequence[Key], tickets: Sequence[Ticket], mine: Ticket, now: float
    ) -> tuple[str, float]:
        """Return the key and the moment of this caller's turn.

        A key whose next call at an even pace is due has room in every window: nothing has to be counted.
        """
        others = [one for one in tickets if one.number != mine.number]
        idle = [key for key in keys if max(key.even, key.closed_until) <= now]
        if idle and not others:
            return min(idle, key=lambda key: key.last).name, now
        size = len(others) + 1
        lanes = [Lane(key.name, self._slots(book, key, now, size), key.last, key.even) for key in keys]
        right = max(key.right for key in keys)
        line = Line([*others, mine], lanes, book.calls(), self._most, self._spacing_seconds, right)
        return line.slot_of(mine.number)

    def _slots(self, book: Book, key: Key, now: float, most: int) -> list[float]:
        """Return when the next `most` calls with the key fit, if each is made as soon as it may."""
        leaving = [book.newest(key.name, rate.limit, most) for rate in self._rates]
        slots: list[float] = []
        for place in range(most):
            moment = max([now, key.closed_until, *slots[-1:]])
            for rate, calls in zip(self._rates, leaving, strict=True):
                earlier = calls[place] if place < rate.limit else slots[place - rate.limit]
                moment = max(moment, earlier + rate.seconds)
            slots.append(moment)
        return slots

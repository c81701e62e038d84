"""Who of those that wait makes the next call: pure, over what the ledger holds.

Intraday callers go before backfills, and among either the deployment with the fewest calls in the running window;
within a deployment the order of asking holds. Who has made more than `AT_ONCE` of the window's calls, and any
backfill, keeps to an even pace, so that a long load never fills a window ahead of time. To one call in `MINIMUM` a
backfill has a right, whoever else is waiting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MINIMUM = 10
"""One call in so many is a backfill's, whenever one asks."""
AT_ONCE = 0.6
"""The part of a window that one deployment's intraday runs may use without a pause between calls."""


@dataclass(frozen=True)
class Caller:
    """Who asks: a deployment's intraday runs, or its backfills."""

    deployment: str = ""
    backfill: bool = False


@dataclass(frozen=True)
class Ticket:
    """A place in the line.

    Args:
        number: in the order of asking.
        ready: until when the caller sleeps, in seconds on the ledger's clock.
    """

    number: int
    caller: Caller
    ready: float


@dataclass
class Lane:
    """When one key has room; times are seconds on the ledger's clock.

    Args:
        slots: when further calls fit, ascending, one for everybody who waits.
        last: the key's last call.
        even: when the next call is due at an even pace.
    """

    key: str
    slots: list[float]
    last: float
    even: float


@dataclass
class Line:
    """All who wait, and what decides between them.

    Args:
        calls: caller → calls in the running window.
        most: calls that the window holds, with all keys.
        spacing_seconds: between two calls of a key at an even pace.
        right: from when on a backfill may call whoever else is waiting.
    """

    tickets: list[Ticket]
    lanes: Sequence[Lane]
    calls: Mapping[Caller, int]
    most: float
    spacing_seconds: float
    right: float
    _dealt: dict[Caller, int] = field(default_factory=dict)

    def slot_of(self, number: int) -> tuple[str, float]:
        """Return the key and the moment that the ticket `number` gets if nobody else comes."""
        while True:
            moment, _, lane = min(
                ((self._moment(lane), lane.last, lane) for lane in self.lanes), key=lambda found: found[:2]
            )
            due = [ticket for ticket in self.tickets if self._ready(ticket, lane) <= moment]
            ticket = min(due, key=lambda one: self._rank(one, moment))
            if ticket.number == number:
                return lane.key, moment
            self._take(ticket, lane, moment)

    def _moment(self, lane: Lane) -> float:
        """Return when the lane's next call is made: it has room, and somebody is awake to make it."""
        return max(lane.slots[0], min(self._ready(ticket, lane) for ticket in self.tickets))

    def _ready(self, ticket: Ticket, lane: Lane) -> float:
        if ticket.caller.backfill:
            return max(ticket.ready, min(lane.even, self.right))
        is_heavy = self._made(ticket.caller) >= self.most * AT_ONCE
        return max(ticket.ready, lane.even) if is_heavy else ticket.ready

    def _made(self, caller: Caller) -> int:
        return self.calls.get(caller, 0) + self._dealt.get(caller, 0)

    def _rank(self, ticket: Ticket, moment: float) -> tuple[int, int, int]:
        group = 1 if not ticket.caller.backfill else 0 if moment >= self.right else 2
        return group, self._made(ticket.caller), ticket.number

    def _take(self, ticket: Ticket, lane: Lane, moment: float) -> None:
        """Let the ticket's caller make the lane's next call."""
        self.tickets.remove(ticket)
        self._dealt[ticket.caller] = self._dealt.get(ticket.caller, 0) + 1
        lane.slots = [max(slot, moment) for slot in lane.slots[1:]]
        lane.last, lane.even = moment, max(lane.even, moment) + self.spacing_seconds
        if ticket.caller.backfill:
            self.right = next_right(self.right, moment, self.spacing_seconds / len(self.lanes), self.most)


def next_right(right: float, moment: float, spacing_seconds: float, most: float) -> float:
    """Return from when on a backfill has a right to its next call; what it did not get it may make up for.

    Args:
        right: from when on it had the right to the last one.
        moment: when that was made.
        spacing_seconds: between two calls at an even pace, with all keys.
        most: calls that the window holds, with all keys: for no longer is anything made up for.
    """
    every_seconds = MINIMUM * spacing_seconds
    return min(max(right, moment - most * spacing_seconds), moment) + every_seconds

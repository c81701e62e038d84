"""What a call's end means: repeat it after a wait, or raise. Pure, one table.

A vendor's `Dialect` says what an answer means (`Verdict`); `event_of` says it for a call without an answer;
`decide` looks the event up in the table below.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Protocol

from ml_connector.domain.errors import (
    AmbiguousWrite,
    ConcurrentEdit,
    ConfigurationError,
    ContractError,
    RateLimited,
    Refused,
    SyncError,
    VendorUnavailable,
)

MAX_ATTEMPTS = 10
LONGEST_BACKOFF_SECONDS = 32.0
JITTER_SHARE = 0.25
LONGEST_JITTER_SECONDS = 5.0


class NotFound(Refused):
    """The vendor answered that there is no such record (or, for a write, no such address)."""


class Kind(Enum):
    """How freely a call may be sent again."""

    READ = "read"
    WRITE = "write"
    REPEATABLE = "repeatable write"
    """A write that the vendor carries out once however often it is sent, such as authorise."""


class Event(Enum):
    """How one attempt ended."""

    OK = "ok"
    RATE_LIMITED = "rate limited"
    UNAUTHORISED = "not signed in"
    FORBIDDEN = "not permitted"
    REFUSED = "refused"
    NOT_FOUND = "not found"
    STALE = "changed meanwhile"
    UNAVAILABLE = "server error"
    CONTRACT = "unknown answer"
    NO_SUCH_ADDRESS = "no such address"
    """A web page said "not found": there is no interface at that address, so nothing was carried out."""
    UNREACHABLE = "no connection"
    """The connection could not be opened: no byte of the call has left us."""
    UNTRUSTED = "certificate not trusted"
    LOST = "no usable answer"
    """Sent, wholly or in part, and the answer did not come back whole."""


@dataclass(frozen=True)
class Verdict:
    """What an answer means.

    Args:
        event: the end of the attempt.
        reasons: the vendor's own words, as (field or "", text).
    """

    event: Event
    reasons: tuple[tuple[str, str], ...] = ()


class Dialect(Protocol):
    """What one vendor's answers mean."""

    def classify(self, status: int, headers: Mapping[str, str], data: Any, text: str) -> Verdict:
        """Return what the answer means; `data` is None when it was empty or no JSON."""
        ...


@dataclass(frozen=True)
class Done:
    """The answer is good."""


@dataclass(frozen=True)
class Wait:
    """Send the same call again after `seconds`."""

    seconds: float


@dataclass(frozen=True)
class Raise:
    """Give up with this error."""

    error: type[SyncError]


@dataclass(frozen=True)
class _Repeat:
    """Send again while the budget lasts, then raise `error`."""

    error: type[SyncError]


_Row = tuple["Done | Raise | _Repeat", "Done | Raise | _Repeat", "Done | Raise | _Repeat"]


def _same(step: Done | Raise | _Repeat) -> _Row:
    return (step, step, step)


# event → (read, write, repeatable write)
_TABLE: dict[Event, _Row] = {
    Event.OK: _same(Done()),
    Event.RATE_LIMITED: _same(_Repeat(RateLimited)),  # the vendor did not begin
    Event.UNAUTHORISED: _same(Raise(ConfigurationError)),  # after the one renewal that the client tries
    Event.FORBIDDEN: _same(Raise(ConfigurationError)),
    Event.REFUSED: _same(Raise(Refused)),
    Event.NOT_FOUND: _same(Raise(NotFound)),
    Event.STALE: _same(Raise(ConcurrentEdit)),
    Event.UNREACHABLE: _same(_Repeat(VendorUnavailable)),
    Event.UNTRUSTED: _same(Raise(ConfigurationError)),
    Event.UNAVAILABLE: (_Repeat(VendorUnavailable), Raise(AmbiguousWrite), _Repeat(AmbiguousWrite)),
    Event.LOST: (_Repeat(VendorUnavailable), Raise(AmbiguousWrite), _Repeat(AmbiguousWrite)),
    Event.NO_SUCH_ADDRESS: _same(Raise(ContractError)),
    Event.CONTRACT: (Raise(ContractError), Raise(AmbiguousWrite), Raise(AmbiguousWrite)),
}
_COLUMN = {Kind.READ: 0, Kind.WRITE: 1, Kind.REPEATABLE: 2}


def decide(
    kind: Kind,
    event: Event,
    *,
    attempt: int,
    wait_seconds: float,
    waited_seconds: float = 0.0,
    budget_seconds: float = 60.0,
) -> Done | Wait | Raise:
    """Return what follows after an attempt.

    Args:
        kind: how freely the call may be sent again.
        event: how the attempt ended.
        attempt: 1 for the first.
        wait_seconds: how long the next attempt would have to wait.
        waited_seconds: how long this call has waited already.
        budget_seconds: how long it may wait in all.
    """
    step = _TABLE[event][_COLUMN[kind]]
    if not isinstance(step, _Repeat):
        return step
    if attempt < MAX_ATTEMPTS and waited_seconds + wait_seconds <= budget_seconds:
        return Wait(wait_seconds)
    return Raise(step.error)


def leaves_doubt(kind: Kind, event: Event) -> bool:
    """Tell whether a write that ended so may have been carried out.

    After that a later refusal ("already authorised") does not mean that nothing was changed.
    """
    return kind is not Kind.READ and event in {Event.LOST, Event.UNAVAILABLE, Event.CONTRACT}


def wait_before(attempt: int, asked_seconds: float | None, random: float) -> float:
    """Return how long to wait after attempt number `attempt`, in seconds.

    Never less than the vendor asked, and never less than a doubling back-off (1, 2, 4 … 32 s); then jitter.

    Args:
        attempt: 1 for the first.
        asked_seconds: what Retry-After says; None when absent.
        random: uniform in [0, 1).
    """
    base = max(asked_seconds or 0.0, min(LONGEST_BACKOFF_SECONDS, 2.0 ** (attempt - 1)))
    return base + random * min(base * JITTER_SHARE, LONGEST_JITTER_SECONDS)


_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)
_UNIT_SECONDS = {"m": 60.0, "h": 3600.0}


def retry_after(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Return how many seconds the Retry-After header asks for, or None when it is absent or unreadable.

    Seconds and an HTTP date are standard (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after); Cin7
    Core also sends a number with a unit ("60 Seconds").
    """
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    number = _NUMBER.match(text)
    if number:
        unit = number.group(2).lower()
        factor = 0.001 if unit.startswith("ms") else _UNIT_SECONDS.get(unit[:1], 1.0)
        return float(number.group(1)) * factor
    moment = _http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def clock_ahead(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Return by how many seconds the Date header is ahead of `now`, or None when it is absent or unreadable."""
    moment = _http_date(next((value for name, value in headers.items() if name.lower() == "date"), ""))
    return None if moment is None else (moment - now).total_seconds()


def _http_date(text: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.timezone.utc)


_PLAIN: dict[int, Event] = {
    401: Event.UNAUTHORISED,
    403: Event.FORBIDDEN,
    404: Event.NOT_FOUND,
    408: Event.UNAVAILABLE,
    412: Event.STALE,
    429: Event.RATE_LIMITED,
}


class PlainDialect:
    """HTTP as the standard has it (https://www.rfc-editor.org/rfc/rfc9110#section-15)."""

    def classify(self, status: int, headers: Mapping[str, str], data: Any, text: str) -> Verdict:  # noqa: ARG002
        """Return what the status means; a refusal's text is its only reason."""
        if 200 <= status < 300:  # noqa: PLR2004 - the standard's class of success
            return Verdict(Event.OK)
        if 400 <= status < 500:  # noqa: PLR2004 - the standard's class of client errors
            return Verdict(_PLAIN.get(status, Event.REFUSED), (("", text),) if text else ())
        return Verdict(Event.UNAVAILABLE if status >= 500 else Event.CONTRACT)  # noqa: PLR2004

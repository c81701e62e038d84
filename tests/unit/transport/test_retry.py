"""The decide table, row by row, and what Retry-After says."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from ml_connector.transport.retry import (
    MAX_ATTEMPTS,
    Done,
    Event,
    Kind,
    NotFound,
    PlainDialect,
    Raise,
    Wait,
    decide,
    leaves_doubt,
    retry_after,
    wait_before,
)

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.timezone.utc)

# event, (repeated as read, write, repeatable), (final error as read, write, repeatable)
TABLE = [
    (Event.RATE_LIMITED, "yyy", (RateLimited, RateLimited, RateLimited)),
    (Event.UNREACHABLE, "yyy", (VendorUnavailable, VendorUnavailable, VendorUnavailable)),
    (Event.UNAVAILABLE, "yny", (VendorUnavailable, AmbiguousWrite, AmbiguousWrite)),
    (Event.LOST, "yny", (VendorUnavailable, AmbiguousWrite, AmbiguousWrite)),
    (Event.CONTRACT, "nnn", (ContractError, AmbiguousWrite, AmbiguousWrite)),
    (Event.NO_SUCH_ADDRESS, "nnn", (ContractError, ContractError, ContractError)),
    (Event.UNAUTHORISED, "nnn", (ConfigurationError, ConfigurationError, ConfigurationError)),
    (Event.FORBIDDEN, "nnn", (ConfigurationError, ConfigurationError, ConfigurationError)),
    (Event.UNTRUSTED, "nnn", (ConfigurationError, ConfigurationError, ConfigurationError)),
    (Event.REFUSED, "nnn", (Refused, Refused, Refused)),
    (Event.NOT_FOUND, "nnn", (NotFound, NotFound, NotFound)),
    (Event.STALE, "nnn", (ConcurrentEdit, ConcurrentEdit, ConcurrentEdit)),
]
ROWS = [
    pytest.param(event, kind, repeated[i] == "y", errors[i], id=f"{event.name}-{kind.name}")
    for event, repeated, errors in TABLE
    for i, kind in enumerate(Kind)
]


@pytest.mark.parametrize(("event", "kind", "is_repeated", "error"), ROWS)
def test_each_row_waits_or_raises(event: Event, kind: Kind, is_repeated: bool, error: type[SyncError]) -> None:
    """Each event is repeated within the budget where that is safe, and ends with its own error."""
    first = decide(kind, event, attempt=1, wait_seconds=2, waited_seconds=58, budget_seconds=60)
    assert first == (Wait(2) if is_repeated else Raise(error))
    assert decide(kind, event, attempt=1, wait_seconds=2.1, waited_seconds=58) == Raise(error)
    assert decide(kind, event, attempt=MAX_ATTEMPTS, wait_seconds=0) == Raise(error)


def test_the_table_above_names_every_event() -> None:
    """No event but OK is missing from the table of this test."""
    assert {event for event, _, _ in TABLE} | {Event.OK} == set(Event)


@pytest.mark.parametrize("kind", list(Kind))
def test_ok_is_done(kind: Kind) -> None:
    """A good answer ends the call."""
    assert decide(kind, Event.OK, attempt=1, wait_seconds=1) == Done()


@given(st.sampled_from(Event), st.integers(1, 20), st.floats(0, 100))
def test_a_write_waits_only_after_a_definite_no(event: Event, attempt: int, wait: float) -> None:
    """A plain write is sent again only if it cannot have been carried out."""
    step = decide(Kind.WRITE, event, attempt=attempt, wait_seconds=wait)
    if isinstance(step, Wait):
        assert event in {Event.RATE_LIMITED, Event.UNREACHABLE}
        assert not leaves_doubt(Kind.WRITE, event)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("1.5", 1.5),
        ("60 Seconds", 60),
        ("2 minutes", 120),
        ("500ms", 0.5),
        ("Sun, 01 Mar 2026 12:01:30 GMT", 90),
        ("Sun, 01 Mar 2026 12:01:30 -0000", 90),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_every_form(text: str, seconds: float | None) -> None:
    """Retry-After is understood as seconds, as a date and as a number with a unit."""
    assert retry_after({"retry-AFTER": text}, NOW) == seconds


def test_no_retry_after_is_none() -> None:
    """Without the header the vendor asks for nothing."""
    assert retry_after({"Date": "x"}, NOW) is None


@given(st.integers(1, 30), st.one_of(st.none(), st.floats(0, 5000)), st.floats(0, 0.999))
def test_the_wait_is_never_shorter_than_asked(attempt: int, asked: float | None, random: float) -> None:
    """The wait lies between what was asked (or the back-off) and five seconds of jitter more."""
    wait = wait_before(attempt, asked, random)
    least = max(asked or 0, min(32, 2 ** (attempt - 1)))
    assert least <= wait <= least + 5


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (200, Event.OK),
        (204, Event.OK),
        (302, Event.CONTRACT),
        (400, Event.REFUSED),
        (401, Event.UNAUTHORISED),
        (403, Event.FORBIDDEN),
        (404, Event.NOT_FOUND),
        (408, Event.UNAVAILABLE),
        (412, Event.STALE),
        (422, Event.REFUSED),
        (429, Event.RATE_LIMITED),
        (500, Event.UNAVAILABLE),
        (503, Event.UNAVAILABLE),
    ],
)
def test_plain_statuses(status: int, event: Event) -> None:
    """The plain dialect reads the status as the standard has it."""
    assert PlainDialect().classify(status, {}, None, "").event is event

"""Accounting periods: months, four weeks, quarters of weeks; when they close, and when a flow is due."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ml_connector.orchestration.fiscal import PERIOD_CLOSE, FiscalCalendar
from ml_connector.orchestration.timetable import is_due, quickest

UTC = dt.timezone.utc
PATTERNS = ("months", "13 periods", "4-4-5", "4-5-4", "5-4-4")
DAYS = st.dates(dt.date(2010, 1, 1), dt.date(2060, 1, 1))


@given(
    pattern=st.sampled_from(PATTERNS), start=st.dates(dt.date(2020, 1, 1), dt.date(2028, 12, 28)), day=DAYS,
    long=st.frozensets(st.integers(2005, 2065), max_size=8),
)  # fmt: skip
def test_every_day_lies_in_exactly_one_period(pattern: str, start: dt.date, day: dt.date, long: frozenset[int]) -> None:
    """Periods follow each other without gap or overlap, before and after the configured year."""
    if pattern == "months":
        start, long = start.replace(day=min(start.day, 28)), frozenset()
    calendar = FiscalCalendar(pattern=pattern, year_start=start, long_years=long)  # type: ignore[arg-type]
    periods = calendar.since(day)
    found = [next(periods) for _ in range(30)]
    assert found[0].start <= day < found[0].end
    assert all(a.end == b.start for a, b in pairwise(found))


@pytest.mark.parametrize(
    ("pattern", "periods", "days"),
    [("months", 12, 365), ("13 periods", 13, 364), ("4-4-5", 12, 364), ("4-5-4", 12, 364), ("5-4-4", 12, 364)],
)
def test_a_year_has_the_periods_of_its_pattern(pattern: str, periods: int, days: int) -> None:
    """Twelve months, thirteen periods of four weeks, or four quarters of thirteen weeks."""
    year = FiscalCalendar(pattern=pattern, year_start=dt.date(2026, 7, 1)).year(2026)  # type: ignore[arg-type]
    assert (len(year), (year[-1].end - year[0].start).days) == (periods, days)


def test_a_year_of_53_weeks_moves_all_later_ones() -> None:
    """The extra week belongs to the last period, and the next year begins a week later."""
    calendar = FiscalCalendar(pattern="4-4-5", year_start=dt.date(2025, 12, 29), first_year=2026, long_years={2026})  # type: ignore[arg-type]
    last = calendar.year(2026)[-1]
    assert (last.name, (last.end - last.start).days) == ("2026-P12", 6 * 7)
    assert calendar.year(2027)[0].start == dt.date(2025, 12, 29) + dt.timedelta(weeks=53)


def test_a_close_is_a_moment_in_the_companys_zone() -> None:
    """The close is so many days after the end, at a time of day where the books are kept."""
    calendar = FiscalCalendar(closes_after_days=2, closes_at=dt.time(7, 30), timezone="Pacific/Auckland")
    october = next(calendar.since(dt.date(2026, 10, 15)))
    assert calendar.close(october) == dt.datetime(2026, 11, 2, 18, 30, tzinfo=UTC)
    assert calendar.start(october) == dt.datetime(2026, 9, 30, 11, tzinfo=UTC)


@given(day=DAYS, pattern=st.sampled_from(PATTERNS), hours=st.integers(1, 60 * 24))
def test_a_flow_is_due_in_the_interval_that_holds_the_close(day: dt.date, pattern: str, hours: int) -> None:
    """Of intervals that follow each other, the one whose end has passed a close has the flow due, once a period."""
    calendar = FiscalCalendar(pattern=pattern)  # type: ignore[arg-type]
    periods = calendar.since(day)
    period = next(periods)
    close, step = calendar.close(period), dt.timedelta(hours=hours)
    assert is_due(PERIOD_CLOSE, close - step, close, calendar)
    assert is_due(PERIOD_CLOSE, close - dt.timedelta(seconds=1), close + step, calendar)
    assert is_due(PERIOD_CLOSE, close, close + step, calendar) == (calendar.close(next(periods)) <= close + step)


@given(day=DAYS, pattern=st.sampled_from(PATTERNS))
def test_the_last_closed_period_is_the_one_before_the_next_close(day: dt.date, pattern: str) -> None:
    """At any moment the period closed last is closed, and the one after it is not."""
    calendar = FiscalCalendar(pattern=pattern)  # type: ignore[arg-type]
    moment = dt.datetime.combine(day, dt.time(12), UTC)
    last = calendar.last_closed(moment)
    following = next(calendar.since(last.end))
    assert calendar.close(last) <= moment < calendar.close(following)


def test_a_dag_runs_at_the_close_only_where_no_flow_is_quicker() -> None:
    """A cron expression beats the period's close; alone, the close is the schedule."""
    assert quickest([PERIOD_CLOSE, "0 2 * * *"]) == "0 2 * * *"
    assert quickest([PERIOD_CLOSE]) == PERIOD_CLOSE


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"timezone": "Mars/Base"}, "no time zone"),
        ({"pattern": "months", "long_years": [2026]}, "53rd week"),
        ({"pattern": "months", "year_start": "2026-01-31"}, "28th"),
        ({"pattern": "3-3-7"}, "4-4-5"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(given: dict[str, object], says: str) -> None:
    """A mistake in the calendar stops at start-up and says what would be right."""
    with pytest.raises(ValidationError, match=says):
        FiscalCalendar.model_validate(given)


@pytest.mark.parametrize(
    ("moment", "first", "last"),
    [
        (dt.datetime(2026, 11, 2, 12, tzinfo=UTC), dt.date(2026, 10, 1), dt.date(2026, 11, 30)),
        (dt.datetime(2026, 11, 4, 5, 59, tzinfo=UTC), dt.date(2026, 10, 1), dt.date(2026, 11, 30)),
        (dt.datetime(2026, 11, 4, 6, tzinfo=UTC), dt.date(2026, 11, 1), dt.date(2026, 11, 30)),
        (dt.datetime(2026, 1, 1, 0, tzinfo=UTC), dt.date(2025, 12, 1), dt.date(2026, 1, 31)),
    ],
)
def test_the_open_days_begin_with_the_earliest_period_that_is_not_closed(
    moment: dt.datetime, first: dt.date, last: dt.date
) -> None:
    """Until its close the period before counts as open; the current one counts to its last day."""
    assert FiscalCalendar().open_days(moment) == (first, last)


def test_the_open_days_of_weeks_and_of_another_zone() -> None:
    """Periods of four weeks are as open as months, and a day begins where the books are kept."""
    calendar = FiscalCalendar(pattern="13 periods", year_start=dt.date(2025, 12, 29), timezone="Pacific/Auckland")
    first, last = calendar.open_days(dt.datetime(2026, 11, 21, 12, tzinfo=UTC))
    assert (last - first).days + 1 == 28
    assert first <= dt.date(2026, 11, 22) <= last
    assert calendar.period_of(first) == calendar.period_of(last)
    assert calendar.period_of(last + dt.timedelta(days=1)).start == last + dt.timedelta(days=1)

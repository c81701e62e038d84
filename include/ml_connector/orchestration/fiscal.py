"""Fiscal calendars: accounting periods that are no calendar months, and when they are closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

PERIOD_CLOSE = "period_close"
"""The cadence of a flow that is due after each period's close."""
WEEKS: dict[str, tuple[int, ...]] = {
    "13 periods": (4,) * 13,
    "4-4-5": (4, 4, 5) * 4,
    "4-5-4": (4, 5, 4) * 4,
    "5-4-4": (5, 4, 4) * 4,
}
"""Pattern → the weeks of each period of a year of 52 weeks."""
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """One accounting period; `end` is the first day after it."""

    year: int
    number: int
    start: dt.date
    end: dt.date

    @property
    def name(self) -> str:
        """What a clerk calls it, e.g. ``2026-P03``."""
        return f"{self.year}-P{self.number:02}"


class FiscalCalendar(BaseModel):
    """A deployment's accounting periods.

    Args:
        pattern: ``months`` (12 periods), ``13 periods`` of four weeks, or quarters of 4-4-5, 4-5-4, 5-4-4 weeks.
        year_start: first day of fiscal year `first_year`; other years follow on from it, and lie before it.
        first_year: what that year is called; the calendar year of `year_start` unless given.
        long_years: years of 53 weeks; the week belongs to the last period.
        closes_after_days: days from a period's end to its close.
        closes_at: time of day of the close.
        timezone: of the company's books.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: Literal["months", "13 periods", "4-4-5", "4-5-4", "5-4-4"] = "months"
    year_start: dt.date = dt.date(2026, 1, 1)
    first_year: int = 0
    long_years: frozenset[int] = frozenset()
    closes_after_days: int = Field(default=3, ge=0, le=60)
    closes_at: dt.time = dt.time(6)
    timezone: str = "UTC"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no time zone, e.g. 'Pacific/Auckland'") from error
        return value

    @model_validator(mode="after")
    def _sane(self) -> FiscalCalendar:
        if self.pattern == "months" and self.long_years:
            raise ValueError("long_years: a year of months has no 53rd week")
        if self.pattern == "months" and self.year_start.day > 28:  # noqa: PLR2004 - every month has that day
            raise ValueError(f"year_start: {self.year_start} cannot begin every month; choose a day up to the 28th")
        return self

    @property
    def _first(self) -> int:
        return self.first_year or self.year_start.year

    def year(self, year: int) -> list[Period]:
        """Return the periods of one fiscal year."""
        start = self._start_of(year)
        if self.pattern == "months":
            starts = [_months_later(start, month) for month in range(13)]
        else:
            weeks = list(WEEKS[self.pattern])
            weeks[-1] += year in self.long_years
            starts = [start]
            for count in weeks:
                starts.append(starts[-1] + count * 7 * _DAY)
        return [Period(year, n, a, b) for n, (a, b) in enumerate(pairwise(starts), start=1)]

    def _start_of(self, year: int) -> dt.date:
        if self.pattern == "months":
            return self.year_start.replace(year=self.year_start.year + year - self._first)
        between = range(self._first, year) if year >= self._first else range(year, self._first)
        days = sum((53 if one in self.long_years else 52) * 7 for one in between)
        return self.year_start + (days if year >= self._first else -days) * _DAY

    def since(self, day: dt.date) -> Iterator[Period]:
        """Yield the period that `day` lies in and all that follow."""
        year = self._first + (day - self.year_start).days // 365 - 1
        while True:
            yield from (period for period in self.year(year) if period.end > day)
            year += 1

    def period_of(self, day: dt.date) -> Period:
        """Return the period that a day lies in."""
        return next(self.since(day))

    def open_days(self, moment: dt.datetime) -> tuple[dt.date, dt.date]:
        """Return the first day of the earliest period that is not closed at `moment`, and the last of the current."""
        today = moment.astimezone(ZoneInfo(self.timezone)).date()
        earliest = next(
            period
            for period in self.since(today - (self.closes_after_days + 90) * _DAY)
            if self.close(period) > moment or period.end > today
        )
        return earliest.start, self.period_of(today).end - _DAY

    def start(self, period: Period) -> dt.datetime:
        """Return the moment the period begins; aware UTC."""
        return self._moment(period.start, dt.time(0))

    def end(self, period: Period) -> dt.datetime:
        """Return the moment the period ends; aware UTC."""
        return self._moment(period.end, dt.time(0))

    def close(self, period: Period) -> dt.datetime:
        """Return the moment the period is closed; aware UTC."""
        return self._moment(period.end + self.closes_after_days * _DAY, self.closes_at)

    def closes_within(self, start: dt.datetime, end: dt.datetime) -> bool:
        """Tell whether a period is closed in ``(start, end]``."""
        for period in self.since(start.date() - (self.closes_after_days + 40) * _DAY):
            if self.close(period) > start:
                return self.close(period) <= end
        return False  # pragma: no cover - periods never end

    def last_closed(self, moment: dt.datetime) -> Period:
        """Return the latest period that is closed at `moment`."""
        found: Period | None = None
        for period in self.since(moment.date() - (self.closes_after_days + 90) * _DAY):
            if self.close(period) > moment and found is not None:
                break
            found = period
        assert found is not None
        return found

    def __str__(self) -> str:
        """Return what Airflow shows as the schedule."""
        days = f"{self.closes_after_days} days" if self.closes_after_days else "the day"
        return f"period close ({self.pattern}, {days} after the end, {self.closes_at:%H:%M} {self.timezone})"

    def _moment(self, day: dt.date, time: dt.time) -> dt.datetime:
        return dt.datetime.combine(day, time, ZoneInfo(self.timezone)).astimezone(dt.timezone.utc)


def _months_later(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + year, month=month + 1)

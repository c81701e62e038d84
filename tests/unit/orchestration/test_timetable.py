"""Which flows are due in a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.orchestration.timetable import is_due, quickest

UTC = dt.timezone.utc
START = dt.datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = dt.timedelta(minutes=1)
TICKS: dict[str, Callable[[dt.datetime], bool]] = {
    "0 * * * *": lambda moment: moment.minute == 0,
    "*/15 * * * *": lambda moment: moment.minute % 15 == 0,
    "7 */2 * * *": lambda moment: moment.minute == 7 and moment.hour % 2 == 0,
    "30 6 * * *": lambda moment: (moment.hour, moment.minute) == (6, 30),
}
"""Cron expression → whether a minute is one of its ticks, told without croniter."""


def at(clock: str) -> dt.datetime:
    hour, minute = clock.split(":")
    return START.replace(hour=int(hour), minute=int(minute))


@pytest.mark.parametrize(
    ("cron", "start", "end", "due"),
    [
        ("0 * * * *", "01:45", "02:00", True),
        ("0 * * * *", "02:00", "02:15", False),
        ("0 * * * *", "01:00", "02:00", True),
        ("0 * * * *", "02:01", "02:59", False),
        ("*/15 * * * *", "02:00", "02:15", True),
        ("30 6 * * *", "06:15", "06:30", True),
        ("30 6 * * *", "06:30", "06:45", False),
        ("0 3 * * 1", "02:45", "03:00", False),  # 1 November 2026 is a Sunday
        ("0 3 * * 0", "02:45", "03:00", True),
    ],
)
def test_a_flow_is_due_when_its_tick_lies_in_the_interval(cron: str, start: str, end: str, due: bool) -> None:
    """The interval's start belongs to the run before, its end to this one."""
    assert is_due(cron, at(start), at(end)) is due


@pytest.mark.parametrize(("start", "end"), [(None, None), (START, START), (None, START)])
def test_a_run_without_interval_has_every_flow_due(start: dt.datetime | None, end: dt.datetime | None) -> None:
    """A run asked for through the API stands for no interval, so nothing is left out."""
    assert is_due("0 0 1 1 *", start, end)


@settings(deadline=None, max_examples=40)
@given(step=st.sampled_from([5, 10, 15, 20, 60]), cron=st.sampled_from(sorted(TICKS)), runs=st.integers(1, 30))
def test_each_tick_makes_the_flow_due_in_exactly_one_of_the_intervals_that_follow_each_other(
    step: int, cron: str, runs: int
) -> None:
    """Over intervals without gap, a flow is due in those that hold a tick and in no other."""
    edges = [START + index * step * MINUTE for index in range(runs + 1)]
    for start, end in pairwise(edges):
        minutes = (start + index * MINUTE for index in range(1, step + 1))
        assert is_due(cron, start, end) is any(map(TICKS[cron], minutes))


def test_the_dag_runs_as_often_as_its_quickest_flow() -> None:
    """The schedule is the cron expression whose ticks lie closest together, whatever the order."""
    assert quickest(["0 * * * *", "*/15 * * * *", "0 0 * * *"]) == "*/15 * * * *"
    assert quickest(["0 9,10 * * 1-5", "0 */3 * * *"]) == "0 9,10 * * 1-5"

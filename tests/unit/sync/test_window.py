"""What a run reads, and how far the watermark may go."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pendulum
import pytest
from fakes import T0
from hypothesis import given
from hypothesis import strategies as st
from sync_world import World

from ml_connector.domain.errors import ConfigurationError, SyncError
from ml_connector.domain.status import Outcome
from ml_connector.sync.watermark import record
from ml_connector.sync.window import WindowPlan, WindowRequest, new_watermark, plan

TIMES = st.datetimes(timezones=st.just(dt.timezone.utc), min_value=dt.datetime(2020, 1, 1))  # noqa: DTZ001


def test_the_first_live_run_reads_from_the_beginning() -> None:
    """Without a watermark a live run has no lower bound, and takes its cutoff before the first request."""
    world = World()
    made = plan(world.run(), request=WindowRequest())
    assert (made.start, made.end, made.moves_watermark, made.carries_open) == (
        None,
        world.clock.time,
        True,
        True,
    )


def test_a_live_run_reads_the_overlap_again() -> None:
    """A live run starts the overlap before the watermark."""
    world = World()
    world.mark.value = T0
    assert plan(world.run(), request=WindowRequest()).start == T0 - dt.timedelta(minutes=10)


def test_a_dry_run_does_not_move_the_watermark() -> None:
    """A dry run reads like a live one but leaves the mark."""
    assert not plan(World().run(dry_run=True), request=WindowRequest()).moves_watermark


@pytest.mark.parametrize("mode", ["interval", "explicit"])
def test_a_given_span_is_read_exactly_and_moves_nothing(mode: str) -> None:
    """A backfill's interval or a given span is read as it is, with no overlap, and the mark stays."""
    request = WindowRequest(mode=mode, start=T0, end=T0 + dt.timedelta(hours=1))  # type: ignore[arg-type]
    made = plan(World().run(), request=request)
    assert (made.start, made.end) == (T0, T0 + dt.timedelta(hours=1))
    assert not made.moves_watermark
    assert not made.carries_open


@pytest.mark.parametrize("zone", ["UTC", "America/Chicago"])
def test_an_interval_as_airflow_gives_it_is_plain_utc(zone: str) -> None:
    """Airflow's own kind of datetime becomes a plain one, with which a source may reckon."""
    end = pendulum.datetime(2026, 8, 24, 5, microsecond=7, tz=zone)
    made = plan(World().run(), request=WindowRequest(mode="interval", start=end.subtract(days=28), end=end))
    before = made.window.end - dt.timedelta(microseconds=7)
    assert type(made.window.end) is dt.datetime
    assert before == end.replace(microsecond=0)
    assert before.tzinfo is dt.timezone.utc


def test_the_days_of_an_accounting_period_are_those_of_the_companys_zone() -> None:
    """A period that begins at midnight in Auckland holds its own days alone; a span that a person gave is UTC's."""
    start, end = (dt.datetime(2026, month, 1, tzinfo=ZoneInfo("Pacific/Auckland")) for month in (4, 5))
    request = WindowRequest(mode="interval", start=start, end=end)
    made = WindowPlan.from_json(plan(World().run(), request=request, zone="Pacific/Auckland").to_json()).window
    assert (made.first_day, made.last_day) == (dt.date(2026, 4, 1), dt.date(2026, 4, 30))
    made = plan(World().run(), request=request.model_copy(update={"mode": "explicit"}), zone="Pacific/Auckland").window
    assert (made.first_day, made.last_day) == (dt.date(2026, 3, 31), dt.date(2026, 4, 30))
    assert plan(World().run(), request=WindowRequest()).window.first_day is None


def test_an_empty_span_is_refused_with_both_ends_named() -> None:
    """A span that ends before it begins is a configuration error that shows both."""
    request = WindowRequest(mode="explicit", start=T0, end=T0)
    with pytest.raises(ConfigurationError, match="2026-10-01T00:00:00"):
        plan(World().run(), request=request)


def test_a_plan_survives_xcom() -> None:
    """A plan is the same after its way through JSON."""
    made = WindowPlan(start=T0, end=T0 + dt.timedelta(days=1), keys=("a", "b"), moves_watermark=True)
    assert WindowPlan.from_json(made.to_json()) == made


@given(TIMES, TIMES)
def test_a_stamp_from_the_future_cannot_pass_the_cutoff(newest: dt.datetime, cutoff: dt.datetime) -> None:
    """Whatever the source's stamps say, the mark never passes the cutoff nor what was read."""
    moment = new_watermark(newest, cutoff)
    assert moment is not None
    assert moment <= cutoff
    assert moment <= newest


def test_the_mark_waits_for_the_last_undecided_document() -> None:
    """While one document has no outcome the watermark is not moved."""
    from sync_world import order

    world = World()
    world.staging.add([order()])
    made = WindowPlan(start=None, end=world.clock.time, moves_watermark=True)
    with pytest.raises(SyncError, match="1 documents have no outcome"):
        record(world.run(), made)
    world.staging.finish("K-PO-1", Outcome.HELD)
    assert record(world.run(), made) == T0.isoformat()

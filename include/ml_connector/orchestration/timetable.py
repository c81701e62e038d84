"""When a DAG runs, and which of its flows are due then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from croniter import croniter

from ml_connector.orchestration.fiscal import PERIOD_CLOSE, FiscalCalendar

_REFERENCE = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)


def quickest(crons: Iterable[str]) -> str:
    """Return the cadence whose runs lie closest together; a period's close only where there is no other."""
    regular = sorted(set(crons) - {PERIOD_CLOSE})
    return min(regular, key=_gap) if regular else PERIOD_CLOSE


@cache
def _gap(cron: str) -> dt.timedelta:
    """Return the shortest time between two runs; the tenants of a fleet mostly have the same few cadences."""
    ticks = croniter(cron, _REFERENCE)
    times = [ticks.get_next(dt.datetime) for _ in range(8)]
    return min(later - earlier for earlier, later in pairwise(times))


def is_due(
    cadence: str, start: dt.datetime | None, end: dt.datetime | None, calendar: FiscalCalendar | None = None
) -> bool:
    """Tell whether a flow is due in a run over the data interval: one of its ticks lies in ``(start, end]``.

    A run without interval (asked for by hand) has every flow due. Decided from the interval alone, so that a backfill
    decides as the live run did.
    """
    if start is None or end is None or start == end:
        return True
    if cadence == PERIOD_CLOSE:
        return (calendar or FiscalCalendar()).closes_within(start, end)
    following: dt.datetime = croniter(cadence, start).get_next(dt.datetime)
    return following <= end

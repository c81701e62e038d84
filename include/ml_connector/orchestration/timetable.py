"""When a DAG runs, and which of its flows are due then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import pairwise

from croniter import croniter

_REFERENCE = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)


def quickest(crons: Iterable[str]) -> str:
    """Return the cron expression whose runs lie closest together."""

    def gap(cron: str) -> dt.timedelta:
        ticks = croniter(cron, _REFERENCE)
        times = [ticks.get_next(dt.datetime) for _ in range(8)]
        return min(later - earlier for earlier, later in pairwise(times))

    return min(sorted(set(crons)), key=gap)


def is_due(cron: str, start: dt.datetime | None, end: dt.datetime | None) -> bool:
    """Tell whether a flow is due in a run over the data interval: one of its ticks lies in ``(start, end]``.

    A run without interval (asked for by hand) has every flow due. Decided from the interval alone, so that a backfill
    decides as the live run did.
    """
    if start is None or end is None or start == end:
        return True
    following: dt.datetime = croniter(cron, start).get_next(dt.datetime)
    return following <= end

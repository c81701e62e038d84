"""The endpoint's policies: quota, spike arrest and rate smoothing.

The names are those of the endpoint policies on docs.infor.com (inforos/2024.x, lcs1730257685556); status and headers
of an exhausted policy are not documented, so those are our convention.
"""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta

from .settings import Settings


class Policies:
    """Counts the calls of each caller."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[datetime]] = defaultdict(deque)

    def clear(self) -> None:
        """Forget all counts."""
        self._calls.clear()

    def is_spent(self, tenant: str, user: str, now: datetime, settings: Settings) -> bool:
        """Count a call and tell whether quota or spike arrest refuses it; a refused one is not counted."""
        caller = f"{tenant}/{user}" if settings.quota_per_user else tenant
        quota = timedelta(seconds=settings.quota_seconds)
        spike = timedelta(milliseconds=settings.spike_milliseconds)
        calls = self._calls[caller]
        while calls and now - calls[0] >= max(quota, spike):
            calls.popleft()
        over_quota = settings.quota_calls and _within(calls, now, quota) >= settings.quota_calls
        over_spike = settings.spike_calls and _within(calls, now, spike) >= settings.spike_calls
        if over_quota or over_spike:
            return True
        calls.append(now)
        return False

    def delay(self, tenant: str, user: str, now: datetime, settings: Settings) -> float:
        """Return how long rate smoothing holds a call back; seconds."""
        if not settings.delay_after:
            return 0.0
        caller = f"{tenant}/{user}" if settings.quota_per_user else tenant
        extra = _within(self._calls[caller], now, timedelta(milliseconds=settings.spike_milliseconds))
        return max(0, extra - settings.delay_after) * settings.delay_milliseconds / 1000


def _within(calls: deque[datetime], now: datetime, span: timedelta) -> int:
    return sum(1 for at in calls if now - at < span)

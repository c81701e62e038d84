"""The rate of a tenant: 429 when too many calls were made in a minute.

IFS publishes no limit, window or header; number and answer are conventions of this simulator.
"""

import math
from collections import deque
from datetime import datetime, timedelta

from .errors import throttled
from .settings import Settings

_MINUTE = timedelta(minutes=1)


class Rate:
    """The calls of each tenant in the last minute."""

    def __init__(self) -> None:
        self._recent: dict[str, deque[datetime]] = {}

    def clear(self) -> None:
        """Forget the calls so far."""
        self._recent.clear()

    def admit(self, tenant: str, now: datetime, settings: Settings) -> None:
        """Count a call.

        Raises:
            Refusal: 429; a refused call is not counted.
        """
        recent = self._recent.setdefault(tenant, deque())
        while recent and recent[0] <= now - _MINUTE:
            recent.popleft()
        if settings.requests_per_minute and len(recent) >= settings.requests_per_minute:
            wait = (recent[0] + _MINUTE - now).total_seconds()
            raise throttled(max(1, math.ceil(wait)), says_when=settings.retry_after)
        recent.append(now)

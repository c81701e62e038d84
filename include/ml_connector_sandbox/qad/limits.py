"""The allowance of requests, for tenants that have one; none is published."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta

SPAN = timedelta(minutes=1)


class Allowance:
    """Counts each user's requests of the last minute."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], deque[datetime]] = defaultdict(deque)

    def clear(self) -> None:
        """Forget all counts."""
        self._calls.clear()

    def is_spent(self, tenant: str, user: str, now: datetime, most: int) -> bool:
        """Count a request and tell whether it is one too many; a refused one is not counted. 0 is no limit."""
        if not most:
            return False
        calls = self._calls[tenant, user]
        while calls and now - calls[0] >= SPAN:
            calls.popleft()
        if len(calls) >= most:
            return True
        calls.append(now)
        return False

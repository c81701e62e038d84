"""The allowance: so many calls in any rolling span, per key or account, refused in one of five dialects."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta

from starlette.responses import Response

from ml_connector_sandbox.cin7.settings import Settings
from ml_connector_sandbox.core.wire import JsonAnswer


class Allowance:
    """Counts the calls of each key."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[datetime]] = defaultdict(deque)

    def refuse(self, who: str, now: datetime, settings: Settings) -> Response | None:
        """Count a call; return the refusal when there are too many. A refused call is not counted."""
        calls = self._calls[who]
        span = timedelta(seconds=settings.rate_seconds)
        while calls and now - calls[0] >= span:
            calls.popleft()
        if len(calls) < settings.rate_limit:
            calls.append(now)
            return None
        wait = max(1, round((calls[0] + span - now).total_seconds() + 0.5))
        return _refusal(settings, wait)


def _refusal(settings: Settings, wait_seconds: int) -> Response:
    dialect = settings.rate_dialect
    status = int(dialect[:3])
    text = f"You have reached {settings.rate_limit} calls per {settings.rate_seconds:g} seconds API limit."
    if settings.rate_limit != 60:
        text = f"You have reached 60 calls per 60 seconds API limit. (simulated: {text})"
    headers = {
        "429_seconds": {"Retry-After": str(wait_seconds)},
        "429_text": {"Retry-After": f"{wait_seconds} Seconds"},
    }
    return JsonAnswer([{"ErrorCode": status, "Exception": text}], status_code=status, headers=headers.get(dialect, {}))

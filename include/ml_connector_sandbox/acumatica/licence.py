"""Licence limits on requests: the delay from half the limit on, the queue, and 429 on overflow.

The rule: https://github.com/Acumatica/Acumatica-AI-Resources, Integration Development Guide, "License Restrictions
for API Users". No ``Retry-After`` is sent; the body of the 429 is inferred. The limit of requests served at once is
left out: the simulator serves each request in one go.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from ml_connector_sandbox.core.clock import Clock

from .errors import Refusal
from .settings import Settings

_MINUTE = timedelta(minutes=1)
_STEP_SECONDS = 0.005


def _declined() -> Refusal:
    """The answer to a request that the licence declines."""
    return Refusal(429, {"message": "Too many requests."})


class Licence:
    """Counts the requests of the last minute and those waiting."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recent: deque[datetime] = deque()
        self._waiting = 0

    def clear(self) -> None:
        """Forget the requests so far."""
        self._recent.clear()

    @asynccontextmanager
    async def admitted(self, settings: Settings) -> AsyncIterator[None]:
        """Serve a request when the licence lets it through.

        Raises:
            Refusal: 429; a declined request is not counted.
        """
        await self._wait_for_minute(settings)
        self._recent.append(self._clock.now())
        yield

    def delay_seconds(self, settings: Settings) -> float:
        """How long the next request is held back, in simulated seconds."""
        now, limit = self._clock.now(), settings.requests_per_minute
        while self._recent and self._recent[0] <= now - _MINUTE:
            self._recent.popleft()
        count = len(self._recent)
        if limit == 0 or count * 2 < limit:
            return 0.0
        left = (self._recent[0] + _MINUTE - now).total_seconds()
        return left / max(limit - count, 1)

    async def _wait_for_minute(self, settings: Settings) -> None:
        """Apply the limit per minute: delayed by the rule, or declined at once where the rule is off."""
        delay = self.delay_seconds(settings)
        if settings.license_delay and delay:
            due = self._clock.now() + timedelta(seconds=delay)
            await self._wait_until(settings, lambda: self._clock.now() >= due)
        elif settings.requests_per_minute and len(self._recent) >= settings.requests_per_minute:
            raise _declined()

    async def _wait_until(self, settings: Settings, is_ready: Callable[[], bool]) -> None:
        """Stand in the queue."""
        if self._waiting > settings.queue_length:  # "already holds more than 20"
            raise _declined()
        self._waiting += 1
        give_up = self._clock.now() + timedelta(seconds=settings.queue_seconds)
        try:
            while not is_ready():
                if self._clock.now() >= give_up:
                    raise _declined()
                await asyncio.sleep(_STEP_SECONDS)
        finally:
            self._waiting -= 1

"""The simulator's time: real by default; set, moved and made faster by a test or a demo."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone


class Clock:
    """A clock with an offset and a speed."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Go back to real time."""
        self._base = datetime.now(timezone.utc)
        self._started = time.monotonic()
        self._speed = 1.0

    def now(self) -> datetime:
        """Return the simulator's time; aware UTC."""
        return self._base + timedelta(seconds=(time.monotonic() - self._started) * self._speed)

    def set(self, moment: datetime) -> None:
        """Make it `moment` now."""
        self._base, self._started = moment.astimezone(timezone.utc), time.monotonic()

    def advance(self, seconds: float) -> None:
        """Move forward (or, below zero, back) by `seconds`."""
        self.set(self.now() + timedelta(seconds=seconds))

    def run_at(self, speed: float) -> None:
        """Let `speed` simulated seconds pass in one real second; 0 stops the clock."""
        self.set(self.now())
        self._speed = speed

"""The one time of a case: both vendors', the connector's and Airflow's; it moves when somebody waits."""

from __future__ import annotations

import datetime as dt
import mmap
import struct
from typing import Any

from ml_connector.transport.clock import SystemClock
from ml_connector_sandbox.core.clock import Clock as SandboxClock

START = dt.datetime(2026, 11, 2, 8, tzinfo=dt.timezone.utc)
"""When a course begins: after all that the tiny worlds hold."""


class SharedClock:
    """A clock in memory that forked processes share."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8)

    @property
    def seconds(self) -> float:
        """Seconds since `START`."""
        value: float = struct.unpack("d", self._memory[:8])[0]
        return value

    def detach(self) -> None:
        """Go on with a clock of its own, at the same time: a fork must not move its parent's."""
        seconds, self._memory = self.seconds, mmap.mmap(-1, 8)
        self.sleep(seconds)

    def start(self) -> None:
        """Begin a course."""
        self._memory[:8] = struct.pack("d", 0.0)

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._memory[:8] = struct.pack("d", self.seconds + seconds)

    def now(self) -> dt.datetime:
        """Return the time, aware UTC."""
        return START + dt.timedelta(seconds=self.seconds)

    def timestamp(self) -> float:
        """Return the time in seconds since 1970."""
        return self.now().timestamp()


CLOCK = SharedClock()


def install() -> None:
    """Put `CLOCK` in the place of the machine's time on both sides."""
    connector: Any = SystemClock
    connector.now = lambda _self: CLOCK.now()
    connector.monotonic = lambda _self: CLOCK.seconds
    connector.sleep = lambda _self, seconds: CLOCK.sleep(seconds)
    sandbox: Any = SandboxClock
    sandbox.now = lambda _self: CLOCK.now()

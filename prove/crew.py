"""Forked processes, a few at a time, each of which tells one result."""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")
SECONDS = 240.0
"""A process that takes longer hangs."""


@dataclass(frozen=True)
class Told(Generic[T]):
    """What a process told, or why it did not."""

    of: T
    result: dict[str, Any]
    error: str
    seconds: float


@dataclass
class Crew(Generic[T]):
    """The processes that are busy: pipe → whose it is, process id, when it began."""

    jobs: int
    busy: dict[int, tuple[T, int, float]] = field(default_factory=dict)

    def take(self, of: T, work: Callable[[], dict[str, Any]]) -> Iterator[Told[T]]:
        """Begin `work` as soon as there is room; yield what ends meanwhile."""
        while len(self.busy) >= self.jobs:
            yield from self._wait()
        pid, reader = _fork(work)
        self.busy[reader] = (of, pid, time.monotonic())

    def rest(self) -> Iterator[Told[T]]:
        """Yield what is still to come."""
        while self.busy:
            yield from self._wait()

    def _wait(self) -> Iterator[Told[T]]:
        ready, _, _ = select.select(list(self.busy), [], [], 1.0)
        for reader, (of, pid, begun) in list(self.busy.items()):
            seconds = time.monotonic() - begun
            if reader not in ready and seconds < SECONDS:
                continue
            del self.busy[reader]
            if seconds > SECONDS:
                os.kill(pid, signal.SIGKILL)
            told = _heard(pid, reader)
            error = "it hangs" if seconds > SECONDS else told.get("error", "" if told else "its process died")
            yield Told(of, told, error, seconds)


def _fork(work: Callable[[], dict[str, Any]]) -> tuple[int, int]:
    """Start `work` in a forked process; return its id and the pipe on which it tells its result."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the servers' threads are idle, and not used in the child
        pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    gc.disable()
    try:
        told = work()
    except BaseException:  # noqa: BLE001 - whatever it is, the parent hears of it
        told = {"error": traceback.format_exc()}
    with os.fdopen(writer, "w") as pipe:
        pipe.write(json.dumps(told, default=str))
    os._exit(0)


def _heard(pid: int, reader: int) -> dict[str, Any]:
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    told: dict[str, Any] = json.loads(text) if text else {}
    return told

"""Many callers of one allowance on one simulated clock: each asks, waits as it is told, calls, and asks again."""

from __future__ import annotations

import heapq
import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ml_connector.transport.ledger import SqliteLedger
from ml_connector.transport.rate import Rate, RollingBudget
from ml_connector.transport.turns import Caller

BEGIN = 1_790_000_000.0


@dataclass(frozen=True)
class Made:
    """One call: when it was asked for, when it went out, with which key; seconds since the beginning."""

    caller: Caller
    asked: float
    moment: float
    key: str

    @property
    def waited(self) -> float:
        """Seconds between the two."""
        return self.moment - self.asked


@dataclass
class Worker:
    """One thread of one process: blocked while it waits.

    Args:
        pauses: seconds between the end of a call and the next one, again and again.
        killed_at: from then on it is never heard of again.
    """

    budget: RollingBudget
    caller: Caller
    pauses: Iterator[float]
    killed_at: float
    ticket: int | None = None
    asked: float | None = None


@dataclass
class Crowd:
    """All callers, and the clock."""

    folder: Path
    rates: Sequence[Rate]
    keys: Sequence[str] = ("k",)
    time: float = 0.0
    looks: int = 0
    calls: list[Made] = field(default_factory=list)
    given_up: list[Caller] = field(default_factory=list)
    closed: list[tuple[str, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = SqliteLedger(self.folder / "rates", lambda: BEGIN + self.time)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    @property
    def spacing(self) -> float:
        """Seconds between two calls at an even pace, with all keys."""
        return max(rate.seconds / rate.limit for rate in self.rates) / len(self.keys)

    def budget(self, caller: Caller) -> RollingBudget:
        """Return the allowance as that caller sees it."""
        return RollingBudget(self.ledger, "vendor", self.rates, keys=self.keys, caller=caller)

    def join(
        self, deployment: str, *, backfill: bool = False, workers: int = 1, begins: float = 0.0,
        pauses: Sequence[float] = (0.3,), killed_at: float = float("inf"),
    ) -> None:  # fmt: skip
        """Add callers of one deployment."""
        caller = Caller(deployment, backfill)
        for _ in range(workers):
            worker = Worker(self.budget(caller), caller, itertools.cycle(pauses), killed_at)
            self.at(begins, lambda worker=worker: self._step(worker))

    def close(self, key: str, begins: float, seconds: float) -> None:
        """Let the vendor refuse a call with the key at that time."""

        def refuse() -> None:
            self.budget(Caller()).penalise(key, seconds)
            self.closed.append((key, self.time, self.time + seconds))

        self.at(begins, refuse)

    def at(self, moment: float, step: Callable[[], None]) -> None:
        """Do `step` at that time."""
        heapq.heappush(self._due, (moment, next(self._order), step))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        while self._due and self._due[0][0] <= seconds:
            self.time, _, step = heapq.heappop(self._due)
            step()

    def waits(self, deployment: str, *, backfill: bool = False) -> list[float]:
        """Return how long each call of a caller has waited, in seconds."""
        return [one.waited for one in self.calls if one.caller == Caller(deployment, backfill)]

    def _step(self, worker: Worker) -> None:
        if self.time >= worker.killed_at:
            return
        if worker.asked is None:
            worker.asked = self.time
        self.looks += 1
        patience = worker.budget._patience_seconds - (self.time - worker.asked)
        worker.ticket, key, wait_seconds = worker.budget._ask(worker.ticket, patience)
        after = wait_seconds
        if wait_seconds <= 0:
            self.calls.append(Made(worker.caller, worker.asked, self.time, key))
            worker.asked, after = None, next(worker.pauses)
        elif worker.ticket is None:
            self.given_up.append(worker.caller)
            worker.asked = None
        self.at(self.time + after, lambda: self._step(worker))


@contextmanager
def crowd(*rates: Rate, keys: Sequence[str] = ("k",)) -> Iterator[Crowd]:
    """Give an allowance of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield Crowd(Path(folder), rates, keys)

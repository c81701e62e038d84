"""What has just been read, for the step that follows: it need not ask the same again.

The engine looks a document up, and then has the adapter write it, which would look once more. Within a step an adapter
takes what was read in the seconds before it, each answer once, and none that is older than the last write: so whatever
a write may have changed, or a lost one may yet change, is read anew.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

FRESH_SECONDS = 5.0
"""How old an answer may be when a step begins: about as long as a call may have to wait for its turn."""
MOST_KEPT = 8


@dataclass
class Looks(Generic[T]):
    """The last answers of one client.

    Args:
        monotonic: seconds that never run backwards.
    """

    monotonic: Callable[[], float]
    _kept: deque[tuple[Hashable, float, T]] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    _writes: int = 0
    _step: threading.local = field(default_factory=threading.local)

    def keep(self, question: Hashable, answer: T) -> None:
        """Keep the answer to a question that was asked."""
        self._kept.append((question, self.monotonic(), answer))

    def forget(self) -> None:
        """Something is being written: what was read before may be so no more."""
        self._writes += 1
        self._kept.clear()

    @contextmanager
    def step(self) -> Iterator[None]:
        """Within it, in this thread, `take` gives what was read shortly before it; not what it reads itself."""
        since = self.monotonic() - FRESH_SECONDS
        usable = {question: answer for question, at, answer in self._kept.copy() if at >= since}
        self._step.now = (self._writes, usable)
        try:
            yield
        finally:
            self._step.now = None

    def take(self, question: Hashable) -> T | None:
        """Return the answer kept, once; None when it has to be asked."""
        now: tuple[int, dict[Hashable, T]] | None = getattr(self._step, "now", None)
        return now[1].pop(question, None) if now is not None and now[0] == self._writes else None

"""A worker that can be killed before or after any of its calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests


class Killed(BaseException):
    """The worker's process ended at this line: nothing may catch it."""


born: list[Worker] = []
"""All workers of the running test."""


class Worker(requests.Session):
    """A worker's session: notes its calls, and dies at the one it is told, with nothing said to the vendor after it.

    `sent` holds the calls since `reset`, as (method, path); `seen` what `witness` said before each.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # no proxy stands between the two; looking for one takes time
        born.append(self)
        self.witness: Callable[[], Any] = lambda: None
        self.reset()

    def reset(self, *, dies_before: int | None = None, dies_after: int | None = None) -> None:
        """Count from here on; die at the call of this number, from 0."""
        self.sent: list[tuple[str, str]] = []
        self.seen: list[Any] = []
        self.dies_before, self.dies_after, self.dead = dies_before, dies_after, False

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        number = len(self.sent)
        self._live(number != self.dies_before)
        self.seen.append(self.witness())
        self.sent.append((request.method or "", (request.path_url or "").partition("?")[0]))
        answer = super().send(request, **kwargs)
        if number == self.dies_after:
            answer.close()
        self._live(number != self.dies_after)
        return answer

    def _live(self, lives: bool) -> None:
        self.dead = self.dead or not lives
        if self.dead:
            raise Killed


def bury() -> None:
    """Close the connections of all workers of the test."""
    while born:
        born.pop().close()

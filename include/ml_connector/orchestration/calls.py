"""Which calls each document took: kept in its audit trail beside the steps, without secrets.

The bodies of writes, and of answers to what went wrong, are kept beside the trail for a while, sealed.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ml_connector.domain.errors import SyncError
from ml_connector.store import call_bodies
from ml_connector.store.engine import writing
from ml_connector.store.journal import SqlJournal
from ml_connector.transport.answer import Call

STEP = "calls"
"""The step under which the audit trail keeps them."""
MOST_CALLS = 100
"""Calls kept of one document and run; the last ones, since they tell how it ended."""
log = logging.getLogger("ml_connector")


@dataclass
class CallLog:
    """The calls of one task since they were last taken; told of each by the clients.

    Args:
        total: how many there have been in all.
        clock_ahead_seconds: by how much the clock of the system that answered last was ahead of ours; None unless told.
    """

    total: int = 0
    clock_ahead_seconds: float | None = None
    _calls: list[Call] = field(default_factory=list)

    def note(self, call: Call) -> None:
        """Take one call in."""
        self.total += 1
        if call.clock_ahead_seconds is not None:
            self.clock_ahead_seconds = call.clock_ahead_seconds
        self._calls.append(call)
        del self._calls[:-MOST_CALLS]

    def take(self) -> list[Call]:
        """Return the calls since the last time, and forget them."""
        taken, self._calls = self._calls, []
        return taken


@dataclass(frozen=True)
class JournalWithCalls(SqlJournal):
    """A journal that also keeps the calls made while a document was locked.

    Args:
        keep_bodies: whether their bodies are kept, too.
    """

    calls: CallLog = field(default_factory=CallLog)
    keep_bodies: bool = True

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Hold `key` as the journal does; keep the calls made meanwhile when it is left."""
        with SqlJournal.lock(self, key):
            self.calls.take()
            try:
                yield
            finally:
                self._keep(key)

    def _keep(self, key: str) -> None:
        taken = self.calls.take()
        if not taken:
            return
        names = [uuid.uuid4().hex if self.keep_bodies and (call.sent or call.received) else "" for call in taken]
        bodies = {name: (call.sent, call.received) for name, call in zip(names, taken, strict=True) if name}
        told = [_told(call, name) for name, call in zip(names, taken, strict=True)]
        try:
            with writing(self.engine) as connection:
                call_bodies.add(connection, self.deployment, self.now(), bodies)
                self.audit.write(connection, key, STEP, {"calls": told})
        except SyncError as error:  # what they did is in the trail; that they were made is not worth a failed task
            log.warning("the calls of %s could not be kept: %s", key, error)


def _told(call: Call, bodies: str) -> dict[str, Any]:
    told = {"method": call.method, "url": call.url, "status": call.status, "ms": round(call.seconds * 1000)}
    return {
        **told,
        **({"attempt": call.attempt} if call.attempt > 1 else {}),
        **({"error": call.error} if call.error else {}),
        **({"bodies": bodies} if bodies else {}),
    }

"""Source records as last read, in memory: shared by tests of several folders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any


class Cache:
    """A record cache as `ml_connector.store.record_cache` keeps it, but of this process."""

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        self.now = now
        self.rows: dict[tuple[str, str], tuple[str, dt.datetime, Any]] = {}

    def get(self, entity: str, record_id: str, version: str) -> Any | None:
        held = self.rows.get((entity, record_id))
        return held[2] if held is not None and held[0] == version else None

    def put(self, entity: str, record_id: str, version: str, answer: Any) -> None:
        self.put_many(entity, [(record_id, version, answer)])

    def put_many(
        self, entity: str, rows: Iterable[tuple[str, str, Any]], *, not_before: dt.datetime | None = None
    ) -> None:
        at = max(self.now(), not_before or self.now())
        self.rows |= {(entity, key): (version, at, answer) for key, version, answer in rows}

    def of_run(self, name: str, read: Callable[[], list[Any]]) -> list[Any]:
        return read()

    def versions(self, entity: str, keys: Sequence[str] | None = None) -> dict[str, tuple[str, dt.datetime]]:
        known = {key: (version, at) for (name, key), (version, at, _) in self.rows.items() if name == entity}
        return known if keys is None else {key: known[key] for key in keys if key in known}

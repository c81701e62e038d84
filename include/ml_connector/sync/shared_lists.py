"""Lists of a vendor's books that the tasks of a run share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ml_connector.sync.ports import RecordCache


def shared_list(cache: RecordCache | None, name: str, read: Callable[[], list[Any]]) -> list[Any]:
    """Return a list as the run's tasks share it (`RecordCache.of_run`); read anew where nothing is kept."""
    return read() if cache is None else cache.of_run(name, read)

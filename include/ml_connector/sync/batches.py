"""Work on many documents, some at a time: as many as make one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
BATCH = 1000
"""Documents staged, or compared and remembered, in one transaction."""


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of `size`, the last one shorter; no more are taken ahead."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

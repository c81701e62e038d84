"""Which records of a list have changed since they were last read whole: by ETag, since IFS keeps no date of change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from ml_connector.sync.ports import RecordCache, Window
from ml_connector.systems.ifs.lists import Row

_BATCH = 100


@dataclass(frozen=True)
class Head:
    """A record of a list: its key, what differs when it has changed, and its row."""

    key: str
    version: str
    row: Row = field(compare=False)


@dataclass(frozen=True)
class Changes:
    """What is remembered of one set.

    Args:
        cache: where; None takes every record for changed.
        entity: the name under which it is.
        whole: reads one record with all that belongs to it; called several at a time by `each`.
        each: applies `whole` to each of some rows.
    """

    cache: RecordCache | None
    entity: str
    whole: Callable[[Row], Row]
    each: Callable[[Callable[[Row], Row], Sequence[Row]], list[Row]]

    def read(self, heads: Sequence[Head], window: Window, due: Collection[str] = ()) -> Iterator[Row]:
        """Yield the whole records that are new, touched, or were read since the window began, from the cache if there.

        A record read since the window began is yielded again, because the run that read it may have died. What is
        read is remembered at once, so a run that is cut off goes on where it was.

        Args:
            heads: the list.
            window: of the run; one without start yields all of `heads`.
            due: keys of records that may have changed though their versions have not.
        """
        known = self.cache.versions(self.entity) if self.cache is not None else {}
        due = frozenset(due)
        stale: list[Head] = []
        for head in heads:
            version, read_at = known.get(head.key, ("", None))
            if version != head.version or head.key in due or window.by_document_date:
                stale.append(head)
            elif read_at is None or window.start is None or read_at >= window.start:
                held = self.cache.get(self.entity, head.key, head.version) if self.cache is not None else None
                if held is None:
                    stale.append(head)
                else:
                    yield held
        for start in range(0, len(stale), _BATCH):
            yield from self._read(stale[start : start + _BATCH], window)

    def _read(self, heads: Sequence[Head], window: Window) -> list[Row]:
        answers = self.each(self.whole, [head.row for head in heads])
        if self.cache is not None:
            rows = [(head.key, head.version, answer) for head, answer in zip(heads, answers, strict=True)]
            self.cache.put_many(self.entity, rows, not_before=window.start)
        return answers

    def overdue(self, keys: Collection[str], now: dt.datetime, longest: dt.timedelta) -> frozenset[str]:
        """Return the records last read so long ago that they are read again; half of that at the least.

        When in the second half is each record's own, so that what was first read together is not read again together.
        """
        known = self.cache.versions(self.entity) if self.cache is not None else {}
        return frozenset(
            key for key in keys if key in known and now - known[key][1] > longest * (0.5 + _share_of(key) / 2)
        )


def _share_of(key: str) -> float:
    """Return a number in [0, 1) that is always the same for a key."""
    return int.from_bytes(sha256(key.encode()).digest()[:4], "big") / 2**32


def days_of(window: Window) -> tuple[dt.date | None, dt.date]:
    """Return a window's first day, and the first day after it, as its zone counts them."""
    return window.first_day, window.last_day + dt.timedelta(days=1)

"""Change detection for sources without modification stamps: what differs from when it was last seen has changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TypeVar

from ml_connector.domain.documents import Document
from ml_connector.sync.batches import BATCH, batches
from ml_connector.sync.ports import RecordCache, Unreadable, Window

D = TypeVar("D", bound=Document)
_TICK = dt.timedelta(microseconds=1)


def changed(
    cache: RecordCache | None, entity: str, documents: Iterable[D | Unreadable], window: Window, now: dt.datetime
) -> Iterator[D | Unreadable]:
    """Yield the documents whose content was first seen within the window, dated by that moment.

    What is seen is remembered once it has been taken, and never as seen before the window: a run that dies, and moves
    no watermark, sees it again. A flow that reads so has the watermark ``cutoff``. What was seen at or after the
    window's end, by a worker whose clock is ahead or by a try in the same moment, is yielded too: the watermark is
    about to pass what the source held then.

    Args:
        cache: where versions are remembered; None takes every document for changed.
        entity: the name under which they are.
        documents: all that the source holds, or all that can have changed; their `modified_at` is ignored. What could
            not be read is passed on.
        window: with `by_document_date` everything is yielded.
        now: aware UTC.
    """
    first_seen = min(now, window.end - _TICK)
    for batch in batches(documents, BATCH):
        known = cache.versions(entity, [one.key for one in batch]) if cache is not None else {}
        fresh: list[tuple[str, str, None]] = []
        for document in batch:
            if isinstance(document, Unreadable):
                yield document
                continue
            version = document.content_hash()
            before, seen_at = known.get(document.key, ("", first_seen))
            if before != version:
                seen_at = first_seen
                fresh.append((document.key, version, None))
            if window.by_document_date:
                yield document.model_copy(update={"modified_at": first_seen})
            elif before != version or window.start is None or seen_at >= window.start:
                yield document.model_copy(update={"modified_at": min(seen_at, first_seen)})
        if cache is not None and fresh:
            cache.put_many(entity, fresh, not_before=window.start)

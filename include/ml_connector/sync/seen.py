"""Change detection for sources without modification stamps: what differs from when it was last seen has changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TypeVar

from ml_connector.domain.documents import Document
from ml_connector.sync.ports import RecordCache, Window

D = TypeVar("D", bound=Document)
_TICK = dt.timedelta(microseconds=1)


def changed(
    cache: RecordCache | None, entity: str, documents: Iterable[D], window: Window, now: dt.datetime
) -> Iterator[D]:
    """Yield the documents whose content was first seen within the window, dated by that moment.

    What is seen is remembered only once all of it has been taken, so a run that dies sees it again. A flow that
    reads so has the watermark ``cutoff``. What was seen at or after the window's end, by a worker whose clock is ahead
    or by a try in the same moment, is yielded too: the watermark is about to pass what the source held then.

    Args:
        cache: where versions are remembered; None takes every document for changed.
        entity: the name under which they are.
        documents: all that the source holds, or all that can have changed; their `modified_at` is ignored.
        window: with `by_document_date` everything is yielded.
        now: aware UTC.
    """
    known = cache.versions(entity) if cache is not None else {}
    first_seen = min(now, window.end - _TICK)
    fresh: list[tuple[str, str, None]] = []
    for document in documents:
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
        cache.put_many(entity, fresh)

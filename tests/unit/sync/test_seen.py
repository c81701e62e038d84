"""A source without modification stamps: what differs from when it was last seen has changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from fakes import T0
from sync_world import order

from ml_connector.domain.documents import PurchaseOrder
from ml_connector.domain.finding import Finding, Reason
from ml_connector.sync import seen
from ml_connector.sync.ports import Unreadable, Window
from ml_connector.sync.seen import changed

HOUR = dt.timedelta(hours=1)


class Cache:
    """Versions, in memory, with a clock."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, dt.datetime]] = {}
        self.now = T0

    def versions(self, _entity: str, keys: Sequence[str]) -> dict[str, tuple[str, dt.datetime]]:
        return {key: self.rows[key] for key in keys if key in self.rows}

    def put_many(self, _entity: str, rows: Iterable[tuple[str, str, Any]], *, not_before: dt.datetime | None) -> None:
        read_at = max(self.now, not_before or self.now)
        self.rows |= {key: (version, read_at) for key, version, _ in rows}


def read(cache: Cache, window: Window, *documents: PurchaseOrder) -> list[str]:
    cache.now = window.end
    found = list(changed(cache, "order", documents, window, window.end))  # type: ignore[arg-type]
    assert all(window.by_document_date or window.holds(one.modified_at) for one in found)
    return [one.number for one in found]


def test_each_change_is_yielded_once_and_again_within_the_overlap() -> None:
    """New and changed documents are yielded; seen again beyond the overlap, they are not."""
    cache = Cache()
    assert read(cache, Window(None, T0), order("PO-1"), order("PO-2")) == ["PO-1", "PO-2"]
    overlapping = Window(T0 - HOUR / 6, T0 + HOUR)
    assert read(cache, overlapping, order("PO-1"), order("PO-2", "101")) == ["PO-1", "PO-2"]
    later = Window(T0 + HOUR / 6, T0 + 2 * HOUR)
    assert read(cache, later, order("PO-1"), order("PO-2", "101")) == ["PO-2"]
    assert read(cache, Window(T0 + 2 * HOUR, T0 + 3 * HOUR), order("PO-1"), order("PO-2", "101")) == []


def test_a_run_that_died_sees_its_changes_again() -> None:
    """What was seen by a run that did not take all of it, or that never moved the watermark, is yielded again."""
    cache = Cache()
    dying = changed(cache, "order", [order("PO-1"), order("PO-2")], Window(None, T0), T0)  # type: ignore[arg-type]
    assert next(dying).number == "PO-1"
    dying.close()  # type: ignore[attr-defined]
    assert read(cache, Window(None, T0 + HOUR), order("PO-1"), order("PO-2")) == ["PO-1", "PO-2"]
    assert read(cache, Window(None, T0 + 2 * HOUR), order("PO-1"), order("PO-2")) == ["PO-1", "PO-2"]


def test_a_run_that_died_behind_the_first_batch_sees_its_changes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when its clock was so far behind that it remembered them as seen before its window."""
    monkeypatch.setattr(seen, "BATCH", 1)
    cache, window = Cache(), Window(T0, T0 + HOUR)
    cache.now = T0 - HOUR
    dying = changed(cache, "order", [order("PO-1"), order("PO-2")], window, cache.now)  # type: ignore[arg-type]
    assert [next(dying).key, next(dying).key] == ["K-PO-1", "K-PO-2"]
    assert list(cache.rows) == ["K-PO-1"]
    dying.close()  # type: ignore[attr-defined]
    assert read(cache, Window(T0, T0 + 2 * HOUR), order("PO-1"), order("PO-2")) == ["PO-1", "PO-2"]


def test_what_cannot_be_read_is_passed_on() -> None:
    """It is neither compared nor remembered."""
    finding = Finding(reason=Reason.UNREADABLE, message="no", next_step="look")
    cache, bad = Cache(), Unreadable("PO-2", T0, finding, "raw")
    found = list(changed(cache, "order", [order("PO-1"), bad], Window(T0, T0 + HOUR), T0))  # type: ignore[arg-type]
    assert [one.key for one in found] == ["K-PO-1", "PO-2"]
    assert list(cache.rows) == ["K-PO-1"]


def test_what_was_seen_in_the_same_moment_or_by_a_clock_ahead_is_yielded_again() -> None:
    """A try repeated at once, or on a machine whose clock is behind, passes no document that the first one saw."""
    cache, window = Cache(), Window(T0 - HOUR, T0)
    assert read(cache, window, order("PO-1")) == ["PO-1"]
    assert read(cache, window, order("PO-1")) == ["PO-1"]
    assert read(cache, Window(T0 - HOUR, T0 - HOUR / 60), order("PO-1")) == ["PO-1"]


def test_a_span_of_document_dates_yields_everything_read() -> None:
    """In a backfill the source has selected by date already."""
    cache = Cache()
    read(cache, Window(None, T0), order("PO-1"))
    assert read(cache, Window(T0 - 90 * HOUR, T0 - 80 * HOUR, by_document_date=True), order("PO-1")) == ["PO-1"]

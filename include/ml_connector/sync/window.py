"""What a run reads: from the watermark, from a data interval, from a given span, or given documents only."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from ml_connector.domain.documents import UtcDatetime
from ml_connector.domain.errors import ConfigurationError
from ml_connector.sync.ports import Window
from ml_connector.sync.run import FlowRun


class WindowRequest(BaseModel):
    """What was asked for.

    Args:
        mode: ``live`` goes on from the watermark; ``interval`` is a backfill's data interval; ``explicit`` a
            span given in the trigger form; ``keys`` reads the documents in `keys` and no others.
        start: inclusive; only for interval and explicit.
        end: exclusive; None in explicit mode means now.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["live", "interval", "explicit", "keys"] = "live"
    start: UtcDatetime | None = None
    end: UtcDatetime | None = None
    keys: tuple[str, ...] = ()


class WindowPlan(BaseModel):
    """What the run reads, decided once, before the first request.

    Args:
        start: inclusive; None is from the beginning.
        end: exclusive; the cutoff taken before the first request.
        keys: when given, these documents are read and no window.
        moves_watermark: False for backfills, given spans, given keys and dry runs.
        by_document_date: a span of documents' dates, where the source has no modification stamps.
        zone: in which the span's days are counted.
        carries_open: whether held, waiting and unfinished documents of earlier runs are taken up again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: UtcDatetime | None
    end: UtcDatetime
    keys: tuple[str, ...] = ()
    moves_watermark: bool = False
    by_document_date: bool = False
    zone: str = "UTC"
    carries_open: bool = False

    @property
    def window(self) -> Window:
        """The span as the source takes it."""
        return Window(self.start, self.end, self.by_document_date, ZoneInfo(self.zone))

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain JSON values, for XCom."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> WindowPlan:
        """Return the plan stored by `to_json`."""
        return cls.model_validate(value)


def plan(run: FlowRun, *, request: WindowRequest, zone: str = "UTC") -> WindowPlan:
    """Decide what the run reads.

    Args:
        run: the flow.
        request: what was asked for.
        zone: in which data intervals begin and end a day.

    Raises:
        ConfigurationError: the span is empty, or the watermark's Variable cannot be honoured.
    """
    now = run.now()
    if request.mode == "keys":
        return WindowPlan(start=None, end=now, keys=request.keys)
    if request.mode == "live":
        mark = run.watermarks.current()
        start = None if mark is None else mark - run.policies.overlap
        return WindowPlan(start=start, end=now, moves_watermark=not run.dry_run, carries_open=True)
    end = request.end or now
    if request.start is not None and request.start >= end:
        msg = (
            f"{run.where()}: the span from {request.start.isoformat()} to {end.isoformat()} is empty; "
            f"give a `from` that lies before `to`"
        )
        raise ConfigurationError(msg)
    days_in = zone if request.mode == "interval" else "UTC"
    return WindowPlan(start=request.start, end=end, by_document_date=True, zone=days_in)


def new_watermark(newest: dt.datetime | None, plan_end: dt.datetime) -> dt.datetime | None:
    """Return how far the source is known to be read: never past the cutoff, whatever a stamp says."""
    return None if newest is None else min(newest, plan_end)

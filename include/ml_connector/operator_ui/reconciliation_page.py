"""Do both sides agree? The last run's totals, what a period added on each side, and every difference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from ml_connector.operator_ui.comparison_queries import (
    CauseGroup,
    Different,
    FlowCompared,
    comparisons_of,
    differences_of,
    groups_of,
)
from ml_connector.operator_ui.desk import desk_of, pair_to_see, visible_pairs
from ml_connector.operator_ui.pairs import Pair
from ml_connector.operator_ui.reconciliation_queries import Reconciled, Totals, reconciled_before, totals_of
from ml_connector.operator_ui.rendering import both, csv_file, show
from ml_connector.sync.causes import Cause

router = APIRouter()
UTC = dt.timezone.utc


@dataclass(frozen=True)
class Period:
    """Whole days, in UTC; the last one counts too."""

    first: dt.date
    last: dt.date

    @property
    def start(self) -> dt.datetime:
        """When it begins."""
        return dt.datetime.combine(self.first, dt.time(), UTC)

    @property
    def end(self) -> dt.datetime:
        """When it is over."""
        return dt.datetime.combine(self.last + dt.timedelta(days=1), dt.time(), UTC)


@dataclass(frozen=True)
class Line:
    """Both sides in one flow and currency: at the period's end, and what the period added."""

    flow: str
    currency: str
    count: int
    source: Decimal
    target: Decimal
    difference: Decimal
    added_count: int
    added_source: Decimal
    added_target: Decimal


@dataclass(frozen=True)
class ReconciliationView:
    """The page.

    Args:
        last: None when no run has compared the two sides before the period's end.
        compared: what both systems listed of days of the period, a row a flow.
        groups: the documents that were not the same, by cause.
    """

    pair: Pair | None
    pairs: tuple[Pair, ...]
    period: Period
    last: Reconciled | None
    lines: tuple[Line, ...]
    compared: tuple[FlowCompared, ...] = ()
    groups: tuple[CauseGroup, ...] = ()

    @property
    def differing(self) -> int:
        """How many documents differ, without those that are known."""
        return sum(group.count for group in self.groups if not group.known)


@dataclass(frozen=True)
class PeriodAddress:
    """Which pair and which days the address names; the first pair and this month unless it says otherwise."""

    pair: Annotated[str, Query(max_length=200)] = ""
    first: Annotated[dt.date | None, Query(alias="from")] = None
    last: Annotated[dt.date | None, Query(alias="to")] = None


At = Annotated[PeriodAddress, Depends()]


@both(router, "/reconciliation")
def reconciliation_page(request: Request, at: At) -> Response:
    """Show both sides' totals and the differences."""
    return show(request, "reconciliation.html", _view(request, at))


@router.get("/reconciliation.csv")
def totals_csv(request: Request, at: At) -> Response:
    """Give the totals as a CSV file."""
    view = _view(request, at)
    rows = [_cells(view, line) for line in view.lines]
    return csv_file(f"{view.pair.name if view.pair else 'none'}-reconciliation", rows, CELLS)


@router.get("/reconciliation/differences.csv")
def differences_csv(request: Request, at: At) -> Response:
    """Give the differences of the last run as a CSV file."""
    view = _view(request, at)
    found = view.last.differences if view.last else ()
    rows: Iterable[dict[str, Any]] = ({"difference": one, "run": view.last and view.last.run_id} for one in found)
    return csv_file(f"{view.pair.name if view.pair else 'none'}-differences", rows, ("difference", "run"))


@router.get("/reconciliation/documents.csv")
def documents_csv(request: Request, at: At) -> Response:
    """Give every document that is not the same on both sides as a CSV file, known ones too."""
    view = _view(request, at)
    found = []
    if view.pair is not None:
        days, engine = (view.period.first, view.period.last), desk_of(request).database().engine
        found = differences_of(engine, view.pair.name, *days, tuple(Cause))
    rows = [_document_cells(one) for one in found]
    return csv_file(f"{view.pair.name if view.pair else 'none'}-documents", rows, DOCUMENT_CELLS)


DOCUMENT_CELLS = (
    "flow", "document", "cause", "detail", "source", "source_date", "source_status", "source_currency", "source_gross",
    "target", "target_date", "target_status", "target_currency", "target_gross", "found_at", "run", "key",
)  # fmt: skip
CELLS = (
    "pair", "from", "to", "flow", "currency", "documents", "source", "target", "difference",
    "added_documents", "added_source", "added_target",
)  # fmt: skip


def _view(request: Request, at: PeriodAddress) -> ReconciliationView:
    desk, pairs = desk_of(request), visible_pairs(request)
    pair = pair_to_see(request, at.pair) if at.pair else next(iter(pairs), None)
    period = _period(at, desk.now())
    if pair is None:
        return ReconciliationView(None, (), period, None, ())
    engine = desk.database().engine
    reports = reconciled_before(engine, pair.name, period.end)
    now, before = totals_of(reports), totals_of(reconciled_before(engine, pair.name, period.start))
    nothing = Totals("", "", 0, Decimal(0), Decimal(0))
    lines = [_line(one, before.get(key, nothing)) for key, one in now.items()]
    order = {flow.name: number for number, flow in enumerate(pair.flows)}
    lines.sort(key=lambda line: (order.get(line.flow, len(order)), line.flow, line.currency))
    days = (period.first, period.last)
    compared, groups = comparisons_of(engine, pair.name, *days), groups_of(engine, pair.name, *days)
    compared.sort(key=lambda one: order.get(one.flow, len(order)))
    last = reports[0] if reports else None
    return ReconciliationView(pair, tuple(pairs), period, last, tuple(lines), tuple(compared), tuple(groups))


def _line(now: Totals, before: Totals) -> Line:
    return Line(
        flow=now.flow,
        currency=now.currency,
        count=now.count,
        source=now.source,
        target=now.target,
        difference=now.difference,
        added_count=now.count - before.count,
        added_source=now.source - before.source,
        added_target=now.target - before.target,
    )


def _period(at: PeriodAddress, now: dt.datetime) -> Period:
    """Return the days asked for.

    Raises:
        HTTPException: 422 when the first day is after the last.
    """
    today = now.astimezone(UTC).date()
    last = at.last or (today if at.first is None or at.first <= today else at.first)
    first = at.first or last.replace(day=1)
    if first > last:
        raise HTTPException(422, f"The period begins on {first} but ends on {last}.")
    if last.year >= dt.MAXYEAR:
        raise HTTPException(422, f"{last} is too far away.")
    return Period(first, last)


def _document_cells(one: Different) -> dict[str, Any]:
    sides = {"source": one.source, "target": one.target}
    told = {
        f"{name}_{field}": getattr(side, field) if side else None
        for name, side in sides.items()
        for field in ("date", "status", "currency", "gross")
    }
    numbers = {name: side.number if side else None for name, side in sides.items()}
    named = {"flow": one.flow, "document": one.label, "cause": one.cause, "detail": one.detail, "key": one.key}
    return {**named, **numbers, **told, "found_at": one.found_at, "run": one.run_id}


def _cells(view: ReconciliationView, line: Line) -> dict[str, Any]:
    return {
        "pair": view.pair and view.pair.name, "from": view.period.first, "to": view.period.last,
        "flow": line.flow, "currency": line.currency, "documents": line.count, "source": line.source,
        "target": line.target, "difference": line.difference, "added_documents": line.added_count,
        "added_source": line.added_source, "added_target": line.added_target,
    }  # fmt: skip

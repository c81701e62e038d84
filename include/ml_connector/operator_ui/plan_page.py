"""What a dry run found that a run would do: every change, field by field, with totals; to be approved or kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from ml_connector.operator_ui.desk import desk_of, pair_to_see
from ml_connector.operator_ui.pairs import Pair
from ml_connector.operator_ui.rendering import both, csv_file, show
from ml_connector.store.plans import count_plans, plans
from ml_connector.sync.planning import Planned

router = APIRouter()
SHOWN = 200
"""Documents shown on the page; all of them are in the CSV file and in the JSON of the same address."""
QUICKLY = 500
"""Entries of the dry run looked at for the page, unless it is asked for the whole."""
CELLS = ("flow", "document", "would_be", "field", "from", "to", "key")


@dataclass(frozen=True)
class Change:
    """One field as the target shows it and as it would be."""

    field: str
    present: str
    wanted: str


@dataclass(frozen=True)
class PlannedDocument:
    """What would become of one document."""

    flow: str
    key: str
    label: str
    would: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Total:
    """So many documents of a flow, and what they come to in one currency; "" and None where they show no amount."""

    flow: str
    would: str
    currency: str
    documents: int
    gross: Decimal | None


@dataclass(frozen=True)
class PlanView:
    """The page; `left_out` documents are not shown on it.

    Args:
        there: entries of the dry run.
        looked_at: so many of them; the list and the totals tell of no others.
    """

    pair: Pair
    run_id: str
    totals: tuple[Total, ...]
    documents: tuple[PlannedDocument, ...]
    left_out: int
    there: int
    looked_at: int


@dataclass(frozen=True)
class PlanAddress:
    """Which dry run the address names."""

    pair: Annotated[str, Query(max_length=200)]
    run: Annotated[str, Query(max_length=250)]


At = Annotated[PlanAddress, Depends()]


@both(router, "/plan")
def plan_page(request: Request, at: At, whole: Annotated[bool, Query()] = False) -> Response:
    """Show what the dry run listed; JSON always gives the whole of it."""
    is_data = request.url.path.endswith(".json")
    pair = pair_to_see(request, at.pair)
    there = count_plans(desk_of(request).database().engine, pair.name, at.run)
    looked_at = there if whole or is_data else min(there, QUICKLY)
    found = _found(request, pair, at.run, looked_at)
    shown = found if is_data else found[:SHOWN]
    left_out = len(found) - len(shown)
    return show(request, "plan.html", PlanView(pair, at.run, _totals(found), tuple(shown), left_out, there, looked_at))


@router.get("/plan.csv")
def plan_csv(request: Request, at: At) -> Response:
    """Give every change as a CSV file, a row a field."""
    pair = pair_to_see(request, at.pair)
    return csv_file(f"{pair.name}-{at.run}", _rows(_found(request, pair, at.run)), CELLS)


def _found(request: Request, pair: Pair, run_id: str, most: int | None = None) -> list[PlannedDocument]:
    engine = desk_of(request).database().engine
    found: dict[tuple[str, str], PlannedDocument] = {}
    seen = 0
    for flow in pair.flows:
        left = None if most is None else most - seen
        for key, label, planned in plans(engine, pair.name, flow.name, run_id, left):
            seen += 1
            found[flow.name, key] = _document(flow.name, key, label, planned)
    if not found:
        raise HTTPException(404, f"The run {run_id} of {pair.title} was no dry run, or has found nothing to do.")
    return [one for one in found.values() if one.would != "unchanged"]


def _document(flow: str, key: str, label: str, planned: Planned) -> PlannedDocument:
    changes = (
        Change(name, str(one.get("from") or ""), str(one.get("to") or "")) for name, one in planned.changes.items()
    )
    return PlannedDocument(flow, key, label or key, planned.would, tuple(changes))


def _totals(documents: Iterable[PlannedDocument]) -> tuple[Total, ...]:
    count: Counter[tuple[str, str, str]] = Counter()
    gross: dict[tuple[str, str, str], Decimal] = {}
    for one in documents:
        wanted = {change.field: change.wanted for change in one.changes}
        amount = _amount(wanted.get("gross", ""))
        name = (one.flow, one.would, wanted.get("currency", "") if amount is not None else "")
        count[name] += 1
        if amount is not None:
            gross[name] = gross.get(name, Decimal(0)) + amount
    return tuple(Total(*name, documents=number, gross=gross.get(name)) for name, number in sorted(count.items()))


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def _rows(documents: Iterable[PlannedDocument]) -> Iterator[dict[str, Any]]:
    for one in documents:
        row = {"flow": one.flow, "document": one.label, "would_be": one.would, "key": one.key}
        for change in one.changes:
            yield {**row, "field": change.field, "from": change.present, "to": change.wanted}

"""What a dry run found that a run would do: every change, field by field, with totals; to be approved or kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from ml_connector.operator_ui.desk import desk_of, pair_to_see
from ml_connector.operator_ui.pairs import Pair
from ml_connector.operator_ui.rendering import both, csv_file, show
from ml_connector.store.plans import plans
from ml_connector.sync.planning import Planned

router = APIRouter()
SHOWN = 200
"""Documents shown on the page; all of them are in the CSV file and in the JSON of the same address."""
MOST = 20_000
"""Documents given at once in any form."""
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
    """The page; `left_out` documents are not shown on it."""

    pair: Pair
    run_id: str
    totals: tuple[Total, ...]
    documents: tuple[PlannedDocument, ...]
    left_out: int


@dataclass(frozen=True)
class PlanAddress:
    """Which dry run the address names."""

    pair: Annotated[str, Query(max_length=200)]
    run: Annotated[str, Query(max_length=250)]


At = Annotated[PlanAddress, Depends()]


@both(router, "/plan")
def plan_page(request: Request, at: At) -> Response:
    """Show what the dry run listed."""
    pair = pair_to_see(request, at.pair)
    found = _found(request, pair, at.run)
    shown = found if request.url.path.endswith(".json") else found[:SHOWN]
    return show(request, "plan.html", PlanView(pair, at.run, _totals(found), tuple(shown), len(found) - len(shown)))


@router.get("/plan.csv")
def plan_csv(request: Request, at: At) -> Response:
    """Give every change as a CSV file, a row a field."""
    pair = pair_to_see(request, at.pair)
    return csv_file(f"{pair.name}-{at.run}", _rows(_found(request, pair, at.run)), CELLS)


def _found(request: Request, pair: Pair, run_id: str) -> list[PlannedDocument]:
    engine = desk_of(request).database().engine
    found: dict[tuple[str, str], PlannedDocument] = {}
    for flow in pair.flows:
        for key, label, planned in islice(plans(engine, pair.name, flow.name, run_id), MOST):
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

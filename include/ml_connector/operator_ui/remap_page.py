"""What was posted under the entries that a version of a map changed, and the plan of a remap. It changes nothing."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response

from ml_connector.operator_ui.desk import desk_of, pair_to_see
from ml_connector.operator_ui.mappings_page import At, known_map
from ml_connector.operator_ui.pairs import Pair
from ml_connector.operator_ui.remap_queries import MOST, Remap, RemapDocument
from ml_connector.operator_ui.rendering import both, csv_file, show
from ml_connector.store.codemap_edits import MapEdits, Version
from ml_connector.sync.remap import Action

router = APIRouter()
QUICKLY = 250
"""Documents looked at for the page, unless it is asked for the whole."""
SHOWN = 200
"""Documents shown on the page; all of them are in the CSV file and in the JSON of the same address."""
CELLS = (
    "action", "flow", "document", "number", "date", "currency", "amount", "status", "posted_at", "map_version", "codes",
    "why_not", "unknown_to_us", "key",
)  # fmt: skip
Number = Annotated[int, Query(ge=1)]
Whole = Annotated[bool, Query()]


@dataclass(frozen=True)
class RemapTotal:
    """So many documents with which the same would be done, and what they come to; None where they have no amount."""

    action: str
    currency: str
    documents: int
    amount: Decimal | None


@dataclass(frozen=True)
class RemapView:
    """The page; `left_out` documents are not shown on it.

    Args:
        current: the map's version now.
        there: documents that stand in the target, whatever codes they bear.
        looked_at: so many of them; the list and the totals tell of no others.
        is_quick: no more than `QUICKLY` were to be looked at.
        unkept: documents left out because nothing is kept of what was read of them.
    """

    pair: Pair
    map_name: str
    version: Version
    current: int
    totals: tuple[RemapTotal, ...]
    documents: tuple[RemapDocument, ...]
    left_out: int
    there: int
    looked_at: int
    is_quick: bool
    unkept: int


@both(router, "/mappings/remap")
def remap_page(request: Request, at: At, version: Number, whole: Whole = False) -> Response:
    """Show what was posted before a version under the entries that it changed; JSON always gives the whole of it."""
    is_data = request.url.path.endswith(".json")
    is_quick = not (whole or is_data)
    pair, found, remap = _found(request, at.pair, at.map, version, QUICKLY if is_quick else MOST)
    documents = sorted(remap.documents(), key=lambda one: (one.flow, one.date or dt.date.min, one.label))
    shown = documents if is_data else documents[:SHOWN]
    view = RemapView(
        pair=pair,
        map_name=at.map,
        version=found,
        current=remap.store.version(at.map),
        totals=tuple(_totals(documents)),
        documents=tuple(shown),
        left_out=len(documents) - len(shown),
        there=remap.there,
        looked_at=remap.looked_at,
        is_quick=is_quick,
        unkept=remap.unkept,
    )
    return show(request, "remap.html", view)


@router.get("/mappings/remap.csv")
def remap_csv(request: Request, at: At, version: Number) -> Response:
    """Give the whole of it as a CSV file, a row a document."""
    pair, _, remap = _found(request, at.pair, at.map, version, MOST)
    return csv_file(f"{pair.name}-{at.map}-remap-{version}", _rows(remap), CELLS)


def _found(request: Request, name: str, map_name: str, number: int, most: int) -> tuple[Pair, Version, Remap]:
    known_map(map_name)
    pair, desk = pair_to_see(request, name), desk_of(request)
    version = MapEdits(desk.database().code_maps(pair.name), map_name).version(number)
    if version is None:
        raise HTTPException(404, f"The {map_name} map of {pair.title} has no version {number}.")
    return pair, version, Remap(desk.database(), pair, map_name, number, desk.now(), most)


def _totals(documents: Iterable[RemapDocument]) -> Iterator[RemapTotal]:
    count: Counter[tuple[str, str]] = Counter()
    amounts: dict[tuple[str, str], Decimal] = {}
    for one in documents:
        name = (one.action.value, one.currency)
        count[name] += 1
        if one.amount is not None:
            amounts[name] = amounts.get(name, Decimal(0)) + one.amount
    return (RemapTotal(*name, count[name], amounts.get(name)) for name in sorted(count, key=_order))


def _order(name: tuple[str, str]) -> tuple[int, str]:
    return list(Action).index(Action(name[0])), name[1]


def _rows(remap: Remap) -> Iterator[dict[str, Any]]:
    yield from map(_row, remap.documents())
    if remap.looked_at < remap.there:
        told = f"only {remap.looked_at} of {remap.there} documents were looked at: the list is not complete"
        yield {**dict.fromkeys(CELLS, ""), "why_not": told}


def _row(one: RemapDocument) -> dict[str, Any]:
    codes = (f"{each.title} {each.code}: {each.posted} -> {each.now or '(none)'}" for each in one.fields)
    return {
        **vars(one), "action": one.action.value, "document": one.label, "map_version": one.version,
        "codes": "; ".join(codes), "why_not": one.why, "unknown_to_us": "; ".join(one.unknown),
    }  # fmt: skip

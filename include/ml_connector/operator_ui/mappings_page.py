"""The code maps: search, what is missing, history; and CSV for a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from ml_connector.mapping.codemap import MAP_NAMES
from ml_connector.mapping.proposals import Proposal
from ml_connector.mapping.reasons import MAP_OF
from ml_connector.operator_ui.desk import desk_of, pair_to_see, visible_pairs, visitor_of
from ml_connector.operator_ui.groups import Group, grouped
from ml_connector.operator_ui.map_choices import map_choice
from ml_connector.operator_ui.mapping_queries import EntryPage, MapEntry, entries_of, entry_of, map_sizes
from ml_connector.operator_ui.notices import Notice, notice
from ml_connector.operator_ui.open_documents import Asked, OpenDocument, find_open
from ml_connector.operator_ui.pairs import Pair
from ml_connector.operator_ui.rendering import both, csv_file, show
from ml_connector.store.codemap_csv import COLUMNS, Row
from ml_connector.store.codemap_edits import MapEdits, Version

router = APIRouter()
MOST_UNMAPPED = 50
VERSIONS = 20
"""Versions shown at once."""


@dataclass(frozen=True)
class MapAddress:
    """Which map the address names; the first pair and the accounts unless it says otherwise."""

    pair: Annotated[str, Query(max_length=200)] = ""
    map: Annotated[str, Query(max_length=20)] = "account"


@dataclass(frozen=True)
class Place:
    """What is searched for, and where the page begins."""

    q: Annotated[str, Query(max_length=200)] = ""
    after: Annotated[str, Query(max_length=500)] = ""
    after_day: Annotated[str, Query(max_length=10)] = ""
    after_partner: Annotated[str, Query(max_length=500)] = ""


@dataclass(frozen=True)
class Unmapped:
    """A code that documents wait for, with the best proposal."""

    group: Group
    code: str
    proposal: Proposal | None


@dataclass(frozen=True)
class MappingsView:
    """The page of one map; `pair` is None when there is none that this person may see."""

    pair: Pair | None
    pairs: tuple[Pair, ...]
    map_name: str
    sizes: Mapping[str, int]
    version: int
    text: str
    page: EntryPage
    unmapped: tuple[Unmapped, ...]
    may_change: bool
    notice: Notice | None


@dataclass(frozen=True)
class EntryView:
    """The page of one entry, or of a new one."""

    pair: Pair
    map_name: str
    entry: MapEntry | None
    may_change: bool


@dataclass(frozen=True)
class HistoryView:
    """The versions of a map, newest first; `before` is where the next page ends, None on the last one."""

    pair: Pair
    map_name: str
    versions: tuple[Version, ...]
    before: int | None
    may_change: bool


At = Annotated[MapAddress, Depends()]


@both(router, "/mappings")
def mappings_page(
    request: Request, at: At, place: Annotated[Place, Depends()], told: Annotated[Notice | None, Depends(notice)]
) -> Response:
    """Show one map of one pair."""
    known_map(at.map)
    pairs, database = visible_pairs(request), desk_of(request).database()
    pair = pair_to_see(request, at.pair) if at.pair else next(iter(pairs), None)
    if pair is None:
        return show(request, "mappings.html", _nothing(at.map))
    after = (place.after, place.after_day, place.after_partner)
    view = MappingsView(
        pair=pair,
        pairs=tuple(pairs),
        map_name=at.map,
        sizes=map_sizes(database.engine, pair.name),
        version=database.code_maps(pair.name).version(at.map),
        text=place.q.strip(),
        page=entries_of(database, pair, at.map, text=place.q.strip(), after=after),
        unmapped=_unmapped(request, pair, at.map),
        may_change=visitor_of(request).may_change(pair.name),
        notice=told,
    )
    return show(request, "mappings.html", view)


@router.get("/mappings.csv")
def mappings_csv(request: Request, at: At) -> Response:
    """Give a map as a CSV file; importing it changes nothing."""
    known_map(at.map)
    pair = pair_to_see(request, at.pair)
    rows = desk_of(request).database().code_maps(pair.name).rows(at.map)
    return csv_file(f"{pair.name}-{at.map}", (vars(row) for row in rows), COLUMNS)


@both(router, "/mappings/entry")
def entry_page(
    request: Request,
    at: At,
    cin7_code: Annotated[str, Query(max_length=500)] = "",
    partner_code: Annotated[str, Query(max_length=500)] = "",
    effective_from: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show one entry, to be changed or removed; without codes, the form of a new one."""
    known_map(at.map)
    pair, entry = pair_to_see(request, at.pair), None
    if cin7_code or partner_code:
        entry = entry_of(desk_of(request).database(), pair, at.map, Row(cin7_code, partner_code, "", effective_from))
        if entry is None:
            raise HTTPException(404, f"“{cin7_code}” → “{partner_code}” is not in the {at.map} map any more.")
    view = EntryView(pair, at.map, entry, visitor_of(request).may_change(pair.name))
    return show(request, "entry.html", view)


@both(router, "/mappings/history")
def history_page(request: Request, at: At, before: Annotated[int | None, Query(ge=1)] = None) -> Response:
    """Show who changed a map, when and what."""
    known_map(at.map)
    pair = pair_to_see(request, at.pair)
    edits = MapEdits(desk_of(request).database().code_maps(pair.name), at.map)
    versions = edits.history(before, VERSIONS)
    more = versions[-1].number if len(versions) == VERSIONS and versions[-1].number > 1 else None
    view = HistoryView(pair, at.map, tuple(versions), more, visitor_of(request).may_change(pair.name))
    return show(request, "history.html", view)


def known_map(name: str) -> str:
    """Return the name of a map; 404 when there is none of that name."""
    if name not in MAP_NAMES:
        raise HTTPException(404, f"There is no map “{name}”; the maps are {', '.join(MAP_NAMES)}.")
    return name


def waiting_for(request: Request, pair: Pair, map_name: str) -> list[Group]:
    """Return the groups of the queue that this map can free."""
    documents = waiting_for_map(request, pair, map_name)
    return [group for group in grouped(documents, [pair], desk_of(request).now()) if group.map_name == map_name]


def waiting_for_map(request: Request, pair: Pair, map_name: str) -> tuple[OpenDocument, ...]:
    """Return the documents of the queue that bear a code for which this map has no good entry."""
    reasons = frozenset(reason.value for reason, name in MAP_OF.items() if name == map_name)
    return find_open(desk_of(request).database().engine, [pair.name], Asked(pair.name, reasons=reasons)).documents


def _unmapped(request: Request, pair: Pair, map_name: str) -> tuple[Unmapped, ...]:
    database, found = desk_of(request).database(), []
    for group in waiting_for(request, pair, map_name)[:MOST_UNMAPPED]:
        choice = map_choice(database, pair, group.flow, map_name, group.value)
        found.append(Unmapped(group, group.value, choice.proposals[0] if choice and choice.proposals else None))
    return tuple(found)


def _nothing(map_name: str) -> MappingsView:
    return MappingsView(None, (), map_name, {}, 0, "", EntryPage((), more=False), (), may_change=False, notice=None)

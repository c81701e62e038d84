"""One document's whole story: read, mapped, checked, written, verified, by which run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from ml_connector.domain.finding import Finding
from ml_connector.domain.status import OPEN_OUTCOMES, Outcome
from ml_connector.operator_ui.desk import Desk, desk_of, pair_to_see, visitor_of
from ml_connector.operator_ui.fields import FieldRow, table
from ml_connector.operator_ui.notices import Notice, notice
from ml_connector.operator_ui.open_documents import OpenDocument, find_one
from ml_connector.operator_ui.pairs import Pair, system_name
from ml_connector.operator_ui.rendering import both, show
from ml_connector.operator_ui.stations import Station, stations
from ml_connector.operator_ui.story_queries import (
    Codes,
    Content,
    InForce,
    Read,
    read_content,
    read_pulls,
    versions_in_force,
)
from ml_connector.operator_ui.trail import Trail, read_trail
from ml_connector.operator_ui.words import case_of, map_of

router = APIRouter()
_OPEN = {outcome.value for outcome in OPEN_OUTCOMES}


@dataclass(frozen=True)
class Case:
    """One finding, and the group of the queue where it is put right."""

    finding: Finding
    reason: str
    value: str
    can_map: bool


@dataclass(frozen=True)
class StoryView:
    """The page.

    Args:
        versions: field name → the version of the map that was applied to it.
        choices: what this person may do with it: ``release``, ``reject``, ``reopen``.
    """

    pair: Pair
    flow: str
    source: str
    target: str
    document: OpenDocument
    content: Content
    stations: tuple[Station, ...]
    cases: tuple[Case, ...]
    fields: tuple[FieldRow, ...]
    versions: dict[str, InForce]
    pulls: tuple[Read, ...]
    trail: Trail
    choices: tuple[str, ...]
    notice: Notice | None


@dataclass(frozen=True)
class Address:
    """Which document the address names, and where its trail's page ends."""

    pair: Annotated[str, Query(max_length=200)]
    flow: Annotated[str, Query(max_length=200)]
    key: Annotated[str, Query(max_length=2000)]
    before: Annotated[int | None, Query(ge=1)] = None


@both(router, "/documents")
def story_page(
    request: Request, at: Annotated[Address, Depends()], told: Annotated[Notice | None, Depends(notice)]
) -> Response:
    """Show one document's story."""
    pair, desk = pair_to_see(request, at.pair), desk_of(request)
    engine, place = desk.database().engine, (at.pair, at.flow, at.key)
    one, content = find_one(engine, *place), read_content(engine, *place)
    if one is None or content is None:
        raise HTTPException(404, f"{pair.title} knows no document “{at.key}” in {at.flow.replace('_', ' ')}.")
    flow = pair.flow(at.flow)
    source, target = (flow.source, flow.destination) if flow else ("", "")
    fields = table(content.read, content.resolved, one.findings) if content.read else []
    day = (content.read.booked_on if content.read else None) or pair.day_of(one.updated_at)
    versions = _versions(desk, one, source, fields, day)
    view = StoryView(
        pair=pair,
        flow=at.flow,
        source=source,
        target=target,
        document=one,
        content=content,
        stations=tuple(stations(one, content, versions, system_name(source), system_name(target))),
        cases=tuple(Case(finding, *case_of(finding), bool(map_of(finding))) for finding in one.findings),
        fields=tuple(fields),
        versions=versions,
        pulls=tuple(read_pulls(engine, at.pair, at.flow, one.run_id)),
        trail=read_trail(engine, *place, at.before),
        choices=_choices(one) if visitor_of(request).may_change(at.pair) else (),
        notice=told,
    )
    return show(request, "story.html", view)


def _versions(
    desk: Desk, one: OpenDocument, source: str, fields: Sequence[FieldRow], day: dt.date
) -> dict[str, InForce]:
    """Return field name → the version of the map that was in force when the document was last tried."""
    codes = {row.name: _codes(row, row.after, source) for row in fields if row.map_name and row.after}
    found = versions_in_force(desk.database().engine, one.pair, set(codes.values()), one.updated_at, day)
    return {name: found[mapped] for name, mapped in codes.items() if mapped in found}


def _codes(row: FieldRow, after: str, source: str) -> Codes:
    return (row.map_name, row.before, after) if source == "cin7" else (row.map_name, after, row.before)


def _choices(one: OpenDocument) -> tuple[str, ...]:
    if one.outcome in _OPEN:
        return ("release", "reject")
    return ("reopen",) if one.outcome == Outcome.REJECTED.value else ()

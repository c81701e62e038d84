"""What the database knows of one document besides its trail: its content, the run that read it, the maps in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine, select, tuple_

from ml_connector.domain.documents import Document, load_document
from ml_connector.store.codemaps import partners_of
from ml_connector.store.engine import reading
from ml_connector.store.reviews import content_of
from ml_connector.store.tables import code_map_change, document, pull, run_flow, staged_document
from ml_connector.sync.ports import TargetRef

MOST_PULLS = 20
Codes = tuple[str, str, str]
"""Map, Cin7 code and partner code."""
MOST_MAPPED = 200
"""Mapped fields of one document whose version is looked up."""


@dataclass(frozen=True)
class Content:
    """A document's content.

    Args:
        read: as read from the source; None when it could not be read, or not by this release.
        resolved: in the target's codes; None when it was held before that, or the run's staging is gone.
        raw: the source's record, where it could not be read.
        ref: where it stands in the target.
        content: changes with what was read.
        began_at: when the run that last touched it began to read this flow.
    """

    read: Document | None
    resolved: Document | None
    raw: str
    ref: TargetRef | None
    marker: str
    sent_at: dt.datetime | None
    content: str
    began_at: dt.datetime | None


@dataclass(frozen=True)
class Read:
    """One list read from a vendor in the run."""

    system: str
    entity: str
    query: str
    at: dt.datetime
    rows: int
    pages: int


@dataclass(frozen=True)
class InForce:
    """Which version of a map said what a code means."""

    version: int
    author: str
    at: dt.datetime


def read_content(engine: Engine, pair: str, flow: str, key: str) -> Content | None:
    """Return the content of a document; None when it is not known."""
    columns = document.c
    mine = (columns.deployment == pair, columns.flow == flow, columns.key == key)
    with reading(engine) as connection:
        row = connection.execute(select(document).where(*mine)).mappings().one_or_none()
        if row is None:
            return None
        staged: Mapping[Any, Any] = connection.execute(_staged(row)).mappings().one_or_none() or {}
        runs = run_flow.c
        same_run = (runs.deployment == pair, runs.run_id == row["run_id"], runs.flow == flow)
        began_at = connection.execute(select(runs.started_at).where(*same_run)).scalar()
    kind = row["kind"] or staged.get("kind", "")
    return Content(
        read=load_kept(kind, row["payload"] or staged.get("document")),
        resolved=load_kept(kind, staged.get("resolved")),
        raw=(staged.get("raw") or "")[:20_000],
        ref=TargetRef.model_validate(row["ref"]) if row["ref"] else None,
        marker=row["marker"],
        sent_at=row["sent_at"],
        content=content_of(row),
        began_at=began_at,
    )


def read_pulls(engine: Engine, pair: str, flow: str, run_id: str) -> list[Read]:
    """Return the lists that the run read for this flow, oldest first."""
    columns = pull.c
    wanted = (columns.system, columns.entity, columns.query, columns.started_at, columns.row_count, columns.page_count)
    mine = (columns.deployment == pair, columns.run_id == run_id, columns.flow == flow)
    with reading(engine) as connection:
        rows = connection.execute(select(*wanted).where(*mine).order_by(columns.id).limit(MOST_PULLS))
        return [Read(*row) for row in rows]


def versions_in_force(
    engine: Engine, pair: str, codes: Collection[Codes], at: dt.datetime, day: dt.date
) -> dict[Codes, InForce]:
    """Return codes → the version that said at that time that they are the same for a document of that day."""
    asked, columns = set(sorted(codes)[:MOST_MAPPED]), code_map_change.c
    in_maps = tuple_(columns.map, columns.cin7_code).in_(sorted({one[:2] for one in asked}))
    what = (columns.map, columns.cin7_code, columns.effective_from, columns.after, columns.entries)
    wanted = select(*what, columns.version, columns.author, columns.at)
    query = wanted.where(columns.deployment == pair, in_maps, columns.at <= at)
    query = query.where(columns.effective_from <= day.isoformat()).order_by(columns.version)
    slots: dict[Codes, dict[str, InForce]] = {one: {} for one in asked}
    with reading(engine) as connection:
        for row in connection.execute(query):
            partners = partners_of(row)
            for one in asked:
                if one[:2] == (row.map, row.cin7_code):
                    slots[one].pop(row.effective_from, None)
                    if one[2] in partners:
                        slots[one][row.effective_from] = InForce(row.version, row.author, row.at)
    return {one: found[max(found)] for one, found in slots.items() if found}


def _staged(row: Mapping[Any, Any]) -> Any:
    columns = staged_document.c
    keys = ("deployment", "run_id", "flow", "key")
    return select(staged_document).where(*(columns[name] == row[name] for name in keys))


def load_kept(kind: str, payload: str | None) -> Document | None:
    """Return a document as it was kept; None when there is none or another release wrote it in another shape."""
    if not payload:
        return None
    try:
        return load_document(kind, payload)
    except (ValidationError, KeyError):
        return None

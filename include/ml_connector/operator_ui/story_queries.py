"""What the database knows of one document besides its trail: its content, the run that read it, the maps in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, select, tuple_

from ml_connector.domain.documents import Document, load_document
from ml_connector.store.engine import reading
from ml_connector.store.reviews import content_of
from ml_connector.store.tables import code_map, code_map_change, document, pull, run_flow, staged_document
from ml_connector.sync.ports import TargetRef

MOST_PULLS = 20
MOST_MAPPED = 200
"""Mapped fields of one document whose version is looked up."""
MOST_CHANGED_SINCE = 10
"""Of those, how many are looked up in the history, because their entry was changed since."""


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
        read=_load(kind, row["payload"] or staged.get("document")),
        resolved=_load(kind, staged.get("resolved")),
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
    engine: Engine, pair: str, codes: Collection[tuple[str, str]], at: dt.datetime
) -> dict[tuple[str, str], InForce]:
    """Return (map, Cin7 code) → the version that was in force at that time, of those that are mapped now or were."""
    asked = sorted(codes)[:MOST_MAPPED]
    columns = code_map.c
    entries = tuple_(columns.map, columns.cin7_code).in_(asked)
    query = select(columns.map, columns.cin7_code, columns.version, columns.author, columns.at)
    with reading(engine) as connection:
        rows = connection.execute(query.where(columns.deployment == pair, entries))
        found = {(row[0], row[1]): InForce(*row[2:]) for row in rows}
        changed = [code for code in asked if code in found and found[code].at > at]
        for code in changed[:MOST_CHANGED_SINCE]:
            earlier = _earlier(connection, pair, *code, at)
            found = {**found, code: earlier} if earlier else {k: v for k, v in found.items() if k != code}
    return {code: one for code, one in found.items() if one.at <= at}


def _earlier(connection: Connection, pair: str, name: str, code: str, at: dt.datetime) -> InForce | None:
    columns = code_map_change.c
    mine = (columns.deployment == pair, columns.map == name, columns.cin7_code == code, columns.at <= at)
    query = select(columns.version, columns.author, columns.at).where(*mine).order_by(columns.version.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else InForce(*row)


def _staged(row: Mapping[Any, Any]) -> Any:
    columns = staged_document.c
    keys = ("deployment", "run_id", "flow", "key")
    return select(staged_document).where(*(columns[name] == row[name] for name in keys))


def _load(kind: str, payload: str | None) -> Document | None:
    """Return the document; None when there is none or another release wrote it in another shape."""
    if not payload:
        return None
    try:
        return load_document(kind, payload)
    except (ValidationError, KeyError):
        return None

"""What runs have kept of the documents they mapped, read for an offline replay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from ml_connector.domain.status import Progress
from ml_connector.store.engine import reading
from ml_connector.store.tables import audit_entry, run_flow, staged_document
from ml_connector.sync.evidence import AMENDING, MAPS_IN_FORCE, noted_hash
from ml_connector.sync.rebuild import Kept

_CHUNK = 200
_WRITES = (Progress.SENT.value, AMENDING)


@dataclass(frozen=True)
class InForce:
    """What decided how a run mapped its documents.

    Args:
        versions: map name → version; None where an older release did not note them.
        today: the day for what has no date of its own; None where an older release did not note it.
    """

    versions: Mapping[str, int] | None
    identity: frozenset[str] | None
    release: str
    today: dt.date | None = None


@dataclass(frozen=True)
class KeptRuns:
    """The runs of one deployment."""

    engine: Engine
    deployment: str

    def flows(self, start: dt.datetime | None, end: dt.datetime) -> list[tuple[str, str]]:
        """Return (run, flow) of what began in ``[start, end)``, oldest first."""
        columns = run_flow.c
        query = select(columns.run_id, columns.flow).where(
            columns.deployment == self.deployment, columns.started_at < end
        )
        if start is not None:
            query = query.where(columns.started_at >= start)
        with reading(self.engine) as connection:
            rows = connection.execute(query.order_by(columns.started_at, columns.flow)).all()
        return [(row[0], row[1]) for row in rows]

    def mapping(self, run_id: str, flow: str) -> InForce:
        """Return what decided how that run mapped: what its last validate noted."""
        columns = audit_entry.c
        noted = select(columns.detail).where(*self._audited(run_id, flow), columns.step == MAPS_IN_FORCE)
        with reading(self.engine) as connection:
            detail = connection.execute(noted.order_by(columns.id.desc()).limit(1)).scalar()
        if detail is None:
            return InForce(None, None, "")
        today = dt.date.fromisoformat(detail["today"]) if "today" in detail else None
        return InForce(detail["versions"], frozenset(detail["identity"]), detail["release"], today)

    def documents(self, run_id: str, flow: str) -> Iterator[Kept]:
        """Yield the documents that this run mapped, by key."""
        columns = staged_document.c
        mine = (columns.deployment == self.deployment, columns.run_id == run_id, columns.flow == flow)
        query = select(staged_document).where(*mine, columns.resolved.is_not(None)).order_by(columns.key).limit(_CHUNK)
        last, noted = "", self._noted(run_id, flow)
        while True:
            with reading(self.engine) as connection:
                rows = connection.execute(query.where(columns.key > last)).mappings().all()
            yield from (_kept(row, noted.get(row["key"])) for row in rows)
            if len(rows) < _CHUNK:
                return
            last = rows[-1]["key"]

    def lost(self, run_id: str, flow: str) -> list[str]:
        """Return the keys of documents that this run wrote and of which nothing is staged any more."""
        columns = staged_document.c
        mine = (columns.deployment == self.deployment, columns.run_id == run_id, columns.flow == flow)
        with reading(self.engine) as connection:
            kept = set(connection.execute(select(columns.key).where(*mine)).scalars())
        return sorted(self._noted(run_id, flow).keys() - kept)

    def _noted(self, run_id: str, flow: str) -> dict[str, str | None]:
        """Return key → hash of what the run's last write of the document sent."""
        columns = audit_entry.c
        query = select(columns.key, columns.detail).where(*self._audited(run_id, flow), columns.step.in_(_WRITES))
        found: dict[str, str | None] = {}
        with reading(self.engine) as connection:
            for key, detail in connection.execute(query.order_by(columns.id)):
                found[key] = noted_hash(detail.get("note", "")) or found.get(key)
        return found

    def _audited(self, run_id: str, flow: str) -> tuple[Any, ...]:
        columns = audit_entry.c
        return columns.deployment == self.deployment, columns.run_id == run_id, columns.flow == flow


def _kept(row: Mapping[Any, Any], noted: str | None) -> Kept:
    return Kept(
        key=row["key"],
        label=row["label"],
        kind=row["kind"],
        document=row["document"] or "",
        resolved=row["resolved"],
        content_hash=row["content_hash"],
        noted=noted,
    )

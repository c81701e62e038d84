"""Documents of one run of one flow, on disk between the tasks."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, case, delete, func, or_, select, update

from ml_connector.domain.documents import Document, dump_document, load_document
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome
from ml_connector.store.engine import reading, upsert, writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import document as journal
from ml_connector.store.tables import run_flow, staged_document
from ml_connector.sync.ports import Unreadable
from ml_connector.sync.stores import Decision, Later, Staged

_CHUNK = 200
"""Documents held in memory at a time."""


@dataclass(frozen=True)
class SqlStaging:
    """The staging of one flow of one run."""

    engine: Engine
    deployment: str
    flow: str
    run_id: str
    now: Now = utc_now
    dry_run: bool = False

    def begin(self) -> None:
        """Empty the run's staging of this flow, so that a cleared extract starts afresh."""
        row = {**self._keys(), "started_at": self.now(), "finished_at": None, "counts": None, "dry_run": self.dry_run}
        with writing(self.engine) as connection:
            connection.execute(delete(staged_document).where(self._mine()))
            upsert(connection, run_flow, [row])

    def add(self, documents: Iterable[Document | Unreadable], *, carried: bool = False) -> int:
        """Stage documents in one transaction; a later copy of a key replaces an earlier one.

        Returns how many different keys they have.
        """
        rows = {document.key: self._row(document, carried=carried) for document in documents}
        if rows:
            with writing(self.engine) as connection:
                upsert(connection, staged_document, list(rows.values()))
        return len(rows)

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Store what validation said of some documents, in one transaction."""
        with writing(self.engine) as connection:
            for one in decisions:
                payload = None if one.resolved is None else dump_document(one.resolved)
                decided = {"resolved": payload, "decided_at": self.now(), **_ended(one.outcome, one.findings)}
                self._update(connection, one.key, decided)

    def finish(self, key: str, outcome: Outcome, findings: tuple[Finding, ...] = ()) -> None:
        """Store how loading ended."""
        with writing(self.engine) as connection:
            self._update(connection, key, _ended(outcome, findings))

    def all(self) -> Iterator[Staged]:
        """Yield the run's documents, oldest modification first; rows may be updated meanwhile."""
        columns = staged_document.c
        query = select(staged_document).where(self._mine()).order_by(columns.modified_at, columns.key)
        last: tuple[dt.datetime, str] | None = None
        while True:
            chunk = query.limit(_CHUNK)
            if last is not None:
                same = and_(columns.modified_at == last[0], columns.key > last[1])
                chunk = chunk.where(or_(columns.modified_at > last[0], same))
            with reading(self.engine) as connection:
                rows = connection.execute(chunk).mappings().all()
            yield from (_staged(row) for row in rows)
            if len(rows) < _CHUNK:
                return
            last = (rows[-1]["modified_at"], rows[-1]["key"])

    def counts(self) -> dict[str, int]:
        """Return ``{"read": n, "created": n, …, "failed": n, "undecided": n, "carried": n}``."""
        columns = staged_document.c
        query = (
            select(columns.outcome, func.count(), func.sum(case((columns.carried, 1), else_=0)))
            .where(self._mine())
            .group_by(columns.outcome)
        )
        counts = {"read": 0, **{outcome.value: 0 for outcome in Outcome}, "undecided": 0, "carried": 0}
        with reading(self.engine) as connection:
            for outcome, number, carried in connection.execute(query):
                counts[outcome or "undecided"] += number
                counts["read"] += number
                counts["carried"] += carried
        return counts

    def newest(self) -> dt.datetime | None:
        """Return the newest modification time among documents read (not carried) in this run."""
        columns = staged_document.c
        query = select(func.max(columns.modified_at)).where(self._mine(), columns.carried.is_(False))
        with reading(self.engine) as connection:
            newest: dt.datetime | None = connection.execute(query).scalar()
        return newest

    def overtaken(self, key: str | None = None) -> dict[str, str]:
        """Return key → run that began to read later and has read other content of it; of `key` only, or of all."""
        with reading(self.engine) as connection:
            later = self._later_runs(connection)
            if not later:
                return {}
            mine, theirs = staged_document.alias(), staged_document.alias()
            same = [mine.c[name] == theirs.c[name] for name in ("deployment", "flow", "key")]
            query = select(theirs.c.key, theirs.c.run_id).where(
                *same,
                *(mine.c[name] == value for name, value in self._keys().items()),
                *([mine.c.key == key] if key is not None else []),
                theirs.c.run_id.in_(later),
                theirs.c.carried.is_(False),
                theirs.c.content_hash != mine.c.content_hash,
            )
            return {row.key: row.run_id for row in connection.execute(query)}

    def decided_later(self, key: str | None = None) -> dict[str, Later]:
        """Return key → run that began later and has brought it further since this decided; of `key` only, or of all."""
        with reading(self.engine) as connection:
            later = self._later_runs(connection)
            if not later:
                return {}
            mine, said, theirs = staged_document.alias(), journal.c, staged_document.alias()
            document = [said[name] == mine.c[name] for name in ("deployment", "flow", "key")]
            read = [theirs.c[name] == said[name] for name in ("deployment", "run_id", "flow", "key")]
            query = (
                select(said.key, said.run_id, theirs.c.content_hash == mine.c.content_hash)
                .select_from(mine.join(journal, and_(*document)).outerjoin(theirs, and_(*read)))
                .where(
                    *(mine.c[name] == value for name, value in self._keys().items()),
                    *([mine.c.key == key] if key is not None else []),
                    said.run_id.in_(later),
                    said.updated_at > mine.c.decided_at,
                    or_(said.outcome.is_not(None), said.is_open),
                )
            )
            return {key: Later(run_id, bool(is_same)) for key, run_id, is_same in connection.execute(query)}

    def _later_runs(self, connection: Connection) -> list[str]:
        """Return the runs that began later, but for dry runs: those bring nothing over."""
        columns, mine = run_flow.c, self._keys()
        flow = and_(columns.deployment == self.deployment, columns.flow == self.flow)
        begun = select(columns.started_at).where(flow, columns.run_id == mine["run_id"]).scalar_subquery()
        later = select(columns.run_id).where(flow, columns.started_at > begun, columns.dry_run.is_not(True))
        return list(connection.execute(later).scalars())

    def _keys(self) -> dict[str, str]:
        return {"deployment": self.deployment, "run_id": self.run_id, "flow": self.flow}

    def _mine(self) -> ColumnElement[bool]:
        return and_(*(staged_document.c[name] == value for name, value in self._keys().items()))

    def _row(self, document: Document | Unreadable, *, carried: bool) -> dict[str, Any]:
        what = _unreadable(document) if isinstance(document, Unreadable) else _readable(document)
        decided = {"resolved": None, "outcome": None, "decided_at": None, "carried": carried}
        return {**self._keys(), "key": document.key, "modified_at": document.modified_at, **what, **decided}

    def _update(self, connection: Connection, key: str, values: Mapping[str, Any]) -> None:
        row = self._mine() & (staged_document.c.key == key)
        if connection.execute(update(staged_document).where(row), values).rowcount != 1:
            msg = f"{self.flow}: {key} is not staged in run {self.run_id}"
            raise LookupError(msg)


def _readable(document: Document) -> dict[str, Any]:
    return {
        "label": document.label,
        "kind": document.kind,
        "content_hash": document.content_hash(),
        "document": dump_document(document),
        "raw": None,
        "findings": [],
    }


def _unreadable(record: Unreadable) -> dict[str, Any]:
    return {
        "label": f"record {record.key}",
        "kind": "",
        "content_hash": hashlib.sha256(record.raw.encode("utf-8", "replace")).hexdigest(),
        "document": None,
        "raw": record.raw,
        "findings": [record.finding],
    }


def _ended(outcome: Outcome | None, findings: tuple[Finding, ...]) -> dict[str, Any]:
    return {"outcome": outcome.value if outcome else None, "findings": list(findings)}


def _staged(row: Mapping[Any, Any]) -> Staged:
    """Return the row; a document that cannot be read back is one without content, held with the reason."""
    try:
        return _read(row)
    except (ValueError, KeyError, RecursionError) as error:
        finding = Finding(
            reason=Reason.UNREADABLE,
            message=f"{row['label'] or row['key']} was staged and cannot be read back: {type(error).__name__}.",
            next_step="Replay it by its key, so that it is read from its source again.",
        )
        empty = {"document": None, "resolved": None, "findings": [*row["findings"], finding.model_dump(mode="json")]}
        return _read({**row, **empty})


def _read(row: Mapping[Any, Any]) -> Staged:
    kind = row["kind"]
    return Staged(
        key=row["key"],
        label=row["label"],
        content_hash=row["content_hash"],
        modified_at=row["modified_at"],
        document=load_document(kind, row["document"]) if row["document"] else None,
        resolved=load_document(kind, row["resolved"]) if row["resolved"] else None,
        findings=tuple(Finding.model_validate(finding) for finding in row["findings"]),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        carried=row["carried"],
    )

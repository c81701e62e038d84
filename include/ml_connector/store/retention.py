"""Content that is no longer needed goes: documents of old runs, vendors' answers, differences that are over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, Table, and_, delete, func, select, update

from ml_connector.domain.documents import Supplier
from ml_connector.domain.status import Outcome
from ml_connector.store import call_bodies
from ml_connector.store.engine import reading, writing
from ml_connector.store.staging import SqlStaging
from ml_connector.store.tables import difference, document, run_flow, source_record, staged_document

_DONE = (Outcome.CREATED.value, Outcome.UPDATED.value, Outcome.UNCHANGED.value)
_FLOW = ("deployment", "flow", "run_id")


@dataclass(frozen=True)
class Purged:
    """How much was deleted.

    Args:
        runs: flows of runs whose staged documents went.
        payloads: documents that are done, not suppliers, of which the content went and the binding stays.
        differences: those that were over.
        call_bodies: of calls.
    """

    runs: int
    staged_documents: int
    source_records: int
    payloads: int
    differences: int
    call_bodies: int

    def __str__(self) -> str:
        return (
            f"{self.staged_documents} staged documents of {self.runs} flows of runs, content of {self.payloads} "
            f"documents, {self.source_records} records as read, {self.differences} differences that are over, "
            f"bodies of {self.call_bodies} calls"
        )


def purge(engine: Engine, before: dt.datetime, deployment: str | None = None) -> Purged:
    """Delete the content of before then, of one deployment or of all.

    What stays: documents not decided, open or rejected; suppliers, which are compared again once the other side changes
    (`SqlJournal.resend`); every binding, hash and amount; each run's counts; code maps; the audit trail, whose own
    retention is `ml_connector.store.prune`. A run that is purged can no longer be replayed offline.
    """
    staged = [_purge_staging(engine, flow) for flow in _decided_flows(engine, before, deployment)]
    done = and_(_of(document, deployment), document.c.updated_at < before, document.c.outcome.in_(_DONE))
    over_with = and_(done, document.c.is_open.is_(False), document.c.kind != Supplier.kind)
    kept = and_(over_with, document.c.payload.is_not(None))
    with writing(engine) as connection:
        payloads = connection.execute(update(document).where(kept).values(payload=None)).rowcount
        records = and_(_of(source_record, deployment), source_record.c.read_at < before)
        old = connection.execute(delete(source_record).where(records)).rowcount
        over = and_(_of(difference, deployment), difference.c.cleared_at < before)
        differences = connection.execute(delete(difference).where(over)).rowcount
    bodies = call_bodies.forget(engine, before, deployment)
    return Purged(len(staged), sum(staged), old, payloads, differences, bodies)


def _of(table: Table, deployment: str | None) -> ColumnElement[bool]:
    return table.c.deployment.is_not(None) if deployment is None else table.c.deployment == deployment


def _decided_flows(engine: Engine, before: dt.datetime, deployment: str | None) -> list[dict[str, str]]:
    """Return (deployment, flow, run) of what began before then, has staging and nothing undecided."""
    columns = staged_document.c
    keys = [columns[name] for name in _FLOW]
    same_run = and_(*(run_flow.c[name] == columns[name] for name in _FLOW))
    query = select(*keys).join(run_flow, same_run).where(_of(run_flow, deployment), run_flow.c.started_at < before)
    with reading(engine) as connection:
        rows = connection.execute(query.group_by(*keys).having(func.count() == func.count(columns.outcome))).mappings()
        return [dict(row) for row in rows]


def _purge_staging(engine: Engine, flow: dict[str, str]) -> int:
    """Keep the counts, delete the documents; return how many."""
    counts = SqlStaging(engine, flow["deployment"], flow["flow"], flow["run_id"]).counts()
    run = and_(*(run_flow.c[name] == value for name, value in flow.items()))
    staged = and_(*(staged_document.c[name] == value for name, value in flow.items()))
    with writing(engine) as connection:
        connection.execute(update(run_flow).where(run).values(counts=counts))
        return connection.execute(delete(staged_document).where(staged)).rowcount

"""What the pages read about runs: their counts, the watermarks, the documents left open. Every query is bounded."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from ml_connector.domain.status import Outcome
from ml_connector.store.engine import reading
from ml_connector.store.tables import document, run_flow, staged_document, watermark

OUTCOMES = tuple(outcome.value for outcome in Outcome)


@dataclass(frozen=True)
class RunCounts:
    """One flow of one run; `undecided` documents have no outcome yet."""

    run_id: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    counts: dict[str, int]

    @property
    def is_good(self) -> bool:
        """Whether the run ended and left nothing failed or undecided."""
        return self.finished_at is not None and not self.counts["failed"] and not self.counts["undecided"]


@dataclass(frozen=True)
class Mark:
    """A flow's watermark: everything changed before `current` has been read."""

    current: dt.datetime
    known: dt.datetime


def recent_runs(engine: Engine, deployment: str, flow: str, limit: int) -> list[RunCounts]:
    """Return the newest runs of a flow, newest first; those still going on are counted as they stand."""
    columns = run_flow.c
    query = (
        select(columns.run_id, columns.started_at, columns.finished_at, columns.counts)
        .where(columns.deployment == deployment, columns.flow == flow)
        .order_by(columns.started_at.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
        counted = _staged_counts(connection, deployment, flow, [row[0] for row in rows if not row[3]])
    return [RunCounts(row[0], row[1], row[2], _whole(row[3] or counted.get(row[0], {}))) for row in rows]


def counts_of_run(engine: Engine, deployment: str, run_id: str) -> dict[str, RunCounts]:
    """Return flow → counts of one run, in the order in which the flows began; empty when it is not known."""
    columns = run_flow.c
    query = select(columns.flow, columns.started_at, columns.finished_at, columns.counts)
    query = query.where(columns.deployment == deployment, columns.run_id == run_id)
    found: dict[str, RunCounts] = {}
    with reading(engine) as connection:
        for flow, started_at, finished_at, kept in connection.execute(query.order_by(columns.started_at)).all():
            counts = kept or _staged_counts(connection, deployment, flow, [run_id]).get(run_id, {})
            found[flow] = RunCounts(run_id, started_at, finished_at, _whole(counts))
    return found


def _staged_counts(
    connection: Connection, deployment: str, flow: str, run_ids: Collection[str]
) -> dict[str, dict[str, int]]:
    """Return run id → counts of those runs whose counts are not kept yet, or never are: replays."""
    if not run_ids:
        return {}
    columns = staged_document.c
    query = (
        select(columns.run_id, columns.outcome, func.count())
        .where(columns.deployment == deployment, columns.run_id.in_(run_ids), columns.flow == flow)
        .group_by(columns.run_id, columns.outcome)
    )
    found: dict[str, dict[str, int]] = defaultdict(lambda: {"read": 0})
    for run_id, outcome, number in connection.execute(query):
        found[run_id][outcome or "undecided"] = number
        found[run_id]["read"] += number
    return found


def _whole(counts: dict[str, Any]) -> dict[str, int]:
    return {name: int(counts.get(name, 0)) for name in ("read", *OUTCOMES, "undecided")}


def marks(engine: Engine, deployment: str) -> dict[str, Mark]:
    """Return flow → watermark."""
    columns = watermark.c
    query = select(columns.flow, columns.current, columns.known).where(columns.deployment == deployment).limit(100)
    with reading(engine) as connection:
        return {flow: Mark(current, known) for flow, current, known in connection.execute(query)}


def open_counts(engine: Engine, deployment: str, flows: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return flow → outcome → how many documents are held, waiting or failed over all runs."""
    columns = document.c
    query = (
        select(columns.flow, columns.outcome, func.count())
        .where(columns.deployment == deployment, columns.flow.in_(flows), columns.is_open.is_(True))
        .group_by(columns.flow, columns.outcome)
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    with reading(engine) as connection:
        for flow, outcome, number in connection.execute(query):
            found[flow][outcome or "unfinished"] = number
    return found

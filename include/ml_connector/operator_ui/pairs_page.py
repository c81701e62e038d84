"""The first page: is each pair and each of its flows well?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from croniter import croniter
from fastapi import APIRouter, Request, Response

from ml_connector.operator_ui.allowances import Allowance, allowances
from ml_connector.operator_ui.chart import Chart, bars
from ml_connector.operator_ui.desk import Desk, Upcoming, desk_of, pair_to_see, visible_pairs
from ml_connector.operator_ui.pairs import Pair
from ml_connector.operator_ui.rendering import both, csv_file, show
from ml_connector.operator_ui.run_queries import OUTCOMES, Mark, RunCounts, marks, open_counts, recent_runs
from ml_connector.sync.spec import Flow

router = APIRouter()
RUNS = 24
"""Runs drawn for each flow."""
LATE_BY = 3
"""A flow is late when that many of its ticks have passed without a good run."""


@dataclass(frozen=True)
class FlowHealth:
    """One flow at a glance.

    Args:
        state: ``good``, ``held`` (a person is needed), ``failed``, ``late``, ``new`` (never ran).
        last_good: when the last run ended that left nothing failed or undecided.
        read_up_to: the watermark.
        runs: newest first.
    """

    name: str
    kind: str
    source: str
    destination: str
    cadence: str
    state: str
    last_good: dt.datetime | None
    read_up_to: dt.datetime | None
    age: dt.timedelta | None
    held: int
    waiting: int
    failed: int
    runs: tuple[RunCounts, ...]
    chart: Chart


@dataclass(frozen=True)
class PairHealth:
    """One pair at a glance; `next_run` is None when nothing is planned."""

    name: str
    title: str
    paused: bool
    next_run: dt.datetime | None
    flows: tuple[FlowHealth, ...]


@dataclass(frozen=True)
class PairsView:
    """The page."""

    pairs: tuple[PairHealth, ...]
    allowances: tuple[Allowance, ...]


@both(router, "/")
def pairs_page(request: Request) -> Response:
    """Show every pair that this person may see."""
    return show(request, "pairs.html", _view(desk_of(request), visible_pairs(request)))


@both(router, "/pairs/{name}")
def pair_page(request: Request, name: str) -> Response:
    """Show one pair: the tab on its DAG."""
    pair = pair_to_see(request, name.removesuffix(".json"))
    return show(request, "pairs.html", _view(desk_of(request), [pair]))


@router.get("/pairs/{name}/runs.csv")
def runs_csv(request: Request, name: str) -> Response:
    """Give the counts of the latest runs as a CSV file."""
    pair = pair_to_see(request, name)
    engine = desk_of(request).database().engine
    rows = [
        {"flow": flow.name, "run": run.run_id, "started": run.started_at, "finished": run.finished_at, **run.counts}
        for flow in pair.flows
        for run in recent_runs(engine, pair.name, flow.name, 500)
    ]
    columns = ("flow", "run", "started", "finished", "read", *OUTCOMES, "undecided")
    return csv_file(f"{pair.name}-runs", rows, columns)


def _view(desk: Desk, pairs: Sequence[Pair]) -> PairsView:
    return PairsView(_healths(desk, pairs), allowances(desk.database(), {pair.name for pair in pairs}))


def _healths(desk: Desk, pairs: Sequence[Pair]) -> tuple[PairHealth, ...]:
    upcoming = desk.airflow.upcoming([pair.name for pair in pairs])
    return tuple(_pair(desk, pair, upcoming.get(pair.name)) for pair in pairs)


def _pair(desk: Desk, pair: Pair, planned: Upcoming | None) -> PairHealth:
    engine = desk.database().engine
    read_up_to = marks(engine, pair.name)
    parked = open_counts(engine, pair.name, [flow.name for flow in pair.flows])
    flows = [_flow(desk, pair, flow, read_up_to.get(flow.name), parked.get(flow.name, {})) for flow in pair.flows]
    at = planned.at if planned and not planned.paused else None
    return PairHealth(pair.name, pair.title, bool(planned and planned.paused), at, tuple(flows))


def _flow(desk: Desk, pair: Pair, flow: Flow, mark: Mark | None, parked: Mapping[str, int]) -> FlowHealth:
    runs = recent_runs(desk.database().engine, pair.name, flow.name, RUNS)
    last_good = next((run.finished_at for run in runs if run.is_good), None)
    cadence = pair.cadence.get(flow.name, "")
    return FlowHealth(
        name=flow.name,
        kind=flow.kind,
        source=flow.source,
        destination=flow.destination,
        cadence=cadence,
        state=_state(runs, parked, is_late=_is_late(cadence, last_good, desk.now())),
        last_good=last_good,
        read_up_to=mark.current if mark else None,
        age=desk.now() - mark.current if mark else None,
        held=parked.get("held", 0),
        waiting=parked.get("waiting", 0),
        failed=parked.get("failed", 0),
        runs=tuple(runs),
        chart=bars([run.counts for run in reversed(runs)]),
    )


def _state(runs: Sequence[RunCounts], parked: Mapping[str, int], *, is_late: bool) -> str:
    if parked.get("failed") or (runs and runs[0].finished_at and not runs[0].is_good):
        return "failed"
    if not runs:
        return "new"
    if is_late:
        return "late"
    return "held" if parked.get("held") else "good"


def _is_late(cadence: str, last_good: dt.datetime | None, now: dt.datetime) -> bool:
    if last_good is None or not croniter.is_valid(cadence):
        return False
    ticks = croniter(cadence, last_good)
    due: dt.datetime = last_good
    for _ in range(LATE_BY):
        due = ticks.get_next(dt.datetime)
    return now > due

"""The first page: is each pair and each of its flows well?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from croniter import croniter
from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response

from ml_connector.operator_ui.allowances import Allowance, allowances
from ml_connector.operator_ui.chart import Chart, bars
from ml_connector.operator_ui.desk import Desk, Upcoming, desk_of, pair_to_see, visible_pairs, visitor_of
from ml_connector.operator_ui.forms import PairForm
from ml_connector.operator_ui.guard import check_form
from ml_connector.operator_ui.notices import Notice, notice
from ml_connector.operator_ui.pairs import Pair
from ml_connector.operator_ui.rendering import both, csv_file, go_to, show
from ml_connector.operator_ui.run_queries import OUTCOMES, Mark, RunCounts, marks, open_counts, recent_runs
from ml_connector.orchestration.deployments import PREFLIGHT, of_tenant
from ml_connector.orchestration.preflight import Preflight, last_preflight
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
    """One pair at a glance.

    Args:
        next_run: None when nothing is planned.
        preflight: what the last one found.
        may_ask: whether this person may start another one.
    """

    name: str
    title: str
    paused: bool
    next_run: dt.datetime | None
    flows: tuple[FlowHealth, ...]
    preflight: Preflight | None
    may_ask: bool


@dataclass(frozen=True)
class PairsView:
    """The page."""

    pairs: tuple[PairHealth, ...]
    allowances: tuple[Allowance, ...]
    notice: Notice | None


Told = Annotated[Notice | None, Depends(notice)]


@both(router, "/")
def pairs_page(request: Request, told: Told) -> Response:
    """Show every pair that this person may see."""
    return show(request, "pairs.html", _view(request, visible_pairs(request), told))


@both(router, "/pairs/{name}")
def pair_page(request: Request, name: str, told: Told) -> Response:
    """Show one pair: the tab on its DAG."""
    pair = pair_to_see(request, name.removesuffix(".json"))
    return show(request, "pairs.html", _view(request, [pair], told))


@router.post("/preflight")
def start_preflight(request: Request, form: Annotated[PairForm, Form()]) -> Response:
    """Start a preflight of a pair; 403 when this person may not start runs of it."""
    check_form(request, form.token)
    pair = pair_to_see(request, form.pair)
    if not _may_ask(request, pair):
        raise HTTPException(403, f"You may not start runs of {pair.name} or of {of_tenant(PREFLIGHT, pair.name)}.")
    run = desk_of(request).airflow.preflight(pair.name, visitor_of(request).name)
    return go_to(request, f"/pairs/{pair.name}", done="preflight", run=run)


def _may_ask(request: Request, pair: Pair) -> bool:
    return all(visitor_of(request).may_trigger(dag_id) for dag_id in (pair.name, of_tenant(PREFLIGHT, pair.name)))


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


def _view(request: Request, pairs: Sequence[Pair], told: Notice | None) -> PairsView:
    desk = desk_of(request)
    upcoming = desk.airflow.upcoming([pair.name for pair in pairs])
    healths = tuple(_pair(desk, pair, upcoming.get(pair.name), may_ask=_may_ask(request, pair)) for pair in pairs)
    return PairsView(healths, allowances(desk.database(), {pair.name for pair in pairs}), told)


def _pair(desk: Desk, pair: Pair, planned: Upcoming | None, *, may_ask: bool) -> PairHealth:
    database = desk.database()
    read_up_to = marks(database.engine, pair.name)
    parked = open_counts(database.engine, pair.name, [flow.name for flow in pair.flows])
    flows = [_flow(desk, pair, flow, read_up_to.get(flow.name), parked.get(flow.name, {})) for flow in pair.flows]
    at, is_paused = (planned.at, planned.paused) if planned else (None, False)
    return PairHealth(
        name=pair.name,
        title=pair.title,
        paused=is_paused,
        next_run=None if is_paused else at,
        flows=tuple(flows),
        preflight=last_preflight(database, pair.name),
        may_ask=may_ask,
    )


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

"""One run: what it read, how each document ended, and whether both sides agreed. The tab on Airflow's run page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from sqlalchemy import Engine, select, tuple_

from ml_connector.domain.finding import Finding
from ml_connector.operator_ui.airflow_links import is_of
from ml_connector.operator_ui.desk import desk_of, pair_to_see, visible_pairs, visitor_of
from ml_connector.operator_ui.pairs import Pair
from ml_connector.operator_ui.reconciliation_queries import Reconciled, reconciled_by
from ml_connector.operator_ui.rendering import both, show
from ml_connector.operator_ui.run_queries import OUTCOMES, RunCounts, counts_of_run
from ml_connector.operator_ui.story_queries import Read, read_pulls
from ml_connector.orchestration.deployments import REPLAY
from ml_connector.store.engine import reading
from ml_connector.store.plans import was_dry
from ml_connector.store.tables import run_flow, staged_document

router = APIRouter()
PAGE = 100
"""Documents shown at once."""
UNDECIDED = "undecided"


@dataclass(frozen=True)
class RunDocument:
    """How one document ended in the run; `outcome` is "" while it has none."""

    flow: str
    key: str
    label: str
    outcome: str
    carried: bool
    messages: tuple[str, ...]


@dataclass(frozen=True)
class RunView:
    """The page.

    Args:
        is_dry: whether it listed what it would do.
        after: flow and key of the document after which the next page begins; None on the last one.
    """

    pair: Pair
    run_id: str
    flows: Mapping[str, RunCounts]
    pulls: Mapping[str, Sequence[Read]]
    flow: str
    outcome: str
    documents: tuple[RunDocument, ...]
    after: tuple[str, str] | None
    reconciled: Reconciled | None
    is_dry: bool = False


@dataclass(frozen=True)
class Narrowed:
    """What the documents are narrowed to, and where the page begins."""

    flow: Annotated[str, Query(max_length=200)] = ""
    outcome: Annotated[str, Query(max_length=20)] = ""
    after_flow: Annotated[str, Query(max_length=200)] = ""
    after: Annotated[str, Query(max_length=2000)] = ""


@both(router, "/pairs/{name}/runs/{run_id:path}")
def run_page(request: Request, name: str, run_id: str, narrowed: Annotated[Narrowed, Depends()]) -> Response:
    """Show one run of a pair, or of a replay DAG."""
    if narrowed.outcome and narrowed.outcome not in (*OUTCOMES, UNDECIDED):
        raise HTTPException(422, f"{narrowed.outcome} is none of {', '.join((*OUTCOMES, UNDECIDED))}")
    pair, run = _pair_and_run(request, name, run_id.removesuffix(".json"))
    engine = desk_of(request).database().engine
    flows = counts_of_run(engine, pair.name, run)
    if not flows:
        raise HTTPException(404, f"The run {run} of {pair.title} has not read anything, or is not known.")
    documents, after = _documents(engine, pair.name, run, narrowed)
    view = RunView(
        pair=pair,
        run_id=run,
        flows=flows,
        pulls={flow: read_pulls(engine, pair.name, flow, run) for flow in flows},
        flow=narrowed.flow,
        outcome=narrowed.outcome,
        documents=tuple(documents),
        after=after,
        reconciled=reconciled_by(engine, pair.name, run),
        is_dry=was_dry(engine, pair.name, run),
    )
    return show(request, "run.html", view)


def _pair_and_run(request: Request, name: str, run_id: str) -> tuple[Pair, str]:
    """Return the pair and the run as the database names it; a run of a replay DAG is of one of the pairs."""
    if not is_of(REPLAY, name):
        return pair_to_see(request, name), run_id
    visitor_of(request)
    run, pairs = f"{name}/{run_id}", {pair.name: pair for pair in visible_pairs(request)}
    columns = run_flow.c
    query = select(columns.deployment).where(columns.deployment.in_(list(pairs)), columns.run_id == run).limit(1)
    with reading(desk_of(request).database().engine) as connection:
        found = connection.execute(query).scalar()
    if found is None:
        raise HTTPException(404, f"The replay {run_id} has not read anything, or is not known.")
    return pairs[found], run


def _documents(
    engine: Engine, pair: str, run_id: str, narrowed: Narrowed
) -> tuple[list[RunDocument], tuple[str, str] | None]:
    """Return a page of the run's documents by flow and key, and where the next one begins."""
    columns = staged_document.c
    place = (columns.flow, columns.key)
    wanted = (*place, columns.label, columns.outcome, columns.carried, columns.findings)
    query = select(*wanted).where(columns.deployment == pair, columns.run_id == run_id)
    if narrowed.flow:
        query = query.where(columns.flow == narrowed.flow)
    if narrowed.outcome:
        is_wanted = None if narrowed.outcome == UNDECIDED else narrowed.outcome
        query = query.where(columns.outcome == is_wanted if is_wanted else columns.outcome.is_(None))
    if narrowed.after_flow:
        query = query.where(tuple_(*place) > tuple_(narrowed.after_flow, narrowed.after))
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(*place).limit(PAGE + 1)).all()
    page = [_document(*row) for row in rows[:PAGE]]
    return page, (page[-1].flow, page[-1].key) if len(rows) > PAGE else None


def _document(  # noqa: PLR0917 - one row
    flow: str, key: str, label: str, outcome: str | None, carried: bool, findings: Any
) -> RunDocument:
    messages = tuple(Finding.model_validate(one).message for one in findings)
    return RunDocument(flow, key, label or key, outcome or "", carried, messages)

"""The review queue: what waits for a person, grouped by why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from ml_connector.domain.money import Money
from ml_connector.domain.status import Outcome
from ml_connector.operator_ui.airflow_links import is_of
from ml_connector.operator_ui.desk import desk_of, pair_to_see, visible_pairs, visitor_of
from ml_connector.operator_ui.groups import Group, group_of, grouped, sums
from ml_connector.operator_ui.map_choices import MapChoice, map_choice
from ml_connector.operator_ui.notices import Notice, notice
from ml_connector.operator_ui.open_documents import OUTCOMES, Asked, OpenDocument, find_open, in_case
from ml_connector.operator_ui.pairs import Pair
from ml_connector.operator_ui.rendering import both, csv_file, show
from ml_connector.orchestration.deployments import PREFLIGHT, REPLAY

router = APIRouter()
MOST_GROUPS = 200
PAGE = 50
"""Documents shown at once."""
Name = Annotated[str, Query(max_length=200)]
Told = Annotated[Notice | None, Depends(notice)]


@dataclass(frozen=True)
class QueueView:
    """The page; `shown` of `total` documents have been grouped."""

    asked: Asked
    groups: tuple[Group, ...]
    group_count: int
    shown: int
    total: int
    money: tuple[Money, ...]
    pairs: tuple[Pair, ...]
    notice: Notice | None


@dataclass(frozen=True)
class GroupView:
    """One group.

    Args:
        group: None when nothing is in it any more.
        after: key from which the next page goes on; "" on the last one.
    """

    pair: Pair
    asked: Asked
    reason: str
    value: str
    group: Group | None
    documents: tuple[OpenDocument, ...]
    after: str
    choice: MapChoice | None
    may_change: bool
    may_release: bool
    notice: Notice | None


@dataclass(frozen=True)
class Case:
    """Which group the address names, and the key after which its page begins."""

    reason: Name = ""
    value: Annotated[str, Query(max_length=2000)] = ""
    after: Annotated[str, Query(max_length=500)] = ""


def asked_for(pair: Name = "", flow: Name = "", outcome: Name = "", q: Name = "") -> Asked:
    """Return the filter that the address names."""
    if outcome and outcome not in OUTCOMES:
        raise HTTPException(422, f"{outcome} is none of {', '.join(OUTCOMES)}")
    return Asked("" if is_of(REPLAY, pair) or is_of(PREFLIGHT, pair) else pair, flow, outcome, q.strip())


Filter = Annotated[Asked, Depends(asked_for)]


@both(router, "/queue")
def queue_page(request: Request, asked: Filter, told: Told) -> Response:
    """Show what waits, grouped by why."""
    desk, pairs = desk_of(request), _pairs(request, asked)
    found = find_open(desk.database().engine, [pair.name for pair in pairs], asked)
    groups = grouped(found.documents, pairs, desk.now())
    view = QueueView(
        asked=asked,
        groups=tuple(groups[:MOST_GROUPS]),
        group_count=len(groups),
        shown=len(found.documents),
        total=found.total,
        money=sums(found.documents),
        pairs=tuple(visible_pairs(request)),
        notice=told,
    )
    return show(request, "queue.html", view)


@router.get("/queue.csv")
def queue_csv(request: Request, asked: Filter) -> Response:
    """Give the same documents as a CSV file, a line for each finding."""
    pairs = _pairs(request, asked)
    found = find_open(desk_of(request).database().engine, [pair.name for pair in pairs], asked)
    return csv_file("review-queue", _lines(found.documents), COLUMNS)


@both(router, "/queue/group")
def group_page(request: Request, asked: Filter, case: Annotated[Case, Depends()], told: Told) -> Response:
    """Show the documents of one group, and what puts them right."""
    shape = pair_to_see(request, asked.pair)
    documents = members(request, shape, asked, case.reason, case.value)
    group = group_of(shape, case.reason, case.value, documents, desk_of(request).now()) if documents else None
    start = next((n for n, one in enumerate(documents, start=1) if one.key == case.after), 0)
    page = documents[start : start + PAGE]
    view = GroupView(
        pair=shape,
        asked=asked,
        reason=case.reason,
        value=case.value,
        group=group,
        documents=tuple(page),
        after=page[-1].key if len(documents) > start + PAGE else "",
        choice=_choice(request, shape, asked.flow, group),
        may_change=visitor_of(request).may_change(shape.name),
        may_release=asked.outcome != Outcome.REJECTED.value and visitor_of(request).may_change(shape.name),
        notice=told,
    )
    return show(request, "group.html", view)


def members(request: Request, pair: Pair, asked: Asked, reason: str, value: str) -> list[OpenDocument]:
    """Return the documents of one group as they are now."""
    found = find_open(desk_of(request).database().engine, [pair.name], asked)
    return in_case(found.documents, reason, value)


def _choice(request: Request, pair: Pair, flow: str, group: Group | None) -> MapChoice | None:
    if group is None or not group.map_name:
        return None
    return map_choice(desk_of(request).database(), pair, flow, group.map_name, group.value)


def _pairs(request: Request, asked: Asked) -> list[Pair]:
    return [pair_to_see(request, asked.pair)] if asked.pair else visible_pairs(request)


COLUMNS = (
    "pair", "flow", "document", "key", "outcome", "since", "amount", "currency", "reason", "value", "message",
    "next_step", "run",
)  # fmt: skip


def _lines(documents: Sequence[OpenDocument]) -> Iterable[dict[str, Any]]:
    for one in documents:
        line = {
            "pair": one.pair, "flow": one.flow, "document": one.label, "key": one.key, "outcome": one.outcome,
            "since": one.since, "amount": one.money and one.money.amount,
            "currency": one.money and one.money.currency, "run": one.run_id,
            **dict.fromkeys(("reason", "value", "message", "next_step"), ""),
        }  # fmt: skip
        for finding in one.findings:
            told = {"reason": finding.reason.value, "value": finding.value, "message": finding.message}
            yield {**line, **told, "next_step": finding.next_step}
        if not one.findings:
            yield line

"""Before the first run: do both systems answer, are they set up as configured, and what would be held?"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ml_connector.domain.errors import SyncError
from ml_connector.domain.money import plain
from ml_connector.orchestration.deployments import PREFLIGHT_DAYS
from ml_connector.orchestration.wiring import Workshop
from ml_connector.store.database import Database
from ml_connector.sync.coverage import Coverage, Share, coverage, worst

FLOW, STEP = "preflight", "told"
"""Under which the audit trail keeps what was found."""
MOST_CLOCK_SECONDS = 60.0
"""A clock further away than this is reported: a watermark's overlap is meant for less."""
MOST_CODES = 200
"""Missing codes told of one flow; a longer list has one cause."""


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SystemState(_Told):
    """One system: whether it answers, what it says, and what it lacks of what is configured.

    Args:
        clock_ahead_seconds: None where its answers tell no time.
    """

    reached: bool
    said: str
    clock_ahead_seconds: float | None
    problems: tuple[str, ...]

    @property
    def wrong(self) -> tuple[str, ...]:
        """All that is to be corrected, in words; () when nothing is."""
        return self.problems if self.reached else (self.said, *self.problems)


class Missing(_Told):
    """A code that no map has: so many documents, so much money by currency."""

    map: str
    code: str
    documents: int
    amounts: dict[str, str]


class FlowState(_Told):
    """What would become of one flow's documents.

    Args:
        percent: of a hundred documents, so many have all their codes mapped.
        percent_of_amount: the same of the amount, by currency.
        held: reason → documents that a person would have to look at, besides missing codes.
        problem: why it could not be told; "" otherwise.
    """

    documents: int = 0
    covered: int = 0
    percent: str = "100"
    percent_of_amount: dict[str, str] = {}
    missing: tuple[Missing, ...] = ()
    held: dict[str, int] = {}
    problem: str = ""


class Preflight(_Told):
    """What is ready and what is not."""

    deployment: str
    at: dt.datetime
    run_id: str
    days: int
    ready: bool
    systems: dict[str, SystemState]
    flows: dict[str, FlowState]

    def text(self) -> str:
        """Return it as a person reads it."""
        lines = [f"{self.deployment}, documents of the last {self.days} days: {'ready' if self.ready else 'NOT ready'}"]
        for name, system in self.systems.items():
            lines.append(f"  {name}: {'reached' if system.reached else 'NOT reached'}; {system.said}")
            lines += [f"    - {problem}" for problem in system.problems]
        for name, flow in self.flows.items():
            lines += _lines(name, flow)
        return "\n".join(lines)


def _lines(name: str, flow: FlowState) -> list[str]:
    if flow.problem:
        return [f"  {name}: could not be told: {flow.problem}"]
    amounts = "".join(f", {percent} % of {currency}" for currency, percent in flow.percent_of_amount.items())
    head = f"  {name}: {flow.covered} of {flow.documents} documents have all codes mapped ({flow.percent} %{amounts})"
    codes = [
        f"    - {one.map} “{one.code}” is not mapped: {one.documents} documents{_money(one)}" for one in flow.missing
    ]
    return [head, *codes, *(f"    - {n} would be held: {reason}" for reason, n in flow.held.items())]


def _money(one: Missing) -> str:
    return "".join(f", {amount} {currency}" for currency, amount in one.amounts.items())


def preflight(
    workshop: Workshop, *, days: int = PREFLIGHT_DAYS, flows: Sequence[str] = (), run_id: str = ""
) -> Preflight:
    """Look at both systems and at the documents of the last days; nothing is written to either.

    What was found is kept in the audit trail, under `run_id` or a name of its own.
    """
    deployment, database = workshop.deployment, workshop.database
    now = database.now()
    run_id = run_id or f"preflight {now:%Y-%m-%d %H:%M:%S}"
    systems = systems_of(workshop)
    reached = all(one.reached for one in systems.values())
    chosen = [flow for flow in deployment.active_flows() if not flows or flow.name in flows]
    told = {flow.name: _flow(workshop, flow, run_id, days) for flow in chosen} if reached else {}
    ready = reached and all(not one.problems for one in systems.values())
    ready = ready and all(not (one.missing or one.held or one.problem) for one in told.values())
    found = Preflight(
        deployment=deployment.dag_id, at=now, run_id=run_id, days=days, ready=ready, systems=systems, flows=told
    )
    database.audit(deployment.dag_id, FLOW, run_id).note("", STEP, found.model_dump(mode="json"))
    return found


def last_preflight(database: Database, deployment: str) -> Preflight | None:
    """Return what the last one found; None when there was none, or another release noted it in another shape."""
    noted = database.latest_note(deployment, FLOW, STEP)
    try:
        return Preflight.model_validate(noted[1]) if noted else None
    except ValidationError:
        return None


def systems_of(workshop: Workshop) -> dict[str, SystemState]:
    """Look at both systems alone: every connection is tested, and what a system says of itself is compared."""
    return {name: _system(workshop, name) for name in ("cin7", workshop.deployment.spec.partner)}


def _system(workshop: Workshop, name: str) -> SystemState:
    reached, said, problems = workshop.setup_of(name)
    ahead = workshop.clock_ahead_seconds
    if ahead is not None and abs(ahead) > MOST_CLOCK_SECONDS:
        direction = "ahead of" if ahead > 0 else "behind"
        problems = [
            *problems,
            f"its clock is {abs(ahead):.0f} s {direction} this machine's: correct the one that is wrong",
        ]
    return SystemState(reached=reached, said=said, clock_ahead_seconds=ahead, problems=tuple(problems))


def _flow(workshop: Workshop, flow: Any, run_id: str, days: int) -> FlowState:
    run = workshop.flow_run(flow, run_id, dry_run=True)
    workshop.say(f"{run.where()}: reading the documents of the last {days} days")
    try:
        found = coverage(dataclasses.replace(run, learn=lambda _codes: None), days)
    except SyncError as error:
        return FlowState(problem=str(error))
    return _state(found)


def _state(found: Coverage) -> FlowState:
    some = list(worst(found))[:MOST_CODES]
    return FlowState(
        documents=found.read.documents,
        covered=found.covered.documents,
        percent=plain(found.percent()),
        percent_of_amount={currency: plain(found.percent_of(currency)) for currency in sorted(found.read.amounts)},
        missing=tuple(_missing(*code, share) for code, share in some),
        held=dict(found.held.most_common()),
    )


def _missing(name: str, code: str, share: Share) -> Missing:
    amounts = {currency: plain(amount) for currency, amount in sorted(share.amounts.items())}
    return Missing(map=name, code=code, documents=share.documents, amounts=amounts)

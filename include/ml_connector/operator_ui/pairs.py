"""The pairs that the pages show: those deployed, and those that have left traces in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select

from ml_connector.orchestration import catalog
from ml_connector.orchestration.deployments import Deployment
from ml_connector.orchestration.fiscal import FiscalCalendar
from ml_connector.store.engine import reading
from ml_connector.store.tables import run_flow
from ml_connector.sync.spec import Flow

SYSTEM_NAMES = {
    "cin7": "Cin7 Core",
    "acumatica": "Acumatica",
    "ifs": "IFS Cloud",
    "infor": "Infor CloudSuite",
    "qad": "QAD",
    "syspro": "SYSPRO",
}
_MOST = 200
"""Pairs looked for in the database: more are a mistake, and no reason for an endless page."""


@dataclass(frozen=True)
class Pair:
    """One deployment as the pages know it.

    Args:
        name: DAG id.
        cadence: flow → cron expression or ``period_close``; empty where it is not deployed any more.
        calendar: the accounting periods that it was deployed with; None where it says nothing of them.
    """

    name: str
    title: str
    partner: str
    flows: tuple[Flow, ...]
    cadence: dict[str, str]
    calendar: FiscalCalendar | None = None

    def flow(self, name: str) -> Flow | None:
        """Return the flow called `name`, or None."""
        return next((flow for flow in self.flows if flow.name == name), None)

    def day_of(self, moment: dt.datetime) -> dt.date:
        """Return the day that it is in the time zone of the company's books."""
        return moment.astimezone(ZoneInfo(self.calendar.timezone) if self.calendar else dt.timezone.utc).date()

    def source_of(self, flow: str) -> str:
        """Return the system that the flow reads, ``cin7`` unless the pair knows better."""
        found = self.flow(flow)
        return found.source if found else "cin7"


def system_name(system: str) -> str:
    """Return what a clerk calls the system."""
    return SYSTEM_NAMES.get(system, system)


def known_pairs(deployments: Iterable[Deployment], engine: Engine) -> tuple[Pair, ...]:
    """Return what is deployed and what has run before, by name."""
    found = {deployment.dag_id: _deployed(deployment) for deployment in deployments}
    for name in _with_runs(engine):
        shape = catalog.PAIRS.get(name.partition("__")[0])
        if name not in found and shape is not None:
            found[name] = _seen(name)
    return tuple(found[name] for name in sorted(found))


def _deployed(deployment: Deployment) -> Pair:
    flows = deployment.active_flows()
    cadence = {flow.name: deployment.cadence_of(flow) for flow in flows}
    spec = deployment.spec
    title, calendar = _title(spec.title, deployment.tenant), deployment.calendar
    told = calendar if "calendar" in deployment.model_fields_set else None
    return Pair(deployment.dag_id, title, spec.partner, flows, cadence, told)


def _seen(name: str) -> Pair:
    pair, _, tenant = name.partition("__")
    spec = catalog.pair(pair)
    return Pair(name, _title(spec.title, tenant), spec.partner, spec.in_order(), {})


def _title(title: str, tenant: str) -> str:
    return f"{title} ({tenant})" if tenant else title


def _with_runs(engine: Engine) -> list[str]:
    """Return the deployments that have run; one look-up each, since the table may be long."""
    names: list[str] = []
    column = run_flow.c.deployment
    with reading(engine) as connection:
        while len(names) < _MOST:
            following = select(func.min(column)).where(column > (names[-1] if names else ""))
            name = connection.execute(following).scalar()
            if name is None:
                break
            names.append(name)
    return names

"""Which pairs run, for whom, how often: one small YAML file, read strictly."""

from __future__ import annotations

import datetime as dt
import difflib
import logging
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from croniter import croniter
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration import catalog
from ml_connector.orchestration.fiscal import PERIOD_CLOSE, FiscalCalendar
from ml_connector.orchestration.notices import Notices
from ml_connector.orchestration.timetable import quickest
from ml_connector.sync.run import Policies
from ml_connector.sync.spec import Flow, PairSpec

ENVIRONMENT = "ML_CONNECTOR_PAIRS"
FILE_NAME = "ml_connector_pairs.yaml"
REPLAY = "ml_connector_replay"
"""The DAG that replays documents of a tenant's pairs."""
PREFLIGHT = "ml_connector_preflight"
"""The DAG that looks whether a tenant's pairs are ready."""
PREFLIGHT_DAYS = 30
"""Of how many last days a preflight looks at the documents, unless it is told."""
log = logging.getLogger("ml_connector")
PACKAGED = Path(__file__).resolve().parent.parent / "config" / "pairs.yaml"


class Deployment(BaseModel):
    """One pair for one tenant: one DAG.

    Args:
        pair: a pair of the catalogue.
        tenant: "" for the first; the DAG is called ``<pair>__<tenant>`` for further ones.
        enabled: False makes no DAG.
        connections: system → Airflow connection id.
        cadence: flow → cron expression (UTC) or ``period_close``; what is left out has the pair's own.
        schedule: the DAG's own cron expression or ``period_close``; the quickest cadence unless given.
        calendar: the accounting periods behind ``period_close`` and of the comparison of both systems' lists.
        compare_ids: which runs compare what both systems list of the open periods: the first of a day, each, or none.
        flows: the flows that run; unless given, all of the pair but those that are off by default.
        options: system → its adapter's options.
        policies: the engine's knobs.
        notices: who is told what waits for people, and how; nobody unless given.
        keep_days: content of documents is deleted after so long; null keeps it for ever.
        call_bodies_days: how long the bodies of a document's calls are kept for its story; 0 keeps none.
        pool: an Airflow pool for all tasks; it must exist.
        retries: of each task.
        start_date: UTC unless it says otherwise; backfills cannot begin before.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pair: str
    tenant: str = Field(default="", pattern=r"^[a-z0-9_]*$")
    enabled: bool = True
    connections: dict[str, str] = {}
    cadence: dict[str, str] = {}
    schedule: str | None = None
    calendar: FiscalCalendar = FiscalCalendar()
    compare_ids: Literal["daily", "each_run", "never"] = "daily"
    flows: tuple[str, ...] | None = Field(default=None, min_length=1)
    options: dict[str, dict[str, Any]] = {}
    policies: Policies = Policies()
    owner: str = "ml-connector"
    notices: Notices | None = None
    keep_days: int | None = Field(default=400, ge=30, le=10_000)
    call_bodies_days: int = Field(default=30, ge=0, le=3650)
    pool: str | None = None
    retries: int = Field(default=3, ge=0, le=20)
    start_date: dt.datetime = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)

    @field_validator("pair")
    @classmethod
    def _known_pair(cls, value: str) -> str:
        if value not in catalog.PAIRS:
            raise ValueError(f"unknown pair {value!r}{suggestion(value, catalog.PAIRS)}")
        return value

    @field_validator("start_date")
    @classmethod
    def _in_utc(cls, value: dt.datetime) -> dt.datetime:
        return value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)

    @model_validator(mode="after")
    def _names_exist(self) -> Deployment:
        flows = [flow.name for flow in self.spec.flows]
        systems = ["cin7", self.spec.partner]
        for where, names, known in (
            ("connections", self.connections, systems),
            ("cadence", self.cadence, flows),
            ("flows", self.flows or (), flows),
            ("options", self.options, systems),
        ):
            for name in names:
                if name not in known:
                    raise ValueError(f"{where}: unknown {name!r}{suggestion(name, known)}")
        for cron in [*self.cadence.values(), *([self.schedule] if self.schedule else [])]:
            if cron != PERIOD_CLOSE and not croniter.is_valid(cron):
                raise ValueError(f"{cron!r} is no cron expression, e.g. '*/15 * * * *', nor {PERIOD_CLOSE!r}")
        for system, given in self.options.items():
            unknown = set(given) - set(catalog.load(catalog.SYSTEMS[system].options).model_fields)
            for name in sorted(unknown):
                known = catalog.load(catalog.SYSTEMS[system].options).model_fields
                raise ValueError(f"options.{system}: unknown {name!r}{suggestion(name, known)}")
            self.options_of(system)
        return self

    @property
    def dag_id(self) -> str:
        """The DAG's name, which is the deployment's name everywhere."""
        return f"{self.pair}__{self.tenant}" if self.tenant else self.pair

    @property
    def spec(self) -> PairSpec:
        """The pair's shape."""
        return catalog.pair(self.pair)

    def active_flows(self) -> tuple[Flow, ...]:
        """Return the flows that run, each after those it depends on."""
        chosen = self.flows or [flow.name for flow in self.spec.flows if flow.enabled_by_default]
        return tuple(flow for flow in self.spec.in_order() if flow.name in chosen)

    def cadence_of(self, flow: Flow) -> str:
        """Return how often a flow is due: a cron expression or ``period_close``."""
        return self.cadence.get(flow.name, flow.cadence)

    def schedule_of_dag(self) -> str:
        """Return the DAG's own cadence: the one given, else the quickest of its flows."""
        return self.schedule or quickest(self.cadence_of(flow) for flow in self.active_flows())

    def zone_of_dag(self) -> str:
        """Return the time zone in which the DAG's data intervals begin and end a day."""
        return self.calendar.timezone if self.schedule_of_dag() == PERIOD_CLOSE else "UTC"

    def connection_of(self, system: str) -> str:
        """Return the Airflow connection id of a system."""
        return self.connections.get(system, catalog.SYSTEMS[system].connection)

    def options_of(self, system: str) -> Any:
        """Return a system's options as its own model."""
        return catalog.load(catalog.SYSTEMS[system].options).model_validate(self.options.get(system, {}))


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    deployments: tuple[Any, ...]


def place(beside: Path | None = None) -> Path:
    """Return the file in force: named by the environment, beside the DAG loader, or the package's own."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    if beside is not None and (beside / FILE_NAME).exists():
        return beside / FILE_NAME
    return PACKAGED


def read(path: Path, *, leave_out_wrong: bool = False) -> tuple[Deployment, ...]:
    """Return the enabled deployments, sorted by DAG id.

    Args:
        path: the file.
        leave_out_wrong: a deployment that cannot be is logged and left out, so that it stops no other.

    Raises:
        ConfigurationError: the file is missing or is no YAML; or, unless those are left out, deployments have a key or
            value that cannot be: it names file, key, value and the likely spelling of each.
    """
    made, problems = _made(_entries(path))
    if problems and not leave_out_wrong:
        raise ConfigurationError(_in_lines(path, problems))
    if problems:
        log.error("%s", _in_lines(path, problems))
    return tuple(sorted((d for d in made if d.enabled), key=lambda d: d.dag_id))


def named(path: Path) -> set[str]:
    """Return the DAG ids that a file names, also of deployments that are not enabled or cannot be.

    Raises:
        ConfigurationError: the file is missing or is no YAML.
    """
    entries = [entry for entry in _entries(path) if isinstance(entry, dict) and entry.get("pair")]
    return {"__".join(str(entry[key]) for key in ("pair", "tenant") if entry.get(key)) for entry in entries}


def _entries(path: Path) -> tuple[Any, ...]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return _File.model_validate(content or {}).deployments
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); see {ENVIRONMENT}") from error
    except ValidationError as error:
        raise ConfigurationError(_in_lines(path, [_problem(dict(one)) for one in error.errors()])) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path}: is no YAML: {error}") from error


def _made(entries: Sequence[Any]) -> tuple[list[Deployment], list[str]]:
    """Return the deployments that can be, and what is wrong with the others; of two with one name neither can."""
    made: list[Deployment] = []
    problems: list[str] = []
    for number, entry in enumerate(entries):
        try:
            made.append(Deployment.model_validate(entry))
        except ValidationError as error:  # noqa: PERF203 - each stands alone
            found = [{**one, "loc": ("deployments", number, *one["loc"])} for one in error.errors()]
            problems += [_problem(one) for one in found]
    times = Counter(deployment.dag_id for deployment in made)
    twice = sorted(dag_id for dag_id, number in times.items() if number > 1)
    problems += [f"{dag_id} is deployed twice; give the second one a tenant" for dag_id in twice]
    good = [deployment for deployment in made if deployment.dag_id not in twice]
    shared = _sharing(good)
    problems += [
        f"{dag_id} reads and writes the same accounts as {first}, which would carry everything over twice; "
        f"give it connections of its own"
        for dag_id, first in shared.items()
    ]
    return [deployment for deployment in good if deployment.dag_id not in shared], problems


def _sharing(made: Sequence[Deployment]) -> dict[str, str]:
    """Return the deployments of a pair whose connections and options are those of an earlier one, and that one."""
    seen: dict[str, str] = {}
    found: dict[str, str] = {}
    for one in made:
        accounts = [(system, one.connection_of(system)) for system in ("cin7", one.spec.partner)]
        first = seen.setdefault(repr((one.pair, accounts, one.options)), one.dag_id) if one.enabled else one.dag_id
        if first != one.dag_id:
            found[one.dag_id] = first
    return found


def _in_lines(path: Path, problems: Sequence[str]) -> str:
    return f"{path}:\n" + "\n".join(f"- {one}" for one in problems)


def find(dag_id: str, deployments: tuple[Deployment, ...]) -> Deployment:
    """Return the deployment of that DAG.

    Raises:
        ConfigurationError: there is none.
    """
    for deployment in deployments:
        if deployment.dag_id == dag_id:
            return deployment
    names = [deployment.dag_id for deployment in deployments]
    raise ConfigurationError(f"no deployment is called {dag_id!r}{suggestion(dag_id, names)}")


def of_tenant(name: str, pair: str) -> str:
    """Return the DAG id of `name`, REPLAY or PREFLIGHT, for the tenant of a pair's DAG: each tenant has its own."""
    return name + pair[len(pair.partition("__")[0]) :]


def by_tenant(deployments: Sequence[Deployment]) -> dict[str, tuple[Deployment, ...]]:
    """Return tenant → its deployments."""
    tenants = sorted({deployment.tenant for deployment in deployments})
    return {tenant: tuple(one for one in deployments if one.tenant == tenant) for tenant in tenants}


def suggestion(name: str, known: Any) -> str:
    """Return ``; did you mean 'x'?`` where something is alike, else what is known."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(sorted(known))}"


def _problem(one: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in one["loc"])
    if one["type"] == "extra_forbidden":
        name = str(one["loc"][-1])
        model: Any = Policies if "policies" in one["loc"] else Deployment if len(one["loc"]) > 1 else _File
        return f"{where}: there is no such key{suggestion(name, model.model_fields)}"
    return f"{where}: {one['msg']} (given: {str(one['input'])[:80]!r})"

"""The world of one pair: both simulators, the connector's database, Airflow's connections and Variables."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from ml_connector.orchestration import catalog, tasks
from ml_connector.orchestration.deployments import Deployment
from ml_connector.orchestration.wiring import Workshop
from ml_connector.store import database as databases
from ml_connector.store.database import Database
from ml_connector.sync.ports import Pull
from ml_connector.sync.run import FlowRun
from ml_connector.sync.spec import Flow
from ml_connector.sync.stores import Audit
from ml_connector.transport.ledger import Ledger, SqliteLedger
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.gateway import Gateway
from ml_connector_sandbox.demo.show import show
from ml_connector_sandbox.demo.simulators import Simulator
from prove.clock import CLOCK
from prove.commits import watch
from prove.network import Network
from prove.trip import Switch, Trouble

MEMORY = Path("/dev/shm")  # noqa: S108 - where there is one: a database that waits for the disk at each commit is slow
SCALE = "tiny"
FAST = {"cin7": {"rate_limit": 100_000}}
NO_BOOKS = {"session", "operator"}
NUMBERS_FROM = {"acumatica": {"Bill": 5000, "PurchaseReceipt": 7000}}
"""Where numbering begins, so that a number tells what it is the number of."""


class Stage:
    """One pair's world, in the folder `folder`."""

    def __init__(self, pair: str) -> None:
        CLOCK.start()
        self.show = show(pair)
        self.scenario = self.show.scenario(SCALE)
        self.folder = _folder()
        self._past: dict[Path, sqlite3.Connection] = {}
        self.simulators = {name: self._simulator(name) for name in ("cin7", self.show.partner)}
        self.gateways: dict[str, Gateway] = {name: build(one) for name, one in self.simulators.items()}
        self.network = Network(dict(self.gateways))
        self.network.install()
        self.deployment = Deployment(pair=pair, connections={"cin7": self.show.cin7_connection}, **self.show.chosen)
        self.trouble = Trouble()
        self._seed()
        self._connect()
        self._airflow()
        self.database.migrate()
        for name, text in self.scenario.maps.items():
            self.database.code_maps(pair).import_text(name, text, author="prove")
        self.network.serve()

    @staticmethod
    def _simulator(system: str) -> Any:
        return importlib.import_module(f"ml_connector_sandbox.{system}").simulator()

    def _seed(self) -> None:
        for name, simulator in self.simulators.items():
            simulator.reset()
            if name in self.scenario.accounts:
                simulator.add_account(self.scenario.accounts[name])
            simulator.seed(self.account_of(name), self.scenario.records[name])
            simulator.change_settings({**FAST.get(name, self.show.limits)})
            if name in NUMBERS_FROM:
                simulator.tenant_of(self.account_of(name)).counters.update(NUMBERS_FROM[name])

    def account_of(self, system: str) -> str | None:
        """Return the account that the pair uses there."""
        return self.scenario.accounts.get(system, {}).get("account_id")

    def _connect(self) -> None:
        account = self.scenario.accounts["cin7"]
        cin7 = {
            "conn_type": "cin7_core", "host": self.network.url("cin7"), "login": account["account_id"],
            "password": account["keys"][0], "extra": {"requests_per_minute": 100_000},
        }  # fmt: skip
        partner: dict[str, Any] = dict(self.show.connection(self.network.url(self.show.partner), self.scenario))
        partner["extra"] = json.loads(partner.get("extra") or "{}")
        os.environ[f"AIRFLOW_CONN_{self.show.cin7_connection.upper()}"] = json.dumps(cin7)
        os.environ[f"AIRFLOW_CONN_{self.deployment.connection_of(self.show.partner).upper()}"] = json.dumps(partner)

    def _airflow(self) -> None:
        """Give the tasks this world in place of Airflow's."""
        ours: Any = tasks
        ours.workshop = self.workshop
        store: Any = databases
        store.AirflowVariables = lambda: FileVariables(self.folder)

    # --- for each case ---

    def copy(self) -> Path:
        """Return a copy of the folder, for a process that is about to be forked."""
        folder = _folder()
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return folder

    def detach(self, folder: Path) -> None:
        """In a forked process: go on in a folder, with a clock and on sockets of its own."""
        self.folder = folder
        self.__dict__.pop("database", None)
        CLOCK.detach()
        self.network.serve()

    def discard(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @cached_property
    def database(self) -> Database:
        """The connector's database, whose commits can be cut off."""
        made: Any = Database(f"sqlite:///{self.folder / 'connector.db'}", now=CLOCK.now)
        watch(made.engine, self.trouble)
        store = made.token_store
        made.token_store = lambda secret: dataclasses.replace(store(secret), sleep=CLOCK.sleep)
        found: Database = made
        return found

    @contextmanager
    def workshop(self, deployment: Deployment, **how: Any) -> Iterator[Workshop]:
        """Take the place of `wiring.workshop`."""
        made = StageWorkshop(deployment, self.database, **how)
        try:
            yield made
        finally:
            made.close()

    # --- looking, without the connector ---

    def query(self, sql: str, **values: str) -> list[tuple[Any, ...]]:
        """Return rows of the connector's database, read past the connector."""
        path = self.folder / "connector.db"
        if path not in self._past:  # kept: to open it takes longer than to ask
            self._past[path] = sqlite3.connect(path, isolation_level=None)
        return self._past[path].execute(sql, values).fetchall()

    def variables_shown(self) -> dict[str, str]:
        """Return Airflow's Variables."""
        return FileVariables(self.folder).all()

    def records(self) -> dict[str, dict[str, Any]]:
        """Return system → everything its books hold now; who is signed in stands in no books."""
        return {
            name: {entity: rows for entity, rows in self.state(name).items() if entity not in NO_BOOKS}
            for name in self.simulators
        }

    def state(self, system: str) -> dict[str, Any]:
        """Return everything that a system holds now."""
        found: dict[str, Any] = self.simulators[system].state(self.account_of(system), None)
        return found

    def look(self) -> list[str]:
        """Return what the witness finds wrong."""
        near: dict[str, Simulator] = {
            name: Near(name, "", self.account_of(name), one) for name, one in self.simulators.items()
        }
        return list(self.show.look(near, self.scenario, True).wrong)


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="ml-connector-prove-", dir=MEMORY if MEMORY.is_dir() else None))


@dataclasses.dataclass(frozen=True)
class Near(Simulator):
    """A simulator of this process, looked at directly."""

    simulator: Any = None

    def state(self, entity: str) -> list[dict[str, Any]]:
        """Return all records of an entity."""
        found: list[dict[str, Any]] = self.simulator.state(self.account, entity)[entity]
        return found


class StageWorkshop(Workshop):
    """A workshop whose parts live in the case's time."""

    def flow_run(self, flow: Flow, run_id: str, *, dry_run: bool = False, approved: str = "") -> FlowRun:
        """Return the run, with the case's clock."""
        made = super().flow_run(flow, run_id, dry_run=dry_run, approved=approved)
        return dataclasses.replace(made, now=CLOCK.now, sleep=CLOCK.sleep)

    def _open(self, system: str, audit: Audit) -> Any:
        hook = self._hook(system)
        adapter = catalog.load(catalog.SYSTEMS[system].adapter)

        def record(pull: Pull) -> None:
            audit.pull(pull)

        timed = {"sleep": CLOCK.sleep} if "sleep" in inspect.signature(adapter).parameters else {}
        return adapter(
            hook.client,
            self.deployment.options_of(system),
            record_pull=record,
            cache=self._cache_of(system),
            now=CLOCK.now,
            **timed,
        )

    @cached_property
    def _ledger(self) -> Ledger:
        return SqliteLedger(f"{self.database.engine.url.database}-rates", now=CLOCK.timestamp)


@dataclasses.dataclass(frozen=True)
class FileVariables:
    """Airflow's Variables: outlive a killed worker."""

    folder: Path

    def all(self) -> dict[str, str]:
        """Return name → value."""
        path = self.folder / "variables.json"
        found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return found

    def get(self, name: str) -> str | None:
        """Return the value, or None."""
        return self.all().get(name)

    def set(self, name: str, value: str) -> None:
        """Write the value, or not."""

        def write() -> None:
            part = self.folder / "variables.part"
            part.write_text(json.dumps({**self.all(), name: value}))
            part.replace(self.folder / "variables.json")

        if Switch.trip is None:
            write()
        else:
            Switch.trip.variable(f"set {name}", write)

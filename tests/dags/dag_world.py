"""Both simulators, seeded, and the pair's DAG run against them in this process."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from airflow.models.variable import Variable
from airflow.utils.session import create_session
from sqlalchemy import delete, select

from ml_connector.orchestration.deployments import read
from ml_connector.orchestration.factory import build as build_dag
from ml_connector.orchestration.replay import build_replay
from ml_connector.store.database import Database
from ml_connector_sandbox.acumatica import simulator as acumatica
from ml_connector_sandbox.cin7 import simulator as cin7
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.core.wire import write_json
from ml_connector_sandbox.scenarios.acumatica_cin7 import scenario

PAIR = "acumatica_cin7"
FLOWS = ("suppliers", "suppliers_to_cin7", "purchase_orders", "supplier_invoices")
UNMAPPED = "INV-00035-1"
"""A bill with an account that no code map knows."""


@dataclass
class World:
    """The simulators' addresses and the connector's database."""

    home: Path
    cin7: str
    acumatica: str

    def begin(self, environment: pytest.MonkeyPatch) -> None:
        """Seed both systems afresh, empty the connector's database, and define the connections."""
        self.scenario = scenario("small")
        purchases = self.scenario.records["cin7"]["purchase"]
        purchases[:] = purchases[:6] + purchases[34:36]  # few, for speed: good ones, and two that must be held
        account = self.scenario.accounts["cin7"]
        for url in (self.cin7, self.acumatica):
            self._ask("POST", url, "reset")
        self._ask("POST", self.cin7, "accounts", account)
        self._ask("PATCH", self.cin7, "settings", {"rate_limit": 100_000})
        self._ask("PATCH", self.acumatica, "settings", {"requests_per_minute": 100_000, "action_polls": 0})
        self._ask(
            "POST", self.cin7, "seed", {"account": account["account_id"], "records": self.scenario.records["cin7"]}
        )
        self._ask("POST", self.acumatica, "seed", {"records": self.scenario.records["acumatica"]})
        with create_session() as session:
            session.execute(delete(Variable))
        for file in self.home.glob("ml_connector.db*"):
            file.unlink()
        for name, value in self.connections().items():
            environment.setenv(f"AIRFLOW_CONN_{name}", json.dumps(value))
        self.deploy()
        environment.setenv("ML_CONNECTOR_PAIRS", str(self.pairs))
        self.import_maps(self.scenario.maps)

    def connections(self) -> dict[str, Any]:
        """Return both systems' connections, by id in capitals."""
        account = self.scenario.accounts["cin7"]
        return {
            "CIN7_DEFAULT": {
                "conn_type": "cin7_core",
                "host": self.cin7,
                "login": account["account_id"],
                "password": account["keys"][0],
                "extra": {"requests_per_minute": 100_000},
            },
            "ACUMATICA_DEFAULT": {
                "conn_type": "acumatica",
                "host": self.acumatica,
                "login": "cin7.sync",
                "password": "sandbox-password",
                "extra": {
                    "client_id": "88358B02-A48D-A50E-F710-39C1636C30F6@ACME",
                    "client_secret": "sandbox-client-secret",
                },
            },
        }

    # --- the connector ---

    @property
    def pairs(self) -> Path:
        """The file of deployments."""
        return self.home / "pairs.yaml"

    @property
    def database(self) -> Database:
        """The connector's database."""
        return Database(f"sqlite:///{self.home / 'ml_connector.db'}")

    def watermark(self, flow: str) -> str | None:
        """Return what the Variable shows."""
        with create_session() as session:
            query = select(Variable).where(Variable.key == f"ml_connector__{PAIR}__{flow}__watermark")
            found = session.scalar(query)
            return None if found is None else str(found.val)

    def import_maps(self, maps: Mapping[str, str]) -> None:
        """Load code maps, given as CSV texts."""
        self.database.migrate()
        for name, text in maps.items():
            file = self.home / f"{name}.csv"
            file.write_text(text, encoding="utf-8")
            self.database.code_maps(PAIR).import_csv(name, file, author="test")

    def deploy(self, *flows: str) -> None:
        """Deploy the pair with these flows, or all: Airflow's test loop waits a second at each task it skips."""
        made: dict[str, Any] = {"pair": PAIR, "retries": 0, "flows": flows or FLOWS, "schedule": "*/15 * * * *"}
        made["options"] = {"acumatica": {"charge_account": "62300"}}
        self.pairs.write_text(json.dumps({"deployments": [made]}), encoding="utf-8")

    def run(self, *, logical_date: dt.datetime | None = None, **params: Any) -> Run:
        """Run the pair's DAG once, as by hand."""
        return Run(build_dag(read(self.pairs)[0]).test(run_conf=params, logical_date=logical_date))

    def replay(self, **params: Any) -> Run:
        """Run the replay DAG once."""
        return Run(build_replay(read(self.pairs)).test(run_conf={"pair": PAIR, **params}))

    # --- the simulators ---

    def stored(self, system: str) -> list[str]:
        """Return the writes that the system took since this was asked last; tokens and refusals left out."""
        url = getattr(self, system)
        calls = self._ask("GET", url, "journal")
        self._ask("DELETE", url, "journal")
        taken = [call for call in calls if call["method"] != "GET" and int(call["status"]) < 400]
        return [f"{call['method']} {call['path']}" for call in taken if "/identity/" not in call["path"]]

    @staticmethod
    def _ask(verb: str, url: str, route: str, body: Any = None) -> Any:
        data = None if body is None else write_json(body)
        answer = requests.request(verb, f"{url}/_sim/{route}", data=data, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass
class Run:
    """One finished DAG run."""

    dag_run: Any

    @property
    def state(self) -> str:
        """How the run ended."""
        return str(self.dag_run.state)

    @property
    def states(self) -> dict[str, str]:
        """Task → how it ended."""
        return {ti.task_id: str(ti.state) for ti in self.dag_run.get_task_instances()}

    @property
    def report(self) -> dict[str, Any]:
        """What `reconcile` said."""
        return dict(self.result("reconcile"))

    def result(self, task_id: str) -> Any:
        """Return what a task left for others."""
        return self.dag_run.get_task_instance(task_id).xcom_pull(task_ids=task_id)


@contextmanager
def worlds(home: Path) -> Iterator[World]:
    """Run both simulators until left."""
    with serve(build(cin7())) as one, serve(build(acumatica())) as other:
        yield World(home, one.url, other.url)

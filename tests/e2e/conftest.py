"""A real Airflow with both simulators for the whole folder, driven through its REST API alone.

All in one on SQLite, or with ``--cluster`` on PostgreSQL and Redis with two Celery workers.
"""

from __future__ import annotations

import copy
import itertools
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ml_connector_sandbox.demo.processes import free_port
from ml_connector_sandbox.demo.stage import PAIR, Stage, stage

RUN_SECONDS = 300.0
ONE_DAY = "0 * 5 10 *"
"""The DAG's schedule: every hour of 5 October, on which the first purchases changed. Unpaused later in the year it
has one scheduled run, of the last interval that is over, and then none for a year, so that nothing disturbs."""


@dataclass
class World:
    """What is running, and what the first run, the scheduled one, was called."""

    stage: Stage
    first_run: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(90001))

    def buy(self, account: str = "", changed: str = "") -> str:
        """Let Cin7 have one more purchase, a service without order, billed and paid; return the bill's number.

        Args:
            account: the GL account of its lines; an ordinary one unless given.
            changed: when it was last changed, as Cin7 says it; now unless given.
        """
        made = copy.deepcopy(next(row for row in self.stage.scenario.records["cin7"]["purchase"] if _is_bill_only(row)))
        number = f"{next(self._numbers)}"
        made |= {"ID": str(uuid.uuid4()), "OrderNumber": f"PO-{number}"}
        made["LastUpdatedDate"] = changed
        if not changed:
            del made["LastUpdatedDate"]  # it is now
        made["Invoice"][0] |= {"TaskID": made["ID"], "InvoiceNumber": f"INV-{number}"}
        for charge in made["Invoice"][0]["AdditionalCharges"]:
            charge["Account"] = account or charge["Account"]
        for part in ("StockReceived", "PutAway"):
            made[part][0]["TaskID"] = made["ID"]
        cin7 = self.stage.simulators["cin7"]
        cin7.call("POST", "seed", {"account": cin7.account, "records": {"purchase": [made]}})
        return f"INV-{number}"

    def finish(self, run_id: str, dag_id: str = PAIR) -> dict[str, Any]:
        """Return the run once it has ended."""
        return self.stage.airflow.wait(dag_id, run_id, RUN_SECONDS, self.stage.family.check)

    def run(self, dag_id: str = PAIR, **params: Any) -> str:
        """Run by hand to the end, successfully; return the run's id."""
        run_id = self.stage.airflow.trigger(dag_id, params)
        ended = self.finish(run_id, dag_id)
        assert ended["state"] == "success", self.logs(run_id, dag_id)
        return run_id

    def report(self, run_id: str) -> dict[str, Any]:
        """Return what reconcile said."""
        found: dict[str, Any] = self.stage.airflow.result(PAIR, run_id, "reconcile")
        return found

    def states(self, run_id: str, dag_id: str = PAIR) -> dict[str, str]:
        """Return task id → state."""
        return {name: row["state"] for name, row in self.stage.airflow.tasks(dag_id, run_id).items()}

    def log(self, run_id: str, task_id: str, dag_id: str = PAIR) -> str:
        """Return the log of a task's latest try."""
        number = self.stage.airflow.tasks(dag_id, run_id)[task_id]["try_number"]
        return self.stage.airflow.log(dag_id, run_id, task_id, number)

    def logs(self, run_id: str, dag_id: str = PAIR) -> str:
        """Return the logs of all tasks that failed."""
        states = self.states(run_id, dag_id)
        return "\n".join(self.log(run_id, name, dag_id) for name, state in states.items() if state == "failed")

    def clear(self, run_id: str, *task_ids: str) -> dict[str, Any]:
        """Clear tasks with everything downstream; return the run once it has ended again."""
        self.stage.airflow.clear(PAIR, run_id, list(task_ids))
        return self.finish(run_id)

    def marks(self) -> dict[str, int]:
        """Return each simulator's latest request number, to ask later what came after."""
        return {name: one.last_request() for name, one in self.stage.simulators.items()}

    def writes(self, since: dict[str, int]) -> list[str]:
        """Return every request after the marks that changed either system; one that was refused changed nothing."""
        return [
            f"{row['method']} {row['path']}"
            for name, one in self.stage.simulators.items()
            for row in one.requests(since[name], "POST,PUT,PATCH,DELETE")
            if row["status"] < 400 and not _signs_in(row["path"])
        ]

    def bills(self, number: str = "") -> list[dict[str, Any]]:
        """Return Acumatica's bills, or those of one supplier's number."""
        rows = self.stage.simulators["acumatica"].state("Bill")
        return [row for row in rows if not number or row["VendorRef"] == number]

    def variables(self) -> dict[str, str]:
        """Return the watermarks: flow → what its Variable shows."""
        rows = self.stage.airflow.call("GET", "/variables", limit=100)["variables"]
        names = {row["key"]: str(row["value"]) for row in rows}
        return {key.split("__")[2]: value for key, value in names.items() if key.startswith("ml_connector__")}

    def set_variable(self, flow: str, value: str) -> None:
        """Change a watermark as a person does under Admin → Variables."""
        name = f"ml_connector__{PAIR}__{flow}__watermark"
        self.stage.airflow.call("PATCH", f"/variables/{name}", {"key": name, "value": value})

    def until(self, ready: Callable[[], Any], what: str, seconds: float = RUN_SECONDS) -> Any:
        """Return what `ready` returns, once that is true."""
        deadline = time.monotonic() + seconds
        while not (found := ready()):
            assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
            self.stage.family.check()
            time.sleep(0.5)  # Airflow is asked again
        return found


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cluster", action="store_true", help="Airflow with PostgreSQL, Redis and two Celery workers")


@pytest.fixture(scope="session")
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[World]:
    """Both systems brought into agreement once, by the scheduled run that unpausing the DAG starts."""
    clustered = bool(pytestconfig.getoption("--cluster", default=False))
    root = (_open_to_all(request) if clustered else tmp_path_factory.mktemp("e2e")) / "demo"
    ports = {name: free_port() for name in ("airflow", "cin7", "acumatica")}
    # from the first parse on: Airflow's scheduler may go on with a DAG that has no runs yet as it was first parsed
    knobs = {"schedule": ONE_DAY, "start_date": "2026-01-01T00:00:00Z", "retries": 0}
    with stage(root, "small", fresh=True, ports=ports, say=print, clustered=clustered, **knobs) as running:
        made = World(running)
        running.airflow.pause(PAIR, paused=False)
        made.until(lambda: running.airflow.has_dag("ml_connector_replay"), "the replay DAG")
        running.airflow.pause("ml_connector_replay", paused=False)
        made.first_run = made.until(lambda: running.airflow.runs(PAIR), "the scheduled run")[0]["dag_run_id"]
        made.finish(made.first_run)
        yield made


def _open_to_all(request: pytest.FixtureRequest) -> Path:
    """Return a folder into which PostgreSQL sees, which runs as another user where root runs this.

    pytest's own folders are closed to others, again whenever another session of it begins.
    """
    folder = Path(tempfile.mkdtemp(prefix="ml-connector-e2e-"))
    folder.chmod(0o755)
    request.addfinalizer(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


def _is_bill_only(purchase: dict[str, Any]) -> bool:
    return bool(purchase["Type"] == "Service Purchase" and purchase["Order"]["Status"] == "NOT AVAILABLE")


def _signs_in(path: str) -> bool:
    return "/connect/token" in path or path.rstrip("/").endswith(("/auth/login", "/auth/logout"))

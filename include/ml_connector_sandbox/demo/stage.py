"""Everything that one demo runs on, started in order and stopped whatever happens."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ml_connector_sandbox.acumatica import world as acumatica_world
from ml_connector_sandbox.demo import airflow_server, simulators
from ml_connector_sandbox.demo.airflow_api import AirflowApi
from ml_connector_sandbox.demo.places import REPOSITORY, Place
from ml_connector_sandbox.demo.processes import Children, DemoError, children, members, wait_for
from ml_connector_sandbox.demo.simulators import Simulator
from ml_connector_sandbox.scenarios.acumatica_cin7 import scenario
from ml_connector_sandbox.scenarios.scenario import Scenario

PAIR = "acumatica_cin7"
SIMULATOR_SECONDS = 60.0
AIRFLOW_SECONDS = 240.0
DAG_SECONDS = 120.0
LEFTOVER_SECONDS = 120.0
SESSIONS = "sessions.json"
"""File of the ids of the sessions that the last demo started."""
Say = Callable[[str], None]


@dataclass
class Stage:
    """What is running.

    Args:
        first: whether both systems were seeded just now; False when the state of an earlier demo goes on.
    """

    place: Place
    scenario: Scenario
    ports: dict[str, int]
    family: Children
    simulators: dict[str, Simulator]
    airflow: AirflowApi
    first: bool = True

    def deploy(self, *, quiet: bool, **knobs: object) -> None:
        """Write the pairs file.

        Args:
            quiet: no scheduled run before the day after tomorrow; else those that are due.
            knobs: further keys of the deployment.
        """
        ahead = dt.timedelta(days=2 if quiet else -60)
        start = (dt.datetime.now(dt.timezone.utc) + ahead).replace(hour=0, minute=0, second=0, microsecond=0)
        deployment = {"pair": PAIR, "start_date": start.isoformat(), **CHOSEN, **knobs}
        part = self.place.pairs.with_suffix(".part")
        part.write_text(json.dumps({"deployments": [deployment]}, indent=2), encoding="utf-8")  # JSON is YAML
        part.replace(self.place.pairs)  # Airflow may be reading it

    def connect(self) -> None:
        """Create the Airflow connections to both simulators."""
        cin7, url = self.scenario.accounts["cin7"], self.simulators["cin7"].url
        self.airflow.put_connection(
            "cin7_default",
            conn_type="cin7_core",
            host=url,
            login=cin7["account_id"],
            password=cin7["keys"][0],
            extra=json.dumps({"requests_per_minute": simulators.RAISED_LIMITS["cin7"]["rate_limit"]}),
        )
        application = {
            "client_id": acumatica_world.CLIENT_ID,
            "client_secret": acumatica_world.CLIENT_SECRET,
            "grant": "password",
        }
        self.airflow.put_connection(
            "acumatica_default",
            conn_type="acumatica",
            host=self.simulators["acumatica"].url,
            login=acumatica_world.LOGIN,
            password=acumatica_world.PASSWORD,
            extra=json.dumps(application),
        )

    def import_maps(self, maps: dict[str, str] | None = None) -> str:
        """Import code maps (map name → CSV text; the scenario's unless given) and return what was said.

        Raises:
            DemoError: they were refused.
        """
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (maps or self.scenario.maps).items():
                (Path(folder) / f"{name}.csv").write_text(text, encoding="utf-8")
            return self.command("maps", "import", PAIR, folder)

    def command(self, *words: str) -> str:
        """Return what ``ml-connector <words>`` prints.

        Raises:
            DemoError: it failed.
        """
        command = [sys.executable, "-m", "ml_connector.cli", *words]
        env = {
            **airflow_server.clean_environment(),
            "PYTHONPATH": str(REPOSITORY / "include"),
            "ML_CONNECTOR_DB": self.place.database,
        }
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise DemoError(f"ml-connector {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout


CHOSEN: dict[str, object] = {
    "retries": 1,
    "options": {
        "acumatica": {
            "warehouse": "WHOLESALE",
            "charge_account": "62300",
            "default_country": "US",
            "settle_seconds": 3,
        }
    },
}
"""What the demo's company has chosen: one retry, and the simulator never keeps a request waiting for minutes."""


@contextmanager
def stage(root: Path, scale: str, *, fresh: bool, ports: dict[str, int], say: Say, **knobs: object) -> Iterator[Stage]:
    """Yield simulators and Airflow, up and connected; all of it is stopped on leaving.

    `knobs` are further keys of the deployment, in force from the first parse of the DAG.

    Raises:
        DemoError: something did not start, or another demo runs in the same folder.
    """
    place = Place(root.resolve())
    with _alone(place.root), children(place.logs) as family:
        _wait_for_the_last(place, family, say)
        place.prepare(fresh=fresh)
        made, first = scenario(_scale(place, scale)), not (place.state / "seeded").exists()
        taken = place.ports(ports)
        airflow = AirflowApi(f"http://127.0.0.1:{taken['airflow']}", airflow_server.USER, airflow_server.PASSWORD)
        running = Stage(place, made, taken, family, simulators.start(place, taken, made, family), airflow, first)
        running.deploy(quiet=True, **knobs)
        say(f"starting Airflow at {airflow.url} and simulators of {', '.join(running.simulators)}")
        airflow_server.start(place, taken["airflow"], family)
        (place.root / SESSIONS).write_text(json.dumps([child.process.pid for child in family.all]))
        _seed(running, say)
        running.import_maps()
        _wait_for_airflow(running)
        running.connect()
        _wait_for_dag(running)
        _end_old_runs(running)
        try:
            yield running
        finally:
            say("stopping Airflow and the simulators")
            family.stop()
            (place.root / SESSIONS).unlink(missing_ok=True)


def _wait_for_the_last(place: Place, family: Children, say: Say) -> None:
    """Wait for what a demo that was killed outright has left: it ends by itself, but not at once."""
    path = place.root / SESSIONS
    sessions = set(json.loads(path.read_text())) if path.exists() else set()
    left = members(sessions)
    if left:
        say("waiting for the processes of the last demo, which was killed, to end")
        what = f"an end of processes {left} (if they are others by now, delete {path})"
        wait_for(what, lambda: not members(sessions), LEFTOVER_SECONDS, family)


def _scale(place: Place, asked: str) -> str:
    """Return the scale of the state that is there; DemoError when another one is asked for."""
    path = place.state / "scale"
    there = path.read_text() if path.exists() else ""
    if there and asked and there != asked:
        raise DemoError(f"{place.root} holds a demo of scale {there}; use --fresh (make fresh) for scale {asked}")
    chosen = there or asked or "default"
    path.write_text(chosen)
    return chosen


def _seed(running: Stage, say: Say) -> None:
    for system, simulator in running.simulators.items():
        wait_for(f"the simulator of {system}", simulator.is_up, SIMULATOR_SECONDS, running.family, pause=0.1)
    if running.first:
        simulators.seed(running.simulators, running.scenario)
        (running.place.state / "seeded").touch()
    simulators.raise_limits(running.simulators)
    say("both systems are seeded; the simulators' rate limits are raised for the demo")


def _wait_for_airflow(running: Stage) -> None:
    def ready() -> bool:
        log = running.family.all[-1].log.read_text(encoding="utf-8", errors="replace")
        if "address already in use" in log.lower():
            raise DemoError(f"something else listens on {running.airflow.url} by now; try again, or give --ports")
        return running.airflow.is_healthy()

    wait_for("Airflow", ready, AIRFLOW_SECONDS, running.family)
    if running.airflow.name() != airflow_server.instance_name(running.place):
        raise DemoError(f"{running.airflow.url} is another Airflow, {running.airflow.name()!r}; nothing was done to it")


def _wait_for_dag(running: Stage) -> None:
    def ready() -> bool:
        errors = running.airflow.import_errors()
        if errors:
            raise DemoError("Airflow cannot import the DAGs:\n" + "\n".join(errors))
        return running.airflow.has_dag(PAIR)

    wait_for(f"the DAG {PAIR}", ready, DAG_SECONDS, running.family)


def _end_old_runs(running: Stage) -> None:
    """Mark runs that an interrupted demo left behind as failed, so that they do not run on."""
    for run in running.airflow.runs(PAIR):
        if run["state"] in {"running", "queued"}:
            running.airflow.call("PATCH", f"/dags/{PAIR}/dagRuns/{run['dag_run_id']}", {"state": "failed"})


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    root.parent.mkdir(parents=True, exist_ok=True)
    with root.with_name(f".{root.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DemoError(f"another demo runs in {root}; stop it first") from None
        yield

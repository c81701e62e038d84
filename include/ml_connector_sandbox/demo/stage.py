"""Everything that one demo runs on, started in order and stopped whatever happens."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ml_connector_sandbox.demo import airflow_server, cluster, simulators
from ml_connector_sandbox.demo.airflow_api import AirflowApi
from ml_connector_sandbox.demo.company import connections
from ml_connector_sandbox.demo.places import REPOSITORY, Place
from ml_connector_sandbox.demo.processes import Children, DemoError, children, members, wait_for
from ml_connector_sandbox.demo.show import Show, show
from ml_connector_sandbox.demo.simulators import Simulator
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
class Running:
    """One pair that is running.

    Args:
        first: whether both its systems were seeded just now; False when the state of an earlier demo goes on.
    """

    show: Show
    scenario: Scenario
    simulators: dict[str, Simulator]
    first: bool


@dataclass
class Stage:
    """What is running; `knobs` are further keys of every deployment."""

    place: Place
    ports: dict[str, int]
    family: Children
    pairs: dict[str, Running]
    airflow: AirflowApi
    knobs: dict[str, Any] = field(default_factory=dict)
    cluster: cluster.Cluster | None = None

    @property
    def database(self) -> str:
        """URL of the connector's database."""
        return self.cluster.url(cluster.DATABASES[1]) if self.cluster else self.place.database

    @property
    def scenario(self) -> Scenario:
        """The scenario of the first pair."""
        return next(iter(self.pairs.values())).scenario

    @property
    def simulators(self) -> dict[str, Simulator]:
        """The systems of the first pair."""
        return next(iter(self.pairs.values())).simulators

    def deploy(self, *, quiet: bool) -> None:
        """Write the pairs file.

        Args:
            quiet: no scheduled run before the day after tomorrow; else those that are due.
        """
        ahead = dt.timedelta(days=2 if quiet else -60)
        start = (dt.datetime.now(dt.timezone.utc) + ahead).replace(hour=0, minute=0, second=0, microsecond=0)
        deployments = [
            {
                "pair": pair,
                "start_date": start.isoformat(),
                "connections": {"cin7": one.show.cin7_connection},
                "retries": 1,
                **one.show.chosen,
                **self.knobs,
            }
            for pair, one in self.pairs.items()
        ]
        part = self.place.pairs.with_suffix(".part")
        part.write_text(json.dumps({"deployments": deployments}, indent=2), encoding="utf-8")  # JSON is YAML
        part.replace(self.place.pairs)  # Airflow may be reading it

    def connect(self) -> None:
        """Create the Airflow connections to all simulators."""
        for one in self.pairs.values():
            urls = {name: simulator.url for name, simulator in one.simulators.items()}
            for name, held in connections(one.show, one.scenario, urls).items():
                self.airflow.put_connection(name, **held)
        if self.cluster:
            self.airflow.put_connection("ml_connector_db", **self.cluster.connection)

    def import_maps(self, maps: dict[str, str] | None = None, pair: str = PAIR) -> str:
        """Import code maps (map name → CSV text; the scenario's unless given) and return what was said.

        Raises:
            DemoError: they were refused.
        """
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (maps or self.pairs[pair].scenario.maps).items():
                (Path(folder) / f"{name}.csv").write_text(text, encoding="utf-8")
            return self.command("maps", "import", pair, folder)

    def is_changed(self, pair: str) -> bool:
        """Tell whether people have changed the pair's records already, in this demo or an earlier one."""
        return (self.place.state / f"changed-{pair}").exists()

    def change(self, pair: str) -> int:
        """Have people change what the pair's show says, once for all demos of this state; return how many records.

        That it has been done is on disk before it is done: a demo that was interrupted meanwhile does it again.
        """
        one = self.pairs[pair]
        changes = one.show.later(one.scenario) if one.show.later else []
        (self.place.state / f"changed-{pair}").touch()
        for change in changes:
            one.simulators[change.system].edit(change.entity, change.record_id, **change.changes)
        return len(changes)

    def command(self, *words: str) -> str:
        """Return what ``ml-connector <words>`` prints, in the environment of this Airflow.

        Raises:
            DemoError: it failed.
        """
        done = self.commanded(*words)
        if done.returncode:
            raise DemoError(f"ml-connector {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def commanded(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Return how ``ml-connector <words>`` ended."""
        env = {
            **airflow_server.environment(self.place, self.ports["airflow"], self.cluster),
            "PYTHONPATH": str(REPOSITORY / "include"),
            "ML_CONNECTOR_DB": self.database,
        }
        command = [sys.executable, "-m", "ml_connector.cli", *words]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603


@contextmanager
def stage(
    root: Path,
    scale: str,
    *,
    fresh: bool,
    ports: dict[str, int],
    say: Say,
    pairs: Sequence[str] = (PAIR,),
    clustered: bool = False,
    **knobs: object,
) -> Iterator[Stage]:
    """Yield simulators and Airflow, up and connected; all of it is stopped on leaving.

    `knobs` are further keys of every deployment, in force from the first parse of the DAGs. With `clustered` Airflow
    has PostgreSQL, Redis and two Celery workers.

    Raises:
        DemoError: something did not start, or another demo runs in the same folder.
    """
    place = Place(root.resolve())
    with _alone(place.root), children(place.logs) as family:
        _wait_for_the_last(place, family, say)
        place.prepare(fresh=fresh)
        chosen = [show(pair) for pair in pairs]
        systems = list(dict.fromkeys(["cin7", *(one.partner for one in chosen)]))
        before = place.last_ports()
        taken = place.ports(ports, ["airflow", *systems])
        urls = simulators.start(place, taken, systems, family)
        airflow = AirflowApi(f"http://127.0.0.1:{taken['airflow']}", airflow_server.USER, airflow_server.PASSWORD)
        made = _pairs(place, chosen, _scale(place, scale), urls)
        servers = cluster.start(place, family) if clustered else None
        running = Stage(place, taken, family, made, airflow, dict(knobs), servers)
        running.deploy(quiet=True)
        say(f"starting Airflow at {airflow.url} and simulators of {', '.join(systems)}")
        airflow_server.start(place, taken["airflow"], family, servers)
        (place.root / SESSIONS).write_text(json.dumps([child.process.pid for child in family.all]))
        _seed(running, urls, say)
        for pair in made:
            running.import_maps(pair=pair)
            if running.is_changed(pair):
                running.change(pair)
        _wait_for_airflow(running)
        running.connect()
        moved = {name for name in systems if before.get(name, taken[name]) != taken[name]}
        for pair in (pair for pair, one in made.items() if moved & {"cin7", one.show.partner} and not one.first):
            running.command("systems", "accept", pair)  # the same company under a new address
        _wait_for_dags(running)
        _end_old_runs(running)
        try:
            yield running
        finally:
            say("stopping Airflow and the simulators")
            family.stop()
            (place.root / SESSIONS).unlink(missing_ok=True)


def _pairs(place: Place, chosen: Sequence[Show], scale: str, urls: dict[str, str]) -> dict[str, Running]:
    made = {}
    for one in chosen:
        world = one.scenario(scale)
        first = not (place.state / f"seeded-{one.pair}").exists()
        made[one.pair] = Running(one, world, simulators.of_scenario(urls, world), first)
    return made


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


def _seed(running: Stage, urls: dict[str, str], say: Say) -> None:
    for system, url in urls.items():
        wait_for(
            f"the simulator of {system}",
            Simulator(system, url, None).is_up,
            SIMULATOR_SECONDS,
            running.family,
            pause=0.1,
        )
    for pair, one in running.pairs.items():
        if one.first:
            simulators.seed(one.simulators, one.scenario)
            (running.place.state / f"seeded-{pair}").touch()
        one.simulators["cin7"].call("PATCH", "settings", simulators.CIN7_LIMITS)
        one.simulators[one.show.partner].call("PATCH", "settings", one.show.limits)
    say("all systems are seeded; the simulators' rate limits are raised for the demo")


def _wait_for_airflow(running: Stage) -> None:
    def ready() -> bool:
        log = running.family.all[-1].log.read_text(encoding="utf-8", errors="replace")
        if "address already in use" in log.lower():
            raise DemoError(f"something else listens on {running.airflow.url} by now; try again, or give --ports")
        return running.airflow.is_healthy()

    wait_for("Airflow", ready, AIRFLOW_SECONDS, running.family)
    if running.airflow.name() != airflow_server.instance_name(running.place):
        raise DemoError(f"{running.airflow.url} is another Airflow, {running.airflow.name()!r}; nothing was done to it")


def _wait_for_dags(running: Stage) -> None:
    def ready() -> bool:
        errors = running.airflow.import_errors()
        if errors:
            raise DemoError("Airflow cannot import the DAGs:\n" + "\n".join(errors))
        return all(running.airflow.has_dag(pair) for pair in running.pairs)

    wait_for(f"the DAGs {', '.join(running.pairs)}", ready, DAG_SECONDS, running.family)


def _end_old_runs(running: Stage) -> None:
    """Mark runs that an interrupted demo left behind as failed, so that they do not run on."""
    for pair in running.pairs:
        for run in running.airflow.runs(pair):
            if run["state"] in {"running", "queued"}:
                running.airflow.call("PATCH", f"/dags/{pair}/dagRuns/{run['dag_run_id']}", {"state": "failed"})


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    root.parent.mkdir(parents=True, exist_ok=True)
    with root.with_name(f".{root.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DemoError(f"another demo runs in {root}; stop it first") from None
        yield

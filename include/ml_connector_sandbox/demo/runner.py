"""One demo from start to end."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from ml_connector_sandbox.demo import airflow_server, report, witness
from ml_connector_sandbox.demo.follow import Follower, follow
from ml_connector_sandbox.demo.processes import DemoError
from ml_connector_sandbox.demo.stage import PAIR, Stage, stage

RUN_SECONDS = {"small": 300.0, "default": 900.0, "full": 7200.0}
"""Deadline of the run."""


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    root: Path
    scale: str = ""
    fresh: bool = False
    serve: bool = False
    ports: dict[str, int] = field(default_factory=dict)


def run(asked: Asked, console: Console) -> bool:
    """Run the demo and return whether both sides agree.

    Raises:
        DemoError: it could not be carried out.
    """
    started = time.monotonic()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    with stage(asked.root, asked.scale, fresh=asked.fresh, ports=asked.ports, say=say) as running:
        say(f"up after {time.monotonic() - started:.0f} s; log-in {airflow_server.USER} / {airflow_server.PASSWORD}")
        fine = _one_run(running, console, started)
        if asked.serve:
            _serve(running, console)
    return fine


def _one_run(running: Stage, console: Console, started: float) -> bool:
    (running.place.root / "summary.json").unlink(missing_ok=True)
    run_id = running.airflow.trigger(PAIR)
    running.airflow.pause(PAIR, paused=False)
    console.print(f"triggered {PAIR}, run {run_id}", highlight=False)
    follower = Follower(running.airflow, PAIR, run_id, lambda text: console.print(text, markup=False, highlight=False))
    ended = follow(follower, running.family, RUN_SECONDS[running.scenario.scale])
    result = running.airflow.result(PAIR, run_id, "reconcile")
    if result is None:
        raise DemoError(f"the run ended as {ended['state']}, without a reconciliation\n{follower.trouble()}")
    verdict = witness.look(running.simulators, running.scenario, untouched=running.first)
    told = report.summary(PAIR, result, verdict, time.monotonic() - started)
    report.write(running.place.root / "summary.json", told)
    report.show(console, PAIR, told)
    report.show_verdict(console, verdict)
    console.print(_written(running), highlight=False)
    fine = ended["state"] == "success" and bool(told["pairs"][PAIR]["agree"])
    if ended["state"] != "success":
        console.print(follower.trouble(), markup=False, highlight=False)
    word = "[green]both sides agree[/]" if fine else "[bold red]both sides do NOT agree[/]"
    console.print(f"{PAIR}: {word}; {told['seconds']:.0f} s; numbers in {running.place.root / 'summary.json'}")
    return fine


def _written(running: Stage) -> str:
    """Return how many requests wrote in this demo, as the simulators' journals have them."""
    told = []
    for name, simulator in running.simulators.items():
        wrote, refused = simulator.writes()
        told.append(f"{wrote} to {name}" + (f" (and {refused} that it refused)" if refused else ""))
    return f"Requests that wrote something: {', '.join(told)}"


def _serve(running: Stage, console: Console) -> None:
    running.deploy(quiet=False)
    console.rule()
    console.print(f"Airflow    {running.airflow.url}   log-in {airflow_server.USER} / {airflow_server.PASSWORD}")
    for system, simulator in running.simulators.items():
        console.print(f"{system:<10} {simulator.url}   control routes under /_sim")
    console.print("The pair now runs on its schedule. Ctrl-C stops everything.")
    while True:
        running.family.check()
        time.sleep(1)


def stop_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the demo as Ctrl-C does, and children start with the usual handling of Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)

"""One demo from start to end."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from ml_connector_sandbox.demo import airflow_server, report
from ml_connector_sandbox.demo.follow import Follower, follow
from ml_connector_sandbox.demo.processes import DemoError
from ml_connector_sandbox.demo.show import SHOWS
from ml_connector_sandbox.demo.stage import Stage, stage
from ml_connector_sandbox.demo.waiting import show_waiting, waiting

RUN_SECONDS = {"small": 300.0, "default": 900.0, "full": 7200.0}
"""Deadline of the run."""


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    root: Path
    scale: str = ""
    pairs: tuple[str, ...] = ()
    fresh: bool = False
    serve: bool = False
    ports: dict[str, int] = field(default_factory=dict)


def run(asked: Asked, console: Console) -> bool:
    """Run the demo and return whether both sides of every pair agree.

    Raises:
        DemoError: it could not be carried out.
    """
    started = time.monotonic()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    with stage(
        asked.root, asked.scale, fresh=asked.fresh, ports=asked.ports, pairs=asked.pairs or tuple(SHOWS), say=say
    ) as running:
        say(f"up after {time.monotonic() - started:.0f} s; log-in {airflow_server.USER} / {airflow_server.PASSWORD}")
        fine = _all_runs(running, console, started)
        if asked.serve:
            _serve(running, console)
    return fine


def _all_runs(running: Stage, console: Console, started: float) -> bool:
    """Run every pair, and again those in which people change something meanwhile; print and write what came of it."""
    path = running.place.root / "summary.json"
    path.unlink(missing_ok=True)
    told: dict[str, Any] = {"pairs": {}, "seconds": 0.0}
    fine = _one_run_each(running, console, tuple(running.pairs), told["pairs"])
    again = [pair for pair, one in running.pairs.items() if one.show.later and not running.is_changed(pair)]
    for pair in again:
        console.rule()
        console.print(f"{pair}: {running.change(pair)} records are changed by people; a second run", highlight=False)
    if again:
        second: dict[str, Any] = {}
        fine = _one_run_each(running, console, again, second) and fine
        for pair, one in second.items():
            told["pairs"][pair]["second_run"] = one
    told["seconds"] = round(time.monotonic() - started, 1)
    report.write(path, told)
    console.print(_written(running), highlight=False)
    word = "[green]both sides agree[/]" if fine else "[bold red]both sides do NOT agree[/]"
    console.print(f"{', '.join(running.pairs)}: {word}; {told['seconds']:.0f} s; numbers in {path}")
    return fine


def _one_run_each(running: Stage, console: Console, pairs: Sequence[str], told: dict[str, Any]) -> bool:
    """Run pairs once, all at the same time; print what came of it and add it to `told`."""

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    followers = {pair: Follower(running.airflow, pair, running.airflow.trigger(pair), say) for pair in pairs}
    for pair, one in followers.items():
        running.airflow.pause(pair, paused=False)
        say(f"triggered {pair}, run {one.run_id}")
    scale = next(iter(running.pairs.values())).scenario.scale
    ended = follow(list(followers.values()), running.family, RUN_SECONDS[scale])
    fine = True
    for pair, follower in followers.items():
        fine = _tell(running, console, follower, ended[pair], told) and fine
    return fine


def _tell(running: Stage, console: Console, follower: Follower, ended: dict[str, Any], told: dict[str, Any]) -> bool:
    """Print what one pair's run did, add it to `told`, and return whether both sides agree."""
    pair = follower.dag_id
    one = running.pairs[pair]
    result = running.airflow.result(pair, follower.run_id, "reconcile")
    if result is None:
        raise DemoError(f"the run of {pair} ended as {ended['state']}, without a reconciliation\n{follower.trouble()}")
    verdict = one.show.look(one.simulators, one.scenario, one.first)
    told[pair] = {**report.of_pair(result, verdict), "waiting": waiting(running, pair)}
    report.show(console, pair, told[pair])
    show_waiting(console, pair, told[pair]["waiting"])
    report.show_verdict(console, verdict)
    if one.show.compares_accounts:
        console.print(f"ml-connector accounts {pair}", style="bold")
        console.print(running.command("accounts", pair), markup=False, highlight=False)
    if ended["state"] != "success":
        console.print(follower.trouble(), markup=False, highlight=False)
    return ended["state"] == "success" and bool(told[pair]["agree"])


def _written(running: Stage) -> str:
    """Return how many requests wrote in this demo, as the simulators' journals have them."""
    told = []
    every = {name: one for pair in running.pairs.values() for name, one in pair.simulators.items()}
    for name, simulator in every.items():
        wrote, refused = simulator.writes()
        told.append(f"{wrote} to {name}" + (f" (and {refused} that it refused)" if refused else ""))
    return f"Requests that wrote something: {', '.join(told)}"


def _serve(running: Stage, console: Console) -> None:
    running.deploy(quiet=False)
    console.rule()
    console.print(f"Airflow    {running.airflow.url}   log-in {airflow_server.USER} / {airflow_server.PASSWORD}")
    for system, port in running.ports.items():
        if system != "airflow":
            console.print(f"{system:<10} http://127.0.0.1:{port}   control routes under /_sim")
    console.print("The pairs now run on their schedules. Ctrl-C stops everything.")
    while True:
        running.family.check()
        time.sleep(1)


def stop_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the demo as Ctrl-C does, and children start with the usual handling of Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)

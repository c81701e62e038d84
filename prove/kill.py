"""The kill test: a real Airflow of several processes, of which one is killed while documents are loaded, many times.

``python -m prove.kill``, or ``make kill-test``. PostgreSQL, Redis, two Celery workers, the scheduler and the simulators
are real processes on this machine. In each round people add bills in Cin7, and a run moves them to Acumatica.
As soon as a number of writes drawn by lot has reached Acumatica, one of the processes gets SIGKILL. A run that fails is
cleared, as a person would do it. Then the books of Acumatica are looked at, without the connector.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import signal
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import requests
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from ml_connector_sandbox.demo.acumatica_cin7 import look
from ml_connector_sandbox.demo.airflow_api import FINISHED, ApiError
from ml_connector_sandbox.demo.airflow_server import WORKERS, tasks_of
from ml_connector_sandbox.demo.processes import DemoError, free_port
from ml_connector_sandbox.demo.runner import stop_on_signals
from ml_connector_sandbox.demo.stage import PAIR, Stage, stage
from ml_connector_sandbox.scenarios.acumatica_cin7 import documents

T = TypeVar("T")
SUMMARY = Path("build/prove/kill.json")
BILLS = 10
"""New in each round; each takes three writes or so."""
KINDS = ("task", "supervisor", "worker", "scheduler")
RUN_SECONDS = 900.0
MOST_CLEARS = 5


@dataclass
class Round:
    """What happened in a round.

    Args:
        killed: what was killed after how many writes to Acumatica.
        cleared: how often a person had to clear failed tasks.
        bills: Acumatica has of the round's bills: how many once, more than once, not at all, otherwise than meant.
    """

    number: int
    killed: list[str] = field(default_factory=list)
    cleared: int = 0
    seconds: float = 0.0
    once: int = 0
    doubled: int = 0
    lost: int = 0
    otherwise: int = 0

    @property
    def is_well(self) -> bool:
        """Whether every bill stands there once, as meant, and something was killed."""
        return bool(self.killed) and self.doubled == self.lost == self.otherwise == 0


@dataclass
class KillTest:
    """The rounds on one stage; `seed` decides who is killed and when."""

    stage: Stage
    seed: int
    rounds: list[Round] = field(default_factory=list)
    bought: dict[str, Decimal] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(90001))

    def __post_init__(self) -> None:
        self.lot = random.Random(self.seed)  # noqa: S311 - a lot, no secret

    def play(self, number: int) -> Round:
        """Play one round to its end."""
        begun, made = time.monotonic(), Round(number)
        self.rounds.append(made)
        new = [self._buy() for _ in range(BILLS)]
        kind, after = KINDS[(number - 1) % len(KINDS)], self.lot.randint(1, 3 * BILLS - 6)
        mark = self.stage.simulators["acumatica"].last_request()
        run_id = self._patiently(lambda: self.stage.airflow.trigger(PAIR))
        self._kill_after(mark, after, kind, run_id, made)
        while self._end_of(run_id) != "success" and made.cleared < MOST_CLEARS:
            made.cleared += 1
            self._clear(run_id)
        self._count(new, made)
        made.seconds = round(time.monotonic() - begun, 1)
        return made

    def _kill_after(self, mark: int, writes: int, kind: str, run_id: str, made: Round) -> None:
        """Kill once so many writes have come, or shortly before the run would end without."""
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            come = self.stage.simulators["acumatica"].writes(mark)[0]
            if come >= writes and self._kill(kind):
                made.killed.append(f"{kind} after {come} writes")
                return
            if come and self._state(run_id) in FINISHED:
                return
            time.sleep(0.05)

    def _kill(self, kind: str) -> bool:
        """Kill a process of that kind with SIGKILL; False when there is none now."""
        if kind == "scheduler":
            self.stage.family.kill(self.stage.family.named("scheduler"))
            return True
        for name in WORKERS:
            worker = self.stage.family.named(name)
            tasks = tasks_of(worker)
            if tasks and kind == "worker":
                self.stage.family.kill(worker)
                return True
            for pid in tasks:
                with suppress(ProcessLookupError):
                    os.kill(pid if kind == "task" else _parent(pid), signal.SIGKILL)
            if tasks:
                return True
        return False

    # --- Airflow, which may be away for a moment ---

    @staticmethod
    def _patiently(ask: Callable[[], T]) -> T:
        away = retry_if_exception_type((requests.RequestException, ApiError))
        tries = Retrying(retry=away, wait=wait_fixed(1), stop=stop_after_delay(RUN_SECONDS), reraise=True)
        return tries(ask)

    def _state(self, run_id: str) -> str:
        return str(self._patiently(lambda: self.stage.airflow.run(PAIR, run_id))["state"])

    def _end_of(self, run_id: str) -> str:
        found = self._patiently(lambda: self.stage.airflow.wait(PAIR, run_id, RUN_SECONDS, self.stage.family.check))
        return str(found["state"])

    def _clear(self, run_id: str) -> None:
        """Clear what failed, as a person does it."""
        tasks = self._patiently(lambda: self.stage.airflow.tasks(PAIR, run_id))
        failed = [name for name, row in tasks.items() if row["state"] in {"failed", "upstream_failed"}]
        self._patiently(lambda: self.stage.airflow.clear(PAIR, run_id, failed))
        time.sleep(1)

    # --- bills ---

    def _buy(self) -> str:
        """Let Cin7 have one more purchase, a service without order, billed and paid; return the bill's number."""
        cin7, number = self.stage.simulators["cin7"], f"{next(self._numbers)}"
        purchases = self.stage.scenario.records["cin7"]["purchase"]
        made = copy.deepcopy(next(row for row in purchases if _is_bill_only(row)))
        made |= {"ID": str(uuid.uuid4()), "OrderNumber": f"PO-{number}"}
        del made["LastUpdatedDate"]  # it is now
        made["Invoice"][0] |= {"TaskID": made["ID"], "InvoiceNumber": f"INV-{number}"}
        for part in ("StockReceived", "PutAway"):
            made[part][0]["TaskID"] = made["ID"]
        cin7.call("POST", "seed", {"account": cin7.account, "records": {"purchase": [made]}})
        (bill,) = [one for one in documents(made) if one.kind == "bill"]
        self.bought[bill.number] = bill.gross
        return bill.number

    def _count(self, numbers: list[str], into: Round) -> None:
        """Count what Acumatica's books have of these bills."""
        rows = self.stage.simulators["acumatica"].state("Bill")
        found = Counter(row["VendorRef"] for row in rows)
        fine = {row["VendorRef"]: row["Amount"] for row in rows if row["Status"] in {"Open", "Closed"}}
        for number in numbers:
            into.doubled += found[number] > 1
            into.lost += found[number] == 0
            is_fine = Decimal(fine.get(number, -1)) == self.bought[number]
            into.once += found[number] == 1 and is_fine
            into.otherwise += found[number] == 1 and not is_fine

    # --- at the end ---

    def at_the_end(self) -> list[str]:
        """Return what is wrong once all rounds are over: any bill, the trail, a run that still changes something."""
        every = Round(0)
        self._count(list(self.bought), every)
        wrong = [f"{every.doubled} bills doubled, {every.lost} lost, {every.otherwise} otherwise than meant"]
        wrong = wrong if every.doubled or every.lost or every.otherwise else []
        wrong += list(look(self.stage.simulators, self.stage.scenario).wrong)
        marks = {name: one.last_request() for name, one in self.stage.simulators.items()}
        run_id = self.stage.airflow.trigger(PAIR)
        if self._end_of(run_id) != "success":
            wrong.append("a further run failed")
        changed = {name: one.writes(marks[name])[0] for name, one in self.stage.simulators.items()}
        wrong += [f"a further run wrote {n} times to {name}" for name, n in changed.items() if n]
        report = self.stage.airflow.result(PAIR, run_id, "reconcile") or {}
        wrong += [] if report.get("agree") else [f"both sides differ: {report.get('differences')}"]
        try:
            self.stage.command("audit", "verify")
        except DemoError as error:
            wrong.append(str(error))
        return wrong


def _parent(pid: int) -> int:
    """Return who started a process: of a task, its supervisor; the task itself goes on for a while without it."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def _is_bill_only(purchase: dict[str, Any]) -> bool:
    return bool(purchase["Type"] == "Service Purchase" and purchase["Order"]["Status"] == "NOT AVAILABLE")


def main() -> int:
    """Play the rounds; return 0 when all of them and their end are well."""
    asked = _asked()
    stop_on_signals()
    root = Path(tempfile.mkdtemp(prefix="ml-connector-kill-"))
    ports = {name: free_port() for name in ("airflow", "cin7", "acumatica")}
    root.chmod(0o755)  # PostgreSQL runs as another user where root runs this
    say(f"seed {asked.seed}; state and logs in {root}")
    with stage(root / "stage", "small", fresh=True, ports=ports, say=say, clustered=True, retries=0) as running:
        test = KillTest(running, asked.seed)
        running.airflow.pause(PAIR, paused=False)
        first = running.airflow.trigger(PAIR)
        say(f"both systems are brought into agreement first: {running.airflow.wait(PAIR, first, RUN_SECONDS)['state']}")
        for number in range(1, asked.rounds + 1):
            made = test.play(number)
            say(f"round {number}: {made.seconds:.0f} s; killed {', '.join(made.killed) or 'nobody'}; cleared "
                f"{made.cleared} times; {made.once} bills once, {made.doubled} doubled, {made.lost} lost, "
                f"{made.otherwise} otherwise")  # fmt: skip
        wrong = test.at_the_end()
    told = {"seed": asked.seed, "rounds": [asdict(one) for one in test.rounds], "wrong": wrong}
    SUMMARY.parent.mkdir(parents=True, exist_ok=True)
    SUMMARY.write_text(json.dumps(told, indent=2), encoding="utf-8")
    for line in wrong:
        say(f"wrong: {line}")
    well = not wrong and all(one.is_well for one in test.rounds)
    say(f"{len(test.rounds)} rounds, {sum(one.once for one in test.rounds)} bills; "
        f"{'all is well' if well else 'NOT well'}; written to {SUMMARY}")  # fmt: skip
    return 0 if well else 1


def say(line: str) -> None:
    """Show a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m prove.kill", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="20 unless given")
    parser.add_argument("--seed", type=int, default=7, help="who is killed and when")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

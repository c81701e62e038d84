"""How many calls each pair makes: in its first load, and in a quiet run, when nothing has changed.

Each pair's tasks run one after the other against both simulators over real HTTP, on a clock of their own
(`prove.stage`), in a process of its own: ``python -m bench.calls PAIR``. The simulators' journals tell what was called.

The least is counted from the calls themselves: every write, and every question once. A question is in excess when the
same one, but for time stamps, was answered before in the run and nothing was written to that system since. What the
protocols themselves ask for (a token, QAD's checks of each field, Infor's polls of a job) is in the least.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

from bench.figures import Row, at_most, load

QUIET = {"acumatica_cin7": 30, "cin7_qad": 23, "ifs_cin7": 48, "infor_cin7": 33, "syspro_cin7": 40}
"""Pair → the calls that a quiet run may make."""
QUIET_SECONDS = 2.0
"""Processor time of the bodies of all its tasks, with both simulators."""
_STAMP = re.compile(r"\d{4}-\d\d-\d\d(T|%20| )?[\d:.%A-Za-z]*Z?|(?<!\d)20\d{6}(?!\d)")
READS = {"GET", "HEAD"}
_NUMBER = re.compile(r"(?<=/)[\w-]*\d{4}[\w-]*")
POLL = "/status/"
"""Acumatica is asked how an action goes until it has ended."""


def per_document() -> list[Row]:
    """Return calls against the least for each pair, and what a quiet run costs."""
    rows = []
    for pair, most in QUIET.items():
        first, quiet = _measure(pair)
        rows += [
            at_most(f"{pair}, first load: calls to the least", first["calls"] / first["least"], 1.15, _told(first)),
            at_most(f"{pair}, quiet run: calls to the least", quiet["calls"] / quiet["least"], 1.05, _told(quiet)),
            at_most(f"{pair}, quiet run: calls", quiet["calls"], most, f"{quiet['tasks']} tasks"),
            at_most(f"{pair}, quiet run: processor seconds", quiet["seconds"], QUIET_SECONDS, load()),
        ]
    return rows


def _told(run: Mapping[str, Any]) -> str:
    twice = ", ".join(f"{times} × {question}" for question, times in run["excess"].items())
    return f"{run['calls']} calls, {run['documents']} documents" + (f"; in excess: {twice}" if twice else "")


def _measure(pair: str) -> list[dict[str, Any]]:
    run = [sys.executable, "-m", "bench.calls", pair]
    done = subprocess.run(run, check=True, capture_output=True, text=True)  # noqa: S603 - this module
    told: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return told


def excess(calls: Iterable[tuple[str, str, str, str]]) -> dict[str, int]:
    """Return question → how often it was asked in excess.

    Args:
        calls: (system, method, path, query), in their order.
    """
    known: dict[str, set[str]] = {}
    found: dict[str, int] = {}
    for system, method, path, query in calls:
        answered = known.setdefault(system, set())
        question = f"{system} {path}?{_STAMP.sub('#', query)}"
        if method not in READS:
            answered.clear()
        elif question in answered and POLL not in path:
            short = f"{system} {_NUMBER.sub('…', path).rpartition('/')[2]}"
            found[short] = found.get(short, 0) + 1
        else:
            answered.add(question)
    return found


def _run(stage: Any, number: int) -> dict[str, Any]:
    """Make one run of a pair; return what it took."""
    from prove.dagrun import DagRun  # noqa: PLC0415 - imports Airflow

    journals = {name: gateway.journal for name, gateway in stage.gateways.items()}
    for journal in journals.values():
        journal.clear()
    run, begun = DagRun(stage, f"run-{number}", []), time.process_time()
    run.go()
    seconds = time.process_time() - begun
    if not run.is_done:
        raise RuntimeError("\n".join(run.log))
    found = [(name, row) for name, journal in journals.items() for row in journal.find(limit=sys.maxsize)]
    calls = sorted((row["at"], row["seq"], name, row) for name, row in found)
    asked = [(name, row["method"], row["path"], row["query"]) for _, _, name, row in calls]
    wasted = excess(asked)
    flows = run.results["reconcile"]["flows"].values()
    return {
        "calls": len(asked), "least": len(asked) - sum(wasted.values()), "excess": wasted,
        "documents": sum(flow["read"] for flow in flows), "tasks": len(run.steps), "seconds": seconds,
    }  # fmt: skip


def main() -> None:
    """Run a pair for the first time, until it is quiet, and once more."""
    from prove.home import settle  # noqa: PLC0415 - before anything imports Airflow

    settle()
    import prove.stage as scenes  # noqa: PLC0415
    from prove.clock import CLOCK, install  # noqa: PLC0415

    install()
    scenes.SCALE = "small"
    stage, told = scenes.Stage(sys.argv[1]), []
    for number in (1, 2, 3):
        told.append(_run(stage, number))
        CLOCK.sleep(900)
    stage.discard()
    sys.stdout.write("\n" + json.dumps([told[0], told[-1]]) + "\n")


if __name__ == "__main__":
    main()

"""Histories as Hypothesis draws them; each is lived in a process of its own, step by step."""

from __future__ import annotations

import ast
import gc
import json
import os
import select
import shutil
import signal
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from prove.faults import FAULTS
from prove.life import BACKFILL, OWN, Life
from prove.people import FIELDS

SECONDS = 180.0
"""A step that takes longer hangs."""
SOME = st.integers(0, 9)
KINDS = st.sampled_from([OWN, BACKFILL])
MOMENTS = {"20 minutes": 1200, "a day": 90_000, "a month": 31 * 86_400}
MISFORTUNES = [
    f"{one.kind}/{one.name}/{way}"
    for one in FAULTS
    if one.kind != "task"
    for way in (one.recoveries if one.recoveries != ("",) else ("retry", "next"))
]
"""Faults, and who comes next: Airflow's retry, a worker elsewhere, a person who clears it, or the next run alone."""
CALLS = [one for one in MISFORTUNES if one.startswith("http") and "killed" not in one]
STORES = [one for one in MISFORTUNES if one.startswith(("commit", "variable")) and "killed" not in one]
DEATHS = [one for one in MISFORTUNES if "killed" in one]
AFTER, NTH = st.integers(0, 14), st.integers(0, 8)


class Lived:
    """A history that goes on in a forked process; steps go one way, what they did the other."""

    def __init__(self, life: Life) -> None:
        self.folder = life.stage.copy()
        steps, self._steps = os.pipe()
        self._told, told = os.pipe()
        sys.stdout.flush()
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # the server's thread is idle, and not used in the child
            self._pid = os.fork()
        if self._pid == 0:
            os.close(self._steps)
            os.close(self._told)
            self._live(life, steps, told)
        os.close(steps)
        os.close(told)

    def _live(self, life: Life, steps: int, told: int) -> None:
        gc.disable()
        try:
            life.detach(self.folder)
            with os.fdopen(steps) as asked, os.fdopen(told, "w") as answers:
                for line in asked:
                    name, arguments = json.loads(line)
                    answers.write(json.dumps(life.step(name, arguments), default=str) + "\n")
                    answers.flush()
        except BaseException:  # noqa: BLE001 - a forked process must not go on as its parent
            traceback.print_exc()
        finally:
            os._exit(0)

    def step(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Take a step; return what it did."""
        os.write(self._steps, (json.dumps([name, arguments]) + "\n").encode())
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([self._told], [], [], SECONDS)[0]:
                return {"did": [], "wrong": [f"{name} hangs"], "log": [], "counts": {}}
            part = os.read(self._told, 1 << 20)
            if not part:
                return {"did": [], "wrong": [f"the process died in {name}"], "log": [], "counts": {}}
            line += part
        found: dict[str, Any] = json.loads(line)
        return found

    def end(self) -> None:
        """End the process and remove its folder."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._steps)
        os.close(self._told)
        shutil.rmtree(self.folder, ignore_errors=True)


class History(RuleBasedStateMachine):
    """One history; a subclass for each pair and each beginning."""

    life: ClassVar[Life]
    counts: ClassVar[Counter[str]]
    shown: ClassVar[list[Callable[[str], None]]] = []

    def __init__(self) -> None:
        super().__init__()
        for show in self.shown:
            show("— a history —")
        self.lived = Lived(self.life)
        self.failed = False
        self.counts["histories"] += 1

    def _do(self, what: str, **arguments: Any) -> None:
        self.counts["steps"] += 1
        told = self.lived.step(what, arguments)
        self.counts.update({key.replace("_", " "): number for key, number in told["counts"].items()})
        for show in self.shown:
            given = ", ".join(f"{name}={value}" for name, value in arguments.items())
            show("; ".join([f"{what} {given}".strip(), *told["did"]]))
        if told["wrong"]:
            self.failed = True
            raise Found(told["wrong"], told["log"])

    # --- people ---

    @rule(which=st.integers(0, 1))
    def new_document(self, which: int) -> None:
        """Somebody enters an order, or one with all that follows."""
        self._do("new_document", which=which)

    @rule(nth=SOME)
    def edit_order(self, nth: int) -> None:
        """Somebody orders more."""
        self._do("edit_order", nth=nth)

    @rule(nth=SOME)
    def void_order(self, nth: int) -> None:
        """Somebody voids an order."""
        self._do("void_order", nth=nth)

    @rule(nth=SOME, name=st.sampled_from(FIELDS), by_owner=st.booleans())
    def edit_supplier(self, nth: int, name: str, by_owner: bool) -> None:
        """Somebody changes a supplier, in the system that owns the field or in the other."""
        self._do("edit_supplier", nth=nth, name=name, by_owner=by_owner)

    @rule(nth=SOME, name=st.sampled_from(FIELDS))
    def edit_both(self, nth: int, name: str) -> None:
        """The same field is changed on both sides."""
        self._do("edit_both", nth=nth, name=name)

    @rule(at_partner=st.booleans())
    def new_supplier(self, at_partner: bool) -> None:
        """Somebody enters a supplier."""
        self._do("new_supplier", at_partner=at_partner)

    @rule()
    def map_codes(self) -> None:
        """Somebody maps what documents are held for."""
        self._do("map_codes")

    @rule()
    def change_code(self) -> None:
        """Somebody changes the account of goods."""
        self._do("change_code")

    # --- time, Airflow and misfortune ---

    @rule(moment=st.sampled_from(sorted(MOMENTS)))
    def later(self, moment: str) -> None:
        """Time passes."""
        self._do("later", seconds=MOMENTS[moment])

    @rule()
    def run(self) -> None:
        """The pair runs."""
        self._do("run")

    @rule(days=st.sampled_from([1, 10, 60]))
    def backfill(self, days: int) -> None:
        """A backfill of the last days runs."""
        self._do("backfill", days=days)

    @rule(kind=KINDS, tasks=st.integers(1, 12))
    def some_tasks(self, kind: str, tasks: int) -> None:
        """A run goes on for some tasks."""
        self._do("some_tasks", kind=kind, tasks=tasks)

    @rule(kind=KINDS, after=AFTER, nth=NTH, fault=st.sampled_from(CALLS))
    def lose_a_call(self, kind: str, after: int, nth: int, fault: str) -> None:
        """A run goes on to its end; a call of it goes wrong."""
        self._do("faulty", kind=kind, after=after, nth=nth, fault=fault)

    @rule(kind=KINDS, after=AFTER, nth=NTH, fault=st.sampled_from(STORES))
    def lose_a_commit(self, kind: str, after: int, nth: int, fault: str) -> None:
        """A run goes on to its end; the database or a Variable fails."""
        self._do("faulty", kind=kind, after=after, nth=nth, fault=fault)

    @rule(kind=KINDS, after=AFTER, nth=NTH, fault=st.sampled_from(DEATHS))
    def kill(self, kind: str, after: int, nth: int, fault: str) -> None:
        """A run goes on to its end; a worker is killed."""
        self._do("faulty", kind=kind, after=after, nth=nth, fault=fault)

    @rule(first=KINDS, nth=st.integers(0, 12), tasks=st.integers(1, 8))
    def at_once(self, first: str, nth: int, tasks: int) -> None:
        """Two runs at once."""
        self._do("at_once", first=first, nth=nth, tasks=tasks)

    @rule(nth=st.integers(0, 24))
    def clear(self, nth: int) -> None:
        """Somebody clears a task of the last run."""
        self._do("clear", nth=nth)

    @rule()
    def settle(self) -> None:
        """All troubles end, and both sides agree."""
        self._do("settle")

    def finish(self) -> None:
        """Settle, unless something has been found before."""
        if not self.failed:
            self._do("settle")

    def teardown(self) -> None:
        """Settle, and end."""
        try:
            self.finish()
        finally:
            self.lived.end()


class Found(AssertionError):
    """What a history has found."""

    def __init__(self, wrong: list[str], log: list[str]) -> None:
        lines = [*(f"wrong: {line}" for line in wrong[:10]), *(f"log: {line[:300]}" for line in log[-8:])]
        super().__init__("\n".join(lines))


@dataclass
class Played:
    """Histories of one pair from one beginning."""

    pair: str
    start: str
    number: int
    examples: int
    steps: int
    shrink: bool = True
    say: Callable[[str], None] | None = None

    def play(self, counts: Counter[str]) -> list[str]:
        """Play them; return what was found, with the steps to it, and add up what they did."""
        life = Life(self.pair, synced=self.start == "synced")
        gc.collect()
        gc.freeze()
        machine = machine_of(life, counts, self.say)
        phases = [Phase.generate, *([Phase.shrink] if self.shrink else [])]
        chosen = settings(
            max_examples=self.examples, stateful_step_count=self.steps, deadline=None, database=None, phases=phases,
            suppress_health_check=list(HealthCheck), report_multiple_bugs=False, print_blob=False,
        )  # fmt: skip
        try:
            run_state_machine_as_test(seed(self.number)(machine), settings=chosen)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            told = "\n".join(getattr(error, "__notes__", []))
            return [f"start {self.pair} {self.start}\n{type(error).__name__}: {error}\n{told}"]
        finally:
            gc.unfreeze()
            life.stage.discard()
        return []


def machine_of(life: Life, counts: Counter[str], say: Callable[[str], None] | None = None) -> type[History]:
    """Return the machine of a pair."""
    return type("History", (History,), {"life": life, "counts": counts, "shown": [say] if say else []})


def again(text: str, say: Callable[[str], None]) -> str:
    """Play the history that was printed in `text`; return what was found, or "".

    The text is as `Played.play` returns it: ``start <pair> <beginning>``, then Hypothesis's own lines.
    """
    lines = [line.strip() for line in text.splitlines()]
    _, pair, start = next(line for line in lines if line.startswith("start ")).split()
    life = Life(pair, synced=start == "synced")
    machine = machine_of(life, Counter(), say)()
    say(f"{pair} {start}")
    try:
        for line in lines:
            if line.startswith("state.") and not line.startswith("state.teardown"):
                call: Any = ast.parse(line, mode="eval").body
                getattr(machine, call.func.attr)(**{one.arg: ast.literal_eval(one.value) for one in call.keywords})
        machine.finish()
    except Found as error:
        say(str(error))
        return str(error)
    finally:
        machine.lived.end()
        life.stage.discard()
    return ""

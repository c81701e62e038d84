"""The runs of a history: the pair's own and backfills, task by task, and one within another."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from ml_connector.store import leases
from prove.dagrun import DagRun, Step
from prove.faults import Case
from prove.trip import Switch, Trip


@dataclass
class Turn(DagRun):
    """One run of a history.

    Args:
        interval: what a backfill reads; None for the pair's own run.
        coming: what goes wrong at a boundary still to come, counted over the tasks from now on.
        happened: what has gone wrong.
    """

    interval: tuple[dt.datetime, dt.datetime] | None = None
    coming: Case | None = None
    happened: list[str] = field(default_factory=list)

    @property
    def next_step(self) -> Step | None:
        """The first task that has not been tried."""
        return next((step for step in self.steps if step.name not in self.states), None)

    def _attempt(self, step: Step, case: Case | None) -> float | None:
        """Run the task's body once, into what is coming if it comes so far."""
        case = case or self.coming
        case = case and replace(case, boundary=replace(case.boundary, step=step.name))
        if case is not None and case.fault.kills:
            return self._by_a_worker(step, case)
        trip = self._trip(step, case)
        wait = self.run_body(step, trip)
        for gateway in self.stage.gateways.values():
            gateway.faults.waiting.clear()
        if case is not None:
            self._met(case, None if trip.happened else _number(trip))
        given_up = wait is not None and trip.happened and case is not None and case.recovery == "next"
        return -1.0 if given_up else wait

    def _by_a_worker(self, step: Step, case: Case) -> float | None:
        """Run the body in a process of its own, to be killed; one that ends before that is lost with its result."""
        pid = os.fork()
        if pid == 0:
            number = 0
            try:
                if self.elsewhere:
                    leases._here = lambda: "another machine"  # noqa: SLF001 - there is no other way to be elsewhere
                trip = self._trip(step, case)
                self.run_body(step, trip)
                number = min(_number(trip), _MOST)
            finally:
                os._exit(number)
        _, status = os.waitpid(pid, 0)
        killed = os.WIFSIGNALED(status)
        self._met(case, None if killed else os.WEXITSTATUS(status))
        given_up = -1.0 if case.recovery == "next" else 0.0
        return given_up if killed else self.run_body(step, self._trip(step, None))

    def _trip(self, step: Step, case: Case | None) -> Trip:
        gateways = {name: gateway.faults.waiting for name, gateway in self.stage.gateways.items()}
        return Trip(step.name, case, self.stage.trouble, gateways)

    def _met(self, case: Case, passed: int | None) -> None:
        """Note that the fault has happened, or how many boundaries of its kind have been `passed`."""
        if passed is None:
            self.happened.append(
                f"{case.fault.name} at {case.boundary.kind} {case.boundary.number} of {case.boundary.step}"
            )
            self.coming = None
        else:
            self.coming = replace(case, boundary=replace(case.boundary, number=max(0, case.boundary.number - passed)))

    def take(self, step: Step, case: Case | None = None) -> None:
        """Run a task with its retries, if those before it ended well."""
        if self._may_begin(step):
            self.perform(step, case)
        else:
            self.states[step.name] = "upstream_failed"

    def take_during(self, step: Step, nth: int, meanwhile: Callable[[], None]) -> bool:
        """Run a task's first attempt, and `meanwhile` at its `nth` call; return whether it came so far."""
        if not self._may_begin(step):
            self.states[step.name] = "upstream_failed"
            return False
        gateways = {name: gateway.faults.waiting for name, gateway in self.stage.gateways.items()}
        trip = Shared(step.name, None, self.stage.trouble, gateways, nth=nth, meanwhile=meanwhile)
        wait = self.run_body(step, trip)
        if wait is None:
            self.states[step.name] = "success"
        elif wait < 0:
            self.states[step.name] = "failed"
        return trip.shared

    def try_once(self, step: Step) -> bool:
        """Run a task's first attempt; return whether it ended well. One that did not is up for retry."""
        if not self._may_begin(step):
            return False
        wait = self.run_body(step, self._trip(step, None))
        if wait is None or wait < 0:
            self.states[step.name] = "success" if wait is None else "failed"
        return wait is None

    def clear_from(self, name: str) -> None:
        """Clear a task and all that comes after it."""
        names = [step.name for step in self.steps]
        for gone in names[names.index(name) :]:
            self.states.pop(gone, None)

    def _context(self, step: Step) -> dict[str, Any]:
        start, end = self.interval or (None, None)
        run = SimpleNamespace(dag_id=self.stage.deployment.dag_id, run_type="backfill" if self.interval else "manual")
        return {
            **super()._context(step), "dag_run": run,
            "data_interval_start": start, "data_interval_end": end,
        }  # fmt: skip


_MOST = 200
"""What an exit code can tell."""


def _number(trip: Trip) -> int:
    """Return how many boundaries of the fault's kind an attempt has passed."""
    return sum(trip.case is not None and one.kind == trip.case.boundary.kind for one in trip.noted)


@dataclass
class Shared(Trip):
    """An attempt during which another worker works: at the `nth` call, before it is sent."""

    nth: int = 0
    meanwhile: Callable[[], None] = lambda: None
    shared: bool = False

    def _is_due(self, kind: Any, what: str, **more: Any) -> bool:
        number = sum(one.kind == "http" for one in self.noted)
        super()._is_due(kind, what, **more)
        if kind == "http" and number == self.nth and not self.shared:
            self.shared = True
            self.meanwhile()
            Switch.trip = self
        return False

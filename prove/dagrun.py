"""Runs a pair's tasks as Airflow does: in order, with retries, cleared by a person, abandoned for the next run."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from ml_connector.domain.errors import SyncError
from ml_connector.orchestration import retries, tasks
from ml_connector.orchestration.assets import alias_of
from ml_connector.store import leases
from ml_connector.sync.spec import Flow
from prove.clock import CLOCK
from prove.faults import Boundary, Case
from prove.stage import Stage
from prove.trip import Switch, Trip, VariablesDown

RETRY_SECONDS, LONGEST_SECONDS = 60.0, 1800.0
"""As the DAG factory sets them."""
EXPECTED = (SyncError, AirflowFailException, AirflowSkipException, VariablesDown)


class NotReachedError(Exception):
    """The fault's boundary was not crossed: the course is not the same as when it was recorded."""


@dataclass(frozen=True)
class Step:
    """One task of the DAG."""

    name: str
    flow: Flow | None

    def body(self) -> Callable[..., Any]:
        """Return the task's own body."""
        found: Callable[..., Any] = getattr(tasks, self.name.rpartition(".")[2])
        return found


def steps_of(stage: Stage) -> list[Step]:
    """Return the tasks in the order in which one worker would take them."""
    flows = stage.deployment.active_flows()
    made = [Step(f"{flow.name}.{step}", flow) for flow in flows for step in tasks.STEPS]
    accounts = [Step("compare_accounts", None)] if stage.deployment.spec.compare_accounts else []
    return [*made, *accounts, Step("reconcile", None)]


@dataclass
class DagRun:
    """One run of the pair's DAG."""

    stage: Stage
    run_id: str
    log: list[str]
    states: dict[str, str] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    elsewhere: bool = False

    @property
    def number(self) -> int:
        """Which run it is, counted from 1."""
        return int(self.run_id.rpartition("-")[2])

    @property
    def steps(self) -> list[Step]:
        """All tasks."""
        return steps_of(self.stage)

    @property
    def is_done(self) -> bool:
        """Whether every task ended well."""
        return all(self.states.get(step.name) == "success" for step in self.steps)

    @property
    def failed(self) -> list[str]:
        """The tasks that did not end well."""
        return [step.name for step in self.steps if self.states.get(step.name) != "success"]

    def go(self, *, first: str = "", case: Case | None = None, watch: Callable[[str], None] | None = None) -> None:
        """Run what has not ended well, from `first` on.

        Args:
            first: the task to begin with; "" for the first of all.
            case: what goes wrong in the first attempt of `first`.
            watch: called after every task, with its name.
        """
        names = [step.name for step in self.steps]
        for step in self.steps[names.index(first) if first else 0 :]:
            if self.states.get(step.name) == "success":
                continue
            if self._may_begin(step):
                self.perform(step, case if case and step.name == first else None)
            else:
                self.states[step.name] = "upstream_failed"
            if watch is not None:
                watch(step.name)

    def go_one(self, name: str) -> None:
        """Run one task."""
        self.perform(next(step for step in self.steps if step.name == name))

    def _may_begin(self, step: Step) -> bool:
        if step.flow is None:
            return True
        names = [f"{step.flow.name}.{one}" for one in tasks.STEPS]
        before = names[: names.index(step.name)] or [
            f"{name}.{one}" for name in {*step.flow.after, *filter(None, [step.flow.within])} for one in tasks.STEPS
        ]
        return all(self.states.get(name) == "success" for name in before if name in self.states or "." in name)

    def clear(self) -> None:
        """Clear what failed, with all that comes after it."""
        self.states = {name: state for name, state in self.states.items() if state == "success" and name != "reconcile"}

    # --- one task ---

    def perform(self, step: Step, case: Case | None = None) -> None:
        """Run a task with its retries."""
        gives_up = case is not None and case.fault.kills and case.recovery == "next"
        for attempt in range(1 if gives_up else self.stage.deployment.retries + 1):
            wait = self._attempt(step, case if attempt == 0 else None)
            if wait is None:
                self.states[step.name] = "success"
                return
            if wait < 0:
                break
            CLOCK.sleep(max(wait, min(LONGEST_SECONDS, RETRY_SECONDS * 2**attempt)))
        self.states[step.name] = "failed"

    def _attempt(self, step: Step, case: Case | None) -> float | None:
        """Run the task's body once; return None when it ended well, else the least seconds to wait.

        Below 0 means that Airflow does not try again: a person has to see to it.
        """
        self.tries[step.name] += 1
        gateways = {name: gateway.faults.waiting for name, gateway in self.stage.gateways.items()}
        trip = Trip(step.name, case, self.stage.trouble, gateways)
        if case is not None and case.fault.kills:
            return self._in_a_worker(step, trip)
        wait = self.run_body(step, trip)
        for waiting in gateways.values():
            waiting.clear()
        if case is not None and not trip.happened:
            raise NotReachedError(case.name)
        return wait

    def run_body(self, step: Step, trip: Trip) -> float | None:
        """Run the body in this process."""
        Switch.trip = trip
        random.seed(len(self.results))
        try:
            arguments = (self.stage.deployment, *([step.flow] if step.flow else []))
            self.results[step.name] = step.body()(*arguments, self._context(step))
        except AirflowSkipException as error:
            self.log.append(f"{step.name}: skipped: {error}")
        except AirflowFailException as error:
            self.log.append(f"{step.name}: failed for good: {error}")
            return -1.0
        except Exception as error:  # noqa: BLE001 - as Airflow does
            self.log.append(f"{step.name}: failed: {type(error).__name__}: {error}")
            if not isinstance(error, EXPECTED):
                self.surprises.append(f"{step.name} left {type(error).__name__}: {error}")
            wait = retries.asked_wait(error)
            return wait.total_seconds() if wait else 0.0
        finally:
            Switch.trip = None
        return None

    def _in_a_worker(self, step: Step, trip: Trip) -> float | None:
        """Run the body in a process of its own, which is killed at the boundary."""
        pid = os.fork()
        if pid == 0:
            try:
                if self.elsewhere:
                    leases._here = lambda: "another machine"  # noqa: SLF001 - there is no other way to be elsewhere
                self.run_body(step, trip)
            finally:
                os._exit(3)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):
            assert trip.case is not None
            raise NotReachedError(trip.case.name)
        self.log.append(f"{step.name}: killed")
        return 0.0

    def _context(self, step: Step) -> dict[str, Any]:
        dag_id = self.stage.deployment.dag_id
        run = SimpleNamespace(dag_id=dag_id, run_type="manual")
        task = SimpleNamespace(outlets=[alias_of(dag_id, step.flow.name)] if step.flow else [])
        told = {"task": task, "outlet_events": _NobodyListens()}
        return {
            "params": {},
            "run_id": self.run_id,
            "dag_run": run,
            "ti": _TaskInstance(self, self.tries[step.name]),
            **told,
        }


class _NobodyListens:
    """Takes asset events, which no other DAG of a stage waits for."""

    def __getitem__(self, _alias: Any) -> _NobodyListens:
        return self

    def add(self, asset: Any, extra: dict[str, Any]) -> None:
        """Keep nothing."""


@dataclass
class _TaskInstance:
    """What the task bodies ask of Airflow's task instance."""

    run: DagRun
    try_number: int

    @property
    def dag_id(self) -> str:
        return self.run.stage.deployment.dag_id

    def xcom_pull(self, task_ids: str) -> Any:
        """Return a task's result, as it was through JSON."""
        return json.loads(json.dumps(self.run.results[task_ids]))

    def xcom_push(self, key: str, value: Any) -> None:
        """Keep nothing: a task's result is what its body returns."""

    def get_task_states(self, dag_id: str, run_ids: list[str]) -> dict[str, dict[str, str]]:  # noqa: ARG002
        """Return how the tasks of the run ended."""
        return {run_ids[0]: dict(self.run.states)}


def boundary_of_task(step: Step) -> Boundary:
    """Return the boundary between a task and the next."""
    return Boundary(step.name, 0, "task", f"after {step.name}")

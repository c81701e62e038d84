"""Follows one run through the REST API and says what each task did."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import requests

from ml_connector_sandbox.demo.airflow_api import AirflowApi
from ml_connector_sandbox.demo.processes import Children, DemoError

ENDED = {"success", "failed", "upstream_failed", "skipped", "removed"}
_LOG_LINES = 30


class Follower:
    """Prints a line for each task that ends; call it again and again."""

    def __init__(self, airflow: AirflowApi, dag_id: str, run_id: str, say: Callable[[str], None]) -> None:
        self.airflow, self.dag_id, self.run_id, self.say = airflow, dag_id, run_id, say
        self._said: set[tuple[str, int, str]] = set()
        self._started = time.monotonic()

    def __call__(self) -> None:
        """Say what has ended since the last call."""
        for task_id, row in self.airflow.tasks(self.dag_id, self.run_id).items():
            state, number = row["state"], row["try_number"]
            if state not in {*ENDED, "up_for_retry"} or (task_id, number, state) in self._said:
                continue
            self._said.add((task_id, number, state))
            task = f"{self.dag_id}.{task_id}"
            self.say(f"{time.monotonic() - self._started:5.0f} s  {task:<50} {state:<10} {self._counts(task_id)}")

    def _counts(self, task_id: str) -> str:
        result = self.airflow.result(self.dag_id, self.run_id, task_id)
        counts = result.get("counts", result) if isinstance(result, dict) else {}
        words = [f"{name} {n}" for name, n in counts.items() if isinstance(n, int) and not isinstance(n, bool) and n]
        return result if isinstance(result, str) else ", ".join(words)

    def trouble(self) -> str:
        """Return the end of the log of each failed task."""
        found = []
        for task_id, row in self.airflow.tasks(self.dag_id, self.run_id).items():
            if row["state"] == "failed":
                text = self.airflow.log(self.dag_id, self.run_id, task_id, row["try_number"])
                lines = text.splitlines()[-_LOG_LINES:]
                found.append("\n".join([f"--- the end of the log of {task_id}, try {row['try_number']}", *lines]))
        return "\n".join(found)


def follow(followers: Sequence[Follower], family: Children, seconds: float) -> dict[str, dict[str, Any]]:
    """Return DAG → its run, once all have ended.

    Raises:
        DemoError: a process ended meanwhile, or the deadline has passed.
    """

    def each() -> None:
        family.check()
        for follower in followers:
            with suppress(requests.RequestException):  # a busy Airflow is asked again
                follower()

    deadline = time.monotonic() + seconds
    try:
        return {
            one.dag_id: one.airflow.wait(one.dag_id, one.run_id, deadline - time.monotonic(), each) for one in followers
        }
    except TimeoutError as error:
        raise DemoError(f"{error}\n{family.all[-1].tail()}") from error

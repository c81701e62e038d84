"""A small client of Airflow's REST API."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast
from urllib.parse import quote

import requests

Json = dict[str, Any]
FINISHED = {"success", "failed"}
_TIMEOUT_SECONDS = 60.0


class ApiError(Exception):
    """Airflow refused a call; the message says which and why."""

    def __init__(self, method: str, path: str, status: int, text: str) -> None:
        super().__init__(f"{method} {path} → {status}: {text[:2000]}")
        self.status = status


class AirflowApi:
    """Calls to one Airflow as one user; signs in again by itself."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url.rstrip("/")
        self._login = {"username": user, "password": password}
        self._session = requests.Session()
        self._session.trust_env = False

    @property
    def token(self) -> str:
        """A fresh token, for the UI's cookie."""
        answer = self._session.post(f"{self.url}/auth/token", json=self._login, timeout=_TIMEOUT_SECONDS)
        if not answer.ok:
            raise ApiError("POST", "/auth/token", answer.status_code, answer.text)
        return str(answer.json()["access_token"])

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Return the answer's JSON (None when it has no body) of a path below ``/api/v2``.

        Raises:
            ApiError: it was refused.
        """
        answer = self._send(method, path, body, query)
        if answer.status_code in {401, 403}:
            self._session.headers["Authorization"] = f"Bearer {self.token}"
            answer = self._send(method, path, body, query)
        if not answer.ok:
            raise ApiError(method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def _send(self, method: str, path: str, body: Any, query: dict[str, Any]) -> requests.Response:
        base = self.url if path.startswith("/ui/") else f"{self.url}/api/v2"  # what only the UI asks for
        return self._session.request(method, f"{base}{path}", json=body, params=query, timeout=_TIMEOUT_SECONDS)

    # --- state of Airflow ---

    def is_healthy(self) -> bool:
        """Tell whether all four parts run."""
        with suppress(requests.RequestException, ApiError, ValueError):
            parts = self.call("GET", "/monitor/health")
            return all(parts[name]["status"] == "healthy" for name in ("scheduler", "dag_processor", "triggerer"))
        return False

    def name(self) -> str:
        """Return the name that the instance shows."""
        return str(self.call("GET", "/ui/config")["instance_name"])

    def has_dag(self, dag_id: str) -> bool:
        """Tell whether Airflow has parsed the DAG."""
        try:
            return bool(self.call("GET", f"/dags/{dag_id}")["is_stale"] is False)
        except ApiError as error:
            if error.status == 404:  # not there yet
                return False
            raise

    def import_errors(self) -> list[str]:
        """Return what is wrong with DAG files."""
        found = self.call("GET", "/importErrors")["import_errors"]
        return [f"{one['filename']}:\n{one['stack_trace']}" for one in found]

    def put_connection(self, connection_id: str, **fields: Any) -> None:
        """Create the connection, or replace the one of that id."""
        body = {"connection_id": connection_id, **fields}
        try:
            self.call("POST", "/connections", body)
        except ApiError as error:
            if error.status != 409:  # it exists
                raise
            self.call("PATCH", f"/connections/{connection_id}", body)

    def pause(self, dag_id: str, *, paused: bool) -> None:
        """Pause or unpause a DAG."""
        self.call("PATCH", f"/dags/{dag_id}", {"is_paused": paused}, update_mask="is_paused")

    # --- runs ---

    def trigger(self, dag_id: str, conf: Json | None = None) -> str:
        """Start a run by hand and return its id."""
        made = self.call("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf or {}})
        return str(made["dag_run_id"])

    def runs(self, dag_id: str, **query: Any) -> list[Json]:
        """Return the DAG's runs."""
        return cast("list[Json]", self.call("GET", f"/dags/{dag_id}/dagRuns", limit=100, **query)["dag_runs"])

    def run(self, dag_id: str, run_id: str) -> Json:
        """Return one run."""
        return cast("Json", self.call("GET", _run(dag_id, run_id)))

    def tasks(self, dag_id: str, run_id: str) -> dict[str, Json]:
        """Return task id → task instance."""
        rows = self.call("GET", f"{_run(dag_id, run_id)}/taskInstances", limit=100)["task_instances"]
        return {row["task_id"]: row for row in rows}

    def result(self, dag_id: str, run_id: str, task_id: str) -> Any:
        """Return what the task returned; None when it has returned nothing."""
        path = f"{_run(dag_id, run_id)}/taskInstances/{task_id}/xcomEntries/return_value"
        try:
            return self.call("GET", path, deserialize=False, stringify=False)["value"]
        except ApiError as error:
            if error.status == 404:  # none
                return None
            raise

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int) -> str:
        """Return the log of one try as text, a line an event."""
        path = f"{_run(dag_id, run_id)}/taskInstances/{task_id}/logs/{try_number}"
        content = self.call("GET", path, full_content=True)["content"]
        return "\n".join(_line(event) for event in content)

    def clear(self, dag_id: str, run_id: str, task_ids: list[str]) -> None:
        """Clear the tasks with everything downstream, whatever their state."""
        body = {"dag_run_id": run_id, "task_ids": task_ids, "include_downstream": True, "only_failed": False}
        self.call("POST", f"/dags/{dag_id}/clearTaskInstances", {**body, "dry_run": False, "reset_dag_runs": True})

    # --- variables ---

    def variables(self) -> dict[str, str]:
        """Return name → value of all Variables."""
        rows = self.call("GET", "/variables", limit=200)["variables"]
        return {row["key"]: row["value"] for row in rows}

    def set_variable(self, key: str, value: str) -> None:
        """Change a Variable as a person does under Admin → Variables."""
        self.call("PATCH", f"/variables/{quote(key, safe='')}", {"key": key, "value": value})

    # --- waiting ---

    def wait(self, dag_id: str, run_id: str, seconds: float, each: Callable[[], None] = lambda: None) -> Json:
        """Return the run once it has ended; `each` is called about every second.

        Raises:
            TimeoutError: not within `seconds`.
        """
        deadline = time.monotonic() + seconds
        while True:
            run: Json = {"state": "unknown: Airflow does not answer"}
            with suppress(requests.RequestException):
                run = self.run(dag_id, run_id)
            each()
            if run["state"] in FINISHED:
                return run
            if time.monotonic() > deadline:
                raise TimeoutError(f"{dag_id} {run_id} is still {run['state']} after {seconds:.0f} s")
            time.sleep(1)


def _run(dag_id: str, run_id: str) -> str:
    return f"/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"


def _line(event: Any) -> str:
    if not isinstance(event, dict):
        return str(event)
    details = event.get("error_detail") or []
    causes = [f"{one.get('exc_type')}: {one.get('exc_value')}" for one in details]
    return " ".join([str(event.get("event", "")), *causes])

"""The client of Airflow's REST API, as far as the demo and the end-to-end tests need it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import requests

from ml_connector_sandbox.demo.processes import Failed

Record = dict[str, Any]
TIMEOUT_SECONDS = 60.0
FINISHED = frozenset({"success", "failed"})
"""States in which a run has ended."""


class Refusal(Failed):
    """Airflow answered with an error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"Airflow answers {status}: {text[:1000]}")
        self.status = status


class Airflow:
    """One Airflow and who is logged in to it."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url, self.user, self._password = url, user, password
        self._session = requests.Session()
        self._session.trust_env = False

    # --- calls ---

    def log_in(self) -> None:
        """Fetch a token for the calls to come."""
        body = {"username": self.user, "password": self._password}
        answer = self._session.post(f"{self.url}/auth/token", json=body, timeout=TIMEOUT_SECONDS)
        if not answer.ok:
            raise Refusal(answer.status_code, answer.text)
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    @property
    def token(self) -> str:
        """The token, as a browser's cookie carries it."""
        return str(self._session.headers["Authorization"]).removeprefix("Bearer ")

    def call(self, verb: str, path: str, body: Any = None, /, **asked: Any) -> Any:
        """Call the API; return what it answers.

        Raises:
            Refusal: it answered with an error.
        """
        answer = self._send(verb, path, body, asked)
        if answer.status_code == requests.codes.unauthorized:  # the token lives a day, a served demo longer
            self.log_in()
            answer = self._send(verb, path, body, asked)
        if not answer.ok:
            raise Refusal(answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def _send(self, verb: str, path: str, body: Any, asked: Record) -> requests.Response:
        url = f"{self.url}/api/v2/{path}"
        return self._session.request(verb, url, json=body, params=asked, timeout=TIMEOUT_SECONDS)

    def is_healthy(self) -> bool:
        """Tell whether all its parts are up."""
        try:
            health = self.call("GET", "monitor/health")
        except (requests.RequestException, Failed):
            return False
        parts = ("metadatabase", "scheduler", "dag_processor", "triggerer")
        return all((health.get(part) or {}).get("status") == "healthy" for part in parts)

    # --- set-up ---

    def put_connection(self, conn_id: str, **fields: Any) -> None:
        """Create the connection, or give an existing one these fields."""
        body = {"connection_id": conn_id, **fields, "extra": json.dumps(fields.get("extra") or {})}
        try:
            self.call("POST", "connections", body)
        except Refusal as refusal:
            if refusal.status != requests.codes.conflict:
                raise
            self.call("PATCH", f"connections/{conn_id}", body)

    def has_dag(self, dag_id: str) -> bool:
        """Tell whether the DAG is there; Failed when its file cannot be imported."""
        broken = self.call("GET", "importErrors")["import_errors"]
        if broken:
            raise Failed("\n".join(f"{one['filename']}:\n{one['stack_trace']}" for one in broken))
        try:
            return not self.call("GET", f"dags/{dag_id}")["is_stale"]
        except Refusal as refusal:
            if refusal.status == requests.codes.not_found:
                return False
            raise

    def pause(self, dag_id: str, *, paused: bool) -> None:
        """Pause or unpause a DAG; runs of a paused one stay queued."""
        self.call("PATCH", f"dags/{dag_id}", {"is_paused": paused}, update_mask="is_paused")

    # --- runs ---

    def trigger(self, dag_id: str, **params: Any) -> str:
        """Ask for a run by hand; return its id."""
        body = {"logical_date": None, "conf": params}
        return str(self.call("POST", f"dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def runs(self, dag_id: str) -> list[Record]:
        """Return the runs, newest first."""
        asked = {"order_by": "-id", "limit": 100}
        return list(self.call("GET", f"dags/{dag_id}/dagRuns", None, **asked)["dag_runs"])

    def run(self, dag_id: str, run_id: str) -> Record:
        """Return one run."""
        return dict(self.call("GET", _run(dag_id, run_id)))

    def give_up(self, dag_id: str, run_id: str) -> None:
        """Mark a run failed."""
        self.call("PATCH", _run(dag_id, run_id), {"state": "failed"})

    def tasks(self, dag_id: str, run_id: str) -> list[Record]:
        """Return the task instances of a run."""
        return list(self.call("GET", f"{_run(dag_id, run_id)}/taskInstances", None, limit=100)["task_instances"])

    def states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """Return task id → state."""
        return {task["task_id"]: str(task["state"]) for task in self.tasks(dag_id, run_id)}

    def result(self, dag_id: str, run_id: str, task_id: str) -> Any:
        """Return what a task has returned; None when it has returned nothing."""
        path = f"{_run(dag_id, run_id)}/taskInstances/{task_id}/xcomEntries/return_value"
        try:
            value = self.call("GET", path)["value"]
        except Refusal as refusal:
            if refusal.status == requests.codes.not_found:
                return None
            raise
        return json.loads(value) if isinstance(value, str) and value[:1] in {"{", "["} else value

    def log(self, dag_id: str, run_id: str, task_id: str, attempt: int = 1) -> list[str]:
        """Return the lines of a task's log."""
        path = f"{_run(dag_id, run_id)}/taskInstances/{task_id}/logs/{attempt}"
        content = self.call("GET", path, None, full_content="true")["content"]
        return [_line(row) for row in content]

    def clear(self, dag_id: str, run_id: str, *task_ids: str, downstream: bool = True) -> None:
        """Clear tasks, so that they run again, with everything after them."""
        body = {
            "dag_run_id": run_id, "task_ids": list(task_ids), "include_downstream": downstream,
            "only_failed": False, "dry_run": False, "reset_dag_runs": True,
        }  # fmt: skip
        self.call("POST", f"dags/{dag_id}/clearTaskInstances", body)

    # --- variables ---

    def variables(self) -> dict[str, str]:
        """Return name → value of all Variables."""
        return {row["key"]: row["value"] for row in self.call("GET", "variables", None, limit=200)["variables"]}

    def set_variable(self, name: str, value: str) -> None:
        """Change a Variable as a person does under Admin → Variables."""
        self.call("PATCH", f"variables/{name}", {"key": name, "value": value})


def _run(dag_id: str, run_id: str) -> str:
    return f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"


def _line(row: Any) -> str:
    if isinstance(row, str):
        return row
    error = "".join(f"\n{one.get('exc_type')}: {one.get('exc_value')}" for one in row.get("error_detail") or [])
    return f"{row.get('event', '')}{error}"

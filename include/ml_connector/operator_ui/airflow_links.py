"""Addresses of Airflow's own pages, from how the connector's database names runs."""

from __future__ import annotations

from urllib.parse import quote

from ml_connector.orchestration.deployments import REPLAY
from ml_connector.store.reviews import BY_HAND

_STEPS_OF_REPLAY = ("extract", "validate", "load")


def is_of(name: str, dag_id: str) -> bool:
    """Tell whether a DAG is that of a tenant called `name`, REPLAY or PREFLIGHT."""
    return dag_id.partition("__")[0] == name


def dag_and_run(pair: str, run_id: str) -> tuple[str, str]:
    """Return DAG id and Airflow's own run id."""
    dag_id, _, rest = run_id.rpartition("/")
    return dag_id or pair, rest


def run_url(home: str, pair: str, run_id: str) -> str:
    """Return the address of the run's page; "" for what no run did."""
    if not run_id or run_id == BY_HAND:
        return ""
    dag_id, run = dag_and_run(pair, run_id)
    return f"{home}dags/{quote(dag_id, safe='')}/runs/{quote(run, safe='')}"


def task_url(home: str, pair: str, run_id: str, flow: str, step: str) -> str:
    """Return the address of the task's page, where its log is; "" for what no task did."""
    run = run_url(home, pair, run_id)
    if not run:
        return ""
    task = step if is_of(REPLAY, dag_and_run(pair, run_id)[0]) and step in _STEPS_OF_REPLAY else f"{flow}.{step}"
    return f"{run}/tasks/{quote(task, safe='')}"

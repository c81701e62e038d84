"""Deployments → the DAGs of one file."""

from __future__ import annotations

from collections.abc import Sequence

from airflow.sdk import DAG

from ml_connector.orchestration.deployments import PREFLIGHT, REPLAY, Deployment, by_tenant, of_tenant
from ml_connector.orchestration.factory import build
from ml_connector.orchestration.preflight_dag import build_preflight
from ml_connector.orchestration.replay import build_replay


def dags(deployments: Sequence[Deployment], only: str | None = None) -> dict[str, DAG]:
    """Return DAG id → DAG: each deployment's, and each tenant's replay and preflight; just `only` if it is given."""
    made: dict[str, DAG] = {one.dag_id: build(one) for one in deployments if only in (None, one.dag_id)}
    for theirs in by_tenant(deployments).values():
        for name, make in ((REPLAY, build_replay), (PREFLIGHT, build_preflight)):
            dag_id = of_tenant(name, theirs[0].dag_id)
            if only in (None, dag_id):
                made[dag_id] = make(theirs)
    return made

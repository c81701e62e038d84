"""The DAG that asks, by hand, whether a pair of a tenant is ready for its first run; it writes to neither system."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from ml_connector.orchestration.deployments import PREFLIGHT, PREFLIGHT_DAYS, Deployment, find, of_tenant
from ml_connector.orchestration.factory import run_step, titled

log = logging.getLogger("ml_connector")


def build_preflight(deployments: Sequence[Deployment]) -> DAG:
    """Return the preflight DAG of one tenant's deployments, e.g. `ml_connector_preflight__nz`."""
    chosen = tuple(deployments)
    names = [deployment.dag_id for deployment in chosen]
    with DAG(
        dag_id=of_tenant(PREFLIGHT, names[0]),
        dag_display_name=titled("ml-connector: preflight of a pair", chosen[0]),
        description="Both systems, and what would be held; writes to neither. Red while the pair is not ready.",
        doc_md=__doc__,
        schedule=None,
        start_date=dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
        catchup=False,
        is_paused_upon_creation=False,
        tags=["ml-connector", *filter(None, [chosen[0].tenant])],
        default_args={"retries": 0},
    ) as dag:

        @task(task_id="preflight")
        def ask() -> Any:
            context = get_current_context()
            return run_step("preflight_dag:ask", find(context["params"]["pair"], chosen))

        ask()
    dag.params.update(_params(names))  # last: each task would copy them
    return dag


def _params(names: list[str]) -> dict[str, Param]:
    return {
        "pair": Param(names[0], type="string", enum=names, title="Pair", description="Its DAG id"),
        "days": Param(
            PREFLIGHT_DAYS, type="integer", minimum=1, maximum=3650, title="Days",
            description="Look at documents of the last so many days.",
        ),
    }  # fmt: skip


def ask(deployment: Deployment, context: Any) -> None:
    """Look, keep what was found for the page *Pairs*, and fail while the pair is not ready."""
    from ml_connector.orchestration.preflight import preflight  # noqa: PLC0415 - the engine, not needed to parse
    from ml_connector.orchestration.tasks import beside, errors, run_key  # noqa: PLC0415
    from ml_connector.orchestration.wiring import workshop  # noqa: PLC0415

    with errors(), workshop(deployment) as parts, parts.visit(beside(deployment, context)):
        found = preflight(parts, days=int(context["params"]["days"]), run_id=run_key(deployment, context))
    if not found.ready:
        raise AirflowFailException(found.text())
    log.info(found.text())

"""The DAG that asks, by hand, whether a pair is ready for its first run; it writes to neither system."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from ml_connector.orchestration.deployments import PREFLIGHT_DAYS, Deployment, find
from ml_connector.orchestration.factory import run_step

DAG_ID = "ml_connector_preflight"
log = logging.getLogger("ml_connector")


def build_preflight(deployments: Sequence[Deployment]) -> DAG:
    """Return the DAG `ml_connector_preflight`."""
    chosen = tuple(deployments)
    names = [deployment.dag_id for deployment in chosen]
    with DAG(
        dag_id=DAG_ID,
        dag_display_name="ml-connector: preflight of a pair",
        description="Both systems, and what would be held; writes to neither. Red while the pair is not ready.",
        doc_md=__doc__,
        schedule=None,
        start_date=dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
        catchup=False,
        is_paused_upon_creation=False,
        tags=["ml-connector"],
        default_args={"retries": 0},
        params={
            "pair": Param(names[0] if names else "", type="string", enum=names, title="Pair", description="Its DAG id"),
            "days": Param(
                PREFLIGHT_DAYS, type="integer", minimum=1, maximum=3650, title="Days",
                description="Look at documents of the last so many days.",
            ),
        },
    ) as dag:  # fmt: skip

        @task(task_id="preflight")
        def ask() -> Any:
            context = get_current_context()
            return run_step("preflight_dag:ask", find(context["params"]["pair"], chosen))

        ask()
    return dag


def ask(deployment: Deployment, context: Any) -> None:
    """Look, keep what was found for the page *Pairs*, and fail while the pair is not ready."""
    from ml_connector.orchestration.preflight import preflight  # noqa: PLC0415 - the engine, not needed to parse
    from ml_connector.orchestration.tasks import errors, run_key  # noqa: PLC0415
    from ml_connector.orchestration.wiring import workshop  # noqa: PLC0415

    with errors(), workshop(deployment) as parts, parts.visit():
        found = preflight(parts, days=int(context["params"]["days"]), run_id=run_key(deployment, context))
    if not found.ready:
        raise AirflowFailException(found.text())
    log.info(found.text())

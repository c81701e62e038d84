"""The DAG that replays held or failed documents, run by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task

from ml_connector.orchestration.deployments import Deployment, find
from ml_connector.sync.spec import Flow


def build_replay(deployments: Sequence[Deployment]) -> DAG:
    """Return the DAG `ml_connector_replay`."""
    from ml_connector.orchestration import replaying  # noqa: PLC0415 - the engine is not needed to parse

    chosen = tuple(deployments)
    names = [deployment.dag_id for deployment in chosen]
    flows = sorted({flow.name for deployment in chosen for flow in deployment.active_flows()})
    with DAG(
        dag_id="ml_connector_replay",
        dag_display_name="ml-connector: replay documents",
        description="Takes held, waiting or failed documents up again: exactly those, as they are at the source now.",
        doc_md=__doc__,
        schedule=None,
        start_date=dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
        catchup=False,
        max_active_runs=1,
        tags=["ml-connector"],
        default_args={"retries": 1, "retry_delay": dt.timedelta(seconds=60)},
        params={
            "pair": Param(names[0] if names else "", type="string", enum=names, title="Pair", description="Its DAG id"),
            "flow": Param(flows[0] if flows else "", type="string", enum=flows, title="Flow"),
            "keys": Param(
                None, type=["null", "array"], items={"type": "string"}, title="Document keys",
                description="The source's keys; none means everything held, waiting or failed in this flow.",
            ),
        },
    ) as dag:  # fmt: skip

        def where(context: Any) -> tuple[Deployment, Flow]:
            deployment = find(context["params"]["pair"], chosen)
            return deployment, deployment.spec.flow(context["params"]["flow"])

        @task(task_id="extract")
        def extract() -> dict[str, Any]:
            context = get_current_context()
            return replaying.extract(*where(context), context)

        @task(task_id="validate")
        def validate() -> dict[str, int]:
            context = get_current_context()
            return replaying.validate(*where(context), context)

        @task(task_id="load", max_active_tis_per_dag=1)
        def load() -> dict[str, int]:
            context = get_current_context()
            return replaying.load(*where(context), context)

        extract() >> validate() >> load()
    return dag

"""The DAG that replays held or failed documents of a tenant, run by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration.assets import alias_of
from ml_connector.orchestration.deployments import REPLAY, Deployment, by_tenant, find, of_tenant, suggestion
from ml_connector.orchestration.factory import run_step, titled
from ml_connector.sync.spec import Flow


def build_replay(deployments: Sequence[Deployment]) -> DAG:
    """Return the replay DAG of one tenant's deployments, e.g. `ml_connector_replay__nz`."""
    chosen = tuple(deployments)
    if len(by_tenant(chosen)) != 1:
        raise ConfigurationError("a replay serves one tenant: delete ml_connector_replay.py, whose part others do now")
    names = [deployment.dag_id for deployment in chosen]
    dag_id = of_tenant(REPLAY, names[0])
    flows = sorted({flow.name for deployment in chosen for flow in deployment.active_flows()})
    with DAG(
        dag_id=dag_id,
        dag_display_name=titled("ml-connector: replay documents", chosen[0]),
        description="Takes held, waiting or failed documents up again: exactly those, as they are at the source now.",
        doc_md=__doc__,
        schedule=None,
        start_date=dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
        catchup=False,
        is_paused_upon_creation=False,  # a release in the review queue must not wait for ever
        max_active_runs=1,
        tags=["ml-connector", *filter(None, [chosen[0].tenant])],
        default_args={"retries": 1, "retry_delay": dt.timedelta(seconds=60)},
    ) as dag:

        @task(task_id="extract")
        def extract() -> Any:
            return run_step("replaying:extract", *chosen_flow(chosen, get_current_context()["params"]))

        @task(task_id="validate")
        def validate() -> Any:
            return run_step("replaying:validate", *chosen_flow(chosen, get_current_context()["params"]))

        @task(task_id="load", max_active_tis_per_dag=1, outlets=[alias_of(dag_id, "load")])
        def load() -> Any:
            return run_step("replaying:load", *chosen_flow(chosen, get_current_context()["params"]))

        extract() >> validate() >> load()
    dag.params.update(_params(names, flows))  # last: each task would copy them
    return dag


def _params(names: list[str], flows: list[str]) -> dict[str, Param]:
    return {
        "pair": Param(names[0], type="string", enum=names, title="Pair", description="Its DAG id"),
        "flow": Param(flows[0], type="string", enum=flows, title="Flow"),
        "keys": Param(
            None, type=["null", "array"], items={"type": "string"}, title="Document keys",
            description="The source's keys; none means everything held, waiting or failed in this flow.",
        ),
    }  # fmt: skip


def chosen_flow(deployments: tuple[Deployment, ...], params: Mapping[str, Any]) -> tuple[Deployment, Flow]:
    """Return the deployment and flow that the trigger form names.

    Raises:
        AirflowFailException: the deployment has no such flow.
    """
    deployment = find(params["pair"], deployments)
    flows = {flow.name: flow for flow in deployment.active_flows()}
    if params["flow"] not in flows:
        msg = f"{deployment.dag_id} has no flow {params['flow']!r}{suggestion(params['flow'], flows)}"
        raise AirflowFailException(msg)
    return deployment, flows[params["flow"]]

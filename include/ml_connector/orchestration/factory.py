"""A deployment → its DAG."""

from __future__ import annotations

import datetime as dt
import inspect
from typing import Any

from airflow.sdk import DAG, CronDataIntervalTimetable, Param, get_current_context, task, task_group

from ml_connector.orchestration import catalog, retries
from ml_connector.orchestration.assets import alias_of
from ml_connector.orchestration.deployments import REPLAY, Deployment, of_tenant
from ml_connector.orchestration.fiscal import PERIOD_CLOSE
from ml_connector.sync.spec import Flow


def build(deployment: Deployment) -> DAG:
    """Return the DAG of one deployment: a task group a flow, and `reconcile` at the end."""
    flows = deployment.active_flows()
    with DAG(
        dag_id=deployment.dag_id,
        dag_display_name=titled(deployment.spec.title, deployment),
        description=deployment.spec.description,
        doc_md=documentation(deployment),
        schedule=timetable(deployment),
        start_date=deployment.start_date,
        catchup=False,
        max_active_runs=1,
        tags=sorted({"ml-connector", "cin7", deployment.spec.partner, *filter(None, [deployment.tenant])}),
        default_args=_defaults(deployment),
        **_optional(DAG, rerun_with_latest_version=True),
    ) as dag:
        groups = {flow.name: _flow_group(deployment, flow) for flow in flows}
        for flow in flows:
            for name in {*flow.after, flow.within}:
                if name in groups:
                    groups[name] >> groups[flow.name]
        list(groups.values()) >> _reconcile(deployment)
        if deployment.spec.compare_accounts:
            _compare_accounts(deployment)
    dag.params.update(params(deployment))  # last: each task would copy them, half the time of parsing a fleet
    return dag


def timetable(deployment: Deployment) -> Any:
    """Return when the DAG runs: its data intervals are spans of a cron expression, or accounting periods."""
    schedule = deployment.schedule_of_dag()
    if schedule != PERIOD_CLOSE:
        return CronDataIntervalTimetable(schedule, timezone="UTC")
    from ml_connector.orchestration.fiscal_timetable import FiscalTimetable  # noqa: PLC0415 - needs Airflow's core

    return FiscalTimetable(deployment.calendar)


def _flow_group(deployment: Deployment, flow: Flow) -> Any:
    @task_group(group_id=flow.name, tooltip=f"{flow.kind.replace('_', ' ')}s: {flow.source} → {flow.destination}")
    def group() -> None:
        @task(task_id="extract", trigger_rule="none_failed")
        def extract() -> Any:
            return run_step("tasks:extract", deployment, flow)

        @task(task_id="validate")
        def validate() -> Any:
            return run_step("tasks:validate", deployment, flow)

        @task(task_id="load", max_active_tis_per_dag=1, outlets=[alias_of(deployment.dag_id, flow.name)])
        def load() -> Any:
            return run_step("tasks:load", deployment, flow)

        @task(task_id="record_watermark", max_active_tis_per_dag=1)
        def record_watermark() -> Any:
            return run_step("tasks:record_watermark", deployment, flow)

        extract() >> validate() >> load() >> record_watermark()

    return group()


def _reconcile(deployment: Deployment) -> Any:
    @task(task_id="reconcile", trigger_rule="all_done")
    def reconcile() -> Any:
        return run_step("tasks:reconcile", deployment)

    return reconcile()


def _compare_accounts(deployment: Deployment) -> Any:
    @task(task_id="compare_accounts")
    def compare_accounts() -> Any:
        return run_step("tasks:compare_accounts", deployment)

    return compare_accounts()


def run_step(place: str, deployment: Deployment, *flow: Flow) -> Any:
    """Run one of our steps, named ``module:function``, in a task; the engine is imported only now, not to parse."""
    return catalog.load(f"{__package__}.{place}")(deployment, *flow, get_current_context())


def _defaults(deployment: Deployment) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "owner": deployment.owner,
        "retries": deployment.retries,
        "retry_delay": dt.timedelta(seconds=60),
        "retry_exponential_backoff": True,
        "max_retry_delay": dt.timedelta(minutes=30),
        **retries.policy(),
    }
    return defaults | ({"pool": deployment.pool} if deployment.pool else {})


def params(deployment: Deployment) -> dict[str, Param]:
    """Return the fields of the trigger form."""
    names = [flow.name for flow in deployment.active_flows()]
    return {
        "from": Param(
            None, type=["null", "string"], format="date-time", title="From",
            description="Read what changed from this time on (UTC). Does not move the watermark.",
        ),
        "to": Param(
            None, type=["null", "string"], format="date-time", title="To",
            description="Read what changed before this time (UTC); empty means now.",
        ),
        "flows": Param(
            None, type=["null", "array"], title="Flows", examples=names, items={"type": "string", "enum": names},
            description="Only these flows; none means all.",
        ),
        "document_keys": Param(
            None, type=["null", "array"], title="Document keys", items={"type": "string"},
            description="Only these documents, by the source's key, as they are now.",
        ),
        "compare_from": Param(
            None, type=["null", "string"], format="date", title="Compare from",
            description="In the end, compare what both systems list of documents dated from this day on.",
        ),
        "compare_to": Param(
            None, type=["null", "string"], format="date", title="Compare to",
            description="The last day of that comparison.",
        ),
        "dry_run": Param(
            False, type="boolean", title="Dry run",
            description="Read, check and compare, but write nothing; the would-be changes are in the audit table.",
        ),
        "approved_dry_run": Param(
            None, type=["null", "string"], title="Approved dry run", maxLength=250,
            description="Write no more than this dry run listed, given by its run id; the rest waits for another run.",
        ),
    }  # fmt: skip


def documentation(deployment: Deployment) -> str:
    """Return the DAG's page: what moves, what to do when it is red."""
    rows = "\n".join(
        f"| `{flow.name}` | {flow.kind.replace('_', ' ')}s | {flow.source} → {flow.destination} | "
        f"`{deployment.cadence_of(flow)}` |"
        for flow in deployment.active_flows()
    )
    return f"""### {titled(deployment.spec.title, deployment)}

{deployment.spec.description}

Runs: {_schedule(deployment)}. A flow takes part in each run in whose interval it is due.

| flow | moves | from → to | due |
|---|---|---|---|
{rows}

Every document is written exactly once, or held with a reason. For each flow
read = created + updated + unchanged + held + waiting + failed; `reconcile` compares both sides.

**It is red:** open the failed task's log; its last lines name document, field, value and next step. Clearing a task is
always safe: what was written is found again. **A document is held:** correct the map or the document, then clear
`validate` with downstream, or trigger `{of_tenant(REPLAY, deployment.dag_id)}`. **Watermarks** are the Variables
`ml_connector__{deployment.dag_id}__<flow>__watermark`; set one back to read again from there.
"""


def _schedule(deployment: Deployment) -> str:
    schedule = deployment.schedule_of_dag()
    return str(deployment.calendar) if schedule == PERIOD_CLOSE else f"`{schedule}` UTC"


def titled(title: str, deployment: Deployment) -> str:
    """Return a DAG's title with the tenant whose it is."""
    return title + (f" ({deployment.tenant})" if deployment.tenant else "")


def _optional(function: Any, **named: Any) -> dict[str, Any]:
    """Return those arguments that this Airflow knows."""
    known = inspect.signature(function).parameters
    return {name: value for name, value in named.items() if name in known}

"""What the tasks do: short, over the engine; between them go ids and counts only."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from ml_connector.domain.errors import ConfigurationError, ContractError
from ml_connector.orchestration import assets, comparing, metrics, noticing
from ml_connector.orchestration.deployments import PREFLIGHT, REPLAY, Deployment, of_tenant
from ml_connector.orchestration.fiscal import PERIOD_CLOSE
from ml_connector.orchestration.timetable import is_due
from ml_connector.orchestration.webhook_health import webhook_problems
from ml_connector.orchestration.wiring import Workshop, workshop
from ml_connector.store.audit import SqlAudit
from ml_connector.sync import extract as extracting
from ml_connector.sync import load as loading
from ml_connector.sync import reconcile as reconciling
from ml_connector.sync import validate as validating
from ml_connector.sync import watermark as marking
from ml_connector.sync.run import FlowRun
from ml_connector.sync.spec import Flow
from ml_connector.sync.window import WindowPlan, WindowRequest, plan

log = logging.getLogger("ml_connector")
Counts = dict[str, int]
STEPS = ("extract", "validate", "load", "record_watermark")
"""The tasks of each flow, in order."""
MOST_DIFFERENCES = 500
"""Differences kept of one run; a longer list has one cause, and stands in the task's log."""


def extract(deployment: Deployment, flow: Flow, context: Any) -> dict[str, Any]:
    """Read what is asked for into staging; skip when the flow is not due or not asked for."""
    reason = not_now(deployment, flow, context)
    if reason:
        raise AirflowSkipException(reason)
    with errors(), opened(deployment, context) as parts:
        run = parts.flow_run(flow, run_key(deployment, context), dry_run=_dry_run(context))
        made = plan(run, request=request_of(context), zone=deployment.zone_of_dag())
        return {"plan": made.to_json(), "counts": extracting.extract(run, made)}


def validate(deployment: Deployment, flow: Flow, context: Any) -> Counts:
    """Apply the code maps and run every check."""
    with errors(), opened(deployment, context) as parts:
        return validating.validate(parts.flow_run(flow, run_key(deployment, context), dry_run=_dry_run(context)))


def load(deployment: Deployment, flow: Flow, context: Any) -> Counts:
    """Bring every ready document into the target, exactly once."""
    approved = str(context["params"].get("approved_dry_run") or "")
    with errors(), opened(deployment, context) as parts:
        run = parts.flow_run(flow, run_key(deployment, context), dry_run=_dry_run(context), approved=approved)
        counts = loading.load(run)
    if not run.dry_run:
        assets.tell(deployment, flow, counts, context, run.run_id)
    return counts


def record_watermark(deployment: Deployment, flow: Flow, context: Any) -> str | None:
    """Move the flow's watermark, when every document has an outcome."""
    stored = context["ti"].xcom_pull(task_ids=f"{flow.name}.extract")
    with errors(), opened(deployment, context) as parts:
        run = parts.flow_run(flow, run_key(deployment, context), dry_run=_dry_run(context))
        return marking.record(run, WindowPlan.from_json(stored["plan"]))


def compare_accounts(deployment: Deployment, context: Any) -> Counts:
    """Report how the two charts of accounts differ; informational, so a difference is no failure."""
    cron = deployment.spec.compare_accounts
    if _run_type(context) in ("scheduled", "backfill") and not is_due(cron, *span(context)):
        raise AirflowSkipException(f"the charts of accounts are compared by {cron!r}, not in this interval")
    with errors(), opened(deployment, context) as parts:
        found = parts.compare_accounts(run_key(deployment, context))
    for one in found.differences:
        log.info("%s: %s", one.difference, one.model_dump(exclude={"difference"}, exclude_defaults=True))
    log.info("list them all with: ml-connector accounts %s", deployment.dag_id)
    return found.counts()


def reconcile(deployment: Deployment, context: Any) -> dict[str, Any]:
    """Compare both sides and say so; fail when a flow did not finish or the sides differ."""
    flows, unfinished = _took_part(deployment, context)
    run_id, dry_run = run_key(deployment, context), _dry_run(context)
    left_out: list[str] = []
    wrong: list[str] = []
    with errors(), opened(deployment, context, of_one_moment=True) as parts:
        try:
            runs = [parts.flow_run(flow, run_id, dry_run=dry_run) for flow in flows]
            report = reconciling.reconcile(runs, deployment=deployment.dag_id, run_id=run_id)
            parts.database.finish_run(deployment.dag_id, run_id)
            if not dry_run:
                _keep(parts.database.audit(deployment.dag_id, reconciling.RECONCILED, run_id), report)
                left_out = _compare_lists(parts, runs, context)
            wrong = [*unfinished, *report.incomplete, *([] if dry_run else report.differences), *left_out]
            if not dry_run:
                _tell(parts, runs, report, wrong, context)
        finally:
            parts.anchor(run_id)
            parts.end_run()
        _forget_old(parts)
    log.info(report.text())
    result = report.model_dump(mode="json")
    context["ti"].xcom_push(key="return_value", value=result)
    if wrong:
        lines = "\n".join(f"- {line}" for line in wrong[:50])
        raise AirflowFailException(f"pair {deployment.dag_id}: the run is not complete or the sides differ:\n{lines}")
    return result


def _forget_old(parts: Workshop) -> None:
    """Delete the content that is older than the deployment keeps it."""
    parts.forget_bodies()
    days = parts.deployment.keep_days
    if days is not None:
        gone = parts.database.purge(days, parts.deployment.dag_id)
        log.info("older than %d days and deleted: %s", days, gone)


def _tell(parts: Workshop, runs: list[FlowRun], report: reconciling.Report, wrong: list[str], context: Any) -> None:
    """Publish the run's numbers, and send the digest where the deployment wants one."""
    metrics.publish(runs, report, parts.database.now())
    notices = parts.deployment.notices
    if notices is None:
        return
    webhooks = webhook_problems(parts, report.run_id)
    made = noticing.digest(parts.database, notices, runs, report, problems=wrong, webhooks=webhooks)
    if noticing.notify(parts.database, notices, made, report.run_id, context):
        log.info("the digest was sent by %s", notices.notifier)


def _compare_lists(parts: Workshop, runs: list[FlowRun], context: Any) -> list[str]:
    """Compare what both systems list, in a live run or where days are asked for; return what was left out."""
    asked = days_of(context)
    if asked is None and request_of(context).mode != "live":
        return []
    return comparing.after_run(parts, runs, asked, run_key(parts.deployment, context))


def _keep(audit: SqlAudit, report: reconciling.Report) -> None:
    """Keep what the run's reconciliation found in the audit trail; what is held stands in the review queue."""
    told = report.model_dump(mode="json", exclude={"held"})
    audit.note("", reconciling.RECONCILED, {**told, "differences": told["differences"][:MOST_DIFFERENCES]})


def _took_part(deployment: Deployment, context: Any) -> tuple[list[Flow], list[str]]:
    """Return the flows that were read in this run, and which tasks of theirs have not ended well, in words.

    Asked of Airflow, since a flow whose load could not even begin has no document to show for it.
    """
    ti = context["ti"]
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[context["run_id"]])[context["run_id"]]
    read, unfinished = [], []
    for flow in deployment.active_flows():
        steps = {step: str(states.get(f"{flow.name}.{step}")) for step in STEPS}
        if steps["extract"] == "skipped":
            continue
        if steps["extract"] == "success":
            read.append(flow)
        bad = next((f"{step} is {state}" for step, state in steps.items() if state != "success"), "")
        if bad:
            unfinished.append(f"{flow.name}: {bad}; see its log, then clear it with downstream")
    return read, unfinished


# --- what was asked for ---


def not_now(deployment: Deployment, flow: Flow, context: Any) -> str:
    """Return why a flow does not take part in this run; "" when it does.

    In a backfill every flow does: each run reads its own interval and no other, so one left out would be read by none.
    """
    asked = context["params"].get("flows")
    if asked:
        return "" if flow.name in asked else f"flow {flow.name} was not asked for"
    if _run_type(context) != "scheduled":
        return ""
    cadence = deployment.cadence_of(flow)
    if deployment.schedule_of_dag() == PERIOD_CLOSE or is_due(cadence, *span(context), deployment.calendar):
        return ""
    return f"flow {flow.name} ({cadence}) is not due in this interval"


def span(context: Any) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return what the run stands for: its data interval, and in a scheduled run also the intervals left out before it.

    Without catchup the scheduler leaves intervals out while a run takes longer than one; a flow whose tick lay in
    one of them would never be due. Where somebody has asked for a run between, Airflow does not tell of the
    scheduled one before it: then a day is looked back, since a flow that is due too often loses nothing.
    """
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if start is None or end is None or _run_type(context) != "scheduled":
        return start, end
    previous = context["ti"].get_previous_dagrun()
    before = previous and previous.data_interval_end
    if before and _type_of(previous) != "scheduled":
        before -= dt.timedelta(days=1)
    return (min(start, before) if before else start), end


def run_key(deployment: Deployment, context: Any) -> str:
    """Return the name under which the run is kept: Airflow's run id, led by the DAG's where that is not the pair's."""
    dag_id, run_id = context["dag_run"].dag_id, str(context["run_id"])
    return run_id if dag_id == deployment.dag_id else f"{dag_id}/{run_id}"


def beside(deployment: Deployment, context: Any) -> Callable[[], bool]:
    """Return what tells a task of a replay or preflight whether another run goes on that may call the same systems."""
    dags = (deployment.dag_id, *(of_tenant(name, deployment.dag_id) for name in (REPLAY, PREFLIGHT)))

    def is_running() -> bool:
        """Tell whether there are more than the task's own."""
        return sum(int(context["ti"].get_dr_count(dag_id=dag_id, states=["running"])) for dag_id in dags) > 1

    return is_running


def days_of(context: Any) -> comparing.Days | None:
    """Return the days over which the trigger form wants both systems' lists compared; None when it does not.

    Raises:
        ConfigurationError: only one of the two is given, or the first lies behind the last.
    """
    first, last = (context["params"].get(name) for name in ("compare_from", "compare_to"))
    if not first and not last:
        return None
    if not first or not last or dt.date.fromisoformat(first) > dt.date.fromisoformat(last):
        raise ConfigurationError(f"compare from {first!r} to {last!r}: give two days, the first before the last")
    return dt.date.fromisoformat(first), dt.date.fromisoformat(last)


def opened(deployment: Deployment, context: Any, *, of_one_moment: bool = False) -> AbstractContextManager[Workshop]:
    """Open the deployment's parts for a task of this run."""
    backfill = request_of(context).mode in ("interval", "explicit")
    return workshop(
        deployment,
        backfill=backfill,
        of_one_moment=of_one_moment,
        run=run_key(deployment, context),
        is_repeated=context["ti"].try_number > 1,
    )


def _run_type(context: Any) -> str:
    return _type_of(context["dag_run"])


def _type_of(dag_run: Any) -> str:
    return str(getattr(dag_run.run_type, "value", dag_run.run_type))


def request_of(context: Any) -> WindowRequest:
    """Return what the run reads: its data interval in a backfill, what the trigger form says, else what is new."""
    params = context["params"]
    if _run_type(context) == "backfill":
        return WindowRequest(mode="interval", start=context["data_interval_start"], end=context["data_interval_end"])
    if params.get("document_keys"):
        return WindowRequest(mode="keys", keys=tuple(params["document_keys"]))
    if params.get("from") or params.get("to"):
        return WindowRequest(mode="explicit", start=_moment(params.get("from")), end=_moment(params.get("to")))
    return WindowRequest()


def _moment(text: str | None) -> dt.datetime | None:
    if not text:
        return None
    made = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return made if made.tzinfo else made.replace(tzinfo=dt.timezone.utc)


def _dry_run(context: Any) -> bool:
    return bool(context["params"].get("dry_run"))


@contextmanager
def errors() -> Iterator[None]:
    """Let what only a person can mend fail at once; the rest Airflow retries."""
    try:
        yield
    except (ConfigurationError, ContractError) as error:
        answer = getattr(error, "answer", "")
        raise AirflowFailException(f"{type(error).__name__}: {error}" + (f"\n{answer}" if answer else "")) from None

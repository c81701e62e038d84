"""What the tasks do: short, over the engine; between them go ids and counts only."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from ml_connector.domain.errors import ConfigurationError, ContractError, SyncError
from ml_connector.orchestration.deployments import Deployment
from ml_connector.orchestration.timetable import is_due
from ml_connector.orchestration.wiring import workshop
from ml_connector.sync import extract as extracting
from ml_connector.sync import load as loading
from ml_connector.sync import reconcile as reconciling
from ml_connector.sync import validate as validating
from ml_connector.sync import watermark as marking
from ml_connector.sync.spec import Flow
from ml_connector.sync.window import WindowPlan, WindowRequest, plan

log = logging.getLogger("ml_connector")
Counts = dict[str, int]


def extract(deployment: Deployment, flow: Flow, context: Any) -> dict[str, Any]:
    """Read what is asked for into staging; skip when the flow is not due or not asked for."""
    reason = not_now(deployment, flow, context)
    if reason:
        raise AirflowSkipException(reason)
    with _errors(), workshop(deployment) as parts:
        run = parts.flow_run(flow, context["run_id"], dry_run=_dry_run(context))
        made = plan(run, request=request_of(context))
        return {"plan": made.to_json(), "counts": extracting.extract(run, made)}


def validate(deployment: Deployment, flow: Flow, context: Any) -> Counts:
    """Apply the code maps and run every check."""
    with _errors(), workshop(deployment) as parts:
        return validating.validate(parts.flow_run(flow, context["run_id"], dry_run=_dry_run(context)))


def load(deployment: Deployment, flow: Flow, context: Any) -> Counts:
    """Bring every ready document into the target, exactly once."""
    with _errors(), workshop(deployment) as parts:
        return loading.load(parts.flow_run(flow, context["run_id"], dry_run=_dry_run(context)))


def record_watermark(deployment: Deployment, flow: Flow, context: Any) -> str | None:
    """Move the flow's watermark, when every document has an outcome."""
    stored = context["ti"].xcom_pull(task_ids=f"{flow.name}.extract")
    with _errors(), workshop(deployment) as parts:
        run = parts.flow_run(flow, context["run_id"], dry_run=_dry_run(context))
        return marking.record(run, WindowPlan.from_json(stored["plan"]))


def reconcile(deployment: Deployment, context: Any) -> dict[str, Any]:
    """Compare both sides and say so; fail when a flow did not finish or the sides differ."""
    flows = [flow for flow in deployment.active_flows() if not not_now(deployment, flow, context)]
    read = {f.name: context["ti"].xcom_pull(task_ids=f"{f.name}.extract") for f in flows}
    unread = [name for name, stored in read.items() if stored is None]
    with _errors(), workshop(deployment) as parts:
        dry = _dry_run(context)
        runs = [parts.flow_run(f, context["run_id"], dry_run=dry) for f in flows if f.name not in unread]
        report = reconciling.reconcile(runs, deployment=deployment.dag_id, run_id=context["run_id"])
        log.info(report.text())
        parts.database.finish_run(deployment.dag_id, context["run_id"])
    result = report.model_dump(mode="json")
    context["ti"].xcom_push(key="return_value", value=result)
    _judge(deployment, report, unread, dry_run=dry)
    return result


def _judge(deployment: Deployment, report: reconciling.Report, unread: list[str], *, dry_run: bool) -> None:
    wrong = [f"{name}: it was not read; clear its extract task" for name in unread]
    wrong += list(report.incomplete) + ([] if dry_run else list(report.differences))
    if wrong:
        lines = "\n".join(f"- {line}" for line in wrong[:50])
        raise AirflowFailException(f"pair {deployment.dag_id}: the run is not complete or the sides differ:\n{lines}")


# --- what was asked for ---


def not_now(deployment: Deployment, flow: Flow, context: Any) -> str:
    """Return why a flow does not take part in this run; "" when it does."""
    asked = context["params"].get("flows")
    if asked:
        return "" if flow.name in asked else f"flow {flow.name} was not asked for"
    if str(context["dag_run"].run_type).rpartition(".")[2].lower() == "manual":
        return ""
    cron = deployment.cron_of(flow)
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    return "" if is_due(cron, start, end) else f"flow {flow.name} ({cron}) is not due in this interval"


def request_of(context: Any) -> WindowRequest:
    """Return what the run reads: its data interval in a backfill, what the trigger form says, else what is new."""
    params = context["params"]
    if str(context["dag_run"].run_type).rpartition(".")[2].lower() == "backfill":
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
def _errors() -> Iterator[None]:
    """Let what only a person can mend fail at once, and the rest be retried."""
    try:
        yield
    except (ConfigurationError, ContractError) as error:
        answer = getattr(error, "answer", "")
        raise AirflowFailException(f"{type(error).__name__}: {error}" + (f"\n{answer}" if answer else "")) from None
    except SyncError:
        raise

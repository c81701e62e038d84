"""What the tasks of the replay DAG do."""

from __future__ import annotations

from typing import Any

from ml_connector.domain.documents import Document
from ml_connector.orchestration import tasks
from ml_connector.orchestration.deployments import Deployment
from ml_connector.orchestration.tasks import Counts, errors, run_key, validate
from ml_connector.orchestration.wiring import workshop
from ml_connector.sync import extract as extracting
from ml_connector.sync.spec import Flow
from ml_connector.sync.window import WindowRequest, plan

__all__ = ["extract", "load", "validate"]


def extract(deployment: Deployment, flow: Flow, context: Any) -> Counts:
    """Stage exactly the documents asked for, as they are at the source now."""
    with errors(), workshop(deployment) as parts:
        run = parts.flow_run(flow, run_key(deployment, context))
        asked = tuple(context["params"].get("keys") or ())
        keys = asked or tuple(one.key for one in run.journal.open_documents() if isinstance(one, Document))
        if not keys:
            run.say(f"{run.where()}: nothing is held, waiting or failed")
            run.staging.begin()
            return run.staging.counts()
        return extracting.extract(run, plan(run, request=WindowRequest(mode="keys", keys=keys)))


def load(deployment: Deployment, flow: Flow, context: Any) -> Counts:
    """Bring the documents into the target, and anchor what the audit trail says of it."""
    try:
        return tasks.load(deployment, flow, context)
    finally:
        with workshop(deployment) as parts:
            parts.anchor(run_key(deployment, context))

"""What the tasks of the replay DAG do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ml_connector.domain.documents import Document
from ml_connector.orchestration import tasks
from ml_connector.orchestration.deployments import Deployment
from ml_connector.orchestration.tasks import Counts, beside, errors, run_key
from ml_connector.orchestration.wiring import Workshop, workshop
from ml_connector.sync import extract as extracting
from ml_connector.sync.spec import Flow
from ml_connector.sync.window import WindowRequest, plan


def extract(deployment: Deployment, flow: Flow, context: Any) -> Counts:
    """Stage exactly the documents asked for, as they are at the source now."""
    with _visit(deployment, context) as parts:
        run = parts.flow_run(flow, run_key(deployment, context))
        asked = tuple(context["params"].get("keys") or ())
        keys = asked or tuple(one.key for one in run.journal.open_documents() if isinstance(one, Document))
        if not keys:
            run.say(f"{run.where()}: nothing is held, waiting or failed")
            run.staging.begin()
            return run.staging.counts()
        return extracting.extract(run, plan(run, request=WindowRequest(mode="keys", keys=keys)))


def validate(deployment: Deployment, flow: Flow, context: Any) -> Counts:
    """Apply the code maps and run every check."""
    with _visit(deployment, context):
        return tasks.validate(deployment, flow, context)


def load(deployment: Deployment, flow: Flow, context: Any) -> Counts:
    """Bring the documents into the target, and anchor what the audit trail says of it."""
    with _visit(deployment, context) as parts:
        try:
            return tasks.load(deployment, flow, context)
        finally:
            parts.anchor(run_key(deployment, context))


@contextmanager
def _visit(deployment: Deployment, context: Any) -> Iterator[Workshop]:
    """Open the deployment's parts for one task, which gives back what it has opened, such as a session with a seat.

    Each task by itself, since nobody would come after one that fails; it costs a sign-in a task.
    """
    with errors(), workshop(deployment) as parts, parts.visit(beside(deployment, context)):
        yield parts

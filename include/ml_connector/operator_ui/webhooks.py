"""Where vendors' webhooks arrive: a call with the right secret says "something changed", and a run starts.

Neither Cin7 nor Acumatica signs what it sends (https://dearinventory.docs.apiary.io/#reference/webhooks,
https://help.acumatica.com: Push Notifications): the sender is known by a secret header alone. So the body is believed
in nothing. Not even the record that it names is: the run reads what has changed, as every run does. A webhook that is
lost, late, doubled or replayed therefore changes nothing but the time of a run.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from ml_connector.domain.errors import SyncError
from ml_connector.operator_ui.guard import Headers, Limit
from ml_connector.orchestration.deployments import Deployment

MOST_BYTES = 1_000_000
"""Longest body that is read; Cin7 sends whole suppliers in one, many at a time."""
OWN_HEADER = "x-webhook-secret"
"""For senders that cannot set ``Authorization: Bearer …``."""
log = logging.getLogger("ml_connector")


@dataclass(frozen=True)
class Desk:
    """What the receiver asks of Airflow.

    Args:
        deployments: those that there are now.
        secret_of: the secret of the connection that a deployment uses for a system; "" where none is set.
        start: starts a run of a DAG for a system, with these flows, soon, unless one is waiting; returns its id.
    """

    deployments: Callable[[], Sequence[Deployment]]
    secret_of: Callable[[Deployment, str], str]
    start: Callable[[str, str, Sequence[str]], str]


def create_receiver(desk: Desk) -> FastAPI:
    """Return the application."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Limit, most_bytes=MOST_BYTES)
    app.add_middleware(Headers)

    @app.post("/{dag_id}/{system}")
    async def receive(dag_id: str, system: str, request: Request) -> JSONResponse:
        body = await request.body()
        return await run_in_threadpool(_receive, desk, dag_id, system, _sent(request), body)

    return app


def _sent(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else request.headers.get(OWN_HEADER, "")


def _receive(desk: Desk, dag_id: str, system: str, sent: str, body: bytes) -> JSONResponse:
    """Answer one call; whoever has not the secret learns nothing of what is deployed."""
    try:
        deployment = next((one for one in desk.deployments() if one.dag_id == dag_id), None)
        flows = [] if deployment is None else _flows(deployment, system)
        secret = desk.secret_of(deployment, system) if deployment is not None and flows else ""
        if not _is_known(sent, secret):
            return _said(401, "no such webhook, or its secret is wrong")
        if not _is_json(body):
            return _said(400, "the body is no JSON object")
        run_id = desk.start(dag_id, system, flows)
    except SyncError as error:
        log.warning("webhook of %s for %s: %s", system, dag_id, error)
        return _said(503, "not now; send it again")
    return JSONResponse({"run": run_id}, 202)


def _flows(deployment: Deployment, system: str) -> list[str]:
    """Return the flows that read from the system."""
    return [flow.name for flow in deployment.active_flows() if flow.source == system]


def _is_known(sent: str, secret: str) -> bool:
    """Compare in constant time; no secret set means that nobody is let in."""
    return hmac.compare_digest(sent.encode(), secret.encode()) and bool(secret)


def _is_json(body: bytes) -> bool:
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict)


def _said(status: int, what: str) -> JSONResponse:
    return JSONResponse({"error": what}, status)

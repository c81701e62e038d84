"""The pages as one application, to be mounted by Airflow: nothing is answered to who is not signed in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse

from ml_connector.domain.errors import ConcurrentEdit, RetryableError, SyncError
from ml_connector.operator_ui import (
    mapping_actions,
    mappings_page,
    pairs_page,
    plan_page,
    queue_actions,
    queue_page,
    reconciliation_page,
    remap_page,
    run_page,
    story_page,
)
from ml_connector.operator_ui.desk import Desk
from ml_connector.operator_ui.guard import Headers, Limit
from ml_connector.operator_ui.rendering import STYLE, page

log = logging.getLogger("ml_connector")
PAGES = (
    pairs_page,
    plan_page,
    run_page,
    queue_page,
    queue_actions,
    story_page,
    mappings_page,
    mapping_actions,
    remap_page,
    reconciliation_page,
)
ADVICE = {
    401: "Sign in to Airflow, then open this page again.",
    403: "Ask whoever looks after Airflow for the permission, or go back.",
    404: "Go back and choose again.",
    409: "Nothing of yours was stored. Go back, reload the page, and decide again.",
    422: "Go back and correct the form.",
    503: "Try again in a minute; if it stays, tell whoever looks after Airflow.",
}


def create_app(desk: Desk, sign_in: Callable[..., Any]) -> FastAPI:
    """Return the application.

    Args:
        desk: what the pages are made from.
        sign_in: a dependency that puts the person into ``request.state.visitor``, or answers 401.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(sign_in)])
    app.state.desk = desk
    app.add_middleware(Limit)
    app.add_middleware(Headers)
    app.get("/pages.css")(style)
    for pages in PAGES:
        app.include_router(pages.router)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _wrong_input)
    app.add_exception_handler(SyncError, _our_error)
    return app


def style() -> Response:
    """Return the one style sheet."""
    return FileResponse(STYLE, media_type="text/css")


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(request, error.status_code, str(error.detail))


def _wrong_input(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    lines = [f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()[:10]]
    return problem(request, 422, "; ".join(lines))


def _our_error(request: Request, error: Exception) -> Response:
    if isinstance(error, ConcurrentEdit):
        return problem(request, 409, str(error))
    if not isinstance(error, RetryableError):
        return problem(request, 422, str(error))
    log.warning("pages: %s", error)
    return problem(request, 503, str(error))


def problem(request: Request, status: int, what: str) -> Response:
    """Return a page, or JSON, that says what is wrong and what to do."""
    advice = ADVICE.get(status, "Go back.")
    if request.url.path.endswith(".json"):
        return JSONResponse({"error": what, "next_step": advice}, status)
    title = HTTPStatus(status).phrase
    return page(request, "problem.html", {"title": title, "what": what, "advice": advice}, status=status)

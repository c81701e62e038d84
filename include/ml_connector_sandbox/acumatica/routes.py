"""The HTTP surface: which path goes where, and how a refusal becomes an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ml_connector_sandbox.core.wire import JsonAnswer

from . import contract, entities, identity
from .errors import Refusal, not_found

if TYPE_CHECKING:
    from .site import Site

Handler = Callable[["Site", Request], Awaitable[Response]]

_TABLE: tuple[tuple[str, Handler, tuple[str, ...]], ...] = (
    ("/entity", contract.list_endpoints, ("GET",)),
    ("/entity/", contract.list_endpoints, ("GET",)),
    ("/entity/auth/login", identity.log_in, ("POST",)),
    ("/entity/auth/logout", identity.log_out, ("POST",)),
    ("/identity/connect/token", identity.token, ("POST",)),
    ("/identity/connect/authorize", identity.authorize, ("GET",)),
    ("/identity/.well-known/openid-configuration", identity.discover, ("GET",)),
    ("/entity/{endpoint}/{version}/swagger.json", contract.specification, ("GET",)),
    ("/entity/{endpoint}/{version}/{entity}", entities.collection, ("GET", "PUT", "PATCH", "POST", "DELETE")),
    ("/entity/{endpoint}/{version}/{entity}/{tail:path}", entities.member, ("GET", "PUT", "PATCH", "POST", "DELETE")),
)


def build_app(site: Site) -> ASGIApp:
    """The vendor's app."""
    routes = [Route(path, _guarded(site, handler), methods=list(methods)) for path, handler, methods in _TABLE]
    inner = Starlette(routes=routes)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        instance = site.switches.instance
        path = str(scope["path"])
        if instance and not path.startswith(f"/{instance}/"):
            await JSONResponse(not_found(path).body, status_code=404)(scope, receive, send)
            return
        if instance:
            path = path[len(instance) + 1 :]
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await inner(scope, receive, send)

    return app


def _guarded(site: Site, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """The handler behind the licence, with refusals as answers; a logout does not wait in the queue."""

    async def endpoint(request: Request) -> Response:
        try:
            if request.url.path.endswith("/auth/logout"):
                return await handler(site, request)
            async with site.licence.admitted(site.switches):
                return await handler(site, request)
        except Refusal as refusal:
            return JsonAnswer(refusal.body, status_code=refusal.status)

    return endpoint

"""The HTTP surface: which path goes where, and how a refusal becomes an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ml_connector_sandbox.core.wire import JsonAnswer

from . import batch, identity, metadata, reading, writing
from .call import Call
from .errors import Refusal, forbidden, malformed, no_service, not_allowed, not_found
from .resource import Target, resolve
from .services import SERVICES, Service

if TYPE_CHECKING:
    from .site import Site

_FAMILIES = {
    "/main/ifsapplications/projection/v1/": "projection",
    "/int/ifsapplications/projection/v1/": "projection",
    "/int/ifsapplications/entity/v1/": "entity",
}
_METHODS: dict[str, Callable[[Call, Target], Response]] = {
    "GET": reading.get,
    "POST": writing.post,
    "PATCH": writing.patch,
    "DELETE": writing.delete,
}


def build_app(site: Site) -> ASGIApp:
    """The vendor's app."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer = await answer_to(site, request)
        await answer(scope, receive, send)

    return app


async def answer_to(site: Site, request: Request) -> Response:
    """The answer to a request, refusals included."""
    raw = request.scope.get("raw_path") or request.url.path.encode()
    path = raw.decode("latin-1").partition("?")[0]
    try:
        if path.startswith("/auth/realms/"):
            realm, _, tail = path.removeprefix("/auth/realms/").partition("/")
            return await identity.serve(site, request, unquote(realm), tail)
        return await _service_answer(site, request, path)
    except Refusal as refusal:
        return refused(site, refusal)


def refused(site: Site, refusal: Refusal) -> Response:
    """A refusal as an answer."""
    body = refusal.body
    error = body.get("error")
    if isinstance(error, dict) and site.switches.error_message_object:
        body = {"error": {**error, "message": {"lang": "en", "value": error["message"]}}}
    return JsonAnswer(body, status_code=refusal.status, headers=refusal.headers)


async def _service_answer(site: Site, request: Request, path: str) -> Response:
    """The answer of a projection or an entity service."""
    prefix = next((prefix for prefix in _FAMILIES if path.startswith(prefix)), None)
    if prefix is None:
        raise not_found(f"No resource at '{path}'.")
    grant = site.tokens.need(request.headers.get("authorization", ""))
    site.rate.admit(grant.tenant.name, site.clock.now(), site.switches)
    name, *segments = path.removeprefix(prefix).split("/")
    service = SERVICES.get(name.removesuffix(".svc")) if name.endswith(".svc") else None
    if service is None or service.family != _FAMILIES[prefix]:
        raise no_service()
    root = f"{request.url.scheme}://{request.url.netloc}{prefix}{name}"
    call = Call(site, request, grant.tenant, grant.client, service, root, await request.body())
    _need_permission(call, service)
    return serve(call, [unquote(segment) for segment in segments if segment])


def _need_permission(call: Call, service: Service) -> None:
    """403 when the service user's permission sets lack the projection, or the right to write."""
    granted = call.client.projections
    if granted is not None and service.name not in granted:
        raise forbidden(service.name)


def serve(call: Call, segments: list[str]) -> Response:
    """The answer of a service to what comes after its name.

    Raises:
        Refusal: whatever the vendor would refuse.
    """
    method = call.request.method
    if method == "POST" and segments == ["$batch"]:
        return batch.run(call, serve, lambda refusal: refused(call.site, refusal))
    if method == "GET" and (not segments or segments[0] in {"$metadata", "$openapi"}):
        return _description(call, segments)
    if method not in _METHODS or not segments:
        raise not_allowed(method, call.service.name)
    if method != "GET" and call.client.is_read_only:
        raise forbidden(f"{method} {call.service.name}")
    _need_json(call, method)
    target = resolve(call.sight, call.service, segments, call.switches)
    return _METHODS[method](call, target)


def _need_json(call: Call, method: str) -> None:
    """400 for a body that is not announced as JSON."""
    kind = call.request.headers.get("content-type", "")
    if method in {"POST", "PATCH"} and call.body and not kind.startswith("application/json"):
        raise malformed(f"The content type '{kind}' is not supported.", "ODP_BODY_ERROR")


def _description(call: Call, segments: list[str]) -> Response:
    """Service document, metadata or OpenAPI document."""
    if not segments:
        return call.json(metadata.service_document(call))
    if segments == ["$metadata"]:
        return Response(metadata.edmx(call), media_type="application/xml")
    if segments == ["$openapi"] and call.query in {"V2", "V3"}:
        return call.json(metadata.openapi(call))
    raise not_found()

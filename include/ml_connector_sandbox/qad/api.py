"""The HTTP face: context root, token, rights, and which path goes where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from ml_connector_sandbox.core.wire import JsonAnswer, read_json

from . import auth, browses, entities, metadata
from .errors import Refusal, bare, malformed
from .rules_order_line import is_received
from .schema import ENTITIES, Entity
from .tenant import Tenant
from .work import Work

if TYPE_CHECKING:
    from .site import Site

_NGINX = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_TOKEN_HEADERS = {"Cache-Control": "no-store", "Set-Cookie": "JSESSIONID=sandbox; Path=/; HttpOnly"}
_ACTIONS = ("fieldChange", "fieldChangeV2", "isReceivedPurchaseOrderLineV2")
_GRID = "purchaseOrderLinesGrid"


async def serve(site: Site, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request."""
    request = Request(scope, receive)
    try:
        answer = _answer(site, request, await request.body())
    except Refusal as refusal:
        answer = JsonAnswer(refusal.body, status_code=refusal.status, headers=refusal.headers)
    await answer(scope, receive, send)


def nginx_page(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    """Return a page of the web server in front."""
    return HTMLResponse(_NGINX.format(f"{status} {text}"), status_code=status, headers=headers)


def _answer(site: Site, request: Request, raw: bytes) -> Response:
    path = request.url.path
    tenants, rest = _under_context(site, path)
    if not tenants:
        return nginx_page(404, "Not Found")
    switches, now = site.switches, site.clock.now()
    if rest == "oauth/token":
        if request.method != "POST":
            raise malformed(f"Request method '{request.method}' not supported")
        content_type = request.headers.get("content-type", "")
        asked = auth.token_parameters(switches, content_type, raw, request.query_params)
        return JsonAnswer(site.sessions.grant(tenants, asked, switches, now), headers=_TOKEN_HEADERS)
    if not rest.startswith("api/"):
        return nginx_page(404, "Not Found")
    header = request.headers.get("authorization", "")
    tenant, user = auth.signed_in(site.sessions, tenants, header, switches, now)
    if site.allowance.is_spent(tenant.name, user.username, now, switches.requests_per_minute):
        return _too_many(site)
    domain, entity = auth.workspace(tenant, user, request.headers.get(auth.WORKSPACE_HEADER, ""))
    work = Work(tenant, switches, domain, entity, user.username, now)
    return _routed(site, work, request, rest.removeprefix("api/"), raw)


def _under_context(site: Site, path: str) -> tuple[list[Tenant], str]:
    """Return the tenants under the longest context root that the path lies in, and the rest of the path."""
    roots = sorted({tenant.context for tenant in site.tenants.values()}, key=len, reverse=True)
    for root in roots:
        if path.startswith(f"{root}/"):
            rest = path[len(root) + 1 :]
            return [tenant for tenant in site.tenants.values() if tenant.context == root], rest.rstrip("/")
    return [], ""


def _too_many(site: Site) -> Response:
    """Return the refusal of one request too many; no limit is published, so both dialects are conventions."""
    if site.switches.rate_dialect == "503":
        return nginx_page(503, "Service Temporarily Unavailable")
    return JsonAnswer(
        {"errors": [{"message": "Too many requests"}]}, status_code=429, headers={"Retry-After": "60"}
    )  # fmt: skip


def _routed(site: Site, work: Work, request: Request, rest: str, raw: bytes) -> Response:
    area, _, path = rest.partition("/")
    if area == "qracore" and path in {"browses", "entitymetadatas"}:
        _need_method(request, "GET")
        _check_right(work, path, request.method)
        query = request.query_params
        return JsonAnswer(browses.read(work, query, site.rows) if path == "browses" else metadata.read(query))
    if area != "erp":
        raise bare(404, "No such resource")
    name, _, action = path.rpartition("/")
    if action not in _ACTIONS:
        name, action = path, ""
    kind = _entity_of(work, name)
    _need_method(request, *_methods(action))
    _check_right(work, kind.name, request.method)
    body = _read_body(raw) if request.method == "POST" else None
    if action:
        return _acted(work, kind, action, request, body)
    if name == _GRID:
        return _grid(work, kind, request, body)
    _check_view_uri(work, kind, request)
    if request.method == "GET":
        return JsonAnswer(entities.read(work, kind, request.query_params))
    answer, success = entities.submit(work, kind, body, request.query_params)
    is_new = not any(name in request.query_params for name in kind.query_keys)
    return _submitted(work, answer, success=success, is_new=is_new)


def _methods(action: str) -> tuple[str, ...]:
    if not action:
        return ("GET", "POST")
    return ("GET",) if action.startswith("isReceived") else ("POST",)


def _need_method(request: Request, *methods: str) -> None:
    """Refuse another method, with 500 as has been seen."""
    if request.method not in methods:
        raise malformed(f"Request method '{request.method}' not supported")


def _check_right(work: Work, name: str, method: str) -> None:
    if {name, f"{name}:{method}"} & set(work.switches.forbidden):
        raise bare(403, "User is not authorized for this resource")


def _entity_of(work: Work, path: str) -> Entity:
    renamed = {work.switches.paths.get(name, name): kind for name, kind in ENTITIES.items()}
    if path == _GRID:
        return ENTITIES["purchaseOrderLines"]
    if path not in renamed:
        raise bare(404, "No such resource")
    return renamed[path]


def _read_body(raw: bytes) -> Any:
    try:
        return read_json(raw)
    except ValueError as error:
        raise malformed("Cannot parse the request body") from error


def _check_view_uri(work: Work, kind: Entity, request: Request) -> None:
    """Refuse a plain call without the entity's ``viewUri``; the spelling ``viewURI`` is another service's."""
    given = request.query_params.get("viewUri")
    if given is None:
        if work.switches.view_uri == "required":
            raise malformed("viewUri is missing")
    elif given != kind.uri and not kind.any_view_uri:
        raise malformed("Invalid viewUri")


def _acted(work: Work, kind: Entity, action: str, request: Request, body: Any) -> Response:
    query = request.query_params
    if not action.startswith("isReceived"):
        answer, success = entities.field_change(work, kind, body, query)
        return _submitted(work, answer, success=success, is_new=False)
    if kind.name != "purchaseOrderLines":
        raise bare(404, "No such resource")
    received = is_received(work, query.get("purchaseOrderNumber", ""), query.get("purchaseOrderLine", ""))
    return JsonAnswer({"data": {"isReceived": received}, "submitResult": {"success": True, "errors": []}})


def _grid(work: Work, kind: Entity, request: Request, body: Any) -> Response:
    if request.method == "GET":
        return JsonAnswer(entities.read(work, kind, request.query_params))
    answer, success = entities.submit(work, kind, body, {}, by_record=True)
    return _submitted(work, answer, success=success, is_new=False)


def _submitted(work: Work, answer: Any, *, success: bool, is_new: bool) -> Response:
    switches = work.switches
    good = switches.created_status if is_new else 200
    return JsonAnswer(answer, status_code=good if success else switches.business_error_status)

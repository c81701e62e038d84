"""The HTTP surface: which path goes to which of the two services, and what stands before them.

Paths are known in any case (https://github.com/wildland/syspro-ruby writes ``/logon``, others ``/Logon``); company and
table names are not. A request line beyond HTTP.sys' limit, and the limit on requests, never reach SYSPRO: the first is
the platform's, the second that of a proxy which a site may have.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from . import world
from .company import Company
from .enet import Enet
from .odata import Service

if TYPE_CHECKING:
    from .site import Site

_NOT_FOUND = b"<html><head><title>Service</title></head><body><p>Endpoint not found.</p></body></html>"
_BUSY = b"<html><head><title>Busy</title></head><body><h1>Too many requests</h1></body></html>"
_MINUTE = timedelta(minutes=1)


def build_app(site: Site) -> ASGIApp:
    """Return the vendor's app."""
    recent: deque[datetime] = deque()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer = _before(site, scope, recent) or await _routed(site, request)
        await answer(scope, receive, send)

    return app


def _before(site: Site, scope: Scope, recent: deque[datetime]) -> Response | None:
    """Return what the platform or a proxy answers in SYSPRO's place."""
    settings, now = site.switches, site.clock.now()
    line = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if settings.max_url_bytes and line > settings.max_url_bytes:
        return Response(b"<h2>Request Too Long</h2>", settings.long_url_status, media_type="text/html")
    if not settings.requests_per_minute:
        return None
    while recent and (recent[0] <= now - _MINUTE or recent[0] > now):
        recent.popleft()
    if len(recent) >= settings.requests_per_minute:
        headers = {"Retry-After": str(settings.retry_after)}
        return Response(_BUSY, settings.throttle_status, headers=headers, media_type="text/html")
    recent.append(now)
    return None


async def _routed(site: Site, request: Request) -> Response:
    path = request.url.path
    if path.lower().startswith(world.REST.lower()):
        answer = await _enet(site, request, path[len(world.REST) :])
    elif path.lower().startswith(world.ODATA.lower()):
        answer = _odata(site, request, unquote(path[len(world.ODATA) :]).strip("/"))
    else:
        answer = None
    return answer or Response(_NOT_FOUND, 404, media_type="text/html")


async def _enet(site: Site, request: Request, path: str) -> Response | None:
    enet = Enet(site.switches, site.companies, site.sessions)
    is_large = path.lower() == "/transaction/postld"
    if request.method != ("POST" if is_large else "GET"):
        return Response(_NOT_FOUND, 405, media_type="text/html")
    if is_large:
        return enet.post_large(await request.body())
    return enet.answer(path, request.query_params)


def _odata(site: Site, request: Request, path: str) -> Response | None:
    name, _, table = path.partition("/")
    company = site.companies.get(name)
    service = Service(site.switches, site.companies, site.shuffle)
    refusal = _refused(site, service, request, company, table)
    if refusal is not None:
        return refusal
    if request.method != "GET":
        return Response(status_code=405, headers={"Allow": "GET"})
    if company is None:
        return Response(status_code=404)
    return service.answer(company, table, request.query_params, str(request.url).partition("?")[0])


def _refused(site: Site, service: Service, request: Request, company: Company | None, table: str) -> Response | None:
    """Return 401 or 403 when the caller may not read this table."""
    settings = site.switches
    if settings.odata_auth == "session":
        name = settings.odata_session_name
        given = request.headers.get(name) or request.query_params.get(name) or ""
        session = site.sessions.use(settings, given)
        return None if session is not None and company in {None, session.company} else Response(status_code=401)
    caller = service.operator(company or next(iter(site.companies.values())), request.headers)
    if isinstance(caller, Response):
        return caller
    return Response(status_code=403) if table in caller.denied_tables else None

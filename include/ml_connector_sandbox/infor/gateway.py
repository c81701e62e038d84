"""The ION API gateway: what it lets through to which suite, and the token service beside it.

``{iu}/{ti}/{suite}/{path}``; a call without the tenant answers 400 ``{"error":"Bad Request"}``, a bad token 401 with
``WWW-Authenticate`` (github.com/infor-cloud/m3-h5-sdk, ``ion.ts``). Bodies of 403, 404 and 429 are our convention.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response

from . import mi
from .credentials import ON_PREMISES, ionapi
from .swagger import swagger
from .tenant import Tenant
from .tokens import Access

if TYPE_CHECKING:
    from .site import Site

Answer = tuple[int, Any]
_EXECUTE = "m3api-rest/v2/execute"
_METADATA = "m3api-rest/v2/metadata/"
_LAKE = "datalakeapi/v1/payloads/"


class Gateway:
    """ASGI app of one host."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        response = self._answer(request, await request.body())
        await response(scope, receive, send)

    def _answer(self, request: Request, body: bytes) -> Response:
        path = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1").partition("?")[0]
        first, _, rest = path.lstrip("/").partition("/")
        if first == ON_PREMISES:
            return self._token_service(None, rest.partition("/")[2], request, body)
        tenant = self.site.tenants.get(unquote(first))
        if tenant is None:
            return _json((400, {"error": "Bad Request"}))
        suite, _, inner = rest.partition("/")
        if suite == "as":
            return self._token_service(tenant, inner, request, body)
        if suite == "authorizedapps":
            return self._download(tenant, inner, request)
        return self._through(tenant, (suite, inner), request, body)

    def _download(self, tenant: Tenant, name: str, request: Request) -> Response:
        """Hand out the ``.ionapi`` file; the route stands for the portal's Download Credentials."""
        if not name.endswith(".ionapi") or request.method != "GET":
            return _json((404, {"error": "Not Found"}))
        asked = request.query_params
        content = ionapi(
            tenant,
            self.site.switches,
            str(request.base_url),
            service_account=asked.get("serviceAccount", "true") != "false",
            cloud=asked.get("layout", "cloud") != "onpremises",
        )
        text = "\ufeff" + json.dumps(content, indent=2)
        return Response(text.encode(), media_type="application/octet-stream")

    def _token_service(self, tenant: Tenant | None, path: str, request: Request, body: bytes) -> Response:
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        basic = request.headers.get("authorization", "")
        tokens, held = self.site.tokens, tenant or self.site.tenant_of_client(form, basic)
        if held is None:
            return _json((401, {"error": "invalid_client", "error_description": "Client authentication failed"}))
        if path in {"token.oauth2", "token"} and request.method == "POST":
            return _json(tokens.grant(held, self.site.switches, form, basic), {"Cache-Control": "no-store"})
        if path in {"revoke_token.oauth2", "revocation"} and request.method in {"POST", "GET"}:
            return _json(tokens.revoke(held, {**request.query_params, **form}, basic))
        return _json((404, {"error": "Not Found"}))

    def _through(self, tenant: Tenant, path: tuple[str, str], request: Request, body: bytes) -> Response:
        """Check token, grant and policies, and pass the call on."""
        site, (suite, inner) = self.site, path
        access, wrong = site.tokens.of(dict(request.headers))
        if access is not None and access.grant.tenant is not tenant:
            access, wrong = None, "The access token is of another tenant"
        if access is None:
            return _unauthorized(wrong)
        if suite not in site.switches.published_suites:
            return _json((404, {"error": "Not Found"}))
        if not self._is_granted(suite, access, request):
            return _json((403, {"error": "Forbidden"}))
        if self._is_throttled(tenant):
            return self._too_many()
        if suite == "IONSERVICES":
            return self._lake(tenant, inner, request)
        return _json(self._suite(tenant, (suite, inner), request, body))

    def _is_granted(self, suite: str, access: Access, request: Request) -> bool:
        switches = self.site.switches
        needed = {"M3": "Infor-M3", "IONSERVICES": "Infor-ION"}.get(suite, "")
        if needed in switches.scopes and needed not in access.grant.scopes:
            return False
        if suite == "M3" and switches.refuse_csrf_header and "fnd-csrf-token" in request.headers:
            return False
        return suite in switches.granted_suites

    def _is_throttled(self, tenant: Tenant) -> bool:
        site, user = self.site, tenant.app.access_key
        if site.policies.is_spent(tenant.name, user, site.clock.now(), site.switches):
            return True
        seconds = site.policies.delay(tenant.name, user, site.clock.now(), site.switches)
        if seconds:
            site.clock.advance(seconds)
        return False

    def _too_many(self) -> Response:
        switches = self.site.switches
        text = "Too Many Requests" if switches.throttle_status == 429 else "Service Unavailable"
        headers = {"Retry-After": str(switches.retry_after)} if switches.retry_after else {}
        return _json((switches.throttle_status, {"error": text}), headers)

    def _suite(self, tenant: Tenant, path: tuple[str, str], request: Request, body: bytes) -> Answer:
        suite, inner = path
        query = dict(parse_qsl(request.url.query, keep_blank_values=True))
        if suite == "M3" and inner.startswith(f"{_EXECUTE}/") and request.method == "GET":
            return mi.single(self.site, tenant, inner[len(_EXECUTE) + 1 :], query)
        if suite == "M3" and inner == _EXECUTE and request.method == "POST":
            return mi.bulk(self.site, tenant, query, _read(body))
        if suite == "M3" and inner.startswith(_METADATA) and request.method == "GET":
            return swagger(self.site.switches, unquote(inner[len(_METADATA) :]))
        return 404, {"error": "Not Found"}

    def _lake(self, tenant: Tenant, inner: str, request: Request) -> Response:
        lake = self.site.lakes[tenant.name]
        if inner == f"{_LAKE}list" and request.method == "GET":
            try:
                return _json((200, lake.listing(self.site.switches, dict(request.query_params))))
            except ValueError as error:
                return _json((400, {"error": "Bad Request", "message": str(error)}))
        if inner == f"{_LAKE}streambyid" and request.method == "GET":
            found = lake.stream(request.query_params.get("datalakeId", ""))
            if found is not None:
                return Response(found, media_type="application/xml")
        return _json((404, {"error": "Not Found"}))


def _read(body: bytes) -> Any:
    """Return the JSON of a body, numbers as texts; None when it is none."""
    try:
        return json.loads(body, parse_float=str, parse_int=str)
    except ValueError:
        return None


def _json(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    status, content = answer
    body = b"" if content is None else json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, headers, "application/json;charset=UTF-8")


def _unauthorized(why: str) -> Response:
    text = f'Bearer realm="Infor ION API", error="invalid_token", error_description="{why}"'
    return Response(b"", 401, {"WWW-Authenticate": text})

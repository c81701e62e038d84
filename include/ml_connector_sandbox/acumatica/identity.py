"""Signing in and out over HTTP: the token endpoint, the cookie login, discovery."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ml_connector_sandbox.core.wire import JsonAnswer, read_json

from .auth import LOGIN_LIMIT, SESSION_COOKIE, check_password, oauth_error
from .errors import Refusal, bad_request, server_error
from .lookups import missing

if TYPE_CHECKING:
    from .site import Site
    from .state import Tenant

_COOKIES = ("CompanyID", "Locale", "UserBranch", "requestid", "requeststat")


async def discover(site: Site, request: Request) -> Response:
    """The OpenID configuration."""
    root = f"{request.url.scheme}://{request.url.netloc}{prefix_of(site)}/identity"
    return JsonAnswer(
        {
            "issuer": root,
            "authorization_endpoint": f"{root}/connect/authorize",
            "token_endpoint": f"{root}/connect/token",
            "scopes_supported": ["openid", "profile", "api", "api:concurrent_access", "offline_access"],
            "grant_types_supported": ["authorization_code", "password", "refresh_token", "implicit"],
        }
    )


def prefix_of(site: Site) -> str:
    """The instance part of a path: ``/AcmeERP``, or nothing at the web root."""
    return f"/{site.switches.instance}" if site.switches.instance else ""


async def token(site: Site, request: Request) -> Response:
    """An access token for a password, a refresh token or an authorization code."""
    form = dict(parse_qsl((await request.body()).decode()))
    tenant = _client(site, form)
    grant = form.get("grant_type", "")
    if grant == "password":
        scope = form.get("scope", "api")
        return JsonAnswer(
            site.sessions.grant_password(tenant, form.get("username", ""), form.get("password", ""), scope)
        )
    if grant == "refresh_token":
        return JsonAnswer(site.sessions.grant_refresh(tenant, form.get("refresh_token", "")))
    if grant == "authorization_code":
        return JsonAnswer(site.sessions.grant_code(tenant, form.get("code", ""), form.get("redirect_uri", "")))
    raise oauth_error("unsupported_grant_type")


def _client(site: Site, form: dict[str, str]) -> Tenant:
    """The tenant whose connected application signs in.

    Raises:
        Refusal: 400 invalid_client.
    """
    for tenant in site.tenants.values():
        if tenant.client_id == form.get("client_id") and secrets.compare_digest(
            tenant.client_secret.encode(), form.get("client_secret", "").encode()
        ):
            return tenant
    raise oauth_error("invalid_client")


async def authorize(site: Site, request: Request) -> Response:
    """Send the browser back with a code, as if the user had signed in and consented."""
    asked = request.query_params
    found = [tenant for tenant in site.tenants.values() if tenant.client_id == asked.get("client_id")]
    if not found or asked.get("response_type") != "code" or "redirect_uri" not in asked:
        raise oauth_error("invalid_request")
    answer = {"code": site.sessions.issue_code(found[0], asked.get("scope", "api"), asked["redirect_uri"])}
    if "state" in asked:
        answer["state"] = asked["state"]
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", status_code=302)


async def log_in(site: Site, request: Request) -> Response:
    """Open a cookie session."""
    asked = await _login_body(request)
    tenant = _login_tenant(site, asked.get("tenant") or asked.get("company") or "")
    check_password(tenant, str(asked.get("name", "")), str(asked.get("password", "")))
    branch = str(asked.get("branch") or "")
    if branch and branch not in site.switches.branches:  # that it answers 500 is inferred
        raise server_error(missing(branch, "Branch"))
    session = site.sessions.open(tenant, str(asked["name"]), is_cookie=True)
    if session is None:
        raise server_error(LOGIN_LIMIT)
    session.branch = branch
    answer = Response(status_code=204)
    is_https = request.url.scheme == "https"
    answer.set_cookie(SESSION_COOKIE, session.id, httponly=True, samesite="none", secure=is_https)
    answer.set_cookie(".ASPXAUTH", secrets.token_hex(32), httponly=True, samesite="none", secure=is_https)
    values = (
        tenant.name,
        "Culture=en-US&TimeZone=GMTM0800A",
        branch or site.switches.branches[0],
        secrets.token_hex(8),
        "+st:12",
    )
    for name, value in zip(_COOKIES, values, strict=True):
        answer.set_cookie(name, value)
    return answer


async def _login_body(request: Request) -> dict[str, Any]:
    """The members of a login, sent as JSON or as a form."""
    body = await request.body()
    if "json" not in request.headers.get("content-type", "json"):
        return dict(parse_qsl(body.decode()))
    try:
        asked = read_json(body)
    except ValueError as error:
        raise bad_request("The login cannot be read.") from error
    if not isinstance(asked, dict):
        raise bad_request("The login cannot be read.")
    return asked


def _login_tenant(site: Site, name: str) -> Tenant:
    """The tenant of a login; the default one when none is named.

    Raises:
        Refusal: 500 for an unknown tenant of a multi-tenant site.
    """
    if name in site.tenants:
        return site.tenants[name]
    if name and not site.switches.single_tenant:
        raise server_error("Unknown company.", "PX.Data.PXUndefinedCompanyException")
    return site.tenant_of(None)


async def log_out(site: Site, request: Request) -> Response:
    """Close the session of the request; without Content-Length the web server answers 411."""
    if "content-length" not in request.headers:
        raise Refusal(411, {"message": "Length Required"})
    session = site.sessions.of({name.lower(): value for name, value in request.headers.items()})
    if session is not None:
        site.sessions.close(session)
    answer = Response(status_code=204)
    for name in (SESSION_COOKIE, ".ASPXAUTH", *_COOKIES):
        answer.delete_cookie(name)
    return answer

"""Signing in over HTTP: the token endpoint of a realm, discovery, revocation and logout.

Paths: https://docs.ifs.com/techdocs/24r2 (300_client_credential_flow). Basic client authentication, revoke and logout
are those of any Keycloak and inferred for IFS.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response

from ml_connector_sandbox.core.wire import JsonAnswer

from .errors import Refusal
from .store import Client, Tenant
from .tokens import Asked, oauth_error

if TYPE_CHECKING:
    from .site import Site

_SCOPES = frozenset({"openid", "audience", "microprofile-jwt", "profile", "email", "offline_access"})


async def serve(site: Site, request: Request, realm: str, tail: str) -> Response:
    """The answer of a realm's path.

    Raises:
        Refusal: in Keycloak's shape.
    """
    tenant = site.tenants.get(realm)
    if tenant is None:
        raise Refusal(404, {"error": "Realm does not exist"})
    issuer = f"{request.url.scheme}://{request.url.netloc}/auth/realms/{realm}"
    if tail == ".well-known/openid-configuration" and request.method == "GET":
        return JsonAnswer(_discovery(issuer))
    if request.method != "POST" or tail not in {f"protocol/openid-connect/{name}" for name in _ENDPOINTS}:
        raise Refusal(404, {"error": "RESTEASY003210: Could not find resource for full path"})
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = {}
    client = _client(site, tenant, form, request.headers.get("authorization", ""))
    if tail.endswith("/token"):
        return JsonAnswer(_grant(site, tenant, client, form, issuer), headers={"Cache-Control": "no-store"})
    site.tokens.revoke(form.get("token") or form.get("refresh_token", ""))
    return Response(status_code=200 if tail.endswith("/revoke") else 204)


_ENDPOINTS = ("token", "revoke", "logout")


def _discovery(issuer: str) -> dict[str, object]:
    """The OpenID configuration of a realm."""
    root = f"{issuer}/protocol/openid-connect"
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{root}/auth",
        "token_endpoint": f"{root}/token",
        "revocation_endpoint": f"{root}/revoke",
        "end_session_endpoint": f"{root}/logout",
        "jwks_uri": f"{root}/certs",
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": sorted(_SCOPES),
    }


def _client(site: Site, tenant: Tenant, form: dict[str, str], authorization: str) -> Client:
    """The client that a request of the token endpoint names and proves to be.

    Raises:
        Refusal: 401 for an unknown client or a wrong secret.
    """
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if authorization.startswith("Basic ") and site.switches.basic_client_auth:
        client_id, secret = _basic(authorization)
    client = tenant.clients.get(client_id)
    if client is None:
        raise oauth_error(401, "invalid_client", "Invalid client or Invalid client credentials")
    if not secrets.compare_digest(client.secret.encode(), secret.encode()):
        error = site.switches.wrong_secret_error
        raise oauth_error(401, error, "Invalid client or Invalid client credentials")
    return client


def _basic(authorization: str) -> tuple[str, str]:
    """The client id and secret of a Basic header; both empty when it cannot be read."""
    try:
        text = base64.b64decode(authorization[6:], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    client_id, _, secret = text.partition(":")
    return unquote(client_id), unquote(secret)


def _grant(site: Site, tenant: Tenant, client: Client, form: dict[str, str], issuer: str) -> dict[str, object]:
    """The answer of the token endpoint.

    Raises:
        Refusal: 400 for a grant that is missing, unknown or refused; 401 for a client without a service account.
    """
    kind, scope = form.get("grant_type"), form.get("scope", "")
    if not kind:
        raise oauth_error(400, "invalid_request", "Missing form parameter: grant_type")
    unknown = set(scope.split()) - _SCOPES
    if unknown:
        raise oauth_error(400, "invalid_scope", f"Invalid scopes: {scope}")
    if kind == "refresh_token":
        asked = Asked(tenant, client, scope or "openid", site.switches, issuer)
        return site.tokens.refresh(asked, form.get("refresh_token", ""))
    if kind != "client_credentials":
        raise oauth_error(400, "unsupported_grant_type", "Unsupported grant_type")
    if not client.service_account:
        text = "Client not enabled to retrieve service account"
        raise oauth_error(401, "unauthorized_client", text)
    return site.tokens.grant(Asked(tenant, client, scope, site.switches, issuer))

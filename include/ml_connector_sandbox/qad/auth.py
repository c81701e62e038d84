"""Who calls: OAuth 2 password and refresh grants without a client secret, HTTP Basic, and the workspace.

Seen in public clients: both carriers of the token's parameters, the refresh grant, Basic, and ``x-qad-workspace-id``
(``{domain}_{entity}``). The error bodies follow RFC 6749; the one of an expired token is a convention of this sandbox.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from .errors import Refusal, bare, oauth_error
from .settings import Settings
from .tenant import Row, Tenant, User

WORKSPACE_HEADER = "x-qad-workspace-id"


@dataclass
class Grant:
    """What a token stands for, until when."""

    tenant: Tenant
    user: User
    ends: datetime


def token_parameters(switches: Settings, content_type: str, raw: bytes, query: Mapping[str, str]) -> dict[str, str]:
    """Return the token request's parameters, from the form body or the query."""
    if raw and "form" in switches.token_carriers and content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    return dict(query) if not raw and "query" in switches.token_carriers else {}


class Sessions:
    """The tokens given out."""

    def __init__(self) -> None:
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}

    def clear(self) -> None:
        """Forget all tokens."""
        self._access.clear()
        self._refresh.clear()

    def grant(self, tenants: list[Tenant], asked: dict[str, str], switches: Settings, now: datetime) -> Row:
        """Return the token answer.

        Raises:
            Refusal: in OAuth's shape.
        """
        kind = asked.get("grant_type", "")
        if kind == "password":
            tenant, user = _by_password(tenants, asked, switches)
        elif kind == "refresh_token":
            tenant, user = self._by_refresh(tenants, asked, switches, now)
        else:
            raise oauth_error(400, "unsupported_grant_type", f"Unsupported grant type: {kind}")
        access, refresh = f"eyJ{secrets.token_urlsafe(24)}", f"eyJ{secrets.token_urlsafe(24)}"
        self._access[access] = Grant(tenant, user, now + timedelta(seconds=switches.token_seconds))
        self._refresh[refresh] = Grant(tenant, user, now + timedelta(seconds=switches.refresh_seconds))
        life = {"expires_in": switches.token_seconds} if switches.send_expires_in else {}
        return {"access_token": access, "token_type": "bearer", "refresh_token": refresh, **life, "scope": "read write"}

    def _by_refresh(
        self, tenants: list[Tenant], asked: dict[str, str], switches: Settings, now: datetime
    ) -> tuple[Tenant, User]:
        """Return whose refresh token it is; where they rotate it is spent."""
        text = asked.get("refresh_token", "")
        found = self._refresh.get(text)
        if found is None or found.ends <= now or found.tenant not in tenants:
            raise oauth_error(switches.token_error_status, "invalid_grant", "Invalid refresh token")
        if asked.get("client_id") != found.tenant.client_id:
            raise oauth_error(401, "invalid_client", "Unknown client")
        if switches.refresh_rotates:
            del self._refresh[text]
        return found.tenant, found.user

    def of_token(self, token: str) -> Grant | None:
        """Return what a token stands for, also when it has ended."""
        return self._access.get(token)


def _by_password(tenants: list[Tenant], asked: dict[str, str], switches: Settings) -> tuple[Tenant, User]:
    """Return the user that client id, username and password name."""
    known = [tenant for tenant in tenants if tenant.client_id == asked.get("client_id")]
    if not known:
        raise oauth_error(401, "invalid_client", "Unknown client")
    found = _user(known, asked.get("username", ""), asked.get("password", ""))
    if found is None:
        raise oauth_error(switches.token_error_status, "invalid_grant", "Bad credentials")
    return found


def _user(tenants: list[Tenant], username: str, password: str) -> tuple[Tenant, User] | None:
    for tenant in tenants:
        user = tenant.users.get(username.casefold())
        if user is not None and secrets.compare_digest(user.password.encode(), password.encode()):
            return tenant, user
    return None


def read_basic(header: str) -> tuple[str, str] | None:
    """Return user name and password of a Basic header."""
    kind, _, text = header.partition(" ")
    if kind.casefold() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, password


def signed_in(
    sessions: Sessions, tenants: list[Tenant], header: str, switches: Settings, now: datetime
) -> tuple[Tenant, User]:
    """Return who calls.

    Raises:
        Refusal: 401.
    """
    basic = read_basic(header)
    if basic is not None and switches.basic_auth:
        found = _user(tenants, *basic)
        if found is not None:
            return found
    kind, _, token = header.partition(" ")
    grant = sessions.of_token(token) if kind.casefold() == "bearer" else None
    if grant is None or grant.tenant not in tenants:
        raise Refusal(401, {"error": "invalid_token", "error_description": "Access token is missing or invalid"})
    if grant.ends <= now:
        raise Refusal(401, {"error": "invalid_token", "error_description": "Access token expired"})
    return grant.tenant, grant.user


def workspace(tenant: Tenant, user: User, header: str) -> tuple[str, str]:
    """Return domain and entity of the request: the header's, else the user's own.

    Raises:
        Refusal: 403 for a workspace that does not exist (status and text are our convention).
    """
    wanted = header or user.workspace
    for row in tenant.book("domains"):
        if f"{row['domainCode']}_{row['entityCode']}" == wanted:
            return str(row["domainCode"]), str(row["entityCode"])
    raise bare(403, f"Workspace {wanted} is not available to the user")

"""The authorization server: password and refresh grants, revocation (github.com/infor-cloud/ion-api-sdk, README).

There is no client_credentials grant in the official SDK. The error texts are our convention, in the style of RFC 6749.
"""

from __future__ import annotations

import secrets
from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

from .settings import Settings
from .tenant import App, Tenant

Answer = tuple[int, dict[str, Any]]


@dataclass
class Grant:
    """One sign-in: its refresh token and the access tokens made with it."""

    tenant: Tenant
    scopes: frozenset[str]
    began: datetime
    refresh: str = ""


@dataclass(frozen=True)
class Access:
    """One access token."""

    grant: Grant
    ends: datetime


class Tokens:
    """All tokens of all tenants."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._access: dict[str, Access] = {}
        self._refresh: dict[str, Grant] = {}

    def clear(self) -> None:
        """Forget every token."""
        self._access.clear()
        self._refresh.clear()

    def forget(self, tenant: Tenant) -> None:
        """End every grant of a tenant, as when its service account is made anew."""
        for grant in [item.grant for item in self._access.values() if item.grant.tenant is tenant]:
            self._end(grant)

    def of(self, headers: dict[str, str]) -> tuple[Access | None, str]:
        """Return the token of a request that is still good; else None and what is wrong."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None, "The access token is missing"
        found = self._access.get(token)
        if found is None:
            return None, "The access token is unknown"
        return (found, "") if self._now() < found.ends else (None, "The access token expired")

    def grant(self, tenant: Tenant, settings: Settings, form: dict[str, str], basic: str) -> Answer:
        """Answer a request for tokens."""
        if not _is_client(tenant.app, form, basic):
            return 401, _error("invalid_client", "Client authentication failed")
        kind = form.get("grant_type", "")
        if kind == "password":
            return self._sign_in(tenant, settings, form)
        if kind == "refresh_token":
            return self._renew(tenant, settings, form)
        return 400, _error("unsupported_grant_type", f"Grant type {kind!r} is not supported")

    def _sign_in(self, tenant: Tenant, settings: Settings, form: dict[str, str]) -> Answer:
        app = tenant.app
        if (form.get("username"), form.get("password")) != (app.access_key, app.secret_key):
            return 400, _error("invalid_grant", "The service account is unknown or revoked")
        scopes = form.get("scope", "").split()
        if settings.scopes and not set(scopes) <= set(settings.scopes):
            return 400, _error("invalid_scope", "The app does not hold the requested scope")
        if settings.most_grants and self._count(tenant) >= settings.most_grants:
            return 400, _error("invalid_grant", "The app has reached the number of grants")
        return self._issue(Grant(tenant, frozenset(scopes), self._now()), settings)

    def _renew(self, tenant: Tenant, settings: Settings, form: dict[str, str]) -> Answer:
        grant = self._refresh.get(form.get("refresh_token", ""))
        if grant is None or grant.tenant is not tenant or self._is_over(grant, settings):
            return 400, _error("invalid_grant", "The refresh token is unknown, expired or revoked")
        return self._issue(grant, settings)

    def _is_over(self, grant: Grant, settings: Settings) -> bool:
        life = settings.refresh_seconds
        return life > 0 and self._now() - grant.began >= timedelta(seconds=life)

    def _issue(self, grant: Grant, settings: Settings) -> Answer:
        lifetime = grant.tenant.app.lifetime
        token = secrets.token_urlsafe(48)
        self._access[token] = Access(grant, self._now() + timedelta(seconds=lifetime))
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": lifetime}
        if settings.issue_refresh_token:
            answer["refresh_token"] = self._refresh_token(grant, settings)
        return 200, answer

    def _refresh_token(self, grant: Grant, settings: Settings) -> str:
        if not grant.refresh or settings.rotate_refresh_token:
            self._refresh.pop(grant.refresh, None)
            grant.refresh = secrets.token_urlsafe(32)
            self._refresh[grant.refresh] = grant
        return grant.refresh

    def revoke(self, tenant: Tenant, form: dict[str, str], basic: str) -> Answer:
        """Revoke a token; a refresh token takes its access tokens and its grant along. An unknown one is no error."""
        if not _is_client(tenant.app, form, basic):
            return 401, _error("invalid_client", "Client authentication failed")
        token = form.get("token", "")
        grant = self._refresh.get(token)
        if grant is not None and grant.tenant is tenant:
            self._end(grant)
        elif token in self._access and self._access[token].grant.tenant is tenant:
            del self._access[token]
        return 200, {}

    def _end(self, grant: Grant) -> None:
        self._refresh.pop(grant.refresh, None)
        self._access = {token: item for token, item in self._access.items() if item.grant is not grant}

    def _count(self, tenant: Tenant) -> int:
        now = self._now()
        live = {id(item.grant) for item in self._access.values() if item.grant.tenant is tenant and now < item.ends}
        return len(live | {id(grant) for grant in self._refresh.values() if grant.tenant is tenant})


def _is_client(app: App, form: dict[str, str], basic: str) -> bool:
    """Tell whether the client authenticated, by HTTP Basic or in the form."""
    known = (app.client_id, app.client_secret)
    if not basic:
        return (form.get("client_id", ""), form.get("client_secret", "")) == known
    scheme, _, coded = basic.partition(" ")
    try:
        client, _, secret = b64decode(coded, validate=True).decode().partition(":")
    except (Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and known in {(client, secret), (unquote_plus(client), unquote_plus(secret))}


def _error(code: str, text: str) -> dict[str, str]:
    return {"error": code, "error_description": text}

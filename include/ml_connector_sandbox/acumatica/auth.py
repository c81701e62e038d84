"""Signing in: OAuth tokens, cookie sessions and the licensed session slots that both take.

Grants, scopes and rotation of refresh tokens: https://github.com/Acumatica/Acumatica-AI-Resources, Integration
Development Guide, "OAuth 2.0 and OpenID Connect". A wrong password at the cookie login answers 500 (recorded at
https://github.com/Jetbuilt/acumatica, ``spec/cassettes``). A full licence says ``API Login Limit``; on which status
is not documented, so the token endpoint's ``invalid_grant`` with that text is inferred.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from uuid import uuid4

from .errors import Refusal, not_signed_in, server_error
from .settings import Settings
from .state import Tenant

LOGIN_LIMIT = "API Login Limit"
SESSION_COOKIE = "ASP.NET_SessionId"


@dataclass
class Session:
    """One signed-in session; it takes a slot of the licence until it ends."""

    tenant: Tenant
    login: str
    is_cookie: bool
    ends: datetime
    id: str = field(default_factory=lambda: str(uuid4()))
    branch: str = ""


@dataclass(frozen=True)
class Grant:
    """What a refresh token or an authorization code stands for."""

    tenant: Tenant
    login: str
    scope: str
    chain_ends: datetime
    session_id: str
    redirect_uri: str = ""


def oauth_error(error: str, description: str = "") -> Refusal:
    """The 400 of the token endpoint."""
    return Refusal(400, {"error": error, **({"error_description": description} if description else {})})


class Sessions:
    """All sessions, access tokens and refresh tokens of the site."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._sessions: dict[str, Session] = {}
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._grants: dict[str, Grant] = {}
        self._codes: dict[str, Grant] = {}

    def clear(self, settings: Settings) -> None:
        """Forget every session and token; go on with these settings."""
        self._settings = settings
        for store in (self._sessions, self._tokens, self._grants, self._codes):
            store.clear()

    def open(self, tenant: Tenant, login: str, *, is_cookie: bool, session_id: str | None = None) -> Session | None:
        """A new session, None when all slots are taken."""
        now = self._now()
        self._sessions = {key: item for key, item in self._sessions.items() if item.ends > now}
        if len(self._sessions) >= self._settings.max_sessions:
            return None
        seconds = self._settings.cookie_idle_seconds if is_cookie else self._settings.token_seconds
        session = Session(tenant, login, is_cookie, now + timedelta(seconds=seconds), session_id or str(uuid4()))
        self._sessions[session.id] = session
        return session

    def close(self, session: Session) -> None:
        """Free the slot of a session."""
        self._sessions.pop(session.id, None)

    def of(self, headers: dict[str, str]) -> Session | None:
        """The live session of a request's token or cookies."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        now = self._now()
        if scheme.lower() == "bearer":
            session_id, ends = self._tokens.get(token.strip(), ("", now))
            session = self._sessions.get(session_id) if ends > now else None
        else:
            session = self._sessions.get(_cookie(headers.get("cookie", "")))
        return session if session is not None and session.ends > now else None

    def need(self, headers: dict[str, str]) -> Session:
        """The live session of a request; a cookie session lives on for its idle time.

        Raises:
            Refusal: 401.
        """
        session = self.of(headers)
        if session is None:
            raise not_signed_in()
        if session.is_cookie:
            session.ends = self._now() + timedelta(seconds=self._settings.cookie_idle_seconds)
        return session

    def grant_password(self, tenant: Tenant, login: str, password: str, scope: str) -> dict[str, object]:
        """The token answer of a password grant; it opens another session each time.

        Raises:
            Refusal: 400 for a wrong user or password, or when all slots are taken.
        """
        user = tenant.users.get(login)
        if user is None or not secrets.compare_digest(user.password.encode(), password.encode()):
            raise oauth_error("invalid_grant", "invalid_username_or_password")
        return self._grant(tenant, login, scope)

    def _grant(self, tenant: Tenant, login: str, scope: str) -> dict[str, object]:
        """The token answer of a first grant."""
        session = self.open(tenant, login, is_cookie=False)
        if session is None:
            raise oauth_error("invalid_grant", LOGIN_LIMIT)
        chain_ends = self._now() + timedelta(days=self._settings.refresh_chain_days)
        return self._answer(Grant(tenant, login, scope, chain_ends, session.id))

    def grant_refresh(self, tenant: Tenant, refresh_token: str) -> dict[str, object]:
        """The token answer of a refresh: the session goes on, the old refresh token is spent.

        Raises:
            Refusal: 400 for a spent, unknown or overdue refresh token.
        """
        grant = self._grants.get(refresh_token)
        if grant is None or grant.tenant is not tenant or grant.chain_ends <= self._now():
            raise oauth_error("invalid_grant")
        session = self._sessions.get(grant.session_id)
        if session is None or session.ends <= self._now():
            session = self.open(tenant, grant.login, is_cookie=False, session_id=grant.session_id)
        if session is None:
            raise oauth_error("invalid_grant", LOGIN_LIMIT)
        del self._grants[refresh_token]
        session.ends = self._now() + timedelta(seconds=self._settings.token_seconds)
        return self._answer(grant)

    def _answer(self, grant: Grant) -> dict[str, object]:
        """The JSON of a token answer."""
        token = secrets.token_urlsafe(32)
        seconds = self._settings.token_seconds
        self._tokens[token] = (grant.session_id, self._now() + timedelta(seconds=seconds))
        answer: dict[str, object] = {"access_token": token, "expires_in": seconds, "token_type": "Bearer"}
        if "offline_access" in grant.scope.split():
            refresh_token = secrets.token_urlsafe(24)
            self._grants[refresh_token] = grant
            answer["refresh_token"] = refresh_token
        return {**answer, "scope": grant.scope}

    def issue_code(self, tenant: Tenant, scope: str, redirect_uri: str) -> str:
        """An authorization code, as if the tenant's first user had consented."""
        code = secrets.token_urlsafe(16)
        ends = self._now() + timedelta(minutes=5)
        self._codes[code] = Grant(tenant, next(iter(tenant.users)), scope, ends, "", redirect_uri)
        return code

    def grant_code(self, tenant: Tenant, code: str, redirect_uri: str) -> dict[str, object]:
        """The token answer for an authorization code, which is spent.

        Raises:
            Refusal: 400 for an unknown or overdue code, another redirect URI, or when all slots are taken.
        """
        grant = self._codes.pop(code, None)
        if grant is None or grant.tenant is not tenant or grant.chain_ends <= self._now():
            raise oauth_error("invalid_grant")
        if grant.redirect_uri != redirect_uri:
            raise oauth_error("invalid_grant")
        return self._grant(tenant, grant.login, grant.scope)


def _cookie(header: str) -> str:
    """The session id in a Cookie header."""
    try:
        jar = SimpleCookie(header)
    except CookieError:
        return ""
    return jar[SESSION_COOKIE].value if SESSION_COOKIE in jar else ""


def check_password(tenant: Tenant, login: str, password: str) -> None:
    """Refuse a wrong cookie login.

    Raises:
        Refusal: 500, not 401.
    """
    user = tenant.users.get(login)
    if user is None or not secrets.compare_digest(user.password.encode(), password.encode()):
        raise server_error("Error: Invalid credentials. Please try again.")

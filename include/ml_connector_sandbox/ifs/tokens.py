"""The tokens of each realm, as Keycloak grants them.

Client credentials, refresh and the members of the answer: https://docs.ifs.com/techdocs/24r2
(300_client_credential_flow, 030_using_access_tokens) and a response recorded at
https://github.com/keboola/component-ex-ifs. Error names follow Keycloak and are inferred.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from .errors import Refusal, unauthorized
from .settings import Settings
from .store import Client, Tenant


@dataclass(frozen=True)
class Grant:
    """What a token stands for."""

    tenant: Tenant
    client: Client
    ends: datetime
    session: str


@dataclass(frozen=True)
class Asked:
    """A request for a token by a client that has proved to be itself."""

    tenant: Tenant
    client: Client
    scope: str
    settings: Settings
    issuer: str


def oauth_error(status: int, error: str, description: str) -> Refusal:
    """A refusal of the token endpoint."""
    return Refusal(status, {"error": error, "error_description": description})


class Tokens:
    """All access and refresh tokens."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}

    def clear(self) -> None:
        """Forget every token."""
        self._access.clear()
        self._refresh.clear()

    def of(self, authorization: str) -> Grant | None:
        """The grant of a request's live token."""
        scheme, _, token = authorization.partition(" ")
        grant = self._access.get(token.strip()) if scheme.lower() == "bearer" else None
        return grant if grant is not None and grant.ends > self._now() else None

    def need(self, authorization: str) -> Grant:
        """The grant of a request.

        Raises:
            Refusal: 401.
        """
        grant = self.of(authorization)
        if grant is None:
            raise unauthorized("Token is missing." if not authorization else "Token is expired or not valid.")
        return grant

    def grant(self, asked: Asked) -> dict[str, object]:
        """The answer to client credentials."""
        return self._answer(asked, str(uuid4()))

    def refresh(self, asked: Asked, token: str) -> dict[str, object]:
        """The answer to a refresh token, which is spent unless the realm lets it be used again.

        Raises:
            Refusal: 400 for a token that is unknown, spent, overdue or another client's.
        """
        grant = self._refresh.get(token)
        if grant is None or grant.tenant is not asked.tenant or grant.client.client_id != asked.client.client_id:
            raise oauth_error(400, "invalid_grant", "Invalid refresh token")
        if grant.ends <= self._now():
            raise oauth_error(400, "invalid_grant", "Token is not active")
        if not asked.settings.refresh_token_reuse:
            del self._refresh[token]
        return self._answer(asked, grant.session)

    def revoke(self, token: str) -> None:
        """End the session of a token, access or refresh."""
        grant = self._access.get(token) or self._refresh.get(token)
        for store in (self._access, self._refresh):
            for known, other in list(store.items()):
                if grant is not None and other.session == grant.session:
                    del store[known]

    def _answer(self, asked: Asked, session: str) -> dict[str, object]:
        """The JSON of a token answer."""
        now, client, settings = self._now(), asked.client, asked.settings
        ends = now + timedelta(seconds=settings.token_seconds)
        refresh_ends = now + timedelta(seconds=settings.refresh_seconds)
        wanted = asked.scope.split()
        scopes = ["audience", *(["microprofile-jwt"] if "microprofile-jwt" in wanted else []), "profile", "email"]
        claims = {"iss": asked.issuer, "azp": client.client_id, "preferred_username": client.user, "sid": session}
        access = _jwt("RS256", {**claims, "typ": "Bearer", "exp": int(ends.timestamp())})
        refresh = _jwt("HS512", {**claims, "typ": "Refresh", "exp": int(refresh_ends.timestamp())})
        self._access[access] = Grant(asked.tenant, client, ends, session)
        self._refresh[refresh] = Grant(asked.tenant, client, refresh_ends, session)
        answer: dict[str, object] = {"access_token": access, "expires_in": settings.token_seconds}
        answer |= {"refresh_expires_in": settings.refresh_seconds, "refresh_token": refresh, "token_type": "Bearer"}
        if "openid" in wanted:
            scopes.insert(0, "openid")
            answer["id_token"] = _jwt("RS256", {**claims, "typ": "ID"})
        return {**answer, "not-before-policy": 0, "session_state": session, "scope": " ".join(scopes)}


def _jwt(algorithm: str, claims: dict[str, object]) -> str:
    """A token of the right shape; its signature is random and never checked."""
    head = {"alg": algorithm, "typ": "JWT", "kid": "sandbox"}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (head, claims)]
    encoded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, secrets.token_urlsafe(64)])

"""Sign in to a tenant, keep the token, and open a client.

Password grant without a client secret, refresh by the refresh token, one repetition after a 401: as public clients do
(https://github.com/DigvijayERP/ApexTransformJAVA). How long a token lives is not published; the answer says.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from ml_connector.systems.qad.connection import QadSettings
from ml_connector.systems.qad.dialect import QadDialect
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import Auth, HeaderKeys, MemoryTokenStore, Token, TokenAuth, TokenStore
from ml_connector.transport.client import Client
from ml_connector.transport.clock import Clock, SystemClock
from ml_connector.transport.rate import RateBudget, Unlimited


@dataclass(frozen=True)
class Qad:
    """One workspace of a tenant: a client whose paths begin with ``api/``, and where it works."""

    calls: Client
    domain: str
    entity: str

    def close(self) -> None:
        """Close the connections; the token serves the next task."""
        self.calls.close()


def open_client(
    settings: QadSettings,
    session: requests.Session,
    *,
    token_store: TokenStore | None = None,
    budget: RateBudget | None = None,
    on_call: Callable[[Call], None] | None = None,
    clock: Clock | None = None,
) -> Qad:
    """Return the workspace; its header is on every call."""
    clock, budget = clock or SystemClock(), budget or Unlimited()
    session.headers["x-qad-workspace-id"] = settings.workspace

    def client(auth: Auth | None) -> Client:
        return Client(
            session, settings.url, dialect=QadDialect(), budget=budget, auth=auth, clock=clock, on_call=on_call,
            secrets=settings.secrets,
        )  # fmt: skip

    if settings.auth_mode == "basic":
        pair = f"{settings.login}:{settings.password.get_secret_value()}"
        header = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return Qad(client(HeaderKeys({"user": {"Authorization": header}})), settings.domain, settings.entity)
    unsigned = client(None)

    def fetch(last: Token | None) -> Token:
        return _token(unsigned, settings, last, clock)

    auth = TokenAuth(settings.token_name, token_store or MemoryTokenStore(), fetch, clock=clock)
    return Qad(client(auth), settings.domain, settings.entity)


def _token(unsigned: Client, settings: QadSettings, last: Token | None, clock: Clock) -> Token:
    asked = {"client_id": settings.client_id}
    if last is not None and last.refresh_token:
        asked |= {"grant_type": "refresh_token", "refresh_token": last.refresh_token}
    else:
        password = settings.password.get_secret_value()
        asked |= {"grant_type": "password", "username": settings.login, "password": password}
    where: dict[str, Any] = {"params": asked} if settings.sign_in_by == "query" else {"form": asked}
    now = clock.now()
    return Token.from_answer(unsigned.read("oauth/token", method="POST", **where).data, now, last)

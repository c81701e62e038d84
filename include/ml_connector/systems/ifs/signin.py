"""Client credentials against the tenant's Keycloak; the token's life is what the answer says: 180 seconds since 24R2.

https://docs.ifs.com/techdocs/24r2, 300_client_credential_flow.
"""

from __future__ import annotations

from collections.abc import Callable

import requests

from ml_connector.systems.ifs.connection import IfsSettings
from ml_connector.systems.ifs.dialect import IfsDialect
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import MemoryTokenStore, Token, TokenAuth, TokenStore
from ml_connector.transport.client import Client
from ml_connector.transport.clock import Clock, SystemClock
from ml_connector.transport.rate import RateBudget, Unlimited


def open_client(
    settings: IfsSettings,
    session: requests.Session,
    *,
    token_store: TokenStore | None = None,
    budget: RateBudget | None = None,
    on_call: Callable[[Call], None] | None = None,
    clock: Clock | None = None,
) -> Client:
    """Return a client whose paths begin with ``main/`` or ``int/``; one token serves all workers."""
    clock = clock or SystemClock()
    unsigned = Client(
        session, settings.url, dialect=IfsDialect(), budget=Unlimited(), clock=clock, on_call=on_call,
        secrets=settings.secrets,
    )  # fmt: skip

    def fetch(_last: Token | None) -> Token:
        now = clock.now()
        asked = {
            "grant_type": "client_credentials", "client_id": settings.login, "scope": settings.scope,
            "client_secret": settings.password.get_secret_value(),
        }  # fmt: skip
        path = f"auth/realms/{settings.realm}/protocol/openid-connect/token"
        data = unsigned.read(path, method="POST", form=asked).data
        if isinstance(data, dict):
            data = {**data, "refresh_token": None}  # a new one is asked for with the credentials
        return Token.from_answer(data, now)

    return Client(
        session, settings.url, dialect=IfsDialect(), budget=budget or Unlimited(), clock=clock, on_call=on_call,
        auth=TokenAuth(settings.token_name, token_store or MemoryTokenStore(), fetch, clock=clock),
        secrets=settings.secrets,
    )  # fmt: skip

"""Sign in to an instance, keep the token, and open a client for one endpoint version.

Grants, rotation of refresh tokens and sessions: Integration Development Guide, "OAuth 2.0 and OpenID Connect" in
https://github.com/Acumatica/Acumatica-AI-Resources.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from ml_connector.domain.errors import ConfigurationError, ContractError, SyncError
from ml_connector.systems.acumatica.connection import AcumaticaSettings
from ml_connector.systems.acumatica.dialect import AcumaticaDialect
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import Auth, CookieSession, MemoryTokenStore, Token, TokenAuth, TokenStore
from ml_connector.transport.client import Client
from ml_connector.transport.clock import Clock, SystemClock
from ml_connector.transport.rate import RateBudget, Unlimited

_TIMEOUTS = (10.0, 660.0)
"""A request may wait ten minutes in the licence's queue before it is declined (guide, "License restrictions for
API users"); the connection is to be kept open meanwhile."""


def open_client(
    settings: AcumaticaSettings,
    session: requests.Session,
    *,
    token_store: TokenStore | None = None,
    budget: RateBudget | None = None,
    on_call: Callable[[Call], None] | None = None,
    clock: Clock | None = None,
) -> Client:
    """Return a client whose paths are entities of the settings' endpoint, e.g. ``Vendor``.

    `Client.close` logs a cookie session out; a token serves the next run.

    Raises:
        ConfigurationError: the instance does not serve that endpoint version, or refuses the credentials.
    """
    session.auth = _anonymous  # credentials come from `Auth` alone, never from the session or ~/.netrc
    clock = clock or SystemClock()
    budget = budget or Unlimited()
    unsigned = Client(
        session,
        settings.url,
        dialect=AcumaticaDialect(),
        budget=budget,
        retry_budget_seconds=0,  # a repeated sign-in takes another licensed session each time
        clock=clock,
        on_call=on_call,
        secrets=settings.secrets,
    )
    client = Client(
        session,
        settings.endpoint_url,
        dialect=AcumaticaDialect(),
        budget=budget,
        auth=_auth(settings, session, unsigned, token_store or MemoryTokenStore(), clock),
        timeouts=_TIMEOUTS,
        clock=clock,
        on_call=on_call,
        secrets=settings.secrets,
    )
    try:
        check_endpoint(client, settings)
    except SyncError:
        client.close()
        raise
    if settings.branch:
        session.headers["PX-CbApiBranch"] = settings.branch
    return client


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def check_endpoint(client: Client, settings: AcumaticaSettings) -> None:
    """Accept the endpoint and version that the settings name.

    An instance serves several versions side by side and lists them; current builds answer with an object, older
    ones with the bare list (https://github.com/kborovik/acumatica-cli, `docs/rest-api.md`).

    Raises:
        ConfigurationError: the instance does not serve it; the message lists those that it does.
    """
    data = client.read(f"{settings.url}/entity").data
    served = data.get("endpoints") if isinstance(data, dict) else data
    if not isinstance(served, list):
        raise ContractError(f"{settings.url}/entity does not list endpoints: is this an Acumatica instance?")
    names = [f"{one.get('name')}/{one.get('version')}" for one in served if isinstance(one, dict)]
    wanted = f"{settings.endpoint}/{settings.endpoint_version}"
    if wanted.lower() not in [name.lower() for name in names]:
        raise ConfigurationError(
            f"{settings.url} does not serve endpoint {wanted}; it serves {', '.join(names) or 'none'}. "
            "Set “endpoint” and “endpoint_version” in the connection to one of these."
        )


def _auth(
    settings: AcumaticaSettings,
    session: requests.Session,
    unsigned: Client,
    store: TokenStore,
    clock: Clock,
) -> Auth:
    if settings.grant == "cookie":
        return CookieSession(session, lambda: _log_in(unsigned, settings), lambda: _log_out(unsigned))

    def fetch(last: Token | None) -> Token:
        form = _grant(settings, last)
        data = unsigned.read("identity/connect/token", method="POST", form=form).data
        return Token.from_answer(data, clock.now(), last)

    return TokenAuth(settings.token_name, store, fetch, clock=clock)


def _grant(settings: AcumaticaSettings, last: Token | None) -> dict[str, str]:
    """Return the form that asks for a token: with a refresh token where there is one, else the password."""
    form = {"client_id": settings.client_id, "client_secret": settings.client_secret.get_secret_value()}
    first = settings.refresh_token.get_secret_value() if settings.grant == "authorization_code" else ""
    refresh_token = (last.refresh_token if last else None) or first
    if refresh_token:
        return {**form, "grant_type": "refresh_token", "refresh_token": refresh_token}
    return {
        **form,
        "grant_type": "password",
        "username": settings.login,
        "password": settings.password.get_secret_value(),
        "scope": "api offline_access",
    }


def _log_in(unsigned: Client, settings: AcumaticaSettings) -> None:
    body: dict[str, Any] = {"name": settings.login, "password": settings.password.get_secret_value()}
    body |= {name: getattr(settings, name) for name in ("tenant", "branch") if getattr(settings, name)}
    unsigned.write("entity/auth/login", json=body)


def _log_out(unsigned: Client) -> None:
    """Give the licensed session back; requests sends ``Content-Length: 0``, without which IIS answers 411."""
    unsigned.write("entity/auth/logout")

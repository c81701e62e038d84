"""Sign in to an instance, keep the token, and open a client for one endpoint version.

Grants, rotation of refresh tokens and sessions: Integration Development Guide, "OAuth 2.0 and OpenID Connect" in
https://github.com/Acumatica/Acumatica-AI-Resources.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import requests

from ml_connector.domain.errors import ConfigurationError, ContractError, SyncError
from ml_connector.systems.acumatica.connection import AcumaticaSettings
from ml_connector.systems.acumatica.dialect import AcumaticaDialect
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import Auth, CookieSession, Fetch, MemoryTokenStore, Token, TokenAuth, TokenStore
from ml_connector.transport.client import Client
from ml_connector.transport.clock import Clock, SystemClock
from ml_connector.transport.rate import RateBudget, Unlimited

_log = logging.getLogger(__name__)
_NOT_KEPT = (
    "a refresh token is replaced at each use, and nothing would keep the new one here: "
    "test a connection with grant “authorization_code” by “ml-connector preflight”, which keeps it"
)
_TIMEOUTS = (10.0, 660.0)
"""A request may wait ten minutes in the licence's queue before it is declined (guide, "License restrictions for
API users"); the connection is to be kept open meanwhile."""


class AcumaticaClient(Client):
    """A client of one endpoint version that knows the branch of its connection.

    The branch goes into each document, by its ID; the request header ``PX-CbApiBranch`` takes a branch's name instead
    (guide), which the connection does not know.
    """

    branch: str = ""


def open_client(
    settings: AcumaticaSettings,
    session: requests.Session,
    *,
    token_store: TokenStore | None = None,
    budget: RateBudget | None = None,
    on_call: Callable[[Call], None] | None = None,
    clock: Clock | None = None,
) -> AcumaticaClient:
    """Return a client whose paths are entities of the settings' endpoint, e.g. ``Vendor``.

    `Client.close` logs a cookie session out, and that of a token which no store keeps; a kept one serves the next run.

    Raises:
        ConfigurationError: the instance does not serve that endpoint version, or refuses the credentials; or there is
            no store, and a first refresh token would be spent for nothing.
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
    client = AcumaticaClient(
        session,
        settings.endpoint_url,
        dialect=AcumaticaDialect(),
        budget=budget,
        auth=_auth(settings, session, unsigned, token_store, clock),
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
    client.branch = settings.branch
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
    store: TokenStore | None,
    clock: Clock,
) -> Auth:
    if settings.grant == "cookie":
        return CookieSession(session, lambda: _log_in(unsigned, settings), lambda: _log_out(unsigned))
    if settings.grant == "authorization_code" and store is None:
        raise ConfigurationError(_NOT_KEPT)

    def fetch(last: Token | None) -> Token:
        form = _grant(settings, last)
        data = unsigned.read("identity/connect/token", method="POST", form=form).data
        return Token.from_answer(data, clock.now(), last)

    if store is None:
        return _Unkept(settings.token_name, fetch, unsigned, clock)
    return TokenAuth(settings.token_name, store, fetch, clock=clock)


class _Unkept(TokenAuth):
    """A token that no store keeps: its licensed session is given back at the end."""

    def __init__(self, name: str, fetch: Fetch, unsigned: Client, clock: Clock) -> None:
        self._held, self._unsigned = MemoryTokenStore(), unsigned
        super().__init__(name, self._held, fetch, clock=clock)

    def close(self) -> None:
        """Log out; a failure is logged and no more, so that it does not hide the work's own end."""
        token = self._held.load(self._name)
        if token is None:
            return
        self._held.forget(self._name)
        try:
            _log_out(self._unsigned, {"Authorization": f"Bearer {token.access_token}"})
        except SyncError as error:
            _log.warning("logout failed, the vendor counts the session until it times out: %s", error)


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


def _log_out(unsigned: Client, headers: Mapping[str, str] | None = None) -> None:
    """Give the licensed session back; requests sends ``Content-Length: 0``, without which IIS answers 411."""
    unsigned.write("entity/auth/logout", headers=headers)

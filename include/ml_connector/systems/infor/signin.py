"""Sign in to a tenant with the service account, keep the token, and open a client of the gateway.

Password grant with the service account, refresh and revocation: README of
https://github.com/infor-cloud/ion-api-sdk. A token's life is set for each application; the answer tells it.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable

import requests

from ml_connector.domain.errors import SyncError
from ml_connector.systems.infor.connection import InforSettings
from ml_connector.systems.infor.dialect import InforDialect
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import Fetch, MemoryTokenStore, Token, TokenAuth, TokenStore
from ml_connector.transport.client import Client
from ml_connector.transport.clock import Clock, SystemClock
from ml_connector.transport.rate import RateBudget, Unlimited

_log = logging.getLogger(__name__)


def open_client(
    settings: InforSettings,
    session: requests.Session,
    *,
    token_store: TokenStore | None = None,
    budget: RateBudget | None = None,
    on_call: Callable[[Call], None] | None = None,
    clock: Clock | None = None,
) -> Client:
    """Return a client whose paths begin with a suite, e.g. ``M3/m3api-rest/v2/execute/…``.

    One token serves all workers; `Client.close` revokes it where the settings say so.
    """
    session.auth = _anonymous  # credentials come from `Auth` alone, never from the session or ~/.netrc
    clock, store = clock or SystemClock(), token_store or MemoryTokenStore()
    unsigned = Client(
        session, settings.ionapi.pu, dialect=InforDialect(), budget=Unlimited(), clock=clock, on_call=on_call,
        secrets=settings.secrets,
    )  # fmt: skip
    fetch = _fetch(settings, unsigned, clock)
    auth = TokenAuth(settings.token_name, store, fetch, clock=clock)
    if settings.revoke_at_end:
        auth = RevokedAuth(settings, store, fetch, unsigned, clock)
    return Client(
        session, settings.url, dialect=InforDialect(), budget=budget or Unlimited(), auth=auth, clock=clock,
        on_call=on_call, secrets=settings.secrets,
    )  # fmt: skip


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _fetch(settings: InforSettings, unsigned: Client, clock: Clock) -> Fetch:
    def fetch(last: Token | None) -> Token:
        now = clock.now()
        data = unsigned.read(settings.ionapi.ot, method="POST", form=_grant(settings, last)).data
        return Token.from_answer(data, now, last)

    return fetch


def _grant(settings: InforSettings, last: Token | None) -> dict[str, str]:
    """Return the form that asks for a token: with the refresh token where there is one, else the service account."""
    ionapi = settings.ionapi
    form = {"client_id": ionapi.ci, "client_secret": ionapi.cs.get_secret_value()}
    if last is not None and last.refresh_token:
        return {**form, "grant_type": "refresh_token", "refresh_token": last.refresh_token}
    scope = {"scope": " ".join(ionapi.sc)} if ionapi.sc else {}
    account = {"username": ionapi.saak.get_secret_value(), "password": ionapi.sask.get_secret_value()}
    return {**form, "grant_type": "password", **account, **scope}


class RevokedAuth(TokenAuth):
    """A token that is given back at the end; who shares it signs in anew."""

    def __init__(
        self, settings: InforSettings, store: TokenStore, fetch: Fetch, unsigned: Client, clock: Clock
    ) -> None:
        super().__init__(settings.token_name, store, fetch, clock=clock)
        self._settings, self._tokens, self._unsigned = settings, store, unsigned

    def close(self) -> None:
        """Revoke the grant; a failure is logged and no more, so that it does not hide the work's own end."""
        name = self._settings.token_name
        with self._tokens.locked(name):
            token = self._tokens.load(name)
            if token is None:
                return
            self._tokens.forget(name)
            try:
                self._revoke(token)
            except SyncError as error:
                _log.warning("%s: the grant could not be revoked and stays until it ends: %s", name, error)

    def _revoke(self, token: Token) -> None:
        """Revoke the refresh token, which ends its access tokens too; without one, the access token."""
        ionapi = self._settings.ionapi
        kind = "refresh_token" if token.refresh_token else "access_token"
        form = {"token": token.refresh_token or token.access_token, "token_type_hint": kind}
        basic = b64encode(f"{ionapi.ci}:{ionapi.cs.get_secret_value()}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        self._unsigned.read(ionapi.or_, method="POST", form=form, headers=headers, as_text=True)

"""The Airflow hook: a Connection → a client of one Cin7 Core account."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import cached_property
from typing import Any

import requests
from airflow.providers.http.hooks.http import HttpHook

from ml_connector.domain.errors import SyncError
from ml_connector.systems.cin7.connection import Cin7Settings, read_settings
from ml_connector.systems.cin7.dialect import Cin7Dialect
from ml_connector.systems.cin7.keys import Cin7Keys
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import TokenStore
from ml_connector.transport.client import Client
from ml_connector.transport.rate import RateBudget, Unlimited


class Cin7CoreHook(HttpHook):
    """Connects to a Cin7 Core account.

    Args:
        conn_id: the connection, of type ``cin7_core``.
        token_store: not used, since the keys do not expire; every hook takes one.
        budget: the call allowance, whose key names are those of `Cin7Settings.headers`; None for none.
        on_call: told of every call.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "cin7_default"
    conn_type = "cin7_core"
    hook_name = "Cin7 Core"

    def __init__(
        self,
        conn_id: str = default_conn_name,
        *,
        token_store: TokenStore | None = None,  # noqa: ARG002 - the hooks' common signature
        budget: RateBudget | None = None,
        on_call: Callable[[Call], None] | None = None,
    ) -> None:
        super().__init__(method="GET", http_conn_id=conn_id)
        self.conn_id = conn_id
        self._budget, self._on_call = budget, on_call

    @cached_property
    def settings(self) -> Cin7Settings:
        """The connection's fields.

        Raises:
            ConfigurationError: fields are missing or wrong.
        """
        connection = self.get_connection(self.conn_id)
        return read_settings(
            self.conn_id,
            host=connection.host,
            login=connection.login,
            password=connection.password,
            extra=connection.extra_dejson,
        )

    @cached_property
    def client(self) -> Client:
        """A client whose paths are the API's, e.g. ``purchaseList``.

        Raises:
            ConfigurationError: the connection is wrong.
        """
        names = list(self.settings.headers())
        return self._client_of(names if self._budget else names[:1])

    def _client_of(self, names: list[str]) -> Client:
        """Return a client with these keys; without a budget nobody chooses between several."""
        settings = self.settings
        headers = settings.headers()
        return Client(
            self._session(),
            settings.url,
            dialect=Cin7Dialect(),
            budget=self._budget or Unlimited(),
            auth=Cin7Keys({name: headers[name] for name in names}),
            on_call=self._on_call,
            secrets=settings.secrets,
        )

    def close(self) -> None:
        """Close the connections."""
        if "client" in self.__dict__:
            self.client.close()
            del self.__dict__["client"]

    def test_connection(self) -> tuple[bool, str]:
        """Read the account's settings page with each key; return whether that went well, and what to tell."""
        me: Any = {}
        try:
            for name in self.settings.headers():
                with closing(self._client_of([name])) as client:
                    me = client.read("me").data
        except SyncError as error:
            return False, str(error)
        return True, f"Connected to {me.get('Company')}, base currency {me.get('Currency')}"

    def _session(self) -> requests.Session:
        """Return the provider's session (proxies, certificates) without what it makes of our fields.

        It would send the login as basic authentication and every extra field, secrets too, as a header.
        """
        session: Any = self.get_conn()
        session.headers = requests.utils.default_headers()
        session.auth = None
        assert isinstance(session, requests.Session)
        return session

"""The Airflow hook: a Connection → a client of one tenant."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import requests
from airflow.providers.http.hooks.http import HttpHook
from typing_extensions import Self

from ml_connector.domain.errors import SyncError
from ml_connector.systems.infor.connection import InforSettings, read_settings
from ml_connector.systems.infor.signin import open_client
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import TokenStore
from ml_connector.transport.client import Client
from ml_connector.transport.rate import RateBudget


class InforHook(HttpHook):
    """Connects to an Infor CloudSuite tenant.

    Args:
        conn_id: the connection, of type ``infor_cloudsuite``.
        token_store: where tokens outlive the task; None keeps them in this object.
        budget: the call allowance; None for none.
        on_call: told of every call.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "infor_default"
    conn_type = "infor_cloudsuite"
    hook_name = "Infor CloudSuite"

    def __init__(
        self,
        conn_id: str = default_conn_name,
        *,
        token_store: TokenStore | None = None,
        budget: RateBudget | None = None,
        on_call: Callable[[Call], None] | None = None,
    ) -> None:
        super().__init__(method="GET", http_conn_id=conn_id)
        self.conn_id = conn_id
        self._token_store, self._budget, self._on_call = token_store, budget, on_call

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @cached_property
    def settings(self) -> InforSettings:
        """The connection's fields.

        Raises:
            ConfigurationError: fields are missing or wrong.
        """
        connection = self.get_connection(self.conn_id)
        return read_settings(
            self.conn_id,
            password=connection.password,
            extra=connection.extra_dejson,
        )

    @cached_property
    def client(self) -> Client:
        """A client whose paths begin with a suite, e.g. ``M3/``.

        Raises:
            ConfigurationError: the connection is wrong.
        """
        return open_client(
            self.settings,
            self._session(),
            token_store=self._token_store,
            budget=self._budget,
            on_call=self._on_call,
        )

    def close(self) -> None:
        """Close the connections; the token serves the next task unless the connection says to revoke it."""
        if "client" in self.__dict__:
            self.client.close()
            del self.__dict__["client"]

    def test_connection(self) -> tuple[bool, str]:
        """Sign in and ask M3 for the time; return whether that went well, and what to tell."""
        try:
            self.client.read("M3/m3api-rest/v2/execute/GENERAL/GetServerTime;maxrecs=1")
        except SyncError as error:
            return False, str(error)
        finally:
            self.close()
        return True, f"Signed in to {self.settings.url}"

    def _session(self) -> requests.Session:
        """Return the provider's session (proxies, certificates) without what it makes of our fields.

        It would send the login as basic authentication and every extra field, secrets too, as a header.
        """
        session: Any = self.get_conn()
        session.headers = requests.utils.default_headers()
        session.auth = None
        assert isinstance(session, requests.Session)
        return session

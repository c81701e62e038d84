"""The Airflow hook: a Connection → a client of one endpoint version."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import requests
from airflow.providers.http.hooks.http import HttpHook
from typing_extensions import Self

from ml_connector.domain.errors import SyncError
from ml_connector.systems.acumatica.connection import AcumaticaSettings, read_settings
from ml_connector.systems.acumatica.signin import AcumaticaClient, open_client
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import TokenStore
from ml_connector.transport.rate import RateBudget


class AcumaticaHook(HttpHook):
    """Connects to an Acumatica instance; as a context manager it logs out at the end.

    Args:
        conn_id: the connection, of type ``acumatica``.
        token_store: where tokens outlive the task; None keeps them in this object.
        budget: the call allowance; None for none.
        on_call: told of every call.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "acumatica_default"
    conn_type = "acumatica"
    hook_name = "Acumatica"

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
    def settings(self) -> AcumaticaSettings:
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
            schema=connection.schema,
            port=connection.port,
        )

    @cached_property
    def client(self) -> AcumaticaClient:
        """A client whose paths are entities, e.g. ``Vendor``.

        Raises:
            ConfigurationError: the connection is wrong, or the instance does not serve the endpoint version.
        """
        return open_client(
            self.settings,
            self._session(),
            token_store=self._token_store,
            budget=self._budget,
            on_call=self._on_call,
        )

    def close(self) -> None:
        """Log out where the vendor counts sessions, and close the connections."""
        if "client" in self.__dict__:
            self.client.close()
            del self.__dict__["client"]

    def test_connection(self) -> tuple[bool, str]:
        """Sign in and read one account; return whether that went well, and what to tell."""
        try:
            self.client.read("Account", params={"$top": "1", "$select": "AccountCD"})
        except SyncError as error:
            return False, str(error)
        finally:
            self.close()
        settings = self.settings
        return True, f"Signed in to {settings.url}, endpoint {settings.endpoint}/{settings.endpoint_version}"

    def _session(self) -> requests.Session:
        """Return the provider's session (proxies, certificates) without what it makes of our fields.

        It would send the login as basic authentication and every extra field, secrets too, as a header.
        """
        session: Any = self.get_conn()
        session.headers = requests.utils.default_headers()
        session.auth = None
        assert isinstance(session, requests.Session)
        return session

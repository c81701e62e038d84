"""The Airflow hook: a Connection → a client of one tenant, domain and entity."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import requests
from airflow.providers.http.hooks.http import HttpHook
from typing_extensions import Self

from ml_connector.domain.errors import SyncError
from ml_connector.systems.qad.connection import QadSettings, read_settings
from ml_connector.systems.qad.signin import Qad, open_client
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import TokenStore
from ml_connector.transport.rate import RateBudget


class QadHook(HttpHook):
    """Connects to a QAD tenant.

    Args:
        conn_id: the connection, of type ``qad``.
        token_store: where tokens outlive the task; None keeps them in this object.
        budget: the call allowance; None for none.
        on_call: told of every call.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "qad_default"
    conn_type = "qad"
    hook_name = "QAD Adaptive ERP"

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
    def settings(self) -> QadSettings:
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
    def client(self) -> Qad:
        """The workspace of the connection.

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
        """Close the connections; the token serves the next task."""
        if "client" in self.__dict__:
            self.client.close()
            del self.__dict__["client"]

    def test_connection(self) -> tuple[bool, str]:
        """Sign in and read the metadata of suppliers; return whether that went well, and what to tell."""
        urn = {"viewUri": "urn:be:com.qad.qra.adapter.entity.IEntityBuilderCRUD",
               "entityURI": "urn:be:com.qad.base.supplier.ISupplierV2"}  # fmt: skip
        try:
            self.client.calls.read("api/qracore/entitymetadatas", params=urn)
        except SyncError as error:
            return False, str(error)
        finally:
            self.close()
        return True, f"Signed in to {self.settings.url}, workspace {self.settings.workspace}"

    def _session(self) -> requests.Session:
        """Return the provider's session (proxies, certificates) without what it makes of our fields.

        It would send the login as basic authentication and every extra field, secrets too, as a header.
        """
        session: Any = self.get_conn()
        session.headers = requests.utils.default_headers()
        session.auth = None
        assert isinstance(session, requests.Session)
        return session

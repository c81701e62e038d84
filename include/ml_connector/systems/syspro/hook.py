"""The Airflow hook: a Connection → clients of both of SYSPRO's interfaces."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import requests
from airflow.providers.http.hooks.http import HttpHook
from typing_extensions import Self

from ml_connector.domain.errors import SyncError
from ml_connector.systems.syspro.connection import SysproSettings, read_settings
from ml_connector.systems.syspro.session import Syspro, open_client
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import TokenStore
from ml_connector.transport.rate import RateBudget


class SysproHook(HttpHook):
    """Connects to a SYSPRO company. `close` keeps the session for the run's other tasks; `end_run` logs it off.

    Args:
        conn_id: the connection, of type ``syspro``.
        token_store: where the session is kept, sealed; None keeps it in this object.
        budget: not used: SYSPRO publishes no limit of calls.
        on_call: told of every call.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "syspro_default"
    conn_type = "syspro"
    hook_name = "SYSPRO"

    def __init__(
        self,
        conn_id: str = default_conn_name,
        *,
        token_store: TokenStore | None = None,
        budget: RateBudget | None = None,  # noqa: ARG002 - every hook's signature
        on_call: Callable[[Call], None] | None = None,
    ) -> None:
        super().__init__(method="GET", http_conn_id=conn_id)
        self.conn_id = conn_id
        self._token_store, self._on_call = token_store, on_call

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @cached_property
    def settings(self) -> SysproSettings:
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
    def client(self) -> Syspro:
        """The clients of both interfaces."""
        return open_client(self.settings, self._session, token_store=self._token_store, on_call=self._on_call)

    def close(self) -> None:
        """Close the connections."""
        if "client" in self.__dict__:
            self.client.close()
            del self.__dict__["client"]

    def has_session(self) -> bool:
        """Tell whether tasks of a run share a session now."""
        return self.client.has_session()

    def end_run(self) -> None:
        """Log the session off that the run's tasks have shared."""
        self.client.log_off()

    def test_connection(self) -> tuple[bool, str]:
        """Log on, read one supplier, log off; return whether that went well, and what to tell."""
        try:
            company = self.settings.company_id
            with self.client.visit():
                self._try_both()
        except SyncError as error:
            return False, str(error)
        finally:
            self.close()
        return True, f"Logged on to company {company}; {'OData answers' if self.settings.odata_url else 'no OData'}"

    def _try_both(self) -> None:
        self.client.queries.read("GetLogonProfile")
        if self.client.tables is not None:
            self.client.tables.read("ApSupplier", params={"$top": "1", "$select": "Supplier"})

    def _session(self) -> requests.Session:
        """Return a session of the provider (proxies, certificates) without what it makes of our fields."""
        session: Any = self.get_conn()
        session.headers = requests.utils.default_headers()
        session.auth = None
        assert isinstance(session, requests.Session)
        return session

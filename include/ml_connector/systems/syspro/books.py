"""What many documents need to know: suppliers' names and branches, accounts, the local currency; each read once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ml_connector.domain.documents import GLAccount
from ml_connector.domain.errors import ConfigurationError
from ml_connector.systems.syspro import wire, xml
from ml_connector.systems.syspro.options import SysproOptions
from ml_connector.systems.syspro.tables import Tables
from ml_connector.systems.syspro.translate import Site, account_of
from ml_connector.transport.client import Client


@dataclass
class Books:
    """One company's.

    Args:
        queries: asked for the local currency where no option gives it.
        company: the code on documents.
    """

    tables: Tables
    queries: Client
    options: SysproOptions
    company: str
    now: Callable[[], dt.datetime]

    @property
    def site(self) -> Site:
        """What translations need to know; seen now."""
        groups = self.groups if self.options.cost_centre == "gl_group" else {}
        return Site(self.options, self.company, self.now(), self.local_currency, groups)

    @cached_property
    def local_currency(self) -> str:
        """The ISO code of the local currency."""
        return self.options.local_currency or local_currency(self.queries)

    @cached_property
    def suppliers(self) -> dict[str, wire.ApSupplier]:
        """Suppliers by key."""
        rows = map(wire.ApSupplier.model_validate, self.tables.rows("suppliers"))
        return {row.Supplier: row for row in rows}

    def name(self, supplier: str) -> str:
        """Return a supplier's name; its key when there is none."""
        found = self.suppliers.get(supplier)
        return found.SupplierName if found and found.SupplierName else supplier.strip()

    def branch(self, supplier: str) -> str:
        """Return a supplier's branch."""
        found = self.suppliers.get(supplier)
        return found.Branch if found else ""

    @cached_property
    def _accounts(self) -> list[wire.GenMaster]:
        company = self.options.ledger_company
        conditions = [[[("Company", "eq", company)]]] if company else []
        return [wire.GenMaster.model_validate(row) for row in self.tables.rows("accounts", *conditions)]

    @cached_property
    def groups(self) -> dict[str, str]:
        """GL code → group."""
        return {row.GlCode: row.GlGroup for row in self._accounts}

    def accounts(self) -> dict[str, GLAccount]:
        """Return the GL accounts, of the ledger company only where one is named."""
        return {row.GlCode: account_of(row) for row in self._accounts}


def local_currency(queries: Client) -> str:
    """Return the local currency that the session's profile tells.

    Raises:
        ConfigurationError: it tells none that is an ISO code.
    """
    code = xml.text_of(queries.read("GetLogonProfile").data, "LocalCurrencyCode").upper()
    if len(code) != 3 or not code.isalpha():  # noqa: PLR2004 - ISO 4217
        raise ConfigurationError(f"SYSPRO tells its local currency as “{code}”: give options.syspro.local_currency")
    return code

"""What many documents need to know: suppliers' names and branches, accounts, the local currency.

Each is read once a task, names and branches once a run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ml_connector.domain.documents import GLAccount
from ml_connector.domain.errors import ConfigurationError
from ml_connector.sync.ports import RecordCache
from ml_connector.sync.shared_lists import shared_list
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
        cache: keeps names and branches for the other tasks of the run.
    """

    tables: Tables
    queries: Client
    options: SysproOptions
    company: str
    now: Callable[[], dt.datetime]
    cache: RecordCache | None = None

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
    def _suppliers(self) -> dict[str, tuple[str, str]]:
        """Key → name and branch."""
        return {key: (name, branch) for key, name, branch in shared_list(self.cache, "suppliers", self._read)}

    def _read(self) -> list[list[str]]:
        rows = map(wire.ApSupplier.model_validate, self.tables.rows("suppliers"))
        return [[row.Supplier, row.SupplierName, row.Branch] for row in rows]

    def name(self, supplier: str) -> str:
        """Return a supplier's name; its key when there is none."""
        name, _ = self._suppliers.get(supplier, ("", ""))
        return name or supplier.strip()

    def branch(self, supplier: str) -> str:
        """Return a supplier's branch."""
        _, branch = self._suppliers.get(supplier, ("", ""))
        return branch

    @cached_property
    def _accounts(self) -> list[wire.GenMaster]:
        """GenMaster lies in the ledger company's database, which may serve several companies; Company tells whose.

        https://github.com/dontlookaway/BlackBox.
        """
        company = self.options.ledger_company
        conditions = [[[("Company", "eq", company)]]] if company else []
        rows = [wire.GenMaster.model_validate(row) for row in self.tables.rows("accounts", *conditions)]
        companies = sorted({row.Company for row in rows})
        if len(companies) > 1:
            raise ConfigurationError(
                f"the ledger holds accounts of {', '.join(companies)}: name one in options.syspro.ledger_company"
            )
        return rows

    @cached_property
    def groups(self) -> dict[str, str]:
        """GL code → group."""
        return {row.GlCode: row.GlGroup for row in self._accounts}

    def accounts(self) -> dict[str, GLAccount]:
        """Return the GL accounts.

        Raises:
            ConfigurationError: they are of several companies, and no option names one.
        """
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

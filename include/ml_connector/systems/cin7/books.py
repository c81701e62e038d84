"""Cin7's reference books, each read once a run: at one call a second their lists are most of what a quiet run asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from functools import cached_property

from ml_connector.domain.documents import GLAccount, Item, Supplier
from ml_connector.domain.errors import ConfigurationError
from ml_connector.domain.reference import Reference
from ml_connector.sync.ports import RecordCache
from ml_connector.sync.shared_lists import shared_list
from ml_connector.systems.cin7.reading import Cin7Reader, Row
from ml_connector.systems.cin7.wire import calendar_date
from ml_connector.transport.client import Client

_ACCOUNT = ("Code", "Name", "Type", "Status", "SystemAccount")
_PRODUCT = ("SKU", "Name", "UOM", "Type", "Status")
_TERM = ("Name", "IsActive", "IsDefault")
_TAX_RULE = ("Name", "IsActive", "IsTaxForPurchase")
_LOCATION = ("Name", "IsDefault", "IsDeprecated", "Deprecated", "ParentID")


class Cin7Books:
    """Accounts, tax rules, terms, locations and products of one account.

    Args:
        cache: keeps the lists for the other tasks of the run; None reads them anew.
    """

    def __init__(self, client: Client, reader: Cin7Reader, cache: RecordCache | None) -> None:
        self._client, self._reader, self._cache = client, reader, cache

    def _rows(
        self, path: str, list_key: str, columns: Sequence[str], query: dict[str, str] | None = None, key: str = "ID"
    ) -> list[Row]:
        """Return all rows of a list, these columns of each."""

        def read() -> list[Row]:
            rows = self._reader.rows(path, list_key, query or {}, key=key)
            return [{name: row[name] for name in columns if name in row} for row in rows]

        return shared_list(self._cache, path, read)

    def reference(self, kinds: Collection[str]) -> Reference:
        """Return the books that checks of documents of these kinds need."""
        trade = set(kinds) - {Supplier.kind}
        return Reference(
            accounts=self.accounts if trade else None,
            items=self.items if trade else None,
            terms={str(row["Name"]) for row in self.terms if row.get("IsActive", True)},
            tax_rules={str(row["Name"]) for row in self.tax_rules},
            max_lengths={"name": 256, "number": 256},
        )

    @cached_property
    def me(self) -> Row:
        """The account's settings page."""
        data = self._client.read("me").data
        return data if isinstance(data, dict) else {}

    @cached_property
    def accounts(self) -> dict[str, GLAccount]:
        """All GL accounts by code; one list, since the look-up of an unknown code is an error."""
        return {
            str(row["Code"]): GLAccount(
                code=str(row["Code"]),
                name=str(row.get("Name") or ""),
                type=str(row.get("Type") or ""),
                active=str(row.get("Status") or "ACTIVE").upper() == "ACTIVE",
                postable=not row.get("SystemAccount"),
            )
            for row in self._account_rows
        }

    @cached_property
    def items(self) -> dict[str, Item]:
        """All products by SKU."""
        rows = self._rows("product", "Products", _PRODUCT, {"IncludeDeprecated": "true"})
        return {
            str(row["SKU"]): Item(
                code=str(row["SKU"]),
                name=str(row.get("Name") or ""),
                unit=str(row.get("UOM") or ""),
                stocked=str(row.get("Type") or "").casefold() == "stock",
                active=str(row.get("Status") or "").casefold() == "active",
            )
            for row in rows
        }

    @cached_property
    def terms(self) -> list[Row]:
        """All payment terms."""
        return self._rows("ref/paymentterm", "PaymentTermList", _TERM)

    @cached_property
    def tax_rules(self) -> list[Row]:
        """Active tax rules for purchases."""
        rows = self._rows("ref/tax", "TaxRuleList", _TAX_RULE)
        return [row for row in rows if row.get("IsActive", True) and row.get("IsTaxForPurchase", True)]

    @cached_property
    def _account_rows(self) -> list[Row]:
        return self._rows("ref/account", "AccountsList", _ACCOUNT, key="Code")

    def lock_date(self) -> dt.date | None:
        """Return the date up to which nothing can be entered any more."""
        return calendar_date(str(self.me.get("LockDate") or ""))

    def base_currency(self) -> str:
        """Return the account's base currency."""
        return str(self.me.get("Currency") or "")

    def account_payable(self) -> str:
        """Return the code of *the* accounts payable account: Cin7 refuses every other."""
        for row in self._account_rows:
            if str(row.get("SystemAccount") or "").casefold() == "accounts payable":
                return str(row["Code"])
        msg = "Cin7 has no account with the system role “Accounts payable”; set one in its chart of accounts"
        raise ConfigurationError(msg)

    def default_term(self) -> str:
        """Return the account's default payment term, else its first active one."""
        active = [row for row in self.terms if row.get("IsActive", True)]
        for row in active:
            if row.get("IsDefault"):
                return str(row["Name"])
        if not active:
            raise ConfigurationError("Cin7 has no active payment term; create one, or give options.cin7.payment_term")
        return str(active[0]["Name"])

    def default_tax_rule(self) -> str:
        """Return the first active tax rule for purchases."""
        if not self.tax_rules:
            raise ConfigurationError("Cin7 has no active tax rule for purchases; create one")
        return str(self.tax_rules[0]["Name"])

    @cached_property
    def locations(self) -> list[Row]:
        """Locations in use; bins, which are listed too, have a parent."""
        rows = self._rows("ref/location", "LocationList", _LOCATION)
        used = [row for row in rows if not (row.get("IsDeprecated") or row.get("Deprecated"))]
        return [row for row in used if not row.get("ParentID")]

    def default_location(self) -> str:
        """Return the account's default location, else its first."""
        rows = self.locations
        named = next((row for row in rows if row.get("IsDefault")), rows[0] if rows else None)
        if named is None:
            raise ConfigurationError("Cin7 has no location; create one, or give options.cin7.location")
        return str(named["Name"])

    def attribute_set(self) -> str:
        """Return the name of the first attribute set; "" when the account has none."""
        return str(self._attribute_sets[0]["Name"]) if self._attribute_sets else ""

    @cached_property
    def _attribute_sets(self) -> list[Row]:
        return self._rows("ref/attributeset", "AttributeSetList", ("Name",))

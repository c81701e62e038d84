"""Reading suppliers with what lies below them: addresses, communication methods and terms.

Those have ETags of their own, so a change there does not show at the supplier: the history log names it where it is
switched on, and what is not named is read again by and by.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ml_connector.domain.documents import Supplier
from ml_connector.domain.errors import ConfigurationError, ContractError, Refused
from ml_connector.sync.ports import RecordCache, Unreadable, Window
from ml_connector.sync.shared_lists import shared_list
from ml_connector.systems.ifs.changes import Changes, Head, days_of
from ml_connector.systems.ifs.endpoint import Endpoint
from ml_connector.systems.ifs.lists import Row
from ml_connector.systems.ifs.odata import any_of, both, key_of
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.translate import SupplierRows, supplier_of
from ml_connector.systems.ifs.unreadable import made
from ml_connector.systems.ifs.wire import day, text

_LOGICAL_UNITS = ("SupplierInfo", "SupplierInfoAddress", "ContactSupplierInfo", "CommMethod")
"""Those of suppliers that are seen in history logs (notes on 25R1); the last is inferred."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IfsSuppliers:
    """The suppliers of one tenant, with their terms in the first of our companies that has some."""

    endpoint: Endpoint
    options: IfsOptions
    cache: RecordCache | None
    now: Callable[[], dt.datetime]

    def changed(self, window: Window) -> Iterator[Supplier | Unreadable]:
        """Yield the suppliers that may have changed within the window; of a span of dates, those created in it."""
        created = self.endpoint.dated("supplier", "CreationDate", *days_of(window))
        heads = self._heads(created if window.by_document_date else "")
        sweep = dt.timedelta(hours=self.options.child_sweep_hours)
        changes = self._changes
        due = changes.overdue({head.key for head in heads}, self.now(), sweep) | self._touched(window)
        return self._suppliers(changes.read(heads, window, due))

    def by_keys(self, keys: Collection[str]) -> Iterator[Supplier | Unreadable]:
        """Yield the suppliers with these numbers that exist, as they are now."""
        roots = [self.endpoint.one("supplier", SupplierId=key) for key in sorted(keys)]
        return self._suppliers(self.endpoint.each(self._whole, [root for root in roots if root is not None]))

    def every(self) -> list[Supplier]:
        """Return all suppliers, for matching: what has not changed since it was last read is not read again.

        Raises:
            ContractError: one cannot be understood; left out, it might be created a second time.
        """
        found = []
        for one in self._suppliers(self._changes.read(self._heads(), Window(None, self.now()))):
            if isinstance(one, Unreadable):
                raise ContractError(one.finding.message, answer=one.raw)
            found.append(one)
        return found

    def roots(self) -> list[Row]:
        """Return all suppliers' own rows."""
        return self.endpoint.rows("supplier")

    def names(self) -> dict[str, str]:
        """Return number → name of all suppliers, for the run's other flows too."""
        read = partial(self.endpoint.rows, "supplier", select=["Name"])
        rows = shared_list(self.cache, "names of suppliers", read)
        return {text(row, "SupplierId"): text(row, "Name") for row in rows}

    def rows_of(self, key: str) -> SupplierRows | None:
        """Return one supplier's rows, read fresh with their ETags; None when there is none."""
        root = self.endpoint.one("supplier", SupplierId=key)
        return None if root is None else SupplierRows(**self._whole(root))

    # --- what lies below ---

    def address_of(self, key: str) -> str:
        """Return where a supplier is."""
        return self.endpoint.address("supplier", SupplierId=key)

    def below(self, key: str, name: str, row_keys: dict[str, Any] | None = None) -> str:
        """Return where a child collection of a supplier is, or one row of it."""
        child = self.options.child(name)
        row = f"({key_of(row_keys, child.numbers)})" if row_keys else ""
        return f"{self.address_of(key)}/{child.name}{row}"

    def communication_of(self, key: str, address_id: str) -> str:
        """Return where the communication methods of a supplier's address are."""
        name = self.options.child("communication").name
        if self.options.communication_below == "supplier":
            return f"{self.address_of(key)}/{name}"
        return f"{self.below(key, 'addresses', {'SupplierId': key, 'AddressId': address_id})}/{name}"

    def _whole(self, root: Row) -> Row:
        key, endpoint, options = text(root, "SupplierId"), self.endpoint, self.options
        at = self.address_of(key)
        address = self._main(endpoint.children(at, "addresses"))
        communication: list[Row] = []
        if address or options.communication_below == "supplier":
            parent = self.communication_of(key, text(address, "AddressId")).rpartition("/")[0]
            communication = endpoint.children(parent, "communication")
        terms = self._of_company(endpoint.children(at, "invoice_companies"))
        return {"root": root, "address": address, "communication": communication, "terms": terms}

    def _main(self, rows: list[Row]) -> Row:
        """Return the address with the chosen id, else the first one that has not ended.

        ``DefaultDomain`` tells nothing: it is always true (a public migration tool for ``SupplierHandling``).
        """
        today = self.now().date()
        alive = [row for row in rows if not _has_ended(row, today)]
        chosen = [row for row in alive if text(row, "AddressId") == self.options.address_id]
        return next(iter(chosen or alive or rows), {})

    def _of_company(self, rows: Sequence[Row]) -> Row:
        """Return the terms in our first company that has some."""
        if not self.options.companies:
            return rows[0] if rows else {}
        by_company = {text(row, "Company"): row for row in rows}
        return next((by_company[one] for one in self.options.companies if one in by_company), {})

    # --- what changed ---

    @property
    def _changes(self) -> Changes:
        return Changes(self.cache, "supplier with what lies below", self._whole, self.endpoint.each)

    def _heads(self, condition: str = "") -> list[Head]:
        rows = self.endpoint.rows("supplier", condition)
        return [Head(text(row, "SupplierId"), self.endpoint.version("supplier", row), row) for row in rows]

    def _suppliers(self, found: Iterable[Row]) -> Iterator[Supplier | Unreadable]:
        def make(rows: SupplierRows) -> Supplier:
            return supplier_of(rows, self.now())

        whole = (SupplierRows(**one) for one in found)
        return made(whole, "supplier", ("SupplierId",), make, self.now(), row_of=lambda rows: rows.root)

    def _touched(self, window: Window) -> frozenset[str]:
        """Return the suppliers whose addresses or communication the history log names since the window's start.

        Most tenants log nothing: then nothing is named, and what changed there is seen when it is read again.
        """
        if not self.options.history or window.start is None or window.by_document_date:
            return frozenset()
        since = (window.start - dt.timedelta(days=self.options.overlap_days)).date()  # stamps are in the server's zone
        units = any_of(self.options.set("history").property("LuName"), _LOGICAL_UNITS)
        condition = both(units, self.endpoint.dated("history", "TimeStamp", since))
        try:
            rows = self.endpoint.rows("history", condition)
        except (ConfigurationError, Refused) as error:
            _log.warning("the history log cannot be read; addresses are read again by and by only: %s", error)
            return frozenset()
        return frozenset(_supplier_of_keyref(text(row, "KeyRef")) for row in rows)


def _supplier_of_keyref(keyref: str) -> str:
    """Return the supplier in a key reference such as ``ADDRESS_ID=01^SUPPLIER_ID=S1001^``."""
    parts = dict(part.split("=", 1) for part in keyref.split("^") if "=" in part)
    return parts.get("SUPPLIER_ID") or parts.get("IDENTITY", "")


def _has_ended(row: Row, today: dt.date) -> bool:
    """Tell whether an address is no longer valid; one whose end cannot be read still is."""
    try:
        return (day(row, "ValidTo") or today) < today
    except ValueError:
        return False

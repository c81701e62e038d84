"""Reads supplier invoices, from their own projection or from the vouchers they posted, and journal entries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ml_connector.domain.documents import JournalEntry, SupplierInvoice
from ml_connector.sync.listing import Listed, listed
from ml_connector.sync.ports import Unreadable, Window
from ml_connector.systems.ifs.changes import Changes, days_of
from ml_connector.systems.ifs.lists import Row
from ml_connector.systems.ifs.odata import both, literal
from ml_connector.systems.ifs.reading import IfsReader
from ml_connector.systems.ifs.sets import READ
from ml_connector.systems.ifs.translate_invoices import (
    INVOICE,
    VOUCHER,
    InvoiceRows,
    Ledger,
    invoice_of,
    invoice_of_vouchers,
    journal_of,
)
from ml_connector.systems.ifs.unreadable import made
from ml_connector.systems.ifs.wire import state, text

_NUMBERS = frozenset({"AccountingYear", "VoucherNo", "InvoiceId"})


@dataclass(frozen=True)
class IfsFinance:
    """One tenant's invoices and vouchers."""

    reader: IfsReader

    # --- invoices ---

    def changed_invoices(self, window: Window) -> Iterator[SupplierInvoice | Unreadable]:
        """Yield the invoices that may have changed within the window."""
        reader = self.reader
        if reader.options.invoice_source == "voucher_rows":
            return self._of_vouchers(self._voucher_rows(window, self._function_groups()))
        condition = both(reader.dated("invoice", "CreationDate", window, by="InvoiceDate"), reader.companies("invoice"))
        heads = reader.heads("invoice", reader.endpoint.rows("invoice", condition))
        alive = [head for head in heads if state(head.row) not in reader.options.draft_states]
        changes = Changes(reader.cache, "invoice", self._whole, reader.endpoint.each)
        return self._invoices(changes.read(alive, window))

    def listed_invoices(self, window: Window) -> Iterator[Listed]:
        """Yield the invoices dated within the window from their headers alone; one that cannot be read by its key."""
        reader = self.reader
        condition = both(reader.dated("invoice", "CreationDate", window, by="InvoiceDate"), reader.companies("invoice"))
        rows = reader.endpoint.rows("invoice", condition)
        whole = [InvoiceRows(row, (), ()) for row in rows]

        def make(one: InvoiceRows) -> SupplierInvoice | None:
            return invoice_of(one, {}, text(one.header, "Identity"), reader.options, reader.now())

        found = made(whole, "bill", ("Company", "InvoiceId"), make, reader.now(), row_of=lambda one: one.header)
        return (listed(one, has_stamps=False) for one in found)

    def invoices(self, keys: Collection[str]) -> Iterator[SupplierInvoice | Unreadable]:
        """Yield the invoices with these keys, or those that bill the orders with these numbers, as they are now."""
        reader, own = self.reader, [key.split("/") for key in sorted(keys) if "/" in key]
        if reader.options.invoice_source == "voucher_rows":
            groups = self._function_groups()
            rows = [row for key in own for row in self._rows(both(_is(INVOICE, key), groups))]
            return self._of_vouchers(rows)
        headers = [row for key in own for row in reader.endpoint.rows("invoice", _is(("Company", "InvoiceId"), key))]
        orders = [key for key in keys if "/" not in key]
        headers += reader.endpoint.of_keys("invoice", "PoRefNumber", orders)
        return self._invoices(reader.endpoint.each(self._whole, headers))

    def _whole(self, header: Row) -> Row:
        endpoint, options = self.reader.endpoint, self.reader.options
        at = endpoint.address("invoice", Company=text(header, "Company"), InvoiceId=header["InvoiceId"])
        return {
            "header": header,
            "items": endpoint.children(at, options.child("invoice_items")),
            "postings": endpoint.children(at, options.child("invoice_postings")),
        }

    def _invoices(self, found: Iterable[Row]) -> Iterator[SupplierInvoice | Unreadable]:
        whole = [InvoiceRows(**one) for one in found]
        parts = self.reader.parts(sorted({text(item, "PoRefNumber") for one in whole for item in one.items}))

        def make(one: InvoiceRows) -> SupplierInvoice | None:
            name = self.reader.name(text(one.header, "Identity"))
            return invoice_of(one, parts, name, self.reader.options, self.reader.now())

        return made(whole, "bill", ("Company", "InvoiceId"), make, self.reader.now(), row_of=lambda one: one.header)

    # --- vouchers ---

    def changed_vouchers(self, window: Window) -> Iterator[JournalEntry | Unreadable]:
        """Yield the vouchers entered within the window, or dated in the span that was asked for."""
        return self._vouchers(self._voucher_rows(window))

    def vouchers(self, keys: Collection[str]) -> Iterator[JournalEntry | Unreadable]:
        """Yield the vouchers with these keys (company, type, year, number) as they are now."""
        conditions = [_is(VOUCHER, key.split("/")) for key in sorted(keys)]
        return self._vouchers([row for one in conditions for row in self._rows(one)])

    def _vouchers(self, rows: Iterable[Row]) -> Iterator[JournalEntry | Unreadable]:
        now, options = self.reader.now(), self.reader.options
        groups = _grouped(rows, VOUCHER)
        orders = self._orders(row for group in groups for row in group)

        def make(group: list[Row]) -> JournalEntry:
            return journal_of(group, orders, options, now)

        return made(groups, "journal entry", VOUCHER, make, now, row_of=_first)

    def _orders(self, rows: Iterable[Row]) -> dict[tuple[str, ...], str]:
        """Return the orders of the invoices that these rows post; none where a tenant shows no invoices."""
        if self.reader.options.invoice_source == "voucher_rows":
            return {}
        numbers = {text(row, "ReferenceNumber") for row in rows if text(row, "PartyTypeId")} - {""}
        read = ("Company", "InvoiceId", "Identity", "InvoiceNo", "PoRefNumber")
        found = self.reader.endpoint.of_keys("invoice", "InvoiceNo", numbers, read)
        return {
            (text(row, "Company"), text(row, "Identity"), text(row, "InvoiceNo")): text(row, "PoRefNumber")
            for row in found
        }

    def _voucher_rows(self, window: Window, condition: str = "") -> list[Row]:
        """Return voucher rows; the date of entry has no time of day, so some days are read again."""
        reader, options = self.reader, self.reader.options
        if window.by_document_date:
            dates = reader.endpoint.dated("voucher_row", "VoucherDate", *days_of(window))
        else:
            start = window.start or window.end - dt.timedelta(days=options.order_horizon_days)
            since = (start - dt.timedelta(days=options.overlap_days)).date()
            dates = reader.endpoint.dated("voucher_row", "EntryDate", since)
        return self._rows(both(dates, reader.companies("voucher_row"), condition))

    def _rows(self, condition: str) -> list[Row]:
        centre = [self.reader.options.cost_centre] if self.reader.options.cost_centre else []
        return self.reader.endpoint.rows("voucher_row", condition, [*READ["voucher_row"], *centre])

    def _function_groups(self) -> str:
        groups = self.reader.options.invoice_function_groups
        return self.reader.endpoint.one_of("voucher_row", "FunctionGroup", groups)

    def _of_vouchers(self, rows: Iterable[Row]) -> Iterator[SupplierInvoice | Unreadable]:
        """Group the rows of invoices; sub-ledger accounts are owed on, and tax accounts hold their tax."""
        reader, options, now = self.reader, self.reader.options, self.reader.now()
        accounts = reader.account_rows
        ledger = Ledger(
            frozenset(options.payable_accounts)
            | {text(row, "Account") for row in accounts if text(row, "LedgFlag") == "LedgerAccount"},
            frozenset(options.tax_accounts)
            | {text(row, "Account") for row in accounts if text(row, "TaxFlag") == "TaxAccount"},
        )
        groups = _grouped((row for row in rows if text(row, "ReferenceNumber")), INVOICE)
        return made(
            groups, "bill", INVOICE, lambda group: invoice_of_vouchers(group, ledger, options, now), now, row_of=_first
        )


def _grouped(rows: Iterable[Row], keys: Sequence[str]) -> list[list[Row]]:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(text(row, name) for name in keys)].append(row)
    return list(groups.values())


def _first(group: list[Row]) -> Row:
    return group[0]


def _is(names: Sequence[str], key: Sequence[str]) -> str:
    """Return the condition for one key; the last part may hold slashes itself.

    Raises:
        ValueError: the key has other parts.
    """
    parts = [*key[: len(names) - 1], "/".join(key[len(names) - 1 :])]
    said = zip(names, parts, strict=True)
    return " and ".join(f"{name} eq {value if name in _NUMBERS else literal(value)}" for name, value in said)

"""Reads supplier invoices, from their own projection or from the vouchers they posted, and journal entries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ml_connector.domain.documents import JournalEntry, SupplierInvoice
from ml_connector.sync.listing import Listed, listed
from ml_connector.sync.ports import Unreadable, Window
from ml_connector.systems.ifs.changes import Changes, days_of
from ml_connector.systems.ifs.lists import Row
from ml_connector.systems.ifs.odata import both, literal
from ml_connector.systems.ifs.reading import IfsReader
from ml_connector.systems.ifs.sets import READ, EntitySet
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
            return self._of_vouchers(self._billed(window))
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
            return self._of_vouchers({key for key in keys if key.count("/") >= len(INVOICE) - 1})
        invoice = reader.options.set("invoice")
        conditions = [_is(invoice, ("Company", "InvoiceId"), key) for key in own]
        headers = [row for condition in conditions for row in reader.endpoint.rows("invoice", condition)]
        orders = [key for key in keys if "/" not in key]
        headers += reader.endpoint.of_keys("invoice", "PoRefNumber", orders)
        return self._invoices(reader.endpoint.each(self._whole, headers))

    def _whole(self, header: Row) -> Row:
        endpoint = self.reader.endpoint
        at = endpoint.address("invoice", Company=text(header, "Company"), InvoiceId=header["InvoiceId"])
        return {
            "header": header,
            "items": endpoint.children(at, "invoice_items"),
            "postings": endpoint.children(at, "invoice_postings"),
        }

    def _invoices(self, found: Iterable[Row]) -> Iterator[SupplierInvoice | Unreadable]:
        whole = [InvoiceRows(**one) for one in found]
        parts = self.reader.parts(sorted({text(item, "PoRefNumber") for one in whole for item in one.items}))
        taxes = self._ledger.tax if any(one.postings for one in whole) else frozenset[str]()

        def make(one: InvoiceRows) -> SupplierInvoice | None:
            name = self.reader.name(text(one.header, "Identity"))
            return invoice_of(one, parts, name, self.reader.options, self.reader.now(), taxes=taxes)

        return made(whole, "bill", ("Company", "InvoiceId"), make, self.reader.now(), row_of=lambda one: one.header)

    # --- vouchers ---

    def changed_vouchers(self, window: Window) -> Iterator[JournalEntry | Unreadable]:
        """Yield the vouchers entered within the window, or dated in the span that was asked for."""
        return self._vouchers(self._entered(window, self._columns))

    def vouchers(self, keys: Collection[str]) -> Iterator[JournalEntry | Unreadable]:
        """Yield the vouchers with these keys (company, type, year, number) as they are now."""
        parts, endpoint, options = [key.split("/") for key in sorted(keys)], self.reader.endpoint, self.reader.options

        def read(name: str) -> list[Row]:
            conditions = [_is(options.set(name), VOUCHER, key) for key in parts]
            return [row for one in conditions for row in endpoint.rows(name, one, self._columns)]

        return self._vouchers(self._rows(read))

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

    # --- voucher rows ---

    @property
    def _columns(self) -> tuple[str, ...]:
        centre = self.reader.options.cost_centre
        return (*READ["voucher_row"], *([centre] if centre else []))

    def _rows(self, read: Callable[[str], list[Row]]) -> list[Row]:
        """Return what `read` reads of the voucher tables and then of the general ledger, each row once.

        The GL update moves rows from the first to the second; in this order none is missed while it runs.
        """
        names = ("voucher_row", "gl_voucher_row") if self.reader.options.gl_voucher_rows else ("voucher_row",)
        rows = [row for name in names for row in read(name)]
        return list({tuple(text(row, key) for key in (*VOUCHER, "RowNo")): row for row in rows}.values())

    def _entered(
        self, window: Window, select: Sequence[str], more: Callable[[str], str] = lambda _name: ""
    ) -> list[Row]:
        """Return the voucher rows of a window that meet a condition, which is made for each set."""
        reader = self.reader

        def read(name: str) -> list[Row]:
            condition = both(self._dates(name, window), reader.companies(name), more(name))
            return reader.endpoint.rows(name, condition, select)

        return self._rows(read)

    def _dates(self, name: str, window: Window) -> str:
        """Return the condition on a row's dates; that of entry has no time of day, so some days are read again."""
        endpoint, options = self.reader.endpoint, self.reader.options
        if window.by_document_date:
            return endpoint.dated(name, "VoucherDate", *days_of(window))
        start = window.start or window.end - dt.timedelta(days=options.order_horizon_days)
        return endpoint.dated(name, "EntryDate", (start - dt.timedelta(days=options.overlap_days)).date())

    # --- invoices of vouchers ---

    def _billed(self, window: Window) -> set[str]:
        """Return the keys of the invoices that vouchers of the window post."""
        rows = self._entered(window, INVOICE, self._function_groups)
        return {_invoice_key(row) for row in rows if text(row, "ReferenceNumber")}

    def _function_groups(self, name: str) -> str:
        return self.reader.endpoint.one_of(name, "FunctionGroup", self.reader.options.invoice_function_groups)

    def _of_vouchers(self, wanted: Collection[str]) -> Iterator[SupplierInvoice | Unreadable]:
        """Yield the invoices with these keys, of all their rows: vouchers months apart may post one invoice."""
        reader, now = self.reader, self.reader.now()
        companies = {key.split("/")[0] for key in wanted}
        numbers = {key.split("/", len(INVOICE) - 1)[-1] for key in wanted}

        def read(name: str) -> list[Row]:
            condition = both(reader.endpoint.one_of(name, "Company", sorted(companies)), self._function_groups(name))
            return reader.endpoint.of_keys(name, "ReferenceNumber", numbers, self._columns, condition)

        groups = _grouped((row for row in self._rows(read) if _invoice_key(row) in wanted), INVOICE)
        ledger = self._ledger if groups else Ledger(frozenset(), frozenset())

        def make(group: list[Row]) -> SupplierInvoice | None:
            return invoice_of_vouchers(group, ledger, reader.options, now)

        return made(groups, "bill", INVOICE, make, now, row_of=_first)

    @property
    def _ledger(self) -> Ledger:
        """Sub-ledger accounts are owed on, and tax accounts hold tax; the options name more of either."""
        accounts, options = self.reader.account_rows, self.reader.options
        payable = {text(row, "Account") for row in accounts if text(row, "LedgFlag") == "LedgerAccount"}
        taxes = {text(row, "Account") for row in accounts if text(row, "TaxFlag") == "TaxAccount"}
        return Ledger(frozenset({*payable, *options.payable_accounts}), frozenset({*taxes, *options.tax_accounts}))


def _invoice_key(row: Row) -> str:
    return "/".join(text(row, name) for name in INVOICE)


def _grouped(rows: Iterable[Row], keys: Sequence[str]) -> list[list[Row]]:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(text(row, name) for name in keys)].append(row)
    return list(groups.values())


def _first(group: list[Row]) -> Row:
    return group[0]


def _is(entity: EntitySet, names: Sequence[str], key: Sequence[str]) -> str:
    """Return the condition for one key of a set; the last part may hold slashes itself.

    Raises:
        ValueError: the key has other parts.
    """
    parts = [*key[: len(names) - 1], "/".join(key[len(names) - 1 :])]
    said = zip(names, parts, strict=True)
    literals = ((entity.property(name), value if name in _NUMBERS else literal(value)) for name, value in said)
    return " and ".join(f"{theirs} eq {value}" for theirs, value in literals)

"""Reads orders, receipts, invoices and vouchers.

Headers have ETags and no date of change: those that may have changed are listed by their own dates, within a horizon,
and read whole where the ETag is new or a line was touched.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from pydantic import ValidationError

from ml_connector.domain.documents import (
    Document,
    GLAccount,
    GoodsReceipt,
    JournalEntry,
    PurchaseOrder,
    SupplierInvoice,
)
from ml_connector.domain.errors import ConfigurationError
from ml_connector.domain.finding import Finding, Reason
from ml_connector.sync.ports import RecordCache, Unreadable, Window
from ml_connector.sync.seen import changed
from ml_connector.systems.ifs.endpoint import ETAG, Endpoint, Row, literal
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.suppliers import IfsSuppliers
from ml_connector.systems.ifs.translate import (
    InvoiceRows,
    LineKey,
    account_of,
    invoice_of,
    journal_of,
    line_key,
    order_of,
    receipt_of,
)
from ml_connector.systems.ifs.wire import text
from ml_connector.transport.redaction import redact

A = TypeVar("A")
D = TypeVar("D", bound=Document)
_VOUCHER = ("Company", "VoucherType", "AccountingYear", "VoucherNo")


@dataclass
class IfsReader:
    """One tenant's documents but suppliers."""

    endpoint: Endpoint
    suppliers: IfsSuppliers
    options: IfsOptions
    cache: RecordCache | None
    now: Callable[[], dt.datetime]

    def read(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:
        """Yield the documents of `kind` that were seen to change within the window.

        Raises:
            ConfigurationError: documents of this kind are not read from IFS.
        """
        readers: dict[str, Callable[[Window], Iterable[Document | Unreadable]]] = {
            PurchaseOrder.kind: self._changed_orders,
            GoodsReceipt.kind: self._changed_receipts,
            SupplierInvoice.kind: self._changed_invoices,
            JournalEntry.kind: self._changed_vouchers,
        }
        if kind not in readers:
            raise ConfigurationError(f"ifs is no source of {kind}: correct the pair's flows")
        made: list[Document] = []
        for one in readers[kind](window):
            if isinstance(one, Unreadable):
                yield one
            else:
                made.append(one)
        yield from changed(self.cache, kind, made, window, self.now())

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        """Yield the documents with these keys as they are now; an order's number stands for all its documents."""
        if kind == PurchaseOrder.kind:
            return self._orders(self.endpoint.of_keys("order", "OrderNo", keys))
        if kind == GoodsReceipt.kind:
            orders = {key.split("/")[0] for key in keys}
            found = self._receipts(self.endpoint.of_keys("receipt", "SourceRef1", orders))
            return (one for one in found if one.key in keys or one.key.split("/")[0] in keys)
        if kind == SupplierInvoice.kind:
            return self._invoices(self._invoice_rows(keys))
        if kind == JournalEntry.kind:
            conditions = [self._is(dict(zip(_VOUCHER, key.split("/"), strict=True))) for key in keys]
            rows = [row for condition in conditions for row in self.endpoint.rows("voucher_row", condition)]
            return self._vouchers(rows)
        raise ConfigurationError(f"ifs is no source of {kind}: correct the pair's flows")

    # --- orders ---

    def _changed_orders(self, window: Window) -> Iterator[PurchaseOrder | Unreadable]:
        headers = self.endpoint.rows("order", self._dated("order", "OrderDate", window))
        return self._orders(self._due("order", "OrderNo", headers, window, self._touched_lines(window)))

    def _touched_lines(self, window: Window) -> frozenset[str]:
        """Return the orders of which a line was active since the window's start."""
        if window.start is None or window.by_document_date:
            return frozenset()
        since = window.start - dt.timedelta(days=self.options.overlap_days)
        column = self.options.set("order_line").property("LastActivityDate")
        rows = self.endpoint.rows("order_line", f"{column} ge {literal(since)}", ["OrderNo"])
        return frozenset(text(row, "OrderNo") for row in rows)

    def _orders(self, headers: list[Row]) -> Iterator[PurchaseOrder | Unreadable]:
        lines: dict[str, list[Row]] = defaultdict(list)
        for row in self._lines(text(header, "OrderNo") for header in headers):
            lines[text(row, "OrderNo")].append(row)

        def make(row: Row) -> PurchaseOrder | None:
            number = text(row, "OrderNo")
            return order_of(row, lines[number], self._name(text(row, "VendorNo")), self.options, self.now())

        return self._made(headers, "OrderNo", "purchase order", make)

    def _lines(self, orders: Iterable[str]) -> list[Row]:
        return self.endpoint.of_keys("order_line", "OrderNo", [order for order in orders if order])

    def _parts(self, orders: Iterable[str]) -> dict[LineKey, Row]:
        return {line_key(row, "OrderNo", "LineNo", "ReleaseNo"): row for row in self._lines(orders)}

    # --- receipts ---

    def _changed_receipts(self, window: Window) -> Iterator[GoodsReceipt | Unreadable]:
        column = self.options.set("receipt").property("ReceivedDate")
        return self._receipts(self.endpoint.rows("receipt", self._since(column, window)))

    def _receipts(self, rows: list[Row]) -> Iterator[GoodsReceipt | Unreadable]:
        groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows:
            if text(row, "SourceRef1"):
                groups[text(row, "SourceRef1"), text(row, "ReceiptNo")].append(row)
        parts = self._parts({order for order, _ in groups})
        vendors = {key[0]: text(row, "VendorNo") for key, row in parts.items()}

        def make(group: list[Row]) -> GoodsReceipt | None:
            key = text(group[0], "SenderId") or vendors.get(text(group[0], "SourceRef1"), "")
            made = receipt_of(group, parts, (key, self._name(key)), self.options, self.now())
            return made if made.lines else None

        for group in groups.values():
            yield from self._made([group], "ReceiptNo", "goods receipt", make, first=lambda rows: rows[0])

    # --- invoices ---

    def _changed_invoices(self, window: Window) -> Iterator[SupplierInvoice | Unreadable]:
        headers = self.endpoint.rows("invoice", self._dated("invoice", "CreationDate", window, by="InvoiceDate"))
        return self._invoices(self._due("invoice", "InvoiceId", headers, window))

    def _invoice_rows(self, keys: Collection[str]) -> list[Row]:
        """Return invoices by ``company/id``, or by the number of the order they bill."""
        own = [self._is(dict(zip(("Company", "InvoiceId"), key.split("/"), strict=True))) for key in keys if "/" in key]
        rows = [row for condition in own for row in self.endpoint.rows("invoice", condition)]
        orders = [key for key in keys if "/" not in key]
        return rows + (self.endpoint.of_keys("invoice", "PoRefNumber", orders) if orders else [])

    def _invoices(self, headers: list[Row]) -> Iterator[SupplierInvoice | Unreadable]:
        whole = self.endpoint.each(self._invoice, headers)
        orders = {text(item, "PoRefNumber") for one in whole for item in one.items}
        parts = self._parts(orders)

        def make(one: InvoiceRows) -> SupplierInvoice | None:
            return invoice_of(one, parts, self._name(text(one.header, "Identity")), self.options, self.now())

        return self._made(whole, "InvoiceNo", "bill", make, first=lambda one: dict(one.header))

    def _invoice(self, header: Row) -> InvoiceRows:
        at = self.endpoint.address("invoice", Company=text(header, "Company"), InvoiceId=header["InvoiceId"])
        items = self.endpoint.children(at, self.options.child("invoice_items"))
        postings = self.endpoint.children(at, self.options.child("invoice_postings"))
        return InvoiceRows(header, items, postings)

    # --- vouchers and accounts ---

    def _changed_vouchers(self, window: Window) -> Iterator[JournalEntry | Unreadable]:
        column = self.options.set("voucher_row").property("EntryDate")
        condition = " and ".join(filter(None, [self._since(column, window), self._companies("voucher_row")]))
        return self._vouchers(self.endpoint.rows("voucher_row", condition))

    def _vouchers(self, rows: list[Row]) -> Iterator[JournalEntry | Unreadable]:
        groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in rows:
            groups[tuple(text(row, name) for name in _VOUCHER)].append(row)
        return self._made(
            groups.values(), "VoucherNo", "journal entry", lambda group: journal_of(group, self.now()),
            first=lambda group: group[0],
        )  # fmt: skip

    def accounts(self) -> dict[str, GLAccount]:
        """Return the accounts of our companies; where several have one, it is open if it is open in any."""
        found: dict[str, GLAccount] = {}
        for row in self.endpoint.rows("account", self._companies("account")):
            made = account_of(row, self.now().date())
            if made.code not in found or made.active:
                found[made.code] = made
        return found

    # --- what is read ---

    @cached_property
    def _names(self) -> dict[str, str]:
        return self.suppliers.names()

    def _name(self, supplier: str) -> str:
        return self._names.get(supplier, supplier)

    def _due(
        self, name: str, key: str, headers: list[Row], window: Window, touched: frozenset[str] = frozenset()
    ) -> list[Row]:
        """Return the headers that are to be read whole: ETag new, read within the window, or touched."""
        if self.cache is None or window.by_document_date:
            return headers
        entity = f"{name} etag"
        known = self.cache.versions(entity)
        due = []
        for row in headers:
            etag, read_at = known.get(text(row, key), ("", None))
            if read_at is None or etag != text(row, ETAG) or window.holds(read_at) or text(row, key) in touched:
                due.append(row)
        self.cache.put_many(
            entity, [(text(row, key), text(row, ETAG), None) for row in due if not _is_known(row, key, known)]
        )
        return due

    def _dated(self, name: str, column: str, window: Window, by: str = "") -> str:
        """Return the filter of a list of headers: companies, and dates within the horizon or the span asked for."""
        entity = self.options.set(name)
        if window.by_document_date:
            dates = _span(entity.property(by or column), window)
        else:
            horizon = (window.end - dt.timedelta(days=self.options.order_horizon_days)).date()
            dates = f"{entity.property(column)} ge {literal(horizon)}"
        return " and ".join(filter(None, [dates, self._companies(name)]))

    def _since(self, column: str, window: Window) -> str:
        if window.by_document_date:
            return _span(column, window)
        if window.start is None:
            return ""
        return f"{column} ge {literal((window.start - dt.timedelta(days=self.options.overlap_days)).date())}"

    def _companies(self, name: str) -> str:
        column = self.options.set(name).property("Company")
        parts = [f"{column} eq {literal(company)}" for company in self.options.companies]
        return f"({' or '.join(parts)})" if len(parts) > 1 else "".join(parts)

    def _is(self, key: dict[str, str]) -> str:
        numbers = {"AccountingYear", "VoucherNo", "InvoiceId"}
        return " and ".join(f"{n} eq {literal(int(v) if n in numbers else v)}" for n, v in key.items())

    def _made(
        self, rows: Iterable[A], key: str, what: str, make: Callable[[A], D | None],
        first: Callable[[A], Row] = lambda row: row,  # type: ignore[assignment,return-value]
    ) -> Iterator[D | Unreadable]:  # fmt: skip
        """Yield what `make` makes of each; what it cannot read is yielded as unreadable."""
        for row in rows:
            try:
                made = make(row)
            except (ValidationError, ValueError) as error:
                yield _unreadable(first(row), key, what, error, self.now())
                continue
            if made is not None:
                yield made


def _is_known(row: Row, key: str, known: dict[str, tuple[str, dt.datetime]]) -> bool:
    return known.get(text(row, key), ("", None))[0] == text(row, ETAG)


def _span(column: str, window: Window) -> str:
    last = window.end.date() if window.end.time() == dt.time(0) else window.end.date() + dt.timedelta(days=1)
    parts = [f"{column} lt {literal(last)}"]
    if window.start is not None:
        parts.insert(0, f"{column} ge {literal(window.start.date())}")
    return " and ".join(parts)


def _unreadable(row: Row, key: str, what: str, error: Exception, seen_at: dt.datetime) -> Unreadable:
    name = text(row, key) or "unknown"
    company = f"{text(row, 'Company')}/" if key in {"InvoiceNo", "VoucherNo"} else ""
    words = (
        "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        if isinstance(error, ValidationError)
        else str(error)
    )
    finding = Finding(
        reason=Reason.UNREADABLE,
        value=name,
        message=f"{what[:1].upper()}{what[1:]} {name}: {words}.",
        next_step=f"Look at {what} {name} in IFS; if it is right, a person has to carry it over.",
    )
    raw: dict[str, Any] = {column: str(value) for column, value in row.items()}
    own = text(row, "InvoiceId") if key == "InvoiceNo" else name
    return Unreadable(f"{company}{own}", seen_at, finding, redact(json.dumps(raw))[:20_000])

"""Reads suppliers, orders, receipts, invoices and postings from a company's tables, by kind.

No table has a date of last change, so what may have changed is read and compared with what was seen before; dates
only narrow what is read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.documents import Document, GoodsReceipt, JournalEntry, PurchaseOrder, Supplier
from ml_connector.domain.documents import SupplierInvoice as Invoice
from ml_connector.domain.errors import ConfigurationError, ContractError
from ml_connector.sync.ports import RecordCache, Unreadable, Window
from ml_connector.sync.seen import changed
from ml_connector.systems.syspro import wire
from ml_connector.systems.syspro.books import Books
from ml_connector.systems.syspro.filters import Condition
from ml_connector.systems.syspro.payables import Payables
from ml_connector.systems.syspro.purchasing import Purchasing
from ml_connector.systems.syspro.tables import Row
from ml_connector.systems.syspro.translate import supplier_of
from ml_connector.systems.syspro.unreadable import made


@dataclass
class SysproReader:
    """What one company's tables hold, as canonical documents."""

    books: Books
    cache: RecordCache | None
    now: Callable[[], dt.datetime]

    def __post_init__(self) -> None:
        self._purchasing, self._payables = Purchasing(self.books), Payables(self.books)

    def read(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:
        """Yield the documents of `kind` that were seen to change within the window.

        Raises:
            ConfigurationError: documents of this kind are not read from SYSPRO.
        """
        readers: dict[str, Callable[[Window], Iterator[Any]]] = {
            Supplier.kind: self._suppliers_since,
            PurchaseOrder.kind: lambda window: self._purchasing.orders(self._orders_since(window)),
            GoodsReceipt.kind: lambda window: self._purchasing.receipts(self._since(self._receipts, window)),
            Invoice.kind: lambda window: self._payables.invoices(self._since("invoices", window)),
            JournalEntry.kind: lambda window: self._payables.journal(self._since("journal", window)),
        }
        read: list[Document] = []
        for one in _reader(readers, kind)(window):
            if isinstance(one, Unreadable):
                yield one
            else:
                read.append(one)
        yield from changed(self.cache, kind, read, window, self.now())

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        """Yield the documents with these keys as they are now; an order's key stands for all its documents."""
        readers: dict[str, Callable[[set[str]], Iterator[Any]]] = {
            Supplier.kind: self._suppliers_of,
            PurchaseOrder.kind: self._purchasing.orders_of,
            GoodsReceipt.kind: self._purchasing.receipts_of,
            Invoice.kind: self._payables.invoices_of,
            JournalEntry.kind: self._payables.journal_of,
        }
        return _reader(readers, kind)(set(keys))

    # --- suppliers ---

    def every_supplier(self) -> Iterator[Supplier | Unreadable]:
        """Yield all suppliers."""
        tables = self.books.tables
        return self._suppliers(tables.rows("suppliers"), tables.rows("addresses"))

    def _suppliers_since(self, window: Window) -> Iterator[Supplier | Unreadable]:
        """All are read each time; only a backfill or a given span selects, by the day they were added."""
        conditions = self._since("suppliers", window)
        if not conditions:
            return self.every_supplier()
        tables = self.books.tables
        rows = tables.rows("suppliers", *conditions)
        return self._suppliers(
            rows, tables.of_keys("addresses", "Supplier", [str(row.get("Supplier")) for row in rows])
        )

    def supplier(self, key: str) -> Supplier | None:
        """Return one supplier as it is now."""
        return next(iter(self.under({key})), None)

    def under(self, keys: set[str]) -> list[Supplier]:
        """Return the suppliers with these keys.

        Raises:
            ContractError: one cannot be understood; taken for missing, it might be created a second time.
        """
        return readable(self._suppliers_of(keys))

    def _suppliers_of(self, keys: set[str]) -> Iterator[Supplier | Unreadable]:
        feeds = (self.books.tables.of_keys(feed, "Supplier", sorted(keys)) for feed in ("suppliers", "addresses"))
        return self._suppliers(*feeds)

    def _suppliers(self, rows: list[Row], addresses: list[Row]) -> Iterator[Supplier | Unreadable]:
        places, site = {str(row.get("Supplier")): row for row in addresses}, self.books.site

        def make(row: Row) -> Supplier:
            one = wire.ApSupplier.model_validate(row)
            place = wire.ApSupplierAddr.model_validate(places.get(one.Supplier, {"Supplier": one.Supplier}))
            return supplier_of(one, place, site)

        return made(rows, "supplier", lambda row: str(row.get("Supplier")), make, self.now)

    # --- what is read ---

    @property
    def _receipts(self) -> str:
        return "receipts" if self.books.options.receipts_from == "grn" else "receipt_history"

    def _orders_since(self, window: Window) -> list[Condition]:
        """Orders are read whole as far back as the horizon: nothing tells which of them have changed."""
        if window.by_document_date:
            return self._since("orders", window)
        options = self.books.options
        horizon = (window.end - dt.timedelta(days=options.order_horizon_days)).date()
        return [[[(options.date("orders", of_document=False), "ge", horizon)]]]

    def _since(self, feed: str, window: Window) -> list[Condition]:
        """Return the conditions on the feed's date; dates have no zone, so a live window is widened by days."""
        options = self.books.options
        column = options.date(feed, of_document=window.by_document_date)
        if not column:
            return []
        if not window.by_document_date:
            overlap = dt.timedelta(days=options.overlap_days)
            return [] if window.start is None else [[[(column, "ge", (window.start - overlap).date())]]]
        tests = [(column, "lt", window.last_day + dt.timedelta(days=1))]
        if window.first_day is not None:
            tests.insert(0, (column, "ge", window.first_day))
        return [[tests]]


def readable(found: Iterable[Supplier | Unreadable]) -> list[Supplier]:
    """Return what was read.

    Raises:
        ContractError: one cannot be understood.
    """
    read = []
    for one in found:
        if isinstance(one, Unreadable):
            raise ContractError(one.finding.message, answer=one.raw)
        read.append(one)
    return read


def _reader(readers: dict[str, Callable[[Any], Iterator[Any]]], kind: str) -> Callable[[Any], Iterator[Any]]:
    if kind not in readers:
        raise ConfigurationError(f"syspro is no source of {kind}: correct the pair's flows")
    return readers[kind]

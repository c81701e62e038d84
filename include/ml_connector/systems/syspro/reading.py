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

_STRANGE_PAGES = 3
"""Pages of addresses in a row with none that is looked for, after which no more are read ahead."""


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
            GoodsReceipt.kind: lambda window: self._purchasing.receipts(
                self._since(self._receipts, window), self._received_since(window)
            ),
            Invoice.kind: lambda window: self._payables.invoices(
                self._since("invoices", window), self._since("journal", window)
            ),
            JournalEntry.kind: lambda window: self._payables.journal(self._since("journal", window)),
        }
        return changed(self.cache, kind, _reader(readers, kind)(window), window, self.now())

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
        """Yield all suppliers; the two tables are read side by side, since both are in the order of suppliers."""
        return self._suppliers(self.books.tables.pages("suppliers"), self.books.tables.pages("addresses"))

    def _suppliers_since(self, window: Window) -> Iterator[Supplier | Unreadable]:
        """All are read each time; only a backfill or a given span selects, by the day they were added."""
        conditions = self._since("suppliers", window)
        return (
            self._suppliers(self.books.tables.pages("suppliers", *conditions)) if conditions else self.every_supplier()
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
        return self._suppliers([self.books.tables.of_keys("suppliers", "Supplier", sorted(keys))])

    def _suppliers(
        self, pages: Iterable[list[Row]], addresses: Iterable[list[Row]] = ()
    ) -> Iterator[Supplier | Unreadable]:
        site, places = self.books.site, dict[str, Row]()

        def make(row: Row) -> Supplier:
            place = wire.ApSupplierAddr.model_validate(places.pop(_key(row), {"Supplier": _key(row)}))
            return supplier_of(wire.ApSupplier.model_validate(row), place, site)

        to_come = iter(addresses)
        for page in pages:
            rows = {_key(row): row for row in page}
            self._find_places(rows.keys(), to_come, places)
            yield from made(rows.values(), "supplier", _key, make, self.now)
        for _ in to_come:  # to the end, as the trail tells what was read
            pass

    def _find_places(self, suppliers: Collection[str], to_come: Iterator[list[Row]], places: dict[str, Row]) -> None:
        """Read addresses on until those of the suppliers are among the places; ask for the others by their keys.

        The tables may change while they are read, and hold addresses of suppliers that are gone.
        """
        wanted, strange = set(suppliers), 0
        while wanted - places.keys() and strange < _STRANGE_PAGES:
            found = {_key(row): row for row in next(to_come, [])}
            strange = 0 if wanted & found.keys() else strange + 1
            places |= found
        missing = sorted(wanted - places.keys())
        places |= {_key(row): row for row in self.books.tables.of_keys("addresses", "Supplier", missing)}

    # --- what is read ---

    @property
    def _receipts(self) -> str:
        return "receipts" if self.books.options.receipts_from == "grn" else "receipt_history"

    def _orders_since(self, window: Window) -> list[Condition]:
        """Orders are read whole as far back as the horizon: nothing tells which of them have changed."""
        if window.by_document_date:
            return self._since("orders", window)
        return [[[(self.books.options.date("orders", of_document=False), "ge", self._horizon(window))]]]

    def _received_since(self, window: Window) -> list[Condition]:
        """Lines of orders of which goods came in; not of all times, where the window has no start."""
        column = self.books.options.date("order_lines", of_document=False)
        return self._since("order_lines", window) or [[[(column, "ge", self._horizon(window))]]]

    def _horizon(self, window: Window) -> dt.date:
        return (window.end - dt.timedelta(days=self.books.options.order_horizon_days)).date()

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


def _key(row: Row) -> str:
    return str(row.get("Supplier"))


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

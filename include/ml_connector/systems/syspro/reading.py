"""Reads suppliers, orders, receipts, invoices and postings from a company's tables.

No table has a date of last change, so what may have changed is read and compared with what was seen before; dates
only narrow what is read.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ml_connector.domain.documents import Document, GLAccount, GoodsReceipt, JournalEntry, PurchaseOrder, Supplier
from ml_connector.domain.documents import SupplierInvoice as Invoice
from ml_connector.domain.errors import ConfigurationError
from ml_connector.domain.finding import Finding, Reason
from ml_connector.sync.ports import RecordCache, Unreadable, Window
from ml_connector.sync.seen import changed
from ml_connector.systems.syspro import wire
from ml_connector.systems.syspro.options import SysproOptions
from ml_connector.systems.syspro.tables import Row, Tables
from ml_connector.systems.syspro.translate import Site, account_of, order_of, receipt_of, supplier_of
from ml_connector.systems.syspro.translate_invoices import Posting, invoice_of, journal_of, with_tax

M = TypeVar("M", bound=BaseModel)
D = TypeVar("D", bound=Document)
_ENTRY = ("TrnYear", "TrnMonth", "Journal", "EntryNumber")
_GRN = ("Supplier", "Grn", "GrnSource", "Journal", "JournalEntry")


@dataclass
class SysproReader:
    """What one company's tables hold, as canonical documents."""

    tables: Tables
    options: SysproOptions
    company: str
    cache: RecordCache | None
    now: Callable[[], dt.datetime]

    # --- by kind ---

    def read(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:
        """Yield the documents of `kind` that were seen to change within the window.

        Raises:
            ConfigurationError: documents of this kind are not read from SYSPRO.
        """
        made: list[Document] = []
        for one in self._documents(kind, window):
            if isinstance(one, Unreadable):
                yield one
            else:
                made.append(one)
        yield from changed(self.cache, kind, made, window, self.now())

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        """Yield the documents with these keys as they are now; an order's key stands for all its documents."""
        wanted = set(keys)
        readers: dict[str, Callable[[set[str]], Iterator[Document | Unreadable]]] = {
            Supplier.kind: self._suppliers_of,
            PurchaseOrder.kind: self._orders_of,
            GoodsReceipt.kind: self._receipts_of,
            Invoice.kind: self._invoices_of,
            JournalEntry.kind: self._journal_of,
        }
        if kind not in readers:
            raise ConfigurationError(f"syspro is no source of {kind}: correct the pair's flows")
        return readers[kind](wanted)

    def _documents(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:
        if kind == Supplier.kind:
            return self._suppliers(self.tables.rows("suppliers", ["Supplier"]))
        if kind == PurchaseOrder.kind:
            return self._orders(self.tables.rows("orders", ["PurchaseOrder"], self._order_filter(window)))
        if kind == GoodsReceipt.kind:
            return self._receipts(self.tables.rows("receipts", _GRN, self._dates("receipts_date", window)))
        if kind == Invoice.kind:
            name = "invoices_document_date" if window.by_document_date else "invoices_date"
            return self._invoices(self.tables.rows("invoices", ["Supplier", "Invoice"], self._dates(name, window)))
        if kind == JournalEntry.kind:
            return self._journal(self.tables.rows("journal", _ENTRY, self._dates("journal_date", window)))
        raise ConfigurationError(f"syspro is no source of {kind}: correct the pair's flows")

    def _order_filter(self, window: Window) -> str:
        if window.by_document_date:
            return self._dates("orders_date", window)
        horizon = (window.end - dt.timedelta(days=self.options.order_horizon_days)).date()
        return f"{self.options.column('orders_date')} ge {self.tables.literal(horizon)}"

    def _dates(self, name: str, window: Window) -> str:
        """Return the filter on a date column; dates have no zone, so a live window is widened by days."""
        column, overlap = self.options.column(name), dt.timedelta(days=self.options.overlap_days)
        if window.by_document_date:
            parts = [f"{column} lt {self.tables.literal(_first_day_after(window.end))}"]
            if window.start is not None:
                parts.insert(0, f"{column} ge {self.tables.literal(window.start.date())}")
            return " and ".join(parts)
        return "" if window.start is None else f"{column} ge {self.tables.literal((window.start - overlap).date())}"

    # --- suppliers ---

    @cached_property
    def names(self) -> dict[str, str]:
        """Supplier → name, read once."""
        rows = self.tables.rows("suppliers", ["Supplier"], select=["SupplierName"])
        return {str(row["Supplier"]): str(row.get("SupplierName") or "") for row in rows}

    def every_supplier(self) -> Iterator[Supplier | Unreadable]:
        """Yield all suppliers."""
        return self._suppliers(self.tables.rows("suppliers", ["Supplier"]))

    def supplier(self, key: str) -> Supplier | None:
        """Return one supplier as it is now."""
        return next((one for one in self._suppliers_of({key}) if isinstance(one, Supplier)), None)

    def _suppliers_of(self, keys: set[str]) -> Iterator[Supplier | Unreadable]:
        return self._suppliers(self.tables.of_keys("suppliers", ["Supplier"], "Supplier", sorted(keys)), keys)

    def _suppliers(self, rows: list[Row], keys: set[str] | None = None) -> Iterator[Supplier | Unreadable]:
        if keys is None:
            found = self.tables.rows("addresses", ["Supplier"])
        else:
            found = self.tables.of_keys("addresses", ["Supplier"], "Supplier", sorted(keys))
        addresses = {row.Supplier: row for row in map(wire.ApSupplierAddr.model_validate, found)}

        def make(row: Row) -> Supplier:
            one = wire.ApSupplier.model_validate(row)
            return supplier_of(one, addresses.get(one.Supplier), self._site)

        return self._made(rows, "Supplier", "supplier", make)

    # --- orders and receipts ---

    def _orders_of(self, keys: set[str]) -> Iterator[Document | Unreadable]:
        rows = self.tables.of_keys("orders", ["PurchaseOrder"], "PurchaseOrder", sorted(keys))
        return self._orders(rows)

    def _orders(self, rows: list[Row]) -> Iterator[PurchaseOrder | Unreadable]:
        numbers = [str(row.get("PurchaseOrder")) for row in rows]
        lines: dict[str, list[wire.PorMasterDetail]] = defaultdict(list)
        for line in self.tables.of_keys("order_lines", ["PurchaseOrder", "Line"], "PurchaseOrder", numbers):
            lines[str(line.get("PurchaseOrder"))].append(wire.PorMasterDetail.model_validate(line))

        def make(row: Row) -> PurchaseOrder | None:
            one = wire.PorMasterHdr.model_validate(row)
            return order_of(one, lines[one.PurchaseOrder], self.names.get(one.Supplier, one.Supplier), self._site)

        return self._made(rows, "PurchaseOrder", "purchase order", make)

    def _receipts_of(self, keys: set[str]) -> Iterator[Document | Unreadable]:
        orders = sorted({key.split("/")[-1] for key in keys})
        for one in self._receipts(self.tables.of_keys("receipts", _GRN, "PurchaseOrder", orders)):
            if one.key in keys or keys & set(orders) or isinstance(one, Unreadable):
                yield one

    def _receipts(self, rows: list[Row]) -> Iterator[GoodsReceipt | Unreadable]:
        """A GRN may be of several orders, and then is a receipt of each; one without order is none of ours."""
        groups: dict[tuple[str, str, str], list[wire.GrnDetails]] = defaultdict(list)
        for row in map(wire.GrnDetails.model_validate, rows):
            if row.PurchaseOrder:
                groups[row.Supplier, row.Grn, row.PurchaseOrder].append(row)
        for group in groups.values():
            made = receipt_of(group, self.names.get(group[0].Supplier, group[0].Supplier), self._site.seen_at)
            if made.lines:
                yield made

    # --- invoices and postings ---

    def _invoices_of(self, keys: set[str]) -> Iterator[Document | Unreadable]:
        """Find invoices by their own key, or those that bill an order."""
        own = {key for key in keys if "/" in key}
        for key in keys - own:
            own |= {f"{row['Supplier']}/{row['Invoice']}" for row in self._matches_of_order(key)}
        rows: list[Row] = []
        for supplier, number in (key.split("/", 1) for key in sorted(own)):
            condition = f"Supplier eq {self.tables.literal(supplier)} and Invoice eq {self.tables.literal(number)}"
            rows += self.tables.rows("invoices", ["Supplier", "Invoice"], condition)
        return self._invoices(rows)

    def _matches_of_order(self, order: str) -> list[Row]:
        receipts = self.tables.of_keys("receipts", _GRN, "PurchaseOrder", [order])
        grns = sorted({str(row["Grn"]) for row in receipts})
        return self.tables.of_keys("matches", _MATCH, "Grn", grns) if grns else []

    def _invoices(self, rows: list[Row]) -> Iterator[Invoice | Unreadable]:
        expenses = self._expenses({str(row.get("Journal")) for row in rows if row.get("Journal")})
        matched = self._matched(sorted({str(row.get("Invoice")) for row in rows}))

        def make(row: Row) -> Invoice:
            one = wire.ApInvoice.model_validate(row)
            entry = (one.InvoiceYear, one.InvoiceMonth, one.Journal, one.EntryNumber)
            posting = Posting(
                one,
                expenses.get(entry, ()),
                matched.get((one.Supplier, one.Invoice), ()),
                self.names.get(one.Supplier, one.Supplier),
            )
            return with_tax(invoice_of(posting, self._site))

        return self._made(rows, "Invoice", "bill", make)

    def _matched(self, invoices: list[str]) -> dict[tuple[str, str], list[tuple[wire.GrnMatching, wire.GrnDetails]]]:
        """Return (supplier, invoice) → the receipts it clears."""
        matches = [
            wire.GrnMatching.model_validate(row)
            for row in self.tables.of_keys("matches", _MATCH, "Invoice", invoices)
        ]  # fmt: skip
        rows = self.tables.of_keys("receipts", _GRN, "Grn", sorted({one.Grn for one in matches}))
        receipts: dict[tuple[str, str], list[wire.GrnDetails]] = defaultdict(list)
        for row in map(wire.GrnDetails.model_validate, rows):
            receipts[row.Supplier, row.Grn].append(row)
        found: dict[tuple[str, str], list[tuple[wire.GrnMatching, wire.GrnDetails]]] = defaultdict(list)
        for match in matches:
            found[match.Supplier, match.Invoice] += [(match, row) for row in _cleared(match, receipts)]
        return found

    def _expenses(self, journals: set[str]) -> dict[tuple[int, int, int, int], list[wire.ApJnlDistrib]]:
        keys = (*_ENTRY, "SubEntry")
        found: dict[tuple[int, int, int, int], list[wire.ApJnlDistrib]] = defaultdict(list)
        for start in range(0, len(journals), 20):
            part = sorted(journals)[start : start + 20]
            condition = " or ".join(f"Journal eq {journal}" for journal in part)
            for row in map(wire.ApJnlDistrib.model_validate, self.tables.rows("distribution", keys, condition)):
                found[row.entry].append(row)
        return found

    def _journal_of(self, keys: set[str]) -> Iterator[Document | Unreadable]:
        rows: list[Row] = []
        for key in sorted(keys):
            condition = " and ".join(
                f"{name} eq {int(part)}" for name, part in zip(_ENTRY, key.split("/"), strict=True)
            )
            rows += self.tables.rows("journal", _ENTRY, condition)
        return self._journal(rows)

    def _journal(self, rows: list[Row]) -> Iterator[JournalEntry | Unreadable]:
        expenses = self._expenses({str(row.get("Journal")) for row in rows})

        def make(row: Row) -> JournalEntry:
            one = wire.ApJnlSummary.model_validate(row)
            return journal_of(one, expenses.get(one.entry, ()), self._site)

        return self._made(rows, "EntryNumber", "journal entry", make)

    # --- books ---

    def accounts(self) -> dict[str, GLAccount]:
        """Return the GL accounts, of the ledger company only where one is named."""
        company = self.options.ledger_company
        condition = f"Company eq {self.tables.literal(company)}" if company else ""
        rows = map(wire.GenMaster.model_validate, self.tables.rows("accounts", ["Company", "GlCode"], condition))
        return {row.GlCode: account_of(row) for row in rows}

    # --- rows ---

    @property
    def _site(self) -> Site:
        return Site(self.options, self.company, self.now())

    def _made(
        self, rows: Iterable[Row], key: str, what: str, make: Callable[[Row], D | None]
    ) -> Iterator[D | Unreadable]:
        """Yield what `make` makes of each row; one that it cannot read is yielded as unreadable."""
        for row in rows:
            try:
                made = make(row)
            except (ValidationError, ValueError) as error:
                yield _unreadable(row, key, what, error, self.now())
                continue
            if made is not None:
                yield made


_MATCH = ("Supplier", "Grn", "TransactionType", "Journal", "EntryNumber")


def _cleared(
    match: wire.GrnMatching, receipts: dict[tuple[str, str], list[wire.GrnDetails]]
) -> Sequence[wire.GrnDetails]:
    """Return the receipt rows that a match clears: those of its journal entry, where it names one."""
    rows = receipts[match.Supplier, match.Grn]
    exact = [row for row in rows if (row.Journal, row.JournalEntry) == (match.Journal, match.EntryNumber)]
    return exact or rows


def _first_day_after(moment: dt.datetime) -> dt.date:
    return moment.date() if moment.time() == dt.time(0) else moment.date() + dt.timedelta(days=1)


def _unreadable(row: Row, key: str, what: str, error: Exception, seen_at: dt.datetime) -> Unreadable:
    name = str(row.get(key) or "unknown")
    whole = f"{row.get('Supplier')}/{name}" if key == "Invoice" else name
    words = (
        "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        if isinstance(error, ValidationError)
        else str(error)
    )
    finding = Finding(
        reason=Reason.UNREADABLE,
        value=name,
        message=f"{what[:1].upper()}{what[1:]} {name}: {words}.",
        next_step=f"Look at {what} {name} in SYSPRO; if it is right, a person has to carry it over.",
    )
    raw: Any = {name: str(value) for name, value in row.items()}
    return Unreadable(whole, seen_at, finding, json.dumps(raw)[:20_000])

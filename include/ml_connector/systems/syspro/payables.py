"""Reads supplier invoices with what they clear and what they are posted to, and the payables journal itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ml_connector.domain.documents import JournalEntry, SupplierInvoice
from ml_connector.sync.ports import Unreadable
from ml_connector.systems.syspro import wire
from ml_connector.systems.syspro.books import Books
from ml_connector.systems.syspro.feeds import ENTRY
from ml_connector.systems.syspro.filters import Condition, one_of
from ml_connector.systems.syspro.tables import Row
from ml_connector.systems.syspro.translate_invoices import Posting, cleared, invoice_of, journal_of, with_tax
from ml_connector.systems.syspro.unreadable import held, made

_OF_INVOICE = ("InvoiceYear", "InvoiceMonth", "Journal", "EntryNumber")
_CHANGES = {"C": "credit", "D": "debit", "A": "adjustment"}
"""Transaction codes, in a clerk's words."""
_IS_CHANGE = one_of("TransactionCode", list(_CHANGES))
_PARTS = 2 + len(ENTRY)
"""Of a change's key, at least."""
Entry = tuple[str, ...]


@dataclass(frozen=True)
class Payables:
    """One company's invoices and journal."""

    books: Books

    # --- invoices ---

    def invoices(
        self, conditions: Sequence[Condition], of_entries: Sequence[Condition]
    ) -> Iterator[SupplierInvoice | Unreadable]:
        """Yield the invoices that meet the conditions, and what was posted to invoices that were there before.

        Args:
            conditions: of invoices.
            of_entries: of the journal.
        """
        tables = self.books.tables
        yield from self._invoices(tables.rows("invoices", *conditions))
        if tables.has("journal", "TransactionCode"):
            yield from self._changes(tables.rows("journal", *of_entries, _IS_CHANGE))

    def invoices_of(self, keys: set[str]) -> Iterator[SupplierInvoice | Unreadable]:
        """Yield the invoices with these keys, and those that bill the orders with these keys.

        An invoice's key is its supplier's and its number, which may hold a slash itself; that of a change to it has
        the entry's behind.
        """
        tables = self.books.tables
        receipts = tables.of_keys("receipts", "PurchaseOrder", sorted(keys))
        billed = tables.of_keys("matches", "Grn", sorted({str(row["Grn"]) for row in receipts}))
        of_orders = {(str(row["Supplier"]), str(row["Grn"])) for row in receipts}
        wanted = {tuple(key.split("/", 1)) for key in keys if "/" in key}
        wanted |= {(r["Supplier"], r["Invoice"]) for r in billed if (r["Supplier"], r["Grn"]) in of_orders}
        rows = tables.of_keys("invoices", "Invoice", sorted({number for _, number in wanted}))
        yield from self._invoices([row for row in rows if (row["Supplier"], row["Invoice"]) in wanted])
        parted = [parts for key in keys if len(parts := key.split("/")) >= _PARTS]
        journals = sorted({int(parts[-2]) for parts in parted if parts[-2].isdecimal()})
        if journals and tables.has("journal", "TransactionCode"):
            entries = tables.of_keys("journal", "Journal", journals, _IS_CHANGE)
            yield from (one for one in self._changes(entries) if one.key in keys)

    def _changes(self, entries: list[Row]) -> Iterator[Unreadable]:
        """Yield the entries that are not the first of their invoice.

        Supplier and Invoice are the whole key of ApInvoice, so a credit, a debit or an adjustment of one that is
        there has no row of its own (https://github.com/dontlookaway/BlackBox); the codes:
        https://github.com/LuntuSYSPRO/myGitHub-rep (APSTIN).
        """
        numbers = sorted({str(row.get("Invoice")) for row in entries})
        first = {_entry(row, _OF_INVOICE) for row in self.books.tables.of_keys("invoices", "Invoice", numbers)}
        for row in entries:
            entry = "/".join(_entry(row, ENTRY))
            if _entry(row, ENTRY) not in first:
                code, number = str(row.get("TransactionCode")).strip(), str(row.get("Invoice")).strip()
                why = f"entry {entry} of the payables journal changes a bill that was posted before"
                key = f"{row.get('Supplier')}/{row.get('Invoice')}/{entry}"
                yield held(row, key, f"{_CHANGES.get(code, code)} to bill {number}", why, self.books.now())

    def _invoices(self, rows: list[Row]) -> Iterator[SupplierInvoice | Unreadable]:
        expenses = self._expenses(rows)
        matches, receipts = self._matched(sorted({str(row.get("Invoice")) for row in rows}))

        def make(row: Row) -> SupplierInvoice:
            one = wire.ApInvoice.model_validate(row)
            its = [wire.GrnMatching.model_validate(match) for match in matches[one.Supplier, one.Invoice]]
            goods = [wire.GrnDetails.model_validate(r) for m in its for r in receipts[m.Supplier, m.Grn]]
            posted = [wire.ApJnlDistrib.model_validate(part) for part in expenses[_entry(row, _OF_INVOICE)]]
            posting = Posting(one, posted, cleared(one, its, goods), self.books.name(one.Supplier))
            return with_tax(invoice_of(posting, self.books.site))

        return made(rows, "bill", lambda row: f"{row.get('Supplier')}/{row.get('Invoice')}", make, self.books.now)

    def _matched(self, invoices: list[str]) -> tuple[Mapping[Any, list[Row]], Mapping[Any, list[Row]]]:
        """Return (supplier, invoice) → its matches, and (supplier, GRN) → the rows of the receipt."""
        matches: dict[Any, list[Row]] = defaultdict(list)
        for row in self.books.tables.of_keys("matches", "Invoice", invoices):
            matches[row["Supplier"], row["Invoice"]].append(row)
        grns = sorted({str(row["Grn"]) for rows in matches.values() for row in rows})
        receipts: dict[Any, list[Row]] = defaultdict(list)
        for row in self._with_accounts(self.books.tables.of_keys("receipts", "Grn", grns)):
            receipts[row["Supplier"], row["Grn"]].append(row)
        return matches, receipts

    def _with_accounts(self, receipts: list[Row]) -> list[Row]:
        """Return the rows, with their order line's account where theirs is one of goods not billed yet.

        What DebitRecGlCode stands for is not published; MGlCode is the line's expense or inventory account
        (https://github.com/dontlookaway/BlackBox).
        """
        unclear = {"", *self.books.options.grn_accounts} if self.books.options.grn_accounts else set()
        unknown = [row for row in receipts if str(row.get("DebitRecGlCode") or "").strip() in unclear]
        orders = sorted({str(row.get("PurchaseOrder")) for row in unknown})
        lines = self.books.tables.of_keys("order_lines", "PurchaseOrder", orders)
        accounts = {(line.get("PurchaseOrder"), _whole(line.get("Line"))): line.get("MGlCode") for line in lines}
        for row in unknown:
            account = accounts.get((row.get("PurchaseOrder"), _whole(row.get("PurchaseOrderLin"))))
            row["DebitRecGlCode"] = account or row.get("DebitRecGlCode")
        return receipts

    # --- the journal ---

    def journal(self, conditions: Sequence[Condition]) -> Iterator[JournalEntry | Unreadable]:
        """Yield the entries that meet the conditions."""
        return self._journal(self.books.tables.rows("journal", *conditions))

    def journal_of(self, keys: set[str]) -> Iterator[JournalEntry | Unreadable]:
        """Yield the entries with these keys."""
        numbers = sorted({int(key.split("/")[2]) for key in keys})
        rows = self.books.tables.of_keys("journal", "Journal", numbers)
        return self._journal([row for row in rows if "/".join(_entry(row, ENTRY)) in keys])

    def _journal(self, rows: list[Row]) -> Iterator[JournalEntry | Unreadable]:
        expenses = self._expenses(rows)
        heads = {_entry(row, ENTRY): row for row in rows}  # a site's view may have a row for each posting

        def make(row: Row) -> JournalEntry:
            posted = [wire.ApJnlDistrib.model_validate(part) for part in expenses[_entry(row, ENTRY)]]
            return journal_of(wire.ApJnlSummary.model_validate(row), posted, self.books.site)

        return made(heads.values(), "journal entry", lambda row: "/".join(_entry(row, ENTRY)), make, self.books.now)

    def _expenses(self, rows: list[Row]) -> Mapping[Entry, list[Row]]:
        """Return the postings of all entries of the journals that these rows name."""
        found: dict[Entry, list[Row]] = defaultdict(list)
        journals = sorted({int(text) for row in rows if (text := _whole(row.get("Journal"))).isdigit() and text != "0"})
        for row in self.books.tables.of_keys("distribution", "Journal", journals):
            found[_entry(row, ENTRY)].append(row)
        return found


def _entry(row: Row, names: Sequence[str]) -> Entry:
    return tuple(_whole(row.get(name)) for name in names)


def _whole(value: Any) -> str:
    """Return a whole number as its plain text, however it came; anything else as it is."""
    text = str(value).strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return str(int(number)) if number.is_finite() and number == int(number) else text

"""Supplier invoices as bills, credit memos as debit adjustments: form AP301000."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ml_connector.domain.documents import Document, InvoiceType, SupplierInvoice, TradeDocument
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Found
from ml_connector.systems.acumatica import wire
from ml_connector.systems.acumatica.documents import Documents
from ml_connector.systems.acumatica.endpoint import Record
from ml_connector.systems.acumatica.translate import bill_status
from ml_connector.systems.acumatica.translate_documents import (
    MARKER,
    Row,
    bill_fields,
    bill_line,
    bill_row,
    bill_rows,
    bill_text,
    bill_type,
    shown_bill,
)

_EDITABLE = frozenset({"On Hold", "Balanced", "Pending Approval"})


@dataclass(frozen=True)
class Bills(Documents[wire.Bill]):
    """The bills of an instance; `VendorRef` holds the supplier's invoice number."""

    entity = "Bill"
    number_name = "ReferenceNbr"
    vendor_name = "Vendor"
    total_name = "Amount"
    branch_name = "BranchID"
    types = ("Bill", "Debit Adj.")
    word = "bill"

    def project(self, document: Document) -> dict[str, str]:
        """Return what Acumatica will show."""
        assert isinstance(document, SupplierInvoice)
        return {**bill_fields(document), **self.branch_field()}

    def parse(self, record: Record) -> wire.Bill:
        """Return the record read."""
        return wire.Bill.model_validate(record)

    def fields(self, shown: wire.Bill) -> dict[str, str]:
        """Return the fields of a record read."""
        return shown_bill(shown)

    def status(self, shown: wire.Bill) -> TargetStatus:
        """Return where it stands."""
        return bill_status(shown.Status)

    def frozen(self, shown: wire.Bill) -> str:
        """Return why it cannot be changed any more, or ""."""
        if shown.Status in _EDITABLE:
            return ""
        return f"{shown.Type.lower()} {shown.ReferenceNbr} is {shown.Status.lower()} in Acumatica."

    def type_of(self, document: TradeDocument) -> str:
        """Return its type as the screen shows it."""
        assert isinstance(document, SupplierInvoice)
        return bill_type(document)

    def header(self, document: TradeDocument) -> dict[str, Any]:
        """Return the members of its header; the vendor is `Vendor` here, and the period follows the date."""
        assert isinstance(document, SupplierInvoice)
        is_due = document.type is InvoiceType.INVOICE and document.due_date is not None
        return {
            "Vendor": document.supplier_key,
            "VendorRef": document.number.strip(),
            "Date": document.date,
            **({"CurrencyID": document.currency} if document.currency else {}),
            **({"DueDate": document.due_date} if is_due else {}),
            "Amount": document.gross,
        }

    def description(self, document: TradeDocument, marker: str) -> str:
        """Return the header text with the marker."""
        assert isinstance(document, SupplierInvoice)
        return bill_text(document, marker)

    def lines(self, document: TradeDocument) -> list[tuple[Row, dict[str, Any]]]:
        """Return each line as it will be shown, and its members."""
        assert isinstance(document, SupplierInvoice)
        pairs = zip(bill_rows(document), document.lines, strict=True)
        return [(row, bill_line(row, line, self.options)) for row, line in pairs]

    def shown_lines(self, shown: wire.Bill) -> list[tuple[Row, str]]:
        """Return each line that is there, and its id."""
        return [(bill_row(line), line.id) for line in shown.Details]

    def finish(self, shown: wire.Bill) -> None:
        """Release a bill that is balanced; one that waits for approval is released by the approver.

        Raises:
            Refused: the release failed.
            AmbiguousWrite: it had not ended by the deadline.
        """
        if shown.Status == "Balanced":
            self.endpoint.act(
                "Bill",
                "ReleaseBill",
                self._keys(shown),
                deadline_seconds=self.options.release_deadline_seconds,
            )

    def present(self) -> Iterator[Found]:
        """Yield all documents; the copy that reversing one of ours made is not ours.

        `ReverseBill` copies header and lines into a debit adjustment, and our marker with them.
        """
        marks = set()
        for shown in self._all("Bill"):
            marks.add(_mark(shown))
            yield self._found(shown, self._few_fields(shown))
        for shown in self._all("Debit Adj."):
            found = self._found(shown, self._few_fields(shown))
            yield replace(found, ours=found.ours and _mark(shown) not in marks)


def _mark(shown: wire.Bill) -> str:
    found = MARKER.search(shown.Description)
    return found.group(0) if found else ""

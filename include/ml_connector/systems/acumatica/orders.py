"""Purchase orders: form PO301000, type Normal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ml_connector.domain.documents import Document, PurchaseOrder, TradeDocument
from ml_connector.domain.status import TargetStatus
from ml_connector.systems.acumatica import wire
from ml_connector.systems.acumatica.documents import Documents
from ml_connector.systems.acumatica.endpoint import Record
from ml_connector.systems.acumatica.translate import order_status
from ml_connector.systems.acumatica.translate_documents import (
    Row,
    order_fields,
    order_line,
    order_row,
    order_rows,
    order_text,
    shown_order,
)


@dataclass(frozen=True)
class Orders(Documents[wire.Order]):
    """The purchase orders of an instance; `VendorRef` holds the Cin7 order number."""

    entity = "PurchaseOrder"
    number_name = "OrderNbr"
    vendor_name = "VendorID"
    total_name = "OrderTotal"
    branch_name = "Branch"
    types = ("Normal",)
    word = "purchase order"

    def project(self, document: Document) -> dict[str, str]:
        """Return what Acumatica will show."""
        assert isinstance(document, PurchaseOrder)
        return {**order_fields(document, self.options), **self.branch_field()}

    def parse(self, record: Record) -> wire.Order:
        """Return the record read."""
        return wire.Order.model_validate(record)

    def fields(self, shown: wire.Order) -> dict[str, str]:
        """Return the fields of a record read."""
        return shown_order(shown)

    def status(self, shown: wire.Order) -> TargetStatus:
        """Return where it stands."""
        return order_status(shown.Status)

    def frozen(self, shown: wire.Order) -> str:
        """Return why it cannot be changed any more, or ""."""
        if shown.Status in {"Completed", "Closed", "Canceled", "Rejected"}:
            return f"purchase order {shown.OrderNbr} is {shown.Status.lower()} in Acumatica."
        if any(line.QtyOnReceipts for line in shown.Details):
            return f"goods of purchase order {shown.OrderNbr} have been received in Acumatica."
        return ""

    def type_of(self, document: TradeDocument) -> str:  # noqa: ARG002 - all are alike
        """Return its type as the screen shows it."""
        return "Normal"

    def header(self, document: TradeDocument) -> dict[str, Any]:
        """Return the members of its header; the vendor is `VendorID` here.

        Where the purchase order preferences validate totals, `ControlTotal` must equal the order's total
        (https://github.com/Acumatica/Acumatica-AI-Resources, User Guide, form PO301000).
        """
        assert isinstance(document, PurchaseOrder)
        optional = {
            "CurrencyID": document.currency,
            "Terms": document.terms,
            "PromisedOn": document.required_by,
        }
        return {
            "VendorID": document.supplier_key,
            "VendorRef": document.number.strip(),
            "Date": document.date,
            "ControlTotal": document.gross,
            **{name: value for name, value in optional.items() if value},
        }

    def description(self, document: TradeDocument, marker: str) -> str:
        """Return the header text with the marker."""
        assert isinstance(document, PurchaseOrder)
        return order_text(document, marker)

    def lines(self, document: TradeDocument) -> list[tuple[Row, dict[str, Any]]]:
        """Return each line as it will be shown, and its members."""
        assert isinstance(document, PurchaseOrder)
        rows = order_rows(document, self.options)
        pairs = zip(rows, document.lines, strict=True)
        return [(row, order_line(row, line, self.options)) for row, line in pairs]

    def shown_lines(self, shown: wire.Order) -> list[tuple[Row, str]]:
        """Return each line that is there, and its id."""
        return [(order_row(line), line.id) for line in shown.Details]

"""What is read: a table each, its columns being those of its model, and what orders its rows.

Tables and columns: https://github.com/dontlookaway/BlackBox (stored procedures over a SYSPRO 8 database).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel

from ml_connector.systems.syspro import wire


@dataclass(frozen=True)
class Feed:
    """One table.

    Args:
        keys: columns that together order its rows; more than the key does no harm.
        repeats: rows may be equal in all of these, since the table's own key is not published: each counts.
    """

    table: str
    model: type[BaseModel]
    keys: tuple[str, ...]
    repeats: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        return tuple(dict.fromkeys([*self.keys, *self.model.model_fields]))


ENTRY = ("TrnYear", "TrnMonth", "Journal", "EntryNumber")
FEEDS = {
    "suppliers": Feed("ApSupplier", wire.ApSupplier, ("Supplier",)),
    "addresses": Feed("ApSupplierAddr", wire.ApSupplierAddr, ("Supplier",)),
    "orders": Feed("PorMasterHdr", wire.PorMasterHdr, ("PurchaseOrder",)),
    "order_lines": Feed("PorMasterDetail", wire.PorMasterDetail, ("PurchaseOrder", "Line")),
    "receipts": Feed("GrnDetails", wire.GrnDetails, ("Supplier", "Grn", "GrnSource", "Journal", "JournalEntry")),
    "receipt_history": Feed(
        "PorHistReceipt",
        wire.PorHistReceipt,
        ("PurchaseOrder", "PurchaseOrderLin", "DateReceived", "Reference", "QtyReceived"),
        repeats=True,
    ),
    "invoices": Feed("ApInvoice", wire.ApInvoice, ("Supplier", "Invoice")),
    "matches": Feed(
        "GrnMatching",
        wire.GrnMatching,
        ("Supplier", "Grn", "Invoice", "Journal", "EntryNumber", "MatchedValue"),
        repeats=True,
    ),
    "journal": Feed("ApJnlSummary", wire.ApJnlSummary, ENTRY),
    "distribution": Feed("ApJnlDistrib", wire.ApJnlDistrib, (*ENTRY, "SubEntry")),
    "accounts": Feed("GenMaster", wire.GenMaster, ("Company", "GlCode")),
}
"""Feed → SYSPRO 8's table."""
KEY_TYPES: dict[str, type] = {
    **dict.fromkeys((*ENTRY, "SubEntry", "JournalEntry", "Line", "PurchaseOrderLin"), int),
    **dict.fromkeys(("QtyReceived", "MatchedValue"), Decimal),
    "DateReceived": dt.date,
}
"""Columns of keys that are no texts."""
DATES = {
    "invoices": "JournalDate",
    "orders": "OrderEntryDate",
    "receipts": "OrigReceiptDate",
    "receipt_history": "DateReceived",
    "order_lines": "MLastReceiptDat",
    "journal": "TrnDate",
}
"""Feed → the date it is polled by. No table has a date of last change, and none of these has a PostDate."""
DOCUMENT_DATES = {"invoices": "InvoiceDate", "suppliers": "DateSuppAdded"}
"""Feed → the document's own date, where that is another: for a backfill or a given span."""

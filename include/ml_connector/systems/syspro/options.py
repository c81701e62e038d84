"""What a deployment may choose about SYSPRO; sites differ in tables, columns and customs."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

TABLES = {
    "suppliers": "ApSupplier",
    "addresses": "ApSupplierAddr",
    "orders": "PorMasterHdr",
    "order_lines": "PorMasterDetail",
    "receipts": "GrnDetails",
    "invoices": "ApInvoice",
    "matches": "GrnMatching",
    "journal": "ApJnlSummary",
    "distribution": "ApJnlDistrib",
    "accounts": "GenMaster",
}
"""What we read → SYSPRO 8's table (https://github.com/dontlookaway/BlackBox, stored procedures)."""
COLUMNS = {
    "invoices_date": "JournalDate",
    "invoices_document_date": "InvoiceDate",
    "orders_date": "OrderEntryDate",
    "receipts_date": "OrigReceiptDate",
    "journal_date": "TrnDate",
}
"""The columns that are filtered by; no table of these has a date of last change or a PostDate."""


class SysproOptions(BaseModel):
    """The options under ``options: {syspro: …}`` of a deployment.

    Args:
        tables: what we read → this site's table or saved view, where it differs.
        columns: the filtered columns, where they differ.
        company: the company code on documents; the connection's company unless given.
        ledger_company: whose accounts are listed, where several companies share a ledger; "" for all listed.
        local_currency: the ISO code of the local currency, which suppliers may carry as ``$``.
        order_horizon_days: how old an order may be and still be read for changes.
        overlap_days: how far before the window dates are read again: they have no time of day and are entered late.
        tax_accounts: GL accounts of tax, whose postings are an invoice's tax and no line.
        tax_rates: tax code → percent, for orders: their lines carry a code and no amount.
        cost_centre_segment: which part of a GL code is the cost centre, counted from 1; 0 for none.
        segment_separator: between the parts of a GL code.
        open_statuses: order statuses of an order that is being put together: not read yet.
        cancelled_statuses: statuses of an order that is void.
        create_suppliers: whether suppliers of Cin7 may be created here.
        branch: of suppliers that we create; bank, terms: likewise.
        default_country: two letters; SYSPRO's addresses name no country.
        page_size: rows a page, at most 5000.
        date_literal: how this service writes dates in filters.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: dict[str, str] = {}
    columns: dict[str, str] = {}
    company: str = ""
    ledger_company: str = ""
    local_currency: str = ""
    order_horizon_days: int = Field(default=180, ge=1, le=3650)
    overlap_days: int = Field(default=3, ge=1, le=60)
    tax_accounts: tuple[str, ...] = ()
    tax_rates: dict[str, Decimal] = {}
    cost_centre_segment: int = Field(default=0, ge=0, le=10)
    segment_separator: str = "-"
    open_statuses: frozenset[str] = frozenset({"0"})
    cancelled_statuses: frozenset[str] = frozenset({"*", "/"})
    create_suppliers: bool = False
    branch: str = ""
    bank: str = ""
    terms: str = ""
    default_country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    page_size: int = Field(default=1000, ge=1, le=5000)
    date_literal: Literal["datetimeoffset", "date", "v3"] = "datetimeoffset"

    def table(self, name: str) -> str:
        """Return this site's table."""
        return self.tables.get(name, TABLES[name])

    def column(self, name: str) -> str:
        """Return this site's column."""
        return self.columns.get(name, COLUMNS[name])

"""Which entity sets and child collections are read, where they lie, and what is read of them.

Names seen working at tenants, but for receipts, invoices and pre-postings, whose names IFS does not publish: there the
names are our convention. That of the general ledger's rows is inferred from its project twin
(``GLVoucherRowsProjAnalysis``). The contract of a tenant is in its own API Explorer.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

BASES = {
    "main": "main/ifsapplications/projection/v1",
    "int": "int/ifsapplications/projection/v1",
    "entity": "int/ifsapplications/entity/v1",
}
"""Base path → where projections and entity services lie (https://docs.ifs.com/techdocs/21r2, 010_inbound_rest)."""


class Child(BaseModel):
    """A collection below a record.

    Args:
        keys: the parts of its key that tell its rows apart below one parent.
        numbers: those of them that are numbers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    keys: tuple[str, ...]
    numbers: frozenset[str] = frozenset()


class EntitySet(BaseModel):
    """One entity set.

    Args:
        base: ``main`` or ``int`` for projections, ``entity`` for an entity service; another text is a path itself.
        keys: all parts of its key.
        numbers: those parts of the key that are numbers, where this tenant sends them as texts.
        timestamps: dates that are time stamps at this tenant, so that filters write them so.
        select: False for a tenant that refuses ``$select`` there.
        delta: ``etag_diff`` tells a change by the ETag, ``full_hash`` by the content, where ETags mean nothing.
        fields: our name of a property → this tenant's, where it differs; "" where this tenant has none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str = "main"
    projection: str
    name: str
    keys: tuple[str, ...]
    numbers: frozenset[str] = frozenset()
    timestamps: frozenset[str] = frozenset()
    select: bool = True
    delta: Literal["etag_diff", "full_hash"] = "etag_diff"
    fields: dict[str, str] = {}

    @property
    def service(self) -> str:
        """Return the path of its service below the system URL."""
        return f"{BASES.get(self.base, self.base.strip('/'))}/{self.projection}.svc"

    @property
    def path(self) -> str:
        """Return its path below the system URL."""
        return f"{self.service}/{self.name}"

    def property(self, name: str) -> str:
        """Return this tenant's name of a property."""
        return self.fields.get(name, name)


_INVOICE = ("Company", "InvoiceId")
SETS: dict[str, EntitySet] = {
    "supplier": EntitySet(projection="SupplierHandling", name="SupplierInfoGeneralSet", keys=("SupplierId",)),
    "order": EntitySet(projection="PurchaseOrderHandling", name="PurchaseOrderSet", keys=("OrderNo",)),
    "order_line": EntitySet(
        base="entity",
        projection="PurchaseOrderLineEntity",
        name="PurchaseOrderLineSet",
        keys=("OrderNo", "LineNo", "ReleaseNo"),
        timestamps=frozenset({"LastActivityDate"}),
    ),
    "pre_posting": EntitySet(
        projection="PurchaseOrderHandling",
        name="PreAccountingSet",
        keys=("PreAccountingId",),
        numbers=frozenset({"PreAccountingId"}),
    ),
    "receipt": EntitySet(
        projection="PurchaseReceiptHandling",
        name="ReceiptInfoSet",
        keys=("ReceiptSequence",),
        numbers=frozenset({"ReceiptSequence"}),
    ),
    "invoice": EntitySet(
        projection="ManualSupplierInvoiceHandling",
        name="ManSuppInvoiceSet",
        keys=_INVOICE,
        numbers=frozenset({"InvoiceId"}),
    ),
    "account": EntitySet(projection="VoucherRowsAnalysis", name="Reference_Account", keys=("Company", "Account")),
    "voucher_row": EntitySet(
        projection="VoucherRowsAnalysis",
        name="VoucherRowSet",
        keys=("Company", "VoucherType", "AccountingYear", "VoucherNo", "RowNo"),
        numbers=frozenset({"AccountingYear", "VoucherNo", "RowNo"}),
    ),
    "gl_voucher_row": EntitySet(
        projection="GLVoucherRowsAnalysis",
        name="GenLedVoucherRowSet",
        keys=("Company", "VoucherType", "AccountingYear", "VoucherNo", "RowNo"),
        numbers=frozenset({"AccountingYear", "VoucherNo", "RowNo"}),
    ),
    "history": EntitySet(
        projection="HistoryLogHandling",
        name="HistoryLogOverviewSet",
        keys=("LogId",),
        numbers=frozenset({"LogId"}),
        timestamps=frozenset({"TimeStamp"}),
    ),
}
CHILDREN = {
    "addresses": Child(name="SupplierInfoAddresses", keys=("AddressId",)),
    "communication": Child(name="AddressCommunicationMethods", keys=("CommId",), numbers=frozenset({"CommId"})),
    "invoice_companies": Child(name="SupplierInvoiceCompanies", keys=("Company",)),
    "invoice_items": Child(name="ManSuppInvoiceItemArray", keys=("ItemId",), numbers=frozenset({"ItemId"})),
    "invoice_postings": Child(name="ManSuppInvoicePostingArray", keys=("RowId",), numbers=frozenset({"RowId"})),
}
"""Child collections; those of suppliers are from a public migration tool, those of invoices our convention."""

READ: dict[str, tuple[str, ...]] = {
    "supplier": ("SupplierId", "Name", "AssociationNo", "Country", "CreationDate"),
    "order": (
        "OrderNo", "VendorNo", "OrderDate", "Objstate", "Contract", "Company", "CurrencyCode", "PayTermId",
        "WantedReceiptDate",
    ),
    "order_line": (
        "OrderNo", "LineNo", "ReleaseNo", "PartNo", "Description", "BuyQtyDue", "BuyUnitMeas", "BuyUnitPrice",
        "NetAmtCurr", "GrossAmtCurr", "TaxCode", "Objstate", "VendorNo", "LastActivityDate",
    ),
    "pre_posting": ("PreAccountingId", "Company", "CodenoA", "CodenoB", "AmountDistribution"),
    "receipt": (
        "ReceiptSequence", "SourceRef1", "SourceRef2", "SourceRef3", "SourceQtyReceived", "UnitMeas", "ReceivedDate",
        "ReceiptReference", "Contract", "Objstate",
    ),
    "invoice": (
        "Company", "InvoiceId", "Identity", "InvoiceNo", "InvoiceDate", "DueDate", "CreationDate", "Currency",
        "CurrRate", "DivFactor", "NetCurrAmount", "VatCurrAmount", "PayTermId", "PoRefNumber", "Objstate",
    ),
    "account": ("Company", "Account", "Description", "LogicalAccountType", "LedgFlag", "TaxFlag", "ValidFrom",
                "ValidUntil"),
    "voucher_row": (
        "Company", "VoucherType", "AccountingYear", "VoucherNo", "RowNo", "VoucherDate", "Account", "CurrencyAmount",
        "CurrencyDebetAmount", "CurrencyCreditAmount", "Amount", "CurrencyCode", "Text", "PartyTypeId", "PartyName",
        "ReferenceSerie", "ReferenceNumber", "EntryDate", "OptionalCode", "FunctionGroup", "CurrencyRate",
        "ConversionFactor",
    ),
    "history": ("LogId", "LuName", "KeyRef", "TimeStamp"),
}  # fmt: skip
READ["gl_voucher_row"] = READ["voucher_row"]
"""Set → the properties that are read; a tenant may compute others at length."""

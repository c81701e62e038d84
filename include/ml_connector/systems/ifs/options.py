"""What a deployment may choose about IFS Cloud; tenants differ in projections, sets and names."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

BASES = {
    "main": "main/ifsapplications/projection/v1",
    "int": "int/ifsapplications/projection/v1",
    "entity": "int/ifsapplications/entity/v1",
}
"""Base path → where projections and entity services lie (https://docs.ifs.com/techdocs/21r2, 010_inbound_rest)."""


class EntitySet(BaseModel):
    """One entity set.

    Args:
        base: ``main`` or ``int`` for projections, ``entity`` for an entity service; another text is a path itself.
        keys: all parts of its key.
        select: False for a tenant that refuses ``$select`` there.
        fields: our name of a property → this tenant's, where it differs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str = "main"
    projection: str
    name: str
    keys: tuple[str, ...]
    select: bool = True
    fields: dict[str, str] = {}

    @property
    def path(self) -> str:
        """Return its path below the system URL."""
        return f"{BASES.get(self.base, self.base.strip('/'))}/{self.projection}.svc/{self.name}"

    def property(self, name: str) -> str:
        """Return this tenant's name of a property."""
        return self.fields.get(name, name)


SETS: dict[str, EntitySet] = {
    "supplier": EntitySet(projection="SupplierHandling", name="SupplierInfoGeneralSet", keys=("SupplierId",)),
    "order": EntitySet(projection="PurchaseOrderHandling", name="PurchaseOrderSet", keys=("OrderNo",)),
    "order_line": EntitySet(
        base="entity",
        projection="PurchaseOrderLineEntity",
        name="PurchaseOrderLineSet",
        keys=("OrderNo", "LineNo", "ReleaseNo"),
    ),
    "receipt": EntitySet(projection="PurchaseReceiptHandling", name="ReceiptInfoSet", keys=("ReceiptSequence",)),
    "invoice": EntitySet(
        projection="ManualSupplierInvoiceHandling", name="ManSuppInvoiceSet", keys=("Company", "InvoiceId")
    ),
    "account": EntitySet(projection="VoucherRowsAnalysis", name="Reference_Account", keys=("Company", "Account")),
    "voucher_row": EntitySet(
        projection="VoucherRowsAnalysis",
        name="VoucherRowSet",
        keys=("Company", "VoucherType", "AccountingYear", "VoucherNo", "RowNo"),
    ),
    "history": EntitySet(projection="HistoryLogHandling", name="HistoryLogOverviewSet", keys=("LogId",)),
}
"""Names seen working at tenants, but for receipts and invoices, whose names IFS does not publish: our convention."""
CHILDREN = {
    "addresses": "SupplierInfoAddresses",
    "communication": "AddressCommunicationMethods",
    "invoice_companies": "SupplierInvoiceCompanies",
    "invoice_items": "ManSuppInvoiceItemArray",
    "invoice_postings": "ManSuppInvoicePostingArray",
}
"""Child collections; those of suppliers are from a public migration tool, those of invoices our convention."""


class IfsOptions(BaseModel):
    """The options under ``options: {ifs: …}`` of a deployment.

    Args:
        sets: entity sets that are elsewhere, or named otherwise, at this tenant; each given whole.
        children: child collections that are named otherwise.
        companies: companies whose records are read; none given means all that the service user may see.
        page_size: rows asked for a page, below 5,000; a tenant may send fewer.
        detail_workers: suppliers and invoices read at the same time.
        order_horizon_days: how old an order or invoice may be and still be read for changes.
        overlap_days: how far before the window dates are read again: time stamps are in the server's zone.
        child_sweep_hours: after this long a supplier's addresses and terms are read again even without a sign of a
            change: they have ETags of their own, and the history log shows only what is switched on.
        history: whether the history log is asked for changes of addresses and communication methods.
        draft_states: states of orders and invoices that are not read yet; void_states: of cancelled ones.
        create_suppliers: whether suppliers of Cin7 are created in IFS.
        address_id: address of suppliers that we create.
        default_account: GL account of invoice lines without posting; "" holds them.
        cost_centre: code part that is the cost centre; "" for none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sets: dict[str, EntitySet] = {}
    children: dict[str, str] = {}
    companies: tuple[str, ...] = ()
    page_size: int = Field(default=1000, ge=1, le=4999)
    detail_workers: int = Field(default=4, ge=1, le=32)
    order_horizon_days: int = Field(default=400, ge=1, le=3650)
    overlap_days: int = Field(default=2, ge=1, le=60)
    child_sweep_hours: int = Field(default=24, ge=1, le=24 * 31)
    history: bool = True
    draft_states: frozenset[str] = frozenset({"Planned", "Preliminary", "Stopped"})
    void_states: frozenset[str] = frozenset({"Cancelled"})
    create_suppliers: bool = False
    address_id: str = "01"
    default_account: str = ""
    cost_centre: Literal["", "CodeB", "CodeC", "CodeD", "CodeE", "CodeF", "CodeG", "CodeH", "CodeI", "CodeJ"] = "CodeB"

    def set(self, name: str) -> EntitySet:
        """Return this tenant's entity set."""
        return self.sets.get(name, SETS[name])

    def child(self, name: str) -> str:
        """Return this tenant's name of a child collection."""
        return self.children.get(name, CHILDREN[name])

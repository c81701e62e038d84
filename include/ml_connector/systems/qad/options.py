"""What a deployment may choose about QAD; what QAD does not publish is a setting with our convention as its default."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Service(BaseModel):
    """One entity service: its path below ``api/erp/``, which also names the envelope, and its urn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    view_uri: str = ""


SERVICES: dict[str, Service] = {
    "supplier": Service(path="supplierV2s", view_uri="urn:be:com.qad.base.supplier.ISupplierV2"),
    "supplier_domain": Service(path="mfgSuppliers", view_uri="urn:be:com.qad.base.supplier.IMfgSupplier"),
    "order": Service(
        path="purchaseOrderHeaders", view_uri="urn:be:com.qad.purchasing.purchaseorders.IPurchaseOrderHeader"
    ),
    "order_line": Service(
        path="purchaseOrderLines", view_uri="urn:be:com.qad.purchasing.purchaseorders.IPurchaseOrderLine"
    ),
    "receipt": Service(
        path="purchaseOrderReceipts", view_uri="urn:be:com.qad.purchasing.receipts.IPurchaseOrderReceipt"
    ),
    "invoice": Service(
        path="supplierInvoices",
        view_uri="urn:be:com.qad.financials.purchaseledger.supplierinvoice.ISupplierInvoice",
    ),
    "account": Service(path="glAccounts", view_uri="urn:be:com.qad.base.coa.IGLAccount"),
}
"""Suppliers and orders are those of public clients; receipt, invoice and account are our convention."""
BROWSES = {
    "suppliers": "urn:browse:mfg:ad014",
    "orders": "urn:browse:mfg:po012",
    "order_lines": "urn:browse:mfg:po033",
    "receipts": "urn:browse:mfg:po501",
    "pending": "urn:browse:mfg:po005",
    "invoices": "urn:browse:mfg:ap001",
    "items": "urn:browse:mfg:pp100",
}
"""List → standard browse (https://github.com/DigvijayERP/ApexTransformJAVA, `config/browses.json`)."""


class QadOptions(BaseModel):
    """The options under ``options: {qad: …}`` of a deployment.

    Args:
        services: entity services that are elsewhere at this tenant.
        browses: browses that are others at this tenant, such as one of its own.
        shared_set, site, daybook_set: of suppliers and orders.
        invoice_status, gl_status: status code of an invoice that waits for matching, and of one allocated to accounts.
        final_statuses: status codes of invoices that are allocated.
        invoice_daybook, credit_daybook, matching_daybook: daybooks of invoices, credit notes and matchings.
        gl_profiles: the four GL profiles of new suppliers.
        terms: credit terms where a document names none.
        tax_account: GL account of tax on invoices.
        tax_zone, address_type, language: of new suppliers.
        charge_item: item of order lines without one (freight, services); without it such orders are refused.
        unmatched_policy: ``hold`` records an invoice only when its goods are there; ``create_initial`` records it
            at once, and matches it later.
        create_suppliers: whether suppliers of Cin7 are created.
        page_size: rows a browse page.
        settle_seconds: how long an answer that was lost may still be carried out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    services: dict[str, Service] = {}
    browses: dict[str, str] = {}
    shared_set: str = "SUPSS"
    site: str = "10-100"
    daybook_set: str = "PUR"
    invoice_status: str = "AP-INITIAL"
    gl_status: str = "AP-GLALLOC"
    final_statuses: frozenset[str] = frozenset({"AP-RMALLOC", "AP-GLALLOC"})
    invoice_daybook: str = "SUPINV"
    credit_daybook: str = "SUPCN"
    matching_daybook: str = "MATCH"
    gl_profiles: tuple[str, str, str, str] = ("SUP-INV", "SUP-CN", "SUP-PRE", "SUP-PUR")
    terms: str = ""
    tax_account: str = ""
    tax_zone: str = ""
    address_type: str = "HEADOFFICE"
    language: str = "us"
    charge_item: str = ""
    unmatched_policy: Literal["hold", "create_initial"] = "hold"
    create_suppliers: bool = True
    page_size: int = Field(default=500, ge=1, le=10_000)
    settle_seconds: float = Field(default=60.0, ge=0)
    price_step: Decimal = Field(default=Decimal("0.00001"), gt=0)

    def service(self, name: str) -> Service:
        """Return this tenant's entity service."""
        return self.services.get(name, SERVICES[name])

    def browse(self, name: str) -> str:
        """Return this tenant's browse."""
        return self.browses.get(name, BROWSES[name])

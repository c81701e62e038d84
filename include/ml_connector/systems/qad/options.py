"""What a deployment may choose about QAD; what QAD does not publish is a setting with our convention as its default."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Service(BaseModel):
    """One entity service.

    Args:
        path: below ``api/erp/``.
        view_uri: its urn.
        envelope: the name of the list of records in what is sent and answered; the path's last part unless given.
        fields: our name of a field → the tenant's, of the record and of what is inside it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    view_uri: str = ""
    envelope: str = ""
    fields: dict[str, str] = {}

    @property
    def named(self) -> str:
        """The envelope's name."""
        return self.envelope or self.path.rpartition("/")[2]

    def theirs(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record with the tenant's names of fields."""
        return _renamed(record, self.fields) if self.fields else dict(record)

    def ours(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record of the tenant with our names."""
        return _renamed(record, {theirs: ours for ours, theirs in self.fields.items()}) if self.fields else dict(record)


def _renamed(record: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): _inside(value, names) for name, value in record.items()}


def _inside(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_inside(one, names) for one in value]
    return _renamed(value, names) if isinstance(value, Mapping) else value


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
        browses: browses that are others at this tenant, such as one of its own; one named ``accounts``, of `ac_mstr`,
            is read in place of the service of GL accounts.
        shared_set, site, daybook_set: of suppliers and orders.
        invoice_status, gl_status: status code of an invoice that waits for matching, and of one allocated to accounts.
        final_statuses: status codes of invoices that are allocated.
        invoice_daybook, credit_daybook, matching_daybook: daybooks of invoices, credit notes and matchings.
        gl_profiles: the four GL profiles of new suppliers.
        terms: credit terms where a document names none.
        tax_account: GL account of tax on invoices.
        tax_zone, address_type, language: of new suppliers.
        default_country: three letters, of suppliers without a country: QAD takes none without.
        charge_item: item of order lines without one (freight, services); without it such orders are refused.
        unmatched_policy: ``hold`` records an invoice only when its goods are there; ``create_initial`` records it
            at once, and matches it later.
        over_billed_percent: by how much of what was received an invoice may bill more; the rest goes to the line's
            account. Give it the value of ``policies.tolerances.quantity_percent``.
        duplicate_warnings: words by which a warning of QAD is known to be about a reference that is there already; such
            a warning stops the invoice.
        base_currency: of the domain; rate 1 is sent for it. "" asks QAD for the rate of every document.
        exchange_rates: ``ask``: QAD's own rate, by the field change of the currency; ``source``: the invoice's own
            where it has one; ``one``: 1, for a tenant without foreign currencies.
        exchange_rate_type: of orders.
        metadata_fields: under which names ``entitymetadatas`` tells a field's name.
        create_suppliers: whether suppliers of Cin7 are created.
        price_step: the step that QAD's unit prices are rounded to.
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
    default_country: str = ""
    charge_item: str = ""
    unmatched_policy: Literal["hold", "create_initial"] = "hold"
    over_billed_percent: Decimal = Field(default=Decimal(0), ge=0, le=100)
    duplicate_warnings: tuple[str, ...] = ("reference", "duplicate")
    base_currency: str = ""
    exchange_rates: Literal["ask", "source", "one"] = "ask"
    exchange_rate_type: str = "ACCOUNTING"
    metadata_fields: tuple[str, ...] = ("fieldName", "name")
    create_suppliers: bool = True
    page_size: int = Field(default=1000, ge=1, le=10_000)
    settle_seconds: float = Field(default=60.0, ge=0)
    price_step: Decimal = Field(default=Decimal("0.00001"), gt=0)

    def service(self, name: str) -> Service:
        """Return this tenant's entity service."""
        return self.services.get(name, SERVICES[name])

    def browse(self, name: str) -> str:
        """Return this tenant's browse."""
        return self.browses.get(name) or BROWSES[name]

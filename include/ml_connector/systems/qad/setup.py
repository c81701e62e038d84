"""The set-up check: does this tenant know every configured service, field, browse and column?

QAD publishes none of them; each tenant describes its own entities at ``entitymetadatas``
(https://github.com/DigvijayERP/ApexTransformJAVA, `captures`). The shape of that answer is not recorded: a field's name
is looked for under `options.metadata_fields`, however deep.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ml_connector.domain.errors import ConfigurationError, ContractError, Refused
from ml_connector.systems.qad.browses import Browses
from ml_connector.systems.qad.endpoint import Endpoint
from ml_connector.systems.qad.wire import text

METADATA = "urn:be:com.qad.qra.adapter.entity.IEntityBuilderCRUD"
ACCOUNTS = "accounts"
FIELDS: dict[str, str] = {
    "supplier": """
        sharedSetCode supplierCode businessRelationCode isCreateBusinessRelationRequired businessRelationName isActive
        currencyCode creditTermsCode invoiceStatusCode invoiceControlGLProfileCode creditNoteControlGLProfileCode
        prePaymentControlGLProfileCode purchaseAccountGLProfileCode addressTypeCode addressName street1 street2 city
        stateCode zipCode countryCode languageCode telephone EMail taxZone isTaxableSupplier commentNote concurrencyHash
    """,
    "supplier_domain": "supplierCode siteCode daybookSetCode concurrencyHash",
    "order": """
        domainCode purchaseOrderNumber supplierCode currencyCode exchangeRate exchangeRate2 exchangeRateType
        creditTermsCode daybookSetCode shipToSite billToCode orderDate dueDate orderStatus isConfirmed isTaxable
        languageCode remarks transmitFlag ERSOption ERSPriceListOption POIntrastats concurrencyHash
    """,
    "order_line": """
        domainCode purchaseOrderNumber purchaseOrderLine siteCode itemCode quantityOrdered purchaseCost dueDate
        concurrencyHash
    """,
    "receipt": """
        domainCode purchaseOrderNumber receiverNumber packingSlipNumber receiptDate effectiveDate
        purchaseOrderReceiptLines
    """,
    "invoice": """
        entityCode supplierCode invoiceType invoiceReference voucher daybookCode invoiceDate postingDate postingYear
        dueDate currencyCode exchangeRate invoiceAmount creditTermsCode invoiceStatusCode isInitialStatus
        isReceiverMatching supplierInvoicePOs supplierInvoiceGLLines receiverMatching description concurrencyHash
    """,
    "account": "glAccountCode glAccountDescription glAccountType isActive",
}
"""Service → the fields that are sent or read."""
COLUMNS: dict[str, str] = {
    "suppliers": "vd_mstr.vd_addr vd_mstr.vd_curr ad_mstr.ad_name",
    "orders": "po_mstr.po_nbr po_mstr.po_vend po_mstr.po_curr po_mstr.po_rmks po_mstr.po_stat po_mstr.po_confirm",
    "order_lines": """
        pod_det.pod_nbr pod_det.pod_line pod_det.pod_part pod_det.pod_qty_ord pod_det.pod_qty_rcvd pod_det.pod_pur_cost
        pod_det.pod_um
    """,
    "receipts": """
        prh_hist.prh_nbr prh_hist.prh_receiver prh_hist.prh_part prh_hist.prh_rcvd prh_hist.prh_rcp_date
        prh_hist.prh_ps_nbr
    """,
    "pending": """
        pvo_mstr.pvo_order pvo_mstr.pvo_line pvo_mstr.pvo_id pvo_mstr.pvo_internal_ref pvo_mstr.pvo_internal_ref_type
        pvo_mstr.pvo_part pvo_mstr.pvo_lc_charge pvod_det.pvod_id_line pvod_det.pvod_trans_qty
        pvod_det.pvod_vouchered_qty
    """,
    "invoices": """
        CInvoice.tcCompanyCode CInvoice.CInvoicePostingYear CInvoice.tcJournalCode CInvoice.CInvoiceVoucher
        CInvoice.tcReasonCode CInvoice.tdCInvoiceAmountTC CInvoice.tcCurrencyCode CInvoice.tcCreditorCode
        CInvoice.CInvoiceReference CInvoice.CInvoiceDescription
    """,
    "items": "pt_mstr.pt_part pt_mstr.pt_status",
    "accounts": "ac_mstr.ac_code ac_mstr.ac_desc ac_mstr.ac_active ac_mstr.ac_gl_type",
}
"""Browse → the columns that are read."""


def missing(endpoint: Endpoint) -> list[str]:
    """Return what the tenant lacks, in words that name service, field and option; [] when all is there."""
    by_browse = ACCOUNTS in endpoint.options.browses
    services = [name for name in FIELDS if name != "account" or not by_browse]
    found = [line for name in services for line in _lacks_fields(endpoint, name)]
    browses = [name for name in COLUMNS if name != ACCOUNTS or by_browse]
    return found + [line for name in browses for line in _lacks_columns(endpoint.browses, name)]


def _lacks_fields(endpoint: Endpoint, name: str) -> Iterator[str]:
    service = endpoint.options.service(name)
    query = {"viewUri": METADATA, "entityURI": service.view_uri}
    where = f"options.qad.services.{name}"
    try:
        data = endpoint.client.read("api/qracore/entitymetadatas", params=query).data
    except (Refused, ContractError, ConfigurationError) as error:
        yield f"the metadata of {service.view_uri} cannot be read ({error}): correct {where}"
        return
    known = set(_named(data, endpoint.options.metadata_fields))
    if not known:
        yield f"{service.view_uri} is not known to this tenant: correct {where}"
        return
    for one in FIELDS[name].split():
        theirs = service.fields.get(one, one)
        if theirs.casefold() not in known:
            yield f"{service.path} has no field {theirs}: name it under {where}.fields"


def _named(data: Any, names: tuple[str, ...]) -> Iterator[str]:
    """Yield the names of fields in an answer of any depth."""
    if isinstance(data, list):
        for one in data:
            yield from _named(one, names)
    elif isinstance(data, dict):
        yield from (text(data, name).casefold() for name in names if isinstance(data.get(name), str))
        for value in data.values():
            yield from _named(value, names)


def _lacks_columns(browses: Browses, name: str) -> Iterator[str]:
    """Yield what a browse lacks; one without any row tells nothing, and says so."""
    urn, where = browses.options.browse(name), f"options.qad.browses.{name}"
    rows = browses.some(name)
    if not rows:
        yield f"browse {urn} shows no row, so its columns cannot be checked: see that there is one, or correct {where}"
        return
    for column in COLUMNS[name].split():
        if column not in rows[0]:
            yield f"browse {urn} does not show {column}: add the column in QAD, or correct {where}"

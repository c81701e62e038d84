"""The rows behind the browses, as ``table.field`` values of all the tables that are joined.

Table fields are those of the published database definitions (https://www.qad.com/documentation, EE 2017); where a table
is only known by name, its fields are inferred. ``…_mod_date`` and ``…_mod_time`` are there for browses that a customer
builds; no standard browse shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .pending import open_quantity
from .tenant import Row
from .values import same
from .work import Work


def _prefixed(table: str, row: Row) -> Row:
    return {f"{table}.{name}": value for name, value in row.items()}


def _stamps(table: str, prefix: str, row: Row) -> Row:
    return {f"{table}.{prefix}_mod_date": row.get("lastModifiedDate", ""),
            f"{table}.{prefix}_mod_time": row.get("lastModifiedTime", "")}  # fmt: skip


def _supplier(row: Row) -> Row:
    get = row.get
    vendor = {"vd_addr": get("supplierCode"), "vd_sort": get("addressSearchName") or get("businessRelationName", ""),
              "vd_curr": get("currencyCode", ""), "vd_cr_terms": get("creditTermsCode", ""),
              "vd_active": get("isActive", False), "vd_type": get("supplierTypeCode", "")}  # fmt: skip
    address = {"ad_addr": get("supplierCode"), "ad_name": get("businessRelationName") or get("addressName", ""),
               "ad_line1": get("street1", ""), "ad_line2": get("street2", ""), "ad_line3": get("street3", ""),
               "ad_city": get("city", ""), "ad_state": get("stateCode", ""), "ad_zip": get("zipCode", ""),
               "ad_phone": get("telephone", ""), "ad_email": get("EMail", "")}  # fmt: skip
    country = {"ctry_mstr.ctry_ctry_code": get("countryCode", "")}
    return {**_prefixed("vd_mstr", vendor), **_prefixed("ad_mstr", address), **country,
            **_stamps("vd_mstr", "vd", row)}  # fmt: skip


def suppliers(work: Work) -> Iterator[Row]:
    """Yield the suppliers of the domain's shared set."""
    shared_set = work.shared_set
    for row in work.rows("supplierV2s"):
        if same(row["sharedSetCode"], shared_set):
            yield _supplier(row)


def _order(work: Work, row: Row) -> Row:
    get = row.get
    fields = {
        "po_domain": get("domainCode"), "po_nbr": get("purchaseOrderNumber"), "po_vend": get("supplierCode", ""),
        "po_ship": get("shipToSite", ""), "po_ord_date": get("orderDate", ""), "po_due_date": get("dueDate", ""),
        "po_rmks": get("remarks", ""), "po_cr_terms": get("creditTermsCode", ""), "po_bill": get("billToCode", ""),
        "po_stat": get("orderStatus", ""),
        "po_contact": get("contact", ""), "po_confirm": get("isConfirmed", False),
        "po_taxable": get("isTaxable", False), "po_curr": get("currencyCode", ""), "po_ex_rate": get("exchangeRate", 1),
        "po_lang": get("languageCode", ""), "po_site": get("shipToSite", ""),
        "po_eff_strt": get("startEffective", ""), "po_eff_to": get("endEffective", ""),
    }  # fmt: skip
    name = (work.supplier(get("supplierCode")) or {}).get("businessRelationName", "")
    return {**_prefixed("po_mstr", fields), "ad_mstr.ad_name": name, **_stamps("po_mstr", "po", row)}


def orders(work: Work) -> Iterator[Row]:
    """Yield the order headers of the domain."""
    for row in work.rows("purchaseOrderHeaders"):
        if same(row["domainCode"], work.domain):
            yield _order(work, row)


def _line(row: Row) -> Row:
    get = row.get
    fields = {
        "pod_domain": get("domainCode"), "pod_nbr": get("purchaseOrderNumber"), "pod_line": get("purchaseOrderLine"),
        "pod_part": get("itemCode", ""), "pod_desc": get("itemDescription", ""),
        "pod_qty_ord": get("quantityOrdered", 0), "pod_qty_rcvd": get("quantityReceived", 0),
        "pod_pur_cost": get("purchaseCost", 0),
        "pod_due_date": get("dueDate", ""), "pod_um": get("unitOfMeasure", ""), "pod_acct": get("glAccountCode", ""),
        "pod_sub": get("subAccountCode", ""), "pod_cc": get("costCenterCode", ""),
        "pod_project": get("projectCode", ""), "pod_site": get("siteCode", ""), "pod_type": get("lineType", ""),
        "pod_status": get("lineStatus", ""),
    }  # fmt: skip
    return {**_prefixed("pod_det", fields), **_stamps("pod_det", "pod", row)}


def order_lines(work: Work) -> Iterator[Row]:
    """Yield the order lines of the domain with their headers; a header without lines has no row."""
    for row in work.rows("purchaseOrderLines"):
        if same(row["domainCode"], work.domain):
            order = work.find("purchaseOrderHeaders", row["domainCode"], row["purchaseOrderNumber"])
            yield {**(_order(work, order) if order else {}), **_line(row)}


def _around(work: Work, key: tuple[str, str, int], supplier: str, part: str) -> Row:
    """Return what stands around a receipt: order line, supplier and item."""
    found = work.find("purchaseOrderLines", *key)
    vendor, item = work.supplier(supplier), work.find("items", key[0], part)
    return {**(_supplier(vendor) if vendor else {}), **(_item(item) if item else {}), **(_line(found) if found else {})}


def receipts(work: Work) -> Iterator[Row]:
    """Yield the receipt history of the domain."""
    for row in work.rows("prh_hist"):
        if same(row["prh_domain"], work.domain):
            key = (row["prh_domain"], row["prh_nbr"], row["prh_line"])
            around = _around(work, key, row.get("prh_vend", ""), row.get("prh_part", ""))
            yield {**around, **_prefixed("prh_hist", row)}


def pending(work: Work) -> Iterator[Row]:
    """Yield all pending invoices of the domain with their receipt."""
    for header in work.rows("pvo_mstr"):
        if not same(header["pvo_domain"], work.domain):
            continue
        key = (header["pvo_domain"], header["pvo_order"], header["pvo_line"])
        receipt = work.find("prh_hist", key[0], header["pvo_internal_ref"], *key[1:]) or {}
        detail = work.find("pvod_det", header["pvo_id"], 1) or {}
        yield {**_around(work, key, header.get("pvo_supplier", ""), header.get("pvo_part", "")),
               **_prefixed("prh_hist", receipt), **_prefixed("pvo_mstr", header),
               **_prefixed("pvod_det", {n: v for n, v in detail.items() if n != "pvod_finished"})}  # fmt: skip


def open_receivers(work: Work) -> Iterator[Row]:
    """Yield the pending invoices on which something is still open."""
    for row in pending(work):
        if open_quantity(work.find("pvod_det", row["pvo_mstr.pvo_id"], 1)):
            yield row


def invoices(work: Work) -> Iterator[Row]:
    """Yield the supplier invoices of the entity; names are those of the ``CInvoice`` object (inferred)."""
    for row in work.rows("supplierInvoices"):
        if same(row["entityCode"], work.entity):
            yield {**_prefixed("CInvoice", _invoice(row)), **_stamps("CInvoice", "CInvoice", row)}


def _invoice(row: Row) -> Row:
    get = row.get
    return {
        "tcCompanyCode": get("entityCode"), "tcCreditorCode": get("supplierCode"), "CInvoiceType": get("invoiceType"),
        "CInvoiceReference": get("invoiceReference"), "tcJournalCode": get("daybookCode"),
        "CInvoiceVoucher": get("voucher"), "CInvoicePostingYear": get("postingYear"),
        "CInvoicePostingPeriod": get("postingPeriod"), "CInvoicePostingDate": get("postingDate", ""),
        "CInvoiceDate": get("invoiceDate", ""), "CInvoiceDueDate": get("dueDate", ""),
        "tcCurrencyCode": get("currencyCode", ""), "tdCInvoiceAmountTC": get("invoiceAmount", 0),
        "CInvoiceBalanceTC": get("balance", 0), "CInvoiceHoldAmountTC": get("holdAmount", 0),
        "tcReasonCode": get("invoiceStatusCode", ""), "CInvoiceIsInitialStatus": get("isInitialStatus", False),
        "CInvoiceDescription": get("description", ""),
    }  # fmt: skip


def _item(row: Row) -> Row:
    get = row.get
    fields = {"pt_domain": get("domainCode"), "pt_part": get("itemCode"), "pt_desc1": get("description1", ""),
              "pt_desc2": get("description2", ""), "pt_um": get("unitOfMeasure", ""),
              "pt_status": get("itemStatus", ""), "pt_prod_line": get("productLine", "")}  # fmt: skip
    return {**_prefixed("pt_mstr", fields), **_stamps("pt_mstr", "pt", row)}


def items(work: Work) -> Iterator[Row]:
    """Yield the items of the domain."""
    for row in work.rows("items"):
        if same(row["domainCode"], work.domain):
            yield _item(row)


def accounts(work: Work) -> Iterator[Row]:
    """Yield the GL accounts, named as in the legacy ``ac_mstr``."""
    for row in work.rows("glAccounts"):
        get = row.get
        fields = {"ac_code": get("glAccountCode"), "ac_desc": get("glAccountDescription", ""),
                  "ac_curr": get("currencyCode", ""), "ac_active": get("isActive", False),
                  "ac_gl_type": get("glAccountType", "")}  # fmt: skip
        yield {**_prefixed("ac_mstr", fields), **_stamps("ac_mstr", "ac", row)}


def cost_centers(work: Work) -> Iterator[Row]:
    """Yield the cost centres, named as in the legacy ``cc_mstr``."""
    for row in work.rows("costCenters"):
        fields = {"cc_ctr": row["costCenterCode"], "cc_desc": row.get("costCenterDescription", ""),
                  "cc_active": row.get("isActive", False)}  # fmt: skip
        yield {**_prefixed("cc_mstr", fields), **_stamps("cc_mstr", "cc", row)}


def vouchers(work: Work) -> Iterator[Row]:
    """Yield the voucher history of the domain."""
    for row in work.rows("vph_hist"):
        if same(row["vph_domain"], work.domain):
            yield _prefixed("vph_hist", row)


SOURCES: dict[str, Callable[[Work], Iterator[Row]]] = {
    "suppliers": suppliers, "orders": orders, "order_lines": order_lines, "receipts": receipts, "pending": pending,
    "open_receivers": open_receivers, "invoices": invoices, "items": items, "accounts": accounts,
    "cost_centers": cost_centers, "vouchers": vouchers,
}  # fmt: skip

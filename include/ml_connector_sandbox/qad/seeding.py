"""Putting records straight into a tenant, in any state, with the vendor's own field names."""

from __future__ import annotations

from typing import Any

from . import rules_invoice, rules_receipt, rules_supplier
from .reading import blank
from .rules_order_line import next_number
from .schema import ENTITIES, PARTS, TABLES, Entity
from .tenant import Row
from .values import read_date
from .work import Draft, Work

ORDER = ("mfgSuppliers", "purchaseOrderHeaders", "purchaseOrderLines", "purchaseOrderReceipts", "supplierInvoices")
"""Entities that need others before them, in that order."""
_GIVEN = ("lastModifiedDate", "lastModifiedTime", "lastModifiedUser", "concurrencyHash", "tcRowid")


def ranked(name: str) -> int:
    """Return when an entity has its turn."""
    return ORDER.index(name) if name in ORDER else -1


def put(work: Work, name: str, given: Row) -> None:
    """Store one record; nothing is refused.

    A supplier brings its business relation and its domain records, a receipt its history and pending invoices, an
    invoice its number, its postings and the effects of its matching. An order may hold ``purchaseOrderLines``.

    Raises:
        ValueError: when a key is missing, or a receipt names no order line.
    """
    if name in TABLES:
        _need_keys(name, TABLES[name], given)
        work.tenant.put(name, dict(given))
        return
    kind = ENTITIES[name]
    old = work.find(name, *(given.get(key) for key in kind.keys))
    draft = Draft(kind, whole(kind, given, old or {}), old, given)
    _fill(work, draft)
    _need_keys(name, kind.keys, draft.data)
    keep(work, draft, given)
    _follow(work, draft, given)


def keep(work: Work, draft: Draft, given: Row) -> None:
    """Store a draft, with the stamps that were given."""
    row = work.tenant.save(draft.kind, draft.data, work.now, work.user)
    stamps = {key: given[key] for key in _GIVEN if given.get(key)}
    if stamps:
        row |= stamps
        work.tenant.keep(draft.kind, row)


def whole(kind: Entity, given: Row, old: Row) -> Row:
    """Return the record with all fields; rows inside it have all of theirs."""
    made = {**blank(kind), **({} if old else {"isActive": True} if "isActive" in kind.fields else {}), **old}
    for name, value in given.items():
        one = kind.fields.get(name)
        if one is None:
            continue
        made[name] = read_date(value) if one.kind == "d" and value else value
        if name in PARTS and value:
            made[name] = [_part(name, row) for row in value] if isinstance(value, list) else _part(name, value)
    return made


def _part(name: str, row: Row) -> Row:
    fields = PARTS[name]
    made = {key: one.blank() for key, one in fields.items()} | row
    if isinstance(made.get("lines"), list):
        made["lines"] = [_part("lines", line) for line in made["lines"]]
    return made


def _fill(work: Work, draft: Draft) -> None:
    """Fill what the vendor would have filled, and carry out what the record does."""
    data, name = draft.data, draft.kind.name
    if draft.kind.scope and not data[draft.kind.scope]:
        data[draft.kind.scope] = work.domain if draft.kind.scope == "domainCode" else work.entity
    if not draft.is_new:
        return
    _DEFAULTS.get(name, _nothing)(work, draft)


def _nothing(_work: Work, _draft: Draft) -> None:
    """Fill nothing."""


def _supplier(work: Work, draft: Draft) -> None:
    data = draft.data
    data["sharedSetCode"] = data["sharedSetCode"] or work.shared_set
    data["businessRelationCode"] = data["businessRelationCode"] or data["supplierCode"]
    data["addressSearchName"] = data["addressSearchName"] or data["businessRelationName"]
    data["isCreateBusinessRelationRequired"] = work.find("businessRelationV2s", data["businessRelationCode"]) is None
    defaults = {"currencyCode": "USD", "creditTermsCode": "N30", "invoiceStatusCode": "AP-INITIAL",
                "invoiceControlGLProfileCode": "SUP-INV", "creditNoteControlGLProfileCode": "SUP-CN",
                "prePaymentControlGLProfileCode": "SUP-PRE", "purchaseAccountGLProfileCode": "SUP-PUR"}  # fmt: skip
    data |= {name: value for name, value in defaults.items() if not data[name]}
    rules_supplier.commit(work, draft)


def _order(work: Work, draft: Draft) -> None:
    data = draft.data
    supplier = work.supplier(data["supplierCode"]) or {}
    stub = work.find("mfgSuppliers", data["domainCode"], data["supplierCode"]) or {}
    defaults: Row = {"currencyCode": supplier.get("currencyCode") or "USD", "orderStatus": "O", "exchangeRate": 1,
                     "creditTermsCode": supplier.get("creditTermsCode", ""), "exchangeRate2": 1,
                     "daybookSetCode": stub.get("daybookSetCode", ""), "exchangeRateType": "ACCOUNTING",
                     "shipToSite": stub.get("siteCode", ""), "billToCode": stub.get("siteCode", "")}  # fmt: skip
    data |= {name: value for name, value in defaults.items() if not data[name]}
    if "isConfirmed" not in draft.sent:
        data["isConfirmed"] = True


def _order_line(work: Work, draft: Draft) -> None:
    data = draft.data
    order = work.find("purchaseOrderHeaders", data["domainCode"], data["purchaseOrderNumber"]) or {}
    item = work.find("items", data["domainCode"], data["itemCode"]) or {}
    data["purchaseOrderLine"] = data["purchaseOrderLine"] or next_number(work, data)
    defaults = {"siteCode": order.get("shipToSite", ""), "dueDate": order.get("dueDate", ""),
                "itemDescription": item.get("description1", ""), "unitOfMeasure": item.get("unitOfMeasure", "EA"),
                "purchaseCost": item.get("purchaseCost", 0),
                "glAccountCode": item.get("glAccountCode", "")}  # fmt: skip
    data |= {name: value for name, value in defaults.items() if not data[name] and name not in draft.sent}


def _receipt(work: Work, draft: Draft) -> None:
    data = draft.data
    data["receiptDate"] = data["receiptDate"] or f"{work.now:%Y-%m-%d}"
    for line in data["purchaseOrderReceiptLines"]:
        key = (data["domainCode"], data["purchaseOrderNumber"], line["purchaseOrderLine"])
        if work.find("purchaseOrderLines", *key) is None:
            raise ValueError(f"receipt of an order line that does not exist: {key}")
    rules_receipt.commit(work, draft)


def _invoice(work: Work, draft: Draft) -> None:
    data = draft.data
    day = data["invoiceDate"] or data["postingDate"] or f"{work.now:%Y-%m-%d}"
    is_credit = data["invoiceType"] == "CreditNote"
    defaults = {"invoiceType": "Invoice", "daybookCode": "SUPCN" if is_credit else "SUPINV", "invoiceDate": day,
                "postingDate": day, "invoiceStatusCode": "AP-INITIAL", "currencyCode": "USD"}  # fmt: skip
    data |= {name: value for name, value in defaults.items() if not data[name]}
    rules_invoice.commit(work, draft)
    status = work.find("invoiceStatusCodes", data["invoiceStatusCode"]) or {}
    if status.get("allocationStatus") == "Allocation":
        data["allocatedAmount"] = data["allocatedAmount"] or abs(data["invoiceAmount"])
    data |= {name: draft.sent[name] for name in _STATES if name in draft.sent}


_STATES = ("invoiceStatusCode", "isInitialStatus", "balance", "allocatedAmount", "holdAmount", "postingYear",
           "postingPeriod")  # fmt: skip
_DEFAULTS: dict[str, Any] = {
    "supplierV2s": _supplier, "purchaseOrderHeaders": _order, "purchaseOrderLines": _order_line,
    "purchaseOrderReceipts": _receipt, "supplierInvoices": _invoice,
}  # fmt: skip


def edited(work: Work, draft: Draft) -> None:
    """Store what a person has changed; an invoice that is now matched or allocated has the effects of that."""
    if draft.kind.name == "supplierInvoices" and {"receiverMatching", "supplierInvoiceGLLines"} & set(draft.sent):
        rules_invoice.commit(work, draft)
    keep(work, draft, draft.sent)


def _need_keys(name: str, keys: tuple[str, ...], row: Row) -> None:
    missing = [key for key in keys if row.get(key) in {None, ""}]
    if missing:
        raise ValueError(f"{name} without {', '.join(missing)}")


def _follow(work: Work, draft: Draft, given: Row) -> None:
    """Store what comes with the record."""
    if draft.kind.name == "supplierV2s":
        rules_supplier.after(work, draft)
    if draft.kind.name == "purchaseOrderHeaders":
        keys = {key: draft.data[key] for key in draft.kind.keys}
        for line in given.get("purchaseOrderLines", []):
            put(work, "purchaseOrderLines", {**line, **keys})

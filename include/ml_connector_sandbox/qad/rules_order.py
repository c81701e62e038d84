"""Purchase order headers."""

from __future__ import annotations

from collections.abc import Callable

from .tenant import Row
from .values import same
from .work import Draft, Work

OPEN, CLOSED, CANCELLED = "O", "C", "X"
"""``O`` is seen; the other two are inferred from the tables."""
_FIXED_ONCE_RECEIVED = ("supplierCode", "currencyCode")


def initialize(work: Work, draft: Draft) -> None:
    """Fill a blank header."""
    draft.data |= {"domainCode": work.domain, "orderDate": f"{work.now:%Y-%m-%d}", "dueDate": f"{work.now:%Y-%m-%d}",
                   "exchangeRate": 1, "exchangeRate2": 1, "exchangeRateType": "ACCOUNTING", "orderStatus": OPEN,
                   "transmitFlag": "1", "ERSOption": "1", "ERSPriceListOption": "0"}  # fmt: skip


def check(work: Work, draft: Draft) -> None:
    """Check the supplier, its domain data, and that a received order stays what it was."""
    data = draft.data
    if draft.old is None or data["supplierCode"] != draft.old["supplierCode"]:
        _check_supplier(work, draft)
    if data["orderStatus"] not in {"", OPEN, CLOSED, CANCELLED}:
        draft.problems.append(work.unresolved("orderStatus", data["orderStatus"]))
    if draft.old is None:
        return
    if _received(work, draft.old):
        for name in _FIXED_ONCE_RECEIVED:
            if not same(data[name], draft.old[name]):
                draft.refuse(name, "Receipts exist for this order", data[name])
        if data["orderStatus"] == CANCELLED:
            draft.refuse("orderStatus", "Receipts exist for this order", CANCELLED)


def _check_supplier(work: Work, draft: Draft) -> None:
    code = draft.data["supplierCode"]
    supplier = work.supplier(code)
    if supplier is None:
        if code:
            draft.problems.append(work.unresolved("supplierCode", code))
        return
    if not supplier.get("isActive"):
        draft.refuse("supplierCode", "Supplier is not active", code)
    stub = work.find("mfgSuppliers", work.domain, code) or {}
    if not stub.get("siteCode") or not stub.get("daybookSetCode"):
        draft.refuse("supplierCode", f"Supplier has no site or daybook set in domain {work.domain}", code)


def _received(work: Work, order: Row) -> bool:
    return any(line.get("quantityReceived") for line in lines_of(work, order))


def lines_of(work: Work, order: Row) -> list[Row]:
    """Return the lines of an order by number."""
    rows = work.tenant.book("purchaseOrderLines").group(order["domainCode"], order["purchaseOrderNumber"])
    return sorted(rows, key=lambda row: int(row["purchaseOrderLine"]))


def commit(work: Work, draft: Draft) -> None:
    """Number an order without number, and fill the defaults of status and rates."""
    data = draft.data
    while draft.is_new and not data["purchaseOrderNumber"]:
        number = f"PO{work.tenant.next('order'):06}"
        data["purchaseOrderNumber"] = "" if work.find("purchaseOrderHeaders", work.domain, number) else number
    data["orderStatus"] = data["orderStatus"] or OPEN
    data["exchangeRate"] = data["exchangeRate"] or work.rate(data["currencyCode"]) or 1
    data["exchangeRate2"] = data["exchangeRate2"] or 1
    data["exchangeRateType"] = data["exchangeRateType"] or "ACCOUNTING"


def _supplier_changed(work: Work, draft: Draft) -> None:
    """Bring the supplier's currency, terms, language, site and daybook set."""
    data = draft.data
    supplier = work.supplier(data["supplierCode"])
    if supplier is None:
        draft.problems.append(work.unresolved("supplierCode", data["supplierCode"]))
        return
    stub = work.find("mfgSuppliers", work.domain, data["supplierCode"]) or {}
    data |= {name: supplier.get(name, "") for name in ("currencyCode", "creditTermsCode", "languageCode")}
    data |= {"daybookSetCode": stub.get("daybookSetCode", ""), "shipToSite": stub.get("siteCode", ""),
             "billToCode": stub.get("siteCode", "")}  # fmt: skip


def currency_changed(work: Work, draft: Draft) -> None:
    """Bring the currency's exchange rate, of an order or an invoice (inferred)."""
    rate = work.rate(draft.data["currencyCode"])
    if not rate:
        draft.refuse("currencyCode", "Exchange rate does not exist", draft.data["currencyCode"])
        return
    draft.data["exchangeRate"] = rate
    if "exchangeRate2" in draft.data:
        draft.data["exchangeRate2"] = 1


CHANGES: dict[str, Callable[[Work, Draft], None]] = {
    "supplierCode": _supplier_changed, "currencyCode": currency_changed
}  # fmt: skip

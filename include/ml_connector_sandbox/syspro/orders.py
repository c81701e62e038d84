"""PORTOI: purchase orders are added, changed and cancelled.

Elements: https://github.com/LuntuSYSPRO/myGitHub-rep (``business_objects_catalog.json``, PORTOI); answer and error
240004: traffic of https://github.com/wildland/syspro-ruby (``test/cassettes``). Inferred: an order whose goods have
come cannot be cancelled; without price method ``M`` the price is the system's own. Error texts are ours.
"""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from . import call as codes
from .call import Call, Item
from .company import Values
from .ledger import foreign_rate
from .markup import Node, document
from .order_lines import check_lines, write_lines
from .posting import post

_HEAD = "OrderHeader/"
_COPIED = {
    "Customer": 15, "CustomerPoNumber": 30, "ShippingInstrs": 50, "Buyer": 20, "DeliveryName": 50,
    "DeliveryAddr1": 40, "DeliveryAddr2": 40, "DeliveryAddr3": 40, "DeliveryAddr4": 40, "DeliveryAddr5": 40,
    "OrderType": 1, "TaxStatus": 1, "PaymentTerms": 3, "ExchRateFixed": 1,
}  # fmt: skip


def post_orders(call: Call) -> Response:
    """Return the answer to Transaction/Post of purchase orders; each order is posted or refused for itself."""
    made = post(call, call.document.findall("Orders"), lambda item: _one(call, item), is_whole=False)
    children: list[Node] = []
    for index, (item, nodes) in enumerate(zip(made.items, made.posted, strict=True), start=1):
        head: list[Node] = [] if made.is_validation else list(nodes or [])
        named: list[Node] = [
            ("ItemNumber", f"{index:06}"),
            ("OrderActionType", item.text(f"{_HEAD}OrderActionType")),
            ("Supplier", call.padded(item.text(f"{_HEAD}Supplier"))),
        ]
        children.append(("Order", [*head, *named, *item.troubles()]))
    return document("postpurchaseorders", [*children, ("StatusofItems", made.counts(width=6))])


def _one(call: Call, item: Item) -> list[Node] | None:
    action = item.text(f"{_HEAD}OrderActionType")
    if action not in {"A", "C", "D"}:
        item.reject(f"{_HEAD}OrderActionType", codes.BAD_OPTION, f"Order action type '{action}' is invalid")
        return None
    old = _old(call, item, action)
    header = _header(call, item, old) if action != "D" else {}
    lines = check_lines(call, item, old, header) if action != "D" and header else []
    if action == "D" and old is not None:
        _check_cancel(call, item, old)
    if item.is_refused(ignore_warnings=call.is_on("IgnoreWarnings")):
        return None
    number = old["PurchaseOrder"] if old else item.text(f"{_HEAD}PurchaseOrder") or _next(call)
    if action == "D":
        call.company.change("PorMasterHdr", {**(old or {})}, OrderStatus="*", CancelledFlag="Y")
    else:
        call.company.put("PorMasterHdr", {**(old or {}), **header, "PurchaseOrder": call.padded(number)})
        write_lines(call, call.padded(number), lines)
    is_told = action != "A" or not call.settings.omit_new_number
    return [("Key", [("PurchaseOrder", call.padded(number))])] if is_told else []


def _next(call: Call) -> str:
    return f"{call.company.next('PorMasterHdr'):0{call.settings.key_padding}}"


def _old(call: Call, item: Item, action: str) -> Values | None:
    """Return the order to change, None for a new one; note what is wrong with its number."""
    path = f"{_HEAD}PurchaseOrder"
    number = call.padded(item.text(path, 20))
    found = call.company.get("PorMasterHdr", number)
    is_manual = call.settings.po_numbering == "manual"
    if action == "A":
        if found is not None and is_manual:
            item.reject(path, codes.EXISTS, f"Purchase order '{number}' already exists")
        elif bool(number) != is_manual:
            text = "must be supplied" if is_manual else "must be blank, numbering is automatic"
            item.reject(path, codes.MISSING if is_manual else codes.NOT_ALLOWED, f"Purchase order number {text}")
        return None
    if found is None:
        item.reject(path, codes.NOT_FOUND, f"Purchase order '{number}' not found")
    elif found["OrderStatus"] in {"9", "*"}:
        item.reject(path, codes.NOT_ALLOWED, f"Purchase order '{number}' is complete or cancelled")
    return found


def _check_cancel(call: Call, item: Item, old: Values) -> None:
    if any(line["MReceivedQty"] for line in call.company.lines(old["PurchaseOrder"])):
        item.reject(f"{_HEAD}PurchaseOrder", codes.IN_USE, "Purchase order has receipts and cannot be cancelled")


def _header(call: Call, item: Item, old: Values | None) -> Values:
    """Return the columns of the header; empty when the supplier is not known."""
    path = f"{_HEAD}Supplier"
    code = call.padded(item.text(path)) or (old or {}).get("Supplier", "")
    supplier = call.company.get("ApSupplier", code)
    if supplier is None:
        item.reject(path, codes.NOT_FOUND, f"Supplier '{code}' not found")
        return {}
    if supplier["PurchOrdAllowed"] == "N":
        item.reject(path, codes.NOT_ALLOWED, f"Purchase orders are not allowed for supplier '{code}'")
    if supplier["OnHold"] == "Y":
        item.warn(path, codes.ON_HOLD, f"Supplier '{code}' is on hold")
    warehouse = item.text(f"{_HEAD}Warehouse")
    known = call.company.get("InvWhControl", warehouse)
    item.known(f"{_HEAD}Warehouse", known, codes.WAREHOUSE, "Warehouse")
    base = old or _fresh(call, supplier)
    copied = {name: item.text(_HEAD + name, size) for name, size in _COPIED.items()}
    made = {**base, **{name: value for name, value in copied.items() if value}, "Supplier": code}
    return made | _dates_and_rate(item, made, warehouse, call.company.today())


def _fresh(call: Call, supplier: Values) -> Values:
    is_ready = call.is_on("ChgPOStatToReadyToPrint")
    return {
        "OrderStatus": "1" if is_ready else call.settings.po_status, "OrderType": "L", "TaxStatus": "N",
        "CancelledFlag": "", "Currency": supplier["Currency"], "SupplierClass": supplier["SupplierClass"],
        "ExchangeRate": foreign_rate(call.company, supplier["Currency"])[0], "ExchRateFixed": "N",
        "PaymentTerms": supplier["TermsCode"], "Warehouse": "",
    }  # fmt: skip


def _dates_and_rate(item: Item, base: Values, warehouse: str, today: date) -> Values:
    entered = item.day(f"{_HEAD}OrderDate") or base.get("OrderEntryDate") or today
    return {
        "OrderEntryDate": entered,
        "OrderDueDate": item.day(f"{_HEAD}DueDate") or base.get("OrderDueDate") or entered,
        "MemoDate": item.day(f"{_HEAD}MemoDate") or base.get("MemoDate"),
        "ExchangeRate": abs(item.number(f"{_HEAD}ExchangeRate", 6)) or base["ExchangeRate"],
        "Warehouse": warehouse or base["Warehouse"],
    }

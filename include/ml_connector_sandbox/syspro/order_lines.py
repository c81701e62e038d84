"""The lines of PORTOI.

Elements of StockLine: https://github.com/LuntuSYSPRO/myGitHub-rep (``business_objects_catalog.json``, PORTOI). The
elements of CommentLine, MiscChargeLine and FreightLine are not in it; ``Comment``, ``MiscDescription``,
``MiscChargeValue`` and ``FreightValue`` are names of our own choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree as ET

from . import call as codes
from .call import Call, Item
from .company import Values
from .ledger import foreign_rate, to_local

_ROOT = "OrderDetails/"
_TYPES = {"CommentLine": "6", "MiscChargeLine": "5", "FreightLine": "4"}


@dataclass(frozen=True)
class Planned:
    """A line to be written (`action` A or C) or deleted (D)."""

    action: str
    line: int
    values: Values


def check_lines(call: Call, order: Item, old: Values | None, header: Values) -> list[Planned]:
    """Return what is to become of the lines; what is wrong is noted at the order."""
    details = order.element.find("OrderDetails")
    known = {line["Line"]: line for line in call.company.lines(old["PurchaseOrder"])} if old else {}
    following = max(known, default=0)
    made = []
    for element in details if details is not None else []:
        item = Item(element)
        if element.tag == "StockLine":
            action = item.text("LineActionType") or "A"
            following += action == "A"
            new = Planned(action, following, _new_line(call, item, header)) if action == "A" else None
            made.append(new or _old_line(call, item, header, known, action))
        elif element.tag in _TYPES:
            following += 1
            made.append(Planned("A", following, _other_line(item, element)))
        order.errors += [(f"{_ROOT}{element.tag}/{path}", *rest) for path, *rest in item.errors]  # type: ignore[misc]
        order.warnings += [(f"{_ROOT}{element.tag}/{path}", *rest) for path, *rest in item.warnings]  # type: ignore[misc]
    return made


def _old_line(call: Call, item: Item, header: Values, known: dict[int, Values], action: str) -> Planned:
    number = int(item.number("PurchaseOrderLine", 0))
    old = known.get(number)
    if old is None:
        item.reject("PurchaseOrderLine", codes.NOT_FOUND, f"Line '{number}' not found")
        return Planned("", number, {})
    if action == "D" and old["MReceivedQty"]:
        item.reject("PurchaseOrderLine", codes.IN_USE, f"Line '{number}' has receipts and cannot be deleted")
    return Planned(action, number, {} if action == "D" else _changed_line(call, item, header, old))


def _new_line(call: Call, item: Item, header: Values) -> Values:
    code = item.text("StockCode", 30)
    stock = call.company.get("InvMaster", code)
    if stock is None and not call.is_on("AllowNonStockItems"):
        item.reject("StockCode", codes.STOCK_CODE, f"Stock code '{code}' not found")
    elif stock is None:
        item.need("StockDescription", "OrderUom")
        if not call.is_on("AllowBlankLedgerCode"):
            item.need("LedgerCode")
    _check_codes(call, item, stock)
    unit = item.text("OrderUom", 10) or (stock or {}).get("StockUom", "")
    warehouse = item.text("Warehouse", 10) or header["Warehouse"] or (stock or {}).get("WarehouseToUse", "")
    due = item.day("LatestDueDate") or header["OrderDueDate"]
    return {
        "LineType": "1" if stock else "7", "MStockCode": code, "MWarehouse": warehouse,
        "MStockDes": item.text("StockDescription", 50) or (stock or {}).get("Description", ""),
        "MOrderUom": unit, "MStockingUom": unit, "MPriceUom": item.text("PriceUom", 10) or unit,
        "MOrderQty": _quantity(item), "MTaxCode": item.text("TaxCode", 3) or (stock or {}).get("TaxCode", ""),
        "MGlCode": item.text("LedgerCode", 35), "MProductClass": item.text("ProductClass", 20),
        "MSupCatalogue": item.text("SupCatalogue", 50), "MLatestDueDate": due, "MOrigDueDate": due,
        "MConvFactPrcUm": Decimal(1), "MMulDivPrc": "M", "MConvFactOrdUm": Decimal(1), "MMulDivAlloc": "M",
        "MCompleteFlag": "N", **_price(call, item, header, stock, warehouse),
    }  # fmt: skip


def _check_codes(call: Call, item: Item, stock: Values | None) -> None:
    company = call.company
    ledger = company.get("GenMaster", company.name, item.text("LedgerCode"))
    item.known("LedgerCode", ledger, codes.GL_CODE, "Ledger code")
    item.known("TaxCode", company.get("AdmTax", item.text("TaxCode")), codes.TAX_CODE, "Tax code")
    item.known("Warehouse", company.get("InvWhControl", item.text("Warehouse")), codes.WAREHOUSE, "Warehouse")
    unit = item.text("OrderUom")
    if stock and unit and unit not in {stock["StockUom"], stock["AlternateUom"], stock["OtherUom"]}:
        item.reject("OrderUom", codes.BAD_OPTION, f"Unit of measure '{unit}' is invalid for the stock code")
    if stock and stock["PurchOnHold"] == "Y":
        item.reject("StockCode", codes.NOT_ALLOWED, f"Stock code '{stock['StockCode']}' is on hold for purchasing")


def _quantity(item: Item) -> Decimal:
    made = item.number("OrderQty", 6)
    if made <= 0 and not item.errors:
        item.reject("OrderQty", codes.BAD_OPTION, "Order quantity must be greater than zero")
    return made


def _price(call: Call, item: Item, header: Values, stock: Values | None, warehouse: str) -> Values:
    """Return the prices of a line; a stocked line without price method ``M`` has the warehouse's unit cost."""
    rate = header["ExchangeRate"], foreign_rate(call.company, header["Currency"])[1]
    if stock and item.text("PriceMethod") != "M":
        cost = (call.company.get("InvWarehouse", stock["StockCode"], warehouse) or {}).get("UnitCost", Decimal(0))
        return {"MPrice": cost, "MForeignPrice": cost if header["Currency"] == call.company.local_currency else Decimal(
            cost * rate[0] if rate[1] == "D" else cost / rate[0]).quantize(Decimal("0.00001"))}  # fmt: skip
    price = item.number("Price", 5)
    if price <= 0 and not call.is_on("AllowZeroPrice"):
        item.reject("Price", codes.BAD_OPTION, "Price must be greater than zero")
    return {"MPrice": to_local(price, rate, 5), "MForeignPrice": price}


def _changed_line(call: Call, item: Item, header: Values, old: Values) -> Values:
    stock = call.company.get("InvMaster", old["MStockCode"])
    _check_codes(call, item, stock)
    made = dict(old)
    if item.text("OrderQty"):
        made["MOrderQty"] = _quantity(item)
        if made["MOrderQty"] < old["MReceivedQty"]:
            item.reject("OrderQty", codes.TOO_MUCH, "Order quantity is less than the quantity received")
    if item.text("Price"):
        made |= _price(call, item, header, stock, old["MWarehouse"])
    made["MLatestDueDate"] = item.day("LatestDueDate") or old["MLatestDueDate"]
    for name, column in (("LedgerCode", "MGlCode"), ("TaxCode", "MTaxCode"), ("StockDescription", "MStockDes")):
        made[column] = item.text(name) or old[column]
    return made


def _other_line(item: Item, element: ET.Element) -> Values:
    if element.tag == "CommentLine":
        return {"LineType": "6", "NComment": item.text("Comment", 100)}
    value = item.number("MiscChargeValue" if element.tag == "MiscChargeLine" else "FreightValue", 2)
    text = item.text("MiscDescription", 100)
    return {
        "LineType": _TYPES[element.tag],
        "NMscChargeValue": value,
        "NComment": text,
        "MGlCode": item.text("LedgerCode"),
    }


def write_lines(call: Call, order: str, lines: list[Planned]) -> None:
    """Write what `check_lines` has planned."""
    for planned in lines:
        if planned.action == "D":
            call.company.drop("PorMasterDetail", (order, planned.line))
        else:
            call.company.put("PorMasterDetail", {**planned.values, "PurchaseOrder": order, "Line": planned.line})

"""PORTOR: goods are received against an order.

Elements: https://github.com/LuntuSYSPRO/myGitHub-rep (``business_objects_catalog.json``, PORTOR); the answer without
counts is recorded by https://github.com/wildland/syspro-ruby (``test/cassettes``). A GRN is written where the
supplier's GRN matching is on (https://syspro.com, GRN suspense); PorHistReceipt keeps every receipt. Inspection is
not simulated. TransactionDate is the receipt's date, today where it is not given.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count

from starlette.responses import Response

from . import call as codes
from .call import Call, Item
from .company import Values
from .ledger import GRN_SUSPENSE, Entry, post_journal
from .markup import Node, document
from .posting import post
from .values import rounded


def post_receipts(call: Call) -> Response:
    """Return the answer to Transaction/Post of receipts."""
    journal, entries = call.company.counters.get("InvJournal", 0) + 1, count(1)
    received = call.document.findall("Item/Receipt")
    made = post(call, received, lambda item: _one(call, item, journal, entries))
    if any(nodes is not None for nodes in made.posted) and not made.is_validation:
        call.company.at_least("InvJournal", journal)
    children: list[Node] = []
    for index, (item, nodes) in enumerate(zip(made.items, made.posted, strict=True), start=1):
        shown: list[Node] = [] if made.is_validation else list(nodes or [])
        children.append(("Item", [*shown, *item.troubles(), ("ItemNumber", f"{index:06}")]))
    is_recorded = call.settings.receipt_output == "recorded" and not made.invalid
    tail: list[Node] = [] if is_recorded else [("StatusOfItems", made.counts())]
    return document("postpurchaseorderreceipts", [*children, *tail])


def _one(call: Call, item: Item, journal: int, entries: count[int]) -> list[Node] | None:
    header = call.company.get("PorMasterHdr", call.padded(item.text("PurchaseOrder")))
    line = _line(call, item, header)
    quantity = item.number("Quantity", 6)
    if quantity <= 0 and not item.errors:
        item.reject("Quantity", codes.BAD_OPTION, "Quantity must be greater than zero")
    if line is not None and quantity > line["MOrderQty"] - line["MReceivedQty"]:
        item.warn("Quantity", codes.TOO_MUCH, "Quantity is greater than the outstanding quantity")
    cost = _cost(item, line)
    day = _day(call, item)
    item.text("DeliveryNote", 30)
    if header is None or line is None or item.is_refused(ignore_warnings=call.is_on("IgnoreWarnings")):
        return None
    _receive(call, header, line, quantity, day)
    value = rounded(quantity * cost, 8)
    grn = _grn(call, item, header, line, value=value, day=day, journal=(journal, next(entries)))
    return _told(call, line, grn, journal, day)


def _line(call: Call, item: Item, header: Values | None) -> Values | None:
    if header is None:
        item.reject("PurchaseOrder", codes.NOT_FOUND, f"Purchase order '{item.text('PurchaseOrder')}' not found")
        return None
    if header["OrderStatus"] in {"9", "*"}:
        item.reject("PurchaseOrder", codes.NOT_ALLOWED, "Purchase order is complete or cancelled")
    number = int(item.number("PurchaseOrderLine", 0))
    line = call.company.get("PorMasterDetail", header["PurchaseOrder"], number)
    if line is None or line["LineType"] not in {"1", "7"}:
        item.reject("PurchaseOrderLine", codes.NOT_FOUND, f"Line '{number}' not found or not a merchandise line")
        return None
    if line["MCompleteFlag"] == "Y":
        item.reject("PurchaseOrderLine", codes.NOT_ALLOWED, f"Line '{number}' is complete")
    return line


def _cost(item: Item, line: Values | None) -> Decimal:
    if item.text("CostBasis") == "P" or not item.text("Cost"):
        return Decimal(line["MPrice"]) if line else Decimal(0)
    return item.number("Cost", 5)


def _day(call: Call, item: Item) -> date:
    """Return the date of the receipt; one that is none, or in a closed period, is noted (the element is our choice)."""
    text, today = call.option("TransactionDate"), call.company.today()
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        item.reject("Quantity", codes.BAD_DATE, f"Date '{text}' is invalid", text)
        return today
    period = day.isoformat()[:7]
    if period in call.settings.closed_periods:
        item.reject("Quantity", codes.PERIOD_CLOSED, f"Period {period} is closed")
    return day


def _receive(call: Call, header: Values, line: Values, quantity: Decimal, day: date) -> None:
    """Raise what was received; complete the line, and the order with its last line."""
    company = call.company
    received = line["MReceivedQty"] + quantity
    flag = "Y" if received >= line["MOrderQty"] else "N"
    company.change("PorMasterDetail", line, MReceivedQty=received, MLastReceiptDat=day, MCompleteFlag=flag)
    lines = [each for each in company.lines(header["PurchaseOrder"]) if each["LineType"] in {"1", "7"}]
    if all(each["MCompleteFlag"] == "Y" for each in lines):
        company.change("PorMasterHdr", header, OrderStatus="9", DatePoCompleted=day)
    stock = company.get("InvWarehouse", line["MStockCode"], line["MWarehouse"])
    if stock is not None:
        company.change("InvWarehouse", stock, QtyOnHand=stock["QtyOnHand"] + quantity)


def _grn(
    call: Call, item: Item, header: Values, line: Values, *, value: Decimal, day: date, journal: tuple[int, int]
) -> str:
    """Write the receipt, and its GRN where goods received are matched; return the GRN's number."""
    company, quantity = call.company, item.number("Quantity", 6)
    grn = call.padded(item.text("GRNNumber", 20)) or f"{company.next('GrnDetails'):0{call.settings.key_padding}}"
    company.put("PorHistReceipt", {
        "PurchaseOrder": line["PurchaseOrder"], "PurchaseOrderLin": line["Line"], "DateReceived": day,
        "QtyReceived": quantity, "PriceReceived": line["MPrice"], "Reference": item.text("DeliveryNote") or grn,
    })  # fmt: skip
    supplier = company.get("ApSupplier", header["Supplier"]) or {}
    if supplier.get("GrnMatchReqd") != "Y" and item.text("SwitchOnGRNMatching") != "Y":
        return ""
    company.put("GrnDetails", {
        "Supplier": header["Supplier"], "Grn": grn, "GrnSource": item.text("GRNSource") or "1",
        "Journal": journal[0], "JournalEntry": journal[1], "PurchaseOrder": line["PurchaseOrder"],
        "PurchaseOrderLin": line["Line"], "StockCode": line["MStockCode"], "StockDescription": line["MStockDes"],
        "Warehouse": line["MWarehouse"], "QtyReceived": quantity, "QtyUom": line["MOrderUom"],
        "DebitRecGlCode": GRN_SUSPENSE, "OrigGrnValue": value, "CurGrnValue": value, "OrigReceiptDate": day,
        "PostCurrency": company.local_currency, "ConvRate": Decimal(1), "MulDiv": "M", "GrnYear": day.year,
        "GrnMonth": day.month,
    })  # fmt: skip
    booked = rounded(value, 2)
    entries = [Entry(line["MGlCode"] or "00-1300", booked, grn), Entry(GRN_SUSPENSE, -booked, grn)]
    post_journal(company, (day.year, day.month), entries, source="GR", journal=journal[0], operator=call.operator)
    return grn


def _told(call: Call, line: Values, grn: str, journal: int, day: date) -> list[Node]:
    """Return what names a receipt: as recorded, or as the catalogue's sample does."""
    order, number = str(line["PurchaseOrder"]), f"{line['Line']:04}"
    if call.settings.receipt_output == "recorded":
        return [("Key", [("PurchaseOrder", order), ("Line", number), ("Grn", grn), ("LotNumber", "")])]
    receipt: list[Node] = [("GRN", grn), ("LotNumber", ""), ("PurchaseOrder", order), ("PurchaseOrderLine", number)]
    key: list[Node] = [("JnlYear", str(day.year)), ("JnlMonth", f"{day.month:02}"), ("Journal", f"{journal:05}")]
    return [("Receipt", receipt), ("Key", key)]

"""Business rules of purchase receipts, as far as three-way matching needs them.

With an order number and no line, all lines of the order that are open are added
(https://github.com/Acumatica/Acumatica-AI-Resources, User Guide, form PO302000).
"""

from decimal import Decimal
from typing import Any

from .draft import Draft
from .lookups import (
    BASE_CURRENCY,
    Context,
    check_item,
    check_listed,
    check_period,
    check_reference,
    check_vendor,
    find_item,
    missing,
    purchase_unit,
    require,
)
from .rules_lines import ZERO, currency_decimals, extend, line_total, number_lines
from .schema import TYPES


def find_order_line(ctx: Context, row: Draft) -> dict[str, Any] | None:
    """The order line that a receipt line receives."""
    order = ctx.find("PurchaseOrder", row.get("POOrderType") or "Normal", row.get("POOrderNbr"))
    lines = order.get("Details", []) if order else []
    return next((line for line in lines if line.get("LineNbr") == row.get("POLineNbr")), None)


def prepare(ctx: Context, draft: Draft) -> None:
    """Fill defaults and compute the totals."""
    vendor = ctx.find("Vendor", draft.get("VendorID")) or {}
    draft.default("Type", "Receipt")
    draft.default("Date", ctx.today)
    draft.default("Hold", ctx.settings.hold_orders_on_entry)
    draft.default("CreateBill", value=False)
    draft.default("CurrencyID", vendor.get("CurrencyID"))
    draft.default("BaseCurrencyID", BASE_CURRENCY)
    draft.default("Branch", ctx.home)
    draft.default("Location", "MAIN")
    _expand_orders(ctx, draft)
    decimals = currency_decimals(ctx, draft.get("CurrencyID"))
    for row in draft.details():
        _prepare_line(ctx, draft, row, decimals)
    number_lines(draft.details())
    draft.values["TotalCost"] = line_total(draft)
    draft.values["TotalQty"] = sum((row.get("ReceiptQty") or ZERO for row in draft.details()), ZERO)
    draft.default("ControlQty", ZERO)
    draft.default("UnbilledQuantity", draft.get("TotalQty"))


def _expand_orders(ctx: Context, draft: Draft) -> None:
    """Replace a new line that names a whole order by its open lines."""
    rows: list[Draft] = []
    for row in draft.details():
        order = ctx.find("PurchaseOrder", row.get("POOrderType") or "Normal", row.get("POOrderNbr"))
        if not row.is_new or order is None or row.get("POLineNbr") is not None:
            rows.append(row)
            continue
        lines = [line for line in order.get("Details", []) if not line.get("Completed")]
        values = [{**row.values, "POLineNbr": line["LineNbr"]} for line in lines]
        rows += [Draft(TYPES["PurchaseReceiptDetail"], values=value, sent=set(row.sent)) for value in values]
    draft.rows["Details"] = rows


def _prepare_line(ctx: Context, draft: Draft, row: Draft, decimals: int) -> None:
    """Fill a line from its order line or its item."""
    line = find_order_line(ctx, row)
    if line is not None:
        row.default("POOrderType", "Normal")
        row.default("InventoryID", line.get("InventoryID"))
        row.default("UOM", line.get("UOM"))
        row.default("UnitCost", line.get("UnitCost"))
        row.default("Warehouse", line.get("WarehouseID"))
        row.default("TransactionDescription", line.get("LineDescription"))
        row.default("OrderedQty", line.get("OrderQty"))
        row.default("ReceiptQty", max(line["OrderQty"] - line.get("QtyOnReceipts", ZERO), ZERO))
        row.default("LineType", line.get("LineType"))
    found = find_item(ctx, row.get("InventoryID"))
    if found is not None:
        row.default("UOM", purchase_unit(found[0]))
        row.default("TransactionDescription", found[0].get("Description"))
        row.default("Warehouse", found[0].get("DefaultWarehouseID"))
    row.default("Branch", draft.get("Branch"))
    extend(row, "ReceiptQty", decimals)


def check(ctx: Context, draft: Draft, before: dict[str, Any] | None) -> None:
    """Note every error of the receipt."""
    if before and before.get("Status") == "Released":
        draft.fail("", "The receipt is Released and cannot be changed.")
    check_vendor(ctx, draft, "VendorID")
    check_period(ctx, draft)
    check_listed(draft, "Branch", ctx.settings.branches, "Branch")
    for row in draft.details():
        require(row, "InventoryID", "Inventory ID")
        check_item(ctx, row)
        check_reference(ctx, row, "Warehouse", "Warehouse", "Warehouse")
        if row.get("POOrderNbr") is not None and find_order_line(ctx, row) is None:
            row.fail("POOrderNbr", missing(row.get("POOrderNbr"), "PO Number"))


def settle(_ctx: Context, draft: Draft, before: dict[str, Any] | None) -> None:
    """Give an unreleased receipt the status that its hold flag asks for."""
    if before is None or before.get("Status") != "Released":
        draft.values["Status"] = "On Hold" if draft.get("Hold") else "Balanced"


def number(ctx: Context, draft: Draft) -> None:
    """Assign the receipt number."""
    while draft.get("ReceiptNbr") is None or ctx.find("PurchaseReceipt", draft.get("Type"), draft.get("ReceiptNbr")):
        draft.values["ReceiptNbr"] = ctx.tenant.next_number("PurchaseReceipt")


def received(order: dict[str, Any], receipt_lines: list[dict[str, Any]]) -> None:
    """Add released receipt lines to the order's lines, and complete what has arrived in full."""
    for line in order.get("Details", []):
        arrived = sum(
            (row["ReceiptQty"] for row in receipt_lines if row.get("POLineNbr") == line["LineNbr"]), Decimal(0)
        )
        line["QtyOnReceipts"] = line.get("QtyOnReceipts", Decimal(0)) + arrived
        line["Completed"] = bool(line.get("Completed")) or (arrived > 0 and line["QtyOnReceipts"] >= line["OrderQty"])
    if order.get("Details") and all(line["Completed"] for line in order["Details"]):
        order["Status"] = "Completed"

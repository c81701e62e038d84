"""Bill lines that bill a line of a purchase order or of a receipt.

With order type and number but no line, all lines of the order are added
(https://github.com/Acumatica/Acumatica-AI-Resources, Integration Development Guide, "Create a bill for lines of a
purchase order"). Which orders may be billed, and the texts, are inferred.
"""

from decimal import Decimal
from typing import Any

from .draft import Draft
from .lookups import Context, find_item, missing
from .schema import TYPES

ACCRUAL_ACCOUNT = "20100"
_BILLABLE = frozenset({"Open", "Completed", "Pending Printing", "Pending Email"})


def _order(ctx: Context, row: Draft) -> dict[str, Any] | None:
    """The order that a bill line names."""
    return ctx.find("PurchaseOrder", row.get("POOrderType") or "Normal", row.get("POOrderNbr"))


def _order_line(ctx: Context, row: Draft) -> dict[str, Any] | None:
    """The order line that a bill line names."""
    order = _order(ctx, row)
    lines = order.get("Details", []) if order else []
    return next((line for line in lines if line.get("LineNbr") == row.get("POLine")), None)


def _receipt_line(ctx: Context, row: Draft) -> dict[str, Any] | None:
    """The receipt line that a bill line names."""
    receipt = ctx.find("PurchaseReceipt", row.get("POReceiptType") or "Receipt", row.get("POReceiptNbr"))
    lines = receipt.get("Details", []) if receipt and receipt.get("Status") == "Released" else []
    return next((line for line in lines if line.get("LineNbr") == row.get("POReceiptLine")), None)


def expand_links(ctx: Context, draft: Draft) -> None:
    """Replace a new line that names a whole order by a line for each line of the order."""
    rows: list[Draft] = []
    for row in draft.details():
        order = _order(ctx, row)
        if not row.is_new or order is None or row.get("POLine") is not None or row.get("POReceiptNbr") is not None:
            rows.append(row)
            continue
        for line in order.get("Details", []):
            copy = Draft(TYPES["BillDetail"], values={**row.values, "POLine": line["LineNbr"]}, sent=set(row.sent))
            rows.append(copy)
    draft.rows["Details"] = rows


def take_linked_line(ctx: Context, row: Draft) -> None:
    """Fill a bill line from the order or receipt line that it bills."""
    receipt_line = _receipt_line(ctx, row)
    if receipt_line is not None:
        row.default("POReceiptType", "Receipt")
        row.default("POOrderType", receipt_line.get("POOrderType"))
        row.default("POOrderNbr", receipt_line.get("POOrderNbr"))
        row.default("POLine", receipt_line.get("POLineNbr"))
        row.default("Qty", receipt_line.get("ReceiptQty"))
    line = _order_line(ctx, row)
    if line is None:
        return
    row.default("POOrderType", "Normal")
    found = find_item(ctx, line.get("InventoryID"))
    is_stock = found is not None and found[1]
    row.default("InventoryID", line.get("InventoryID"))
    row.default("Account", ACCRUAL_ACCOUNT if is_stock else line.get("Account"))
    row.default("Subaccount", line.get("Subaccount"))
    row.default("UOM", line.get("UOM"))
    row.default("TaxCategory", line.get("TaxCategory"))
    row.default("TransactionDescription", line.get("LineDescription"))
    row.default("Qty", line.get("OrderQty"))
    if "ExtendedCost" not in row.sent:
        row.default("UnitCost", line.get("UnitCost") or Decimal(0))


def check_link(ctx: Context, draft: Draft, row: Draft) -> None:
    """The order or receipt line exists, may be billed, and belongs to the bill's vendor."""
    if row.get("POReceiptNbr") is not None and _receipt_line(ctx, row) is None:
        row.fail("POReceiptNbr", missing(row.get("POReceiptNbr"), "PO Receipt Nbr."))
    if row.get("POOrderNbr") is None:
        return
    order = _order(ctx, row)
    if order is None:
        row.fail("POOrderNbr", missing(row.get("POOrderNbr"), "PO Number"))
        return
    line = _order_line(ctx, row)
    if line is None:
        row.fail("POLine", missing(row.get("POLine"), "PO Line"))
    if order.get("VendorID") != draft.get("Vendor"):
        row.fail("POOrderNbr", f"The order {order['OrderNbr']} belongs to another vendor.")
    if order.get("CurrencyID") != draft.get("CurrencyID"):
        row.fail("POOrderNbr", f"The order {order['OrderNbr']} is in {order.get('CurrencyID')}.")
    if row.is_new and order.get("Status") not in _BILLABLE:
        row.fail("POOrderNbr", f"The order {order['OrderNbr']} is {order.get('Status')} and cannot be billed.")
    if line is not None:
        _check_basis(ctx, row, line)


def _check_basis(ctx: Context, row: Draft, line: dict[str, Any]) -> None:
    """Stock lines that are billed by receipt need the receipt."""
    is_goods = str(line.get("LineType")).startswith("Goods")
    if ctx.settings.billing_basis == "receipt" and is_goods and row.get("POReceiptNbr") is None:
        row.fail("POOrderNbr", f"Line {line['LineNbr']} of the order is billed by receipt.")

"""Business rules of purchase orders.

Statuses and line types: https://github.com/Acumatica/Acumatica-AI-Resources, User Guide, form PO301000. Taken off
hold, an order becomes Open, or Pending Approval, Pending Printing or Pending Email.
"""

from decimal import Decimal
from typing import Any

from .draft import Draft
from .lookups import (
    BASE_CURRENCY,
    DEFAULT_SUBACCOUNT,
    Context,
    check_account,
    check_item,
    check_listed,
    check_reference,
    check_subaccount,
    check_vendor,
    find_item,
    purchase_unit,
    require,
)
from .rules_lines import ZERO, currency_decimals, extend, line_total, number_lines, settle_taxes

_FINISHED = frozenset({"Completed", "Closed", "Canceled"})
_LINE_DEFAULTS: dict[str, Any] = {
    "Cancelled": False,
    "Completed": False,
    "CalculateDiscountsOnImport": False,
    "Project": "X",
    "QtyOnReceipts": ZERO,
    "ReceivedAmount": ZERO,
    "OrderedQty": ZERO,
    "CompleteOn": Decimal(100),
    "MaxReceiptPercent": Decimal(100),
    "MinReceiptPercent": ZERO,
    "ReceiptAction": "Accept but Warn",
}


def prepare(ctx: Context, draft: Draft) -> None:
    """Fill defaults from the vendor, the items and the preferences, and compute the totals."""
    vendor = ctx.find("Vendor", draft.get("VendorID")) or {}
    draft.default("Type", "Normal")
    draft.default("Date", ctx.today)
    draft.default("PromisedOn", draft.get("Date"))
    draft.default("Hold", ctx.settings.hold_orders_on_entry)
    draft.default("CurrencyID", vendor.get("CurrencyID"))
    draft.default("Terms", vendor.get("Terms"))
    draft.default("VendorTaxZone", vendor.get("TaxZone"))
    draft.default("Location", "MAIN")
    draft.default("Branch", ctx.home)
    draft.default("Project", "X")
    draft.default("BaseCurrencyID", BASE_CURRENCY)
    draft.default("CurrencyEffectiveDate", draft.get("Date"))
    draft.default("CurrencyRate", Decimal(1))
    draft.default("CurrencyReciprocalRate", Decimal(1))
    decimals = currency_decimals(ctx, draft.get("CurrencyID"))
    for row in draft.details():
        _prepare_line(ctx, draft, row, decimals)
    number_lines(draft.details())
    draft.values["LineTotal"] = line_total(draft)
    draft.values["OrderTotal"] = draft.values["LineTotal"] + settle_taxes(ctx, draft, decimals)
    draft.default("ControlTotal", ZERO)


def _prepare_line(ctx: Context, draft: Draft, row: Draft, decimals: int) -> None:
    """Fill a line from its item and the header."""
    found = find_item(ctx, row.get("InventoryID"))
    if found is not None and "InventoryID" in row.sent | set(row.values):
        _take_item(row, *found)
    row.default("LineType", "Service")
    if row.get("LineType") in {"Service", "Non-Stock", "Freight"} and ctx.settings.subaccounts_feature:
        row.default("Subaccount", DEFAULT_SUBACCOUNT if row.get("Account") else None)
    for name, value in _LINE_DEFAULTS.items():
        row.default(name, value)
    row.default("BranchID", draft.get("Branch"))
    row.default("Promised", draft.get("PromisedOn"))
    row.default("Requested", draft.get("Date"))
    row.values["OrderType"] = draft.get("Type")
    account = ctx.find("Account", row.get("Account"))
    row.values["Description"] = account.get("Description") if account else None
    extend(row, "OrderQty", decimals)


def _take_item(row: Draft, item: dict[str, Any], is_stock: bool) -> None:
    """The defaults that an item gives to a purchase line."""
    row.default("UOM", purchase_unit(item))
    row.default("LineDescription", item.get("Description"))
    row.default("TaxCategory", item.get("TaxCategory"))
    if is_stock:
        row.default("LineType", "Goods for IN")
        row.default("WarehouseID", item.get("DefaultWarehouseID"))
    else:
        row.default("LineType", "Non-Stock" if item.get("RequireReceipt") else "Service")
        row.default("Account", item.get("ExpenseAccount"))
        row.default("Subaccount", item.get("ExpenseSubaccount"))


def check(ctx: Context, draft: Draft, before: dict[str, Any] | None) -> None:
    """Note every error of the order."""
    if before and before.get("Status") in _FINISHED:
        draft.fail("", f"The order is {before['Status']} and cannot be changed.")
    check_vendor(ctx, draft, "VendorID")
    check_reference(ctx, draft, "CurrencyID", "Currency", "Currency")
    check_reference(ctx, draft, "VendorTaxZone", "TaxZone", "Tax Zone")
    check_listed(draft, "Terms", ctx.settings.terms, "Terms")
    check_listed(draft, "Branch", ctx.settings.branches, "Branch")
    check_listed(draft, "Project", ctx.settings.projects, "Project")
    for row in draft.details():
        _check_line(ctx, row)
    is_out_of_balance = draft.get("ControlTotal") != draft.get("OrderTotal")
    if ctx.settings.validate_order_totals and not draft.get("Hold") and is_out_of_balance:
        draft.fail("ControlTotal", "The document is out of the balance.")


def _check_line(ctx: Context, row: Draft) -> None:
    """Note every error of a line."""
    check_item(ctx, row)
    check_account(ctx, row)
    check_subaccount(ctx, row)
    check_reference(ctx, row, "TaxCategory", "TaxCategory", "Tax Category")
    check_reference(ctx, row, "WarehouseID", "Warehouse", "Warehouse")
    check_listed(row, "BranchID", ctx.settings.branches, "Branch")
    check_listed(row, "Project", ctx.settings.projects, "Project")
    if row.get("LineType") not in {"Service", "Freight", "Description"}:
        require(row, "InventoryID", "Inventory ID")
    if str(row.get("LineType")).startswith("Goods"):
        require(row, "WarehouseID", "Warehouse")
    elif row.get("LineType") != "Description":
        require(row, "Account", "Account")
    if row.get("OrderQty") is not None and row.get("OrderQty") < 0:
        row.fail("OrderQty", "The value must be greater than or equal to zero.")


def settle(ctx: Context, draft: Draft, before: dict[str, Any] | None) -> None:
    """Give the order the status that its hold flag asks for."""
    was_on_hold = before is None or before.get("Status") == "On Hold"
    if draft.get("Hold"):
        draft.values["Status"] = "On Hold"
    elif was_on_hold:
        draft.values["Status"] = (
            "Pending Approval" if ctx.settings.order_approval else dispatch_status(ctx, draft.values)
        )


def dispatch_status(ctx: Context, order: dict[str, Any]) -> str:
    """The status of an approved order, by the flags of its vendor."""
    vendor = ctx.find("Vendor", order.get("VendorID")) or {}
    if vendor.get("PrintOrders"):
        return "Pending Printing"
    return "Pending Email" if vendor.get("SendOrdersbyEmail") else "Open"


def number(ctx: Context, draft: Draft) -> None:
    """Assign the order number."""
    while draft.get("OrderNbr") is None or ctx.find("PurchaseOrder", draft.get("Type"), draft.get("OrderNbr")):
        draft.values["OrderNbr"] = ctx.tenant.next_number("PurchaseOrder")
    for row in draft.details():
        row.values["OrderNbr"] = draft.get("OrderNbr")

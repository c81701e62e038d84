"""Business rules of bills and debit adjustments.

Life cycle: https://github.com/Acumatica/Acumatica-AI-Resources, User Guide, "AP Bills: General Information"; the
preferences are those of form AP101000. Stock items are allowed only on lines linked to an order or receipt. Where a
text is not recorded anywhere it is inferred.
"""

from typing import Any

from .draft import Draft
from .lookups import (
    DEFAULT_SUBACCOUNT,
    Context,
    check_account,
    check_item,
    check_listed,
    check_period,
    check_reference,
    check_subaccount,
    check_vendor,
    find_item,
    purchase_unit,
    require,
)
from .rules_bill_links import check_link, expand_links, take_linked_line
from .rules_lines import ZERO, currency_decimals, extend, line_total, settle_taxes
from .values import end_of_terms

RELEASED = frozenset({"Open", "Closed", "Voided", "Pre-Released", "Under Reclassification"})
_EDITABLE_WHEN_RELEASED = frozenset({"ApprovedForPayment", "CashAccount", "DueDate", "Description"})


def prepare(ctx: Context, draft: Draft) -> None:
    """Fill defaults, add the lines of linked orders, compute amounts."""
    vendor = ctx.find("Vendor", draft.get("Vendor")) or {}
    draft.default("Type", "Bill")
    draft.default("Date", ctx.today)
    draft.default("Hold", ctx.settings.hold_documents_on_entry)
    draft.default("CurrencyID", vendor.get("CurrencyID"))
    if draft.get("Type") != "Prepayment":
        draft.default("Terms", vendor.get("Terms"))
    draft.default("LocationID", "MAIN")
    draft.default("BranchID", ctx.home)
    draft.default("Project", "X")
    draft.default("ApprovedForPayment", value=False)
    _prepare_due_date(ctx, draft)
    expand_links(ctx, draft)
    decimals = currency_decimals(ctx, draft.get("CurrencyID"))
    for row in draft.details():
        _prepare_line(ctx, draft, row, decimals)
    total = line_total(draft) + settle_taxes(ctx, draft, decimals)
    if not ctx.settings.validate_document_totals:
        draft.values["Amount"] = total
    draft.default("Amount", ZERO)
    draft.hidden["_Total"] = total
    if draft.get("Status") in RELEASED:
        draft.default("Balance", draft.get("Amount"))
    else:
        draft.values["Balance"] = draft.get("Amount")


def _prepare_due_date(ctx: Context, draft: Draft) -> None:
    """The due date follows date and terms unless it was sent."""
    days = ctx.settings.terms.get(draft.get("Terms") or "")
    is_stale = {"Date", "Terms"} & draft.sent and "DueDate" not in draft.sent
    if draft.get("DueDate") is None or is_stale:
        draft.values["DueDate"] = draft.get("Date") if days is None else end_of_terms(draft.get("Date"), days)


def _prepare_line(ctx: Context, draft: Draft, row: Draft, decimals: int) -> None:
    """Fill a line from the order or receipt line it bills, else from its item."""
    take_linked_line(ctx, row)
    found = find_item(ctx, row.get("InventoryID"))
    if found is not None:
        row.default("UOM", purchase_unit(found[0]))
        row.default("TransactionDescription", found[0].get("Description"))
        row.default("TaxCategory", found[0].get("TaxCategory"))
        row.default("Account", found[0].get("ExpenseAccount"))
        row.default("Subaccount", found[0].get("ExpenseSubaccount"))
    if ctx.settings.subaccounts_feature:
        row.default("Subaccount", DEFAULT_SUBACCOUNT)
    row.default("Branch", draft.get("BranchID"))
    row.default("Project", "X")
    row.default("CalculateDiscountsOnImport", value=False)
    row.default("NonBillable", value=False)
    account = ctx.find("Account", row.get("Account"))
    row.values["Description"] = account.get("Description") if account else None
    extend(row, "Qty", decimals)
    row.values["Amount"] = row.get("ExtendedCost")


def check(ctx: Context, draft: Draft, before: dict[str, Any] | None) -> None:
    """Note every error of the bill."""
    if before and before.get("Status") in RELEASED:
        _check_released(draft, before)
        return
    check_vendor(ctx, draft, "Vendor")
    check_reference(ctx, draft, "CurrencyID", "Currency", "Currency")
    check_listed(draft, "Terms", ctx.settings.terms, "Terms")
    check_listed(draft, "BranchID", ctx.settings.branches, "Branch")
    check_listed(draft, "Project", ctx.settings.projects, "Project")
    check_period(ctx, draft)
    _check_vendor_ref(ctx, draft)
    for row in draft.details():
        _check_line(ctx, draft, row)
    _check_total(draft)


def _check_released(draft: Draft, before: dict[str, Any]) -> None:
    """Amounts and accounts of a released document are frozen."""
    for name in draft.sent - _EDITABLE_WHEN_RELEASED:
        member = draft.type.fields[name]
        if not member.is_scalar or draft.get(name) != before.get(name):
            draft.fail(name if member.is_scalar else "", f"The document is {before['Status']}; it cannot be changed.")


def _check_vendor_ref(ctx: Context, draft: Draft) -> None:
    """The supplier's number is there, and new, where the preferences ask for it."""
    if ctx.settings.require_vendor_ref and draft.get("Type") == "Bill":
        require(draft, "VendorRef", "Vendor Ref.")
    if not ctx.settings.duplicate_vendor_ref_error or draft.get("VendorRef") is None:
        return
    for bill in ctx.tenant.all("Bill"):
        same = all(bill.get(name) == draft.get(name) for name in ("Type", "Vendor", "VendorRef"))
        if same and bill["id"] != draft.id:
            day = bill["Date"]
            draft.fail(
                "VendorRef",
                "A document with this Vendor Ref. already exists for this Vendor: "
                f"{bill['Type']} {bill['ReferenceNbr']} {day.month}/{day.day}/{day.year}.",
            )


def _check_line(ctx: Context, draft: Draft, row: Draft) -> None:
    """Note every error of a line."""
    check_link(ctx, draft, row)
    check_item(ctx, row)
    found = find_item(ctx, row.get("InventoryID"))
    is_linked = row.get("POOrderNbr") is not None or row.get("POReceiptNbr") is not None
    if found is not None and found[1] and not is_linked:
        row.fail("InventoryID", "A stock item can be billed only on a line linked to an order or a receipt.")
    require(row, "Account", "Account")
    if not is_linked:
        check_account(ctx, row)
    check_subaccount(ctx, row)
    check_reference(ctx, row, "TaxCategory", "TaxCategory", "Tax Category")
    check_listed(row, "Branch", ctx.settings.branches, "Branch")
    check_listed(row, "Project", ctx.settings.projects, "Project")
    account = ctx.find("Account", row.get("Account"))
    if account is not None and account.get("RequireUnits"):
        require(row, "UOM", "UOM")
        if not row.get("Qty"):
            row.fail("Qty", "'Quantity' cannot be empty.")


def _check_total(draft: Draft) -> None:
    """Off hold, a document has lines, a total that is not negative, and the amount that was announced."""
    if draft.get("Amount") < 0:
        draft.fail("Amount", "The value must be greater than or equal to zero.")
    if draft.get("Hold"):
        return
    if not draft.details():
        draft.fail("", "The document has no lines.")
    if draft.get("Amount") != draft.hidden["_Total"]:
        draft.fail("Amount", "The document is out of the balance.")


def settle(ctx: Context, draft: Draft, before: dict[str, Any] | None) -> None:
    """Give an unreleased bill the status that its hold flag asks for."""
    status = before.get("Status") if before else None
    if status in RELEASED:
        return
    if draft.get("Hold"):
        draft.values["Status"] = "On Hold"
    elif status in {None, "On Hold"}:
        draft.values["Status"] = "Pending Approval" if ctx.settings.bill_approval else "Balanced"


def number(ctx: Context, draft: Draft) -> None:
    """Assign the reference number."""
    while draft.get("ReferenceNbr") is None or ctx.find("Bill", draft.get("Type"), draft.get("ReferenceNbr")):
        draft.values["ReferenceNbr"] = ctx.tenant.next_number("Bill")

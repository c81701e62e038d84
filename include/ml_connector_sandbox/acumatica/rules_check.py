"""Business rules of payables payments (the entity is called Check), as far as closing a bill needs them."""

from typing import Any

from .draft import Draft
from .lookups import Context, check_reference, check_vendor, missing, require
from .rules_lines import ZERO


def prepare(ctx: Context, draft: Draft) -> None:
    """Fill defaults and compute what is not applied."""
    vendor = ctx.find("Vendor", draft.get("Vendor")) or {}
    draft.default("Type", "Payment")
    draft.default("ApplicationDate", ctx.today)
    draft.default("Hold", ctx.settings.hold_documents_on_entry)
    draft.default("CurrencyID", vendor.get("CurrencyID"))
    draft.default("PaymentMethod", vendor.get("PaymentMethod"))
    for row in draft.details():
        row.default("DocType", "Bill")
        bill = ctx.find("Bill", row.get("DocType"), row.get("ReferenceNbr")) or {}
        row.default("AmountPaid", bill.get("Balance", ZERO))
        row.values["Balance"] = bill.get("Balance", ZERO) - row.get("AmountPaid")
    applied = sum((row.get("AmountPaid") for row in draft.details()), ZERO)
    draft.default("PaymentAmount", applied)
    draft.values["UnappliedBalance"] = draft.get("PaymentAmount") - applied


def check(ctx: Context, draft: Draft, before: dict[str, Any] | None) -> None:
    """Note every error of the payment."""
    if before and before.get("Status") in {"Open", "Closed", "Voided"}:
        draft.fail("", f"The payment is {before['Status']} and cannot be changed.")
    check_vendor(ctx, draft, "Vendor")
    check_reference(ctx, draft, "CurrencyID", "Currency", "Currency")
    check_reference(ctx, draft, "CashAccount", "Account", "Cash Account")
    check_reference(ctx, draft, "PaymentMethod", "PaymentMethod", "Payment Method")
    require(draft, "CashAccount", "Cash Account")
    for row in draft.details():
        bill = ctx.find("Bill", row.get("DocType"), row.get("ReferenceNbr"))
        if bill is None:
            row.fail("ReferenceNbr", missing(row.get("ReferenceNbr"), "Reference Nbr."))
        elif bill.get("Status") != "Open":
            row.fail("ReferenceNbr", f"The document is {bill.get('Status')} and cannot be paid.")
        if row.get("Balance") < 0:
            row.fail("AmountPaid", "The amount paid is greater than the balance of the document.")


def settle(_ctx: Context, draft: Draft, before: dict[str, Any] | None) -> None:
    """Give an unreleased payment the status that its hold flag asks for."""
    if before is None or before.get("Status") in {"On Hold", "Balanced"}:
        draft.values["Status"] = "On Hold" if draft.get("Hold") else "Balanced"


def number(ctx: Context, draft: Draft) -> None:
    """Assign the reference number."""
    while draft.get("ReferenceNbr") is None or ctx.find("Check", draft.get("Type"), draft.get("ReferenceNbr")):
        draft.values["ReferenceNbr"] = ctx.tenant.next_number("Check")

"""Which business rules apply to which entity, and how a draft passes through them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import rules_bill, rules_check, rules_order, rules_receipt, rules_vendor
from .draft import Draft
from .lookups import Context, require
from .state import Record

Stored = dict[str, Any]


@dataclass(frozen=True)
class Rules:
    """The steps of one entity: fill, check, set the status, number."""

    prepare: Callable[[Context, Draft], None]
    check: Callable[[Context, Draft, Stored | None], None]
    settle: Callable[[Context, Draft, Stored | None], None]
    number: Callable[[Context, Draft], None]


def _nothing(ctx: Context, draft: Draft) -> None:
    """Reference entities have no defaults and no numbering."""


def _no_status(ctx: Context, draft: Draft, before: Stored | None) -> None:
    """The entity's status is a field like any other."""


def _check_keys(_ctx: Context, draft: Draft, _before: Stored | None) -> None:
    """A reference record brings its key."""
    for name in draft.type.keys:
        require(draft, name, name)


def _check_vendor(ctx: Context, draft: Draft, before: Stored | None) -> None:
    """A vendor's fields and, under manual numbering, its key."""
    rules_vendor.check(ctx, draft, before)
    rules_vendor.check_key(ctx, draft)


_RULES = {
    "Vendor": Rules(rules_vendor.prepare, _check_vendor, _no_status, rules_vendor.number),
    "PurchaseOrder": Rules(rules_order.prepare, rules_order.check, rules_order.settle, rules_order.number),
    "Bill": Rules(rules_bill.prepare, rules_bill.check, rules_bill.settle, rules_bill.number),
    "PurchaseReceipt": Rules(rules_receipt.prepare, rules_receipt.check, rules_receipt.settle, rules_receipt.number),
    "Check": Rules(rules_check.prepare, rules_check.check, rules_check.settle, rules_check.number),
}
_REFERENCE = Rules(_nothing, _check_keys, _no_status, _nothing)
NUMBERED = frozenset({"PurchaseOrder", "Bill", "PurchaseReceipt", "Check"})
"""Documents, whose numbers the vendor assigns; a failed insert echoes ``<NEW>``."""


def save(ctx: Context, draft: Draft, before: Stored | None) -> Record | None:
    """Pass a draft through its rules and store it; None when it has errors, which the draft then holds."""
    entity = draft.type.name
    rules = _RULES.get(entity, _REFERENCE)
    rules.prepare(ctx, draft)
    rules.check(ctx, draft, before)
    if any(True for _ in draft.failures()):
        _head(draft, before)
        return None
    rules.settle(ctx, draft, before)
    if before is None:
        rules.number(ctx, draft)
    stored = draft.freeze()
    if before is not None and stored == before:
        return ctx.tenant.record_by_id(entity, draft.id)
    return ctx.tenant.put(entity, stored)


def _head(draft: Draft, before: Stored | None) -> None:
    """Put the generic text at the top of a refused draft, naming the record that failed first."""
    verb = "Inserting" if before is None else "Updating"
    failed = next(draft.failures())
    own = draft.errors.pop("", "")
    text = f"{verb}  '{failed.type.record_name}' record raised at least one error. Please review the errors."
    draft.errors[""] = f"{own} {text}" if own else text
    if before is None and draft.type.name in NUMBERED:
        draft.raw[draft.type.keys[-1]] = "<NEW>"


def store_as_given(ctx: Context, draft: Draft, before: Stored | None, *, stamp: bool) -> Record:
    """Store a draft without checks, as the vendor's own screens or an import would have left it."""
    rules = _RULES.get(draft.type.name, _REFERENCE)
    rules.prepare(ctx, draft)
    if "Status" not in draft.sent:
        rules.settle(ctx, draft, before)
    if before is None and any(draft.get(name) is None for name in draft.type.keys):
        rules.number(ctx, draft)
    for row in draft.rows.get("Details", []):
        if "OrderNbr" in row.type.fields:
            row.values["OrderNbr"] = draft.get("OrderNbr")
    return ctx.tenant.put(draft.type.name, draft.freeze(), stamp=stamp)

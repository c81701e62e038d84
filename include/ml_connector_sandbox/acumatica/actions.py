"""What the actions of documents do, and the statuses in which each may run.

``ReleaseBill``, ``ReverseBill``, ``ReleasePurchaseReceipt``, ``CreateAPBill``, ``ReleaseCheck`` and ``VoidCheck``
are in the contract (https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp, ``EndpointDefinitions``); the
others are graph actions whose names are inferred. That a bill on hold cannot be released is reported at
https://github.com/bakaphp/kanvas-ecosystem-api; the text is inferred.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from .draft import Draft
from .errors import Refusal, server_error
from .lookups import Context, period_error
from .render import echo
from .rules import save
from .rules_lines import ZERO
from .rules_order import dispatch_status
from .rules_receipt import received
from .schema import TYPES
from .state import Record

Effect = Callable[[Context, dict[str, Any]], None]


@dataclass(frozen=True)
class Action:
    """An action: the statuses it is enabled in and what it changes."""

    statuses: frozenset[str]
    effect: Effect


def guard(action: Action, record: Record) -> None:
    """Refuse an action that the document's status does not allow.

    Raises:
        Refusal: 500.
    """
    if record.data.get("Status") not in action.statuses:
        raise server_error("Document Status is invalid for processing.")


def run(ctx: Context, entity: str, action: Action, record_id: str) -> None:
    """Carry an action out.

    Raises:
        Refusal: when the document no longer allows it.
    """
    record = ctx.tenant.record_by_id(entity, record_id)
    if record is None:
        raise server_error("The document has been deleted.")
    guard(action, record)
    data = deepcopy(record.data)
    action.effect(ctx, data)
    ctx.tenant.put(entity, data)


def failed_entity(entity: str, record: Record, field: str, text: str, version: int = 24) -> dict[str, Any]:
    """The body of a 422 of an action: the echo lies under ``entity``."""
    draft = Draft.thaw(TYPES[entity], record.data)
    draft.fail(field, text)
    draft.fail("", text)
    return {"entity": echo(draft, version), "error": text}


def _release_bill(ctx: Context, bill: dict[str, Any]) -> None:
    """Post a bill: Open, or Closed when nothing is owed."""
    text = period_error(ctx, str(bill.get("PostPeriod")))
    if text:
        raise Refusal(422, failed_entity("Bill", Record(bill, 0), "PostPeriod", text))
    bill["Hold"] = False
    bill["Status"] = "Open" if bill.get("Balance") else "Closed"


def _reverse_bill(ctx: Context, bill: dict[str, Any]) -> None:
    """Make a debit adjustment on hold with the same lines and the same supplier number."""
    copy = deepcopy(bill)
    copy.update(id=str(uuid4()), Type="Debit Adj.", Hold=True)
    for name in ("ReferenceNbr", "Status", "LastModifiedDateTime"):
        copy.pop(name, None)
    for row in [*copy.get("Details", []), *copy.get("TaxDetails", [])]:
        row["id"] = str(uuid4())
    draft = Draft.thaw(TYPES["Bill"], copy)
    draft.is_new = True
    if save(ctx, draft, None) is None:
        raise Refusal(422, {"entity": echo(draft, 24), "error": draft.errors.get("", "")})


def _set(**values: Any) -> Effect:
    """An effect that sets fields."""

    def effect(_ctx: Context, document: dict[str, Any]) -> None:
        document.update(values)

    return effect


def _dispatch_order(ctx: Context, order: dict[str, Any]) -> None:
    """Take an order off hold, or approve it."""
    order["Hold"] = False
    needs_approval = ctx.settings.order_approval and order["Status"] == "On Hold"
    order["Status"] = "Pending Approval" if needs_approval else dispatch_status(ctx, order)


def _unhold_bill(ctx: Context, bill: dict[str, Any]) -> None:
    """Take a bill off hold."""
    bill["Hold"] = False
    bill["Status"] = "Pending Approval" if ctx.settings.bill_approval else "Balanced"


def _release_receipt(ctx: Context, receipt: dict[str, Any]) -> None:
    """Receive the goods: order lines move, and a bill appears when the receipt asks for one."""
    receipt["Status"] = "Released"
    receipt["Hold"] = False
    receipt["InventoryRefNbr"] = ctx.tenant.next_number("InventoryReceipt")
    rows = receipt.get("Details", [])
    for kind, number in {(row.get("POOrderType", "Normal"), row.get("POOrderNbr")) for row in rows}:
        order = ctx.find("PurchaseOrder", kind, number)
        if order is not None:
            changed = deepcopy(order)
            received(changed, [row for row in rows if row.get("POOrderNbr") == number])
            ctx.tenant.put("PurchaseOrder", changed)
    if receipt.get("CreateBill"):
        _bill_receipt(ctx, receipt)


def _bill_receipt(ctx: Context, receipt: dict[str, Any]) -> None:
    """Make the bill of a receipt, with the receipt's supplier number."""
    ctx.tenant.put("PurchaseReceipt", receipt)
    values = {"Type": "Bill", "Vendor": receipt["VendorID"], "VendorRef": receipt.get("VendorRef")}
    draft = Draft(TYPES["Bill"], values={**values, "Date": receipt.get("BillDate") or receipt["Date"]})
    draft.values["CurrencyID"] = receipt.get("CurrencyID")
    for row in receipt.get("Details", []):
        line = {
            "POReceiptType": receipt["Type"],
            "POReceiptNbr": receipt["ReceiptNbr"],
            "POReceiptLine": row["LineNbr"],
        }
        line |= {"Qty": row["ReceiptQty"], "UnitCost": row["UnitCost"], "InventoryID": row.get("InventoryID")}
        draft.details().append(Draft(TYPES["BillDetail"], values=line))
    if save(ctx, draft, None) is None:
        raise Refusal(422, {"entity": echo(draft, 24), "error": draft.errors.get("", "")})


def _release_check(ctx: Context, check: dict[str, Any]) -> None:
    """Pay the applied bills; a fully applied payment is closed."""
    for row in check.get("Details", []):
        bill = ctx.find("Bill", row.get("DocType"), row.get("ReferenceNbr"))
        if bill is None or bill.get("Balance", ZERO) < row["AmountPaid"]:
            raise server_error("The amount paid is greater than the balance of the document.")
        balance = bill["Balance"] - row["AmountPaid"]
        ctx.tenant.put("Bill", {**deepcopy(bill), "Balance": balance, "Status": "Open" if balance else "Closed"})
    check["Status"] = "Open" if check.get("UnappliedBalance") else "Closed"


_PENDING = frozenset({"Open", "Pending Approval", "Pending Printing", "Pending Email", "Rejected"})

ACTIONS: dict[tuple[str, str], Action] = {
    ("Bill", "ReleaseBill"): Action(frozenset({"Balanced"}), _release_bill),
    ("Bill", "ReverseBill"): Action(frozenset({"Open", "Closed"}), _reverse_bill),
    ("Bill", "Approve"): Action(frozenset({"Pending Approval"}), _set(Status="Balanced")),
    ("Bill", "Reject"): Action(frozenset({"Pending Approval"}), _set(Status="Rejected")),
    ("Bill", "ReleaseFromHold"): Action(frozenset({"On Hold"}), _unhold_bill),
    ("Bill", "PutOnHold"): Action(
        frozenset({"Balanced", "Pending Approval", "Rejected"}), _set(Status="On Hold", Hold=True)
    ),
    ("PurchaseOrder", "ReleaseFromHold"): Action(frozenset({"On Hold"}), _dispatch_order),
    ("PurchaseOrder", "PutOnHold"): Action(_PENDING, _set(Status="On Hold", Hold=True)),
    ("PurchaseOrder", "Approve"): Action(frozenset({"Pending Approval"}), _dispatch_order),
    ("PurchaseOrder", "Reject"): Action(frozenset({"Pending Approval"}), _set(Status="Rejected")),
    ("PurchaseOrder", "CancelOrder"): Action(_PENDING | {"On Hold"}, _set(Status="Canceled")),
    ("PurchaseOrder", "CompleteOrder"): Action(frozenset({"Open"}), _set(Status="Completed")),
    ("PurchaseOrder", "ReopenOrder"): Action(frozenset({"Completed", "Canceled"}), _set(Status="Open")),
    ("PurchaseReceipt", "ReleasePurchaseReceipt"): Action(frozenset({"Balanced"}), _release_receipt),
    ("PurchaseReceipt", "CreateAPBill"): Action(frozenset({"Released"}), _bill_receipt),
    ("Check", "ReleaseCheck"): Action(frozenset({"Balanced"}), _release_check),
    ("Check", "VoidCheck"): Action(frozenset({"Open", "Closed"}), _set(Status="Voided")),
}

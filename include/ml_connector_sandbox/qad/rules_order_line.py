"""Purchase order lines and their wizard: site, item, quantity, cost, each with its ``fieldChangeV2``.

All public purchase-order loaders go through the field changes in that order; a line stored without them has no unit
and no cost, because storing fills nothing in.
"""

from __future__ import annotations

from collections.abc import Callable

from .rules_order import CANCELLED, CLOSED, lines_of
from .tenant import Row
from .values import same
from .work import Draft, Work

MEMO = "M"
"""Line type of something that is no item (inferred)."""


def initialize(work: Work, draft: Draft) -> None:
    """Fill a blank line: the next number, and the order's due date."""
    data = draft.data
    data["domainCode"] = data["domainCode"] or work.domain
    order = work.find("purchaseOrderHeaders", work.domain, data["purchaseOrderNumber"])
    data["purchaseOrderLine"] = next_number(work, data) if order else 1
    data["dueDate"] = order["dueDate"] if order else ""


def next_number(work: Work, data: Row) -> int:
    """Return the number after the order's last line."""
    return max((int(line["purchaseOrderLine"]) for line in lines_of(work, data)), default=0) + 1


def renumbers(work: Work, draft: Draft) -> bool:
    """Tell whether a new line whose number is taken gets the next one, and give it."""
    if work.switches.taken_line_number == "rejected":
        return False
    draft.data["purchaseOrderLine"] = 0
    return True


def check(work: Work, draft: Draft) -> None:
    """Check the order, the item, and what receipts have fixed."""
    data = draft.data
    order = work.find("purchaseOrderHeaders", work.domain, data["purchaseOrderNumber"])
    if order is None:
        draft.problems.append(work.unresolved("purchaseOrderNumber", data["purchaseOrderNumber"]))
    elif order["orderStatus"] in {CLOSED, CANCELLED}:
        draft.refuse("purchaseOrderNumber", "Purchase order is closed or cancelled", data["purchaseOrderNumber"])
    if not data["quantityOrdered"]:
        draft.refuse("quantityOrdered", "Field is mandatory", data["quantityOrdered"])
    if data["lineType"] == MEMO:
        if work.find("glAccounts", data["glAccountCode"]) is None:
            draft.problems.append(work.unresolved("glAccountCode", data["glAccountCode"]))
    elif data["itemCode"] and work.find("items", work.domain, data["itemCode"]) is None:
        draft.problems.append(work.unresolved("itemCode", data["itemCode"]))
    if draft.old is not None:
        _check_received(draft, draft.old)


def _check_received(draft: Draft, old: Row) -> None:
    """Refuse another item or too small a quantity once goods have come."""
    received = old["quantityReceived"]
    if received and not same(draft.data["itemCode"], old["itemCode"]):
        draft.refuse("itemCode", "Receipts exist for this line", draft.data["itemCode"])
    if received and draft.data["quantityOrdered"] < received:
        draft.refuse("quantityOrdered", "Quantity is less than received", draft.data["quantityOrdered"])


def commit(work: Work, draft: Draft) -> None:
    """Number the line; nothing else is filled in."""
    data = draft.data
    key = (data["domainCode"], data["purchaseOrderNumber"], data["purchaseOrderLine"])
    if draft.is_new and (data["purchaseOrderLine"] <= 0 or work.find("purchaseOrderLines", *key)):
        data["purchaseOrderLine"] = next_number(work, data)


def _site_changed(work: Work, draft: Draft) -> None:
    """Bring the site's receiving location."""
    site = work.find("sites", work.domain, draft.data["siteCode"]) or {}
    draft.data["locationCode"] = site.get("locationCode", "")


def _item_changed(work: Work, draft: Draft) -> None:
    """Bring unit, description, cost and account; they are the item's at a site, so without a site there are none."""
    data = draft.data
    if data["lineType"] == MEMO:
        return
    item = work.find("items", work.domain, data["itemCode"])
    if item is None:
        draft.problems.append(work.unresolved("itemCode", data["itemCode"]))
    elif data["siteCode"]:
        data |= {"itemDescription": item["description1"], "unitOfMeasure": item["unitOfMeasure"],
                 "purchaseCost": item["purchaseCost"], "isTaxable": item["isTaxable"],
                 "glAccountCode": item["glAccountCode"]}  # fmt: skip


def _quantity_changed(work: Work, draft: Draft) -> None:
    """Price the quantity anew where the tenant does so."""
    item = work.find("items", work.domain, draft.data["itemCode"])
    if item is not None and draft.data["unitOfMeasure"] and work.switches.reprice_on_quantity:
        draft.data["purchaseCost"] = item["purchaseCost"]


CHANGES: dict[str, Callable[[Work, Draft], None]] = {
    "siteCode": _site_changed, "itemCode": _item_changed, "quantityOrdered": _quantity_changed
}  # fmt: skip


def is_received(work: Work, order: str, line: str) -> bool:
    """Tell whether anything of a line has come."""
    found = work.find("purchaseOrderLines", work.domain, order, line)
    return bool(found and found["quantityReceived"])

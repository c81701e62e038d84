"""Purchase order receipts, and the pending invoices that they open.

No REST service for receipts is public; this one (path, urn, field names) is a convention of this sandbox. What a
receipt does is documented: it writes ``prh_hist`` and a pending invoice, is refused outside the order's effective dates
and beyond the over-receipt tolerance, and is corrected by a negative receipt
(https://www.qad.com/documentation, Purchasing user guide, "Creating receivers").
"""

from __future__ import annotations

from decimal import Decimal

from .ledger import Source, account, is_closed, post
from .pending import Arrival, open_pending, take_back
from .rules_order import OPEN
from .schema import ENTITIES, TABLES
from .tenant import Row
from .values import number, plain, same
from .work import Draft, Work
from .world import INVENTORY, PO_RECEIPTS


def initialize(work: Work, draft: Draft) -> None:
    """Fill a blank receipt."""
    draft.data |= {"domainCode": work.domain, "receiptDate": f"{work.now:%Y-%m-%d}"}


def check(work: Work, draft: Draft) -> None:
    """Check order, dates and each line; a stored receipt is never changed."""
    data = draft.data
    if not draft.is_new:
        draft.refuse("receiverNumber", "A receipt cannot be changed; enter a negative receipt", data["receiverNumber"])
        return
    order = work.find("purchaseOrderHeaders", work.domain, data["purchaseOrderNumber"])
    if order is None:
        draft.problems.append(work.unresolved("purchaseOrderNumber", data["purchaseOrderNumber"]))
        return
    if order["orderStatus"] != OPEN or not order["isConfirmed"]:
        draft.refuse("purchaseOrderNumber", "Purchase order is not open and confirmed", data["purchaseOrderNumber"])
    _check_day(work, draft, order)
    coming: dict[int, Decimal] = {}
    for line in data["purchaseOrderReceiptLines"]:
        _check_line(work, draft, line, coming)


def _check_day(work: Work, draft: Draft, order: Row) -> None:
    day, last = draft.data["receiptDate"], order.get("endEffective")
    if day and (day < (order.get("startEffective") or "") or (last and day > last)):
        draft.refuse("receiptDate", "Date is not within the effective dates", day)
    if is_closed(work, draft.data["effectiveDate"] or day):
        draft.refuse("effectiveDate", "Period is closed", draft.data["effectiveDate"] or day)


def _check_line(work: Work, draft: Draft, line: Row, coming: dict[int, Decimal]) -> None:
    """Check one line, after the lines of the same receipt before it."""
    ordered = _order_line(work, draft.data, line)
    quantity = number(line["quantityReceived"])
    if ordered is None:
        draft.refuse("purchaseOrderLine", "PO Line number does not exist", line["purchaseOrderLine"])
        return
    if not quantity:
        draft.refuse("quantityReceived", "Field is mandatory", 0)
    for name in ("itemCode", "unitOfMeasure"):
        if line[name] and not same(line[name], ordered[name]):
            draft.problems.append(work.unresolved(name, line[name]))
    if line["siteCode"] and work.find("sites", work.domain, line["siteCode"]) is None:
        draft.problems.append(work.unresolved("siteCode", line["siteCode"]))
    before = coming.get(line["purchaseOrderLine"], number(ordered["quantityReceived"]))
    coming[line["purchaseOrderLine"]] = before + quantity
    _check_quantity(work, draft, ordered, before, quantity)


def _check_quantity(work: Work, draft: Draft, ordered: Row, before: Decimal, quantity: Decimal) -> None:
    """Refuse more than is there to take back, and more than the tolerances allow."""
    if before + quantity < 0:
        draft.refuse("quantityReceived", "Quantity exceeds the quantity received", quantity)
    excess = before + quantity - number(ordered["quantityOrdered"])
    switches = work.switches
    allowed = number(ordered["quantityOrdered"]) * switches.over_receipt_pct / 100
    cost = excess * number(ordered["purchaseCost"])
    is_over = excess > allowed or (switches.over_receipt_cost and cost > switches.over_receipt_cost)
    if quantity < 0 or excess <= 0 or not is_over:
        return
    text = "Receipt exceeds the ordered quantity and the tolerance"
    if switches.over_receipt == "warning":
        draft.warnings.append(text)
    else:
        draft.refuse("quantityReceived", text, quantity)


def _order_line(work: Work, receipt: Row, line: Row) -> Row | None:
    key = (receipt["domainCode"], receipt["purchaseOrderNumber"], line["purchaseOrderLine"])
    return work.find("purchaseOrderLines", *key)


def commit(work: Work, draft: Draft) -> None:
    """Number the receipt, raise what has come, write the history and open pending invoices."""
    data = draft.data
    while not data["receiverNumber"]:
        made = f"RC{work.tenant.next('receiver', 4409):06}"
        data["receiverNumber"] = "" if work.find("purchaseOrderReceipts", data["domainCode"], made) else made
    data["effectiveDate"] = data["effectiveDate"] or data["receiptDate"]
    order = work.find("purchaseOrderHeaders", data["domainCode"], data["purchaseOrderNumber"])
    for line in data["purchaseOrderReceiptLines"]:
        ordered = _order_line(work, data, line)
        if order is not None and ordered is not None:
            _receive(work, data, line, order, ordered)


def _receive(work: Work, receipt: Row, line: Row, order: Row, ordered: Row) -> None:
    """Carry out one line."""
    quantity = number(line["quantityReceived"])
    line |= {"itemCode": ordered["itemCode"], "siteCode": line["siteCode"] or ordered["siteCode"],
             "unitOfMeasure": line["unitOfMeasure"] or ordered["unitOfMeasure"]}  # fmt: skip
    received = plain(number(ordered["quantityReceived"]) + quantity)
    is_done = line["cancelBackorder"] or number(received) >= number(ordered["quantityOrdered"])
    changes = {"quantityReceived": received, "lineStatus": "C" if is_done else ""}
    work.tenant.save(ENTITIES["purchaseOrderLines"], {**ordered, **changes}, work.now, work.user)
    work.tenant.put("prh_hist", _added(work, _history(receipt, line, order, ordered)))
    arrival = Arrival(receipt, line, order, ordered)
    if quantity > 0 or work.switches.negative_receipt == "own":
        open_pending(work, arrival, quantity)
    else:
        take_back(work, arrival)
    source = Source(work.entity, "IC", receipt["receiverNumber"], receipt["effectiveDate"], order["currencyCode"],
                    receipt["purchaseOrderNumber"])  # fmt: skip
    amount = quantity * number(ordered["purchaseCost"])
    debit = account(ordered["glAccountCode"] or INVENTORY)
    debit |= {name: ordered.get(name, "") for name in ("subAccountCode", "costCenterCode", "projectCode")}
    post(work, source, [(debit, amount), (account(PO_RECEIPTS), -amount)])


def _added(work: Work, row: Row) -> Row:
    """Return a row of history with what the receiver holds of that order line already: the key leaves room for one."""
    before = work.find("prh_hist", *(row[name] for name in TABLES["prh_hist"]))
    if before is None:
        return row
    received = number(before["prh_rcvd"]) + number(row["prh_rcvd"])
    return {**row, "prh_rcvd": plain(received), "prh_ps_qty": plain(received), "prh_rcp_type": _type(received)}


def _type(received: Decimal) -> str:
    return "R" if received < 0 else ""


def _history(receipt: Row, line: Row, order: Row, ordered: Row) -> Row:
    """Return the row of ``prh_hist``."""
    quantity = number(line["quantityReceived"])
    return {
        "prh_domain": receipt["domainCode"], "prh_receiver": receipt["receiverNumber"],
        "prh_nbr": receipt["purchaseOrderNumber"], "prh_line": line["purchaseOrderLine"],
        "prh_vend": order["supplierCode"], "prh_part": ordered["itemCode"], "prh_site": line["siteCode"],
        "prh_um": line["unitOfMeasure"], "prh_um_conv": 1, "prh_rcp_date": receipt["receiptDate"],
        "prh_rcvd": plain(quantity), "prh_rcp_type": _type(quantity), "prh_type": ordered["lineType"],
        "prh_ps_nbr": receipt["packingSlipNumber"], "prh_ps_qty": plain(quantity),
        "prh_pur_cost": ordered["purchaseCost"], "prh_pur_std": ordered["purchaseCost"],
        "prh_curr": order["currencyCode"], "prh_curr_amt": ordered["purchaseCost"],
        "prh_ex_rate": order["exchangeRate"], "prh_ex_rate2": order["exchangeRate2"], "prh_buyer": "",
        "prh_print": False,
    }  # fmt: skip

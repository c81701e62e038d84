"""Pending invoices (``pvo_mstr``, ``pvod_det``): the bridge between receipt and supplier invoice.

Open quantity is what the receipt brought less what was invoiced. Field names and the type ``07`` for a PO receiver are
those that Progress programs of QAD users read.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .tenant import Row
from .values import number, plain, same
from .work import Work

RECEIVER = "07"
FIRST_ID = 90_000


@dataclass(frozen=True)
class Arrival:
    """One line of a receipt, and the order line that it belongs to."""

    receipt: Row
    line: Row
    order: Row
    ordered: Row

    @property
    def quantity(self) -> Decimal:
        """What has come; below zero what has gone back."""
        return number(self.line["quantityReceived"])


def open_pending(work: Work, arrival: Arrival, quantity: Decimal) -> None:
    """Open a pending invoice for so much of a receipt's line."""
    receipt, line, order, ordered = arrival.receipt, arrival.line, arrival.order, arrival.ordered
    pending_id = work.tenant.next("pending", FIRST_ID)
    cost = number(ordered["purchaseCost"])
    work.tenant.put("pvo_mstr", {
        "pvo_domain": receipt["domainCode"], "pvo_id": pending_id, "pvo_order_type": "01",
        "pvo_order": receipt["purchaseOrderNumber"], "pvo_line": line["purchaseOrderLine"],
        "pvo_internal_ref_type": RECEIVER, "pvo_internal_ref": receipt["receiverNumber"],
        "pvo_external_ref": receipt["packingSlipNumber"], "pvo_supplier": order["supplierCode"],
        "pvo_part": ordered["itemCode"], "pvo_shipto": order["shipToSite"], "pvo_curr": order["currencyCode"],
        "pvo_ex_rate": order["exchangeRate"], "pvo_vouchered_qty": 0, "pvo_last_voucher": "",
        "pvo_accrual_acct": "2110", "pvo_accrual_sub": "", "pvo_accrual_cc": "", "pvo_project": "",
        "pvo_trans_date": receipt["receiptDate"], "pvo_lc_charge": "", "pvo_buyer": "",
    })  # fmt: skip
    work.tenant.put("pvod_det", {
        "pvod_id": pending_id, "pvod_id_line": 1, "pvod_order": receipt["purchaseOrderNumber"],
        "pvod_order_line": line["purchaseOrderLine"], "pvod_internal_ref": receipt["receiverNumber"],
        "pvod_trans_qty": plain(quantity), "pvod_vouchered_qty": 0, "pvod_pur_cost": ordered["purchaseCost"],
        "pvod_accrued_amt": quantity * cost, "pvod_ex_rate": order["exchangeRate"],
    })  # fmt: skip


def take_back(work: Work, arrival: Arrival) -> None:
    """Lower the line's open pending invoices, the newest first; what was invoiced already is owed by the supplier."""
    left = -arrival.quantity
    for header in sorted(_of_line(work, arrival), key=lambda row: -int(row["pvo_id"])):
        detail = work.find("pvod_det", header["pvo_id"], 1)
        taken = min(left, max(open_quantity(detail), Decimal(0)))
        if detail is None or not taken:
            continue
        transacted = number(detail["pvod_trans_qty"]) - taken
        work.tenant.put("pvod_det", {**detail, "pvod_trans_qty": plain(transacted),
                                     "pvod_accrued_amt": transacted * number(detail["pvod_pur_cost"])})  # fmt: skip
        left -= taken
    if left:
        open_pending(work, arrival, -left)


def _of_line(work: Work, arrival: Arrival) -> list[Row]:
    receipt, line = arrival.receipt, arrival.line
    return [
        row
        for row in work.tenant.book("pvo_mstr")
        if same(row["pvo_domain"], receipt["domainCode"])
        and same(row["pvo_order"], receipt["purchaseOrderNumber"])
        and row["pvo_line"] == line["purchaseOrderLine"]
    ]


def open_quantity(detail: Row | None) -> Decimal:
    """Return what is received and not yet invoiced; zero once the rest was closed."""
    if detail is None or detail.get("pvod_finished"):
        return Decimal(0)
    return number(detail["pvod_trans_qty"]) - number(detail["pvod_vouchered_qty"])


def of_receiver(work: Work, line: Row) -> tuple[Row, Row] | None:
    """Return the pending invoice that a matching line names by receiver, order and line, and by id where one is given.

    Only type 07 counts: a PO receiver.
    """
    chosen = line["pendingInvoiceId"]
    rows = [work.find("pvo_mstr", chosen)] if chosen else list(work.tenant.book("pvo_mstr"))
    for row in rows:
        if (
            row is not None
            and row["pvo_internal_ref_type"] == RECEIVER
            and same(row["pvo_domain"], work.domain)
            and same(row["pvo_internal_ref"], line["receiverNumber"])
            and same(row["pvo_order"], line["purchaseOrderNumber"])
            and row["pvo_line"] == line["purchaseOrderLine"]
        ):
            detail = work.find("pvod_det", row["pvo_id"], line["pendingInvoiceLine"] or 1)
            return (row, detail) if detail is not None else None
    return None

"""Receiver matching: an invoice's lines against pending invoices.

Only what was received can be matched; price variances are posted by themselves and what exceeds the tolerance may be
put on hold (EE Financials user guide, https://www.qad.com/documentation). The four texts about line number, quantity,
cost and receiver are those that a public invoice loader quotes; the others and all numbers are conventions of this
sandbox, as are the names of the fields.
"""

from __future__ import annotations

from decimal import Decimal

from .errors import NO_OPEN_RECEIVER, Problem
from .ledger import account
from .pending import of_receiver, open_quantity
from .tenant import Row
from .values import CENT, money, number, plain, same
from .work import Draft, Work
from .world import PO_RECEIPTS, PRICE_VARIANCE, USAGE_VARIANCE

NEGATIVE_TYPES = ("CreditNote", "Invoice Correction")


def sign(invoice: Row) -> int:
    """Return −1 for documents that lower what is owed."""
    return -1 if invoice["invoiceType"] in NEGATIVE_TYPES else 1


def lines_of(invoice: Row) -> list[Row]:
    """Return the lines of an invoice's matching."""
    return list((invoice.get("receiverMatching") or {}).get("lines") or [])


def is_final(invoice: Row) -> bool:
    """Tell whether an invoice's matching is not a draft."""
    return bool(lines_of(invoice)) and bool(invoice["receiverMatching"]["isStatusFinal"])


def total(invoice: Row) -> Decimal:
    """Return the matched amount, above zero for a credit note too."""
    amounts = (money(number(ln["matchedQuantity"]) * number(ln["matchedUnitPrice"])) for ln in lines_of(invoice))
    return sum(amounts, Decimal(0)) * sign(invoice)


def check(work: Work, draft: Draft) -> None:
    """Check every line against the pending invoice that it names."""
    data = draft.data
    daybook = work.find("daybooks", work.entity, data["receiverMatching"]["daybookCode"])
    if daybook is None or daybook["daybookType"] != "Matching":
        draft.problems.append(work.unresolved("daybookCode", data["receiverMatching"]["daybookCode"]))
    taken: dict[int, Decimal] = {}
    for line in lines_of(data):
        _check_line(work, draft, line, taken)


def _check_line(work: Work, draft: Draft, line: Row, taken: dict[int, Decimal]) -> None:
    quantity = number(line["matchedQuantity"])
    order = (work.domain, line["purchaseOrderNumber"], line["purchaseOrderLine"])
    if work.find("purchaseOrderLines", *order) is None:
        draft.refuse("purchaseOrderLine", "PO Line number does not exist", line["purchaseOrderLine"])
        return
    if not quantity:
        draft.refuse("matchedQuantity", "Invoice Quantity cannot be zero", 0)
    if not number(line["matchedUnitPrice"]):
        draft.refuse("matchedUnitPrice", "Invoice Cost cannot be zero", 0)
    found = of_receiver(work, line)
    is_right = found is not None and same(found[0]["pvo_supplier"], draft.data["supplierCode"])
    if found is None or not is_right or not open_quantity(found[1]):
        draft.problems.append(
            Problem("receiverNumber", "Invalid receiver", line["receiverNumber"], NO_OPEN_RECEIVER)
        )  # fmt: skip
        return
    header, detail = found
    left = open_quantity(detail) - taken.get(header["pvo_id"], Decimal(0))
    taken[header["pvo_id"]] = taken.get(header["pvo_id"], Decimal(0)) + quantity
    if quantity * left <= 0 or abs(quantity) > abs(left):
        draft.refuse("matchedQuantity", "Quantity exceeds the open quantity of the receiver", line["matchedQuantity"])
    if not same(header["pvo_curr"], draft.data["currencyCode"]):
        draft.refuse("currencyCode", "Currency differs from the order's", draft.data["currencyCode"])
    if _excess(work, detail, line) and work.switches.tolerance_excess == "refused":
        draft.refuse("matchedUnitPrice", "Price variance exceeds the tolerance", line["matchedUnitPrice"])


def _excess(work: Work, detail: Row, line: Row) -> Decimal:
    """Return the price variance of a line where it is above the tolerance, in the invoice's currency; else zero."""
    cost = number(detail["pvod_pur_cost"])
    off = number(line["matchedUnitPrice"]) - cost
    is_within = abs(off) <= abs(cost) * work.switches.price_tolerance_pct / 100
    return Decimal(0) if is_within else money(abs(off * number(line["matchedQuantity"])))


def apply(work: Work, invoice: Row) -> list[tuple[Row, Decimal]]:
    """Carry a final matching out; return what it posts besides Unmatched Supplier Invoices."""
    entries: list[tuple[Row, Decimal]] = []
    price_variance = usage_variance = hold = Decimal(0)
    for line in lines_of(invoice):
        found = of_receiver(work, line)
        if found is None:
            continue
        header, detail = found
        quantity, cost = number(line["matchedQuantity"]), number(detail["pvod_pur_cost"])
        hold += _excess(work, detail, line)
        accrued = money(quantity * cost)
        variance = money(quantity * number(line["matchedUnitPrice"])) - accrued
        rest = open_quantity(detail) - quantity if line["isFinished"] else Decimal(0)
        entries += [(account(PO_RECEIPTS), accrued + money(rest * cost)), (account(PRICE_VARIANCE), variance),
                    (account(USAGE_VARIANCE), -money(rest * cost))]  # fmt: skip
        price_variance, usage_variance = price_variance + variance, usage_variance + money(rest * cost)
        _voucher(work, invoice, line, header, detail)
        line |= {"pendingInvoiceId": header["pvo_id"], "pendingInvoiceLine": detail["pvod_id_line"]}
    invoice["receiverMatching"] |= {"priceVariance": price_variance, "quantityVariance": usage_variance}
    invoice["holdAmount"] = number(invoice["holdAmount"]) + hold
    return entries


def _voucher(work: Work, invoice: Row, line: Row, header: Row, detail: Row) -> None:
    """Raise the invoiced quantities and write ``vph_hist``."""
    quantity = number(line["matchedQuantity"])
    voucher = str(invoice["voucher"])
    done = plain(number(header["pvo_vouchered_qty"]) + quantity)
    work.tenant.put("pvo_mstr", {**header, "pvo_vouchered_qty": done, "pvo_last_voucher": voucher})
    changed = {**detail, "pvod_vouchered_qty": plain(number(detail["pvod_vouchered_qty"]) + quantity)}
    if line["isFinished"]:
        changed["pvod_finished"] = True
    work.tenant.put("pvod_det", changed)
    work.tenant.put("vph_hist", {
        "vph_domain": header["pvo_domain"], "vph_ref": voucher, "vph_nbr": header["pvo_order"],
        "vph_inv_qty": plain(quantity), "vph_inv_cost": line["matchedUnitPrice"],
        "vph_inv_date": invoice["invoiceDate"], "vph_curr_amt": money(quantity * number(line["matchedUnitPrice"])),
        "vph_amt": money(quantity * number(line["matchedUnitPrice"])), "vph_acct": PO_RECEIPTS, "vph_sub": "",
        "vph_cc": "", "vph_project": "", "vph_pvo_id": header["pvo_id"], "vph_pvod_id_line": detail["pvod_id_line"],
        "vph_cinvoice_id": invoice["tcRowid"],
    })  # fmt: skip


def is_balanced(invoice: Row, allocated: Decimal) -> bool:
    """Tell whether matched and allocated amounts make up the invoice."""
    return abs(abs(number(invoice["invoiceAmount"])) - total(invoice) - allocated) < CENT

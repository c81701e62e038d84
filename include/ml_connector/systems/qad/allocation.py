"""What an invoice is allocated to: goods to what was received and not invoiced yet, all else to GL accounts.

Only orders with a receipt can be matched, and matching is what unlocks the payment (EE Financials user guide,
https://www.qad.com/documentation). The names of the members are our convention after the `APMatching` objects.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from ml_connector.domain.documents import InvoiceType, Line, SupplierInvoice
from ml_connector.domain.errors import NotReady, Refused
from ml_connector.domain.money import CENT, plain
from ml_connector.systems.qad.endpoint import Endpoint, Record
from ml_connector.systems.qad.options import QadOptions
from ml_connector.systems.qad.translate import unit_cost
from ml_connector.systems.qad.wire import number, same, text

RECEIVER = "07"
"""Type of a pending invoice that a receipt of an order opened (`pvo_internal_ref_type`)."""


@dataclass(frozen=True)
class Open:
    """Goods of an order's line that were received and not invoiced yet."""

    pending_id: int
    pending_line: int
    receiver: str
    order_line: int
    item: str
    quantity: Decimal
    returned: Decimal = Decimal(0)
    """What a negative receipt takes off this one; it stays open in both."""


@dataclass
class _Plan:
    """The allocation of one invoice as far as it has been made."""

    open_rows: list[Open]
    matches: list[Record]
    ledger: list[Record]


@dataclass(frozen=True)
class Allocation:
    """Allocates the invoices of one entity."""

    endpoint: Endpoint

    def of(self, invoice: SupplierInvoice) -> Record:
        """Return the members of an invoice that allocate it.

        Raises:
            NotReady: less is open than the invoice bills.
            Refused: tax or a line without item has no account.
        """
        options, plan = self.endpoint.options, self._plan(invoice)
        if not plan.matches:
            return {
                "invoiceStatusCode": options.gl_status, "isInitialStatus": False, "isReceiverMatching": False,
                "supplierInvoiceGLLines": plan.ledger,
            }  # fmt: skip
        matching = {"daybookCode": options.matching_daybook, "isStatusFinal": True, "lines": plan.matches}
        return {"isReceiverMatching": True, "supplierInvoiceGLLines": plan.ledger, "receiverMatching": matching}

    def check(self, invoice: SupplierInvoice) -> None:
        """Raise what `of` would, before the invoice is recorded."""
        self._plan(invoice)

    def _plan(self, invoice: SupplierInvoice) -> _Plan:
        goods = _goods(invoice, self.endpoint.options)
        plan = _Plan(self._open(invoice.order_key) if goods else [], [], [])
        for line in goods:
            self._match(invoice, line, plan)
        plan.ledger += [_ledger_line(line, line.net) for line in invoice.lines if line.net and line not in goods]
        if invoice.tax:
            plan.ledger.append(self._tax_line(invoice))
        return plan

    def _match(self, invoice: SupplierInvoice, line: Line, plan: _Plan) -> None:
        """Match a line with open receipts of its item, oldest first; what rounding leaves goes to the line's account.

        Raises:
            NotReady: less is open, beyond what the tenant lets through.
        """
        price = unit_cost(line, self.endpoint.options)
        left, rest = line.quantity, line.net
        for index, row in enumerate(plan.open_rows):
            part = min(left, row.quantity) if same(row.item, line.item) else Decimal(0)
            if part <= 0:
                continue
            plan.matches.append(_match(row, invoice, part, price))
            plan.open_rows[index] = replace(row, quantity=row.quantity - part)
            left -= part
            rest -= (part * price).quantize(CENT, ROUND_HALF_UP)
        there = line.quantity - left
        if left > there * self.endpoint.options.over_billed_percent / 100:
            back = sum((row.returned for row in plan.open_rows if same(row.item, line.item)), Decimal(0))
            raise NotReady(
                f"it bills {plain(line.quantity)} of {line.item}, and only {plain(there)} have been received and not "
                f"invoiced on order {invoice.order_number}"
                + (f"; {plain(back)} went back and stand open in QAD" if back else "")
            )
        if rest:
            plan.ledger.append(_ledger_line(line, rest))

    def _open(self, order: str) -> list[Open]:
        rows = self.endpoint.browse("pending", pvo_mstr__pvo_order=order)
        found = [_open_row(row) for row in rows if _is_open_goods(row)]
        return _netted(sorted(found, key=lambda one: (one.pending_id, one.pending_line)))

    def _tax_line(self, invoice: SupplierInvoice) -> Record:
        account = self.endpoint.options.tax_account
        if not account:
            said = "the invoice has tax, and no account for it is set (options.qad.tax_account)"
            raise Refused(said, reasons=(("tax", said),))
        return _ledger(account, "", invoice.tax, "Tax")


def _goods(invoice: SupplierInvoice, options: QadOptions) -> list[Line]:
    """Return the lines that are matched: items of an order, of an invoice that is owed by us.

    QAD matches nothing at price zero ("Invoice Cost cannot be zero"), and free goods have no value to allocate.
    """
    if not invoice.order_key or invoice.type is InvoiceType.CREDIT_MEMO:
        return []
    return [line for line in invoice.lines if line.item and line.quantity and unit_cost(line, options)]


def _netted(rows: list[Open]) -> list[Open]:
    """Return what came, less what went back of the same order line, which is taken off the newest receipt first.

    Only what was received can be matched, and negative receipts reduce it (EE Financials user guide).
    """
    back: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        back[row.order_line] += max(Decimal(0), -row.quantity)
    came: list[Open] = []
    for row in reversed(rows):
        less = max(Decimal(0), min(row.quantity, back[row.order_line]))
        back[row.order_line] -= less
        came.insert(0, replace(row, quantity=row.quantity - less, returned=less))
    return came


def _is_open_goods(row: Record) -> bool:
    """Tell whether a row is of a receipt, and not of a logistics charge."""
    return text(row, "pvo_mstr.pvo_internal_ref_type") == RECEIVER and not text(row, "pvo_mstr.pvo_lc_charge")


def _open_row(row: Record) -> Open:
    return Open(
        pending_id=int(number(row, "pvo_mstr.pvo_id")),
        pending_line=int(number(row, "pvod_det.pvod_id_line")) or 1,
        receiver=text(row, "pvo_mstr.pvo_internal_ref"),
        order_line=int(number(row, "pvo_mstr.pvo_line")),
        item=text(row, "pvo_mstr.pvo_part"),
        quantity=number(row, "pvod_det.pvod_trans_qty") - number(row, "pvod_det.pvod_vouchered_qty"),
    )


def _match(row: Open, invoice: SupplierInvoice, quantity: Decimal, price: Decimal) -> Record:
    return {
        "receiverNumber": row.receiver, "purchaseOrderNumber": invoice.order_key,
        "purchaseOrderLine": row.order_line, "pendingInvoiceId": row.pending_id,
        "pendingInvoiceLine": row.pending_line, "matchedQuantity": quantity, "matchedUnitPrice": price,
        "isFinished": quantity == row.quantity and not row.returned,
    }  # fmt: skip


def _ledger_line(line: Line, amount: Decimal) -> Record:
    if not line.account:
        said = f"line “{line.description}” has no GL account"
        raise Refused(said, reasons=(("lines", said),))
    return _ledger(line.account, line.cost_centre, amount, line.description[:40])


def _ledger(account: str, cost_centre: str, amount: Decimal, description: str) -> Record:
    return {
        "glAccountCode": account, "costCenterCode": cost_centre, "subAccountCode": "", "projectCode": "",
        "amount": amount, "taxCode": "", "description": description,
    }  # fmt: skip

"""Writing goods receipts: QAD has no draft of them, and corrects them by negative ones.

The entity is our convention; where a tenant receives in QAD itself, its flow is left out and the invoices wait for
those receipts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from ml_connector.domain.documents import DocumentStatus, GoodsReceipt
from ml_connector.domain.errors import AmbiguousWrite, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.sync.ports import Found, TargetRef
from ml_connector.systems.qad.endpoint import Endpoint, Record
from ml_connector.systems.qad.orders import OrderLine, QadOrders
from ml_connector.systems.qad.translate import SLIP, packing_slip, quantity_fields, receipt_fields, short_number
from ml_connector.systems.qad.wire import day, number, text


@dataclass(frozen=True)
class _Receiver:
    """A receipt that is there, and its packing slip number."""

    slip: str
    found: Found


@dataclass(frozen=True)
class QadReceipts:
    """The receipts of one domain."""

    endpoint: Endpoint
    orders: QadOrders

    def project(self, receipt: GoodsReceipt) -> dict[str, str]:
        """Return what QAD will show."""
        return receipt_fields(receipt)

    def find(self, receipt: GoodsReceipt, marker: str) -> Found | None:
        """Return the receipt of the order whose packing slip number is ours, else those keyed by hand that are equal.

        Goods received by hand on the same day in the same quantities are the same goods; received twice they would
        be paid twice. Of a void receipt only ours counts.

        Raises:
            Refused: several receivers have our number.
        """
        is_void = receipt.status is DocumentStatus.VOIDED
        order = short_number(receipt.order_number) if is_void else receipt.order_key
        if not order:
            return None
        every = self._of_order(order)
        slip = packing_slip(marker)
        mine = [one for one in every if one.slip == slip]
        if len(mine) > 1:
            names = ", ".join(one.found.ref.key for one in mine)
            said = f"several receivers of order {receipt.order_number} have packing slip {slip}: {names}"
            raise Refused(said, reasons=(("", said),))
        if mine:
            return mine[0].found
        if is_void:
            return None
        wanted = self.project(receipt)
        same = [one.found for one in every if not one.found.ours and not differences(wanted, one.found.fields)]
        return replace(same[0], alternatives=tuple(same[1:])) if same else None

    def _of_order(self, order: str) -> list[_Receiver]:
        return _receivers(self.endpoint.browse("receipts", prh_hist__prh_nbr=order))

    def read(self, receipt: GoodsReceipt, key: str) -> Found | None:
        """Return the receipt as it is now; a void one by its receiver alone, since its order's key is still Cin7's."""
        if receipt.status is DocumentStatus.VOIDED:
            there = _receivers(self.endpoint.browse("receipts", prh_hist__prh_receiver=key))
        else:
            there = self._of_order(receipt.order_key)
        return next((one.found for one in there if one.found.ref.key == key), None)

    def draft(self, receipt: GoodsReceipt, marker: str, bind: Callable[[TargetRef], None]) -> TargetRef:
        """Receive the goods.

        Raises:
            AmbiguousWrite: the answer was lost.
            Refused: there is no order, or it has no such item, or QAD said no.
        """
        if not receipt.order_key:
            said = "no order stands behind these goods, and QAD receives against orders only"
            raise Refused(said, reasons=(("order", said),))
        made = self.endpoint.create("receipt", {
            "domainCode": self.orders.domain, "purchaseOrderNumber": receipt.order_key, "receiverNumber": "",
            "packingSlipNumber": packing_slip(marker), "receiptDate": receipt.date.isoformat(),
            "effectiveDate": receipt.date.isoformat(), "purchaseOrderReceiptLines": self._lines(receipt),
        })  # fmt: skip
        key = text(made, "receiverNumber")
        if not key:
            raise AmbiguousWrite("the receipt was sent, but the answer does not tell its receiver number")
        ref = TargetRef(key=key, number=key)
        bind(ref)
        return ref

    def present(self) -> Iterator[Found]:
        """Yield all receipts."""
        return (one.found for one in _receivers(self.endpoint.browse("receipts")))

    def _lines(self, receipt: GoodsReceipt) -> list[Record]:
        """Return the lines to send, each line of the order once: `prh_hist` has one row for it in a receiver."""
        lines = self.orders.lines(receipt.order_key)
        sent: list[Record] = []
        for item, quantity in _sums(receipt).items():
            sent += [
                {"purchaseOrderLine": at.line, "itemCode": at.item, "siteCode": self.endpoint.options.site,
                 "quantityReceived": part, "unitOfMeasure": at.unit}
                for at, part in _allotted(item, quantity, lines, receipt)
            ]  # fmt: skip
        return sent


def _sums(receipt: GoodsReceipt) -> dict[str, Decimal]:
    """Return the quantity of each item, whatever the case of its code; batches come as lines of their own."""
    names: dict[str, str] = {}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in receipt.lines:
        sums[names.setdefault(line.item.casefold(), line.item)] += line.quantity
    return sums


def _allotted(
    item: str, quantity: Decimal, lines: list[OrderLine], receipt: GoodsReceipt
) -> list[tuple[OrderLine, Decimal]]:
    """Return which lines of the order the goods go to: to open quantities first, the rest to the last line."""
    mine = [line for line in lines if line.item.casefold() == item.casefold()]
    if not mine:
        said = f"order {receipt.order_number} has no line of item {item} in QAD"
        raise Refused(said, reasons=(("lines", said),))
    found, left = [], quantity
    for line in mine:
        part = left if line is mine[-1] else min(left, max(Decimal(0), line.ordered - line.received))
        if part:
            found.append((line, part))
            left -= part
    return found


def _receivers(rows: list[Record]) -> list[_Receiver]:
    groups: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        groups[text(row, "prh_hist.prh_receiver")].append(row)
    return [_receiver(key, group) for key, group in groups.items()]


def _receiver(key: str, rows: list[Record]) -> _Receiver:
    received = day(rows[0], "prh_hist.prh_rcp_date")
    slip = text(rows[0], "prh_hist.prh_ps_nbr").upper()
    found = Found(
        ref=TargetRef(key=key, number=key),
        status=TargetStatus.AUTHORISED,
        fields={
            "order": text(rows[0], "prh_hist.prh_nbr"),
            "date": received.isoformat() if received else "",
            **quantity_fields((text(row, "prh_hist.prh_part"), number(row, "prh_hist.prh_rcvd")) for row in rows),
        },
        ours=slip.startswith(SLIP),
        frozen=f"receiver {key} can only be corrected by a negative receipt in QAD.",
    )
    return _Receiver(slip, found)

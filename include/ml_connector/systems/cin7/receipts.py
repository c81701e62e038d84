"""Writing goods receipts: each into a group of its own, received, then put away.

A POST of receipt lines adds to what is there, and a receipt has no field for a mark
(https://dearinventory.docs.apiary.io, Advanced Purchase Stock). So before the call the reference keeps which groups
held goods already: after a lost answer the receipt is in another one, however many equal ones there are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from ml_connector.domain.documents import DocumentStatus, GoodsReceipt
from ml_connector.domain.errors import AmbiguousWrite, Refused
from ml_connector.domain.money import plain
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.sync.ports import Fields, Found, TargetRef
from ml_connector.systems.cin7.bills import document_at, purchase_of
from ml_connector.systems.cin7.groups import OPEN, Group, Purchase, Row, quantities, refused_purchase
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.systems.cin7.preflight import Preflight, refused
from ml_connector.systems.cin7.receipt_body import (
    line_fields,
    placed,
    rows_by_location,
    still_missing,
    wanted_quantities,
)
from ml_connector.systems.cin7.translate import AUTHORISED, VOIDED
from ml_connector.systems.cin7.whole import WholePurchases
from ml_connector.systems.cin7.wire import WireStockLine
from ml_connector.transport.client import Client

SENT = "new"
"""Third part of a reference whose receipt may have been sent, instead of its group's number."""


@dataclass(frozen=True)
class Cin7Receipts:
    """The receipts of one account."""

    client: Client
    whole: WholePurchases
    preflight: Preflight
    options: Cin7Options

    def project(self, receipt: GoodsReceipt) -> Fields:
        """Return what Cin7 shows of it."""
        return {
            "purchase": receipt.order_key.lower(),
            "date": receipt.date.isoformat(),
            **line_fields(self._wanted(receipt)),
        }

    def _wanted(self, receipt: GoodsReceipt) -> dict[tuple[str, str], Decimal]:
        return wanted_quantities(receipt, self.preflight.location_name)

    # --- looking ---

    def find(self, receipt: GoodsReceipt, _marker: str) -> Found | None:
        """Return a receipt of exactly this content, with all others that are equal."""
        purchase = self.whole.read(receipt.order_key) if receipt.order_key else None
        if purchase is None or purchase.wire.is_void:
            return None
        wanted = self.project(receipt)
        shown = [self._found(purchase, group, day, receipt) for group, day in _held(purchase)]
        same = [one for one in shown if not differences(wanted, one.fields) and one.status is not TargetStatus.VOIDED]
        return replace(same[0], alternatives=tuple(same[1:])) if same else None

    def fetch(self, receipt: GoodsReceipt, ref: TargetRef) -> Found | None:
        """Return what stands at `ref`; for one that may have been sent, what has come since.

        Raises:
            Refused: several receipts have come since, so a person must say which is this one.
        """
        purchase = self.whole.read(purchase_of(ref))
        if purchase is None:
            return None
        held = [(group, day) for group, day in _held(purchase) if _is_at(group, day, receipt, ref)]
        if len(held) > 1:
            raise refused_purchase(f"{purchase.name} has got several such receipts while ours was being sent")
        return self._found(purchase, *held[0], receipt) if held else None

    def present(self) -> Iterator[Found]:
        """Yield all receipts, one a group and day."""
        for purchase in self.whole.holding("StockReceivedStatus", "CombinedReceivingStatus"):
            yield from (self._found(purchase, group, day, None) for group, day in _held(purchase))

    # --- writing ---

    def draft(
        self, receipt: GoodsReceipt, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Write the receipt's lines as draft into a group that has none.

        Raises:
            NotReady: the order is not authorised; or it is invoiced first, and no authorised bill waits for goods.
            AmbiguousWrite: the answer was lost.
            Refused: the goods were not ordered; Cin7 said no; or it cannot be said there, and then nothing was sent.
        """
        rows = self._rows(receipt)
        purchase = self.whole.must(receipt.order_key)
        found = self.fetch(receipt, ref) if ref is not None else None
        if found is None:
            found = self._begin(receipt, purchase, rows, marker, bind)
        if purchase.is_simple:
            self._complete(receipt, found)
        bind(found.ref)
        return found.ref

    def _begin(
        self, receipt: GoodsReceipt, purchase: Purchase, rows: list[list[Row]], marker: str,
        bind: Callable[[TargetRef], None],
    ) -> Found:  # fmt: skip
        """Send the lines, those of one location in a Simple purchase, and return what came of it."""
        task = purchase.task_for_receipt(_by_item(receipt))
        self._check_ordered(receipt, purchase)
        before = " ".join(str(group.number) for group, _ in _held(purchase))
        pending = TargetRef(key=f"{purchase.wire.key}/receipt/{SENT}/{marker}", parts={"before": before})
        bind(pending)
        self._add(purchase, task, rows[0] if purchase.is_simple else [row for some in rows for row in some])
        found = self.fetch(receipt, pending)
        if found is None:
            raise AmbiguousWrite(f"{purchase.name} took the receipt, and does not show it")
        return found

    def _complete(self, receipt: GoodsReceipt, found: Found) -> None:
        """Add what a Simple purchase, which takes the lines of one location at a time, still lacks."""
        purchase = self.whole.must(purchase_of(found.ref))
        group = purchase.group(_number_in(found.ref))
        if group is None or group.stock.state not in OPEN:
            return
        lacking = still_missing(self._wanted(receipt), _on(group.stock.Lines, receipt.date.isoformat()))
        for rows in rows_by_location(receipt, lacking):
            self._add(purchase, group.task, rows)

    def amend(self, receipt: GoodsReceipt, found: Found, _fields: Collection[str]) -> None:
        """Replace the draft's lines; only Advanced purchases can.

        Raises:
            Refused: it is a Simple purchase, whose receipt can only be added to.
        """
        rows = [row for some in self._rows(receipt) for row in some]
        purchase = self.whole.must(purchase_of(found.ref))
        group = purchase.group(_number_in(found.ref))
        if purchase.is_simple or group is None or group.stock.state not in OPEN:
            raise refused_purchase(
                f"the receipt in {purchase.name} cannot be changed through the API; correct it there"
            )
        body = {**purchase.names(group.task), "Status": "DRAFT", "Lines": rows}
        self.client.write(purchase.path("stock"), method="PUT", json=body, repeatable=True)

    def authorise(self, receipt: GoodsReceipt, ref: TargetRef) -> None:
        """Authorise the receipt, then put its goods away; what is done already is left alone."""
        purchase = self.whole.must(purchase_of(ref))
        group = purchase.group(_number_in(ref))
        if group is None or not group.goods:
            raise refused_purchase(f"the receipt {ref.number} is not in {purchase.name} any more")
        if group.stock.state in OPEN:
            body = {**purchase.names(group.task), "Status": AUTHORISED, "Lines": []}
            self.client.write(purchase.path("stock"), json=body, repeatable=True)
        if self._is_put_away(purchase) and (group.put_away is None or group.put_away.state != AUTHORISED):
            there = group.put_away.Lines if group.put_away else []
            lacking = still_missing(self._wanted(receipt), there)
            rows = [row for some in rows_by_location(receipt, lacking) for row in some]
            body = {**purchase.names(group.task), "Status": AUTHORISED, "Lines": rows}
            self.client.write(purchase.path("put-away"), json=body)

    def _add(self, purchase: Purchase, task: str, rows: list[Row]) -> None:
        """Add lines to a receipt; sent once, since lines sent twice are twice as many goods."""
        body = {**purchase.names(task), "Status": "DRAFT", "Lines": rows}
        try:
            self.client.write(purchase.path("stock"), json=body)
        except Refused as error:
            if purchase.is_simple or self.options.put_away:
                raise
            raise refused_purchase(
                f"Cin7 refused goods into the Advanced purchase {purchase.name} ({error}), which its reference allows "
                f"only with “Use Put Away” on: receive them there by hand, or set options.cin7.purchase_type to "
                f"Simple for the orders to come, or switch “Use Put Away” on and set options.cin7.put_away"
            ) from error

    def _rows(self, receipt: GoodsReceipt) -> list[list[Row]]:
        """Return the lines of the body, by location."""
        if receipt.status is not DocumentStatus.AUTHORISED:
            raise refused("status", f"Cin7 takes no {receipt.status.value} receipt from us")
        if not receipt.order_key:
            raise refused("order_key", "no order stands behind these goods, and Cin7 receives them into its purchase")
        for line in receipt.lines:
            self.preflight.location(line.location)
        self.preflight.open_period(receipt.date)
        if not receipt.lines or any(line.quantity <= 0 for line in receipt.lines):
            raise refused("lines", "it has no goods that came in: Cin7 takes no return as a receipt")
        return rows_by_location(receipt, self._wanted(receipt))

    def _check_ordered(self, receipt: GoodsReceipt, purchase: Purchase) -> None:
        """Check that the goods were ordered: Cin7 takes what nobody ordered (https://github.com/asungtrading/asung-wms).

        Raises:
            Refused: it would be more than was ordered, or nothing of it was.
        """
        if self.options.over_receipts == "allow":
            return
        ordered = quantities(purchase.wire.Order.Lines)
        had = quantities(line for group in purchase.groups for line in group.goods)
        for item, quantity in _by_item(receipt).items():
            most, before = ordered.get(item, Decimal(0)), had.get(item, Decimal(0))
            if before + quantity > most:
                there = f"{purchase.name} has {plain(most)} ordered and {plain(before)} received before"
                raise refused("lines", f"{plain(quantity)} of {item} came in, but {there}")

    def _is_put_away(self, purchase: Purchase) -> bool:
        return self.options.put_away and not purchase.is_simple

    def _found(self, purchase: Purchase, group: Group, day: str, receipt: GoodsReceipt | None) -> Found:
        """Return a group's receipt of one day; an Advanced one names no location until it is put away."""
        shown = placed(_on(group.goods, day), self._wanted(receipt) if receipt is not None else {})
        status = self._status(purchase, group)
        ref = _ref(purchase, group, day)
        return Found(
            ref=ref,
            status=status,
            fields={
                "purchase": purchase.wire.key,
                "date": day,
                "supplier": purchase.wire.SupplierID.lower(),
                **line_fields(shown),
            },
            frozen=""
            if group.stock.state in OPEN
            else "received goods can only be changed in Cin7 after an undo there.",
            document=document_at(purchase, GoodsReceipt.kind, ref.key),
        )

    def _status(self, purchase: Purchase, group: Group) -> TargetStatus:
        """Return where it stands: goods that are put away are in stock, whatever the receipt's own status says."""
        if purchase.wire.is_void or (not group.goods and group.stock.state == VOIDED):
            return TargetStatus.VOIDED
        put_away = group.put_away is not None and group.put_away.state == AUTHORISED and bool(group.put_away.Lines)
        received = group.stock.state == AUTHORISED and not self._is_put_away(purchase)
        return TargetStatus.AUTHORISED if put_away or received else TargetStatus.DRAFT


def _held(purchase: Purchase) -> list[tuple[Group, str]]:
    """Return the receipts: the goods of one day in one group."""
    return [
        (group, day)
        for group in purchase.groups
        for day in sorted({line.Date[:10] for line in group.goods or group.stock.Lines})
    ]


def _on(lines: Iterable[WireStockLine], day: str) -> list[WireStockLine]:
    return [line for line in lines if line.Date[:10] == day]


def _is_at(group: Group, day: str, receipt: GoodsReceipt, ref: TargetRef) -> bool:
    """Tell whether this is what was bound; of one that may have been sent: goods of its day where none were before."""
    _, _, number, *_ = ref.key.split("/")
    if number != SENT:
        return str(group.number) == number and day == ref.key.split("/")[3]
    there = quantities(_on(group.goods, day))
    fits = all(_by_item(receipt).get(item, Decimal(0)) >= quantity for item, quantity in there.items())
    return str(group.number) not in ref.parts["before"].split() and day == receipt.date.isoformat() and fits


def _by_item(receipt: GoodsReceipt) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in receipt.lines:
        found[line.item] = found.get(line.item, Decimal(0)) + line.quantity
    return found


def _ref(purchase: Purchase, group: Group, day: str) -> TargetRef:
    return TargetRef(
        key=f"{purchase.wire.key}/receipt/{group.number}/{day}",
        number=f"receipt of {day} in {purchase.name}",
        parts={"task": group.task},
    )


def _number_in(ref: TargetRef) -> int:
    return int(ref.key.split("/")[2])

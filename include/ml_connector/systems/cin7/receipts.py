"""Writing goods receipts: each into a group of its own, received, then put away.

A POST of receipt lines adds them, so a lost answer is looked up by content: a receipt has no field for a mark
(https://dearinventory.docs.apiary.io, Purchase Stock). Of several equal ones the engine takes one that no other
document of ours is bound to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from ml_connector.domain.documents import GoodsReceipt
from ml_connector.domain.errors import ContractError, NotReady
from ml_connector.domain.money import plain
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Fields, Found, TargetRef
from ml_connector.systems.cin7.groups import DONE, OPEN, Groups, Place, Purchase, Row
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.systems.cin7.preflight import Preflight, refused
from ml_connector.systems.cin7.wire import WirePurchase, WireStock

RECEIPT = "receipt"


@dataclass(frozen=True)
class Cin7Receipts:
    """The receipts of one account."""

    groups: Groups
    preflight: Preflight
    options: Cin7Options

    def project(self, receipt: GoodsReceipt) -> Fields:
        """Return what Cin7 shows of it."""
        rows = ((line.item, line.quantity) for line in receipt.lines)
        return {"order": receipt.order_key, "date": receipt.date.isoformat(), **_quantities(rows)}

    def find(self, receipt: GoodsReceipt) -> Found | None:
        """Return a receipt of this content, with all others that are equal."""
        purchase = self.groups.purchase(receipt.order_key) if receipt.order_key else None
        if purchase is None or purchase.wire.is_void:
            return None
        wanted = self.project(receipt)
        shown = [self._found(purchase, stock) for stock in purchase.wire.StockReceived if stock.Lines]
        same = [found for found in shown if found.fields == wanted]
        return replace(same[0], alternatives=tuple(same[1:])) if same else None

    def fetch(self, ref: TargetRef) -> Found | None:
        """Return what stands at `ref`."""
        place = Place.of(ref.key)
        purchase = self.groups.purchase(place.purchase)
        stock = None if purchase is None else _at(purchase, place)
        return None if purchase is None or stock is None else self._found(purchase, stock)

    def present(self) -> Iterator[Found]:
        """Yield all receipts; purchases that have not changed are not read again."""
        rows = self.groups.reader.rows("purchaseList", "PurchaseList", {})
        for row in self.groups.reader.purchases(rows):
            if isinstance(row, dict):
                purchase = Purchase(WirePurchase.model_validate(row), is_simple=False)
                yield from (self._found(purchase, stock) for stock in purchase.wire.StockReceived if stock.Lines)

    # --- writing ---

    def draft(self, receipt: GoodsReceipt, ref: TargetRef | None, bind: Callable[[TargetRef], None]) -> TargetRef:
        """Write the receipt's lines as draft into a group that has none.

        Raises:
            NotReady: the purchase is billed first, and its bill is not authorised.
            AmbiguousWrite: the answer was lost.
            Refused: the order does not have these goods, or Cin7 said no.
        """
        if not receipt.order_key:
            raise refused("order", "no order stands behind these goods, and Cin7 receives them into its purchase")
        purchase = self.groups.must(receipt.order_key)
        self._check(receipt, purchase)
        place = Place.of(ref.key) if ref is not None else None
        if place is not None and _at(purchase, place) is not None:
            return ref  # type: ignore[return-value]
        before = {stock.TaskID.lower() for stock in purchase.wire.StockReceived if stock.Lines}
        free = next(
            (stock.TaskID for stock in purchase.wire.StockReceived if not stock.Lines and stock.state in OPEN), ""
        )
        body = {**purchase.task(free), "Status": "DRAFT", "Lines": self._lines(receipt)}
        self.groups.client.write(purchase.path("stock"), json=body)
        made = self._written(receipt, before)
        bind(made)
        return made

    def authorise(self, receipt: GoodsReceipt, ref: TargetRef) -> None:
        """Authorise the receipt, then put its goods away; what is done already is left alone."""
        place = Place.of(ref.key)
        purchase = self.groups.must(place.purchase)
        stock = _at(purchase, place)
        if stock is not None and stock.state not in DONE:
            self._authorised(purchase, "stock", stock.TaskID, [])
        if self.options.put_away and not purchase.is_simple:
            away = _away(purchase, place.task)
            if away is None or away.state not in DONE:
                lines = [] if away is not None and away.Lines else self._lines(receipt)
                self._authorised(purchase, "put-away", stock.TaskID if stock else place.task, lines)

    def amend(self, receipt: GoodsReceipt, found: Found) -> None:
        """Replace the draft's lines."""
        place = Place.of(found.ref.key)
        purchase = self.groups.must(place.purchase)
        stock = _at(purchase, place)
        body = {
            **purchase.task(stock.TaskID if stock else place.task),
            "Status": "DRAFT",
            "Lines": self._lines(receipt),
        }
        self.groups.client.write(purchase.path("stock"), method="PUT", json=body, repeatable=True)

    def _authorised(self, purchase: Purchase, part: str, task: str, lines: list[Row]) -> None:
        body = {**purchase.task(task), "Status": "AUTHORISED", "Lines": lines}
        self.groups.client.write(purchase.path(part), json=body)

    def _check(self, receipt: GoodsReceipt, purchase: Purchase) -> None:
        """Check the gate, and that the goods were ordered: Cin7 takes what nobody ordered."""
        wire = purchase.wire
        if wire.Approach.upper() == "INVOICE" and not any(part.state in DONE for part in wire.Invoice):
            raise NotReady(f"{purchase.name} is billed first, and its bill is not authorised")
        ordered = _sums((line.SKU, line.Quantity) for line in wire.Order.Lines)
        there = _sums((line.SKU, line.Quantity) for stock in wire.StockReceived for line in stock.Lines)
        for item, quantity in _sums((line.item, line.quantity) for line in receipt.lines).items():
            if item not in ordered:
                raise refused("lines", f"{item} is not on {purchase.name}")
            total = there.get(item, Decimal(0)) + quantity
            if self.options.over_receipts == "refuse" and total > ordered[item]:
                had = f"{plain(ordered[item])} were ordered"
                text = f"{plain(total)} of {item} would be received on {purchase.name}, and {had}"
                raise refused("lines", text)

    def _lines(self, receipt: GoodsReceipt) -> list[Row]:
        return [
            {"Date": f"{receipt.date.isoformat()}T00:00:00", "SKU": line.item, "Quantity": line.quantity,
             "Location": self.preflight.location(line.location)}
            for line in receipt.lines
        ]  # fmt: skip

    def _written(self, receipt: GoodsReceipt, before: set[str]) -> TargetRef:
        """Return where it has been written: the group that had no lines before, read back."""
        purchase = self.groups.must(receipt.order_key)
        for stock in purchase.wire.StockReceived:
            if stock.Lines and stock.TaskID.lower() not in before:
                return _ref(purchase, stock)
        raise ContractError(f"{purchase.name} took the receipt, and does not show it")

    def _found(self, purchase: Purchase, stock: WireStock) -> Found:
        done = stock.state in DONE
        if done and self.options.put_away and not purchase.is_simple and not _is_simple(purchase.wire):
            away = _away(purchase, stock.TaskID)
            done = away is not None and away.state in DONE
        void = purchase.wire.is_void or stock.state == "VOIDED"
        return Found(
            ref=_ref(purchase, stock),
            status=TargetStatus.VOIDED if void else TargetStatus.AUTHORISED if done else TargetStatus.DRAFT,
            fields={
                "order": purchase.wire.key,
                "date": min((line.Date[:10] for line in stock.Lines), default=""),
                **_quantities((line.SKU, line.Quantity) for line in stock.Lines),
            },
            frozen="an authorised receipt can only be changed in Cin7 after an undo there." if done else "",
        )


def _is_simple(wire: WirePurchase) -> bool:
    return wire.Type.casefold().startswith("simple")


def _at(purchase: Purchase, place: Place) -> WireStock | None:
    stocks = purchase.wire.StockReceived
    return next((one for one in stocks if one.Lines and place.holds(one.TaskID or purchase.wire.ID)), None)


def _away(purchase: Purchase, task: str) -> WireStock | None:
    return next((one for one in purchase.wire.PutAway if one.TaskID.lower() == task.lower()), None)


def _ref(purchase: Purchase, stock: WireStock) -> TargetRef:
    task = (stock.TaskID or purchase.wire.ID).lower()
    return TargetRef(key=Place(purchase.wire.key, RECEIPT, task).key, number=purchase.wire.OrderNumber)


def _sums(rows: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for item, quantity in rows:
        name = item.strip()
        if name:
            found[name] = found.get(name, Decimal(0)) + quantity
    return found


def _quantities(rows: Iterable[tuple[str, Decimal]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for index, (item, quantity) in enumerate(sorted(_sums(rows).items())):
        fields |= {f"lines[{index}].item": item, f"lines[{index}].quantity": plain(quantity)}
    return fields

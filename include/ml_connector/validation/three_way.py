"""The three-way match: an invoice against its order and what was received, by item and quantity, within tolerances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from ml_connector.domain.documents import GoodsReceipt, InvoiceType, PurchaseOrder, SupplierInvoice
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.money import Amount, plain

Quantities = Mapping[str, Decimal]


class Tolerances(BaseModel):
    """How far an invoice may be from its order and receipts.

    Args:
        quantity_percent: billed over received, and received over ordered, per item.
        price_percent: billed unit price over or under the ordered one.
        price_amount: a difference of unit prices that is let through whatever its share.
        line_amount: a difference that the price makes to a line's amount, let through whatever its share.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quantity_percent: Amount = Field(default=Decimal(0), ge=0, le=100)
    price_percent: Amount = Field(default=Decimal(2), ge=0, le=100)
    price_amount: Amount = Field(default=Decimal(0), ge=0)
    line_amount: Amount = Field(default=Decimal(0), ge=0)


@dataclass(frozen=True)
class Purchase:
    """What the source holds of one purchase.

    Args:
        order: None for a bill that no order stands behind: there is nothing to match.
        receipts: authorised ones.
        invoices: all authorised ones, the invoice in question too.
        begun: keys of those that are being brought to the target, or have been.
    """

    order: PurchaseOrder | None
    receipts: tuple[GoodsReceipt, ...] = ()
    invoices: tuple[SupplierInvoice, ...] = ()
    begun: Collection[str] = ()


def three_way(
    invoice: SupplierInvoice, purchase: Purchase, tolerances: Tolerances, services: Collection[str] = ()
) -> list[Finding]:
    """Return why the invoice does not match, or waits for goods; nothing for a credit memo or without an order.

    Receipts are allotted to the invoices of a purchase in the order of their dates, so of two partial invoices
    the first goes when the first goods are there. Those begun come before all others: what they bill cannot be
    allotted again to one that is entered later and dated earlier.

    Args:
        invoice: in the source's codes.
        purchase: its order, receipts and invoices, in the same codes.
        tolerances: how much difference is let through.
        services: items that are never received.
    """
    order = purchase.order
    if order is None or invoice.type is InvoiceType.CREDIT_MEMO:
        return []
    match = _Match(invoice, order, purchase, tolerances, services)
    return [*match.prices(), *match.over_receipts(), *match.goods()]


@dataclass(frozen=True)
class _Match:
    invoice: SupplierInvoice
    order: PurchaseOrder
    purchase: Purchase
    tolerances: Tolerances
    services: Collection[str]

    def goods(self) -> Iterator[Finding]:
        """Yield what has been billed and not received."""
        received = _received(self.purchase.receipts)
        billed = _billed(self._up_to_this_one())
        for item, quantity in _billed([self.invoice]).items():
            there = received.get(item, Decimal(0))
            if item in self.services or billed[item] <= self._within(there):
                continue
            yield self._finding(
                Reason.RECEIPT_MISSING,
                item,
                plain(there),
                f"it bills {plain(quantity)} of {item}; {plain(there)} have been received, and {plain(billed[item])} "
                f"are billed by it and the invoices that go before it.",
                "It goes by itself in the run after the goods have been received.",
                waits=True,
            )

    def over_receipts(self) -> Iterator[Finding]:
        """Yield what has been received beyond the order, as far as this invoice bills it."""
        ordered, received = _ordered(self.order), _received(self.purchase.receipts)
        for item in _billed([self.invoice]):
            if item in ordered and received.get(item, Decimal(0)) > self._within(ordered[item]):
                yield self._finding(
                    Reason.OVER_RECEIPT,
                    item,
                    plain(received[item]),
                    f"{plain(received[item])} of {item} have been received, and {plain(ordered[item])} were ordered.",
                    f"Correct the receipt or the order in {self.invoice.source}.",
                )

    def prices(self) -> Iterator[Finding]:
        """Yield unit prices that are not those ordered; an item ordered at several prices may be billed at any."""
        ordered: dict[str, list[Decimal]] = defaultdict(list)
        for line in self.order.lines:
            if line.item and line.quantity:
                ordered[line.item].append(line.net / line.quantity)
        for index, line in enumerate(self.invoice.lines):
            agreed = ordered.get(line.item or "")
            if agreed is None or not line.quantity:
                continue
            now = line.net / line.quantity
            was = min(agreed, key=lambda price: abs(now - price))
            if abs(now - was) > self._allowed(was, line.quantity):
                yield self._finding(
                    Reason.PRICE_DIFFERS,
                    f"lines[{index}].unit_price",
                    plain(line.unit_price),
                    f"{line.item} is billed at {_price(now)} each and was ordered at {_price(was)}.",
                    f"Agree the price with {self.invoice.supplier_name}, or widen the tolerance.",
                )

    def _allowed(self, price: Decimal, quantity: Decimal) -> Decimal:
        """Return how far a unit price may be off: the widest of the tolerances."""
        rules = self.tolerances
        return max(
            price * rules.price_percent / 100, rules.price_amount, rules.line_amount / abs(quantity), _CENT_OF_ROUNDING
        )

    def _within(self, quantity: Decimal) -> Decimal:
        return quantity * (1 + self.tolerances.quantity_percent / 100)

    def _up_to_this_one(self) -> list[SupplierInvoice]:
        def place(one: SupplierInvoice) -> tuple[object, ...]:
            return (one.key not in self.purchase.begun, one.date, one.number, one.key)

        others = [one for one in self.purchase.invoices if one.key != self.invoice.key]
        before = [one for one in others if place(one) < place(self.invoice)]
        return [one for one in before if one.type is InvoiceType.INVOICE] + [self.invoice]

    def _finding(
        self, reason: Reason, where: str, value: str, message: str, next_step: str, *, waits: bool = False
    ) -> Finding:
        label = self.invoice.label
        start = f"{label[:1].upper()}{label[1:]} (order {self.order.number})"
        return Finding(
            reason=reason, field=where, value=value, message=f"{start}: {message}", next_step=next_step, waits=waits
        )


_CENT_OF_ROUNDING = Decimal("0.005")


def _price(value: Decimal) -> str:
    return plain(value.quantize(Decimal("0.0001")))


def _ordered(order: PurchaseOrder) -> dict[str, Decimal]:
    return _sum((line.item, line.quantity) for line in order.lines)


def _received(receipts: Iterable[GoodsReceipt]) -> dict[str, Decimal]:
    return _sum((line.item, line.quantity) for receipt in receipts for line in receipt.lines)


def _billed(invoices: Iterable[SupplierInvoice]) -> dict[str, Decimal]:
    return _sum((line.item, line.quantity) for invoice in invoices for line in invoice.lines)


def _sum(rows: Iterable[tuple[str | None, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for item, quantity in rows:
        if item:
            found[item] += quantity
    return dict(found)

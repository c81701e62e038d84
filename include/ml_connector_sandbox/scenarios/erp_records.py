"""Suppliers, orders, receipts and invoices of an ERP, whatever its make."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True)
class ErpSupplier:
    """A supplier; `number` is the ERP's."""

    number: str
    name: str
    currency: str
    terms: str
    country: str
    line1: str
    city: str
    postcode: str
    tax_number: str
    contact: str
    email: str
    phone: str


@dataclass(frozen=True)
class ErpLine:
    """A line of an order or invoice; `tax` is (code, percent)."""

    item: str
    text: str
    quantity: Decimal
    price: Decimal
    tax: tuple[str, Decimal]
    account: str
    cost_centre: str = ""

    @property
    def net(self) -> Decimal:
        """Quantity times price."""
        return (self.quantity * self.price).quantize(CENT, ROUND_HALF_UP)

    @property
    def tax_amount(self) -> Decimal:
        """The line's tax."""
        return (self.net * self.tax[1] / 100).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class ErpOrder:
    """An order; `state` is ``planned``, ``released``, ``received``, ``closed`` or ``cancelled``."""

    number: str
    company: str
    supplier: ErpSupplier
    date: dt.date
    currency: str
    terms: str
    state: str
    lines: tuple[ErpLine, ...]

    @property
    def gross(self) -> Decimal:
        """Net and tax."""
        return sum((line.net + line.tax_amount for line in self.lines), Decimal(0))


@dataclass(frozen=True)
class ErpReceipt:
    """Goods that came in on one day; `lines` are (index of the order's line, quantity)."""

    number: int
    order: ErpOrder
    date: dt.date
    lines: tuple[tuple[int, Decimal], ...]


@dataclass(frozen=True)
class ErpInvoice:
    """A supplier's invoice; `of` are the indexes of the order's lines that it bills.

    Args:
        order: None for one without order.
        off: what its stated total differs from its lines.
    """

    number: str
    company: str
    supplier: ErpSupplier
    order: ErpOrder | None
    date: dt.date
    due: dt.date
    currency: str
    lines: tuple[ErpLine, ...]
    of: tuple[int, ...] = ()
    state: str = "posted"
    off: Decimal = Decimal(0)

    @property
    def net(self) -> Decimal:
        """The lines' sum."""
        return sum((line.net for line in self.lines), Decimal(0)) + self.off

    @property
    def tax(self) -> Decimal:
        """The lines' tax."""
        return sum((line.tax_amount for line in self.lines), Decimal(0))

"""The invoicing-and-receiving groups of a purchase, pure: which of them a bill or a receipt goes into, or why none yet.

A group holds one receipt, its put-away and one bill, under one `TaskID`; a Simple purchase is one group. A `TaskID`
left out at a receipt opens another group with an empty draft bill (https://github.com/asungtrading/asung-wms), which
is how one order takes several receipts and bills; the reference knows no other way to get another bill. That of the
first group is the purchase's own ID until the purchase is converted: groups are known by their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ml_connector.domain.errors import NotReady, Refused
from ml_connector.systems.cin7.translate import AUTHORISED, BILLED, VOIDED
from ml_connector.systems.cin7.wire import WireLine, WirePart, WirePurchase, WireStock, WireStockLine

Row = dict[str, Any]
Quantities = Mapping[str, Decimal]
OPEN = ("", "DRAFT", "NOT AVAILABLE")
"""Statuses in which a sub-document takes content."""
NEW = "00000000-0000-0000-0000-000000000000"
"""The TaskID that means: make a new one (https://dearinventory.docs.apiary.io, Advanced Purchase)."""


@dataclass(frozen=True)
class Group:
    """One group.

    Args:
        put_away: None in a Simple purchase, which has none.
    """

    number: int
    task: str
    bill: WirePart
    stock: WireStock
    put_away: WireStock | None

    @property
    def goods(self) -> Sequence[WireStockLine]:
        """What came in: put-away and receipt are the same goods, never added."""
        if self.put_away is not None and self.put_away.Lines and self.put_away.state != VOIDED:
            return self.put_away.Lines
        return () if self.stock.state == VOIDED else self.stock.Lines

    @property
    def is_received(self) -> bool:
        """Whether its goods are there: put-away ones are, whatever the receipt's own status says, which was seen as
        DRAFT and NOT AVAILABLE beside them (https://github.com/asungtrading/asung-wms)."""  # noqa: D205, D209
        put_away = self.put_away is not None and self.put_away.state == AUTHORISED and bool(self.put_away.Lines)
        return put_away or self.stock.state == AUTHORISED

    @property
    def bill_is_free(self) -> bool:
        """Whether it takes another bill."""
        return self.bill.state in OPEN and is_empty(self.bill)

    @property
    def stock_is_free(self) -> bool:
        """Whether it takes another receipt."""
        return self.stock.state in OPEN and not self.stock.Lines and not (self.put_away and self.put_away.Lines)


@dataclass(frozen=True)
class Purchase:
    """A purchase read fresh.

    Args:
        is_simple: it is of the Simple family, which has one group, and addresses of its own.
    """

    wire: WirePurchase
    is_simple: bool

    @property
    def name(self) -> str:
        """What a clerk calls it."""
        return self.wire.OrderNumber or self.wire.key

    @property
    def is_stock_first(self) -> bool:
        """Whether goods have to be received before they are billed; services never are."""
        return self.wire.Approach.strip().upper() != "INVOICE" and not self.wire.IsServiceOnly

    @property
    def groups(self) -> list[Group]:
        """The groups in the order of their numbers."""
        bills = {part.InvoicingAndReceivingNumber: part for part in self.wire.Invoice}
        stocks = {part.InvoicingAndReceivingNumber: part for part in self.wire.StockReceived}
        puts = {} if self.is_simple else {part.InvoicingAndReceivingNumber: part for part in self.wire.PutAway}
        found = []
        for number in sorted({*bills, *stocks, *puts}):
            bill, stock, put_away = bills.get(number, WirePart()), stocks.get(number, WireStock()), puts.get(number)
            task = bill.TaskID or stock.TaskID or (put_away.TaskID if put_away else "") or self.wire.ID
            found.append(Group(number, task, bill, stock, put_away))
        return found

    def group(self, number: int) -> Group | None:
        """Return the group of this number, or None."""
        return next((group for group in self.groups if group.number == number), None)

    def path(self, part: str) -> str:
        """Return the address of a sub-document."""
        return f"{'purchase' if self.is_simple else 'advanced-purchase'}/{part}"

    def names(self, task: str) -> Row:
        """Return what names a sub-document in a body."""
        return {"TaskID": self.wire.ID} if self.is_simple else {"PurchaseID": self.wire.ID, "TaskID": task}

    # --- gates ---

    def check_open(self) -> None:
        """Check that the purchase takes documents at all.

        Raises:
            Refused: it is void.
            NotReady: its order is not authorised.
        """
        if self.wire.is_void or self.wire.Order.state == VOIDED:
            raise refused_purchase(f"{self.name} is void in Cin7")
        if self.wire.Order.state != AUTHORISED and not self.wire.BlindReceipt:
            raise NotReady(f"the order {self.name} has to be authorised in Cin7 first")

    def group_for_bill(self, billed: Quantities) -> Group:
        """Return the group that a bill goes into: the one whose goods it bills, else the first that is free.

        Raises:
            Refused: the purchase is void.
            NotReady: the order is not authorised; or, stock first, its goods are not there.
        """
        self.check_open()
        groups = self.groups
        if self.is_stock_first:
            groups = [group for group in groups if group.is_received]
            if not groups:
                raise NotReady(f"the goods of {self.name} have to be received in Cin7 first")
        free = [group for group in groups if group.bill_is_free]
        if not free:
            what = "receipt" if self.is_stock_first else "group"
            raise NotReady(
                f"each {what} of {self.name} has its bill already, and Cin7 takes one bill a {what}; it goes after "
                f"the next receipt, or once another bill is opened there"
            )
        return _best(free, billed, lambda group: quantities(group.goods))

    def task_for_receipt(self, received: Quantities) -> str:
        """Return the TaskID that a receipt is posted to; `NEW` for a group of its own.

        Raises:
            Refused: the purchase is void, or takes no (other) receipt.
            NotReady: the order is not authorised; or, invoice first, no authorised bill waits for goods.
        """
        self.check_open()
        if self.wire.IsServiceOnly:
            raise refused_purchase(f"{self.name} is a service purchase, which takes no goods")
        groups = self.groups
        if not self.is_stock_first:
            groups = [group for group in groups if group.bill.state in BILLED]
            if not groups:
                raise NotReady(f"the bill of {self.name} has to be authorised in Cin7 first: it is invoice first")
        free = [group for group in groups if group.stock_is_free]
        if free:
            return _best(free, received, lambda group: quantities(group.bill.Lines)).task
        if self.is_simple:
            raise refused_purchase(f"{self.name} is a Simple purchase, which takes one receipt, and it has one")
        if not self.is_stock_first:
            raise NotReady(f"each authorised bill of {self.name} has its goods already; it goes after the next bill")
        return NEW


def is_empty(part: WirePart) -> bool:
    """Tell whether a bill or credit note has no content."""
    return not part.Lines and not part.AdditionalCharges


def quantities(lines: Iterable[WireStockLine | WireLine]) -> dict[str, Decimal]:
    """Return the quantity of each product."""
    found: dict[str, Decimal] = {}
    for line in lines:
        sku = line.SKU.strip()
        if sku:
            found[sku] = found.get(sku, Decimal(0)) + line.Quantity
    return found


def refused_purchase(text: str) -> Refused:
    """Return a refusal of our own that concerns the purchase a document belongs to; nothing was sent."""
    return Refused(text, reasons=(("order_key", text),))


def _best(groups: Sequence[Group], wanted: Quantities, of: Callable[[Group], Quantities]) -> Group:
    def misfit(group: Group) -> tuple[int, int]:
        there = of(group)
        covers = all(there.get(item, Decimal(0)) >= quantity for item, quantity in wanted.items())
        return (0 if there == wanted else 1 if covers else 2, group.number)

    return min(groups, key=misfit)

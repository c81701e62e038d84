"""Changing purchase orders that stand in QAD: lines first, then the header, so that an interrupted change is seen.

A record is changed by sending it back whole under its ``concurrencyHash``, as public clients do with orders
(https://github.com/DigvijayERP/ApexTransformJAVA). That lines are changed likewise is inferred, and no client deletes
one: a line too many is a person's to cancel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from ml_connector.domain.documents import PurchaseOrder
from ml_connector.domain.errors import ConcurrentEdit, Refused
from ml_connector.domain.money import plain
from ml_connector.sync.ports import Found
from ml_connector.systems.qad.endpoint import Record
from ml_connector.systems.qad.orders import OrderedLine, OrderLine, QadOrders
from ml_connector.systems.qad.rates import rated
from ml_connector.systems.qad.translate import order_lines
from ml_connector.systems.qad.wire import day

HEADER = {
    "supplier": "supplierCode",
    "currency": "currencyCode",
    "date": "orderDate",
    "required_by": "dueDate",
}
"""Projected field → member of a header that may be changed."""


@dataclass(frozen=True)
class LineChanges:
    """What has to happen to the lines of an order.

    Args:
        changed: a line that is there → what it should be.
        added: lines that are not there.
    """

    changed: tuple[tuple[OrderLine, OrderedLine], ...]
    added: tuple[OrderedLine, ...]


def amend(orders: QadOrders, order: PurchaseOrder, found: Found, fields: Collection[str]) -> None:
    """Bring lines and header to what is wanted.

    Raises:
        Refused: a line that is there is not wanted, or its goods came at another cost; nothing has been changed then.
        ConcurrentEdit: somebody changed the order meanwhile; the next try decides again.
    """
    key = found.ref.key
    lines = plan(key, orders.lines(key), order_lines(order, orders.endpoint.options))
    for there, wanted in lines.changed:
        _change(orders, key, there, wanted)
    for line in lines.added:
        orders.add(key, *line)
    if "required_by" in fields:
        _move(orders, key, order)
    _header(orders, key, order, fields)


def plan(key: str, there: list[OrderLine], wanted: list[OrderedLine]) -> LineChanges:
    """Return how the lines that are there become those wanted: each is paired with one of its item.

    Raises:
        Refused: as `amend`.
    """
    missing = Counter(wanted)
    rest = []
    for row in there:
        if missing[row.ordered_line]:
            missing[row.ordered_line] -= 1
        else:
            rest.append(row)
    added = list(missing.elements())
    changed = []
    for row in rest:
        line = next((one for one in added if one[0].casefold() == row.item.casefold()), None)
        if line is None:
            _refuse(key, row, "which Cin7 does not have; cancel it in QAD")
        elif row.received and row.cost != line[2]:
            _refuse(key, row, f"of which goods have come at {plain(row.cost)} each, and Cin7 has {plain(line[2])} now")
        else:
            added.remove(line)
            changed.append((row, line))
    return LineChanges(tuple(changed), tuple(added))


def _refuse(key: str, row: OrderLine, why: str) -> None:
    said = f"order {key} has line {row.line} in QAD, {plain(row.ordered)} of {row.item}, {why}"
    raise Refused(said, reasons=(("lines", said),))


def _change(orders: QadOrders, key: str, there: OrderLine, wanted: OrderedLine) -> None:
    record = _line(orders, key, there.line)
    for name, value in (("quantityOrdered", wanted[1]), ("purchaseCost", wanted[2])):
        record = orders.endpoint.changed("order_line", {**record, name: value}, name)
    orders.endpoint.update("order_line", record, **orders.keys(key), purchaseOrderLine=there.line)


def _move(orders: QadOrders, key: str, order: PurchaseOrder) -> None:
    """Give lines whose goods are still to come the new due date: QAD plans by it."""
    due = order.required_by or order.date
    for row in orders.lines(key):
        if row.received >= row.ordered:
            continue
        record = _line(orders, key, row.line)
        if day(record, "dueDate") != due:
            changed = {**record, "dueDate": due.isoformat()}
            orders.endpoint.update("order_line", changed, **orders.keys(key), purchaseOrderLine=row.line)


def _line(orders: QadOrders, key: str, number: int) -> Record:
    record = orders.endpoint.get("order_line", **orders.keys(key), purchaseOrderLine=number)
    if record is None:
        raise ConcurrentEdit(f"line {number} of order {key} is gone from QAD")
    return record


def _header(orders: QadOrders, key: str, order: PurchaseOrder, fields: Collection[str]) -> None:
    wanted = orders.project(order)
    changes = {HEADER[name]: wanted[name] for name in fields if name in HEADER}
    if not changes:
        return
    header = orders.header(key)
    if header is None:
        raise ConcurrentEdit(f"order {key} is gone from QAD")
    sent = {**header, **changes}
    if HEADER["currency"] in changes:  # the rates that stand there are the old currency's
        sent = rated(orders.endpoint, "order", {**sent, "exchangeRate": 0, "exchangeRate2": 0})
    orders.endpoint.update("order", sent, **orders.keys(key))

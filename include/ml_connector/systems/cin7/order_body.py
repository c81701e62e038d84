"""An order as Cin7's bodies want it and as its answers show it, pure: header, lines, and the table that is compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ml_connector.domain.documents import Line, PurchaseOrder
from ml_connector.domain.errors import Refused
from ml_connector.domain.money import CENT, plain
from ml_connector.sync.ports import Fields
from ml_connector.systems.cin7.wire import WirePurchase, calendar_date

Row = dict[str, Any]
PRICE = Decimal("0.0001")
"""Prices have four decimals at most (https://dearinventory.docs.apiary.io, Purchase Order)."""
_NOTE = re.compile(r"([^\n]*?)\s*\b(mlc:[0-9a-f]+)")


def note_of(order: PurchaseOrder, marker: str) -> str:
    """Return the header's note: the order's number and our marker, to which people may add what they like."""
    return f"{order.number} {marker}"


def read_note(note: str) -> tuple[str, str]:
    """Return the number and the marker in a note; "" each where it is none of ours."""
    found = _NOTE.search(note)
    return (found.group(1).strip(), found.group(2)) if found else ("", "")


def merged(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, those of one product at one price put together.

    The same product twice is refused by some accounts (https://github.com/asungtrading/asung-wms).
    """
    found: dict[tuple[Any, ...], Line] = {}
    for index, line in enumerate(lines):
        same = (line.item, line.unit_price, line.tax_rule) if line.item else (index,)
        old = found.get(same)
        found[same] = line if old is None else old.model_copy(update={
            "quantity": old.quantity + line.quantity, "net": old.net + line.net, "tax": old.tax + line.tax,
        })  # fmt: skip
    return list(found.values())


def lines_of(order: PurchaseOrder, tax_rule: str) -> Row:
    """Return the body's lines and additional charges.

    Args:
        order: the order, in Cin7's codes.
        tax_rule: the rule of lines that name none; "" for none.

    Raises:
        Refused: a line cannot be said in Cin7; nothing has been sent.
    """
    lines = merged(order.lines)
    return {
        "Lines": [
            {"SKU": line.item, "Name": line.description or line.item, **_amounts(line, tax_rule)}
            for line in lines
            if line.item
        ],
        "AdditionalCharges": [
            {"Description": line.description, "Reference": "", **_amounts(line, tax_rule)}
            for line in lines
            if not line.item
        ],
    }


def _amounts(line: Line, tax_rule: str) -> Row:
    """Return the amounts so that Cin7's own check holds: quantity × price, half up to the cent, is the total.

    The total is without tax (the check is reported by https://github.com/jamespudney/cin7_sync).
    """
    name = line.item or line.description
    rule = line.tax_rule or tax_rule
    if not rule:
        raise _unsayable(
            name, "it has no tax rule, and Cin7 takes no line without; map one, or set options.cin7.tax_rule"
        )
    price = line.unit_price.quantize(PRICE, ROUND_HALF_UP)
    if _total(line.quantity, price) != line.net and line.quantity:
        price = (line.net / line.quantity).quantize(PRICE, ROUND_HALF_UP)
    if _total(line.quantity, price) != line.net:
        amounts = f"{plain(line.quantity)} at {plain(line.unit_price)} for {plain(line.net)}"
        raise _unsayable(name, f"{amounts} cannot be said with a price of four decimals")
    return {
        "Quantity": line.quantity, "Price": price, "Discount": 0, "Tax": line.tax, "TaxRule": rule, "Total": line.net,
    }  # fmt: skip


def _total(quantity: Decimal, price: Decimal) -> Decimal:
    return (quantity * price).quantize(CENT, ROUND_HALF_UP)


def _unsayable(name: str, why: str) -> Refused:
    text = f"line {name}: {why}"
    return Refused(text, reasons=((f"line {name}", why),))


def wanted_fields(order: PurchaseOrder) -> Fields:
    """Return what Cin7 shows of the order once it is there."""
    return {
        "number": order.number.strip(),
        "supplier": order.supplier_key.lower(),
        "currency": order.currency,
        "net": plain(order.net),
        "tax": plain(order.tax),
        "gross": plain(order.gross),
        "required_by": order.required_by.isoformat() if order.required_by else "",
        **_line_fields((line.item or line.description, line.quantity, line.net) for line in merged(order.lines)),
    }


def shown_fields(wire: WirePurchase) -> Fields:
    """Return the same of a purchase as it stands."""
    required = calendar_date(wire.RequiredBy)
    rows = [(line.SKU, line.Quantity, line.Total) for line in wire.Order.Lines]
    rows += [(charge.Description, charge.Quantity, charge.Total) for charge in wire.Order.AdditionalCharges]
    return {
        "number": read_note(wire.Note)[0],
        "supplier": wire.SupplierID.lower(),
        "currency": wire.SupplierCurrency.strip().upper(),
        "net": plain(wire.Order.TotalBeforeTax),
        "tax": plain(wire.Order.Tax),
        "gross": plain(wire.Order.Total),
        "required_by": required.isoformat() if required else "",
        **_line_fields(rows),
    }


def _line_fields(rows: Iterable[tuple[str, Decimal, Decimal]]) -> dict[str, str]:
    """Return lines in one canonical order: answers come back in another than sent."""
    fields: dict[str, str] = {}
    for index, (item, quantity, net) in enumerate(sorted(rows)):
        fields |= {
            f"lines[{index}].item": item,
            f"lines[{index}].quantity": plain(quantity),
            f"lines[{index}].net": plain(net),
        }
    return fields

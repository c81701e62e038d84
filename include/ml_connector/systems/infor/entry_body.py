"""An order as M3's batch entry takes it and as M3 shows it, pure: the reference text, the lines, the table compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from ml_connector.domain.documents import Line, PurchaseOrder
from ml_connector.domain.errors import Refused
from ml_connector.domain.money import plain, rounded
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.translate import OrderRows, is_cancelled
from ml_connector.systems.infor.wire import Row, day, day_text, number, text

MARKER = re.compile(r"\bmlc:[0-9a-f]+")
LONGEST_REFERENCE = 36
"""Characters of YRE1, "Your reference" (https://github.com/GaryWayneSmith/M3H5, `PPS001MI`)."""
_PRICE_DIGITS = (Decimal("0.01"), Decimal("0.0001"), Decimal("0.000001"))
Wanted = tuple[str, Decimal, Decimal]
"""Item, quantity and amount of a line."""


def reference_of(document: PurchaseOrder, marker: str) -> str:
    """Return the order's reference text: its own number and our marker.

    Raises:
        Refused: both are too long for it.
    """
    made = f"{document.number.strip()} {marker}"
    if len(made) > LONGEST_REFERENCE:
        longest = LONGEST_REFERENCE - len(marker) - 1
        raise refused("number", f"number {document.number} has more than {longest} characters, so M3 cannot keep it")
    return made


def number_of(reference: str) -> str:
    """Return the number in a reference text."""
    return MARKER.sub("", reference).strip()


def head_inputs(document: PurchaseOrder, marker: str, message: str, options: InforOptions) -> Row:
    """Return the inputs of an order's head."""
    optional = {
        "CUCD": document.currency if options.order_currency else "",
        "TEPY": document.terms,
        "DWDT": day_text(document.required_by) if document.required_by else "",
        "ORTY": options.order_type,
        "FACI": options.facility,
        "WHLO": options.warehouse,
    }
    return {
        "MSGN": message,
        "SUNO": document.supplier_key,
        "PUDT": day_text(document.date),
        "YRE1": reference_of(document, marker),
        **{name: value for name, value in optional.items() if value},
    }


def lines_of(document: PurchaseOrder, options: InforOptions) -> list[tuple[Wanted, Row]]:
    """Return each line as M3 will show it, and its inputs; the price is what the amount comes to for one unit.

    Raises:
        Refused: a line has no item, or its amount cannot be said as a price.
    """
    return [_line(line, document, options) for line in document.lines]


def _line(line: Line, document: PurchaseOrder, options: InforOptions) -> tuple[Wanted, Row]:
    item = line.item or options.charge_item
    if not item:
        raise refused("lines", f"line “{line.description[:40]}” has no item; set option charge_item for such lines")
    quantity = line.quantity if line.item else (line.quantity or Decimal(1))
    if quantity <= 0:
        raise refused("lines", f"line {item} has quantity {plain(line.quantity)}, which cannot be ordered")
    optional = {
        "PUUN": line.unit,
        "DWDT": day_text(document.required_by) if document.required_by else "",
        "WHLO": options.warehouse,
    }
    inputs = {"ITNO": item, "ORQA": plain(quantity), "PUPR": plain(_price(item, quantity, line.net)), "PUCD": "1"}
    return (item, quantity, line.net), {**inputs, **{name: value for name, value in optional.items() if value}}


def _price(item: str, quantity: Decimal, net: Decimal) -> Decimal:
    for digits in _PRICE_DIGITS:
        price = (net / quantity).quantize(digits, ROUND_HALF_UP)
        if rounded(price * quantity) == net:
            return price
    raise refused(
        "lines", f"line {item}: {plain(quantity)} for {plain(net)} cannot be said with a price of six decimals"
    )


def shown_lines(rows: OrderRows, options: InforOptions) -> list[Wanted]:
    """Return the lines that M3 shows."""
    alive = [row for row in rows.lines if not is_cancelled(row, options)]
    return [(text(row, "ITNO"), number(row, "ORQA"), number(row, "LNAM")) for row in alive]


def lacking(wanted: Sequence[tuple[Wanted, Row]], present: Iterable[Wanted]) -> tuple[list[Row], list[Wanted]]:
    """Return the inputs of the lines that are not there yet, and the lines that are there and not wanted."""
    left = list(present)
    missing = []
    for line, inputs in wanted:
        if line in left:
            left.remove(line)
        else:
            missing.append(inputs)
    return missing, left


def wanted_fields(document: PurchaseOrder, options: InforOptions) -> dict[str, str]:
    """Return what M3 will show of the order; M3 reckons VAT only when the invoice comes."""
    try:
        lines = [line for line, _ in lines_of(document, options)]
    except Refused:  # `draft` says so
        lines = [(line.item or "", line.quantity, line.net) for line in document.lines]
    required = {"required_by": document.required_by.isoformat()} if document.required_by else {}
    terms = {"terms": document.terms} if document.terms else {}
    return {
        "number": document.number.strip(),
        "supplier": document.supplier_key,
        "date": document.date.isoformat(),
        "currency": document.currency,
        **required,
        **terms,
        **_line_fields(lines),
    }


def shown_fields(rows: OrderRows, options: InforOptions) -> dict[str, str]:
    """Return the same of an order as M3 shows it."""
    head = rows.head
    dated, required = day(head, "PUDT"), day(head, "DWDT")
    return {
        "number": number_of(text(head, "YRE1")),
        "supplier": text(head, "SUNO"),
        "date": dated.isoformat() if dated else "",
        "currency": text(head, "CUCD"),
        "required_by": required.isoformat() if required else "",
        "terms": text(head, "TEPY"),
        **_line_fields(shown_lines(rows, options)),
    }


def _line_fields(lines: Iterable[Wanted]) -> dict[str, str]:
    """Return the lines in an order of their own, and their sum."""
    found = sorted(lines)
    fields = {"net": plain(sum((net for _, _, net in found), Decimal(0)))}
    for index, (item, quantity, net) in enumerate(found):
        line = {"item": item, "quantity": plain(quantity), "net": plain(net)}
        fields |= {f"lines[{index}].{name}": value for name, value in line.items()}
    return fields


def refused(field: str, reason: str) -> Refused:
    """Return a refusal of our own."""
    return Refused(reason, reasons=((field, reason),))

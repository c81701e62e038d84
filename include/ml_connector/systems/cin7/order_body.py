"""An order as Cin7's bodies want it and as its answers show it, pure: the note and the table that is compared."""

from __future__ import annotations

import re
from typing import Any

from ml_connector.domain.documents import PurchaseOrder
from ml_connector.domain.money import plain
from ml_connector.sync.ports import Fields
from ml_connector.systems.cin7.lines import LineForm
from ml_connector.systems.cin7.wire import WirePurchase, calendar_date

Row = dict[str, Any]
_NOTE = re.compile(r"([^\n]*?)\s*\b(mlc:[0-9a-f]+)")


def note_of(number: str, marker: str) -> str:
    """Return the header's note: the document's number and our marker, to which people may add what they like."""
    return f"{number} {marker}"


def read_note(note: str) -> tuple[str, str]:
    """Return the number and the marker in a note; "" each where it is none of ours."""
    found = _NOTE.search(note)
    return (found.group(1).strip(), found.group(2)) if found else ("", "")


def wanted_fields(order: PurchaseOrder, form: LineForm) -> Fields:
    """Return what Cin7 shows of the order once it is there."""
    return {
        "number": order.number.strip(),
        "supplier": order.supplier_key.lower(),
        "currency": order.currency,
        "net": plain(order.net),
        "tax": plain(order.tax),
        "gross": plain(order.gross),
        "required_by": order.required_by.isoformat() if order.required_by else "",
        **form.wanted(order.lines),
    }


def shown_fields(wire: WirePurchase, form: LineForm) -> Fields:
    """Return the same of a purchase as it stands."""
    required = calendar_date(wire.RequiredBy)
    return {
        "number": read_note(wire.Note)[0],
        "supplier": wire.SupplierID.lower(),
        "currency": wire.SupplierCurrency.strip().upper(),
        "net": plain(wire.Order.TotalBeforeTax),
        "tax": plain(wire.Order.Tax),
        "gross": plain(wire.Order.Total),
        "required_by": required.isoformat() if required else "",
        **form.shown(wire.Order, inclusive=is_inclusive(wire)),
    }


def is_inclusive(wire: WirePurchase) -> bool:
    """Tell whether the purchase's prices hold the tax."""
    return wire.TaxCalculation.strip().casefold() == "inclusive"

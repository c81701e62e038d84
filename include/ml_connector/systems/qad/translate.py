"""Canonical documents as QAD shows them, and QAD's records as canonical ones; pure functions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pycountry

from ml_connector.domain.documents import (
    Address,
    GLAccount,
    GoodsReceipt,
    InvoiceType,
    Item,
    Line,
    PurchaseOrder,
    Supplier,
    SupplierInvoice,
    UtcDatetime,
)
from ml_connector.domain.errors import Refused
from ml_connector.domain.money import plain
from ml_connector.systems.qad.options import QadOptions
from ml_connector.systems.qad.wire import flag, same, text

SYSTEM = "qad"
CODE_LENGTH = 8
"""Supplier codes and order numbers have eight characters (`vd_addr`, `po_nbr`)."""
MARKER = re.compile(r"mlc:[0-9a-f]+")
SLIP = "MLC"
"""How packing slip numbers of ours begin."""
_LINK = re.compile(r"cin7 ([0-9a-f-]{36})")
_DIGITS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
Record = Mapping[str, Any]


def marked(marker: str, number: str) -> str:
    """Return the text by which a document is found again: the mark first, so that no field's length cuts it off.

    The fields' lengths are not published; 40 characters are inferred.
    """
    return f"{marker} CIN7 {number}"[:40]


# --- suppliers ---


def new_code(supplier: Supplier) -> str:
    """Return the code a supplier gets in QAD: its shared code where that fits, else letters of its name and a digest.

    The same supplier always gets the same code, so a create that was cut off is found again.
    """
    shared = (supplier.code or "").strip().upper()
    if shared and len(shared) <= CODE_LENGTH:
        return shared
    letters = re.sub(r"[^A-Z]", "", supplier.name.upper())[:4].ljust(4, "X")
    value = int.from_bytes(hashlib.sha256(supplier.key.lower().encode()).digest()[:8], "big")
    tail = ""
    for _ in range(CODE_LENGTH - len(letters)):
        value, rest = divmod(value, len(_DIGITS))
        tail += _DIGITS[rest]
    return letters + tail


def country3(code: str) -> str:
    """Return the three-letter code that QAD uses for a two-letter one; the text itself when it is not known."""
    country = pycountry.countries.get(alpha_2=code.strip().upper()) if code else None
    return code if country is None else str(country.alpha_3)


def country2(code: str) -> str:
    """Return the two-letter code of a three-letter one; the text itself when it is not known."""
    country = pycountry.countries.get(alpha_3=code.strip().upper()) if code else None
    return code if country is None else str(country.alpha_2)


def state_code(state: str, country: str) -> str:
    """Return the code of a country's state that is named in full (“Ohio” → OH); the text itself when it is not known.

    That QAD's codes are those of ISO 3166-2 is inferred from the one seen.
    """
    code = country2(country).strip().upper()
    states = pycountry.subdivisions.get(country_code=code) or []  # type: ignore[no-untyped-call]  # the library has none
    found = next((one for one in states if same(one.name, state)), None)
    return state if found is None else str(found.code).partition("-")[2]


_SET = "set"
"""What is shown of a member of the domain's record that only must not be blank: a person may have chosen another."""
SUPPLIER_FIELDS = {
    "name": "businessRelationName",
    "currency": "currencyCode",
    "terms": "creditTermsCode",
    "email": "EMail",
    "phone": "telephone",
    "address.line1": "street1",
    "address.line2": "street2",
    "address.city": "city",
    "address.state": "stateCode",
    "address.postcode": "zipCode",
    "address.country": "countryCode",
}
"""Projected field → member of a supplier."""


def supplier_fields(supplier: Supplier, options: QadOptions) -> dict[str, str]:
    """Return what QAD will show; what is empty and left to QAD is left out."""
    values = {
        "name": supplier.name,
        "currency": supplier.currency,
        "terms": supplier.terms or options.terms,
        "email": supplier.email,
        "phone": supplier.phone,
        "address.line1": supplier.address.line1,
        "address.line2": supplier.address.line2,
        "address.city": supplier.address.city,
        "address.state": state_code(supplier.address.state, supplier.address.country),
        "address.postcode": supplier.address.postcode,
        "address.country": country3(supplier.address.country) or options.default_country,
    }
    shown = {name: value.strip() for name, value in values.items() if value or name not in {"currency", "terms"}}
    active = "yes" if supplier.active else "no"
    shown["counterpart_key"] = supplier.key.lower()
    return {**shown, "active": active, "site": _SET, "daybook_set": _SET}


def shown_supplier(record: Record, domain: Record | None) -> dict[str, str]:
    """Return the same of a supplier's two records."""
    shown = {name: text(record, member) for name, member in SUPPLIER_FIELDS.items()}
    own = domain or {}
    active = "yes" if flag(record, "isActive") else "no"
    shown["counterpart_key"] = linked_key(record)
    site, daybook_set = (_SET if text(own, name) else "" for name in ("siteCode", "daybookSetCode"))
    return {**shown, "active": active, "site": site, "daybook_set": daybook_set}


def linked_key(record: Record) -> str:
    """Return the Cin7 ID in a supplier's note; "" when there is none."""
    held = _LINK.search(text(record, "commentNote").lower())
    return held.group(1) if held else ""


def linked_note(note: str, key: str) -> str:
    """Return a supplier's note with the Cin7 ID; what a person wrote stays."""
    return f"{note} Cin7 {key.lower()}".strip()


def supplier_of_row(row: Record, seen_at: UtcDatetime) -> Supplier:
    """Return a supplier of the supplier browse, which shows few fields."""
    code = text(row, "vd_mstr.vd_addr")
    return Supplier(
        source=SYSTEM,
        key=code,
        code=code,
        modified_at=seen_at,
        name=text(row, "ad_mstr.ad_name") or text(row, "vd_mstr.vd_sort"),
        currency=text(row, "vd_mstr.vd_curr"),
        address=Address(city=text(row, "ad_mstr.ad_city")),
        active="vd_mstr.vd_active" not in row or flag(row, "vd_mstr.vd_active"),
    )


# --- orders ---


def order_number(order: PurchaseOrder) -> str:
    """Return the order's number in QAD: Cin7's own, without its hyphens where it is too long.

    Raises:
        Refused: it is too long even so.
    """
    short = short_number(order.number)
    if len(short) > CODE_LENGTH:
        said = f"order number {order.number.strip()} has more than the {CODE_LENGTH} characters that QAD takes"
        raise Refused(said, reasons=(("number", said),))
    return short


def short_number(number: str) -> str:
    """Return an order's number of Cin7 as QAD has it; one that is too long even so is not there."""
    number = number.strip()
    return number if len(number) <= CODE_LENGTH else number.replace("-", "").replace(" ", "")


def unit_cost(line: Line, options: QadOptions) -> Decimal:
    """Return the line's net per unit, in QAD's steps."""
    if not line.quantity:
        return line.unit_price
    return (line.net / line.quantity).quantize(options.price_step, ROUND_HALF_UP).normalize()


def order_lines(order: PurchaseOrder, options: QadOptions) -> list[tuple[str, Decimal, Decimal]]:
    """Return (item, quantity, cost) of each line.

    Raises:
        Refused: a line has no item, and no item stands for charges.
    """
    made = []
    for line in order.lines:
        item = line.item or options.charge_item
        if not item:
            said = f"line “{line.description}” has no item, and QAD takes none without; set options.qad.charge_item"
            raise Refused(said, reasons=(("lines", said),))
        made.append((item, line.quantity, unit_cost(line, options)))
    return made


def order_fields(order: PurchaseOrder, options: QadOptions) -> dict[str, str]:
    """Return what QAD will show of an order; it keeps no total."""
    return {
        "number": order_number(order),
        "supplier": order.supplier_key.upper(),
        "currency": order.currency,
        "date": order.date.isoformat(),
        "required_by": (order.required_by or order.date).isoformat(),
        **line_fields(order_lines(order, options)),
    }


def line_fields(rows: Iterable[tuple[str, Decimal, Decimal]]) -> dict[str, str]:
    """Return lines in one canonical order."""
    fields: dict[str, str] = {}
    for index, (item, quantity, cost) in enumerate(sorted(rows)):
        fields |= {
            f"lines[{index}].item": item,
            f"lines[{index}].quantity": plain(quantity),
            f"lines[{index}].cost": plain(cost),
        }
    return fields


# --- receipts ---


def packing_slip(marker: str) -> str:
    """Return the packing slip number that carries our marker (`prh_ps_nbr`), of twelve characters."""
    return f"{SLIP}{marker.removeprefix('mlc:')[:9].upper()}"


def receipt_fields(receipt: GoodsReceipt) -> dict[str, str]:
    """Return what QAD will show of a receipt."""
    return {
        "order": receipt.order_number,
        "date": receipt.date.isoformat(),
        **quantity_fields((line.item, line.quantity) for line in receipt.lines),
    }


def quantity_fields(rows: Iterable[tuple[str, Decimal]]) -> dict[str, str]:
    """Return quantities by item; what comes to nothing in all is not there."""
    sums: dict[str, Decimal] = {}
    for item, quantity in rows:
        sums[item] = sums.get(item, Decimal(0)) + quantity
    fields: dict[str, str] = {}
    there = ((item, quantity) for item, quantity in sorted(sums.items()) if quantity)
    for index, (item, quantity) in enumerate(there):
        fields |= {f"lines[{index}].item": item, f"lines[{index}].quantity": plain(quantity)}
    return fields


# --- invoices ---


def invoice_type(invoice: SupplierInvoice) -> str:
    """Return QAD's word for the invoice's type."""
    return "CreditNote" if invoice.type is InvoiceType.CREDIT_MEMO else "Invoice"


def invoice_fields(invoice: SupplierInvoice) -> dict[str, str]:
    """Return what QAD will show of an invoice, its amount with tax."""
    return {
        "number": invoice.number.strip(),
        "supplier": invoice.supplier_key.upper(),
        "type": invoice_type(invoice),
        "date": invoice.date.isoformat(),
        **({"due_date": invoice.due_date.isoformat()} if invoice.due_date else {}),
        "currency": invoice.currency,
        "gross": plain(abs(invoice.gross)),
        **({"order": invoice.order_number} if invoice.order_key else {}),
        "unallocated": "0",
    }


# --- books ---


def account_of(record: Record) -> GLAccount:
    """Return the canonical account; control, tax and system accounts take no lines of their own."""
    kind = text(record, "glAccountType").upper()
    return GLAccount(
        code=text(record, "glAccountCode"),
        name=text(record, "glAccountDescription"),
        type=kind,
        active=flag(record, "isActive"),
        postable=kind in {"", "STANDARD"},
    )


def account_of_row(row: Record) -> GLAccount:
    """Return the canonical account of a row of a customer's browse of `ac_mstr`."""
    names = {"glAccountCode": "ac_code", "glAccountDescription": "ac_desc", "glAccountType": "ac_gl_type",
             "isActive": "ac_active"}  # fmt: skip
    return account_of({ours: row.get(f"ac_mstr.{theirs}") for ours, theirs in names.items()})


def item_of_row(row: Record) -> Item:
    """Return the canonical item of a row of the item browse."""
    status = text(row, "pt_mstr.pt_status").upper()
    return Item(
        code=text(row, "pt_mstr.pt_part"),
        name=text(row, "pt_mstr.pt_desc1"),
        unit=text(row, "pt_mstr.pt_um"),
        active=status not in {"INACTIVE", "OBSOLETE"},
    )

"""M3's rows of suppliers, orders and accounts → canonical documents; pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ml_connector.domain.documents import (
    Address,
    DocumentStatus,
    GLAccount,
    Item,
    Line,
    PurchaseOrder,
    Supplier,
)
from ml_connector.domain.money import rounded
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.wire import Row, day, flag, needed_day, number, text

SYSTEM = "infor"
_EARLIEST = dt.date.min


@dataclass(frozen=True)
class SupplierRows:
    """A supplier, its addresses and its contact persons; an empty root where there is none."""

    root: Row
    addresses: Sequence[Row]
    references: Sequence[Row]


def supplier_of(rows: SupplierRows, options: InforOptions, seen_at: dt.datetime) -> Supplier | None:
    """Return the canonical supplier; None while it is preliminary. The shared code is M3's own number."""
    root = rows.root
    status = text(root, "STAT")
    if status in options.supplier_draft:
        return None
    person = next((row for row in rows.references if text(row, "EMAL")), rows.references[0] if rows.references else {})
    return Supplier(
        source=SYSTEM,
        key=text(root, "SUNO"),
        code=text(root, "SUNO"),
        modified_at=seen_at,
        name=text(root, "SUNM").strip(),
        currency=text(root, "CUCD"),
        terms=text(root, "TEPY"),
        tax_rule=vat_code(root),
        tax_number=text(root, "VRNO") or text(root, "TINO"),
        contact_name=text(person, "YRE1").strip(),
        email=text(person, "EMAL").strip(),
        phone=(text(root, "PHNO") or text(person, "PHNO")).strip(),
        address=address_of(rows.addresses, text(root, "CSCD"), options, seen_at.date()),
        active=status in options.supplier_active,
    )


def vat_code(row: Row) -> str:
    """Return the VAT code; "" for 0, which says that there is none."""
    code = text(row, "VTCD").strip()
    return "" if code in {"", "0"} else code


def address_of(rows: Sequence[Row], country: str, options: InforOptions, today: dt.date) -> Address:
    """Return the main address: of the preferred type, else of the lowest; of these the newest that has begun."""
    begun = [row for row in rows if (day(row, "STDT") or _EARLIEST) <= today]

    def rank(row: Row) -> tuple[int, Decimal, int]:
        kind = text(row, "ADTE").strip()
        preferred = list(options.address_types)
        place = preferred.index(kind) if kind in preferred else len(preferred)
        return place, number(row, "ADTE"), -(day(row, "STDT") or _EARLIEST).toordinal()

    row = min(begun, key=rank, default={})
    lines = [text(row, name).strip() for name in ("ADR1", "ADR2", "ADR3", "ADR4")]
    return Address(
        line1=lines[0],
        line2=", ".join(line for line in lines[1:] if line),
        city=text(row, "TOWN").strip(),
        state=text(row, "ECAR").strip(),
        postcode=text(row, "PONO").strip(),
        country=text(row, "CSCD").strip() or country,
    )


@dataclass(frozen=True)
class OrderRows:
    """An order: head, totals and lines."""

    head: Row
    totals: Row
    lines: Sequence[Row]


def order_of(
    rows: OrderRows, supplier_name: str, company: str, options: InforOptions, seen_at: dt.datetime
) -> PurchaseOrder | None:
    """Return the canonical order; None while it is being entered.

    M3 reckons VAT when the invoice comes, so an order has only what `tax_rates` says; the net total is M3's own.

    Raises:
        ValueError: a date or an amount cannot be read.
    """
    head = rows.head
    status = order_status(rows, options)
    if status is DocumentStatus.DRAFT:
        return None
    is_void = status is DocumentStatus.VOIDED
    lines = tuple(_order_line(row, head, options) for row in rows.lines if is_void or not is_cancelled(row, options))
    net = _net(rows, lines)
    tax = sum((line.tax for line in lines), Decimal(0))
    return PurchaseOrder(
        source=SYSTEM,
        key=text(head, "PUNO"),
        modified_at=seen_at,
        status=status,
        number=text(head, "PUNO"),
        supplier_key=text(head, "SUNO"),
        supplier_name=supplier_name,
        date=needed_day(head, "PUDT", "the order"),
        required_by=day(head, "DWDT"),
        currency=text(head, "CUCD"),
        company=options.entity(text(head, "CONO").strip() or company, text(head, "DIVI")),
        terms=text(head, "TEPY"),
        location=text(head, "WHLO"),
        lines=lines,
        net=net,
        tax=tax,
        gross=net + tax,
    )


def _net(rows: OrderRows, lines: Sequence[Line]) -> Decimal:
    """Return M3's own net total, less what was cancelled; without it the lines' sum."""
    if not text(rows.totals, "NTAM").strip():
        return sum((line.net for line in lines), Decimal(0))
    dropped = len(rows.lines) != len(lines)
    return sum((line.net for line in lines), Decimal(0)) if dropped else number(rows.totals, "NTAM")


def order_status(rows: OrderRows, options: InforOptions) -> DocumentStatus:
    """Return where the order stands: statuses are texts of two digits, the lowest and the highest of its lines."""
    lowest = text(rows.head, "PUSL").strip()
    if lowest < options.draft_below:
        return DocumentStatus.DRAFT
    if lowest >= options.closed_from and not any(is_used(row) for row in rows.lines):
        return DocumentStatus.VOIDED
    return DocumentStatus.AUTHORISED


def is_cancelled(row: Row, options: InforOptions) -> bool:
    """Tell whether a line was closed without goods or bill."""
    return text(row, "PUSL").strip() >= options.closed_from and not is_used(row)


def is_used(row: Row) -> bool:
    """Tell whether goods of a line came in or were billed."""
    return number(row, "RVQA") != 0 or number(row, "IVQA") != 0


def _order_line(row: Row, head: Row, options: InforOptions) -> Line:
    """Return an order's line; its unit price is what its amount, after discounts, comes to for one ordered unit."""
    quantity, net = number(row, "ORQA"), number(row, "LNAM")
    rule = options.rule({**head, **row})
    price = number(row, "PUPR") / (number(row, "PUCD") or Decimal(1))
    return Line(
        item=text(row, "ITNO") or None,
        description=(text(row, "PITD") or text(row, "ITDS")).strip(),
        quantity=quantity,
        unit=text(row, "PUUN"),
        unit_price=net / quantity if quantity else price,
        net=net,
        tax=rounded(net * options.tax_rates.get(vat_code(row), Decimal(0)) / 100),
        tax_rule=vat_code(row),
        account=rule.account if rule else None,
        cost_centre=rule.cost_centre if rule else "",
    )


_TYPES = (
    ("AT11", "Liability: accounts payable"),
    ("AT03", "Asset: accounts receivable"),
    ("AT12", "Bank"),
    ("AT08", "Fixed asset"),
    ("STOA", "Inventory"),
    ("AT01", "Balance sheet"),
    ("AT02", "Profit and loss"),
)
"""Flag of an account → the word for its type, the narrower first."""
_CONTROL = ("AT11", "AT03")


def account_of(row: Row, today: dt.date) -> GLAccount:
    """Return the canonical account; a sub-ledger's control account takes no lines of its own."""
    begins, ends = day(row, "VFDT"), day(row, "VTDT")
    return GLAccount(
        code=text(row, "AITM"),
        name=(text(row, "TX40") or text(row, "TX15")).strip(),
        type=next((word for name, word in _TYPES if flag(row, name)), ""),
        active=not flag(row, "LCCD") and (begins or today) <= today <= (ends or today),
        postable=not any(flag(row, name) for name in _CONTROL),
    )


def item_of(row: Row, options: InforOptions) -> Item:
    """Return the canonical item."""
    return Item(
        code=text(row, "ITNO"),
        name=text(row, "ITDS").strip(),
        unit=text(row, "UNMS"),
        active=text(row, "STAT") in options.item_active,
    )

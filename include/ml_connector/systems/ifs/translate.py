"""IFS's suppliers, orders, receipts and accounts → canonical documents; pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pycountry

from ml_connector.domain.documents import (
    Address,
    DocumentStatus,
    GLAccount,
    GoodsReceipt,
    Line,
    PurchaseOrder,
    ReceiptLine,
    Supplier,
)
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.wire import day, number, state, text

SYSTEM = "ifs"
Row = Mapping[str, Any]
LineKey = tuple[str, str, str]
_EMAIL, _PHONES = "EMail", ("Phone", "Mobile")


@dataclass(frozen=True)
class SupplierRows:
    """A supplier and what lies below it; empty rows where there is nothing."""

    root: Row
    address: Row
    communication: Sequence[Row]
    terms: Row

    def method(self, *kinds: str) -> Row:
        """Return the preferred communication method of these kinds, or an empty row."""
        mine = [row for row in self.communication if text(row, "MethodId") in kinds]
        return next((row for row in mine if row.get("MethodDefault")), mine[0] if mine else {})


def supplier_of(rows: SupplierRows, seen_at: dt.datetime) -> Supplier:
    """Return the canonical supplier; the shared code is IFS's own number."""
    email, phone = rows.method(_EMAIL), rows.method(*_PHONES)
    return Supplier(
        source=SYSTEM,
        key=text(rows.root, "SupplierId"),
        code=text(rows.root, "SupplierId"),
        modified_at=seen_at,
        name=text(rows.root, "Name"),
        currency=text(rows.terms, "DefCurrency"),
        terms=text(rows.terms, "PayTermId"),
        tax_number=text(rows.root, "AssociationNo"),
        contact_name=text(email, "Name") or text(phone, "Name"),
        email=text(email, "Value"),
        phone=text(phone, "Value"),
        address=Address(
            line1=text(rows.address, "Address1"),
            line2=text(rows.address, "Address2"),
            city=text(rows.address, "City"),
            state=text(rows.address, "State"),
            postcode=text(rows.address, "ZipCode"),
            country=country_code(text(rows.address, "Country") or text(rows.root, "Country")),
        ),
        active=not _has_ended(rows.terms, seen_at),
    )


def _has_ended(terms: Row, now: dt.datetime) -> bool:
    ended = day(terms, "ExpireDate")
    return ended is not None and ended <= now.date()


def supplier_fields(supplier: Supplier) -> dict[str, str]:
    """Return a supplier as a flat table."""
    texts = {
        name: getattr(supplier, name)
        for name in ("name", "currency", "terms", "tax_number", "contact_name", "email", "phone")
    }
    address = {f"address.{name}": value for name, value in supplier.address.model_dump().items()}
    return {name: str(value).strip() for name, value in {**texts, **address}.items()}


def wanted_fields(supplier: Supplier) -> dict[str, str]:
    """Return what IFS shows once the supplier is there as Cin7 has it.

    Where Cin7 says nothing, what IFS has stays: an empty field is no wish to clear one. An address is one thing, so of
    one that Cin7 has the empty parts count too. A contact's name stands beside an e-mail or a number, and nowhere else.
    """
    fields = supplier_fields(supplier)
    fields["address.country"] = country_code(fields["address.country"])
    if any(fields[f"address.{part}"] for part in ("line1", "line2", "city", "postcode")):
        kept = {name for name in fields if name.startswith("address.") and name != "address.country"}
    else:
        kept = set()
        fields = {name: value for name, value in fields.items() if not name.startswith("address.")}
    if not fields["email"] and not fields["phone"]:
        del fields["contact_name"]
    return {name: value for name, value in fields.items() if value or name in kept}


def country_code(word: str) -> str:
    """Return the two-letter code of a country given by code or name; the text itself when it is neither."""
    try:
        return str(pycountry.countries.lookup(word).alpha_2) if word else ""
    except LookupError:
        return word


def order_of(
    row: Row,
    lines: Sequence[Row],
    supplier_name: str,
    options: IfsOptions,
    seen_at: dt.datetime,
    *,
    postings: Mapping[str, Row] | None = None,
) -> PurchaseOrder | None:
    """Return the order; None while it is planned. IFS keeps no total: the lines are summed.

    Args:
        row: its header.
        lines: its lines.
        supplier_name: of the supplier it names.
        options: what the deployment chose.
        seen_at: when it was read; aware UTC.
        postings: pre-posting id → pre-posting.

    Raises:
        ValueError: it has no date, or is in a state that no option names.
    """
    status = status_of(row, options)
    if status is DocumentStatus.DRAFT:
        return None
    ordered = day(row, "OrderDate")
    if ordered is None:
        raise ValueError("the order has no date")
    alive = [line for line in lines if state(line) not in options.void_states or status is DocumentStatus.VOIDED]
    made = tuple(_order_line(line, options, postings or {}) for line in sorted(alive, key=_line_order))
    net, tax = sum((one.net for one in made), Decimal(0)), sum((one.tax for one in made), Decimal(0))
    return PurchaseOrder(
        source=SYSTEM,
        key=text(row, "OrderNo"),
        modified_at=seen_at,
        status=status,
        number=text(row, "OrderNo"),
        supplier_key=text(row, "VendorNo"),
        supplier_name=supplier_name,
        date=ordered,
        required_by=day(row, "WantedReceiptDate"),
        currency=text(row, "CurrencyCode"),
        company=text(row, "Company"),
        terms=text(row, "PayTermId"),
        lines=made,
        net=net,
        tax=tax,
        gross=net + tax,
    )


def status_of(row: Row, options: IfsOptions) -> DocumentStatus:
    """Return where a record with a life cycle stands.

    Raises:
        ValueError: no option names its state, so nobody has said what it means.
    """
    word = state(row)
    if word in options.void_states:
        return DocumentStatus.VOIDED
    if word in options.draft_states:
        return DocumentStatus.DRAFT
    if word not in options.open_states:
        raise ValueError(f"its state “{word}” is in none of options.ifs.draft_states, open_states and void_states")
    return DocumentStatus.AUTHORISED


def _line_order(row: Row) -> tuple[tuple[int, str], ...]:
    """Return what lines are sorted by: their numbers are texts."""
    return tuple((len(value), value) for value in (text(row, "LineNo"), text(row, "ReleaseNo")))


def _order_line(row: Row, options: IfsOptions, postings: Mapping[str, Row]) -> Line:
    quantity, net = number(row, "BuyQtyDue"), number(row, "NetAmtCurr")
    posting = postings.get(text(row, "PreAccountingId"), {})
    return Line(
        item=text(row, "PartNo") or None,
        description=text(row, "Description"),
        quantity=quantity,
        unit=text(row, "BuyUnitMeas"),
        unit_price=net / quantity if quantity else number(row, "BuyUnitPrice"),
        net=net,
        tax=number(row, "GrossAmtCurr") - net if row.get("GrossAmtCurr") is not None else Decimal(0),
        tax_rule=text(row, "TaxCode"),
        account=text(posting, "CodenoA") or options.default_account or None,
        cost_centre=text(posting, options.cost_centre.replace("Code", "Codeno")) if options.cost_centre else "",
    )


def line_key(row: Row, order: str, line: str, release: str) -> LineKey:
    """Return the three-part key of an order's line; all are texts."""
    return text(row, order), text(row, line), text(row, release)


def receipt_key(row: Row) -> str:
    """Return the key of the receipt that a row belongs to: what came for one order on one day with one delivery note.

    The receipt's own number is counted by order line, so rows of one number need not have come together.
    """
    parts = (text(row, "SourceRef1"), text(row, "ReceivedDate")[:10], text(row, "ReceiptReference"))
    return "/".join(part for part in parts if part)


def receipt_of(
    key: str,
    rows: Sequence[Row],
    parts: Mapping[LineKey, Row],
    supplier: tuple[str, str],
    options: IfsOptions,
    *,
    seen_at: dt.datetime,
) -> GoodsReceipt:
    """Return the receipt that these rows are; lines without part are services, of which nothing comes into stock.

    Args:
        key: of the receipt that they were first seen in; where their days differ now, the first one's counts.
        rows: its rows.
        parts: the lines of its order.
        supplier: number and name.
        options: what the deployment chose.
        seen_at: when they were read; aware UTC.

    Raises:
        ValueError: it has no date, names a line that the order does not have, or is in a state that no option names.
    """
    rows = sorted(rows, key=lambda row: number(row, "ReceiptSequence"))
    order = text(rows[0], "SourceRef1")
    statuses = [status_of(row, options) for row in rows]
    cancelled = all(status is DocumentStatus.VOIDED for status in statuses)
    alive = [
        row for row, status in zip(rows, statuses, strict=True) if cancelled or status is not DocumentStatus.VOIDED
    ]
    received = day(alive[0], "ReceivedDate")
    if received is None:
        raise ValueError("the receipt has no date")
    lines = [(row, _part_of(row, parts)) for row in alive]
    return GoodsReceipt(
        source=SYSTEM,
        key=key,
        modified_at=seen_at,
        status=DocumentStatus.VOIDED if cancelled else DocumentStatus.AUTHORISED,
        order_key=order,
        order_number=order,
        supplier_key=supplier[0],
        supplier_name=supplier[1],
        date=received,
        lines=tuple(
            ReceiptLine(
                item=text(of, "PartNo"),
                quantity=number(row, "SourceQtyReceived"),
                description=text(of, "Description"),
                unit=text(row, "UnitMeas"),
            )
            for row, of in lines
            if text(of, "PartNo") and number(row, "SourceQtyReceived")
        ),
    )


def _part_of(row: Row, parts: Mapping[LineKey, Row]) -> Row:
    key = line_key(row, "SourceRef1", "SourceRef2", "SourceRef3")
    if key not in parts:
        raise ValueError(f"order {key[0]} has no line {key[1]}/{key[2]}")
    return parts[key]


def account_of(row: Row, today: dt.date) -> GLAccount:
    """Return the canonical account; a sub-ledger's control account takes no lines of its own."""
    since, until = day(row, "ValidFrom"), day(row, "ValidUntil")
    return GLAccount(
        code=text(row, "Account"),
        name=text(row, "Description"),
        type=text(row, "LogicalAccountType"),
        active=(since is None or since <= today) and (until is None or until >= today),
        postable=text(row, "LedgFlag") != "LedgerAccount",
    )

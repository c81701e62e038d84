"""IFS's rows → canonical documents; pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ml_connector.domain.documents import (
    Address,
    DocumentStatus,
    GLAccount,
    GoodsReceipt,
    InvoiceType,
    JournalEntry,
    JournalLine,
    Line,
    PurchaseOrder,
    ReceiptLine,
    Supplier,
    SupplierInvoice,
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
            country=text(rows.address, "Country") or text(rows.root, "CountryCode") or text(rows.root, "Country"),
        ),
        active=not _has_ended(rows.terms, seen_at),
    )


def _has_ended(terms: Row, now: dt.datetime) -> bool:
    ended = day(terms, "ExpireDate")
    return ended is not None and ended <= now.date()


def supplier_fields(supplier: Supplier) -> dict[str, str]:
    """Return a supplier as a flat table."""
    texts = {name: getattr(supplier, name) for name in ("name", "tax_number", "contact_name", "email", "phone")}
    address = supplier.address.model_dump()
    return {
        name: str(value).strip() for name, value in {**texts, **{f"address.{n}": v for n, v in address.items()}}.items()
    }


def order_of(
    row: Row, lines: Sequence[Row], supplier_name: str, options: IfsOptions, seen_at: dt.datetime
) -> PurchaseOrder | None:
    """Return the order; None while it is planned. IFS keeps no total: the lines are summed.

    Raises:
        ValueError: it has no date.
    """
    status = status_of(row, options)
    if status is DocumentStatus.DRAFT:
        return None
    ordered = day(row, "OrderDate") or day(row, "DateEntered")
    if ordered is None:
        raise ValueError("the order has no date")
    alive = [line for line in lines if state(line) not in options.void_states or status is DocumentStatus.VOIDED]
    made = tuple(_order_line(line) for line in alive)
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
    """Return where a record with a life cycle stands; a state that is not named counts as in force."""
    word = state(row)
    if word in options.void_states:
        return DocumentStatus.VOIDED
    return DocumentStatus.DRAFT if word in options.draft_states else DocumentStatus.AUTHORISED


def _order_line(row: Row) -> Line:
    quantity, net = number(row, "BuyQtyDue"), number(row, "NetAmtCurr")
    return Line(
        item=text(row, "PartNo") or None,
        description=text(row, "Description"),
        quantity=quantity,
        unit=text(row, "BuyUnitMeas"),
        unit_price=net / quantity if quantity else number(row, "BuyUnitPrice"),
        net=net,
        tax=number(row, "GrossAmtCurr") - net if row.get("GrossAmtCurr") is not None else Decimal(0),
        tax_rule=text(row, "TaxCode"),
    )


def line_key(row: Row, order: str, line: str, release: str) -> LineKey:
    """Return the three-part key of an order's line; all are texts."""
    return text(row, order), text(row, line), text(row, release)


def receipt_of(
    rows: Sequence[Row],
    parts: Mapping[LineKey, Row],
    supplier: tuple[str, str],
    options: IfsOptions,
    seen_at: dt.datetime,
) -> GoodsReceipt:
    """Return the receipt that these rows of one receipt number and one order are.

    Raises:
        ValueError: it has no date, or a line without part.
    """
    received = day(rows[0], "ReceivedDate") or day(rows[0], "ArrivalDate")
    if received is None:
        raise ValueError("the receipt has no date")
    order = text(rows[0], "SourceRef1")
    cancelled = all(state(row) in options.void_states for row in rows)
    alive = [row for row in rows if cancelled or state(row) not in options.void_states]
    return GoodsReceipt(
        source=SYSTEM,
        key=f"{order}/{text(rows[0], 'ReceiptNo')}",
        modified_at=seen_at,
        status=DocumentStatus.VOIDED if cancelled else DocumentStatus.AUTHORISED,
        order_key=order,
        order_number=order,
        supplier_key=supplier[0],
        supplier_name=supplier[1],
        date=received,
        lines=tuple(_receipt_line(row, parts) for row in alive if number(row, "SourceQtyReceived")),
    )


def _receipt_line(row: Row, parts: Mapping[LineKey, Row]) -> ReceiptLine:
    of = parts.get(line_key(row, "SourceRef1", "SourceRef2", "SourceRef3"), {})
    item = text(of, "PartNo")
    if not item:
        raise ValueError(f"line {text(row, 'SourceRef2')} of order {text(row, 'SourceRef1')} has no part")
    return ReceiptLine(
        item=item,
        quantity=number(row, "SourceQtyReceived"),
        description=text(of, "Description"),
        unit=text(row, "UnitMeas"),
    )


@dataclass(frozen=True)
class InvoiceRows:
    """An invoice, its items and its postings."""

    header: Row
    items: Sequence[Row]
    postings: Sequence[Row]


def invoice_of(
    rows: InvoiceRows, parts: Mapping[LineKey, Row], supplier_name: str, options: IfsOptions, seen_at: dt.datetime
) -> SupplierInvoice | None:
    """Return the invoice; None while it is preliminary.

    Raises:
        ValueError: it has no date, or bills several orders.
    """
    header = rows.header
    status = status_of(header, options)
    if status is DocumentStatus.DRAFT:
        return None
    dated = day(header, "InvoiceDate")
    if dated is None:
        raise ValueError("the invoice has no date")
    orders = {text(item, "PoRefNumber") for item in rows.items} - {""} or {text(header, "PoRefNumber")} - {""}
    if len(orders) > 1:
        raise ValueError(f"the invoice bills several orders: {', '.join(sorted(orders))}")
    order = next(iter(orders), "")
    net, tax = number(header, "NetCurrAmount"), number(header, "VatCurrAmount")
    sign = -1 if net < 0 else 1
    postings = _postings_of(rows, options)
    return SupplierInvoice(
        source=SYSTEM,
        key=f"{text(header, 'Company')}/{text(header, 'InvoiceId')}",
        modified_at=seen_at,
        status=status,
        number=text(header, "InvoiceNo"),
        supplier_key=text(header, "Identity"),
        supplier_name=supplier_name,
        date=dated,
        due_date=day(header, "DueDate"),
        currency=text(header, "Currency"),
        company=text(header, "Company"),
        terms=text(header, "PayTermId"),
        type=InvoiceType.CREDIT_MEMO if sign < 0 else InvoiceType.INVOICE,
        order_key=order,
        order_number=order,
        rate=number(header, "CurrRate") or None,
        lines=tuple(
            _invoice_line(item, posting, parts, sign, options)
            for item, posting in zip(rows.items, postings, strict=True)
        ),
        net=net * sign,
        tax=tax * sign,
        gross=(net + tax) * sign,
    )


def _postings_of(rows: InvoiceRows, options: IfsOptions) -> list[Row]:
    """Return for each item the posting that carries its account: of its order line and amount, else of its amount."""
    left, found = list(rows.postings), []
    for item in rows.items:
        net = number(item, "NetCurrAmount")
        same = [row for row in left if number(row, "CurrAmount") == net]
        line = f"^{text(item, 'PoLineNo')}"
        chosen = next((row for row in same if text(row, "Reference").endswith(line)), same[0] if same else None)
        if chosen is None:
            accounts = {text(row, "CodeA") for row in rows.postings}
            chosen = rows.postings[0] if len(accounts) == 1 else {"CodeA": options.default_account}
        else:
            left.remove(chosen)
        found.append(chosen)
    return found


def _invoice_line(item: Row, posting: Row, parts: Mapping[LineKey, Row], sign: int, options: IfsOptions) -> Line:
    of = parts.get(line_key(item, "PoRefNumber", "PoLineNo", "PoReleaseNo"), {})
    net = number(item, "NetCurrAmount") * sign
    quantity = abs(number(item, "Quantity")) or Decimal(1)
    return Line(
        item=text(of, "PartNo") or None,
        description=text(item, "Description") or text(of, "Description"),
        quantity=quantity,
        unit=text(of, "BuyUnitMeas"),
        unit_price=net / quantity,
        net=net,
        tax=number(item, "VatCurrAmount") * sign,
        tax_rule=text(item, "VatCode"),
        account=text(posting, "CodeA") or None,
        cost_centre=text(posting, options.cost_centre) if options.cost_centre else "",
    )


def journal_of(rows: Sequence[Row], seen_at: dt.datetime) -> JournalEntry:
    """Return the voucher that these rows are.

    Raises:
        ValueError: it has no date.
    """
    first = rows[0]
    dated = day(first, "VoucherDate")
    if dated is None:
        raise ValueError("the voucher has no date")
    number_ = "/".join(text(first, name) for name in ("Company", "VoucherType", "AccountingYear", "VoucherNo"))
    return JournalEntry(
        source=SYSTEM,
        key=number_,
        modified_at=seen_at,
        number=number_,
        date=dated,
        company=text(first, "Company"),
        lines=tuple(
            JournalLine(
                account=text(row, "Account"),
                text=text(row, "Text"),
                amount=number(row, "Amount"),
                currency=text(row, "CurrencyCode"),
                reference=text(row, "ReferenceNumber"),
                supplier_key=text(row, "PartyTypeId"),
                cost_centre=text(row, "CodeB"),
            )
            for row in sorted(rows, key=lambda row: number(row, "RowNo"))
        ),
    )


def account_of(row: Row, today: dt.date) -> GLAccount:
    """Return the canonical account; a sub-ledger's control account takes no lines of its own."""
    until = day(row, "ValidUntil")
    return GLAccount(
        code=text(row, "Account"),
        name=text(row, "Description"),
        type=text(row, "LogicalAccountType"),
        active=until is None or until >= today,
        postable=text(row, "LedgFlag") != "LedgerAccount",
    )

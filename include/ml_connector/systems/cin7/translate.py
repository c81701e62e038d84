"""Wire ↔ canonical, pure. A purchase yields one document for each authorised sub-document.

The kinds do not follow from `Approach`, which only fixes the order of the steps, nor from the task's own `Status`, but
from the status of each sub-document (https://dearinventory.docs.apiary.io, Purchase).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from ml_connector.domain.documents import (
    Address,
    Document,
    DocumentStatus,
    GoodsReceipt,
    InvoiceType,
    Line,
    PurchaseOrder,
    ReceiptLine,
    Supplier,
    SupplierInvoice,
)
from ml_connector.systems.cin7.countries import code_of
from ml_connector.systems.cin7.wire import (
    WireAddress,
    WireContact,
    WireLine,
    WirePart,
    WirePurchase,
    WireStock,
    WireStockLine,
    WireSupplier,
    calendar_date,
    moment,
)

AUTHORISED, VOIDED = "AUTHORISED", "VOIDED"
BILLED = (AUTHORISED, "PAID")
KNOWN = {AUTHORISED, VOIDED, "PAID", "DRAFT", "NOT AVAILABLE", "PARTIALLY RECEIVED", ""}
"""Statuses of sub-documents as documented; with approvals switched on there are others, which are not final."""
NO_LINE = "-"
"""The first line of an address that has none: Cin7 takes no address without."""
_Days = dict[tuple[int, str], list[WireStockLine]]
"""(Group, day) → lines."""


def supplier_from(wire: WireSupplier, code_attribute: str) -> Supplier:
    """Return the canonical supplier; the shared code is in the additional attribute `code_attribute`.

    A contact needs a name in Cin7, so one without a person carries the supplier's own.
    """
    contact, address = default_contact(wire.Contacts), default_address(wire.Addresses)
    return Supplier(
        source="cin7",
        key=wire.ID.lower(),
        modified_at=moment(wire.LastModifiedOn),
        name=wire.Name.strip(),
        code=wire.attribute(code_attribute) or None,
        currency=wire.Currency.strip().upper(),
        terms=wire.PaymentTerm.strip(),
        tax_rule=wire.TaxRule.strip(),
        tax_number=wire.TaxNumber.strip(),
        contact_name="" if contact.Name.strip() == wire.Name.strip() else contact.Name.strip(),
        email=contact.Email.strip(),
        phone=contact.Phone.strip(),
        address=Address(
            line1="" if address.Line1.strip() == NO_LINE else address.Line1.strip(),
            line2=address.Line2.strip(),
            city=address.City.strip(),
            state=address.State.strip(),
            postcode=address.Postcode.strip(),
            country=code_of(address.Country),
        ),
        active=wire.Status.strip().casefold() == "active",
    )


def default_contact(contacts: Sequence[WireContact]) -> WireContact:
    """Return the default contact, else the first, else an empty one."""
    return next((contact for contact in contacts if contact.Default), contacts[0] if contacts else WireContact())


def default_address(addresses: Sequence[WireAddress]) -> WireAddress:
    """Return the business address, else the billing one, else the first, else an empty one."""
    for kind in ("business", "billing"):
        of_kind = [address for address in addresses if address.Type.casefold() == kind]
        if of_kind:
            return next((address for address in of_kind if address.DefaultForType), of_kind[0])
    return addresses[0] if addresses else WireAddress()


def documents_from(wire: WirePurchase, kind: str, *, receipts_from_stock: bool = True) -> Iterator[Document]:
    """Yield the documents of `kind` that the purchase stands for.

    Args:
        wire: the purchase.
        kind: ``purchase_order``, ``goods_receipt`` or ``supplier_invoice``.
        receipts_from_stock: whether goods received but not put away count; needed where put-away is off.

    Raises:
        ValueError: a final document has no date, or two would have the same key, so that one would be lost.
    """
    made: list[Document]
    if kind == PurchaseOrder.kind:
        made = list(_orders(wire))
    elif kind == GoodsReceipt.kind:
        made = list(_receipts(wire, receipts_from_stock))
    else:
        made = list(_invoices(wire))
    _check_apart([document.key for document in made])
    yield from made


def _check_apart(keys: Sequence[str | int]) -> None:
    twice = [str(key) for key, times in Counter(keys).items() if times > 1]
    if twice:
        raise ValueError(f"two of its documents cannot be told apart: {', '.join(twice)}")


def unknown_statuses(wire: WirePurchase) -> set[str]:
    """Return the statuses of sub-documents that no source tells of; their documents are not final."""
    papers = {part.state for part in (wire.Order, *wire.Invoice, *wire.CreditNote)}
    return (papers | {stock.state for stock in (*wire.StockReceived, *wire.PutAway)}) - KNOWN


def _orders(wire: WirePurchase) -> Iterator[PurchaseOrder]:
    status = _status(wire, wire.Order, (AUTHORISED,))
    if status is None or wire.BlindReceipt:
        return
    yield PurchaseOrder(
        **_common(wire, wire.Order, status),
        key=wire.ID.lower(),
        number=wire.OrderNumber.strip(),
        date=_dated(wire.OrderDate, wire, status, "the order"),
        required_by=calendar_date(wire.RequiredBy),
        location=wire.Location.strip(),
    )


def _invoices(wire: WirePurchase) -> Iterator[SupplierInvoice]:
    for bill in wire.Invoice:
        status = _status(wire, bill, BILLED)
        if status is not None:
            yield _bill(wire, bill, status)
    for note in wire.CreditNote:
        status = _status(wire, note, (AUTHORISED,))
        if status is not None and (note.Lines or note.AdditionalCharges):
            yield _credit_memo(wire, note, status)


def _bill(wire: WirePurchase, bill: WirePart, status: DocumentStatus) -> SupplierInvoice:
    """Return a bill. Its key is the purchase and the number of its group, which a later conversion from Simple to
    Advanced keeps; a changed invoice number is an amendment of the same bill."""  # noqa: D205, D209
    return SupplierInvoice(
        **_common(wire, bill, status),
        key=f"{wire.ID.lower()}/bill/{bill.InvoicingAndReceivingNumber}",
        number=bill.InvoiceNumber.strip(),
        date=_dated(bill.InvoiceDate, wire, status, f"bill {bill.InvoiceNumber}"),
        due_date=calendar_date(bill.InvoiceDueDate),
        order_key=_order_key(wire),
        order_number=wire.OrderNumber.strip(),
        rate=bill.CurrencyRate or wire.CurrencyRate,
    )


def _order_key(wire: WirePurchase) -> str:
    """Return the purchase's key where an order stands behind it; "" for a blind receipt or a bill without order."""
    is_order = wire.Order.state == AUTHORISED and not wire.BlindReceipt
    return wire.ID.lower() if is_order or wire.is_void else ""


def _credit_memo(wire: WirePurchase, note: WirePart, status: DocumentStatus) -> SupplierInvoice:
    number = note.CreditNoteNumber.strip()
    first_bill = wire.Invoice[0].InvoiceNumber if wire.Invoice else ""
    return SupplierInvoice(
        **_common(wire, note, status),
        key=f"{wire.ID.lower()}/credit/{number or note.TaskID.lower()}",
        type=InvoiceType.CREDIT_MEMO,
        number=number,
        date=_dated(note.CreditNoteDate, wire, status, f"credit note {number}"),
        order_key=_order_key(wire),
        order_number=wire.OrderNumber.strip(),
        rate=note.CurrencyRate or wire.CurrencyRate,
        credits_number=(note.CreditNoteInvoiceNumber or first_bill).strip(),
    )


def _receipts(wire: WirePurchase, from_stock: bool) -> Iterator[GoodsReceipt]:
    """Yield one receipt a group and delivery date; void ones, and days that the group's other view told before.

    StockReceived and PutAway describe the same goods, their lines with dates of their own: they are never added
    (https://github.com/asungtrading/asung-wms). Goods are received before they are put away, so an authorised receipt
    always counts and its keys stay; its put-away counts where the receipt's own status says nothing, as is seen.
    """
    if wire.IsServiceOnly:
        return
    counted, told = dict[int, WireStock](), _Days()
    for view in (wire.PutAway, wire.StockReceived) if from_stock or not wire.PutAway else (wire.PutAway,):
        counted |= _by_group(view)
        told |= _by_day(block for block in view if block.state in {AUTHORISED, VOIDED})
    alive = _by_day([] if wire.is_void else counted.values())
    for (number, day), lines in sorted((told | alive).items(), key=lambda item: item[0]):
        if (number, day) in alive:
            yield _receipt(wire, number, day, lines, DocumentStatus.AUTHORISED)
        elif day:
            yield _receipt(wire, number, day, lines, DocumentStatus.VOIDED)


def _by_group(blocks: Sequence[WireStock]) -> dict[int, WireStock]:
    """Return the authorised blocks with lines, by the number of their group."""
    received = [block for block in blocks if block.state == AUTHORISED and block.Lines]
    _check_apart([block.InvoicingAndReceivingNumber for block in received])
    return {block.InvoicingAndReceivingNumber: block for block in received}


def _by_day(blocks: Iterable[WireStock]) -> _Days:
    """Return the lines by group and day."""
    found: _Days = defaultdict(list)
    for block in blocks:
        for line in block.Lines:
            found[block.InvoicingAndReceivingNumber, line.Date[:10]].append(line)
    return dict(found)


def _dated(text: str, wire: WirePurchase, status: DocumentStatus, what: str) -> dt.date:
    """Return a business date; a void document may have lost its own."""
    found = calendar_date(text)
    if found is None and status is not DocumentStatus.VOIDED:
        raise ValueError(f"{what} of {wire.OrderNumber or wire.ID} has no date")
    return found or moment(wire.LastUpdatedDate).date()


def _receipt(
    wire: WirePurchase, number: int, day: str, lines: Sequence[WireStockLine], status: DocumentStatus
) -> GoodsReceipt:
    return GoodsReceipt(
        source="cin7",
        key=f"{wire.ID.lower()}/receipt/{number}/{day}",
        modified_at=moment(wire.LastUpdatedDate),
        status=status,
        order_key=_order_key(wire),
        order_number=wire.OrderNumber.strip(),
        supplier_key=wire.SupplierID.lower(),
        supplier_name=wire.Supplier.strip(),
        date=_dated(day, wire, status, "a line of the receipt"),
        lines=tuple(
            ReceiptLine(item=line.SKU.strip(), quantity=line.Quantity, description=line.Name, location=line.Location)
            for line in lines
        ),
    )


def _status(wire: WirePurchase, part: WirePart, final: tuple[str, ...]) -> DocumentStatus | None:
    """Return what a sub-document's status means; None when it is not final (or not known) yet."""
    if wire.is_void or part.state == VOIDED:
        return DocumentStatus.VOIDED if part.state in {VOIDED, *final} else None
    return DocumentStatus.AUTHORISED if part.state in final else None


def _common(wire: WirePurchase, part: WirePart, status: DocumentStatus) -> dict[str, Any]:
    inclusive = wire.TaxCalculation.strip().casefold() == "inclusive"
    lines = [_line(line, inclusive) for line in part.Lines]
    lines += [_line(charge, inclusive, charge=True) for charge in part.AdditionalCharges]
    return {
        "source": "cin7",
        "modified_at": moment(wire.LastUpdatedDate),
        "status": status,
        "supplier_key": wire.SupplierID.lower(),
        "supplier_name": wire.Supplier.strip(),
        "currency": wire.SupplierCurrency.strip().upper(),
        "terms": wire.Terms.strip(),
        "tax_inclusive": inclusive,
        "lines": tuple(lines),
        "net": part.TotalBeforeTax,
        "tax": part.Tax,
        "gross": part.Total,
    }


def _line(wire: WireLine, inclusive: bool, *, charge: bool = False) -> Line:
    """Return a line; its net amount is without tax, which `Total` holds when prices include it."""
    net = wire.Total - wire.Tax if inclusive else wire.Total
    return Line(
        item=None if charge else wire.SKU.strip() or None,
        description=(wire.Description if charge else wire.Name).strip(),
        quantity=wire.Quantity,
        unit_price=(net / wire.Quantity).quantize(Decimal("0.000001")) if wire.Quantity else net,
        net=net,
        tax=wire.Tax,
        tax_rule=wire.TaxRule.strip(),
        account=wire.Account.strip() or None,
    )

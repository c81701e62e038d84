"""BODs → the same canonical documents as M3's rows; pure functions.

Paths: https://github.com/Fellow-Consulting-AG/docbits, M3 mappings. A supplier invoice's document names no lines there;
one whose account a rule gives becomes an invoice of one line, another one is held for having none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from ml_connector.domain.documents import (
    Address,
    Document,
    DocumentStatus,
    InvoiceType,
    Line,
    PurchaseOrder,
    Supplier,
    SupplierInvoice,
)
from ml_connector.domain.money import plain
from ml_connector.systems.infor.bod_xml import Bod, Part, variation_of
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.translate import SYSTEM

NOUNS = {
    Supplier.kind: "SupplierPartyMaster",
    PurchaseOrder.kind: "PurchaseOrder",
    SupplierInvoice.kind: "SupplierInvoice",
}
"""Kind → the noun whose documents carry it."""
_ID = {"SupplierPartyMaster": "PartyIDs/ID"}
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Identity:
    """Which record a document is about, and the how-manieth change of it."""

    key: str
    variation: int


def identity_of(bod: Bod) -> Identity:
    """Return what a document is about.

    Raises:
        ValueError: it has no identity.
    """
    path = _ID.get(bod.noun, f"{bod.noun}Header/DocumentID/ID")
    key = bod.part.text(path)
    if not key:
        raise ValueError(f"the {bod.noun} has no {path}")
    if bod.noun == "SupplierInvoice":
        supplier = bod.part.text("SupplierInvoiceHeader/SupplierParty/PartyIDs/ID")
        dated = bod.part.day("SupplierInvoiceHeader/DocumentDateTime")
        key = "|".join((bod.entity, supplier, str(dated.year) if dated else "", key))
    return Identity(key, variation_of(bod.part, path))


def document_of(bod: Bod, key: str, options: InforOptions, seen_at: dt.datetime) -> Document | None:
    """Return the canonical document; None for one that is still preliminary.

    Raises:
        ValueError: something needed is missing or cannot be read.
    """
    return _MAKERS[bod.noun](bod, key, options, seen_at)


def _supplier(bod: Bod, key: str, _options: InforOptions, seen_at: dt.datetime) -> Supplier | None:
    part = bod.part
    status = part.text("Status/Code").casefold()
    if status == "preliminary" and not bod.is_deleted:
        return None
    by_channel = {one.text("ChannelCode").casefold(): one for one in part.parts("Communication")}
    phone, email = by_channel.get("phone"), by_channel.get("email")
    return Supplier(
        source=SYSTEM,
        key=key,
        code=key,
        modified_at=seen_at,
        name=part.text("Name"),
        terms=part.text("PaymentTermID"),
        tax_number=part.text("PartyIDs/TaxID"),
        phone=phone.text("DialNumber") if phone else "",
        email=(email.text("URI") or email.text("DialNumber")) if email else "",
        address=_address(next(iter(part.parts("Location/Address")), None)),
        active=not bod.is_deleted and status in {"", "active", "open", "approved"},
    )


def _address(part: Part | None) -> Address:
    if part is None:
        return Address()
    lines = sorted((one.element.get("sequence") or "", one.element.text or "") for one in part.parts("AddressLine"))
    texts = [text.strip() for _, text in lines if text.strip()]
    return Address(
        line1=texts[0] if texts else "",
        line2=", ".join(texts[1:]),
        city=part.text("CityName"),
        state=part.text("CountrySubDivisionCode"),
        postcode=part.text("PostalCode"),
        country=part.text("CountryCode"),
    )


def _order(bod: Bod, key: str, options: InforOptions, seen_at: dt.datetime) -> PurchaseOrder | None:
    head = _part(bod, "PurchaseOrderHeader")
    status = head.text("Status/Code").casefold()
    if status in options.bod_draft and not bod.is_deleted:
        return None
    is_void = bod.is_deleted or status in options.bod_void
    lines = tuple(
        _order_line(one, {"SUNO": head.text("SupplierParty/PartyIDs/ID")}, options)
        for one in bod.part.parts("PurchaseOrderLine")
        if is_void or one.text("Status/Code").casefold() not in options.bod_void
    )
    stated = head.number("ExtendedAmount")
    net = sum((line.net for line in lines), Decimal(0)) if stated is None else stated
    return PurchaseOrder(
        source=SYSTEM,
        key=key,
        modified_at=seen_at,
        status=DocumentStatus.VOIDED if is_void else DocumentStatus.AUTHORISED,
        number=key,
        supplier_key=head.text("SupplierParty/PartyIDs/ID"),
        supplier_name=head.text("SupplierParty/Name"),
        date=_day(head, "OrderDateTime"),
        required_by=head.day("RequiredDeliveryDateTime"),
        currency=head.attribute("ExtendedAmount", "currencyID") or _currency(bod.part),
        company=bod.entity,
        location=head.text("ShipToParty/Location[@type='Warehouse']/ID"),
        lines=lines,
        net=net,
        tax=Decimal(0),
        gross=net,
    )


def _order_line(part: Part, head: dict[str, str], options: InforOptions) -> Line:
    quantity = part.number("Quantity") or Decimal(0)
    per = part.number("UnitPrice/PerQuantity") or Decimal(1)
    price = (part.number("UnitPrice/Amount") or Decimal(0)) / per
    net = part.number("TotalAmount", "ExtendedAmount")
    if net is None:
        raise ValueError(f"line {part.text('LineNumber')} has no amount")
    item = part.own("Item/ItemID/ID", "schemeName")
    rule = options.rule({**head, "ITNO": item})
    return Line(
        item=item or None,
        description=part.text("Item/Description"),
        quantity=quantity,
        unit=part.attribute("Quantity", "unitCode"),
        unit_price=net / quantity if quantity else price,
        net=net,
        account=rule.account if rule else None,
        cost_centre=rule.cost_centre if rule else "",
    )


def _currency(part: Part) -> str:
    for path in ("PurchaseOrderLine/ExtendedAmount", "PurchaseOrderLine/TotalAmount"):
        found = part.attribute(path, "currencyID")
        if found:
            return found
    return ""


def _invoice(bod: Bod, key: str, options: InforOptions, seen_at: dt.datetime) -> SupplierInvoice:
    head = _part(bod, "SupplierInvoiceHeader")
    total = head.number("TotalAmount")
    if total is None:
        raise ValueError("the invoice has no total")
    sign = -1 if total < 0 else 1
    gross = total * sign
    tax = _tax(head, gross)
    orders = {one.text("DocumentID/ID") for one in head.parts("PurchaseOrderReference")} - {""}
    if len(orders) > 1:
        raise ValueError(f"the invoice bills several orders: {', '.join(sorted(orders))}")
    order, supplier = next(iter(orders), ""), head.text("SupplierParty/PartyIDs/ID")
    return SupplierInvoice(
        source=SYSTEM,
        key=key,
        modified_at=seen_at,
        status=DocumentStatus.VOIDED if bod.is_deleted else DocumentStatus.AUTHORISED,
        number=head.text("DocumentID/ID"),
        supplier_key=supplier,
        supplier_name=head.text("SupplierParty/Name"),
        date=_day(head, "DocumentDateTime"),
        currency=head.attribute("TotalAmount", "currencyID"),
        company=bod.entity,
        terms=head.text("PaymentTerm/Description"),
        type=InvoiceType.CREDIT_MEMO if sign < 0 else InvoiceType.INVOICE,
        order_key=order,
        order_number=order,
        lines=_invoice_lines({"SUNO": supplier, "PUNO": order}, gross - tax, tax, options),
        net=gross - tax,
        tax=tax,
        gross=gross,
    )


def _tax(head: Part, gross: Decimal) -> Decimal:
    """Return the tax of all parts, one for each VAT code or authority.

    What they are reckoned from may be less than the net amount, as some of it may bear no tax, or all of it in each
    part where several taxes lie on the same amount.

    Raises:
        ValueError: it is more than the net amount.
    """
    parts = head.parts("Tax")
    tax = abs(sum((one.number("Amount") or Decimal(0) for one in parts), Decimal(0)))
    net = gross - tax
    bases = [base for base in (one.number("BasisAmount") for one in parts) if base is not None]
    is_more = abs(sum(bases, Decimal(0))) > net + _CENT * len(bases)
    if is_more and any(abs(abs(base) - net) > _CENT for base in bases):
        stated = " + ".join(plain(base) for base in bases)
        raise ValueError(f"the taxes are reckoned from {stated}, which is more than the net amount {plain(net)}")
    return tax


def _invoice_lines(row: dict[str, str], net: Decimal, tax: Decimal, options: InforOptions) -> tuple[Line, ...]:
    rule = options.rule(row)
    if rule is None:
        return ()
    line = Line(
        description="Invoice total",
        quantity=Decimal(1),
        unit_price=net,
        net=net,
        tax=tax,
        account=rule.account,
        cost_centre=rule.cost_centre,
    )
    return (line,)


def _part(bod: Bod, name: str) -> Part:
    found = bod.part.parts(name)
    if not found:
        raise ValueError(f"the {bod.noun} has no {name}")
    return found[0]


def _day(part: Part, path: str) -> dt.date:
    found = part.day(path)
    if found is None:
        raise ValueError(f"the document has no {path}")
    return found


_MAKERS: dict[str, Callable[[Bod, str, InforOptions, dt.datetime], Document | None]] = {
    "SupplierPartyMaster": _supplier,
    "PurchaseOrder": _order,
    "SupplierInvoice": _invoice,
}

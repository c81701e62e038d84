"""The canonical documents: what every vendor's records are translated into and out of.

All are frozen. Codes (accounts, items, tax rules, terms, suppliers) are the *source's* until
`ml_connector.mapping.resolve` has replaced them by the destination's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ml_connector.domain.money import Amount, Money, plain


def _aware_utc(value: dt.datetime) -> dt.datetime:
    if value.tzinfo is None:
        msg = "a time without a zone; say UTC where the vendor's clock is read"
        raise ValueError(msg)
    if type(value) is dt.datetime and value.tzinfo is dt.timezone.utc:
        return value
    # A subclass such as Airflow's pendulum.DateTime loses this zone in sums, so it is made anew as a plain datetime.
    return dt.datetime.fromisoformat(value.astimezone(dt.timezone.utc).isoformat())


UtcDatetime = Annotated[dt.datetime, AfterValidator(_aware_utc)]


class DocumentStatus(str, Enum):
    """Where a document stands in its own system."""

    DRAFT = "draft"
    AUTHORISED = "authorised"
    VOIDED = "voided"


class InvoiceType(str, Enum):
    """Whether a supplier invoice is owed by us or to us."""

    INVOICE = "invoice"
    CREDIT_MEMO = "credit memo"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Document(_Frozen):
    """What every canonical document carries.

    Args:
        source: the system it was read from.
        key: the source's own key for it, unique per kind and unchanged over its life.
        modified_at: when the source last changed it; aware UTC.
        status: where it stands in the source.
    """

    kind: ClassVar[str]

    source: str
    key: Annotated[str, Field(min_length=1)]
    modified_at: UtcDatetime
    status: DocumentStatus = DocumentStatus.AUTHORISED

    @property
    def label(self) -> str:
        """What a clerk calls it, e.g. ``purchase order PO-00318``."""
        return f"{self.kind.replace('_', ' ')} {self.key}"

    @property
    def money(self) -> Money | None:
        """The money it moves, or None for master data."""
        return None

    @property
    def booked_on(self) -> dt.date | None:
        """The day by which its codes are mapped: its own date, which the target books it under; None without one."""
        return None

    def content_hash(self) -> str:
        """Return a SHA-256 of everything but the time stamp: equal content, equal hash."""
        text = _CANONICAL.encode({"kind": self.kind, **self.model_dump(exclude={"modified_at"})})
        return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    """Return what JSON does not know as text, the same for equal values."""
    if isinstance(value, Decimal):
        return plain(value)
    assert isinstance(value, dt.date)
    return value.isoformat()


_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=_plain)
"""Writes enumerations as their values, since they are texts."""


class Address(_Frozen):
    """A postal address; `country` is ISO 3166 alpha-2 where the vendor gives that, else its name."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""


class Supplier(Document):
    """A supplier (vendor).

    Args:
        name: trimmed, otherwise as in the source.
        code: the code both systems share, or None where none is recorded yet.
        counterpart_key: the key of the same supplier in the other system, where this one keeps it.
        terms: payment terms, as the source codes them; "" when it has none.
        tax_rule: default tax rule on purchases, as the source codes it; "" when it has none.
    """

    kind: ClassVar[str] = "supplier"

    name: str
    code: str | None = None
    counterpart_key: str | None = None
    currency: str = ""
    terms: str = ""
    tax_rule: str = ""
    tax_number: str = ""
    contact_name: str = ""
    email: str = ""
    phone: str = ""
    address: Address = Address()
    active: bool = True

    @property
    def label(self) -> str:
        """What a clerk calls it."""
        return f"supplier {self.name}"


class Line(_Frozen):
    """One line of an order or invoice, amounts in the document's currency.

    Args:
        item: item code, or None for a charge or free text.
        net: the line's amount after discount and without tax, whatever the source's prices include.
        tax: the line's tax amount.
        account: GL account code, or None where the source's lines carry none.
        cost_centre: cost centre (department, dimension) code; "" for none.
    """

    item: str | None = None
    description: str = ""
    quantity: Amount
    unit: str = ""
    unit_price: Amount
    net: Amount
    tax: Amount = Decimal(0)
    tax_rule: str = ""
    account: str | None = None
    cost_centre: str = ""


class TradeDocument(Document):
    """What orders and invoices have in common; `net`, `tax` and `gross` are the source's own totals.

    Args:
        company: the company (ledger) it belongs to; None from a system that keeps one company only, "" where it is
            missing from a system that keeps several.
    """

    number: str
    supplier_key: str
    supplier_name: str
    date: dt.date
    currency: str
    company: str | None = None
    terms: str = ""
    tax_inclusive: bool = False
    lines: tuple[Line, ...] = ()
    net: Amount
    tax: Amount
    gross: Amount

    @property
    def booked_on(self) -> dt.date | None:
        """Its own date."""
        return self.date

    @property
    def label(self) -> str:
        """What a clerk calls it."""
        return f"{self.kind.replace('_', ' ')} {self.number or '(without number)'}"

    @property
    def money(self) -> Money | None:
        """The gross total."""
        return Money(amount=self.gross, currency=self.currency)


class PurchaseOrder(TradeDocument):
    """An order placed with a supplier; `number` is the buyer's own order number."""

    kind: ClassVar[str] = "purchase_order"

    required_by: dt.date | None = None
    location: str = ""


class SupplierInvoice(TradeDocument):
    """A supplier's invoice or credit memo; `number` is the supplier's own document number.

    Args:
        order_key: key of the purchase it bills; order_number: its number.
        rate: base units per unit of `currency`, or None where the source gives none.
        credits_number: for a credit memo, the invoice number it credits.
    """

    kind: ClassVar[str] = "supplier_invoice"

    type: InvoiceType = InvoiceType.INVOICE
    due_date: dt.date | None = None
    order_key: str = ""
    order_number: str = ""
    rate: Amount | None = None
    credits_number: str = ""

    @property
    def label(self) -> str:
        """What a clerk calls it."""
        word = "credit memo" if self.type is InvoiceType.CREDIT_MEMO else "bill"
        return f"{word} {self.number or '(without number)'} of {self.supplier_name}"


class ReceiptLine(_Frozen):
    """Goods of one item that came in, in the item's unit."""

    item: str
    quantity: Amount
    description: str = ""
    unit: str = ""
    location: str = ""


class GoodsReceipt(Document):
    """Goods received against an order on one day."""

    kind: ClassVar[str] = "goods_receipt"

    order_key: str
    order_number: str
    supplier_key: str
    supplier_name: str
    date: dt.date
    lines: tuple[ReceiptLine, ...] = ()

    @property
    def booked_on(self) -> dt.date | None:
        """Its own date."""
        return self.date

    @property
    def label(self) -> str:
        """What a clerk calls it."""
        return f"goods receipt of {self.date.isoformat()} for {self.order_number}"


class JournalLine(_Frozen):
    """One posting.

    Args:
        amount: in `currency`; a debit is positive, a credit negative.
        reference: the document it came from, e.g. the supplier's invoice number.
        order_number: the purchase order that document bills.
    """

    account: str
    text: str = ""
    amount: Amount
    currency: str = ""
    reference: str = ""
    order_number: str = ""
    supplier_key: str = ""
    cost_centre: str = ""


class JournalEntry(Document):
    """Postings of one voucher, read to check their accounts; never written anywhere."""

    kind: ClassVar[str] = "journal_entry"

    number: str
    date: dt.date
    company: str | None = None
    lines: tuple[JournalLine, ...] = ()

    @property
    def booked_on(self) -> dt.date | None:
        """Its own date."""
        return self.date

    @property
    def label(self) -> str:
        """What a clerk calls it, with the documents that it posts and their orders."""
        posted = ", ".join(dict.fromkeys(line.reference for line in self.lines if line.reference))
        orders = ", ".join(dict.fromkeys(line.order_number for line in self.lines if line.order_number))
        named = f" for {posted[:80]}" if posted else ""
        return f"journal entry {self.number}{named}" + (f" (order {orders[:80]})" if orders else "")


class GLAccount(_Frozen):
    """A ledger account; `postable` is False for control and cash accounts, which a bill must not hit."""

    code: str
    name: str
    type: str = ""
    active: bool = True
    postable: bool = True


class Item(_Frozen):
    """An item that order lines may name."""

    code: str
    name: str = ""
    unit: str = ""
    stocked: bool = True
    active: bool = True


AnyDocument = Supplier | PurchaseOrder | SupplierInvoice | GoodsReceipt | JournalEntry
KINDS: dict[str, type[Document]] = {
    cls.kind: cls for cls in (Supplier, PurchaseOrder, SupplierInvoice, GoodsReceipt, JournalEntry)
}


def load_document(kind: str, payload: str) -> Document:
    """Return the canonical document of `kind` stored as JSON text by `dump_document`."""
    return KINDS[kind].model_validate_json(payload)


def dump_document(document: Document) -> str:
    """Return the document as JSON text; decimals are strings, so nothing is lost."""
    return document.model_dump_json()

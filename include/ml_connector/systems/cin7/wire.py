"""Cin7 Core's JSON in its own names (https://dearinventory.docs.apiary.io), read leniently.

Texts flip between null and ""; TaxNumber and Discount are typed as numbers and hold texts and decimals; the embedded
bill's number is misspelt in the reference. What we do not use is ignored.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any) -> Any:
    return Decimal(0) if value is None or value == "" else value


def _flag(value: Any) -> bool:
    return str(value).strip().lower() in {"true", "1"}


def _rows(value: Any) -> list[Any]:
    """An object of the Simple family and an array of the Advanced one are both read as rows."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


Text = Annotated[str | Annotated[str, BeforeValidator(_text)], Field(union_mode="left_to_right")]
"""Most are texts already, and are taken as they are."""
Number = Annotated[Decimal, BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_flag)]


class Wire(BaseModel):
    """A record of the API."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class WireAddress(Wire):
    """One address of a supplier."""

    ID: Text = ""
    Line1: Text = ""
    Line2: Text = ""
    City: Text = ""
    State: Text = ""
    Postcode: Text = ""
    Country: Text = ""
    Type: Text = ""
    DefaultForType: Flag = False


class WireContact(Wire):
    """One contact of a supplier."""

    ID: Text = ""
    Name: Text = ""
    Phone: Text = ""
    Email: Text = ""
    Default: Flag = False


class WireSupplier(Wire):
    """A supplier; its additional attributes are top-level, `extra` keeps them."""

    model_config = ConfigDict(extra="allow", frozen=True)

    ID: str
    Name: Text
    Currency: Text = ""
    PaymentTerm: Text = ""
    TaxRule: Text = ""
    TaxNumber: Text = ""
    Status: Text = "Active"
    LastModifiedOn: str
    Addresses: Annotated[list[WireAddress], BeforeValidator(_rows)] = []
    Contacts: Annotated[list[WireContact], BeforeValidator(_rows)] = []

    def attribute(self, name: str) -> str:
        """Return an additional attribute, trimmed."""
        return _text((self.model_extra or {}).get(name)).strip()


class WireLine(Wire):
    """A line of an order, bill or credit note, or an additional charge."""

    SKU: Text = ""
    Name: Text = ""
    Description: Text = ""
    Quantity: Number = Decimal(0)
    Price: Number = Decimal(0)
    Tax: Number = Decimal(0)
    Total: Number = Decimal(0)
    TaxRule: Text = ""
    Account: Text = ""
    Comment: Text = ""
    Reference: Text = ""


class WirePart(Wire):
    """A sub-document with lines and totals: order, bill or credit note."""

    TaskID: Text = ""
    InvoicingAndReceivingNumber: Annotated[int, BeforeValidator(lambda value: value or 0)] = 0
    Status: Text = ""
    Lines: Annotated[list[WireLine], BeforeValidator(_rows)] = []
    AdditionalCharges: Annotated[list[WireLine], BeforeValidator(_rows)] = []
    TotalBeforeTax: Number = Decimal(0)
    Tax: Number = Decimal(0)
    Total: Number = Decimal(0)
    CurrencyRate: Decimal | None = None
    InvoiceDate: Text = ""
    InvoiceDueDate: Text = ""
    InvoiceNumber: Text = Field(default="", validation_alias=AliasChoices("InvoiceNumber", "InvocieNumber"))
    CreditNoteNumber: Text = ""
    CreditNoteDate: Text = ""
    CreditNoteInvoiceNumber: Text = ""

    @property
    def state(self) -> str:
        """The status, trimmed and in capitals: spelling differs between documents, exports and API."""
        return self.Status.strip().upper()


class WireStockLine(Wire):
    """A line of a receipt or of a put-away."""

    Date: Text = ""
    SKU: Text = ""
    Name: Text = ""
    Quantity: Number = Decimal(0)
    Location: Text = ""


class WireStock(Wire):
    """A receipt or a put-away."""

    TaskID: Text = ""
    InvoicingAndReceivingNumber: Annotated[int, BeforeValidator(lambda value: value or 0)] = 0
    Status: Text = ""
    Lines: Annotated[list[WireStockLine], BeforeValidator(_rows)] = []

    @property
    def state(self) -> str:
        """The status, trimmed and in capitals."""
        return self.Status.strip().upper()


class WirePurchase(Wire):
    """A purchase of either family; sub-documents are rows, one a group."""

    ID: str
    OrderNumber: Text = ""
    Status: Text = ""
    Approach: Text = ""
    SupplierID: Text = ""
    Supplier: Text = ""
    BlindReceipt: Flag = False
    IsServiceOnly: Flag = False
    Type: Text = ""
    SupplierCurrency: Text = ""
    CurrencyRate: Decimal | None = None
    TaxCalculation: Text = ""
    Terms: Text = ""
    Location: Text = ""
    Note: Text = ""
    OrderDate: Text = ""
    RequiredBy: Text = ""
    LastUpdatedDate: str
    Order: WirePart = WirePart()
    StockReceived: Annotated[list[WireStock], BeforeValidator(_rows)] = []
    PutAway: Annotated[list[WireStock], BeforeValidator(_rows)] = []
    Invoice: Annotated[list[WirePart], BeforeValidator(_rows)] = []
    CreditNote: Annotated[list[WirePart], BeforeValidator(_rows)] = []

    @property
    def is_void(self) -> bool:
        """Whether the whole purchase is void."""
        return self.Status.strip().upper() == "VOIDED"

    @property
    def key(self) -> str:
        """Its ID as keys carry it: the case of GUIDs varies."""
        return self.ID.lower()


def moment(text: str) -> dt.datetime:
    """Return an audit stamp as aware UTC: with or without Z, two to seven fractional digits.

    Raises:
        ValueError: it is no time.
    """
    head, dot, rest = text.strip().replace("Z", "+00:00").partition(".")
    if dot:
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        head = f"{head}.{digits[:6].ljust(6, '0')}{rest[len(digits) :]}"
    made = dt.datetime.fromisoformat(head)
    return made if made.tzinfo else made.replace(tzinfo=dt.timezone.utc)


def calendar_date(text: str) -> dt.date | None:
    """Return a business date: a calendar date of the tenant, never shifted by a zone; None when empty.

    Raises:
        ValueError: it is no date.
    """
    return dt.date.fromisoformat(text[:10]) if text.strip() else None


def parameter(moment_utc: dt.datetime) -> str:
    """Return a time as a query parameter: UTC without suffix, since some lists could not read the Z
    (https://github.com/HashNotAdam/dear_inventory-ruby, commit 8549549)."""  # noqa: D205, D209
    return moment_utc.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]

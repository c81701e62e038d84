"""Acumatica's JSON in its own names: the ``{"value": …}`` envelope undone, and what is read of each entity.

Names, types and lengths: published specification and endpoint metadata of ``Default/24.200.001`` in
https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp (`EndpointDefinitions`, `EndpointMetadata`).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

_UNREAD = frozenset({"rowNumber", "note", "custom", "files", "_links"})
_UNWRAPPED = frozenset({"id", "delete"})


def unwrap(value: Any) -> Any:
    """Return a record as plain values: ``{"value": x}`` becomes x, and ``{}``, the empty value, None.

    Empty values come without a ``value`` member (recorded: https://github.com/Jetbuilt/acumatica,
    `spec/cassettes`). System members that nobody reads are left out.
    """
    if isinstance(value, list):
        return [unwrap(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "value" in value:
        return _inner(value["value"])
    if not set(value) - {"error"}:
        return None
    return {name: unwrap(item) for name, item in value.items() if name not in _UNREAD}


def _inner(value: Any) -> Any:
    """Return a value, of a drop-down's object its shown text.

    From ``Default/26.200.001`` on a drop-down's value is an object of id and description
    (https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp, contract version 5).
    """
    if not isinstance(value, dict):
        return value
    members = {name.lower(): item for name, item in value.items()}
    return members.get("description") or members.get("id")


def wrap(fields: dict[str, Any]) -> dict[str, Any]:
    """Return plain values as the endpoint takes them; None clears a field, and linked records and rows nest."""
    return {name: item if name in _UNWRAPPED else _wrapped(item) for name, item in fields.items()}


def _wrapped(item: Any) -> Any:
    if isinstance(item, dict):
        return wrap(item)
    if isinstance(item, list):
        return [wrap(row) for row in item]
    if isinstance(item, dt.date):
        return {"value": item.isoformat()}
    return {"value": item}


def _text(value: Any) -> str:
    """Return text without spaces around it: keys of segmented fields come padded."""
    return "" if value is None or isinstance(value, (dict, list)) else str(value).strip()


def _number(value: Any) -> Any:
    if value is None or value == "":
        return Decimal(0)
    return Decimal(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else value


def _flag(value: Any) -> Any:
    return False if value is None else value


def _day(value: Any) -> Any:
    """Return the calendar day of a date, which comes as midnight with an offset and is not to be shifted."""
    return str(value)[:10] if value else None


def _rows(value: Any) -> Any:
    return value or []


Text = Annotated[str, BeforeValidator(_text)]
Number = Annotated[Decimal, BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Day = Annotated[dt.date | None, BeforeValidator(_day)]
Moment = dt.datetime | None


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Text = ""


class PostalAddress(_Record):
    """The address of a contact."""

    AddressLine1: Text = ""
    AddressLine2: Text = ""
    City: Text = ""
    State: Text = ""
    PostalCode: Text = ""
    Country: Text = ""


class Contact(_Record):
    """The main contact of a vendor."""

    Attention: Text = ""
    Email: Text = ""
    Phone1: Text = ""
    Address: Annotated[PostalAddress, BeforeValidator(lambda value: value or {})] = PostalAddress()


class Vendor(_Record):
    """A vendor: form AP303000, key VendorID."""

    VendorID: Text
    VendorName: Text = ""
    AccountRef: Text = ""
    Status: Text = ""
    CurrencyID: Text = ""
    Terms: Text = ""
    TaxRegistrationID: Text = ""
    LastModifiedDateTime: Moment = None
    MainContact: Annotated[Contact, BeforeValidator(lambda value: value or {})] = Contact()


class Tax(_Record):
    """A row of a document's taxes."""

    TaxID: Text = ""
    TaxableAmount: Number = Decimal(0)
    TaxAmount: Number = Decimal(0)


class OrderLine(_Record):
    """A line of a purchase order; `Description` would be the account's."""

    InventoryID: Text = ""
    Account: Text = ""
    LineDescription: Text = ""
    OrderQty: Number = Decimal(0)
    ExtendedCost: Number = Decimal(0)
    QtyOnReceipts: Number = Decimal(0)
    Cancelled: Flag = False


class Order(_Record):
    """A purchase order: form PO301000, keys Type (not OrderType) and OrderNbr."""

    Type: Text
    OrderNbr: Text
    Status: Text = ""
    Hold: Flag = False
    VendorID: Text = ""
    Branch: Text = ""
    VendorRef: Text = ""
    Description: Text = ""
    Date: Day = None
    PromisedOn: Day = None
    CurrencyID: Text = ""
    Terms: Text = ""
    LineTotal: Number = Decimal(0)
    TaxTotal: Number = Decimal(0)
    OrderTotal: Number = Decimal(0)
    Details: Annotated[list[OrderLine], BeforeValidator(_rows)] = []
    TaxDetails: Annotated[list[Tax], BeforeValidator(_rows)] = []


class BillLine(_Record):
    """A line of a bill; `Description` would be the account's."""

    InventoryID: Text = ""
    Account: Text = ""
    TransactionDescription: Text = ""
    Qty: Number = Decimal(0)
    ExtendedCost: Number = Decimal(0)


class Bill(_Record):
    """A bill or debit adjustment: form AP301000, keys Type and ReferenceNbr; its vendor is `Vendor`."""

    Type: Text
    ReferenceNbr: Text
    Status: Text = ""
    Hold: Flag = False
    Vendor: Text = ""
    BranchID: Text = ""
    VendorRef: Text = ""
    Description: Text = ""
    Date: Day = None
    DueDate: Day = None
    CurrencyID: Text = ""
    Amount: Number = Decimal(0)
    TaxTotal: Number = Decimal(0)
    Details: Annotated[list[BillLine], BeforeValidator(_rows)] = []
    TaxDetails: Annotated[list[Tax], BeforeValidator(_rows)] = []


class Account(_Record):
    """A ledger account: form GL202500."""

    AccountCD: Text
    Description: Text = ""
    Type: Text = ""
    Active: Flag = False
    CashAccount: Flag = False


class Item(_Record):
    """A stock or non-stock item: forms IN202500 and IN202000, which name the unit differently."""

    InventoryID: Text
    Description: Text = ""
    ItemStatus: Text = ""
    PurchaseUOM: Text = ""
    PurchaseUnit: Text = ""


class Currency(_Record):
    """A currency of the list: form CM202000."""

    CurrencyID: Text
    Active: Flag = False

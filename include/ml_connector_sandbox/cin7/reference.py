"""Reference books and products: lists with the vendor's filters, simple writes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from ml_connector_sandbox.cin7.account import Account, Record
from ml_connector_sandbox.cin7.errors import ApiError, missing


@dataclass(frozen=True)
class Book:
    """One reference book.

    Args:
        fields: what POST and PUT take beside `required`; other keys are ignored without a word. None for a book whose
            fields we do not know all.
        exact, starts, flags: query parameters that filter exactly, by beginning, or as true/false.
        bare: POST and PUT answer with the object itself, not with a list.
    """

    entity: str
    list_key: str
    required: tuple[str, ...]
    fields: tuple[str, ...] | None = None
    exact: tuple[str, ...] = ("ID",)
    starts: tuple[str, ...] = ("Name",)
    flags: tuple[str, ...] = ()
    bare: bool = False


_ACCOUNT = ("Description", "Class", "ForPayments", "Bank", "BankAccountNumber", "Currency")
_LOCATION = (
    "IsDefault", "IsDeprecated", "Bins", "ParentID", "FixedAssetsLocation", "AddressLine1", "AddressLine2",
    "AddressCitySuburb", "AddressStateProvince", "AddressZipPostCode", "AddressCountry", "PickZones", "IsShopfloor",
    "IsCoMan", "IsStaging",
)  # fmt: skip
_ATTRIBUTES = tuple(f"Attribute{n}{what}" for n in range(1, 11) for what in ("Name", "Type", "Values"))
BOOKS = {
    "ref/account": Book(
        "account", "AccountsList", ("Code", "Name", "Type", "Status"), _ACCOUNT, ("Code", "Type", "Status"),
    ),
    "ref/tax": Book(
        "tax", "TaxRuleList", ("Name", "Account", "IsActive", "TaxInclusive"),
        ("IsTaxForSale", "IsTaxForPurchase", "Components"), ("ID", "Account"),
        flags=("IsActive", "IsTaxForSale", "IsTaxForPurchase"),
    ),
    "ref/paymentterm": Book(
        "paymentterm", "PaymentTermList", ("Name",), ("Duration", "Method", "IsActive", "IsDefault"), ("ID", "Method"),
        flags=("IsActive", "IsDefault"),
    ),
    "ref/location": Book("location", "LocationList", ("Name",), _LOCATION, bare=True),
    "ref/attributeset": Book("attributeset", "AttributeSetList", ("Name",), _ATTRIBUTES, ("ID", "Name"), ()),
    "product": Book("product", "Products", ("SKU", "Name", "Category", "Type", "CostingMethod", "UOM", "Status"),
                    starts=("Name", "Sku")),
}  # fmt: skip


def listed(account: Account, book: Book, query: Mapping[str, str]) -> list[Record]:
    """Return the rows that the query asks for; a parameter that the book does not know is ignored."""
    asked = {name.lower(): value for name, value in query.items()}
    if book.entity == "account" and "code" in asked and account.get("account", asked["code"]) is None:
        msg = "Account with specified ID not found"
        raise ApiError(msg)
    return [row for row in account.all(book.entity) if _fits(row, book, asked)]


def _fits(row: Record, book: Book, asked: Mapping[str, str]) -> bool:
    fields = {name.lower(): str(value) for name, value in row.items()}
    for name in book.exact:
        if asked.get(name.lower()) and fields.get(name.lower(), "").casefold() != asked[name.lower()].casefold():
            return False
    for name in book.starts:
        if asked.get(name.lower()) and not fields.get(name.lower(), "").casefold().startswith(
            asked[name.lower()].casefold()
        ):
            return False
    for name in book.flags:
        if asked.get(name.lower()) and fields.get(name.lower(), "true").casefold() != asked[name.lower()].casefold():
            return False
    if book.entity == "product" and asked.get("includedeprecated", "false").lower() not in {"true", "1"}:
        return fields.get("status", "").casefold() != "deprecated"
    return True


def written(account: Account, book: Book, body: Record, *, create: bool) -> Record:
    """Create or change a row."""
    for name in book.required:
        if create and body.get(name) in {None, ""}:
            raise missing(name)
    if create and book.entity == "product" and account.named("product", body["SKU"], by="SKU"):
        msg = "Product with this SKU already exists"
        raise ApiError(msg)
    taken = {
        name: value
        for name, value in body.items()
        if name != "ID" and (book.fields is None or name in {*book.required, *book.fields})
    }
    if create:
        return account.put(book.entity, taken if book.entity == "account" else {"ID": str(uuid.uuid4()), **taken})
    key = body.get("Code") if book.entity == "account" else body.get("ID")
    row = account.get(book.entity, key)
    if row is None:
        msg = f"{book.entity} with specified ID not found"
        raise ApiError(msg)
    row |= taken
    return row

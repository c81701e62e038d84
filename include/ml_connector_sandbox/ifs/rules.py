"""The business rules that the database keeps, as ``DATABASE_ERROR`` with an ``ORA-20xxx`` detail.

The shape, and the text of an object that already exists, are inferred; so are the rules themselves, which are those
that any installation would have: mandatory values, lengths, upper case, references, closed orders.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import Refusal, database_error
from .schema import TYPES, EntityType, column_name
from .store import Client, Row, Tenant

Values = dict[str, Any]

_LU = {"SupplierInfoGeneral": "SupplierInfo"}


def _lu(kind: EntityType) -> str:
    """The logical unit as messages name it."""
    return _LU.get(kind.table, kind.luname)


def _words(name: str) -> str:
    """A logical unit as words: ``Supplier Info``."""
    return column_name(name).replace("_", " ").title()


def exists_already(kind: EntityType) -> Refusal:
    """The refusal of a second insert with the same key."""
    lu = _lu(kind)
    return database_error(20112, f"{lu}.OBJEXISTS: The {_words(lu)} object already exists.")


def _missing(kind: EntityType, what: str, value: Any) -> Refusal:
    """The refusal of a reference to nothing."""
    return database_error(20111, f"{_lu(kind)}.OBJNOTEXIST: The {what} {value} does not exist.")


def check(tenant: Tenant, client: Client, kind: EntityType, data: Values, old: Values | None) -> None:
    """Refuse a row that breaks a rule; `old` is what it was, None for a new one.

    Raises:
        Refusal: 400 with the database's text.
    """
    _check_values(kind, data)
    _check_company(client, kind, data)
    _check_references(tenant, kind, data)
    rule = _RULES.get(kind.table)
    if rule:
        rule(tenant, kind, data, old)


def _check_values(kind: EntityType, data: Values) -> None:
    """Mandatory values, lengths and upper case."""
    for name, item in kind.properties.items():
        value = data.get(name)
        field = f"Field [{column_name(name)}] of {_words(_lu(kind))}"
        if item.is_required and value is None:
            raise database_error(20124, f"{_lu(kind)}.NULLVALUE: {field} is mandatory and requires a value.")
        if not isinstance(value, str):
            continue
        if item.max_length is not None and len(value) > item.max_length:
            raise database_error(20124, f"{_lu(kind)}.TOOLONG: {field} takes at most {item.max_length} characters.")
        if item.is_upper and value != value.upper():
            raise database_error(20124, f"{_lu(kind)}.UPPERCASE: {field} must be entered in upper case.")


def _check_company(client: Client, kind: EntityType, data: Values) -> None:
    """The service user may only write for its companies."""
    company = data.get("Company")
    if "Company" in kind.keys and company not in client.companies:
        raise database_error(20105, f"{_lu(kind)}.NOTALLOWED: Company {company} is not allowed for user {client.user}.")


_REFERENCES: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "SupplierInvoiceCompany": (
        ("Company", "Company", ("Company",)),
        ("PayTermId", "PaymentTerm", ("Company", "PayTermId")),
        ("DefCurrency", "Currency", ("DefCurrency",)),
        ("DefVatCode", "TaxCode", ("Company", "DefVatCode")),
    ),
    "SupplierPayment": (("Company", "Company", ("Company",)),),
    "SupplierPurchase": (("CurrencyCode", "Currency", ("CurrencyCode",)), ("BuyerCode", "Buyer", ("BuyerCode",))),
    "PurchaseOrder": (
        ("Contract", "Site", ("Contract",)),
        ("VendorNo", "SupplierPurchase", ("VendorNo",)),
        ("CurrencyCode", "Currency", ("CurrencyCode",)),
        ("BuyerCode", "Buyer", ("BuyerCode",)),
    ),
    "PurchaseOrderLine": (
        ("OrderNo", "PurchaseOrder", ("OrderNo",)),
        ("PartNo", "PurchasePart", ("Contract", "PartNo")),
    ),
}
"""Table → the property that refers, where to, and the properties that make the key there."""


def _check_references(tenant: Tenant, kind: EntityType, data: Values) -> None:
    """Whatever a row refers to must exist."""
    for name, table, key in _REFERENCES.get(kind.table, ()):
        if data.get(name) is not None and tenant.find(table, tuple(data.get(part) for part in key)) is None:
            raise _missing(kind, _words(table), data[name])


def _check_order(tenant: Tenant, kind: EntityType, data: Values, old: Values | None) -> None:
    """A closed or cancelled order stays as it is; a new one needs a supplier that has not expired."""
    if old is not None and old.get("Objstate") in {"Closed", "Cancelled"}:
        raise database_error(20110, f"{_lu(kind)}.NOTMODIFIED: A {old['Objstate']} order may not be changed.")
    expired = tenant.get("SupplierPurchase", data["VendorNo"]).get("ExpireDate")
    if old is None and expired is not None and expired <= data["OrderDate"]:
        raise database_error(20110, f"{_lu(kind)}.EXPIRED: Supplier {data['VendorNo']} has expired.")


def _check_line(tenant: Tenant, kind: EntityType, data: Values, old: Values | None) -> None:
    """A line has a quantity, and its order is open."""
    _check_order(tenant, kind, {**data, "OrderDate": None}, tenant.get("PurchaseOrder", data["OrderNo"]) or old)
    if data["BuyQtyDue"] <= 0:
        raise database_error(20110, f"{_lu(kind)}.QTYZERO: The quantity must be greater than zero.")


_RULES: dict[str, Callable[[Tenant, EntityType, Values, Values | None], None]] = {
    "PurchaseOrder": _check_order,
    "PurchaseOrderLine": _check_line,
}


def check_delete(tenant: Tenant, kind: EntityType, row: Row) -> None:
    """Refuse to delete a supplier that documents refer to.

    Raises:
        Refusal: 400 with the database's text.
    """
    if kind.table != "SupplierInfoGeneral":
        return
    supplier = row.data["SupplierId"]
    for table, name in (("PurchaseOrder", "VendorNo"), ("ManSuppInvoice", "Identity")):
        if any(True for _ in tenant.under(table, {name: supplier})):
            text = f"{_lu(kind)}.CONSTRAINT: The Supplier Info {supplier} is used by {_words(table)} rows."
            raise database_error(20116, text)


def cascade(tenant: Tenant, kind: EntityType, row: Row) -> None:
    """Delete a row and everything below it."""
    for nav in kind.navigations.values():
        if not nav.is_single:
            below = {theirs: row.data.get(ours) for theirs, ours in nav.on.items()}
            for child in list(tenant.under(nav.target, below)):
                if child.key in tenant.rows[nav.target]:
                    cascade(tenant, TYPES[nav.target], child)
    tenant.drop(row)

"""Which entities the simulated endpoint serves and what each field of them is.

The tables hold one line a field: ``Name Type View flags…``. A type is ``String(40)`` with the greatest length,
``Date`` for a date-time of the contract that only ever carries a calendar date, another entity's name for a linked
entity, or that name with ``[]`` for detail rows. Flags: ``ro`` is computed by the server and ignored when sent;
``>=23`` exists from ``Default/23.200.001`` on; ``!=22`` is absent from that version alone.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from . import tables_payables, tables_purchasing, tables_reference

_LINE = re.compile(r"(\w+) (\w+?)(?:\((\d+)\))?(\[\])? (\S+)((?: \S+)*)")

CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("Vendor", "Status"): ("Active", "On Hold", "Hold Payments", "Inactive", "One-Time"),
    ("Vendor", "TaxCalculationMode"): ("Tax Settings", "Gross", "Net"),
    ("Vendor", "PaymentBy"): ("Due Date", "Discount Date"),
    ("PurchaseOrder", "Type"): ("Normal", "Drop-Ship", "Project Drop-Ship", "Blanket", "Standard"),
    ("PurchaseOrderDetail", "LineType"): (
        "Goods for IN",
        "Non-Stock",
        "Service",
        "Freight",
        "Description",
        "Goods for SO",
        "Non-Stock for Drop-Ship",
        "Goods for Drop-Ship",
    ),
    ("Bill", "Type"): ("Bill", "Credit Adj.", "Debit Adj.", "Prepayment"),
    ("PurchaseReceipt", "Type"): ("Receipt", "Return", "Transfer Receipt"),
    ("Check", "Type"): ("Payment", "Prepayment", "Debit Adj.", "Refund", "Voided Payment"),
    ("Account", "Type"): ("Asset", "Liability", "Income", "Expense"),
    ("Account", "PostOption"): ("Summary", "Detail"),
    ("StockItem", "ItemStatus"): (
        "Active",
        "No Purchases",
        "No Sales",
        "No Request",
        "Inactive",
        "Marked for Deletion",
    ),
    ("NonStockItem", "ItemStatus"): (
        "Active",
        "No Purchases",
        "No Sales",
        "No Request",
        "Inactive",
        "Marked for Deletion",
    ),
}
"""Drop-down fields carry the displayed text in bodies and filters; any other text is an error on the field."""


@dataclass(frozen=True)
class Field:
    """One member of an entity."""

    name: str
    kind: str
    view: str
    max_length: int | None = None
    is_read_only: bool = False
    first_version: int = 0
    absent_version: int = 0
    is_linked: bool = False
    is_rows: bool = False
    choices: tuple[str, ...] = ()

    @cached_property
    def is_scalar(self) -> bool:
        """Whether the member is wrapped as ``{"value": …}``."""
        return not (self.is_linked or self.is_rows)

    def is_served_by(self, version: int) -> bool:
        """Whether ``Default/<version>.200.001`` knows the field."""
        return version >= self.first_version and version != self.absent_version


@dataclass(frozen=True)
class EntityType:
    """One entity of the contract: its fields in the order of the contract, its keys, its name in messages."""

    name: str
    fields: dict[str, Field]
    keys: tuple[str, ...] = ()
    record_name: str = ""
    stamp: str | None = None

    @property
    def scalars(self) -> list[Field]:
        """The wrapped fields."""
        return [field for field in self.fields.values() if field.is_scalar]

    def served(self, version: int) -> list[Field]:
        """The fields that one endpoint version knows, in the order of the contract."""
        return _served(self.name, version)


def _read_field(owner: str, line: str) -> Field:
    """A field from its line of the table."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"unreadable field line {line!r} of {owner}")
    name, kind, length, rows, view, flags = match.groups()
    words = flags.split()
    versions = {word[:2]: int(word[2:]) for word in words if word[:2] in {">=", "!="}}
    return Field(
        name=name,
        kind=kind,
        view=view,
        max_length=int(length) if length else None,
        is_read_only="ro" in words,
        first_version=versions.get(">=", 0),
        absent_version=versions.get("!=", 0),
        is_linked=kind in _LINKED and not rows,
        is_rows=bool(rows),
        choices=CHOICES.get((owner, name), ()),
    )


_LINKED = frozenset({"Contact", "Address", "ShippingInstructions"})

_HEADERS: dict[str, tuple[tuple[str, ...], str]] = {
    "Vendor": (("VendorID",), "Vendor"),
    "PurchaseOrder": (("Type", "OrderNbr"), "Purchase Order"),
    "PurchaseReceipt": (("Type", "ReceiptNbr"), "Purchase Receipt"),
    "Bill": (("Type", "ReferenceNbr"), "AP Invoice"),
    "Check": (("Type", "ReferenceNbr"), "AP Payment"),
    "Account": (("AccountCD",), "Account"),
    "Subaccount": (("SubaccountCD",), "Sub"),
    "StockItem": (("InventoryID",), "Stock Item"),
    "NonStockItem": (("InventoryID",), "Non-Stock Item"),
    "VendorClass": (("ClassID",), "Vendor Class"),
    "TaxZone": (("TaxZoneID",), "Tax Zone"),
    "TaxCategory": (("TaxCategoryID",), "Tax Category"),
    "Tax": (("TaxID",), "Tax"),
    "Currency": (("CurrencyID",), "Currency"),
    "PaymentMethod": (("PaymentMethodID",), "Payment Method"),
    "FinancialPeriod": (("FinancialYear",), "Financial Year"),
    "Warehouse": (("WarehouseID",), "Warehouse"),
    "UnitsOfMeasure": (("UnitID",), "Unit of Measure"),
}
_ROWS: dict[str, str] = {
    "BillDetail": "AP Transactions",
    "BillTaxDetail": "AP Tax",
    "BillApplicationDetail": "AP Adjust",
    "PurchaseOrderDetail": "Purchase Order Line",
    "PurchaseOrderTaxDetail": "PO Tax",
    "PurchaseReceiptDetail": "Purchase Receipt Line",
    "CheckDetail": "AP Adjust",
    "AttributeValue": "Attribute",
    "Contact": "Contact",
    "Address": "Address",
    "ShippingInstructions": "Shipping Instructions",
    "UnitConversion": "Unit Conversion",
    "FinancialPeriodDetail": "Financial Period",
}
"""Record names of messages; only 'AP Transactions' and 'Vendor' are recorded, the others are inferred."""


def _read_type(name: str) -> EntityType:
    """An entity type from its table."""
    modules = (tables_payables, tables_purchasing, tables_reference)
    table = next(str(vars(module)[name.upper()]) for module in modules if name.upper() in vars(module))
    fields = [_read_field(name, line) for line in table.strip().splitlines()]
    keys, record_name = _HEADERS.get(name, ((), _ROWS.get(name, name)))
    stamps = [field.name for field in fields if field.name in {"LastModifiedDateTime", "LastModified"}]
    return EntityType(
        name=name,
        fields={field.name: field for field in fields},
        keys=keys,
        record_name=record_name,
        stamp=stamps[0] if stamps else None,
    )


TYPES: dict[str, EntityType] = {name: _read_type(name) for name in (*_HEADERS, *_ROWS)}
ENTITIES: tuple[str, ...] = tuple(_HEADERS)
"""The top-level entities, as they appear in a URL."""


@lru_cache(maxsize=512)
def _served(name: str, version: int) -> list[Field]:
    """The fields of a type that one endpoint version knows (computed once)."""
    return [field for field in TYPES[name].fields.values() if field.is_served_by(version)]


def version_number(version: str) -> int:
    """The year part of an endpoint version: 24 of ``24.200.001``."""
    return int(version.split(".", 1)[0])

"""Which entity types there are and what each property of them is.

The tables hold one line a property: ``Name Type flags…``. A type is ``String(40)`` with the greatest length,
``Decimal``, ``Boolean``, ``Date``, ``Timestamp`` or ``Enum(Name)``. Flags: ``key``; ``upper`` must be upper case;
``req`` is mandatory; ``ins`` can be given on insert alone; ``ro`` is never taken from a client; ``=x`` is the default.
"""

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from . import tables_finance, tables_purchasing, tables_reference, tables_supplier
from .enums import ENUMS

_LINE = re.compile(r"(\w+) (\w+)(?:\((\w+)\))?((?: \S+)*)")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Property:
    """One property of an entity type."""

    name: str
    kind: str
    enum: str = ""
    max_length: int | None = None
    is_key: bool = False
    is_upper: bool = False
    is_required: bool = False
    is_insertable: bool = True
    is_updatable: bool = True
    default: str | None = None

    @property
    def members(self) -> tuple[str, ...]:
        """The members of its enumeration."""
        return ENUMS[self.enum] if self.enum else ()


@dataclass(frozen=True)
class Navigation:
    """A way from one row to others: ``on`` maps their properties to those of this row."""

    name: str
    target: str
    on: dict[str, str]
    is_single: bool = False
    is_served: bool = True


@dataclass(frozen=True)
class EntityType:
    """One entity type; ``table`` is where its rows are kept, which several types may share."""

    name: str
    table: str
    luname: str
    properties: dict[str, Property]
    navigations: dict[str, Navigation] = field(default_factory=dict)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The names of the key properties."""
        return tuple(item.name for item in self.properties.values() if item.is_key)

    @cached_property
    def key_columns(self) -> list[tuple[str, str]]:
        """The parts of a keyref and their properties, in alphabetical order of the columns."""
        return sorted((column_name(key), key) for key in self.keys)

    @cached_property
    def site_property(self) -> str:
        """``Company`` or ``Contract``: what row security looks at; empty when every user may see the rows."""
        return next((name for name in ("Company", "Contract") if name in self.properties), "")

    def with_custom(self, kinds: dict[str, str]) -> "EntityType":
        """The type with custom fields (``Cf_…``) of these kinds."""
        custom = {name: Property(name, kind) for name, kind in kinds.items()}
        return replace(self, properties={**self.properties, **custom})

    def with_kind(self, name: str, kind: str) -> "EntityType":
        """The type with another kind of one property."""
        changed = replace(self.properties[name], kind=kind)
        return replace(self, properties={**self.properties, name: changed})


def column_name(name: str) -> str:
    """The database column of a property: ``SUPPLIER_ID`` of ``SupplierId``."""
    return _WORD.sub("_", name).upper()


def _property(line: str) -> Property:
    """A property from its line of a table."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"unreadable property line {line!r}")
    name, kind, inside, flags = match.groups()
    words = flags.split()
    return Property(
        name,
        kind,
        enum=inside if kind == "Enum" else "",
        max_length=int(inside) if kind == "String" and inside else None,
        is_key="key" in words,
        is_upper="upper" in words,
        is_required="req" in words or "key" in words,
        is_insertable="ro" not in words,
        is_updatable=not {"ro", "ins", "key"} & set(words),
        default=next((word[1:] for word in words if word.startswith("=")), None),
    )


def _nav(name: str, target: str, on: str, **flags: bool) -> Navigation:
    """A navigation from a short form: ``Identity=SupplierId AddressId`` names their property and ours."""
    pairs = [part.split("=") for part in on.split()]
    return Navigation(name, target, {pair[0]: pair[-1] for pair in pairs}, **flags)


_CONTACTS = _nav("SupplierInfoContacts", "SupplierInfoContact", "SupplierId")
_BOTH = "SupplierId AddressId"
_PARTY = "Company Identity PartyType"
_INVOICE = "Company InvoiceId"

_NAVIGATIONS: dict[str, tuple[Navigation, ...]] = {
    "SupplierInfoGeneral": (
        _nav("SupplierInfoAddresses", "SupplierInfoAddress", "SupplierId"),
        _nav("AddressCommunicationMethods", "SupplierCommMethod", "SupplierId"),
        _CONTACTS,
        _nav("MessageSetups", "MessageSetup", "SupplierId"),
        _nav("SupplierInvoiceCompanies", "SupplierInvoiceCompany", "Identity=SupplierId PartyType"),
        _nav("SupplierPayments", "SupplierPayment", "Identity=SupplierId PartyType"),
        _nav("SupplierPurchases", "SupplierPurchase", "VendorNo=SupplierId"),
    ),
    "SupplierInfoAddress": (
        _nav("AddressTypes", "SupplierInfoAddressType", _BOTH),
        _nav("AddressCommunicationMethods", "SupplierCommMethod", _BOTH),
        _nav("SupplierInfoContacts", "SupplierInfoContact", "SupplierId SupplierAddress=AddressId"),
        _nav("SupplierDeliveryTaxInfoArray", "SupplierDeliveryTaxInfo", _BOTH),
        _nav("SupplierAddresses", "SupplierAddress", "VendorNo=SupplierId AddrNo=AddressId"),
        _nav("SuppOutboundAddrInfoArray", "SuppOutboundAddrInfo", _BOTH),
    ),
    "SupplierDeliveryTaxInfo": (_nav("SupplierDeliveryTaxCodeArray", "SupplierDeliveryTaxCode", f"{_BOTH} Company"),),
    "SupplierPayment": (_nav("PaymentWayArray", "SupplierPaymentWay", _PARTY),),
    "SupplierPaymentWay": (_nav("PaymentAddressArray", "SupplierPaymentAddress", f"{_PARTY} WayId"),),
    "PurchaseOrder": (_nav("PurchaseOrderLines", "PurchaseOrderLine", "OrderNo", is_served=False),),
    "ManSuppInvoice": (
        _nav("ManSuppInvoiceItemArray", "ManSuppInvoiceItem", _INVOICE),
        _nav("ManSuppInvoicePostingArray", "ManSuppInvoicePosting", _INVOICE),
    ),
    "VoucherRow": (_nav("AccountRef", "Account", "Company Account", is_single=True),),
    "HistoryLog": (_nav("HistoryLogAttributeArray", "HistoryLogAttribute", "LogId"),),
}
"""Whether contacts, communication methods and bank addresses hang where they do here is partly inferred: the public
routing names the collections and not always their parent."""

_LUNAMES = {"SupplierInfoContact": "ContactSupplierInfo", "SupplierCommMethod": "CommMethod"}
_PARTS = "BCDEFGHIJ"


def _type(name: str, table: str) -> EntityType:
    """An entity type from its table of properties."""
    lines = [_property(line) for line in table.strip().splitlines()]
    properties = {line.name: line for line in lines}
    navigations = {item.name: item for item in _NAVIGATIONS.get(name, ())}
    return EntityType(name, name, _LUNAMES.get(name, name), properties, navigations)


_NAMES = (
    *("SupplierInfoGeneral", "SupplierInfoAddress", "SupplierInfoAddressType", "SupplierCommMethod"),
    *("SupplierInfoContact", "SupplierDeliveryTaxInfo", "SupplierDeliveryTaxCode", "SupplierAddress"),
    *("SuppOutboundAddrInfo", "MessageSetup", "SupplierInvoiceCompany", "SupplierPayment", "SupplierPaymentWay"),
    *("SupplierPaymentAddress", "SupplierPurchase"),
    *("PurchaseOrder", "PurchaseOrderLine", "PreAccounting", "ReceiptInfo"),
    *("Account", "VoucherType", "VoucherRow", "ManSuppInvoice", "ManSuppInvoiceItem", "ManSuppInvoicePosting"),
    *("Company", "Site", "PaymentTerm", "TaxCode", "PurchasePart", "Buyer", "Currency"),
    *("HistoryLog", "HistoryLogAttribute", "Projection"),
)


def _types() -> dict[str, EntityType]:
    """All entity types by name."""
    tables: dict[str, Any] = {}
    for module in (tables_supplier, tables_purchasing, tables_finance, tables_reference):
        tables |= vars(module)
    types = {name: _type(name, tables[name.upper()]) for name in _NAMES}
    types |= {f"Code{part}": _type(f"Code{part}", tables_finance.code_part(part)) for part in _PARTS}
    row, line = types["VoucherRow"], types["PurchaseOrderLine"]
    types["GenLedVoucherRow"] = replace(
        row, name="GenLedVoucherRow", table="GenLedVoucherRow", luname="GenLedVoucherRow"
    )
    for name in ("PurchaseOrderLinePart", "PurchaseOrderLineNopart"):
        types[name] = replace(line, name=name, luname=name)
    return types


TYPES: dict[str, EntityType] = _types()
TABLES: tuple[str, ...] = tuple(name for name, kind in TYPES.items() if kind.table == name)
"""The entity types whose rows are kept; these names are used by the control routes."""

"""The entities: their paths, urns, keys and fields, and how each field reads.

A field is written ``name:kind``: ``c`` text with its longest length, ``n`` number, ``i`` integer, ``b`` boolean,
``d`` date, ``l`` list, ``o`` object; ``!`` must be sent with a value, ``~`` is set by the system and never read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from . import fields

_WORD = re.compile(r"(\w+)(?::([cnibdlo])(\d*)([!~]?))?")
_BLANKS: dict[str, Any] = {"c": "", "n": 0, "i": 0, "b": False, "d": ""}
_CUSTOM = {"customShort": ("c", 20), "customCombo": ("c", 15), "customDecimal": ("n", 5), "customInteger": ("i", 5),
           "customLong": ("c", 2)}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field of an entity."""

    name: str
    kind: str
    length: int = 0
    is_required: bool = False
    is_derived: bool = False

    def blank(self) -> Any:
        """Return what the field holds when nothing is in it."""
        return {"l": [], "o": {}}.get(self.kind, _BLANKS.get(self.kind))


def read_fields(text: str) -> dict[str, Field]:
    """Return the fields that `text` describes, by name."""
    made = {}
    for name, kind, length, mark in _WORD.findall(text):
        made[name] = Field(name, kind or "c", int(length or 0), mark == "!", mark == "~")
    return made


def _housekeeping() -> dict[str, Field]:
    made = read_fields(fields.HOUSEKEEPING)
    for stem, (kind, count) in _CUSTOM.items():
        made |= {f"{stem}{index}": Field(f"{stem}{index}", kind) for index in range(count)}
    return made


HOUSEKEEPING = _housekeeping()
PARTS: dict[str, dict[str, Field]] = {name: read_fields(text) for name, text in fields.PARTS.items()}
"""Fields of the rows inside a record, by the name of the list (or object) that holds them."""


@dataclass(frozen=True)
class Entity:
    """One business entity.

    Args:
        name: property of the envelope and, unless `path` differs, the path.
        key_names: how the keys are called in the query.
        scope: the key that must be the workspace's domain or entity.
        lookups: other sets of fields by which it can be read; several records may answer.
        answered: the only fields of the answer to a write, where it is not the whole record.
    """

    name: str
    uri: str
    keys: tuple[str, ...]
    text: str
    path: str = ""
    key_names: tuple[str, ...] = ()
    scope: str = ""
    lookups: tuple[tuple[str, ...], ...] = ()
    any_view_uri: bool = False
    answered: tuple[str, ...] = ()
    fields: dict[str, Field] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fields.update({**read_fields(self.text), **HOUSEKEEPING})

    @property
    def query_keys(self) -> tuple[str, ...]:
        """The keys as the query names them."""
        return self.key_names or self.keys


_ALL = (
    Entity("supplierV2s", "urn:be:com.qad.base.supplier.ISupplierV2", ("sharedSetCode", "supplierCode"),
           fields.SUPPLIER),
    Entity("mfgSuppliers", "urn:be:com.qad.base.supplier.IMfgSupplier", ("domainCode", "supplierCode"),
           fields.MFG_SUPPLIER, key_names=("domainContext", "supplierCode"), scope="domainCode"),
    Entity("businessRelationV2s", "urn:be:com.qad.base.address.IBusinessRelationV2", ("businessRelationCode",),
           fields.BUSINESS_RELATION),
    Entity("purchaseOrderHeaders", "urn:be:com.qad.purchasing.purchaseorders.IPurchaseOrderHeader",
           ("domainCode", "purchaseOrderNumber"), fields.ORDER, scope="domainCode"),
    Entity("purchaseOrderLines", "urn:be:com.qad.purchasing.purchaseorders.IPurchaseOrderLine",
           ("domainCode", "purchaseOrderNumber", "purchaseOrderLine"), fields.ORDER_LINE, scope="domainCode",
           lookups=(("domainCode", "purchaseOrderNumber"),), any_view_uri=True),
    Entity("purchaseOrderReceipts", "urn:be:com.qad.purchasing.receipts.IPurchaseOrderReceipt",
           ("domainCode", "receiverNumber"), fields.RECEIPT, scope="domainCode",
           lookups=(("domainCode", "purchaseOrderNumber"),)),
    Entity("supplierInvoices", "urn:be:com.qad.financials.purchaseledger.supplierinvoice.ISupplierInvoice",
           ("entityCode", "postingYear", "daybookCode", "voucher"), fields.INVOICE, scope="entityCode",
           lookups=(("entityCode", "supplierCode", "invoiceType", "invoiceReference"),
                    ("entityCode", "supplierCode", "invoiceReference")),
           answered=("uri", "voucher", "postingYear", "postingPeriod", "invoiceStatusCode", "balance",
                     "concurrencyHash")),
    Entity("items", "urn:be:com.qad.base.item.IItem", ("domainCode", "itemCode"), fields.ITEM, scope="domainCode"),
    Entity("glAccounts", "urn:be:com.qad.base.coa.IGLAccount", ("glAccountCode",), fields.GL_ACCOUNT,
           lookups=((),), any_view_uri=True),
    Entity("costCenters", "urn:be:com.qad.base.coa.ICostCenter", ("costCenterCode",), fields.COST_CENTER,
           lookups=((),), any_view_uri=True),
)  # fmt: skip
ENTITIES = {entity.name: entity for entity in _ALL}

TABLES: dict[str, tuple[str, ...]] = {
    "domains": ("domainCode", "entityCode"),
    "sharedSets": ("sharedSetCode",),
    "customers": ("customerCode",),
    "currencies": ("currencyCode",),
    "exchangeRates": ("domainCode", "currencyCode"),
    "creditTerms": ("creditTermsCode",),
    "invoiceStatusCodes": ("invoiceStatusCode",),
    "glProfiles": ("glProfileCode",),
    "subAccountProfiles": ("subAccountProfileCode",),
    "sites": ("domainCode", "siteCode"),
    "daybooks": ("entityCode", "daybookCode"),
    "daybookSets": ("domainCode", "daybookSetCode"),
    "addressTypes": ("addressTypeCode",),
    "languages": ("languageCode",),
    "countries": ("countryCode",),
    "taxZones": ("taxZone",),
    "taxCodes": ("taxCode",),
    "subAccounts": ("subAccountCode",),
    "projects": ("projectCode",),
    "coaMasks": ("maskCode",),
    "prh_hist": ("prh_domain", "prh_receiver", "prh_nbr", "prh_line"),
    "pvo_mstr": ("pvo_id",),
    "pvod_det": ("pvod_id", "pvod_id_line"),
    "vph_hist": ("vph_pvo_id", "vph_pvod_id_line", "vph_ref"),
    "postings": ("postingID",),
}
"""What has no entity service here: code tables, and the tables behind the browses. Name → keys."""

REFERENCES: dict[str, tuple[str, str]] = {
    "sharedSetCode": ("sharedSets", ""),
    "currencyCode": ("currencies", ""),
    "creditTermsCode": ("creditTerms", ""),
    "invoiceStatusCode": ("invoiceStatusCodes", ""),
    "invoiceControlGLProfileCode": ("glProfiles", ""),
    "creditNoteControlGLProfileCode": ("glProfiles", ""),
    "prePaymentControlGLProfileCode": ("glProfiles", ""),
    "purchaseAccountGLProfileCode": ("glProfiles", ""),
    "subAccountProfileCode": ("subAccountProfiles", ""),
    "addressTypeCode": ("addressTypes", ""),
    "languageCode": ("languages", ""),
    "countryCode": ("countries", ""),
    "taxZone": ("taxZones", ""),
    "siteCode": ("sites", "domain"),
    "shipToSite": ("sites", "domain"),
    "billToCode": ("sites", "domain"),
    "daybookSetCode": ("daybookSets", "domain"),
}
"""Field → the table that must have its value, and whether that table is the domain's."""

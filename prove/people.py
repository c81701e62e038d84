"""What people do to suppliers in both systems, and where each field of a supplier stands in each of them."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from prove.clock import CLOCK
from prove.stage import Stage

Record = dict[str, Any]
FIELDS = ("name", "phone", "terms", "tax_number")


@dataclass(frozen=True)
class Place:
    """Where a field of a supplier stands.

    Args:
        entity: its record's.
        supplier: the field of the record that names the supplier.
        keys: the fields that name the record.
        path: names on the way to the value; a number is a place in a list.
        only: the record is the one with these values.
    """

    entity: str
    supplier: str
    keys: tuple[str, ...]
    path: tuple[str | int, ...]
    only: tuple[tuple[str, str], ...] = ()

    def record(self, stage: Stage, system: str, key: str) -> Record | None:
        """Return the supplier's record, or None."""
        rows = stage.simulators[system].state(stage.account_of(system), self.entity)[self.entity]
        mine = (row for row in rows if _same(row[self.supplier], key))
        return next((row for row in mine if all(str(row[name]) == value for name, value in self.only)), None)

    def read(self, stage: Stage, system: str, key: str) -> str:
        """Return the value; "" when there is none."""
        found: Any = self.record(stage, system, key)
        for name in self.path:
            if not found or (isinstance(name, int) and len(found) <= name):
                return ""
            found = found[name] if isinstance(name, int) else found.get(name)
        return str(found or "").strip()

    def write(self, stage: Stage, system: str, key: str, value: str) -> bool:
        """Change the value as a person would; False where there is no such record."""
        record = self.record(stage, system, key)
        if record is None or (len(self.path) > 1 and not record.get(str(self.path[0]))):
            return False
        whole = json.loads(json.dumps({str(self.path[0]): record.get(str(self.path[0]))}, default=str))
        inner: Any = whole
        for name in self.path[:-1]:
            inner = inner[name]
        inner[self.path[-1]] = value
        number = "/".join(str(record[name]) for name in self.keys)
        stage.simulators[system].edit(stage.account_of(system), self.entity, number, whole)
        return True


def _plainly(entity: str, key: str, **paths: str) -> dict[str, Place]:
    return {name: Place(entity, key, (key,), tuple(path.split("."))) for name, path in paths.items()}


PLACES: dict[str, dict[str, Place]] = {
    "cin7": _plainly("supplier", "ID", name="Name", terms="PaymentTerm", tax_number="TaxNumber")
    | {"phone": Place("supplier", "ID", ("ID",), ("Contacts", 0, "Phone"))},
    "acumatica": _plainly(
        "Vendor", "VendorID", name="VendorName", terms="Terms", tax_number="TaxRegistrationID",
        phone="MainContact.Phone1",
    ),
    "qad": {
        name: Place("supplierV2s", "supplierCode", ("sharedSetCode", "supplierCode"), (member,))
        for name, member in (("name", "businessRelationName"), ("terms", "creditTermsCode"), ("phone", "telephone"))
    },
    "infor": _plainly("CIDMAS", "SUNO", name="SUNM", terms="TEPY", tax_number="VRNO", phone="PHNO"),
    "syspro": _plainly(
        "ApSupplier", "Supplier", name="SupplierName", terms="TermsCode", tax_number="TaxRegnNum", phone="Telephone"
    ),
    "ifs": _plainly("SupplierInfoGeneral", "SupplierId", name="Name", tax_number="AssociationNo")
    | {
        "terms": Place(
            "SupplierInvoiceCompany", "Identity", ("Company", "Identity", "PartyType"), ("PayTermId",),
            (("Company", "10"),),
        ),
        "phone": Place(
            "SupplierCommMethod", "SupplierId", ("SupplierId", "CommId"), ("Value",), (("MethodId", "Phone"),)
        ),
    },
}  # fmt: skip
"""System → field → where it stands; without the fields that the pair does not move."""
OWNERS: dict[str, dict[str, str]] = {
    "acumatica_cin7": {"name": "cin7", "phone": "cin7", "tax_number": "cin7", "terms": "acumatica"},
    "cin7_qad": {"name": "cin7", "phone": "cin7", "terms": "cin7"},
    "ifs_cin7": {"name": "ifs", "phone": "cin7", "terms": "ifs", "tax_number": "ifs"},
    "infor_cin7": {"name": "infor", "phone": "infor", "terms": "infor", "tax_number": "infor"},
    "syspro_cin7": {"name": "syspro", "phone": "cin7", "terms": "syspro", "tax_number": "syspro"},
}
"""Pair → field → the system that owns it: docs/operations.md, written down a second time on purpose."""
BOTH_WAYS = {"acumatica_cin7", "ifs_cin7", "syspro_cin7"}
"""Pairs whose suppliers flow both ways."""
_SUPPLIER_RECORDS = {
    "cin7": ("supplier",),
    "acumatica": ("Vendor",),
    "ifs": (
        "SupplierInfoGeneral", "SupplierInfoAddress", "SupplierCommMethod", "SupplierInfoContact",
        "SupplierInvoiceCompany",
    ),
    "infor": ("CIDMAS",),
    "syspro": ("ApSupplier", "ApSupplierAddr"),
}  # fmt: skip
_SPACE = uuid.UUID("5b0a3a0e-6d0f-4f0b-8d0c-6b1c1b8f7a11")
COMPANIES = (
    "Quarry Tools", "Umbra Lighting", "Vostok Bakery", "Jackdaw Print", "Yellowfin Ropes", "Xenon Gases", "Ember Ovens",
    "Wolf Saddlery", "Ibis Papers", "Oxbow Kayaks",
)  # fmt: skip
"""Names of new suppliers, none like another."""


@dataclass(frozen=True)
class Link:
    """A supplier in both systems."""

    cin7: str
    partner: str

    def key(self, system: str) -> str:
        """Return its key there."""
        return self.cin7 if system == "cin7" else self.partner


class People:
    """The people of one pair, who change suppliers; what they last wrote is remembered.

    Args:
        touched: supplier's key → when a person changed its own record last; what lies below it shows within a day.
        wrote: (system, supplier's key there, field) → what a person wrote last.
        strays: (link, field) → values that a person wrote over a field that the other side owns, where nothing brings
            the owner's back until the owner's record changes.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage, self.pair = stage, stage.show.pair
        self.owners, self.partner = OWNERS[self.pair], stage.show.partner
        self.wrote: dict[tuple[str, str, str], str] = {}
        self.touched: dict[str, dt.datetime] = {}
        self.strays: dict[tuple[Link, str], set[str]] = {}
        self.first = stage.deployment.spec.flow("suppliers").source
        self.counter = self.entered = 0

    def links(self) -> list[Link]:
        """Return the suppliers that are linked, in an order that is the same in each course."""
        rows = self.stage.query("SELECT cin7_key, partner_key FROM mlc_supplier_link")
        return sorted((Link(*row) for row in rows), key=lambda one: one.partner)

    def edit(self, nth: int, field: str, *, by_owner: bool) -> str:
        """Change a field of a linked supplier, in its owner's system or in the other; return what was done."""
        links = self.links()
        if not links or field not in self.owners:
            return ""
        link, owner = links[nth % len(links)], self.owners[field]
        system = owner if by_owner else ("cin7" if owner != "cin7" else self.partner)
        self.counter += 1
        value = self._value(field, system, PLACES[system][field].read(self.stage, system, link.key(system)))
        if not PLACES[system][field].write(self.stage, system, link.key(system), value):
            return ""
        if PLACES[system][field].entity == PLACES[system]["name"].entity:
            self.touched[link.key(system)] = CLOCK.now()
        if by_owner:
            self.wrote[system, link.key(system), field] = value
            for other in self.owners:
                self._settles(link, other)
        elif self.pair not in BOTH_WAYS:
            self.strays.setdefault((link, field), set()).add(value)
        return f"{field} of {link.partner} in {system} becomes {value!r}"

    def new(self, *, at_partner: bool) -> str:
        """Enter a supplier where the pair takes suppliers from, or in the partner; return what was done."""
        system = self.partner if at_partner and self.pair in BOTH_WAYS else self.first
        if self.entered == len(COMPANIES):
            return ""
        records = {name: self.stage.scenario.records[system].get(name, []) for name in _SUPPLIER_RECORDS[system]}
        place, name = PLACES[system]["name"], COMPANIES[self.entered]
        like = str(records[place.entity][0][place.supplier])
        before = str(records[place.entity][0][str(place.path[0])])
        self.entered += 1
        key = str(uuid.uuid5(_SPACE, name)) if system == "cin7" else f"{like[:-3]}9{self.entered:02}"

        def renamed(field: str, value: Any) -> Any:
            if field in {"AdditionalAttribute1", "LastModifiedOn", "LastModifiedDateTime", "LMDT"}:
                return {"LMDT": today(), "AdditionalAttribute1": ""}.get(field, _stamp())
            if field == "ID" and value != like:
                return str(uuid.uuid5(_SPACE, f"{name}/{value}"))
            return value.replace(like, key).replace(before, name) if isinstance(value, str) else value

        mine = {entity: [row for row in rows if like in str(row)] for entity, rows in records.items()}
        self.stage.simulators[system].seed(self.stage.account_of(system), clone(mine, renamed))
        return f"new supplier {name}, {key}, in {system}"

    def _settles(self, link: Link, field: str) -> None:
        """The owner's record has changed: its next delivery compares all fields."""
        if self.pair not in BOTH_WAYS:
            self.strays.pop((link, field), None)

    def _value(self, field: str, system: str, before: str) -> str:
        if field == "phone":
            return f"+1 555 7{self.counter:05}"
        if field == "tax_number":
            return f"{70_000_000 + self.counter}"
        if field == "name":
            return f"{(before.rpartition(' no. ')[0] or before)[:18].strip()} no. {self.counter}"
        codes = [row[0 if system == "cin7" else 1] for row in self._terms()]
        return codes[(codes.index(before) + 1) % len(codes)] if before in codes else codes[0]

    def _terms(self) -> list[tuple[str, str]]:
        rows = self.stage.query("SELECT cin7_code, partner_code FROM mlc_code_map WHERE map = 'terms'")
        return sorted((row[0], row[1]) for row in rows)

    def in_cin7s_words(self, field: str, system: str, value: str) -> str:
        """Return a value as Cin7 would write it."""
        if field != "terms" or system == "cin7":
            return value
        return next((cin7 for cin7, partner in self._terms() if partner == value), value)


def _same(one: object, other: str) -> bool:
    return str(one).strip().lower().lstrip("0") == other.strip().lower().lstrip("0")


def clone(value: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    """Return a copy of a record, each scalar as `change` of its name and itself returns it."""
    if isinstance(value, dict):
        return {key: clone(one, change, key) for key, one in value.items()}
    if isinstance(value, list):
        return [clone(one, change, name) for one in value]
    return change(name, value)


def _stamp() -> str:
    return CLOCK.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def today() -> str:
    """Return the date as M3 writes it."""
    return CLOCK.now().strftime("%Y%m%d")

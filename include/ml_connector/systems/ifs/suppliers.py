"""Suppliers: read with what lies below them, changed field by field under their ETags.

An address and a communication method have ETags of their own, so a change there does not show at the supplier.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ml_connector.domain.documents import Supplier
from ml_connector.domain.errors import ConcurrentEdit, ConfigurationError, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Found, RecordCache, TargetRef, Window
from ml_connector.sync.seen import changed
from ml_connector.systems.ifs.endpoint import ETAG, Endpoint, Row, key_of, literal
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.translate import SupplierRows, supplier_fields, supplier_of
from ml_connector.systems.ifs.wire import text

ROOT = {"name": "Name", "tax_number": "AssociationNo"}
ADDRESS = {
    "address.line1": "Address1",
    "address.line2": "Address2",
    "address.city": "City",
    "address.state": "State",
    "address.postcode": "ZipCode",
    "address.country": "Country",
}
METHODS = {"email": "EMail", "phone": "Phone"}
_READ = "supplier with what lies below"
_LOGICAL_UNITS = ("SupplierInfo", "SupplierInfoAddress", "ContactSupplierInfo", "CommMethod")
"""Those of suppliers that are seen in history logs (notes on 25R1); the last is inferred."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IfsSuppliers:
    """The suppliers of one tenant, with their terms in the first of our companies."""

    endpoint: Endpoint
    options: IfsOptions
    cache: RecordCache | None
    now: Callable[[], dt.datetime]

    # --- source ---

    def changed(self, window: Window) -> Iterator[Supplier]:
        """Yield the suppliers that were first seen changed within the window; with dates, those created in it."""
        condition = _created_within(window) if window.by_document_date else ""
        roots = self.endpoint.rows("supplier", condition)
        known = self.cache.versions(_READ) if self.cache is not None else {}
        touched = self._touched(window)
        sweep = dt.timedelta(hours=self.options.child_sweep_hours)
        due, kept = [], []
        for row in roots:
            key = text(row, "SupplierId")
            etag, read_at = known.get(key, ("", None))
            is_new = window.by_document_date or read_at is None or etag != text(row, ETAG) or key in touched
            if is_new or read_at is None or self.now() - read_at > sweep:
                due.append(row)
            elif window.holds(read_at):
                kept.append(row)  # read by a run that may have died since
        read = self.endpoint.each(self._rows, due)
        again = [rows for row in kept if (rows := self._remembered(row)) is not None]
        suppliers = [supplier_of(rows, self.now()) for rows in (*read, *again)]
        yield from changed(self.cache, Supplier.kind, suppliers, window, self.now())
        if self.cache is not None and read:
            self.cache.put_many(_READ, [(text(r.root, "SupplierId"), text(r.root, ETAG), vars(r)) for r in read])

    def _remembered(self, root: Row) -> SupplierRows | None:
        assert self.cache is not None
        held = self.cache.get(_READ, text(root, "SupplierId"), text(root, ETAG))
        return None if held is None else SupplierRows(**held)

    def _touched(self, window: Window) -> frozenset[str]:
        """Return the suppliers whose addresses or communication the history log names since the window's start.

        Most tenants log nothing: then nothing is named, and what changed there is seen by the next sweep.
        """
        if not self.options.history or window.start is None or window.by_document_date:
            return frozenset()
        since = window.start - dt.timedelta(days=self.options.overlap_days)  # its stamps are in the server's zone
        names = " or ".join(f"LuName eq {literal(name)}" for name in _LOGICAL_UNITS)
        try:
            rows = self.endpoint.rows("history", f"({names}) and TimeStamp gt {literal(since)}")
        except (ConfigurationError, Refused) as error:
            _log.warning("the history log cannot be read, addresses are looked at once a sweep only: %s", error)
            return frozenset()
        return frozenset(_supplier_of_keyref(text(row, "KeyRef")) for row in rows)

    def by_keys(self, keys: Collection[str]) -> Iterator[Supplier]:
        """Yield the suppliers with these numbers that exist."""
        return (one for key in sorted(keys) if (one := self.one(key)) is not None)

    def every(self) -> list[Supplier]:
        """Return all suppliers by what their own rows say: number, name and tax number."""
        return [supplier_of(SupplierRows(row, {}, (), {}), self.now()) for row in self.endpoint.rows("supplier")]

    def names(self) -> dict[str, str]:
        """Return number → name of all suppliers."""
        rows = self.endpoint.rows("supplier", select=["SupplierId", "Name"])
        return {text(row, "SupplierId"): text(row, "Name") for row in rows}

    def one(self, key: str) -> Supplier | None:
        """Return one supplier, read fresh."""
        root = self.endpoint.one("supplier", SupplierId=key)
        return None if root is None else self._whole(root)

    def _whole(self, root: Row) -> Supplier:
        return supplier_of(self._rows(root), self.now())

    def _rows(self, root: Row) -> SupplierRows:
        at = self.endpoint.address("supplier", SupplierId=text(root, "SupplierId"))
        addresses = self.endpoint.children(at, self.options.child("addresses"))
        address: Row = next((row for row in addresses if row.get("DefaultDomain")), addresses[0] if addresses else {})
        communication: list[Row] = []
        if address:
            communication = self.endpoint.children(self._address_at(at, address), self.options.child("communication"))
        terms = self.endpoint.children(at, self.options.child("invoice_companies"))
        return SupplierRows(root, address, communication, self._of_company(terms))

    def _address_at(self, at: str, address: Row) -> str:
        keys = key_of({"SupplierId": text(address, "SupplierId"), "AddressId": text(address, "AddressId")})
        return f"{at}/{self.options.child('addresses')}({keys})"

    def _of_company(self, rows: list[Row]) -> Row:
        """Return the terms in our first company that has some."""
        for company in self.options.companies:
            for row in rows:
                if text(row, "Company") == company:
                    return row
        return rows[0] if rows and not self.options.companies else {}

    # --- destination ---

    def present(self) -> Iterator[Found]:
        """Yield all suppliers with their own rows' fields."""
        for one in self.every():
            ref = TargetRef(key=one.key, number=one.key)
            yield Found(ref, TargetStatus.AUTHORISED, {"name": one.name}, partial=True, document=one)

    def read(self, key: str) -> Found | None:
        """Return the supplier as it is now."""
        one = self.one(key)
        if one is None:
            return None
        return Found(TargetRef(key=key, number=key), TargetStatus.AUTHORISED, supplier_fields(one), document=one)

    def draft(self, supplier: Supplier, ref: TargetRef | None, bind: Callable[[TargetRef], None]) -> TargetRef:
        """Create the supplier under its shared code, then its address and how to reach it; complete one begun.

        Raises:
            Refused: creating is off, there is no code to create it under, or IFS said no.
            AmbiguousWrite: an answer was lost.
        """
        code = ref.key if ref is not None else (supplier.code or "").strip().upper()
        if ref is None and not self.options.create_suppliers:
            said = "it is not in IFS, and creating is off (options.ifs.create_suppliers)"
            raise Refused(said, reasons=(("", said),))
        if not code:
            said = "IFS needs a supplier number, and Cin7 holds none for it yet"
            raise Refused(said, reasons=(("code", said),))
        made = TargetRef(key=code, number=code)
        if self.endpoint.one("supplier", SupplierId=code) is None:
            root = {
                "SupplierId": code,
                "Name": supplier.name,
                "Country": supplier.address.country or None,
                "AssociationNo": supplier.tax_number or None,
                "PartyType": "Supplier",
                "DefaultDomain": True,
            }
            self.endpoint.post(self.options.set("supplier").path, {n: v for n, v in root.items() if v is not None})
        bind(made)
        self._bring(supplier, code, [*ADDRESS, *METHODS, "contact_name"])
        return made

    def amend(self, supplier: Supplier, found: Found, fields: Collection[str]) -> None:
        """Change the fields that differ, each record under the ETag it was read with.

        On a stale ETag the supplier is read again; if what we change is still what it was when we decided, the change
        is sent once more, else somebody has changed the same field and the next try decides anew.

        Raises:
            ConcurrentEdit: the same field was changed there meanwhile.
        """
        try:
            self._bring(supplier, found.ref.key, fields)
        except ConcurrentEdit:
            fresh = self.read(found.ref.key)
            if fresh is None or any(fresh.fields.get(name) != found.fields.get(name) for name in fields):
                raise
            self._bring(supplier, found.ref.key, fields)

    def _bring(self, supplier: Supplier, key: str, fields: Collection[str]) -> None:
        root = self.endpoint.one("supplier", SupplierId=key)
        if root is None:
            raise ConcurrentEdit(f"supplier {key} is gone from IFS")
        wanted, rows = supplier_fields(supplier), self._rows(root)
        at = self.endpoint.address("supplier", SupplierId=key)
        self._patch(at, root, {ROOT[name]: wanted[name] for name in fields if name in ROOT})
        self._bring_address(at, rows, {ADDRESS[name]: wanted[name] for name in fields if name in ADDRESS})
        for name, method in METHODS.items():
            if name in fields or "contact_name" in fields:
                self._bring_method(at, rows, method, wanted[name], wanted["contact_name"])

    def _patch(self, at: str, row: Row, wanted: dict[str, str]) -> None:
        changes = {name: value or None for name, value in wanted.items() if value != text(row, name)}
        if changes:
            self.endpoint.patch(at, text(row, ETAG), changes)

    def _bring_address(self, at: str, rows: SupplierRows, wanted: dict[str, str]) -> None:
        if not any(wanted.values()) and not rows.address:
            return
        if rows.address:
            self._patch(self._address_at(at, dict(rows.address)), dict(rows.address), wanted)
            return
        new = {"SupplierId": text(rows.root, "SupplierId"), "AddressId": self.options.address_id, "DefaultDomain": True}
        collection = f"{at}/{self.options.child('addresses')}"
        self.endpoint.post(collection, {**new, **{name: value for name, value in wanted.items() if value}})

    def _bring_method(self, at: str, rows: SupplierRows, method: str, value: str, name: str) -> None:
        """Bring one communication method; an empty value leaves what is there, since IFS keeps its history."""
        row = dict(rows.method(*((method, "Mobile") if method == "Phone" else (method,))))
        address_id = text(rows.address, "AddressId") or self.options.address_id
        keys = key_of({"SupplierId": text(rows.root, "SupplierId"), "AddressId": address_id})
        collection = f"{at}/{self.options.child('addresses')}({keys})/{self.options.child('communication')}"
        if row and value:
            key = key_of({"SupplierId": text(rows.root, "SupplierId"), "CommId": row.get("CommId")})
            self._patch(f"{collection}({key})", row, {"Value": value, "Name": name})
        elif value:
            new = {"MethodId": method, "Value": value, "Name": name or None, "MethodDefault": True}
            self.endpoint.post(collection, {key: one for key, one in new.items() if one is not None})


def _supplier_of_keyref(keyref: str) -> str:
    """Return the supplier in a key reference such as ``ADDRESS_ID=01^SUPPLIER_ID=S1001^``."""
    parts = dict(part.split("=", 1) for part in keyref.split("^") if "=" in part)
    return parts.get("SUPPLIER_ID") or parts.get("IDENTITY", "")


def _created_within(window: Window) -> str:
    parts = [f"CreationDate lt {literal(window.end.date())}"]
    if window.start is not None:
        parts.insert(0, f"CreationDate ge {literal(window.start.date())}")
    return " and ".join(parts)

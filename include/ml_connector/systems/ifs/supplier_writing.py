"""Writing suppliers: field by field, each record under the ETag that it was read with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ml_connector.domain.documents import Supplier
from ml_connector.domain.errors import ConcurrentEdit, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Found, TargetRef
from ml_connector.systems.ifs.endpoint import ETAG, Endpoint
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.suppliers import IfsSuppliers
from ml_connector.systems.ifs.translate import SupplierRows, supplier_fields, supplier_of, wanted_fields
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
TERMS = {"currency": "DefCurrency", "terms": "PayTermId"}
METHODS = {"email": ("EMail",), "phone": ("Phone", "Mobile")}
"""Projected field → where IFS keeps it."""
_ISO = 2


@dataclass(frozen=True)
class IfsSupplierWriter:
    """The suppliers of one tenant as a destination."""

    suppliers: IfsSuppliers
    endpoint: Endpoint
    options: IfsOptions

    def present(self) -> Iterator[Found]:
        """Yield all suppliers with what their own rows show."""
        for row in self.suppliers.roots():
            one = supplier_of(SupplierRows(row, {}, (), {}), self.suppliers.now())
            fields = {"name": one.name, "tax_number": one.tax_number}
            yield Found(TargetRef(key=one.key, number=one.key), TargetStatus.AUTHORISED, fields, partial=True)

    def find(self, supplier: Supplier) -> Found | None:
        """Return the supplier under the shared code: what is created is created under it, so it is ours."""
        code = _code(supplier)
        found = self.read(code) if code else None
        return None if found is None else replace(found, ours=True)

    def read(self, key: str) -> Found | None:
        """Return the supplier as it is now."""
        rows = self.suppliers.rows_of(key)
        if rows is None:
            return None
        one = supplier_of(rows, self.suppliers.now())
        ref = TargetRef(key=one.key, number=one.key)
        return Found(ref, TargetStatus.AUTHORISED, supplier_fields(one), document=one)

    def draft(self, supplier: Supplier, ref: TargetRef | None, bind: Callable[[TargetRef], None]) -> TargetRef:
        """Create the supplier under its shared code, then what lies below it; complete one begun.

        Its number makes this safe to repeat: a second create of it is refused.

        Raises:
            Refused: creating is off, there is no code to create it under, or IFS said no.
            AmbiguousWrite: an answer was lost.
        """
        if ref is None and not self.options.create_suppliers:
            raise _refused("it is not in IFS, and creating is off (options.ifs.create_suppliers)", "")
        code = ref.key if ref is not None else _code(supplier)
        if not code:
            raise _refused("IFS needs a supplier number, and Cin7 holds none for it yet", "code")
        wanted = wanted_fields(supplier)
        made = TargetRef(key=code, number=code)
        if self.endpoint.one("supplier", SupplierId=code) is None:
            self._create(code, wanted)
        bind(made)
        self._bring(code, wanted, wanted)
        return made

    def amend(self, supplier: Supplier, found: Found, fields: Collection[str]) -> None:
        """Change the fields that differ, each record under the ETag it was read with.

        What we change must be as it was when we decided, or already as we want it; else somebody has changed the same
        field and the next try decides anew. A stale ETag: all is read and looked at again, once.

        Raises:
            ConcurrentEdit: a field of ours was changed there meanwhile, or the supplier changes all the time.
        """
        wanted = wanted_fields(supplier)
        try:
            self._bring(found.ref.key, wanted, fields, found.fields)
        except ConcurrentEdit:
            self._bring(found.ref.key, wanted, fields, found.fields)

    def _create(self, code: str, wanted: Mapping[str, str]) -> None:
        root = {
            "SupplierId": code,
            "PartyType": "Supplier",
            "DefaultDomain": True,
            "Country": _country(wanted),
            **{theirs: wanted.get(ours) for ours, theirs in ROOT.items()},
        }
        self.endpoint.post(self.options.set("supplier").path, _said(root))

    def _bring(
        self, key: str, wanted: Mapping[str, str], names: Collection[str], decided: Mapping[str, str] | None = None
    ) -> None:
        """Bring the named fields to what is wanted.

        Args:
            key: the supplier.
            wanted: field → text; what is not in it stays.
            names: fields to bring.
            decided: what they were when it was decided to change them; None to bring them whatever they are.
        """
        rows = self.suppliers.rows_of(key)
        if rows is None:
            raise ConcurrentEdit(f"supplier {key} is gone from IFS")
        now = supplier_fields(supplier_of(rows, self.suppliers.now()))
        ours = [name for name in names if name in wanted]
        moved = [n for n in ours if decided is not None and now.get(n) not in {decided.get(n), wanted[n]}]
        if moved:
            raise ConcurrentEdit(f"supplier {key} was changed in IFS meanwhile: {', '.join(moved)}")
        self._patch(self.suppliers.address_of(key), rows.root, _chosen(ROOT, ours, wanted))
        self._bring_address(key, rows, _chosen(ADDRESS, ours, wanted), wanted)
        self._bring_terms(key, rows, _chosen(TERMS, ours, wanted))
        for name, methods in METHODS.items():
            if name in ours or "contact_name" in ours:
                self._bring_method(key, rows, methods, wanted.get(name, ""), wanted.get("contact_name", ""))

    def _patch(self, at: str, row: Mapping[str, Any], wanted: Mapping[str, str]) -> None:
        changes = {name: value or None for name, value in wanted.items() if value != text(row, name)}
        if changes:
            self.endpoint.patch(at, text(row, ETAG), changes)

    def _bring_address(
        self, key: str, rows: SupplierRows, changes: Mapping[str, str], wanted: Mapping[str, str]
    ) -> None:
        if not changes:
            return
        country = _country(wanted)
        if rows.address:
            keys = {"SupplierId": key, "AddressId": text(rows.address, "AddressId")}
            self._patch(self.suppliers.below(key, "addresses", keys), rows.address, changes)
        else:
            new = {"SupplierId": key, "AddressId": self.options.address_id, "DefaultDomain": True}
            whole = _chosen(ADDRESS, list(ADDRESS), wanted)
            country = country or text(rows.root, "Country") or None
            self.endpoint.post(self.suppliers.below(key, "addresses"), _said({**new, **whole, "Country": country}))

    def _bring_terms(self, key: str, rows: SupplierRows, changes: Mapping[str, str]) -> None:
        """Bring terms and currency in the first of our companies."""
        if not changes or not self.options.companies:
            return
        company = text(rows.terms, "Company") or self.options.companies[0]
        keys = {"Company": company, "Identity": key}
        if rows.terms:
            party = f"PartyType=IfsApp.{self.options.set('supplier').projection}.PartyType'Supplier'"
            at = self.suppliers.below(key, "invoice_companies", keys)
            self._patch(f"{at[:-1]},{party})", rows.terms, changes)
        else:
            new = {**keys, "PartyType": "Supplier", **changes}
            self.endpoint.post(self.suppliers.below(key, "invoice_companies"), _said(new))

    def _bring_method(self, key: str, rows: SupplierRows, methods: tuple[str, ...], value: str, name: str) -> None:
        """Bring one communication method; one that Cin7 says nothing of keeps its value."""
        row = rows.method(*methods)
        address_id = text(rows.address, "AddressId") or self.options.address_id
        collection = self.suppliers.communication_of(key, address_id)
        if row:
            one = key_of_method(key, row)
            said = {"Value": value, "Name": name}
            self._patch(f"{collection}({one})", row, {what: text_ for what, text_ in said.items() if text_})
        elif value:
            below = {"AddressId": address_id} if self.options.communication_below == "supplier" else {}
            new = {"MethodId": methods[0], "Value": value, "Name": name or None, "MethodDefault": True, **below}
            self.endpoint.post(collection, _said(new))


def _code(supplier: Supplier) -> str:
    """Return the supplier number that both systems share; IFS keeps it in capital letters."""
    return (supplier.code or "").strip().upper()


def key_of_method(supplier: str, row: Mapping[str, Any]) -> str:
    """Return the key of a communication method; its number is a number, though it may come as a text."""
    return f"SupplierId='{supplier.replace(chr(39), chr(39) * 2)}',CommId={text(row, 'CommId')}"


def _chosen(places: Mapping[str, str], names: Collection[str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Return what is wanted of the named fields, under IFS's names.

    Raises:
        Refused: the country is none that IFS could know.
    """
    if "address.country" in places and "address.country" in names:
        _country(wanted)
    return {places[name]: wanted[name] for name in names if name in places and name in wanted}


def _country(wanted: Mapping[str, str]) -> str | None:
    code = wanted.get("address.country", "")
    if code and len(code) != _ISO:
        raise _refused(f"“{code}” is no country name and no two-letter code", "address.country")
    return code or None


def _said(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a new record without what it says nothing of."""
    return {name: value for name, value in record.items() if value not in (None, "")}


def _refused(message: str, field: str) -> Refused:
    return Refused(message, reasons=((field, message),))

"""Writing suppliers: found by code or name, created once, merged with what is there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from ml_connector.domain.documents import Supplier
from ml_connector.domain.errors import ContractError
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Fields, Found, TargetRef
from ml_connector.systems.cin7.books import Cin7Books
from ml_connector.systems.cin7.countries import name_of
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.systems.cin7.reading import Cin7Reader, Row, problems
from ml_connector.systems.cin7.translate import NO_LINE, default_address, default_contact, supplier_from
from ml_connector.systems.cin7.wire import WireSupplier
from ml_connector.transport.client import Client

_ADDRESS_FIELDS = {
    "address.line1": "Line1", "address.line2": "Line2", "address.city": "City", "address.state": "State",
    "address.postcode": "Postcode", "address.country": "Country",
}  # fmt: skip
_CONTACT_FIELDS = {"contact_name": "Name", "email": "Email", "phone": "Phone"}
_READ_ONLY = {"LastModifiedOn", "SupplierID"}


class Cin7Suppliers:
    """The suppliers of one account as a destination."""

    def __init__(self, client: Client, reader: Cin7Reader, books: Cin7Books, options: Cin7Options) -> None:
        self._client, self._reader, self._books, self._options = client, reader, books, options

    def all(self) -> list[Row]:
        """Return every supplier, deprecated ones too."""
        return self._reader.rows("supplier", "SupplierList", {"IncludeDeprecated": "true"})

    def present(self) -> Iterator[Found]:
        """Yield every supplier as it stands."""
        for row in self.all():
            yield self._found(row)

    def find(self, supplier: Supplier, _marker: str = "") -> Found | None:
        """Return the supplier of exactly this name (the API finds beginnings, and ignores what it does not know)."""
        query = {"Name": supplier.name, "IncludeDeprecated": "true"}
        wanted = supplier.name.strip().casefold()
        for row in self._reader.rows("supplier", "SupplierList", query, record=False):
            if str(row.get("Name", "")).strip().casefold() == wanted:
                return self._found(row, supplier)
        return None

    def read(self, key: str, supplier: Supplier | None = None) -> Found | None:
        """Return the supplier with this ID, read fresh."""
        row = self._row(key)
        return None if row is None else self._found(row, supplier)

    def fetch(self, supplier: Supplier, ref: TargetRef) -> Found | None:
        """Return what stands at `ref` now."""
        return self.read(ref.key, supplier)

    def draft(
        self, supplier: Supplier, _marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Create the supplier with everything we know of it; one that was created is left alone."""
        if ref is not None:
            return ref
        body: Row = {
            "Name": supplier.name,
            "Currency": supplier.currency or self._books.base_currency(),
            "PaymentTerm": supplier.terms or self._options.payment_term or self._books.default_term(),
            "AccountPayable": self._books.account_payable(),
            "TaxRule": supplier.tax_rule or self._options.tax_rule or self._books.default_tax_rule(),
            "Status": "Active" if supplier.active else "Deprecated",
            "TaxNumber": supplier.tax_number,
            "AttributeSet": self._options.attribute_set or self._books.attribute_set(),
            self._options.supplier_code_attribute: supplier.code or "",
        }
        address = {wire: _wire_value(name, supplier) for name, wire in _ADDRESS_FIELDS.items()}
        if address["Country"]:
            address["Line1"] = address["Line1"] or NO_LINE
            body["Addresses"] = [{**address, "Type": "Business", "DefaultForType": True}]
        contact = {wire: getattr(supplier, name) for name, wire in _CONTACT_FIELDS.items()}
        if any(contact.values()):
            contact["Name"] = contact["Name"] or supplier.name
            body["Contacts"] = [{**contact, "Default": True}]
        made = _only(self._client.write("supplier", json=body).data)
        ref = TargetRef(key=str(made["ID"]).lower(), number=supplier.name)
        bind(ref)
        return ref

    def authorise(self, supplier: Supplier, ref: TargetRef) -> None:
        """Do nothing: suppliers have no such step."""

    def amend(self, supplier: Supplier, found: Found, fields: Collection[str]) -> None:
        """Change `fields` only; everything else is sent back as it is, addresses and contacts with their IDs.

        Whether a PUT keeps what it does not name is not documented, and an address without its ID is added anew each
        time (https://dearinventory.docs.apiary.io, Supplier).
        """
        row = self._row(found.ref.key)
        if row is None:
            msg = f"supplier {found.ref.key} is gone"
            raise ContractError(msg)
        body = _writable(row)
        for name in fields:
            if name in _ADDRESS_FIELDS or name in _CONTACT_FIELDS:
                continue
            body[self._wire_name(name)] = _wire_value(name, supplier)
        if "code" in fields:
            body["AttributeSet"] = row.get("AttributeSet") or self._options.attribute_set or self._books.attribute_set()
        wire = WireSupplier.model_validate(row)
        address = {_ADDRESS_FIELDS[name]: _wire_value(name, supplier) for name in fields if name in _ADDRESS_FIELDS}
        at = _place(wire.Addresses, default_address(wire.Addresses))
        body["Addresses"] = _overlaid(row.get("Addresses"), at, address, {"Type": "Business", "Line1": NO_LINE})
        contact = {_CONTACT_FIELDS[name]: getattr(supplier, name) for name in fields if name in _CONTACT_FIELDS}
        person = default_contact(wire.Contacts)
        if "name" in fields and person.Name.strip() == wire.Name.strip():
            contact.setdefault("Name", "")  # it stands for nobody, and follows the supplier's name
        at = _place(wire.Contacts, person)
        body["Contacts"] = _overlaid(row.get("Contacts"), at, contact, {"Name": supplier.name})
        self._client.write("supplier", method="PUT", json=body, repeatable=True)

    def project(self, supplier: Supplier) -> Fields:
        """Return what Cin7 shows of a supplier.

        Where the source has no terms or currency Cin7 has its own, and an address needs a country: then these are
        not compared.
        """
        fields = self._fields(supplier)
        unsaid = {name for name in ("terms", "currency") if not fields[name]}
        if not supplier.address.country:
            unsaid |= {name for name in fields if name.startswith("address.")}
        return {name: value for name, value in fields.items() if name not in unsaid}

    def _fields(self, supplier: Supplier) -> Fields:
        return {
            "name": supplier.name, "currency": supplier.currency, "terms": supplier.terms,
            "tax_number": supplier.tax_number, "contact_name": supplier.contact_name, "email": supplier.email,
            "phone": supplier.phone, "active": "yes" if supplier.active else "no", "code": supplier.code or "",
            **{f"address.{name}": value for name, value in supplier.address.model_dump().items()},
        }  # fmt: skip

    def canonical(self, row: Row) -> Supplier:
        """Return a supplier row as a canonical document."""
        return supplier_from(WireSupplier.model_validate(row), self._options.supplier_code_attribute)

    def _found(self, row: Row, wanted: Supplier | None = None) -> Found:
        try:
            document = self.canonical(row)
        except (ValidationError, ValueError) as error:
            raise ContractError(f"supplier {row.get('Name')}: {problems(error)}", answer=str(row)[:2000]) from None
        return Found(
            ref=TargetRef(key=document.key, number=document.name),
            status=TargetStatus.AUTHORISED,
            fields=self._fields(document),
            ours=wanted is not None and wanted.code is not None and document.code == wanted.code,
            document=document,
        )

    def _row(self, key: str) -> Row | None:
        rows = self._reader.rows("supplier", "SupplierList", {"ID": key, "IncludeDeprecated": "true"}, record=False)
        return next((row for row in rows if str(row.get("ID", "")).lower() == key.lower()), None)

    def _wire_name(self, name: str) -> str:
        names = {
            "name": "Name", "currency": "Currency", "terms": "PaymentTerm", "tax_number": "TaxNumber",
            "active": "Status", "code": self._options.supplier_code_attribute,
        }  # fmt: skip
        return names[name]


def _wire_value(name: str, supplier: Supplier) -> str:
    if name == "active":
        return "Active" if supplier.active else "Deprecated"
    if name == "address.country":
        return name_of(supplier.address.country)
    if name.startswith("address."):
        return str(getattr(supplier.address, name.removeprefix("address.")))
    return str(getattr(supplier, name) or "")


def _writable(row: Row) -> Row:
    """Return what of a record is sent back; null is what stays empty."""
    return {name: value for name, value in row.items() if value is not None and name not in _READ_ONLY}


def _place(rows: Sequence[object], chosen: object) -> int | None:
    return rows.index(chosen) if chosen in rows else None


def _overlaid(raw: Any, at: int | None, changes: Row, needed: Row) -> list[Row]:
    """Return the addresses or contacts as they are, with `changes` in the one at this place, or else in a new one."""
    rows = [_writable(one) for one in (raw if isinstance(raw, list) else [raw] if raw else [])]
    if not changes:
        return rows
    if at is None:
        at = len(rows)
        rows.append({})
    rows[at] |= changes
    rows[at] |= {name: value for name, value in needed.items() if not rows[at].get(name)}
    return rows


def _only(data: Any) -> Row:
    """Return the one supplier of a wrapped list, which is how POST and PUT answer."""
    rows = data.get("SupplierList") if isinstance(data, dict) else None
    if not isinstance(rows, list) or len(rows) != 1 or not rows[0].get("ID"):
        msg = "supplier answered without the supplier it made"
        raise ContractError(msg, answer=str(data)[:2000])
    row: Row = rows[0]
    return row

"""Suppliers as vendors: reading them, and writing them in one step, since a vendor has no draft."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ml_connector.domain.documents import Document, Supplier
from ml_connector.domain.errors import AmbiguousWrite, ContractError, Refused
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.poison import BUGS, why_unreadable
from ml_connector.sync.ports import Found, TargetRef, Unreadable, Window
from ml_connector.systems.acumatica import wire
from ml_connector.systems.acumatica.endpoint import Endpoint, Listing, Record, literal, moment
from ml_connector.systems.acumatica.options import AcumaticaOptions
from ml_connector.systems.acumatica.translate import (
    VENDOR_EXPAND,
    VENDOR_FIELDS,
    project_supplier,
    supplier_of,
    vendor_changes,
    vendor_fields,
)
from ml_connector.transport.redaction import redact

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_QUERY = {"select": ",".join(VENDOR_FIELDS), "expand": ",".join(VENDOR_EXPAND)}


@dataclass(frozen=True)
class Vendors:
    """The vendors of an instance.

    A vendor that came from Cin7 holds the Cin7 supplier's ID in `AccountRef` ("Ext Ref Nbr" on the screen).
    """

    endpoint: Endpoint
    options: AcumaticaOptions
    now: Callable[[], dt.datetime]

    # --- reading ---

    def changed(self, window: Window) -> Iterator[Document | Unreadable]:
        """Yield the vendors changed within the window; key and time stamp lie on one screen view."""
        conditions = [f"LastModifiedDateTime lt {moment(window.end)}"]
        if window.start is not None:
            conditions.insert(0, f"LastModifiedDateTime ge {moment(window.start)}")
        for record in self._all(" and ".join(conditions)):
            yield self._read_or_unreadable(record)

    def by_keys(self, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        """Yield the vendors with these numbers that exist."""
        for key in keys:
            record = self._get(key)
            if record is not None:
                yield self._read_or_unreadable(record)

    def every(self) -> list[Supplier]:
        """Return all vendors, inactive ones too.

        Raises:
            ContractError: one cannot be understood; left out, it might be created a second time.
        """
        return [self._supplier(record) for record in self._all("")]

    def present(self) -> Iterator[Found]:
        """Yield all vendors with all compared fields."""
        for supplier in self.every():
            yield _found(supplier, ours=_GUID.fullmatch(supplier.counterpart_key or "") is not None)

    def read(self, document: Document, ref: TargetRef) -> Found | None:
        """Return the vendor with that number as it is now, or None."""
        record = self._get(ref.key)
        if record is None:
            return None
        supplier = self._supplier(record)
        return _found(supplier, ours=_same(supplier.counterpart_key, document.key))

    def find(self, document: Document, marker: str) -> Found | None:  # noqa: ARG002 - the Cin7 ID is the marker
        """Return the vendor that holds the Cin7 supplier's ID, else under manual numbering that of its code.

        Raises:
            Refused: several vendors hold it.
        """
        assert isinstance(document, Supplier)
        records = self.endpoint.find("Vendor", f"AccountRef eq {literal(document.key)}", **_QUERY)
        found = [self._supplier(record) for record in records]
        found = [supplier for supplier in found if _same(supplier.counterpart_key, document.key)]
        if len(found) > 1:
            names = ", ".join(f"{supplier.key} {supplier.name}" for supplier in found)
            text = f"several vendors hold the Cin7 ID {document.key} as Ext Ref Nbr: {names}"
            raise Refused(text, reasons=(("counterpart_key", text),))
        if found:
            return _found(found[0], ours=True)
        if self.options.vendor_numbering == "manual" and document.code:
            return self.read(document, TargetRef(key=document.code, number=document.code))
        return None

    # --- writing ---

    def project(self, document: Document) -> dict[str, str]:
        """Return what the vendor will show."""
        assert isinstance(document, Supplier)
        return project_supplier(document, self.options)

    def draft(
        self, document: Document, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Create the vendor, or bring the one begun up to date.

        Orders are neither printed nor mailed by Acumatica: Cin7 has sent them already, and a new order would
        stop at Pending Printing (form AP303000, fields PrintOrders and SendOrdersbyEmail).

        Raises:
            AmbiguousWrite, Refused: as `Endpoint.put`.
        """
        assert isinstance(document, Supplier)
        found = self.find(document, marker) if ref is None else self.read(document, ref)
        if found is not None and (found.ours or ref is not None):
            bind(found.ref)
            self.amend(document, found, list(self.project(document)))
            return found.ref
        fields = {
            **self._identity(document),
            **vendor_changes(self.project(document)),
            "PrintOrders": False,
            "SendOrdersbyEmail": False,
        }
        record = self.endpoint.put("Vendor", fields, is_new=True, select="VendorID")
        made = _ref(str(record.get("VendorID") or "").strip())
        bind(made)
        return made

    def _identity(self, document: Supplier) -> dict[str, str]:
        """Return number and class of a new vendor.

        Under automatic numbering a number that is sent is ignored and the next one assigned (recorded for
        customers: https://github.com/Jetbuilt/acumatica, `spec/cassettes`), so none is sent.

        Raises:
            Refused: numbering is manual and the supplier has no code.
        """
        fields = {"VendorClass": self.options.vendor_class} if self.options.vendor_class else {}
        if self.options.vendor_numbering == "auto":
            return fields
        if not document.code:
            text = "vendors are numbered by hand, and the supplier has no vendor number in Cin7 yet"
            raise Refused(text, reasons=(("code", text),))
        return {"VendorID": document.code, **fields}

    def amend(self, document: Document, found: Found, fields: Collection[str]) -> None:
        """Change the fields that differ, and no others.

        Raises:
            Refused: the vendor holds another reference than the Cin7 ID, which is not ours to overwrite.
        """
        wanted = self.project(document)
        changed = [name for name in fields if wanted.get(name, "") != found.fields.get(name, "")]
        held = found.fields.get("counterpart_key", "")
        if "counterpart_key" in changed and held:
            text = f"vendor {found.ref.number} holds “{held}” as Ext Ref Nbr, where the Cin7 ID belongs"
            raise Refused(text, reasons=(("counterpart_key", text),))
        sent = vendor_changes(wanted, changed)
        if sent:
            self.endpoint.put(
                "Vendor",
                {"VendorID": found.ref.key, **sent},
                is_new=False,
                repeatable=True,
                select="VendorID",
            )

    def authorise(self, document: Document, ref: TargetRef) -> None:
        """Do nothing: a vendor is in force once it is there."""

    # --- records ---

    def _all(self, condition: str) -> Iterator[Record]:
        return self.endpoint.all(Listing("Vendor", "VendorID", VENDOR_FIELDS, VENDOR_EXPAND, condition))

    def _get(self, key: str) -> Record | None:
        if "/" in key or "|" in key:  # both separate keys in an address
            found = self.endpoint.find("Vendor", f"VendorID eq {literal(key)}", **_QUERY)
            return found[0] if found else None
        return self.endpoint.get("Vendor", (key,), **_QUERY)

    def _supplier(self, record: Record) -> Supplier:
        try:
            return supplier_of(wire.Vendor.model_validate(record), self.now())
        except ValidationError as error:
            number = record.get("VendorID") or record.get("id")
            message = f"vendor {number} cannot be understood: {_words(error)}"
        raise ContractError(message, answer=redact(json.dumps(record, default=str)))

    def _read_or_unreadable(self, record: Record) -> Document | Unreadable:
        try:
            return self._supplier(record)
        except ContractError as error:
            return _unreadable(record, str(error), error.answer, self.now())
        except BUGS as error:
            raw = redact(json.dumps(record, default=str))
            return _unreadable(record, why_unreadable(error), raw, self.now())


def _words(error: ValidationError) -> str:
    """Return what pydantic found, without the values."""
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())


def _unreadable(record: Record, why: str, raw: str, seen_at: dt.datetime) -> Unreadable:
    key = str(record.get("VendorID") or record.get("id") or "unknown")
    finding = Finding(
        reason=Reason.UNREADABLE,
        value=key,
        message=f"Supplier {key}: {why}.",
        next_step=f"Look at vendor {key} in Acumatica; if it looks right, the connector has to learn its shape.",
    )
    return Unreadable(key, seen_at, finding, raw)


def _same(reference: str | None, key: str) -> bool:
    return (reference or "").casefold() == key.casefold()


def _ref(number: str) -> TargetRef:
    """Return the reference of a vendor.

    Raises:
        AmbiguousWrite: the answer names no vendor.
    """
    if not number or number.startswith("<"):
        raise AmbiguousWrite("the vendor was sent, but the answer does not tell its number")
    return TargetRef(key=number, number=number)


def _found(supplier: Supplier, *, ours: bool) -> Found:
    fields: dict[str, Any] = vendor_fields(supplier)
    return Found(ref=_ref(supplier.key), status=TargetStatus.AUTHORISED, fields=fields, ours=ours, document=supplier)

"""Writing suppliers: two records, the supplier of the shared set and its data in the domain.

The second appears by itself and lacks site and daybook set, without which no order can be placed: a supplier that is
half made is completed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ml_connector.domain.documents import Supplier
from ml_connector.domain.errors import ConcurrentEdit, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Found, TargetRef
from ml_connector.systems.qad.endpoint import Endpoint, Record, half_made
from ml_connector.systems.qad.translate import (
    SUPPLIER_FIELDS,
    linked_key,
    linked_note,
    new_code,
    shown_supplier,
    supplier_fields,
    supplier_of_row,
)
from ml_connector.systems.qad.wire import text


@dataclass(frozen=True)
class QadSuppliers:
    """The suppliers of one shared set and domain."""

    endpoint: Endpoint
    domain: str

    def every(self) -> list[Supplier]:
        """Return all suppliers, with what their browse shows."""
        rows = self.endpoint.browse("suppliers")
        return [supplier_of_row(row, self.endpoint.now()) for row in rows]

    def present(self) -> Iterator[Found]:
        """Yield all suppliers with few fields."""
        for one in self.every():
            fields = {"name": one.name, "currency": one.currency}
            yield Found(TargetRef(key=one.key, number=one.key), TargetStatus.AUTHORISED, fields, partial=True)

    def project(self, supplier: Supplier) -> dict[str, str]:
        """Return what QAD will show."""
        return supplier_fields(supplier, self.endpoint.options)

    def find(self, supplier: Supplier) -> Found | None:
        """Return the supplier of this code; ours when its note holds the Cin7 ID.

        Raises:
            Refused: the code belongs to another supplier.
        """
        found = self.read(new_code(supplier), supplier)
        if found is not None and not found.ours and not supplier.code:
            said = f"QAD has a supplier {found.ref.number} already, which is another one"
            raise Refused(said, reasons=(("code", said),))
        return found

    def read(self, code: str, supplier: Supplier | None = None) -> Found | None:
        """Return the supplier as it is now, both records."""
        record = self._record(code)
        if record is None:
            return None
        mine = supplier is not None and supplier.key.lower() == linked_key(record)
        return Found(
            ref=TargetRef(key=code, number=code),
            status=TargetStatus.AUTHORISED,
            fields=shown_supplier(record, self._domain_record(code)),
            ours=mine,
        )

    def draft(self, supplier: Supplier, ref: TargetRef | None, bind: Callable[[TargetRef], None]) -> TargetRef:
        """Create the supplier, or complete the one begun.

        Raises:
            Refused: creating is off, or QAD said no.
            AmbiguousWrite: the answer was lost.
        """
        code = ref.key if ref is not None else new_code(supplier)
        made = TargetRef(key=code, number=code)
        if self._record(code) is None:
            if not self.endpoint.options.create_suppliers:
                said = "it is not in QAD, and creating is off (options.qad.create_suppliers)"
                raise Refused(said, reasons=(("", said),))
            self.endpoint.create("supplier", self._new(supplier, code))
        bind(made)
        self._complete(code)
        return made

    def amend(self, supplier: Supplier, found: Found, fields: Collection[str]) -> None:
        """Send the whole record back with the fields that differ.

        Raises:
            ConcurrentEdit: it changed meanwhile; the next try decides again.
        """
        record = self._record(found.ref.key)
        if record is None:
            raise ConcurrentEdit(f"supplier {found.ref.key} is gone from QAD")
        wanted = self.project(supplier)
        changes: Record = {SUPPLIER_FIELDS[name]: wanted.get(name, "") for name in fields if name in SUPPLIER_FIELDS}
        if "counterpart_key" in fields:
            changes["commentNote"] = self._note(record, supplier)
        if "active" in fields:
            changes["isActive"] = wanted["active"] == "yes"
        if changes:
            self.endpoint.update("supplier", {**record, **changes}, **self._keys(found.ref.key))
        if {"site", "daybook_set"} & set(fields):
            self._complete(found.ref.key)

    def _note(self, record: Record, supplier: Supplier) -> str:
        other = linked_key(record)
        if other:
            said = f"its note says that it is Cin7's supplier {other}"
            raise Refused(said, reasons=(("commentNote", said),))
        return linked_note(text(record, "commentNote"), supplier.key)

    def _complete(self, code: str) -> None:
        """Give the domain's record its site and daybook set, where it lacks them."""
        options, record = self.endpoint.options, self._domain_record(code)
        if record is None:
            said = f"QAD has made no record of supplier {code} in domain {self.domain}"
            raise Refused(said, reasons=(("domain", said),))
        usual = {"siteCode": options.site, "daybookSetCode": options.daybook_set}
        lacking = {name: value for name, value in usual.items() if not text(record, name)}
        if not lacking:
            return
        try:
            self.endpoint.update("supplier_domain", {**record, **lacking}, **self._domain_keys(code))
        except Refused as error:
            said = f"supplier {code} is in QAD; its site and daybook set in domain {self.domain} are missing"
            raise half_made(error, said) from None

    def _new(self, supplier: Supplier, code: str) -> Record:
        options, wanted = self.endpoint.options, self.project(supplier)
        invoice, credit, prepayment, purchase = options.gl_profiles
        members = {SUPPLIER_FIELDS[name]: value for name, value in wanted.items() if name in SUPPLIER_FIELDS}
        return {
            "sharedSetCode": options.shared_set, "supplierCode": code, "businessRelationCode": code,
            "isCreateBusinessRelationRequired": True, "isActive": supplier.active,
            "invoiceStatusCode": options.invoice_status, "invoiceControlGLProfileCode": invoice,
            "creditNoteControlGLProfileCode": credit, "prePaymentControlGLProfileCode": prepayment,
            "purchaseAccountGLProfileCode": purchase, "addressTypeCode": options.address_type,
            "addressName": supplier.name[:36], "languageCode": options.language, "taxZone": options.tax_zone,
            "isTaxableSupplier": bool(options.tax_zone), "commentNote": linked_note("", supplier.key),
            "supplementaryMessages": [], **members,
        }  # fmt: skip

    def _record(self, code: str) -> Record | None:
        return self.endpoint.get("supplier", **self._keys(code))

    def _domain_record(self, code: str) -> Record | None:
        return self.endpoint.get("supplier_domain", **self._domain_keys(code))

    def _keys(self, code: str) -> dict[str, str]:
        return {"sharedSetCode": self.endpoint.options.shared_set, "supplierCode": code}

    def _domain_keys(self, code: str) -> dict[str, str]:
        return {"domainContext": self.domain, "supplierCode": code}

"""Writing suppliers through the business object APSSSP; SYSPRO has no draft of them.

Elements: https://github.com/LuntuSYSPRO/myGitHub-rep, `business_objects_catalog.json`. Unknown elements are ignored
without a word, so everything is read back and compared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ml_connector.domain.documents import Document, Supplier
from ml_connector.domain.errors import Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Found, TargetRef
from ml_connector.systems.syspro import xml
from ml_connector.systems.syspro.options import SysproOptions
from ml_connector.systems.syspro.reading import SysproReader, readable
from ml_connector.systems.syspro.session import Postings
from ml_connector.systems.syspro.translate import plain_key

_ELEMENTS = {
    "name": "SupplierName",
    "terms": "TermsCode",
    "currency": "Currency",
    "tax_number": "TaxRegnNum",
    "contact_name": "Contact",
    "email": "Email",
    "phone": "Telephone",
    "address.line1": "SupAddr1",
    "address.line2": "SupAddr2",
    "address.city": "SupAddr3",
    "address.state": "SupAddr4",
    "address.country": "SupAddr5",
    "address.postcode": "SupPostalCode",
}
"""Projected field → element."""


@dataclass(frozen=True)
class SysproSuppliers:
    """The suppliers of one company as a destination."""

    postings: Postings
    reader: SysproReader
    options: SysproOptions

    def every(self) -> list[Supplier]:
        """Return all suppliers.

        Raises:
            ContractError: one cannot be understood; left out, it might be created a second time.
        """
        return readable(self.reader.every_supplier())

    def present(self) -> Iterator[Found]:
        """Yield all suppliers."""
        return (self._found(one) for one in self.every())

    def project(self, supplier: Supplier) -> dict[str, str]:
        """Return what SYSPRO will show; empty terms and currency are left to it."""
        fields = {**_shown(supplier), "address.country": supplier.address.country or self.options.default_country}
        return {name: text for name, text in fields.items() if text or name not in {"terms", "currency"}}

    def find(self, supplier: Supplier) -> Found | None:
        """Return the supplier under the shared code, zeros in front or not: ours, since we create under it."""
        same = self.reader.under(_spellings(supplier.code or ""))
        if len(same) > 1:
            names = ", ".join(one.key for one in same)
            raise Refused(f"several suppliers have this code: {names}", reasons=(("code", names),))
        return replace(self._found(same[0]), ours=True) if same else None

    def read(self, key: str) -> Found | None:
        """Return the supplier as it is now."""
        found = self.reader.supplier(key)
        return None if found is None else self._found(found)

    def draft(self, supplier: Supplier, ref: TargetRef | None, bind: Callable[[TargetRef], None]) -> TargetRef:
        """Create the supplier under its shared code.

        Raises:
            Refused: creating is off, or there is no code to create it under, or SYSPRO said no.
            AmbiguousWrite: the answer was lost.
        """
        if ref is not None:
            found = self.read(ref.key)
            if found is not None:
                self.amend(supplier, found, list(self.project(supplier)))
                return ref
        if not self.options.create_suppliers:
            text = "it is not in SYSPRO, and creating is off (options.syspro.create_suppliers)"
            raise Refused(text, reasons=(("", text),))
        if not supplier.code:
            text = "SYSPRO needs a supplier code, and Cin7 holds none for it yet"
            raise Refused(text, reasons=(("code", text),))
        sent = {element: self.project(supplier).get(name) or None for name, element in _ELEMENTS.items()}
        own = {"Branch": self.options.branch or None, "Bank": self.options.bank or None}
        sent["TermsCode"] = sent["TermsCode"] or self.options.terms or None
        code = supplier.code.strip()
        code = code.zfill(self.options.key_padding) if code.isdigit() else code
        answer = self._setup("Add", code, {**sent, **own})
        key = xml.text_of(answer, "supplier") or code
        made = TargetRef(key=key, number=plain_key(key))
        bind(made)
        return made

    def amend(self, supplier: Supplier, found: Found, fields: Collection[str]) -> None:
        """Change the fields that differ, and no others."""
        wanted = self.project(supplier)
        sent: dict[str, Any] = {_ELEMENTS[name]: wanted.get(name, "") for name in fields if name in _ELEMENTS}
        if "active" in fields:
            sent["OnHold"] = "N" if wanted["active"] == "yes" else "Y"
        if sent:
            self._setup("Update", found.ref.key, sent)

    def _setup(self, action: str, key: str, item: dict[str, Any]) -> Any:
        """Post one supplier and return the answer.

        Raises:
            Refused: with SYSPRO's words for each field.
        """
        parameters = {"IgnoreWarnings": "N", "ApplyIfEntireDocumentValid": "Y", "ValidateOnly": "N"}
        answer = self.postings.send(
            f"Setup/{action}",
            {
                "BusinessObject": "APSSSP",
                "XmlParameters": xml.document("SetupApSupplier", {"Parameters": parameters}),
                "XmlIn": xml.document("SetupApSupplier", {"Item": {"Key": {"Supplier": key}, **item}}),
            },
        )
        root = answer.data
        reasons = xml.rejections(root)
        if reasons or xml.count(root, "RecordsInvalid"):
            raise Refused(f"SYSPRO refuses supplier {key}", reasons=reasons or (("", "the record is invalid"),))
        return root

    def _found(self, supplier: Supplier) -> Found:
        ref = TargetRef(key=supplier.key, number=plain_key(supplier.key))
        fields = {**_shown(supplier), "address.country": supplier.address.country, "code": supplier.code or ""}
        return Found(ref=ref, status=TargetStatus.AUTHORISED, fields=fields, ours=False, document=supplier)


def _spellings(code: str) -> set[str]:
    """Return the keys that a code may stand under: numeric ones are padded with zeros to a width that sites choose."""
    code = code.strip()
    if not code.isdigit():
        return {code, code.upper()} - {""}
    return {code, *(plain_key(code).zfill(width) for width in range(1, _WIDEST + 1))}


_WIDEST = 15


def _shown(supplier: Supplier) -> dict[str, str]:
    texts = {
        name: getattr(supplier, name)
        for name in ("name", "currency", "terms", "tax_number", "contact_name", "email", "phone")
    }
    texts |= {
        f"address.{part}": getattr(supplier.address, part) for part in ("line1", "line2", "city", "state", "postcode")
    }
    shown = {name: str(text).strip() for name, text in texts.items()}
    return {**shown, "active": "yes" if supplier.active else "no"}


def supplier_of(document: Document) -> Supplier:
    """Return the document as the supplier it must be.

    Raises:
        Refused: SYSPRO takes no documents of this kind from us.
    """
    if not isinstance(document, Supplier):
        raise Refused(f"SYSPRO takes no {document.kind} from us", reasons=(("", "not supported"),))
    return document

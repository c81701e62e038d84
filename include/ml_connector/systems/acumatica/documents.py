"""Orders and bills: found by marker and number, drafted on hold, amended line by line, taken off hold."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError

from ml_connector.domain.documents import Document, TradeDocument
from ml_connector.domain.errors import AmbiguousWrite, ContractError, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.sync.ports import Found, TargetRef
from ml_connector.systems.acumatica import wire
from ml_connector.systems.acumatica.endpoint import Endpoint, Listing, Record, literal
from ml_connector.systems.acumatica.options import AcumaticaOptions
from ml_connector.systems.acumatica.translate_documents import MARKER, line_changes, tax_members, tax_rows

Shown = TypeVar("Shown", wire.Order, wire.Bill)
_WHOLE = "Details,TaxDetails"
_NARROW_PAGE = 5000
"""Records of a few fields each that are read at once."""


@dataclass(frozen=True)
class Documents(ABC, Generic[Shown]):
    """What orders and bills have in common. Their key is ``Type/number``; the number is Acumatica's.

    Args:
        branch: ID of the branch that documents belong to; "" leaves it to the user's default.
    """

    endpoint: Endpoint
    options: AcumaticaOptions
    branch: str = ""

    entity: ClassVar[str]
    number_name: ClassVar[str]
    vendor_name: ClassVar[str]
    total_name: ClassVar[str]
    branch_name: ClassVar[str]
    types: ClassVar[tuple[str, ...]]
    word: ClassVar[str]

    # --- what differs ---

    @abstractmethod
    def project(self, document: Document) -> dict[str, str]:
        """Return what Acumatica will show."""

    @abstractmethod
    def parse(self, record: Record) -> Shown:
        """Return the record read."""

    @abstractmethod
    def fields(self, shown: Shown) -> dict[str, str]:
        """Return the fields of a record read."""

    @abstractmethod
    def status(self, shown: Shown) -> TargetStatus:
        """Return where it stands."""

    @abstractmethod
    def frozen(self, shown: Shown) -> str:
        """Return why it cannot be changed any more, or ""."""

    @abstractmethod
    def type_of(self, document: TradeDocument) -> str:
        """Return its type as the screen shows it."""

    @abstractmethod
    def header(self, document: TradeDocument) -> dict[str, Any]:
        """Return the members of its header, without type, description and hold."""

    @abstractmethod
    def description(self, document: TradeDocument, marker: str) -> str:
        """Return the header text with the marker."""

    @abstractmethod
    def lines(self, document: TradeDocument) -> list[tuple[Any, dict[str, Any]]]:
        """Return each line as it will be shown, and its members."""

    @abstractmethod
    def shown_lines(self, shown: Shown) -> list[tuple[Any, str]]:
        """Return each line that is there, and its id."""

    def branch_field(self) -> dict[str, str]:
        """Return the branch as it will be shown, where the connection names one."""
        return {"branch": self.branch} if self.branch else {}

    def _branch_member(self) -> dict[str, Any]:
        """Return the header member that holds the branch; the lines of a new document follow the header."""
        return {self.branch_name: self.branch} if self.branch else {}

    # --- looking ---

    def find(self, document: Document, marker: str) -> Found | None:
        """Return the document that carries our marker, else the one of the same supplier and number.

        All fields of the filter lie on one screen view.

        Raises:
            Refused: several carry the marker, or the number, or it belongs to another document of ours.
        """
        assert isinstance(document, TradeDocument)
        number = literal(document.number.strip())
        condition = (
            f"Type eq {literal(self.type_of(document))} and "
            f"(VendorRef eq {number} or substringof({literal(marker)},Description))"
        )
        records = self.endpoint.find(self.entity, condition, select=",".join(self._few()))
        shown = [self._parse(record) for record in records]
        ours = [one for one in shown if marker in one.Description]
        chosen = self._only(ours, f"carry our mark {marker}") or self._by_number(document, shown)
        return None if chosen is None else self.read(document, self.ref(chosen))

    def _by_number(self, document: TradeDocument, shown: list[Shown]) -> Shown | None:
        """Return the one that is not ours but of the same supplier and number; voided ones do not count."""
        same = [
            one
            for one in shown
            if self._vendor(one).casefold() == document.supplier_key.casefold()
            and one.VendorRef.casefold() == document.number.strip().casefold()
            and self.status(one) is not TargetStatus.VOIDED
        ]
        others = [one for one in same if MARKER.search(one.Description)]
        if others:
            names = ", ".join(self._number(one) for one in others)
            raise _refused(
                f"{self.word} {names} in Acumatica has the number {document.number} already, made from another "
                f"document of the same supplier",
            )
        return self._only(same, f"have the number {document.number}")

    def _only(self, shown: list[Shown], why: str) -> Shown | None:
        """Return the only one, None when there is none.

        Raises:
            Refused: there are several.
        """
        if len(shown) > 1:
            names = ", ".join(f"{self._number(one)} ({one.Status})" for one in shown)
            raise _refused(f"several documents in Acumatica {why}: {names}")
        return shown[0] if shown else None

    def read(self, document: Document, ref: TargetRef) -> Found | None:  # noqa: ARG002 - the Protocol's signature
        """Return what stands there now, or None."""
        shown = self._get(ref)
        return None if shown is None else self._found(shown, self.fields(shown))

    def present(self) -> Iterator[Found]:
        """Yield all documents with type, supplier, number, date, currency and gross."""
        for kind in self.types:
            for shown in self._all(kind):
                yield self._found(shown, self._few_fields(shown))

    # --- writing ---

    def draft(
        self, document: Document, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Create the document on hold, whole in one call, or bring the one begun to what is meant.

        Raises:
            AmbiguousWrite, Refused: as `Endpoint.put`.
        """
        assert isinstance(document, TradeDocument)
        shown = self._get(ref) if ref is not None else None
        if shown is None:
            found = self.find(document, marker)
            if found is not None and found.ours:
                bind(found.ref)
                shown = self._get(found.ref)
        if shown is not None:
            self._bring(document, shown)
            return self.ref(shown)
        made = self.ref(self._parse(self._create(document, marker)))
        bind(made)
        return made

    def _create(self, document: TradeDocument, marker: str) -> Record:
        fields = {
            "Type": self.type_of(document),
            **self._branch_member(),
            **self.header(document),
            "Description": self.description(document, marker),
            "Hold": True,  # the default depends on the tenant's preferences
            "Details": [members for _, members in self.lines(document)],
            **tax_members(tax_rows(document)),
        }
        return self.endpoint.put(self.entity, fields, is_new=True)

    def amend(self, document: Document, found: Found, fields: Collection[str]) -> None:  # noqa: ARG002 - see `_bring`
        """Bring the document to what is meant; members that are equal already are skipped by Acumatica.

        Raises:
            AmbiguousWrite, Refused: as `Endpoint.put`; it can no longer be changed, or is gone.
        """
        assert isinstance(document, TradeDocument)
        shown = self._get(found.ref)
        if shown is None:
            raise _refused(f"{self.word} {found.ref.number} is gone from Acumatica")
        if self.frozen(shown):
            raise _refused(self.frozen(shown))
        self._bring(document, shown)

    def _bring(self, document: TradeDocument, shown: Shown) -> None:
        """Put it on hold, change header, lines and taxes in one call, and send once more what did not stay.

        A PUT skips members that equal what is stored; one that business logic changes in the same save, such as a due
        date that follows the date, may so end up not as sent (guide, "Update a record").
        """
        wanted, taxes = self.lines(document), tax_rows(document)  # refuses before anything is changed
        if not shown.Hold:
            self._set_hold(self._keys(shown), hold=True)
        meant = self.project(document)
        if not differences(meant, self.fields(self._change(document, shown, wanted, taxes))):
            return
        now = self._get(self.ref(shown))
        if now is not None and differences(meant, self.fields(now)):
            self._change(document, now, wanted, taxes)

    def _change(
        self, document: TradeDocument, shown: Shown, wanted: list[tuple[Any, dict[str, Any]]], taxes: list[wire.Tax]
    ) -> Shown:
        details = line_changes(wanted, self.shown_lines(shown))
        members = {
            **self._keys(shown),
            **self._branch_member(),
            **self.header(document),
            **({"Details": details} if details else {}),
            **tax_members(taxes, shown.TaxDetails),
        }
        return self._parse(self.endpoint.put(self.entity, members, is_new=False, expand=_WHOLE))

    def authorise(self, document: Document, ref: TargetRef) -> None:  # noqa: ARG002 - the Protocol's signature
        """Take the document off hold, and on from there; one that is past that is left alone.

        Raises:
            AmbiguousWrite, Refused: as `Endpoint.put`; it is gone.
        """
        shown = self._get(ref)
        if shown is None:
            raise _refused(f"{self.word} {ref.number} is gone from Acumatica")
        if self.status(shown) is not TargetStatus.DRAFT:
            return
        if shown.Hold:
            shown = self._parse(self._set_hold(self._keys(shown), hold=False))
        self.finish(shown)

    def finish(self, shown: Shown) -> None:
        """Do what is left to do once it is off hold."""

    def _set_hold(self, keys: Record, *, hold: bool) -> Record:
        return self.endpoint.put(self.entity, {**keys, "Hold": hold}, is_new=False, repeatable=True)

    # --- records ---

    def ref(self, shown: Shown) -> TargetRef:
        """Return the reference of a record.

        Raises:
            AmbiguousWrite: the answer to a create names none.
        """
        number = self._number(shown)
        if not number or number.startswith("<"):  # <NEW>, as in the echo of a record that was not stored
            raise AmbiguousWrite(f"the {self.word} was sent, but the answer does not tell its number")
        return TargetRef(key=f"{shown.Type}/{number}", number=number)

    def _get(self, ref: TargetRef) -> Shown | None:
        record = self.endpoint.get(self.entity, ref.key.split("/", 1), expand=_WHOLE)
        return None if record is None else self._parse(record)

    def _all(self, kind: str) -> Iterator[Shown]:
        within = f"Type eq {literal(kind)}"
        few = self._few()
        listing = Listing(self.entity, self.number_name, few, (), within, (kind,), _NARROW_PAGE)
        for record in self.endpoint.all(listing):
            yield self._parse(record)

    def _parse(self, record: Record) -> Shown:
        try:
            return self.parse(record)
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
        raise ContractError(f"{self.entity} {record.get(self.number_name)} cannot be understood: {fields}")

    def _few(self) -> tuple[str, ...]:
        common: tuple[str, ...] = ("Type", "Status", "Hold", "VendorRef", "Description", "CurrencyID", "Date")
        return (*common, self.number_name, self.vendor_name, self.total_name)

    def _few_fields(self, shown: Shown) -> dict[str, str]:
        fields = self.fields(shown)
        few = {name: fields[name] for name in ("number", "supplier", "date", "currency", "gross")}
        return {"type": shown.Type, **few}

    def _found(self, shown: Shown, fields: dict[str, str]) -> Found:
        return Found(
            ref=self.ref(shown),
            status=self.status(shown),
            fields=fields,
            ours=MARKER.search(shown.Description) is not None,
            frozen=self.frozen(shown),
        )

    def _keys(self, shown: Shown) -> Record:
        return {"Type": shown.Type, self.number_name: self._number(shown)}

    def _number(self, shown: Shown) -> str:
        return str(getattr(shown, self.number_name))

    def _vendor(self, shown: Shown) -> str:
        return str(getattr(shown, self.vendor_name))


def _refused(text: str) -> Refused:
    return Refused(text, reasons=(("", text),))

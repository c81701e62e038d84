"""Writing credit memos: each into the purchase that holds the bill it credits; no goods go back.

The zero TaskID makes a new credit note, so that call is made once and a lost one is looked up by number and mark; one
that is there is replaced until it is authorised (https://dearinventory.docs.apiary.io, Advanced Purchase Credit Note).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ml_connector.domain.documents import DocumentStatus, SupplierInvoice
from ml_connector.domain.errors import ContractError, NotReady
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Fields, Found, TargetRef
from ml_connector.systems.cin7.bill_body import credit_body, shown_fields, status_of, wanted_fields
from ml_connector.systems.cin7.bills import document_at, purchase_of
from ml_connector.systems.cin7.groups import NEW, OPEN, Purchase, Row, is_empty, refused_purchase
from ml_connector.systems.cin7.lines import LineForm, mark_of
from ml_connector.systems.cin7.order_body import is_inclusive
from ml_connector.systems.cin7.preflight import Preflight, refused
from ml_connector.systems.cin7.reading import problems
from ml_connector.systems.cin7.translate import AUTHORISED, BILLED, VOIDED
from ml_connector.systems.cin7.whole import WholePurchases
from ml_connector.systems.cin7.wire import WirePart
from ml_connector.transport.client import Client


@dataclass(frozen=True)
class Cin7CreditNotes:
    """The credit notes of one account."""

    client: Client
    whole: WholePurchases
    preflight: Preflight

    @property
    def form(self) -> LineForm:
        """How a credit note's lines are said."""
        return self.preflight.form(accounts=True)

    def project(self, memo: SupplierInvoice) -> Fields:
        """Return what Cin7 shows of it."""
        return wanted_fields(memo, self.form)

    # --- looking ---

    def find(self, memo: SupplierInvoice, marker: str) -> Found | None:
        """Return the credit note with our mark, else one of this number, in the purchase that it belongs to."""
        home = self._home(memo)
        if home is None:
            return None
        notes = _held(home)
        ours = [note for note in notes if mark_of(note) == marker]
        same = [note for note in notes if _is_number(note, memo) and not mark_of(note)]
        return self._found(home, (ours or same)[0]) if ours or same else None

    def _home(self, memo: SupplierInvoice) -> Purchase | None:
        """Return the purchase of its order, else the one with the bill that it credits.

        Raises:
            Refused: several purchases hold a bill of that number.
        """
        if memo.order_key:
            return self.whole.must(memo.order_key)
        credited = memo.credits_number.strip()
        found = [
            purchase
            for purchase in self.whole.with_number(memo.supplier_key, credited, "InvoiceNumber")
            if any(bill.InvoiceNumber.strip() == credited for bill in purchase.wire.Invoice)
        ]
        if len(found) > 1:
            names = ", ".join(purchase.name for purchase in found)
            raise refused("credits_number", f"Cin7 has bill {credited} of {memo.supplier_name} in {names}")
        return found[0] if found else None

    def fetch(self, memo: SupplierInvoice, ref: TargetRef) -> Found | None:
        """Return what stands at `ref`."""
        purchase = self.whole.read(purchase_of(ref))
        note = None if purchase is None else _note_at(purchase, ref)
        if purchase is None or note is None:
            return None
        is_void = status_of(purchase.wire, note) is TargetStatus.VOIDED
        return self._found(purchase, note) if is_void or _is_same(note, memo, ref) else None

    def present(self) -> Iterator[Found]:
        """Yield all credit notes."""
        for purchase in self.whole.holding("CreditNoteStatus"):
            yield from (self._found(purchase, note) for note in purchase.wire.CreditNote if not is_empty(note))

    # --- writing ---

    def draft(
        self, memo: SupplierInvoice, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Write the credit note as draft.

        Raises:
            NotReady: the bill that it credits is not authorised.
            AmbiguousWrite: the answer to the creation was lost.
            Refused: no purchase is its home; Cin7 said no; or it cannot be said there, and then nothing was sent.
        """
        purchase = self._home(memo)
        if purchase is None:
            raise refused_purchase(
                f"Cin7 keeps a credit note in the purchase that it credits; credit memo {memo.number} names no order, "
                + (f"and Cin7 has no bill {memo.credits_number}" if memo.credits_number else "and no bill")
            )
        body = self._body(memo, marker, purchase)
        note = self._note(purchase, marker, ref)
        if note is None or note.state in OPEN:
            self._post(purchase, note.TaskID if note else NEW, body, "DRAFT")
        made = self._written(memo, purchase, marker)
        bind(made)
        return made

    def amend(self, memo: SupplierInvoice, found: Found, _fields: Collection[str]) -> None:
        """Replace the draft's content."""
        purchase, note = self._standing(memo, found.ref)
        self._post(purchase, note.TaskID, self._body(memo, mark_of(note), purchase), "DRAFT")

    def authorise(self, memo: SupplierInvoice, ref: TargetRef) -> None:
        """Post the content again as authorised; what is authorised already is left alone."""
        purchase, note = self._standing(memo, ref)
        if note.state != AUTHORISED:
            self._post(purchase, note.TaskID, self._body(memo, mark_of(note), purchase), AUTHORISED)

    def _body(self, memo: SupplierInvoice, marker: str, purchase: Purchase) -> Row:
        if memo.status is not DocumentStatus.AUTHORISED:
            raise refused("status", f"Cin7 takes no {memo.status.value} credit note from us")
        self.preflight.amounts(memo)
        self.preflight.open_period(memo.date)
        self.preflight.tax_rules(self.form, memo.lines)
        there = purchase.wire.SupplierCurrency.strip().upper()
        if memo.currency and there and memo.currency != there:
            raise refused("currency", f"it is in {memo.currency}, and {purchase.name} is in {there}")
        return credit_body(memo, self.form, marker, _credited(memo, purchase), inclusive=is_inclusive(purchase.wire))

    def _note(self, purchase: Purchase, marker: str, ref: TargetRef | None) -> WirePart | None:
        """Return our note that is there already; None when it has to be made."""
        notes = _held(purchase)
        at = _note_at(purchase, ref) if ref is not None else None
        ours = next((note for note in notes if mark_of(note) == marker or note is at), None)
        if ours is None and purchase.is_simple and notes:
            raise refused_purchase(f"{purchase.name} is a Simple purchase, which takes one credit note, and it has one")
        return ours

    def _standing(self, memo: SupplierInvoice, ref: TargetRef) -> tuple[Purchase, WirePart]:
        purchase = self.whole.must(purchase_of(ref))
        note = _note_at(purchase, ref)
        if note is None or not _is_same(note, memo, ref):
            raise refused_purchase(f"the draft {ref.number} is not in {purchase.name} any more")
        return purchase, note

    def _post(self, purchase: Purchase, task: str, body: Row, status: str) -> None:
        """Send the credit note; a new one once, since each would be another."""
        body = {**purchase.names(task), **body, "Status": status}
        again = purchase.is_simple or task != NEW
        self.client.write(purchase.path("creditnote"), json=body, repeatable=again)

    def _written(self, memo: SupplierInvoice, purchase: Purchase, marker: str) -> TargetRef:
        fresh = self.whole.must(purchase.wire.key)
        for note in _held(fresh):
            if mark_of(note) == marker:
                return _ref(fresh, note, marker)
        raise ContractError(f"{fresh.name} took credit note {memo.number}, and does not show it")

    def _found(self, purchase: Purchase, note: WirePart) -> Found:
        mark = mark_of(note)
        try:
            fields = shown_fields(purchase.wire, note, self.form, credit=True)
        except ValueError as error:
            raise ContractError(f"{purchase.name}: {problems(error)}", answer=str(note)[:2000]) from None
        ref = _ref(purchase, note, mark)
        done = note.state in BILLED
        return Found(
            ref=ref,
            status=status_of(purchase.wire, note),
            fields=fields,
            ours=bool(mark),
            frozen="an authorised credit note can only be changed in Cin7 after an undo there." if done else "",
            document=document_at(purchase, SupplierInvoice.kind, ref.key),
        )


def _credited(memo: SupplierInvoice, purchase: Purchase) -> str:
    """Return the number of the bill that is credited; Cin7 wants one that is authorised or paid.

    Raises:
        NotReady: that bill is not there yet.
        Refused: it cannot be told which of several it is.
    """
    purchase.check_open()
    billed = [bill.InvoiceNumber.strip() for bill in purchase.wire.Invoice if bill.state in BILLED]
    wanted = memo.credits_number.strip()
    if not billed or (wanted and wanted not in billed):
        what = f"bill {wanted}" if wanted else "the bill"
        raise NotReady(f"{what} of {purchase.name} has to be authorised in Cin7 first: the credit memo credits it")
    if not wanted and len(billed) > 1:
        text = f"credit memo {memo.number} does not name its bill, and {purchase.name} has {', '.join(billed)}"
        raise refused("credits_number", text)
    return wanted or billed[0]


def _held(purchase: Purchase) -> list[WirePart]:
    if purchase.wire.is_void:
        return []
    return [note for note in purchase.wire.CreditNote if not is_empty(note) and note.state != VOIDED]


def _note_at(purchase: Purchase, ref: TargetRef) -> WirePart | None:
    """Return the note that the reference was bound to: by its task, which a conversion may change, else by number."""
    notes = [note for note in purchase.wire.CreditNote if not is_empty(note) or note.state == VOIDED]
    number = ref.key.split("/", 2)[2]
    task = ref.parts.get("task", "").lower()
    by_task = [note for note in notes if task and note.TaskID.lower() == task]
    return next(iter(by_task or [note for note in notes if note.CreditNoteNumber.strip() == number]), None)


def _ref(purchase: Purchase, note: WirePart, mark: str) -> TargetRef:
    number = note.CreditNoteNumber.strip()
    task = note.TaskID.lower()
    return TargetRef(
        key=f"{purchase.wire.key}/credit/{number or task}",
        number=f"{number} in {purchase.name}",
        parts={"task": task, "mark": mark},
    )


def _is_number(note: WirePart, memo: SupplierInvoice) -> bool:
    return note.CreditNoteNumber.strip().casefold() == memo.number.strip().casefold()


def _is_same(note: WirePart, memo: SupplierInvoice, ref: TargetRef) -> bool:
    mark = mark_of(note)
    if mark and ref.parts.get("mark"):
        return mark == ref.parts["mark"]
    return _is_number(note, memo)

"""Writing supplier invoices and credit memos into the purchases that they bill.

A bill's POST replaces its content until it is authorised, so it may be repeated. Our mark stands in the comment of its
first line. A bill that no order stands behind gets a purchase of its own, invoice first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ml_connector.domain.documents import InvoiceType, SupplierInvoice
from ml_connector.domain.errors import ContractError, NotReady, Refused
from ml_connector.domain.money import plain
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Fields, Found, TargetRef
from ml_connector.systems.cin7.groups import DONE, OPEN, ZERO, Groups, Place, Purchase, Row
from ml_connector.systems.cin7.lines import LineForm, mark_of
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.systems.cin7.order_body import is_inclusive, note_of
from ml_connector.systems.cin7.preflight import Preflight
from ml_connector.systems.cin7.purchases import Cin7Purchases
from ml_connector.systems.cin7.wire import WirePart, WirePurchase, calendar_date

BILL, CREDIT = "bill", "credit"


@dataclass(frozen=True)
class Cin7Bills:
    """The bills and credit notes of one account."""

    groups: Groups
    purchases: Cin7Purchases
    preflight: Preflight
    options: Cin7Options

    @property
    def _form(self) -> LineForm:
        return self.preflight.form(accounts=True)

    def project(self, bill: SupplierInvoice) -> Fields:
        """Return what Cin7 shows of it."""
        is_bill = bill.type is InvoiceType.INVOICE
        return {
            "number": bill.number.strip(),
            "supplier": bill.supplier_key.lower(),
            "date": bill.date.isoformat(),
            **({"due_date": bill.due_date.isoformat()} if is_bill and bill.due_date else {}),
            "currency": bill.currency,
            "net": plain(bill.net),
            "tax": plain(bill.tax),
            "gross": plain(bill.gross),
            **self._form.wanted(bill.lines),
        }

    # --- looking ---

    def find(self, bill: SupplierInvoice, marker: str) -> Found | None:
        """Return the bill with our mark, else the one of this number in its order's purchase."""
        key = bill.order_key or self._own(bill, marker)
        purchase = self.groups.purchase(key) if key else None
        if purchase is None or purchase.wire.is_void:
            return None
        parts = [part for part in _parts(purchase.wire, bill) if _has_content(part)]
        ours = [part for part in parts if mark_of(part) == marker]
        number = bill.number.strip().casefold()
        same = ours or [part for part in parts if _number(part).strip().casefold() == number]
        if same:
            return self._found(purchase, same[0], _word(bill), ours=bool(ours))
        if bill.order_key:
            return None
        ref = TargetRef(key=Place(purchase.wire.key, _word(bill)).key, parts={"purchase": purchase.wire.key})
        return Found(ref, TargetStatus.DRAFT, {}, ours=True)

    def _own(self, bill: SupplierInvoice, marker: str) -> str:
        """Return the purchase that was made for a bill without order, or ""."""
        found = self.purchases.marked(bill.supplier_key, marker)
        return found.key if found else ""

    def fetch(self, bill: SupplierInvoice, ref: TargetRef) -> Found | None:
        """Return what stands at `ref`; only the purchase, when the bill in it has not been written yet."""
        place = Place.of(ref.key)
        purchase = self.groups.purchase(place.purchase)
        if purchase is None:
            return None
        for part in _parts(purchase.wire, bill):
            if place.holds(part.TaskID or purchase.wire.ID) or (purchase.is_simple and _has_content(part)):
                return self._found(purchase, part, place.part, ours=bool(mark_of(part)))
        return None if place.task else Found(ref, TargetStatus.DRAFT, {}, ours=True)

    def present(self) -> Iterator[Found]:
        """Yield all bills and credit notes; purchases that have not changed are not read again."""
        rows = self.groups.reader.rows("purchaseList", "PurchaseList", {})
        for row in self.groups.reader.purchases(rows):
            if not isinstance(row, dict):
                continue
            purchase = Purchase(WirePurchase.model_validate(row), is_simple=False)
            for word, parts in ((BILL, purchase.wire.Invoice), (CREDIT, purchase.wire.CreditNote)):
                yield from (
                    self._found(purchase, part, word, ours=bool(mark_of(part))) for part in parts if _has_content(part)
                )

    # --- writing ---

    def draft(
        self, bill: SupplierInvoice, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Write the bill as draft into the group that may have it.

        Raises:
            NotReady: its goods have not been received, or what it credits has not been billed.
            AmbiguousWrite: the answer to the creation of a purchase or credit note was lost.
            Refused: Cin7 said no; or it cannot be said there, and then nothing was sent.
        """
        self._check(bill)
        purchase = self._home(bill, marker, ref, bind)
        task = self._task(bill, purchase, marker, ref)
        self._post(bill, purchase, task, "DRAFT", marker)
        made = self._written(bill, purchase, marker)
        bind(made)
        return made

    def amend(self, bill: SupplierInvoice, found: Found) -> None:
        """Replace the draft's content."""
        place = Place.of(found.ref.key)
        self._check(bill)
        purchase = self.groups.must(place.purchase)
        self._post(bill, purchase, place.task, "DRAFT", self._mark_at(bill, purchase, place))

    def authorise(self, bill: SupplierInvoice, ref: TargetRef) -> None:
        """Post the content again as authorised; what is authorised already is left alone."""
        place = Place.of(ref.key)
        purchase = self.groups.must(place.purchase)
        part = _at(purchase, bill, place)
        if part is not None and part.state in DONE:
            return
        self._post(bill, purchase, place.task, "AUTHORISED", mark_of(part) if part else "")

    def _check(self, bill: SupplierInvoice) -> None:
        self.preflight.amounts(bill)
        self.preflight.open_period(bill.date)
        self.preflight.tax_rules(self._form, bill.lines)

    def _home(
        self, bill: SupplierInvoice, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> Purchase:
        """Return the purchase it goes into; one of its own, with its order authorised, where it has no order."""
        if bill.order_key:
            return self.groups.must(bill.order_key)
        if bill.type is InvoiceType.CREDIT_MEMO:
            text = f"credit memo {bill.number} names no order, and Cin7 keeps credit notes in the purchase they credit"
            raise Refused(text, reasons=(("order", text),))
        key = Place.of(ref.key).purchase if ref is not None else self._own(bill, marker)
        if not key:
            key = self._create(bill, marker)
        bind(TargetRef(key=Place(key, BILL).key, parts={"purchase": key}))
        purchase = self.groups.must(key)
        if purchase.wire.Order.state not in DONE:
            rows = self.preflight.form(accounts=False).rows(bill.lines)
            self.purchases.post_order(key, rows, "AUTHORISED", f"{bill.source} {bill.number}")
            purchase = self.groups.must(key)
        return purchase

    def _create(self, bill: SupplierInvoice, marker: str) -> str:
        stocked = any(line.item for line in self._form.lines(bill.lines))
        body: Row = {
            "SupplierID": bill.supplier_key,
            "Approach": "INVOICE",
            "PurchaseType": self.options.purchase_type,
            "IsServiceOnly": not stocked,
            "Location": self.preflight.location(""),
            "Note": note_of(bill.number.strip(), marker),
        }
        if self.options.source_rate and bill.rate:
            body["CurrencyRate"] = bill.rate
        path = "purchase" if self.options.purchase_type == "Simple" and stocked else "advanced-purchase"
        return self.purchases.create(body, path).key

    def _task(self, bill: SupplierInvoice, purchase: Purchase, marker: str, ref: TargetRef | None) -> str:
        """Return the TaskID of the bill that may be written: ours, else an empty one whose gate is open."""
        parts = _parts(purchase.wire, bill)
        mine = next((part.TaskID for part in parts if mark_of(part) == marker and part.state in OPEN), "")
        if mine or (ref is not None and Place.of(ref.key).task):
            return mine or Place.of(ref.key).task  # type: ignore[union-attr]
        if bill.type is InvoiceType.CREDIT_MEMO:
            self._must_be_billed(purchase)
            return ZERO
        free = [part for part in parts if part.state in OPEN and not _has_content(part)]
        if purchase.wire.Approach.upper() == "STOCK" and not purchase.wire.IsServiceOnly:
            received = {stock.TaskID.lower() for stock in purchase.wire.StockReceived if stock.state == "AUTHORISED"}
            free = [part for part in free if part.TaskID.lower() in received or (purchase.is_simple and received)]
            if not free:
                raise NotReady(f"{purchase.name} has received no goods that are not billed yet")
        if not free:
            raise NotReady(f"{purchase.name} has no open bill: authorise or delete the one that is there")
        return free[0].TaskID

    def _must_be_billed(self, purchase: Purchase) -> None:
        if not any(part.state in DONE for part in purchase.wire.Invoice):
            raise NotReady(f"{purchase.name} has no authorised bill that could be credited")

    def _post(self, bill: SupplierInvoice, purchase: Purchase, task: str, status: str, mark: str) -> None:
        body = {
            **purchase.task(task), "CombineAdditionalCharges": False, "Status": status,
            **self._form.rows(bill.lines, mark), **self._header(bill, purchase),
        }  # fmt: skip
        is_credit = bill.type is InvoiceType.CREDIT_MEMO
        path = purchase.path("creditnote" if is_credit else "invoice")
        self.groups.client.write(path, json=body, repeatable=task != ZERO)

    def _header(self, bill: SupplierInvoice, purchase: Purchase) -> Row:
        if bill.type is InvoiceType.INVOICE:
            due = {"InvoiceDueDate": _stamp(bill.due_date)} if bill.due_date else {}
            return {"InvoiceNumber": bill.number.strip(), "InvoiceDate": _stamp(bill.date), **due}
        billed = [part.InvoiceNumber for part in purchase.wire.Invoice if part.state in DONE]
        credited = bill.credits_number if bill.credits_number in billed else billed[0]
        return {
            "CreditNoteNumber": bill.number.strip(), "CreditNoteDate": _stamp(bill.date),
            "CreditNoteInvoiceNumber": credited, "Unstock": [],
        }  # fmt: skip

    def _written(self, bill: SupplierInvoice, purchase: Purchase, marker: str) -> TargetRef:
        """Return where it has been written: the part with our mark, read back."""
        fresh = self.groups.must(purchase.wire.key)
        for part in _parts(fresh.wire, bill):
            if mark_of(part) == marker:
                return _ref(fresh, part, _word(bill))
        raise ContractError(f"{fresh.name} took the {_word(bill)}, and does not show it")

    def _mark_at(self, bill: SupplierInvoice, purchase: Purchase, place: Place) -> str:
        part = _at(purchase, bill, place)
        return mark_of(part) if part is not None else ""

    def _found(self, purchase: Purchase, part: WirePart, word: str, *, ours: bool) -> Found:
        wire = purchase.wire
        is_bill = word == BILL
        date = calendar_date(part.InvoiceDate if is_bill else part.CreditNoteDate)
        due = calendar_date(part.InvoiceDueDate) if is_bill else None
        void = wire.is_void or part.state == "VOIDED"
        done = part.state in DONE
        return Found(
            ref=_ref(purchase, part, word),
            status=TargetStatus.VOIDED if void else TargetStatus.AUTHORISED if done else TargetStatus.DRAFT,
            fields={
                "number": _number(part).strip(),
                "supplier": wire.SupplierID.lower(),
                "date": date.isoformat() if date else "",
                "due_date": due.isoformat() if due else "",
                "currency": wire.SupplierCurrency.strip().upper(),
                "net": plain(part.TotalBeforeTax),
                "tax": plain(part.Tax),
                "gross": plain(part.Total),
                **self._form.shown(part, inclusive=is_inclusive(wire)),
            },
            ours=ours,
            frozen=f"an authorised {word} can only be changed in Cin7 after an undo there." if done else "",
        )


def _word(bill: SupplierInvoice) -> str:
    return BILL if bill.type is InvoiceType.INVOICE else CREDIT


def _parts(wire: WirePurchase, bill: SupplierInvoice) -> list[WirePart]:
    return list(wire.Invoice if bill.type is InvoiceType.INVOICE else wire.CreditNote)


def _at(purchase: Purchase, bill: SupplierInvoice, place: Place) -> WirePart | None:
    parts = _parts(purchase.wire, bill)
    return next((part for part in parts if place.holds(part.TaskID or purchase.wire.ID)), None)


def _has_content(part: WirePart) -> bool:
    return bool(part.Lines or part.AdditionalCharges)


def _number(part: WirePart) -> str:
    return part.InvoiceNumber or part.CreditNoteNumber


def _ref(purchase: Purchase, part: WirePart, word: str) -> TargetRef:
    task = (part.TaskID or purchase.wire.ID).lower()
    return TargetRef(key=Place(purchase.wire.key, word, task).key, number=_number(part).strip())


def _stamp(day: dt.date) -> str:
    return f"{day.isoformat()}T00:00:00"

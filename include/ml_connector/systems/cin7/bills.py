"""Writing supplier invoices: each into a group of its order's purchase, or into a purchase of its own.

A bill's POST replaces its content until it is authorised, so it may be repeated. Our mark stands in the comment of its
first line: a bill has no field for one (https://dearinventory.docs.apiary.io, Purchase Invoice).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ml_connector.domain.documents import Document, DocumentStatus, SupplierInvoice
from ml_connector.domain.errors import ContractError
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Fields, Found, TargetRef
from ml_connector.systems.cin7.bill_body import bill_body, shown_fields, status_of, wanted_fields
from ml_connector.systems.cin7.groups import OPEN, Group, Purchase, Row, is_empty, refused_purchase
from ml_connector.systems.cin7.lines import LineForm, mark_of, quantities_of
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.systems.cin7.order_body import is_inclusive, note_of
from ml_connector.systems.cin7.preflight import Preflight, refused
from ml_connector.systems.cin7.purchases import Cin7Purchases
from ml_connector.systems.cin7.reading import problems
from ml_connector.systems.cin7.translate import AUTHORISED, BILLED, VOIDED, documents_from
from ml_connector.systems.cin7.whole import WholePurchases
from ml_connector.transport.client import Client

BEGUN = {"begun": "header"}
"""The parts of a reference to a purchase made for a bill that has not been written into it yet."""


@dataclass(frozen=True)
class Cin7Bills:
    """The bills of one account.

    Args:
        currency_of: supplier key → the currency that Cin7 buys from it in.
    """

    client: Client
    whole: WholePurchases
    purchases: Cin7Purchases
    preflight: Preflight
    options: Cin7Options
    currency_of: Callable[[str], str]

    @property
    def form(self) -> LineForm:
        """How a bill's lines are said."""
        return self.preflight.form(accounts=True)

    def project(self, bill: SupplierInvoice) -> Fields:
        """Return what Cin7 shows of it."""
        return wanted_fields(bill, self.form)

    # --- looking ---

    def find(self, bill: SupplierInvoice, marker: str) -> Found | None:
        """Return the bill with our mark, else one of this number that a person keyed, in whatever purchase it is.

        Raises:
            Refused: several bills of the supplier have the number.
        """
        home = self.whole.read(bill.order_key) if bill.order_key else None
        if home is not None:
            ours = next((group for group in _held(home) if mark_of(group.bill) == marker), None)
            if ours is not None:
                return self._found(home, ours)
        keyed = self._keyed(bill, home)
        if keyed is not None or bill.order_key:
            return keyed
        wire = self.purchases.marked(bill.supplier_key, marker)
        return None if wire is None else self.fetch(bill, _begun(wire.key, wire.OrderNumber))

    def _keyed(self, bill: SupplierInvoice, home: Purchase | None) -> Found | None:
        """Return the bill of this number that is not ours; one with a mark is another document's."""
        others = self.whole.with_number(bill.supplier_key, bill.number, "InvoiceNumber")
        places = {purchase.wire.key: purchase for purchase in others}
        if home is not None:
            places[home.wire.key] = home
        number = bill.number.strip().casefold()
        found = [
            (purchase, group)
            for purchase in places.values()
            for group in _held(purchase)
            if group.bill.InvoiceNumber.strip().casefold() == number and not mark_of(group.bill)
        ]
        if len(found) > 1:
            names = ", ".join(sorted({purchase.name for purchase, _ in found}))
            raise refused("number", f"Cin7 has several bills {bill.number} of {bill.supplier_name}: in {names}")
        return self._found(*found[0]) if found else None

    def fetch(self, bill: SupplierInvoice, ref: TargetRef) -> Found | None:
        """Return what stands at `ref`; an empty draft, where only the purchase for it has been made."""
        purchase = self.whole.read(purchase_of(ref))
        group = None if purchase is None else purchase.group(_number_in(ref))
        if purchase is None or group is None:
            return None
        if _is_same(group, bill, ref) or status_of(purchase.wire, group.bill) is TargetStatus.VOIDED:
            return self._found(purchase, group)
        return Found(ref, TargetStatus.DRAFT, {}, ours=True) if ref.parts == BEGUN else None

    def present(self) -> Iterator[Found]:
        """Yield all bills."""
        for purchase in self.whole.holding("InvoiceStatus", "CombinedInvoiceStatus"):
            yield from (self._found(purchase, group) for group in purchase.groups if not is_empty(group.bill))

    # --- writing ---

    def draft(
        self, bill: SupplierInvoice, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Write the bill as draft into the group that may have it.

        Raises:
            NotReady: its goods have not been received.
            AmbiguousWrite: the answer to the creation of a purchase was lost.
            Refused: Cin7 said no; or it cannot be said there, and then nothing was sent.
        """
        home = self.whole.must(bill.order_key) if bill.order_key else None
        self._body(bill, marker, home)
        purchase = home or self._own_purchase(bill, marker, ref, bind)
        self._check_currency(bill, purchase.wire.SupplierCurrency)
        group = self._group(bill, purchase, marker, ref)
        if group.bill.state in OPEN:
            self._post(purchase, group, self._body(bill, marker, purchase), "DRAFT")
        made = _ref(purchase, group, bill.number.strip(), marker)
        bind(made)
        return made

    def amend(self, bill: SupplierInvoice, found: Found, _fields: Collection[str]) -> None:
        """Replace the draft's content."""
        purchase, group = self._standing(bill, found.ref)
        self._post(purchase, group, self._body(bill, mark_of(group.bill), purchase), "DRAFT")

    def authorise(self, bill: SupplierInvoice, ref: TargetRef) -> None:
        """Post the content again as authorised; what is authorised already is left alone."""
        purchase, group = self._standing(bill, ref)
        if group.bill.state not in BILLED:
            self._post(purchase, group, self._body(bill, mark_of(group.bill), purchase), AUTHORISED)

    def _body(self, bill: SupplierInvoice, marker: str, purchase: Purchase | None) -> Row:
        """Return the content; without a purchase for one that we make, whose prices are without tax."""
        if bill.status is not DocumentStatus.AUTHORISED:
            raise refused("status", f"Cin7 takes no {bill.status.value} bill from us")
        self.preflight.amounts(bill)
        self.preflight.open_period(bill.date)
        self.preflight.tax_rules(self.form, bill.lines)
        inclusive = purchase is not None and is_inclusive(purchase.wire)
        return bill_body(bill, self.form, marker, inclusive=inclusive)

    def _group(self, bill: SupplierInvoice, purchase: Purchase, marker: str, ref: TargetRef | None) -> Group:
        """Return the group that holds our bill already, else one that is free for it."""
        for group in _held(purchase):
            if mark_of(group.bill) == marker or (ref is not None and _is_at(group, ref) and _is_same(group, bill, ref)):
                return group
        return purchase.group_for_bill(quantities_of(self.form.lines(bill.lines)))

    def _standing(self, bill: SupplierInvoice, ref: TargetRef) -> tuple[Purchase, Group]:
        """Return where our draft stands.

        Raises:
            Refused: it is not there any more: it must not replace another bill.
        """
        purchase = self.whole.must(purchase_of(ref))
        group = purchase.group(_number_in(ref))
        if group is None or not (_is_same(group, bill, ref) or group.bill_is_free):
            raise refused_purchase(f"the draft {ref.number} is not in {purchase.name} any more")
        return purchase, group

    def _own_purchase(
        self, bill: SupplierInvoice, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> Purchase:
        """Return the purchase made for a bill that no order stands behind, its order authorised; each step once."""
        order = self.preflight.form(accounts=False).rows(bill.lines)
        if ref is None:
            self._check_currency(bill, self.currency_of(bill.supplier_key))
            ref = self._create(bill, marker)
            bind(ref)
        purchase = self.whole.must(purchase_of(ref))
        if purchase.wire.Order.state in OPEN and not purchase.wire.is_void:
            self.purchases.post_order(purchase.wire.key, order, AUTHORISED, f"{bill.source} {bill.number}")
            purchase = self.whole.must(purchase.wire.key)
        return purchase

    def _create(self, bill: SupplierInvoice, marker: str) -> TargetRef:
        """Create the header: a service purchase, or invoice first where goods are billed."""
        is_service = not any(line.item for line in self.form.lines(bill.lines))
        body: Row = {
            "SupplierID": bill.supplier_key,
            "Approach": "INVOICE",
            "PurchaseType": self.options.purchase_type,
            "IsServiceOnly": is_service,
            "Location": self.preflight.location(""),
            "Note": note_of(bill.number.strip(), marker),
        }
        if self.options.source_rate and bill.rate:
            body["CurrencyRate"] = bill.rate
        is_simple = self.options.purchase_type == "Simple" and not is_service
        made = self.purchases.create(body, "purchase" if is_simple else "advanced-purchase")
        return _begun(made.key, made.number)

    def _check_currency(self, bill: SupplierInvoice, currency: str) -> None:
        """Check that Cin7 bills in the document's currency: it has no other than the supplier's."""
        there = currency.strip().upper()
        if bill.currency and there and bill.currency != there:
            raise refused("currency", f"it is in {bill.currency}, and Cin7 buys from this supplier in {there}")

    def _post(self, purchase: Purchase, group: Group, body: Row, status: str) -> None:
        body = {**purchase.names(group.task), **body, "Status": status}
        self.client.write(purchase.path("invoice"), json=body, repeatable=True)

    def _found(self, purchase: Purchase, group: Group) -> Found:
        mark = mark_of(group.bill)
        try:
            fields = shown_fields(purchase.wire, group.bill, self.form, credit=False)
        except ValueError as error:
            raise ContractError(f"{purchase.name}: {problems(error)}", answer=str(group.bill)[:2000]) from None
        ref = _ref(purchase, group, group.bill.InvoiceNumber.strip(), mark)
        billed = group.bill.state in BILLED
        return Found(
            ref=ref,
            status=status_of(purchase.wire, group.bill),
            fields=fields,
            ours=bool(mark),
            frozen="an authorised bill can only be changed in Cin7 after an undo there." if billed else "",
            document=document_at(purchase, SupplierInvoice.kind, ref.key),
        )


def purchase_of(ref: TargetRef) -> str:
    """Return the ID of the purchase that a reference leads into."""
    return ref.key.split("/")[0]


def document_at(purchase: Purchase, kind: str, key: str) -> Document | None:
    """Return the document of this key as a source would yield it; None while it is not final."""
    try:
        found = list(documents_from(purchase.wire, kind))
    except ValueError:
        return None
    return next((one for one in found if one.key == key), None)


def _held(purchase: Purchase) -> list[Group]:
    """Return the groups whose bill says something and counts."""
    if purchase.wire.is_void:
        return []
    return [group for group in purchase.groups if not is_empty(group.bill) and group.bill.state != VOIDED]


def _ref(purchase: Purchase, group: Group, number: str, mark: str) -> TargetRef:
    return TargetRef(
        key=f"{purchase.wire.key}/bill/{group.number}",
        number=f"{number} in {purchase.name}",
        parts={"task": group.task, "mark": mark},
    )


def _begun(purchase_id: str, order_number: str) -> TargetRef:
    return TargetRef(key=f"{purchase_id}/bill/0", number=order_number, parts=BEGUN)


def _number_in(ref: TargetRef) -> int:
    return int(ref.key.rsplit("/", 1)[1])


def _is_at(group: Group, ref: TargetRef) -> bool:
    return group.number == _number_in(ref)


def _is_same(group: Group, bill: SupplierInvoice, ref: TargetRef) -> bool:
    """Tell whether the group holds the bill that `ref` was bound to: by its mark, else by its number."""
    if is_empty(group.bill):
        return False
    mark = mark_of(group.bill)
    if mark and ref.parts.get("mark"):
        return mark == ref.parts["mark"]
    return group.bill.InvoiceNumber.strip().casefold() == bill.number.strip().casefold()

"""Writing purchase orders: header, lines as draft, read back, lines again as authorised.

Cin7 has no idempotency key, no external reference and no search in notes. A header carries our marker in its `Note`,
and one whose creating answer was lost is looked for among the supplier's purchases
(https://github.com/jamespudney/cin7_sync reports the orphans of doing without).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator

from ml_connector.domain.documents import Document, DocumentStatus, PurchaseOrder
from ml_connector.domain.errors import ContractError, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Fields, Found, TargetRef
from ml_connector.systems.cin7.listing import day_of
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.systems.cin7.order_body import note_of, read_note, shown_fields, wanted_fields
from ml_connector.systems.cin7.preflight import Preflight, refused
from ml_connector.systems.cin7.reading import Cin7Reader, Row, problems
from ml_connector.systems.cin7.translate import documents_from
from ml_connector.systems.cin7.wire import WirePurchase, moment, parameter
from ml_connector.transport.client import Client

LOOK_BACK = dt.timedelta(days=45)
"""How far back a lost header is looked for by its change stamp: longer than any outage."""
RECENT = dt.timedelta(days=2)
"""How far back all authorised orders are looked at too: a person may have completed the lost header."""


class Cin7Purchases:
    """The purchases of one account as a destination for orders."""

    def __init__(
        self,
        client: Client,
        reader: Cin7Reader,
        preflight: Preflight,
        options: Cin7Options,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._client, self._reader, self._preflight, self._options, self._now = client, reader, preflight, options, now

    def find(self, document: Document, marker: str) -> Found | None:
        """Return the purchase that carries our marker."""
        order = order_of(document)
        wire = self.marked(order.supplier_key, marker, order.required_by)
        return None if wire is None else self._found(wire, marker)

    def marked(self, supplier_key: str, marker: str, required_by: dt.date | None = None) -> WirePurchase | None:
        """Return the supplier's purchase whose header carries our marker.

        A header without lines is not authorised, so of the older purchases those are read whose order is not, and the
        authorised ones required by the same day: the connector's own memory may have been put back from a backup.
        """
        since = parameter(self._now() - LOOK_BACK)
        for row in self._reader.rows("purchaseList", "PurchaseList", {"UpdatedSince": since}, record=False):
            if str(row.get("SupplierID", "")).lower() != supplier_key.lower():
                continue
            if not self._may_be_lost(row) and day_of(row.get("RequiredBy")) != required_by:
                continue
            wire = self._wire(str(row["ID"]).lower())
            if wire is not None and read_note(wire.Note)[1] == marker:
                return wire
        return None

    def _may_be_lost(self, row: Row) -> bool:
        if str(row.get("OrderStatus")).strip().upper() != "AUTHORISED":
            return True
        try:
            return moment(str(row.get("LastUpdatedDate"))) >= self._now() - RECENT
        except ValueError:
            return True

    def fetch(self, document: Document, ref: TargetRef) -> Found | None:
        """Return the purchase, read fresh; it is ours when it carries a marker of ours.

        Raises:
            ContractError: it has a shape that we do not know.
        """
        order_of(document)
        wire = self._wire(ref.key)
        return None if wire is None else self._found(wire, None)

    def _wire(self, key: str) -> WirePurchase | None:
        found = self._reader.whole(key, simple_first=self._options.purchase_type == "Simple")
        return found[0] if found else None

    def draft(
        self, document: Document, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Create the header and bind it, then put the lines in as draft.

        Raises:
            Refused: Cin7 said no; or a line cannot be said there, and then nothing was sent.
        """
        order = order_of(document)
        if order.status is DocumentStatus.VOIDED:
            raise refused("status", "a void order is not created")
        lines = self._lines(order)
        if ref is None:
            ref = self._create_header(order, marker)
            bind(ref)
        self.post_order(ref.key, lines, "DRAFT", f"{order.source} {order.number}")
        return ref

    def amend(self, document: Document, found: Found, fields: Collection[str]) -> None:
        """Bring a draft to what the order says: the date of the header, and all lines."""
        order = order_of(document)
        if "required_by" in fields:
            path, row = self._reader.located(found.ref.key)
            kept = ("ID", "SupplierID", "Approach", "Location", "Note", "Terms", "TaxCalculation", "CurrencyRate")
            body = {name: row[name] for name in kept if row.get(name)}
            self._client.write(path, method="PUT", json=body | _required_by(order), repeatable=True)
        self.post_order(found.ref.key, self._lines(order), "DRAFT", f"{order.source} {order.number}")

    def authorise(self, document: Document, ref: TargetRef) -> None:
        """Post the lines again as authorised; an order that is authorised already is left alone."""
        order = order_of(document)
        found = self.fetch(order, ref)
        if found is not None and found.status is TargetStatus.AUTHORISED:
            return
        self.post_order(ref.key, self._lines(order), "AUTHORISED", f"{order.source} {order.number}")

    def project(self, document: Document) -> Fields:
        """Return what Cin7 shows of an order."""
        return wanted_fields(order_of(document), self._preflight.form(accounts=False))

    def _lines(self, order: PurchaseOrder) -> Row:
        form = self._preflight.form(accounts=False)
        self._preflight.tax_rules(form, order.lines)
        return form.rows(order.lines)

    def present(self) -> Iterator[Found]:
        """Yield every purchase that has an order, from the list alone."""
        for row in self._reader.every_purchase():
            status = str(row.get("OrderStatus", "")).strip().upper()
            if status == "NOT AVAILABLE":
                continue
            states = {"AUTHORISED": TargetStatus.AUTHORISED, "VOIDED": TargetStatus.VOIDED}
            yield Found(
                ref=TargetRef(key=str(row["ID"]).lower(), number=str(row.get("OrderNumber") or "")),
                status=states.get(status, TargetStatus.DRAFT),
                fields={
                    "supplier": str(row.get("SupplierID", "")).lower(),
                    "currency": str(row.get("SupplierCurrency") or "").strip().upper(),
                },
                entered_on=day_of(row.get("OrderDate")),
            )

    def _create_header(self, order: PurchaseOrder, marker: str) -> TargetRef:
        self._preflight.terms(order.terms)
        body: Row = {
            "SupplierID": order.supplier_key,
            "Approach": self._options.approach,
            "PurchaseType": self._options.purchase_type,
            "Location": self._preflight.location(order.location),
            "Note": note_of(order.number, marker),
            **_required_by(order),
        }
        if order.terms:
            body["Terms"] = order.terms
        return self.create(body, "purchase" if self._options.purchase_type == "Simple" else "advanced-purchase")

    def create(self, body: Row, path: str) -> TargetRef:
        """Create a header and return the purchase.

        Raises:
            AmbiguousWrite: the answer was lost; it is to be looked up by the marker in its note.
        """
        made = self._client.write(path, json=body | {"TaxCalculation": "Exclusive"}).data
        if not isinstance(made, dict) or not made.get("ID"):
            raise ContractError(f"{path} answered without the purchase it made", answer=str(made)[:2000])
        return TargetRef(key=str(made["ID"]).lower(), number=str(made.get("OrderNumber") or ""))

    def post_order(self, purchase_id: str, lines: Row, status: str, memo: str) -> None:
        """Replace the order's lines: a POST of the same lines is the same order, so it may be repeated."""
        body = {"TaskID": purchase_id, "CombineAdditionalCharges": False, "Memo": memo, "Status": status, **lines}
        self._client.write("purchase/order", json=body, repeatable=True)

    def _found(self, wire: WirePurchase, marker: str | None) -> Found:
        mark = read_note(wire.Note)[1]
        authorised = wire.Order.state == "AUTHORISED"
        return Found(
            ref=TargetRef(key=wire.key, number=wire.OrderNumber),
            status=_status(wire),
            fields=self._shown(wire),
            ours=bool(mark) and mark == (marker or mark),
            frozen="an authorised order can only be changed in Cin7 after an undo there." if authorised else "",
            document=self._document(wire),
        )

    def _shown(self, wire: WirePurchase) -> Fields:
        try:
            return shown_fields(wire, self._preflight.form(accounts=False))
        except ValueError as error:
            raise _odd(wire, error) from None

    def _document(self, wire: WirePurchase) -> Document | None:
        try:
            return next(documents_from(wire, PurchaseOrder.kind), None)
        except ValueError as error:
            raise _odd(wire, error) from None


def order_of(document: Document) -> PurchaseOrder:
    """Return the document as the order it must be.

    Raises:
        Refused: not an order.
    """
    if not isinstance(document, PurchaseOrder):
        raise Refused(f"Cin7 takes no {document.kind} from us", reasons=(("", "not supported"),))
    return document


def _required_by(order: PurchaseOrder) -> Row:
    return {"RequiredBy": f"{order.required_by.isoformat()}T00:00:00"} if order.required_by else {}


def _odd(wire: WirePurchase, error: ValueError) -> ContractError:
    return ContractError(f"purchase {wire.key}: {problems(error)}", answer=str(wire)[:2000])


def _status(wire: WirePurchase) -> TargetStatus:
    if wire.is_void or wire.Order.state == "VOIDED":
        return TargetStatus.VOIDED
    return TargetStatus.AUTHORISED if wire.Order.state == "AUTHORISED" else TargetStatus.DRAFT

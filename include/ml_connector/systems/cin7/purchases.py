"""Writing purchase orders: header, lines as draft, read back, lines again as authorised.

Cin7 has no idempotency key, no external reference and no search in notes. A header carries our marker in its `Note`,
and one whose creating answer was lost is looked for among the supplier's purchases
(https://github.com/jamespudney/cin7_sync reports the orphans of doing without).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator

from pydantic import ValidationError

from ml_connector.domain.documents import Document, DocumentStatus, PurchaseOrder
from ml_connector.domain.errors import ContractError, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Fields, Found, TargetRef
from ml_connector.systems.cin7.books import Cin7Books
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.systems.cin7.order_body import lines_of, note_of, read_note, shown_fields, wanted_fields
from ml_connector.systems.cin7.reading import Cin7Reader, Row, problems
from ml_connector.systems.cin7.translate import documents_from
from ml_connector.systems.cin7.wire import WirePurchase, moment, parameter
from ml_connector.transport.client import Client

LOOK_BACK = dt.timedelta(days=45)
"""How far back a lost header is looked for by its change stamp: longer than any outage."""
RECENT = dt.timedelta(days=2)
"""How far back authorised orders are looked at too: a person may have completed the lost header."""


class Cin7Purchases:
    """The purchases of one account as a destination for orders."""

    def __init__(
        self,
        client: Client,
        reader: Cin7Reader,
        books: Cin7Books,
        options: Cin7Options,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._client, self._reader, self._books, self._options, self._now = client, reader, books, options, now

    def find(self, order: PurchaseOrder, marker: str) -> Found | None:
        """Return the purchase that carries our marker.

        A header without lines is not authorised, so of the older purchases only those are read whose order is not.
        """
        since = parameter(self._now() - LOOK_BACK)
        for row in self._reader.rows("purchaseList", "PurchaseList", {"UpdatedSince": since}, record=False):
            if str(row.get("SupplierID", "")).lower() != order.supplier_key.lower() or not self._may_be_lost(row):
                continue
            found = self.read(str(row["ID"]).lower(), marker)
            if found is not None and found.ours:
                return found
        return None

    def _may_be_lost(self, row: Row) -> bool:
        if str(row.get("OrderStatus")).strip().upper() != "AUTHORISED":
            return True
        try:
            return moment(str(row.get("LastUpdatedDate"))) >= self._now() - RECENT
        except ValueError:
            return True

    def read(self, key: str, marker: str | None = None) -> Found | None:
        """Return the purchase, read fresh; it is ours when it carries the marker, or any of ours when None.

        Raises:
            ContractError: it has a shape that we do not know.
        """
        row = self._reader.purchase(key, simple_first=self._options.purchase_type == "Simple")
        if row is None:
            return None
        try:
            return _found(WirePurchase.model_validate(row), marker)
        except (ValidationError, ValueError) as error:
            raise ContractError(f"purchase {key}: {problems(error)}", answer=str(row)[:2000]) from None

    def draft(
        self, order: PurchaseOrder, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Create the header and bind it, then put the lines in as draft.

        Raises:
            Refused: Cin7 said no; or a line cannot be said there, and then nothing was sent.
        """
        lines = lines_of(order, self._options.tax_rule)
        if ref is None:
            ref = self._create_header(order, marker)
            bind(ref)
        self._post_lines(order, lines, ref, "DRAFT")
        return ref

    def amend(self, order: PurchaseOrder, found: Found, fields: Collection[str]) -> None:
        """Bring a draft to what the order says: the date of the header, and all lines."""
        if "required_by" in fields:
            path, row = self._reader.located(found.ref.key)
            kept = ("ID", "SupplierID", "Approach", "Location", "Note", "Terms", "TaxCalculation", "CurrencyRate")
            body = {name: row[name] for name in kept if row.get(name)}
            self._client.write(path, method="PUT", json=body | _required_by(order), repeatable=True)
        self._post_lines(order, lines_of(order, self._options.tax_rule), found.ref, "DRAFT")

    def authorise(self, order: PurchaseOrder, ref: TargetRef) -> None:
        """Post the lines again as authorised; an order that is authorised already is left alone."""
        found = self.read(ref.key)
        if found is not None and found.status is TargetStatus.AUTHORISED:
            return
        self._post_lines(order, lines_of(order, self._options.tax_rule), ref, "AUTHORISED")

    def project(self, order: PurchaseOrder) -> Fields:
        """Return what Cin7 shows of an order."""
        return wanted_fields(order)

    def present(self) -> Iterator[Found]:
        """Yield every purchase that has an order, from the list alone."""
        for row in self._reader.rows("purchaseList", "PurchaseList", {}):
            status = str(row.get("OrderStatus", "")).strip().upper()
            if status == "NOT AVAILABLE":
                continue
            states = {"AUTHORISED": TargetStatus.AUTHORISED, "VOIDED": TargetStatus.VOIDED}
            yield Found(
                ref=TargetRef(key=str(row["ID"]).lower(), number=str(row.get("OrderNumber") or "")),
                status=states.get(status, TargetStatus.DRAFT),
                fields={"supplier": str(row.get("SupplierID", "")).lower()},
            )

    def _create_header(self, order: PurchaseOrder, marker: str) -> TargetRef:
        body: Row = {
            "SupplierID": order.supplier_key,
            "Approach": self._options.approach,
            "PurchaseType": self._options.purchase_type,
            "Location": order.location or self._options.location or self._books.default_location(),
            "TaxCalculation": "Exclusive",
            "Note": note_of(order, marker),
            **_required_by(order),
        }
        if order.terms:
            body["Terms"] = order.terms
        path = "purchase" if self._options.purchase_type == "Simple" else "advanced-purchase"
        made = self._client.write(path, json=body).data
        if not isinstance(made, dict) or not made.get("ID"):
            raise ContractError(f"{path} answered without the purchase it made", answer=str(made)[:2000])
        return TargetRef(key=str(made["ID"]).lower(), number=str(made.get("OrderNumber") or ""))

    def _post_lines(self, order: PurchaseOrder, lines: Row, ref: TargetRef, status: str) -> None:
        """Replace the order's lines: a POST of the same lines is the same order, so it may be repeated."""
        body = {
            "TaskID": ref.key,
            "CombineAdditionalCharges": False,
            "Memo": f"{order.source} {order.number}",
            "Status": status,
            **lines,
        }
        self._client.write("purchase/order", json=body, repeatable=True)


def order_of(document: Document) -> PurchaseOrder:
    """Return the document as the order it must be.

    Raises:
        Refused: this kind cannot be written to Cin7 (yet).
    """
    if not isinstance(document, PurchaseOrder) or document.status is not DocumentStatus.AUTHORISED:
        raise Refused(f"Cin7 takes no {document.kind} from us", reasons=(("", "not supported"),))
    return document


def _required_by(order: PurchaseOrder) -> Row:
    return {"RequiredBy": f"{order.required_by.isoformat()}T00:00:00"} if order.required_by else {}


def _found(wire: WirePurchase, marker: str | None) -> Found:
    mark = read_note(wire.Note)[1]
    authorised = wire.Order.state == "AUTHORISED"
    return Found(
        ref=TargetRef(key=wire.ID.lower(), number=wire.OrderNumber),
        status=_status(wire),
        fields=shown_fields(wire),
        ours=bool(mark) and mark == (marker or mark),
        frozen="an authorised order can only be changed in Cin7 after an undo there." if authorised else "",
        document=next(documents_from(wire, PurchaseOrder.kind), None),
    )


def _status(wire: WirePurchase) -> TargetStatus:
    if wire.is_void or wire.Order.state == "VOIDED":
        return TargetStatus.VOIDED
    return TargetStatus.AUTHORISED if wire.Order.state == "AUTHORISED" else TargetStatus.DRAFT

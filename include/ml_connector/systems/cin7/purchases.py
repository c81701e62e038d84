"""Writing purchase orders: header, lines as draft, read back, lines again as authorised.

Cin7 has no idempotency key, no external reference and no search in notes. A header carries our marker in its `Note`,
and one whose creating answer was lost is looked for among the supplier's purchases changed since the attempt
(https://github.com/jamespudney/cin7_sync reports the orphans of doing without).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ml_connector.domain.documents import Document, DocumentStatus, Line, PurchaseOrder
from ml_connector.domain.errors import ContractError, Refused
from ml_connector.domain.money import CENT, plain
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Fields, Found, TargetRef
from ml_connector.systems.cin7.books import Cin7Books
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.systems.cin7.reading import Cin7Reader, Row
from ml_connector.systems.cin7.translate import documents_from
from ml_connector.systems.cin7.wire import WireLine, WirePurchase, calendar_date, parameter
from ml_connector.transport.client import Client

LOOK_BACK = dt.timedelta(days=2)
"""How far back a lost header is looked for by its change stamp."""
_MARKER = re.compile(r"mlc:[0-9a-f]+")


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
        """Return the purchase that carries our marker, among the supplier's recently changed ones."""
        since = parameter(self._now() - LOOK_BACK)
        rows = self._reader.rows("purchaseList", "PurchaseList", {"UpdatedSince": since})
        for row in rows:
            if str(row.get("SupplierID", "")).lower() != order.supplier_key.lower():
                continue
            found = self.read(str(row["ID"]).lower(), marker)
            if found is not None and found.ours:
                return found
        return None

    def read(self, key: str, marker: str | None = None) -> Found | None:
        """Return the purchase, read fresh."""
        row = self._reader.purchase(key, simple_first=self._options.purchase_type == "Simple")
        if row is None:
            return None
        wire = WirePurchase.model_validate(row)
        mark = _MARKER.search(wire.Note)
        return Found(
            ref=TargetRef(key=wire.ID.lower(), number=wire.OrderNumber),
            status=_status(wire),
            fields=_fields_of(wire),
            ours=mark is not None and (marker is None or mark.group() == marker),
            frozen=_frozen(wire),
            document=next(documents_from(wire, PurchaseOrder.kind), None),
        )

    def draft(
        self, order: PurchaseOrder, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Create the header and bind it, then put the lines in as draft."""
        if ref is None:
            ref = self._create_header(order, marker)
            bind(ref)
        self._post_lines(order, ref, "DRAFT")
        return ref

    def authorise(self, order: PurchaseOrder, ref: TargetRef) -> None:
        """Post the lines again as authorised; an order that is authorised already is left alone."""
        found = self.read(ref.key)
        if found is not None and found.status is TargetStatus.AUTHORISED:
            return
        self._post_lines(order, ref, "AUTHORISED")

    def project(self, order: PurchaseOrder) -> Fields:
        """Return what Cin7 shows of an order."""
        return {
            "number": order.number,
            "supplier": order.supplier_key.lower(),
            "net": plain(order.net),
            "tax": plain(order.tax),
            "gross": plain(order.gross),
            "required_by": order.required_by.isoformat() if order.required_by else "",
            **_line_fields([(line.item or line.description, line.quantity, line.net) for line in order.lines]),
        }

    def present(self) -> Iterator[Found]:
        """Yield every purchase that has an order, from the list alone."""
        for row in self._reader.rows("purchaseList", "PurchaseList", {}):
            if str(row.get("OrderStatus", "")).upper() == "NOT AVAILABLE":
                continue
            states = {"AUTHORISED": TargetStatus.AUTHORISED, "VOIDED": TargetStatus.VOIDED}
            yield Found(
                ref=TargetRef(key=str(row["ID"]).lower(), number=str(row.get("OrderNumber") or "")),
                status=states.get(str(row.get("OrderStatus", "")).upper(), TargetStatus.DRAFT),
                fields={"supplier": str(row.get("SupplierID", "")).lower()},
            )

    def _create_header(self, order: PurchaseOrder, marker: str) -> TargetRef:
        body: Row = {
            "SupplierID": order.supplier_key,
            "Approach": self._options.approach,
            "PurchaseType": self._options.purchase_type,
            "Location": order.location or self._options.location or self._books.default_location(),
            "TaxCalculation": "Exclusive",
            "Note": f"{order.number} {marker}",
        }
        if order.terms:
            body["Terms"] = order.terms
        if order.required_by:
            body["RequiredBy"] = f"{order.required_by.isoformat()}T00:00:00"
        path = "purchase" if self._options.purchase_type == "Simple" else "advanced-purchase"
        made = self._client.write(path, json=body).data
        if not isinstance(made, dict) or not made.get("ID"):
            raise ContractError(f"{path} answered without the purchase it made", answer=str(made)[:2000])
        return TargetRef(key=str(made["ID"]).lower(), number=str(made.get("OrderNumber") or ""))

    def _post_lines(self, order: PurchaseOrder, ref: TargetRef, status: str) -> None:
        """Replace the order's lines: a POST of the same lines is the same order, so it may be repeated."""
        body = {
            "TaskID": ref.key,
            "CombineAdditionalCharges": False,
            "Memo": f"{order.source} {order.number}",
            "Status": status,
            "Lines": [_order_line(line) for line in order.lines if line.item],
            "AdditionalCharges": [_charge(line) for line in order.lines if not line.item],
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


def _price(line: Line) -> dict[str, Any]:
    """Return price and total so that Cin7's own check (quantity × price, to the cent) holds."""
    price = line.unit_price
    if (line.quantity * price).quantize(CENT, ROUND_HALF_UP) != line.net and line.quantity:
        price = (line.net / line.quantity).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return {"Quantity": line.quantity, "Price": price, "Discount": 0, "Tax": line.tax, "Total": line.net}


def _order_line(line: Line) -> Row:
    return {"SKU": line.item, "Name": line.description or line.item, "TaxRule": line.tax_rule, **_price(line)}


def _charge(line: Line) -> Row:
    return {"Description": line.description, "Reference": "", "TaxRule": line.tax_rule, **_price(line)}


def _status(wire: WirePurchase) -> TargetStatus:
    if wire.is_void or wire.Order.state == "VOIDED":
        return TargetStatus.VOIDED
    return TargetStatus.AUTHORISED if wire.Order.state == "AUTHORISED" else TargetStatus.DRAFT


def _frozen(wire: WirePurchase) -> str:
    if wire.Order.state == "AUTHORISED":
        return "an authorised order can only be changed in Cin7 after an undo there."
    return ""


def _fields_of(wire: WirePurchase) -> Fields:
    rows = [(line.SKU, line.Quantity, _net(line)) for line in wire.Order.Lines]
    rows += [(charge.Description, charge.Quantity, _net(charge)) for charge in wire.Order.AdditionalCharges]
    required = calendar_date(wire.RequiredBy)
    return {
        "number": _MARKER.sub("", wire.Note).strip(),
        "supplier": wire.SupplierID.lower(),
        "net": plain(wire.Order.TotalBeforeTax),
        "tax": plain(wire.Order.Tax),
        "gross": plain(wire.Order.Total),
        "required_by": required.isoformat() if required else "",
        **_line_fields(rows),
    }


def _net(line: WireLine) -> Decimal:
    return line.Total


def _line_fields(rows: list[tuple[str, Decimal, Decimal]]) -> dict[str, str]:
    """Return lines in one canonical order: answers come back in another than sent."""
    fields: dict[str, str] = {}
    for index, (item, quantity, net) in enumerate(sorted(rows, key=lambda row: (row[0], row[1], row[2]))):
        fields |= {
            f"lines[{index}].item": item,
            f"lines[{index}].quantity": plain(quantity),
            f"lines[{index}].net": plain(net),
        }
    return fields

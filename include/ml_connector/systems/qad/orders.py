"""Writing purchase orders: an unconfirmed header, then one line after the other, then the confirmation.

A line goes through the steps of QAD's own form, each answer whole into the next call; skipping one leaves unit or cost
empty. An order of which only some lines are there gets the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from ml_connector.domain.documents import DocumentStatus, PurchaseOrder
from ml_connector.domain.errors import Refused
from ml_connector.domain.money import plain
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Found, TargetRef
from ml_connector.systems.qad.endpoint import Endpoint, Record, half_made
from ml_connector.systems.qad.rates import rated
from ml_connector.systems.qad.translate import (
    CODE_LENGTH,
    MARKER,
    line_fields,
    marked,
    order_fields,
    order_lines,
    order_number,
    short_number,
)
from ml_connector.systems.qad.wire import day, flag, number, text

_LINES = "purchaseOrderLines"
_GRID = "purchaseOrderLinesGrid"
_CLOSED, _CANCELLED = "C", "X"

OrderedLine = tuple[str, Decimal, Decimal]
"""Item, quantity and cost of a line."""


@dataclass(frozen=True)
class OrderLine:
    """A line that is there."""

    line: int
    item: str
    ordered: Decimal
    received: Decimal
    cost: Decimal
    unit: str

    @property
    def ordered_line(self) -> OrderedLine:
        """What is compared with what is wanted."""
        return self.item, self.ordered, self.cost


@dataclass(frozen=True)
class QadOrders:
    """The purchase orders of one domain."""

    endpoint: Endpoint
    domain: str

    def project(self, order: PurchaseOrder) -> dict[str, str]:
        """Return what QAD will show; of a void order nothing, so that one that QAD would refuse is not held for it."""
        if order.status is DocumentStatus.VOIDED:
            return {}
        return order_fields(order, self.endpoint.options)

    def find(self, order: PurchaseOrder, marker: str) -> Found | None:
        """Return the order of this number; ours when its remarks hold our marker."""
        if order.status is DocumentStatus.VOIDED and len(short_number(order.number)) > CODE_LENGTH:
            return None
        found = self.read(order_number(order), marker)
        if found is not None and not found.ours and MARKER.search(found.fields["remarks"]):
            said = f"QAD's order {found.ref.number} was made from another order of Cin7"
            raise Refused(said, reasons=(("number", said),))
        return found

    def read(self, key: str, marker: str | None = None) -> Found | None:
        """Return the order as it is now; ours when it holds the marker, or any of ours when None."""
        header = self.header(key)
        if header is None:
            return None
        held = MARKER.search(text(header, "remarks"))
        return Found(
            ref=TargetRef(key=key, number=key),
            status=_status(header),
            fields={**_shown(header), **line_fields(row.ordered_line for row in self.lines(key))},
            ours=held is not None and held.group(0) == (marker or held.group(0)),
            frozen=_frozen(header),
        )

    def present(self) -> Iterator[Found]:
        """Yield all orders with few fields."""
        for row in self.endpoint.browse("orders"):
            key = text(row, "po_mstr.po_nbr")
            is_draft = "po_mstr.po_confirm" in row and not flag(row, "po_mstr.po_confirm")
            void = text(row, "po_mstr.po_stat").upper() == _CANCELLED
            status = TargetStatus.VOIDED if void else TargetStatus.DRAFT if is_draft else TargetStatus.AUTHORISED
            ordered = day(row, "po_mstr.po_ord_date")
            fields = {
                "supplier": text(row, "po_mstr.po_vend").upper(),
                "currency": text(row, "po_mstr.po_curr"),
                "date": ordered.isoformat() if ordered else "",
            }
            ours = MARKER.search(text(row, "po_mstr.po_rmks")) is not None
            yield Found(TargetRef(key=key, number=key), status, fields, ours=ours, partial=True)

    def lines(self, key: str) -> list[OrderLine]:
        """Return the order's lines."""
        return [
            OrderLine(
                line=int(number(row, "pod_det.pod_line")),
                item=text(row, "pod_det.pod_part"),
                ordered=number(row, "pod_det.pod_qty_ord"),
                received=number(row, "pod_det.pod_qty_rcvd"),
                cost=number(row, "pod_det.pod_pur_cost"),
                unit=text(row, "pod_det.pod_um"),
            )
            for row in self.endpoint.browse("order_lines", pod_det__pod_nbr=key)
        ]

    # --- writing ---

    def draft(self, order: PurchaseOrder, marker: str, bind: Callable[[TargetRef], None]) -> TargetRef:
        """Create the header unconfirmed and its lines, or complete what was begun.

        Raises:
            AmbiguousWrite: the answer to a create was lost.
            Refused: QAD said no; or a line cannot be said there, and then nothing was sent.
        """
        wanted = order_lines(order, self.endpoint.options)
        key = order_number(order)
        made = TargetRef(key=key, number=key)
        if self.header(key) is None:
            self.endpoint.create("order", rated(self.endpoint, "order", self._new(order, marker, key)))
        bind(made)
        try:
            for item, quantity, cost in self._missing(key, wanted):
                self.add(key, item, quantity, cost)
        except Refused as error:
            raise half_made(error, self._what_is_missing(key, wanted)) from None
        return made

    def _what_is_missing(self, key: str, wanted: list[OrderedLine]) -> str:
        missing = self._missing(key, wanted)
        names = ", ".join(f"{plain(quantity)} × {item}" for item, quantity, _cost in missing)
        there = len(wanted) - len(missing)
        return f"order {key} is unconfirmed and {there} of its {len(wanted)} lines are in QAD; missing: {names}"

    def _missing(self, key: str, wanted: list[OrderedLine]) -> list[OrderedLine]:
        """Return the lines that are not there yet, as often as they are wanted."""
        there = Counter(row.ordered_line for row in self.lines(key))
        missing = []
        for line in wanted:
            if there[line]:
                there[line] -= 1
            else:
                missing.append(line)
        return missing

    def add(self, key: str, item: str, quantity: Decimal, cost: Decimal) -> None:
        """Add a line through the steps of QAD's form."""
        at = {"domainCode": self.domain, "purchaseOrderNumber": key}
        line = self.endpoint.blank(_GRID, _LINES, **at)
        for name, value in (("siteCode", self.endpoint.options.site), ("itemCode", item)):
            line = self.endpoint.changed("order_line", {**line, name: value}, name)
        number_of_line = text(line, "purchaseOrderLine")
        self.endpoint.client.read(
            f"api/erp/{_LINES}/isReceivedPurchaseOrderLineV2", params={**at, "purchaseOrderLine": number_of_line}
        )
        for name, amount in (("quantityOrdered", quantity), ("purchaseCost", cost)):
            line = self.endpoint.changed("order_line", {**line, name: amount}, name)
        self.endpoint.post(_GRID, _LINES, line)

    def authorise(self, ref: TargetRef) -> None:
        """Confirm the order; one that is confirmed is left alone."""
        header = self.header(ref.key)
        if header is None:
            said = f"order {ref.key} is gone from QAD"
            raise Refused(said, reasons=(("", said),))
        if not flag(header, "isConfirmed"):
            self.endpoint.update("order", {**header, "isConfirmed": True}, **self.keys(ref.key))

    def _new(self, order: PurchaseOrder, marker: str, key: str) -> Record:
        options = self.endpoint.options
        return {
            "domainCode": self.domain, "purchaseOrderNumber": key, "supplierCode": order.supplier_key,
            "currencyCode": order.currency, "exchangeRate": 0, "exchangeRate2": 0,
            "exchangeRateType": options.exchange_rate_type, "creditTermsCode": order.terms or options.terms,
            "daybookSetCode": options.daybook_set,
            "shipToSite": options.site, "billToCode": options.site, "orderDate": order.date.isoformat(),
            "dueDate": (order.required_by or order.date).isoformat(), "orderStatus": "O", "isConfirmed": False,
            "isTaxable": False, "languageCode": options.language, "remarks": marked(marker, order.number),
            "transmitFlag": "1", "ERSOption": "1", "ERSPriceListOption": "0", "POIntrastats": [],
        }  # fmt: skip

    def header(self, key: str) -> Record | None:
        """Return the order's header as it is now."""
        return self.endpoint.get("order", **self.keys(key))

    def keys(self, key: str) -> dict[str, str]:
        """Return what names an order in a query."""
        return {"domainCode": self.domain, "purchaseOrderNumber": key}


def _shown(header: Record) -> dict[str, str]:
    ordered, due = day(header, "orderDate"), day(header, "dueDate")
    return {
        "number": text(header, "purchaseOrderNumber"),
        "supplier": text(header, "supplierCode").upper(),
        "currency": text(header, "currencyCode"),
        "date": ordered.isoformat() if ordered else "",
        "required_by": due.isoformat() if due else "",
        "remarks": text(header, "remarks"),
    }


def _status(header: Record) -> TargetStatus:
    if text(header, "orderStatus").upper() == _CANCELLED:
        return TargetStatus.VOIDED
    return TargetStatus.AUTHORISED if flag(header, "isConfirmed") else TargetStatus.DRAFT


def _frozen(header: Record) -> str:
    words = {_CLOSED: "closed", _CANCELLED: "cancelled"}.get(text(header, "orderStatus").upper())
    return f"order {text(header, 'purchaseOrderNumber')} is {words} in QAD." if words else ""

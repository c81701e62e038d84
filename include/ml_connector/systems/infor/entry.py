"""Orders into M3 through its batch entry: start, head, lines, finish.

That PPS370MI is the batch entry program is public; its transactions and fields are M3's usual ones and are configured
(`calls.CALLS`). Nothing in M3 recognises a repeated transaction, so an order carries its number and our marker in "Your
reference", is looked for before it is made, and a line is added only when it is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ml_connector.domain.documents import Document, DocumentStatus, PurchaseOrder
from ml_connector.domain.errors import AmbiguousWrite, ContractError
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Found, TargetRef
from ml_connector.systems.infor.discovery import Discovery
from ml_connector.systems.infor.entry_body import (
    MARKER,
    head_inputs,
    lacking,
    lines_of,
    number_of,
    reference_of,
    refused,
    shown_fields,
    shown_lines,
    wanted_fields,
)
from ml_connector.systems.infor.mi import M3
from ml_connector.systems.infor.orders import Orders
from ml_connector.systems.infor.translate import OrderRows, is_used, order_status
from ml_connector.systems.infor.wire import day_text, text

_BEGUN = "entry/"
"""How the reference of an order begins whose head has been sent and has no number yet."""
_STATUS = {
    DocumentStatus.DRAFT: TargetStatus.DRAFT,
    DocumentStatus.AUTHORISED: TargetStatus.AUTHORISED,
    DocumentStatus.VOIDED: TargetStatus.VOIDED,
}


@dataclass(frozen=True)
class Entry:
    """Enters orders; those that stand in M3 are changed by its own users only."""

    m3: M3
    orders: Orders
    discovery: Discovery

    # --- looking ---

    def project(self, document: Document) -> dict[str, str]:
        """Return what M3 will show once the order is there."""
        return wanted_fields(_order(document), self.m3.options)

    def find(self, document: Document, marker: str) -> Found | None:
        """Return the order that carries our marker, else the one of the same supplier, day and number.

        Raises:
            Refused: several do, or it was entered from another document of ours.
        """
        order = _order(document)
        return self._look(order, marker, order.supplier_key, day_text(order.date))

    def _look(self, order: PurchaseOrder, marker: str, supplier: str, ordered: str) -> Found | None:
        rows = self.orders.rows(self.discovery.orders_of(supplier, ordered))
        ours = [key for key, one in rows.items() if marker in text(one.head, "YRE1")]
        same = ours or [
            key
            for key, one in rows.items()
            if number_of(text(one.head, "YRE1")).casefold() == order.number.strip().casefold()
            and order_status(one, self.m3.options) is not DocumentStatus.VOIDED
        ]
        if len(same) > 1:
            raise refused("number", f"several orders in M3 are {order.number}: {', '.join(same)}")
        if same and not ours and MARKER.search(text(rows[same[0]].head, "YRE1")):
            raise refused("number", f"order {same[0]} in M3 is {order.number}, entered from another document of ours")
        return self._found(same[0], rows[same[0]], {}) if same else None

    def fetch(self, document: Document, ref: TargetRef) -> Found | None:
        """Return what stands at `ref` now.

        One without number yet is looked for by its marker among the orders of the supplier and day that were sent:
        the document may have others by now. A reference of an earlier release does not tell them.
        """
        if ref.key.startswith(_BEGUN):
            order = _order(document)
            supplier = ref.parts.get("SUNO", order.supplier_key)
            ordered = ref.parts.get("PUDT", day_text(order.date))
            found = self._look(order, ref.parts["marker"], supplier, ordered)
            if found is None or not found.ours:
                return None
            return self._found(found.ref.key, self.orders.rows([found.ref.key])[found.ref.key], ref.parts)
        rows = self.orders.rows([ref.key]).get(ref.key)
        return None if rows is None else self._found(ref.key, rows, ref.parts)

    def present(self) -> Iterator[Found]:
        """Yield all orders: whole those that carry a mark of ours, only with their status those that others keyed."""
        every = self.discovery.every_order()
        whole = self.orders.rows([key for key, (_, is_marked) in every.items() if is_marked])
        for key, (lowest, is_marked) in every.items():
            if key in whole:
                yield self._found(key, whole[key], {})
            elif not is_marked:
                is_draft = lowest.strip() < self.m3.options.draft_below
                status = TargetStatus.DRAFT if is_draft else TargetStatus.AUTHORISED
                yield Found(TargetRef(key=key, number=key), status, {}, partial=True)

    def _found(self, key: str, rows: OrderRows, parts: dict[str, str]) -> Found:
        status = _STATUS[order_status(rows, self.m3.options)]
        return Found(
            ref=TargetRef(key=key, number=key, parts=parts),
            status=status,
            fields=shown_fields(rows, self.m3.options),
            ours=MARKER.search(text(rows.head, "YRE1")) is not None,
            frozen=_frozen(key, rows, status),
        )

    # --- writing ---

    def draft(
        self, document: Document, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Enter the order's head and the lines that are not there yet.

        The number of the batch entry is bound before the head is sent, so that a head whose answer is lost is found
        again and can be finished.

        Raises:
            AmbiguousWrite: the answer to a head or line was lost.
            Refused: M3 said no, or holds lines that are not wanted.
        """
        order = _order(document)
        reference_of(order, marker)
        lines_of(order, self.m3.options)  # refuses before anything is sent
        found = self.fetch(order, ref) if ref is not None else self.find(order, marker)
        at = found.ref if found is not None and found.ours else self._head(order, marker, bind)
        bind(at)
        self._lines(order, at)
        return at

    def _head(self, order: PurchaseOrder, marker: str, bind: Callable[[TargetRef], None]) -> TargetRef:
        message = text(self.m3.write("entry_start", {}, repeatable=True), "MSGN")
        if not message:
            raise ContractError("M3 opened a batch entry without telling its number")
        inputs = head_inputs(order, marker, message, self.m3.options)
        parts = {"MSGN": message, "marker": marker, "SUNO": inputs["SUNO"], "PUDT": inputs["PUDT"]}
        bind(TargetRef(key=f"{_BEGUN}{message}", parts=parts))
        made = self.m3.write("entry_head", inputs)
        number = text(made, "PUNO").strip()
        if not number:
            raise AmbiguousWrite("the order's head was sent, but the answer does not tell its number")
        return TargetRef(key=number, number=number, parts=parts)

    def _lines(self, order: PurchaseOrder, at: TargetRef) -> None:
        rows = self.orders.rows([at.key]).get(at.key)
        if rows is None:
            raise AmbiguousWrite(f"order {at.key} was entered, but M3 does not show it")
        missing, extra = lacking(lines_of(order, self.m3.options), shown_lines(rows, self.m3.options))
        if extra:
            items = ", ".join(item for item, _, _ in extra)
            raise refused("lines", f"order {at.key} in M3 has lines that are not in the document: {items}")
        for inputs in missing:
            self.m3.write("entry_line", {"MSGN": _message(at), "PUNO": at.key, **inputs})

    def amend(self, document: Document, found: Found, fields: Collection[str]) -> None:
        """Add the lines that a draft lacks; what else differs stays as it is, for the engine to see and hold.

        Raises:
            AmbiguousWrite: the answer to a line was lost.
            Refused: the order is no draft any more, or holds lines that are not wanted.
        """
        if found.frozen:
            raise refused(min(fields, default=""), found.frozen)
        self._lines(_order(document), found.ref)

    def authorise(self, ref: TargetRef) -> None:
        """Finish the batch entry; an order that is past it is left alone.

        Raises:
            AmbiguousWrite: the answer was lost.
            Refused: M3 said no, or the order is gone.
        """
        rows = self.orders.rows([ref.key]).get(ref.key)
        if rows is None:
            raise refused("", f"order {ref.key} is gone from M3")
        if order_status(rows, self.m3.options) is DocumentStatus.DRAFT:
            self.m3.write("entry_finish", {"MSGN": _message(ref), "PUNO": ref.key})


def _message(ref: TargetRef) -> str:
    """Return the number of the batch entry that an order was begun in.

    Raises:
        Refused: it is not known any more.
    """
    if not ref.parts.get("MSGN"):
        raise refused(
            "",
            f"order {ref.key} was begun in a batch entry whose number is not known: finish or delete it in M3 (PPS370)",
        )
    return ref.parts["MSGN"]


def _frozen(key: str, rows: OrderRows, status: TargetStatus) -> str:
    if any(is_used(row) for row in rows.lines):
        return f"goods of order {key} have come in, or were billed, in M3."
    return "" if status is TargetStatus.DRAFT else f"order {key} is in force in M3 and is changed there only (PPS200)."


def _order(document: Document) -> PurchaseOrder:
    if not isinstance(document, PurchaseOrder):
        raise refused("", f"Infor takes no {document.kind.replace('_', ' ')} from us")
    return document

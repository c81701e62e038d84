"""Makes a mapped document again from what was kept of it, and compares it with what was sent, to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.documents import (
    Document,
    DocumentStatus,
    GoodsReceipt,
    SupplierInvoice,
    TradeDocument,
    dump_document,
    load_document,
)
from ml_connector.domain.reference import Reference
from ml_connector.mapping.codemap import CodeMaps
from ml_connector.mapping.resolve import OrderInTarget, Resolution, resolve
from ml_connector.sync.evidence import payload_hash
from ml_connector.sync.poison import BUGS, words


@dataclass(frozen=True)
class Kept:
    """What is kept of one document of one run that was mapped.

    Args:
        document: as read, in the source's codes, as stored.
        resolved: in the target's codes, as stored.
        content_hash: of the document, as stored when it was read.
        noted: hash of what the last write of that run sent, from the audit trail; None where it noted none.
    """

    key: str
    label: str
    kind: str
    document: str
    resolved: str
    content_hash: str
    noted: str | None


@dataclass(frozen=True)
class Difference:
    """One thing that does not come out as it was.

    Args:
        field: e.g. ``lines[2].account``; "" when it is the whole document.
        sent: as it was kept.
        rebuilt: as it comes out now.
    """

    field: str
    sent: str
    rebuilt: str

    def __str__(self) -> str:
        """Return the difference as a person reads it."""
        return f"{self.field or 'document'}: sent {self.sent!r}, rebuilt {self.rebuilt!r}"


def rebuild(kept: Kept, maps: CodeMaps, *, within_orders: bool) -> list[Difference]:
    """Return how the document differs when it is made again.

    Which supplier and which order of the target it belongs to are taken as kept: they were looked up, not mapped.

    Args:
        kept: the document.
        maps: the code maps that were in force.
        within_orders: whether the flow attaches its documents to orders of the target.
    """
    try:
        return list(_differences(kept, maps, within_orders=within_orders))
    except BUGS as error:
        return [Difference("", "a document", f"nothing: {words(error)}")]


def _differences(kept: Kept, maps: CodeMaps, *, within_orders: bool) -> Iterator[Difference]:
    document, resolved = load_document(kept.kind, kept.document), load_document(kept.kind, kept.resolved)
    if kept.noted is not None and kept.noted != payload_hash(kept.resolved):
        yield Difference("", f"sha256 {kept.noted} (audit trail)", f"sha256 {payload_hash(kept.resolved)} (staging)")
    if document.content_hash() != kept.content_hash:
        yield Difference("content_hash", kept.content_hash, document.content_hash())
    yield from _changed("source.", kept.document, dump_document(document), kept.kind)
    made = dump_document(_mapped(document, resolved, maps, within_orders=within_orders))
    yield from _changed("", kept.resolved, made, kept.kind)


def _mapped(document: Document, resolved: Document, maps: CodeMaps, *, within_orders: bool) -> Document:
    if document.status is DocumentStatus.VOIDED:
        return document
    suppliers: dict[str, str] = {}
    if isinstance(document, TradeDocument | GoodsReceipt) and isinstance(resolved, TradeDocument | GoodsReceipt):
        suppliers = {document.supplier_key: resolved.supplier_key}
    orders: dict[str, OrderInTarget] = {}
    if isinstance(document, SupplierInvoice | GoodsReceipt) and isinstance(resolved, SupplierInvoice | GoodsReceipt):
        orders = {document.order_key: OrderInTarget(resolved.order_key, resolved.order_number)}
    # the target's books refuse codes and change none, and what they refused was not sent
    books = Reference()
    find_order = orders.get if within_orders else None
    return resolve(Resolution(document, maps, books, suppliers, "the target", find_order))


def _changed(prefix: str, sent: str, rebuilt: str, kind: str) -> Iterator[Difference]:
    if sent == rebuilt:
        return
    before, after = (dict(flat("", load_document(kind, text).model_dump(mode="json"))) for text in (sent, rebuilt))
    fields = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    for name in fields:
        yield Difference(f"{prefix}{name}", str(before.get(name, "")), str(after.get(name, "")))
    if not fields:
        yield Difference(prefix.rstrip("."), "the same values", "other bytes: another release writes them otherwise")


def flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the path and value of everything in a document's dump, e.g. ``lines[2].account``."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flat(f"{path}[{index}]", inner)
    else:
        yield path, value

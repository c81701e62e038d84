"""What a changed code map means for documents that were posted before: a plan only, nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ml_connector.domain.documents import (
    Document,
    DocumentStatus,
    GoodsReceipt,
    Supplier,
    SupplierInvoice,
    TradeDocument,
)
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.reference import Reference
from ml_connector.domain.status import Progress
from ml_connector.mapping.codemap import CodeMaps
from ml_connector.mapping.resolve import Resolution, resolve
from ml_connector.sync.rebuild import flat

_FINAL = {Reason.FROZEN_IN_TARGET, Reason.DELETED_IN_TARGET, Reason.VOIDED_AFTER_SENDING}
_DRAFT = {Progress.DRAFTED, Progress.AUTHORISING}
_POSTED = {Progress.AUTHORISED, Progress.VERIFIED}


class Action(str, Enum):
    """What a remap would do with one document."""

    CHANGE = "change"
    REVERSE = "reverse"
    CANNOT = "cannot"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Recoded:
    """One field whose code a version of a map has changed.

    Args:
        field: e.g. ``lines[0].account``.
        code: in the source.
        posted: what it was posted as.
        now: what the map makes of it now; "" where it has no counterpart.
    """

    field: str
    code: str
    posted: str
    now: str


@dataclass(frozen=True)
class Standings:
    """One map as it was and as it is, in one direction; the other maps are left out.

    Args:
        posted: when the document was last written, or found equal in the target.
        before, after: just before and after the version in question.
        now: as it is.
    """

    posted: CodeMaps
    before: CodeMaps
    after: CodeMaps
    now: CodeMaps


def recoded(document: Document, maps: Standings) -> list[Recoded]:
    """Return the fields of a document whose code the version in question has changed."""
    before, after = _codes(document, maps.before), _codes(document, maps.after)
    touched = [name for name in before if before[name] != after[name]]
    if not touched:
        return []
    code, posted, now = dict(_flat(document)), _codes(document, maps.posted), _codes(document, maps.now)
    return [Recoded(name, code[name], posted[name], now[name]) for name in touched]


def plan(
    document: Document, progress: Progress, findings: Sequence[Finding], fields: Sequence[Recoded], closed: str
) -> tuple[Action, str]:
    """Return what a remap would do with a posted document, and why it cannot; "" where it can.

    Args:
        document: as last read.
        progress: how far it has come in the target.
        findings: of the last attempt on it.
        fields: those that come out otherwise.
        closed: what is known of its period when that is closed; "" otherwise.
    """
    if all(one.posted == one.now for one in fields):
        return Action.NOTHING, ""
    why = _obstacle(document, progress, findings, fields)
    if why:
        return Action.CANNOT, why
    if isinstance(document, Supplier) or progress in _DRAFT:
        return Action.CHANGE, ""
    return (Action.CANNOT, closed) if closed else (Action.REVERSE, "")


def _obstacle(document: Document, progress: Progress, findings: Sequence[Finding], fields: Sequence[Recoded]) -> str:
    if document.status is DocumentStatus.VOIDED:
        return "It was voided at its source: there is nothing to post again."
    final = next((one.message for one in findings if one.reason in _FINAL), "")
    if final:
        return final
    if progress not in _DRAFT | _POSTED:
        return "Its last write is not settled: the next run looks it up first."
    lost = next((one.code for one in fields if not one.now), "")
    return f"“{lost}” has no counterpart on its day now: it would be held." if lost else ""


def _codes(document: Document, maps: CodeMaps) -> dict[str, str]:
    suppliers: dict[str, str] = {}
    if isinstance(document, TradeDocument | GoodsReceipt):
        suppliers = {document.supplier_key: document.supplier_key}
    return dict(_flat(resolve(Resolution(document, maps, Reference(), suppliers, "the target"))))


def _flat(document: Document) -> list[tuple[str, str]]:
    return [(name, "" if value is None else str(value)) for name, value in flat("", document.model_dump(mode="json"))]


def books(document: Document) -> bool:
    """Tell whether the document falls into an accounting period of the target."""
    return isinstance(document, SupplierInvoice | GoodsReceipt)

"""What each system says it holds of a kind, a light row a document: for the comparison of both sides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol, runtime_checkable

from ml_connector.domain.documents import Document, DocumentStatus, Supplier
from ml_connector.sync.ports import Found, Source, Unreadable, Window
from ml_connector.sync.spec import Flow

_DAY = dt.timedelta(days=1)
EVER = Window(None, dt.datetime(2200, 1, 1, tzinfo=dt.timezone.utc))
"""All that a source holds."""


@dataclass(frozen=True)
class Listed:
    """One document as a system's list shows it.

    Args:
        key: in that system.
        number: what its users call it.
        supplier: the supplier's key in that system.
        date: the document's own; None where the list shows none.
        is_dated_by_us: False where `date` is the system's own, such as the day of entry.
        status: where it stands.
        currency: "" where the list shows none.
        gross: None where the list shows no amounts.
        type: tells documents of one number apart, e.g. bill and credit memo; "" where there is one type only.
        label: what a clerk calls it.
        modified_at: when the system last changed it; None where it does not say.
    """

    key: str
    number: str = ""
    supplier: str = ""
    date: dt.date | None = None
    is_dated_by_us: bool = True
    status: DocumentStatus = DocumentStatus.AUTHORISED
    currency: str = ""
    gross: Decimal | None = None
    type: str = ""
    label: str = ""
    modified_at: dt.datetime | None = None

    @property
    def is_void(self) -> bool:
        """Whether it counts for nothing."""
        return self.status is DocumentStatus.VOIDED

    def told(self) -> dict[str, Any]:
        """Return what is kept of it in the report."""
        return {
            "key": self.key, "number": self.number, "date": self.date, "status": self.status.value,
            "currency": self.currency, "gross": self.gross,
        }  # fmt: skip


@runtime_checkable
class Lister(Protocol):
    """A source that lists its documents of a period without a full pull."""

    def listing(self, kind: str, first_day: dt.date, last_day: dt.date) -> Iterator[Listed]:
        """Yield the documents of `kind` dated on these days, and all suppliers; some of other days do no harm.

        Drafts may be left out. Nothing that later runs read depends on it.
        """
        ...


def documents_between(source: Source, flow: Flow, first_day: dt.date, last_day: dt.date) -> list[Listed]:
    """Return the source's documents dated on these days, by its listing or else by a full pull of the span.

    A key listed twice counts once, as it was listed last.
    """
    lister = getattr(source, "listing", None)
    if lister is not None:
        found: Iterator[Listed] = lister(flow.kind, first_day, last_day)
    else:
        found = _pulled(source, flow, first_day, last_day)
    within = (one for one in found if one.date is None or first_day <= one.date <= last_day)
    return list({one.key: one for one in within}.values())


def _pulled(source: Source, flow: Flow, first_day: dt.date, last_day: dt.date) -> Iterator[Listed]:
    has_stamps = flow.watermark == "newest"
    window = EVER if flow.kind == Supplier.kind else days(first_day, last_day)
    for one in source.read(flow.kind, window):
        yield listed(one, has_stamps=has_stamps)


def days(first_day: dt.date, last_day: dt.date) -> Window:
    """Return the window of documents dated on these days."""
    start, end = (dt.datetime.combine(day, dt.time(), dt.timezone.utc) for day in (first_day, last_day + _DAY))
    return Window(start, end, by_document_date=True)


def listed(document: Document | Unreadable, *, has_stamps: bool) -> Listed:
    """Return the light row of a document that was read whole.

    Args:
        document: or one that could not be read, of which the key is all there is.
        has_stamps: False where its `modified_at` is when it was read.
    """
    modified_at = document.modified_at if has_stamps else None
    if isinstance(document, Unreadable):
        return Listed(document.key, label=document.key, modified_at=modified_at)
    money = document.money
    return replace(
        noted(document.key, document.label, document.model_dump(mode="python")),
        status=document.status,
        currency=money.currency if money else "",
        gross=money.amount if money else None,
        modified_at=modified_at,
    )


def noted(key: str, label: str, content: Mapping[str, Any]) -> Listed:
    """Return the light row of a document from its fields, as `dump_document` names them; texts or values."""
    day, kind, gross = content.get("date"), content.get("type"), content.get("gross")
    return Listed(
        key=key,
        number=str(content.get("number") or ""),
        supplier=str(content.get("supplier_key") or ""),
        date=dt.date.fromisoformat(day) if isinstance(day, str) else day,
        status=DocumentStatus(content.get("status", DocumentStatus.AUTHORISED)),
        currency=str(content.get("currency") or ""),
        gross=None if gross is None else Decimal(gross),
        type=str(getattr(kind, "value", kind) or ""),
        label=label,
    )


def shown(found: Found) -> Listed:
    """Return the light row of what a target lists."""
    fields = found.fields
    own = _day(fields.get("date", ""))
    return Listed(
        key=found.ref.key,
        number=fields.get("number") or found.ref.number,
        supplier=fields.get("supplier", ""),
        date=own or found.entered_on,
        is_dated_by_us=own is not None,
        status=DocumentStatus(found.status.value),
        currency=fields.get("currency", ""),
        gross=_amount(fields.get("gross", "")),
        type=fields.get("type", ""),
        label=found.ref.number or found.ref.key,
    )


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text[:10]) if text else None


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None

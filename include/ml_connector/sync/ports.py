"""The seam between the sync engine and a vendor's adapter, which implements `Source` and/or `Destination`.

The engine knows nothing else of a vendor. What the connector's database offers is in `ml_connector.sync.stores`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from ml_connector.domain.documents import Document, Supplier
from ml_connector.domain.finding import Finding
from ml_connector.domain.reference import Reference as Reference  # noqa: PLC0414 - part of the seam
from ml_connector.domain.status import TargetStatus

Fields = Mapping[str, str]
"""A document as a flat table, ``{"supplier": "V000123", "lines[0].net": "500"}``: as a clerk compares it."""


@dataclass(frozen=True)
class Window:
    """The half-open span ``[start, end)`` of source modification times to read; aware UTC.

    Args:
        start: None for "from the beginning".
        by_document_date: True in a backfill and for a span that a person gave: a vendor without modification stamps
            then selects by the documents' own dates. One with stamps ignores it.
        zone: in which `start` and `end` begin a day, where they do: that of the company's books for accounting periods.
    """

    start: dt.datetime | None
    end: dt.datetime
    by_document_date: bool = False
    zone: dt.tzinfo = dt.timezone.utc

    @property
    def first_day(self) -> dt.date | None:
        """The first day with a moment in the window; None for "from the beginning"."""
        return None if self.start is None else self.start.astimezone(self.zone).date()

    @property
    def last_day(self) -> dt.date:
        """The last day with a moment in the window."""
        return (self.end.astimezone(self.zone) - dt.timedelta(microseconds=1)).date()

    def holds(self, moment: dt.datetime) -> bool:
        """Tell whether `moment` lies in the window."""
        return (self.start is None or self.start <= moment) and moment < self.end


@dataclass(frozen=True)
class Pull:
    """One list read from a vendor: for the audit trail."""

    system: str
    entity: str
    query: str
    started_at: dt.datetime
    finished_at: dt.datetime
    rows: int
    pages: int


@dataclass(frozen=True)
class Unreadable:
    """A record that could not be translated; staged as held: neither lost nor in the way.

    One that has no key is given one that tells it from others and stays the same.
    """

    key: str
    modified_at: dt.datetime
    finding: Finding
    raw: str

    def __post_init__(self) -> None:
        if not self.key:
            told = hashlib.sha256(self.raw.encode("utf-8", "replace")).hexdigest()[:16]
            object.__setattr__(self, "key", f"without a key {told}")


class Source(Protocol):
    """Reads canonical documents from one vendor."""

    system: str

    def read(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:
        """Yield every document of `kind` that the vendor changed within `window`, in any order.

        All rows are read however they move between pages; a document may be yielded twice.

        Raises:
            SyncError: the call failed; nothing has been lost, read again.
        """
        ...

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        """Yield the documents of `kind` with these keys as they are now; a missing one is left out."""
        ...


class TargetRef(BaseModel):
    """Where a document lives in the target.

    Args:
        key: all the vendor needs to address it, e.g. ``Bill/000345``.
        number: what its users call it, e.g. ``000345``.
        parts: keys of sub-documents already made, so that a half-finished write is completed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    number: str = ""
    parts: dict[str, str] = {}


@dataclass(frozen=True)
class Found:
    """A document as the target shows it now.

    Args:
        fields: comparable with `Destination.project`.
        ours: it carries our marker, so we made it.
        frozen: why it cannot be changed any more, in a clerk's words; "" when it can.
        partial: `fields` are only those that the vendor's list shows; `Destination.fetch` reads the rest.
        alternatives: others that it may as well be, where the vendor has no field for a mark: equal ones.
        document: the same as that system's `Source` would yield it, where the adapter is both: so that our
            own writes are known again when they come back.
        entered_on: the target's own date of it, where `fields` have none: it tells the period that it falls in.
    """

    ref: TargetRef
    status: TargetStatus
    fields: Fields
    ours: bool = False
    frozen: str = ""
    partial: bool = False
    alternatives: tuple[Found, ...] = ()
    document: Document | None = None
    entered_on: dt.date | None = None


class Destination(Protocol):
    """Writes canonical documents, already in the target's codes, to one vendor.

    Every method that writes may be killed before, while and after its call; `draft` is called again with
    the last bound reference and completes what is there. None of them repeats a create blindly.
    """

    system: str
    settle_seconds: float
    """How long after a lost answer the vendor's search may still miss what it stored."""

    def reference(self, kinds: Collection[str]) -> Reference:
        """Return the books needed to check documents of these kinds."""
        ...

    def suppliers(self) -> list[Supplier]:
        """Return all suppliers, inactive ones too, for matching."""
        ...

    def project(self, document: Document) -> Fields:
        """Return what the target will show once `document` is there."""
        ...

    def find(self, document: Document, marker: str) -> Found | None:
        """Look `document` up by our marker and by its natural key; None when it is not there.

        Raises:
            Refused: several records match, so a person must decide.
        """
        ...

    def fetch(self, document: Document, ref: TargetRef) -> Found | None:
        """Return what stands at `ref` now, read fresh; None when it is gone."""
        ...

    def draft(
        self, document: Document, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Create the document as a draft, or complete the one begun at `ref`; call `bind` after each create.

        Raises:
            AmbiguousWrite: the answer to a create was lost.
            Refused: the vendor said no.
        """
        ...

    def amend(self, document: Document, found: Found, fields: Collection[str]) -> None:
        """Bring `fields` of what stands at `found` to what `project(document)` says.

        Raises:
            AmbiguousWrite, Refused: as `draft`.
        """
        ...

    def authorise(self, document: Document, ref: TargetRef) -> None:
        """Authorise the draft; one that is authorised already is left alone and is no error."""
        ...

    def present(self, kind: str) -> Iterator[Found]:
        """Yield every document of `kind` that the target holds, for reconciliation.

        `fields` may be few: ``gross``, ``currency``, ``number``, ``supplier``.
        """
        ...


class RecordCache(Protocol):
    """Source records as last read, so that a record that has not changed is not fetched again."""

    def get(self, entity: str, record_id: str, version: str) -> Any | None:
        """Return the stored answer for exactly this version, else None."""
        ...

    def put(self, entity: str, record_id: str, version: str, answer: Any) -> None:
        """Store the answer; decimals survive."""
        ...

    def put_many(
        self, entity: str, rows: Iterable[tuple[str, str, Any]], *, not_before: dt.datetime | None = None
    ) -> None:
        """Store answers, each as (record id, version, answer), in one transaction; none as stored before that time."""
        ...

    def of_run(self, name: str, read: Callable[[], list[Any]]) -> list[Any]:
        """Return a list of the vendor's books as the run's tasks share it for minutes, else what `read` brings now.

        A task that is tried again reads anew: what was wrong may have been put right meanwhile.
        """
        ...

    def versions(self, entity: str, keys: Sequence[str] | None = None) -> dict[str, tuple[str, dt.datetime]]:
        """Return record id → (stored version, when it was stored) of these records of `entity`; None for all."""
        ...

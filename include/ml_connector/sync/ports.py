"""The seams of the sync engine: what a vendor's adapter and the connector's database must offer.

Vendors implement `Source` and/or `Destination`; the store implements `Staging`, `Journal`, `Audit`,
`CodeMapStore`, `RecordCache` and `WatermarkStore`. The engine knows nothing else of either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from ml_connector.domain.documents import Document, Supplier
from ml_connector.domain.finding import Finding
from ml_connector.domain.money import Money
from ml_connector.domain.reference import Reference as Reference  # noqa: PLC0414 - part of the seam
from ml_connector.domain.status import Outcome, Progress, TargetStatus
from ml_connector.mapping.codemap import Tables
from ml_connector.mapping.links import SupplierLink as SupplierLink  # noqa: PLC0414

Fields = Mapping[str, str]
"""A document as a flat table, ``{"supplier": "V000123", "lines[0].net": "500"}``: as a clerk compares it."""


# --- what a vendor's adapter offers -------------------------------------------------------------


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
    """A record that could not be translated; staged as held: neither lost nor in the way."""

    key: str
    modified_at: dt.datetime
    finding: Finding
    raw: str


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

    def put_many(self, entity: str, rows: Iterable[tuple[str, str, Any]]) -> None:
        """Store answers, each as (record id, version, answer), in one transaction."""
        ...

    def versions(self, entity: str) -> dict[str, tuple[str, dt.datetime]]:
        """Return record id → (stored version, when it was stored) of all records of `entity`."""
        ...


# --- what the connector's database offers -------------------------------------------------------


@dataclass(frozen=True)
class Staged:
    """One document of one run.

    Args:
        document: as read, in the source's codes; None when unreadable.
        resolved: in the target's codes; None until validated, or when held.
        outcome: None until decided.
        carried: taken over from an earlier run, not read in this one.
    """

    key: str
    label: str
    content_hash: str
    modified_at: dt.datetime
    document: Document | None
    resolved: Document | None = None
    findings: tuple[Finding, ...] = ()
    outcome: Outcome | None = None
    carried: bool = False


@dataclass(frozen=True)
class Decision:
    """What validation says of a staged document; `outcome` None means ready to load."""

    key: str
    resolved: Document | None = None
    findings: tuple[Finding, ...] = ()
    outcome: Outcome | None = None


class Staging(Protocol):
    """Documents of one run of one flow, on disk between the tasks. All methods are idempotent."""

    def begin(self) -> None:
        """Empty the run's staging of this flow, so that a cleared extract starts afresh."""
        ...

    def add(self, documents: Iterable[Document | Unreadable], *, carried: bool = False) -> int:
        """Stage documents in one transaction; a later copy of a key replaces an earlier one."""
        ...

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Store what validation said of some documents, all or none of it."""
        ...

    def finish(self, key: str, outcome: Outcome, findings: tuple[Finding, ...] = ()) -> None:
        """Store how loading ended."""
        ...

    def all(self) -> Iterator[Staged]:
        """Yield the run's documents, oldest modification first."""
        ...

    def counts(self) -> dict[str, int]:
        """Return ``{"read": n, "created": n, …, "failed": n, "undecided": n, "carried": n}``."""
        ...

    def newest(self) -> dt.datetime | None:
        """Return the newest modification time among documents read (not carried) in this run."""
        ...

    def overtaken(self, key: str | None = None) -> dict[str, str]:
        """Return key → run that began to read later and has read other content of it; of `key` only, or of all."""
        ...


@dataclass(frozen=True)
class Entry:
    """What the connector knows of one document in the target: binding, intent and last outcome in one row."""

    key: str
    marker: str
    progress: Progress = Progress.NONE
    ref: TargetRef | None = None
    source_hash: str = ""
    sent_at: dt.datetime | None = None
    outcome: Outcome | None = None
    findings: tuple[Finding, ...] = ()
    label: str = ""
    money: Money | None = None


@dataclass(frozen=True)
class Failure:
    """How many runs failed over a document, and over which content of it, since a person last released it."""

    content_hash: str
    runs: int


class Journal(Protocol):
    """The rows of one flow of one deployment; every method commits before it returns."""

    def lock(self, key: str) -> AbstractContextManager[None]:
        """Hold `key` against other workers until left; a lease, so that a killed worker frees it.

        Raises:
            ConcurrentEdit: another worker holds it.
        """
        ...

    def entry(self, key: str) -> Entry:
        """Return the row, or a new one with progress NONE."""
        ...

    def advance(
        self,
        key: str,
        progress: Progress,
        *,
        ref: TargetRef | None = None,
        source_hash: str | None = None,
        document: Document | None = None,
        label: str = "",
        note: str = "",
    ) -> Entry:
        """Store how far the document has come, and audit the step; what is None or "" stays as it was.

        Leaving SENT is dated (`Entry.sent_at`). `document` is kept, so that a later run can go on with it.
        """
        ...

    def conclude(
        self,
        key: str,
        outcome: Outcome,
        *,
        label: str,
        findings: tuple[Finding, ...] = (),
        document: Document | None = None,
        note: str = "",
    ) -> None:
        """Store how the attempt ended, and audit it; an open outcome keeps `document` for the next run."""
        ...

    def open_documents(self) -> Iterator[Document | Unreadable]:
        """Yield the documents that a later run takes up again: held, waiting, failed, or cut off half-way.

        One that another release of the connector kept in a shape not known here is yielded as unreadable.
        """
        ...

    def rejected(self) -> Mapping[str, str]:
        """Return key → content hash of the documents that a person rejected as they were then."""
        ...

    def count_failure(self, key: str, content_hash: str) -> int:
        """Count that this run failed over this content, once however often it is tried; return the runs so far."""
        ...

    def failures(self) -> Mapping[str, Failure]:
        """Return key → failure of the documents that have failed and were neither done nor released since."""
        ...

    def key_of(self, target_key: str) -> str | None:
        """Return the source key bound to this target key, or None."""
        ...

    def targets(self) -> Iterator[Entry]:
        """Yield the rows that have a target reference."""
        ...

    def resend(self, key: str) -> None:
        """Forget the source hash, so that the next run compares the document with the target again."""
        ...


class Links(Protocol):
    """Which supplier of one system is which of the other; one row a pair, shared by both directions."""

    def by(self, system: str) -> dict[str, SupplierLink]:
        """Return all links, by the key in `system` (``cin7`` or the partner)."""
        ...

    def add(self, link: SupplierLink) -> None:
        """Store a link; the same again is no error.

        Raises:
            ConcurrentEdit: either side is linked to another one already.
        """
        ...


class CodeMapStore(Protocol):
    """The code maps of one deployment."""

    def load(self, source: str) -> Tables:
        """Return map name → code in `source` → its entries, each with the code in the other system."""
        ...

    def versions(self) -> Mapping[str, int]:
        """Return map name → number of its last change; a map that was never changed is left out."""
        ...


class Audit(Protocol):
    """The append-only trail of one flow of one run."""

    def pull(self, pull: Pull) -> None:
        """Record one list read."""
        ...

    def note(self, key: str, step: str, detail: Mapping[str, Any]) -> None:
        """Record one step on one document (or on the flow, with key ``""``)."""
        ...


class WatermarkStore(Protocol):
    """The watermark of one flow: the database decides, the Airflow Variable shows."""

    def current(self) -> dt.datetime | None:
        """Return the mark a run starts from; a Variable set back by hand is honoured and audited.

        Raises:
            ConfigurationError: the Variable is unreadable, or was set forward past the known mark.
        """
        ...

    def advance(self, moment: dt.datetime) -> dt.datetime:
        """Move the mark forward to `moment`, never back; return the mark now in force."""
        ...

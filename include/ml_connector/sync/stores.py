"""The seam between the sync engine and the connector's database, which the package `ml_connector.store` implements.

The engine knows nothing else of it. What a vendor's adapter offers is in `ml_connector.sync.ports`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from ml_connector.domain.documents import Document
from ml_connector.domain.finding import Finding
from ml_connector.domain.money import Money
from ml_connector.domain.status import Outcome, Progress
from ml_connector.mapping.codemap import Tables
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync.ports import Pull, TargetRef, Unreadable


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


@dataclass(frozen=True)
class Later:
    """A run that began later and has brought a document further; `is_same` when it had the same content in hand."""

    run_id: str
    is_same: bool


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

    def decided_later(self, key: str | None = None) -> dict[str, Later]:
        """Return key → run that began later and has brought it further since this decided; of `key` only, or of all."""
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
        """Store how the attempt ended, and audit it; an open outcome keeps `document` for the next run.

        Within the lock under which it was decided, or what another worker has concluded since is written over.
        """
        ...

    def open_documents(self) -> Iterator[Document | Unreadable]:
        """Yield the documents that a later run takes up again: held, waiting, failed, or cut off half-way.

        One that another release of the connector kept in a shape not known here is yielded as unreadable.
        """
        ...

    def rejected(self, key: str | None = None) -> Mapping[str, str]:
        """Return key → content hash of what a person rejected as it was then; of `key` only, or of all."""
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

    def peek(self) -> dt.datetime | None:
        """Return what `current` would, for who does not start from it: nothing is taken up, kept or shown."""
        ...

    def advance(self, moment: dt.datetime) -> dt.datetime:
        """Move the mark forward to `moment`, never back; return the mark now in force."""
        ...

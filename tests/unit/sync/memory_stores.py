"""What the connector remembers, in memory: staging, journal, links, code maps, audit and watermark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from fakes import Clock

from ml_connector.domain.documents import Document
from ml_connector.domain.errors import ConcurrentEdit
from ml_connector.domain.status import OPEN_OUTCOMES, Outcome, Progress
from ml_connector.mapping.codemap import Mapped, Tables
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync.ports import Unreadable
from ml_connector.sync.stores import Entry, Failure, Later, Staged


class MemoryStaging:
    """The run's staging, in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, Staged] = {}
        self.later: dict[str, str] = {}
        self.decided_by: dict[str, Later] = {}

    def begin(self) -> None:
        self.rows.clear()

    def add(self, documents: Any, *, carried: bool = False) -> int:
        count = 0
        for doc in documents:
            count += 1
            if isinstance(doc, Unreadable):
                self.rows[doc.key] = Staged(doc.key, doc.key, "", doc.modified_at, None, findings=(doc.finding,))
                continue
            self.rows[doc.key] = Staged(doc.key, doc.label, doc.content_hash(), doc.modified_at, doc, carried=carried)
        return count

    def decide(self, decisions: Any) -> None:
        for one in decisions:
            said = {"resolved": one.resolved, "findings": one.findings, "outcome": one.outcome}
            self.rows[one.key] = replace(self.rows[one.key], **said)

    def finish(self, key: str, outcome: Outcome, findings: Any = ()) -> None:
        self.rows[key] = replace(self.rows[key], outcome=outcome, findings=findings)

    def all(self) -> Iterator[Staged]:
        return iter(sorted(self.rows.values(), key=lambda row: (row.modified_at, row.key)))

    def counts(self) -> dict[str, int]:
        counts = {outcome.value: 0 for outcome in Outcome}
        counts.update(read=len(self.rows), undecided=0, carried=0)
        for row in self.rows.values():
            counts["carried"] += row.carried
            counts[row.outcome.value if row.outcome else "undecided"] += 1
        return counts

    def newest(self) -> dt.datetime | None:
        return max((row.modified_at for row in self.rows.values() if not row.carried), default=None)

    def overtaken(self, key: str | None = None) -> dict[str, str]:
        return {name: run for name, run in self.later.items() if key in {None, name}}

    def decided_later(self, key: str | None = None) -> dict[str, Later]:
        return {name: later for name, later in self.decided_by.items() if key in {None, name}}


class MemoryJournal:
    """The journal, in memory, but as strict as the real one; `at` is called after every commit."""

    def __init__(self, clock: Clock) -> None:
        self.entries: dict[str, Entry] = {}
        self.documents: dict[str, Document] = {}
        self.trail: list[tuple[str, str]] = []
        self.locked: set[str] = set()
        self.failed: dict[str, Failure] = {}
        self.clock = clock
        self.at: Callable[[str], None] = lambda _boundary: None

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        if key in self.locked:
            raise ConcurrentEdit(key)
        self.locked.add(key)
        try:
            yield
        finally:
            self.locked.discard(key)

    def entry(self, key: str) -> Entry:
        return self.entries.get(key, Entry(key=key, marker=f"mlc:{key}"))

    def advance(self, key: str, progress: Progress, *, ref: Any = None, source_hash: Any = None,
                document: Any = None, label: str = "", note: str = "") -> Entry:  # fmt: skip
        entry = replace(self.entry(key), progress=progress)
        if ref is not None:
            entry = replace(entry, ref=ref)
        if source_hash is not None:
            entry = replace(entry, source_hash=source_hash)
        if progress is Progress.SENT:
            entry = replace(entry, sent_at=self.clock.now())
        if document is not None:
            self.documents[key] = document
        self.entries[key] = entry
        self.trail.append((key, progress.value))
        self.at(f"journal:{progress.value}")
        return entry

    def conclude(self, key: str, outcome: Outcome, *, label: str, findings: Any = (), document: Any = None,
                 note: str = "") -> None:  # fmt: skip
        money = document.money if document is not None else None
        self.entries[key] = replace(self.entry(key), outcome=outcome, findings=findings, label=label, money=money)
        if document is not None:
            self.documents[key] = document
        self.trail.append((key, outcome.value))
        self.at(f"journal:{outcome.value}")

    def open_documents(self) -> Iterator[Document]:
        done = (Progress.NONE, Progress.VERIFIED)
        for key, entry in self.entries.items():
            if (entry.outcome in OPEN_OUTCOMES or entry.progress not in done) and key in self.documents:
                yield self.documents[key]

    def rejected(self, key: str | None = None) -> dict[str, str]:
        return {
            one: self.documents[one].content_hash()
            for one, entry in self.entries.items()
            if entry.outcome is Outcome.REJECTED and key in {None, one}
        }

    def count_failure(self, key: str, content_hash: str) -> int:
        before = self.failed.get(key)
        runs = before.runs + 1 if before and before.content_hash == content_hash else 1
        self.failed[key] = Failure(content_hash, runs)
        return runs

    def failures(self) -> dict[str, Failure]:
        return dict(self.failed)

    def key_of(self, target_key: str) -> str | None:
        return next((key for key, entry in self.entries.items() if entry.ref and entry.ref.key == target_key), None)

    def targets(self) -> Iterator[Entry]:
        return (entry for entry in self.entries.values() if entry.ref)

    def resend(self, key: str) -> None:
        self.entries[key] = replace(self.entry(key), source_hash="")


class MemoryLinks:
    """Supplier links, in memory."""

    def __init__(self) -> None:
        self.rows: list[SupplierLink] = []

    def by(self, system: str) -> dict[str, SupplierLink]:
        return {(row.cin7_key if system == "cin7" else row.partner_key): row for row in self.rows}

    def add(self, link: SupplierLink) -> None:
        if link not in self.rows:
            self.rows.append(link)


@dataclass
class Maps:
    """Code maps, in memory."""

    maps: dict[str, dict[str, str]] = field(default_factory=dict)

    def load(self, source: str) -> Tables:
        return {name: {a: [Mapped(b, 1)] for a, b in rows.items()} for name, rows in self.maps.items()}

    def versions(self) -> dict[str, int]:
        return dict.fromkeys(self.maps, 1)


class Trail:
    """The audit of a flow run, in memory."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str, Any]] = []

    def pull(self, pull: Any) -> None:
        self.notes.append(("", "pull", pull))

    def note(self, key: str, step: str, detail: Any) -> None:
        self.notes.append((key, step, detail))


@dataclass
class Mark:
    """A watermark, in memory."""

    value: dt.datetime | None = None

    def current(self) -> dt.datetime | None:
        return self.value

    peek = current

    def advance(self, moment: dt.datetime) -> dt.datetime:
        self.value = max(filter(None, (self.value, moment)))
        return self.value

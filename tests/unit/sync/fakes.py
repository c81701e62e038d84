"""Small working stand-ins for the engine's ports: a target that remembers, and a journal in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from ml_connector.domain.documents import Document, Line, PurchaseOrder, Supplier
from ml_connector.domain.errors import AmbiguousWrite, ConcurrentEdit
from ml_connector.domain.money import plain
from ml_connector.domain.reference import Reference
from ml_connector.domain.status import OPEN_OUTCOMES, Outcome, Progress, TargetStatus
from ml_connector.mapping.codemap import Mapped, Tables
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync.planning import Planned
from ml_connector.sync.ports import Found, TargetRef, Unreadable
from ml_connector.sync.run import FlowRun, Policies
from ml_connector.sync.spec import Flow, PairSpec
from ml_connector.sync.stores import Entry, Failure, Staged

UTC = dt.timezone.utc
T0 = dt.datetime(2026, 10, 1, tzinfo=UTC)
TODAY = dt.date(2026, 11, 1)


class Killed(BaseException):
    """The worker died here."""


class Clock:
    """A clock that moves only when told, or while somebody sleeps."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> dt.datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += dt.timedelta(seconds=seconds)


@dataclass
class Stored:
    """A record in the target."""

    key: str
    marker: str
    fields: dict[str, str]
    status: TargetStatus = TargetStatus.DRAFT
    frozen: str = ""
    kind: str = "purchase_order"


@dataclass
class Target:
    """A vendor that keeps what it is given; `at` is called at every boundary and may raise."""

    system: str = "acumatica"
    settle_seconds: float = 6.0
    records: dict[str, Stored] = field(default_factory=dict)
    creates: int = 0
    authorisations: list[str] = field(default_factory=list)
    writes: int = 0
    books: Reference = field(default_factory=Reference)
    supplier_list: list[Supplier] = field(default_factory=list)
    at: Callable[[str], None] = lambda _boundary: None
    hidden: bool = False
    """Whether the search lags behind and misses what was stored."""

    def reference(self, kinds: Collection[str]) -> Reference:
        return self.books

    def suppliers(self) -> list[Supplier]:
        return self.supplier_list

    def project(self, document: Document) -> dict[str, str]:
        if isinstance(document, Supplier):
            return {"name": document.name, "email": document.email, "terms": document.terms}
        assert isinstance(document, PurchaseOrder)
        fields = {"number": document.number, "supplier": document.supplier_key, "currency": document.currency}
        for index, line in enumerate(document.lines):
            fields[f"lines[{index}].net"] = plain(line.net)
        return {**fields, "gross": plain(document.gross)}

    def _found(self, stored: Stored, marker: str) -> Found:
        ours = bool(stored.marker) and stored.marker == marker
        ref = TargetRef(key=stored.key, number=stored.key)
        return Found(ref, stored.status, dict(stored.fields), ours=ours, frozen=stored.frozen)

    def find(self, document: Document, marker: str) -> Found | None:
        self.at("find")
        if self.hidden:
            return None
        number = getattr(document, "number", None)
        for stored in self.records.values():
            if stored.marker == marker or (number and stored.fields.get("number") == number):
                return self._found(stored, marker)
        return None

    def fetch(self, document: Document, ref: TargetRef) -> Found | None:
        self.at("read")
        stored = self.records.get(ref.key)
        return None if stored is None else self._found(stored, stored.marker)

    def draft(
        self, document: Document, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        self.at("draft:before")
        if ref is None:
            key = f"T{len(self.records) + 1:03d}"
            self.records[key] = Stored(key, marker, {}, kind=document.kind)
            self.creates += 1
            self.writes += 1
            self.at("draft:header stored")
            ref = TargetRef(key=key, number=key)
            bind(ref)
            self.at("draft:bound")
        self.records[ref.key].fields = dict(self.project(document))
        self.writes += 1
        if isinstance(document, Supplier):
            self.records[ref.key].status = TargetStatus.AUTHORISED
        self.at("draft:stored")
        return ref

    def amend(self, document: Document, found: Found, fields: Collection[str]) -> None:
        self.at("amend:before")
        wanted = self.project(document)
        stored = self.records[found.ref.key]
        self.writes += 1
        for name in fields:
            if name in wanted:
                stored.fields[name] = wanted[name]
            else:
                stored.fields.pop(name, None)
        self.at("amend:stored")

    def authorise(self, document: Document, ref: TargetRef) -> None:
        self.at("authorise:before")
        stored = self.records[ref.key]
        if stored.status is TargetStatus.DRAFT:
            stored.status = TargetStatus.AUTHORISED
            self.authorisations.append(ref.key)
            self.writes += 1
        self.at("authorise:stored")

    def present(self, kind: str) -> Iterator[Found]:
        for stored in self.records.values():
            if stored.kind == kind:
                yield self._found(stored, stored.marker)


@dataclass
class Source:
    """A vendor that yields what it holds."""

    system: str = "cin7"
    documents: list[Document | Unreadable] = field(default_factory=list)
    quiet: list[Document | Unreadable] = field(default_factory=list)

    def falls_quiet(self) -> None:
        """What it holds is there still, and no window shows it as changed."""
        self.quiet, self.documents = [*self.quiet, *self.documents], []

    def read(self, kind: str, window: Any) -> Iterator[Document | Unreadable]:
        return (doc for doc in self.documents if window.holds(doc.modified_at))

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        return (doc for doc in [*self.quiet, *self.documents] if doc.key in keys)


class MemoryStaging:
    """The run's staging, in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, Staged] = {}
        self.later: dict[str, str] = {}
        self.decided_by: dict[str, str] = {}

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

    def decided_later(self, key: str) -> str | None:
        return self.decided_by.get(key)


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


ORDERS = Flow(name="purchase_orders", kind="purchase_order", source="cin7", destination="acumatica")
SUPPLIERS = Flow(name="suppliers", kind="supplier", source="cin7", destination="acumatica",
                 owned_fields=frozenset({"name", "email"}))  # fmt: skip
PAIR = PairSpec(pair_id="acumatica_cin7", title="Cin7 ↔ Acumatica", partner="acumatica",
                accounts_of_record="acumatica", flows=(ORDERS, SUPPLIERS))  # fmt: skip


@dataclass
class World:
    """A source, a target and the connector's memory between them."""

    flow: Flow = ORDERS
    clock: Clock = field(default_factory=Clock)
    source: Source = field(default_factory=Source)
    target: Target = field(default_factory=Target)
    staging: MemoryStaging = field(default_factory=MemoryStaging)
    links: MemoryLinks = field(default_factory=MemoryLinks)
    maps: Maps = field(default_factory=Maps)
    trail: Trail = field(default_factory=Trail)
    mark: Mark = field(default_factory=Mark)
    policies: Policies = field(default_factory=Policies)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = MemoryJournal(self.clock)
        self.reverse = MemoryJournal(self.clock)

    def run(
        self, *, dry_run: bool = False, run_id: str = "r1", approved: Mapping[str, Planned] | None = None
    ) -> FlowRun:
        return FlowRun(
            deployment="acumatica_cin7", pair=PAIR, flow=self.flow, run_id=run_id, source=self.source,
            destination=self.target, staging=self.staging, journal=self.journal, reverse_journal=self.reverse,
            links=self.links, code_maps=self.maps, audit=self.trail, watermarks=self.mark,
            policies=self.policies, dry_run=dry_run, approved=approved, now=self.clock.now, sleep=self.clock.sleep,
            say=self.said.append,
        )  # fmt: skip

    def boundaries(self, at: Callable[[str], None]) -> None:
        self.target.at = at
        self.journal.at = at


def order(
    number: str = "PO-1", net: str = "100", *, supplier: str = "S1", minutes: int = 0, **more: Any
) -> PurchaseOrder:
    """Return a purchase order of one line."""
    amount = Decimal(net)
    values: dict[str, Any] = dict(
        source="cin7", key=f"K-{number}", modified_at=T0 + dt.timedelta(minutes=minutes), number=number,
        supplier_key=supplier, supplier_name="Kestrel", date=dt.date(2026, 10, 1), currency="USD",
        lines=(Line(item="A", quantity=Decimal(1), unit_price=amount, net=amount),),
        net=amount, tax=Decimal(0), gross=amount,
    )  # fmt: skip
    return PurchaseOrder(**{**values, **more})


def supplier(name: str, key: str = "", *, source: str = "cin7", **more: Any) -> Supplier:
    """Return a supplier."""
    return Supplier(source=source, key=key or name, name=name, modified_at=T0, **more)


def lost_answer(_boundary: str) -> None:
    """Raise as a client does whose answer was lost."""
    msg = "connection reset while waiting for the answer"
    raise AmbiguousWrite(msg)

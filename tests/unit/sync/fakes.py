"""Small working stand-ins for the vendors: a target that remembers, a source, their clock, and what may befall them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from ml_connector.domain.documents import Document, PurchaseOrder, Supplier
from ml_connector.domain.errors import AmbiguousWrite
from ml_connector.domain.money import plain
from ml_connector.domain.reference import Reference
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Found, TargetRef, Unreadable

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


def lost_answer(_boundary: str) -> None:
    """Raise as a client does whose answer was lost."""
    msg = "connection reset while waiting for the answer"
    raise AmbiguousWrite(msg)

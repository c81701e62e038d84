"""What was posted under the entries that a version of a map changed, and what a remap would do with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from ml_connector.domain.documents import Document, Supplier, SupplierInvoice
from ml_connector.domain.status import Progress
from ml_connector.mapping.codemap import CodeMaps, Tables
from ml_connector.operator_ui.fields import title_of
from ml_connector.operator_ui.pairs import Pair
from ml_connector.operator_ui.story_queries import load_kept
from ml_connector.store.codemap_edits import MapEdits
from ml_connector.store.database import Database
from ml_connector.store.kept import InForce, KeptRuns
from ml_connector.store.posted import Posted, count_posted, posted
from ml_connector.sync.remap import Action, Recoded, Standings, books, plan, recoded
from ml_connector.sync.run import Policies
from ml_connector.sync.spec import Flow

MOST = 100_000
"""Documents looked at at once in any form."""
_IN_TARGET = {
    Progress.DRAFTED: "draft",
    Progress.AUTHORISING: "draft",
    Progress.AUTHORISED: "authorised",
    Progress.VERIFIED: "authorised",
}


@dataclass(frozen=True)
class RecodedField:
    """One field that comes out otherwise; `title` is what a clerk calls it."""

    title: str
    code: str
    posted: str
    now: str


@dataclass(frozen=True)
class RemapDocument:
    """One document that was posted under the old entry.

    Args:
        number: in the target.
        date: by which its codes are mapped; None for a supplier.
        status: in the target, as far as the connector has brought it.
        posted_at: when it was last written, or found equal in the target.
        version: of the map that it was posted by.
        why: it cannot be remapped.
        unknown: what the connector does not know of it, and a person has to look up before.
    """

    flow: str
    key: str
    label: str
    number: str
    date: dt.date | None
    amount: Decimal | None
    currency: str
    status: str
    posted_at: dt.datetime
    run_id: str
    version: int
    fields: tuple[RecodedField, ...]
    action: Action
    why: str
    unknown: tuple[str, ...]


@dataclass
class Remap:
    """Looks up what one version of a map means for what was posted.

    Args:
        most: documents to look at; each costs up to 0.2 ms, since its content is sealed.
        there: how many stand in the target.
        looked_at: how many of them have been looked at.
        unkept: how many documents were left out, since nothing is kept of what was read.
    """

    database: Database
    pair: Pair
    name: str
    number: int
    now: dt.datetime
    most: int
    there: int = 0
    looked_at: int = 0
    unkept: int = 0
    _maps: dict[object, CodeMaps] = field(default_factory=dict)
    _runs: dict[tuple[str, str], InForce] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = self.database.code_maps(self.pair.name)
        self.kept = KeptRuns(self.database.engine, self.pair.name)
        self.today = self.pair.day_of(self.now)
        self.made_at = self.store.made_at(self.name)

    def documents(self) -> Iterator[RemapDocument]:
        """Yield the documents posted before the version whose codes it changed, flow by flow, by key."""
        cin7, partner = MapEdits(self.store, self.name).codes(self.number)
        for flow in self.pair.flows:
            codes = cin7 if flow.source == "cin7" else partner
            there, most = count_posted(self.database.engine, self.pair.name, flow.name), self.most - self.looked_at
            self.there, self.looked_at = self.there + there, self.looked_at + min(there, most)
            for one in posted(self.database.engine, self.pair.name, flow.name, codes, most):
                found = self._document(flow, one)
                if found is not None:
                    yield found

    def _document(self, flow: Flow, one: Posted) -> RemapDocument | None:
        noted = self._noted(one)
        by = self._version(one, noted)
        if by >= self.number:
            return None
        document = load_kept(one.kind, one.payload)
        if document is None:
            self.unkept += 1
            return None
        fields = recoded(document, self._standings(flow, noted, by, noted.today or self.pair.day_of(one.at)))
        if not fields:
            return None
        action, why = plan(document, one.progress, one.findings, fields, self._closed(document))
        return RemapDocument(
            flow=one.flow,
            key=one.key,
            label=one.label,
            number=one.ref.number or one.ref.key,
            date=document.booked_on,
            amount=one.money.amount if one.money else None,
            currency=one.money.currency if one.money else "",
            status="there" if isinstance(document, Supplier) else _IN_TARGET.get(one.progress, "not settled"),
            posted_at=one.at,
            run_id=one.run_id,
            version=by,
            fields=tuple(_titled(each) for each in fields),
            action=action,
            why=why,
            unknown=self._unknown(document) if action is Action.REVERSE else (),
        )

    def _noted(self, one: Posted) -> InForce:
        run = (one.run_id, one.flow)
        if run not in self._runs:
            self._runs[run] = self.kept.mapping(*run)
        return self._runs[run]

    def _version(self, one: Posted, noted: InForce) -> int:
        """Return the version of the map that the document was posted by; by the time where no run has noted it."""
        if noted.versions is None:
            return max((version for version, made_at in self.made_at.items() if made_at <= one.at), default=0)
        return noted.versions.get(self.name, 0)

    def _standings(self, flow: Flow, noted: InForce, by: int, then: dt.date) -> Standings:
        identity = Policies().identity_maps if noted.identity is None else noted.identity

        def at(version: int | None, today: dt.date) -> CodeMaps:
            key = (flow.source, version, identity, today)
            if key not in self._maps:
                tables = self.store.load(flow.source) if version is None else self._then(flow, version)
                self._maps[key] = CodeMaps({self.name: tables[self.name]}, identity, today=today)
            return self._maps[key]

        return Standings(
            posted=at(by, then), before=at(self.number - 1, self.today), after=at(self.number, self.today),
            now=at(None, self.today),
        )  # fmt: skip

    def _then(self, flow: Flow, version: int) -> Tables:
        return self.store.load_at(flow.source, {self.name: version})

    def _closed(self, document: Document) -> str:
        """Return what the pair's calendar says of the document's period, if it is closed."""
        calendar, day = self.pair.calendar, document.booked_on
        if calendar is None or day is None or not books(document):
            return ""
        period = calendar.period_of(day)
        closed = calendar.close(period)
        return f"Its period {period.name} is closed by the pair's calendar." if closed <= self.now else ""

    def _unknown(self, document: Document) -> tuple[str, ...]:
        period = ("whether its period is closed",) if self.pair.calendar is None and books(document) else ()
        return (*period, *(("whether it is paid",) if isinstance(document, SupplierInvoice) else ()))


def _titled(one: Recoded) -> RecodedField:
    return RecodedField(title_of(one.field), one.code, one.posted, one.now)

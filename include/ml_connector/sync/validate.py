"""Validate: apply the code maps and run every check, before anything is written to the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from ml_connector.domain.documents import (
    Document,
    DocumentStatus,
    GoodsReceipt,
    Item,
    PurchaseOrder,
    Supplier,
    SupplierInvoice,
)
from ml_connector.domain.errors import ConcurrentEdit
from ml_connector.domain.finding import Finding
from ml_connector.domain.reference import KnownCode
from ml_connector.domain.status import OPEN_OUTCOMES, Outcome, Progress
from ml_connector.mapping.codemap import CodeMaps
from ml_connector.mapping.links import SupplierLink
from ml_connector.mapping.resolve import OrderInTarget, Resolution, resolve
from ml_connector.sync.evidence import MAPS_IN_FORCE, in_force
from ml_connector.sync.last_word import is_left, still_ours
from ml_connector.sync.match import Match, Matcher
from ml_connector.sync.poison import BUGS, Parking
from ml_connector.sync.ports import Reference
from ml_connector.sync.run import FlowRun
from ml_connector.sync.stores import Decision, Entry, Staged
from ml_connector.validation.checks import check
from ml_connector.validation.three_way import Purchase, three_way

T = TypeVar("T", bound=Document)

DONE = (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED)
"""Outcomes that a repeated validate or load of the same run leaves as they are."""
AT_ONCE = 200
"""Documents whose decisions are stored together."""


def validate(run: FlowRun) -> dict[str, int]:
    """Decide for each staged document: ready to load, held, or waiting; return the counts.

    Where there is nothing to decide the target is not asked for its books. A repeated validate decides anew what is
    not done yet, so that a corrected map frees what it held. What a person rejected stays rejected until its content
    changes. One on which the connector itself fails is parked alone.

    Raises:
        ConcurrentEdit: another worker has some of the documents in hand; the others are decided.
        SyncError: the target's books could not be read; nothing has been decided wrongly.
    """
    undone = still_ours(run, [staged for staged in run.staging.all() if staged.outcome not in DONE])
    if not undone:
        return run.staging.counts()
    sources = [staged.document for staged in run.staging.all() if isinstance(staged.document, Supplier)]
    decider, rejected = Decider.of(run, sources), run.journal.rejected()
    run.audit.note("", MAPS_IN_FORCE, in_force(run, decider.maps))
    busy: list[ConcurrentEdit] = []
    for start in range(0, len(undone), AT_ONCE):
        some = undone[start : start + AT_ONCE]
        decisions = [decider.decision(staged, rejected.get(staged.key)) for staged in some]
        run.staging.decide(decisions)
        if not run.dry_run:
            busy += _conclude(run, some, decisions)
        run.say(f"{run.where()}: {start + len(some)} of {len(undone)} documents checked")
    if busy:
        raise ConcurrentEdit(f"{run.where()}: {len(busy)} documents were in hand elsewhere, the first: {busy[0]}")
    return run.staging.counts()


def _conclude(run: FlowRun, some: Sequence[Staged], decisions: Sequence[Decision]) -> list[ConcurrentEdit]:
    """Store in the journal what stays open; return what another worker has in hand, of which nothing is stored."""
    busy: list[ConcurrentEdit] = []
    for staged, said in zip(some, decisions, strict=True):
        if said.outcome in OPEN_OUTCOMES:
            try:
                _conclude_one(run, staged, said, said.outcome)
            except ConcurrentEdit as error:
                busy.append(error)
    return busy


def _conclude_one(run: FlowRun, staged: Staged, said: Decision, outcome: Outcome) -> None:
    """Conclude unless somebody else has the last word on it meanwhile: under its lock, so that none delivers it now."""
    with run.journal.lock(staged.key):
        if is_left(run, staged):
            return
        run.journal.conclude(staged.key, outcome, label=staged.label, findings=said.findings, document=staged.document)


def _outcome(findings: tuple[Finding, ...]) -> Outcome | None:
    if not findings:
        return None
    return Outcome.WAITING if all(finding.waits for finding in findings) else Outcome.HELD


@dataclass
class Decider:
    """Decides documents against the target's books, read once."""

    run: FlowRun
    reference: Reference
    maps: CodeMaps
    links: dict[str, str]
    matcher: Matcher | None
    parking: Parking

    @classmethod
    def of(cls, run: FlowRun, sources: Sequence[Supplier]) -> Decider:
        """Read the target's books, the code maps and the links; `sources` are all suppliers that are to be matched."""
        reference = run.destination.reference([run.flow.kind])
        maps = run.maps()
        links = {key: _other(link, run) for key, link in run.links.by(run.flow.source).items()}
        matcher = _matcher(run, maps, links, sources) if run.flow.kind == Supplier.kind else None
        run.learn({**reference.codes(), **({"supplier": _codes_of(matcher.targets)} if matcher else {})})
        return cls(run, reference, maps, links, matcher, Parking(run, "validate", run.journal.failures()))

    def decision(self, staged: Staged, rejected: str | None) -> Decision:
        """Return what becomes of a document; `rejected` is the content in which a person rejected it."""
        if rejected == staged.content_hash:
            return Decision(staged.key, outcome=Outcome.REJECTED)
        if self.parking.stays(staged):
            return Decision(staged.key, None, self.run.journal.entry(staged.key).findings, Outcome.HELD)
        try:
            resolved, findings = self.decide(staged.document) if staged.document else (None, staged.findings)
        except BUGS as error:
            outcome, finding = self.parking.park(staged, error)
            return Decision(staged.key, None, (finding,), outcome)
        return Decision(staged.key, resolved, findings, _outcome(findings))

    def decide(self, document: Document) -> tuple[Document | None, tuple[Finding, ...]]:
        """Return the document in the target's codes, or None and why it is held."""
        if document.status is DocumentStatus.VOIDED:
            return document, ()
        orders = self._order if self.run.orders else None
        target = self.run.destination.system
        resolution = Resolution(document, self.maps, self.reference, self.links, target, orders)
        findings = check(document, self.reference)
        resolved = resolve(resolution)
        findings += resolution.findings
        if self.run.flow.matches_receipts and isinstance(document, SupplierInvoice):
            findings += self._match_receipts(document)
        if self.matcher is not None and isinstance(document, Supplier) and not findings:
            found = self.matcher.match(document)
            findings += found.findings
            _link(self.run, document, found)
        return (None if findings else resolved), tuple(findings)

    def _match_receipts(self, invoice: SupplierInvoice) -> list[Finding]:
        """Match the invoice with its order and receipts as the source has them now."""
        if not invoice.order_key:
            return []
        invoices = tuple(self._of_purchase(SupplierInvoice, invoice))
        purchase = Purchase(
            order=next(iter(self._of_purchase(PurchaseOrder, invoice)), None),
            receipts=tuple(self._of_purchase(GoodsReceipt, invoice)),
            invoices=invoices,
            begun=self._begun(invoices) if len(invoices) > 1 else (),
        )
        items = self.reference.items or {}
        theirs = {
            line.item: self.maps.find("item", line.item, invoice.booked_on) for line in invoice.lines if line.item
        }
        services = {item for item, code in theirs.items() if not _is_stocked(items.get(code or item))}
        return three_way(invoice, purchase, self.run.policies.tolerances, services)

    def _begun(self, invoices: Sequence[SupplierInvoice]) -> frozenset[str]:
        entries = [self.run.journal.entry(invoice.key) for invoice in invoices]
        return frozenset(entry.key for entry in entries if _is_begun(entry))

    def _of_purchase(self, kind: type[T], invoice: SupplierInvoice) -> list[T]:
        found = self.run.source.read_keys(kind.kind, [invoice.order_key])
        return [one for one in found if isinstance(one, kind) and one.status is DocumentStatus.AUTHORISED]

    def _order(self, key: str) -> OrderInTarget | None:
        """Return the order as the target knows it: what it became there, or what it came from."""
        assert self.run.orders is not None
        entry = self.run.orders.entry(key)
        if entry.ref is not None and entry.progress is Progress.VERIFIED:
            return OrderInTarget(entry.ref.key, entry.ref.number)
        origin = self.run.reverse_orders.key_of(key) if self.run.reverse_orders else None
        return None if origin is None else OrderInTarget(origin, "")


def _is_begun(entry: Entry) -> bool:
    """Tell whether the document has been sent, or is about to be: one rejected before that never goes."""
    if entry.progress is Progress.INTENDED:
        return entry.outcome is not Outcome.REJECTED
    return entry.progress is not Progress.NONE


def _is_stocked(item: Item | None) -> bool:
    return item is None or item.stocked


def _codes_of(suppliers: Sequence[Supplier]) -> dict[str, KnownCode]:
    return {supplier.key: KnownCode(supplier.name, supplier.active) for supplier in suppliers}


def _matcher(run: FlowRun, maps: CodeMaps, links: dict[str, str], sources: Sequence[Supplier]) -> Matcher:
    return Matcher(
        sources=sources,
        targets=run.destination.suppliers(),
        linked=links,
        maps=maps,
        near=run.policies.near_match_score,
        create=run.policies.create_suppliers,
        target_name=run.destination.system,
    )


def _link(run: FlowRun, supplier: Supplier, found: Match) -> None:
    if found.verdict != "linked" or not found.how or run.dry_run:
        return
    run.links.add(link_of(run, supplier.key, found.target, found.how))
    run.audit.note(supplier.key, "linked", {"to": found.target, "how": found.how})


def link_of(run: FlowRun, source_key: str, target_key: str, how: str) -> SupplierLink:
    """Return the link of a source and a target key, whichever of the two is Cin7."""
    if run.flow.source == "cin7":
        return SupplierLink(cin7_key=source_key, partner_key=target_key, how=how)
    return SupplierLink(cin7_key=target_key, partner_key=source_key, how=how)


def _other(link: SupplierLink, run: FlowRun) -> str:
    return link.partner_key if run.flow.source == "cin7" else link.cin7_key

"""How much of what a source holds could be moved as the code maps stand: read and mapped, not written anywhere."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain

from ml_connector.domain.documents import Document, DocumentStatus, Supplier
from ml_connector.domain.finding import Finding, Reason
from ml_connector.mapping.reasons import MAP_OF
from ml_connector.sync.poison import BUGS, finding
from ml_connector.sync.ports import Unreadable, Window
from ml_connector.sync.run import FlowRun
from ml_connector.sync.validate import Decider

AFTER_OTHERS = frozenset({
    Reason.SUPPLIER_NOT_LINKED, Reason.ORDER_NOT_THERE, Reason.NOT_READY, Reason.RECEIPT_MISSING,
})  # fmt: skip
"""What documents wait for while those before them have not been moved: no fault of the maps."""


@dataclass
class Share:
    """So many documents, and their amounts by currency, credits as much as debits."""

    documents: int = 0
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(self, document: Document | Unreadable) -> None:
        """Count one more."""
        self.documents += 1
        money = None if isinstance(document, Unreadable) else document.money
        if money is not None:
            self.amounts[money.currency] += abs(money.amount)


@dataclass
class Coverage:
    """What of one flow's documents could be moved.

    Args:
        read: all of them; voided ones are left out.
        covered: those whose every code has a counterpart.
        missing: (code map, code) → the documents that lack it.
        held: reason → how many documents a person would have to look at, besides missing codes.
    """

    read: Share = field(default_factory=Share)
    covered: Share = field(default_factory=Share)
    missing: dict[tuple[str, str], Share] = field(default_factory=lambda: defaultdict(Share))
    held: Counter[str] = field(default_factory=Counter)

    def add(self, document: Document | Unreadable, findings: Iterable[Finding]) -> None:
        """Count a document with what was found about it."""
        self.read.add(document)
        codes = {(MAP_OF[one.reason], one.value) for one in findings if _is_a_code(one)}
        for code in codes:
            self.missing[code].add(document)
        if not codes:
            self.covered.add(document)
        self.held.update(
            {one.reason.value for one in findings if one.reason not in AFTER_OTHERS and not _is_a_code(one)}
        )

    def percent(self) -> Decimal:
        """Return how many of a hundred documents are covered, rounded down; 100 of none."""
        return _percent(Decimal(self.covered.documents), Decimal(self.read.documents))

    def percent_of(self, currency: str) -> Decimal:
        """Return how much of a hundred of the currency's amount is covered, rounded down."""
        return _percent(self.covered.amounts[currency], self.read.amounts[currency])


def _is_a_code(one: Finding) -> bool:
    return one.reason in MAP_OF and one.reason not in AFTER_OTHERS and MAP_OF[one.reason] != "supplier"


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return Decimal(100) if not whole else Decimal(int(1000 * part / whole)) / 10


def coverage(run: FlowRun, days: int) -> Coverage:
    """Read the documents of the last `days` days and map them; nothing is written.

    Raises:
        SyncError: a system could not be read.
    """
    end = run.now()
    read = iter(run.source.read(run.flow.kind, Window(end - dt.timedelta(days=days), end, by_document_date=True)))
    sources: list[Supplier] = []
    if run.flow.kind == Supplier.kind:
        everything = list(read)
        sources, read = [one for one in everything if isinstance(one, Supplier)], iter(everything)
    first = next(read, None)
    made = Coverage()
    if first is None:
        return made  # nothing to map: the target is not asked
    decider = Decider.of(run, sources)
    for document in chain([first], read):
        if isinstance(document, Unreadable) or document.status is not DocumentStatus.VOIDED:
            made.add(document, _findings(decider, document))
    return made


def _findings(decider: Decider, document: Document | Unreadable) -> Iterable[Finding]:
    if isinstance(document, Unreadable):
        return (document.finding,)
    try:
        return decider.decide(document)[1]
    except BUGS as error:
        return (finding(document.label, "preflight", error),)


def worst(found: Coverage) -> Iterator[tuple[tuple[str, str], Share]]:
    """Yield the missing codes, the one that most documents lack first."""
    yield from sorted(found.missing.items(), key=lambda one: (-one[1].documents, one[0]))

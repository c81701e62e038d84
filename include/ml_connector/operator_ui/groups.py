"""Open documents grouped by what they wait for, with the money that each group holds up."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ml_connector.domain.money import Money
from ml_connector.operator_ui.open_documents import OpenDocument
from ml_connector.operator_ui.pairs import Pair, system_name
from ml_connector.operator_ui.rendering import amount, counted, span
from ml_connector.operator_ui.words import NOUNS, map_of, waits_for


@dataclass(frozen=True)
class Group:
    """The documents of one flow that wait for the same.

    Args:
        reason: a finding's code; "" for what failed without one.
        value: the code, supplier, … in question; "" where it makes no difference.
        waits_for: the same in a clerk's words.
        summary: the whole line in a clerk's words.
        map_name: the code map in which it can be put right; "" for none.
        frees: documents that wait for nothing else.
        oldest: when the first of them was held; None when none was.
        next_step: what a person should do, as the first document's finding says it.
        state: changes when any of the documents does.
    """

    pair: str
    flow: str
    reason: str
    value: str
    waits_for: str
    summary: str
    map_name: str
    noun: str
    count: int
    outcomes: dict[str, int]
    money: tuple[Money, ...]
    frees: int
    oldest: dt.datetime | None
    next_step: str
    state: str


def grouped(documents: Sequence[OpenDocument], pairs: Iterable[Pair], now: dt.datetime) -> list[Group]:
    """Return the groups: those that a person must see to first, the largest first."""
    members: dict[tuple[str, str, str, str], list[OpenDocument]] = defaultdict(list)
    for one in documents:
        for reason, value in one.cases:
            members[one.pair, one.flow, reason, value].append(one)
    shapes = {pair.name: pair for pair in pairs}
    found = [group_of(shapes[key[0]], key[2], key[3], group, now) for key, group in members.items()]
    return sorted(found, key=lambda g: (not g.outcomes.get("held"), -g.count, g.pair, g.flow, g.reason, g.value))


def group_of(pair: Pair, reason: str, value: str, documents: Sequence[OpenDocument], now: dt.datetime) -> Group:
    """Return the group of documents of one flow in one case; there is at least one."""
    flow = documents[0].flow
    shape = pair.flow(flow)
    finding = next((f for one in documents for f in one.findings if f.reason.value == reason), None)
    thing = waits_for(reason, value, system_name(shape.destination if shape else ""))
    money = sums(documents)
    oldest = min((one.since for one in documents if one.since), default=None)
    noun = NOUNS.get(documents[0].kind or (shape.kind if shape else ""), "document")
    return Group(
        pair=pair.name,
        flow=flow,
        reason=reason,
        value=value,
        waits_for=thing,
        summary=_summary(len(documents), noun, money, thing, now - oldest if oldest else None),
        map_name=map_of(finding) if finding else "",
        noun=noun,
        count=len(documents),
        outcomes=dict(Counter(one.outcome for one in documents)),
        money=money,
        frees=sum(one.cases == ((reason, value),) for one in documents),
        oldest=oldest,
        next_step=finding.next_step if finding else "See the log of the run that failed; the next run tries again.",
        state=state_of_all(documents),
    )


def sums(documents: Iterable[OpenDocument]) -> tuple[Money, ...]:
    """Return the money of the documents, added up per currency, by currency."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for one in documents:
        if one.money is not None:
            found[one.money.currency] += one.money.amount
    return tuple(Money(amount=found[currency], currency=currency) for currency in sorted(found))


def state_of_all(documents: Iterable[OpenDocument]) -> str:
    """Return a short text that changes when one of the documents does, or when there are others."""
    text = "\n".join(sorted(f"{one.flow}\x1f{one.key}\x1f{one.state}" for one in documents))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _summary(count: int, noun: str, money: Sequence[Money], thing: str, age: dt.timedelta | None) -> str:
    parts = [counted(count, noun), *(f"{amount(one.amount)} {one.currency}".strip() for one in money)]
    parts.append(f"{'waits' if count == 1 else 'wait'} for {thing}")
    if age is not None:
        parts.append(f"for {span(age)}" if count == 1 else f"oldest {span(age)}")
    return ", ".join(parts)

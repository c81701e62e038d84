"""Looks at both systems for itself: is each document there exactly once, right, and nothing else?

It shares nothing with the connector: what must be there is worked out from the scenario or the source's records alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ml_connector_sandbox.scenarios.scenario import Expected, Scenario

FLOWS = {
    "purchase_order": "purchase_orders",
    "goods_receipt": "goods_receipts",
    "bill": "supplier_invoices",
    "credit_memo": "supplier_invoices",
}
"""Kind of document → the flow that moves it."""


@dataclass(frozen=True)
class Standing:
    """A document in the target.

    Args:
        supplier: the key of its supplier there.
        name: what the target calls it, for messages.
    """

    kind: str
    number: str
    supplier: str
    gross: Decimal
    currency: str
    authorised: bool
    name: str


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Args:
        documents, suppliers: how many stand in the target as they must.
        wrong: what does not, in words.
    """

    documents: int
    suppliers: int
    wrong: tuple[str, ...]


def sorted_out(
    every: Sequence[Expected], scenario: Scenario, *, untouched: bool
) -> tuple[list[Expected], list[Expected]]:
    """Return the documents that must be in the target, and those that may be.

    Args:
        every: all that the source means.
        scenario: says which are held.
        untouched: nobody has repaired a held document yet, so none may be in the target.
    """
    held = {(one.flow, one.label) for one in scenario.held}
    expected = [one for one in every if (FLOWS[one.kind], one.number) not in held]
    return expected, [] if untouched else [one for one in every if (FLOWS[one.kind], one.number) in held]


def compare(
    expected: Sequence[Expected], allowed: Sequence[Expected], standing: Sequence[Standing], keys: Mapping[str, str]
) -> list[str]:
    """Return what is missing, doubled, different or too much.

    Args:
        expected: what must stand there.
        allowed: what may.
        standing: what does.
        keys: supplier's name in the source → its key in the target.
    """
    there: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for one in standing:
        there[one.kind, one.number.casefold()].append(one)
    wrong = []
    for document in expected:
        wrong += _check(document, there.pop((document.kind, document.number.casefold()), []), keys)
    for document in allowed:
        found = there.pop((document.kind, document.number.casefold()), [])
        wrong += _check(document, found, keys) if found else []
    extra = [one for found in there.values() for one in found]
    return wrong + [f"{one.name} ({one.kind} {one.number!r}) stands in the target and should not" for one in extra]


def _check(document: Expected, found: list[Standing], keys: Mapping[str, str]) -> list[str]:
    what = f"{document.kind} {document.number} of {document.supplier}"
    if len(found) != 1:
        return [f"{what} is {'missing' if not found else f'there {len(found)} times'}"]
    one = found[0]
    wrong = []
    if (one.gross, one.currency) != (abs(document.gross), document.currency):
        wrong.append(f"{what}: {document.gross} {document.currency} here, {one.gross} {one.currency} in {one.name}")
    if one.supplier != keys.get(document.supplier):
        wrong.append(f"{what} stands at supplier {one.supplier}, not at {keys.get(document.supplier)!r}")
    if not one.authorised:
        wrong.append(f"{what} is not authorised: {one.name}")
    return wrong

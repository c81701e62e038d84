"""A document as a table of fields, before and after its codes were replaced by the target's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.documents import Document
from ml_connector.domain.finding import Finding

MAP_OF_FIELD = {
    "account": "account",
    "item": "item",
    "tax_rule": "tax",
    "terms": "terms",
    "currency": "currency",
    "unit": "unit",
    "company": "company",
    "cost_centre": "cost_centre",
}
"""Last part of a field's name → the code map that is applied to it."""
_WORDS = {
    "account": "GL account",
    "net": "net",
    "tax": "tax",
    "gross": "gross",
    "supplier_key": "supplier (key)",
    "supplier_name": "supplier",
    "order_key": "order (key)",
    "order_number": "order",
    "cost_centre": "cost centre",
    "tax_rule": "tax rule",
    "unit_price": "unit price",
    "line1": "street",
    "line2": "street, continued",
}
_QUIET = ("source", "key", "modified_at")
"""Left out of the table: they stand above it."""


@dataclass(frozen=True)
class FieldRow:
    """One field.

    Args:
        name: the path, e.g. ``lines[0].account``.
        title: what a clerk calls it, e.g. ``line 1, GL account``.
        before: as read from the source.
        after: in the target's codes; None when that has not been reached.
        map_name: the code map that was applied; "" for none.
        findings: what is wrong with it.
    """

    name: str
    title: str
    before: str
    after: str | None
    map_name: str
    findings: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether the target gets another value."""
        return self.after is not None and self.after != self.before


def table(before: Document, after: Document | None, findings: Sequence[Finding]) -> list[FieldRow]:
    """Return the fields of a document that are filled on either side, those of each line together."""
    old, new = dict(_flat(before)), None if after is None else dict(_flat(after))
    wrong: dict[str, list[str]] = {}
    for finding in findings:
        wrong.setdefault(finding.field, []).append(finding.message)
    names = dict.fromkeys([*old, *(new or {})])
    return [_row(name, old, new, wrong) for name in names if old.get(name) or (new or {}).get(name) or name in wrong]


def title_of(name: str) -> str:
    """Return what a clerk calls a field."""
    found = re.fullmatch(r"lines\[(\d+)\]\.(.+)", name)
    if found:
        return f"line {int(found[1]) + 1}, {title_of(found[2])}"
    last = name.rpartition(".")[2]
    return _WORDS.get(last, last.replace("_", " "))


def _row(
    name: str, old: Mapping[str, str], new: Mapping[str, str] | None, wrong: Mapping[str, Iterable[str]]
) -> FieldRow:
    last = name.rpartition(".")[2]
    after = None if new is None else new.get(name, "")
    map_name = MAP_OF_FIELD.get(last, "") if old.get(name) else ""
    return FieldRow(name, title_of(name), old.get(name, ""), after, map_name, tuple(wrong.get(name, ())))


def _flat(document: Document) -> Iterator[tuple[str, str]]:
    for name, value in document.model_dump(mode="json").items():
        if name not in _QUIET:
            yield from _leaves(name, value)


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for part, inner in value.items():
            yield from _leaves(f"{name}.{part}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(f"{name}[{index}]", inner)
    else:
        yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)

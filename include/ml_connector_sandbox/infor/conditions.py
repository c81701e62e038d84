"""Conditions such as ``IACONO = 100 and IALMDT >= 20260301`` or ``dl_document_name eq 'PurchaseOrder'``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Compare = Callable[[Any, Any], bool]

SYMBOLS: dict[str, Compare] = {
    "=": operator.eq, "<>": operator.ne, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip
WORDS: dict[str, Compare] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip
_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|<=|>=|<>|!=|=|<|>|[()]|[^\s()<>=!']+)")


@dataclass(frozen=True)
class Comparison:
    """One column compared with one value."""

    name: str
    compare: Compare
    value: str


@dataclass(frozen=True)
class Joined:
    """Conditions of which all (`every`) or any must hold; none at all holds."""

    every: bool = True
    parts: list[Comparison | Joined] = field(default_factory=list)

    def holds(self, test: Callable[[Comparison], bool]) -> bool:
        """Tell whether it holds, `test` deciding each comparison."""
        found = (part.holds(test) if isinstance(part, Joined) else test(part) for part in self.parts)
        return all(found) if self.every else any(found)

    def comparisons(self) -> list[Comparison]:
        """Return every comparison in it."""
        parts = [part.comparisons() if isinstance(part, Joined) else [part] for part in self.parts]
        return [item for part in parts for item in part]


def tokens(text: str) -> list[str]:
    """Return the words, signs and quoted texts of `text`.

    Raises:
        ValueError: when something in it is none of these.
    """
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"cannot read {text[at:]!r}")
        found.append(match[1])
        at = match.end()
    return found


def parse(words: list[str], operators: dict[str, Compare]) -> Joined:
    """Return the condition that `words` spell; ValueError when they do not."""
    left = list(words)
    made = _either(left, operators)
    if left:
        raise ValueError(f"{left[0]!r} was not expected")
    return made


def _either(left: list[str], operators: dict[str, Compare]) -> Joined:
    parts: list[Comparison | Joined] = [_both(left, operators)]
    while left and left[0].lower() == "or":
        left.pop(0)
        parts.append(_both(left, operators))
    return Joined(False, parts)


def _both(left: list[str], operators: dict[str, Compare]) -> Joined:
    parts = [_unit(left, operators)]
    while left and left[0].lower() == "and":
        left.pop(0)
        parts.append(_unit(left, operators))
    return Joined(True, parts)


def _unit(left: list[str], operators: dict[str, Compare]) -> Comparison | Joined:
    if left and left[0] == "(":
        left.pop(0)
        inner = _either(left, operators)
        if not left or left.pop(0) != ")":
            raise ValueError("a bracket is not closed")
        return inner
    if len(left) < 3 or left[1].lower() not in operators:
        raise ValueError("a comparison of a column with a value was expected")
    name, sign, value = left.pop(0), left.pop(0), left.pop(0)
    return Comparison(name, operators[sign.lower()], value[1:-1].replace("''", "'") if value[0] == "'" else value)

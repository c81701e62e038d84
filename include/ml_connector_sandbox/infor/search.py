"""The query language of the search transactions, ``SUNO:Y30000 AND PUSL:[15 TO 75]``.

That it is like Lucene's, that words side by side must all be found, and that the index is behind are inferred.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase

from .tenant import Row

Test = Callable[[Row], bool]
_TOKEN = re.compile(
    r'\s*(?:(?P<range>\w+:[\[{][^\]}]*[\]}])|(?P<quoted>(?:\w+:)?"[^"]*")|(?P<bracket>[()])|(?P<word>[^\s()"]+))'
)
_RANGE = re.compile(r"(\w+):([\[{])\s*(\S+)\s+TO\s+(\S+?)\s*([\]}])")
_SIGNED = re.compile(r"(>=|<=|>|<)(.+)")


def parse(text: str) -> Test:
    """Return the test that a query asks for.

    Raises:
        ValueError: when it cannot be read.
    """
    left = _tokens(text)
    if not left:
        raise ValueError("the query is empty")
    made = _either(left)
    if left:
        raise ValueError(f"{left[0]!r} was not expected")
    return made


def _tokens(text: str) -> list[str]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"cannot read {text[at:]!r}")
        found.append(match[0].strip())
        at = match.end()
    return found


def _either(left: list[str]) -> Test:
    tests = [_both(left)]
    while left and left[0] == "OR":
        left.pop(0)
        tests.append(_both(left))
    return lambda row: any(test(row) for test in tests)


def _both(left: list[str]) -> Test:
    tests = [_not(left)]
    while left and left[0] not in {"OR", ")"}:
        if left[0] == "AND":
            left.pop(0)
        tests.append(_not(left))
    return lambda row: all(test(row) for test in tests)


def _not(left: list[str]) -> Test:
    if left and left[0] == "NOT":
        left.pop(0)
        test = _unit(left)
        return lambda row: not test(row)
    return _unit(left)


def _unit(left: list[str]) -> Test:
    if not left or left[0] in {"AND", "OR", ")"}:
        raise ValueError("a term was expected")
    word = left.pop(0)
    if word == "(":
        inner = _either(left)
        if not left or left.pop(0) != ")":
            raise ValueError("a bracket is not closed")
        return inner
    return _term(word)


def _term(word: str) -> Test:
    name, colon, value = word.partition(":")
    if not colon:
        return _anywhere(word.strip('"').lower())
    if not value:
        raise ValueError(f"{name} is compared with nothing")
    if value[0] in "[{":
        return _range(word)
    signed = _SIGNED.fullmatch(value)
    if signed:
        sign, bound = signed.groups()
        return lambda row: name in row and _within(row[name], sign, bound)
    pattern = value.strip('"').lower()
    return lambda row: name in row and fnmatchcase(row[name].lower(), pattern)


def _range(word: str) -> Test:
    found = _RANGE.fullmatch(word)
    if not found:
        raise ValueError(f"cannot read the range {word!r}")
    name, opening, low, high, closing = found.groups()

    def test(row: Row) -> bool:
        above = low == "*" or _within(row.get(name, ""), ">=" if opening == "[" else ">", low)
        below = high == "*" or _within(row.get(name, ""), "<=" if closing == "]" else "<", high)
        return name in row and above and below

    return test


def _within(value: str, sign: str, bound: str) -> bool:
    order = _order(value, bound)
    return {">=": order >= 0, "<=": order <= 0, ">": order > 0, "<": order < 0}[sign]


def _order(left: str, right: str) -> int:
    """Return -1, 0 or 1: numbers by size, other texts by letter."""
    try:
        a, b = Decimal(left), Decimal(right)
    except InvalidOperation:
        return (left > right) - (left < right)
    return (a > b) - (a < b)


def _anywhere(text: str) -> Test:
    pattern = text if "*" in text else f"*{text}*"
    return lambda row: any(fnmatchcase(value.lower(), pattern) for value in row.values())

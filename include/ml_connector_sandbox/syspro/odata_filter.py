"""The part of OData v4's ``$filter`` that the service understands.

SYSPRO publishes that ``$filter`` exists (https://help.syspro.com, topic SYSPRO OData), not its grammar; this is the
common part of https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html, with the wordings
of Microsoft's OData library. Text is compared as the database does, whose collation is binary
(https://github.com/dontlookaway/BlackBox): upper and lower case differ, blanks at the end do not count.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from decimal import Decimal
from typing import Any

from .schema import Column, Table

Values = dict[str, Any]
Test = Callable[[Values], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<v3>datetime'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)|(?P<day>\d{4}-\d\d-\d\d(?![\d-]))"
    r"|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])|(?P<word>[A-Za-z_]\w*)|(?P<sign>[(),]))\s*"
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda text, part: part in text,
}
_EDM = {"varchar": "Edm.String", "char": "Edm.String", "stamp": "Edm.Binary", "int": "Edm.Int32", "dec": "Edm.Decimal",
        "date": "Edm.DateTimeOffset"}  # fmt: skip
_NUMBERS = {"Edm.Int32", "Edm.Decimal"}


class BadQuery(Exception):
    """A query option that the service answers with 400."""


@dataclass(frozen=True)
class Operand:
    """One side of a comparison."""

    edm: str
    read: Callable[[Values], Any]


def edm_of(column: Column) -> str:
    """Return the OData type of a column."""
    return _EDM[column.kind]


def column_of(table: Table, company: str, name: str) -> Column:
    """Return a column; BadQuery with Microsoft's words when the table has none of that name, case counting."""
    column = table.columns.get(name)
    if column is None:
        raise BadQuery(f"Could not find a property named '{name}' on type '{company}.{table.name}'.")
    return column


def parse_filter(text: str, table: Table, company: str, literal: str) -> Test:
    """Return the test of a ``$filter``; `literal` is the one kind of date that it takes.

    Raises:
        BadQuery: a text that cannot be read, an unknown column, or types that do not match.
    """
    return _Parser(text, table, company, literal).whole()


class _Parser:
    """Recursive descent over the tokens of one filter."""

    def __init__(self, text: str, table: Table, company: str, literal: str) -> None:
        self._text, self._table, self._company, self._literal = text, table, company, literal
        self._tokens = self._split(text)
        self._at = 0

    def _split(self, text: str) -> list[tuple[str, str]]:
        tokens, at = [], 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._bad(at)
            tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            at = match.end()
        return tokens

    def _bad(self, at: int) -> BadQuery:
        return BadQuery(f"Syntax error at position {at} in '{self._text}'.")

    def whole(self) -> Test:
        test = self._either()
        if self._at < len(self._tokens):
            raise self._bad(self._at)
        return test

    def _either(self) -> Test:
        parts = [self._both()]
        while self._take("word", "or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _both(self) -> Test:
        parts = [self._single()]
        while self._take("word", "and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _single(self) -> Test:
        if self._take("word", "not"):
            inner = self._single()
            return lambda row: not inner(row)
        if self._take("sign", "("):
            test = self._either()
            self._need(")")
            return test
        kind, word = self._peek()
        if kind == "word" and word in _TESTS:
            return self._function(word)
        left = self._operand()
        kind, word = self._next()
        if kind != "word" or word not in _COMPARISONS:
            raise self._bad(self._at)
        return _compare(word, left, self._operand())

    def _function(self, name: str) -> Test:
        self._at += 1
        self._need("(")
        whole = self._operand()
        self._need(",")
        part = self._operand()
        self._need(")")
        if {whole.edm, part.edm} != {"Edm.String"}:
            raise BadQuery(
                f"No function signature for the function with name '{name}' matches the specified arguments."
            )
        test = _TESTS[name]
        return lambda row: test(whole.read(row), part.read(row))

    def _operand(self) -> Operand:
        kind, text = self._next()
        if kind == "text":
            value = text[1:-1].replace("''", "'").rstrip()
            return Operand("Edm.String", lambda _: value)
        if kind == "number":
            number = Decimal(text)
            return Operand("Edm.Decimal", lambda _: number)
        if kind in {"moment", "day", "v3"}:
            return self._date(kind, text)
        if kind != "word":
            raise self._bad(self._at)
        return self._word(text)

    def _word(self, text: str) -> Operand:
        if text == "null":
            return Operand("null", lambda _: None)
        if text in {"tolower", "toupper"} and self._take("sign", "("):
            inner = self._operand()
            self._need(")")
            change = str.lower if text == "tolower" else str.upper
            return Operand("Edm.String", lambda row: change(str(inner.read(row))))
        column = column_of(self._table, self._company, text)
        name = column.name
        if column.kind == "date":
            edm = {"date": "Edm.Date", "v3": "Edm.DateTime"}.get(self._literal, edm_of(column))
            return Operand(edm, lambda row: _midnight(row[name]))
        return Operand(edm_of(column), lambda row: row[name])

    def _date(self, kind: str, text: str) -> Operand:
        edm = {"moment": "Edm.DateTimeOffset", "day": "Edm.Date", "v3": "Edm.DateTime"}[kind]
        inner = text.partition("'")[2][:-1] if kind == "v3" else text
        try:
            made = datetime.fromisoformat(inner.replace("Z", "+00:00"))
        except ValueError as error:
            raise BadQuery(f"Unrecognized 'Edm.DateTimeOffset' literal '{text}'.") from error
        if kind == "moment" and made.tzinfo is None:
            raise BadQuery(f"Unrecognized 'Edm.DateTimeOffset' literal '{text}'.")
        moment = made if made.tzinfo else made.replace(tzinfo=timezone.utc)
        return Operand(edm, lambda _: moment)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _take(self, kind: str, text: str) -> bool:
        found = self._peek() == (kind, text)
        self._at += found
        return found

    def _need(self, sign: str) -> None:
        if not self._take("sign", sign):
            raise self._bad(self._at)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), timezone.utc)


def _compare(name: str, left: Operand, right: Operand) -> Test:
    kinds = {left.edm, right.edm}
    if "null" not in kinds and len(kinds) > 1 and not kinds <= _NUMBERS:
        raise BadQuery(
            f"A binary operator with incompatible types was detected. Found operand types '{left.edm}' and "
            f"'{right.edm}' for operator kind '{_KINDS[name]}'."
        )
    compare, is_equality = _COMPARISONS[name], name in {"eq", "ne"}

    def test(row: Values) -> bool:
        first, second = left.read(row), right.read(row)
        if first is None or second is None:
            return is_equality and compare(first, second)
        return compare(first, second)

    return test


_KINDS = {
    "eq": "Equal", "ne": "NotEqual", "gt": "GreaterThan", "ge": "GreaterThanOrEqual", "lt": "LessThan",
    "le": "LessThanOrEqual",
}  # fmt: skip

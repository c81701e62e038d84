"""COMFND and COMFCH: any table by conditions or by key.

Form: traffic of https://github.com/wildland/syspro-ruby (``test/cassettes``) and the samples of
https://github.com/LuntuSYSPRO/myGitHub-rep. Only the condition ``EQ`` is attested; the others, and the texts of errors,
are our convention. Unknown elements are silently ignored
(https://github.com/trismegistus0/rectella-shopify-service); inferred: so is an unknown name under Columns.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, cast
from xml.etree import ElementTree as ET

from starlette.responses import Response

from .call import Call
from .company import Values
from .markup import BareError, Node, document, is_yes, render, shown, text_of
from .schema import AP_POSTING, TABLES, Column, Table
from .settings import Settings
from .values import stored

Test = Callable[[Values], bool]
_CONDITIONS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq, "NE": operator.ne, "GT": operator.gt, "GE": operator.ge, "LT": operator.lt, "LE": operator.le,
}  # fmt: skip


def find(call: Call) -> Response:
    """Return the rows that meet the conditions."""
    asked = call.document
    table = table_of(call.settings, text_of(asked, "TableName"))
    columns = _columns(table, asked)
    rows = [row.values for row in call.company.rows(table.name)]
    expressions = asked.findall("Where/Expression")
    if expressions:
        test = _Where(table, expressions, call.settings).whole()
        rows = [row for row in rows if test(row)]
    order = _ordered(table, asked, rows)
    limit = text_of(asked, "ReturnRows")
    rows = rows[: int(limit)] if limit.isdigit() and int(limit) else rows
    head: list[Node] = [
        ("TableName", table.name),
        ("Columns", [("Column", column.name) for column in columns]),
        ("OrderBy", [("Column", name) for name in order]),
    ]
    body = [render(("Row", [(column.name, shown(row[column.name], column)) for column in columns])) for row in rows]
    return document(table.name, [("HeaderDetails", head), *body, ("RowsReturned", f"{len(rows):7d}")])


def fetch(call: Call) -> Response:
    """Return the one record with a key; without the full key, the first that begins with it."""
    asked = call.document
    table = table_of(call.settings, text_of(asked, "TableName"))
    given = [text_of(asked, "Key"), *(text_of(asked, f"OptionalKey{index}") for index in range(1, 13))]
    parts = [part for part in given if part]
    if is_yes(asked, "FullKeyProvided", default=True) and len(parts) < len(table.key):
        raise BareError("ERROR: The full key was not provided")
    columns = [table.all_columns[name] for name in table.key]
    wanted = tuple(_value(column, part) for column, part in zip(columns, parts, strict=False))
    keyed = sorted((tuple(row.values[name] for name in table.key), row.values) for row in call.company.rows(table.name))
    values = next((row for key, row in keyed if key[: len(wanted)] == wanted), None)
    if values is None:
        raise BareError(f"ERROR: Record not found in {table.name}")
    children = [(c.name, shown(values[c.name], c, zero_date=True)) for c in table.columns.values()]
    return document(table.name, children)


def table_of(settings: Settings, name: str) -> Table:
    """Return a table or view by name."""
    if name == AP_POSTING.name and settings.ap_posting_view:
        return AP_POSTING
    if name not in TABLES:
        raise BareError(f"ERROR: Table '{name}' not found")
    return TABLES[name]


def column_of(table: Table, name: str) -> Column:
    """Return a column of a table."""
    if name not in table.columns:
        raise BareError(f"ERROR: Column '{name}' not found in table '{table.name}'")
    return table.columns[name]


def _value(column: Column, text: str) -> Any:
    try:
        return stored(column, text)
    except ValueError as error:
        raise BareError(f"ERROR: Value '{text}' is invalid for column '{column.name}'") from error


def _columns(table: Table, asked: ET.Element) -> list[Column]:
    """Return the columns asked for; those that the table has not got are dropped without a word (see above)."""
    named = [(item.text or "").strip() for item in asked.findall("Columns/Column")]
    if is_yes(asked, "AllColumns") or not named:
        return list(table.columns.values())
    return [table.columns[name] for name in named if name in table.columns]


def _ordered(table: Table, asked: ET.Element, rows: list[Values]) -> list[str]:
    """Sort the rows in place; return the columns of the order."""
    by = [((item.text or "").strip(), False) for item in asked.findall("OrderBy/Column")]
    by += [(item.get("Name", ""), item.get("Orderby") == "D") for item in asked.findall("Sequence/Column")]
    for name, is_descending in reversed(by):
        column_of(table, name)
        rows.sort(key=lambda row, name=name: (row[name] is not None, row[name] or 0)  # type: ignore[misc]
                  if table.columns[name].kind == "date" else row[name], reverse=is_descending)  # fmt: skip
    return [name for name, _ in by]


class _Where:
    """The conditions as a test: brackets, then And before Or."""

    def __init__(self, table: Table, expressions: list[ET.Element], settings: Settings) -> None:
        self._table, self._settings = table, settings
        self._parts: list[str | Test] = []
        for index, expression in enumerate(expressions):
            if index:
                self._parts.append((text_of(expression, "AndOr") or "And").lower())
            self._parts += list(text_of(expression, "OpenBracket"))
            self._parts.append(self._condition(expression))
            self._parts += list(text_of(expression, "CloseBracket"))

    def _condition(self, expression: ET.Element) -> Test:
        column = column_of(self._table, text_of(expression, "Column"))
        condition = text_of(expression, "Condition").upper()
        if condition not in _CONDITIONS or condition not in self._settings.comfnd_conditions:
            raise BareError(f"ERROR: Condition '{condition}' is invalid")
        compare, name = _CONDITIONS[condition], column.name
        value = _value(column, text_of(expression, "Value"))
        if value is None:
            return lambda row: compare(row[name] is None, True)
        return lambda row: row[name] is not None and compare(row[name], value)

    def whole(self) -> Test:
        test = self._either()
        if self._parts:
            raise BareError("ERROR: The Where expression is not balanced")
        return test

    def _either(self) -> Test:
        tests = [self._both()]
        while self._take("or"):
            tests.append(self._both())
        return lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._single()]
        while self._take("and"):
            tests.append(self._single())
        return lambda row: all(test(row) for test in tests)

    def _single(self) -> Test:
        if self._take("("):
            test = self._either()
            if not self._take(")"):
                raise BareError("ERROR: The Where expression is not balanced")
            return test
        if not self._parts or isinstance(self._parts[0], str):
            raise BareError("ERROR: The Where expression is not balanced")
        return cast("Test", self._parts.pop(0))

    def _take(self, sign: str) -> bool:
        if self._parts and self._parts[0] == sign:
            self._parts.pop(0)
            return True
        return False

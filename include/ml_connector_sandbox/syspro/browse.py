"""COMBRW: a table page by page, in the order of its key.

Request and answer: traffic of https://github.com/wildland/syspro-ruby (``test/cassettes``). Our convention: the browse
is named after its table unless BrowseDetails names one, a key of several columns is one text of fixed widths, a start
condition beginning with ``E`` is taken as at that key or after it, and Fwd and Back are ``true`` or ``false``.
"""

from __future__ import annotations

from starlette.responses import Response

from .call import Call
from .company import Values, key_text
from .find import column_of, table_of
from .markup import Node, document, shown, text_of
from .schema import Column, Table

_TYPES = {"int": "N", "dec": "N", "date": "D"}
_DEFAULT_ROWS = 12


def browse(call: Call) -> Response:
    """Return a page of rows, with the keys to go on at."""
    asked = call.document
    table = table_of(call.settings, text_of(asked, "BrowseDetails/TableName") or text_of(asked, "BrowseName"))
    columns = _columns(call, table)
    keyed = sorted((key_text(table, row), index, row) for index, row in enumerate(_rows(call, table)))
    keys = [key for key, _, _ in keyed]
    start = text_of(asked, "StartAtKey")
    first = next((index for index, key in enumerate(keys) if key >= start), len(keys))
    limit = text_of(asked, "ReturnRows")
    size = int(limit) if limit.isdigit() and int(limit) else _DEFAULT_ROWS
    last = min(first + size, len(keys))
    rows: list[Node] = [("Row", [_cell(row, column) for column in columns]) for _, _, row in keyed[first:last]]
    return document(
        text_of(asked, "BrowseName") or table.name,
        [
            ("Title", text_of(asked, "BrowseDetails/Title") or table.name),
            *rows,
            ("HeaderDetails", [("Header", column.name) for column in columns]),
            _around(keys, first, last, size),
        ],
    )


def _rows(call: Call, table: Table) -> list[Values]:
    name = text_of(call.document, "Filter/ColumnFilterName")
    rows = [row.values for row in call.company.rows(table.name)]
    if not name:
        return rows
    column, value = column_of(table, name), text_of(call.document, "Filter/ColumnFilterValue")
    return [row for row in rows if shown(row[column.name], column).strip() == value]


def _columns(call: Call, table: Table) -> list[Column]:
    named = call.document.findall("BrowseDetails/Column")
    return [column_of(table, text_of(item, "ColumnName")) for item in named] or list(table.columns.values())


def _cell(row: Values, column: Column) -> Node:
    return column.name, [("Value", shown(row[column.name], column)), ("DataType", _TYPES.get(column.kind, "A"))]


def _around(keys: list[str], first: int, last: int, size: int) -> Node:
    is_more, is_before = last < len(keys), first > 0
    return "NextPrevKey", [
        ("PrevKey", keys[max(first - size, 0)] if is_before else ""),
        ("NextKey", keys[last] if is_more else ""),
        ("Fwd", str(is_more).lower()),
        ("Back", str(is_before).lower()),
    ]

"""EXPORTMI: ad-hoc reads of one table with ``columns from TABLE where conditions``."""

from __future__ import annotations

import re
from collections.abc import Callable

from .call import Call
from .conditions import SYMBOLS, Comparison, Joined, parse, tokens
from .errors import generic, missing
from .metadata import Field
from .tables import EXPORTED, SCHEMAS
from .tenant import Row
from .values import sort_key, taken

LONGEST = 984
"""Characters of REPL; the rest of a row is cut off without a word."""
_QUERY = re.compile(
    r"\s*(?:select\s+)?(?P<columns>.+?)\s+from\s+(?P<table>\w+)(?:\s+where\s+(?P<where>.+))?\s*",
    re.IGNORECASE | re.DOTALL,
)


def select(call: Call) -> list[Row]:
    """Return the rows of a query, each as one text.

    Raises:
        Nok: when the query cannot be read, or names a table or a column that does not exist.
    """
    found = _QUERY.fullmatch(call.get("QERY"))
    if not found:
        raise generic("Query is not valid", "QERY")
    table = found["table"].upper()
    columns = _columns(table)
    names = [name.strip().upper() for name in found["columns"].split(",")]
    condition = _condition(found["where"] or "", columns)
    _known(names, columns, table)
    texts = _texts(call, table, [columns[name] for name in names], condition, columns)
    header = [(call.get("SEPC") or ";").join(names)] if call.get("HDRS") == "1" else []
    return [{"REPL": text[:LONGEST]} for text in header + texts]


def _columns(table: str) -> dict[str, Field]:
    if table not in EXPORTED:
        raise missing("File", table, "QERY")
    name, prefix = EXPORTED[table]
    return {f"{prefix}{field}": item for field, item in SCHEMAS[name].columns.items()}


def _known(names: list[str], columns: dict[str, Field], table: str) -> None:
    for name in names:
        if name not in columns:
            raise generic(f"Field {name} is not in file {table}", "QERY")


def _condition(text: str, columns: dict[str, Field]) -> Joined:
    try:
        condition = parse(tokens(text), SYMBOLS) if text else Joined()
        for item in condition.comparisons():
            if item.name.upper() not in columns:
                raise generic(f"Field {item.name} does not exist", "QERY")
            taken(columns[item.name.upper()], item.value)
    except ValueError as error:
        raise generic(f"Query is not valid: {error}", "QERY") from None
    return condition


def _texts(call: Call, table: str, wanted: list[Field], condition: Joined, columns: dict[str, Field]) -> list[str]:
    kinds = {item: columns[item.name.upper()] for item in condition.comparisons()}
    bounds = {item: sort_key(held, taken(held, item.value)) for item, held in kinds.items()}

    def test(row: Row) -> Callable[[Comparison], bool]:
        return lambda item: item.compare(sort_key(kinds[item], row[kinds[item].name]), bounds[item])

    rows = [row for row in call.tenant.rows(EXPORTED[table][0]) if condition.holds(test(row))]
    most = call.site.switches.exported_rows
    between = call.get("SEPC") or ";"
    return [between.join(_value(item, row) for item in wanted) for row in (rows[:most] if most else rows)]


def _value(item: Field, row: Row) -> str:
    return row[item.name] or ("0" if item.kind == "D" else "")


def lst_fields(call: Call) -> list[Row]:
    """Return the columns of a table."""
    return [
        {"FLDN": name, "FLDS": item.meaning, "FLTY": item.kind, "FLLE": str(item.length), "FLDP": str(item.decimals)}
        for name, item in _columns(call.get("FILE").upper()).items()
    ]


TRANSACTIONS: dict[str, Callable[[Call], list[Row]]] = {
    "EXPORTMI/Select": select,
    "EXPORTMI/LstFields": lst_fields,
}

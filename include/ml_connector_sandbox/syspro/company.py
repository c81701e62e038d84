"""What one company's database holds: rows by key in each table, and its counters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from .schema import AP_POSTING, TABLES, Table
from .values import blank, row_version, stored

Values = dict[str, Any]
Key = tuple[Any, ...]
_WIDTHS = {"int": 10, "date": 10}


@dataclass
class Row:
    """One stored row and the texts it was already rendered to."""

    values: Values
    rendered: dict[Any, str] = field(default_factory=dict)


Snapshot = tuple[dict[str, dict[Key, Row]], dict[str, int]]


@dataclass
class Operator:
    """A SYSPRO operator: logs on to e.net, and reads OData where enabled and where its SQL login may."""

    code: str
    password: str = field(repr=False)
    email: str = ""
    odata: bool = False
    denied_tables: list[str] = field(default_factory=list)


class Company:
    """One company."""

    def __init__(self, name: str, now: Callable[[], datetime]) -> None:
        self.name, self.now = name, now
        self.title, self.password, self.local_currency = name, "", "GBP"
        self.operators: dict[str, Operator] = {}
        self.odata_operators: dict[str, Operator] = {}
        self.tables: dict[str, dict[Key, Row]] = {table: {} for table in TABLES}
        self.counters: dict[str, int] = {}
        self.version = 0
        self._view: tuple[int, list[Row]] = (-1, [])

    def today(self) -> date:
        """Return the company's date."""
        return self.now().date()

    def restart_odata(self) -> None:
        """Read the operators enabled for OData, as the service does at its start alone."""
        self.odata_operators = {code: item for code, item in self.operators.items() if item.odata}

    # --- rows ---

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table or view as they came."""
        return self._postings() if table == AP_POSTING.name else list(self.tables[table].values())

    def all(self, table: str) -> Iterator[Values]:
        """Return the values of all rows."""
        return (row.values for row in list(self.tables[table].values()))

    def get(self, table: str, *key: Any) -> Values | None:
        """Return the row with this very key."""
        row = self.tables[table].get(tuple(key))
        return row.values if row else None

    def put(self, table: str, values: Values, *, stamp: bool = True) -> Values:
        """Store a row, its missing columns blank; `stamp` moves its row version."""
        kind = TABLES[table]
        made = {name: values[name] if name in values else blank(column) for name, column in kind.all_columns.items()}
        self.version += 1
        if "TimeStamp" in made and (stamp or not made["TimeStamp"]):
            made["TimeStamp"] = row_version(self.next("TimeStamp"))
        if "RowId" in made:
            made["RowId"] = made["RowId"] or self.next("RowId")
            self.at_least("RowId", made["RowId"])
        self.tables[table][key_of(kind, made)] = Row(made)
        return made

    def change(self, table: str, values: Values, **changes: Any) -> Values:
        """Store a row again with some columns changed."""
        return self.put(table, {**values, **changes})

    def drop(self, table: str, key: Key) -> None:
        """Forget a row; KeyError when there is none."""
        del self.tables[table][key]
        self.version += 1

    def next(self, counter: str) -> int:
        """Return the next number of a counter."""
        self.counters[counter] = self.counters.get(counter, 0) + 1
        return self.counters[counter]

    def at_least(self, counter: str, number: int) -> None:
        """Let a counter go on after `number`."""
        self.counters[counter] = max(self.counters.get(counter, 0), number)

    def snapshot(self) -> Snapshot:
        """Return what `restore` takes back; rows are replaced and never changed, so that references do."""
        return {name: dict(rows) for name, rows in self.tables.items()}, dict(self.counters)

    def restore(self, kept: Snapshot) -> None:
        """Undo everything since the snapshot."""
        self.tables, self.counters = kept
        self.version += 1

    # --- the view ---

    def _postings(self) -> list[Row]:
        if self._view[0] != self.version:
            self._view = (self.version, [Row(values) for values in self._joined()])
        return self._view[1]

    def _joined(self) -> Iterator[Values]:
        received = {(row["Supplier"], row["Grn"]): row["PurchaseOrder"] for row in self.all("GrnDetails")}
        orders = {
            (match["Supplier"], match["Invoice"]): received.get((match["Supplier"], match["Grn"]), "")
            for match in self.all("GrnMatching")
        }
        for line in self.all("ApJnlDistrib"):
            head = self.get("ApJnlSummary", *(line[name] for name in TABLES["ApJnlSummary"].key))
            if head is None:
                continue
            order = orders.get((head["Supplier"], head["Invoice"]), "")
            given = {**line, **head, "PostDate": head["TrnDate"], "GlCode": line["ExpenseGlCode"]}
            yield {name: {**given, "PurchaseOrder": order}[name] for name in AP_POSTING.columns}

    def lines(self, order: str) -> list[Values]:
        """Return the lines of an order, in their order."""
        keys = [key for key in self.tables["PorMasterDetail"] if key[0] == order]
        return [self.tables["PorMasterDetail"][key].values for key in sorted(keys)]


def key_of(table: Table, values: Values) -> Key:
    """Return the key of a row."""
    return tuple(values[name] for name in table.key)


def key_text(table: Table, values: Values) -> str:
    """Return a key as one text of fixed widths, which sorts as SQL's binary collation does."""
    parts = []
    for name in table.key:
        column, value = table.all_columns[name], values[name]
        width = _WIDTHS.get(column.kind, column.size)
        parts.append(f"{value:0{width}}" if column.kind == "int" else str(value).ljust(width))
    return "".join(parts).rstrip()


def read_key(table: Table, text: str) -> Key:
    """Return the key that a control route names, parts split by ``/``; the last text part may hold one itself."""
    parts = text.split("/", len(table.key) - 1)
    if len(parts) != len(table.key):
        raise KeyError(text)
    return tuple(stored(table.all_columns[name], part) for name, part in zip(table.key, parts, strict=True))

"""What a tenant holds: its clients, and its rows with their row ids and versions.

An ETag is ``W/"…"`` around the base64 of ``W/"<row id>:<row version>"``; two samples published by
https://github.com/api-evangelist/ifs decode so. The version is a time stamp to the second; here each change moves it
on by a second at least, so that no two versions of a row share an ETag.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .schema import TABLES, TYPES, EntityType

Key = tuple[Any, ...]
Values = dict[str, Any]
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SORTABLE = str.maketrans(_DIGITS, "".join(chr(ord("0") + number) for number in range(64)))
_SECOND = timedelta(seconds=1)


@dataclass
class Client:
    """An IAM client with its service user: what it may see and do."""

    client_id: str
    secret: str
    companies: list[str]
    projections: list[str] | None = None
    is_read_only: bool = False
    service_account: bool = True

    @property
    def user(self) -> str:
        """The name of its service user."""
        return f"SERVICE_{self.client_id}"[:30]


@dataclass(slots=True)
class Row:
    """One stored row; ``shown`` keeps its JSON form until it changes."""

    table: str
    key: Key
    data: Values
    row_id: str
    version: datetime
    shown: dict[Any, Values] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where the row lies in its table, as something to sort by."""
        return self.row_id.translate(_SORTABLE)

    @property
    def etag(self) -> str:
        """The ETag of this version."""
        inner = f'W/"{self.row_id}:{self.version:%Y%m%d%H%M%S}"'
        return f'W/"{base64.b64encode(inner.encode()).decode()}"'


def read_etag(etag: str) -> tuple[str, datetime]:
    """The row id and version inside an ETag; ValueError when it is none."""
    try:
        inner = base64.b64decode(etag[3:-1], validate=True).decode()
        row_id, _, version = inner[3:-1].rpartition(":")
        return row_id, datetime.strptime(version, "%Y%m%d%H%M%S")  # noqa: DTZ007 - a version has no zone
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{etag!r} is no ETag") from error


@dataclass
class Tenant:
    """One tenant: a realm, its clients, its rows; tables keep their rows in the order of their last change."""

    name: str
    version_now: Callable[[], datetime]
    clients: dict[str, Client] = field(default_factory=dict)
    custom: dict[str, dict[str, str]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    rows: dict[str, dict[Key, Row]] = field(default_factory=lambda: {name: {} for name in TABLES})
    _indexes: dict[tuple[str, tuple[str, ...]], dict[Key, dict[Key, Row]]] = field(default_factory=dict)

    def type_of(self, kind: EntityType) -> EntityType:
        """The type with this tenant's custom fields."""
        custom = self.custom.get(kind.table)
        return kind.with_custom(custom) if custom else kind

    def next_number(self, counter: str, first: int = 1) -> int:
        """The next number of a sequence."""
        self.counters[counter] = max(self.counters.get(counter, 0) + 1, first)
        return self.counters[counter]

    def find(self, table: str, key: Key) -> Row | None:
        """The row of a key."""
        return self.rows[table].get(key)

    def get(self, table: str, *key: Any) -> Values:
        """The values of the row of a key; none when there is no such row."""
        row = self.rows[table].get(key)
        return row.data if row else {}

    def under(self, table: str, fixed: Values) -> Iterator[Row]:
        """The rows of a table that have these values."""
        if not fixed:
            return iter(self.rows[table].values())
        names = tuple(sorted(fixed))
        index = self._indexes.get((table, names))
        if index is None:
            index = self._indexes[table, names] = {}
            for row in self.rows[table].values():
                index.setdefault(_part(row, names), {})[row.key] = row
        return iter(index.get(tuple(fixed[name] for name in names), {}).values())

    def put(self, table: str, data: Values, *, row_id: str = "", version: datetime | None = None) -> Row:
        """Store a row, in place of the one with its key; a given row id and version are kept."""
        key = tuple(data[name] for name in TYPES[table].keys)
        old = self.rows[table].get(key)
        moment = version or self.version_now()
        if old is not None:
            moment = version or max(moment, old.version + _SECOND)
            self.drop(old)
        row = Row(table, key, data, row_id or (old.row_id if old else self._new_row_id(table)), moment)
        self.rows[table][key] = row
        for (owner, names), index in self._indexes.items():
            if owner == table:
                index.setdefault(_part(row, names), {})[key] = row
        return row

    def drop(self, row: Row) -> None:
        """Take a row out."""
        del self.rows[row.table][row.key]
        for (owner, names), index in self._indexes.items():
            if owner == row.table:
                index[_part(row, names)].pop(row.key, None)

    def _new_row_id(self, table: str) -> str:
        """An Oracle row id: object, file, block and row, in base 64."""
        number = self.next_number("row_id")
        block, place = divmod(number, 64)
        return _digits(91_000 + TABLES.index(table), 6) + _digits(7, 3) + _digits(2_000 + block, 6) + _digits(place, 3)


def _digits(number: int, width: int) -> str:
    """A number in base 64, padded with A."""
    text = ""
    for _ in range(width):
        number, digit = divmod(number, 64)
        text = _DIGITS[digit] + text
    return text


def _part(row: Row, names: tuple[str, ...]) -> Key:
    """The values of a row that an index looks at."""
    return tuple(row.data.get(name) for name in names)

"""One tenant: its authorised app, its rows and what the search index still holds of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .tables import SCHEMAS, Schema
from .values import sort_key

Row = dict[str, str]
Key = tuple[str, ...]


@dataclass(frozen=True)
class App:
    """The authorised app and its service account: what the ``.ionapi`` file holds."""

    client_id: str
    client_secret: str
    access_key: str
    secret_key: str
    lifetime: int = 7200
    """Seconds that an access token is good for; set when the file is downloaded."""


class Table:
    """The rows of one table, by key and by group."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.rows: dict[Key, Row] = {}
        self._groups: dict[Key, dict[Key, None]] = defaultdict(dict)
        self._before: dict[Key, list[tuple[datetime, Row | None]]] = defaultdict(list)
        """Rows changed lately: when, and what they were before."""
        self._order: list[Key] | None = None
        """All keys in order; None when rows have come or gone since."""

    def key_of(self, row: Row) -> Key:
        """Return the key of a row."""
        return tuple(row[name] for name in self.schema.keys)

    def _group_of(self, row: Row) -> Key:
        return tuple(row[name] for name in self.schema.group)

    def put(self, row: Row, changed: datetime | None = None) -> Row | None:
        """Store a row and return what it replaced; `changed` keeps the old one for the search index."""
        key = self.key_of(row)
        old, order = self.rows.get(key), self._order
        self.drop(key)
        if changed is not None:
            self._before[key].append((changed, old))
        self.rows[key] = row
        self._groups[self._group_of(row)][key] = None
        self._order = order if old is not None else None
        return old

    def drop(self, key: Key) -> Row | None:
        """Forget a row and return it."""
        old, self._order = self.rows.pop(key, None), None
        if old is not None:
            self._groups[self._group_of(old)].pop(key, None)
        return old

    def of(self, *group: str) -> list[Row]:
        """Return the rows of a group, by key."""
        return _sorted([self.rows[key] for key in self._groups.get(group, ())], self.schema)

    def all(self) -> list[Row]:
        """Return every row, by key."""
        if self._order is None:
            self._order = [self.key_of(row) for row in _sorted(list(self.rows.values()), self.schema)]
        return [self.rows[key] for key in self._order]

    def indexed(self, now: datetime, lag: timedelta) -> Iterator[Row]:
        """Yield the rows as a search index sees them that is `lag` behind."""
        late = {key: old for key, changes in self._before.items() for at, old in reversed(changes) if now - at < lag}
        for row in self.all():
            key = self.key_of(row)
            seen = late.get(key, row)
            if seen is not None:
                yield seen


def _sorted(rows: list[Row], schema: Schema) -> list[Row]:
    """Return rows in the order of their keys, numbers as numbers."""
    columns = [schema.columns[name] for name in schema.keys]
    return sorted(rows, key=lambda row: [sort_key(item, row[item.name]) for item in columns])


@dataclass
class Tenant:
    """A tenant of the cloud."""

    name: str
    app: App
    tables: dict[str, Table] = field(default_factory=lambda: {name: Table(item) for name, item in SCHEMAS.items()})
    counters: dict[str, int] = field(default_factory=dict)

    def rows(self, table: str, *group: str) -> list[Row]:
        """Return the rows of a table, or of one group of it."""
        return self.tables[table].of(*group) if group else self.tables[table].all()

    def row(self, table: str, *key: str) -> Row | None:
        """Return one row; None when there is none."""
        return self.tables[table].rows.get(key)

    def next(self, name: str, first: int) -> str:
        """Return the next number of a series that begins at `first`."""
        self.counters[name] = self.counters.get(name, first - 1) + 1
        return str(self.counters[name])

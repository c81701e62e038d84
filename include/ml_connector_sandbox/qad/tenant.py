"""What one tenant holds: records and table rows by key, stamped and numbered as the system does it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .schema import ENTITIES, TABLES, Entity
from .values import fold

Row = dict[str, Any]
Key = tuple[str, ...]


class Book:
    """The rows of one entity or table, by key; the dict's order is that of the last change."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self._rows: dict[Key, Row] = {}
        self._arrived: dict[Key, int] = {}
        self._groups: dict[Key, dict[Key, Row]] = {}

    def key_of(self, row: Row) -> Key:
        """Return the key of a row."""
        return tuple(fold(row.get(name)) for name in self.keys)

    def put(self, row: Row) -> Row:
        """Store a row; it is now the one changed last."""
        key = self.key_of(row)
        self._rows.pop(key, None)
        self._rows[key] = row
        self._arrived.setdefault(key, len(self._arrived))
        self._groups.setdefault(key[:-1], {})[key] = row
        return row

    def get(self, *parts: Any) -> Row | None:
        """Return the row of that key, whatever the case of its codes."""
        return self._rows.get(tuple(fold(part) for part in parts))

    def group(self, *parts: Any) -> list[Row]:
        """Return the rows that share all but the last part of the key."""
        return list(self._groups.get(tuple(fold(part) for part in parts), {}).values())

    def remove(self, row: Row) -> None:
        """Forget a row."""
        key = self.key_of(row)
        del self._rows[key]
        del self._groups[key[:-1]][key]

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def ordered(self, order: str) -> list[Row]:
        """Return the rows by ``key``, in the order of ``insertion`` or of their last change, or ``shuffled``."""
        if order == "key":
            return [self._rows[key] for key in sorted(self._rows)]
        if order == "insertion":
            return [self._rows[key] for key in sorted(self._rows, key=self._arrived.__getitem__)]
        rows = list(self._rows.values())
        return random.sample(rows, len(rows)) if order == "shuffled" else rows


@dataclass
class User:
    """A licensed user with the workspace that applies when a request names none."""

    username: str
    password: str = field(repr=False)
    workspace: str = ""


class Tenant:
    """One customer's installation, under its own context root."""

    def __init__(self, name: str, context: str, client_id: str, users: list[User]) -> None:
        self.name, self.context, self.client_id = name, context, client_id
        self.users = {user.username.casefold(): user for user in users}
        self.books = {name: Book(entity.keys) for name, entity in ENTITIES.items()}
        self.books |= {name: Book(keys) for name, keys in TABLES.items()}
        self.counters: dict[str, int] = {}
        self.version = 0

    def book(self, name: str) -> Book:
        """Return the book of an entity or table; KeyError when there is none."""
        return self.books[name]

    def find(self, name: str, *parts: Any) -> Row | None:
        """Return a row by key."""
        return self.books[name].get(*parts)

    def next(self, sequence: str, start: int = 0) -> int:
        """Return the next number of a sequence; the first is one above `start`."""
        self.counters[sequence] = max(self.counters.get(sequence, 0), start) + 1
        return self.counters[sequence]

    def put(self, name: str, row: Row) -> Row:
        """Store a row of a table as it is."""
        self.version += 1
        return self.books[name].put(row)

    def save(self, entity: Entity, row: Row, now: datetime, user: str) -> Row:
        """Store a record of an entity; its hash and change stamps move."""
        row |= {"lastModifiedDate": f"{now.astimezone(timezone.utc):%Y-%m-%d}",
                "lastModifiedTime": f"{now.astimezone(timezone.utc):%H:%M:%S}", "lastModifiedUser": user,
                "concurrencyHash": ""}  # fmt: skip
        return self.keep(entity, row)

    def keep(self, entity: Entity, row: Row) -> Row:
        """Store a record with the stamps that it has; what is missing of uri, row id and hash is made up."""
        key = ".".join(str(row.get(name)) for name in entity.keys)
        row["uri"] = row["instanceURI"] = f"{entity.uri}:{key}"
        row["tcRowid"] = row.get("tcRowid") or f"0x{self.next('rowid', 0x4A00):016x}"
        if not row.get("concurrencyHash"):
            seed = f"{self.name}/{row['tcRowid']}/{self.next('save')}"
            row["concurrencyHash"] = hashlib.sha256(seed.encode()).hexdigest()[:32]
        return self.put(entity.name, row)

    def remove(self, name: str, row: Row) -> None:
        """Forget a row."""
        self.version += 1
        self.books[name].remove(row)

    def to_json(self) -> Row:
        """Return everything as JSON values."""
        users = [{"username": u.username, "password": u.password, "workspace": u.workspace}
                 for u in self.users.values()]  # fmt: skip
        return {"name": self.name, "context": self.context, "client_id": self.client_id, "users": users,
                "counters": dict(self.counters),
                "books": {name: list(book) for name, book in self.books.items()}}  # fmt: skip

    @staticmethod
    def from_json(stored: Row) -> Tenant:
        """Return the tenant that `to_json` described."""
        users = [User(**user) for user in stored["users"]]
        tenant = Tenant(stored["name"], stored["context"], stored["client_id"], users)
        tenant.counters = dict(stored["counters"])
        for name, rows in stored["books"].items():
            for row in rows:
                tenant.put(name, row)
        return tenant

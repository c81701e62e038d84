"""What one tenant holds: records by id, found by key or id, numbered like the vendor numbers them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .schema import ENTITIES, TYPES, EntityType
from .values import truncate_to_milliseconds

Key = tuple[str, ...]


@dataclass
class Record:
    """One stored record with the order in which it came, and its rendered text by query."""

    data: dict[str, Any]
    sequence: int
    rendered: dict[Any, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The GUID."""
        return str(self.data["id"])


def normal_key(parts: list[Any]) -> Key:
    """Key parts as they are compared: the database ignores case and spaces at the end."""
    return tuple(str(part).rstrip().casefold() for part in parts)


def key_of(entity: EntityType, data: dict[str, Any]) -> Key | None:
    """The key of a record, None while a part is empty."""
    parts = [data.get(name) for name in entity.keys]
    return None if any(part in {None, ""} for part in parts) else normal_key(parts)


@dataclass
class User:
    """A user who may sign in."""

    login: str
    password: str = field(repr=False)


class Tenant:
    """One tenant (company) of the site."""

    def __init__(
        self, name: str, client_id: str, client_secret: str, users: list[User], now: Callable[[], datetime]
    ) -> None:
        self.name = name
        self.client_id = client_id
        self.client_secret = client_secret
        self.users = {user.login: user for user in users}
        self.now = now
        self.records: dict[str, dict[str, Record]] = {entity: {} for entity in ENTITIES}
        self._keys: dict[str, dict[Key, str]] = {entity: {} for entity in ENTITIES}
        self.counters: dict[str, int] = {}
        self._sequence = 0
        self._shuffle = random.Random(7)
        self.is_dirty = False

    def find(self, entity: str, parts: list[Any]) -> dict[str, Any] | None:
        """The record with these key values, as stored."""
        record = self.record_by_key(entity, normal_key(parts))
        return record.data if record else None

    def record_by_key(self, entity: str, key: Key | None) -> Record | None:
        """The record with this key."""
        found = self._keys[entity].get(key) if key is not None else None
        return self.records[entity].get(found) if found else None

    def record_by_id(self, entity: str, record_id: str) -> Record | None:
        """The record with this GUID, in any case of its letters."""
        return self.records[entity].get(record_id.lower())

    def all(self, entity: str) -> Iterator[dict[str, Any]]:
        """The stored records in the order in which they came."""
        return (record.data for record in self.records[entity].values())

    def put(self, entity: str, data: dict[str, Any], *, stamp: bool = True) -> Record:
        """Store a record under its id and key; ``stamp`` moves its modified time."""
        kind = TYPES[entity]
        data["id"] = str(data["id"]).lower()
        if kind.stamp and (stamp or kind.stamp not in data):
            data[kind.stamp] = truncate_to_milliseconds(self.now())
        if "CreatedDateTime" in kind.fields:
            data.setdefault("CreatedDateTime", truncate_to_milliseconds(self.now()))
        previous = self.records[entity].get(data["id"])
        if previous:
            self._forget_key(entity, previous)
        else:
            self._sequence += 1
        record = Record(data, previous.sequence if previous else self._sequence)
        self.records[entity][record.id] = record
        key = key_of(kind, data)
        if key is not None:
            self._keys[entity][key] = record.id
        self.is_dirty = True
        return record

    def remove(self, entity: str, record: Record) -> None:
        """Forget a record."""
        self._forget_key(entity, record)
        del self.records[entity][record.id]
        self.is_dirty = True

    def _forget_key(self, entity: str, record: Record) -> None:
        """Free the key of a record."""
        key = key_of(TYPES[entity], record.data)
        if key is not None and self._keys[entity].get(key) == record.id:
            del self._keys[entity][key]

    def next_number(self, sequence: str, prefix: str = "", digits: int = 6) -> str:
        """The next number of a numbering sequence: 000001, V000001."""
        self.counters[sequence] = self.counters.get(sequence, 0) + 1
        return f"{prefix}{self.counters[sequence]:0{digits}}"

    def ordered(self, entity: str, order: str) -> list[Record]:
        """All records in the order that lists are answered in."""
        records = list(self.records[entity].values())
        stamp = TYPES[entity].stamp
        if order == "key":
            records.sort(key=lambda record: key_of(TYPES[entity], record.data) or ())
        elif order == "modified" and stamp:
            records.sort(key=lambda record: (record.data[stamp], record.sequence))
        elif order == "shuffled":
            self._shuffle.shuffle(records)
        return records

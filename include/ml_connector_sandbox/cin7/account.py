"""What one company's account holds: plain records, as JSON would store them."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any

from ml_connector_sandbox.core.clock import Clock

Record = dict[str, Any]
ZERO_GUID = "00000000-0000-0000-0000-000000000000"
BOOKS = {
    "account": "Code", "tax": "ID", "paymentterm": "ID", "location": "ID", "attributeset": "ID", "product": "ID",
    "supplier": "ID", "purchase": "ID", "webhook": "ID", "attachment": "ID", "payment": "ID",
}  # fmt: skip
"""Entity → the field that is its key."""


@dataclass
class Account:
    """One account: its keys, its settings page (``/me``) and its books, each by key in lower case."""

    account_id: str
    keys: list[str]
    me: Record = field(default_factory=dict)
    books: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in BOOKS})
    last_order: int = 0

    def put(self, entity: str, record: Record) -> Record:
        """Store a record under its key, which is made up where it has none."""
        key_field = BOOKS[entity]
        record.setdefault(key_field, str(uuid.uuid4()))
        self.books[entity][str(record[key_field]).lower()] = record
        return record

    def get(self, entity: str, key: object) -> Record | None:
        """Return a record by key, whatever its case."""
        return self.books[entity].get(str(key or "").lower())

    def all(self, entity: str) -> list[Record]:
        """Return all records of an entity, in the order in which they came."""
        return list(self.books[entity].values())

    def named(self, entity: str, name: object, by: str = "Name") -> Record | None:
        """Return the record of that name (or of another field `by`), whatever its case."""
        wanted = str(name or "").casefold()
        return next((r for r in self.all(entity) if str(r.get(by, "")).casefold() == wanted), None)

    def next_order_number(self) -> str:
        """Return the next ``PO-00001``."""
        self.last_order += 1
        return f"PO-{self.last_order:05}"

    def to_json(self) -> Record:
        """Return everything as JSON values."""
        return asdict(self)


def stamp(clock: Clock) -> str:
    """Return the time now as audit stamps come: with Z and two to seven digits, whatever the moment gives."""
    now = clock.now()
    digits = f"{now.microsecond:06}0".rstrip("0").ljust(2, "0")
    return f"{now:%Y-%m-%dT%H:%M:%S}.{digits}Z"


def moment(text: str) -> datetime:
    """Return a stamp or parameter as aware UTC; without zone it is UTC. ValueError when it is no time."""
    text = text.strip().replace("Z", "+00:00")
    head, dot, rest = text.partition(".")
    if dot:
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        text = f"{head}.{digits[:6].ljust(6, '0')}{rest[len(digits) :]}"
    made = datetime.fromisoformat(text)
    return made if made.tzinfo else made.replace(tzinfo=timezone.utc)

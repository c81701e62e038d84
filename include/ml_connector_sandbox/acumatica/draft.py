"""A record while it is being changed: the stored values, what the request sent, and the errors found so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from .schema import TYPES, EntityType

SYSTEM_MEMBERS = ("id", "note", "custom")


@dataclass
class Draft:
    """One level of a record: a header, a linked entity or a detail row."""

    type: EntityType
    id: str = field(default_factory=lambda: str(uuid4()))
    is_new: bool = True
    note: str = ""
    custom: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    linked: dict[str, Draft] = field(default_factory=dict)
    rows: dict[str, list[Draft]] = field(default_factory=dict)
    hidden: dict[str, Any] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    """What the request named; of it, a PUT does not count as sent what is stored so already."""
    raw: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def thaw(cls, entity_type: EntityType, stored: dict[str, Any]) -> Draft:
        """A draft of a stored record."""
        draft = cls(
            entity_type,
            id=stored["id"],
            is_new=False,
            note=stored.get("note", ""),
            custom=dict(stored.get("custom", {})),
            hidden={name: value for name, value in stored.items() if name.startswith("_")},
        )
        for member in entity_type.fields.values():
            value = stored.get(member.name)
            if member.is_rows and value is not None:
                draft.rows[member.name] = [cls.thaw(TYPES[member.kind], row) for row in value]
            elif member.is_linked and value is not None:
                draft.linked[member.name] = cls.thaw(TYPES[member.kind], value)
            elif member.is_scalar:
                draft.values[member.name] = value
        return draft

    def freeze(self) -> dict[str, Any]:
        """The record as it is stored."""
        stored: dict[str, Any] = {"id": self.id, "note": self.note, "custom": self.custom}
        stored.update(self.hidden)
        stored.update({name: value for name, value in self.values.items() if value is not None})
        stored.update({name: child.freeze() for name, child in self.linked.items()})
        stored.update({name: [row.freeze() for row in rows] for name, rows in self.rows.items()})
        return stored

    def get(self, name: str) -> Any:
        """The value of a scalar field, None when empty."""
        return self.values.get(name)

    def default(self, name: str, value: Any) -> None:
        """Fill an empty field."""
        if self.values.get(name) is None and value is not None:
            self.values[name] = value

    def details(self, name: str = "Details") -> list[Draft]:
        """The detail rows."""
        return self.rows.setdefault(name, [])

    def link(self, name: str) -> Draft:
        """The linked entity, made when absent."""
        return self.linked.setdefault(name, Draft(TYPES[self.type.fields[name].kind]))

    def fail(self, name: str, text: str) -> None:
        """Note an error of a field; the first one stays."""
        self.errors.setdefault(name, text)

    def failures(self) -> Iterator[Draft]:
        """This level and the levels below that have errors, the deepest first."""
        for child in [*self.linked.values(), *(row for rows in self.rows.values() for row in rows)]:
            yield from child.failures()
        if self.errors:
            yield self

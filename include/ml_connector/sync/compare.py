"""Compare what we mean with what the target shows, field by field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ml_connector.sync.ports import Fields


@dataclass(frozen=True)
class Difference:
    """One field that is not as meant."""

    field: str
    wanted: str
    present: str

    def __str__(self) -> str:
        """Return e.g. ``gross: 110 wanted, 100 there``."""
        return f"{self.field}: “{self.wanted}” wanted, “{self.present}” there"


def differences(wanted: Fields, present: Fields) -> list[Difference]:
    """Return the fields of `wanted` that `present` shows otherwise, and lines that only `present` has."""
    found = [
        Difference(name, value, present.get(name, ""))
        for name, value in wanted.items()
        if present.get(name, "") != value
    ]
    extra = [name for name in present if name.startswith("lines[") and name not in wanted and present[name]]
    return found + [Difference(name, "", present[name]) for name in extra]


def owned(fields: Fields, owned_fields: Collection[str]) -> Mapping[str, str]:
    """Return the fields that a flow may change; all when it names none. ``address.*`` names a whole group."""
    if not owned_fields:
        return fields
    groups = tuple(name[:-1] for name in owned_fields if name.endswith(".*"))
    return {
        name: value for name, value in fields.items() if name in owned_fields or (groups and name.startswith(groups))
    }


def in_words(found: list[Difference], at_most: int = 5) -> str:
    """Return the first differences as one readable text."""
    text = "; ".join(str(difference) for difference in found[:at_most])
    more = len(found) - at_most
    return f"{text}; and {more} more" if more > 0 else text

"""What a scenario is made of."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Record = dict[str, Any]
_SPACE = uuid.UUID("6d1c1f9e-5c0b-4a3e-9b0e-0c1d2e3f4a5b")


def guid(*name: object) -> str:
    """Return the same GUID for the same name, so that a scenario is the same in every run."""
    return str(uuid.uuid5(_SPACE, "/".join(map(str, name))))


@dataclass(frozen=True)
class Expected:
    """A document that must stand in the target exactly once, authorised.

    Args:
        kind: ``purchase_order``, ``bill`` or ``credit_memo``.
        number: the order number, or the supplier's own number.
        supplier: its name in the source.
    """

    kind: str
    number: str
    supplier: str
    gross: Decimal
    currency: str


@dataclass(frozen=True)
class ExpectedHeld:
    """A document that must not be in the target, and the reason code it is held or waits with."""

    flow: str
    label: str
    reason: str


@dataclass
class Scenario:
    """One pair's world.

    Args:
        accounts: per system, the body to create the account or tenant with.
        records: per system, entity → records, as ``/_sim/seed`` takes them.
        maps: code map name → CSV text.
        expected: what must be in the target after a sync.
        held: what must be held or waiting.
    """

    pair: str
    scale: str
    accounts: dict[str, Record] = field(default_factory=dict)
    records: dict[str, dict[str, list[Record]]] = field(default_factory=dict)
    maps: dict[str, str] = field(default_factory=dict)
    expected: list[Expected] = field(default_factory=list)
    held: list[ExpectedHeld] = field(default_factory=list)

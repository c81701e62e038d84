"""The target's books: what codes exist there, so that a bad one is found before the write."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ml_connector.domain.documents import GLAccount, Item


@dataclass(frozen=True)
class Reference:
    """The target's books that checks need; None where the vendor has no way to list them."""

    accounts: Mapping[str, GLAccount] | None = None
    items: Mapping[str, Item] | None = None
    currencies: Collection[str] | None = None
    terms: Collection[str] | None = None
    tax_rules: Collection[str] | None = None
    units: Collection[str] | None = None
    max_lengths: Mapping[str, int] = field(default_factory=dict)
    """Longest text per field path of the canonical document, e.g. ``{"name": 255, "number": 40}``."""

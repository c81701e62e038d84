"""The target's books: what codes exist there, so that a bad one is found before the write."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ml_connector.domain.documents import GLAccount, Item


@dataclass(frozen=True)
class KnownCode:
    """A code that the target has; `usable` is False where documents must not bear it, e.g. a closed account."""

    name: str = ""
    usable: bool = True


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

    def codes(self) -> dict[str, dict[str, KnownCode]]:
        """Return code map name → code → what it is; without the maps whose codes the target cannot list."""
        accounts, items = self.accounts or {}, self.items or {}
        plain = {"currency": self.currencies, "terms": self.terms, "tax": self.tax_rules, "unit": self.units}
        found = {
            "account": {code: KnownCode(one.name, one.active and one.postable) for code, one in accounts.items()},
            "item": {code: KnownCode(one.name, one.active) for code, one in items.items()},
            **{name: dict.fromkeys(codes or (), KnownCode()) for name, codes in plain.items()},
        }
        return {name: codes for name, codes in found.items() if codes}

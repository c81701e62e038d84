"""Code maps: which code of one system means which code of the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

MAP_NAMES = ("account", "item", "tax", "terms", "currency", "unit", "supplier", "company", "cost_centre")
"""The maps a deployment may have; each is one CSV file of that name."""


@dataclass(frozen=True)
class Mapped:
    """The result of a code look-up."""

    target: str
    version: int


def normalised_code(code: str) -> str:
    """Return `code` as codes are compared when not equal to the letter: trimmed, one case, single blanks."""
    return " ".join(code.split()).casefold()


@dataclass(frozen=True)
class CodeMaps:
    """The code maps of one deployment in one direction.

    Args:
        maps: map name → source code → target code.
        identity: maps in which a code without an entry stands for itself, if the target knows it.
    """

    maps: Mapping[str, Mapping[str, Mapped]]
    identity: Collection[str] = ()
    _normalised: dict[str, dict[str, str]] = field(default_factory=dict, compare=False, repr=False)

    def find(self, name: str, code: str) -> str | None:
        """Return the target code mapped to `code`: to the letter first, then normalised; None when unmapped.

        Two entries that differ only in case or blanks but lead to different targets never match normalised.
        """
        entries = self.maps.get(name, {})
        if code in entries:
            return entries[code].target
        return self._by_normalised(name).get(normalised_code(code))

    def resolve(self, name: str, code: str, known: Collection[str] | None) -> str | None:
        """Return the target code for `code`, allowing identity where the policy does.

        Args:
            name: the map.
            code: the source code.
            known: the codes the target has, or None when it cannot tell.
        """
        target = self.find(name, code)
        if target is None and name in self.identity and (known is None or code in known):
            return code
        return target

    def _by_normalised(self, name: str) -> dict[str, str]:
        if name not in self._normalised:
            table: dict[str, str | None] = {}
            for code, mapped in self.maps.get(name, {}).items():
                key = normalised_code(code)
                clash = key in table and table[key] != mapped.target
                table[key] = None if clash else mapped.target
            self._normalised[name] = {key: target for key, target in table.items() if target is not None}
        return self._normalised[name]

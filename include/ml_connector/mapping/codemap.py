"""Code maps: which code of one system means which code of the other, from which day on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MAP_NAMES = ("account", "item", "tax", "terms", "currency", "unit", "supplier", "company", "cost_centre")
"""The maps a deployment may have; each is one CSV file of that name."""


@dataclass(frozen=True)
class Mapped:
    """One entry of a code.

    Args:
        target: what the code means in the other system.
        version: of the map, in which the entry was last changed.
        effective_from: the first day of the documents that it is for; None for those of any day.
    """

    target: str
    version: int
    effective_from: dt.date | None = None


Tables = Mapping[str, Mapping[str, Sequence[Mapped]]]
"""Map name → code of the source → its entries, in any order."""


def choose(entries: Iterable[Mapped], day: dt.date) -> list[Mapped]:
    """Return the entries that a document of `day` is mapped by: those with the latest effective date not after it.

    More than one are left where they have the same date; then it is open which is meant, unless they mean the same.
    """
    begun = [(one.effective_from or dt.date.min, one) for one in entries]
    latest = max((since for since, _ in begun if since <= day), default=None)
    return [one for since, one in begun if since == latest]


def normalised_code(code: str) -> str:
    """Return `code` as codes are compared when not equal to the letter: trimmed, one case, single blanks."""
    return " ".join(code.split()).casefold()


@dataclass(frozen=True)
class CodeMaps:
    """The code maps of one deployment in one direction.

    Args:
        maps: every entry.
        identity: maps in which a code without an entry stands for itself, if the target knows it.
        versions: map name → version that the entries are of; a map that was never changed is left out.
        today: the day for what has no date of its own, such as suppliers: that of the run, in the tenant's zone.
    """

    maps: Tables
    identity: Collection[str] = ()
    versions: Mapping[str, int] = field(default_factory=dict)
    today: dt.date = field(kw_only=True)
    _spellings: dict[str, dict[str, list[str]]] = field(default_factory=dict, compare=False, repr=False)

    def find(self, name: str, code: str, day: dt.date | None) -> str | None:
        """Return the target code mapped to `code` on that day: to the letter first, then normalised.

        None when it is unmapped on that day, or when it is open which code is meant: entries of one date, or of codes
        that differ only in case or blanks, lead to different targets.

        Args:
            name: the map.
            code: the source code.
            day: `Document.booked_on`; None for `today`.
        """
        entries, on = self.maps.get(name, {}), day or self.today
        chosen = choose(entries.get(code, ()), on)
        if not chosen:
            chosen = [one for spelt in self._spelt(name, code) for one in choose(entries[spelt], on)]
        targets = {one.target for one in chosen}
        return targets.pop() if len(targets) == 1 else None

    def resolve(self, name: str, code: str, day: dt.date | None, known: Collection[str] | None) -> str | None:
        """Return the target code for `code`, allowing identity where the policy does.

        Args:
            name: the map.
            code: the source code.
            day: as in `find`.
            known: the codes the target has, or None when it cannot tell.
        """
        target = self.find(name, code, day)
        if target is None and name in self.identity and (known is None or code in known):
            return code
        return target

    def _spelt(self, name: str, code: str) -> Sequence[str]:
        """Return the codes that have entries and are the same as `code` when normalised."""
        if name not in self._spellings:
            table: dict[str, list[str]] = {}
            for spelt in self.maps.get(name, {}):
                table.setdefault(normalised_code(spelt), []).append(spelt)
            self._spellings[name] = table
        return self._spellings[name].get(normalised_code(code), ())

"""How many documents each side lists in a period, and what they come to: by currency and status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ml_connector.sync.listing import Listed, shown
from ml_connector.sync.sides import Result, Sides


@dataclass(frozen=True)
class Sum:
    """Documents of one side; `gross` is None where its list shows no amounts."""

    count: int = 0
    gross: Decimal | None = Decimal(0)

    def plus(self, one: Listed) -> Sum:
        """Return the sum with one document more."""
        gross = None if self.gross is None or one.gross is None else self.gross + one.gross
        return Sum(self.count + 1, gross)


@dataclass(frozen=True)
class ControlTotal:
    """Both sides in one currency and status.

    Args:
        source: what the source lists.
        target: what the target lists of those, and copies of them.
        theirs: what else the target lists, entered there by people.
    """

    currency: str
    status: str
    source: Sum = Sum()
    target: Sum = Sum()
    theirs: Sum = Sum()

    def told(self) -> dict[str, Any]:
        """Return what is kept of it."""
        sums = {side: getattr(self, side) for side in ("source", "target", "theirs")}
        return {
            "currency": self.currency,
            "status": self.status,
            **{f"{side}_count": one.count for side, one in sums.items()},
            **{f"{side}_gross": one.gross for side, one in sums.items()},
        }


def control_totals(sides: Sides, result: Result) -> list[ControlTotal]:
    """Return the totals of both sides, by currency and status."""
    found: dict[tuple[str, str], ControlTotal] = {}
    for side, listed in _documents(sides, result):
        one = replace(listed, currency="", gross=None) if sides.is_master else listed
        at = (one.currency, one.status.value)
        before = found.get(at, ControlTotal(*at))
        found[at] = replace(before, **{side: getattr(before, side).plus(one)})
    return [found[at] for at in sorted(found)]


def _documents(sides: Sides, result: Result) -> Iterator[tuple[str, Listed]]:
    """Yield each document in the period with the side that it counts for."""
    here = {one.key: one for one in sides.source if one.key not in sides.not_of_this_flow}
    bound = {one.target_key: one.key for one in sides.known if one.target_key is not None}
    yield from (("source", one) for one in here.values())
    for found in {found.ref.key: found for found in reversed(sides.target)}.values():
        one = shown(found)
        if one.key in sides.not_of_this_flow:
            continue
        counterpart = here.get(bound.get(one.key, ""))
        has_own_day = one.is_dated_by_us or one.key not in bound
        if not (sides.holds(one.date) if has_own_day and one.date else counterpart):
            continue
        if counterpart is not None and not one.currency:
            one = replace(one, currency=counterpart.currency)
        yield "theirs" if one.key in result.theirs or (one.is_void and one.key not in bound) else "target", one

"""Compare what both systems list of a flow in a period, document by document; pure.

The order of causes, and what each means, stands in docs/reconciliation.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from ml_connector.domain.documents import DocumentStatus
from ml_connector.domain.status import Outcome
from ml_connector.sync.causes import Cause
from ml_connector.sync.listing import Listed, shown
from ml_connector.sync.pair_checks import Pair, first_difference
from ml_connector.sync.ports import Fields, Found
from ml_connector.sync.sides import Known, Mismatch, Result, Sides

_OPEN = {
    Outcome.HELD: Cause.HELD,
    Outcome.WAITING: Cause.WAITING,
    Outcome.FAILED: Cause.FAILED,
    Outcome.REJECTED: Cause.REJECTED,
}


def absent(sides: Sides) -> list[str]:
    """Return the keys of documents brought over that the source's list of the period lacks, though they belong there.

    They are to be looked up one by one: deleted, or dated elsewhere by now.
    """
    listed = {one.key for one in sides.source}
    there = {found.ref.key: shown(found) for found in sides.target}
    return [
        one.key
        for one in sides.known
        if one.target_key is not None and one.key not in listed and one.key not in sides.not_of_this_flow
        if sides.is_master
        or sides.holds(one.noted.date if one.noted else None)
        or _is_within(sides, there.get(one.target_key))
    ]


def _is_within(sides: Sides, there: Listed | None) -> bool:
    return there is not None and there.is_dated_by_us and sides.holds(there.date)


def compare(sides: Sides) -> Result:
    """Return every difference between the two sides in the period, with its cause."""
    return _Comparison(sides).result()


@dataclass
class _Comparison:
    sides: Sides
    _agreeing: dict[str, Fields] = field(default_factory=dict)
    _pairs: int = 0
    _pending: int = 0

    def result(self) -> Result:
        found = [one for listed in self._documents() if (one := self._of_source(listed)) is not None]
        found += [one for known in self._gone() if (one := self._deleted_at_source(known)) is not None]
        found += () if self.sides.is_master else self._only_in_target()
        theirs = frozenset(one.key for one in found if one.cause is Cause.NOT_OURS)
        return Result(tuple(found), self._agreeing, self._pairs, self._pending, theirs)

    # --- what there is ---

    @cached_property
    def _known(self) -> dict[str, Known]:
        return {one.key: one for one in self.sides.known}

    @cached_property
    def _target(self) -> dict[str, Found]:
        return {found.ref.key: found for found in reversed(self.sides.target)}

    @cached_property
    def _bound(self) -> dict[str, Known]:
        return {one.target_key: one for one in self.sides.known if one.target_key is not None}

    def _documents(self) -> list[Listed]:
        """Return the source's documents: of the period's list, and those looked up."""
        moved = [one for one in self.sides.looked_up.values() if one is not None]
        return [one for one in (*self.sides.source, *moved) if one.key not in self.sides.not_of_this_flow]

    def _gone(self) -> Iterator[Known]:
        return (self._known[key] for key, one in self.sides.looked_up.items() if one is None)

    # --- documents of the source ---

    def _of_source(self, here: Listed) -> Mismatch | None:
        known = self._known.get(here.key)
        if known is None:
            return self._unknown(here)
        if known.target_key is None:
            return self._never_sent(here, known)
        return self._pair(here, known, known.target_key)

    def _unknown(self, here: Listed) -> Mismatch | None:
        if here.is_void or here.status is DocumentStatus.DRAFT:
            return None
        if self._is_to_be_read(here):
            self._pending += 1
            return None
        twin = self._twin_of(here)
        said = f"{self.sides.source_system} has it, and no run has read it"
        said += f"; {twin.number or twin.key} in {self.sides.target_system} looks like it" if twin else ""
        return self._mismatch(Cause.MISSED, here, None, said, there=twin)

    def _is_to_be_read(self, here: Listed) -> bool:
        """Tell whether the next run reads it: changed after the last one, or the source cannot tell and it is new."""
        until = self.sides.read_until
        if until is None:
            return True
        if here.modified_at is not None:
            return here.modified_at >= until
        return not self.sides.has_stamps and here.date is not None and here.date >= until.date()

    def _twin_of(self, here: Listed) -> Listed | None:
        supplier = self.sides.suppliers.get(here.supplier, here.supplier)
        return self._unbound.get(_natural(replace(here, supplier=supplier))[1:])

    @cached_property
    def _unbound(self) -> dict[tuple[str, ...], Listed]:
        """Return supplier and number → what the target has under them, bound to nothing."""
        unbound = (shown(found) for key, found in self._target.items() if key not in self._bound)
        return {natural[1:]: one for one in unbound if (natural := _natural(one))}

    def _never_sent(self, here: Listed, known: Known) -> Mismatch | None:
        if known.outcome in _OPEN:
            return self._mismatch(_OPEN[known.outcome], here, known, known.reason)
        if here.is_void or self.sides.is_master:
            return None  # void before it was sent; or a supplier that is not wanted there
        if self._is_to_be_read(here) and self._has_changed(here, known):
            self._pending += 1
            return None
        said = f"it was read, is not held, and is not in {self.sides.target_system}"
        return self._mismatch(Cause.MISSING, here, known, said)

    def _pair(self, here: Listed, known: Known, target_key: str) -> Mismatch | None:
        found = self._target.get(target_key)
        there = shown(found) if found is not None else None
        if here.is_void and (there is None or there.is_void):
            return None
        if there is None or found is None:
            return self._not_there(here, known)
        if self._has_changed(here, known) and self._is_to_be_read(here):
            self._pending += 1
            return None
        if here.is_void != there.is_void:
            void = self.sides.source_system if here.is_void else self.sides.target_system
            return self._mismatch(Cause.VOIDED, here, known, f"it is void in {void}", there=there)
        if known.outcome in _OPEN:
            return self._mismatch(_OPEN[known.outcome], here, known, known.reason, there=there)
        self._pairs += 1
        return self._compared(here, known, found, there)

    def _not_there(self, here: Listed, known: Known) -> Mismatch:
        number, system = known.target_number or known.target_key, self.sides.target_system
        if known.is_settled:
            return self._mismatch(Cause.DELETED, here, known, f"{system} no longer lists {number}")
        if known.outcome in _OPEN:
            return self._mismatch(_OPEN[known.outcome], here, known, known.reason)
        return self._mismatch(Cause.MISSING, here, known, f"it was begun in {system}, which does not list {number}")

    def _has_changed(self, here: Listed, known: Known) -> bool:
        noted = known.noted
        if noted is None:
            return True
        pairs = ((here.gross, noted.gross), (here.date, noted.date), (here.status, noted.status))
        return any(one is not None and one != other for one, other in pairs)

    def _compared(self, here: Listed, known: Known, found: Found, there: Listed) -> Mismatch | None:
        if self.sides.is_master:
            return None
        told = first_difference(self.sides, Pair(here, there, known, found))
        if told is not None:
            return self._mismatch(told[0], here, known, told[1], there=there)
        self._agreeing[known.key] = found.fields
        return None

    # --- documents that one side alone has ---

    def _deleted_at_source(self, known: Known) -> Mismatch | None:
        found = self._target.get(known.target_key or "")
        there = shown(found) if found is not None else None
        if there is None or there.is_void:
            return None  # gone, or void, on both sides
        if known.outcome in _OPEN and not known.is_settled:
            return None
        system = self.sides.source_system
        said = (
            f"{system} no longer has it, or not as final; {there.number or there.key} is in {self.sides.target_system}"
        )
        noted = known.noted
        day = noted.date if noted is not None and self.sides.holds(noted.date) else there.date
        return Mismatch(Cause.DELETED, known.key, known.label or known.key, said, None, there, day)

    def _only_in_target(self) -> Iterator[Mismatch]:
        """Yield what no document of the source is bound to, in the period."""
        twins: dict[tuple[str, ...], list[Listed]] = defaultdict(list)
        for key in self._bound:
            if key in self._target and not (bound := shown(self._target[key])).is_void:
                twins[_natural(bound)].append(bound)
        for key, found in self._target.items():
            one = shown(found)
            if key in self._bound or key in self.sides.not_of_this_flow or one.is_void:
                continue
            same = twins.get(_natural(one), []) if _natural(one) else []
            twin = next((other for other in same if self._is_copy(one, other)), None)
            if twin is not None or (found.ours and (one.date is None or self.sides.holds(one.date))):
                yield self._duplicate(one, twin)
            elif self.sides.holds(one.date):
                said = f"entered in {self.sides.target_system}, not by the connector"
                yield Mismatch(Cause.NOT_OURS, key, one.label, said, None, one, one.date)

    def _is_copy(self, one: Listed, of: Listed) -> bool:
        """Tell whether a document of the same number is the same once more: in the period, or of the same amount."""
        if self.sides.holds(one.date):
            return True
        return self.sides.holds(of.date) and one.gross is not None and one.gross == of.gross

    def _duplicate(self, one: Listed, twin: Listed | None) -> Mismatch:
        said = f"{one.label} in {self.sides.target_system} was made by us but belongs to no document"
        if twin is None:
            return Mismatch(Cause.DUPLICATE, one.key, one.label, said, None, one, one.date)
        known = self._bound[twin.key]
        said = f"{self.sides.target_system} has it twice: {one.label} beside {twin.label}"
        return Mismatch(Cause.DUPLICATE, one.key, known.label or one.label, said, known.noted, one, one.date)

    def _mismatch(
        self, cause: Cause, here: Listed, known: Known | None, detail: str, *, there: Listed | None = None
    ) -> Mismatch:
        label = (known.label if known else "") or here.label or here.key
        days = [here.date, there.date if there else None]
        day = next((one for one in days if self.sides.holds(one)), days[0])
        return Mismatch(cause, here.key, label, detail, here, there, day)


def _natural(one: Listed) -> tuple[str, ...]:
    """Return what makes a document for people; () where it has no number."""
    if not one.number or not one.supplier:
        return ()
    return one.type.casefold(), one.supplier.casefold(), one.number.strip().casefold()

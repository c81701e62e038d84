"""What is compared of a document that both sides have: status, currency, amount, period, then everything else; pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ml_connector.domain.documents import DocumentStatus
from ml_connector.domain.money import plain
from ml_connector.sync.causes import Cause
from ml_connector.sync.compare import differences
from ml_connector.sync.listing import Listed
from ml_connector.sync.ports import Found
from ml_connector.sync.sides import Known, Sides

Told = tuple[Cause, str]
"""A cause, and what differs in a clerk's words."""
_COMPARED_ALONE = ("date", "currency", "gross")
_MOST_CHANGES = 5


@dataclass(frozen=True)
class Pair:
    """A document on both sides, what the journal knows of it, and all that the target shows."""

    here: Listed
    there: Listed
    known: Known
    found: Found


def first_difference(sides: Sides, pair: Pair) -> Told | None:
    """Return the first cause that applies; None when both sides agree."""
    checks: tuple[Callable[[Sides, Pair], Told | None], ...] = (_status, _currency, _amount, _period, _edited)
    return next((told for check in checks if (told := check(sides, pair)) is not None), None)


def _status(sides: Sides, pair: Pair) -> Told | None:
    for one, system in ((pair.there, sides.target_system), (pair.here, sides.source_system)):
        if one.status is DocumentStatus.DRAFT:
            return Cause.STATUS, f"{one.number or one.key} is a draft in {system}"
    return None


def _currency(sides: Sides, pair: Pair) -> Told | None:
    here, there, noted = pair.here.currency, pair.there.currency, pair.known.noted
    if not here or not there or here == there:
        return None
    return Cause.CURRENCY, _both(sides, here, there, noted.currency if noted else "")


def _amount(sides: Sides, pair: Pair) -> Told | None:
    here, there, noted = pair.here.gross, pair.there.gross, pair.known.noted
    if here is None or there is None or here == there:
        return None
    sent = noted.gross if noted else None
    return Cause.AMOUNT, _both(sides, plain(here), plain(there), "" if sent is None else plain(sent))


def _period(sides: Sides, pair: Pair) -> Told | None:
    here, there, noted = pair.here.date, pair.there.date, pair.known.noted
    if here is None or there is None or not pair.there.is_dated_by_us:
        return None
    periods = sides.period_of(here), sides.period_of(there)
    if periods[0] == periods[1]:
        return None
    sent = noted.date if noted else None
    said = _both(sides, here.isoformat(), there.isoformat(), sent.isoformat() if sent else "")
    return Cause.PERIOD, f"{said}; periods {periods[0]} and {periods[1]}"


def _edited(sides: Sides, pair: Pair) -> Told | None:
    """Return what the target shows otherwise than when both sides agreed."""
    before, now = sides.views.get(pair.known.key), pair.found.fields
    if before is None:
        return None
    changes = [one for one in differences(before, now) if one.field not in _COMPARED_ALONE]
    told = [f"{one.field} from “{one.wanted}” to “{one.present}”" for one in changes[:_MOST_CHANGES]]
    if before.get("date", "") != now.get("date", ""):
        told.append(f"date from {before.get('date')} to {now.get('date')}")
    if not told:
        return None
    cause = Cause.ACCOUNT if any(one.field.endswith(".account") for one in changes) else Cause.EDITED_BY_HAND
    return cause, f"changed in {sides.target_system}: {', '.join(told)}"


def _both(sides: Sides, here: str, there: str, sent: str) -> str:
    """Return both values, and which side changed, where what was sent tells it."""
    said = f"{here} in {sides.source_system}, {there} in {sides.target_system}"
    changed = {here: sides.target_system, there: sides.source_system}.get(sent)
    return f"{said}: changed in {changed} after it was sent" if changed else said

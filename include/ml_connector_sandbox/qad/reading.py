"""From a sent record to a draft: known fields by their types, unknown ones ignored in silence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .errors import MANDATORY, TOO_LONG, Problem, malformed
from .schema import PARTS, Entity, Field
from .tenant import Row
from .values import read_date

_TYPES: dict[str, tuple[type, ...]] = {
    "c": (str,), "d": (str,), "b": (bool,), "i": (int,), "n": (int, Decimal), "l": (list,), "o": (dict,)
}  # fmt: skip


def blank(kind: Entity) -> Row:
    """Return a record of an entity with nothing in it."""
    return {name: one.blank() for name, one in kind.fields.items()}


def read_record(kind: Entity, sent: Row, old: Row | None) -> tuple[Row, list[Problem]]:
    """Return the whole record that was sent, and what is wrong with its fields.

    A field that is not sent is blank, also in an update: the whole record goes back. Fields set by the system keep
    the value that is stored.

    Raises:
        Refusal: 500 for a value of another JSON type.
    """
    problems: list[Problem] = []
    made: Row = {}
    for name, one in kind.fields.items():
        if one.is_derived:
            made[name] = old[name] if old is not None and name in old else one.blank()
        else:
            made[name] = _read(one, sent.get(name), problems)
    return made, problems


def _read(one: Field, value: Any, problems: list[Problem]) -> Any:
    """Return one value as it is stored."""
    if value is None or value == "":
        if one.is_required:
            problems.append(Problem(one.name, "Field is mandatory", "", MANDATORY))
        return one.blank()
    if not isinstance(value, _TYPES[one.kind]) or (isinstance(value, bool) and one.kind != "b"):
        raise malformed(f"Cannot deserialize value of field '{one.name}'")
    if one.kind in {"l", "o"}:
        return _read_part(one, value, problems)
    if one.kind == "d":
        return _read_day(one, str(value), problems)
    if one.length and isinstance(value, str) and len(value) > one.length:
        problems.append(Problem(one.name, f"Value is longer than {one.length} characters", value, TOO_LONG))
    if one.is_required and one.kind == "n" and not value:
        problems.append(Problem(one.name, "Field is mandatory", value, MANDATORY))
    return value


def _read_day(one: Field, value: str, problems: list[Problem]) -> str:
    try:
        return read_date(value)
    except ValueError:
        problems.append(Problem(one.name, "Field is mandatory", value, MANDATORY))
        return ""


def _read_part(one: Field, value: Any, problems: list[Problem]) -> Any:
    """Return the rows of a list (or an object) whose fields are known; others stay as they were sent."""
    known = PARTS.get(one.name)
    if one.is_required and not value:
        problems.append(Problem(one.name, "Field is mandatory", "", MANDATORY))
    if known is None or not value:
        return value
    if any(not isinstance(row, dict) for row in value) and one.kind == "l":
        raise malformed(f"Cannot deserialize value of field '{one.name}'")
    rows = [value] if one.kind == "o" else value
    made = [{name: _read(inner, row.get(name), problems) for name, inner in known.items()} for row in rows]
    return made[0] if one.kind == "o" else made

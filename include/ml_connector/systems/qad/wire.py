"""QAD's values: texts, numbers, dates and booleans as its JSON has them, read leniently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any


def text(row: Mapping[str, Any], name: str) -> str:
    """Return a text; "" for null and absent."""
    value = row.get(name)
    return "" if value is None else str(value).strip()


def number(row: Mapping[str, Any], name: str) -> Decimal:
    """Return a number; 0 for null, absent and blank.

    Raises:
        ValueError: it is none.
    """
    value = row.get(name)
    if value is None or value == "":
        return Decimal(0)
    try:
        return Decimal(str(value))
    except InvalidOperation:
        msg = f"{name} is no number: {value!r}"
        raise ValueError(msg) from None


def day(row: Mapping[str, Any], name: str) -> dt.date | None:
    """Return a calendar date; it may come with a time of day."""
    value = text(row, name)[:10]
    return dt.date.fromisoformat(value) if value else None


def flag(row: Mapping[str, Any], name: str) -> bool:
    """Return a boolean; browses may show it as text."""
    value = row.get(name)
    return value is True or str(value).strip().casefold() in {"true", "yes", "1"}


def same(one: Any, other: Any) -> bool:
    """Compare as QAD does: its database takes upper and lower case for the same."""
    return str(one if one is not None else "").strip().casefold() == str(other).strip().casefold()

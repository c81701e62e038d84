"""IFS's values: texts, decimals as numbers or (with IEEE754Compatible) texts, dates, enumerations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any


def text(row: Mapping[str, Any], name: str) -> str:
    """Return a text; "" for null and absent. A qualified enumeration comes without its name space."""
    value = row.get(name)
    return "" if value is None else str(value).strip()


def state(row: Mapping[str, Any]) -> str:
    """Return the state of a record's life cycle, e.g. ``Released``."""
    return text(row, "Objstate").rpartition("'")[0].rpartition("'")[2] or text(row, "Objstate")


def number(row: Mapping[str, Any], name: str) -> Decimal:
    """Return a decimal; 0 for null and absent.

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
    """Return a calendar date; a time of day that comes with it is in the server's zone and is left out."""
    value = text(row, name)[:10]
    return dt.date.fromisoformat(value) if value else None

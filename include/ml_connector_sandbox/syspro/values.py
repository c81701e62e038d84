"""Stored values: text, int, Decimal with the column's decimals, date or nothing."""

from __future__ import annotations

import base64
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from .schema import Column

CENT = Decimal("0.01")


def blank(column: Column) -> Any:
    """Return what an empty column holds: SYSPRO keeps blanks and zeros; only dates are NULL."""
    return {"int": 0, "dec": rounded(Decimal(0), column.size), "date": None}.get(column.kind, "")


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Return `value` with that many decimals, halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def stored(column: Column, value: Any) -> Any:
    """Return a plain JSON value as the column stores it; ValueError when it does not fit."""
    if value is None:
        return blank(column)
    try:
        if column.kind == "date":
            return _day(value)
        if column.kind == "int":
            return int(value)
        if column.kind == "dec":
            return rounded(Decimal(str(value)), column.size)
    except (ValueError, TypeError, InvalidOperation) as error:
        msg = f"{column.name}: {value!r} is no {column.kind}"
        raise ValueError(msg) from error
    text = str(value).rstrip()
    if column.kind != "stamp" and len(text) > column.size:
        raise ValueError(f"{column.name}: {text!r} is longer than {column.size}")
    return text


def _day(value: Any) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = str(value).strip()[:10]
    return date.fromisoformat(text) if text and text != "0000-00-00" else None


def row_version(counter: int) -> str:
    """Return SQL Server's row version of eight bytes, as JSON shows it."""
    return base64.b64encode(counter.to_bytes(8, "big")).decode()

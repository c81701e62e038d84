"""Numbers and dates as the vendor writes them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
MIDNIGHT = "T00:00:00.000Z"


def number(value: Any) -> Decimal:
    """Return a JSON number as Decimal; blank is zero."""
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))


def money(value: Any) -> Decimal:
    """Return an amount rounded half up to cents."""
    return number(value).quantize(CENT, ROUND_HALF_UP)


def plain(value: Decimal) -> Decimal | int:
    """Return a quantity without needless digits: 200, not 200.00."""
    return int(value) if value == value.to_integral_value() else value.normalize()


def read_date(text: str) -> str:
    """Return ``YYYY-MM-DD`` from that form or from ``YYYY-MM-DDTHH:MM:SS.000Z``.

    Raises:
        ValueError: for any other text.
    """
    day, mark, time = text.partition("T")
    if (mark and not time.endswith("Z")) or date.fromisoformat(day).isoformat() != day:
        raise ValueError(text)
    return day


def days_after(day: str, days: int) -> str:
    """Return the day so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def same(left: Any, right: Any) -> bool:
    """Tell whether two codes are the same; the database ignores case and spaces at the end."""
    return fold(left) == fold(right)


def fold(value: Any) -> str:
    """Return a code as it is compared."""
    return str("" if value is None else value).rstrip().casefold()

"""M3's values: all are texts, padded with blanks.

Numbers have a dot and no thousands separator, dates are ``yyyyMMdd`` (`runtime.ts` and `types.ts` of
https://github.com/infor-cloud/m3-h5-sdk); no date is an empty text or ``0``, and an open end is ``99999999``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Row = dict[str, str]
UTC = dt.timezone.utc
_NO_DATE = {"", "0", "00000000", "99999999"}
MILLISECOND = dt.timedelta(milliseconds=1)
"""The unit of M3's time stamps."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)


def text(row: Mapping[str, Any], name: str) -> str:
    """Return a text without the padding on its right; blanks on its left and zeros belong to a code."""
    value = row.get(name)
    return "" if value is None else str(value).rstrip()


def number(row: Mapping[str, Any], name: str) -> Decimal:
    """Return a decimal; 0 for empty and absent.

    Raises:
        ValueError: it is none.
    """
    value = text(row, name).strip()
    if not value:
        return Decimal(0)
    try:
        made = Decimal(value)
    except InvalidOperation:
        made = Decimal("NaN")
    if made.is_finite():
        return made
    msg = f"{name} is no number: {value!r}"
    raise ValueError(msg)


def flag(row: Mapping[str, Any], name: str) -> bool:
    """Tell whether a flag is set; any number but 0 sets it, as kinds of VAT account do."""
    return number(row, name) != 0


def day(row: Mapping[str, Any], name: str) -> dt.date | None:
    """Return a calendar date; None for no date and for an open end.

    Raises:
        ValueError: it is no date.
    """
    value = text(row, name).strip()
    if value in _NO_DATE:
        return None
    if len(value) != 8 or not value.isdigit():  # noqa: PLR2004 - yyyyMMdd
        msg = f"{name} is no date: {value!r}"
        raise ValueError(msg)
    return dt.date(int(value[:4]), int(value[4:6]), int(value[6:]))


def needed_day(row: Mapping[str, Any], name: str, what: str) -> dt.date:
    """Return a calendar date that has to be there.

    Raises:
        ValueError: it is not there, or is no date.
    """
    found = day(row, name)
    if found is None:
        msg = f"{what} has no date ({name})"
        raise ValueError(msg)
    return found


def day_text(date: dt.date) -> str:
    """Return a date as M3 writes it."""
    return date.strftime("%Y%m%d")


def stamp(row: Mapping[str, Any], name: str) -> dt.datetime:
    """Return a time stamp, which is milliseconds (label of GENERAL/GetServerTime in M3's MI repository).

    Raises:
        ValueError: it is none.
    """
    return _EPOCH + int(number(row, name)) * MILLISECOND


def stamp_text(moment: dt.datetime) -> str:
    """Return a time as M3 writes a time stamp."""
    return str((moment - _EPOCH) // MILLISECOND)

"""Values as M3 holds and writes them: every one a text.

Numbers have a dot and no thousands separator, dates are ``yyyyMMdd``, an empty number is 0 (github.com/infor-cloud/
m3-h5-sdk, ``MIConstants`` and ``runtime.ts``). That LMTS counts milliseconds of the Unix epoch is inferred.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from .metadata import AMOUNTS, Field

_NO_CENTS = frozenset({"JPY", "KRW", "CLP", "ISK", "VND"})
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T.*)?")
_WIRE_DATE = re.compile(r"(\d{8}|0?)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def taken(item: Field, text: str) -> str:
    """Return an input of a transaction, or a value in a query, as the table keeps it; a date is ``yyyyMMdd`` only.

    Raises:
        ValueError: when the field cannot hold it.
    """
    if item.kind == "D" and not _WIRE_DATE.fullmatch(text.strip()):
        raise ValueError(f"{item.name} is a date yyyyMMdd, not {text!r}")
    return stored(item, text)


def stored(item: Field, value: Any) -> str:
    """Return `value` as the table keeps it; a date may be written as JSON has it, too.

    Raises:
        ValueError: when the field cannot hold it.
    """
    text = "" if value is None else str(int(value) if isinstance(value, bool) else value).rstrip()
    if item.kind == "D":
        return _date(item, text.strip())
    if item.kind == "N":
        return _number(item, text.strip())
    if len(text) > item.length:
        raise ValueError(f"{item.name} holds {item.length} characters, not {text!r}")
    return text


def _date(item: Field, text: str) -> str:
    if text in {"", "0"}:
        return ""
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError(f"{item.name} is a date yyyyMMdd, not {text!r}")
    day = "".join(found.groups())
    try:
        datetime.strptime(day, "%Y%m%d")  # noqa: DTZ007 - a calendar date has no zone
    except ValueError:
        raise ValueError(f"{item.name} is a date yyyyMMdd, not {text!r}") from None
    return day


def _number(item: Field, text: str) -> str:
    try:
        number = Decimal(text or "0")
    except InvalidOperation:
        raise ValueError(f"{item.name} is a number, not {text!r}") from None
    if not number.is_finite() or len(text) > item.length + 2:
        raise ValueError(f"{item.name} is a number of {item.length} digits, not {text!r}")
    return plain(number)


def plain(number: Decimal) -> str:
    """Return a number without exponent, trailing zeros and a negative zero."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def amount(number: Decimal, currency: str = "") -> Decimal:
    """Return an amount rounded to the smallest coin of its currency."""
    return number.quantize(Decimal(1) if currency in _NO_CENTS else Decimal("0.01"))


def written(item: Field, text: str, currency: str = "") -> str:
    """Return a stored value as an answer has it: amounts with their two decimals, rates with seven."""
    if item.kind != "N" or not item.decimals or (item.name not in AMOUNTS and item.decimals != 7):
        return text
    places = 0 if item.name in AMOUNTS and currency in _NO_CENTS else item.decimals
    whole, _, digits = text.partition(".")
    return f"{whole}.{digits.ljust(places, '0')}" if places else text


def number_of(row: dict[str, str], name: str) -> Decimal:
    """Return the number in a column; none is 0."""
    return Decimal(row.get(name) or "0")


def sort_key(item: Field, text: str) -> tuple[Decimal, str]:
    """Return what a value sorts by."""
    return (Decimal(text or "0"), "") if item.kind == "N" else (Decimal(0), text)


def stamp(moment: datetime) -> str:
    """Return a moment as LMTS: milliseconds since 1970 in UTC."""
    return str((moment - _EPOCH) // timedelta(milliseconds=1))


def moment_of(lmts: str) -> datetime:
    """Return the moment of an LMTS; aware UTC."""
    return _EPOCH + timedelta(milliseconds=int(Decimal(lmts or "0")))


def day(moment: datetime, zone: str) -> str:
    """Return the calendar date at the server, ``yyyyMMdd``."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y%m%d")


def time_of_day(moment: datetime, zone: str) -> str:
    """Return the time at the server as a number ``HHmmss``: leading zeros are lost (inferred)."""
    return str(int(moment.astimezone(ZoneInfo(zone)).strftime("%H%M%S")))

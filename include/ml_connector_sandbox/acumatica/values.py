"""Values between the wire and the store: what a sent value becomes, and how a stored one is written.

Reading is as tolerant as the vendor's samples are: numbers and booleans may come as text, dates in several
formats (https://github.com/Acumatica/Help-and-Training-Examples, the I320 collection). Writing follows recorded
traffic: decimals as JSON numbers with at least one digit after the point, date-times with an offset, an empty value
as ``{}`` (https://github.com/Jetbuilt/acumatica, ``spec/cassettes``).
"""

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from .schema import Field

_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_FRACTION = re.compile(r"\.(\d+)")


class BadValue(ValueError):
    """The sent value does not fit the field; the text is the field's error."""


def read_value(field: Field, sent: Any) -> Any:
    """The stored form of a sent value; None clears the field.

    Raises:
        BadValue: when the value is of the wrong kind, too long or not one of the choices.
    """
    if sent is None or sent == "":
        return None
    value = _READERS[field.kind](sent)
    if field.choices:
        return _read_choice(field, value)
    if isinstance(value, str) and field.max_length is not None and len(value) > field.max_length:
        raise BadValue(f"The specified value exceeds the maximum length of {field.max_length} characters.")
    return value


def _read_choice(field: Field, value: str) -> str:
    """One of the displayed texts of a drop-down field."""
    for choice in field.choices:
        if choice.lower() == value.strip().lower():
            return choice
    raise BadValue(f"The list value '{value}' is not allowed for the field {field.name}.")


def _read_text(sent: Any) -> str:
    """Text; numbers are taken as their digits."""
    if isinstance(sent, bool):
        return "True" if sent else "False"
    if isinstance(sent, dict | list):
        raise BadValue("The value is not valid.")
    return str(sent).rstrip()


def _read_boolean(sent: Any) -> bool:
    """A boolean or its name in any case."""
    if isinstance(sent, bool):
        return sent
    names = {"true": True, "false": False}
    if str(sent).lower() not in names:
        raise BadValue(f"The value '{sent}' is not a boolean.")
    return names[str(sent).lower()]


def read_decimal(sent: Any) -> Decimal:
    """A decimal number, or its digits as text.

    Raises:
        BadValue: when it is no finite number.
    """
    if isinstance(sent, bool | dict | list):
        raise BadValue(f"The value '{sent}' is not a number.")
    try:
        number = Decimal(str(sent))
    except InvalidOperation as error:
        raise BadValue(f"The value '{sent}' is not a number.") from error
    if not number.is_finite():
        raise BadValue(f"The value '{sent}' is not a number.")
    return number


def _read_integer(sent: Any) -> int:
    """A whole number."""
    number = read_decimal(sent)
    if number != number.to_integral_value():
        raise BadValue(f"The value '{sent}' is not a whole number.")
    return int(number)


def read_moment(sent: Any) -> datetime:
    """An aware UTC date-time; a text without an offset is taken as UTC.

    Raises:
        BadValue: when the text is no date-time.
    """
    if isinstance(sent, datetime):
        return sent.astimezone(timezone.utc)
    text = str(sent).strip().replace("Z", "+00:00")
    match = _US_DATE.fullmatch(text)
    if match:
        text = f"{match[3]}-{int(match[1]):02}-{int(match[2]):02}"
    text = _FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), text, count=1)
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (ValueError, OverflowError) as error:
        raise BadValue(f"The value '{sent}' is not a valid date.") from error


def _read_date(sent: Any) -> date:
    """The date part as written; the offset is not applied."""
    if isinstance(sent, date) and not isinstance(sent, datetime):
        return sent
    text = str(sent).strip()
    match = _US_DATE.fullmatch(text)
    if match:
        text = f"{match[3]}-{int(match[1]):02}-{int(match[2]):02}"
    read_moment(text)
    return date.fromisoformat(text[:10])


_READERS: dict[str, Any] = {
    "String": _read_text,
    "Guid": _read_text,
    "Boolean": _read_boolean,
    "Decimal": read_decimal,
    "Int": _read_integer,
    "Short": _read_integer,
    "Long": _read_integer,
    "DateTime": read_moment,
    "Date": _read_date,
}


def wire_value(value: Any) -> Any:
    """The JSON form of a stored value."""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, datetime):
        return wire_moment(value)
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00+00:00"
    if isinstance(value, Decimal):
        return wire_decimal(value)
    return value


def wire_moment(value: datetime) -> str:
    """A date-time with milliseconds, trailing zeros cut, and the offset: ``2025-03-03T14:02:11.53+00:00``."""
    text = value.strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{value.microsecond // 1000:03}".rstrip("0")
    return f"{text}.{fraction}+00:00" if fraction else f"{text}+00:00"


def wire_decimal(value: Decimal) -> Decimal:
    """The number with no trailing zero but at least one digit after the point: 20.0, 2.29."""
    plain = value.normalize()
    exponent = plain.as_tuple().exponent
    return plain if isinstance(exponent, int) and exponent <= -1 else plain.quantize(Decimal("0.1"))


def truncate_to_milliseconds(moment: datetime) -> datetime:
    """The moment at the resolution of the vendor's row stamps."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def end_of_terms(start: date, days: int) -> date:
    """The due date of a document under terms of so many days."""
    return start + timedelta(days=days)

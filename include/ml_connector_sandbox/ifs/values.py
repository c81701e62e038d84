"""Values between the wire and the store: what a sent value becomes, and how a stored one is written.

Dates are ``YYYY-MM-DD``. Time stamps end in Z and yet are wall time of the server's zone, unless the request and the
projection are time-zone aware (https://docs.ifs.com/techdocs/24r2, 310_time_zone_aware_apis). Numbers are plain Oracle
numbers, so zeros at the end of a fraction are gone; with ``IEEE754Compatible=true`` they are strings. That an empty
text is stored as null is inferred from the database.
"""

import re
from datetime import date, datetime, timezone, tzinfo
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from .schema import EntityType, Property

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?)(Z|[+-]\d{2}:\d{2})")


_AS_IS = (str, bool)
_WIDE = Context(prec=130)


class BadValue(ValueError):
    """The sent value does not fit the property."""


def read_value(item: Property, sent: Any, zone: tzinfo, *, text_numbers: bool = False) -> Any:
    """The stored form of a JSON value.

    Args:
        item: the property.
        sent: what the JSON holds.
        zone: the zone in which a time stamp ending in Z is meant.
        text_numbers: whether a decimal may come as text (``IEEE754Compatible=true``).

    Raises:
        BadValue: when the value is of the wrong kind.
    """
    if sent is None or sent == "":
        return None
    if item.kind == "Decimal":
        return _read_decimal(sent, text_numbers=text_numbers)
    if item.kind == "Boolean":
        return _read_boolean(sent)
    if not isinstance(sent, str):
        raise BadValue(f"The value {sent!r} is no Edm.{item.kind}.")
    if item.kind == "String":
        return sent
    return _read_special(item, sent, zone)


def _read_special(item: Property, text: str, zone: tzinfo) -> Any:
    """An enumeration's member, a date or a time stamp."""
    if item.kind == "Enum":
        if text not in item.members:
            raise BadValue(f"The value '{text}' is no member of {item.enum}.")
        return text
    if item.kind == "Date":
        return read_date(text)
    wall = read_wall_time(text)
    return wall.replace(tzinfo=zone).astimezone(timezone.utc)


def _read_boolean(sent: Any) -> bool:
    """A JSON boolean."""
    if not isinstance(sent, bool):
        raise BadValue(f"The value {sent!r} is no Edm.Boolean.")
    return sent


def _read_decimal(sent: Any, *, text_numbers: bool) -> Decimal:
    """A JSON number, or its digits as text where these are allowed."""
    if isinstance(sent, bool) or not isinstance(sent, int | Decimal | str):
        raise BadValue(f"The value {sent!r} is no Edm.Decimal.")
    if isinstance(sent, str) and not text_numbers:
        raise BadValue(f"The value '{sent}' is no Edm.Decimal: a string.")
    try:
        number = Decimal(sent)
    except InvalidOperation as error:
        raise BadValue(f"The value {sent!r} is no Edm.Decimal.") from error
    if not number.is_finite():
        raise BadValue(f"The value {sent!r} is no Edm.Decimal.")
    return number


def read_date(text: str) -> date:
    """A calendar date.

    Raises:
        BadValue: when the text is none.
    """
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadValue(f"The value '{text}' is no Edm.Date.")


def read_wall_time(text: str) -> datetime:
    """The wall time that a time stamp shows: naive, its Z or offset taken into UTC and then left out.

    Raises:
        BadValue: when the text is no time stamp.
    """
    match = _MOMENT.fullmatch(text)
    try:
        if match:
            clock, offset = match.groups()
            head, _, fraction = clock.partition(".")
            moment = datetime.fromisoformat(f"{head}.{fraction[:6].ljust(6, '0')}" if fraction else head)
            shift = datetime.fromisoformat(f"{head}{'+00:00' if offset == 'Z' else offset}").utcoffset()
            assert shift is not None
            return moment - shift
    except (ValueError, OverflowError):
        pass
    raise BadValue(f"The value '{text}' is no Edm.DateTimeOffset.")


def wall_time(moment: datetime, zone: tzinfo) -> datetime:
    """The wall time of a moment in a zone, naive and to the second."""
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0)


def wire_row(kind: EntityType, data: dict[str, Any], zone: tzinfo, *, text_numbers: bool) -> dict[str, Any]:
    """The JSON values of all properties of a row."""
    return {
        name: value
        if (value := data.get(name)) is None or isinstance(value, _AS_IS)
        else wire_value(item, value, zone, text_numbers)
        for name, item in kind.properties.items()
    }


def wire_value(item: Property, value: Any, zone: tzinfo, text_numbers: bool) -> Any:
    """The JSON form of one stored value."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal):
        return wire_text(value) if text_numbers else wire_number(value)
    if isinstance(value, datetime):
        return f"{wall_time(value, zone).isoformat()}Z"
    return f"{value.isoformat()}T00:00:00Z" if item.kind == "DayStamp" else value.isoformat()


def wire_number(value: Decimal) -> int | Decimal:
    """The number without zeros at the end of its fraction."""
    whole = int(value)
    return whole if whole == value else value.normalize(_WIDE)


def wire_text(value: Decimal) -> str:
    """The number's digits, without zeros at the end of its fraction."""
    return f"{Decimal(wire_number(value)):f}"

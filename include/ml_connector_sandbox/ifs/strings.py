"""The string functions of ``$filter``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Call:
    """A function and the least number of arguments that it takes."""

    do: Callable[..., Any]
    least: int


def _contains(text: str, part: str) -> bool:
    """Whether a text has a part."""
    return part in text


def _substring(text: str, start: Decimal, length: Decimal | None = None) -> str:
    """A part of a text from a position that counts from 0."""
    first = max(int(start), 0)
    return text[first:] if length is None else text[first : first + max(int(length), 0)]


def _cast(value: Any) -> str | None:
    """A value as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
    assert isinstance(value, date | datetime)
    return value.isoformat()


cast_text = Call(_cast, 2)
_S, _N = "String", "Decimal"
FUNCTIONS: dict[str, tuple[tuple[str, ...], str, Call]] = {
    "contains": ((_S, _S), "Boolean", Call(_contains, 2)),
    "startswith": ((_S, _S), "Boolean", Call(str.startswith, 2)),
    "endswith": ((_S, _S), "Boolean", Call(str.endswith, 2)),
    "tolower": ((_S,), _S, Call(str.lower, 1)),
    "toupper": ((_S,), _S, Call(str.upper, 1)),
    "trim": ((_S,), _S, Call(str.strip, 1)),
    "length": ((_S,), _N, Call(lambda text: Decimal(len(text)), 1)),
    "indexof": ((_S, _S), _N, Call(lambda text, part: Decimal(text.find(part)), 2)),
    "substring": ((_S, _N, _N), _S, Call(_substring, 2)),
    "concat": ((_S, _S), _S, Call(lambda first, second: first + second, 2)),
}
"""Function → the kinds of its arguments, the kind of its result, what it does."""

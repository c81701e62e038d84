"""The ``filter`` of a browse: ``table.field,operator,value,type``.

Only ``eq`` and the types ``literal`` and empty are attested by public browse clients, and so is that a filter which is
wrong in any way answers 200 with no rows. The other operator names are inferred.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from .tenant import Row
from .values import fold, number, read_date

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
    "contains": lambda value, part: part in value, "startswith": lambda value, part: value.startswith(part),
}  # fmt: skip
_ON_TEXT = ("contains", "startswith")
_TYPES = ("", "literal")


@dataclass(frozen=True)
class Filter:
    """One condition."""

    column: str
    operator: str
    value: str

    def keeps(self, row: Row) -> bool:
        """Tell whether a row meets it; a value of the wrong kind meets nothing."""
        stored = row.get(self.column)
        if self.operator in _ON_TEXT:
            return _COMPARE[self.operator](fold(stored), fold(self.value))
        wanted = _like(stored, self.value)
        return wanted is not None and _COMPARE[self.operator](_comparable(stored), wanted)


def parse_filter(text: str, operators: list[str]) -> Filter | None:
    """Return the condition; None for a text that is none, or an operator that does not work.

    A value with a comma makes five parts and is not understood (our reading).
    """
    parts = text.split(",")
    if len(parts) != 4 or parts[1] not in operators or parts[3] not in _TYPES:
        return None
    return Filter(parts[0], parts[1], parts[2])


def _comparable(stored: Any) -> Any:
    if isinstance(stored, bool):
        return stored
    return number(stored) if isinstance(stored, int | Decimal) else fold(stored)


def _like(stored: Any, text: str) -> Any:
    """Return the filter's text as a value to compare with `stored`; None when it cannot be one."""
    if isinstance(stored, bool):
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.casefold())
    if isinstance(stored, int | Decimal):
        try:
            return Decimal(text)
        except InvalidOperation:
            return None
    if len(text) > 10 and text[10] == "T":
        try:
            return read_date(text)
        except ValueError:
            return fold(text)
    return fold(text)

"""Conditions on rows, in the two languages that SYSPRO is asked in: OData's ``$filter`` and COMFND's expressions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

Test = tuple[str, str, Any]
"""Column, comparison (``eq``, ``gt``, ``ge``, ``lt``) and value."""
Condition = Sequence[Sequence[Test]]
"""Alternatives, of which one must hold; each is tests that must all hold."""


def after(keys: Sequence[str], last: Sequence[Any]) -> Condition:
    """Return the condition of what follows the row with key `last` in the order of `keys`."""
    return [
        [
            *((key, "eq", value) for key, value in zip(keys[:index], last, strict=False)),
            (keys[index], "gt", last[index]),
        ]
        for index in range(len(keys))
    ]


def one_of(column: str, values: Sequence[Any]) -> Condition:
    """Return the condition that a column has one of these values."""
    return [[(column, "eq", value)] for value in values]


def odata(conditions: Sequence[Condition], date_literal: str) -> str:
    """Return the filter that all conditions hold (https://docs.oasis-open.org/odata/odata/v4.01)."""
    texts = []
    for condition in conditions:
        alternatives = [
            " and ".join(f"{column} {sign} {literal(value, date_literal)}" for column, sign, value in tests)
            for tests in condition
        ]
        text = " or ".join(f"({one})" if len(alternatives) > 1 and " and " in one else one for one in alternatives)
        texts.append(f"({text})" if len(conditions) > 1 else text)
    return " and ".join(texts)


def literal(value: Any, date_literal: str = "datetimeoffset") -> str:
    """Return a value as ``$filter`` writes it; how this service writes dates is not published."""
    if isinstance(value, dt.date):
        day = value.isoformat()
        styles = {"datetimeoffset": f"{day}T00:00:00Z", "date": day, "v3": f"datetime'{day}T00:00:00'"}
        return styles[date_literal]
    if isinstance(value, (int, Decimal)):
        return _text(value)
    text = _text(value).replace("'", "''")
    return f"'{text}'"


def _text(value: Any) -> str:
    """Return a value as text; a zero with eight decimals without an exponent, too."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def expressions(conditions: Sequence[Condition]) -> list[dict[str, str]]:
    """Return COMFND's expressions: alternatives in one pair of brackets each, since nested ones are not attested.

    https://github.com/wildland/syspro-ruby (`test/cassettes`) and https://github.com/LuntuSYSPRO/myGitHub-rep.
    """
    found = []
    for alternative in _products(conditions):
        for index, (column, sign, value) in enumerate(alternative):
            found.append({
                "AndOr": "And" if index else "Or",
                "OpenBracket": "" if index else "(",
                "Column": column,
                "Condition": sign.upper(),
                "Value": value.isoformat() if isinstance(value, dt.date) else _text(value),
                "CloseBracket": ")" if index == len(alternative) - 1 else "",
            })  # fmt: skip
    if found:
        found[0]["AndOr"] = "And"
    return found


def _products(conditions: Sequence[Condition]) -> Iterator[list[Test]]:
    """Yield the alternatives of all conditions together."""
    if not conditions:
        return
    rest = list(_products(conditions[1:])) or [[]]
    for tests in conditions[0]:
        for more in rest:
            yield [*tests, *more]

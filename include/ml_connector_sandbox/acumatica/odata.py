"""The subset of OData v3 that ``$filter`` understands.

Documented: comparisons, ``and``, ``or``, parentheses, ``substringof``, ``startswith``, ``endswith``, linked paths,
``cf.String(f='View.Field')`` and ``datetimeoffset'…'`` (https://github.com/Acumatica/Acumatica-AI-Resources, the
Integration Development Guide, "Parameter: filter"). Reported: a quoted boolean or number answers 500 for
incompatible types, and an ``and`` over fields of different screen views answers an empty list
(https://github.com/kborovik/acumatica-cli, ``docs/rest-api.md``).
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from decimal import Decimal
from typing import Any

from .errors import Refusal, server_error
from .schema import TYPES, EntityType, Field
from .values import BadValue, read_moment

Row = dict[str, Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<moment>datetimeoffset'[^']*')|(?P<day>(?:datetime|date|guid)'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+(?:\.\d+)?)[mMdDfFlL]?(?![\w.])|(?P<word>[A-Za-z_][\w./]*)|(?P<sign>[(),=]))"
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_FUNCTIONS = ("substringof", "startswith", "endswith")
_EDM = {
    "String": "Edm.String",
    "Guid": "Edm.String",
    "Boolean": "Edm.Boolean",
    "Decimal": "Edm.Decimal",
    "Int": "Edm.Decimal",
    "Short": "Edm.Decimal",
    "Long": "Edm.Decimal",
    "DateTime": "Edm.DateTimeOffset",
    "Date": "Edm.DateTimeOffset",
}


@dataclass(frozen=True)
class Predicate:
    """A test of a stored record and the screen views whose fields it reads."""

    test: Callable[[Row], bool]
    views: frozenset[str]


@dataclass(frozen=True)
class Operand:
    """One side of a comparison: a literal, or a field to read from the record."""

    edm: str
    read: Callable[[Row], Any]
    views: frozenset[str] = frozenset()


def parse_filter(text: str, entity: EntityType, *, cross_view_empty: bool) -> Predicate:
    """The predicate of a ``$filter``.

    Raises:
        Refusal: 500 for a text that cannot be read, an unknown field or incompatible types.
    """
    return _Parser(_tokens(text), entity, cross_view_empty).whole()


def _tokens(text: str) -> list[tuple[str, str]]:
    """The tokens with their kinds."""
    tokens, position, text = [], 0, text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _syntax(text, position)
        kind = str(match.lastgroup)
        tokens.append((kind, match[kind]))
        position = match.end()
    return tokens


def _syntax(text: str, position: int) -> Refusal:
    """The answer to a filter that cannot be read."""
    return server_error(f"Syntax error at position {position} in '{text}'.", "Microsoft.Data.OData.ODataException")


def _fold(value: Any) -> Any:
    """A value as the database compares it: text without case and spaces at the end, dates as moments."""
    if isinstance(value, str):
        return value.rstrip().casefold()
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), timezone.utc)
    return value


def _compare(name: str, left: Operand, right: Operand) -> Predicate:
    """A comparison of two operands.

    Raises:
        Refusal: 500 when the types differ.
    """
    if "null" not in {left.edm, right.edm} and left.edm != right.edm:
        raise server_error(
            f"A binary operator with incompatible types was detected. Found operand types '{left.edm}' and "
            f"'{right.edm}' for operator kind '{name}'.",
            "Microsoft.Data.OData.ODataException",
        )
    compare = _COMPARISONS[name]

    def test(row: Row) -> bool:
        first, second = _fold(left.read(row)), _fold(right.read(row))
        if first is None or second is None:
            return name in {"eq", "ne"} and compare(first, second)
        return compare(first, second)

    return Predicate(test, left.views | right.views)


class _Parser:
    """Recursive descent over the tokens of one filter."""

    def __init__(self, tokens: list[tuple[str, str]], entity: EntityType, cross_view_empty: bool) -> None:
        self._tokens = tokens
        self._position = 0
        self._entity = entity
        self._cross_view_empty = cross_view_empty

    def whole(self) -> Predicate:
        """The predicate of all tokens."""
        predicate = self._either()
        if self._position < len(self._tokens):
            raise self._unexpected()
        return predicate

    def _either(self) -> Predicate:
        """``a or b``."""
        parts = [self._both()]
        while self._take("word", "or"):
            parts.append(self._both())
        views = frozenset[str]().union(*(part.views for part in parts))
        return parts[0] if len(parts) == 1 else Predicate(lambda row: any(part.test(row) for part in parts), views)

    def _both(self) -> Predicate:
        """``a and b``; nothing matches when the fields live on different views."""
        parts = [self._single()]
        while self._take("word", "and"):
            parts.append(self._single())
        if len(parts) == 1:
            return parts[0]
        views = frozenset[str]().union(*(part.views for part in parts))
        if self._cross_view_empty and len(views) > 1:
            return Predicate(lambda _: False, views)
        return Predicate(lambda row: all(part.test(row) for part in parts), views)

    def _single(self) -> Predicate:
        """A comparison, a function, a bare boolean, a negation or a group."""
        if self._take("word", "not"):
            inner = self._single()
            return Predicate(lambda row: not inner.test(row), inner.views)
        if self._take("sign", "("):
            group = self._either()
            self._need(")")
            return group
        kind, word = self._peek()
        if kind == "word" and word in _FUNCTIONS:
            return self._function()
        left = self._operand()
        kind, word = self._peek()
        if kind == "word" and word in _COMPARISONS:
            self._position += 1
            return _compare(word, left, self._operand())
        if left.edm == "Edm.Boolean":
            return Predicate(lambda row: bool(left.read(row)), left.views)
        raise self._unexpected()

    def _function(self) -> Predicate:
        """One of the three string functions."""
        _, name = self._next()
        self._need("(")
        first = self._operand()
        self._need(",")
        second = self._operand()
        self._need(")")
        holder, part = (second, first) if name == "substringof" else (first, second)
        if {holder.edm, part.edm} != {"Edm.String"}:
            raise server_error(f"The function '{name}' takes text.", "Microsoft.Data.OData.ODataException")
        tests: dict[str, Callable[[str, str], bool]] = {
            "substringof": lambda text, piece: piece in text,
            "startswith": str.startswith,
            "endswith": str.endswith,
        }

        def test(row: Row) -> bool:
            text, piece = _fold(holder.read(row)), _fold(part.read(row))
            return text is not None and piece is not None and tests[name](text, piece)

        return Predicate(test, holder.views | part.views)

    def _operand(self) -> Operand:
        """A literal or a field."""
        kind, text = self._next()
        if kind == "text":
            return _literal("Edm.String", text[1:-1].replace("''", "'"))
        if kind == "number":
            return _literal("Edm.Decimal", Decimal(text))
        if kind == "moment":
            return _moment(text)
        if kind == "day":
            return _literal({"date": "Edm.Date", "guid": "Edm.Guid"}.get(text.split("'")[0], "Edm.DateTime"), text)
        if kind != "word":
            self._position -= 1
            raise self._unexpected()
        if text in _WORDS:
            return _WORDS[text]
        return self._custom(text) if text.startswith("cf.") else _field(self._entity, text)

    def _custom(self, word: str) -> Operand:
        """A custom field: ``cf.String(f='View.Field')``."""
        self._need("(")
        self._next()
        self._need("=")
        view, _, name = self._next()[1].strip("'").partition(".")
        self._need(")")
        edm = {"cf.Decimal": "Edm.Decimal", "cf.Boolean": "Edm.Boolean", "cf.DateTime": "Edm.DateTimeOffset"}

        def read(row: Row) -> Any:
            return row.get("custom", {}).get(view, {}).get(name, {}).get("value")

        return Operand(edm.get(word, "Edm.String"), read, frozenset({view}))

    def _peek(self) -> tuple[str, str]:
        """The next token, which stays."""
        return self._tokens[self._position] if self._position < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        """The next token, taken."""
        token = self._peek()
        if token[0] == "end":
            raise self._unexpected()
        self._position += 1
        return token

    def _take(self, kind: str, text: str) -> bool:
        """Whether the next token is this one; it is taken when it is."""
        found = self._peek() == (kind, text)
        self._position += found
        return found

    def _need(self, sign: str) -> None:
        """Take a sign that must come next."""
        if not self._take("sign", sign):
            raise self._unexpected()

    def _unexpected(self) -> Refusal:
        """The answer to a token out of place."""
        return _syntax(" ".join(text for _, text in self._tokens), self._position)


def _literal(edm: str, value: Any) -> Operand:
    """An operand that is the same for every record."""
    return Operand(edm, lambda _: value)


def _moment(text: str) -> Operand:
    """A ``datetimeoffset'…'`` literal; a plus sign that was not percent-encoded has become a space and fails."""
    inner = text.partition("'")[2][:-1]
    if " " in inner.strip():
        raise server_error(
            f"Unrecognized 'Edm.DateTimeOffset' literal '{text}'.", "Microsoft.Data.OData.ODataException"
        )
    try:
        return _literal("Edm.DateTimeOffset", read_moment(inner))
    except BadValue as error:
        raise server_error(
            f"Unrecognized 'Edm.DateTimeOffset' literal '{text}'.", "Microsoft.Data.OData.ODataException"
        ) from error


def _field(entity: EntityType, path: str) -> Operand:
    """A field by its path; the members of a detail row are unsupported and read as empty.

    Raises:
        Refusal: 500 for an unknown member.
    """
    *links, name = path.split("/")
    kind, view = entity, "/".join(links)
    for link in links:
        step = kind.fields.get(link)
        if step is None or step.is_scalar:
            raise _no_field(path)
        kind = TYPES[step.kind]
    member: Field | None = kind.fields.get(name)
    if member is None or not member.is_scalar:
        raise _no_field(path)

    def read(row: Row) -> Any:
        value: Any = row
        for link in links:
            value = value.get(link) if isinstance(value, dict) else None
        return value.get(name) if isinstance(value, dict) else None

    return Operand(_EDM[member.kind], read, frozenset({view or member.view}))


def _no_field(path: str) -> Refusal:
    """The answer to an unknown member; its text is inferred."""
    return server_error(f"Could not find a property named '{path}'.", "Microsoft.Data.OData.ODataException")


_WORDS = {
    "true": _literal("Edm.Boolean", value=True),
    "false": _literal("Edm.Boolean", value=False),
    "null": _literal("null", None),
}

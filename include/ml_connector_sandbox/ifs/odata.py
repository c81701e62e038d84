"""The part of OData v4's ``$filter`` that the provider understands, and its refusals.

All comparisons but ``has``, arithmetic but ``mod``, all string functions, ``cast`` to string alone; no lambda, no
``$count`` inside, no ``round``, ``floor``, ``ceiling``, ``totalseconds``, ``maxdatetime`` and the like
(https://docs.ifs.com/techdocs/23r2, 100_odata_provider/1000_supported_functionalities). Enumerations are qualified
with the projection's namespace; dates and time stamps are bare. That the refusals are 501, and 400 for what cannot be
read or compared, is inferred.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from .enums import ENUMS
from .errors import Refusal, malformed, no_property, not_implemented
from .schema import EntityType, Property
from .strings import FUNCTIONS, cast_text
from .values import BadValue, read_date, read_wall_time, wall_time

Values = dict[str, Any]
Read = Callable[[Values], Any]

_TOKEN = re.compile(
    r"(?P<blank>\s*)(?:(?P<enum>[A-Za-z_][\w.]*'(?:[^']|'')*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<moment>\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)|(?P<day>\d{4}-\d{2}-\d{2})"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|(?P<word>[A-Za-z_$][\w./$]*)|(?P<sign>[(),:]))"
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_SUMS = {"add": operator.add, "sub": operator.sub}
_PRODUCTS = {"mul": operator.mul, "div": operator.truediv}
# fmt: off
_UNSUPPORTED = frozenset({
    "round", "floor", "ceiling", "totalseconds", "totaloffsetminutes", "fractionalseconds",
    "maxdatetime", "mindatetime", "now", "date", "time",
    "year", "month", "day", "hour", "minute", "second", "isof",
    "geo.distance", "geo.intersects", "geo.length", "has", "mod", "any", "all",
})
# fmt: on
_CONSTANTS: dict[str, tuple[str, Any]] = {
    "null": ("null", None),
    "true": ("Boolean", True),
    "false": ("Boolean", False),
}


@dataclass(frozen=True)
class Scope:
    """What a filter is read against."""

    type: EntityType
    namespace: str
    zone: tzinfo
    blank_after_comma: bool = False
    refuse_state: bool = False


@dataclass(frozen=True)
class Operand:
    """A literal, a property or an expression: its kind and how its value is read from a row."""

    kind: str
    read: Read


@dataclass(frozen=True)
class _Token:
    """One token; ``is_spaced`` tells whether a blank stands before it."""

    kind: str
    text: str
    is_spaced: bool


def parse_filter(text: str, scope: Scope) -> Read:
    """The test of a ``$filter``.

    Raises:
        Refusal: 400 for what cannot be read, is unknown or of another type; 501 for what the provider does not do.
    """
    operand = _Parser(_tokens(text), scope).whole()
    if operand.kind != "Boolean":
        raise malformed("The filter expression is not of type Edm.Boolean.")
    return operand.read


def _tokens(text: str) -> list[_Token]:
    """The tokens of a filter."""
    tokens, position = [], 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise malformed(f"The filter cannot be read at position {position}: '{stripped}'.")
        kind = next(name for name in ("enum", "text", "moment", "day", "number", "word", "sign") if match[name])
        tokens.append(_Token(kind, match[kind], bool(match["blank"])))
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens of one filter."""

    def __init__(self, tokens: list[_Token], scope: Scope) -> None:
        self._tokens = tokens
        self._position = 0
        self._scope = scope

    def whole(self) -> Operand:
        """The expression of all tokens."""
        operand = self._either()
        if self._position < len(self._tokens):
            raise self._unexpected()
        return operand

    def _either(self) -> Operand:
        """``a or b``."""
        left = self._both()
        while self._take("or"):
            left = _logical(left, self._both(), lambda one, other: lambda row: one(row) or other(row))
        return left

    def _both(self) -> Operand:
        """``a and b``."""
        left = self._comparison()
        while self._take("and"):
            left = _logical(left, self._comparison(), lambda one, other: lambda row: one(row) and other(row))
        return left

    def _comparison(self) -> Operand:
        """``not a``, or ``a eq b`` and its like."""
        if self._take("not"):
            inner = self._comparison()
            return _logical(inner, inner, lambda one, _: lambda row: not one(row))
        left = self._sum()
        for name in _COMPARISONS:
            if self._take(name):
                return _compare(name, left, self._sum())
        self._refuse_unsupported()
        return left

    def _sum(self) -> Operand:
        """``a add b`` and ``a sub b``."""
        return self._chain(_SUMS, lambda: self._chain(_PRODUCTS, self._primary))

    def _chain(self, signs: dict[str, Callable[[Any, Any], Any]], operand: Callable[[], Operand]) -> Operand:
        """Operands joined by arithmetic operators of one precedence."""
        left = operand()
        while (word := self._peek().text) in signs and self._peek().kind == "word":
            self._position += 1
            left = _calculate(signs[word], left, operand())
        return left

    def _primary(self) -> Operand:
        """A group, a function, a literal or a property."""
        if self._take("("):
            group = self._either()
            self._need(")")
            return group
        self._refuse_unsupported()
        token = self._next()
        if token.kind != "word":
            return self._literal(token)
        if token.text in _CONSTANTS:
            kind, value = _CONSTANTS[token.text]
            return Operand(kind, lambda _: value)
        if self._take("("):
            return self._function(token.text)
        return self._property(token.text)

    def _function(self, name: str) -> Operand:
        """A call, after its opening bracket."""
        if name not in FUNCTIONS and name != "cast":
            raise malformed(f"The function '{name}' is not known.")
        arguments = [self._either()]
        while self._take(","):
            if self._peek().is_spaced and not self._scope.blank_after_comma:
                raise malformed("A blank after a comma cannot be read.")
            if name == "cast":
                return self._cast(arguments[0])
            arguments.append(self._either())
        self._need(")")
        kinds, result, call = FUNCTIONS.get(name, ((), "", cast_text))
        wrong = any(found.kind not in {kind, "null"} for found, kind in zip(arguments, kinds, strict=False))
        if wrong or not call.least <= len(arguments) <= len(kinds):
            raise malformed(f"The arguments of '{name}' are not those it takes.")
        reads = [argument.read for argument in arguments]

        def read(row: Values) -> Any:
            found = [read(row) for read in reads]
            return None if None in found else call.do(*found)

        return Operand(result, read)

    def _cast(self, source: Operand) -> Operand:
        """``cast(x,Edm.String)``, after its comma."""
        target = self._next().text
        self._need(")")
        if target != "Edm.String":
            raise not_implemented(f"cast to {target} is not supported.")
        return Operand("String", lambda row: cast_text.do(source.read(row)))

    def _literal(self, token: _Token) -> Operand:
        """A literal."""
        value: Any
        try:
            kind, value = _read_literal(token)
        except BadValue as error:
            raise malformed(str(error)) from error
        if kind == "Enum":
            kind, value = self._enum(token.text)
        if kind == "sign":
            self._position -= 1
            raise self._unexpected()
        return Operand(kind, lambda _: value)

    def _enum(self, text: str) -> tuple[str, str]:
        """The kind and member of a qualified enumeration literal."""
        qualified, _, member = text[:-1].partition("'")
        namespace, _, name = qualified.rpartition(".")
        if namespace != self._scope.namespace or name not in ENUMS or member not in ENUMS[name]:
            raise malformed(f"The literal {text} is not valid: its type is not known in {self._scope.namespace}.")
        return f"Enum {name}", member

    def _property(self, name: str) -> Operand:
        """A property of the entity type."""
        item = self._scope.type.properties.get(name)
        if item is None:
            raise no_property(name, f"{self._scope.namespace}.{self._scope.type.name}")
        if name == "Objstate" and self._scope.refuse_state:
            raise malformed("The property 'Objstate' cannot be used in a filter.")
        return _property_operand(item, self._scope.zone)

    def _refuse_unsupported(self) -> None:
        """501 when the next token begins something that the provider does not do."""
        token = self._peek()
        name = token.text.rpartition("/")[2]
        if token.kind == "word" and (name in _UNSUPPORTED or token.text in _UNSUPPORTED or "$count" in token.text):
            raise not_implemented(f"'{token.text}' is not supported in filters.")

    def _peek(self) -> _Token:
        """The next token, which stays."""
        return self._tokens[self._position] if self._position < len(self._tokens) else _Token("end", "", False)

    def _next(self) -> _Token:
        """The next token, taken."""
        token = self._peek()
        if token.kind == "end":
            raise self._unexpected()
        self._position += 1
        return token

    def _take(self, text: str) -> bool:
        """Whether the next token is this word or sign; it is taken when it is."""
        token = self._peek()
        found = token.text == text and token.kind in {"word", "sign"}
        self._position += found
        return found

    def _need(self, sign: str) -> None:
        """Take a sign that must come next."""
        if not self._take(sign):
            raise self._unexpected()

    def _unexpected(self) -> Refusal:
        """The answer to a token out of place."""
        return malformed(f"The filter ends too early or '{self._peek().text}' is out of place.")


def _read_literal(token: _Token) -> tuple[str, Any]:
    """The kind and value of a literal.

    Raises:
        BadValue: for an impossible date or time.
    """
    if token.kind == "text":
        return "String", token.text[1:-1].replace("''", "'")
    if token.kind == "number":
        return "Decimal", Decimal(token.text)
    if token.kind == "day":
        return "Date", read_date(token.text)
    if token.kind == "moment":
        return "Timestamp", read_wall_time(token.text)
    return ("Enum" if token.kind == "enum" else "sign"), token.text


def _property_operand(item: Property, zone: tzinfo) -> Operand:
    """How a property is read; time stamps as the wall time that they show."""
    name = item.name
    if item.kind == "Timestamp":
        return Operand("Timestamp", lambda row: wall_time(row[name], zone) if row.get(name) else None)
    if item.kind == "DayStamp":
        return Operand("Timestamp", lambda row: datetime.combine(row[name], time()) if row.get(name) else None)
    return Operand(f"Enum {item.enum}" if item.enum else item.kind, lambda row: row.get(name))


def _logical(left: Operand, right: Operand, join: Callable[[Read, Read], Read]) -> Operand:
    """An expression of booleans; 400 when a part is none."""
    if not {left.kind, right.kind} <= {"Boolean", "null"}:
        raise malformed("A logical operator takes Edm.Boolean on both sides.")
    return Operand("Boolean", join(left.read, right.read))


def _calculate(sign: Callable[[Any, Any], Any], left: Operand, right: Operand) -> Operand:
    """An arithmetic expression; a division by zero is null."""
    if not {left.kind, right.kind} <= {"Decimal", "null"}:
        raise malformed("An arithmetic operator takes Edm.Decimal on both sides.")

    def read(row: Values) -> Any:
        first, second = left.read(row), right.read(row)
        if first is None or second is None or (sign is operator.truediv and not second):
            return None
        return sign(first, second)

    return Operand("Decimal", read)


def _compare(name: str, left: Operand, right: Operand) -> Operand:
    """A comparison; null is equal to null alone and neither before nor after anything."""
    if "null" not in {left.kind, right.kind} and left.kind != right.kind:
        raise malformed(f"The types 'Edm.{left.kind}' and 'Edm.{right.kind}' are not compatible.")
    if left.kind.startswith("Enum") and name not in {"eq", "ne"}:
        raise malformed("Enumerations can be compared with eq and ne alone.")
    compare, first, second = _COMPARISONS[name], left.read, right.read
    if name in {"eq", "ne"}:
        return Operand("Boolean", lambda row: compare(first(row), second(row)))

    def read(row: Values) -> bool:
        one, other = first(row), second(row)
        return one is not None and other is not None and compare(one, other)

    return Operand("Boolean", read)

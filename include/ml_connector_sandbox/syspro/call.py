"""One call of a business object, and how it reads its items and notes what is wrong with them.

Errors inside the XML: the element that is wrong carries ``Value``, ``ErrorNumber`` and ``ErrorDescription`` (traffic of
https://github.com/wildland/syspro-ruby, ``test/cassettes``). 240004 for an unknown stock code is recorded there; all
other numbers, and the wordings, are ours. Lengths count bytes; a number with more decimals than its field has is "not
numeric" (https://github.com/trismegistus0/rectella-shopify-service, ``internal/syspro``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree import ElementTree as ET

from .company import Company
from .markup import Node, is_yes, text_of
from .settings import Settings

NOT_NUMERIC, BAD_DATE, TOO_LONG, MISSING, BAD_OPTION = "200001", "200002", "200003", "200004", "200005"
EXISTS, NOT_FOUND, IN_USE, NOT_ALLOWED = "200010", "200011", "200012", "200013"
TERMS, BRANCH, BANK, CURRENCY, GL_CODE, TAX_CODE, WAREHOUSE = (
    "200117", "200118", "200119", "200120", "200121", "200122", "200123",
)  # fmt: skip
STOCK_CODE = "240004"
NOT_IN_BALANCE, PERIOD_CLOSED, GRN_UNKNOWN, GRN_MATCHED, GRN_NEEDED = "330001", "330002", "330003", "330004", "330005"
_MOST_DIGITS = 18
ON_HOLD, TOO_MUCH = "900001", "900002"


@dataclass(frozen=True)
class Call:
    """What a business object is given."""

    settings: Settings
    company: Company
    operator: str
    method: str
    document: ET.Element
    parameters: ET.Element | None = None

    def option(self, name: str, default: str = "") -> str:
        """Return a parameter of the posting."""
        return text_of(self.parameters, f"Parameters/{name}", default)

    def is_on(self, name: str, *, default: bool = False) -> bool:
        """Return whether a Y/N parameter of the posting is on."""
        return is_yes(self.parameters, f"Parameters/{name}", default=default)

    def padded(self, key: str) -> str:
        """Return a numeric key filled with zeros as the company keeps it; any other key as it is."""
        return key.zfill(self.settings.key_padding) if key.isdigit() else key


@dataclass
class Item:
    """One item of a posting with its errors and warnings, each at the path of its element."""

    element: ET.Element
    errors: list[tuple[str, str, str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str, str, str]] = field(default_factory=list)

    def reject(self, path: str, number: str, text: str, value: str | None = None) -> None:
        """Note an error at an element."""
        self.errors.append((path, self.text(path) if value is None else value, number, text))

    def warn(self, path: str, number: str, text: str, value: str | None = None) -> None:
        """Note a warning at an element."""
        self.warnings.append((path, self.text(path) if value is None else value, number, text))

    def text(self, path: str, limit: int = 0) -> str:
        """Return the text of an element, at most `limit` bytes long."""
        found = text_of(self.element, path)
        if limit and len(found.encode()) > limit:
            self.reject(path, TOO_LONG, f"Value is longer than {limit} characters", found)
        return found

    def number(self, path: str, decimals: int, default: Decimal | None = None) -> Decimal:
        """Return the number of an element; `default` (0) where it is blank."""
        found = self.text(path)
        if not found:
            return Decimal(0) if default is None else default
        try:
            made = Decimal(found)
        except InvalidOperation:
            made = Decimal("NaN")
        is_plain = made.is_finite() and "E" not in found.upper() and len(made.as_tuple().digits) <= _MOST_DIGITS
        if not is_plain or -int(made.as_tuple().exponent) > decimals:
            self.reject(path, NOT_NUMERIC, f"Value '{found}' is not numeric", found)
            return Decimal(0)
        return made

    def day(self, path: str) -> date | None:
        """Return the date of an element, None where it is blank."""
        found = self.text(path)
        if not found:
            return None
        try:
            return datetime.strptime(found, "%Y-%m-%d").replace(tzinfo=timezone.utc).date()
        except ValueError:
            self.reject(path, BAD_DATE, f"Date '{found}' is invalid", found)
            return None

    def need(self, *paths: str) -> None:
        """Note an error at each of these elements that is blank."""
        for path in paths:
            if not self.text(path):
                self.reject(path, MISSING, f"{path.rpartition('/')[2]} must be supplied")

    def known(self, path: str, found: Any, number: str, what: str) -> None:
        """Note an error where an element has a value that was not found."""
        value = self.text(path)
        if value and found is None:
            self.reject(path, number, f"{what} '{value}' not found")

    def is_refused(self, *, ignore_warnings: bool) -> bool:
        """Return whether the item is not to be posted."""
        return bool(self.errors) or (bool(self.warnings) and not ignore_warnings)

    def troubles(self) -> list[Node]:
        """Return the elements that carry the errors and warnings."""
        made = [_trouble(*error, kind="Error") for error in self.errors]
        return made + [_trouble(*warning, kind="Warning") for warning in self.warnings]


def _trouble(path: str, value: str, number: str, text: str, *, kind: str) -> Node:
    *parents, leaf = path.split("/")
    node: Node = (leaf, [("Value", value), (f"{kind}Number", number), (f"{kind}Description", text)])
    for parent in reversed(parents):
        node = (parent, [node])
    return node


def lower(node: Node) -> Node:
    """Return an element with its name and those below in lower case, as Setup writes; ``Value`` and the like stay."""
    name, content = node
    if isinstance(content, str):
        return (name if name in _KEPT else name.lower()), content
    return name.lower(), [lower(child) for child in content]


_KEPT = {"Value", "ErrorNumber", "ErrorDescription", "WarningNumber", "WarningDescription"}

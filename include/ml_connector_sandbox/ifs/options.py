"""The query options of a URL: reading them, and applying them to rows.

Which options work: https://docs.ifs.com/techdocs/23r2 (1000_supported_functionalities), with the field report of 25R1
that ``$expand`` answers ``ODP_NOT_IMPLEMENTED``. The recorded page of ``$top=60`` was full and had no next link; a
client that goes on has to use ``$skip`` (https://github.com/keboola/component-ex-ifs, ``src/client/odata.py``).
``$apply`` and ``$search``, which work in places, are left out here and answer 501.
"""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from .errors import malformed, no_property, not_implemented
from .schema import EntityType
from .settings import Settings
from .store import Row

_KNOWN = frozenset({"$select", "$filter", "$orderby", "$top", "$skip", "$count"})
_REFUSED = frozenset({"$expand", "$apply", "$search", "$skiptoken", "$format", "$compute", "$levels"})
_ORDER = re.compile(r"\s*(\S+?)(?:\s+(asc|desc))?\s*")


@dataclass(frozen=True)
class Options:
    """The system query options of a request."""

    given: dict[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int | None:
        """``$top`` or ``$skip``.

        Raises:
            Refusal: 400 when it is no whole number from 0 on.
        """
        text = self.given.get(name)
        if text is not None and not re.fullmatch(r"[0-9]{1,18}", text):
            raise malformed(f"The system query option '{name}' has the not-allowed value '{text}'.")
        return None if text is None else int(text)

    def wants_count(self) -> bool:
        """Whether ``$count=true`` was given."""
        text = self.given.get("$count", "false")
        if text not in {"true", "false"}:
            raise malformed(f"The system query option '$count' has the not-allowed value '{text}'.")
        return text == "true"


def read_options(query: str, settings: Settings) -> Options:
    """The options of a raw query string: percent-decoded, while a plus sign stays one.

    Raises:
        Refusal: 501 for an option that is not implemented, 400 for one that is unknown, given twice or encoded.
    """
    given: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        raw, _, value = part.partition("=")
        name = unquote(raw)
        if not name.startswith("$"):
            continue
        if not raw.startswith("$") and not settings.encoded_dollar:
            raise malformed(f"The query option '{raw}' is not known.")
        if name in _REFUSED:
            raise not_implemented(f"The system query option '{name}' is not implemented.")
        if name not in _KNOWN or name in given:
            raise malformed(f"The system query option '{name}' is not known or given twice.")
        given[name] = unquote(value)
    return Options(given)


def read_select(text: str | None, kind: EntityType, namespace: str) -> list[str] | None:
    """The chosen properties in the order of the option; None for all.

    Raises:
        Refusal: 400 for a navigation or an unknown property.
    """
    if text is None or text.strip() == "*":
        return None
    names = list(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name in kind.navigations:
            raise malformed(f"The navigation property '{name}' cannot be selected.")
        if name not in kind.properties:
            raise no_property(name, f"{namespace}.{kind.name}")
    return names


def arrange(
    rows: Iterable[Row], orderby: str | None, kind: EntityType, namespace: str, settings: Settings
) -> list[Row]:
    """The rows in the order that was asked for, nulls last; else in the order that the database happens to give.

    Raises:
        Refusal: 400 for what is no property.
    """
    found = list(rows)
    if settings.order == "rowid":
        found.sort(key=lambda row: row.place)
    if settings.order == "shuffled":
        random.shuffle(found)
    for part in reversed(orderby.split(",") if orderby is not None else []):
        match = _ORDER.fullmatch(part)
        if match is None:
            raise malformed(f"The system query option '$orderby' cannot be read: '{orderby}'.")
        name, direction = match.groups()
        if name not in kind.properties:
            raise no_property(name, f"{namespace}.{kind.name}")
        found.sort(key=lambda row, name=name: _rank(row.data.get(name)), reverse=direction == "desc")  # type: ignore[misc]
    return found


def _rank(value: Any) -> tuple[bool, Any]:
    """What a value is sorted by; null comes after everything."""
    return (value is None, 0 if value is None else value)


def page_of(rows: list[Row], options: Options, settings: Settings) -> tuple[list[Row], int]:
    """The rows of the page and where the next one would start."""
    top, skip = options.number("$top"), options.number("$skip") or 0
    size = min(settings.default_page if top is None else top, settings.page_cap)
    return rows[skip : skip + size], skip + size


def next_query(query: str, skip: int) -> str:
    """The query string with another ``$skip``."""
    parts = [part for part in query.split("&") if part and not unquote(part).startswith("$skip=")]
    return "&".join([*parts, f"$skip={skip}"])

"""From the path of a URL to what it names: a set, a collection below a row, a row, an operation.

Keys: ``Set(Key1='text',Key2=5)``, every part named; text in quotes, numbers bare, enumerations qualified; child rows
are reached through their parent (a public migration tool for ``SupplierHandling``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timezone
from decimal import Decimal
from typing import Any

from .errors import Refusal, malformed, not_found, not_implemented
from .schema import TYPES, EntityType, Navigation, Property
from .services import EntitySet, Service
from .settings import Settings
from .store import Client, Key, Row, Tenant
from .values import BadValue, read_value

_SEGMENT = re.compile(r"([A-Za-z_]\w*)(?:\((.*)\))?", re.DOTALL)
_PART = re.compile(
    r"(?:([A-Za-z_]\w*)=)?('(?:[^']|'')*'|[A-Za-z_][\w.]*'(?:[^']|'')*'|[^',()]+)(,|$)",
)


@dataclass
class Target:
    """What a path names."""

    service: Service
    entity_set: EntitySet
    type: EntityType
    name: str
    fixed: dict[str, Any] = field(default_factory=dict)
    key: Key | None = None
    operation: str = ""

    def holds(self, row: Row) -> bool:
        """Whether a row is one of this set or below this parent."""
        if any(row.data.get(name) != value for name, value in self.fixed.items()):
            return False
        has_part = bool(row.data.get("PartNo"))
        return not self.entity_set.only or has_part == (self.entity_set.only == "part")


@dataclass(frozen=True)
class Sight:
    """What a client may see of a tenant: the rows of its companies; of others it is not told that they exist."""

    tenant: Tenant
    client: Client

    def visible(self, kind: EntityType, rows: Iterable[Row]) -> list[Row]:
        """Those of a type's rows that the service user may see."""
        name, places = kind.site_property, set(self.client.companies)
        if not name:
            return list(rows)
        if name == "Contract":
            sites = self.tenant.rows["Site"].values()
            places = {site.data["Contract"] for site in sites if site.data["Company"] in places}
        return [row for row in rows if row.data.get(name) in places]

    def find(self, target: Target) -> Row | None:
        """The row that a target with a key names; None when there is none or it may not be seen."""
        row = self.tenant.find(target.type.table, target.key) if target.key is not None else None
        return row if row is not None and target.holds(row) and self.visible(target.type, [row]) else None

    def need(self, target: Target) -> Row:
        """The row that a target names.

        Raises:
            Refusal: 404.
        """
        row = self.find(target)
        if row is None:
            raise not_found()
        return row


def resolve(sight: Sight, service: Service, segments: list[str], settings: Settings) -> Target:
    """What the segments after the service name.

    Raises:
        Refusal: 404 for an unknown set, collection or parent row; 400 for a key that cannot be read.
    """
    name, keys = _split(segments[0])
    entity_set = service.sets.get(name)
    if entity_set is None:
        raise not_found(f"Cannot find EntitySet, Singleton, ActionImport or FunctionImport with name '{name}'.")
    target = Target(service, entity_set, sight.tenant.type_of(entity_set.type), name)
    target.key = _read_key(target, keys, settings) if keys is not None else None
    for segment in segments[1:]:
        target = _step(sight, target, segment, settings)
    return target


def _split(segment: str) -> tuple[str, str | None]:
    """The name of a segment and the text between its brackets."""
    match = _SEGMENT.fullmatch(segment)
    if match is None:
        raise malformed(f"The segment '{segment}' cannot be read.")
    return match[1], match[2]


def _step(sight: Sight, target: Target, segment: str, settings: Settings) -> Target:
    """What a segment names after a target.

    Raises:
        Refusal: 404, 400 or, for ``$count`` and its like, 501.
    """
    if segment.startswith("$"):
        raise not_implemented(f"The path segment '{segment}' is not implemented.")
    if segment.startswith("IfsApp."):
        target.operation = segment.removesuffix("()")
        return target
    name, keys = _split(segment)
    nav = target.type.navigations.get(name)
    if nav is None or not nav.is_served or target.operation:
        raise not_found(f"The property '{name}' is not defined in '{target.service.namespace}.{target.type.name}'.")
    if target.key is None:
        raise malformed(f"The segment '{target.name}' needs a key before '{name}'.")
    parent = sight.need(target)
    fixed = {theirs: parent.data.get(ours) for theirs, ours in nav.on.items()}
    below = Target(target.service, target.entity_set, sight.tenant.type_of(TYPES[nav.target]), name, fixed)
    below.key = _key_below(below, nav, keys, settings)
    return below


def _key_below(below: Target, nav: Navigation, keys: str | None, settings: Settings) -> Key | None:
    """The key of a row below a parent; a single navigation has it from the parent."""
    if nav.is_single:
        return tuple(below.fixed[name] for name in below.type.keys)
    return _read_key(below, keys, settings) if keys is not None else None


def _read_key(target: Target, text: str, settings: Settings) -> Key:
    """The values of a key predicate, in the order of the type.

    Raises:
        Refusal: 400 for a part that is missing, unknown, unnamed or badly written.
    """
    given: dict[str, Any] = {}
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            raise malformed(f"The key predicate '({text})' cannot be read.")
        name = match[1] or (target.type.keys[0] if settings.unnamed_keys and len(target.type.keys) == 1 else "")
        item = target.type.properties.get(name)
        if item is None or not item.is_key or name in given:
            raise _bad_key(target, text)
        given[name] = read_literal(item, match[2], target.service.namespace)
        position = match.end()
    if set(given) != set(target.type.keys):
        raise _bad_key(target, text)
    return tuple(given[name] for name in target.type.keys)


def _bad_key(target: Target, text: str) -> Refusal:
    """The 400 of a key predicate with other parts than the type's."""
    keys = ",".join(target.type.keys)
    return malformed(f"The key predicate '({text})' of '{target.name}' does not name exactly {keys}.")


def read_literal(item: Property, text: str, namespace: str) -> Any:
    """The value of a literal in a key.

    Raises:
        Refusal: 400 when it is not written as its type demands.
    """
    inner, is_quoted = text[1:-1].replace("''", "'"), text.startswith("'")
    if item.kind == "String" and is_quoted:
        return inner
    if item.kind == "Decimal" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return Decimal(text)
    prefix = f"{namespace}.{item.enum}'"
    try:
        if item.kind == "Enum" and text.startswith(prefix):
            return read_value(item, text[len(prefix) : -1], timezone.utc)
        if item.kind in {"Date", "Boolean"} and not is_quoted:
            return read_value(item, text, timezone.utc)
    except BadValue as error:
        raise malformed(str(error)) from error
    raise malformed(f"The value {text} of the key '{item.name}' is not valid.")

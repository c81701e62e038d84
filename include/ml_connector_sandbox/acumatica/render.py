"""Records as JSON of the contract: wrapped values, ``{}`` for empty ones, details only when expanded.

Shapes: https://github.com/Acumatica/Acumatica-AI-Resources (Integration Development Guide, "Representation of a
Record in JSON Format") and the recorded traffic at https://github.com/Jetbuilt/acumatica (``spec/cassettes``).
"""

from dataclasses import dataclass, field
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from ml_connector_sandbox.core.wire import write_json

from .draft import Draft
from .errors import server_error
from .schema import TYPES, EntityType, Field
from .values import wire_value


@dataclass
class View:
    """What of a type an answer shows: the names selected (all when None) and the members expanded."""

    select: set[str] | None = None
    expand: dict[str, "View"] = field(default_factory=dict)
    has_files: bool = False
    _members: dict[tuple[str, int], list[Field]] = field(default_factory=dict)

    def members(self, entity: EntityType, version: int) -> list[Field]:
        """The fields of a type that an answer shows, worked out once for all records of a list."""
        known = self._members.get((entity.name, version))
        if known is None:
            known = [member for member in entity.served(version) if self.shows(member)]
            self._members[entity.name, version] = known
        return known

    def shows(self, member: Field) -> bool:
        """Whether the answer holds this member."""
        if not member.is_scalar and member.name not in self.expand:
            return False
        return self.select is None or member.name in self.select


@dataclass(frozen=True)
class Query:
    """The options that shape an answer, as sent."""

    select: str = ""
    expand: str = ""
    custom: str = ""


def _names(text: str) -> list[str]:
    """The parts of a comma list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def read_view(entity: EntityType, query: Query) -> View:
    """The view of ``$select`` and ``$expand``.

    Raises:
        Refusal: 500 for a name that the entity does not have (the text is inferred).
    """
    top = View()
    for path in _names(query.expand):
        _expand(top, entity, path.split("/"))
    for path in _names(query.select):
        _select(top, entity, path.split("/"))
    return top


def _expand(view: View, entity: EntityType, steps: list[str]) -> None:
    """Add one path of ``$expand``."""
    for step in steps:
        if step == "files":
            view.has_files = True
            return
        member = entity.fields.get(step)
        if member is None or member.is_scalar:
            raise server_error(f"Cannot expand '{step}': {entity.name} has no such linked or detail entity.")
        view = view.expand.setdefault(step, View())
        entity = TYPES[member.kind]


def _select(view: View, entity: EntityType, steps: list[str]) -> None:
    """Add one path of ``$select``; a nested path shows something only when its parent is expanded."""
    name, *rest = steps
    member = entity.fields.get(name)
    if member is None and name not in {"id", "rowNumber", "note", "custom", "files"}:
        raise server_error(f"Cannot select '{name}': {entity.name} has no such field.")
    view.select = (view.select or set()) | {name}
    if rest and member is not None and name in view.expand:
        _select(view.expand[name], TYPES[member.kind], rest)


def selected_members(entity: EntityType, view: View, version: int) -> list[str]:
    """The names of the members that an answer shows, as they count for optimisation."""
    return [member.name for member in view.members(entity, version)]


def head_text(data: dict[str, Any], number: int) -> str:
    """How the JSON text of a record begins: its id and its row number in the answer."""
    return f'{{"id":"{data["id"]}","rowNumber":{number}'


def tail_text(
    entity: EntityType, data: dict[str, Any], view: View, version: int, *, custom: str = "", note: str | None = ""
) -> str:
    """How the JSON text of a record goes on: all that does not depend on its place in the answer."""
    parts = [',"note":' + (write_json({"value": note}) if note is not None else "null")]
    for member in view.members(entity, version):
        value = data.get(member.name)
        if member.is_scalar:
            text = "{}" if value is None else f'{{"value":{_scalar_text(value)}}}'
        elif member.is_rows:
            text = f"[{_rows_text(member, value or [], view.expand[member.name], version)}]"
        else:
            text = _linked_text(member, value, view.expand[member.name], version)
        parts.append(f'"{member.name}":{text}')
    parts.append(f'"custom":{write_json(_custom(data, custom))}')
    if view.has_files:
        parts.append('"files":[]')
    return ",".join(parts) + "}"


def _scalar_text(value: Any) -> str:
    """A stored value as JSON text."""
    plain = wire_value(value)
    if isinstance(plain, str):
        return str(encode_basestring(plain))
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return format(plain, "f") if isinstance(plain, Decimal) else str(plain)


def _rows_text(member: Field, rows: list[dict[str, Any]], view: View, version: int) -> str:
    """Detail rows; their ``note`` is null."""
    kind = TYPES[member.kind]
    return ",".join(
        head_text(row, number) + tail_text(kind, row, view, version, note=None) for number, row in enumerate(rows, 1)
    )


def _linked_text(member: Field, value: dict[str, Any] | None, view: View, version: int) -> str:
    """A linked entity, null when the record has none; an address carries no note."""
    if value is None:
        return "null"
    note = None if member.kind == "Address" else str(value.get("note", ""))
    return head_text(value, 1) + tail_text(TYPES[member.kind], value, view, version, note=note)


def _custom(data: dict[str, Any], names: str) -> dict[str, Any]:
    """The custom fields that ``$custom=View.Field`` names."""
    found: dict[str, Any] = {}
    for name in _names(names):
        view, _, member = name.partition(".")
        value = data.get("custom", {}).get(view, {}).get(member)
        if value is not None:
            found.setdefault(view, {})[member] = value
    return found


def echo(draft: Draft, version: int, number: int = 1) -> dict[str, Any]:
    """The body of a 422: what was sent, with an ``error`` beside each failing value.

    The shape is recorded in ``RESTClientTests/ErrorMessagesTests.cs`` of
    https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp.
    """
    wire: dict[str, Any] = {"id": draft.id, "rowNumber": number, "note": {"value": draft.note}}
    if "" in draft.errors:
        wire["error"] = draft.errors[""]
    for member in draft.type.served(version):
        if member.is_scalar:
            _echo_field(wire, draft, member)
        elif member.name in draft.linked and _is_worth_echoing(draft.linked[member.name]):
            wire[member.name] = echo(draft.linked[member.name], version)
        elif member.is_rows and any(_is_worth_echoing(row) for row in draft.rows.get(member.name, [])):
            rows = [row for row in draft.rows[member.name] if _is_worth_echoing(row)]
            wire[member.name] = [echo(row, version, index) for index, row in enumerate(rows, 1)]
    wire["custom"] = {}
    return wire


def _echo_field(wire: dict[str, Any], draft: Draft, member: Field) -> None:
    """One field of an echo: sent, failing, or part of the key."""
    name = member.name
    if name not in {*draft.named, *draft.sent, *draft.errors, *draft.type.keys}:
        return
    value = draft.raw.get(name, wire_value(draft.get(name)))
    wire[name] = {} if value is None else {"value": value}
    if name in draft.errors:
        wire[name]["error"] = draft.errors[name]


def _is_worth_echoing(draft: Draft) -> bool:
    """Whether a level was sent or holds an error."""
    return bool(draft.named or draft.sent) or any(True for _ in draft.failures())

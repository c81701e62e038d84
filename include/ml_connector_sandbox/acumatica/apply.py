"""How a request body, or the plain values of a seed, become changes of a draft.

Rules: unknown members are ignored; ``{}`` leaves a field as it is and ``{"value": null}`` clears it; detail rows are
matched by ``id`` alone, ``delete`` removes one, and a row without ``id`` is appended
(https://github.com/Acumatica/Acumatica-AI-Resources, Integration Development Guide; rows without id being inserted
again is reported at https://github.com/kborovik/acumatica-cli, ``docs/rest-api.md``).
"""

from typing import Any

from .draft import Draft
from .errors import bad_request, server_error
from .schema import TYPES, Field
from .values import BadValue, read_value


def apply_body(draft: Draft, body: dict[str, Any], version: int, *, skip_equal: bool) -> None:
    """Apply the wrapped members of a request; values that do not fit become errors of their field.

    Args:
        draft: the record, changed in place.
        body: the request's.
        version: of the endpoint.
        skip_equal: as PUT does: a value that equals the stored one does not count as sent (guide, "Update a record").

    Raises:
        Refusal: 400 for a member of the wrong shape, 500 for a row id that does not exist.
    """
    for member in draft.type.served(version):
        if member.name not in body:
            continue
        sent = body[member.name]
        if member.is_scalar:
            _apply_scalar(draft, member, sent, skip_equal=skip_equal)
        elif member.is_rows:
            _apply_rows(draft, member, sent, version, skip_equal=skip_equal)
        elif sent is not None:
            apply_body(draft.link(member.name), _object(member.name, sent), version, skip_equal=skip_equal)
    _apply_system_members(draft, body)


def _object(name: str, sent: Any) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(sent, dict):
        raise bad_request(f"The value of '{name}' must be an object.", name)
    return sent


def _apply_scalar(draft: Draft, member: Field, sent: Any, *, skip_equal: bool) -> None:
    """Apply one wrapped value; computed fields are ignored."""
    wrapped = _object(member.name, sent)
    if "value" not in wrapped:
        return
    if member.is_read_only:
        return
    draft.named.add(member.name)
    try:
        value = read_value(member, wrapped["value"])
    except BadValue as error:
        draft.sent.add(member.name)
        draft.raw[member.name] = wrapped["value"]
        draft.fail(member.name, str(error))
        return
    if skip_equal and not draft.is_new and value == draft.get(member.name):
        return
    draft.sent.add(member.name)
    draft.values[member.name] = value


def _apply_rows(draft: Draft, member: Field, sent: Any, version: int, *, skip_equal: bool) -> None:
    """Update, remove or append detail rows."""
    if not isinstance(sent, list):
        raise bad_request(f"The value of '{member.name}' must be an array.", member.name)
    rows = draft.details(member.name)
    for item in sent:
        body = _object(member.name, item)
        row = _row_with_id(rows, body.get("id"))
        if body.get("delete") is True:
            if row is not None:
                rows.remove(row)
            draft.sent.add(member.name)
            continue
        if row is None:
            row = Draft(TYPES[member.kind])
            rows.append(row)
        apply_body(row, body, version, skip_equal=skip_equal)
        draft.sent.add(member.name)


def _row_with_id(rows: list[Draft], row_id: Any) -> Draft | None:
    """The row that the request names, None when it names none."""
    if row_id is None:
        return None
    for row in rows:
        if row.id == str(row_id).lower():
            return row
    raise server_error(f"The row with the id '{row_id}' cannot be found.")


def _apply_system_members(draft: Draft, body: dict[str, Any]) -> None:
    """Apply ``note`` and ``custom``."""
    note = body.get("note")
    if isinstance(note, dict) and "value" in note:
        draft.note = str(note["value"] or "")
    custom = body.get("custom")
    for view, members in (custom if isinstance(custom, dict) else {}).items():
        draft.custom[view] = {**draft.custom.get(view, {}), **members}


def apply_plain(draft: Draft, plain: dict[str, Any]) -> None:
    """Apply unwrapped values, computed fields included, as a person or an import inside the ERP would.

    Raises:
        ValueError: for an unknown field or a value that does not fit.
    """
    for name, value in plain.items():
        if name == "id":
            draft.id = str(value).lower()
        elif name == "note":
            draft.note = str(value or "")
        elif name == "custom":
            draft.custom = dict(value)
        elif name.startswith("_"):
            draft.hidden[name] = value
        elif name in draft.type.fields:
            _apply_plain_member(draft, draft.type.fields[name], value)
        else:
            raise ValueError(f"{draft.type.name} has no field {name!r}")


def _apply_plain_member(draft: Draft, member: Field, value: Any) -> None:
    """Apply one unwrapped member; given rows replace the rows, matched by id."""
    if member.is_scalar:
        draft.values[member.name] = read_value(member, value)
        draft.sent.add(member.name)
    elif member.is_linked:
        apply_plain(draft.link(member.name), value)
    else:
        known = {row.id: row for row in draft.details(member.name)}
        rows = [known.get(str(item.get("id")).lower(), Draft(TYPES[member.kind])) for item in value]
        for row, item in zip(rows, value, strict=True):
            apply_plain(row, item)
        draft.rows[member.name] = rows

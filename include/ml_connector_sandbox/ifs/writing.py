"""POST, PATCH, DELETE and bound actions, with ETags.

PATCH without ``If-Match`` is an upsert, and attributes that may not be written are left out in silence
(https://docs.ifs.com/techdocs/25r1, 140_resources/010_entity_upserts); DELETE needs the header (a generated API page
of ``MaterialRequisitionLinesHandling``). That a stale ETag answers 412, and DELETE without one 428, is inferred from
OData.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from .call import Call
from .defaults import fill, follow
from .errors import bad_body, database_error, etag_required, no_property, not_allowed, not_found, stale
from .history import record
from .resource import Target
from .rules import cascade, check, check_delete, exists_already
from .shape import context, shape
from .store import Row
from .values import BadValue, read_value

Values = dict[str, Any]


def post(call: Call, target: Target) -> Response:
    """Insert a row, or run a bound action.

    Raises:
        Refusal: 400 when the row exists already or breaks a rule.
    """
    if target.operation:
        return _act(call, target)
    if target.key is not None:
        raise not_allowed("POST", target.name)
    _need_method(call, target, "POST")
    return _created(call, target, _insert(call, target, {}))


def patch(call: Call, target: Target) -> Response:
    """Update a row; without ``If-Match`` update or insert it.

    Raises:
        Refusal: 412 for a stale ETag, 404 for a row that is not there and named by ``If-Match``, 428 where required.
    """
    _need_method(call, target, "PATCH")
    if target.key is None:
        raise not_allowed("PATCH", target.name)
    condition = call.request.headers.get("if-match")
    if condition is None and call.switches.require_if_match:
        raise etag_required()
    row = call.sight.find(target)
    if row is None and condition is None:
        keys = dict(zip(target.type.keys, target.key, strict=True))
        return _created(call, target, _insert(call, target, keys))
    row = call.sight.need(target)
    _check_etag(condition, row)
    changed = _update(call, target, row, _given(call, target, is_new=False))
    if call.switches.update_answer == "no_content":
        return Response(status_code=204)
    return call.json({**context(call, target, None, is_single=True), **shape(call, target, changed, None)})


def delete(call: Call, target: Target) -> Response:
    """Delete a row and those below it.

    Raises:
        Refusal: 428 without ``If-Match``, 412 for a stale ETag, 400 when documents refer to it.
    """
    _need_method(call, target, "DELETE")
    if target.key is None:
        raise not_allowed("DELETE", target.name)
    condition = call.request.headers.get("if-match")
    if condition is None:
        raise etag_required()
    row = call.sight.need(target)
    _check_etag(condition, row)
    check_delete(call.tenant, target.type, row)
    cascade(call.tenant, target.type, row)
    record(call.at, target.type, call.client.user, row.data, None)
    return Response(status_code=204)


def _need_method(call: Call, target: Target, method: str) -> None:
    """405 when the set does not take the method."""
    if target.operation or method not in target.entity_set.methods:
        raise not_allowed(method, f"{call.service.name}.{target.name}")


def _check_etag(condition: str | None, row: Row) -> None:
    """412 when the condition is not met."""
    if condition not in {None, "*"} and row.etag not in [part.strip() for part in str(condition).split(",")]:
        raise stale()


def _given(call: Call, target: Target, *, is_new: bool) -> Values:
    """The values of the body that may be written; the others are left out in silence.

    Raises:
        Refusal: 400 for an unknown property or a value of the wrong kind.
    """
    kind = call.kind_of(target.type)
    content_type = call.request.headers.get("content-type", "").replace(" ", "").lower()
    given: Values = {}
    for name, sent in call.members().items():
        item = kind.properties.get(name)
        if item is None:
            _meet_unknown(call, target, name)
            continue
        try:
            value = read_value(item, sent, call.zone, text_numbers="ieee754compatible=true" in content_type)
        except BadValue as error:
            raise bad_body(f"The property '{name}' is not valid: {error}") from error
        if item.is_insertable if is_new else item.is_updatable:
            given[name] = value
    return given


def _meet_unknown(call: Call, target: Target, name: str) -> None:
    """400 for an unknown property, unless they are ignored; annotations and row metadata always are."""
    is_metadata = name.startswith("@") or "@odata." in name or name in {"luname", "keyref", "Objgrants"}
    if not is_metadata and call.switches.unknown_fields == "refuse":
        refusal = no_property(name, f"{call.service.namespace}.{target.type.name}")
        text = refusal.body["error"]["details"][0]["message"].replace(", used in a query expression,", "")
        raise bad_body(text)


def _insert(call: Call, target: Target, keys: Values) -> Row:
    """Store the row of the body under these keys.

    Raises:
        Refusal: 400 when it exists already or breaks a rule.
    """
    at, kind = call.at, target.type
    given = {**_given(call, target, is_new=True), **target.fixed, **keys}
    data = {name: value for name, value in given.items() if value is not None}
    if all(data.get(name) is not None for name in kind.keys if kind.properties[name].default is None):
        _refuse_existing(call, target, data)
    elif kind.table not in _NUMBERED:
        check(call.tenant, call.client, kind, data, None)
    fill(at, kind, data)
    follow(at, kind, data, set(given))
    check(call.tenant, call.client, kind, data, None)
    row = call.tenant.put(kind.table, data)
    record(at, kind, call.client.user, None, row)
    return row


_NUMBERED = frozenset({"PurchaseOrder", "PurchaseOrderLine", "SupplierCommMethod"})
"""Tables that number a row which comes without its key."""


def _refuse_existing(call: Call, target: Target, data: Values) -> None:
    """400 when there is a row with the key."""
    kind = target.type
    key = tuple(data.get(name, kind.properties[name].default) for name in kind.keys)
    if call.tenant.find(kind.table, key) is not None:
        raise exists_already(kind)


def _update(call: Call, target: Target, row: Row, given: Values) -> Row:
    """Store a changed row.

    Raises:
        Refusal: 400 when it breaks a rule.
    """
    at, kind = call.at, target.type
    data = {**row.data, **given}
    follow(at, kind, data, set(given))
    check(call.tenant, call.client, kind, data, row.data)
    changed = call.tenant.put(kind.table, data)
    record(at, kind, call.client.user, row.data, changed)
    return changed


def _created(call: Call, target: Target, row: Row) -> Response:
    """The 201 of a new row."""
    return call.json({**context(call, target, None, is_single=True), **shape(call, target, row, None)}, 201)


def _act(call: Call, target: Target) -> Response:
    """Run a bound action: ``Set(key)/IfsApp.<Projection>.<Type>_<Action>``.

    Raises:
        Refusal: 404 for an unknown action, 412 for a stale ETag, 400 in a state that the action does not start from.
    """
    name = target.operation.removeprefix(f"{call.service.namespace}.")
    if name not in call.service.actions or target.type.table != "PurchaseOrder":
        raise not_found(f"Cannot find action '{target.operation}'.")
    starts, ends = call.service.actions[name]
    row = call.sight.need(target)
    _check_etag(call.request.headers.get("if-match"), row)
    if row.data["Objstate"] not in starts:
        text = f"PurchaseOrder.NOTALLOWED: {name} is not allowed in state {row.data['Objstate']}."
        raise database_error(20110, text)
    changed = call.tenant.put("PurchaseOrder", {**row.data, "Objstate": ends})
    record(call.at, target.type, call.client.user, row.data, changed)
    return call.json({**context(call, target, None, is_single=True), **shape(call, target, changed, None)})

"""Insert-or-update, partial update and deletion of one record.

PUT finds a record by key fields, by ``id`` or by ``$filter``, updates it when found and inserts otherwise;
``If-None-Match: *`` and ``If-Match: *`` answer 412 (https://github.com/Acumatica/Acumatica-AI-Resources,
Integration Development Guide, "Create a record" and "Update a record"). PATCH appears in the guide with
``25.200.001`` only.
"""

from typing import Any

from .apply import apply_body, apply_plain
from .draft import Draft
from .errors import Refusal, no_such_record, precondition_failed, server_error
from .lookups import Context
from .odata import parse_filter
from .render import echo
from .rules import NUMBERED, save, store_as_given
from .rules_bill import RELEASED
from .schema import TYPES, EntityType
from .state import Record, normal_key

_KEY_DEFAULTS = {"PurchaseOrder": "Normal", "Bill": "Bill", "PurchaseReceipt": "Receipt", "Check": "Payment"}
_FINAL = {"Bill": RELEASED, "PurchaseReceipt": {"Released"}, "Check": {"Open", "Closed", "Voided"}}


def find_by_path(ctx: Context, entity: str, path: str) -> Record:
    """The record of a URL tail: its keys in order, separated by ``/`` or ``|``, or its id.

    Raises:
        Refusal: 500 when nothing is found.
    """
    parts = path.replace("|", "/").split("/")
    record = ctx.tenant.record_by_id(entity, parts[0]) if len(parts) == 1 else None
    if record is None and len(parts) == len(TYPES[entity].keys):
        record = ctx.tenant.record_by_key(entity, normal_key(list(parts)))
    if record is None:
        raise no_such_record()
    return record


def _locate(ctx: Context, kind: EntityType, body: dict[str, Any], filter_text: str | None) -> Record | None:
    """The record that a PUT means, None for a new one."""
    if body.get("id"):
        record = ctx.tenant.record_by_id(kind.name, str(body["id"]))
        if record is None:
            raise no_such_record()
        return record
    values = [_sent_key(body, name) for name in kind.keys]
    if len(values) > 1 and values[0] is None:
        values[0] = _KEY_DEFAULTS.get(kind.name)
    if all(value not in {None, ""} for value in values):
        return ctx.tenant.record_by_key(kind.name, normal_key(values))
    return _only_match(ctx, kind, filter_text) if filter_text else None


def _sent_key(body: dict[str, Any], name: str) -> Any:
    """The sent value of a key field."""
    wrapped = body.get(name)
    return wrapped.get("value") if isinstance(wrapped, dict) else None


def _only_match(ctx: Context, kind: EntityType, text: str) -> Record | None:
    """The one record that a filter finds; several are an error (inferred)."""
    predicate = parse_filter(text, kind, cross_view_empty=ctx.settings.cross_view_empty)
    found = [record for record in ctx.tenant.records[kind.name].values() if predicate.test(record.data)]
    if len(found) > 1:
        raise server_error("More than one entity satisfies the condition.")
    return found[0] if found else None


def put_record(
    ctx: Context, entity: str, body: dict[str, Any], version: int, *, filter_text: str | None, only: str | None
) -> Record:
    """Insert or update; ``only`` is ``insert``, ``update`` or None.

    Raises:
        Refusal: 412 for the wrong one of the two, 422 with the echo for errors of fields.
    """
    kind = TYPES[entity]
    found = _locate(ctx, kind, body, filter_text)
    if found is not None and only == "insert":
        raise precondition_failed("The record already exists.")
    if found is None and only == "update":
        raise precondition_failed("The record does not exist.")
    return _save(ctx, kind, found, body, version, skip_equal=True)


def patch_record(ctx: Context, entity: str, body: dict[str, Any], version: int) -> Record:
    """Update exactly the fields sent.

    Raises:
        Refusal: 404 when the record is missing, 422 with the echo for errors of fields.
    """
    try:
        found = _locate(ctx, TYPES[entity], body, None)
    except Refusal:
        found = None
    if found is None:
        raise Refusal(404, {"message": "No entity satisfies the condition."})
    return _save(ctx, TYPES[entity], found, body, version, skip_equal=False)


def _save(
    ctx: Context, kind: EntityType, found: Record | None, body: dict[str, Any], version: int, *, skip_equal: bool
) -> Record:
    """Apply a body and store the outcome."""
    draft = Draft(kind) if found is None else Draft.thaw(kind, found.data)
    apply_body(draft, body, version, skip_equal=skip_equal)
    if found is not None:
        draft.values.update({name: found.data.get(name) for name in kind.keys})
    elif kind.name in NUMBERED:
        draft.values[kind.keys[-1]] = None
    saved = save(ctx, draft, found.data if found else None)
    if saved is None:
        raise Refusal(422, _error_body(ctx, draft, version))
    return saved


def _error_body(ctx: Context, draft: Draft, version: int) -> dict[str, Any]:
    """The echo of a refused draft."""
    body = echo(draft, version)
    if ctx.settings.error_exception_members:
        body["exceptionType"] = "PX.Api.ContractBased.OutcomeEntityHasErrorsException"
        body["exceptionMessage"] = "PX.Api.ContractBased.OutcomeEntityHasErrorsException: " + body.get("error", "")
    return body


def delete_record(ctx: Context, entity: str, record: Record) -> None:
    """Remove a record.

    Raises:
        Refusal: 500 when it is released or in use.
    """
    if record.data.get("Status") in _FINAL.get(entity, ()):
        raise server_error(f"The document is {record.data['Status']} and cannot be deleted.")
    if entity == "Vendor" and _is_used(ctx, record.data["VendorID"]):
        raise server_error("The vendor cannot be deleted because documents refer to it.")
    ctx.tenant.remove(entity, record)


def _is_used(ctx: Context, vendor_id: str) -> bool:
    """Whether a document names the vendor."""
    bills = any(bill.get("Vendor") == vendor_id for bill in ctx.tenant.all("Bill"))
    return bills or any(order.get("VendorID") == vendor_id for order in ctx.tenant.all("PurchaseOrder"))


def seed_record(ctx: Context, entity: str, plain: dict[str, Any]) -> Record:
    """Store a record of plain values, replacing one with the same id or key; given stamps are kept.

    Raises:
        ValueError: for an unknown field or a value that does not fit.
    """
    kind = TYPES[entity]
    draft = Draft(kind)
    apply_plain(draft, plain)
    existing = ctx.tenant.record_by_id(entity, draft.id) or ctx.tenant.record_by_key(
        entity,
        None if any(draft.get(key) is None for key in kind.keys) else normal_key([draft.get(key) for key in kind.keys]),
    )
    if existing is not None:
        draft.id = existing.id
    return store_as_given(ctx, draft, None, stamp=kind.stamp not in plain)


def edit_record(ctx: Context, entity: str, record: Record, changes: dict[str, Any]) -> Record:
    """Change a record with plain values as a person on the vendor's screen would; moves its stamp.

    Raises:
        ValueError: for an unknown field or a value that does not fit.
    """
    kind = TYPES[entity]
    draft = Draft.thaw(kind, record.data)
    apply_plain(draft, changes)
    return store_as_given(ctx, draft, record.data, stamp=kind.stamp not in changes)

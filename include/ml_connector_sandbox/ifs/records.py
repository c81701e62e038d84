"""Plain records of the control routes: storing them, changing them, showing them.

A record has the vendor's own property names. ``@odata.etag`` (or ``Objversion``, ``yyyyMMddHHmmss``) keeps the row
version, time stamps here are real UTC, rows below may be nested under the name of their collection, and ``Cf_…``
members make custom fields. Nothing is checked but the types, so that any state can be put in.
"""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from .defaults import Moment, fill, follow
from .history import keyref, record
from .schema import TYPES, EntityType
from .store import Row, Tenant, read_etag
from .values import BadValue, read_value, wire_row

Plain = dict[str, Any]
_IGNORED = frozenset({"luname", "keyref", "Objgrants", "@odata.context", "Objversion", "@odata.etag"})
_VERSION = "%Y%m%d%H%M%S"


def seed(at: Moment, table: str, plain: Plain) -> Row:
    """Store a record, over the one with its key, and those nested in it.

    Raises:
        ValueError: for an unknown property or a value of the wrong kind.
    """
    kind = TYPES[table]
    nested = {name: plain[name] for name in kind.navigations if isinstance(plain.get(name), list)}
    given = read_plain(at.tenant, kind, {name: value for name, value in plain.items() if name not in nested})
    kind = at.tenant.type_of(kind)
    data = {**given, **_item_sums(table, given, nested)}
    fill(at, kind, data)
    lacking = [name for name in kind.keys if data.get(name) is None]
    if lacking:
        raise ValueError(f"{table} lacks {', '.join(lacking)}")
    stamps = {name for name in ("LastActivityDate", "Changed") if data.get(name)}
    follow(at, kind, data, {*given, *stamps, *_item_sums(table, given, nested)})
    row_id, version = _stamps(plain)
    row = at.tenant.put(table, data, row_id=row_id, version=version)
    for name, records in nested.items():
        nav = kind.navigations[name]
        for item in records:
            seed(at, nav.target, {**{theirs: _plain(data[ours]) for theirs, ours in nav.on.items()}, **item})
    return row


def _item_sums(table: str, given: Plain, nested: dict[str, list[Plain]]) -> Plain:
    """The amounts of an invoice that is given with items and without amounts of its own."""
    items = nested.get("ManSuppInvoiceItemArray")
    if table != "ManSuppInvoice" or not items or "NetCurrAmount" in given:
        return {}
    names = ("NetCurrAmount", "VatCurrAmount")
    return {name: sum((Decimal(str(item.get(name) or 0)) for item in items), Decimal(0)) for name in names}


def edit(at: Moment, row: Row, changes: Plain) -> Row:
    """Change a row as a person in the vendor's screens would: stamps, ETag and history move.

    Raises:
        ValueError: for an unknown property, a value of the wrong kind or another key.
    """
    kind = TYPES[row.table]
    given = read_plain(at.tenant, kind, changes)
    kind = at.tenant.type_of(kind)
    data = {**row.data, **given}
    if tuple(data[name] for name in kind.keys) != row.key:
        raise ValueError("the key of a row cannot be changed")
    follow(at, kind, data, set(given))
    row_id, version = _stamps(changes)
    changed = at.tenant.put(row.table, data, row_id=row_id, version=version)
    record(at, kind, "IFSAPP", row.data, changed)
    return changed


def read_plain(tenant: Tenant, kind: EntityType, plain: Plain) -> Plain:
    """The stored values of a record; custom fields are made known to the tenant.

    Raises:
        ValueError: for an unknown property or a value of the wrong kind.
    """
    for name, value in plain.items():
        if name.startswith("Cf_"):
            custom = (
                "Boolean" if isinstance(value, bool) else "Decimal" if isinstance(value, int | Decimal) else "String"
            )
            tenant.custom.setdefault(kind.table, {}).setdefault(name, custom)
    kind = tenant.type_of(kind)
    given: Plain = {}
    for name, value in plain.items():
        if name in _IGNORED:
            continue
        if name not in kind.properties:
            raise ValueError(f"{kind.table} has no property {name!r}")
        given[name] = _read(kind, name, value)
    return given


def _read(kind: EntityType, name: str, value: Any) -> Any:
    """A stored value; numbers may come as text."""
    try:
        return read_value(kind.properties[name], value, timezone.utc, text_numbers=True)
    except BadValue as error:
        raise ValueError(f"{kind.table}.{name}: {error}") from error


def _stamps(plain: Plain) -> tuple[str, datetime | None]:
    """The row id and version that a record brings."""
    if plain.get("@odata.etag"):
        return read_etag(str(plain["@odata.etag"]))
    if plain.get("Objversion"):
        return "", datetime.strptime(str(plain["Objversion"]), _VERSION)  # noqa: DTZ007 - a version has no zone
    return "", None


def _plain(value: Any) -> Any:
    """A stored key as a record holds it."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def show(tenant: Tenant, row: Row) -> Plain:
    """A row as a record: all its properties, its ETag and version; time stamps in UTC."""
    kind = tenant.type_of(TYPES[row.table])
    values = wire_row(kind, row.data, timezone.utc, text_numbers=False)
    return {"@odata.etag": row.etag, "Objversion": row.version.strftime(_VERSION), **values}


def find(tenant: Tenant, table: str, record_id: str) -> Row:
    """The row of a keyref, or of key values in the type's order with ``^`` or ``/`` between.

    Raises:
        KeyError: when there is none.
    """
    kind = TYPES[table]
    if record_id.endswith("^"):
        for row in tenant.rows[table].values():
            if keyref(kind, row.data) == record_id:
                return row
    parts = [record_id] if len(kind.keys) == 1 else record_id.split("^" if "^" in record_id else "/")
    if len(parts) == len(kind.keys):
        key = tuple(_read(kind, name, part) for name, part in zip(kind.keys, parts, strict=True))
        row_found = tenant.find(table, key)
        if row_found is not None:
            return row_found
    raise KeyError(f"{table} {record_id}")

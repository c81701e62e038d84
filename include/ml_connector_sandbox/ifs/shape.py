"""How rows look on the wire: properties, row metadata, context.

Metadata of a row (``luname``, ``keyref``, ``Objgrants``, ``@odata.etag``) and what ``$select`` leaves of it: responses
recorded at https://github.com/keboola/component-ex-ifs.
"""

from __future__ import annotations

from typing import Any

from .call import Call
from .history import keyref
from .resource import Target
from .schema import EntityType, Property
from .store import Row
from .values import wire_row

Values = dict[str, Any]


def shape(call: Call, target: Target, row: Row, select: list[str] | None) -> Values:
    """A row as the call wants it; with ``$select`` only the ETag stays of its metadata."""
    full = _full(call, target.type, row)
    etag = {"@odata.etag": full["@odata.etag"]} if _has_etag(call, target) else {}
    extra = _full_metadata(call, target, row) if call.detail == "full" else {}
    if select is not None:
        return {**extra, **etag, **{name: full[name] for name in select}}
    whole = {**extra, **full}
    if not etag:
        del whole["@odata.etag"]
    return whole


def _full(call: Call, kind: EntityType, row: Row) -> Values:
    """Metadata and all properties in their wire form, remembered until the row changes."""
    zone, text_numbers = call.zone, call.text_numbers
    key = (kind.luname, str(zone), text_numbers, call.switches.order_date, len(kind.properties))
    if key not in row.shown:
        head = {"@odata.etag": row.etag, "luname": kind.luname, "keyref": keyref(kind, row.data), "Objgrants": None}
        row.shown[key] = head | wire_row(call.kind_of(kind), row.data, zone, text_numbers=text_numbers)
    return row.shown[key]


def _has_etag(call: Call, target: Target) -> bool:
    """Whether rows of a set carry an ETag."""
    return call.switches.etags_on_references or not target.name.startswith("Reference_")


def _full_metadata(call: Call, target: Target, row: Row) -> Values:
    """What ``odata.metadata=full`` adds."""
    literals = (key_literal(call, target.type.properties[name], row.data[name]) for name in target.type.keys)
    pairs = ",".join(f"{name}={literal}" for name, literal in zip(target.type.keys, literals, strict=True))
    return {
        "@odata.type": f"#{call.service.namespace}.{target.type.name}",
        "@odata.id": f"{call.root}/{target.name}({pairs})",
    }


def key_literal(call: Call, item: Property, value: Any) -> str:
    """A key value as it stands in a URL."""
    if item.kind == "Enum":
        return f"{call.service.namespace}.{item.enum}'{value}'"
    if item.kind == "String":
        return "'" + str(value).replace("'", "''") + "'"
    return str(value)


def context(call: Call, target: Target, select: list[str] | None, *, is_single: bool) -> Values:
    """``@odata.context``, unless no metadata is wanted."""
    if call.detail == "none":
        return {}
    chosen = f"({','.join(select)})" if select is not None else ""
    return {"@odata.context": f"{call.root}/$metadata#{target.name}{chosen}{'/$entity' if is_single else ''}"}

"""The metadata service: which fields an entity has. Its call is seen, the shape of its answer is our convention."""

from __future__ import annotations

from starlette.datastructures import QueryParams

from .errors import malformed
from .schema import ENTITIES, HOUSEKEEPING, Entity, Field
from .tenant import Row

VIEW_URI = "urn:be:com.qad.qra.adapter.entity.IEntityBuilderCRUD"
_KINDS = {"c": "character", "n": "decimal", "i": "integer", "b": "logical", "d": "date", "l": "collection",
          "o": "entity"}  # fmt: skip


def read(query: QueryParams) -> Row:
    """Return the metadata of the entity of ``entityURI``; none for an unknown one.

    Raises:
        Refusal: 500 without the service's own ``viewUri``.
    """
    if query.get("viewUri") != VIEW_URI:
        raise malformed("Invalid viewUri")
    found = [kind for kind in ENTITIES.values() if kind.uri == query.get("entityURI")]
    return {"data": {"entitymetadatas": [_entity(kind) for kind in found]}}


def _entity(kind: Entity) -> Row:
    return {"entityURI": kind.uri, "entityName": kind.uri.rpartition(".I")[2], "resourceName": kind.name,
            "fields": [_field(kind, one) for one in kind.fields.values()]}  # fmt: skip


def _field(kind: Entity, one: Field) -> Row:
    return {"fieldName": one.name, "dataType": _KINDS[one.kind], "maxLength": one.length,
            "isMandatory": one.is_required, "isKey": one.name in kind.keys,
            "isReadOnly": one.is_derived, "isSystem": one.name in HOUSEKEEPING}  # fmt: skip

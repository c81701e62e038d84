"""What a service says about itself: service document, ``$metadata``, ``$openapi``.

The EDMX has the schema namespace ``IfsApp.<Projection>`` and decimals of precision 130 and scale 65, as recorded at
https://github.com/keboola/component-ex-ifs; ``$openapi?V3`` loses decimals, dates and nullability.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from .call import Call
from .schema import TYPES, EntityType, Property
from .services import Service

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_KINDS = {"Timestamp": "DateTimeOffset", "DayStamp": "DateTimeOffset"}


def service_document(call: Call) -> dict[str, Any]:
    """The entity sets of a service."""
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in call.service.sets]
    return {"@odata.context": f"{call.root}/$metadata", "value": sets}


def edmx(call: Call) -> bytes:
    """The metadata document."""
    service = call.service
    root = ET.Element("edmx:Edmx", {"Version": "4.0", "xmlns:edmx": _EDMX})
    schema = ET.SubElement(ET.SubElement(root, "edmx:DataServices"), "Schema")
    schema.attrib.update({"xmlns": _EDM, "Namespace": service.namespace})
    types = [call.kind_of(call.tenant.type_of(kind)) for kind in service.types()]
    for name, members in _enums(types).items():
        node = ET.SubElement(schema, "EnumType", {"Name": name})
        for number, member in enumerate(members):
            ET.SubElement(node, "Member", {"Name": member, "Value": str(number)})
    for kind in types:
        _add_type(schema, service, kind)
    _add_container(schema, service)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(root)


def _enums(types: list[EntityType]) -> dict[str, tuple[str, ...]]:
    """The enumerations that types use."""
    return {item.enum: item.members for kind in types for item in kind.properties.values() if item.enum}


def _add_type(schema: ET.Element, service: Service, kind: EntityType) -> None:
    """An entity type with its key, properties and navigations."""
    node = ET.SubElement(schema, "EntityType", {"Name": kind.name})
    key = ET.SubElement(node, "Key")
    for name in kind.keys:
        ET.SubElement(key, "PropertyRef", {"Name": name})
    for item in kind.properties.values():
        ET.SubElement(node, "Property", _attributes(service, item))
    for nav in kind.navigations.values():
        if nav.is_served:
            target = f"{service.namespace}.{TYPES[nav.target].name}"
            kind_name = target if nav.is_single else f"Collection({target})"
            ET.SubElement(node, "NavigationProperty", {"Name": nav.name, "Type": kind_name})


def _attributes(service: Service, item: Property) -> dict[str, str]:
    """The attributes of a property."""
    edm = f"{service.namespace}.{item.enum}" if item.enum else f"Edm.{_KINDS.get(item.kind, item.kind)}"
    found = {"Name": item.name, "Type": edm, "Nullable": str(not item.is_required).lower()}
    if item.max_length is not None:
        found["MaxLength"] = str(item.max_length)
    if item.kind == "Decimal":
        found |= {"Precision": "130", "Scale": "65"}
    return found


def _add_container(schema: ET.Element, service: Service) -> None:
    """The entity sets."""
    container = ET.SubElement(schema, "EntityContainer", {"Name": f"{service.name}_Container"})
    for item in service.sets.values():
        ET.SubElement(
            container, "EntitySet", {"Name": item.name, "EntityType": f"{service.namespace}.{item.type.name}"}
        )


def openapi(call: Call) -> dict[str, Any]:
    """The OpenAPI document of a service, as poor in types as the vendor's."""
    service = call.service
    schemas = {f"{service.namespace}.{kind.name}": _schema(call.tenant.type_of(kind)) for kind in service.types()}
    return {
        "openapi": "3.0.1",
        "info": {"title": service.name, "version": "1"},
        "servers": [{"url": call.root}],
        "paths": {f"/{name}": {"get": {"responses": {"200": {"description": "OK"}}}} for name in service.sets},
        "components": {"schemas": schemas},
    }


def _schema(kind: EntityType) -> dict[str, Any]:
    """The properties of a type."""
    names = {"Decimal": "number", "Boolean": "boolean"}
    return {
        "type": "object",
        "properties": {name: {"type": names.get(item.kind, "string")} for name, item in kind.properties.items()},
    }

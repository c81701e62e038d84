"""What the site says about itself: its endpoints, the specification of one, the schema of an entity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from ml_connector_sandbox.core.wire import JsonAnswer

from .errors import not_found
from .identity import prefix_of
from .schema import ENTITIES, TYPES, EntityType, Field, version_number

if TYPE_CHECKING:
    from .site import Site

_BUILD = "25.201.0213"
_KNOWN_VERSIONS = frozenset({"20.200.001", "22.200.001", "23.200.001", "24.200.001", "25.200.001"})


def need_version(site: Site, request: Request) -> int:
    """The number of the endpoint version in the path.

    Raises:
        Refusal: 404 for an endpoint or version that is not published.
    """
    version = request.path_params["version"]
    is_published = version in _KNOWN_VERSIONS and version in site.switches.endpoint_versions
    if request.path_params["endpoint"].lower() != "default" or not is_published:
        raise not_found(request.url.path)
    return version_number(version)


async def list_endpoints(site: Site, _request: Request) -> Response:
    """The build and the published endpoints; works without signing in."""
    endpoints = [
        {"name": "Default", "version": version, "href": f"{prefix_of(site)}/entity/Default/{version}/"}
        for version in site.switches.endpoint_versions
    ]
    if site.switches.entity_root == "array":
        return JsonAnswer(endpoints)
    build = {"acumaticaBuildVersion": _BUILD, "databaseVersion": _BUILD}
    return JsonAnswer({"version": build, "endpoints": endpoints})


async def specification(site: Site, request: Request) -> Response:
    """The OpenAPI document of an endpoint version: the entities served here and their fields."""
    version = need_version(site, request)
    schemas = {name: _schema(kind, version) for name, kind in TYPES.items()}
    name = request.path_params["version"]
    return JsonAnswer(
        {
            "openapi": "3.0.1",
            "info": {"title": f"Default/{name}", "version": "1"},
            "servers": [{"url": f"{prefix_of(site)}/entity/Default/{name}"}],
            "paths": {f"/{entity}": _path(entity) for entity in ENTITIES},
            "components": {"schemas": schemas},
        }
    )


def _path(entity: str) -> dict[str, Any]:
    """The operations of an entity's collection."""
    reference = {"$ref": f"#/components/schemas/{entity}"}
    one = {"200": {"description": "OK", "content": {"application/json": {"schema": reference}}}}
    many = {"schema": {"type": "array", "items": reference}}
    return {
        "get": {
            "operationId": f"{entity}_GetList",
            "responses": {"200": {"description": "OK", "content": {"application/json": many}}},
        },
        "put": {"operationId": f"{entity}_PutEntity", "responses": one},
    }


def _schema(kind: EntityType, version: int) -> dict[str, Any]:
    """The JSON schema of a type."""
    return {"type": "object", "properties": {member.name: _member(member) for member in kind.served(version)}}


def _member(member: Field) -> dict[str, Any]:
    """The JSON schema of a member."""
    if not member.is_scalar:
        reference = {"$ref": f"#/components/schemas/{member.kind}"}
        return {"type": "array", "items": reference} if member.is_rows else reference
    kind = "DateTime" if member.kind == "Date" else member.kind
    return {"$ref": f"#/components/schemas/{kind}Value"}


def ad_hoc_schema(kind: EntityType, version: int) -> dict[str, Any]:
    """The answer of ``$adHocSchema``: each field with its type and no value."""
    members: dict[str, Any] = {"id": "", "rowNumber": 1, "note": {}}
    for member in kind.served(version):
        if member.is_scalar:
            members[member.name] = {"type": "DateTime" if member.kind == "Date" else member.kind}
        else:
            members[member.name] = [] if member.is_rows else {}
    return {**members, "custom": {}}

"""``metadata/{PROGRAM}``: a program's transactions as Swagger (that it is served is public; its detail is our own)."""

from __future__ import annotations

from typing import Any

from .metadata import REPOSITORY, Transaction
from .settings import Settings


def swagger(settings: Settings, program: str) -> tuple[int, Any]:
    """Return the description of a program; 404 when there is none."""
    held = [item for item in REPOSITORY.of_program(program) if item.path not in settings.missing_transactions]
    if not held:
        return 404, {"error": "Not Found"}
    paths = {f"/{item.path}": {"get": _operation(item)} for item in held}
    return 200, {"swagger": "2.0", "info": {"title": program, "version": "v2"}, "paths": paths}


def _operation(item: Transaction) -> dict[str, Any]:
    inputs = [
        {
            "name": name,
            "in": "query",
            "required": must,
            "type": "string",
            "maxLength": REPOSITORY.inputs[name].length,
            "description": REPOSITORY.inputs[name].meaning,
        }
        for name, must in item.inputs.items()
    ]
    fields = {held.name: {"type": "string", "description": held.meaning} for held in item.outputs.values()}
    schema = {"type": "object", "properties": fields}
    return {"operationId": item.name, "parameters": inputs, "responses": {"200": {"schema": schema}}}

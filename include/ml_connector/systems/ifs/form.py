"""The fields of an IFS Cloud connection, as Airflow's form shows them; standard library only."""

from __future__ import annotations

from typing import Any


def connection_form() -> dict[str, Any]:
    """Return the connection type's entry in the provider information."""
    return {
        "connection-type": "ifs_cloud",
        "hook-name": "IFS Cloud",
        "hook-class-name": "ml_connector.systems.ifs.hook.IfsHook",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port"],
            "relabeling": {"host": "System URL", "login": "Client ID", "password": "Client secret"},
            "placeholders": {"host": "https://company.ifs.cloud"},
        },
        "conn-fields": {
            "realm": _text("Realm", "Of the environment, as in the address of its log-in page"),
            "scope": _text("Scope", "Of the token", default="openid microprofile-jwt"),
            "requests_per_minute": {
                "label": "Requests a minute",
                "description": "Our own limit, shared by all workers; IFS publishes none",
                "schema": {"type": ["integer", "null"], "default": 600},
            },
        },
    }


def _text(label: str, description: str, default: str | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": ["string", "null"]}
    if default is not None:
        schema["default"] = default
    return {"label": label, "description": description, "schema": schema}

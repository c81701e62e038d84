"""The fields of a QAD connection, as Airflow's form shows them; standard library only."""

from __future__ import annotations

from typing import Any


def connection_form() -> dict[str, Any]:
    """Return the connection type's entry in the provider information."""
    return {
        "connection-type": "qad",
        "hook-name": "QAD Adaptive ERP",
        "hook-class-name": "ml_connector.systems.qad.hook.QadHook",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port"],
            "relabeling": {"host": "Tenant URL with context", "login": "API user", "password": "API user's password"},
            "placeholders": {"host": "https://company.adaptive.qad.com/clouderp"},
        },
        "conn-fields": {
            "domain": _text("Domain", "e.g. 10USA"),
            "entity": _text("Entity", "e.g. 10USACO"),
            "client_id": _text("Client ID", "Of the OAuth client", default="ml-connector"),
            "auth_mode": _choice("Sign-in", ["oauth_password", "basic"]),
            "sign_in_by": _choice("Token parameters", ["form", "query"]),
        },
    }


def _text(label: str, description: str, default: str | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": ["string", "null"]}
    if default is not None:
        schema["default"] = default
    return {"label": label, "description": description, "schema": schema}


def _choice(label: str, choices: list[str]) -> dict[str, Any]:
    return {"label": label, "schema": {"type": "string", "default": choices[0], "enum": choices}}

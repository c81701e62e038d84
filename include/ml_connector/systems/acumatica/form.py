"""The fields of an Acumatica connection, as Airflow's form shows them; standard library only."""

from __future__ import annotations

from typing import Any


def connection_form() -> dict[str, Any]:
    """Return the connection type's entry in the provider information."""
    return {
        "connection-type": "acumatica",
        "hook-name": "Acumatica",
        "hook-class-name": "ml_connector.systems.acumatica.hook.AcumaticaHook",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port"],
            "relabeling": {"host": "Instance URL", "login": "API user", "password": "API user's password"},
            "placeholders": {"host": "https://company.acumatica.com or https://erp.company.com/Instance"},
        },
        "conn-fields": {
            "client_id": _text("Client ID (with @Tenant)", "From form SM303010, Connected Applications"),
            "client_secret": _secret("Client secret", "From form SM303010, Connected Applications"),
            "grant": {
                "label": "Sign-in",
                "schema": {
                    "type": "string",
                    "default": "password",
                    "enum": ["password", "authorization_code", "cookie"],
                },
            },
            "refresh_token": _secret(
                "First refresh token", "For authorization_code only: what the browser sign-in gave"
            ),
            "tenant": _text("Tenant", "For cookie sign-in on a site with several tenants"),
            "branch": _text("Branch", "ID of the branch that orders and bills belong to; empty for the user's default"),
            "endpoint": _text("Endpoint", "Name of the contract-based endpoint", default="Default"),
            "endpoint_version": _text(
                "Endpoint version", "One of those that the instance serves", default="24.200.001"
            ),
            "push_secret": _secret("Push secret", "Value of the static header of push notifications"),
        },
    }


def _text(label: str, description: str, default: str | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": ["string", "null"]}
    if default is not None:
        schema["default"] = default
    return {"label": label, "description": description, "schema": schema}


def _secret(label: str, description: str) -> dict[str, Any]:
    schema = {"type": ["string", "null"], "format": "password"}
    return {"label": label, "description": description, "schema": schema}

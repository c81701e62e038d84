"""The fields of a Cin7 Core connection, as Airflow's form shows them; standard library only."""

from __future__ import annotations

from typing import Any


def connection_form() -> dict[str, Any]:
    """Return the connection type's entry in the provider information."""
    return {
        "connection-type": "cin7_core",
        "hook-name": "Cin7 Core",
        "hook-class-name": "ml_connector.systems.cin7.hook.Cin7CoreHook",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port"],
            "relabeling": {"host": "API address", "login": "Account ID", "password": "Application key"},
            "placeholders": {"host": "https://inventory.dearsystems.com (the default)"},
        },
        "conn-fields": {
            "more_api_keys": {
                "label": "Further application keys",
                "description": "Split by commas; they share the load",
                "schema": {"type": ["string", "null"], "format": "password"},
            },
            "requests_per_minute": {
                "label": "Calls a minute",
                "description": "What Cin7 allows per application key",
                "schema": {"type": "integer", "default": 60, "minimum": 1},
            },
            "rate_scope": {
                "label": "Allowance counts per",
                "description": "Application key, as documented; account, if a second key buys nothing",
                "schema": {"type": "string", "default": "key", "enum": ["key", "account"]},
            },
            "webhook_secret": {
                "label": "Webhook secret",
                "description": "Bearer token that Cin7's webhooks must carry",
                "schema": {"type": ["string", "null"], "format": "password"},
            },
        },
    }

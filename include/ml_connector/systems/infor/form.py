"""The fields of an Infor connection, as Airflow's form shows them; standard library only."""

from __future__ import annotations

from typing import Any


def connection_form() -> dict[str, Any]:
    """Return the connection type's entry in the provider information."""
    return {
        "connection-type": "infor_cloudsuite",
        "hook-name": "Infor CloudSuite",
        "hook-class-name": "ml_connector.systems.infor.hook.InforHook",
        "ui-field-behaviour": {
            "hidden-fields": ["host", "login", "schema", "port"],
            "relabeling": {"password": "Content of the .ionapi file"},
            "placeholders": {"password": '{"ti": "ACME_PRD", … } or the path of the file on the workers'},
        },
        "conn-fields": {
            "revoke_at_end": {
                "label": "Revoke at the end",
                "description": "Give the grant back after each task instead of keeping the token for the next one",
                "schema": {"type": ["boolean", "null"], "default": False},
            },
            "calls_per_second": {
                "label": "Calls per second",
                "description": "At most; the tenant's gateway policies may allow fewer",
                "schema": {"type": ["integer", "null"], "default": 10, "minimum": 1},
            },
        },
    }

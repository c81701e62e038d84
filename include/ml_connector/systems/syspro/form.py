"""The fields of a SYSPRO connection, as Airflow's form shows them; standard library only."""

from __future__ import annotations

from typing import Any


def connection_form() -> dict[str, Any]:
    """Return the connection type's entry in the provider information."""
    return {
        "connection-type": "syspro",
        "hook-name": "SYSPRO",
        "hook-class-name": "ml_connector.systems.syspro.hook.SysproHook",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port"],
            "relabeling": {"host": "e.net REST URL", "login": "Operator", "password": "Operator's password"},
            "placeholders": {"host": "https://erp.company.com:30661/SYSPROWCFService/Rest"},
        },
        "conn-fields": {
            "company_id": _text("Company", "Company ID, e.g. ACM1"),
            "company_password": _secret("Company password", "Empty where the company has none"),
            "odata_url": _text(
                "OData URL", "e.g. https://erp.company.com/SYSPRO8Odata/SYSPROOData; empty without OData"
            ),
            "odata_user": _text("OData operator", "An operator enabled for OData in Operator Maintenance"),
            "odata_password": _secret("OData operator's password", "For basic sign-in"),
            "odata_auth": {
                "label": "OData sign-in",
                "schema": {"type": "string", "default": "basic", "enum": ["basic", "session"]},
            },
            "odata_session_header": _text("Header of the session", "For sign-in by session; empty: parameter UserId"),
            "odata_company": _text("OData company", "Where its spelling in addresses is not the company ID"),
            "logon_path": _text("Logon path", "Below the e.net URL", default="Logon"),
            "logoff_path": _text("Logoff path", "Below the e.net URL", default="Logoff"),
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

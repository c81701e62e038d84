"""What Airflow learns of this package; imports nothing heavy, since every Airflow command loads it."""

from __future__ import annotations

from typing import Any

from ml_connector.systems.acumatica.form import connection_form as acumatica
from ml_connector.systems.cin7.form import connection_form as cin7
from ml_connector.systems.ifs.form import connection_form as ifs
from ml_connector.systems.infor.form import connection_form as infor
from ml_connector.systems.qad.form import connection_form as qad
from ml_connector.systems.syspro.form import connection_form as syspro


def get_provider_info() -> dict[str, Any]:
    """Return the provider's entry: the connection types with their labelled fields, and the command."""
    return {
        "package-name": "ml-connector",
        "name": "ml-connector",
        "description": "Keeps Cin7 Core and an ERP in agreement.",
        "connection-types": [cin7(), acumatica(), ifs(), infor(), qad(), syspro()],
        "asset-uris": [
            {
                "schemes": ["ml-connector"],
                "handler": None,
                "to_openlineage_converter": "ml_connector.orchestration.assets.dataset",
            }
        ],
        "cli": ["ml_connector.airflow_command.commands"],
    }

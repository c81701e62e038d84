"""The pair SYSPRO → Cin7 Core in the demo."""

from __future__ import annotations

import json

from ml_connector_sandbox.demo import cin7_target
from ml_connector_sandbox.demo.show import Show
from ml_connector_sandbox.demo.simulators import Simulator
from ml_connector_sandbox.demo.witness import Verdict
from ml_connector_sandbox.scenarios.scenario import Scenario
from ml_connector_sandbox.scenarios.syspro_cin7 import LOCAL, TAX_ACCOUNT, scenario
from ml_connector_sandbox.syspro import world


def look(systems: dict[str, Simulator], scenario: Scenario, untouched: bool = True) -> Verdict:
    """Return the verdict on both systems."""
    rows = systems["syspro"].state("ApSupplier")
    keys = {str(row["SupplierName"]).strip(): str(row["Supplier"]).strip().lstrip("0") for row in rows}
    return cin7_target.look(systems["cin7"], keys, scenario, untouched=untouched)


def connection(url: str, _scenario: Scenario) -> dict[str, str]:
    """Return the Airflow connection to the simulator."""
    return {
        "conn_type": "syspro",
        "host": url + world.REST,
        "login": world.OPERATOR,
        "password": world.OPERATOR_PASSWORD,
        "extra": json.dumps({
            "company_id": world.COMPANY, "odata_url": url + world.ODATA, "odata_user": world.ODATA_USER,
            "odata_password": world.OPERATOR_PASSWORD,
        }),
    }  # fmt: skip


SHOW = Show(
    pair="syspro_cin7",
    partner="syspro",
    scenario=scenario,
    connection=connection,
    look=look,
    chosen={
        "options": {
            "syspro": {
                "local_currency": LOCAL,
                "tax_accounts": [TAX_ACCOUNT],
                "tax_rates": {"A": 10, "B": 20, "E": 0},
                "cost_centre": "gl_segment",
            }
        }
    },
)

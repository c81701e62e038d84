"""The pair IFS Cloud → Cin7 Core in the demo."""

from __future__ import annotations

import json

from ml_connector_sandbox.demo import cin7_target
from ml_connector_sandbox.demo.show import Show
from ml_connector_sandbox.demo.simulators import Simulator
from ml_connector_sandbox.demo.witness import Verdict
from ml_connector_sandbox.ifs import world
from ml_connector_sandbox.scenarios.ifs_cin7 import CODES, scenario
from ml_connector_sandbox.scenarios.scenario import Scenario


def look(systems: dict[str, Simulator], scenario: Scenario, untouched: bool = True) -> Verdict:
    """Return the verdict on both systems."""
    rows = systems["ifs"].state("SupplierInfoGeneral")
    keys = {str(row["Name"]).strip(): str(row["SupplierId"]) for row in rows}
    return cin7_target.look(systems["cin7"], keys, scenario, untouched=untouched)


def connection(url: str, _scenario: Scenario) -> dict[str, str]:
    """Return the Airflow connection to the simulator."""
    return {
        "conn_type": "ifs_cloud",
        "host": url,
        "login": world.CLIENT_ID,
        "password": world.CLIENT_SECRET,
        "extra": json.dumps({"realm": world.REALM, "requests_per_minute": 60_000}),
    }


SHOW = Show(
    pair="ifs_cin7",
    partner="ifs",
    scenario=scenario,
    connection=connection,
    look=look,
    chosen={"options": {"ifs": {"companies": [CODES.company, CODES.other_company]}}},
    limits={"requests_per_minute": 100_000},
)

"""The pair Infor CloudSuite → Cin7 Core in the demo."""

from __future__ import annotations

import json

from ml_connector_sandbox.demo import cin7_target
from ml_connector_sandbox.demo.show import Show
from ml_connector_sandbox.demo.simulators import Simulator
from ml_connector_sandbox.demo.witness import Verdict
from ml_connector_sandbox.infor import simulator
from ml_connector_sandbox.scenarios import books
from ml_connector_sandbox.scenarios.infor_cin7 import CODES, scenario
from ml_connector_sandbox.scenarios.scenario import Scenario


def look(systems: dict[str, Simulator], scenario: Scenario, untouched: bool = True) -> Verdict:
    """Return the verdict on both systems."""
    keys = {str(row["SUNM"]).strip(): str(row["SUNO"]) for row in systems["infor"].state("CIDMAS")}
    return cin7_target.look(systems["cin7"], keys, scenario, untouched=untouched)


def connection(url: str, scenario: Scenario) -> dict[str, str]:
    """Return the Airflow connection to the simulator: the content of the tenant's ``.ionapi`` file."""
    site = simulator()
    site.change_settings({"public_url": url})
    return {
        "conn_type": "infor_cloudsuite",
        "password": json.dumps(site.add_account(scenario.accounts["infor"])["ionapi"]),
        "extra": json.dumps({"calls_per_second": 1000}),
    }


SHOW = Show(
    pair="infor_cin7",
    partner="infor",
    scenario=scenario,
    connection=connection,
    look=look,
    compares_accounts=True,
    chosen={
        "schedule": "period_close",
        "calendar": {"pattern": "4-4-5", "year_start": "2025-12-29", "timezone": books.ME["TimeZone"]},
        "options": {
            "infor": {
                "account_rules": [{"when": {"ITNO": "HP-*"}, "account": CODES.accounts["630"]}],
                "tax_rates": {code: int(percent) for code, percent in CODES.taxes.values()},
            },
            "cin7": {"approach": "INVOICE", "locations": {"001": "Main Warehouse"}},
        },
    },
)

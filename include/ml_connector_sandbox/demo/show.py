"""What the demo needs to know of one pair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from ml_connector_sandbox.demo.simulators import Simulator
from ml_connector_sandbox.demo.witness import Verdict
from ml_connector_sandbox.scenarios.scenario import Scenario

SHOWS: dict[str, str] = {
    "acumatica_cin7": "ml_connector_sandbox.demo.acumatica_cin7",
    "ifs_cin7": "ml_connector_sandbox.demo.ifs_cin7",
    "cin7_qad": "ml_connector_sandbox.demo.cin7_qad",
    "infor_cin7": "ml_connector_sandbox.demo.infor_cin7",
    "syspro_cin7": "ml_connector_sandbox.demo.syspro_cin7",
}
"""Pair → the module with its `SHOW`."""


@dataclass(frozen=True)
class Later:
    """One record that a person changes after the first run.

    Args:
        changes: field → value.
    """

    system: str
    entity: str
    record_id: str
    changes: dict[str, Any]


@dataclass(frozen=True)
class Show:
    """One pair of the demo.

    Args:
        partner: the system beside Cin7.
        scenario: scale → both systems' records and what must become of them.
        connection: what the Airflow connection to the partner's simulator holds; of its URL and the scenario.
        look: the demo's own look at both systems: simulators, scenario, and whether nobody repaired anything yet.
        chosen: further keys of the deployment.
        limits: what the demo makes quicker than the partner is.
        later: what people change after the first run, so that a second one has something to do: changes what the
            scenario expects, and returns the records; the same ones every time.
        compares_accounts: the pair's run compares both charts of accounts.
    """

    pair: str
    partner: str
    scenario: Callable[[str], Scenario]
    connection: Callable[[str, Scenario], dict[str, str]]
    look: Callable[[dict[str, Simulator], Scenario, bool], Verdict]
    chosen: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    later: Callable[[Scenario], list[Later]] | None = None
    compares_accounts: bool = False

    @property
    def cin7_connection(self) -> str:
        """The connection to the pair's own Cin7 account."""
        return "cin7_default" if self.pair == "acumatica_cin7" else f"cin7_{self.partner}"


def show(pair: str) -> Show:
    """Return what the demo needs to know of `pair`."""
    found: Show = import_module(SHOWS[pair]).SHOW
    return found

"""The vendors that can be simulated."""

from __future__ import annotations

from importlib import import_module

from ml_connector_sandbox.core.simulator import Simulator

SYSTEMS = {"cin7": 8101, "acumatica": 8102, "ifs": 8103, "infor": 8104, "syspro": 8105, "qad": 8106}
"""System → its usual port."""


def simulator(system: str) -> Simulator:
    """Return a fresh simulator of `system`."""
    made: Simulator = import_module(f"ml_connector_sandbox.{system}").simulator()
    return made

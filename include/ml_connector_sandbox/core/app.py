"""A simulator as one ASGI app."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from ml_connector_sandbox.core.control import Control
from ml_connector_sandbox.core.faults import Faults
from ml_connector_sandbox.core.gateway import Gateway
from ml_connector_sandbox.core.journal import Journal
from ml_connector_sandbox.core.simulator import Simulator
from ml_connector_sandbox.core.wire import read_json, write_json


def build(simulator: Simulator, data: Path | None = None) -> Gateway:
    """Return the app: the vendor behind faults and journal, and the control routes.

    Args:
        simulator: the vendor.
        data: a JSON file to start from, and to keep the state in when told to save.
    """
    if data is not None and data.exists():
        simulator.load(read_json(data.read_bytes()))
    faults, journal = Faults(), Journal()
    control = Control(simulator, faults, journal, lambda: save(simulator, data))
    return Gateway(simulator, control.app(), faults, journal)


_saving = threading.Lock()


def save(simulator: Simulator, data: Path | None) -> None:
    """Store the state, whole or not at all; nothing where no file was given."""
    if data is None:
        return
    with _saving:
        data.parent.mkdir(parents=True, exist_ok=True)
        part = data.with_suffix(".part")
        part.write_text(write_json(simulator.dump()), encoding="utf-8")
        os.replace(part, data)  # noqa: PTH105 - atomic on one file system

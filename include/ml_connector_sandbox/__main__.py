"""Run one simulator: ``python -m ml_connector_sandbox cin7 --port 8101``."""

from __future__ import annotations

import argparse
import signal
import threading
from importlib import import_module
from pathlib import Path

import uvicorn

from ml_connector_sandbox.core.app import build, save
from ml_connector_sandbox.core.server import config
from ml_connector_sandbox.core.simulator import Simulator

SYSTEMS = {"cin7": 8101, "acumatica": 8102, "ifs": 8103, "infor": 8104, "syspro": 8105, "qad": 8106}
"""System → its usual port."""
SAVE_SECONDS = 5.0


def simulator(system: str) -> Simulator:
    """Return a fresh simulator of `system`."""
    made: Simulator = import_module(f"ml_connector_sandbox.{system}").simulator()
    return made


def main(argv: list[str] | None = None) -> None:
    """Read the command line and serve until stopped."""
    parser = argparse.ArgumentParser(prog="ml-connector-sandbox", description="Simulates a vendor's API over HTTP.")
    parser.add_argument("system", choices=sorted(SYSTEMS), help="which vendor")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    ports = ", ".join(f"{system} {port}" for system, port in SYSTEMS.items())
    parser.add_argument("--port", type=int, help=f"port (default: {ports})")
    parser.add_argument("--data", type=Path, help="JSON file to start from and to keep the state in")
    asked = parser.parse_args(argv)
    made = simulator(asked.system)
    app = build(made, asked.data)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    stopped = threading.Event()
    threading.Thread(target=_keep, args=(made, asked.data, stopped), daemon=True).start()
    try:
        uvicorn.Server(config(app, host=asked.host, port=asked.port or SYSTEMS[asked.system])).run()
    finally:
        stopped.set()
        save(made, asked.data)


def _keep(made: Simulator, data: Path | None, stopped: threading.Event) -> None:
    while data is not None and not stopped.wait(SAVE_SECONDS):
        save(made, data)


if __name__ == "__main__":
    main()

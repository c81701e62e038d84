"""Run one simulator, ``ml-connector-sandbox cin7 --port 8101``, or a pair's two, ``ml-connector-sandbox cin7_qad``."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

import uvicorn

from ml_connector_sandbox.core.app import build, save
from ml_connector_sandbox.core.server import config
from ml_connector_sandbox.core.simulator import Simulator
from ml_connector_sandbox.systems import SYSTEMS, simulator

SAVE_SECONDS = 5.0
PAIRS = ("acumatica_cin7", "cin7_qad", "ifs_cin7", "infor_cin7", "syspro_cin7")


def main(argv: list[str] | None = None) -> None:
    """Read the command line and serve until stopped."""
    asked = _parser().parse_args(argv)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell script started it with &
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    if asked.what in PAIRS:
        _pair(asked)
    else:
        _one(asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ml-connector-sandbox", description="Simulates vendors' APIs over HTTP.")
    ports = ", ".join(f"{system} {port}" for system, port in SYSTEMS.items())
    parser.add_argument(
        "what",
        choices=[*sorted(SYSTEMS), *PAIRS],
        metavar="SYSTEM or PAIR",
        help=f"an empty simulator ({', '.join(sorted(SYSTEMS))}), or both of a pair, filled with a made-up company "
        f"({', '.join(PAIRS)})",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    one = parser.add_argument_group("one system")
    one.add_argument("--port", type=int, help=f"port (default: {ports})")
    one.add_argument("--data", type=Path, help="JSON file to start from and to keep the state in")
    two = parser.add_argument_group("a pair")
    two.add_argument(
        "--folder",
        type=Path,
        default=Path("sandbox"),
        help="gets connections, pairs file and maps (default %(default)s)",
    )
    two.add_argument("--scale", choices=("small", "default", "full"), default="small", help="default %(default)s")
    two.add_argument("--reached-as", default="127.0.0.1", help="name by which Airflow reaches it (default %(default)s)")
    return parser


def _one(asked: argparse.Namespace) -> None:
    made = simulator(asked.what)
    app = build(made, asked.data)
    stopped = threading.Event()
    threading.Thread(target=_keep, args=(made, asked.data, stopped), daemon=True).start()
    try:
        uvicorn.Server(config(app, host=asked.host, port=asked.port or SYSTEMS[asked.what])).run()
    finally:
        stopped.set()
        save(made, asked.data)


def _pair(asked: argparse.Namespace) -> None:
    from ml_connector_sandbox.demo.company import company  # noqa: PLC0415 - one simulator alone needs none of it

    with company(asked.what, asked.folder, asked.scale, asked.host, asked.reached_as) as systems:
        for name, one in systems.items():
            print(f"{name} at {one.url}")  # noqa: T201
        print(f"written to {asked.folder}: connections.json, ml_connector_pairs.yaml, maps/", flush=True)  # noqa: T201
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.exit(0)


def _keep(made: Simulator, data: Path | None, stopped: threading.Event) -> None:
    while data is not None and not stopped.wait(SAVE_SECONDS):
        save(made, data)


if __name__ == "__main__":
    main()

"""``python -m ml_connector_sandbox.demo``: see both systems brought into agreement."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import requests
from rich.console import Console

from ml_connector_sandbox.demo.airflow_api import ApiError
from ml_connector_sandbox.demo.places import PREFERRED, REPOSITORY
from ml_connector_sandbox.demo.processes import DemoError
from ml_connector_sandbox.demo.runner import RUN_SECONDS, Asked, run, stop_on_signals
from ml_connector_sandbox.demo.show import SHOWS

STOPPED = 130
"""Exit code after Ctrl-C."""


def main(argv: list[str] | None = None) -> int:
    """Return the exit code: 0 only if both sides agree."""
    asked = read(argv)
    stop_on_signals()
    console = Console(soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 140)
    try:
        return 0 if run(asked, console) else 1
    except (DemoError, ApiError, requests.RequestException) as error:
        console.print(f"[bold red]The demo stopped:[/] see {asked.root / 'logs'}")
        console.print(str(error), markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("stopped")
        return 0 if asked.serve else STOPPED


def read(argv: list[str] | None) -> Asked:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m ml_connector_sandbox.demo", description=__doc__)
    parser.add_argument("--serve", action="store_true", help="keep everything up until Ctrl-C")
    parser.add_argument("--fresh", action="store_true", help="throw the state of earlier demos away first")
    parser.add_argument("--scale", choices=sorted(RUN_SECONDS), default=os.environ.get("SCALE") or "", help="or SCALE=")
    parser.add_argument("--ports", type=_ports, default={}, help=f"{','.join(PREFERRED)}, e.g. 8080,8101,8102")
    parser.add_argument(
        "--pairs", type=_pairs, default=os.environ.get("PAIRS") or "", help="e.g. ifs_cin7; all by default; or PAIRS="
    )
    parser.add_argument(
        "--root", type=Path, default=REPOSITORY / "build" / "demo", help="where the demo keeps its state"
    )
    given = parser.parse_args(argv)
    if given.scale not in {"", *RUN_SECONDS}:
        parser.error(f"SCALE={given.scale}: choose small, default or full")
    return Asked(given.root, given.scale, given.pairs, given.fresh, given.serve, given.ports)


def _pairs(text: str) -> tuple[str, ...]:
    pairs = tuple(part.strip() for part in text.split(",") if part.strip())
    for pair in pairs:
        if pair not in SHOWS:
            raise argparse.ArgumentTypeError(f"{pair!r} is none of {', '.join(SHOWS)}")
    return pairs


def _ports(text: str) -> dict[str, int]:
    numbers = [int(part) for part in text.split(",")]
    return dict(zip(PREFERRED, numbers, strict=False))


if __name__ == "__main__":
    sys.exit(main())

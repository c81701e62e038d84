"""``ml-connector preflight``: is a deployment ready for its first run?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ml_connector.cli.database import opened
from ml_connector.orchestration.deployments import find, place, read
from ml_connector.orchestration.preflight import DAYS, preflight
from ml_connector.orchestration.wiring import Workshop

NOT_READY = 1
NOT_DONE = 2


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    parser = commands.add_parser("preflight", help="both systems, and what would be held; writes to neither")
    parser.add_argument("deployment", help="DAG id, e.g. cin7_qad")
    parser.add_argument("--days", type=_days, default=DAYS, help=f"documents of the last so many days ({DAYS})")
    parser.add_argument("--flows", nargs="+", default=[], help="only these flows")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.add_argument("--pairs", type=Path, help="the deployments' file (default: $ML_CONNECTOR_PAIRS)")
    parser.set_defaults(command=_preflight, on_error=NOT_DONE)


def _preflight(asked: argparse.Namespace) -> int:
    deployment = find(asked.deployment, read(asked.pairs or place()))
    workshop = Workshop(deployment, opened(asked), say=lambda line: print(line, file=sys.stderr))
    try:
        found = preflight(workshop, days=asked.days, flows=asked.flows)
    finally:
        workshop.close()
    print(found.model_dump_json(indent=2) if asked.json else found.text())
    if not all(system.reached for system in found.systems.values()):
        return NOT_DONE
    return 0 if found.ready else NOT_READY


def _days(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 3650:  # noqa: PLR2004 - ten years
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to 3650")
    return int(text)

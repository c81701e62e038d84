"""``ml-connector check``: does each system of a deployment answer, and know all that is configured of it?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ml_connector.cli.database import opened
from ml_connector.orchestration.deployments import find, place, read
from ml_connector.orchestration.fernet import fernet_keys
from ml_connector.orchestration.wiring import Workshop


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    check = commands.add_parser("check", help="whether the systems are set up as configured; reads only")
    check.add_argument("deployment", help="DAG id, e.g. cin7_qad")
    check.add_argument("--pairs", type=Path, help="the deployments' file (default: $ML_CONNECTOR_PAIRS, else packaged)")
    check.set_defaults(command=_check)


def _check(asked: argparse.Namespace) -> int:
    deployment = find(asked.deployment, read(asked.pairs or place()))
    if not fernet_keys():
        print("warning: [core] fernet_key is empty, so documents are kept in the clear in the connector's database")
    workshop = Workshop(deployment, opened(asked), say=lambda _line: None)
    try:
        found = workshop.check_setup()
    finally:
        workshop.close()
    for line in found:
        print(f"- {line}")
    print(f"{asked.deployment}: {len(found)} things to correct" if found else f"{asked.deployment}: nothing to correct")
    return 1 if found else 0

"""``ml-connector held``: documents that are held, wait or failed, and why."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ml_connector.cli.database import opened
from ml_connector.domain.status import OPEN_OUTCOMES
from ml_connector.store.database import Parked


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    held = commands.add_parser("held", help="documents that are held, wait or failed, and why")
    held.add_argument("deployment", help="DAG id, e.g. acumatica_cin7")
    held.add_argument("--json", action="store_true", help="one JSON array instead of text")
    held.set_defaults(command=_held)


def _held(asked: argparse.Namespace) -> int:
    parked = opened(asked).held(asked.deployment, OPEN_OUTCOMES)
    if asked.json:
        print(json.dumps([_row(one) for one in parked], ensure_ascii=False, indent=1))
        return 0
    for one in parked:
        money = f", {one.money}" if one.money else ""
        since = f" since {one.since:%Y-%m-%d %H:%M} UTC" if one.since else ""
        print(f"{one.flow}: {one.label} ({one.outcome.value}{since}{money}; key {one.key})")
        for finding in one.findings:
            print(f"    {finding.message} {finding.next_step}")
    print(f"{len(parked)} documents held, waiting or failed")
    return 0


def _row(one: Parked) -> dict[str, Any]:
    return {
        "flow": one.flow,
        "key": one.key,
        "label": one.label,
        "outcome": one.outcome.value,
        "money": str(one.money or ""),
        "since": one.since.isoformat() if one.since else None,
        "findings": [finding.model_dump(mode="json") for finding in one.findings],
    }

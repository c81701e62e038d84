"""``ml-connector held``: documents that are held, wait or failed, and why."""

from __future__ import annotations

import argparse
from typing import Any

from ml_connector.cli.command import Exit, add, print_json, takes_pair
from ml_connector.cli.database import opened_for
from ml_connector.domain.status import OPEN_OUTCOMES
from ml_connector.store.database import Parked


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    held = add(
        commands, "held", _held,
        text="documents that are held, wait or failed, and why",
        json="one array: flow, key, label, outcome, money, since, and findings with reason, message and next_step",
    )  # fmt: skip
    takes_pair(held)


def _held(asked: argparse.Namespace) -> Exit:
    parked = opened_for(asked).held(asked.deployment, OPEN_OUTCOMES)
    if asked.json:
        print_json([_row(one) for one in parked])
        return Exit.DONE
    for one in parked:
        money = f", {one.money}" if one.money else ""
        since = f" since {one.since:%Y-%m-%d %H:%M} UTC" if one.since else ""
        print(f"{one.flow}: {one.label} ({one.outcome.value}{since}{money}; key {one.key})")
        for finding in one.findings:
            print(f"    {finding.message} {finding.next_step}")
    print(f"{len(parked)} documents held, waiting or failed")
    return Exit.DONE


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

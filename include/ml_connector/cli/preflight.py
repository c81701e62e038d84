"""``ml-connector preflight``: is a deployment ready for its first run?"""

from __future__ import annotations

import argparse
from typing import Any

from ml_connector.cli.command import Exit, add, note, print_json, takes_pair
from ml_connector.cli.visits import flows_of, visit
from ml_connector.orchestration.deployments import PREFLIGHT_DAYS
from ml_connector.orchestration.preflight import preflight


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    parser = add(
        commands, "preflight", _preflight,
        text="both systems, and what would be held; writes to neither",
        json="one object: deployment, at, run_id, days, ready; systems with reached, said, clock_ahead_seconds, "
        "problems; flows with documents, covered, percent, percent_of_amount, missing codes, held, problem",
        found="something is missing",
    )  # fmt: skip
    takes_pair(parser, systems=True)
    parser.add_argument(
        "--days",
        metavar="N",
        type=_days,
        default=PREFLIGHT_DAYS,
        help=f"documents of the last so many days ({PREFLIGHT_DAYS})",
    )
    parser.add_argument("--flows", nargs="+", default=[], metavar="FLOW", help="only these flows")


def _preflight(asked: argparse.Namespace) -> Exit:
    with visit(asked, say=lambda line: note(asked, line)) as workshop:
        flows = [flow.name for flow in flows_of(workshop.deployment, asked.flows)]
        found = preflight(workshop, days=asked.days, flows=flows)
    if asked.json:
        print_json(found)
    else:
        print(found.text())
    if not all(system.reached for system in found.systems.values()):
        return Exit.AWAY
    return Exit.DONE if found.ready else Exit.FOUND


def _days(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 3650:  # noqa: PLR2004 - ten years
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to 3650")
    return int(text)

"""``ml-connector check``: does each system of a deployment answer, and know all that is configured of it?"""

from __future__ import annotations

import argparse
from typing import Any

from ml_connector.cli.command import Exit, add, note, print_json, takes_pair
from ml_connector.cli.visits import visit
from ml_connector.orchestration.fernet import fernet_keys
from ml_connector.orchestration.preflight import systems_of


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    check = add(
        commands, "check", _check,
        text="whether the systems are set up as configured; reads only",
        json="one object: deployment, ready; systems with reached, said, clock_ahead_seconds, problems",
        found="something is to be corrected",
    )  # fmt: skip
    takes_pair(check, systems=True)


def _check(asked: argparse.Namespace) -> Exit:
    with visit(asked) as workshop:
        is_sealed = bool(fernet_keys())
        systems = systems_of(workshop)
    if not is_sealed:
        note(asked, "[core] fernet_key is empty, so documents are kept in the clear in the connector's database")
    found = [f"{name}: {line}" for name, one in systems.items() for line in one.wrong]
    if asked.json:
        print_json({"deployment": asked.deployment, "ready": not found, "systems": systems})
    else:
        for line in found:
            print(f"- {line}")
        print(f"{asked.deployment}: {len(found) or 'nothing'}{' things' * (len(found) > 1)} to correct")
    if not all(one.reached for one in systems.values()):
        return Exit.AWAY
    return Exit.FOUND if found else Exit.DONE

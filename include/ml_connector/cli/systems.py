"""``ml-connector systems``: which company's books each system of a deployment is."""

from __future__ import annotations

import argparse
import getpass
from typing import Any

from ml_connector.cli.aside import airflow_aside
from ml_connector.cli.command import Exit, add, print_json, takes_pair
from ml_connector.cli.database import opened, opened_for
from ml_connector.cli.deployed import deployment_of
from ml_connector.orchestration.wiring import Workshop
from ml_connector.store.identities import Known, known


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    group = commands.add_parser("systems", help="whose books are kept")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    listing = add(
        actions, "list", _list,
        text="which company's books each deployment has kept since when, as its runs have stored it",
        json="one array: deployment, system, identity, since",
    )  # fmt: skip
    listing.add_argument("deployment", metavar="PAIR", nargs="?", help="DAG id; all unless given")
    accepting = add(
        actions, "accept", _accept,
        text="take the systems as they are configured now for the deployment's own: the same company under a new "
        "address, or a deployment that is to begin from nothing beside another; calls no system",
        json="one object: deployment, systems with was (null when nothing was stored) and is",
    )  # fmt: skip
    takes_pair(accepting, systems=True)
    accepting.add_argument("system", metavar="SYSTEM", nargs="?", default="", help="e.g. cin7; both unless given")


def _list(asked: argparse.Namespace) -> Exit:
    found = known(opened_for(asked).engine, asked.deployment)
    if asked.json:
        print_json([_row(one) for one in found])
        return Exit.DONE
    for one in found:
        print(f"{one.deployment}: {one.system} is {one.identity.text} since {one.since:%Y-%m-%d %H:%M} UTC")
    if not found:
        print(f"nothing is stored yet{f' of {asked.deployment}' if asked.deployment else ''}; the first run stores it")
    return Exit.DONE


def _row(one: Known) -> dict[str, Any]:
    return {"deployment": one.deployment, "system": one.system, "identity": one.identity.text, "since": one.since}


def _accept(asked: argparse.Namespace) -> Exit:
    database = opened(asked)
    with airflow_aside():
        books = Workshop(deployment_of(asked), database).books
        before = books.store.stored()
        present = books.present(asked.system)
        books.store.accept(present, by=getpass.getuser())
    told = {
        system: {"was": before[system].identity.text if system in before else None, "is": one.text}
        for system, one in present.items()
    }
    if asked.json:
        print_json({"deployment": asked.deployment, "systems": told})
        return Exit.DONE
    for system, one in told.items():
        print(f"{asked.deployment}: {system} was {one['was'] or 'not stored'}, and is {one['is']} from now on")
    return Exit.DONE

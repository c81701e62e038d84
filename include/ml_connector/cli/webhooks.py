"""``ml-connector webhooks``: have Cin7 tell when something changes."""

from __future__ import annotations

import argparse
from typing import Any

from ml_connector.cli.command import Exit, add, print_json, takes_pair
from ml_connector.cli.visits import visit
from ml_connector.domain.errors import ConfigurationError
from ml_connector.systems.cin7.webhooks import OURS, Cin7Webhooks


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    group = commands.add_parser("webhooks", help="the webhooks by which Cin7 tells of changes").add_subparsers(
        required=True, metavar="ACTION"
    )
    register = add(
        group, "register", _register,
        text="register them at Cin7, or set them anew",
        json="one object: url, and done, what became of each",
    )  # fmt: skip
    check = add(
        group, "check", _check,
        text="whether they are all there and active",
        json="one object: url, and problems, one text each",
        found="one is missing, or Cin7 has given it up",
    )  # fmt: skip
    for parser in (register, check):
        takes_pair(parser, systems=True)
        parser.add_argument("--url", required=True, help="Airflow's address as Cin7 reaches it")


def _register(asked: argparse.Namespace) -> Exit:
    with visit(asked) as workshop:
        secret = workshop.webhook_secret("cin7")
        if not secret:
            connection = workshop.deployment.connection_of("cin7")
            raise ConfigurationError(
                f"connection {connection}: “Webhook secret” is empty. Set one under Admin → Connections, 32 random "
                "characters or more, then register again."
            )
        done = list(Cin7Webhooks(workshop.client("cin7")).register(_address(asked), secret))
    if asked.json:
        print_json({"url": _address(asked), "done": done})
    else:
        print("\n".join(done))
    return Exit.DONE


def _check(asked: argparse.Namespace) -> Exit:
    with visit(asked) as workshop:
        found = list(Cin7Webhooks(workshop.client("cin7")).problems(_address(asked)))
    if asked.json:
        print_json({"url": _address(asked), "problems": found})
        return Exit.FOUND if found else Exit.DONE
    for line in found:
        print(f"- {line}")
    print(f"{len(found)} to correct: ml-connector webhooks register" if found else "all webhooks are there and active")
    return Exit.FOUND if found else Exit.DONE


def _address(asked: argparse.Namespace) -> str:
    if not asked.url.startswith(("https://", "http://")):
        raise ConfigurationError(f"--url {asked.url}: give a whole address, https://…")
    return f"{asked.url.rstrip('/')}{OURS}{asked.deployment}/cin7"

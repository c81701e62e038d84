"""``ml-connector webhooks``: have Cin7 tell when something changes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ml_connector.cli.database import opened
from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration.deployments import Deployment, find, place, read
from ml_connector.orchestration.wiring import Workshop
from ml_connector.systems.cin7.webhooks import OURS, Cin7Webhooks


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    group = commands.add_parser("webhooks", help="the webhooks by which Cin7 tells of changes").add_subparsers(
        required=True, metavar="ACTION"
    )
    register = group.add_parser("register", help="register them at Cin7, or set them anew")
    check = group.add_parser("check", help="whether they are all there and active; exit code 1 when not")
    for parser, command in ((register, _register), (check, _check)):
        parser.add_argument("deployment", help="DAG id, e.g. cin7_qad")
        parser.add_argument("--url", required=True, help="Airflow's address as Cin7 reaches it")
        parser.add_argument("--pairs", type=Path, help="the deployments' file (default: $ML_CONNECTOR_PAIRS)")
        parser.set_defaults(command=command)


def _register(asked: argparse.Namespace) -> int:
    deployment = _deployment(asked)
    workshop = Workshop(deployment, opened(asked))
    try:
        secret = workshop.webhook_secret("cin7")
        if not secret:
            connection = deployment.connection_of("cin7")
            raise ConfigurationError(
                f"connection {connection}: “Webhook secret” is empty. Set one under Admin → Connections, 32 random "
                "characters or more, then register again."
            )
        for line in Cin7Webhooks(workshop.client("cin7")).register(_address(asked), secret):
            print(line)
    finally:
        workshop.close()
    return 0


def _check(asked: argparse.Namespace) -> int:
    workshop = Workshop(_deployment(asked), opened(asked))
    try:
        found = list(Cin7Webhooks(workshop.client("cin7")).problems(_address(asked)))
    finally:
        workshop.close()
    for line in found:
        print(f"- {line}")
    print(f"{len(found)} to correct: ml-connector webhooks register" if found else "all webhooks are there and active")
    return 1 if found else 0


def _deployment(asked: argparse.Namespace) -> Deployment:
    return find(asked.deployment, read(asked.pairs or place()))


def _address(asked: argparse.Namespace) -> str:
    if not asked.url.startswith(("https://", "http://")):
        raise ConfigurationError(f"--url {asked.url}: give a whole address, https://…")
    return f"{asked.url.rstrip('/')}{OURS}{asked.deployment}/cin7"

"""The command ``ml-connector``, wherever the connector's database can be reached: one module a group of commands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from ml_connector.cli import accounts, audit, check, database, held, maps, preflight, reconcile, replay, webhooks
from ml_connector.domain.errors import SyncError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code, with the reason on standard error when it is not 0."""
    asked = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = asked.command
    try:
        return command(asked)
    except (SyncError, OSError) as error:
        print(f"ml-connector: {error}", file=sys.stderr)
        return int(getattr(asked, "on_error", 1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ml-connector", description="Code maps, held documents, the audit trail, the database."
    )
    parser.add_argument(
        "--db",
        help=f"URL of the connector's database (default: ${database.URL_VARIABLE}, else $AIRFLOW_HOME/ml_connector.db)",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in (maps, held, accounts, audit, replay, reconcile, preflight, check, webhooks, database):
        group.add_to(commands)
    return parser

"""The command ``ml-connector``, wherever the connector's database can be reached: one module a group of commands."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ml_connector.cli import (
    accounts,
    audit,
    check,
    database,
    held,
    mappings,
    preflight,
    reconcile,
    replay,
    sandbox,
    systems,
    webhooks,
)
from ml_connector.cli.command import Command, Parser, UsageError, failed
from ml_connector.domain.errors import SyncError

_CONTEXT = "_AIRFLOW_PROCESS_CONTEXT"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code, with the reason on standard error when it was not done."""
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    try:
        asked = parser().parse_args(words)
        command: Command = asked.command
        with _airflows_connections():
            return int(command(asked))
    except (SyncError, UsageError, OSError) as error:
        return int(failed(error, as_json=as_json))
    except Exception as error:  # noqa: BLE001 - a traceback's own exit code, 1, would say that something was found
        if not as_json:
            traceback.print_exc()
        return int(failed(error, as_json=as_json))


def parser() -> Parser:
    """Return the parser of the whole command line."""
    made = Parser(prog="ml-connector", description="Code maps, held documents, the audit trail, the database.")
    made.add_argument("--db", metavar="URL", help=database.WHERE)
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    for group in (
        preflight, check, mappings, held, replay, reconcile, accounts, audit, webhooks, systems, database, sandbox,
    ):  # fmt: skip
        group.add_to(commands)
    return made


@contextmanager
def _airflows_connections() -> Iterator[None]:
    """Let connections of Airflow's own database be found; otherwise Airflow looks in the environment only."""
    before = os.environ.get(_CONTEXT)
    os.environ[_CONTEXT] = "server"  # as `airflow connections` does
    try:
        yield
    finally:
        os.environ.pop(_CONTEXT)
        if before is not None:
            os.environ[_CONTEXT] = before

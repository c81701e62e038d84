"""``airflow ml-connector …``: the same commands inside Airflow's own; imports nothing heavy until one is given."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from airflow.cli.cli_config import ActionCommand, Arg, CLICommand

_HELP = "as of ml-connector, e.g. preflight cin7_qad"


def commands() -> list[CLICommand]:
    """Return what Airflow adds to its commands."""
    words: Any = Arg(("words",), nargs=argparse.REMAINDER, metavar="...", help=_HELP)  # type: ignore[no-untyped-call]
    text = "Commands of ml-connector: preflight, held documents, code maps, audit trail"
    return [ActionCommand(name="ml-connector", help=text, func=_run, args=(words,))]


def _run(asked: Any) -> NoReturn:
    from ml_connector.cli import main  # noqa: PLC0415 - every Airflow command loads this module

    sys.exit(main(asked.words))

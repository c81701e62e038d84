"""``ml-connector sandbox``: simulated systems to try things with, where the simulators are installed."""

from __future__ import annotations

import argparse
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ml_connector.cli.command import Exit
from ml_connector.domain.errors import ConfigurationError

_PACKAGE = "ml_connector_sandbox"


def add_to(commands: Any) -> None:
    """Add the command of this module."""
    text = "simulate one system, or both of a pair with a made-up company, until stopped"
    sandbox = commands.add_parser("sandbox", help=text, description=f"{text.capitalize()}: ml-connector-sandbox.")
    sandbox.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="...", help="as of ml-connector-sandbox, e.g. cin7_qad"
    )
    sandbox.set_defaults(command=_sandbox)


def _sandbox(asked: argparse.Namespace) -> Exit:
    if find_spec(_PACKAGE) is None:
        raise ConfigurationError(f"the simulators are not installed here: {_PACKAGE} comes with the wheel ml-connector")
    import_module(f"{_PACKAGE}.__main__").main(asked.words)
    return Exit.DONE

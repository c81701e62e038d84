"""What every command shares: how it is declared, its exit code, and what it says with and without ``--json``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Any, NoReturn

from ml_connector.domain.errors import ConfigurationError, RetryableError
from ml_connector.store.columns import to_json


class Exit(IntEnum):
    """The exit codes, the same for every command; documented in docs/cli.md."""

    DONE = 0
    FOUND = 1
    WRONG = 2
    AWAY = 3
    BROKEN = 4

    @property
    def meaning(self) -> str:
        """What it says, for every command."""
        return _MEANINGS[self]


_MEANINGS = {
    Exit.DONE: "done, and nothing to look at",
    Exit.FOUND: "done, and it found what a person must look at; each command says what",
    Exit.WRONG: "not done: the command line, a setting, a connection or a file is wrong, or there is no such thing",
    Exit.AWAY: "not done: a system or the database did not answer, did not let the connector in, or asked to wait",
    Exit.BROKEN: "not done: something went wrong that nobody foresaw, such as an answer of unknown shape; report it",
}
Command = Callable[[argparse.Namespace], Exit]


class UsageError(Exception):
    """The command line is wrong; `usage` says what it takes."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


class Parser(argparse.ArgumentParser):
    """A parser that leaves it to `main` how an error is told."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        raise UsageError(message, self.format_usage())


def add(commands: Any, name: str, run: Command, *, text: str, json: str, found: str = "") -> Parser:
    """Add one command and return its parser.

    Args:
        commands: of argparse.
        name: what a person types.
        run: does it.
        text: what it does.
        json: the shape of what it prints with ``--json``.
        found: what exit code 1 means; "" for a command that never ends with it.
    """
    parser: Parser = commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
    parser.add_argument("--json", action="store_true", help=json)
    parser.set_defaults(command=run)
    if found:
        parser.epilog = f"Exit code 1: {found}."
    return parser


def takes_pair(parser: argparse.ArgumentParser, *, systems: bool = False) -> None:
    """Let a command be about one deployment; with `systems` about one whose systems it calls."""
    parser.add_argument("deployment", metavar="PAIR", help="DAG id, e.g. cin7_qad")
    if systems:
        parser.add_argument(
            "--pairs",
            type=Path,
            metavar="FILE",
            help="the deployments (default: $ML_CONNECTOR_PAIRS, else those in the DAG folder, else packaged)",
        )


def print_json(value: Any) -> None:
    """Print a value as one line of JSON; times are ISO, amounts as they are."""
    print(to_json(value), flush=True)


def note(asked: argparse.Namespace, text: str) -> None:
    """Tell something beside the result, on standard error; with ``--json`` as ``{"note": …}``."""
    print(to_json({"note": text}) if asked.json else text, file=sys.stderr)


def failed(error: Exception, *, as_json: bool) -> Exit:
    """Tell why a command was not done, on standard error; return its exit code."""
    code = code_of(error)
    if as_json:
        told = {"error": type(error).__name__, "message": str(error), "exit_code": int(code)}
        print(to_json(told), file=sys.stderr)
    else:
        usage = error.usage if isinstance(error, UsageError) else ""
        print(f"{usage}ml-connector: {error}", file=sys.stderr)
    return code


def code_of(error: Exception) -> Exit:
    """Return the exit code of a command that ended with this error."""
    if isinstance(error, RetryableError):
        return Exit.AWAY
    return Exit.WRONG if isinstance(error, (ConfigurationError, UsageError, OSError)) else Exit.BROKEN

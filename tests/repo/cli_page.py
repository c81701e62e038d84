"""Writes docs/cli.md from the commands' own help: ``python tests/repo/cli_page.py > docs/cli.md``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from ml_connector.cli import parser
from ml_connector.cli.command import Exit

HEAD = """# Commands

```sh
ml-connector preflight cin7_qad --json
airflow ml-connector preflight cin7_qad --json      # the same, where the wheel is installed
```

`ml-connector` runs wherever Airflow's configuration is: it takes connections from where Airflow has them (its
database, the environment, a secrets backend), and the connector's database from the connection `ml_connector_db`, else
`$AIRFLOW_HOME/ml_connector.db`. `--db URL` before the command, or `$ML_CONNECTOR_DB`, names another one. This page is
made from the commands' own `--help`.

## Exit codes

The same for every command:

| code | meaning |
|---|---|
{codes}

`preflight` and `check` print what they found with 3, too: it says which system, and why.

## For scripts: `--json`

Every command but `sandbox` takes `--json`. The result is then JSON on standard output, one document on one line, or
JSON lines where that is said below; keys are only ever added. What is said beside the result is on standard error,
after log lines of Airflow if there are any, a JSON object a line: `{{"note": …}}`, and when the command was not done,
last, `{{"error": …, "message": …, "exit_code": …}}`, where `error` is the name of a class in
`ml_connector/domain/errors.py` or of Python's own.
"""


def page() -> str:
    """Return the whole page."""
    codes = "\n".join(f"| {code.value} | {code.meaning} |" for code in Exit)
    return HEAD.format(codes=codes) + "".join(_section(*one) for one in commands())


def commands(of: argparse.ArgumentParser | None = None) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Yield the words of each command, other words for it, and its parser."""
    for action in (of or parser())._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        names: dict[int, list[str]] = {}
        for name, one in action.choices.items():
            names.setdefault(id(one), []).append(name)
        for name, one in action.choices.items():
            first, *others = names[id(one)]
            if name == first:
                found = list(commands(one))
                yield from ((f"{name} {words}", ", ".join(others), leaf) for words, _also, leaf in found)
                if not found:
                    yield name, ", ".join(others), one


def _section(words: str, also: str, one: argparse.ArgumentParser) -> str:
    rows = [_row(action) for action in one._actions if action.dest not in ("help", "json")]
    shape = next((action.help for action in one._actions if action.dest == "json"), "")
    known = f" `{also}` is another name of `{words.split(maxsplit=1)[0]}`." if also else ""
    lines = [f"\n## ml-connector {words}\n", f"{one.description}{known} {one.epilog or ''}".rstrip(), ""]
    lines += ["| argument | meaning |", "|---|---|", *rows, ""] if rows else []
    lines += [f"`--json`: {shape}.", ""] if shape else []
    return "\n".join(lines)


def _row(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    name = " ".join(filter(None, [", ".join(action.option_strings), value]))
    needed = " (required)" if action.option_strings and action.required else ""
    return f"| `{name}`{needed} | {action.help} |"


if __name__ == "__main__":
    sys.stdout.write(page())

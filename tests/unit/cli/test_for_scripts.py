"""What scripts rely on: exit codes, ``--json`` of every command, errors as JSON."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ml_connector.cli import parser
from ml_connector.cli.command import Exit, UsageError, code_of
from ml_connector.domain import errors
from ml_connector.store.database import Database

if TYPE_CHECKING:
    from conftest import Run, Said

DAG = "acumatica_cin7"
INCLUDE = str(Path(__file__).parents[3] / "include")


def leaves(of: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parser of each command."""
    groups = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    for group in groups:
        for one in set(group.choices.values()):
            yield from leaves(one)
    if not groups:
        yield of


def test_every_command_takes_json_and_names_its_shape() -> None:
    """There is no command whose result a script would have to cut out of text; the simulators have none."""
    found = [one for one in leaves(parser()) if one.prog != "ml-connector sandbox"]
    assert len(found) >= 15
    for one in found:
        (option,) = [action for action in one._actions if action.dest == "json"]
        assert (option.help or "").startswith(("one object", "one array", "JSON lines")), one.prog


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x", ""), 2), (errors.ConfigurationError("x"), 2), (FileNotFoundError("x"), 2),
        (errors.RetryableError("x"), 3), (errors.VendorUnavailable("x"), 3), (errors.RateLimited("x"), 3),
        (errors.ContractError("x"), 4), (errors.Refused("x"), 4), (errors.AmbiguousWrite("x"), 4), (KeyError("x"), 4),
    ],
)  # fmt: skip
def test_the_exit_code_tells_what_to_do(error: Exception, code: int) -> None:
    """2: correct something; 3: try again; 4: report it."""
    assert code_of(error) == code


def test_every_exit_code_is_documented() -> None:
    """The table has each one, in the words of the code."""
    page = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")
    for code in Exit:
        assert f"| {code.value} | {code.meaning} |" in page


def error_of(said: Said) -> dict[str, Any]:
    """Return the error that a command told as JSON."""
    told: dict[str, Any] = json.loads(said.err.splitlines()[-1])
    assert (said.out, told["exit_code"]) == ("", said.code)
    return told


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("held", "--json"), "UsageError"),
        (("no-such-command", "--json"), "UsageError"),
        (("audit", "show", "B1", "--json", "--since", "x"), "UsageError"),
        (("check", "sap_cin7", "--json"), "ConfigurationError"),
        (("mappings", "import", DAG, "/nowhere", "--json"), "ConfigurationError"),
        (("audit", "show", "B1", "--json"), "ConfigurationError"),
    ],
)
def test_errors_are_json_where_json_is_asked_for(run: Run, words: tuple[str, ...], error: str) -> None:
    """One object on standard error, with the exit code; nothing on standard output."""
    told = error_of(run(*words))
    assert (told["error"], told["exit_code"]) == (error, 2)
    assert told["message"]


def test_a_usage_error_in_text_shows_what_the_command_takes(run: Run) -> None:
    """As people expect of a command line."""
    said = run("held")
    assert said.code == 2
    assert "usage: ml-connector held" in said.err
    assert "PAIR" in said.err


def test_what_nobody_foresaw_does_not_look_like_a_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug ends with 4, not with Python's 1, which would say that something was found."""
    monkeypatch.setattr(Database, "held", lambda *_: 1 // 0)
    assert error_of(run("held", DAG, "--json"))["error"] == "ZeroDivisionError"
    said = run("held", DAG)
    assert (said.code, "Traceback" in said.err) == (4, True)


def test_a_database_that_does_not_answer_ends_with_3(run: Run) -> None:
    """It is worth trying again."""
    pytest.importorskip("psycopg")
    said = run("--db", "postgresql+psycopg://u:p@127.0.0.1:9/x?connect_timeout=2", "held", DAG, "--json")
    assert error_of(said)["exit_code"] == 3


def test_each_result_is_one_document(trail: Database, run: Run, tmp_path: Path) -> None:
    """Of the commands that need no system; those that do are tested with their systems."""
    maps = tmp_path / "maps"
    assert json.loads(run("db", "migrate", "--json").out)["version"]
    exported = json.loads(run("mappings", "export", DAG, str(maps), "--json").out)
    assert (exported["folder"], exported["maps"]["account"]) == (str(maps), 0)
    (maps / "account.csv").write_text("cin7_code,partner_code,note\n6120,62300,\n", encoding="utf-8")
    imported = json.loads(run("maps", "import", DAG, str(maps), "--json").out)
    assert imported["maps"]["account"] == {"added": 1, "changed": 0, "removed": 0, "unchanged": 0, "blank": 0}
    assert json.loads(run("held", DAG, "--json").out) == []
    assert [json.loads(line)["key"] for line in run("audit", "show", "B1", "--json").out.splitlines()] == ["B1"] * 3
    file = tmp_path / "out.jsonl"
    told = json.loads(run("audit", "export", "--dag", DAG, "-o", str(file), "--json").out)
    assert told == {"file": str(file), "lines": len(file.read_text("utf-8").splitlines()), "signed": True}
    told = json.loads(run("audit", "prune", "--dag", DAG, "--before", "2026-10-02", "--json").out)
    assert (told["entries"], bool(told["anchor"])) == (2, True)


def test_a_simulator_is_served_until_stopped(tmp_path: Path) -> None:
    """The command ends when it is stopped, and keeps the state."""
    data = tmp_path / "cin7.json"
    words = ["sandbox", "cin7", "--port", "18391", "--data", str(data)]
    command, env = [sys.executable, "-m", "ml_connector.cli", *words], {**os.environ, "PYTHONPATH": INCLUDE}
    with subprocess.Popen(command, env=env) as serving:
        direct, until = urllib.request.build_opener(urllib.request.ProxyHandler({})), time.monotonic() + 30
        answered = False
        while not answered and serving.poll() is None and time.monotonic() < until:
            with contextlib.suppress(OSError), direct.open("http://127.0.0.1:18391/_sim/health", timeout=1) as answer:
                answered = answer.status == 200
        serving.terminate()
        serving.wait(timeout=20)
    assert (answered, data.exists()) == (True, True)


def test_simulators_that_are_not_installed_are_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the connector's own folder was copied."""
    monkeypatch.setattr("ml_connector.cli.sandbox._PACKAGE", "no_such_package")
    said = run("sandbox", "cin7")
    assert (said.code, "the simulators are not installed here" in said.err) == (2, True)

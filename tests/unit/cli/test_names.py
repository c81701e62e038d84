"""Deployments and flows that a command names: one that is not there ends with 2 and the likely spelling."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ml_connector.cli import parser
from ml_connector.cli.spans import moment_of
from ml_connector.domain.status import Outcome
from ml_connector.orchestration.deployments import ENVIRONMENT, FILE_NAME
from ml_connector.store.database import Database

if TYPE_CHECKING:
    from conftest import Run

GONE = "cin7_qad__gone"
"""Deployed no more, but it has left traces."""
VALUES = {int: "30", moment_of: "2026-01-01", None: "https://airflow.test"}
"""What is typed for an argument, by the function that reads it; a path unless it is here."""


def leaves(of: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parser of each command."""
    groups = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    for one in {id(one): one for group in groups for one in group.choices.values()}.values():
        yield from leaves(one)
    if not groups:
        yield of


def naming(dest: str) -> list[argparse.ArgumentParser]:
    """Return each command that takes a deployment or flows, found where the command line is declared."""
    found = [one for one in leaves(parser()) if dest in {action.dest for action in one._actions}]
    return sorted(found, key=lambda one: one.prog)


COMMANDS = naming("deployment")
THAT_CALL = [one for one in COMMANDS if "pairs" in {action.dest for action in one._actions}]
THAT_READ = [one for one in COMMANDS if one not in THAT_CALL]


def by_name(commands: list[argparse.ArgumentParser]) -> pytest.MarkDecorator:
    """Try each of these commands."""
    return pytest.mark.parametrize("command", commands, ids=[one.prog for one in commands])


def words_of(command: argparse.ArgumentParser, deployment: str, folder: Path) -> list[str]:
    """Return a command line with everything that the command cannot do without."""
    words = command.prog.split()[1:]
    for action in command._actions:
        if action.dest == "deployment":
            words += [*action.option_strings[:1], deployment]
        elif action.dest == "offline":
            words.append("--offline")
        elif action.required:
            words += [*action.option_strings[:1], VALUES.get(action.type, str(folder / "x"))]  # type: ignore[call-overload]
    return words


def test_the_commands_that_name_a_deployment_are_found() -> None:
    """So that none of them is left out below."""
    found = {one.prog.removeprefix("ml-connector ") for one in COMMANDS}
    assert found >= {
        "preflight", "check", "reconcile", "webhooks register", "webhooks check", "held", "accounts", "replay",
        "mappings import", "mappings export", "db purge", "audit verify", "audit show", "audit export", "audit prune",
    }  # fmt: skip


@by_name(COMMANDS)
def test_a_deployment_that_is_not_there_ends_with_two(
    run: Run, trail: Database, tmp_path: Path, command: argparse.ArgumentParser
) -> None:
    """The name is told with the likely spelling, or all that are known; nothing is done, nor said as a result."""
    said = run(*words_of(command, "cin7_qat", tmp_path))
    assert (said.code, said.out) == (2, "")
    assert "no deployment is called 'cin7_qat'; did you mean 'cin7_qad'?" in said.err
    said = run(*words_of(command, "", tmp_path), "--json")
    told = json.loads(said.err.splitlines()[-1])
    assert (said.code, said.out, told["error"]) == (2, "", "ConfigurationError")
    assert "''; known: acumatica_cin7, " in told["message"]
    assert not list(tmp_path.glob("x*"))


@by_name(THAT_READ)
@pytest.mark.parametrize("trace", ["audit", "map", "document", "record"])
def test_a_deployment_that_has_left_traces_is_known(
    run: Run, url: str, tmp_path: Path, command: argparse.ArgumentParser, trace: str
) -> None:
    """Nothing of what is kept of a deployment is out of reach because it is deployed no more."""
    database = Database(url)
    if trace == "audit":
        database.audit(GONE, "suppliers", "run 1").note("S1", "sent", {})
    elif trace == "map":
        database.code_maps(GONE).import_text("account", "cin7_code,partner_code\n1,2\n", author="me")
    elif trace == "document":
        database.journal(GONE, "suppliers", "run 1").conclude("S1", Outcome.HELD, label="S", findings=())
    else:
        database.record_cache(GONE, "cin7").put("purchase", "1", "v", {"total": 1})
    assert "no deployment is called" not in run(*words_of(command, GONE, tmp_path)).err


@by_name(THAT_CALL)
def test_a_deployment_whose_systems_are_called_is_deployed(
    run: Run, url: str, tmp_path: Path, command: argparse.ArgumentParser
) -> None:
    """Traces do not tell which connections to use."""
    Database(url).audit(GONE, "suppliers", "run 1").note("S1", "sent", {})
    said = run(*words_of(command, GONE, tmp_path))
    assert said.code == 2
    assert f"no deployment is called '{GONE}'; did you mean 'cin7_qad'?" in said.err


def test_what_has_left_traces_is_suggested(run: Run, url: str) -> None:
    """By what has run, or has code maps."""
    Database(url).code_maps(GONE).import_text("account", "cin7_code,partner_code\n1,2\n", author="me")
    assert f"did you mean '{GONE}'?" in run("held", "cin7_qad__gome").err


def test_a_deployment_is_known_before_its_first_run(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the files in Airflow's DAG folder, also with a mistake or not enabled; or by the one that is named."""
    folder = tmp_path / "dags" / "group"
    folder.mkdir(parents=True)
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(folder.parent))
    text = "deployments: [{pair: cin7_qad, tenant: nz, enabled: false}, {pair: cin7_qad, tenant: au, flows: [wrong]}]"
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    (folder.parent / FILE_NAME).write_text("deployments: [", encoding="utf-8")
    assert [run("held", name).code for name in ("cin7_qad", "cin7_qad__nz", "cin7_qad__au")] == [2, 0, 0]
    named = tmp_path / "named.yaml"
    named.write_text("deployments: [{pair: cin7_qad, tenant: uk}]", encoding="utf-8")
    monkeypatch.setenv(ENVIRONMENT, str(named))
    assert [run("held", name).code for name in ("cin7_qad", "cin7_qad__nz", "cin7_qad__uk")] == [2, 2, 0]


@by_name(THAT_CALL)
def test_systems_are_called_as_the_file_in_the_dag_folder_says(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: argparse.ArgumentParser
) -> None:
    """Not as the package's own, which knows no tenants; what is wrong there is told, and what is not enabled."""
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(tmp_path))
    file = tmp_path / FILE_NAME
    (tmp_path / "group").mkdir()
    (tmp_path / "group" / FILE_NAME).write_text("deployments: [", encoding="utf-8")
    entry = "{pair: cin7_qad, tenant: nz, connections: {cin7: of_nz, qad: of_nz_too}%s}"
    for more, wanted in (
        ("", "there is no connection 'of_nz"),
        (", enabled: false", f"cin7_qad__nz is not enabled in {file}"),
        (", flows: [supplier]", "flows: unknown 'supplier'; did you mean 'suppliers'?"),
    ):
        file.write_text(f"deployments: [{entry % more}]", encoding="utf-8")
        said = run(*words_of(command, "cin7_qad__nz", tmp_path))
        assert wanted in said.err + said.out


@by_name(naming("flows"))
def test_a_flow_that_the_deployment_has_not_ends_with_two(
    run: Run, tmp_path: Path, command: argparse.ArgumentParser
) -> None:
    """Before any system is asked."""
    said = run(*words_of(command, "cin7_qad", tmp_path), "--flows", "suppliers", "good_receipts")
    assert (said.code, said.out) == (2, "")
    assert "cin7_qad has no flow 'good_receipts'; did you mean 'goods_receipts'?" in said.err

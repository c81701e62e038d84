"""The command ``ml-connector``: code maps, held documents and the database, wherever the database can be reached."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from ml_connector.domain.errors import SyncError
from ml_connector.mapping.codemap import MAP_NAMES
from ml_connector.store.codemap_csv import csv_text
from ml_connector.store.database import Database
from ml_connector.sync.accounts import AccountComparison, AccountDifference

URL_VARIABLE = "ML_CONNECTOR_DB"


def main(argv: list[str] | None = None) -> int:
    """Run one command; return 0, or 1 with the reason on standard error."""
    asked = _parser().parse_args(argv)
    try:
        database = Database(_url(asked.db))
        database.migrate()
        command: Callable[[Database, argparse.Namespace], int] = asked.command
        return command(database, asked)
    except (SyncError, OSError) as error:
        print(f"ml-connector: {error}", file=sys.stderr)
        return 1


def _url(given: str | None) -> str:
    if given or os.environ.get(URL_VARIABLE):
        return given or os.environ[URL_VARIABLE]
    home = Path(os.environ.get("AIRFLOW_HOME") or "~/airflow").expanduser().resolve()
    return f"sqlite:///{home / 'ml_connector.db'}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ml-connector", description="Code maps, held documents, database.")
    parser.add_argument(
        "--db", help=f"URL of the connector's database (default: ${URL_VARIABLE}, else $AIRFLOW_HOME/ml_connector.db)"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    maps = commands.add_parser("maps", help="code maps").add_subparsers(required=True, metavar="ACTION")
    for name, what, command in (
        ("import", "read account.csv, item.csv, … of a folder into a deployment's maps", _import),
        ("export", "write a deployment's maps into a folder, one CSV file each", _export),
    ):
        action = maps.add_parser(name, help=what)
        action.add_argument("deployment", help="DAG id, e.g. acumatica_cin7")
        action.add_argument("folder", type=Path)
        action.set_defaults(command=command)
    held = commands.add_parser("held", help="documents that are held or wait, and why")
    held.add_argument("deployment", help="DAG id, e.g. acumatica_cin7")
    held.add_argument("--json", action="store_true", help="one JSON array instead of text")
    held.set_defaults(command=_held)
    accounts = commands.add_parser("accounts", help="how the two charts of accounts differ, as last compared")
    accounts.add_argument("deployment", help="DAG id, e.g. infor_cin7")
    accounts.add_argument("--csv", action="store_true", help="comma-separated values instead of a summary")
    accounts.set_defaults(command=_accounts)
    db = commands.add_parser("db", help="the database").add_subparsers(required=True, metavar="ACTION")
    db.add_parser("migrate", help="make or update the tables; safe to repeat").set_defaults(command=_migrate)
    return parser


def _import(database: Database, asked: argparse.Namespace) -> int:
    maps = database.code_maps(asked.deployment)
    files = [path for name in MAP_NAMES if (path := asked.folder / f"{name}.csv").exists()]
    if not files:
        print(f"ml-connector: {asked.folder} holds none of {', '.join(MAP_NAMES)} (.csv)", file=sys.stderr)
        return 1
    for path in files:
        done = maps.import_csv(path.stem, path, author=getpass.getuser())
        print(f"{path.stem}: {done.added} added, {done.changed} changed, {done.unchanged} unchanged")
    return 0


def _export(database: Database, asked: argparse.Namespace) -> int:
    maps = database.code_maps(asked.deployment)
    asked.folder.mkdir(parents=True, exist_ok=True)
    for name in MAP_NAMES:
        (asked.folder / f"{name}.csv").write_text(maps.export_csv(name), encoding="utf-8")
    print(f"{len(MAP_NAMES)} maps written to {asked.folder}")
    return 0


def _held(database: Database, asked: argparse.Namespace) -> int:
    parked = database.held(asked.deployment)
    if asked.json:
        rows = [
            {
                "flow": one.flow, "key": one.key, "label": one.label, "outcome": one.outcome.value,
                "money": str(one.money or ""), "since": one.since.isoformat() if one.since else None,
                "findings": [finding.model_dump(mode="json") for finding in one.findings],
            }
            for one in parked
        ]  # fmt: skip
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    for one in parked:
        money = f", {one.money}" if one.money else ""
        print(f"{one.flow}: {one.label} ({one.outcome.value}{money}; key {one.key})")
        for finding in one.findings:
            print(f"    {finding.message} {finding.next_step}")
    print(f"{len(parked)} documents held or waiting")
    return 0


def _accounts(database: Database, asked: argparse.Namespace) -> int:
    noted = database.latest_note(asked.deployment, "gl_account", "accounts compared")
    if noted is None:
        print(f"ml-connector: the charts of accounts of {asked.deployment} were not compared yet", file=sys.stderr)
        return 1
    at, found = noted[0], AccountComparison.model_validate(noted[1])
    if asked.csv:
        print(csv_text([one.model_dump() for one in found.differences], list(AccountDifference.model_fields)), end="")
        return 0
    print(f"compared {at:%Y-%m-%d %H:%M} UTC: {found.partner} {found.partner_accounts}, cin7 {found.cin7_accounts}")
    for what, number in found.counts().items():
        print(f"{number:6} {what}")
    return 0


def _migrate(database: Database, _asked: argparse.Namespace) -> int:
    print(f"database is at version {database.check()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

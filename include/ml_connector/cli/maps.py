"""``ml-connector maps``: a deployment's code maps in and out, one CSV file each."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from ml_connector.cli.database import opened
from ml_connector.mapping.codemap import MAP_NAMES


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    actions = commands.add_parser("maps", help="code maps").add_subparsers(required=True, metavar="ACTION")
    for name, what, command in (
        ("import", "read account.csv, item.csv, … of a folder into a deployment's maps", _import),
        ("export", "write a deployment's maps into a folder, one CSV file each", _export),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("deployment", help="DAG id, e.g. acumatica_cin7")
        action.add_argument("folder", type=Path)
        action.set_defaults(command=command)


def _import(asked: argparse.Namespace) -> int:
    maps = opened(asked).code_maps(asked.deployment)
    files = [path for name in MAP_NAMES if (path := asked.folder / f"{name}.csv").exists()]
    if not files:
        print(f"ml-connector: {asked.folder} holds none of {', '.join(MAP_NAMES)} (.csv)", file=sys.stderr)
        return 1
    for path in files:
        done = maps.import_csv(path.stem, path, author=getpass.getuser())
        print(f"{path.stem}: {done.added} added, {done.changed} changed, {done.unchanged} unchanged")
    return 0


def _export(asked: argparse.Namespace) -> int:
    maps = opened(asked).code_maps(asked.deployment)
    asked.folder.mkdir(parents=True, exist_ok=True)
    for name in MAP_NAMES:
        (asked.folder / f"{name}.csv").write_text(maps.export_csv(name), encoding="utf-8")
    print(f"{len(MAP_NAMES)} maps written to {asked.folder}")
    return 0

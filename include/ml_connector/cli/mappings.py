"""``ml-connector mappings``: a deployment's code maps in and out, one CSV file each."""

from __future__ import annotations

import argparse
import getpass
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ml_connector.cli.command import Exit, add, print_json, takes_pair
from ml_connector.cli.database import opened_for
from ml_connector.domain.errors import ConfigurationError
from ml_connector.mapping.codemap import MAP_NAMES
from ml_connector.store.codemap_csv import read_rows


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    group = commands.add_parser("mappings", aliases=["maps"], help="code maps")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    importing = add(
        actions, "import", _import,
        text="read account.csv, item.csv, … of a folder into a deployment's maps",
        json="one object: maps, with added, changed, removed, unchanged and blank entries of each map",
    )  # fmt: skip
    exporting = add(
        actions, "export", _export,
        text="write a deployment's maps into a folder, one CSV file each",
        json="one object: folder, and maps with the number of rows of each; the maps themselves are CSV in any case",
    )  # fmt: skip
    for action in (importing, exporting):
        takes_pair(action)
        action.add_argument("folder", metavar="FOLDER", type=Path, help="where the files are")


def _import(asked: argparse.Namespace) -> Exit:
    maps = opened_for(asked).code_maps(asked.deployment)
    files = [path for name in MAP_NAMES if (path := asked.folder / f"{name}.csv").exists()]
    if not files:
        raise ConfigurationError(f"{asked.folder} holds none of {', '.join(MAP_NAMES)} (.csv)")
    done = {path.stem: maps.import_csv(path.stem, path, author=getpass.getuser()) for path in files}
    if asked.json:
        print_json({"maps": {name: asdict(one) for name, one in done.items()}})
        return Exit.DONE
    for name, one in done.items():
        print(f"{name}: {one.added} added, {one.changed} changed, {one.unchanged} unchanged")
    return Exit.DONE


def _export(asked: argparse.Namespace) -> Exit:
    maps = opened_for(asked).code_maps(asked.deployment)
    asked.folder.mkdir(parents=True, exist_ok=True)
    rows = {}
    for name in MAP_NAMES:
        text = maps.export_csv(name)
        (asked.folder / f"{name}.csv").write_text(text, encoding="utf-8")
        rows[name] = len(read_rows(text, name))
    if asked.json:
        print_json({"folder": str(asked.folder), "maps": rows})
    else:
        print(f"{len(rows)} maps written to {asked.folder}")
    return Exit.DONE

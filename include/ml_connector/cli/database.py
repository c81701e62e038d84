"""``ml-connector db``, and how every command finds the connector's database."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from ml_connector.orchestration.fernet import fernet_keys
from ml_connector.store.database import Database

URL_VARIABLE = "ML_CONNECTOR_DB"


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    db = commands.add_parser("db", help="the database").add_subparsers(required=True, metavar="ACTION")
    db.add_parser("migrate", help="make or update the tables; safe to repeat").set_defaults(command=_migrate)
    rotate = db.add_parser("rotate-keys", help="seal all documents with the newest Fernet key; safe to repeat")
    rotate.set_defaults(command=_rotate_keys)


def opened(asked: argparse.Namespace) -> Database:
    """Return the connector's database, brought up to date.

    Raises:
        SyncError: it did not answer, or is newer than this code.
    """
    database = Database(_url(asked.db), keys=fernet_keys())
    database.migrate()
    return database


def _url(given: str | None) -> str:
    if given or os.environ.get(URL_VARIABLE):
        return given or os.environ[URL_VARIABLE]
    home = Path(os.environ.get("AIRFLOW_HOME") or "~/airflow").expanduser().resolve()
    return f"sqlite:///{home / 'ml_connector.db'}"


def _migrate(asked: argparse.Namespace) -> int:
    print(f"database is at version {opened(asked).check()}")
    return 0


def _rotate_keys(asked: argparse.Namespace) -> int:
    done = opened(asked).rotate_keys(print)
    altered = [one for one in done if one.altered]
    for one in altered:
        print(f"{one.table}: {one.altered} rows were altered or cut short and cannot be opened; they are left alone")
    print(
        f"{sum(one.rows for one in done)} rows sealed anew; everything that can be opened is sealed with the newest key"
    )
    return 1 if altered else 0

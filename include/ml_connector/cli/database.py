"""``ml-connector db``, and how every command finds the connector's database."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from ml_connector.store.database import Database

URL_VARIABLE = "ML_CONNECTOR_DB"


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    db = commands.add_parser("db", help="the database").add_subparsers(required=True, metavar="ACTION")
    db.add_parser("migrate", help="make or update the tables; safe to repeat").set_defaults(command=_migrate)


def opened(asked: argparse.Namespace) -> Database:
    """Return the connector's database, brought up to date.

    Raises:
        SyncError: it did not answer, or is newer than this code.
    """
    database = Database(_url(asked.db))
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

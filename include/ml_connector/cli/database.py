"""``ml-connector db``, and how every command finds the connector's database."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine, exists, or_, select

from ml_connector.cli.aside import airflow_aside
from ml_connector.cli.command import Exit, add, note, print_json
from ml_connector.cli.deployed import files, names
from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration.deployments import suggestion
from ml_connector.orchestration.fernet import fernet_keys
from ml_connector.orchestration.wiring import database_url
from ml_connector.store.database import Database
from ml_connector.store.engine import reading
from ml_connector.store.tables import code_map, metadata, run_flow

URL_VARIABLE = "ML_CONNECTOR_DB"
WHERE = (
    f"URL of the connector's database (default: ${URL_VARIABLE}, else the one that the tasks use: "
    "the connection ml_connector_db, else $AIRFLOW_HOME/ml_connector.db)"
)


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    db = commands.add_parser("db", help="the connector's database").add_subparsers(required=True, metavar="ACTION")
    add(db, "migrate", _migrate, text="make or update the tables; safe to repeat", json="one object: version")
    add(
        db, "rotate-keys", _rotate_keys,
        text="seal all documents with the newest Fernet key; safe to repeat",
        json="one object: rows sealed anew, and altered, table by table",
        found="rows were altered or cut short; they are left alone",
    )  # fmt: skip
    purge = add(
        db, "purge", _purge,
        text="delete content of documents that is older than so many days; see keep_days of a deployment",
        json="one object: runs, staged_documents, source_records, payloads, differences, call_bodies; how many went",
    )  # fmt: skip
    purge.add_argument("days", type=int, metavar="DAYS")
    purge.add_argument("--dag", dest="deployment", metavar="PAIR", help="of this deployment only")


def opened(asked: argparse.Namespace) -> Database:
    """Return the connector's database, brought up to date.

    Raises:
        SyncError: it did not answer, or is newer than this code.
    """
    with airflow_aside():
        url = asked.db or os.environ.get(URL_VARIABLE) or database_url()
        database = Database(url, keys=fernet_keys())
    database.migrate()
    return database


def opened_for(asked: argparse.Namespace) -> Database:
    """Return the database, brought up to date, for a command about one deployment, or about all where it names none.

    Raises:
        SyncError: the database did not answer; or none is deployed by that name, and none has left traces in it.
    """
    database, name = opened(asked), asked.deployment
    if name is None or _has_traces(database.engine, name):
        return database
    deployed = names()
    if name not in deployed:
        known = deployed | _with_runs_or_maps(database.engine)
        where = f"in {', '.join(map(str, files()))}, and none has left traces in the database"
        raise ConfigurationError(f"no deployment is called {name!r}{suggestion(name, known)} ({where})")
    return database


def _has_traces(engine: Engine, name: str) -> bool:
    of_one = [table.c.deployment == name for table in metadata.sorted_tables if "deployment" in table.c]
    with reading(engine) as connection:
        return bool(connection.scalar(select(or_(*(exists().where(one) for one in of_one)))))


def _with_runs_or_maps(engine: Engine) -> set[str]:
    """Return the deployments that have run, or have code maps: the likely ones, to be suggested."""
    names = [select(table.c.deployment).distinct() for table in (run_flow, code_map)]
    with reading(engine) as connection:
        return {name for query in names for name in connection.scalars(query)}


def _migrate(asked: argparse.Namespace) -> Exit:
    version = opened(asked).check()
    if asked.json:
        print_json({"version": version})
    else:
        print(f"database is at version {version}")
    return Exit.DONE


def _rotate_keys(asked: argparse.Namespace) -> Exit:
    done = opened(asked).rotate_keys(lambda line: note(asked, line))
    altered = {one.table: one.altered for one in done if one.altered}
    rows = sum(one.rows for one in done)
    if asked.json:
        print_json({"rows": rows, "altered": altered})
        return Exit.FOUND if altered else Exit.DONE
    for table, number in altered.items():
        print(f"{table}: {number} rows were altered or cut short and cannot be opened; they are left alone")
    print(f"{rows} rows sealed anew; everything that can be opened is sealed with the newest key")
    return Exit.FOUND if altered else Exit.DONE


def _purge(asked: argparse.Namespace) -> Exit:
    if asked.days < 1:
        raise ConfigurationError("give a whole number of days, 1 or more")
    gone = opened_for(asked).purge(asked.days, asked.deployment)
    if asked.json:
        print_json(asdict(gone))
    else:
        print(f"older than {asked.days} days and deleted: {gone}")
    return Exit.DONE

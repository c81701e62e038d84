"""The command where Airflow is: what it takes from Airflow's own database, and as a command of Airflow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.models.connection import Connection
from airflow.utils.session import create_session
from dag_world import PAIR, World
from sqlalchemy import delete

from ml_connector.store.database import Database

BIN = Path(sys.executable).parent
ENTRIES = [[str(BIN / "airflow"), "ml-connector"], [sys.executable, "-m", "ml_connector.cli"]]


@pytest.fixture
def connections(world: World) -> Iterator[None]:
    """Put the connections into Airflow's own database; the environment has none of them."""
    elsewhere = {"conn_type": "sqlite", "host": str(world.home / "elsewhere.db")}
    wanted = {**{name.lower(): value for name, value in world.connections().items()}, "ml_connector_db": elsewhere}
    with create_session() as session:
        for name, value in wanted.items():
            session.add(Connection(conn_id=name, **{**value, "extra": json.dumps(value.get("extra", {}))}))
    yield
    with create_session() as session:
        session.execute(delete(Connection).where(Connection.conn_id.in_(list(wanted))))


@pytest.mark.parametrize("entry", ENTRIES, ids=["airflow", "python"])
def test_it_uses_airflows_connections_and_the_tasks_database(world: World, connections: None, entry: list[str]) -> None:
    """Both systems are reached; standard output is the result alone; the exit code is the command's."""

    def run(*words: str) -> tuple[int, Any]:
        hidden = ("AIRFLOW_CONN_", "ML_CONNECTOR_DB")
        env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        done = subprocess.run([*entry, *words, "--json"], env=env, capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout or done.stderr.splitlines()[-1])

    code, told = run("check", PAIR, "--pairs", str(world.pairs))
    assert (code, told["ready"]) == (0, True), told
    assert all(system["reached"] for system in told["systems"].values())
    assert Database(f"sqlite:///{world.home / 'elsewhere.db'}").check()
    code, told = run("check", "sap_cin7")
    assert (code, told["error"]) == (2, "ConfigurationError")


def test_a_connection_that_is_not_there_is_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """With where to create it; without a traceback."""
    told = json.loads(world.pairs.read_text(encoding="utf-8"))
    told["deployments"][0]["connections"] = {"cin7": "cin7_nz"}
    world.pairs.write_text(json.dumps(told), encoding="utf-8")
    from ml_connector.cli import main

    assert main(["check", PAIR]) == 3
    assert "there is no connection 'cin7_nz': create it under Admin → Connections" in capsys.readouterr().out

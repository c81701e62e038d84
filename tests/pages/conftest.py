"""The pages over a real database, with stand-ins for Airflow's log-in and scheduler alone.

Set ``ML_CONNECTOR_TEST_POSTGRES`` to the URL of a PostgreSQL whose user may create schemas to try them on that instead.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request
from starlette.applications import Starlette
from starlette.routing import Mount

sys.path.insert(0, str(Path(__file__).parent))

from page_world import PEOPLE, POSTGRES, Scheduler, World, postgres_schema

from ml_connector.operator_ui.app import create_app
from ml_connector.operator_ui.desk import Desk
from ml_connector.operator_ui.pairs import known_pairs
from ml_connector.orchestration.deployments import Deployment
from ml_connector.store.database import Database
from ml_connector_sandbox.core.server import serve


def sign_in(request: Request) -> None:
    """Take the bearer token for the person's name."""
    name = request.headers.get("authorization", "").removeprefix("Bearer ")
    if name not in PEOPLE:
        raise HTTPException(401, "Not authenticated")
    request.state.visitor = PEOPLE[name]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied: quicker than to migrate for each test."""
    path = tmp_path_factory.mktemp("made") / "pages.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.engine.dispose()  # all is in the file itself once nobody has it open
    return path


@pytest.fixture
def world(tmp_path: Path, made: Path) -> Iterator[World]:
    """A migrated database, to be filled through the connector's own store."""
    if POSTGRES:
        with postgres_schema() as url:
            database = Database(url)
            database.migrate()
            yield clocked(database)
            database.engine.dispose()
        return
    path = tmp_path / "pages.db"
    shutil.copy(made, path)
    database = Database(f"sqlite:///{path}")
    yield clocked(database)
    database.engine.dispose()


def clocked(database: Database) -> World:
    """Return a world over the database, both with one clock."""
    world = World(database)
    database.now = world.clock
    return world


@pytest.fixture
def scheduler() -> Scheduler:
    """Airflow's side."""
    return Scheduler()


@pytest.fixture
def app(world: World, scheduler: Scheduler) -> FastAPI:
    """The pages."""
    pairs = (Deployment(pair="acumatica_cin7"), Deployment(pair="ifs_cin7"))
    return create_app(
        Desk(
            database=lambda: world.database,
            pairs=lambda: known_pairs(pairs, world.database.engine),
            airflow=scheduler,
            secret=b"s" * 32,
            home="/airflow/",
            now=world.clock,
        ),
        sign_in,
    )


@pytest.fixture
def browse(app: FastAPI) -> Iterator[Callable[[str], httpx.Client]]:
    """Return a client that is signed in as somebody, "" for nobody; mounted and served as Airflow does."""
    clients: list[httpx.Client] = []
    with serve(Starlette(routes=[Mount("/airflow/ml-connector", app)])) as server:

        def client(name: str = "mia") -> httpx.Client:
            headers = {"authorization": f"Bearer {name}"} if name else {}
            clients.append(httpx.Client(base_url=f"{server.url}/airflow/ml-connector", headers=headers))
            return clients[-1]

        yield client
        for one in clients:
            one.close()

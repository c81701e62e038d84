"""The databases the store is tried on: a SQLite file always, PostgreSQL where one is given.

Set ``ML_CONNECTOR_TEST_POSTGRES`` to a URL whose user may create schemas.
"""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "sync")]

from engine_runs import DEPLOYMENT, Watched
from store_samples import Clock
from sync_world import World, order

from ml_connector.mapping.links import SupplierLink
from ml_connector.store.database import Database
from ml_connector.store.engine import engine_for, writing

KEY = "a key of these tests"
POSTGRES = os.environ.get("ML_CONNECTOR_TEST_POSTGRES", "")


@pytest.fixture(params=["sqlite", "postgres"] if POSTGRES else ["sqlite"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    schema = f"mlc_test_{uuid.uuid4().hex}"
    admin = engine_for(POSTGRES)
    with writing(admin) as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    url = make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={schema}"})
    yield url.render_as_string(hide_password=False)
    with writing(admin) as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()


@pytest.fixture
def clock() -> Clock:
    """A clock that moves only when told."""
    return Clock()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied: quicker than to migrate for each test."""
    path = tmp_path_factory.mktemp("made") / "store.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.engine.dispose()  # fixtures of a session are made before those that see to it
    return path


@pytest.fixture
def database(empty_url: str, made: Path, clock: Clock) -> Iterator[Database]:
    """A migrated database whose documents are sealed."""
    url = make_url(empty_url)
    if url.get_backend_name() == "sqlite":
        shutil.copy(made, str(url.database))
    database = Database(empty_url, now=clock.now, keys=[KEY])
    database.migrate()
    yield database
    database.engine.dispose()


@pytest.fixture
def world(database: Database) -> World:
    """A source with one order of a linked supplier."""
    database.links(DEPLOYMENT).add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    world = World()
    world.source.documents = [order()]
    return world


@pytest.fixture(autouse=True)
def _unwatched() -> Iterator[None]:
    yield
    Watched.at = staticmethod(lambda _boundary: None)

"""Running simulators; puts this folder's worlds on the path."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_connector.store.database import Database
from ml_connector_sandbox import cin7, qad
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve

sys.path.insert(0, str(Path(__file__).parent))

from pair_world import PairWorld
from qad_world import World

MEMORY = Path("/dev/shm")  # where there is one: a database that waits for the disk at each commit is slow


@pytest.fixture(scope="session")
def qad_url() -> Iterator[str]:
    with serve(build(qad.simulator())) as server:
        yield server.url


@pytest.fixture(scope="session")
def cin7_url() -> Iterator[str]:
    with serve(build(cin7.simulator())) as server:
        yield server.url


@pytest.fixture(name="qad")
def fresh_qad(qad_url: str) -> World:
    """A fresh tenant."""
    world = World(qad_url)
    world.sim("POST", "reset")
    return world


@pytest.fixture(scope="session")
def empty_database() -> Iterator[Path]:
    """A database of the connector with its tables."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        database = Database(f"sqlite:///{folder}/empty.sqlite")
        database.migrate()
        database.engine.dispose()
        yield Path(folder) / "empty.sqlite"


@pytest.fixture
def pair(cin7_url: str, qad: World, empty_database: Path) -> Iterator[PairWorld]:
    """Both systems with one supplier, and an empty database."""
    with tempfile.TemporaryDirectory(dir=empty_database.parent) as folder:
        path = shutil.copy(empty_database, Path(folder) / "connector.sqlite")
        world = PairWorld(cin7_url, qad, Database(f"sqlite:///{path}", now=lambda: world.today))
        world.cin7("POST", "reset")
        world.begin()
        yield world
        world.database.engine.dispose()

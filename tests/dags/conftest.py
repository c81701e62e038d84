"""A real Airflow with its own SQLite database, and simulators of both systems for the DAGs to talk to."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

MEMORY = Path("/dev/shm")  # where there is one: two databases that wait for the disk at each commit are slow
HOME = Path(tempfile.mkdtemp(prefix="ml-connector-airflow-", dir=MEMORY if MEMORY.is_dir() else None))
os.environ["AIRFLOW_HOME"] = str(HOME)  # Airflow reads it once, when it is first imported
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(Path(__file__).resolve().parents[2] / "dags")

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import airflow.sdk  # noqa: F401
    from airflow.utils.db import initdb

sys.path.insert(0, str(Path(__file__).parent))

from dag_world import World, worlds

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Airflow's own deprecations are not ours to mend."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("default"))


@pytest.fixture(scope="session")
def airflow_home() -> Iterator[Path]:
    """The home of an Airflow whose database is ready."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        initdb()
    yield HOME
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def _world(airflow_home: Path) -> Iterator[World]:
    with worlds(airflow_home) as made:
        yield made


@pytest.fixture
def world(_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Both systems with a small world each, and an empty connector database."""
    _world.begin(monkeypatch)
    return _world

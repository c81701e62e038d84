"""Marks of all tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, Engine, event

sys.path.insert(0, str(Path(__file__).parent))  # what tests of several folders share

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # no test depends on how quick or busy the machine is


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks that pyproject.toml does not list."""
    config.addinivalue_line("markers", "e2e_short: the end-to-end tests that `make test` runs too")


@pytest.fixture(autouse=True)
def close_databases() -> Iterator[None]:
    """Close the databases that a test uses; from Python 3.13 on one that is left open is a warning."""
    used: set[Engine] = set()

    def note(connection: Connection) -> None:
        used.add(connection.engine)

    event.listen(Engine, "engine_connect", note)
    yield
    event.remove(Engine, "engine_connect", note)
    for engine in used:
        engine.dispose()

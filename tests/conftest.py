"""Marks of all tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from ml_connector.store.database import Database

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # no test depends on how quick or busy the machine is


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks that pyproject.toml does not list."""
    config.addinivalue_line("markers", "e2e_short: the end-to-end tests that `make test` runs too")


@pytest.fixture(autouse=True)
def close_databases(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the databases that a test opens; from Python 3.13 on one that is left open is a warning."""
    made: list[Database] = []
    create = Database.__init__

    def noted(self: Database, *args: Any, **more: Any) -> None:
        create(self, *args, **more)
        made.append(self)

    monkeypatch.setattr(Database, "__init__", noted)
    yield
    for database in made:
        database.engine.dispose()

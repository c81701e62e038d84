"""A running simulator of IFS Cloud; puts this folder's world on the path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.ifs import simulator

sys.path.insert(0, str(Path(__file__).parent))

from ifs_world import World, seeded


@pytest.fixture(scope="session")
def ifs_url() -> Iterator[str]:
    """One simulator for all tests of this folder."""
    with serve(build(simulator())) as server:
        yield server.url


@pytest.fixture
def ifs(ifs_url: str) -> World:
    """The simulator as new, with a few suppliers and orders."""
    made = World(ifs_url)
    made.sim("POST", "reset")
    made.sim("PATCH", "settings", {"requests_per_minute": 0})
    seeded(made)
    return made

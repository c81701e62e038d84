"""A running simulator of SYSPRO; puts this folder's world on the path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.syspro import simulator

sys.path.insert(0, str(Path(__file__).parent))

from syspro_world import World


@pytest.fixture(scope="session")
def syspro_url() -> Iterator[str]:
    """One simulator for all tests of this folder."""
    with serve(build(simulator())) as server:
        yield server.url


@pytest.fixture
def site(syspro_url: str) -> Iterator[World]:
    """The simulator as new, its clock stopped."""
    made = World(syspro_url)
    made.sim("POST", "reset")
    made.sim("POST", "clock", {"set": made.clock.now().isoformat(), "speed": 0})
    yield made
    made.close()

"""A running simulator of QAD; puts this folder's world on the path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.qad import simulator

sys.path.insert(0, str(Path(__file__).parent))

from qad_world import World


@pytest.fixture
def qad() -> Iterator[World]:
    with serve(build(simulator())) as server:
        yield World(server.url)

"""Every bench of this folder on a running simulator; puts the folder on the path."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bench import Bench
from deliveries import Case
from workers import bury

from ml_connector.store.database import Database
from ml_connector.transport.answer import Answer, decode
from ml_connector.transport.looks import Looks
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve

MEMORY = Path("/dev/shm")  # where there is one: a database that waits for the disk at each commit is slow


@pytest.fixture(scope="session")
def bench_of() -> Iterator[Callable[[type[Bench]], Bench]]:
    """Each bench with its simulator, started when it is first asked for."""
    running: dict[type[Bench], Bench] = {}
    with ExitStack() as stack:

        def started(vendor: type[Bench]) -> Bench:
            if vendor not in running:
                url = stack.enter_context(serve(build(vendor.simulator()))).url
                running[vendor] = vendor(url)
                stack.callback(running[vendor].control.close)
            return running[vendor]

        yield started


@pytest.fixture(autouse=True)
def answers_are_handed_on_as_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody changes what was read: within a step the same answer is read twice (ADR 0012)."""
    take = Looks.take

    def checked(self: Looks[Any], question: Hashable) -> Any:
        known = take(self, question)
        if isinstance(known, Answer):
            assert known.data == decode(known.text.encode()), f"{known.url} was changed by who read it first"
        return known

    monkeypatch.setattr(Looks, "take", checked)


@pytest.fixture(scope="session")
def empty_database() -> Iterator[Path]:
    """A database of the connector with its tables, in a folder that is quick."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        path = Path(folder) / "empty.sqlite"
        database = Database(f"sqlite:///{path}")
        database.migrate()
        database.engine.dispose()
        yield path


@pytest.fixture
def case(
    request: pytest.FixtureRequest, bench_of: Callable[[type[Bench]], Bench], empty_database: Path
) -> Iterator[Case]:
    """A kind on a fresh bench; see `cases`."""
    vendor, kind = request.param
    bench = bench_of(vendor)
    bench.fresh()
    with tempfile.TemporaryDirectory(dir=empty_database.parent) as folder:
        yield Case(bench, kind, empty_database, Path(folder))
    bury()

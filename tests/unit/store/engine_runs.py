"""Runs of the engine over the real database, watched at every commit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))

from store_samples import Variables
from sync_world import World

from ml_connector.domain.status import Progress
from ml_connector.store.database import Database
from ml_connector.store.journal import SqlJournal
from ml_connector.sync import watermark
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.run import FlowRun
from ml_connector.sync.stores import Entry
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowRequest, plan

DEPLOYMENT = "acumatica_cin7"


class Watched(SqlJournal):
    """The journal; `at` is called after every commit and may raise."""

    at: Callable[[str], None] = staticmethod(lambda _boundary: None)

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        with super().lock(key):
            yield
        Watched.at("left")

    def advance(self, key: str, progress: Progress, **given: Any) -> Entry:
        entry = super().advance(key, progress, **given)
        Watched.at(f"journal:{progress.value}")
        return entry

    def conclude(self, key: str, outcome: Any, **given: Any) -> None:
        super().conclude(key, outcome, **given)
        Watched.at(f"journal:{outcome.value}")


def a_run(world: World, database: Database, variables: Variables, run_id: str) -> FlowRun:
    flow = world.flow.name
    audit = database.audit(DEPLOYMENT, flow, run_id)
    return replace(
        world.run(run_id=run_id),
        staging=database.staging(DEPLOYMENT, flow, run_id),
        journal=Watched(database.engine, DEPLOYMENT, flow, run_id, audit, database.now),
        reverse_journal=None,
        links=database.links(DEPLOYMENT),
        code_maps=database.code_maps(DEPLOYMENT),
        audit=audit,
        watermarks=database.watermarks(DEPLOYMENT, flow, run_id, variables),
    )


def whole_run(run: FlowRun) -> None:
    window = plan(run, request=WindowRequest())
    extract(run, window)
    validate(run)
    load(run)
    watermark.record(run, window)


def watch(world: World, at: Callable[[str], None]) -> None:
    world.target.at = at
    Watched.at = staticmethod(at)

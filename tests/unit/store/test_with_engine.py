"""The sync engine over the real database: what a killed worker leaves is enough to go on."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))

from fakes import Killed, World, order
from store_samples import Clock, Variables

from ml_connector.domain.reference import Reference
from ml_connector.domain.status import Outcome, Progress, TargetStatus
from ml_connector.mapping.links import SupplierLink
from ml_connector.store.database import Database
from ml_connector.store.journal import SqlJournal
from ml_connector.sync import watermark
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.reconcile import reconcile
from ml_connector.sync.run import FlowRun
from ml_connector.sync.stores import Entry
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowRequest, plan

DEPLOYMENT = "acumatica_cin7"


class Watched(SqlJournal):
    """The journal; `at` is called after every commit and may raise."""

    at: Callable[[str], None] = staticmethod(lambda _boundary: None)

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


@pytest.fixture
def world(database: Database) -> World:
    """A source with one order of a linked supplier."""
    database.links(DEPLOYMENT).add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    world = World()
    world.source.documents = [order()]
    return world


def watch(world: World, at: Callable[[str], None]) -> None:
    world.target.at = at
    Watched.at = staticmethod(at)


@pytest.fixture(autouse=True)
def _unwatched() -> Any:
    yield
    Watched.at = staticmethod(lambda _boundary: None)


def boundaries(database: Database, world: World) -> list[str]:
    seen: list[str] = []
    watch(world, seen.append)
    whole_run(a_run(world, database, Variables(), "r"))
    return seen


def test_wherever_a_worker_is_killed_the_next_run_ends_with_one_record(
    database: Database, world: World, tmp_path: Path
) -> None:
    """After a kill at any boundary the next scheduled run, without anything cleared, leaves one record."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("the database is copied for each boundary")
    clean = tmp_path / "clean.db"
    database.engine.dispose()  # all is in the file itself once nobody has it open
    shutil.copy(str(database.engine.url.database), clean)
    names = boundaries(database, world)
    assert len(names) > 8
    for index, name in enumerate(names):
        path = tmp_path / f"{index}.db"
        shutil.copy(clean, path)
        killed = World()
        killed.source.documents = [order()]
        killed_at(index, killed, Database(f"sqlite:///{path}", now=killed.clock.now), name)


def killed_at(index: int, world: World, database: Database, name: str) -> None:
    count = -1

    def die(_boundary: str) -> None:
        nonlocal count
        count += 1
        if count == index:
            raise Killed

    variables = Variables()
    watch(world, die)
    with pytest.raises(Killed):
        whole_run(a_run(world, database, variables, "killed"))
    watch(world, lambda _boundary: None)
    next_run = a_run(world, database, variables, "next")
    whole_run(next_run)
    assert [record.status for record in world.target.records.values()] == [TargetStatus.AUTHORISED], name
    assert (world.target.creates, len(world.target.authorisations)) == (1, 1), name
    assert reconcile([next_run], deployment="d", run_id="r").agree, name
    assert next_run.watermarks.current() == order().modified_at


def test_what_is_delivered_while_another_run_validates_is_not_held_by_it(
    database: Database, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that waited for the target's books with an older state does not put it over the one delivered since."""
    world.source.documents = [order(supplier="unknown")]
    behind = a_run(world, database, Variables(), "behind")
    extract(behind, plan(behind, request=WindowRequest()))
    clock.time += dt.timedelta(minutes=1)
    world.source.documents = [order(net="80")]
    books = world.target.reference

    def slowly(kinds: Collection[str]) -> Reference:
        monkeypatch.undo()
        whole_run(a_run(world, database, Variables(), "ahead"))
        return books(kinds)

    monkeypatch.setattr(world.target, "reference", slowly)
    assert validate(behind)["unchanged"] == 1
    entry = behind.journal.entry("K-PO-1")
    assert (entry.progress, entry.outcome) == (Progress.VERIFIED, Outcome.CREATED)
    assert entry.money is not None
    assert entry.money.amount == 80
    assert list(behind.journal.open_documents()) == []


def test_an_open_document_is_finished_though_its_source_is_not_read_again(database: Database, world: World) -> None:
    """A document cut off after sending is completed by a later run from what the journal kept."""

    def die(boundary: str) -> None:
        if boundary == "draft:header stored":
            raise Killed

    variables = Variables()
    watch(world, die)
    with pytest.raises(Killed):
        whole_run(a_run(world, database, variables, "killed"))
    watch(world, lambda _boundary: None)
    world.source.documents = []
    next_run = a_run(world, database, variables, "next")
    whole_run(next_run)
    assert world.target.creates == 1
    assert reconcile([next_run], deployment="d", run_id="r").agree
    assert database.summary(DEPLOYMENT, "next")[world.flow.name]["carried"] == 1

"""The sync engine over the real database: what a killed worker leaves is enough to go on."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))

from engine_runs import DEPLOYMENT, a_run, watch, whole_run
from fakes import Killed
from store_samples import Clock, Variables
from sync_world import World, order

from ml_connector.domain.reference import Reference
from ml_connector.domain.status import Outcome, Progress, TargetStatus
from ml_connector.store.database import Database
from ml_connector.sync.extract import extract
from ml_connector.sync.reconcile import reconcile
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowRequest, plan


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

"""What was sent is made again from what is stored, and every difference is named."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy import text as sql

sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))

from store_samples import Variables
from sync_world import SUPPLIERS, World, order, supplier

from ml_connector.domain.status import Outcome
from ml_connector.mapping import resolve as resolving
from ml_connector.mapping.codemap import Tables
from ml_connector.mapping.links import SupplierLink
from ml_connector.orchestration.offline import Replayed, replay, spec_of
from ml_connector.store.codemaps import SqlCodeMaps
from ml_connector.store.database import Database
from ml_connector.store.engine import writing
from ml_connector.store.tables import staged_document
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.run import FlowRun, Policies
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowRequest, plan

DAG = "acumatica_cin7"
DAY = dt.timedelta(days=1)


def a_run(world: World, database: Database, run_id: str) -> FlowRun:
    flow = world.flow.name
    return replace(
        world.run(run_id=run_id),
        staging=database.staging(DAG, flow, run_id),
        journal=database.journal(DAG, flow, run_id),
        reverse_journal=None,
        links=database.links(DAG),
        code_maps=database.code_maps(DAG),
        audit=database.audit(DAG, flow, run_id),
        watermarks=database.watermarks(DAG, flow, run_id, Variables()),
    )


def whole_run(world: World, database: Database, run_id: str) -> None:
    run = a_run(world, database, run_id)
    extract(run, plan(run, request=WindowRequest()))
    validate(run)
    load(run)


def replayed(database: Database) -> list[Replayed]:
    return list(replay(database, DAG, None, database.now() + DAY))


@pytest.fixture
def world(database: Database) -> World:
    """An order with a mapped item and one without, both written."""
    database.links(DAG).add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    database.code_maps(DAG).set("item", "A", "A-100", author="ann")
    made = World()
    made.source.documents = [order(), order("PO-2", "20")]
    whole_run(made, database, "r1")
    return made


def test_what_was_sent_comes_out_again(database: Database, world: World) -> None:
    """Every document comes out to the byte, and the audit trail proves that just this was sent."""
    assert [(one.key, one.differences, one.proven) for one in replayed(database)] == [
        ("K-PO-1", (), True),
        ("K-PO-2", (), True),
    ]


def test_the_maps_are_taken_as_they_were(database: Database, world: World) -> None:
    """Entries changed, removed or added since change nothing of what is made again."""
    maps = database.code_maps(DAG)
    maps.set("item", "A", "A-200", author="ann")
    world.source.documents = [order("PO-3", "30")]
    whole_run(world, database, "r2")
    maps.remove("item", "A", author="ann")
    maps.set("currency", "USD", "US$", author="ann")
    found = replayed(database)
    assert [one.differences for one in found] == [()] * len(found)
    assert {(one.run_id, one.key) for one in found} >= {("r1", "K-PO-1"), ("r2", "K-PO-3")}


def test_an_amendment_is_proven_too(database: Database, world: World) -> None:
    """A change of what was sent before is noted with what it sent."""
    world.source.documents = [order(net="120")]
    whole_run(world, database, "r2")
    assert [(one.key, one.proven) for one in replayed(database) if one.run_id == "r2"] == [("K-PO-1", True)]


def test_another_policy_now_changes_nothing(database: Database, world: World) -> None:
    """Which maps allow identity is taken as it was when the document was mapped."""
    world.policies = Policies(identity_maps=frozenset({"item", "currency", "unit", "tax"}))
    line = order().lines[0].model_copy(update={"tax_rule": "ZERO"})
    world.source.documents = [order("PO-4", lines=(line,))]
    whole_run(world, database, "r2")
    (one,) = [one for one in replayed(database) if one.run_id == "r2" and one.key == "K-PO-4"]
    assert one.proven


def test_a_changed_connector_is_noticed(database: Database, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that maps otherwise names the fields that come out otherwise."""
    item = resolving.Resolution.item
    monkeypatch.setattr(resolving.Resolution, "item", lambda *given: f"{item(*given)}-X")
    first = replayed(database)[0]
    assert [(it.field, it.sent, it.rebuilt) for it in first.differences] == [("lines[0].item", "A-100", "A-100-X")]
    assert not first.proven


def test_a_connector_that_fails_is_noticed(database: Database, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error is a difference of that document, not the end of the replay."""
    monkeypatch.setattr(resolving.Resolution, "item", lambda *_: {}["no such item"])
    found = replayed(database)
    assert len(found) == 2
    assert ["KeyError" in str(one.differences[0]) for one in found] == [True, True]


@pytest.mark.parametrize(
    ("column", "old", "new", "field"),
    [
        ("resolved", '"A-100"', '"A-999"', "lines[0].item"),
        ("document", '"2026-10-01"', '"2026-10-02"', "content_hash"),
    ],
)
def test_a_staging_that_was_tampered_with_is_noticed(
    database: Database, world: World, column: str, old: str, new: str, field: str
) -> None:
    """What was sent is known by its hash in the audit trail, so a copy changed with the key does not pass for it."""
    kept, mine = staged_document.c[column], staged_document.c.key == "K-PO-1"
    with writing(database.engine) as connection:
        text = connection.execute(select(kept).where(mine)).scalar_one()
        connection.execute(update(staged_document).where(mine).values({column: text.replace(old, new)}))
    found: Any = replayed(database)[0]
    assert field in [it.field for it in found.differences]
    if column == "resolved":
        assert "audit trail" in found.differences[0].sent


@pytest.mark.parametrize("column", ["resolved", "document"])
def test_a_staging_that_was_altered_without_the_key_is_told(database: Database, world: World, column: str) -> None:
    """A sealed text that was altered opens no more: its document differs, the others are made again."""
    with writing(database.engine) as connection:
        change = f"UPDATE mlc_staged_document SET {column} = substr({column}, 1, 90) WHERE key = 'K-PO-1'"
        connection.execute(sql(change))
    altered, whole = replayed(database)
    assert altered.differences
    assert not whole.differences


def test_what_was_purged_is_told(database: Database, world: World) -> None:
    """A document that was written and is no longer staged cannot be made again; it is named, not left out."""
    with writing(database.engine) as connection:
        connection.execute(delete(staged_document).where(staged_document.c.key == "K-PO-1"))
    assert [(one.key, one.is_kept) for one in replayed(database)] == [("K-PO-2", True), ("K-PO-1", False)]


def test_what_was_not_mapped_is_left_out(database: Database, world: World) -> None:
    """Held documents sent nothing, so there is nothing to make again."""
    with writing(database.engine) as connection:
        held = {"resolved": None, "outcome": Outcome.HELD.value}
        connection.execute(update(staged_document).where(staged_document.c.key == "K-PO-2").values(held))
    assert [one.key for one in replayed(database) if one.is_kept] == ["K-PO-1"]


def test_only_the_span_is_replayed(database: Database, world: World) -> None:
    """A run belongs to the span in which it began."""
    now = database.now()
    assert list(replay(database, DAG, now + DAY, now + 2 * DAY)) == []
    assert len(list(replay(database, DAG, now, now + DAY))) == 2


def test_a_deployment_of_a_tenant_has_the_flows_of_its_pair() -> None:
    """The pair is the beginning of the DAG id."""
    assert spec_of("acumatica_cin7__nz").pair_id == "acumatica_cin7"


def test_what_is_mapped_by_its_day_comes_out_again(database: Database, world: World) -> None:
    """Orders of two years went to two items; entries and the day of the replay change nothing of that."""
    maps = database.code_maps(DAG)
    maps.set("item", "A", "A-300", author="ann", effective_from="2027-01-01")
    world.source.documents = [order("PO-5", date=dt.date(2026, 12, 31)), order("PO-6", date=dt.date(2027, 1, 1))]
    whole_run(world, database, "r2")
    items = {one.key: one.resolved.lines[0].item for one in a_run(world, database, "r2").staging.all()}  # type: ignore[union-attr]
    assert (items["K-PO-5"], items["K-PO-6"]) == ("A-100", "A-300")
    maps.set("item", "A", "A-400", author="ann", effective_from="2026-12-01")
    database.now = lambda: dt.datetime(2028, 1, 1, tzinfo=dt.timezone.utc)
    found = {(one.run_id, one.key): one for one in replayed(database)}
    assert found["r2", "K-PO-5"].proven
    assert found["r2", "K-PO-6"].proven
    assert all(not one.differences for one in found.values())


def test_what_has_no_day_is_made_again_as_of_the_run(database: Database, world: World) -> None:
    """A supplier's terms are those of the day on which they were mapped, counted in the zone of the books."""
    maps = database.code_maps(DAG)
    maps.set("terms", "30 days", "N30", author="ann")
    maps.set("terms", "30 days", "N31", author="ann", effective_from="2026-11-02")
    world.flow = SUPPLIERS
    world.source.documents = [supplier("Kestrel", terms="30 days")]
    run = replace(a_run(world, database, "r3"), zone=ZoneInfo("Pacific/Auckland"))
    world.clock.time = dt.datetime(2026, 11, 1, 12, 0, tzinfo=dt.timezone.utc)  # the 2nd in Auckland
    extract(run, plan(run, request=WindowRequest()))
    validate(run)
    (staged,) = run.staging.all()
    assert staged.resolved.terms == "N31"  # type: ignore[union-attr]
    maps.remove("terms", "30 days", author="ann")
    (one,) = [one for one in replayed(database) if one.run_id == "r3"]
    assert one.differences == ()


def test_a_map_changed_while_it_is_read_is_read_again(database: Database, world: World) -> None:
    """What a run notes are the versions that it applied, whatever a person does in the middle of its reading."""
    maps, run = database.code_maps(DAG), a_run(world, database, "r2")
    world.source.documents = [order("PO-7")]

    @dataclass(frozen=True)
    class Hurried(SqlCodeMaps):
        """Maps that a person changes just after they were first read."""

        def load(self, source: str) -> Tables:
            tables = super().load(source)
            maps.set("item", "A", "A-200", author="ann")
            return tables

    run = replace(run, code_maps=Hurried(database.engine, DAG, database.now))
    extract(run, plan(run, request=WindowRequest()))
    validate(run)
    items = {one.key: one.resolved.lines[0].item for one in run.staging.all()}  # type: ignore[union-attr]
    assert items["K-PO-7"] == "A-200"
    assert [one.differences for one in replayed(database) if one.key == "K-PO-7"] == [()]

"""Two runs over the real database that have one document in hand: who has the last word."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))

from engine_runs import DEPLOYMENT, a_run, watch, whole_run
from sqlalchemy import select
from store_samples import Clock, Variables
from sync_world import World, order

from ml_connector.domain.errors import ContractError, NotReady, Refused, RetryableError, SyncError
from ml_connector.domain.reference import Reference
from ml_connector.domain.status import Outcome, Progress
from ml_connector.orchestration.calls import CallLog, JournalWithCalls
from ml_connector.store.database import Database
from ml_connector.store.engine import reading
from ml_connector.store.tables import audit_entry
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.run import FlowRun
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan, WindowRequest, plan
from ml_connector.transport.answer import Call


def behind_and_ahead(
    database: Database, world: World, clock: Clock, at: str, deed: Callable[[], None] = lambda: None
) -> FlowRun:
    """Return a run about to load an order in whose delivery, at boundary `at`, a later run brings the order's change.

    After that `deed` is done, which may raise.
    """
    behind = a_run(world, database, Variables(), "behind")
    extract(behind, plan(behind, request=WindowRequest()))
    validate(behind)
    clock.time += dt.timedelta(minutes=1)
    world.source.documents = [order(net="80")]

    def between(boundary: str) -> None:
        if boundary == at:
            watch(world, lambda _boundary: None)
            whole_run(a_run(world, database, Variables(), "ahead"))
            deed()

    watch(world, between)
    return behind


def last_word(journal: Any) -> tuple[Progress, Outcome | None, Any]:
    """Return how far the order has come, how it ended and its amount."""
    entry = journal.entry("K-PO-1")
    return entry.progress, entry.outcome, entry.money and entry.money.amount


@pytest.mark.parametrize(
    "error", [None, Refused("closed"), NotReady("no receipt"), ContractError("what?"), TypeError()]
)
def test_what_is_delivered_after_a_slow_run_left_the_lock_is_not_written_over(
    database: Database, world: World, clock: Clock, error: Exception | None
) -> None:
    """Neither the slow run's success nor what kept it from delivering replaces the newer state's conclusion."""
    behind = behind_and_ahead(database, world, clock, "left")
    fail_once(world, error)
    with suppress(SyncError):
        load(behind)
    outcome = Outcome.CREATED if error else Outcome.UPDATED
    assert last_word(behind.journal) == (Progress.VERIFIED, outcome, 80)
    assert list(behind.journal.open_documents()) == []
    assert [record.fields["gross"] for record in world.target.records.values()] == ["80"]


def fail_once(world: World, error: Exception | None) -> None:
    """Have the first look for the order raise the error."""
    before, errors = world.target.at, [error] if error else []

    def at(boundary: str) -> None:
        before(boundary)
        if boundary == "find" and errors:
            raise errors.pop()

    world.target.at = at


def test_what_is_delivered_while_a_slow_run_asks_the_source_is_not_held_by_it(
    database: Database, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order left open had been withdrawn when the slow run asked; it was entered again and delivered since."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.target, "find", lambda *_: (_ for _ in ()).throw(Refused("closed")))
        whole_run(a_run(world, database, Variables(), "first"))
    world.source.documents = []
    clock.time += dt.timedelta(minutes=1)
    behind = a_run(world, database, Variables(), "behind")
    extract(behind, plan(behind, request=WindowRequest()))
    validate(behind)
    clock.time += dt.timedelta(minutes=1)
    ask = world.source.read_keys

    def slowly(kind: str, keys: Collection[str]) -> Any:
        monkeypatch.undo()
        found = list(ask(kind, keys))
        world.source.documents = [order(net="80", minutes=5)]
        whole_run(a_run(world, database, Variables(), "ahead"))
        return found

    monkeypatch.setattr(world.source, "read_keys", slowly)
    assert load(behind)["unchanged"] == 1
    assert last_word(behind.journal) == (Progress.VERIFIED, Outcome.CREATED, 80)


def test_a_worker_that_was_stopped_for_long_concludes_nothing(database: Database, world: World, clock: Clock) -> None:
    """Its lease ran out within a call, a later run delivered the change, and then the call failed."""

    def fail() -> None:
        raise TypeError("unexpected")

    behind = behind_and_ahead(database, world, clock, "find", fail)
    between = world.target.at

    def slowly(boundary: str) -> None:
        clock.time += dt.timedelta(hours=1) if boundary == "find" else dt.timedelta()
        between(boundary)

    world.target.at = slowly
    with pytest.raises(RetryableError, match="another one took over"):
        load(behind)
    assert last_word(behind.journal)[:2] == (Progress.VERIFIED, Outcome.CREATED)
    assert list(behind.journal.open_documents()) == []
    assert load(behind)["unchanged"] == 1


def run_that_failed(database: Database, world: World, clock: Clock, error: SyncError) -> FlowRun:
    """Return a run that has found the order ready, and whose load has failed."""
    run = a_run(world, database, Variables(), "first")
    extract(run, plan(run, request=WindowRequest()))
    validate(run)
    fail_once(world, error)
    with pytest.raises(type(error)):
        load(run)
    clock.time += dt.timedelta(minutes=1)
    return run


@pytest.mark.parametrize("repeats_validate", [False, True])
def test_a_load_that_is_cleared_goes_by_no_decision_older_than_a_later_run_s(
    database: Database, world: World, clock: Clock, repeats_validate: bool
) -> None:
    """What a later run has held is not posted after all, unless it is validated anew: that is the last word then."""
    first = run_that_failed(database, world, clock, ContractError("what?"))
    world.target.books = Reference(currencies={"XXX"})
    whole_run(a_run(world, database, Variables(), "second"))
    assert last_word(first.journal)[1] is Outcome.HELD
    world.target.books = Reference()
    clock.time += dt.timedelta(minutes=1)
    if repeats_validate:
        validate(first)
    load(first)
    assert last_word(first.journal)[1] is (Outcome.CREATED if repeats_validate else Outcome.HELD)
    assert len(world.target.records) == repeats_validate


def test_a_load_that_is_cleared_puts_no_older_state_over_what_was_carried(
    database: Database, world: World, clock: Clock
) -> None:
    """A later run found the order changed at its source, in no window, and the run after that posted the change."""
    first = run_that_failed(database, world, clock, ContractError("what?"))
    world.source.documents = [order(net="80")]
    for run_id in ("second", "third"):
        run = a_run(world, database, Variables(), run_id)
        extract(run, WindowPlan(start=clock.time, end=clock.time, carries_open=True))
        validate(run)
        load(run)
        clock.time += dt.timedelta(minutes=1)
    assert last_word(first.journal) == (Progress.VERIFIED, Outcome.CREATED, 80)
    load(first)
    assert [record.fields["gross"] for record in world.target.records.values()] == ["80"]
    assert last_word(first.journal) == (Progress.VERIFIED, Outcome.CREATED, 80)


def test_what_a_later_run_only_took_in_hand_is_delivered(database: Database, world: World, clock: Clock) -> None:
    """A later run that died before it did anything has said nothing."""
    first = decided(database, world, clock, "first")
    second = decided(database, world, clock, "second")
    with second.journal.lock("K-PO-1"):
        pass
    assert load(first)["created"] == 1


def test_what_an_earlier_run_has_said_since_is_not_the_last_word(
    database: Database, world: World, clock: Clock
) -> None:
    """The later run delivers, whatever the other has concluded meanwhile, and though a third one has begun."""
    first, second, _ = (decided(database, world, clock, name) for name in ("first", "second", "third"))
    fail_once(world, Refused("closed"))
    load(first)
    assert last_word(first.journal)[1] is Outcome.HELD
    assert load(second)["created"] == 1


def decided(database: Database, world: World, clock: Clock, run_id: str) -> FlowRun:
    """Return a run that has found the order ready, a minute ago."""
    run = a_run(world, database, Variables(), run_id)
    extract(run, plan(run, request=WindowRequest()))
    validate(run)
    clock.time += dt.timedelta(minutes=1)
    return run


def carried_and_held(database: Database, world: World, clock: Clock, run_id: str) -> None:
    """Have a run take up the journal's state of the order, which the target refuses."""
    run = a_run(world, database, Variables(), run_id)
    extract(run, WindowPlan(start=clock.time, end=clock.time, carries_open=True))
    world.target.books = Reference(currencies={"XXX"})
    validate(run)
    world.target.books = Reference()
    assert last_word(run.journal)[1] is Outcome.HELD
    clock.time += dt.timedelta(minutes=1)


@pytest.mark.parametrize("changed_again", [False, True])
def test_what_a_replay_has_read_anew_is_not_left_to_a_run_that_carries_an_older_state(
    database: Database, world: World, clock: Clock, changed_again: bool
) -> None:
    """The source has the last word of two states; in a third one the newer state is left, to be read again."""
    carried_and_held_at_first(database, world, clock)
    world.source.documents = [order(net="80")]
    replay = decided(database, world, clock, "replay")
    carried_and_held(database, world, clock, "second")
    if changed_again:
        world.source.documents = [order(net="90")]
    assert load(replay)["unchanged" if changed_again else "created"] == 1
    assert last_word(replay.journal)[1:] == ((Outcome.HELD, 100) if changed_again else (Outcome.CREATED, 80))


def test_a_state_that_a_later_run_brings_up_within_the_load_is_asked_for_by_the_next_try(
    database: Database, world: World, clock: Clock
) -> None:
    """The source was asked before that run had it in hand."""
    carried_and_held_at_first(database, world, clock)
    world.source.documents = [order(net="80")]
    replay = decided(database, world, clock, "replay")
    lock = replay.journal.lock

    def late(key: str) -> Any:
        replay.journal.__dict__.pop("lock")
        carried_and_held(database, world, clock, "second")
        return lock(key)

    replay.journal.__dict__["lock"] = late
    with pytest.raises(SyncError, match="the next try asks cin7 for it"):
        load(replay)
    assert load(replay)["created"] == 1
    assert last_word(replay.journal) == (Progress.VERIFIED, Outcome.CREATED, 80)


def test_a_later_run_that_died_over_a_change_has_said_nothing(database: Database, world: World, clock: Clock) -> None:
    """It had counted its failure and not concluded: the change goes with the run before, when that is cleared."""
    whole_run(a_run(world, database, Variables(), "zero"))
    world.source.documents = [order(net="80")]
    first, second = (decided(database, world, clock, name) for name in ("first", "second"))
    second.journal.count_failure("K-PO-1", "any")
    assert load(first)["updated"] == 1


def carried_and_held_at_first(database: Database, world: World, clock: Clock) -> None:
    """Have a first run hold the order."""
    world.target.books = Reference(currencies={"XXX"})
    decided(database, world, clock, "first")
    world.target.books = Reference()


def test_nothing_is_left_to_a_dry_run(database: Database, world: World, clock: Clock) -> None:
    """It has read the change, and brings nothing over."""
    first = decided(database, world, clock, "first")
    world.source.documents = [order(net="80")]
    staging = database.staging(DEPLOYMENT, world.flow.name, "dry", dry_run=True)
    dry = replace(a_run(world, database, Variables(), "dry"), staging=staging, dry_run=True)
    extract(dry, plan(dry, request=WindowRequest()))
    validate(dry)
    assert load(first)["created"] == 1


def test_the_calls_of_a_delivery_stand_before_how_it_ended(database: Database, world: World) -> None:
    """They are part of what led to it, though it is stored before the lock is left."""
    run = a_run(world, database, Variables(), "r")
    audit = database.audit(DEPLOYMENT, run.flow.name, "r")
    calls = CallLog()
    journal = JournalWithCalls(database.engine, DEPLOYMENT, run.flow.name, "r", audit, database.now, calls=calls)
    world.target.at = lambda _boundary: calls.note(Call("GET", "https://erp.example/", 200, 0.1, 1))
    whole_run(replace(run, journal=journal))
    with reading(database.engine) as connection:
        query = select(audit_entry.c.step).where(audit_entry.c.key == "K-PO-1").order_by(audit_entry.c.id)
        steps = list(connection.execute(query).scalars())
    assert steps[-3:] == ["verified", "calls", "created"]
    assert steps.count("calls") == 1

"""A dry run tells what a run would do and does nothing, and a run does no more than was approved."""

from __future__ import annotations

from contextlib import suppress

from fakes import Stored, lost_answer
from sync_world import World, linked_world, only_record, order, whole_run

from ml_connector.domain.errors import RetryableError
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.planning import WOULD, Planned


def test_a_dry_run_writes_nothing_anywhere_and_says_what_it_would_do() -> None:
    """A dry run leaves target and journal untouched and audits each change it would make."""
    world = linked_world(order("PO-1"), order("PO-2", minutes=1))
    whole_run(world)
    world.source.documents = [order("PO-1", "120", minutes=5), order("PO-3", minutes=6)]
    before = (dict(world.journal.entries), world.target.writes)
    counts = whole_run(world, dry_run=True)
    assert (counts["updated"], counts["created"]) == (1, 1)
    assert (dict(world.journal.entries), world.target.writes) == before
    steps = {key: (step, detail) for key, step, detail in world.trail.notes if step.startswith("would")}
    assert steps["K-PO-1"][0] == "would be updated"
    assert steps["K-PO-1"][1]["changes"]["gross"] == {"from": "100", "to": "120"}
    assert steps["K-PO-3"][0] == "would be created"


def test_a_dry_run_tells_that_a_record_keyed_by_hand_would_hold_the_document() -> None:
    """What a run would hold is no change that it would make."""
    world = linked_world(order())
    fields = dict(world.target.project(order(net="90", supplier="V1")))
    world.target.records["H1"] = Stored("H1", "", fields, TargetStatus.AUTHORISED)
    counts = whole_run(world, dry_run=True)
    assert (counts["held"], counts["updated"]) == (1, 0)
    assert not [step for _, step, _ in world.trail.notes if step.startswith(WOULD)]
    assert whole_run(world)["held"] == 1


def approved_by_a_dry_run(world: World) -> dict[str, Planned]:
    """Return what a dry run of the world lists."""
    whole_run(world, dry_run=True)
    steps = [(key, step, detail) for key, step, detail in world.trail.notes if step.startswith(WOULD)]
    world.trail.notes.clear()
    return {key: Planned(step.removeprefix(WOULD), one["hash"], one["changes"]) for key, step, one in steps}


def test_a_run_does_no_more_than_an_approved_dry_run_listed() -> None:
    """What is new or has changed since waits, and goes by the next run that has no limit."""
    world = linked_world(order("PO-1"), order("PO-2", minutes=1))
    listed = approved_by_a_dry_run(world)
    assert {key: one.would for key, one in listed.items()} == {"K-PO-1": "created", "K-PO-2": "created"}
    world.source.documents = [order("PO-1"), order("PO-2", "120", minutes=5), order("PO-3", minutes=6)]
    counts = whole_run(world, approved=listed)
    assert (counts["created"], counts["waiting"], world.target.creates) == (1, 2, 1)
    world.source.falls_quiet()
    counts = whole_run(world)
    assert (counts["created"], counts["carried"], world.target.creates) == (2, 2, 3)


def test_a_target_changed_since_the_approval_is_not_written() -> None:
    """The update that was approved started from another record than the target shows now."""
    world = linked_world(order("PO-1"))
    whole_run(world)
    world.source.documents = [order("PO-1", "120", minutes=5)]
    listed = approved_by_a_dry_run(world)
    only_record(world).fields["gross"] = "99"
    writes = world.target.writes
    counts = whole_run(world, approved=listed)
    assert (counts["waiting"], world.target.writes) == (1, writes)
    only_record(world).fields["gross"] = "100"
    assert whole_run(world, approved=listed)["updated"] == 1


def test_what_was_begun_under_an_approval_is_brought_to_its_end() -> None:
    """A draft whose answer was lost is no new document to the run that goes on."""
    world = linked_world(order("PO-1"))
    listed = approved_by_a_dry_run(world)
    world.target.at = lost_answer
    with suppress(RetryableError):
        whole_run(world, approved=listed)
    world.target.at = lambda _boundary: None
    whole_run(world, approved=listed)
    assert only_record(world).status is TargetStatus.AUTHORISED


def test_a_draft_that_was_begun_before_is_listed_and_not_authorised_without_approval() -> None:
    """What is left of an earlier run's work is a change like any other; a dry run that lists it frees it."""
    world = linked_world(order("PO-1"))
    nothing = approved_by_a_dry_run(world) and {}
    world.target.at = lambda boundary: lost_answer(boundary) if "authoris" in boundary else None
    with suppress(RetryableError):
        whole_run(world)
    world.target.at = lambda _boundary: None
    record = only_record(world)
    record.status = TargetStatus.DRAFT
    assert (whole_run(world, approved=nothing)["waiting"], record.status) == (1, TargetStatus.DRAFT)
    listed = approved_by_a_dry_run(world)
    assert [one.would for one in listed.values()] == ["updated"]
    whole_run(world, approved=listed)
    assert only_record(world).status is TargetStatus.AUTHORISED

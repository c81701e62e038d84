"""One document is delivered exactly once, whatever dies or gets lost on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import Killed, Stored, lost_answer
from sync_world import SUPPLIERS, World, linked_world, only_record, order, supplier, whole_run

from ml_connector.domain.documents import DocumentStatus
from ml_connector.domain.errors import ConfigurationError, Refused, RetryableError, VendorUnavailable
from ml_connector.domain.finding import Reason
from ml_connector.domain.status import Outcome, Progress, TargetStatus
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.reconcile import reconcile
from ml_connector.sync.run import FlowRun
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan


def test_a_new_order_is_drafted_bound_verified_and_authorised() -> None:
    """A new order ends as one authorised record, and the journal shows each step in order."""
    world = linked_world(order())
    counts = whole_run(world)
    assert counts["created"] == 1
    assert only_record(world).status is TargetStatus.AUTHORISED
    assert [step for _, step in world.journal.trail] == [
        "intended", "sent", "sent", "drafted", "authorising", "authorised", "verified", "created",
    ]  # fmt: skip


def test_the_same_content_again_is_unchanged_and_costs_no_write() -> None:
    """A document read again with the same content is not written again."""
    world = linked_world(order())
    whole_run(world)
    writes = world.target.writes
    assert whole_run(world)["unchanged"] == 1
    assert world.target.writes == writes


def world_with_a_new_supplier() -> World:
    world = World()
    world.flow = SUPPLIERS
    world.source.documents = [supplier("Kestrel", "K")]
    return world


def boundaries_of_one_load(world: World) -> list[tuple[int, str]]:
    seen: list[str] = []
    world.boundaries(seen.append)
    whole_run(world)
    return list(enumerate(seen))


def load_killed_and_replayed(world: World, index: int, name: str) -> tuple[dict[str, int], FlowRun]:
    """Kill the load at its nth boundary, and replay it."""
    run = world.run()
    extract(run, WindowPlan(start=None, end=world.clock.now()))
    validate(run)
    count = -1

    def die(_boundary: str) -> None:
        nonlocal count
        count += 1
        if count == index:
            raise Killed(name)

    world.boundaries(die)
    with pytest.raises(Killed):
        load(run)
    world.journal.locked.clear()  # the lease of the dead worker ran out
    world.boundaries(lambda _boundary: None)
    return load(run), run


@pytest.mark.parametrize(("index", "name"), boundaries_of_one_load(world_with_a_new_supplier()))
def test_killed_at_any_boundary_the_replay_leaves_the_supplier_linked(index: int, name: str) -> None:
    """What is done is linked: nobody would make the link later, and all orders of the supplier would wait for it."""
    world = world_with_a_new_supplier()
    load_killed_and_replayed(world, index, name)
    key = only_record(world).key
    assert [(link.cin7_key, link.partner_key) for link in world.links.rows] == [("K", key)]


@pytest.mark.parametrize(("index", "name"), boundaries_of_one_load(linked_world(order())))
def test_killed_at_any_boundary_the_replay_leaves_one_authorised_record(index: int, name: str) -> None:
    """Whatever line the worker dies on, replaying the load ends with exactly one authorised record."""
    world = linked_world(order())
    counts, run = load_killed_and_replayed(world, index, name)
    assert counts["created"] + counts["unchanged"] == 1
    assert only_record(world).status is TargetStatus.AUTHORISED
    assert world.target.creates == 1
    assert len(world.target.authorisations) == 1
    assert reconcile([run], deployment="d", run_id="r").agree


@pytest.mark.parametrize("place", ["draft:header stored", "draft:stored", "authorise:stored", "amend:stored"])
def test_a_lost_answer_is_looked_up_not_sent_again(place: str) -> None:
    """When the answer to a write is lost after the vendor stored it, nothing is stored twice."""
    world = linked_world(order())
    if place == "amend:stored":
        whole_run(world)
        world.source.documents = [order(net="120", minutes=5)]
    once = [lost_answer]
    world.target.at = lambda boundary: once.pop()(boundary) if once and boundary == place else None
    whole_run(world)
    assert only_record(world).status is TargetStatus.AUTHORISED
    assert world.target.creates == 1
    assert len(world.target.authorisations) == 1


def test_a_write_that_never_arrived_is_sent_again_only_after_the_settling_time() -> None:
    """A create whose answer was lost and that is not found is repeated only once absence may be believed."""
    world = linked_world(order())
    failing = [lost_answer]
    world.target.at = lambda boundary: failing.pop()(boundary) if failing and boundary == "draft:before" else None
    with pytest.raises(RetryableError):
        whole_run(world)
    assert world.journal.entry("K-PO-1").progress is Progress.UNKNOWN
    assert world.staging.counts()["failed"] == 1
    assert load(world.run())["created"] == 1
    assert world.target.creates == 1


def test_a_lagging_search_does_not_make_a_second_record() -> None:
    """A record that the vendor's search shows late is found within the settling time, not created again."""
    world = linked_world(order())
    world.target.hidden = True
    once = [lost_answer]
    world.target.at = lambda boundary: once.pop()(boundary) if once and boundary == "draft:header stored" else None

    def sleep(seconds: float) -> None:
        world.target.hidden = False
        world.clock.sleep(seconds)

    run = replace(world.run(), sleep=sleep)
    extract(run, WindowPlan(start=None, end=world.clock.now()))
    validate(run)
    load(run)
    assert world.target.creates == 1
    assert only_record(world).status is TargetStatus.AUTHORISED


def test_an_amended_order_updates_the_record_it_is_bound_to() -> None:
    """A source document that changed is brought up to date in place."""
    world = linked_world(order())
    whole_run(world)
    world.source.documents = [order(net="120", minutes=5)]
    assert whole_run(world)["updated"] == 1
    assert only_record(world).fields["gross"] == "120"


def test_a_change_whose_answer_is_lost_before_it_arrived_is_sent_again_by_the_next_try() -> None:
    """Nothing is held for a person because a connection broke: read back, not there, so the task is tried again."""
    world = linked_world(order())
    whole_run(world)
    world.source.documents = [order(net="120", minutes=5)]
    world.boundaries(lambda boundary: lost_answer(boundary) if boundary == "amend:before" else None)
    with pytest.raises(RetryableError):
        whole_run(world)
    world.boundaries(lambda _boundary: None)
    assert whole_run(world)["updated"] == 1
    assert only_record(world).fields == world.target.project(order(net="120", supplier="V1"))


def test_a_void_after_sending_is_reported_until_the_target_is_void_too() -> None:
    """A document voided after it was sent is held until somebody cancels it in the target."""
    world = linked_world(order())
    whole_run(world)
    world.source.documents = [order(minutes=5, status=DocumentStatus.VOIDED)]
    assert whole_run(world)["held"] == 1
    assert world.journal.entry("K-PO-1").findings[0].reason is Reason.VOIDED_AFTER_SENDING
    only_record(world).status = TargetStatus.VOIDED
    assert whole_run(world)["unchanged"] == 1


def test_a_void_before_sending_makes_nothing() -> None:
    """A document that was voided before it was ever sent is not created."""
    world = linked_world(order(status=DocumentStatus.VOIDED))
    assert whole_run(world)["unchanged"] == 1
    assert world.target.writes == 0


def test_a_refusal_holds_the_document_with_the_vendors_words() -> None:
    """What the vendor refuses is held with its own words, and the others go on."""
    world = linked_world(order("PO-1"), order("PO-2", minutes=1))

    answers = [Refused("no", reasons=(("PostPeriod", "The financial period is inactive."),))]

    def refuse(boundary: str) -> None:
        if boundary == "draft:before" and answers:
            raise answers.pop()

    world.target.at = refuse
    counts = whole_run(world)
    assert (counts["held"], counts["created"]) == (1, 1)
    finding = world.journal.entry("K-PO-1").findings[0]
    assert finding.reason is Reason.REFUSED_BY_TARGET
    assert "PostPeriod: The financial period is inactive." in finding.message


@pytest.mark.parametrize("error", [VendorUnavailable("down"), ConfigurationError("wrong key")])
def test_a_target_that_is_down_stops_the_load_and_loses_nothing(error: Exception) -> None:
    """When the target is down the task fails; clearing it after the repair finishes the job once."""
    world = linked_world(order("PO-1"), order("PO-2", minutes=1))
    down = True

    def fail(boundary: str) -> None:
        if down and boundary == "draft:before":
            raise error

    world.target.at = fail
    with pytest.raises(type(error)):
        whole_run(world)
    down = False
    assert load(world.run())["created"] == 2
    assert world.target.creates == 2


def test_held_documents_are_taken_up_again_once_the_cause_is_gone() -> None:
    """An order of an unlinked supplier waits, and goes by itself in the run after the link exists."""
    world = World()
    world.source.documents = [order()]
    counts = whole_run(world)
    assert counts["waiting"] == 1
    world.source.falls_quiet()
    world.links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="person"))
    counts = whole_run(world)
    assert (counts["carried"], counts["created"], counts["read"]) == (1, 1, 1)


def test_only_owned_fields_of_a_linked_supplier_are_changed() -> None:
    """In a linked supplier a flow changes the fields it owns, and has the other flow look again."""
    world = World()
    world.flow = SUPPLIERS
    world.links.add(SupplierLink(cin7_key="K", partner_key="V1", how="code"))
    world.target.records["V1"] = Stored(
        "V1", "", {"name": "Old", "email": "", "terms": "N30"}, TargetStatus.AUTHORISED, kind="supplier"
    )
    world.source.documents = [supplier("Kestrel", "K", email="a@b.example", terms="")]
    assert whole_run(world)["updated"] == 1
    assert world.target.records["V1"].fields == {"name": "Kestrel", "email": "a@b.example", "terms": "N30"}
    assert world.reverse.entries["V1"].source_hash == ""


def test_two_workers_never_deliver_the_same_document_at_once() -> None:
    """A document that another worker holds is left to it and reported as retryable."""
    world = linked_world(order())
    world.journal.locked.add("K-PO-1")
    with pytest.raises(RetryableError):
        whole_run(world)
    assert world.target.creates == 0


def test_outcomes_always_add_up() -> None:
    """Read is the sum of created, updated, unchanged, held, waiting and failed."""
    world = linked_world(
        order("PO-1"), order("PO-2", supplier="S2", minutes=1), order("", minutes=2),
        order("PO-4", minutes=3, status=DocumentStatus.VOIDED),
    )  # fmt: skip
    counts = whole_run(world)
    assert counts["read"] == 4
    assert counts["read"] == sum(counts[outcome.value] for outcome in Outcome)

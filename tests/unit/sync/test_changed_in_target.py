"""What others have keyed, changed, frozen or deleted in the target is found, and never written over."""

from __future__ import annotations

import pytest
from fakes import Stored
from sync_world import linked_world, only_record, order, whole_run

from ml_connector.domain.finding import Reason
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.reconcile import reconcile


def test_a_record_keyed_by_hand_that_is_equal_is_adopted() -> None:
    """An equal, authorised record that a person keyed is linked, not written again."""
    world = linked_world(order())
    fields = dict(world.target.project(order(supplier="V1")))
    world.target.records["T9"] = Stored("T9", "", fields, TargetStatus.AUTHORISED)
    assert whole_run(world)["unchanged"] == 1
    assert world.target.writes == 0
    assert world.journal.entry("K-PO-1").ref is not None


@pytest.mark.parametrize(("net", "status"), [("99", TargetStatus.AUTHORISED), ("100", TargetStatus.DRAFT)])
def test_a_record_keyed_by_hand_that_differs_is_held(net: str, status: TargetStatus) -> None:
    """A record that a person keyed and that differs, or is only a draft, holds ours and is left alone."""
    world = linked_world(order())
    fields = dict(world.target.project(order(net=net, supplier="V1")))
    world.target.records["T9"] = Stored("T9", "", fields, status)
    assert whole_run(world)["held"] == 1
    assert world.journal.entry("K-PO-1").findings[0].reason is Reason.EXISTS_DIFFERENTLY
    assert world.target.writes == 0


def test_a_draft_that_shows_something_else_is_held_and_not_authorised() -> None:
    """A draft that the target changed on entry, and that will not be mended, is held as a draft."""
    world = linked_world(order())

    def change(boundary: str) -> None:
        if boundary in {"draft:stored", "amend:stored"}:
            only_record(world).fields["gross"] = "99.99"

    world.target.at = change
    assert whole_run(world)["held"] == 1
    assert only_record(world).status is TargetStatus.DRAFT
    assert world.journal.entry("K-PO-1").findings[0].reason is Reason.DRAFT_DIFFERS


def test_a_frozen_record_is_never_changed() -> None:
    """A change to a document that is frozen in the target is held with the difference named."""
    world = linked_world(order())
    whole_run(world)
    only_record(world).frozen = "it has been paid."
    world.source.documents = [order(net="120", minutes=5)]
    assert whole_run(world)["held"] == 1
    finding = world.journal.entry("K-PO-1").findings[0]
    assert finding.reason is Reason.FROZEN_IN_TARGET
    assert "“120” wanted, “100” there" in finding.message
    assert only_record(world).fields["gross"] == "100"
    assert reconcile([world.run()], deployment="d", run_id="r").agree  # held is a known difference


def test_a_record_deleted_in_the_target_is_held_not_made_again() -> None:
    """A verified document whose record is gone is held when it changes."""
    world = linked_world(order())
    whole_run(world)
    world.target.records.clear()
    world.source.documents = [order(net="120", minutes=5)]
    assert whole_run(world)["held"] == 1
    assert world.journal.entry("K-PO-1").findings[0].reason is Reason.DELETED_IN_TARGET
    assert world.target.creates == 1


def test_reconcile_names_what_somebody_changed_in_the_target() -> None:
    """A settled document whose amount was changed by hand, or that is gone, makes both sides differ, by name."""
    world = linked_world(order())
    whole_run(world)
    only_record(world).fields["gross"] = "99"
    report = reconcile([world.run()], deployment="d", run_id="r")
    assert not report.agree
    assert "100.00 USD sent, 99 in T001" in report.differences[0]
    world.target.records.clear()
    assert "is missing" in reconcile([world.run()], deployment="d", run_id="r").differences[0]


def test_reconcile_finds_a_second_record_of_ours() -> None:
    """A record that carries our marker but is bound to nothing is reported as a duplicate."""
    world = linked_world(order())
    whole_run(world)
    world.target.records["T9"] = Stored("T9", "mlc:K-PO-1", {}, TargetStatus.AUTHORISED)
    assert "a duplicate, or a binding lost" in reconcile([world.run()], deployment="d", run_id="r").differences[0]

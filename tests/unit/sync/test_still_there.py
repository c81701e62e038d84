"""What an earlier run has left open is written only as its source shows it still."""

from __future__ import annotations

from contextlib import suppress

import pytest
from fakes import T0, lost_answer
from sync_world import World, order

from ml_connector.domain.documents import DocumentStatus
from ml_connector.domain.errors import RetryableError
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome, Progress
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.ports import Unreadable
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan


def whole_run(made: World, *, dry_run: bool = False) -> dict[str, int]:
    run = made.run(dry_run=dry_run)
    extract(run, WindowPlan(start=T0, end=made.clock.now(), carries_open=True))
    validate(run)
    return load(run)


def waiting_world() -> World:
    """An order of a supplier that was not linked when it was read; it is now, and the order has not changed since."""
    made = World()
    made.source.documents = [order()]
    assert whole_run(made)["waiting"] == 1
    made.source.falls_quiet()
    made.links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    return made


def only_finding(made: World) -> Finding:
    [row] = made.staging.all()
    [finding] = row.findings
    return finding


def test_what_is_as_it_was_goes() -> None:
    """Nothing has happened to it at its source."""
    made = waiting_world()
    assert (whole_run(made)["created"], made.target.creates) == (1, 1)


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_its_source_has_withdrawn_is_held(dry_run: bool) -> None:
    """An order that was undone shows nowhere as changed; it must not be posted for that its supplier is linked now."""
    made = waiting_world()
    made.source.quiet = []
    for _ in range(2):
        assert (whole_run(made, dry_run=dry_run)["held"], made.target.creates) == (1, 0)
        finding = only_finding(made)
        assert (finding.reason, finding.waits) == (Reason.SOURCE_CHANGED, False)
        assert "Purchase order PO-1: cin7 does not show it any more" in finding.message
    made.source.documents = [order(net="120")]
    assert (whole_run(made)["created"], made.target.creates) == (1, 1)
    [record] = made.target.records.values()
    assert record.fields["gross"] == "120"


def test_what_its_source_shows_otherwise_waits_for_the_next_run() -> None:
    """It goes once, as it is now, though no window shows it as changed: a newer release may read it otherwise."""
    made = waiting_world()
    made.source.quiet = [order(net="120")]
    assert (whole_run(made)["waiting"], made.target.creates) == (1, 0)
    assert only_finding(made).waits
    assert (whole_run(made)["created"], made.target.creates) == (1, 1)
    [record] = made.target.records.values()
    assert record.fields["gross"] == "120"


def test_what_cannot_be_read_any_more_is_held_with_the_reason() -> None:
    """The record as it is now says why."""
    made = waiting_world()
    unreadable = Finding(reason=Reason.UNREADABLE, message="PO-1: no date", next_step="Enter it.")
    made.source.quiet = [Unreadable("K-PO-1", T0, unreadable, "{}")]
    assert (whole_run(made)["held"], made.target.creates) == (1, 0)
    assert only_finding(made) == unreadable


def test_a_write_under_way_is_settled_whatever_the_source_says() -> None:
    """Its answer was lost: it stands in the target already, or not at all."""
    made = World()
    made.links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    made.source.documents = [order()]
    made.target.at = lambda boundary: lost_answer(boundary) if boundary == "draft:after" else None
    with suppress(RetryableError):
        whole_run(made)
    made.target.at = lambda _boundary: None
    made.source.documents = []
    whole_run(made)
    assert made.journal.entry("K-PO-1").progress is Progress.VERIFIED


def test_what_its_source_has_voided_is_not_asked_for_again() -> None:
    """That it is void has been read; the engine sees to what stands in the target."""
    made = World()
    made.source.documents = [order(status=DocumentStatus.VOIDED)]
    assert whole_run(made)[Outcome.UNCHANGED.value] == 1

"""A run that has fallen behind another does not bring an older state of a document over a newer one."""

from __future__ import annotations

import pytest
from fakes import T0, World, order

from ml_connector.domain.errors import ConcurrentEdit
from ml_connector.domain.status import Outcome
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan


def extracted(supplier: str = "S1") -> World:
    """A run that has read an order."""
    made = World()
    made.links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    made.source.documents = [order(supplier=supplier)]
    extract(made.run(), WindowPlan(start=T0, end=made.clock.now()))
    return made


@pytest.mark.parametrize("supplier", ["S1", "unknown"])
def test_what_a_later_run_has_read_otherwise_is_left_to_it(supplier: str) -> None:
    """Neither delivered nor held by the run that read it earlier, which says so in the trail and is complete."""
    made = extracted(supplier)
    made.staging.later = {"K-PO-1": "r2"}
    validate(made.run())
    counts = load(made.run())
    assert (counts["unchanged"], counts["undecided"], made.target.writes) == (1, 0, 0)
    assert made.journal.entry("K-PO-1").outcome is None
    assert ("K-PO-1", "left to a later run") in [(key, step) for key, step, _ in made.trail.notes]


def test_it_is_left_when_the_later_run_came_after_validation() -> None:
    """Delivery looks again, under the lock of the document."""
    made = extracted()
    validate(made.run())
    made.staging.later = {"K-PO-1": "r2"}
    assert load(made.run())["unchanged"] == 1
    assert (made.target.writes, made.journal.entry("K-PO-1").outcome) == (0, None)


def test_what_another_worker_has_in_hand_is_not_concluded() -> None:
    """It is left as it is and the task is to be repeated; another document is concluded all the same."""
    made = World()
    made.source.documents = [order(), order("PO-2")]
    extract(made.run(), WindowPlan(start=T0, end=made.clock.now()))
    with made.journal.lock("K-PO-1"), pytest.raises(ConcurrentEdit, match="1 documents were in hand elsewhere"):
        validate(made.run())
    assert made.journal.entry("K-PO-1").outcome is None
    assert made.journal.entry("K-PO-2").outcome is Outcome.WAITING
    validate(made.run())
    assert made.journal.entry("K-PO-1").outcome is Outcome.WAITING


def test_what_nobody_has_read_since_is_delivered() -> None:
    """Another document's being overtaken changes nothing."""
    made = extracted()
    made.staging.later = {"K-PO-2": "r2"}
    validate(made.run())
    assert load(made.run())["created"] == 1
    assert made.journal.entry("K-PO-1").outcome is Outcome.CREATED

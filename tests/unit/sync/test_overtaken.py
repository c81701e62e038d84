"""A run that has fallen behind another does not bring an older state of a document over a newer one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from fakes import T0, lost_answer
from sync_world import World, order

from ml_connector.domain.documents import DocumentStatus
from ml_connector.domain.errors import ConcurrentEdit, ContractError, NotReady, Refused, SyncError
from ml_connector.domain.status import Outcome
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.stores import Later
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


def raising(error: Exception) -> Callable[[str], None]:
    def at(boundary: str) -> None:
        if boundary == "draft:before":
            raise error

    return at


def withdrawn(made: World) -> None:
    """The source does not show any more what an earlier run has left open."""
    made.staging.rows = {key: replace(row, carried=True) for key, row in made.staging.rows.items()}
    made.source.documents = []


def only_checked(made: World) -> None:
    made.flow = made.flow.model_copy(update={"checks_only": True})


def stumbling(error: Exception) -> Callable[[World], None]:
    return lambda made: setattr(made.target, "at", raising(error))


ENDINGS: dict[str, tuple[Callable[[World], None], Outcome]] = {
    "delivered": (lambda _made: None, Outcome.CREATED),
    "refused": (stumbling(Refused("period closed")), Outcome.HELD),
    "not ready": (stumbling(NotReady("no receipt")), Outcome.WAITING),
    "answer lost": (lambda made: setattr(made.target, "at", lost_at_draft), Outcome.FAILED),
    "unknown answer": (stumbling(ContractError("what?")), Outcome.FAILED),
    "our own mistake": (stumbling(TypeError("unexpected")), Outcome.FAILED),
    "withdrawn": (withdrawn, Outcome.HELD),
    "only checked": (only_checked, Outcome.UNCHANGED),
}
"""How a load may end a document: what brings it about, and the outcome."""


def lost_at_draft(boundary: str) -> None:
    if boundary == "draft:before":
        lost_answer(boundary)


@pytest.mark.parametrize("ending", ENDINGS)
def test_however_a_load_ends_it_is_stored_before_the_lock_is_left(monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    """Who holds the document next finds it concluded, and is not written over."""
    brings_about, outcome = ENDINGS[ending]
    made = extracted()
    validate(made.run())
    brings_about(made)
    conclude, held = made.journal.conclude, []

    def watched(key: str, *given: Any, **more: Any) -> None:
        held.append(key in made.journal.locked)
        conclude(key, *given, **more)

    monkeypatch.setattr(made.journal, "conclude", watched)
    with suppress(SyncError):
        load(made.run())
    assert (held, made.journal.entry("K-PO-1").outcome) == ([True], outcome)
    assert not made.journal.locked


@pytest.mark.parametrize("ending", ENDINGS)
def test_whatever_a_load_would_say_of_it_a_later_run_has_the_last_word(ending: str) -> None:
    """Nothing is written, sent or concluded, whether it would have been delivered, held or checked."""
    brings_about, _ = ENDINGS[ending]
    made = extracted()
    validate(made.run())
    brings_about(made)
    made.staging.later = {"K-PO-1": "r2"}
    assert load(made.run())["unchanged"] == 1
    assert (made.target.writes, made.journal.trail, made.journal.failed) == (0, [], {})


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_another_worker_has_in_hand_is_loaded_by_the_next_try(ending: str) -> None:
    """It alone is left as it is, and the task says so."""
    brings_about, outcome = ENDINGS[ending]
    made = extracted()
    validate(made.run())
    brings_about(made)
    with made.journal.lock("K-PO-1"), pytest.raises(SyncError, match="1 documents could not be loaded"):
        load(made.run())
    assert made.journal.entry("K-PO-1").outcome is None
    with suppress(SyncError):
        load(made.run())
    assert made.journal.entry("K-PO-1").outcome is outcome


@pytest.mark.parametrize("ending", ["only checked", "void"])
def test_what_the_source_is_not_asked_for_is_not_left_to_another_state(ending: str) -> None:
    """What is only compared, and a voiding, which no source shows when asked for the document."""
    made = extracted()
    if ending == "void":
        made.staging.rows.clear()
        made.staging.add([order(status=DocumentStatus.VOIDED)])
    validate(made.run())
    made.flow = made.flow.model_copy(update={"checks_only": ending == "only checked"})
    made.staging.decided_by = {"K-PO-1": Later("r2", is_same=False)}
    assert load(made.run())["unchanged"] == 1
    assert made.journal.entry("K-PO-1").outcome is Outcome.UNCHANGED


def test_what_nobody_has_read_since_is_delivered() -> None:
    """Another document's being overtaken changes nothing."""
    made = extracted()
    made.staging.later = {"K-PO-2": "r2"}
    validate(made.run())
    assert load(made.run())["created"] == 1
    assert made.journal.entry("K-PO-1").outcome is Outcome.CREATED

"""Documents on which the connector itself stumbles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fakes import T0
from sync_world import World, order

from ml_connector.domain.documents import Document
from ml_connector.domain.errors import ContractError
from ml_connector.domain.finding import Reason
from ml_connector.domain.status import Outcome
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync import watermark
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.poison import words
from ml_connector.sync.reconcile import Report, reconcile
from ml_connector.sync.run import Policies
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan

NUMBERS = ("PO-1", "PO-2", "PO-3")
POISON = "PO-2"


def recurse(depth: int = 0) -> int:
    return recurse(depth + 1) + 1


def fail(error: Exception) -> Any:
    raise error


DEEDS: dict[str, Callable[[], Any]] = {
    "a bug": lambda: {}["no such line"],
    "a recursion": recurse,
    "a division": lambda: 1 / 0,
    "nothing there": lambda: None.number,  # type: ignore[attr-defined]
}


@pytest.fixture
def world() -> World:
    """Three orders, of which the second one is read between the others."""
    made = World()
    made.links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    made.source.documents = [order(number, minutes=minute) for minute, number in enumerate(NUMBERS)]
    return made


def whole_run(world: World, run_id: str, *, dry_run: bool = False) -> dict[str, int]:
    run = world.run(run_id=run_id, dry_run=dry_run)
    since = world.mark.value
    start = T0 if since is None else since + T0.resolution
    plan = WindowPlan(start=start, end=world.clock.now(), carries_open=True, moves_watermark=True)
    extract(run, plan)
    validate(run)
    counts = load(run)
    watermark.record(run, plan)
    return counts


def report(world: World) -> Report:
    return reconcile([world.run()], deployment="acumatica_cin7", run_id="r")


def stumble_in_validate(monkeypatch: pytest.MonkeyPatch, deed: Callable[[], Any], number: str = POISON) -> None:
    from ml_connector.sync import validate as module

    check = module.check
    monkeypatch.setattr(module, "check", lambda doc, books: deed() if doc.number == number else check(doc, books))


def stumble_in_load(world: World, monkeypatch: pytest.MonkeyPatch, deed: Callable[[], Any]) -> None:
    project = world.target.project

    def stumbles(document: Document) -> dict[str, str]:
        return deed() if getattr(document, "number", "") == POISON else project(document)

    monkeypatch.setattr(world.target, "project", stumbles)


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
@pytest.mark.parametrize("step", ["validate", "load"])
def test_a_poison_document_is_parked_and_the_others_go(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str, deed: Callable[[], Any]
) -> None:
    """The others are written, the watermark moves, and the run is red and says which document failed and why."""
    if step == "validate":
        stumble_in_validate(monkeypatch, deed)
    else:
        stumble_in_load(world, monkeypatch, deed)
    counts = whole_run(world, "r1")
    assert (counts["created"], counts["failed"], counts["undecided"]) == (2, 1, 0)
    assert world.mark.value == order(minutes=2).modified_at
    entry = world.journal.entry("K-PO-2")
    (finding,) = entry.findings
    assert (entry.outcome, finding.reason) == (Outcome.FAILED, Reason.CONNECTOR_ERROR)
    assert "PO-2" in finding.message
    assert finding.value in finding.message
    assert "1 of 3" in finding.next_step
    (note,) = [detail for key, said, detail in world.trail.notes if said == "failed unexpectedly"]
    assert note["step"] == step
    assert note["way"]
    told = report(world)
    assert not told.agree
    assert [(one["key"], one["outcome"]) for one in told.held] == [("K-PO-2", "failed")]


def test_after_some_runs_it_stays_parked_and_is_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many runs as the policy says try it; then it is held, the runs are green, and it is left alone."""
    tried: list[int] = []

    def deed() -> None:
        tried.append(1)
        fail(TypeError("unexpected"))

    stumble_in_validate(monkeypatch, deed)
    outcomes = []
    for number in range(5):
        whole_run(world, f"r{number}")
        outcomes.append(world.journal.entry("K-PO-2").outcome)
    assert outcomes == [Outcome.FAILED, Outcome.FAILED, Outcome.HELD, Outcome.HELD, Outcome.HELD]
    assert len(tried) == 3
    told = report(world)
    assert told.agree
    assert [(one["key"], one["reasons"]) for one in told.held] == [("K-PO-2", ["connector_error"])]
    assert "released" in world.journal.entry("K-PO-2").findings[0].next_step


def test_it_is_tried_again_once_it_changes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parked document that is corrected at its source goes by itself."""
    with monkeypatch.context() as patch:
        stumble_in_validate(patch, lambda: fail(TypeError()))
        for number in range(4):
            whole_run(world, f"r{number}")
    whole_run(world, "r5")
    assert world.journal.entry("K-PO-2").outcome is Outcome.HELD
    world.source.documents[1] = order(POISON, "120", minutes=5)
    assert whole_run(world, "r6")["created"] == 1


def test_a_parked_document_that_is_read_by_its_key_is_tried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay is a person's wish, whatever the count says."""
    with monkeypatch.context() as patch:
        stumble_in_validate(patch, lambda: fail(TypeError()))
        for number in range(4):
            whole_run(world, f"r{number}")
    run = world.run(run_id="replay")
    extract(run, WindowPlan(start=None, end=world.clock.now(), keys=("K-PO-2",)))
    validate(run)
    assert load(run)["created"] == 1


def test_a_connector_that_fails_over_everything_stops(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """More failures than the policy allows are no matter of documents: the step raises and the watermark stays."""
    world.policies = Policies(poison_limit=1)
    monkeypatch.setattr("ml_connector.sync.validate.check", lambda *_: fail(TypeError("everything is broken")))
    with pytest.raises(TypeError, match="everything is broken"):
        whole_run(world, "r1")
    assert world.mark.value is None
    assert world.target.writes == 0


def test_a_dry_run_tells_and_counts_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dry run shows the failure and leaves the journal alone."""
    stumble_in_validate(monkeypatch, lambda: fail(TypeError()))
    assert whole_run(world, "r1", dry_run=True)["failed"] == 1
    assert world.journal.failed == {}
    assert world.journal.entry("K-PO-2").outcome is None


def test_an_answer_of_unknown_shape_is_parked_after_some_runs_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At first the load is red and the watermark waits; in the last run that tries it, it is held and both go on."""
    draft = world.target.draft

    def answers(document: Document, *rest: Any) -> Any:
        if getattr(document, "number", "") == POISON:
            raise ContractError("no reference number", answer="<html>")
        return draft(document, *rest)

    monkeypatch.setattr(world.target, "draft", answers)
    for number in range(2):
        with pytest.raises(ContractError, match="PO-2"):
            whole_run(world, f"r{number}")
        assert world.mark.value is None
        assert world.journal.entry("K-PO-2").outcome is Outcome.FAILED
    assert whole_run(world, "r2")["held"] == 1
    assert world.mark.value == order(minutes=2).modified_at
    assert world.target.creates == 2


def test_a_document_that_cannot_be_stored_is_kept_as_far_as_it_can_be(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that the database refuses is staged as unreadable with its reason; the others of its batch go."""
    add = world.staging.add

    def refuses(documents: Any, *, carried: bool = False) -> int:
        asked = list(documents)
        if any(getattr(one, "number", "") == POISON for one in asked):
            raise ValueError("integer out of range")
        return add(asked, carried=carried)

    monkeypatch.setattr(world.staging, "add", refuses)
    counts = whole_run(world, "r1")
    assert (counts["created"], counts["held"], counts["read"]) == (2, 1, 3)
    (finding,) = world.staging.rows["K-PO-2"].findings
    assert "integer out of range" in finding.message


def test_an_enormous_text_stops_nobody(world: World) -> None:
    """Ten million characters in a line are brought over, or refused by the target's own length, like any other."""
    lines = tuple(line.model_copy(update={"description": "x" * 10_000_000}) for line in order(POISON).lines)
    world.source.documents[1] = order(POISON, minutes=1, lines=lines)
    counts = whole_run(world, "r1")
    assert counts["created"] + counts["held"] == 3


def test_secrets_in_an_error_are_not_told() -> None:
    """What a person is shown of an error is redacted and short."""
    try:
        fail(ValueError(f"Authorization: Bearer abcdefghijklmnop {'x' * 1000}"))
    except ValueError as error:
        said = words(error)
    assert "abcdefghijklmnop" not in said
    assert "test_poison.py" in said
    assert len(said) < 400

"""What a person rejected is not brought over, until it changes at its source."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import pytest
from fakes import T0
from sync_world import World, order

from ml_connector.domain.documents import GLAccount, PurchaseOrder
from ml_connector.domain.reference import KnownCode, Reference
from ml_connector.domain.status import Outcome, Progress
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.reconcile import reconcile
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan


def world() -> World:
    made = World()
    made.links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    made.source.documents = [order()]
    return made


def whole_run(made: World) -> dict[str, int]:
    run = made.run()
    extract(run, WindowPlan(start=T0, end=made.clock.now(), carries_open=True))
    validate(run)
    return load(run)


def reject(made: World, rejected: PurchaseOrder) -> None:
    """Reject the order as it is then, as a person does."""
    made.journal.documents["K-PO-1"] = rejected
    made.journal.entries["K-PO-1"] = replace(made.journal.entry("K-PO-1"), outcome=Outcome.REJECTED)


def test_a_rejected_document_is_counted_and_not_written() -> None:
    """A run that reads it again leaves it rejected, writes nothing and still adds up."""
    made = world()
    reject(made, order())
    counts = whole_run(made)
    assert (counts["rejected"], counts["read"], made.target.writes) == (1, 1, 0)
    report = reconcile([made.run()], deployment="acumatica_cin7", run_id="r1")
    assert report.agree
    assert report.flows["purchase_orders"].rejected == 1


def test_what_is_rejected_while_a_run_is_about_to_load_it_is_not_written() -> None:
    """A person's word is the last one, though the run has found the document ready before."""
    made = world()
    extract(made.run(), WindowPlan(start=T0, end=made.clock.now()))
    validate(made.run())
    reject(made, order())
    assert (load(made.run())["rejected"], made.target.writes) == (1, 0)
    assert made.journal.entry("K-PO-1").outcome is Outcome.REJECTED


def test_what_is_rejected_after_it_failed_is_not_written_when_the_load_is_cleared() -> None:
    """Clearing the task tries again what failed, but not what nobody wants any more."""
    made = world()
    made.target.at = lambda _boundary: fail()
    assert whole_run(made)["failed"] == 1
    made.target.at = lambda _boundary: None
    reject(made, order())
    assert (load(made.run())["rejected"], made.target.writes) == (1, 0)
    reject(made, order(net="120"))
    made.staging.rows = {key: replace(row, outcome=Outcome.FAILED) for key, row in made.staging.rows.items()}
    assert (load(made.run())["created"], made.target.creates) == (1, 1)


def test_what_is_rejected_while_a_run_checks_it_stays_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that has begun to check the document before does not open it again."""
    made = world()
    made.links.rows = []
    books = made.target.reference

    def slowly(kinds: Collection[str]) -> Reference:
        found = books(kinds)
        monkeypatch.setattr(made.journal, "rejected", only_of_one(made))
        return found

    monkeypatch.setattr(made.target, "reference", slowly)
    extract(made.run(), WindowPlan(start=T0, end=made.clock.now()))
    assert validate(made.run())["rejected"] == 1
    assert made.journal.entry("K-PO-1").outcome is Outcome.REJECTED


def only_of_one(made: World) -> Callable[..., dict[str, str]]:
    """Have the order rejected just after a run has asked for all that is rejected."""
    rejected = made.journal.rejected

    def asked(key: str | None = None) -> dict[str, str]:
        found = rejected(key)
        if key is None:
            reject(made, order())
        return found

    return asked


def fail() -> None:
    raise TypeError("unexpected")


def test_a_rejected_document_that_changes_is_decided_anew() -> None:
    """The rejection is of the content that the person saw, not of the document for ever."""
    made = world()
    reject(made, order())
    made.source.documents = [order(net="120")]
    assert whole_run(made)["created"] == 1


def test_a_rejected_change_of_a_sent_document_is_a_known_difference() -> None:
    """After its change was rejected, the target still shows the old amount, and both sides agree about that."""
    made = world()
    assert whole_run(made)["created"] == 1
    assert made.journal.entry("K-PO-1").progress is Progress.VERIFIED
    made.source.documents = [order(net="120")]
    reject(made, order(net="120"))
    assert whole_run(made)["rejected"] == 1
    assert reconcile([made.run()], deployment="acumatica_cin7", run_id="r1").agree


def test_the_codes_of_the_target_are_handed_on() -> None:
    """Validation reads the target's books where there is something to decide, and lets them be kept to choose from."""
    made = world()
    learnt: list[Any] = []
    made.staging.begin()
    assert validate(replace(made.run(), learn=learnt.append))["read"] == 0
    assert learnt == []
    made.staging.add([order()])
    closed = GLAccount(code="2", name="Old", active=False)
    made.target.books = Reference(accounts={"1": GLAccount(code="1", name="Cash"), "2": closed}, units={"EA"})
    validate(replace(made.run(), learn=learnt.append))
    accounts = {"1": KnownCode("Cash"), "2": KnownCode("Old", usable=False)}
    assert learnt == [{"account": accounts, "unit": {"EA": KnownCode()}}]

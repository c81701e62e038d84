"""The target is down, or its answer is lost: red until it is repaired, and never twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import World

pytestmark = pytest.mark.e2e
ALWAYS = 100_000
LATER = {"Retry-After": "3600"}


@pytest.mark.e2e_short
def test_an_outage_is_red_and_clearing_the_task_afterwards_finishes_without_duplicate(world: World) -> None:
    """While the target is down load fails; clearing it fails as well; once it is up, clearing it posts one bill."""
    number, target = world.buy(), world.stage.simulators["acumatica"]
    count = len(world.bills())
    target.fault(kind="status", status=503, headers=LATER, path="/Bill", method="PUT", times=ALWAYS)
    run_id = world.stage.airflow.trigger("acumatica_cin7", {"flows": ["supplier_invoices"]})
    assert world.finish(run_id)["state"] == "failed"
    assert world.states(run_id)["supplier_invoices.load"] == "failed"
    assert world.states(run_id)["supplier_invoices.record_watermark"] == "upstream_failed"
    target.fault(kind="status", status=503, headers=LATER, times=ALWAYS)
    assert world.clear(run_id, "supplier_invoices.load")["state"] == "failed"
    assert number in world.log(run_id, "supplier_invoices.load") or "503" in world.log(run_id, "supplier_invoices.load")
    assert world.bills(number) == []
    target.repair()
    assert world.clear(run_id, "supplier_invoices.load")["state"] == "success", world.logs(run_id)
    assert [bill["Status"] for bill in world.bills(number)] == ["Open"]
    assert len(world.bills()) == count + 1
    assert world.report(run_id)["agree"] is True


def test_an_answer_that_is_lost_after_the_bill_was_stored_makes_no_second_bill(world: World) -> None:
    """The connection breaks after the target has stored the bill: it is looked up and finished, not sent again."""
    number, target = world.buy(), world.stage.simulators["acumatica"]
    before = world.marks()
    target.fault(kind="reset_after", path="/Bill", method="PUT", body=number)
    run_id = world.stage.airflow.trigger("acumatica_cin7", {"flows": ["supplier_invoices"]})
    ended = world.finish(run_id)
    assert target.call("GET", "faults") == []
    if ended["state"] != "success":
        assert world.clear(run_id, "supplier_invoices.load")["state"] == "success", world.logs(run_id)
    assert [bill["Status"] for bill in world.bills(number)] == ["Open"]
    created = [row for row in target.requests(before["acumatica"], "PUT") if number in row["request"]]
    assert len(created) == 1

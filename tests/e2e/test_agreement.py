"""The first run brings both systems into agreement, the next one finds nothing to do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from ml_connector_sandbox.demo.acumatica_cin7 import look
from ml_connector_sandbox.demo.stage import PAIR

if TYPE_CHECKING:
    from .conftest import World

pytestmark = [pytest.mark.e2e, pytest.mark.e2e_short]
FLOWS = ["suppliers", "suppliers_to_cin7", "purchase_orders", "supplier_invoices"]
OUTCOMES = ("created", "updated", "unchanged", "held", "waiting", "failed")


def test_the_first_scheduled_run_succeeds_in_all_tasks(world: World) -> None:
    """Unpausing the DAG starts one scheduled run, and each of its tasks succeeds."""
    states = world.states(world.first_run)
    steps = ("extract", "validate", "load", "record_watermark")
    assert states == {**{f"{flow}.{step}": "success" for flow in FLOWS for step in steps}, "reconcile": "success"}
    assert world.stage.airflow.run(PAIR, world.first_run)["run_type"] == "scheduled"


def test_the_numbers_of_each_flow_add_up(world: World) -> None:
    """Everything read is created, updated, unchanged, held, waiting or failed; and both sides agree."""
    report = world.report(world.first_run)
    assert report["agree"] is True
    assert sorted(report["flows"]) == sorted(FLOWS)  # PostgreSQL keeps no order of keys
    for flow in report["flows"].values():
        assert flow["read"] == sum(flow[word] for word in OUTCOMES) > 0


def test_what_was_created_is_what_stands_in_the_target(world: World) -> None:
    """The run's counts are those of both systems' own records, seen without the connector."""
    flows = world.report(world.first_run)["flows"]
    kinds = Counter(one.kind for one in world.stage.scenario.expected)
    assert flows["purchase_orders"]["created"] == kinds["purchase_order"]
    assert flows["supplier_invoices"]["created"] == kinds["bill"] + kinds["credit_memo"]
    verdict = look(world.stage.simulators, world.stage.scenario)
    assert verdict.wrong == ()
    assert verdict.documents == len(world.stage.scenario.expected)


def test_each_wrong_document_is_held_for_its_own_reason(world: World) -> None:
    """Held and waiting are exactly the documents that the world has made wrong, each with the reason that fits."""
    held = Counter((one["flow"], *sorted(set(one["reasons"]))) for one in world.report(world.first_run)["held"])
    assert held == Counter((one.flow, one.reason) for one in world.stage.scenario.held)


def test_the_control_totals_of_both_sides_are_equal(world: World) -> None:
    """In each currency the sum of what was sent is the sum that the target lists."""
    totals = world.report(world.first_run)["flows"]["supplier_invoices"]["totals"]
    assert set(totals) == {"USD", "EUR", "GBP"}
    for total in totals.values():
        assert total["source"] == total["target"]


def test_a_second_run_writes_nothing(world: World) -> None:
    """With nothing changed, a run creates and updates nothing, and neither system accepts a write.

    What the target has refused is offered again, since what it refused for may have been put right there.
    """
    before = world.marks()
    report = world.report(world.run())
    assert report["agree"] is True
    assert sum(flow["created"] + flow["updated"] for flow in report["flows"].values()) == 0
    assert world.writes(before) == []
    offered = world.stage.simulators["acumatica"].requests(before["acumatica"], "PUT")
    refused = [one.label for one in world.stage.scenario.held if one.reason == "refused_by_target"]
    assert all(any(label in row["request"] for label in refused) for row in offered)

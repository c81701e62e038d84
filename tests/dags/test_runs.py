"""The pair's DAG, run by Airflow against both simulators."""

from __future__ import annotations

import datetime as dt

import pytest
from dag_world import FLOWS, UNMAPPED, World

from ml_connector.orchestration import tasks

UTC = dt.timezone.utc

WORDS = ("created", "updated", "unchanged", "held", "waiting", "failed")
STEPS = ("extract", "validate", "load", "record_watermark")


def test_all_is_brought_over_once_and_a_held_document_follows_when_its_map_is_corrected(world: World) -> None:
    """Every document has an outcome and both sides agree; a second run writes nothing; a replay takes what was held."""
    first = world.run()
    assert first.state == "success", first.states
    for name, flow in first.report["flows"].items():
        assert flow["read"] == sum(flow[word] for word in WORDS) > 0, name
    assert first.report["agree"]
    assert sorted(first.report["flows"]) == sorted(FLOWS)
    held = [one for one in first.report["held"] if UNMAPPED in one["label"]]
    assert [one["reasons"][0] for one in held] == ["account_unmapped"]
    assert world.stored("acumatica")
    world.stored("cin7")
    marks = {flow: world.watermark(flow) or "" for flow in FLOWS}
    assert all(marks.values())

    second = world.run()
    assert second.state == "success", second.states
    assert (world.stored("acumatica"), world.stored("cin7")) == ([], [])
    assert all((world.watermark(flow) or "") >= mark for flow, mark in marks.items())

    world.import_maps({"account": "cin7_code,partner_code\n6120,62300\n"})
    replayed = world.replay(flow="supplier_invoices", keys=[held[0]["key"]])
    assert replayed.state == "success", replayed.states
    assert replayed.result("load")["created"] == replayed.result("load")["read"] == 1
    assert replayed.result("extract")["read"] == 1


def test_a_dry_run_writes_nothing_and_moves_no_watermark(world: World) -> None:
    """A dry run counts what would be done, and leaves both sides and the watermarks as they are."""
    world.deploy("suppliers")
    done = world.run(dry_run=True)
    assert done.state == "success", done.states
    assert done.report["flows"]["suppliers"]["created"] > 0
    assert (world.stored("acumatica"), world.stored("cin7")) == ([], [])
    assert world.watermark("suppliers") is None


def test_a_flow_that_is_left_out_does_not_leave_out_those_after_it(world: World) -> None:
    """Only the flows asked for run, though others come before them, and only they are reported."""
    world.deploy("suppliers", "purchase_orders")
    done = world.run(flows=["purchase_orders"])
    assert done.state == "success", done.states
    expected = {f"suppliers.{step}": "skipped" for step in STEPS}
    expected |= {f"purchase_orders.{step}": "success" for step in STEPS}
    assert done.states == {**expected, "reconcile": "success"}
    assert list(done.report["flows"]) == ["purchase_orders"]


def test_a_given_span_is_read_and_the_watermark_stays(world: World) -> None:
    """`from` and `to` choose what is read by its modification time; the next live run starts where it would have."""
    world.deploy("suppliers")
    done = world.run(**{"from": "2026-09-01T00:00:00Z", "to": "2026-09-01T00:00:01Z"})
    assert done.state == "success", done.states
    assert done.report["flows"]["suppliers"]["read"] == 0
    assert world.watermark("suppliers") is None


def test_a_missing_connection_makes_the_run_red_and_names_what_did_not_finish(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run whose first step cannot begin fails, though it has no document to show for it."""
    monkeypatch.delenv("AIRFLOW_CONN_CIN7_DEFAULT")
    world.deploy("suppliers")
    done = world.run()
    assert done.state == "failed"
    assert done.states["suppliers.extract"] == "failed"
    assert done.states["suppliers.load"] == "upstream_failed"
    assert done.states["reconcile"] == "failed"
    assert done.report["flows"] == {}


def test_a_flow_due_in_an_interval_without_a_run_is_read_by_the_next_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow tells where the run before ended, so an hourly flow is not starved by runs that take too long."""
    monkeypatch.setattr(tasks, "_run_type", lambda _context: "scheduled")
    world.deploy("suppliers")
    first = world.run(logical_date=dt.datetime(2026, 1, 5, 1, 30, tzinfo=UTC))
    assert first.states["suppliers.extract"] == "skipped"
    assert first.state == "success"
    second = world.run(logical_date=dt.datetime(2026, 1, 5, 2, 0, tzinfo=UTC))
    assert second.states["suppliers.extract"] == "success"

"""Watermarks are Variables that a person sees, sets back, and cannot set forward by mistake."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import World

pytestmark = pytest.mark.e2e
FLOW = "supplier_invoices"


def test_each_flow_shows_its_watermark_as_a_variable(world: World) -> None:
    """After a run there is one Variable a flow, a moment in UTC that lies in the past."""
    shown = world.variables()
    assert set(shown) == {"suppliers", "suppliers_to_cin7", "purchase_orders", "supplier_invoices"}
    for value in shown.values():
        moment = dt.datetime.fromisoformat(value)
        assert moment.utcoffset() == dt.timedelta(0)
        assert moment <= dt.datetime.now(dt.timezone.utc)


def test_a_watermark_set_back_reads_again_and_creates_nothing_new(world: World) -> None:
    """Set back by a month, the flow reads everything again, writes nothing, and the mark returns to where it was."""
    world.run(flows=[FLOW])
    usual, mark = world.report(world.run(flows=[FLOW]))["flows"][FLOW], world.variables()[FLOW]
    world.set_variable(FLOW, "2026-10-01T00:00:00+00:00")
    before = world.marks()
    again = world.report(world.run(flows=[FLOW]))["flows"][FLOW]
    assert again["read"] > usual["read"]
    assert again["created"] + again["updated"] == 0
    assert world.writes(before) == []
    assert world.variables()[FLOW] == mark


def test_a_watermark_set_forward_is_refused_with_what_to_do(world: World) -> None:
    """Set past what has been read, the flow stops before it reads, and the log says how to go on."""
    world.run(flows=[FLOW])
    mark = world.variables()[FLOW]
    world.set_variable(FLOW, "2099-01-01T00:00:00+00:00")
    try:
        run_id = world.stage.airflow.trigger("acumatica_cin7", {"flows": [FLOW]})
        assert world.finish(run_id)["state"] == "failed"
        said = world.log(run_id, f"{FLOW}.extract")
        assert "would be left out" in said
        assert "skip to 2099-01-01" in said
    finally:
        world.set_variable(FLOW, mark)
    assert world.clear(run_id, f"{FLOW}.extract")["state"] == "success", world.logs(run_id)

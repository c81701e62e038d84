"""A dry run shows what would happen and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import World

pytestmark = pytest.mark.e2e


def test_a_dry_run_writes_nothing_and_the_next_run_does_what_it_showed(world: World) -> None:
    """A dry run with a new bill sends no write and moves no watermark; the run after it creates the bill."""
    world.run()
    number, before, watermarks = world.buy(), world.marks(), world.variables()
    dry = world.report(world.run(dry_run=True))["flows"]["supplier_invoices"]
    assert world.writes(before) == []
    assert world.variables() == watermarks
    assert world.bills(number) == []
    real = world.report(world.run())["flows"]["supplier_invoices"]
    assert len(world.bills(number)) == 1
    refused = [one for one in world.stage.scenario.held if one.reason == "refused_by_target"]
    assert real["created"] == 1
    assert dry["created"] == 1 + len(refused)  # what the target will refuse is not known before it is asked


def test_a_run_held_to_a_dry_run_does_no_more_than_that_listed(world: World) -> None:
    """A bill that came after the dry run waits, and goes with the next run."""
    world.run()
    listed = world.buy()
    dry_run = world.run(dry_run=True)
    later = world.buy()
    world.run(approved_dry_run=dry_run)
    assert [len(world.bills(number)) for number in (listed, later)] == [1, 0]
    world.run()
    assert [len(world.bills(number)) for number in (listed, later)] == [1, 1]

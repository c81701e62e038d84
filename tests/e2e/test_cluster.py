"""A worker of the cluster is killed while it loads; only with ``--cluster``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ml_connector_sandbox.demo.airflow_server import WORKERS, tasks_of
from ml_connector_sandbox.demo.stage import PAIR

if TYPE_CHECKING:
    from ml_connector_sandbox.demo.processes import Child

    from .conftest import World

pytestmark = pytest.mark.e2e
BILLS = 6


def busy_worker(world: World) -> Child | None:
    """Return a worker that runs a task now."""
    workers = [world.stage.family.named(name) for name in WORKERS]
    return next((worker for worker in workers if tasks_of(worker)), None)


def test_a_worker_killed_while_it_loads_costs_no_bill_and_doubles_none(world: World) -> None:
    """Its machine is gone at once; the run ends on the other worker, by itself or after the task was cleared."""
    if world.stage.cluster is None:
        pytest.skip("one machine has no worker of its own: make e2e-cluster")
    numbers, before = [world.buy() for _ in range(BILLS)], world.marks()["acumatica"]
    target = world.stage.simulators["acumatica"]
    run_id = world.stage.airflow.trigger(PAIR, {"flows": ["supplier_invoices"]})
    world.until(lambda: target.writes(before)[0] >= 3, "the first writes")
    killed = world.until(lambda: busy_worker(world), "a worker that loads")
    world.stage.family.kill(killed)
    if world.finish(run_id)["state"] != "success":
        assert world.clear(run_id, "supplier_invoices.load")["state"] == "success", world.logs(run_id)
    assert [[bill["Status"] for bill in world.bills(number)] for number in numbers] == [["Open"]] * BILLS
    assert world.report(run_id)["agree"] is True

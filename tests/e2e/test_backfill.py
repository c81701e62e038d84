"""A backfill reads its own intervals and leaves the watermark alone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from ml_connector_sandbox.demo.airflow_api import ApiError
from ml_connector_sandbox.demo.stage import PAIR
from ml_connector_sandbox.scenarios.acumatica_cin7 import documents

if TYPE_CHECKING:
    from .conftest import World

pytestmark = pytest.mark.e2e
FLOWS = ["purchase_orders", "supplier_invoices"]
HOURS = [dt.datetime(2026, 10, 5, hour, tzinfo=dt.timezone.utc) for hour in range(7, 12)]


def test_a_backfill_of_five_hours_makes_five_runs_each_of_its_own_hour(world: World) -> None:
    """Five intervals make five runs; each reads what changed in its hour, writes nothing, and no watermark moves."""
    marks, watermarks = world.marks(), world.variables()
    body = {
        "dag_id": PAIR, "from_date": HOURS[0].isoformat(), "to_date": HOURS[-1].isoformat(),
        "reprocess_behavior": "none", "max_active_runs": 3, "dag_run_conf": {"flows": FLOWS},
    }  # fmt: skip
    world.until(lambda: _is_made(world, body), "the backfill")
    runs = world.until(lambda: _ended(world), "the five runs")
    assert sorted(moment(run["data_interval_start"]) for run in runs) == HOURS
    for run in runs:
        assert run["state"] == "success", world.logs(run["dag_run_id"])
        assert _read(world, run) == _there(world, run)
    assert any(_read(world, run)["supplier_invoices"] for run in runs)
    assert world.writes(marks) == []
    assert world.variables() == watermarks


def _is_made(world: World, body: dict[str, Any]) -> bool:
    """Ask for the backfill; on SQLite Airflow may answer 503 and asks to be asked again."""
    try:
        world.stage.airflow.call("POST", "/backfills", body)
    except ApiError as error:
        if error.status == 503:
            return False
        raise
    return True


def _ended(world: World) -> list[dict[str, Any]]:
    runs = [run for run in world.stage.airflow.runs(PAIR) if run["run_type"] == "backfill"]
    return runs if len(runs) >= len(HOURS) and all(run["state"] in {"success", "failed"} for run in runs) else []


def _read(world: World, run: dict[str, Any]) -> dict[str, int]:
    made = {}
    for flow in FLOWS:
        result = world.stage.airflow.result(PAIR, run["dag_run_id"], f"{flow}.extract")
        assert moment(result["plan"]["start"]) == moment(run["data_interval_start"])
        assert moment(result["plan"]["end"]) == moment(run["data_interval_end"])
        made[flow] = result["counts"]["read"]
    return made


def _there(world: World, run: dict[str, Any]) -> dict[str, int]:
    """Return how many documents of each flow Cin7 has that changed in the run's interval."""
    start, end = moment(run["data_interval_start"]), moment(run["data_interval_end"])
    purchases = world.stage.simulators["cin7"].state("purchase")
    inside = [row for row in purchases if start <= moment(row["LastUpdatedDate"]) < end]
    kinds = [document.kind for row in inside for document in documents(row)]
    orders = kinds.count("purchase_order")
    return {"purchase_orders": orders, "supplier_invoices": len(kinds) - orders}


def moment(text: str) -> dt.datetime:
    """Return the moment that a JSON text means."""
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))

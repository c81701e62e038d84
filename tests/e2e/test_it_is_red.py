"""Each way in which a run gets red, as docs/operations.md lists them: the words in the log, what to do, and green."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from ml_connector_sandbox.demo.acumatica_cin7 import look
from ml_connector_sandbox.demo.stage import PAIR

if TYPE_CHECKING:
    from .conftest import World

pytestmark = pytest.mark.e2e
ALWAYS = 100_000
BILLS = {"flows": ["supplier_invoices"]}


@pytest.fixture(autouse=True)
def _both_systems_are_well_again(world: World) -> Iterator[None]:
    yield
    for one in world.stage.simulators.values():
        one.repair()


def red(world: World, task: str, run_id: str = "") -> tuple[str, str]:
    """Return the run, started unless given, and the log of the task that made it red."""
    run_id = run_id or world.stage.airflow.trigger(PAIR, BILLS)
    assert world.finish(run_id)["state"] == "failed"
    assert world.states(run_id)[task] == "failed"
    return run_id, world.log(run_id, task)


def green(world: World, run_id: str, task: str) -> None:
    """Clear the task with downstream: the run ends well."""
    assert world.clear(run_id, task)["state"] == "success", world.logs(run_id)


def is_once(world: World, number: str) -> bool:
    return [bill["Status"] for bill in world.bills(number)] == ["Open"]


def test_vendor_unavailable(world: World) -> None:
    """It answers 503: wait until it is up, clear the task."""
    number = world.buy()
    world.stage.simulators["cin7"].fault(kind="status", status=503, path="purchase", method="GET", times=ALWAYS)
    run_id, log = red(world, "supplier_invoices.extract")
    assert "VendorUnavailable" in log
    world.stage.simulators["cin7"].repair()
    green(world, run_id, "supplier_invoices.extract")
    assert is_once(world, number)


def test_rate_limited(world: World) -> None:
    """It asks for a longer wait than a task should sleep: clear later."""
    number = world.buy()
    world.stage.simulators["acumatica"].fault(
        kind="status", status=429, headers={"Retry-After": "1800"}, path="/Bill", method="PUT", times=ALWAYS
    )
    run_id, log = red(world, "supplier_invoices.load")
    assert "RateLimited" in log
    world.stage.simulators["acumatica"].repair()
    green(world, run_id, "supplier_invoices.load")
    assert is_once(world, number)


def test_configuration_error_of_a_connection(world: World) -> None:
    """The key is wrong: the log names the connection; correct it, clear the task."""
    number, cin7 = world.buy(), world.stage.scenario.accounts["cin7"]
    airflow = world.stage.airflow
    try:
        airflow.call("PATCH", "/connections/cin7_default", {
            "connection_id": "cin7_default", "conn_type": "cin7_core", "password": "wrong-key",
        }, update_mask="password")  # fmt: skip
        run_id, log = red(world, "supplier_invoices.extract")
        assert "ConfigurationError" in log
        assert "cin7_default" in log
        assert "wrong-key" not in log
    finally:
        world.stage.connect()
    assert cin7["keys"][0] not in log
    green(world, run_id, "supplier_invoices.extract")
    assert is_once(world, number)


def test_configuration_error_of_the_pairs_file(world: World) -> None:
    """A key is misspelt: Airflow shows an import error that names file, key and suggestion; the DAG stays as it was."""
    right = world.stage.place.pairs.read_text(encoding="utf-8")
    told = json.loads(right)
    told["deployments"][0]["polices"] = {"overlap_minutes": 10}
    try:
        world.stage.place.pairs.write_text(json.dumps(told), encoding="utf-8")
        errors = world.until(world.stage.airflow.import_errors, "the import error")
        assert any("polices" in one and "policies" in one and "pairs.yaml" in one for one in errors), errors
    finally:
        world.stage.place.pairs.write_text(right, encoding="utf-8")
    world.until(lambda: not world.stage.airflow.import_errors(), "the DAGs without an error")
    world.run(**BILLS)


def test_contract_error(world: World) -> None:
    """A page of HTML where data should be: once it is gone, clear the task."""
    number = world.buy()
    world.stage.simulators["cin7"].fault(kind="html", path="purchase", method="GET", times=ALWAYS)
    run_id, log = red(world, "supplier_invoices.extract")
    assert "ContractError" in log
    world.stage.simulators["cin7"].repair()
    green(world, run_id, "supplier_invoices.extract")
    assert is_once(world, number)


def test_documents_could_not_be_loaded(world: World) -> None:
    """Every create is cut off before it arrives: clear `load`; each is looked up, none is doubled."""
    number = world.buy()
    world.stage.simulators["acumatica"].fault(kind="reset_before", path="/Bill", method="PUT", times=ALWAYS)
    run_id, log = red(world, "supplier_invoices.load")
    assert "could not be loaded" in log
    assert number in log
    world.stage.simulators["acumatica"].repair()
    green(world, run_id, "supplier_invoices.load")
    assert is_once(world, number)


def test_documents_have_no_outcome_yet(world: World) -> None:
    """Somebody marked a failed `load` as a success: the watermark does not move; clear `load` with downstream."""
    number, airflow = world.buy(), world.stage.airflow
    before = world.variables()["supplier_invoices"]
    world.stage.simulators["acumatica"].fault(kind="status", status=503, path="/Bill", method="GET", times=ALWAYS)
    run_id, _ = red(world, "supplier_invoices.load")
    instances = f"/dags/{PAIR}/dagRuns/{run_id}/taskInstances"
    airflow.call("PATCH", f"{instances}/supplier_invoices.load", {"new_state": "success", "include_downstream": False})
    airflow.clear(PAIR, run_id, ["supplier_invoices.record_watermark"])
    _, log = red(world, "supplier_invoices.record_watermark", run_id)
    assert "no outcome yet" in log
    assert world.variables()["supplier_invoices"] == before
    world.stage.simulators["acumatica"].repair()
    green(world, run_id, "supplier_invoices.load")
    assert is_once(world, number)
    assert world.variables()["supplier_invoices"] > before


def test_both_sides_differ(world: World) -> None:
    """Somebody put a bill on hold in the target: `reconcile` names it; once it is released again, clear it."""
    number, target = world.buy(), world.stage.simulators["acumatica"]
    run_id = world.run(**BILLS)
    [bill] = world.bills(number)
    target.edit("Bill", bill["id"], Status="On Hold")
    world.stage.airflow.clear(PAIR, run_id, ["reconcile"])
    _, log = red(world, "reconcile", run_id)
    assert number in log
    target.edit("Bill", bill["id"], Status=bill["Status"])
    green(world, run_id, "reconcile")


def test_what_no_run_has_read(world: World) -> None:
    """A bill that the cursor never saw: the comparison names it, --take-up hands it to the next run."""
    number = world.buy(changed="2026-10-05T00:00:01Z")
    world.run(**BILLS)
    assert world.bills(number) == []
    days = ("--from", "2026-01-01", "--to", "2026-12-31")
    said = world.stage.commanded("reconcile", PAIR, *days, "--flows", "supplier_invoices", "--take-up")
    assert said.returncode == 1, said.stdout + said.stderr
    assert number in said.stdout
    assert "no run has read it" in said.stdout
    world.run(**BILLS)
    assert is_once(world, number)


def test_after_all_of_it_both_systems_agree_and_the_trail_is_unbroken(world: World) -> None:
    """Nothing is doubled or missing, and the audit proves itself."""
    world.run()
    assert look(world.stage.simulators, world.stage.scenario, untouched=False).wrong == ()
    assert "unbroken" in world.stage.command("audit", "verify")

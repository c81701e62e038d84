"""``ml-connector preflight`` against both simulators: what is ready is said to be, and what is not is named."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from dag_world import PAIR, UNMAPPED, Run, World

from ml_connector.cli import main
from ml_connector.orchestration.deployments import read
from ml_connector.orchestration.preflight import FLOW, STEP, last_preflight
from ml_connector.orchestration.preflight_dag import build_preflight
from ml_connector.transport.clock import SystemClock
from ml_connector_sandbox.scenarios.acumatica_cin7 import documents

SYSTEMS = ("cin7", "acumatica")


@pytest.fixture
def ask(world: World, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command; return its exit code and what it printed."""

    def run(*words: str) -> tuple[int, str]:
        url = str(world.database.engine.url)
        capsys.readouterr()
        code = main(["--db", url, "preflight", PAIR, "--days", "400", *words])
        return code, capsys.readouterr().out

    return run


def test_missing_codes_are_named_with_documents_and_amounts(world: World, ask: Any) -> None:
    """The share of documents and of each currency's amount that is covered, and each code that no map has."""
    code, text = ask("--json")
    told = json.loads(text)
    assert (code, told["ready"]) == (1, False)
    bills = told["flows"]["supplier_invoices"]
    lacking = {one["code"]: one for one in bills["missing"] if one["map"] == "account"}["6120"]
    purchases = world.scenario.records["cin7"]["purchase"]
    (bill,) = [one for row in purchases for one in documents(row) if (one.kind, one.number) == ("bill", UNMAPPED)]
    assert lacking["documents"] == 1
    assert {name: Decimal(amount) for name, amount in lacking["amounts"].items()} == {bill.currency: bill.gross}
    assert bills["covered"] == bills["documents"] - len({one["code"] for one in bills["missing"]})
    assert 0 < float(bills["percent"]) < 100
    assert "is not mapped: 1 documents" in ask()[1]


def test_what_is_mapped_meanwhile_is_covered(world: World, ask: Any) -> None:
    """Once the code is in the map, preflight no longer names it."""
    before = json.loads(ask("--json")[1])["flows"]["supplier_invoices"]
    known = world.scenario.maps["account"].splitlines()
    world.import_maps({"account": "\n".join([*known, f"6120,{known[1].split(',')[1]},"])})
    after = json.loads(ask("--json")[1])["flows"]["supplier_invoices"]
    assert "6120" in {one["code"] for one in before["missing"]} - {one["code"] for one in after["missing"]}
    assert after["covered"] == before["covered"] + 1


def test_nothing_is_written(world: World, ask: Any) -> None:
    """No call changes a system, and no document is journalled, staged or linked."""
    for system in SYSTEMS:
        world.stored(system)
    ask()
    assert [world.stored(system) for system in SYSTEMS] == [[], []]
    assert not list(world.database.journal(PAIR, "supplier_invoices", "r").open_documents())
    with world.database.engine.connect() as connection:
        for table in ("document", "staged_document", "supplier_link", "watermark", "known_code"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM mlc_{table}").scalar() == 0, table


def test_both_systems_are_reached_and_their_clocks_told(ask: Any) -> None:
    """Each system says what it is; the simulators' clocks are this machine's."""
    told = json.loads(ask("--json", "--flows", "suppliers")[1])
    assert {name: one["reached"] for name, one in told["systems"].items()} == dict.fromkeys(SYSTEMS, True)
    assert all(abs(one["clock_ahead_seconds"]) < 60 and one["said"] for one in told["systems"].values())
    assert list(told["flows"]) == ["suppliers"]


def test_a_clock_that_is_minutes_off_is_told(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By how much and in which direction; the deployment is not ready."""
    late = dt.timedelta(minutes=5)
    monkeypatch.setattr(SystemClock, "now", lambda _self: dt.datetime.now(dt.timezone.utc) - late)
    code, text = ask("--json", "--flows", "suppliers")
    told = json.loads(text)
    assert (code, told["ready"]) == (1, False)
    for system in SYSTEMS:
        assert 290 < told["systems"][system]["clock_ahead_seconds"] < 310
        assert "ahead of this machine's" in " ".join(told["systems"][system]["problems"])


def test_a_system_that_cannot_be_reached_ends_with_3(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which one and why is said, and no document is read."""
    monkeypatch.setenv("AIRFLOW_CONN_CIN7_DEFAULT", json.dumps({
        "conn_type": "cin7_core", "host": "http://127.0.0.1:9", "login": "a", "password": "b"}))  # fmt: skip
    code, text = ask("--json")
    told = json.loads(text)
    assert (code, told["systems"]["cin7"]["reached"], told["flows"]) == (3, False, {})


def test_the_preflight_dag_keeps_what_it_found_and_is_red_until_the_pair_is_ready(world: World) -> None:
    """Its task fails with all that is missing; the page reads the same; nothing is written to either system."""
    for system in SYSTEMS:
        world.stored(system)
    run = Run(build_preflight(read(world.pairs)).test(run_conf={"pair": PAIR, "days": 400}))
    assert run.states == {"preflight": "failed"}
    found = last_preflight(world.database, PAIR)
    assert found is not None
    assert (found.run_id, found.days, found.ready) == (f"ml_connector_preflight/{run.dag_run.run_id}", 400, False)
    assert "6120" in {one.code for one in found.flows["supplier_invoices"].missing}
    assert [world.stored(system) for system in SYSTEMS] == [[], []]
    world.deploy("suppliers")
    assert Run(build_preflight(read(world.pairs)).test(run_conf={"pair": PAIR})).states == {"preflight": "success"}
    assert (last_preflight(world.database, PAIR) or found).ready


def test_what_another_release_noted_in_another_shape_is_no_result(world: World) -> None:
    """The page goes on without it."""
    world.database.audit(PAIR, FLOW, "r").note("", STEP, {"ready": True, "shape": "of tomorrow"})
    assert last_preflight(world.database, PAIR) is None

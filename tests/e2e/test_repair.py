"""A person repairs a code map and runs the held document again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ml_connector_sandbox.demo.acumatica_cin7 import look
from ml_connector_sandbox.demo.stage import PAIR

if TYPE_CHECKING:
    from .conftest import World

pytestmark = pytest.mark.e2e
HEAD = "cin7_code,partner_code,note\n"


def label_of(world: World, flow: str, reason: str) -> str:
    """Return the one document that the world holds for that reason."""
    [label] = [one.label for one in world.stage.scenario.held if (one.flow, one.reason) == (flow, reason)]
    return label


def key_of(world: World, run_id: str, flow: str, label: str) -> str:
    """Return the key under which the run reports the document held."""
    held = world.report(run_id)["held"]
    [key] = [one["key"] for one in held if one["flow"] == flow and label in one["label"]]
    return str(key)


def test_a_repaired_account_map_and_a_cleared_validate_move_exactly_that_bill(world: World) -> None:
    """After the missing account is mapped, clearing validate creates the bill that was held for it and nothing else."""
    label = label_of(world, "supplier_invoices", "account_unmapped")
    run_id = world.run(flows=["supplier_invoices"])
    before, held = len(world.bills()), world.report(run_id)["flows"]["supplier_invoices"]["held"]
    world.stage.import_maps({"account": HEAD + "6120,61500,tooling\n"})
    ended = world.clear(run_id, "supplier_invoices.validate")
    assert ended["state"] == "success", world.logs(run_id)
    assert [bill["Status"] for bill in world.bills(label)] == ["Open"]
    assert len(world.bills()) == before + 1
    numbers = world.report(run_id)["flows"]["supplier_invoices"]
    assert (numbers["created"], numbers["held"]) == (1, held - 1)


def test_a_replay_moves_exactly_the_documents_it_names(world: World) -> None:
    """After the missing terms are mapped, replaying the held order creates it, and touches nothing else."""
    label = label_of(world, "purchase_orders", "terms_unmapped")
    run_id = world.run(flows=["purchase_orders"])
    key, before = key_of(world, run_id, "purchase_orders", label), world.marks()
    world.stage.import_maps({"terms": HEAD + "Half in advance,NET30,\n"})
    replay = world.run("ml_connector_replay", pair=PAIR, flow="purchase_orders", keys=[key])
    orders = world.stage.simulators["acumatica"].state("PurchaseOrder")
    assert len([one for one in orders if one["VendorRef"] == label]) == 1
    written = list(world.stage.simulators["acumatica"].requests(before["acumatica"], "PUT"))
    assert written
    assert all(label in row["request"] or label in row["answer"] for row in written)
    assert world.states(replay, "ml_connector_replay") == dict.fromkeys(("extract", "validate", "load"), "success")


def test_a_replay_of_everything_held_leaves_what_is_still_wrong_held(world: World) -> None:
    """Replaying a flow without naming documents takes up all that is held, and creates none that is still wrong."""
    world.run(flows=["supplier_invoices"])
    before = world.marks()
    replay = world.run("ml_connector_replay", pair=PAIR, flow="supplier_invoices")
    counts = world.stage.airflow.result("ml_connector_replay", replay, "load")
    assert counts["read"] == counts["held"] + counts["waiting"] > 0
    assert world.writes(before) == []


def test_after_all_repairs_both_systems_still_agree(world: World) -> None:
    """Nothing is doubled or missing once held documents have been moved."""
    world.run()
    assert look(world.stage.simulators, world.stage.scenario, untouched=False).wrong == ()

"""What people and clocks do behind the connector's back, found by comparing what both systems list."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dag_world import World
from sqlalchemy import select

from ml_connector.cli import main
from ml_connector.store.engine import reading
from ml_connector.store.tables import comparison, difference
from ml_connector_sandbox.scenarios.acumatica_cin7 import scenario

YEAR = {"compare_from": "2026-01-01", "compare_to": "2026-12-31"}
DAYS = ("--from", "2026-01-01", "--to", "2026-12-31")
FLOWS = ("suppliers", "purchase_orders", "supplier_invoices")
LATE = "2026-10-05T20:00:00.000Z"
"""A stamp from before the watermark and its overlap: no run reads what is changed then any more."""


def kept(world: World) -> dict[str, str]:
    """Return label → cause of the differences that are open, without what is known."""
    columns = difference.c
    query = select(columns.label, columns.cause).where(columns.cleared_at.is_(None))
    with reading(world.database.engine) as connection:
        rows = connection.execute(query).all()
    return {label: cause for label, cause in rows if cause not in ("held", "not_ours")}


def bills(world: World) -> dict[str, dict[str, Any]]:
    """Return number of the supplier's → the bill in Acumatica."""
    rows = world._ask("GET", world.acumatica, "state?entity=Bill")["Bill"]
    return {one["VendorRef"]: one for one in rows if "mlc:" in one.get("Description", "")}


def edit(world: World, number: str, **changes: Any) -> None:
    """Change a bill in Acumatica as a person would."""
    key = f"Bill/{bills(world)[number]['ReferenceNbr']}"
    world._ask("POST", world.acumatica, "edit", {"entity": "Bill", "id": key, "set": changes})


def purchases(*numbers: str) -> list[dict[str, Any]]:
    """Return purchases of the scenario that the world has left out."""
    made = {one["OrderNumber"]: one for one in scenario("small").records["cin7"]["purchase"]}
    return [made[number] for number in numbers]


def seed(world: World, *purchases: dict[str, Any]) -> None:
    """Put purchases into Cin7 as they are."""
    account = world.scenario.accounts["cin7"]["account_id"]
    world._ask("POST", world.cin7, "seed", {"account": account, "records": {"purchase": list(purchases)}})


def compared(world: World, *more: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """Return the exit code of `ml-connector reconcile`, and what it says."""
    capsys.readouterr()
    code = main(["reconcile", "acumatica_cin7", *DAYS, "--json", *more])
    return code, json.loads(capsys.readouterr().out)


def test_what_was_done_behind_its_back_is_found_with_its_cause(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """A void, a deletion, an edited amount, a copy, a moved date and a document with an old stamp, each by its name;
    before that there is nothing to tell, and what was missed is brought over by the next run."""  # noqa: D205, D209
    seed(world, *purchases("PO-00007", "PO-00008", "PO-00022"))
    world.deploy(*FLOWS)
    first = world.run(**YEAR)
    assert first.state == "success", first.states
    assert kept(world) == {}
    there = sorted(bills(world))
    assert len(there) == 5

    edit(world, there[0], Status="Voided")
    gone = bills(world)[there[1]]["ReferenceNbr"]
    world._ask("DELETE", world.acumatica, f"record?entity=Bill&id=Bill/{gone}")
    line = {"Account": bills(world)[there[2]]["Details"][0]["Account"], "Qty": 1, "UnitCost": 7, "ExtendedCost": 7}
    edit(world, there[2], Details=[line])
    copied = {name: bills(world)[there[3]][name] for name in ("Type", "Vendor", "VendorRef", "Date", "Amount")}
    world._ask("POST", world.acumatica, "seed", {"records": {"Bill": [{**copied, "Status": "Open"}]}})
    edit(world, there[4], Date="2026-11-04")
    [missed] = purchases("PO-00023")
    seed(world, {**missed, "LastUpdatedDate": LATE})

    code, said = compared(world, capsys=capsys)
    assert code == 1
    found = {one["label"].split(" of ")[0]: one["cause"] for one in said["flows"]["supplier_invoices"]["differences"]
             if one["cause"] not in ("held", "not_ours")}  # fmt: skip
    number = missed["Invoice"]["InvoiceNumber"]
    assert found == {
        f"bill {there[0]}": "voided", f"bill {there[1]}": "deleted", f"bill {there[2]}": "amount",
        f"bill {there[3]}": "duplicate", f"bill {there[4]}": "period", f"bill {number}": "missed",
    }  # fmt: skip
    orders = said["flows"]["purchase_orders"]["differences"]
    assert [one["cause"] for one in orders] == ["missed"]

    second = world.run(**YEAR)
    assert second.states["reconcile"] == "failed"
    assert kept(world).keys() >= {one["label"] for one in orders}

    _, taken = compared(world, "--take-up", capsys=capsys)
    assert len(taken["taken_up"]) == 2
    world.run(**YEAR)
    assert "missed" not in kept(world).values()
    assert sorted(set(kept(world).values())) == ["amount", "deleted", "duplicate", "period", "voided"]
    assert bills(world).keys() - set(there)


def test_the_lists_are_compared_once_a_day_and_no_more_than_asked(world: World) -> None:
    """The first run of a day compares, the second does not; one that is asked to does, and a dry run never."""
    world.deploy("purchase_orders")

    def count() -> int:
        with reading(world.database.engine) as connection:
            return len(connection.execute(select(comparison.c.id)).all())

    for params, expected in (({"dry_run": True, **YEAR}, 0), ({}, 1), ({}, 1), (YEAR, 2)):
        assert world.run(**params).states["reconcile"] == "success"
        assert count() == expected


def test_days_that_cannot_be_are_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """One day alone, or the last before the first, is told as such and compares nothing."""
    assert main(["reconcile", "acumatica_cin7", "--from", "2026-10-01"]) == 2
    assert main(["reconcile", "acumatica_cin7", "--from", "2026-10-02", "--to", "2026-10-01"]) == 2
    assert main(["reconcile", "acumatica_cin7", "--flows", "supplier_invoice"]) == 2
    assert "did you mean 'supplier_invoices'" in capsys.readouterr().err

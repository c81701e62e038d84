"""Purchases asked for by key, as the three-way match asks: as they are now, with few calls."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.sync.ports import Window
from ml_connector.systems.cin7.by_key import LISTED_AFTER

KINDS = ("purchase_order", "goods_receipt", "supplier_invoice")


def details(world: Any) -> int:
    """How many purchases have been fetched."""
    return world.count("/purchase$") + world.count("/advanced-purchase$")  # type: ignore[no-any-return]


def test_order_receipts_and_bills_of_a_purchase_come_with_one_read(world: Any) -> None:
    """What the three-way match compares is of one moment, and costs one call."""
    made = world.purchase("completed")
    adapter = world.adapter()
    found = {kind: list(adapter.read_keys(kind, [made["ID"]])) for kind in KINDS}
    assert {kind: len(documents) for kind, documents in found.items()} == dict.fromkeys(KINDS, 1)
    assert details(world) == 1


@pytest.mark.parametrize("between", [(), KINDS[1:]])
def test_the_same_kind_asked_for_again_is_read_again(world: Any, between: tuple[str, ...]) -> None:
    """A change that somebody makes meanwhile is seen by whoever asks again."""
    made = world.purchase("ordered")
    adapter = world.adapter()
    for kind in ("purchase_order", *between):
        list(adapter.read_keys(kind, [made["ID"]]))
    world.edit("purchase", made["ID"], RequiredBy="2026-06-01T00:00:00")
    (order,) = adapter.read_keys("purchase_order", [made["ID"]])
    assert order.required_by.isoformat() == "2026-06-01"


def test_many_purchases_cost_one_list_and_those_that_changed(world: Any, cache: Any) -> None:
    """Beyond the first few, a copy kept of the version that the list shows is not fetched; a changed one is."""
    made = [world.purchase("ordered", f"PO-{n:05}")["ID"] for n in range(LISTED_AFTER + 5)]
    world.advance(minutes=5)
    list(world.adapter(cache=cache).read("purchase_order", Window(None, world.clock.now())))
    world.advance(minutes=5)
    world.edit("purchase", made[-1], RequiredBy="2026-06-01T00:00:00")
    before, lists = details(world), world.count("/purchaseList$")
    adapter = world.adapter(cache=cache)
    found = [next(iter(adapter.read_keys("purchase_order", [key]))) for key in made]
    assert details(world) - before == LISTED_AFTER + 1
    assert world.count("/purchaseList$") - lists == 1
    assert found[-1].required_by.isoformat() == "2026-06-01"
    assert [one.number for one in found] == [f"PO-{n:05}" for n in range(LISTED_AFTER + 5)]


def test_a_purchase_made_after_the_list_was_read_is_fetched(world: Any, cache: Any) -> None:
    """One that the list does not have is looked for by itself."""
    made = [world.purchase("ordered", f"PO-{n:05}")["ID"] for n in range(LISTED_AFTER + 1)]
    adapter = world.adapter(cache=cache)
    for key in made:
        list(adapter.read_keys("purchase_order", [key]))
    late = world.purchase("ordered", "PO-99999")["ID"]
    assert [one.number for one in adapter.read_keys("purchase_order", [late])] == ["PO-99999"]

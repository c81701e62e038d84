"""The demo's world is what it claims to be."""

from __future__ import annotations

from collections import Counter

import pytest

from ml_connector_sandbox.scenarios.acumatica_cin7 import documents, scenario
from ml_connector_sandbox.scenarios.purchases import STATES


def test_the_same_seed_gives_the_same_world() -> None:
    """A scenario is the same in every run."""
    assert scenario("small") == scenario("small")


@pytest.mark.parametrize(("scale", "suppliers", "purchases"), [("default", 200, 120), ("full", 2000, 1200)])
def test_it_is_as_large_as_promised(scale: str, suppliers: int, purchases: int) -> None:
    """At least 200 suppliers and 120 purchases by default, ten times that at full scale."""
    made = scenario(scale)
    assert len(made.records["cin7"]["supplier"]) >= suppliers
    assert len(made.records["cin7"]["purchase"]) >= purchases


def test_every_state_three_currencies_and_both_tax_modes_occur() -> None:
    """Purchases cover every row of the decision table, three currencies, prices with and without tax."""
    purchases = scenario("default").records["cin7"]["purchase"]
    assert len({currency for p in purchases if (currency := p["SupplierCurrency"]) != "NZD"}) == 3
    assert {p["TaxCalculation"] for p in purchases} == {"Inclusive", "Exclusive"}
    assert {p["Type"] for p in purchases} == {"Simple Purchase", "Advanced Purchase", "Service Purchase"}
    assert len(purchases) >= len(STATES)


def test_names_are_messy() -> None:
    """There are accents, ampersands, trailing blanks, one name in two cases and one of 256 characters."""
    names = [s["Name"] for s in scenario("default").records["cin7"]["supplier"]]
    assert any(not name.isascii() for name in names)
    assert any("&" in name for name in names)
    assert any(name != name.rstrip() for name in names)
    assert any(len(name) == 256 for name in names)
    assert max(Counter(name.strip().casefold() for name in names).values()) == 2


def test_at_least_eight_documents_are_held_each_for_another_reason() -> None:
    """The held documents show at least eight different reasons."""
    assert len({held.reason for held in scenario("default").held}) >= 8


def test_what_is_held_is_not_expected_and_amounts_add_up() -> None:
    """No document is both expected and held, and each expected total is its purchase's."""
    made = scenario("default")
    held = {(h.flow, h.label) for h in made.held}
    for expected in made.expected:
        flow = "purchase_orders" if expected.kind == "purchase_order" else "supplier_invoices"
        assert (flow, expected.number) not in held
    for record in made.records["cin7"]["purchase"]:
        for document in documents(record):
            assert document.gross >= 0

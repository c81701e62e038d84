"""The scenario of the pair infor_cin7."""

from __future__ import annotations

from collections import Counter

import pytest

from ml_connector_sandbox.infor import simulator
from ml_connector_sandbox.scenarios.infor_cin7 import COMPANY, DIVISION, SIZES, TENANT, scenario

SMALL = scenario("small")
M3 = SMALL.records["infor"]


def test_the_same_seed_makes_the_same_world() -> None:
    """Two scenarios of one seed are equal, those of two seeds are not."""
    assert scenario("small", seed=1) == scenario("small", seed=1)
    assert scenario("small", seed=1) != scenario("small", seed=2)


@pytest.mark.parametrize(
    ("scale", "suppliers", "orders", "invoices"), [("default", 200, 80, 60), ("full", 2000, 800, 600)]
)
def test_the_scales_are_those_asked_for(scale: str, suppliers: int, orders: int, invoices: int) -> None:
    """Default has about 200 suppliers, 80 orders and 60 invoices, full ten times that."""
    m3 = scenario(scale).records["infor"]
    for table, count in (("CIDMAS", suppliers), ("MPHEAD", orders), ("FPLEDG", invoices)):
        assert count <= len(m3[table]) <= count + 15
    assert set(SIZES) == {"small", "default", "full"}


def test_a_tenant_without_records_of_its_own_takes_the_whole_world() -> None:
    """The simulator stores every record in a tenant of the scenario's name, and nothing but that is there."""
    site = simulator()
    site.add_account(SMALL.accounts["infor"])
    site.seed(TENANT, M3)
    for table in ("CIDMAS", "MPHEAD", "FPLEDG", "FAPIBH", "MITMAS", "FCHACC"):
        assert len(site.state(TENANT, table)[table]) == len(M3[table])


def test_every_voucher_balances() -> None:
    """The postings of each invoice come to nothing, the first of them being the debt."""
    for invoice in M3["FPLEDG"]:
        assert sum(one["CUAM"] for one in invoice["FGLEDG"]) == 0
        assert invoice["FGLEDG"][0]["CUAM"] == invoice["CUAM"]


def test_an_invoice_is_linked_to_its_order_by_the_lines_of_its_batch() -> None:
    """Each expected bill of an order has a batch with the invoice's voucher, whose lines name one order."""
    batches = {one["SINO"]: one for one in M3["FAPIBH"]}
    vouchers = {one["SINO"]: one["VONO"] for one in M3["FPLEDG"]}
    bills = [one.number for one in SMALL.expected if one.kind == "bill"]
    assert len(bills) >= 15
    for number in bills:
        assert batches[number]["VONO"] == vouchers[number]
        assert len({line["PUNO"] for line in batches[number]["FAPIBL"]}) == 1


def test_each_reason_to_hold_a_document_is_there() -> None:
    """The odd documents are of every kind that M3's records can bring about."""
    reasons = Counter(one.reason for one in SMALL.held)
    assert set(reasons) == {
        "supplier_near_match", "supplier_ambiguous", "supplier_currency_differs", "terms_unmapped",
        "tax_rule_unmapped", "item_unknown", "company_unmapped", "supplier_not_linked", "refused_by_target",
        "account_unmapped", "account_unknown", "order_not_there", "not_ready", "unreadable",
    }  # fmt: skip
    assert reasons["unreadable"] == 3
    held = {one.label for one in SMALL.held if one.flow != "suppliers"}
    assert not held & {one.number for one in SMALL.expected}


def test_codes_keep_their_leading_zeros() -> None:
    """Order numbers begin with zeros, and the company is written as documents of M3 have it."""
    assert all(one["PUNO"].startswith("00") for one in M3["MPHEAD"])
    assert f"{COMPANY}_{DIVISION}" in SMALL.maps["company"]


def test_a_supplier_has_a_name_that_m3_has_room_for() -> None:
    """No name is longer than SUNM, and no two suppliers but the odd pair have the same."""
    every = [one["SUNM"] for one in scenario("full").records["infor"]["CIDMAS"]]
    assert max(map(len, every)) <= 36
    names = Counter(map(str.casefold, every))
    assert [name for name, count in names.items() if count > 1] == ["meridian glassworks"]

"""The demo's own look at both systems sees what the connector might get wrong."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from ml_connector_sandbox.acumatica import simulator as acumatica
from ml_connector_sandbox.cin7 import simulator as cin7
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.demo import simulators
from ml_connector_sandbox.demo.acumatica_cin7 import look
from ml_connector_sandbox.demo.simulators import Simulator
from ml_connector_sandbox.scenarios.acumatica_cin7 import scenario
from ml_connector_sandbox.scenarios.scenario import Expected

SMALL = scenario("small")


@pytest.fixture
def systems() -> Iterator[dict[str, Simulator]]:
    with serve(build(cin7())) as first, serve(build(acumatica())) as second:
        account = SMALL.accounts["cin7"]["account_id"]
        made = {"cin7": Simulator("cin7", first.url, account), "acumatica": Simulator("acumatica", second.url, None)}
        simulators.seed(made, SMALL)
        yield made


def linked_bill() -> Expected:
    """A bill of a supplier that both sides know by number already."""
    codes = {one["Name"].strip(): one["AdditionalAttribute1"] for one in SMALL.records["cin7"]["supplier"]}
    return next(one for one in SMALL.expected if one.kind == "bill" and codes.get(one.supplier))


def record(bill: Expected, **other: Any) -> dict[str, Any]:
    codes = {one["Name"].strip(): one["AdditionalAttribute1"] for one in SMALL.records["cin7"]["supplier"]}
    gross = other.pop("gross", bill.gross)
    return {
        "Type": "Bill", "Vendor": codes[bill.supplier], "VendorRef": bill.number, "CurrencyID": bill.currency,
        "Status": "Open", "Date": "2026-10-05", "Hold": False, "Description": "x",
        "Details": [{"Account": "12100", "ExtendedCost": gross, "TransactionDescription": "x"}], **other,
    }  # fmt: skip


def about(systems: dict[str, Simulator], number: str) -> list[str]:
    return [line for line in look(systems, SMALL).wrong if number in line]


def put(systems: dict[str, Simulator], *records: dict[str, Any]) -> None:
    systems["acumatica"].call("POST", "seed", {"records": {"Bill": list(records)}})


def test_before_a_run_every_document_is_missing(systems: dict[str, Simulator]) -> None:
    """With nothing brought over, each expected document is named as missing, and the clerk's own bill is no surplus."""
    wrong = look(systems, SMALL).wrong
    assert sum("is missing" in line for line in wrong) == len(SMALL.expected) > 50
    assert not [line for line in wrong if "should not" in line]


def test_a_right_document_is_not_complained_about(systems: dict[str, Simulator]) -> None:
    """A bill that stands there once, with its gross, currency and vendor, is no finding."""
    bill = linked_bill()
    assert about(systems, bill.number) != []
    put(systems, record(bill))
    assert about(systems, bill.number) == []


def test_a_cent_too_much_is_seen(systems: dict[str, Simulator]) -> None:
    """Another gross than Cin7's is a finding with both amounts."""
    bill = linked_bill()
    put(systems, record(bill, gross=bill.gross + Decimal("0.01")))
    assert str(bill.gross + Decimal("0.01")) in about(systems, bill.number)[0]


def test_a_duplicate_is_seen(systems: dict[str, Simulator]) -> None:
    """The same bill twice is a finding."""
    bill = linked_bill()
    put(systems, record(bill), record(bill))
    assert "there 2 times" in about(systems, bill.number)[0]


def test_a_document_that_must_be_held_is_seen_when_it_is_there(systems: dict[str, Simulator]) -> None:
    """A bill that had to be held and stands in the target is a finding."""
    held = next(one for one in SMALL.held if one.reason == "account_unmapped")
    put(systems, record(linked_bill(), VendorRef=held.label))
    assert "should not" in about(systems, held.label)[0]

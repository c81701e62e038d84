"""Writes of several calls that die half-way: completed by the next run, or held with what is there and what is not."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from pair_world import PairWorld, billed, received

GOODS = (("ST-200", 10, 4), ("BR-100", 2, "12.5"), ("PK-010", 4, "0.85"))
ALL = (("ST-200", 10), ("BR-100", 2), ("PK-010", 4))
KINDS = {"supplierV2s": "suppliers", "purchaseOrderHeaders": "orders", "purchaseOrderLines": "lines",
         "purchaseOrderReceipts": "receipts", "supplierInvoices": "invoices"}  # fmt: skip
CALLS = {
    "the supplier": ("supplierV2s$", 0),
    "its record in the domain": ("mfgSuppliers$", 0),
    "the header": ("purchaseOrderHeaders$", 0),
    "the first line": ("purchaseOrderLinesGrid$", 0),
    "the second line": ("purchaseOrderLinesGrid$", 1),
    "the last line": ("purchaseOrderLinesGrid$", 2),
    "the confirmation": ("purchaseOrderHeaders$", 1),
    "the receipt": ("purchaseOrderReceipts$", 0),
    "the invoice": ("supplierInvoices$", 0),
    "the matching": ("supplierInvoices$", 1),
}
"""What is written → path of the call, and how many such calls go before it."""


def whole(pair: PairWorld) -> None:
    """Put in a purchase with its receipt and bill."""
    pair.purchase(*GOODS, StockReceived=received(*ALL), Invoice=billed(*GOODS))


def counts(pair: PairWorld) -> dict[str, int]:
    """How much of each there is in QAD."""
    return {name: len(pair.qad.state(entity)) for entity, name in KINDS.items()}


def fault(pair: PairWorld, call: str, kind: str, **more: Any) -> None:
    path, skip = CALLS[call]
    pair.qad.sim("POST", "faults", {"method": "POST", "path": path, "skip": skip, "kind": kind, **more})


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
@pytest.mark.parametrize("call", CALLS)
def test_whatever_write_is_cut_off_each_record_stands_once(pair: PairWorld, call: str, kind: str) -> None:
    """With any one write cut off, before or after QAD carried it out, everything is there once after two runs."""
    whole(pair)
    fault(pair, call, kind)
    pair.run()
    assert pair.qad.sim("GET", "faults") == []
    pair.run()
    assert counts(pair) == {"suppliers": 1, "orders": 1, "lines": 3, "receipts": 1, "invoices": 1}
    assert pair.invoices() == [("KT-1", "AP-RMALLOC", Decimal("68.4"))]
    assert pair.parked() == {}
    assert pair.report.agree, pair.report.text()


@pytest.mark.parametrize("call", [call for call in CALLS if call not in {"the supplier", "the header"}])
def test_a_refusal_half_way_is_held_and_completed_after_its_cause_is_gone(pair: PairWorld, call: str) -> None:
    """A write that QAD refuses leaves what stands so far, held in QAD's words with nothing confirmed or paid twice; the
    run after the cause is gone completes it, and makes nothing anew."""  # noqa: D205, D209
    whole(pair)
    refusal = {"submitResult": {"success": False, "errors": [{"fieldName": "siteCode", "message": "Site is locked"}]}}
    fault(pair, call, "status", status=200, answer=refusal)
    pair.run()
    held = [finding.message for one in pair.parked().values() for finding in one.findings]
    assert any("Site is locked" in text for text in held)
    before = counts(pair)
    pair.run()
    pair.run()
    after = counts(pair)
    assert after == {"suppliers": 1, "orders": 1, "lines": 3, "receipts": 1, "invoices": 1}
    assert all(after[name] >= number for name, number in before.items())
    assert pair.parked() == {}
    assert pair.report.agree, pair.report.text()


def test_a_supplier_that_cannot_be_completed_says_which_record_is_missing(pair: PairWorld) -> None:
    """Where QAD refuses the domain's record, the supplier is held with what is there and what is not; no order is sent
    to it, and nothing is created again."""  # noqa: D205, D209
    whole(pair)
    refuse(pair, "mfgSuppliers", "siteCode", "10-100", "Site is locked")
    for _ in range(2):
        pair.run()
        assert counts(pair) == {"suppliers": 1, "orders": 0, "lines": 0, "receipts": 0, "invoices": 0}
        told = messages(pair, "suppliers")
        assert "Site is locked" in told
        assert "site and daybook set in domain 10USA are missing" in told
    refuse_nothing(pair)
    pair.run()
    assert counts(pair)["suppliers"] == 1
    assert pair.bill() == "created"


def test_an_order_that_cannot_be_completed_says_which_lines_are_missing(pair: PairWorld) -> None:
    """An order of which QAD refuses a line is held, unconfirmed, with how many lines are there and which are not."""
    refuse(pair, "purchaseOrderLines", "itemCode", "PK-010", "Item is on hold")
    whole(pair)
    for _ in range(2):
        pair.run()
        told = messages(pair, "purchase_orders")
        assert "Item is on hold" in told
        assert "2 of its 3 lines are in QAD; missing: 4 × PK-010" in told
    (header,) = pair.qad.state("purchaseOrderHeaders")
    assert not header["isConfirmed"]
    refuse_nothing(pair)
    pair.run()
    lines = Counter(row["itemCode"] for row in pair.qad.state("purchaseOrderLines"))
    assert lines == {"ST-200": 1, "BR-100": 1, "PK-010": 1}
    assert pair.bill() == "created"


def test_an_invoice_that_cannot_be_matched_stays_unpaid_and_says_so(pair: PairWorld) -> None:
    """Recorded but not matched: held with the voucher's number, its amount on unmatched invoices, payment locked."""
    whole(pair)
    refuse(pair, "supplierInvoices", "isReceiverMatching", "True", "Period end")
    for _ in range(2):
        pair.run()
        told = messages(pair, "supplier_invoices")
        assert "Period end" in told
        assert "voucher 1 is recorded and not matched, its payment locked" in told
    assert pair.invoices() == [("KT-1", "AP-INITIAL", Decimal("68.4"))]
    refuse_nothing(pair)
    pair.run()
    assert pair.invoices() == [("KT-1", "AP-RMALLOC", Decimal("68.4"))]


def refuse(pair: PairWorld, entity: str, field: str, value: str, message: str) -> None:
    """Have a validation of the customer's own refuse records of an entity."""
    rule = {"entity": entity, "field": field, "value": value, "message": message}
    pair.qad.sim("PATCH", "settings", {"extensions": [rule]})


def refuse_nothing(pair: PairWorld) -> None:
    pair.qad.sim("PATCH", "settings", {"extensions": []})


def messages(pair: PairWorld, flow: str) -> str:
    """What the queue says about the documents of a flow."""
    found = [one for one in pair.parked().values() if one.flow == flow]
    assert len(found) > 0
    return " ".join(finding.message for one in found for finding in one.findings)

"""Receipts, their history and the pending invoices that they open."""

from __future__ import annotations

from typing import Any

import pytest


def _details(erp: Any) -> list[tuple[int, int]]:
    return [(row["pvod_trans_qty"], row["pvod_vouchered_qty"]) for row in erp.state("pvod_det")]


def test_a_receipt_writes_history_and_a_pending_invoice(erp: Any, order: str) -> None:
    """A receipt raises what has come, writes prh_hist and opens a pending invoice of type 07."""
    receiver = erp.receive((1, 50))
    history = erp.rows("po501", f"prh_hist.prh_nbr,eq,{order},literal")[0]
    assert (history["prh_hist.prh_receiver"], history["prh_hist.prh_rcvd"]) == (receiver, 50)
    assert (history["prh_hist.prh_rcp_date"], history["prh_hist.prh_ps_nbr"]) == ("2024-05-18", "DN-771")
    pending = erp.rows("po005", f"pvo_mstr.pvo_order,eq,{order},literal")[0]
    assert (pending["pvo_mstr.pvo_internal_ref"], pending["pvo_mstr.pvo_internal_ref_type"]) == (receiver, "07")
    assert (pending["pvod_det.pvod_trans_qty"], pending["pvo_mstr.pvo_lc_charge"]) == (50, "")


def test_a_receipt_posts_inventory_against_po_receipts(erp: Any, order: str) -> None:
    """Fifty rods at 4.00 are 200.00 on inventory and on PO receipts."""
    erp.receive((1, 50))
    assert [(row["glAccountCode"], row["amount"]) for row in erp.state("postings")] == [("1500", 200), ("2110", -200)]


def test_a_receipt_may_bring_its_own_number(erp: Any, order: str) -> None:
    """A receiver number is kept, and can be used once."""
    assert erp.receive((1, 1), receiverNumber="R-1") == "R-1"
    refused = erp.refused("purchaseOrderReceipts", erp.receipt((1, 1), receiverNumber="r-1"))
    assert refused == [("receiverNumber", "Record already exists")]
    assert erp.get("purchaseOrderReceipts", domainCode="10USA", receiverNumber="R-1")["packingSlipNumber"] == "DN-771"


def test_a_receipt_is_never_changed(erp: Any, order: str) -> None:
    """A stored receipt is corrected by a negative one only."""
    keys = {"domainCode": "10USA", "receiverNumber": erp.receive((1, 1))}
    body = erp.get("purchaseOrderReceipts", **keys)
    assert erp.refused("purchaseOrderReceipts", body, **keys)[0][0] == "receiverNumber"


def test_over_receipt_is_an_error_beyond_the_tolerance(erp: Any, order: str) -> None:
    """More than ordered is refused, up to the tolerance in per cent."""
    erp.receive((1, 150))
    assert erp.refused("purchaseOrderReceipts", erp.receipt((1, 51)))[0][0] == "quantityReceived"
    erp.set(over_receipt_pct=10)
    erp.receive((1, 70))
    assert erp.refused("purchaseOrderReceipts", erp.receipt((1, 1)))[0][0] == "quantityReceived"


def test_lines_of_one_receipt_add_up(erp: Any, order: str) -> None:
    """Two lines of a receipt for the same order line are held against the order together."""
    assert erp.refused("purchaseOrderReceipts", erp.receipt((1, 150), (1, 51)))[0][0] == "quantityReceived"


def test_two_lines_of_one_order_line_are_one_row_of_history(erp: Any, order: str) -> None:
    """The key of the history is receiver, order and line: what comes twice in a receiver adds up there."""
    erp.receive((1, 6), (1, 4))
    assert [(row["prh_rcvd"], row["prh_ps_qty"]) for row in erp.state("prh_hist")] == [(10, 10)]
    assert erp.state("purchaseOrderLines")[0]["quantityReceived"] == 10


def test_the_cost_tolerance_limits_an_over_receipt_too(erp: Any, order: str) -> None:
    """Within the per cent, the excess may still cost too much."""
    erp.set(over_receipt_pct=50, over_receipt_cost=20)
    assert erp.refused("purchaseOrderReceipts", erp.receipt((1, 206)))[0][0] == "quantityReceived"
    erp.receive((1, 205))


def test_over_receipt_may_be_only_a_warning(erp: Any, order: str) -> None:
    """Where the tenant warns, the goods are received all the same."""
    erp.set(over_receipt="warning")
    made = erp.made("purchaseOrderReceipts", erp.receipt((1, 500)))
    assert "exceeds" in made["supplementaryMessages"][0]["message"]
    assert erp.state("purchaseOrderLines")[0]["quantityReceived"] == 500


@pytest.mark.parametrize(("style", "details"), [("own", [(50, 0), (-20, 0)]), ("reduces", [(30, 0)])])
def test_a_negative_receipt_lowers_what_is_open(
    erp: Any, order: str, style: str, details: list[tuple[int, int]]
) -> None:
    """Goods that go back open a pending invoice below zero, as every receipt opens one, or lower the one that is open;
    either way they leave a negative row of history."""  # noqa: D205, D209
    erp.set(negative_receipt=style)
    erp.receive((1, 50))
    erp.receive((1, -20))
    assert _details(erp) == details
    assert [row["prh_rcvd"] for row in erp.state("prh_hist")] == [50, -20]
    assert erp.state("purchaseOrderLines")[0]["quantityReceived"] == 30
    refused = erp.refused("purchaseOrderReceipts", erp.receipt((1, -31)))
    assert refused == [("quantityReceived", "Quantity exceeds the quantity received")]


def test_goods_going_back_after_the_invoice_are_owed_by_the_supplier(erp: Any, order: str, matched: Any) -> None:
    """What is invoiced already opens a pending invoice below zero, for a credit note to match."""
    receiver = erp.receive((1, 50))
    erp.made("supplierInvoices", matched(receiver, 50, 4))
    back = erp.receive((1, -20))
    assert _details(erp) == [(50, 50), (-20, 0)]
    assert [row["pvo_mstr.pvo_internal_ref"] for row in erp.rows("ap007")] == [back]


def test_an_order_must_be_open_and_confirmed(erp: Any, order: str) -> None:
    """Goods of an unconfirmed or closed order are refused."""
    for changes in ({"isConfirmed": False}, {"isConfirmed": True, "orderStatus": "C"}):
        erp.edit("purchaseOrderHeaders", f"10USA.{order}", **changes)
        assert erp.refused("purchaseOrderReceipts", erp.receipt((1, 1)))[0][0] == "purchaseOrderNumber"


def test_the_date_must_lie_within_the_effective_dates(erp: Any, order: str) -> None:
    """A receipt before the start or after the end is refused."""
    erp.edit("purchaseOrderHeaders", f"10USA.{order}", startEffective="2024-05-10", endEffective="2024-05-20")
    for day in ("2024-05-09", "2024-05-21"):
        refused = erp.refused("purchaseOrderReceipts", erp.receipt((1, 1), receiptDate=day))
        assert refused == [("receiptDate", "Date is not within the effective dates")]
    erp.receive((1, 1), receiptDate="2024-05-20")


def test_a_closed_period_takes_no_receipt(erp: Any, order: str) -> None:
    """The effective date decides where the receipt posts; closed periods refuse it."""
    erp.set(closed_until="2024-05-31")
    assert erp.refused("purchaseOrderReceipts", erp.receipt((1, 1)))[0][0] == "effectiveDate"
    erp.receive((1, 1), effectiveDate="2024-06-01")


@pytest.mark.parametrize(("line", "field"), [
    ({"purchaseOrderLine": 9}, "purchaseOrderLine"), ({"quantityReceived": 0}, "quantityReceived"),
    ({"itemCode": "BR-100"}, "itemCode"), ({"unitOfMeasure": "BX"}, "unitOfMeasure"), ({"siteCode": "XX"}, "siteCode"),
])  # fmt: skip
def test_a_receipts_line_must_fit_the_orders(erp: Any, order: str, line: dict[str, Any], field: str) -> None:
    """Line number, item, unit and site must be the order line's, and the quantity not zero."""
    rows = [{"purchaseOrderLine": 1, "quantityReceived": 1, **line}]
    refused = erp.refused("purchaseOrderReceipts", {**erp.receipt(), "purchaseOrderReceiptLines": rows})
    assert [name for name, _ in refused] == [field]
    assert erp.state("prh_hist") == []


def test_a_receipt_needs_an_order_and_lines(erp: Any, order: str) -> None:
    """An order that does not exist, and a receipt without lines, are refused."""
    assert erp.refused("purchaseOrderReceipts", erp.receipt((1, 1), order="NONE"))[0][0] == "purchaseOrderNumber"
    assert erp.refused("purchaseOrderReceipts", erp.receipt())[0][0] == "purchaseOrderReceiptLines"


def test_a_full_or_final_receipt_closes_the_line(erp: Any, order: str) -> None:
    """A line is closed once all has come, or when the rest is cancelled."""
    erp.receive((1, 50))
    assert erp.state("purchaseOrderLines")[0]["lineStatus"] == ""
    line = {"purchaseOrderLine": 1, "quantityReceived": 10, "cancelBackorder": True}
    erp.made("purchaseOrderReceipts", {**erp.receipt(), "purchaseOrderReceiptLines": [line]})
    assert erp.state("purchaseOrderLines")[0]["lineStatus"] == "C"

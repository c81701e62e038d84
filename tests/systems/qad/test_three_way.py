"""The three-way match from Cin7 to QAD: what waits, since when and for what, and what lets it pass."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from pair_world import DAY, NOTHING, PairWorld, billed, credited, received

from ml_connector.validation.three_way import Tolerances

GOODS = (("ST-200", 10, 4), ("BR-100", 2, "12.5"))
ALL = (("ST-200", 10), ("BR-100", 2))
MATCHED, LEDGER = "AP-RMALLOC", "AP-GLALLOC"


def test_a_bill_whose_goods_are_there_is_matched_in_one_run(pair: PairWorld) -> None:
    """Supplier, order, receipt and bill go in one run, and both sides agree."""
    pair.purchase(*GOODS, StockReceived=received(*ALL), Invoice=billed(*GOODS))
    assert set(pair.run().values()) == {"created"}
    assert pair.invoices() == [("KT-1", MATCHED, Decimal(65))]
    assert pair.report.agree, pair.report.text()


@pytest.mark.parametrize("approach", ["STOCK", "INVOICE"])
def test_a_bill_waits_three_runs_and_goes_when_the_goods_come(pair: PairWorld, approach: str) -> None:
    """It waits, visibly since its first run and for the item, whichever way round the purchase is meant; the run after
    the receipt takes it by itself, though neither the bill nor the purchase's stamp has changed."""  # noqa: D205, D209
    pair.purchase(*GOODS, approach=approach, Invoice=billed(*GOODS))
    for _ in range(3):
        pair.run()
        assert pair.bill() == "receipt_missing, receipt_missing"
        assert pair.invoices() == []
    (waits,) = pair.parked().values()
    assert waits.since == dt.datetime(2026, 10, 7, 8, tzinfo=dt.timezone.utc)
    assert [(one.field, one.value, one.waits) for one in waits.findings] == [
        ("ST-200", "0", True),
        ("BR-100", "0", True),
    ]
    assert "order PO-00318" in waits.findings[0].message
    pair.edit(StockReceived=received(*ALL))
    pair.run()
    assert pair.bill() == "created"
    assert pair.invoices() == [("KT-1", MATCHED, Decimal(65))]
    assert pair.parked() == {}


def test_a_receipt_that_the_list_of_changes_never_shows_lets_the_bill_pass(pair: PairWorld) -> None:
    """A waiting bill is looked at anew in each run, whether or not its purchase was listed as changed."""
    pair.without = ("goods_receipts",)
    pair.purchase(*GOODS, Invoice=billed(*GOODS))
    for _ in range(3):
        pair.run()
    pair.unseen(StockReceived=received(*ALL))
    pair.run()
    assert pair.bill() == "not_ready"
    _receive_in_qad(pair, ("ST-200", 10, 1), ("BR-100", 2, 2))
    pair.run()
    assert pair.bill() == "created"


def _receive_in_qad(pair: PairWorld, *goods: tuple[str, int, int]) -> None:
    """Receive goods as QAD's own users do: item, quantity, order line."""
    lines = [{"purchaseOrderLine": line, "itemCode": item, "quantityReceived": n} for item, n, line in goods]
    receipt = {"domainCode": "10USA", "purchaseOrderNumber": "PO-00318", "packingSlipNumber": "DN-771",
               "receiptDate": "2026-10-05", "purchaseOrderReceiptLines": lines}  # fmt: skip
    pair.qad.sim("POST", "seed", {"records": {"purchaseOrderReceipts": [receipt]}})


def test_goods_that_qad_has_not_received_keep_the_bill_waiting(pair: PairWorld) -> None:
    """Cin7's receipt is not enough: as long as QAD refuses it the bill waits for QAD's, and says how much is there."""
    pair.qad.sim("PATCH", "settings", {"closed_until": "2026-10-03"})
    pair.purchase(*GOODS, StockReceived=received(*ALL), Invoice=billed(*GOODS, day=DAY + dt.timedelta(days=4)))
    pair.run()
    assert pair.bill() == "not_ready"
    (bill,) = [one for one in pair.parked().values() if one.flow == "supplier_invoices"]
    assert "10 of ST-200, and only 0 have been received and not invoiced" in bill.findings[0].message
    pair.qad.sim("PATCH", "settings", {"closed_until": ""})
    pair.run()
    assert pair.bill() == "created"
    assert pair.parked() == {}


def test_partial_receipts_let_two_bills_pass_one_after_the_other(pair: PairWorld) -> None:
    """Goods go to the bills in the order of their dates; the second waits for the rest."""
    first = [received(("ST-200", 6), TaskID=GROUPS[0]), {**NOTHING, "TaskID": GROUPS[1]}]
    bills = [billed(("ST-200", 6, 4), TaskID=GROUPS[0]),
             billed(("ST-200", 4, 4), number="KT-2", day=DAY + dt.timedelta(days=1), TaskID=GROUPS[1])]  # fmt: skip
    pair.purchase(("ST-200", 10, 4), advanced=True, StockReceived=first, PutAway=first, Invoice=bills)
    pair.run()
    assert (pair.bill(), pair.bill("KT-2")) == ("created", "receipt_missing")
    rest = received(("ST-200", 4), day=DAY + dt.timedelta(days=3), TaskID=GROUPS[1])
    pair.edit(StockReceived=[first[0], rest], PutAway=[first[0], rest])
    pair.run()
    assert pair.bill("KT-2") == "created"
    assert pair.invoices() == [("KT-1", MATCHED, Decimal(24)), ("KT-2", MATCHED, Decimal(16))]
    assert pair.report.agree, pair.report.text()


GROUPS = ("6a000000-0000-4000-8000-000000000001", "6a000000-0000-4000-8000-000000000002")


def test_a_bill_of_part_of_what_came_leaves_the_rest_open(pair: PairWorld) -> None:
    """The bill is matched with its own quantity; what it does not bill stays to be invoiced."""
    pair.purchase(("ST-200", 10, 4), StockReceived=received(("ST-200", 10)), Invoice=billed(("ST-200", 7, 4)))
    pair.run()
    assert pair.invoices() == [("KT-1", MATCHED, Decimal(28))]
    (open_row,) = pair.qad.state("pvod_det")
    assert (open_row["pvod_trans_qty"], open_row["pvod_vouchered_qty"]) == (10, 7)
    assert not open_row.get("pvod_finished")


# --- tolerances ---


@pytest.mark.parametrize(
    ("price", "tolerances", "ends"),
    [
        ("4.08", {}, "created"),
        ("4.09", {}, "price_differs"),
        ("3.91", {}, "price_differs"),
        ("4.40", {"price_percent": 10}, "created"),
        ("4.50", {"price_percent": 0, "price_amount": "0.5"}, "created"),
        ("4.51", {"price_percent": 0, "price_amount": "0.5"}, "price_differs"),
        ("4.30", {"price_percent": 0, "line_amount": 3}, "created"),
        ("4.31", {"price_percent": 0, "line_amount": 3}, "price_differs"),
    ],
)
def test_a_price_is_let_through_within_the_tolerance(
    pair: PairWorld, price: str, tolerances: dict[str, Any], ends: str
) -> None:
    """By share, by unit or by the line's amount, whichever is widest; beyond all three a person decides."""
    pair.tolerances = Tolerances(**tolerances)
    pair.purchase(("ST-200", 10, 4), StockReceived=received(("ST-200", 10)), Invoice=billed(("ST-200", 10, price)))
    pair.run()
    assert pair.bill() == ends
    assert pair.invoices() == ([("KT-1", MATCHED, Decimal(price) * 10)] if ends == "created" else [])


def test_a_price_within_ours_and_beyond_qads_tolerance_is_told_by_qad(pair: PairWorld) -> None:
    """Where QAD refuses the variance the bill is held with QAD's words; nothing of it is matched or paid."""
    pair.tolerances = Tolerances(price_percent=50)
    pair.qad.sim("PATCH", "settings", {"tolerance_excess": "refused"})
    pair.purchase(("ST-200", 10, 4), StockReceived=received(("ST-200", 10)), Invoice=billed(("ST-200", 10, 5)))
    pair.run()
    assert pair.bill() == "refused_by_target"
    (bill,) = pair.parked().values()
    assert "Price variance exceeds the tolerance" in bill.findings[0].message
    assert pair.invoices() == [("KT-1", "AP-INITIAL", Decimal(50))]


def test_more_received_than_ordered_holds_receipt_and_bill(pair: PairWorld) -> None:
    """QAD refuses the receipt in its words, and the bill is held for the over-receipt, not only kept waiting."""
    pair.purchase(("ST-200", 10, 4), StockReceived=received(("ST-200", 12)), Invoice=billed(("ST-200", 12, 4)))
    outcomes = pair.run()
    assert pair.bill() == "over_receipt"
    assert outcomes["goods receipt of 2026-10-01 for PO-00318"] == "refused_by_target"
    said = [finding.message for one in pair.parked().values() for finding in one.findings]
    assert any("exceeds the ordered quantity" in text for text in said)
    assert any("12 of ST-200 have been received, and 10 were ordered" in text for text in said)
    assert pair.invoices() == []


def test_more_received_than_ordered_passes_within_both_tolerances(pair: PairWorld) -> None:
    """With a tenth allowed on both sides, eleven of ten ordered are received and matched."""
    pair.tolerances = Tolerances(quantity_percent=Decimal(10))
    pair.qad.sim("PATCH", "settings", {"over_receipt_pct": 10})
    pair.purchase(("ST-200", 10, 4), StockReceived=received(("ST-200", 11)), Invoice=billed(("ST-200", 11, 4)))
    assert set(pair.run().values()) == {"created"}
    assert pair.invoices() == [("KT-1", MATCHED, Decimal(44))]


def test_more_billed_than_received_passes_within_the_tolerance(pair: PairWorld) -> None:
    """What came is matched, and what is billed beyond it goes to the line's account, to the cent."""
    pair.tolerances = Tolerances(quantity_percent=Decimal(10))
    pair.options = {"over_billed_percent": 10}
    pair.purchase(("ST-200", 11, 4), StockReceived=received(("ST-200", 10)), Invoice=billed(("ST-200", 11, 4)))
    pair.run()
    assert pair.bill() == "created"
    (stored,) = pair.qad.state("supplierInvoices")
    assert [(row["glAccountCode"], row["amount"]) for row in stored["supplierInvoiceGLLines"]] == [("1500", 4)]
    assert [row["matchedQuantity"] for row in stored["receiverMatching"]["lines"]] == [10]


def test_more_billed_than_received_waits_beyond_the_tolerance(pair: PairWorld) -> None:
    """Twelve of ten are not let through by a tolerance of a tenth."""
    pair.tolerances = Tolerances(quantity_percent=Decimal(10))
    pair.options = {"over_billed_percent": 10}
    pair.purchase(("ST-200", 12, 4), StockReceived=received(("ST-200", 10)), Invoice=billed(("ST-200", 12, 4)))
    pair.run()
    assert pair.bill() == "receipt_missing"
    assert pair.invoices() == []


def test_prices_that_do_not_divide_are_matched_to_the_cent(pair: PairWorld) -> None:
    """What rounding leaves between unit prices and the line's amount goes to the line's account."""
    goods = [received(("ST-200", n), day=DAY + dt.timedelta(days=n), TaskID=f"{GROUPS[0][:-1]}{n}") for n in (1, 2, 4)]
    bill = billed(("ST-200", 7, 0), TaskID=f"{GROUPS[0][:-1]}1")
    bill["Lines"][0] |= {"Price": Decimal("1.43"), "Total": Decimal("10.00")}
    bill |= {"Total": Decimal("10.00"), "TotalBeforeTax": Decimal("10.00")}
    pair.tolerances = Tolerances(price_percent=Decimal(5))
    pair.purchase(("ST-200", 7, "1.43"), advanced=True, StockReceived=goods, PutAway=goods, Invoice=[bill])
    pair.run()
    assert pair.bill() == "created", pair.parked()
    (stored,) = pair.qad.state("supplierInvoices")
    matched = sum(
        (Decimal(str(row["matchedQuantity"])) * Decimal(str(row["matchedUnitPrice"]))).quantize(Decimal("0.01"))
        for row in stored["receiverMatching"]["lines"]
    )
    rest = sum(Decimal(str(row["amount"])) for row in stored["supplierInvoiceGLLines"])
    assert (matched + rest, stored["invoiceStatusCode"]) == (Decimal("10.00"), MATCHED)


# --- credit notes, voids, duplicates ---


def test_a_credit_note_follows_its_bill(pair: PairWorld) -> None:
    """It is a document of its own type and daybook, on accounts, and never waits for goods."""
    pair.purchase(*GOODS, StockReceived=received(*ALL), Invoice=billed(*GOODS), CreditNote=credited(("ST-200", 1, 4)))
    assert set(pair.run().values()) == {"created"}
    assert pair.invoices() == [("KT-1", MATCHED, Decimal(65)), ("KT-CN-1", LEDGER, Decimal(4))]
    assert [row["invoiceType"] for row in pair.qad.state("supplierInvoices")] == ["Invoice", "CreditNote"]


def test_a_purchase_voided_after_it_was_sent_is_reported(pair: PairWorld) -> None:
    """Order and bill are held with what QAD still has, run after run, until somebody cancels it there; nothing is
    undone or paid by itself."""  # noqa: D205, D209
    pair.purchase(*GOODS, StockReceived=received(*ALL), Invoice=billed(*GOODS))
    pair.run()
    void = {**NOTHING, "Status": "VOIDED"}
    pair.edit(Status="VOIDED", StockReceived=void, Invoice=void, Order={**NOTHING, "Status": "VOIDED", "Total": 0})
    for _ in range(2):
        outcomes = pair.run()
        assert outcomes["purchase order PO-00318"] == "voided_after_sending"
        assert {one.flow for one in pair.parked().values()} >= {"purchase_orders", "supplier_invoices"}
    told = " ".join(finding.message for one in pair.parked().values() for finding in one.findings)
    assert "qad still has PO-00318" in told
    assert pair.invoices() == [("KT-1", MATCHED, Decimal(65))]


def test_an_order_voided_after_it_was_sent_is_closed_once_qad_has_cancelled_it(pair: PairWorld) -> None:
    """The run after somebody cancelled the order in QAD takes it off the queue."""
    pair.purchase(*GOODS)
    pair.run()
    pair.edit(Status="VOIDED", Order={**NOTHING, "Status": "VOIDED", "Total": 0})
    assert pair.run()["purchase order PO-00318"] == "voided_after_sending"
    cancelled = {"entity": "purchaseOrderHeaders", "id": "10USA/PO-00318", "set": {"orderStatus": "X"}}
    pair.qad.sim("POST", "edit", cancelled)
    assert pair.run()["purchase order PO-00318"] == "unchanged"
    assert pair.parked() == {}


def test_two_bills_of_one_number_are_never_both_sent(pair: PairWorld) -> None:
    """The second is held and names the voucher that has the number already."""
    goods = [received(("ST-200", 10), TaskID=GROUPS[0]), {**NOTHING, "TaskID": GROUPS[1]}]
    bills = [billed(("ST-200", 6, 4), TaskID=GROUPS[0]), billed(("ST-200", 4, 4), TaskID=GROUPS[1])]
    pair.purchase(("ST-200", 10, 4), advanced=True, StockReceived=goods, PutAway=goods, Invoice=bills)
    for _ in range(2):
        pair.run()
        assert len(pair.invoices()) == 1
        (second,) = [one for one in pair.parked().values() if one.flow == "supplier_invoices"]
        assert "KT-1" in second.findings[0].message

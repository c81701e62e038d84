"""What goods of an invoice are matched with, what is left out, and what QAD did with the rest."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pair_world import DAY, PairWorld, billed, received
from qad_world import World, invoice, line, order, receipt, supplier

from ml_connector.domain.documents import Document
from ml_connector.domain.errors import NotReady, Refused
from ml_connector.systems.qad.adapter import QadAdapter

MARK = "mlc:0a1b2c3d4e5f"
MATCHED = "AP-RMALLOC"


def write(adapter: QadAdapter, document: Document, marker: str = MARK) -> str:
    ref = adapter.draft(document, marker, None, lambda _ref: None)
    adapter.authorise(document, ref)
    return ref.key


def bought(qad: World, quantity: int) -> tuple[QadAdapter, str, str]:
    """An adapter, a supplier and its order, of which so much has come."""
    adapter = qad.adapter()
    code = write(adapter, supplier())
    key = write(adapter, order(code, line("ST-200", 200, 4)))
    write(adapter, receipt(key, ("ST-200", quantity)))
    return adapter, code, key


def by_hand(qad: World, key: str, quantity: int) -> None:
    """Receive goods in QAD, or send them back."""
    lines = [{"purchaseOrderLine": 1, "itemCode": "ST-200", "quantityReceived": quantity}]
    body = {"purchaseOrderNumber": key, "receiptDate": f"{DAY}", "purchaseOrderReceiptLines": lines}
    qad.sim("POST", "seed", {"records": {"purchaseOrderReceipts": [body]}})


# --- goods that went back ---


@pytest.mark.parametrize("style", ["own", "reduces"])
def test_goods_that_went_back_are_not_paid(qad: World, style: str) -> None:
    """Of a hundred that came and twenty that went back eighty can be matched, in whichever rows QAD shows it."""
    qad.sim("PATCH", "settings", {"negative_receipt": style})
    adapter, code, key = bought(qad, 100)
    by_hand(qad, key, -20)
    with pytest.raises(NotReady, match="bills 100 of ST-200, and only 80 have been received and not invoiced"):
        adapter.draft(invoice(code, key, line("ST-200", 100, 4)), MARK, None, lambda _ref: None)
    assert qad.state("supplierInvoices") == []
    write(adapter, invoice(code, key, line("ST-200", 80, 4)))
    (stored,) = qad.state("supplierInvoices")
    assert (stored["invoiceStatusCode"], stored["receiverMatching"]["quantityVariance"]) == (MATCHED, 0)


def test_what_went_back_is_told_and_stays_open_in_qad(qad: World) -> None:
    """The message says why so little is there; nothing of either receipt is closed, so the two stay even."""
    adapter, code, key = bought(qad, 100)
    by_hand(qad, key, -20)
    with pytest.raises(NotReady, match="; 20 went back and stand open in QAD"):
        adapter.draft(invoice(code, key, line("ST-200", 81, 4)), MARK, None, lambda _ref: None)
    write(adapter, invoice(code, key, line("ST-200", 80, 4)))
    rest = [row["pvod_trans_qty"] - row["pvod_vouchered_qty"] for row in qad.state("pvod_det")]
    assert (sorted(rest), [row.get("pvod_finished") for row in qad.state("pvod_det")]) == ([-20, 20], [None, None])


def test_goods_that_came_in_their_place_can_be_billed(qad: World) -> None:
    """What came again fills what went back."""
    adapter, code, key = bought(qad, 100)
    by_hand(qad, key, -20)
    by_hand(qad, key, 20)
    write(adapter, invoice(code, key, line("ST-200", 100, 4)))
    assert [row["invoiceStatusCode"] for row in qad.state("supplierInvoices")] == [MATCHED]


def test_goods_of_another_order_line_are_not_taken_off(qad: World) -> None:
    """What went back of one line does not lower another."""
    adapter = qad.adapter()
    code = write(adapter, supplier())
    key = write(adapter, order(code, line("ST-200", 100, 4), line("BR-100", 5, 10)))
    write(adapter, receipt(key, ("ST-200", 100), ("BR-100", 5)))
    by_hand(qad, key, -20)
    write(adapter, invoice(code, key, line("BR-100", 5, 10)))
    assert [row["invoiceStatusCode"] for row in qad.state("supplierInvoices")] == [MATCHED]


# --- free goods ---


def test_free_goods_are_left_out_of_the_matching(pair: PairWorld) -> None:
    """QAD matches nothing at price zero: what is paid for is matched, and the bill is done."""
    goods = (("ST-200", 10, 4), ("BR-100", 2, 0))
    pair.purchase(*goods, StockReceived=received(("ST-200", 10), ("BR-100", 2)), Invoice=billed(*goods))
    assert set(pair.run().values()) == {"created"}
    (stored,) = pair.qad.state("supplierInvoices")
    assert [row["matchedQuantity"] for row in stored["receiverMatching"]["lines"]] == [10]
    assert (stored["supplierInvoiceGLLines"], stored["invoiceStatusCode"]) == ([], MATCHED)


def test_a_value_below_the_step_of_prices_goes_to_the_lines_account(qad: World) -> None:
    """A cent over ten thousand pieces has no unit price in QAD's steps, and is not lost."""
    adapter, code, key = bought(qad, 10)
    cent = line("BR-100", 10_000, 0, account="6200").model_copy(update={"net": Decimal("0.01")})
    write(adapter, invoice(code, key, line("ST-200", 10, 4), cent))
    (stored,) = qad.state("supplierInvoices")
    assert [row["amount"] for row in stored["supplierInvoiceGLLines"]] == [0.01]
    assert stored["allocatedAmount"] == 40.01


# --- tax and freight beside a matching ---

FREIGHT = {"Description": "Freight", "Quantity": 1, "Price": 9, "Total": 9, "Account": "512", "TaxRule": "Tax Exempt",
           "Tax": 0, "Discount": 0}  # fmt: skip


def with_freight(pair: PairWorld, **settings: Any) -> None:
    """Run a purchase whose bill has freight, at a tenant with these settings."""
    pair.qad.sim("PATCH", "settings", settings)
    bill = billed(("ST-200", 10, 4)) | {"AdditionalCharges": [FREIGHT], "TotalBeforeTax": 49, "Total": 49}
    pair.purchase(("ST-200", 10, 4), StockReceived=received(("ST-200", 10)), Invoice=bill)
    pair.run()


def told(pair: PairWorld) -> str:
    return " ".join(finding.message for one in pair.parked().values() for finding in one.findings)


def test_freight_beside_the_goods_is_a_gl_line(pair: PairWorld) -> None:
    """Where the tenant takes it, the whole amount is allocated."""
    with_freight(pair)
    assert pair.bill() == "created"
    assert pair.qad.state("supplierInvoices")[0]["allocatedAmount"] == 49


def test_a_tenant_that_refuses_it_is_told_in_its_words(pair: PairWorld) -> None:
    """The bill stays recorded, unmatched and unpaid, and is held."""
    with_freight(pair, lines_beside_matching="refused")
    assert pair.bill() == "refused_by_target"
    assert "takes no GL lines" in told(pair)
    assert pair.invoices() == [("KT-1", "AP-INITIAL", Decimal(49))]


def test_a_remainder_that_qad_passes_over_is_no_success(pair: PairWorld) -> None:
    """Matched and payable, with the freight left on unmatched invoices: held in every run until it is allocated."""
    with_freight(pair, lines_beside_matching="ignored", matching_difference="open")
    for _ in range(2):
        assert pair.bill() == "draft_differs"
        assert "unallocated: “0” wanted, “9” there" in told(pair)
        pair.edit(Note="seen")
        pair.run()
    (stored,) = pair.qad.state("supplierInvoices")
    key = "/".join(str(stored[name]) for name in ("entityCode", "postingYear", "daybookCode", "voucher"))
    lines = [{"glAccountCode": "6200", "amount": 9}]
    pair.qad.sim("POST", "edit", {"entity": "supplierInvoices", "id": key, "set": {"supplierInvoiceGLLines": lines}})
    pair.edit(Note="done")
    pair.run()
    assert pair.parked() == {}


def test_an_invoice_matched_by_a_person_is_not_measured_by_ours(qad: World) -> None:
    """How tax stands on what was keyed in QAD is QAD's own affair."""
    adapter, code, key = bought(qad, 10)
    bill = invoice(code, key, line("ST-200", 10, 4), tax=4)
    ref = adapter.draft(bill, MARK, None, lambda _ref: None)
    adapter.authorise(bill, ref)
    hand = {"supplierInvoiceGLLines": [], "description": "keyed by hand"}
    qad.sim("POST", "edit", {"entity": "supplierInvoices", "id": ref.key, "set": hand})
    found = adapter.fetch(bill, ref)
    assert found is not None
    assert found.fields["unallocated"] == "0"


def test_no_account_for_tax_is_refused_before_anything_is_sent(qad: World) -> None:
    """The amount has to go somewhere."""
    adapter, code, key = bought(qad, 10)
    other = qad.adapter(tax_account="")
    with pytest.raises(Refused, match="tax_account"):
        other.draft(invoice(code, key, line("ST-200", 10, 4), tax=4), MARK, None, lambda _ref: None)
    assert adapter.find(invoice(code, key, line("ST-200", 10, 4)), MARK) is None

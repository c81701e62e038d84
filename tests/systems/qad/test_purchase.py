"""From supplier to matched invoice: each document is there once, as meant, also when a write dies half-way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from qad_world import World, invoice, line, order, receipt, supplier

from ml_connector.domain.documents import Document, InvoiceType
from ml_connector.domain.errors import ConcurrentEdit, NotReady, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Found
from ml_connector.systems.qad.adapter import QadAdapter

MARK = "mlc:0a1b2c3d4e5f"
GOODS = (line("ST-200", 10, 4), line("BR-100", 2, "12.5"))


def written(adapter: QadAdapter, document: Document, marker: str = MARK) -> Found:
    """Draft, compare, authorise, and return what stands there."""
    ref = adapter.draft(document, marker, None, lambda _ref: None)
    found = adapter.fetch(document, ref)
    assert found is not None
    assert {name: found.fields.get(name) for name in adapter.project(document)} == dict(adapter.project(document))
    adapter.authorise(document, ref)
    after = adapter.fetch(document, ref)
    assert after is not None
    assert after.status is TargetStatus.AUTHORISED
    return after


def vendor(adapter: QadAdapter) -> str:
    return written(adapter, supplier()).ref.key


def test_a_supplier_has_both_records_and_can_be_ordered_from(qad: World) -> None:
    """The shared set's record and the domain's are both there; the Cin7 ID tells that it is ours."""
    adapter = qad.adapter()
    found = written(adapter, supplier())
    assert found.ours
    assert len(found.ref.key) == 8
    rows = qad.state("mfgSuppliers")
    [domain] = [r for r in rows if (r["supplierCode"], r["domainCode"]) == (found.ref.key, "10USA")]
    assert (domain["siteCode"], domain["daybookSetCode"]) == ("10-100", "PUR")


def test_a_supplier_that_changed_meanwhile_is_decided_again(qad: World) -> None:
    """The whole record goes back under its hash; a stale one is refused and nothing is overwritten."""
    adapter = qad.adapter()
    found = written(adapter, supplier())
    edit = {"kind": "touch", "method": "POST", "path": "supplierV2s", "entity": "supplierV2s",
            "id": f"SUPSS/{found.ref.key}", "set": {"telephone": "1"}}  # fmt: skip
    qad.sim("POST", "faults", edit)
    with pytest.raises((ConcurrentEdit, Refused)):
        adapter.amend(supplier(email="new@kestrel.example"), found, ["email"])
    fresh = adapter.fetch(supplier(), found.ref)
    assert fresh is not None
    assert fresh.fields["email"] == "ap@kestrel.example"


def test_an_order_is_confirmed_only_with_all_its_lines(qad: World) -> None:
    """The header stands unconfirmed until every line is there and has been compared."""
    adapter = qad.adapter()
    made = order(vendor(adapter), *GOODS)
    ref = adapter.draft(made, MARK, None, qad.bound.append)
    draft = adapter.fetch(made, ref)
    assert draft is not None
    assert draft.status is TargetStatus.DRAFT
    assert written(adapter, made).ref.number == "PO-00318"


def test_an_invoice_waits_for_its_goods_and_goes_when_they_are_there(qad: World) -> None:
    """Before the receipt nothing is recorded; after it the invoice is matched, to the cent, tax included."""
    adapter = qad.adapter()
    code = vendor(adapter)
    key = written(adapter, order(code, *GOODS)).ref.key
    bill = invoice(code, key, line("ST-200", 10, 4), tax=4)
    with pytest.raises(NotReady, match=r"10 of ST-200, and only 0 have been received"):
        adapter.draft(bill, MARK, None, qad.bound.append)
    assert qad.state("supplierInvoices") == []
    written(adapter, receipt(key, ("ST-200", 4)), "mlc:a00000000000")
    with pytest.raises(NotReady, match="only 4"):
        adapter.draft(bill, MARK, None, qad.bound.append)
    written(adapter, receipt(key, ("ST-200", 6), key="R2"), "mlc:b00000000000")
    written(adapter, bill)
    [stored] = qad.state("supplierInvoices")
    assert (stored["invoiceStatusCode"], Decimal(str(stored["invoiceAmount"]))) == ("AP-RMALLOC", Decimal(44))
    assert {row["receiverNumber"] for row in stored["receiverMatching"]["lines"]} == {
        row["receiverNumber"] for row in qad.state("purchaseOrderReceipts")
    }


def test_with_create_initial_the_invoice_is_recorded_at_once_and_matched_later(qad: World) -> None:
    """The amount stands on unmatched invoices, unpayable, until the goods are there."""
    adapter = qad.adapter(unmatched_policy="create_initial")
    code = vendor(adapter)
    key = written(adapter, order(code, *GOODS)).ref.key
    bill = invoice(code, key, line("ST-200", 10, 4))
    ref = adapter.draft(bill, MARK, None, qad.bound.append)
    with pytest.raises(NotReady):
        adapter.authorise(bill, ref)
    written(adapter, receipt(key, ("ST-200", 10)))
    adapter.authorise(bill, ref)
    assert [row["invoiceStatusCode"] for row in qad.state("supplierInvoices")] == ["AP-RMALLOC"]


def test_a_reference_that_is_there_twice_stops_the_invoice(qad: World) -> None:
    """QAD only warns of it; here it is found before anything is sent, and again before the matching."""
    adapter = qad.adapter()
    code = vendor(adapter)
    key = written(adapter, order(code, *GOODS)).ref.key
    written(adapter, receipt(key, ("ST-200", 10)))
    bill = invoice(code, key, line("ST-200", 10, 4))
    ref = adapter.draft(bill, MARK, None, qad.bound.append)
    [mine] = qad.state("supplierInvoices")
    twin = {**mine, "voucher": 99, "description": "keyed by hand"}
    qad.sim("POST", "seed", {"records": {"supplierInvoices": [twin]}})
    with pytest.raises(Refused, match="already"):
        adapter.authorise(bill, ref)


def test_a_bill_without_order_is_allocated_to_accounts(qad: World) -> None:
    """Lines go to their GL accounts, tax to its own, and nothing is left unmatched."""
    adapter = qad.adapter()
    code = vendor(adapter)
    rent = line(None, 1, 90, account="6200", description="Freight")
    found = written(adapter, invoice(code, "", rent, tax=9))
    assert found.fields["gross"] == "99"
    [stored] = qad.state("supplierInvoices")
    assert [(row["glAccountCode"], row["amount"]) for row in stored["supplierInvoiceGLLines"]] == [
        ("6200", 90),
        ("1200", 9),
    ]


def test_a_credit_memo_is_a_credit_note_on_accounts(qad: World) -> None:
    """It has a daybook of its own and needs no goods."""
    adapter = qad.adapter()
    code = vendor(adapter)
    memo = invoice(code, "", line(None, 1, 50, account="6200"), number="CN-1", type=InvoiceType.CREDIT_MEMO)
    written(adapter, memo)
    assert [row["invoiceType"] for row in qad.state("supplierInvoices")] == ["CreditNote"]


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_refusal_is_told_in_qads_words_whatever_its_status(qad: World, status: int) -> None:
    """A business error with status 200, 400 or 500 is a refusal that names field and value."""
    qad.sim("PATCH", "settings", {"business_error_status": status})
    with pytest.raises(Refused) as caught:
        qad.adapter().draft(supplier(terms="N99"), MARK, None, qad.bound.append)
    assert any("creditTermsCode" in field for field, _ in caught.value.reasons)


def test_books_list_accounts_and_items(qad: World) -> None:
    """Closed and control accounts take no lines; items are known by their codes."""
    reference = qad.adapter().reference(["supplier_invoice"])
    assert reference.accounts is not None
    assert (reference.accounts["6500"].active, reference.accounts["2100"].postable) == (False, False)
    assert reference.accounts["6200"].postable
    assert reference.items is not None
    assert "ST-200" in reference.items


def test_what_is_there_is_listed_for_reconciliation(qad: World) -> None:
    """Orders, receipts and invoices are listed with what tells that they are ours."""
    adapter = qad.adapter()
    code = vendor(adapter)
    key = written(adapter, order(code, *GOODS)).ref.key
    written(adapter, receipt(key, ("ST-200", 10)))
    made = written(adapter, invoice(code, key, line("ST-200", 10, 4)))
    [shown] = adapter.present("supplier_invoice")
    assert (shown.ref, shown.ours, shown.fields["gross"]) == (made.ref, True, "40")
    assert [one.ref.key for one in adapter.present("purchase_order") if one.ours] == [key]
    assert len(list(adapter.present("goods_receipt"))) == 1

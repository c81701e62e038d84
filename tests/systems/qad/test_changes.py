"""What changes after it was sent: orders, suppliers, receipts, invoices; and what people have keyed in QAD."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pair_world import DAY, PURCHASE, PairWorld, billed, received
from qad_world import World, line, order, receipt, supplier

from ml_connector.domain.errors import Refused
from ml_connector.systems.qad.adapter import QadAdapter

MARK = "mlc:0a1b2c3d4e5f"
ORDER = "purchase order PO-00318"
GOODS = (("ST-200", 10, 4), ("BR-100", 2, "12.5"))
OTHER = "99999999-2222-4333-8444-555555555555"


def ordered(pair: PairWorld, *goods: tuple[str, object, object], **more: Any) -> None:
    """Change the order in Cin7."""
    lines = [
        {"SKU": sku, "Name": sku, "ProductID": "", "Quantity": q, "Price": Decimal(str(p)), "Discount": 0, "Tax": 0,
         "Total": Decimal(str(q)) * Decimal(str(p)), "TaxRule": "Tax Exempt", "Comment": ""}
        for sku, q, p in goods
    ]  # fmt: skip
    total = sum((line["Total"] for line in lines), Decimal(0))
    body = {"Status": "AUTHORISED", "Lines": lines, "AdditionalCharges": [], "TotalBeforeTax": total, "Tax": 0}
    pair.edit(Order={**body, "Total": total}, **more)


def lines_in_qad(pair: PairWorld) -> list[tuple[str, Any, Any, str]]:
    rows = pair.qad.state("purchaseOrderLines")
    return [(row["itemCode"], row["quantityOrdered"], row["purchaseCost"], row["dueDate"]) for row in rows]


# --- orders ---


def test_an_order_in_qad_follows_quantities_prices_dates_and_new_lines(pair: PairWorld) -> None:
    """Lines that are there are changed in place, new ones added, and dates moved on header and lines."""
    pair.purchase(*GOODS)
    pair.run()
    ordered(pair, ("ST-200", 12, 4), ("BR-100", 2, 13), ("PK-010", 5, 1), RequiredBy="2026-11-01T00:00:00")
    assert pair.run()[ORDER] == "updated"
    assert sorted(lines_in_qad(pair)) == [
        ("BR-100", 2, 13, "2026-11-01"),
        ("PK-010", 5, 1, "2026-11-01"),
        ("ST-200", 12, 4, "2026-11-01"),
    ]
    assert [row["dueDate"] for row in pair.qad.state("purchaseOrderHeaders")] == ["2026-11-01"]
    assert pair.report.agree, pair.report.text()


@pytest.mark.parametrize("call", ["purchaseOrderLines$", "purchaseOrderLinesGrid$", "purchaseOrderHeaders$"])
@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_change_that_is_cut_off_is_finished(pair: PairWorld, call: str, kind: str) -> None:
    """Wherever the change of an order ends, the next try or run brings all of it, and no line twice."""
    pair.purchase(*GOODS)
    pair.run()
    ordered(pair, ("ST-200", 12, 4), ("BR-100", 2, "12.5"), ("PK-010", 5, 1), RequiredBy="2026-11-01T00:00:00")
    pair.qad.sim("POST", "faults", {"kind": kind, "method": "POST", "path": call})
    pair.run()
    assert pair.qad.sim("GET", "faults") == []
    pair.run()
    assert sorted(lines_in_qad(pair)) == [
        ("BR-100", 2, 12.5, "2026-11-01"),
        ("PK-010", 5, 1, "2026-11-01"),
        ("ST-200", 12, 4, "2026-11-01"),
    ]
    assert pair.parked() == {}


def test_a_line_taken_out_in_cin7_is_a_persons_to_cancel(pair: PairWorld) -> None:
    """No public client deletes a line: the order is held and names it, and nothing else of the change is made."""
    pair.purchase(*GOODS)
    pair.run()
    before = lines_in_qad(pair)
    ordered(pair, ("ST-200", 12, 4))
    assert pair.run()[ORDER] == "refused_by_target"
    (held,) = pair.parked().values()
    assert "line 2 in QAD, 2 of BR-100, which Cin7 does not have; cancel it in QAD" in held.findings[0].message
    assert lines_in_qad(pair) == before


def test_goods_that_came_at_another_price_hold_the_change(pair: PairWorld) -> None:
    """What was received is accrued at its cost: the order is held, not changed behind the receipt."""
    pair.purchase(*GOODS, StockReceived=received(("ST-200", 10)))
    pair.run()
    ordered(pair, ("ST-200", 10, 5), ("BR-100", 2, "12.5"))
    assert pair.run()[ORDER] == "refused_by_target"
    (held,) = pair.parked().values()
    assert "of which goods have come at 4 each, and Cin7 has 5 now" in held.findings[0].message


def test_less_than_came_is_refused_in_qads_words(pair: PairWorld) -> None:
    """QAD keeps an order above what was received on it."""
    pair.purchase(*GOODS, StockReceived=received(("ST-200", 10)))
    pair.run()
    ordered(pair, ("ST-200", 8, 4), ("BR-100", 2, "12.5"))
    assert pair.run()[ORDER] == "refused_by_target"
    assert "less than received" in next(iter(pair.parked().values())).findings[0].message


def test_a_closed_order_says_so(pair: PairWorld) -> None:
    """An order closed in QAD is not changed any more."""
    pair.purchase(*GOODS)
    pair.run()
    closed = {"entity": "purchaseOrderHeaders", "id": "10USA/PO-00318", "set": {"orderStatus": "C"}}
    pair.qad.sim("POST", "edit", closed)
    ordered(pair, ("ST-200", 12, 4), ("BR-100", 2, "12.5"))
    assert pair.run()[ORDER] == "frozen_in_target"
    assert "order PO-00318 is closed in QAD" in next(iter(pair.parked().values())).findings[0].message


def test_an_order_that_somebody_changed_meanwhile_is_decided_again(pair: PairWorld) -> None:
    """A stale whole record is refused by QAD; the next try reads it anew, and nobody's change is lost."""
    pair.purchase(*GOODS)
    pair.run()
    ordered(pair, *GOODS, RequiredBy="2026-11-01T00:00:00")
    edit = {"kind": "touch", "method": "POST", "path": "purchaseOrderHeaders$", "entity": "purchaseOrderHeaders",
            "id": "10USA/PO-00318", "set": {"contact": "Ann"}}  # fmt: skip
    pair.qad.sim("POST", "faults", edit)
    pair.run()
    pair.run()
    (header,) = pair.qad.state("purchaseOrderHeaders")
    assert (header["dueDate"], header["contact"]) == ("2026-11-01", "Ann")
    assert pair.parked() == {}


def test_another_currency_brings_its_own_rate(qad: World) -> None:
    """An order changed to euros has QAD's rate of them, back in dollars rate 1, and none without a rate."""
    adapter = qad.adapter()
    code = in_qad(adapter)
    lines = (line("ST-200", 10, 4),)
    ref = adapter.draft(order(code, *lines), MARK, None, lambda _ref: None)
    for currency, rate in (("EUR", Decimal("1.08")), ("USD", 1)):
        found = adapter.fetch(order(code, *lines), ref)
        assert found is not None
        adapter.amend(order(code, *lines, currency=currency), found, ["currency"])
        (header,) = qad.state("purchaseOrderHeaders")
        assert (header["currencyCode"], Decimal(str(header["exchangeRate"]))) == (currency, rate)
    with pytest.raises(Refused, match=r"(?i)exchange rate"):
        adapter.amend(order(code, *lines, currency="NZD"), found, ["currency"])
    assert qad.state("purchaseOrderHeaders") == [header]


def test_a_number_that_is_too_long_is_held(pair: PairWorld) -> None:
    """An order's number has eight characters in QAD: hyphens may go, letters may not."""
    pair.purchase(*GOODS, OrderNumber="PO-2026-00318")
    assert pair.run()["purchase order PO-2026-00318"] == "refused_by_target"
    assert "more than the 8 characters" in next(iter(pair.parked().values())).findings[0].message


# --- suppliers ---


def in_qad(adapter: QadAdapter, **more: Any) -> str:
    ref = adapter.draft(supplier(**more), MARK, None, lambda _ref: None)
    return ref.key


def note(qad: World, code: str) -> str:
    (row,) = [row for row in qad.state("supplierV2s") if row["supplierCode"] == code]
    return str(row["commentNote"])


def test_a_persons_note_stays_beside_the_link(qad: World) -> None:
    """The Cin7 ID is added to what somebody wrote on the supplier."""
    adapter = qad.adapter()
    code = in_qad(adapter)
    qad.sim("POST", "edit", {"entity": "supplierV2s", "id": f"SUPSS/{code}", "set": {"commentNote": "Ask for Ann."}})
    found = adapter.fetch(supplier(), adapter.draft(supplier(), MARK, None, lambda _ref: None))
    assert found is not None
    adapter.amend(supplier(), found, ["counterpart_key"])
    assert note(qad, code) == f"Ask for Ann. Cin7 {supplier().key}"


def test_a_supplier_of_another_cin7_record_is_not_taken_over(qad: World) -> None:
    """Where the note names another Cin7 supplier, a person decides."""
    adapter = qad.adapter()
    code = in_qad(adapter, key=OTHER, name="Kestrel Tools Ltd")
    found = adapter.fetch(supplier(code=code), adapter.draft(supplier(code=code), MARK, None, lambda _ref: None))
    assert found is not None
    assert not found.ours
    with pytest.raises(Refused, match=OTHER):
        adapter.amend(supplier(code=code), found, ["counterpart_key"])


def test_a_supplier_without_a_country_gets_the_deployments(qad: World) -> None:
    """QAD takes no address without a country."""
    from ml_connector.domain.documents import Address

    with pytest.raises(Refused, match="countryCode"):
        in_qad(qad.adapter(), address=Address())
    code = in_qad(qad.adapter(default_country="USA"), address=Address())
    (row,) = [row for row in qad.state("supplierV2s") if row["supplierCode"] == code]
    assert row["countryCode"] == "USA"


def domain_record(qad: World, code: str) -> dict[str, Any]:
    (row,) = [row for row in qad.state("mfgSuppliers") if (row["supplierCode"], row["domainCode"]) == (code, "10USA")]
    return row


def test_a_site_that_a_person_chose_stays(qad: World) -> None:
    """Only what is blank is filled and compared: another site or daybook set is nobody's mistake."""
    adapter = qad.adapter()
    code = in_qad(adapter)
    made = {"entity": "mfgSuppliers", "id": f"10USA/{code}", "set": {"siteCode": "10-200", "daybookSetCode": ""}}
    qad.sim("POST", "edit", made)
    found = adapter.fetch(supplier(), adapter.draft(supplier(), MARK, None, lambda _ref: None))
    row = domain_record(qad, code)
    assert (row["siteCode"], row["daybookSetCode"]) == ("10-200", "PUR")
    assert found is not None
    assert {name: found.fields[name] for name in adapter.project(supplier())} == dict(adapter.project(supplier()))


def test_a_site_that_was_taken_out_is_filled_again(qad: World) -> None:
    """A blank one differs, and the change of the supplier fills it."""
    adapter = qad.adapter()
    code = in_qad(adapter)
    qad.sim("POST", "edit", {"entity": "mfgSuppliers", "id": f"10USA/{code}", "set": {"siteCode": ""}})
    found = adapter.find(supplier(), MARK)
    assert found is not None
    assert found.fields["site"] != adapter.project(supplier())["site"]
    adapter.amend(supplier(), found, ["site"])
    assert domain_record(qad, code)["siteCode"] == "10-100"


@pytest.mark.parametrize(("state", "country", "code"), [
    ("OH", "US", "OH"), ("Ohio", "US", "OH"), ("bayern", "DE", "BY"), ("Rift", "ZZ", "Rift"), ("", "US", ""),
])  # fmt: skip
def test_a_suppliers_state_is_sent_as_its_code(qad: World, state: str, country: str, code: str) -> None:
    """QAD keeps a code (`stateCode`); Cin7 takes any text."""
    from ml_connector.domain.documents import Address

    adapter = qad.adapter()
    there = supplier(address=Address(city="Toledo", state=state, country=country))
    assert adapter.project(there)["address.state"] == code


def test_a_suppliers_state_reads_back(qad: World) -> None:
    """It is sent, shown and changed as the other parts of the address are."""
    from ml_connector.domain.documents import Address

    adapter = qad.adapter()
    code = in_qad(adapter, address=Address(city="Toledo", state="Ohio", country="US"))
    (row,) = [row for row in qad.state("supplierV2s") if row["supplierCode"] == code]
    assert row["stateCode"] == "OH"
    moved = supplier(address=Address(city="Detroit", state="MI", country="US"))
    found = adapter.find(moved, MARK)
    assert found is not None
    adapter.amend(moved, found, ["address.state"])
    after = adapter.find(moved, MARK)
    assert after is not None
    assert after.fields["address.state"] == "MI"


# --- receipts and invoices ---


def test_goods_received_by_hand_are_not_received_again(pair: PairWorld) -> None:
    """A receiver of the same order, day and quantities is taken for ours; the bill is matched with it."""
    pair.purchase(*GOODS)
    pair.run()
    lines = [{"purchaseOrderLine": 1, "itemCode": "ST-200", "quantityReceived": 6}]
    by_hand = {"purchaseOrderNumber": "PO-00318", "packingSlipNumber": "DN-771", "receiptDate": f"{DAY}",
               "purchaseOrderReceiptLines": lines}  # fmt: skip
    pair.qad.sim("POST", "seed", {"records": {"purchaseOrderReceipts": [by_hand]}})
    pair.edit(StockReceived=received(("ST-200", 6)), Invoice=billed(("ST-200", 6, 4)))
    outcomes = pair.run()
    assert outcomes["goods receipt of 2026-10-01 for PO-00318"] == "unchanged"
    assert pair.bill() == "created"
    assert len(pair.qad.state("purchaseOrderReceipts")) == 1
    assert pair.report.agree, pair.report.text()


def test_one_receiver_by_hand_stands_for_one_of_two_equal_receipts(qad: World) -> None:
    """The first takes it; to the engine, which knows what is taken, the second is offered the next equal one."""
    adapter = qad.adapter()
    code = in_qad(adapter)
    made = order(code, line("ST-200", 10, 4))
    ref = adapter.draft(made, MARK, None, lambda _ref: None)
    adapter.authorise(made, ref)
    lines = [{"purchaseOrderLine": 1, "itemCode": "ST-200", "quantityReceived": 4}]
    by_hand = {"purchaseOrderNumber": ref.key, "receiptDate": "2026-10-03", "purchaseOrderReceiptLines": lines}
    qad.sim("POST", "seed", {"records": {"purchaseOrderReceipts": [by_hand, dict(by_hand)]}})
    found = adapter.find(receipt(ref.key, ("ST-200", 4)), MARK)
    assert found is not None
    assert not found.ours
    assert [one.ref.key for one in (found, *found.alternatives)] == ["RC004410", "RC004411"]
    assert adapter.find(receipt(ref.key, ("ST-200", 5)), MARK) is None


def test_a_receipt_changed_in_cin7_after_it_was_sent_is_reported(pair: PairWorld) -> None:
    """QAD corrects receipts by negative ones: it is held with what differs."""
    pair.purchase(*GOODS, StockReceived=received(("ST-200", 6)))
    pair.run()
    pair.edit(StockReceived=received(("ST-200", 7)))
    assert pair.run()["goods receipt of 2026-10-01 for PO-00318"] == "frozen_in_target"
    (held,) = pair.parked().values()
    assert "can only be corrected by a negative receipt in QAD" in held.findings[0].message


def test_a_bill_changed_in_cin7_after_it_was_matched_is_reported(pair: PairWorld) -> None:
    """What is matched and posted is corrected in QAD; the bill is held with what differs."""
    pair.purchase(*GOODS, StockReceived=received(("ST-200", 10), ("BR-100", 2)), Invoice=billed(*GOODS))
    pair.run()
    pair.edit(Invoice=billed(("ST-200", 10, 4)))
    pair.run()
    assert pair.bill() == "frozen_in_target"
    assert pair.invoices() == [("KT-1", "AP-RMALLOC", Decimal(65))]


def test_a_bill_changed_before_it_is_matched_is_held(pair: PairWorld) -> None:
    """With invoices recorded at once, one whose amount changed while it waited is a person's to reverse."""
    pair.options = {"unmatched_policy": "create_initial"}
    pair.purchase(*GOODS, StockReceived=received(("ST-200", 10)), Invoice=billed(("ST-200", 10, 4)))
    refuse = {"entity": "purchaseOrderReceipts", "field": "purchaseOrderNumber", "message": "Site is counted"}
    pair.qad.sim("PATCH", "settings", {"extensions": [refuse]})
    pair.run()
    assert pair.bill() == "not_ready"
    assert pair.invoices() == [("KT-1", "AP-INITIAL", Decimal(40))]
    pair.edit(Invoice=billed(("ST-200", 10, "4.01")))
    pair.run()
    assert pair.bill() == "refused_by_target"
    (bill,) = [one for one in pair.parked().values() if one.flow == "supplier_invoices"]
    assert bill.key == f"{PURCHASE}/bill/0"
    assert "was posted in QAD with another gross; reverse it there" in bill.findings[0].message

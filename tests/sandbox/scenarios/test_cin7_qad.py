"""The world of Cin7 → QAD: which bills wait for goods, and what changes once goods come."""

from __future__ import annotations

from collections import Counter

from ml_connector_sandbox.scenarios.cin7_qad import covered, documents, receive, scenario


def test_every_bill_is_expected_or_held() -> None:
    """No bill of the world is left out: it must stand in QAD, or wait, or be held."""
    made = scenario("small")
    bills = {one.number for record in made.records["cin7"]["purchase"] for one in documents(record)
             if one.kind == "bill"}  # fmt: skip
    told = {one.number for one in made.expected if one.kind == "bill"}
    told |= {one.label for one in made.held if one.flow == "supplier_invoices"}
    assert bills <= told
    assert any(one.reason == "receipt_missing" for one in made.held)


def test_goods_that_come_free_the_bills_that_waited_for_them() -> None:
    """Two of three purchases get a receipt, which with the bill is expected from then on; the others wait on."""
    made = scenario("small")
    before = Counter(one.kind for one in made.expected)
    waited = {one.label for one in made.held if one.reason == "receipt_missing"}
    chosen = receive(made)
    freed = {record["Invoice"]["InvoiceNumber"] for record in chosen}
    assert 0 < len(freed) < len(waited)
    assert waited - freed == {one.label for one in made.held if one.reason == "receipt_missing"}
    assert all(covered(record, record["Invoice"]["InvoiceNumber"]) for record in chosen)
    more = Counter(one.kind for one in made.expected) - before
    assert more == {"bill": len(freed), "goods_receipt": len(freed)}


def test_the_same_goods_come_every_time() -> None:
    """A demo that goes on from an earlier one's state expects what that one had."""
    one, other = scenario("small"), scenario("small")
    assert [record["ID"] for record in receive(one)] == [record["ID"] for record in receive(other)]
    assert one.expected == other.expected

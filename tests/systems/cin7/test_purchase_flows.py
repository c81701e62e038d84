"""The engine over receipts, bills and credit memos: whatever call fails, each stands exactly once, and authorised."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.documents import InvoiceType, ReceiptLine
from ml_connector.domain.errors import SyncError
from ml_connector.domain.status import Outcome
from ml_connector.sync.load import load

MARKER = "mlc:1a2b3c4d5e6f7a8b"
D = Decimal
WRITES = {
    "receipt": [("advanced-purchase/stock", 0), ("advanced-purchase/stock", 1), ("put-away", 0)],
    "bill": [("advanced-purchase/invoice", 0), ("advanced-purchase/invoice", 1)],
    "bill without order": [("advanced-purchase$", 0), ("purchase/order", 0), ("invoice", 0), ("invoice", 1)],
    "credit memo": [("creditnote", 0), ("creditnote", 1)],
}
TROUBLE = [
    *((what, path, "POST", skip, kind) for what, calls in WRITES.items() for path, skip in calls
      for kind in ("reset_before", "reset_after")),
    *((what, calls[0][0], "POST", 0, "status_after") for what, calls in WRITES.items()),
    *((what, "purchase$", "GET", 1, "reset_before") for what in WRITES),
]  # fmt: skip


def prepared(world: Any, make: Any, placed: Any, what: str) -> Any:
    """The document that is delivered, its purchase so far as it needs it."""
    if what == "bill without order":
        return make.bill()
    adapter, order = world.adapter(), placed()
    if what == "receipt":
        return make.receipt(order)
    receipt = make.receipt(order)
    adapter.authorise(receipt, adapter.draft(receipt, "mlc:aa", None, lambda _ref: None))
    bill = make.bill(order)
    if what == "bill":
        return bill
    adapter.authorise(bill, adapter.draft(bill, "mlc:bb", None, lambda _ref: None))
    return make.bill(order, number="CM-1", type=InvoiceType.CREDIT_MEMO, lines=(make.line(account="630"),))


def standing(world: Any) -> Counter[tuple[str, Any, Any]]:
    """Everything in force or begun, apart from orders: kind, amount, status."""
    found: Counter[tuple[str, Any, Any]] = Counter()
    for row in world.held("purchase"):
        for kind in ("Invoice", "CreditNote"):
            found.update((kind, one["Total"], one["Status"]) for one in row[kind] if one["Lines"])
        for kind in ("StockReceived", "PutAway"):
            blocks = [one for one in row[kind] if one["Lines"]]
            found.update((kind, sum(line["Quantity"] for line in one["Lines"]), one["Status"]) for one in blocks)
    return found


@pytest.mark.parametrize(("what", "path", "method", "skip", "trouble"), TROUBLE)
def test_whatever_call_fails_each_document_stands_once(
    world: Any, make: Any, placed: Any, engine: Any, what: str, path: str, method: str, skip: int, trouble: str
) -> None:
    """With any one call failing, before or after it was carried out, one document is in force and nothing is begun."""
    document = prepared(world, make, placed, what)
    before = standing(world)
    world.fault(trouble, path, method, skip=skip, status=500)
    assert engine.deliver(document)["created"] == 1
    assert world.sim("GET", "faults") == []
    expected = {
        "receipt": {("StockReceived", D(40), "AUTHORISED"): 1, ("PutAway", D(40), "AUTHORISED"): 1},
        "bill": {("Invoice", D(583), "AUTHORISED"): 1},
        "bill without order": {("Invoice", D(583), "AUTHORISED"): 1},
        "credit memo": {("CreditNote", D(550), "AUTHORISED"): 1},
    }[what]
    assert standing(world) - before == Counter(expected)
    assert len(world.held("purchase")) == 1


@pytest.mark.parametrize("what", WRITES)
def test_a_worker_killed_after_its_first_write_leaves_one_document(
    world: Any, make: Any, placed: Any, engine: Any, what: str
) -> None:
    """A worker that dies with the first answer lost is followed by another days later, which goes on from there."""
    document = prepared(world, make, placed, what)
    before = standing(world)
    run = engine.run(document)
    engine.prepare(run)
    path, _ = WRITES[what][0]
    world.fault("reset_after", path, "POST")
    world.fault("reset_before", ".", "GET", skip=3 if what == "credit memo" else 4, times=500)
    with pytest.raises(SyncError):
        load(run)
    world.sim("DELETE", "faults")
    world.advance(days=10)
    assert load(engine.run(document))["created"] == 1
    made = standing(world) - before
    assert all(status == "AUTHORISED" for _, _, status in made)
    assert len(made) == (2 if what == "receipt" else 1)
    assert max(made.values()) == 1


@pytest.mark.parametrize("what", WRITES)
def test_the_same_document_again_writes_nothing(world: Any, make: Any, placed: Any, engine: Any, what: str) -> None:
    """A document that has not changed costs no write, and one that was changed after sending is held."""
    document = prepared(world, make, placed, what)
    assert engine.deliver(document)["created"] == 1
    writes = world.count("", "POST,PUT")
    assert engine.deliver(document, run_id="r2")["unchanged"] == 1
    changed = document.model_copy(update={"date": dt.date(2026, 3, 25)})
    assert engine.deliver(changed, run_id="r3")["held"] == 1
    assert "2026-03-25" in engine.findings(document)
    assert world.count("", "POST,PUT") == writes


def test_a_whole_purchase_in_the_order_of_its_steps(world: Any, make: Any, placed: Any, engine: Any) -> None:
    """Two receipts and two bills of one order: bills wait for goods, then all of it stands once, each in its group."""
    order = placed()
    receipts = [
        make.receipt(order, "10"),
        make.receipt(order, "30", key="1/2", date=dt.date(2026, 3, 20)),
    ]
    lines = [
        (make.line(account="630", quantity=D(quantity), net=D(quantity) * D("12.5"), tax=D(0)),)
        for quantity in (10, 30)
    ]
    bills = [make.bill(order, number=f"KF-{n}", lines=one) for n, one in enumerate(lines)]
    assert engine.deliver(*bills)["waiting"] == 2
    assert "goods of PO-00001 have to be received" in engine.findings(bills[0])
    assert engine.deliver(receipts[0])["created"] == 1
    counts = engine.deliver(*bills, run_id="r2")
    assert (counts["created"], counts["waiting"]) == (1, 1)
    assert engine.deliver(*receipts, run_id="r2")["created"] == 1
    assert engine.deliver(*bills, run_id="r3")["created"] == 1
    assert standing(world) == Counter({
        ("StockReceived", D(10), "AUTHORISED"): 1, ("PutAway", D(10), "AUTHORISED"): 1,
        ("StockReceived", D(30), "AUTHORISED"): 1, ("PutAway", D(30), "AUTHORISED"): 1,
        ("Invoice", D(125), "AUTHORISED"): 1, ("Invoice", D(375), "AUTHORISED"): 1,
    })  # fmt: skip


def test_equal_receipts_of_one_day_stand_each_once(world: Any, make: Any, placed: Any, engine: Any) -> None:
    """Three equal receipts, one of which a person had keyed: two are made, that one is taken, none twice."""
    order = placed()
    by_hand = make.receipt(order, "10")
    adapter = world.adapter()
    adapter.authorise(by_hand, adapter.draft(by_hand, "mlc:aa", None, lambda _ref: None))
    receipts = [make.receipt(order, "10", key=f"1/{n}") for n in range(3)]
    world.fault("reset_after", "advanced-purchase/stock", "POST")
    counts = engine.deliver(*receipts)
    assert (counts["created"], counts["unchanged"]) == (2, 1)
    assert standing(world) == {("StockReceived", D(10), "AUTHORISED"): 3, ("PutAway", D(10), "AUTHORISED"): 3}


@pytest.mark.parametrize("equal", [True, False])
def test_a_bill_keyed_by_hand_is_linked_or_held(world: Any, make: Any, placed: Any, engine: Any, equal: bool) -> None:
    """A bill of this number that stands already is linked to when it is equal, and held when it is not."""
    adapter, document = world.adapter(), make.bill(placed(approach="INVOICE"))
    adapter.authorise(document, adapter.draft(document, MARKER, None, lambda _ref: None))
    (row,) = world.held("purchase")
    bill = row["Invoice"][0]
    lines = {
        "Lines": [{**line, "Comment": "by hand"} for line in bill["Lines"]],
        "AdditionalCharges": [{**line, "Reference": "by hand"} for line in bill["AdditionalCharges"]],
    }
    world.edit("purchase", row["ID"], Invoice=[{**bill, **lines}])
    writes = world.count("", "POST")
    typed = document if equal else document.model_copy(update={"date": dt.date(2026, 3, 1)})
    assert engine.deliver(typed)["unchanged" if equal else "held"] == 1
    assert equal or "2026-03-01" in engine.findings(typed)
    assert world.count("", "POST") == writes


def test_goods_beyond_the_order_are_held(world: Any, make: Any, placed: Any, engine: Any) -> None:
    """More goods than ordered are held with the quantities, and go when the deployment allows them."""
    receipt = make.receipt(placed(), lines=(ReceiptLine(item="HP-CLAMP-50", quantity=D(41)),))
    assert engine.deliver(receipt)["held"] == 1
    assert "41 of HP-CLAMP-50" in engine.findings(receipt)
    assert engine.deliver(receipt, run_id="r2", over_receipts="allow")["created"] == 1
    assert engine.outcome(receipt) is Outcome.CREATED

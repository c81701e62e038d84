"""Goods receipts into Cin7: each in a group of its own, received and put away, however many equal ones there are."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.documents import DocumentStatus, ReceiptLine
from ml_connector.domain.errors import AmbiguousWrite, NotReady, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.sync.ports import Window

ONE, TWO = "mlc:1111", "mlc:2222"
D = Decimal
DAY = "2026-03-18"


def goods(item: str = "HP-CLAMP-50", quantity: str = "40", location: str = "") -> ReceiptLine:
    """One line of a receipt."""
    return ReceiptLine(item=item, quantity=D(quantity), location=location)


def different(adapter: Any, receipt: Any, ref: Any) -> list[str]:
    """What the receipt shows otherwise than meant."""
    return [str(one) for one in differences(adapter.project(receipt), adapter.fetch(receipt, ref).fields)]


def receive(world: Any, receipt: Any, marker: str = ONE, **options: Any) -> Any:
    """Write a receipt through the adapter and return where it is."""
    adapter = world.adapter(**options)
    ref = adapter.draft(receipt, marker, None, world.bind)
    adapter.authorise(receipt, ref)
    return ref


def stood(world: Any, part: str = "PutAway") -> list[tuple[int, str, list[tuple[str, Decimal]]]]:
    """Group, status and goods of all receipts."""
    return [
        (one["InvoicingAndReceivingNumber"], one["Status"], [(line["SKU"], line["Quantity"]) for line in one["Lines"]])
        for row in world.held("purchase")
        for one in row[part]
        if one["Lines"]
    ]


def test_a_receipt_is_received_and_put_away(world: Any, make: Any, placed: Any) -> None:
    """The lines are a draft first, known before they are sent; authorised, they are put away at their location."""
    order = placed()
    adapter = world.adapter(locations={"W2": "Second Warehouse"})
    receipt = make.receipt(order, lines=(goods(quantity="30", location="W2"), goods("HP-PLATE-10", "10")))
    ref = adapter.draft(receipt, ONE, None, world.bind)
    pending, bound = world.bound
    assert (pending.key, pending.parts) == (f"{order}/receipt/new/{ONE}", {"before": ""})
    assert (bound, ref.key) == (ref, f"{order}/receipt/0/{DAY}")
    assert (adapter.fetch(receipt, ref).status, different(adapter, receipt, ref)) == (TargetStatus.DRAFT, [])
    adapter.authorise(receipt, ref)
    found = adapter.fetch(receipt, ref)
    assert (found.status, different(adapter, receipt, ref)) == (TargetStatus.AUTHORISED, [])
    assert "undo" in found.frozen
    (row,) = world.held("purchase")
    places = {line["SKU"]: line["Location"] for line in row["PutAway"][0]["Lines"]}
    assert places == {"HP-CLAMP-50": "Second Warehouse", "HP-PLATE-10": "Main Warehouse"}
    assert {line["Date"] for line in row["PutAway"][0]["Lines"]} == {f"{DAY}T00:00:00"}


def test_an_authorised_receipt_is_left_alone(world: Any, make: Any, placed: Any) -> None:
    """Authorising twice puts the goods away once."""
    receipt = make.receipt(placed())
    ref = receive(world, receipt)
    writes = world.count("", "POST")
    world.adapter().authorise(receipt, ref)
    assert world.count("", "POST") == writes


def test_without_put_away_a_receipt_ends_at_received(world: Any, make: Any, placed: Any) -> None:
    """Where the account has no put-away the authorised receipt is the end."""
    world.set(put_away=False)
    receipt = make.receipt(placed())
    ref = receive(world, receipt, put_away=False)
    assert world.adapter(put_away=False).fetch(receipt, ref).status is TargetStatus.AUTHORISED
    assert world.adapter().fetch(receipt, ref).status is TargetStatus.DRAFT


def test_where_cin7_takes_no_goods_without_put_away_a_person_is_told_how(world: Any, make: Any, placed: Any) -> None:
    """By the reference advanced receipts need “Use Put Away”: then the ways out are named, and nothing is received."""
    world.set(put_away=False, stock_without_put_away="refused")
    with pytest.raises(Refused, match="“Use Put Away” on: receive them there by hand"):
        world.adapter(put_away=False).draft(make.receipt(placed()), ONE, None, world.bind)
    assert stood(world, "StockReceived") == []
    order = placed(purchase_type="Simple")
    ref = receive(world, make.receipt(order), put_away=False, purchase_type="Simple")
    assert ref.key == f"{order}/receipt/0/{DAY}"


@pytest.mark.parametrize("approach", ["STOCK", "INVOICE"])
def test_partial_receipts_are_groups_of_their_own(world: Any, make: Any, placed: Any, approach: str) -> None:
    """Stock first each receipt opens a group; invoice first it waits for the next authorised bill."""
    order = placed(approach=approach)
    adapter = world.adapter()
    first, second = make.receipt(order, "10"), make.receipt(order, "30", key="1/2", date=dt.date(2026, 3, 19))
    if approach == "INVOICE":
        with pytest.raises(NotReady, match="the bill of PO-00001 has to be authorised"):
            adapter.draft(first, ONE, None, world.bind)
        assert world.bound == []
        bill = make.bill(order)
        adapter.authorise(bill, adapter.draft(bill, "mlc:33", None, lambda _ref: None))
    refs = [receive(world, first)]
    if approach == "INVOICE":
        with pytest.raises(NotReady, match="each authorised bill of PO-00001 has its goods"):
            adapter.draft(second, TWO, None, world.bind)
        return
    refs.append(receive(world, second, TWO))
    assert [ref.key for ref in refs] == [f"{order}/receipt/0/{DAY}", f"{order}/receipt/1/2026-03-19"]
    assert stood(world) == [
        (0, "AUTHORISED", [("HP-CLAMP-50", D(10))]),
        (1, "AUTHORISED", [("HP-CLAMP-50", D(30))]),
    ]


def test_two_equal_receipts_of_a_day_are_two(world: Any, make: Any, placed: Any) -> None:
    """Equal receipts on one day each stand once; each finds its own, and both are offered to a third."""
    order = placed()
    receipts = [make.receipt(order, "10", key=key) for key in ("1/1", "1/2")]
    refs = [receive(world, one, marker) for one, marker in zip(receipts, (ONE, TWO), strict=True)]
    assert [ref.key for ref in refs] == [f"{order}/receipt/{n}/{DAY}" for n in (0, 1)]
    found = world.adapter().find(make.receipt(order, "10", key="1/3"), "mlc:3333")
    assert [found.ref.key, *(one.ref.key for one in found.alternatives)] == [ref.key for ref in refs]
    assert found.ours is False
    assert world.adapter().find(make.receipt(order, "11"), ONE) is None


@pytest.mark.parametrize("equal_before", [0, 1, 2])
@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_lost_receipt_is_told_from_its_equals(
    world: Any, make: Any, placed: Any, equal_before: int, kind: str
) -> None:
    """What was bound before the call tells whether the lines arrived; they are sent again only when they did not."""
    order = placed()
    for n in range(equal_before):
        receive(world, make.receipt(order, "10", key=f"0/{n}"), f"mlc:0{n}")
    world.bound.clear()
    adapter, receipt = world.adapter(), make.receipt(order, "10")
    world.fault(kind, "advanced-purchase/stock", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(receipt, ONE, None, world.bind)
    (pending,) = world.bound
    found = adapter.fetch(receipt, pending)
    assert (found is not None) is (kind == "reset_after")
    ref = adapter.draft(receipt, ONE, pending, world.bind)
    adapter.authorise(receipt, ref)
    assert ref.key == f"{order}/receipt/{equal_before}/{DAY}"
    assert len(stood(world)) == equal_before + 1


def test_another_receipt_that_came_meanwhile_is_not_ours(world: Any, make: Any, placed: Any) -> None:
    """Goods of another day, or more than ours, that came since are another receipt; two like ours are for a person."""
    order = placed()
    adapter, receipt = world.adapter(), make.receipt(order, "10")
    world.fault("reset_before", "advanced-purchase/stock", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(receipt, ONE, None, world.bind)
    (pending,) = world.bound
    receive(world, make.receipt(order, "10", date=dt.date(2026, 3, 1)), TWO)
    receive(world, make.receipt(order, "11"), TWO)
    assert adapter.fetch(receipt, pending) is None
    for n in range(2):
        receive(world, make.receipt(order, "9"), f"mlc:0{n}")
    with pytest.raises(Refused, match="several such receipts"):
        adapter.fetch(receipt, pending)


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_lost_put_away_is_not_sent_twice(world: Any, make: Any, placed: Any, kind: str) -> None:
    """After a lost answer only what is not put away yet is put away."""
    adapter, receipt = world.adapter(), make.receipt(placed())
    ref = adapter.draft(receipt, ONE, None, world.bind)
    world.fault(kind, "put-away", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.authorise(receipt, ref)
    adapter.authorise(receipt, ref)
    assert stood(world) == [(0, "AUTHORISED", [("HP-CLAMP-50", D(40))])]
    assert adapter.fetch(receipt, ref).status is TargetStatus.AUTHORISED


def test_goods_put_away_in_part_by_hand_are_completed(world: Any, make: Any, placed: Any) -> None:
    """What a person has put away is not put away again."""
    adapter, receipt = world.adapter(), make.receipt(placed())
    ref = adapter.draft(receipt, ONE, None, world.bind)
    (row,) = world.held("purchase")
    line = {**row["StockReceived"][0]["Lines"][0], "Quantity": 15, "Location": "Main Warehouse"}
    stock = {**row["StockReceived"][0], "Status": "AUTHORISED"}
    world.edit("purchase", row["ID"], StockReceived=[stock], PutAway=[{"Status": "DRAFT", "Lines": [line]}])
    world.adapter().authorise(receipt, ref)
    assert different(adapter, receipt, ref) == []
    assert stood(world) == [(0, "AUTHORISED", [("HP-CLAMP-50", D(15)), ("HP-CLAMP-50", D(25))])]


# --- gates ---


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lines": (goods(quantity="41"),)}, "41 of HP-CLAMP-50 came in, but PO-00001 has 40 ordered and 0 received"),
        ({"lines": (goods("HP-BOLT"),)}, "has 0 ordered"),
        ({"lines": (goods(location="Mars"),)}, "no location “Mars”"),
        ({"lines": (goods(quantity="-1"),)}, "no goods that came in"),
        ({"lines": ()}, "no goods that came in"),
        ({"order_key": ""}, "no order stands behind"),
        ({"status": DocumentStatus.VOIDED}, "voided"),
    ],
)
def test_what_cannot_be_received_is_refused_before_anything_is_sent(
    world: Any, make: Any, placed: Any, changes: dict[str, Any], words: str
) -> None:
    """More than was ordered, unknown places and returns are named, and nothing is written or bound."""
    receipt = make.receipt(placed()).model_copy(update=changes)
    with pytest.raises(Refused, match=words):
        world.adapter().draft(receipt, ONE, None, world.bind)
    assert (world.count("stock", "POST"), world.bound) == (0, [])


def test_more_than_is_left_is_refused_unless_allowed(world: Any, make: Any, placed: Any) -> None:
    """Receipts before count too, each once though it is received and put away; a deployment may allow more."""
    order = placed()
    receive(world, make.receipt(order, "25"))
    with pytest.raises(Refused, match="40 ordered and 25 received before"):
        world.adapter().draft(make.receipt(order, "16"), TWO, None, world.bind)
    receive(world, make.receipt(order, "16"), TWO, over_receipts="allow")
    assert [number for number, _, _ in stood(world)] == [0, 1]


def test_a_service_purchase_takes_no_goods(world: Any, make: Any) -> None:
    """Goods for a service purchase are refused."""
    made = world.purchase("service with order")
    with pytest.raises(Refused, match="service purchase"):
        world.adapter(over_receipts="allow").draft(make.receipt(made["ID"]), ONE, None, world.bind)


def test_a_receipt_waits_for_its_order(world: Any, make: Any) -> None:
    """An order that is still a draft receives nothing."""
    order = world.adapter().draft(make.order(), ONE, None, lambda _ref: None).key
    with pytest.raises(NotReady, match="PO-00001 has to be authorised"):
        world.adapter().draft(make.receipt(order), ONE, None, world.bind)


# --- Simple purchases ---


def test_a_simple_purchase_takes_one_location_at_a_time(world: Any, make: Any, placed: Any) -> None:
    """The lines of each location are added by themselves; a lost one is added when the draft is completed."""
    order = placed(purchase_type="Simple")
    adapter = world.adapter(purchase_type="Simple")
    receipt = make.receipt(order, lines=(goods(quantity="30"), goods("HP-PLATE-10", "10", "Second Warehouse")))
    world.fault("reset_before", "purchase/stock", "POST", skip=1)
    with pytest.raises(AmbiguousWrite):
        adapter.draft(receipt, ONE, None, world.bind)
    ref = adapter.draft(receipt, ONE, world.bound[-1], world.bind)
    assert different(adapter, receipt, ref) == []
    adapter.authorise(receipt, ref)
    assert adapter.fetch(receipt, ref).status is TargetStatus.AUTHORISED
    assert stood(world, "StockReceived") == [(0, "AUTHORISED", [("HP-CLAMP-50", D(30)), ("HP-PLATE-10", D(10))])]
    assert world.held("purchase")[0]["Type"] == "Simple Purchase"
    with pytest.raises(Refused, match="takes one receipt"):
        adapter.draft(make.receipt(order, "10", date=dt.date(2026, 3, 19)), TWO, None, world.bind)


def test_a_receipt_outlives_the_conversion_of_its_purchase(world: Any, make: Any, placed: Any) -> None:
    """A Simple purchase that a person makes Advanced keeps its receipt under the same key."""
    order = placed(purchase_type="Simple")
    receipt = make.receipt(order)
    ref = receive(world, receipt, purchase_type="Simple")
    world.edit("purchase", order, convert=True)
    found = world.adapter().fetch(receipt, ref)
    assert (found.ref.key, found.status) == (ref.key, TargetStatus.AUTHORISED)
    assert different(world.adapter(), receipt, ref) == []


def test_a_draft_is_amended_where_cin7_can(world: Any, make: Any, placed: Any) -> None:
    """Lines of an Advanced draft are overwritten; a Simple one can only be corrected by hand."""
    for purchase_type in ("Advanced", "Simple"):
        order = placed(purchase_type=purchase_type)
        adapter = world.adapter()
        receipt, less = make.receipt(order), make.receipt(order, "39")
        ref = adapter.draft(receipt, ONE, None, world.bind)
        found = adapter.fetch(less, ref)
        if purchase_type == "Simple":
            with pytest.raises(Refused, match="correct it there"):
                adapter.amend(less, found, ["lines[0].quantity"])
        else:
            adapter.amend(less, found, ["lines[0].quantity"])
            assert different(adapter, less, ref) == []


# --- what is there already ---


def test_a_receipt_that_is_gone_is_not_put_away(world: Any, make: Any, placed: Any) -> None:
    """A draft that a person removed is gone, and nothing is put away for it."""
    order = placed()
    adapter, receipt = world.adapter(), make.receipt(order)
    ref = adapter.draft(receipt, ONE, None, world.bind)
    world.edit("purchase", order, StockReceived=[{"Status": "NOT AVAILABLE", "Lines": []}])
    assert adapter.fetch(receipt, ref) is None
    with pytest.raises(Refused, match="not in PO-00001 any more"):
        adapter.authorise(receipt, ref)


def test_a_void_receipt_is_void(world: Any, make: Any, placed: Any) -> None:
    """With its purchase the receipt is void, and found no more."""
    order = placed()
    receipt = make.receipt(order)
    ref = receive(world, receipt)
    world.edit("purchase", order, void=True)
    assert world.adapter().fetch(receipt, ref).status is TargetStatus.VOIDED
    assert world.adapter().find(receipt, TWO) is None


def test_what_we_received_comes_back_as_a_document(world: Any, make: Any, placed: Any) -> None:
    """Our own receipt is the same document whether it is fetched or read as a source, and is listed once."""
    world.purchase("ordered", "PO-00009")
    receipt = make.receipt(placed())
    ref = receive(world, receipt)
    adapter = world.adapter()
    (read,) = adapter.read("goods_receipt", Window(None, world.clock.now() + dt.timedelta(days=1)))
    assert (adapter.fetch(receipt, ref).document, read.key) == (read, ref.key)
    (present,) = adapter.present("goods_receipt")
    assert (present.ref.key, present.status, present.fields["lines[0].quantity"]) == (
        ref.key, TargetStatus.AUTHORISED, "40",
    )  # fmt: skip

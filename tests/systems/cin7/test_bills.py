"""Supplier invoices into Cin7: into the group whose goods they bill, or into a purchase of their own; never twice."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.documents import DocumentStatus
from ml_connector.domain.errors import NotReady, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.sync.ports import Window

MARKER, OTHER_MARKER = "mlc:1a2b3c4d5e6f7a8b", "mlc:9f9f9f9f9f9f9f9f"
D = Decimal


def receive(world: Any, make: Any, order: str, quantity: str = "40", marker: str = "mlc:aa", **more: Any) -> None:
    """Receive clamps through the adapter."""
    adapter, receipt = world.adapter(), make.receipt(order, quantity, **more)
    adapter.authorise(receipt, adapter.draft(receipt, marker, None, lambda _ref: None))


def bill_in(world: Any, bill: Any, marker: str = MARKER, **options: Any) -> Any:
    """Write a bill through the adapter and return where it is."""
    adapter = world.adapter(**options)
    ref = adapter.draft(bill, marker, None, world.bind)
    adapter.authorise(bill, ref)
    return ref


def different(adapter: Any, bill: Any, ref: Any) -> list[str]:
    """What the bill shows otherwise than meant."""
    return [str(one) for one in differences(adapter.project(bill), adapter.fetch(bill, ref).fields)]


def bills_of(world: Any) -> list[tuple[int, str, str]]:
    """Group, number and status of all bills with content."""
    return [
        (bill["InvoicingAndReceivingNumber"], bill["InvoiceNumber"], bill["Status"])
        for row in world.held("purchase")
        for bill in row["Invoice"]
        if bill["Lines"] or bill["AdditionalCharges"]
    ]


@pytest.mark.parametrize("purchase_type", ["Simple", "Advanced"])
def test_a_bill_is_written_in_two_steps(world: Any, make: Any, placed: Any, purchase_type: str) -> None:
    """A bill is a bound draft first, reads back as meant with accounts and due date, and is then authorised."""
    order = placed(purchase_type=purchase_type)
    adapter, bill = world.adapter(purchase_type=purchase_type), make.bill(order, order_number="PO-00001")
    receipt = make.receipt(order)
    adapter.authorise(receipt, adapter.draft(receipt, "mlc:aa", None, lambda _ref: None))
    ref = adapter.draft(bill, MARKER, None, world.bind)
    assert world.bound == [ref]
    assert (ref.key, ref.number) == (f"{order}/bill/0", "KF-1 in PO-00001")
    found = adapter.fetch(bill, ref)
    assert (found.status, found.ours, found.frozen) == (TargetStatus.DRAFT, True, "")
    assert different(adapter, bill, ref) == []
    adapter.authorise(bill, ref)
    found = adapter.fetch(bill, ref)
    assert found.status is TargetStatus.AUTHORISED
    assert "undo" in found.frozen
    assert different(adapter, bill, ref) == []
    (held,) = [one for one in world.held("purchase")[0]["Invoice"] if one["Lines"]]
    assert (held["InvoiceDueDate"], held["Total"]) == ("2026-04-20T00:00:00", D("583.0"))
    assert [line["Account"] for line in (*held["Lines"], *held["AdditionalCharges"])] == ["630", "453"]


@pytest.mark.parametrize("stock", ["DRAFT", "NOT AVAILABLE"])
def test_a_bill_goes_once_its_goods_are_put_away(world: Any, make: Any, placed: Any, stock: str) -> None:
    """Goods that are put away are in stock whatever their receipt's status: the bill is sent, and Cin7 decides."""
    order = placed()
    receive(world, make, order)
    (row,) = world.held("purchase")
    world.edit("purchase", order, StockReceived=[{**row["StockReceived"][0], "Status": stock}])
    world.set(put_away_is_receipt=False)
    with pytest.raises(Refused, match="Please authorise StockReceived before Invoice"):
        bill_in(world, make.bill(order))
    world.set(put_away_is_receipt=True)
    assert bill_in(world, make.bill(order)).key == f"{order}/bill/0"


def test_a_bill_of_prices_with_tax_reads_back_as_meant(world: Any, make: Any, placed: Any) -> None:
    """Where the purchase's prices hold the tax, so do a line's total and price; the bill reads back as meant."""
    order = placed()
    receive(world, make, order)
    world.edit("purchase", order, TaxCalculation="Inclusive")
    ref = bill_in(world, make.bill(order))
    assert different(world.adapter(), make.bill(order), ref) == []
    bill = world.held("purchase")[0]["Invoice"][0]
    assert (bill["Lines"][0]["Total"], bill["Lines"][0]["Price"]) == (D(550), D("13.75"))
    assert [bill[name] for name in ("TotalBeforeTax", "Tax", "Total")] == [530, 53, 583]


def test_the_lock_date_itself_is_open(world: Any, make: Any) -> None:
    """Cin7 locks what is before the date."""
    world.sim("POST", "accounts", {"account_id": "11111111-1111-4111-8111-111111111111",
                                   "keys": ["22222222-2222-4222-8222-222222222222"],
                                   "me": {"LockDate": "2026-01-31T00:00:00"}})  # fmt: skip
    assert bill_in(world, make.bill(date=dt.date(2026, 1, 31)))


def test_an_authorised_bill_is_left_alone(world: Any, make: Any, placed: Any) -> None:
    """Authorising twice posts once."""
    order = placed()
    receive(world, make, order)
    adapter, bill = world.adapter(), make.bill(order)
    ref = adapter.draft(bill, MARKER, None, world.bind)
    for _ in range(2):
        adapter.authorise(bill, ref)
    assert world.count("invoice", "POST") == 2


# --- gates ---


def test_stock_first_a_bill_waits_for_its_goods(world: Any, make: Any, placed: Any) -> None:
    """Before goods are received nothing is sent, and the purchase is named."""
    order = placed()
    with pytest.raises(NotReady, match="goods of PO-00001 have to be received"):
        world.adapter().draft(make.bill(order), MARKER, None, world.bind)
    assert (world.count("invoice", "POST"), world.bound) == (0, [])


def test_stock_first_a_second_bill_waits_for_a_second_receipt(world: Any, make: Any, placed: Any) -> None:
    """Cin7 takes one bill a receipt: the next one goes after the next receipt."""
    order = placed()
    receive(world, make, order, "10")
    bill_in(world, make.bill(order))
    second = make.bill(order, number="KF-2")
    with pytest.raises(NotReady, match="each receipt of PO-00001 has its bill"):
        world.adapter().draft(second, OTHER_MARKER, None, world.bind)
    receive(world, make, order, "30", marker="mlc:bb")
    bill_in(world, second, OTHER_MARKER)
    assert bills_of(world) == [(0, "KF-1", "AUTHORISED"), (1, "KF-2", "AUTHORISED")]


def test_invoice_first_a_bill_needs_no_goods(world: Any, make: Any, placed: Any) -> None:
    """In a purchase that is invoiced first the bill goes in before anything has come in."""
    order = placed(approach="INVOICE")
    bill_in(world, make.bill(order))
    assert bills_of(world) == [(0, "KF-1", "AUTHORISED")]
    with pytest.raises(NotReady, match="each group of PO-00001 has its bill"):
        world.adapter().draft(make.bill(order, number="KF-2"), OTHER_MARKER, None, world.bind)


def test_a_bill_waits_for_its_order(world: Any, make: Any) -> None:
    """An order that is still a draft takes no bill."""
    adapter = world.adapter(approach="INVOICE")
    order = adapter.draft(make.order(), MARKER, None, world.bind).key
    with pytest.raises(NotReady, match="order PO-00001 has to be authorised"):
        adapter.draft(make.bill(order), MARKER, None, world.bind)


@pytest.mark.parametrize("void", [True, False])
def test_a_bill_of_a_purchase_that_is_gone_is_refused(world: Any, make: Any, placed: Any, void: bool) -> None:
    """A void purchase, or one that is gone, takes no bill."""
    order = placed() if void else "99999999-9999-4999-8999-999999999999"
    if void:
        world.edit("purchase", order, void=True)
    with pytest.raises(Refused, match="void in Cin7" if void else "gone from Cin7"):
        world.adapter().draft(make.bill(order), MARKER, None, world.bind)


def test_a_bill_goes_to_the_receipt_whose_goods_it_bills(world: Any, make: Any, placed: Any) -> None:
    """Of two receipts without bill the one with the billed quantities is taken, in whatever order the bills come."""
    order = placed()
    for quantity, marker in (("10", "mlc:aa"), ("30", "mlc:bb")):
        receive(world, make, order, quantity, marker)
    for number, quantity, marker in (("KF-30", "30", MARKER), ("KF-10", "10", OTHER_MARKER)):
        line = make.line(account="630", quantity=D(quantity), net=D(quantity) * D("12.5"), tax=D(0))
        bill_in(world, make.bill(order, number=number, lines=(line,)), marker)
    assert bills_of(world) == [(0, "KF-10", "AUTHORISED"), (1, "KF-30", "AUTHORISED")]


# --- what is there already ---


def test_a_bill_keyed_by_hand_is_found_by_its_number(world: Any, make: Any) -> None:
    """A bill of the same supplier and number, in whatever purchase, is found, equal where it is, and not ours."""
    made = world.purchase("completed", "PO-00007")
    adapter = world.adapter()
    (known,) = adapter.read("supplier_invoice", Window(None, world.clock.now() + dt.timedelta(days=1)))
    typed = known.model_copy(update={"source": "ifs", "key": "x", "order_key": "", "number": known.number.lower()})
    found = adapter.find(typed, MARKER)
    assert (found.ours, found.status, found.ref.key) == (False, TargetStatus.AUTHORISED, f"{made['ID']}/bill/0")
    same = typed.model_copy(update={"number": known.number})
    assert differences(adapter.project(same), found.fields) == []
    assert found.document == known
    assert adapter.find(make.bill(number="KF-404"), MARKER) is None
    elsewhere = same.model_copy(update={"order_key": made["ID"], "order_number": "PO-00001"})
    assert [one.field for one in differences(adapter.project(elsewhere), found.fields)] == ["order"]


def test_two_bills_of_one_number_are_for_a_person(world: Any, make: Any) -> None:
    """When several purchases hold bills of the number, nothing is chosen and both are named."""
    for number in ("PO-00007", "PO-00008"):
        world.purchase("completed", number, invoice_number=lambda _draft, _n: "KF-1")
    with pytest.raises(Refused, match="PO-00007, PO-00008"):
        world.adapter().find(make.bill(), MARKER)


def test_another_document_of_ours_with_the_number_is_not_this_one(world: Any, make: Any, placed: Any) -> None:
    """A bill with another mark is another document's, though it has the same number."""
    order = placed()
    receive(world, make, order, "10")
    bill_in(world, make.bill(order), OTHER_MARKER)
    adapter = world.adapter()
    assert adapter.find(make.bill(order), MARKER) is None
    assert adapter.find(make.bill(order), OTHER_MARKER).ours


def test_a_draft_that_gave_way_to_another_bill_is_gone(world: Any, make: Any, placed: Any) -> None:
    """Where another bill stands in the group now, ours is gone, and nothing of ours replaces it."""
    order = placed()
    receive(world, make, order)
    adapter, bill = world.adapter(), make.bill(order)
    ref = adapter.draft(bill, MARKER, None, world.bind)
    found = adapter.fetch(bill, ref)
    (row,) = world.held("purchase")
    other = {**row["Invoice"][0], "InvoiceNumber": "HAND-1"}
    other["Lines"] = [{**line, "Comment": ""} for line in other["Lines"]]
    world.edit("purchase", order, Invoice=[other])
    assert adapter.fetch(bill, ref) is None
    for write in (lambda: adapter.authorise(bill, ref), lambda: adapter.amend(bill, found, ["net"])):
        with pytest.raises(Refused, match="not in PO-00001 any more"):
            write()
    assert bills_of(world) == [(0, "HAND-1", "DRAFT")]


def test_a_draft_is_amended_and_keeps_its_mark(world: Any, make: Any, placed: Any) -> None:
    """A changed number and changed lines are brought to a draft, which stays ours."""
    order = placed()
    receive(world, make, order)
    adapter, bill = world.adapter(), make.bill(order)
    ref = adapter.draft(bill, MARKER, None, world.bind)
    changed = make.bill(order, number="KF-1A", lines=(make.line(account="453"),))
    adapter.amend(changed, adapter.fetch(changed, ref), ["number"])
    assert different(adapter, changed, ref) == []
    assert adapter.find(changed, MARKER).ours


@pytest.mark.parametrize("whole", [True, False])
def test_a_void_bill_is_void(world: Any, make: Any, placed: Any, whole: bool) -> None:
    """A bill that was voided, alone or with its purchase, is shown as void and found no more."""
    order = placed(approach="INVOICE")
    adapter, bill = world.adapter(), make.bill(order)
    ref = bill_in(world, bill)
    if whole:
        world.edit("purchase", order, void=True)
    else:
        world.edit("purchase", order, Invoice=[{"Status": "VOIDED", "InvoiceNumber": "KF-1"}])
    assert adapter.fetch(bill, ref).status is TargetStatus.VOIDED
    assert adapter.find(bill, MARKER) is None


# --- without order ---


@pytest.mark.parametrize(("item", "kind"), [(None, "Service Purchase"), ("HP-CLAMP-50", "Advanced Purchase")])
def test_a_bill_without_order_gets_a_purchase_of_its_own(world: Any, make: Any, item: Any, kind: str) -> None:
    """Its header carries number and mark and is bound first; services and goods are invoiced first."""
    adapter = world.adapter()
    bill = make.bill(lines=(make.line(item=item, account="453", description="Inbound Freight"),))
    ref = adapter.draft(bill, MARKER, None, world.bind)
    assert [one.key for one in world.bound] == [ref.key, ref.key]
    assert different(adapter, bill, ref) == []
    adapter.authorise(bill, ref)
    (row,) = world.held("purchase")
    assert (row["Type"], row["Approach"], row["Note"]) == (kind, "INVOICE", f"KF-1 {MARKER}")
    assert (row["Order"]["Status"], row["Invoice"][0]["Status"]) == ("AUTHORISED", "AUTHORISED")
    assert adapter.fetch(bill, ref).document is not None


def test_a_bill_without_order_killed_after_its_header_goes_on(world: Any, make: Any) -> None:
    """The header that is bound, or found by its mark, is filled: no second purchase is made."""
    adapter, bill = world.adapter(), make.bill()
    world.fault("status", "purchase/order", "POST", status=400, answer=[{"ErrorCode": 400, "Exception": "No."}])
    with pytest.raises(Refused):
        adapter.draft(bill, MARKER, None, world.bind)
    (begun,) = world.bound
    found = adapter.find(bill, MARKER)
    assert (found.ref, found.fields, found.ours) == (begun, {}, True)
    assert adapter.fetch(bill, begun).fields == {}
    ref = adapter.draft(bill, MARKER, begun, world.bind)
    assert different(adapter, bill, ref) == []
    assert len(world.held("purchase")) == 1


def test_a_purchase_of_its_own_takes_the_bills_rate_where_chosen(world: Any, make: Any) -> None:
    """The source's currency rate is sent only when the deployment says so."""
    for chosen in (True, False):
        bill = make.bill(number=f"KF-{chosen}", rate=D("1.25"))
        world.adapter(source_rate=chosen).draft(bill, f"mlc:{chosen:d}", None, world.bind)
        assert ("CurrencyRate" in world.sent("advanced-purchase$")) is chosen


# --- how a bill is said ---


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gross": D("583.01")}, r"gross.*583\.00.*583\.01"),
        ({"tax": D("53.01"), "gross": D("583.01")}, "tax"),
        ({"currency": "EUR"}, "in EUR, and Cin7 buys from this supplier in USD"),
        ({"date": dt.date(2026, 1, 30)}, "before Cin7's lock date 2026-01-31"),
        ({"status": DocumentStatus.VOIDED}, "voided"),
        ({"lines": "negative"}, "below zero"),
        ({"lines": "no account"}, "no GL account"),
        ({"lines": "unknown tax"}, "Luxury"),
    ],
)
def test_what_cannot_be_said_is_refused_before_anything_is_sent(
    world: Any, make: Any, changes: dict[str, Any], words: str
) -> None:
    """Wrong totals, currencies, periods, signs, accounts and tax rules are named, and nothing is written."""
    world.sim("POST", "accounts", {"account_id": "11111111-1111-4111-8111-111111111111",
                                   "keys": ["22222222-2222-4222-8222-222222222222"],
                                   "me": {"LockDate": "2026-01-31T00:00:00"}})  # fmt: skip
    lines = {
        "negative": make.line(account="630", quantity=D(-40), net=D(-500), tax=D(-50)),
        "no account": make.line(account=None),
        "unknown tax": make.line(account="630", tax_rule="Luxury"),
    }
    if "lines" in changes:
        changes = {"lines": (lines[changes["lines"]],)}
    with pytest.raises(Refused, match=words):
        world.adapter().draft(make.bill(**changes), MARKER, None, world.bind)
    assert (world.held("purchase"), world.count("", "POST"), world.bound) == ([], 0, [])


def test_a_service_product_is_billed_as_a_charge(world: Any, make: Any, placed: Any) -> None:
    """A line of a Service product goes out, and is expected back, as an additional charge under its name."""
    order = placed(approach="INVOICE")
    adapter = world.adapter()
    bill = make.bill(order, lines=(make.line(account="453", item="FREIGHT", description="by road"),))
    ref = adapter.draft(bill, MARKER, None, world.bind)
    assert different(adapter, bill, ref) == []
    sent = world.sent("invoice")
    assert (sent["Lines"], sent["AdditionalCharges"][0]["Description"]) == ([], "Inbound Freight")


def test_a_line_without_item_goes_under_the_product_chosen(world: Any, make: Any, placed: Any) -> None:
    """`charge_product` names the Service product of lines without item; a line without quantity is one of it."""
    order = placed(approach="INVOICE")
    adapter = world.adapter(charge_product="Sundries")
    line = make.line(item=None, account="453", description="Cleaning", quantity=D(0), unit_price=D(0))
    bill = make.bill(order, lines=(line,))
    assert different(adapter, bill, adapter.draft(bill, MARKER, None, world.bind)) == []
    (charge,) = world.sent("invoice")["AdditionalCharges"]
    assert (charge["Description"], charge["Quantity"], charge["Price"]) == ("Sundries", 1, 500)


@pytest.mark.parametrize("home", ["line_comment", "none"])
def test_a_cost_centre_stands_in_the_lines_comment(world: Any, make: Any, placed: Any, home: str) -> None:
    """Each line's cost centre is in its comment, beside our mark in the first, and is compared; or left out."""
    order = placed(approach="INVOICE")
    adapter = world.adapter(cost_centre_home=home)
    lines = (
        make.line(account="630", cost_centre="C1"),
        make.line(account="630", cost_centre="C2"),
        make.line(account="453", item=None, description="Inbound Freight", cost_centre="C3"),
    )
    bill = make.bill(order, lines=lines)
    ref = adapter.draft(bill, MARKER, None, world.bind)
    assert different(adapter, bill, ref) == []
    sent = world.sent("invoice")
    notes = [line["Comment"] for line in sent["Lines"]] + [row["Reference"] for row in sent["AdditionalCharges"]]
    assert notes == ([f"C1 {MARKER}", "C2", "C3"] if home == "line_comment" else [MARKER, ""])
    other = bill.model_copy(update={"lines": (lines[0].model_copy(update={"cost_centre": "C9"}), *lines[1:])})
    assert bool(different(adapter, other, ref)) is (home == "line_comment")


def test_lines_of_one_product_on_two_accounts_stay_apart(world: Any, make: Any, placed: Any) -> None:
    """Lines are put together only where their accounts are the same too."""
    order = placed(approach="INVOICE")
    adapter = world.adapter()
    bill = make.bill(order, lines=tuple(make.line(account=account) for account in ("630", "453", "630")))
    assert different(adapter, bill, adapter.draft(bill, MARKER, None, world.bind)) == []
    assert [(row["Account"], row["Quantity"]) for row in world.sent("invoice")["Lines"]] == [("630", 80), ("453", 40)]


def test_what_stands_is_listed_for_reconciliation(world: Any, make: Any, placed: Any) -> None:
    """All bills and credit notes with content are listed with their amounts, ours known, from whole purchases."""
    world.purchase("credited, advanced", "PO-00007")
    world.purchase("ordered", "PO-00008")
    order = placed(approach="INVOICE")
    ref = bill_in(world, make.bill(order))
    world.sim("DELETE", "journal")
    present = {one.ref.key: one for one in world.adapter().present("supplier_invoice")}
    assert (present[ref.key].ours, present[ref.key].fields["gross"]) == (True, "583")
    assert sorted(one.ref.key.split("/")[1] for one in present.values()) == ["bill", "bill", "credit"]
    assert world.count("purchase$") <= 4

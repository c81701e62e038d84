"""Purchases over HTTP: which documents each state stands for, with which keys and amounts."""

from __future__ import annotations

import datetime as dt
import logging
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.documents import DocumentStatus, InvoiceType
from ml_connector.sync.ports import Unreadable, Window
from ml_connector_sandbox.scenarios.purchases import STATES

UTC = dt.timezone.utc
ALL = Window(dt.datetime(2026, 1, 1, tzinfo=UTC), dt.datetime(2026, 12, 1, tzinfo=UTC))
KINDS = ("purchase_order", "goods_receipt", "supplier_invoice")
OPEN_ENDED = Window(None, ALL.end)
EMITTED = {
    "order in draft": "",
    "ordered": "order",
    "receiving": "order",
    "received": "order receipt0",
    "completed": "order receipt0 bill0",
    "invoiced first": "order bill0",
    "invoiced and paid": "order bill0",
    "invoice first, completed": "order receipt0 bill0",
    "partly received": "order receipt0 bill0",
    "two receipts, two bills": "order receipt0 receipt1 bill0 bill1",
    "received, not put away": "order receipt0 bill0",
    "service with order": "order bill0",
    "service without order": "bill0",
    "credited": "order receipt0 bill0 credit",
    "credited, advanced": "order receipt0 bill0 credit",
    "voided": "order! receipt0! bill0!",
    "blind receipt": "receipt0 bill0",
}


def read(adapter: Any, kind: str, window: Window = ALL) -> list[Any]:
    """All documents of a kind."""
    return list(adapter.read(kind, window))


def read_all(adapter: Any) -> list[Any]:
    """All documents of all kinds."""
    return [document for kind in KINDS for document in read(adapter, kind)]


def named(document: Any) -> str:
    """A short name: kind and group, ``!`` for void."""
    parts = document.key.split("/")
    name = "order" if len(parts) == 1 else "credit" if parts[1] == "credit" else f"{parts[1]}{parts[2]}"
    return name + ("!" if document.status is DocumentStatus.VOIDED else "")


def test_every_state_of_the_scenarios_is_read_here() -> None:
    """No row of the decision table is left out."""
    assert {state.name for state in STATES} == set(EMITTED)


@pytest.mark.parametrize("name", EMITTED)
def test_each_state_stands_for_its_documents(world: Any, name: str) -> None:
    """A purchase stands for one document for each authorised sub-document, and for nothing else."""
    made = world.purchase(name)
    documents = read_all(world.adapter())
    assert " ".join(named(one) for one in documents) == EMITTED[name]
    assert all(one.key.startswith(made["ID"]) and one.source == "cin7" for one in documents)


def test_goods_not_put_away_count_only_where_so_chosen(world: Any) -> None:
    """Received goods that are not put away are a receipt by default and none with `skip`; put-away ones always are."""
    world.purchase("received, not put away", "PO-00001")
    world.purchase("partly received", "PO-00002")
    assert len(read(world.adapter(), "goods_receipt")) == 2
    numbers = [one.order_number for one in read(world.adapter(receipts_without_put_away="skip"), "goods_receipt")]
    assert numbers == ["PO-00002"]


def test_a_blind_receipt_has_no_order_whatever_its_status(world: Any) -> None:
    """A purchase without an order is none, even where its order part says authorised."""
    made = world.purchase("completed")
    world.edit("purchase", made["ID"], BlindReceipt=True)
    assert [named(one) for one in read_all(world.adapter())] == ["receipt0", "bill0"]


def test_received_and_put_away_goods_are_not_added(world: Any) -> None:
    """The receipt of goods that were put away holds each quantity once."""
    made = world.purchase("two receipts, two bills")
    receipts = read(world.adapter(), "goods_receipt")
    total = sum(line.quantity for one in receipts for line in one.lines)
    assert total == sum(line["Quantity"] for line in made["Order"]["Lines"])


def test_two_deliveries_of_one_group_are_two_receipts(world: Any) -> None:
    """Lines of different dates in one receipt are one goods receipt a date."""
    made = world.purchase("received")
    lines = made["StockReceived"]["Lines"]
    days = ["2026-05-04", "2026-05-05"]
    rows = [{**lines[0], "Date": f"{day}T00:00:00"} for day in days]
    world.edit("purchase", made["ID"], StockReceived={"Status": "AUTHORISED", "Lines": rows})
    receipts = read(world.adapter(), "goods_receipt")
    assert [one.key for one in receipts] == [f"{made['ID']}/receipt/0/{day}" for day in days]
    assert [one.date.isoformat() for one in receipts] == days


@pytest.mark.parametrize("inclusive", [False, True])
def test_amounts_are_the_sources_own(world: Any, inclusive: bool) -> None:
    """Net, tax and gross are the bill's own; line amounts are without tax whether or not prices include it."""
    made = world.purchase("completed", inclusive=inclusive)
    (bill,) = read(world.adapter(), "supplier_invoice")
    given = made["Invoice"]
    assert (bill.net, bill.tax, bill.gross) == (given["TotalBeforeTax"], given["Tax"], given["Total"])
    assert sum(line.net for line in bill.lines) == bill.net
    assert sum(line.tax for line in bill.lines) == bill.tax
    assert bill.tax_inclusive is inclusive
    assert all(isinstance(line.net, Decimal) for line in bill.lines)
    assert len(bill.lines) == len(given["Lines"]) + len(given["AdditionalCharges"])


def test_a_bill_has_number_dates_rate_and_accounts(world: Any) -> None:
    """A bill carries the supplier's number, calendar dates unshifted, the order, the rate, and an account a line."""
    made = world.purchase("completed")
    (bill,) = read(world.adapter(), "supplier_invoice")
    assert (bill.number, bill.order_number, bill.order_key) == ("INV-00042-1", "PO-00042", made["ID"])
    assert (bill.date.isoformat(), bill.rate) == (made["Invoice"]["InvoiceDate"][:10], Decimal("1.5"))
    assert {line.account for line in bill.lines} == {"630", "512"}
    assert [line.item for line in bill.lines][-1] is None
    assert bill.type is InvoiceType.INVOICE


def test_a_bill_of_its_own_rate_is_not_read_at_the_headers(world: Any) -> None:
    """Each bill of an advanced purchase has its own rate."""
    made = world.purchase("two receipts, two bills")
    rows = [{**bill, "CurrencyRate": rate} for bill, rate in zip(made["Invoice"], ("1.40275", "1.39342"), strict=True)]
    world.edit("purchase", made["ID"], Invoice=rows)
    rates = [bill.rate for bill in read(world.adapter(), "supplier_invoice")]
    assert rates == [Decimal("1.40275"), Decimal("1.39342")]


def test_a_credit_memo_names_the_bill_it_credits(world: Any) -> None:
    """A credit note is a credit memo with its own number and that of the bill, in both families."""
    world.purchase("credited", "PO-00001")
    world.purchase("credited, advanced", "PO-00002")
    memos = [one for one in read(world.adapter(), "supplier_invoice") if one.type is InvoiceType.CREDIT_MEMO]
    assert [(one.number, one.credits_number) for one in memos] == [
        ("CN-00001", "INV-00001-1"),
        ("CN-00002", "INV-00002-1"),
    ]


@pytest.mark.parametrize("name", ["completed", "credited", "received", "invoice first, completed"])
def test_keys_and_content_outlive_the_conversion_to_advanced(world: Any, name: str) -> None:
    """A purchase converted from Simple to Advanced stands for the same orders and bills, under the same keys."""
    made = world.purchase(name)
    before = {one.key: one for one in read_all(world.adapter())}
    world.edit("purchase", made["ID"], convert=True)
    after = {one.key: one for one in read_all(world.adapter())}
    assert world.held("purchase")[0]["Type"] == "Advanced Purchase"
    assert world.held("purchase")[0]["Invoice"][0]["TaskID"] != made["ID"]
    assert list(after) == list(before)
    same = [key for key in before if "/credit/" not in key]
    assert [after[key].content_hash() for key in same] == [before[key].content_hash() for key in same]


@pytest.mark.parametrize("shown", ["simple", "advanced"])
def test_a_purchase_converted_since_it_was_listed_is_still_read(world: Any, shown: str) -> None:
    """A row whose family is out of date costs one more call, not the purchase."""
    made = world.purchase("completed")
    now = {"convert": True} if shown == "simple" else {"Type": "Simple Purchase"}
    if shown == "advanced":
        world.edit("purchase", made["ID"], Type="Advanced Purchase")
    path = "/purchase$" if shown == "simple" else "/advanced-purchase$"
    world.fault("touch", path, "GET", entity="purchase", id=made["ID"], set=now)
    assert [named(one) for one in read(world.adapter(), "supplier_invoice")] == ["bill0"]
    assert world.sim("GET", "faults") == []
    assert (world.count("/purchase$"), world.count("/advanced-purchase$")) == (1, 1)


def test_an_unknown_status_is_not_final_and_is_told(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A status of nobody's knowledge, as approvals may bring, makes no document, and a warning says so."""
    made = world.purchase("completed")
    world.edit("purchase", made["ID"], Invoice={**made["Invoice"], "Status": "AWAITING APPROVAL"})
    with caplog.at_level(logging.WARNING):
        assert read(world.adapter(), "supplier_invoice") == []
    assert "AWAITING APPROVAL" in caplog.text
    assert "PO-00042" in caplog.text


@pytest.mark.parametrize("spelling", [" authorised ", "Authorised", "Paid"])
def test_a_status_is_read_in_any_spelling(world: Any, spelling: str) -> None:
    """Blanks and small letters in a status change nothing."""
    made = world.purchase("completed")
    world.edit("purchase", made["ID"], Invoice={**made["Invoice"], "Status": spelling})
    assert len(read(world.adapter(), "supplier_invoice")) == 1


def test_a_voided_bill_is_told_under_its_key(world: Any) -> None:
    """A bill voided later is the same document, void."""
    made = world.purchase("completed")
    (before,) = read(world.adapter(), "supplier_invoice")
    world.edit("purchase", made["ID"], void=True)
    (after,) = read(world.adapter(), "supplier_invoice")
    assert (before.key, after.status) == (after.key, DocumentStatus.VOIDED)


def test_a_record_that_cannot_be_understood_holds_only_itself(world: Any) -> None:
    """A purchase with a number that is none is unreadable, with the reason and itself; the others are read."""
    made = world.purchase("completed", "PO-00001")
    world.purchase("completed", "PO-00002")
    bad = {**made["Invoice"], "Lines": [{**made["Invoice"]["Lines"][0], "Quantity": "forty"}]}
    world.fault("status", "/purchase$", "GET", status=200, answer={**_detail(world, made), "Invoice": bad})
    strange, good = read(world.adapter(detail_workers=1), "supplier_invoice")
    assert isinstance(strange, Unreadable)
    assert strange.key == made["ID"]
    assert "Quantity" in strange.finding.message
    assert good.order_number == "PO-00002"


def _detail(world: Any, made: dict[str, Any]) -> Any:
    return world.client().read("purchase", params={"ID": made["ID"]}).data


def test_documents_are_read_again_by_their_keys(world: Any) -> None:
    """Single documents are read as they are now by their keys, whichever family; a missing one is left out."""
    first = world.purchase("completed", "PO-00001")["ID"]
    second = world.purchase("two receipts, two bills", "PO-00002")["ID"]
    nobody = "99999999-9999-4999-8999-999999999999"
    keys = [f"{first.upper()}/bill/0", f"{second}/bill/1", f"{nobody}/bill/0"]
    found = sorted(one.key for one in world.adapter().read_keys("supplier_invoice", keys))
    assert found == sorted([f"{first}/bill/0", f"{second}/bill/1"])
    assert [one.number for one in world.adapter().read_keys("purchase_order", [first])] == ["PO-00001"]


def test_a_purchase_that_was_unreadable_is_read_again_by_its_own_id(world: Any) -> None:
    """The key of an unreadable purchase stands for all documents of the kind that it holds."""
    key = world.purchase("two receipts, two bills")["ID"]
    assert [named(one) for one in world.adapter().read_keys("supplier_invoice", [key])] == ["bill0", "bill1"]


def test_a_bill_without_date_is_unreadable_and_holds_only_its_purchase(world: Any) -> None:
    """A bill whose date is missing is reported with its number; other purchases are read."""
    made = world.purchase("completed", "PO-00001")
    world.purchase("completed", "PO-00002")
    world.edit("purchase", made["ID"], Invoice={**made["Invoice"], "InvoiceDate": None})
    strange, good = sorted(read(world.adapter(), "supplier_invoice"), key=lambda one: not isinstance(one, Unreadable))
    assert "bill INV-00001-1 of PO-00001 has no date" in strange.finding.message
    assert good.order_number == "PO-00002"


def test_the_order_date_of_the_list_is_used_where_the_detail_has_none(world: Any) -> None:
    """A detail without an order date takes that of its list row."""
    made = world.purchase("ordered")
    detail = _detail(world, made) | {"OrderDate": None}
    world.fault("status", "/purchase$", "GET", status=200, answer=detail)
    (order,) = read(world.adapter(), "purchase_order")
    assert f"{order.date}T00:00:00" == made["OrderDate"]


# --- selecting and paging ---


def days(count: int) -> list[str]:
    """Order numbers, one a day from 1 March."""
    return [f"PO-{n:05}" for n in range(1, count + 1)]


def seed_days(world: Any, count: int) -> dict[str, str]:
    """Purchases changed a day apart; returns number → ID."""
    first = dt.datetime(2026, 2, 1, tzinfo=UTC)
    return {
        number: world.purchase("ordered", number, at=first + dt.timedelta(days=index))["ID"]
        for index, number in enumerate(days(count))
    }


def test_a_window_selects_by_change_stamp_alone(world: Any) -> None:
    """Only purchases changed within the half-open window are read in detail, whatever their document dates."""
    seed_days(world, 10)
    window = Window(dt.datetime(2026, 2, 3, tzinfo=UTC), dt.datetime(2026, 2, 6, tzinfo=UTC))
    found = read(world.adapter(), "purchase_order", window)
    assert [one.number for one in found] == ["PO-00003", "PO-00004", "PO-00005"]
    assert world.count("/purchase$") == 3
    assert "UpdatedSince=2026-02-03T00:00:00.000&" in world.sim("GET", "journal", path="purchaseList")[0][
        "query"
    ].replace("%3A", ":")


def test_an_open_window_reads_everything_and_a_strict_list_is_content(world: Any) -> None:
    """From the beginning no time is sent; with one, it has no zone, which some lists cannot read."""
    seed_days(world, 3)
    world.set(strict_updated_since=True)
    assert len(read(world.adapter(), "purchase_order", OPEN_ENDED)) == 3
    assert len(read(world.adapter(), "purchase_order")) == 3


def test_all_pages_are_read_and_the_pull_is_told(world: Any) -> None:
    """A list of several pages is read whole, and the audit hears of rows and pages."""
    seed_days(world, 7)
    assert len(read(world.adapter(page_size=3), "purchase_order")) == 7
    pull = world.pulls[-1]
    assert (pull.system, pull.entity, pull.rows, pull.pages) == ("cin7", "purchaseList", 7, 3)


@pytest.mark.parametrize("skip", [0, 1, 2])
def test_a_purchase_changed_between_two_pages_loses_no_other(world: Any, skip: int) -> None:
    """A purchase that enters the list while pages are read pushes others along; each is still read."""
    ids = seed_days(world, 9)
    late = {"LastUpdatedDate": "2026-03-18T11:59:59.000Z"}
    world.fault("touch", "purchaseList", "GET", skip=skip, entity="purchase", id=ids["PO-00001"], set=late)
    window = Window(dt.datetime(2026, 2, 2, tzinfo=UTC), ALL.end)
    numbers = {one.number for one in read(world.adapter(page_size=2), "purchase_order", window)}
    assert set(days(9)) - {"PO-00001"} <= numbers


@pytest.mark.parametrize("skip", [1, 2])
def test_a_purchase_that_leaves_between_two_pages_loses_no_other(world: Any, skip: int) -> None:
    """A row that leaves the list pulls the next one onto a page that was read already: the list is read again."""
    ids = seed_days(world, 9)
    early = {"LastUpdatedDate": "2020-01-01T00:00:00.000Z"}
    world.fault("touch", "purchaseList", "GET", skip=skip, entity="purchase", id=ids["PO-00001"], set=early)
    numbers = {one.number for one in read(world.adapter(page_size=2), "purchase_order")}
    assert set(days(9)) - {"PO-00001"} <= numbers


@pytest.mark.parametrize("skip", [1, 2])
def test_a_row_that_moves_backwards_loses_no_other(world: Any, skip: int) -> None:
    """A row that moves from a page already read to the last one is noticed, though the total stays the same."""
    ids = seed_days(world, 9)
    world.fault("touch", "purchaseList", "GET", skip=skip, entity="purchase", id=ids["PO-00001"],
                set={"OrderNumber": "PO-99999", "LastUpdatedDate": "2026-03-18T11:59:59.000Z"})  # fmt: skip
    numbers = {one.number for one in read(world.adapter(page_size=2), "purchase_order")}
    assert numbers == {*days(9)[1:], "PO-99999"}


# --- the cache ---


def test_a_second_read_costs_no_detail_call(world: Any, cache: Any) -> None:
    """An unchanged purchase is read in detail once, for all kinds and runs, and reads the same."""
    for index, name in enumerate(("completed", "two receipts, two bills", "service with order"), 1):
        world.purchase(name, f"PO-{index:05}")
    first = read_all(world.adapter(cache=cache))
    details = world.count("purchase$")
    assert details == 3
    assert read_all(world.adapter(cache=cache)) == first
    assert world.count("purchase$") == details


def test_a_changed_purchase_is_read_again(world: Any, cache: Any) -> None:
    """A purchase with another stamp, or of another family, is read in detail again."""
    made = world.purchase("received")
    adapter = world.adapter(cache=cache)
    read(adapter, "goods_receipt")
    world.edit("purchase", made["ID"], Note="x")
    read(adapter, "goods_receipt")
    assert world.count("/purchase$") == 2
    world.edit("purchase", made["ID"], convert=True)
    read(adapter, "goods_receipt")
    assert world.count("/advanced-purchase$") == 1


def test_a_second_change_with_the_same_stamp_is_not_missed(world: Any, cache: Any) -> None:
    """A purchase changed just now is not kept, since its next change may carry the same stamp."""
    made = world.purchase("ordered")
    world.edit("purchase", made["ID"], RequiredBy="2026-05-01T00:00:00")
    adapter = world.adapter(cache=cache)
    world.clock.seconds += 5
    read(adapter, "purchase_order")
    world.edit("purchase", made["ID"], RequiredBy="2026-06-01T00:00:00")
    (order,) = read(adapter, "purchase_order")
    assert order.required_by == dt.date(2026, 6, 1)

"""Orders, receipts and postings, as they become of SYSPRO's rows; what a window reads."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from syspro_world import GRN, NOW, ORDER, SUPPLIER, World, invoiced, ordered, received, unread

from memory_cache import Cache
from ml_connector.domain.documents import DocumentStatus
from ml_connector.sync.ports import Unreadable, Window
from ml_connector_sandbox.syspro import world

# --- orders ---


def test_an_order_is_the_sum_of_its_lines(site: World) -> None:
    """SYSPRO keeps no total: net, tax by the code's rate, and gross come from the lines."""
    ordered(site)
    (order,) = site.read("purchase_order", tax_rates={"A": 20})
    assert (order.number, order.supplier_key, order.supplier_name) == ("2291", SUPPLIER, "Harbour Steel Ltd")
    assert (order.net, order.tax, order.gross, order.currency) == (100, 20, 120, "GBP")
    assert [(one.item, one.account, one.quantity, one.net) for one in order.lines] == [
        ("M8-HEX", "10-5110", 10, 40), ("A100", "20-5100", 2, 60),
    ]  # fmt: skip
    assert (order.terms, order.required_by) == ("30", dt.date(2026, 10, 15))


@pytest.mark.parametrize(("head", "status"), [
    ({"OrderStatus": "1"}, DocumentStatus.AUTHORISED), ({"OrderStatus": "9"}, DocumentStatus.AUTHORISED),
    ({"OrderStatus": "*"}, DocumentStatus.VOIDED), ({"OrderStatus": "/"}, DocumentStatus.VOIDED),
    ({"CancelledFlag": "Y"}, DocumentStatus.VOIDED), ({"OrderStatus": "0"}, None),
])  # fmt: skip
def test_the_orders_status_tells_whether_it_is_in_force(site: World, head: Any, status: Any) -> None:
    """Cancelled and deleted ones are void; one that is being put together is not read yet."""
    ordered(site, **head)
    assert [one.status for one in site.read("purchase_order")] == ([] if status is None else [status])


def test_an_order_in_another_currency_has_its_own_prices(site: World) -> None:
    """Of a line's two prices the order's currency chooses."""
    ordered(site, Currency="EUR")
    (order,) = site.read("purchase_order")
    assert (order.currency, order.net) == ("EUR", 10 * 5 + 2 * 36)


def test_the_local_currency_may_be_a_sign(site: World) -> None:
    """``$`` or blank is the local currency."""
    ordered(site, Currency="$")
    (order,) = site.read("purchase_order")
    assert (order.currency, order.net) == ("GBP", 100)


def test_freight_and_charges_are_lines_and_comments_are_none(site: World) -> None:
    """Types 4 and 5 carry a value of their own, in the order's currency; type 6 carries text alone."""
    lines: list[dict[str, Any]] = [
        {"LineType": "4", "NMscChargeValue": 12, "NMscChargeFor": 14, "NMscChargeTax": "A", "MGlCode": "20-6200"},
        {"LineType": "5", "NComment": "Pallets", "NMscChargeValue": 3, "NMscChargeFor": 4},
        {"LineType": "6", "NComment": "Leave at gate B"},
    ]
    ordered(site, lines=lines)
    (order,) = site.read("purchase_order", tax_rates={"A": 20})
    assert [(one.item, one.description, one.net, one.tax) for one in order.lines] == [
        (None, "Freight", 12, Decimal("2.40")), (None, "Pallets", 3, 0),
    ]  # fmt: skip
    ordered(site, lines=lines, Currency="EUR")
    (order,) = site.read("purchase_order")
    assert order.net == 18


def test_discounts_in_percent_follow_one_another(site: World) -> None:
    """10 % and then 5 % off leave 85.5 %."""
    ordered(site, lines=[{"MStockCode": "A100", "MOrderQty": 2, "MPrice": 50, "MDiscPct1": 10, "MDiscPct2": 5}])
    (order,) = site.read("purchase_order")
    assert (order.net, order.lines[0].unit_price) == (Decimal("85.50"), Decimal("42.750"))


@pytest.mark.parametrize(("line", "told"), [
    ({"MDiscValFlag": "V", "MDiscValue": 5}, "line 1 has a discount by value"),
    ({"MOrderUom": "BOX", "MPriceUom": "EA"}, "line 1 is ordered in BOX and priced by EA"),
])  # fmt: skip
def test_an_amount_that_cannot_be_told_is_not_guessed(site: World, line: dict[str, Any], told: str) -> None:
    """What a discount by value or another unit of price comes to is not published: the order is held."""
    ordered(site, lines=[{"MStockCode": "A100", "MOrderQty": 2, "MPrice": 50, **line}])
    assert told in unread(site, "purchase_order")


def test_an_exempt_order_has_no_tax(site: World) -> None:
    """Its lines carry the tax code for exemption, whatever theirs is."""
    ordered(site, TaxStatus="E")
    (order,) = site.read("purchase_order", tax_rates={"A": 20}, exempt_tax_code="E")
    assert (order.tax, {one.tax_rule for one in order.lines}) == (0, {"E"})


@pytest.mark.parametrize(("source", "centres"), [
    ({"cost_centre": "gl_segment"}, ["10", "20"]), ({"cost_centre": "gl_segment", "cost_centre_segment": 3}, ["", ""]),
    ({"cost_centre": "gl_group"}, ["10", "20"]), ({"cost_centre": "branch"}, ["20", "20"]), ({}, ["", ""]),
])  # fmt: skip
def test_a_lines_cost_centre_is_found_where_the_site_keeps_it(site: World, source: Any, centres: list[str]) -> None:
    """A part of the GL code, the account's group, or the supplier's branch: SYSPRO has no field for it."""
    ordered(site)
    (order,) = site.read("purchase_order", **source)
    assert [one.cost_centre for one in order.lines] == centres


# --- receipts ---


def test_a_receipt_is_what_a_grn_brought_of_one_order(site: World) -> None:
    """A note with goods of two orders is a receipt of each; what names no order is none of ours."""
    ordered(site)
    received(site)
    received(site, order="000000000002300", journal=89)
    received(site, order="", grn="000000000003311", journal=90)
    found = {one.order_number: one for one in site.read("goods_receipt")}
    assert set(found) == {"2291", "2300"}
    assert (found["2291"].date, found["2291"].key) == (dt.date(2026, 10, 5), f"{SUPPLIER}/{GRN}/{ORDER}")
    assert [(one.item, one.quantity) for one in found["2291"].lines] == [("M8-HEX", 10), ("A100", 2)]


def test_receipts_are_found_by_their_orders(site: World) -> None:
    """An order's key brings its receipts, also where it holds a slash."""
    ordered(site, key="A/1")
    received(site, order="A/1")
    received(site, grn="000000000003311", journal=90)
    (one,) = site.adapter().read_keys("goods_receipt", ["A/1"])
    assert list(site.adapter().read_keys("goods_receipt", [one.key])) == [one]


def test_receipts_come_from_the_history_where_nothing_is_matched(site: World) -> None:
    """Where receipts are not matched with invoices there are no notes: the history and the order's lines tell."""
    ordered(site)
    rows = ((1, "2026-10-05", 4, "D1"), (2, "2026-10-05", 2, "D1"), (1, "2026-10-06", 6, "D2"))
    names = ("PurchaseOrderLin", "DateReceived", "QtyReceived", "Reference")
    site.seed(PorHistReceipt=[{"PurchaseOrder": ORDER, **dict(zip(names, row, strict=True))} for row in rows])
    found = site.read("goods_receipt", receipts_from="history")
    assert [(one.date.day, [(line.item, line.quantity) for line in one.lines]) for one in found] == [
        (5, [("M8-HEX", 4), ("A100", 2)]), (6, [("M8-HEX", 6)]),
    ]  # fmt: skip
    (again,) = site.adapter(receipts_from="history").read_keys("goods_receipt", [found[0].key])
    assert again.content_hash() == found[0].content_hash()


@pytest.mark.parametrize(("route", "size"), [("odata", 1000), ("odata", 1), ("odata", 3), ("comfnd", 2)])
def test_equal_rows_of_the_history_each_count(site: World, route: str, size: int) -> None:
    """The history has no published key: what came twice on a day, with one note, is counted twice."""
    ordered(site)
    row = {"PurchaseOrder": ORDER, "PurchaseOrderLin": 1, "DateReceived": "2026-10-05", "Reference": "D1"}
    site.seed(PorHistReceipt=[
        *({**row, "QtyReceived": quantity} for quantity in (4, 6, 4)), {**row, "DateReceived": "2026-10-06"},
        {**row, "PurchaseOrderLin": 2, "QtyReceived": 2},
    ])  # fmt: skip
    chosen: dict[str, Any] = {"receipts_from": "history", "read_by": route, "page_size": size}
    (receipt,) = site.read("goods_receipt", **chosen)
    assert [(line.item, line.quantity) for line in receipt.lines] == [
        ("M8-HEX", 4), ("M8-HEX", 4), ("M8-HEX", 6), ("A100", 2),
    ]  # fmt: skip
    (again,) = site.adapter(**chosen).read_keys("goods_receipt", [ORDER])
    assert again.content_hash() == receipt.content_hash()


@pytest.mark.parametrize("start", [None, NOW])
def test_goods_that_came_in_without_a_grn_are_told(site: World, start: Any) -> None:
    """A supplier whose GRN matching is off has no GRN: its order's lines show what came in, and no receipt does."""
    ordered(site)
    ordered(site, key="000000000002292")
    received(site, order="000000000002292")
    for key in (ORDER, "000000000002292"):
        site.edit("PorMasterDetail", f"{key}/1", MReceivedQty=4, MLastReceiptDat="2026-10-05")
    readable, one = site.adapter().read("goods_receipt", Window(start, NOW + dt.timedelta(days=1)))
    assert (readable.order_number, one.key) == ("2292", ORDER)
    assert "Receipts of order 2291: goods came in and SYSPRO keeps no GRN" in one.finding.message
    assert list(site.adapter().read_keys("goods_receipt", [ORDER])) == [one]
    assert [type(found) for found in site.adapter().read_keys("goods_receipt", ["000000000002292"])] == [type(readable)]
    assert site.read("goods_receipt", receipts_from="history") == []


def test_what_was_received_long_ago_is_not_looked_for(site: World) -> None:
    """Lines are looked at as far back as receipts are, and in the first run as far as orders."""
    ordered(site)
    site.edit("PorMasterDetail", f"{ORDER}/1", MReceivedQty=4, MLastReceiptDat="2026-01-05")
    assert site.read("goods_receipt") == site.read("goods_receipt", NOW) == []


# --- postings ---


def test_a_posting_tells_its_accounts_in_the_local_currency(site: World) -> None:
    """Expenses and the payable, which balance, under the entry's own key."""
    invoiced(site, clears=False, parts=[("10-6100", 100, "Paper"), ("00-2210", 20, "VAT")])
    (entry,) = site.read("journal_entry")
    assert (entry.key, entry.date, entry.company) == ("2026/10/412/3", dt.date(2026, 10, 10), world.COMPANY)
    assert [(one.account, one.amount) for one in entry.lines] == [("10-6100", 100), ("00-2210", 20), ("00-2100", -120)]
    (again,) = site.adapter().read_keys("journal_entry", [entry.key])
    assert again.content_hash() == entry.content_hash()


# --- windows ---


def test_only_what_changed_is_yielded_again(site: World) -> None:
    """Rows carry no date of change: content seen before the window is not yielded, and a change is."""
    ordered(site)
    ordered(site, key="000000000002292")
    cache = Cache(site.clock.now)
    first, window = Window(None, NOW), Window(NOW + dt.timedelta(hours=1), NOW + dt.timedelta(hours=2))
    assert len(list(site.adapter(cache=cache).read("purchase_order", first))) == 2
    assert list(site.adapter(cache=cache).read("purchase_order", window)) == []
    site.edit("PorMasterDetail", f"{ORDER}/2", MOrderQty=3)
    assert [one.key for one in site.adapter(cache=cache).read("purchase_order", window)] == [ORDER]


def test_what_is_entered_late_is_read_all_the_same(site: World) -> None:
    """A receipt dated weeks before the window is still read: the overlap covers it, and an option widens it."""
    ordered(site)
    received(site, day="2026-09-25")
    assert len(site.read("goods_receipt", NOW)) == 1
    assert site.read("goods_receipt", NOW, overlap_days=3) == []


def test_a_span_selects_by_the_documents_own_dates(site: World) -> None:
    """In a backfill the end counts too, and the horizon of orders does not."""
    ordered(site, OrderEntryDate="2024-02-01")
    read = lambda *days: list(site.adapter().read("purchase_order", Window(*days, by_document_date=True)))  # noqa: E731
    first, last = (dt.datetime(2024, 2, day, tzinfo=dt.timezone.utc) for day in (1, 2))
    assert site.read("purchase_order") == []
    assert len(read(first, last)) == 1
    assert read(last, last + dt.timedelta(days=9)) == []
    assert read(None, first) == []


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_a_span_s_days_are_those_of_its_zone(site: World, zone: str) -> None:
    """The day of an accounting period begins at another moment in the company's zone, and is the same day."""
    ordered(site, OrderEntryDate="2024-02-01")
    midnights = [dt.datetime(2024, 2, day, tzinfo=ZoneInfo(zone)).astimezone(dt.timezone.utc) for day in (1, 2, 3)]
    for start, end, found in ((0, 1, 1), (1, 2, 0)):
        days = Window(midnights[start], midnights[end], by_document_date=True, zone=ZoneInfo(zone))
        assert len(list(site.adapter().read("purchase_order", days))) == found


@pytest.mark.parametrize(("table", "key", "changes", "kind"), [
    ("PorMasterHdr", ORDER, {"OrderEntryDate": None}, "purchase_order"),
    ("GrnDetails", f"{SUPPLIER}/{GRN}/1/88/1", {"OrigReceiptDate": None}, "goods_receipt"),
    ("ApInvoice", f"{SUPPLIER}/HS-5521", {"InvoiceDate": None}, "supplier_invoice"),
    ("ApJnlSummary", "2026/10/412/3", {"TrnDate": None}, "journal_entry"),
])  # fmt: skip
def test_a_record_without_its_date_is_held(site: World, table: str, key: str, changes: Any, kind: str) -> None:
    """No date is made up."""
    ordered(site), received(site), invoiced(site)
    site.edit(table, key, **changes)
    if kind == "purchase_order":
        (one,) = site.adapter().read_keys(kind, [ORDER])
        assert isinstance(one, Unreadable)
        assert "no entry date" in one.finding.message
        return
    assert "has no date" in unread(site, kind)

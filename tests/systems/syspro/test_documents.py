"""Orders, receipts, invoices and postings, as they become of SYSPRO's rows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from syspro_world import GRN, NOW, ORDER, SUPPLIER, World, invoiced, ordered, received

from memory_cache import Cache
from ml_connector.domain.documents import DocumentStatus, InvoiceType, SupplierInvoice
from ml_connector.sync.ports import Unreadable, Window
from ml_connector.systems.syspro import wire, xml
from ml_connector.systems.syspro.translate_invoices import in_invoice_currency
from ml_connector_sandbox.syspro import world


def unread(site: World, kind: str, **options: Any) -> str:
    """Why the only record of this kind cannot be read."""
    (one,) = site.adapter(**options).read(kind, Window(None, NOW))
    assert isinstance(one, Unreadable), one
    assert one.finding.next_step
    return one.finding.message


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


# --- invoices ---


def billed(site: World, **options: Any) -> SupplierInvoice:
    (invoice,) = site.read("supplier_invoice", **options)
    assert isinstance(invoice, SupplierInvoice)
    return invoice


def test_an_invoice_bills_the_order_whose_receipts_it_clears(site: World) -> None:
    """Order and goods come from the receipts, accounts from the journal, and tax from the tax account."""
    ordered(site), received(site), invoiced(site)
    invoice = billed(site)
    assert (invoice.number, invoice.order_key, invoice.order_number) == ("HS-5521", ORDER, "2291")
    assert (invoice.net, invoice.tax, invoice.gross) == (100, 20, 120)
    assert [(one.item, one.account, one.quantity, one.net, one.tax) for one in invoice.lines] == [
        ("M8-HEX", "10-5110", 10, 40, 8), ("A100", "20-5100", 2, 60, 12),
    ]  # fmt: skip


def test_an_invoice_without_order_has_the_journals_lines(site: World) -> None:
    """What clears no receipt is expenses, each on its account with its text."""
    parts = [("10-6100", 70, "Paper"), ("20-6200", 30, ""), ("00-2210", 20, "VAT")]
    invoiced(site, clears=False, parts=parts)
    invoice = billed(site)
    assert (invoice.order_key, invoice.order_number) == ("", "")
    assert [(one.item, one.account, one.description, one.net) for one in invoice.lines] == [
        (None, "10-6100", "Paper", 70), (None, "20-6200", "PO 2291", 30),
    ]  # fmt: skip


def test_freight_beside_the_goods_is_a_line_of_its_own(site: World) -> None:
    """A posting that names no receipt stays beside those that do; a number that only holds theirs names none."""
    ordered(site), received(site)
    parts = [("10-5110", 40, f"GRN {GRN}"), ("20-5100", 60, "GRN 3310"), ("20-6200", 10, "GRN 33101")]
    invoiced(site, parts=parts, gross=110)
    assert [(one.item, one.account, one.net) for one in billed(site).lines] == [
        ("M8-HEX", "10-5110", 40), ("A100", "20-5100", 60), (None, "20-6200", 10),
    ]  # fmt: skip


@pytest.mark.parametrize("parts", [
    [("00-2150", 40, f"GRN {GRN}"), ("00-2150", 60, f"GRN {GRN}"), ("00-2210", 20, "VAT")],
    [("00-2150", 100, "HS-5521"), ("00-2210", 20, "VAT")],
])  # fmt: skip
def test_goods_that_clear_a_suspense_account_keep_the_account_they_were_received_to(site: World, parts: Any) -> None:
    """Where the journal posts to the account for goods not billed yet, in parts or in one sum, that is no expense."""
    ordered(site), received(site), invoiced(site, parts=parts)
    invoice = billed(site, grn_accounts=["00-2150"])
    assert [(one.account, one.net) for one in invoice.lines] == [("10-5110", 40), ("20-5100", 60)]


def test_an_invoice_in_another_currency_is_told_in_its_own(site: World) -> None:
    """The journal is local: 102.56 at 1.17, by division, is 120.00; cents of the conversion go to the largest line."""
    ordered(site), received(site)
    parts = [("10-5110", "34.19", f"GRN {GRN}"), ("20-5100", "51.28", f"GRN {GRN}"), ("00-2210", "17.09", "VAT")]
    invoiced(site, parts=parts, gross=120, Currency="EUR", PostCurrency="EUR", ConvRate="1.17", MulDiv="D")
    invoice = billed(site)
    assert (invoice.currency, invoice.rate, invoice.gross, invoice.tax) == ("EUR", Decimal("1.17"), 120, 20)
    assert sum(one.net for one in invoice.lines) == invoice.net == 100
    assert sum(one.tax for one in invoice.lines) == invoice.tax


@pytest.mark.parametrize(("mul_div", "local"), [("M", "117"), ("D", "85.47008547")])
def test_the_rate_multiplies_or_divides_as_its_flag_says(mul_div: str, local: str) -> None:
    """Local is value times rate, or value by rate; the way back is the other."""
    row = wire.ApInvoice(Supplier="S", Invoice="I", ConvRate=Decimal("1.17"), MulDiv=mul_div)
    assert round(in_invoice_currency(Decimal(local), row), 6) == 100
    assert in_invoice_currency(Decimal(5), wire.ApInvoice(Supplier="S", Invoice="I")) == 5


def test_a_credit_note_is_told_without_signs(site: World) -> None:
    """An invoice below zero is a credit memo of the same amounts above it, and a line against it keeps its sign."""
    parts = [("10-6100", -110, "Paper"), ("20-6200", 10, "Handling"), ("00-2210", -20, "VAT")]
    invoiced(site, clears=False, parts=parts, gross=-120)
    invoice = billed(site)
    assert (invoice.type, invoice.net, invoice.tax, invoice.gross) == (InvoiceType.CREDIT_MEMO, 100, 20, 120)
    assert [one.net for one in invoice.lines] == [110, -10]


def test_an_invoice_for_several_orders_is_held(site: World) -> None:
    """No single purchase can take it, and which amount is whose is not guessed."""
    ordered(site), received(site), invoiced(site)
    site.edit("GrnDetails", f"{SUPPLIER}/{GRN}/1/88/2", PurchaseOrder="000000000002300")
    assert "bills several orders: 2291, 2300" in unread(site, "supplier_invoice")


def test_goods_that_cannot_be_told_apart_are_not_guessed(site: World) -> None:
    """A match that names no row of its receipt fits by value, or alone; else the invoice is held."""
    ordered(site), received(site), invoiced(site)
    matches = site.state("GrnMatching")
    for one in matches:
        site.sim("DELETE", "record", {"entity": "GrnMatching", "id": "/".join(
            str(one[name]) for name in ("Supplier", "Grn", "Journal", "EntryNumber", "Invoice"))})  # fmt: skip
    site.seed(GrnMatching=[{**one, "Journal": 412} for one in matches])
    assert [one.item for one in billed(site).lines] == ["M8-HEX", "A100"]
    site.edit("GrnDetails", f"{SUPPLIER}/{GRN}/1/88/1", OrigGrnValue=60)
    assert "which goods of GRN 3310" in unread(site, "supplier_invoice")


def test_invoices_are_found_by_their_orders_and_by_numbers_with_slashes(site: World) -> None:
    """An order's key brings what bills it; an invoice's own key may hold more slashes than one."""
    ordered(site), received(site), invoiced(site, number="HS/55/21")
    invoice = billed(site)
    for key in (ORDER, f"{SUPPLIER}/HS/55/21"):
        (one,) = site.adapter().read_keys("supplier_invoice", [key])
        assert one.content_hash() == invoice.content_hash()


def test_what_syspro_itself_posts_is_read_back_as_it_was(site: World) -> None:
    """An order, its receipt and its invoice posted through the business objects come as one purchase."""
    site.seed(ApSupplier=[{"Supplier": "BOLT01", "SupplierName": "Bolt & Nut Co", "Currency": "EUR"}])
    client = site.client()

    def post(code: str, root: str, content: dict[str, Any]) -> Any:
        query = {"BusinessObject": code, "XmlIn": xml.document(root, content)}
        return client.queries.read("Transaction/Post", params=query).data

    line = {"StockCode": "M8-HEX", "OrderQty": 10, "PriceMethod": "M", "Price": 5}
    head = {"OrderActionType": "A", "Supplier": "BOLT01"}
    orders = {"Orders": {"OrderHeader": head, "OrderDetails": {"StockLine": line}}}
    order = xml.text_of(post("PORTOI", "PostPurchaseOrders", orders), "PurchaseOrder")
    got = {"PurchaseOrder": order, "PurchaseOrderLine": 1, "Quantity": 10, "CostBasis": "P"}
    post("PORTOR", "PostPurchaseOrderReceipts", {"Item": {"Receipt": got}})
    (row,) = site.state("GrnDetails")
    match = {"GrnSupplier": "BOLT01", "GrnGrn": row["Grn"], "GrnFlag": row["GrnSource"], "GrnJournal": row["Journal"],
             "GrnEntry": row["JournalEntry"], "GrnMatchType": "O", "GrnMatchValue": row["OrigGrnValue"]}  # fmt: skip
    bill = {"Supplier": "BOLT01", "TransactionCode": "I", "Invoice": "BN-1", "TransactionValue": 60, "TaxBasis": "E",
            "TaxCode": "A", "TaxValue": 10, "GrnDetails": match}  # fmt: skip
    post("APSTIN", "PostApInvoice", {"Item": bill})
    invoice = billed(site, grn_accounts=["00-2150"], tax_rates={"A": 20})
    assert (invoice.currency, invoice.gross, invoice.tax) == ("EUR", 60, 10)
    assert (invoice.number, invoice.order_key) == ("BN-1", order)
    assert [(one.item, one.quantity, one.net) for one in invoice.lines] == [("M8-HEX", 10, 50)]
    (receipt,) = site.read("goods_receipt")
    assert (receipt.order_key, receipt.lines[0].quantity) == (order, 10)


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

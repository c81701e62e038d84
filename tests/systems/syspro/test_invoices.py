"""Supplier invoices as they become of SYSPRO's rows: their order and goods, accounts, currency, and what is held."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from syspro_world import GRN, NOW, ORDER, SUPPLIER, World, invoiced, ordered, received, unread

from ml_connector.domain.documents import InvoiceType, SupplierInvoice
from ml_connector.sync.ports import Window
from ml_connector.systems.syspro import wire, xml
from ml_connector.systems.syspro.translate_invoices import in_invoice_currency


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
    assert (invoice.currency, invoice.rate, invoice.gross, invoice.tax) == ("EUR", Decimal("0.8547008547"), 120, 20)
    assert sum(one.net for one in invoice.lines) == invoice.net == 100
    assert sum(one.tax for one in invoice.lines) == invoice.tax


@pytest.mark.parametrize(("mul_div", "local"), [("M", "117"), ("D", "85.47008547")])
def test_the_rate_multiplies_or_divides_as_its_flag_says(mul_div: str, local: str) -> None:
    """Local is value times rate, or value by rate; the way back is the other."""
    row = wire.ApInvoice(Supplier="S", Invoice="I", ConvRate=Decimal("1.17"), MulDiv=mul_div)
    assert round(in_invoice_currency(Decimal(local), row), 6) == 100
    assert in_invoice_currency(Decimal(5), wire.ApInvoice(Supplier="S", Invoice="I")) == 5


@pytest.mark.parametrize(("mul_div", "rate", "told"), [
    ("M", "1.17", Decimal("1.17")), ("D", "1.17", Decimal("0.8547008547")), ("D", "0.8", Decimal("1.25")),
    ("M", "0", None),
])  # fmt: skip
def test_an_invoices_rate_is_local_currency_for_one_unit(site: World, mul_div: str, rate: str, told: Any) -> None:
    """As it stands with M, turned round with D, and none where there is none."""
    invoiced(site, clears=False, Currency="EUR", PostCurrency="EUR", ConvRate=rate, MulDiv=mul_div)
    assert billed(site).rate == told


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


def matched_as_the_invoices_entry(site: World, **changes: Any) -> None:
    """Let each match carry the invoice's own journal and entry; whose they are is not published."""
    for one in site.state("GrnMatching"):
        site.edit("GrnMatching", str(one["RowId"]), Journal=412, EntryNumber=3, **changes)


def test_goods_that_cannot_be_told_apart_are_not_guessed(site: World) -> None:
    """A match that names no row of its receipt fits by value, or alone; else the invoice is held."""
    ordered(site), received(site), invoiced(site)
    matched_as_the_invoices_entry(site)
    assert [one.item for one in billed(site).lines] == ["M8-HEX", "A100"]
    site.edit("GrnDetails", f"{SUPPLIER}/{GRN}/1/88/1", OrigGrnValue=60)
    assert "which goods of GRN 3310" in unread(site, "supplier_invoice")


@pytest.mark.parametrize(("route", "size"), [("odata", 1000), ("odata", 1), ("comfnd", 1)])
def test_matches_that_are_alike_each_bill_their_goods(site: World, route: str, size: int) -> None:
    """Two lines of one GRN on one invoice may be equal in all that a match tells: none of them is lost."""
    ordered(site), received(site), invoiced(site)
    site.edit("GrnDetails", f"{SUPPLIER}/{GRN}/1/88/1", OrigGrnValue=50)
    site.edit("GrnDetails", f"{SUPPLIER}/{GRN}/1/88/2", OrigGrnValue=50)
    matched_as_the_invoices_entry(site, MatchedValue=50)
    for part, value in ((1, 50), (2, 50)):
        site.edit("ApJnlDistrib", f"2026/10/412/3/{part}", DistrValue=value)
    lines = billed(site, read_by=route, page_size=size).lines
    assert sorted((one.item, one.quantity, one.account, one.net) for one in lines) == [
        ("A100", 2, "20-5100", 50), ("M8-HEX", 10, "10-5110", 50),
    ]  # fmt: skip


def test_the_invoices_own_entry_names_no_goods(site: World) -> None:
    """Journals of goods and of payables count from one each: the invoice's entry may be a receipt's by chance."""
    ordered(site), received(site, journal=412), invoiced(site)
    site.edit("ApInvoice", f"{SUPPLIER}/HS-5521", EntryNumber=2)
    for one in site.state("GrnMatching"):
        site.edit("GrnMatching", str(one["RowId"]), Journal=412, EntryNumber=2)
    lines = billed(site, tax_accounts=[]).lines
    assert [(one.item, one.quantity, one.net) for one in lines] == [("M8-HEX", 10, 40), ("A100", 2, 60)]


def test_a_goods_posting_is_the_nearest_in_value(site: World) -> None:
    """A receipt's value has eight decimals and a posting's two: postings are told apart by value all the same."""
    (
        ordered(site),
        received(site),
        invoiced(
            site, parts=[("20-5100", "59.99", f"GRN {GRN}"), ("10-5110", "40.01", f"GRN {GRN}"), ("00-2210", 20, "VAT")]
        ),
    )
    for number, value in ((1, "40.00666667"), (2, "59.99333333")):
        site.edit("GrnDetails", f"{SUPPLIER}/{GRN}/1/88/{number}", OrigGrnValue=value)
    for one, value in zip(site.state("GrnMatching"), ("40.00666667", "59.99333333"), strict=True):
        site.edit("GrnMatching", str(one["RowId"]), MatchedValue=value)
    assert [(one.item, one.account, one.net) for one in billed(site).lines] == [
        ("M8-HEX", "10-5110", Decimal("40.01")), ("A100", "20-5100", Decimal("59.99")),
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["C", "D", "A"])
def test_what_changes_an_invoice_that_was_posted_is_held(site: World, code: str) -> None:
    """It has no row in ApInvoice, whose key is supplier and invoice: the journal alone tells, and nothing is lost."""
    invoiced(site, clears=False)
    invoice = billed(site)
    entry = {"TrnYear": 2026, "TrnMonth": 10, "Journal": 413, "EntryNumber": 1, "TrnDate": "2026-10-12"}
    site.seed(ApJnlSummary=[
        {**entry, "Supplier": SUPPLIER, "Invoice": "HS-5521", "TransactionCode": code, "InvoiceValue": -12}
    ])  # fmt: skip
    first, change = site.adapter().read("supplier_invoice", Window(NOW, NOW + dt.timedelta(days=1)))
    assert first.content_hash() == invoice.content_hash()
    assert change.key == f"{SUPPLIER}/HS-5521/2026/10/413/1"
    what = {"C": "Credit", "D": "Debit", "A": "Adjustment"}[code]
    assert change.finding.message.startswith(f"{what} to bill HS-5521: entry 2026/10/413/1")
    assert list(site.adapter().read_keys("supplier_invoice", [change.key])) == [change]
    assert site.read("supplier_invoice", fields={"journal": {"TransactionCode": ""}}) == [invoice]


def test_a_credit_with_a_row_of_its_own_is_no_change(site: World) -> None:
    """Its entry is the one that the invoice names."""
    invoiced(site, clears=False, gross=-120)
    site.edit("ApJnlSummary", "2026/10/412/3", TransactionCode="C")
    assert billed(site).type is InvoiceType.CREDIT_MEMO


def test_goods_received_to_suspense_have_their_order_lines_account(site: World) -> None:
    """Where journal and receipt name the account for goods not billed yet, the order's line tells where they went."""
    parts = [("00-2150", 40, f"GRN {GRN}"), ("00-2150", 60, f"GRN {GRN}"), ("00-2210", 20, "VAT")]
    ordered(site), received(site), invoiced(site, parts=parts)
    for number in (1, 2):
        site.edit("GrnDetails", f"{SUPPLIER}/{GRN}/1/88/{number}", DebitRecGlCode="00-2150")
    invoice = billed(site, grn_accounts=["00-2150"])
    assert [(one.item, one.account) for one in invoice.lines] == [("M8-HEX", "10-5110"), ("A100", "20-5100")]
    site.edit("PorMasterDetail", f"{ORDER}/2", MGlCode="00-2150")
    told = unread(site, "supplier_invoice", grn_accounts=["00-2150"])
    assert "which account the goods of GRN 3310 were received to" in told


def test_invoices_are_found_by_their_orders_and_by_numbers_with_slashes(site: World) -> None:
    """An order's key brings what bills it; an invoice's own key may hold more slashes than one."""
    ordered(site), received(site), invoiced(site, number="HS/55/21")
    invoice = billed(site)
    for key in (ORDER, f"{SUPPLIER}/HS/55/21"):
        (one,) = site.adapter().read_keys("supplier_invoice", [key])
        assert one.content_hash() == invoice.content_hash()


@pytest.mark.parametrize("entry", ["receipt", "invoice"])
def test_what_syspro_itself_posts_is_read_back_as_it_was(site: World, entry: str) -> None:
    """An order, its receipt and its invoice posted through the business objects come as one purchase."""
    site.set(match_entry=entry)
    site.seed(ApSupplier=[{"Supplier": "BOLT01", "SupplierName": "Bolt & Nut Co", "Currency": "EUR"}])
    client = site.client()

    def post(code: str, root: str, content: dict[str, Any]) -> Any:
        query = {"BusinessObject": code, "XmlIn": xml.document(root, content)}
        return client.queries.read("Transaction/Post", params=query).data

    line = {"StockCode": "M8-HEX", "OrderQty": 10, "PriceMethod": "M", "Price": 5, "LedgerCode": "10-5110"}
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
    assert (invoice.currency, invoice.gross, invoice.tax, invoice.rate) == ("EUR", 60, 10, Decimal("0.8547008547"))
    assert (invoice.number, invoice.order_key) == ("BN-1", order)
    assert [(one.item, one.quantity, one.net, one.account) for one in invoice.lines] == [("M8-HEX", 10, 50, "10-5110")]
    (receipt,) = site.read("goods_receipt")
    assert (receipt.order_key, receipt.lines[0].quantity) == (order, 10)

"""Invoices, their accounts and the vouchers behind them, as IFS holds them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from ifs_world import HOUR, START, World

from ml_connector.domain.documents import DocumentStatus, InvoiceType, JournalEntry, SupplierInvoice
from ml_connector.sync.ports import Unreadable, Window
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.translate_invoices import InvoiceRows, invoice_of

OPTIONS = IfsOptions(companies=("10",))


def header(**more: Any) -> dict[str, Any]:
    return {"Company": "10", "InvoiceId": 7, "Identity": "S1", "InvoiceNo": "INV-7", "InvoiceDate": "2026-10-20",
            "DueDate": "2026-11-19", "CreationDate": "2026-10-21", "Currency": "SEK", "CurrRate": 1, "DivFactor": 1,
            "NetCurrAmount": 100, "VatCurrAmount": 25, "PoRefNumber": "P1", "Objstate": "Posted", **more}  # fmt: skip


def item(n: int, net: object, **more: Any) -> dict[str, Any]:
    return {"Company": "10", "InvoiceId": 7, "ItemId": n, "Description": f"Item {n}", "NetCurrAmount": net,
            "VatCurrAmount": 0, "VatCode": "I25", "Quantity": 4, "PoRefNumber": "P1", "PoLineNo": str(n),
            "PoReleaseNo": "1", **more}  # fmt: skip


def posting(n: int, amount: object, account: str, line: str = "", **more: Any) -> dict[str, Any]:
    return {"Company": "10", "InvoiceId": 7, "RowId": n, "CodeA": account, "CodeB": None, "CurrAmount": amount,
            "Reference": f"1^1^{line}" if line else None, **more}  # fmt: skip


def made(items: list[Any], postings: list[Any], options: IfsOptions = OPTIONS, **more: Any) -> SupplierInvoice:
    parts = {("P1", "1", "1"): {"PartNo": "M6-25", "BuyUnitMeas": "pcs"}}
    invoice = invoice_of(InvoiceRows(header(**more), items, postings), parts, "Kestrel", options, START)
    assert invoice is not None
    return invoice


def seed_invoice(ifs: World, **more: Any) -> None:
    ifs.sim("POST", "seed", {"records": {
        "ManSuppInvoice": [header(**more)],
        "ManSuppInvoiceItem": [item(1, 60, VatCurrAmount=15), item(2, 40, VatCurrAmount=10)],
        "ManSuppInvoicePosting": [
            posting(1, 60, "4010", "1", CodeB="CC100", TransactionDate="2026-10-21"),
            posting(2, 40, "5710", "2", TransactionDate="2026-10-21"),
        ],
    }})  # fmt: skip


def voucher(n: int, account: str, amount: object, **more: Any) -> dict[str, Any]:
    return {"Company": "10", "VoucherType": "I", "AccountingYear": 2026, "VoucherNo": 417, "RowNo": n,
            "VoucherDate": "2026-10-20", "EntryDate": "2026-10-21", "Account": account, "CurrencyAmount": amount,
            "Amount": amount, "CurrencyCode": "SEK", "PartyTypeId": "S1", "PartyName": "Kestrel 1",
            "ReferenceSerie": "SI", "ReferenceNumber": "INV/7", "FunctionGroup": "I", **more}  # fmt: skip


# --- accounts of items ---


def test_an_invoice_has_items_with_accounts_and_cost_centres(ifs: World) -> None:
    """Amounts are the items', accounts and cost centres the postings', parts and units those of the order's lines."""
    seed_invoice(ifs)
    [one] = ifs.read("supplier_invoice")
    assert isinstance(one, SupplierInvoice)
    assert (one.key, one.number, one.order_key, one.company) == ("10/7", "INV-7", "P1", "10")
    assert (one.net, one.tax, one.gross) == (Decimal(100), Decimal(25), Decimal(125))
    first, second = one.lines
    assert (first.item, first.unit, first.account, first.cost_centre) == ("M6-25", "pcs", "4010", "CC100")
    assert (second.account, second.cost_centre, second.net, second.tax) == ("5710", "", Decimal(40), Decimal(10))


def test_a_posting_belongs_to_the_item_of_its_order_line() -> None:
    """Two items of the same amount get each its own account, whatever the order of the postings."""
    one = made([item(1, 50), item(2, 50)], [posting(1, 50, "5710", "2"), posting(2, 50, "4010", "1")])
    assert [line.account for line in one.lines] == ["4010", "5710"]


def test_line_eleven_is_not_line_one() -> None:
    """A reference is compared part by part, not by how it ends."""
    one = made([item(1, 50), item(11, 50)], [posting(1, 50, "5710", "11"), posting(2, 50, "4010", "1")])
    assert [line.account for line in one.lines] == ["4010", "5710"]


def test_an_item_that_is_posted_to_two_accounts_becomes_two_lines() -> None:
    """Net is the postings' to the cent; quantity and tax are shared out and come to the item's."""
    one = made(
        [item(1, 100, VatCurrAmount="25.01", Quantity=3)],
        [posting(1, "33.33", "4010", "1"), posting(2, "66.67", "5710", "1")],
    )
    assert [(line.account, line.net) for line in one.lines] == [("4010", Decimal("33.33")), ("5710", Decimal("66.67"))]
    assert sum(line.tax for line in one.lines) == Decimal("25.01")
    assert sum(line.quantity for line in one.lines) == Decimal(3)
    assert {line.item for line in one.lines} == {"M6-25"}


def test_the_last_item_has_what_is_left() -> None:
    """Postings without reference that come to the only open item's amount are its own."""
    one = made([item(1, 60), item(2, 40)], [posting(1, 60, "4010"), posting(2, 30, "5710"), posting(3, 10, "6110")])
    assert [line.account for line in one.lines] == ["4010", "5710", "6110"]


def test_no_account_is_guessed() -> None:
    """Where the postings cannot be told apart the lines have no account, even if a default is chosen."""
    chosen = IfsOptions(default_account="6110")
    one = made([item(1, 60), item(2, 40)], [posting(1, 70, "4010"), posting(2, 30, "5710")], chosen)
    assert [line.account for line in one.lines] == [None, None]


def test_one_account_for_all_needs_no_telling_apart() -> None:
    """When every posting has the same account it is every item's."""
    one = made([item(1, 60), item(2, 40)], [posting(1, 70, "4010"), posting(2, 30, "4010")])
    assert [line.account for line in one.lines] == ["4010", "4010"]


def test_an_invoice_without_postings_takes_the_chosen_account() -> None:
    """Only where IFS says nothing the deployment's default does."""
    assert made([item(1, 100)], [], IfsOptions(default_account="6110")).lines[0].account == "6110"
    assert made([item(1, 100)], []).lines[0].account is None


def test_tax_postings_are_no_line() -> None:
    """A posting to a tax account is left out, though its amount is that of an item."""
    one = made([item(1, 25)], [posting(1, 25, "2641"), posting(2, 25, "4010")], IfsOptions(tax_accounts=("2641",)))
    assert [line.account for line in one.lines] == ["4010"]


def test_a_negative_invoice_is_a_credit_memo_with_positive_amounts() -> None:
    """A credit owed to us is stated as such."""
    one = made(
        [item(1, -100, VatCurrAmount=-25)], [posting(1, -100, "4010", "1")], NetCurrAmount=-100, VatCurrAmount=-25
    )
    assert one.type is InvoiceType.CREDIT_MEMO
    assert (one.gross, one.lines[0].net, one.lines[0].unit_price) == (Decimal(125), Decimal(100), Decimal(25))


def test_a_rate_by_the_hundred_is_brought_to_one_unit() -> None:
    """Some currencies are quoted for a hundred units."""
    assert made([item(1, 100)], [], CurrRate="7.5", DivFactor=100).rate == Decimal("0.075")


# --- states, holds, changes ---


@pytest.mark.parametrize("state", ["Preliminary", "PrelPosted", "Unposted"])
def test_an_invoice_that_is_not_posted_is_not_read(ifs: World, state: str) -> None:
    """Neither the invoice nor what lies below it is read."""
    seed_invoice(ifs, Objstate=state)
    assert ifs.read("supplier_invoice") == []
    assert not [call for call in ifs.calls if "PostingArray" in call.url]


def test_a_cancelled_invoice_is_void(ifs: World) -> None:
    """A cancelled invoice is reported as void."""
    seed_invoice(ifs, Objstate="Cancelled")
    assert [one.status for one in ifs.read("supplier_invoice")] == [DocumentStatus.VOIDED]


def test_a_state_that_nobody_has_named_holds_the_invoice_and_no_other(ifs: World) -> None:
    """What a state means is not guessed; the message names the options."""
    seed_invoice(ifs, Objstate="Posted")
    ifs.sim("POST", "seed", {"records": {"ManSuppInvoice": [header(InvoiceId=8, Objstate="PostedAuth")]}})
    found = list(ifs.adapter(open_states=["Posted"]).read("supplier_invoice", Window(None, ifs.clock.now())))
    [held] = [one for one in found if isinstance(one, Unreadable)]
    assert held.key == "10/8"
    assert "PostedAuth" in held.finding.message
    assert "open_states" in held.finding.message
    assert len(found) == 2


def test_an_invoice_of_several_orders_is_held() -> None:
    """No single purchase can take it."""
    with pytest.raises(ValueError, match="several orders: P1, P2"):
        made([item(1, 50), item(2, 50, PoRefNumber="P2")], [])


def test_invoices_of_two_companies_with_the_same_id_are_two(ifs: World) -> None:
    """An invoice's id is unique in its company only; neither change hides the other."""
    seed_invoice(ifs)
    ifs.sim("POST", "seed", {"records": {"ManSuppInvoice": [header(Company="20", Identity="S2", PoRefNumber=None)]}})
    both = {"companies": ("10", "20")}
    assert [one.key for one in ifs.read("supplier_invoice", **both)] == ["10/7", "20/7"]
    ifs.clock.seconds = 7200
    ifs.edit("ManSuppInvoice", "20^7", InvoiceNo="INV-7a")
    window = Window(START + HOUR, ifs.clock.now())
    assert [one.key for one in ifs.read("supplier_invoice", window, **both)] == ["20/7"]


def test_a_run_that_died_loses_no_invoice(ifs: World) -> None:
    """What was read whole and not taken is given again by the next try, without reading it again."""
    seed_invoice(ifs)
    list(ifs.adapter().read("supplier", Window(None, START)))
    reading = ifs.adapter().read("supplier_invoice", Window(None, START))
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    ifs.clock.seconds = 60
    ifs.calls.clear()
    assert [one.key for one in ifs.read("supplier_invoice", Window(START - HOUR, START))] == ["10/7"]
    assert not [call for call in ifs.calls if "ItemArray" in call.url]


def test_invoices_of_an_order_are_found_by_its_number(ifs: World) -> None:
    """An order's number stands for its invoices, a key for one."""
    seed_invoice(ifs)
    adapter = ifs.adapter()
    assert [one.key for one in adapter.read_keys("supplier_invoice", ["P1"])] == ["10/7"]
    assert [one.key for one in adapter.read_keys("supplier_invoice", ["10/7"])] == ["10/7"]
    assert list(adapter.read_keys("supplier_invoice", ["10/8", "P9"])) == []


def test_what_lies_below_is_counted_in_the_audit(ifs: World) -> None:
    """Items and postings are no list of their own in the audit: how many were read below how many records is told."""
    seed_invoice(ifs)
    ifs.read("supplier_invoice")
    told = {pull.entity: (pull.query, pull.rows) for pull in ifs.pulls}
    assert told["ManSuppInvoiceItemArray"] == ("below 1 records", 2)
    assert told["ManSuppInvoicePostingArray"] == ("below 1 records", 2)


# --- vouchers ---


def test_a_voucher_is_one_entry_with_all_its_rows(ifs: World) -> None:
    """Amounts are signed, in the currency of the transaction; the invoice it posts is named."""
    rows = [voucher(1, "4010", 100, CodeB="CC100"), voucher(2, "2641", 25), voucher(3, "2440", -125)]
    ifs.sim("POST", "seed", {"records": {"VoucherRow": rows}})
    [one] = ifs.read("journal_entry")
    assert isinstance(one, JournalEntry)
    assert (one.key, one.company, one.date) == ("10/I/2026/417", "10", dt.date(2026, 10, 20))
    assert [(line.account, line.amount) for line in one.lines] == [
        ("4010", Decimal(100)), ("2641", Decimal(25)), ("2440", Decimal(-125)),
    ]  # fmt: skip
    assert (one.lines[0].cost_centre, one.lines[0].reference) == ("CC100", "INV/7")
    assert [found.key for found in ifs.adapter().read_keys("journal_entry", [one.key])] == [one.key]


def test_an_entry_names_the_order_of_its_invoice(ifs: World) -> None:
    """A clerk who looks for a missing account sees the order; another supplier's invoice of that number has none."""
    bills = [
        header(InvoiceId=n, Identity=of, InvoiceNo="INV/7", PoRefNumber=order)
        for n, (of, order) in enumerate([("S2", "P9"), ("S1", "P1001")], start=91)
    ]
    rows = [voucher(1, "4010", 100), voucher(3, "2440", -100)]
    ifs.sim("POST", "seed", {"records": {"ManSuppInvoice": bills, "VoucherRow": rows}})
    [one] = ifs.read("journal_entry")
    assert one.label == "journal entry 10/I/2026/417 for INV/7 (order P1001)"


def test_vouchers_are_taken_once_though_their_days_are_read_again(ifs: World) -> None:
    """The date of entry has no time of day, so days overlap; what was seen is not yielded again."""
    ifs.sim("POST", "seed", {"records": {"VoucherRow": [voucher(1, "4010", 100, EntryDate="2026-11-01")]}})
    assert len(ifs.read("journal_entry")) == 1
    ifs.clock.seconds = 7200
    late = voucher(1, "4010", 5, VoucherNo=418, EntryDate="2026-11-01", VoucherDate="2026-09-30")
    ifs.sim("POST", "seed", {"records": {"VoucherRow": [late]}})
    window = Window(START + HOUR, ifs.clock.now())
    assert [one.key for one in ifs.read("journal_entry", window)] == ["10/I/2026/418"]


def test_an_invoice_can_be_read_from_its_voucher(ifs: World) -> None:
    """Where a tenant has no invoice projection: sub-ledger rows are owed, tax rows are tax, the rest are lines."""
    rows = [
        voucher(1, "2440", -125), voucher(2, "4010", 60, OptionalCode="I25", CodeB="CC100", Text="Bolts"),
        voucher(3, "5710", 40, OptionalCode="I0"), voucher(4, "2641", 25, OptionalCode="I25"),
        voucher(1, "1930", -125, VoucherType="U", VoucherNo=9, FunctionGroup="U"),
    ]  # fmt: skip
    ifs.sim("POST", "seed", {"records": {"VoucherRow": rows}})
    [one] = ifs.read("supplier_invoice", invoice_source="voucher_rows")
    assert isinstance(one, SupplierInvoice)
    assert (one.key, one.number, one.order_key) == ("10/S1/SI/INV/7", "INV/7", "")
    assert (one.net, one.tax, one.gross) == (Decimal(100), Decimal(25), Decimal(125))
    assert [(line.account, line.net, line.tax) for line in one.lines] == [
        ("4010", Decimal(60), Decimal(25)), ("5710", Decimal(40), Decimal(0)),
    ]  # fmt: skip
    again = list(ifs.adapter(invoice_source="voucher_rows").read_keys("supplier_invoice", [one.key]))
    assert [each.content_hash() for each in again if isinstance(each, SupplierInvoice)] == [one.content_hash()]

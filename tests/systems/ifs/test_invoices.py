"""Invoices, their accounts and the vouchers behind them, as IFS holds them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from ifs_world import HOUR, START, World

from ml_connector.domain.documents import DocumentStatus, InvoiceType, JournalEntry, SupplierInvoice
from ml_connector.domain.errors import ConfigurationError
from ml_connector.sync.ports import Unreadable, Window
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.translate_invoices import (
    InvoiceRows,
    Ledger,
    invoice_of,
    invoice_of_vouchers,
    journal_of,
)

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


def test_accounts_that_ifs_marks_as_tax_need_no_option(ifs: World) -> None:
    """A posting to an account with the tax flag is no item's, though its amount is."""
    ifs.sim("POST", "seed", {"records": {
        "ManSuppInvoice": [header(NetCurrAmount=25, VatCurrAmount=25)],
        "ManSuppInvoiceItem": [item(1, 25, VatCurrAmount=25, PoLineNo=None)],
        "ManSuppInvoicePosting": [posting(1, 25, "2641"), posting(2, 25, "4010")],
    }})  # fmt: skip
    [one] = ifs.read("supplier_invoice")
    assert isinstance(one, SupplierInvoice)
    assert [line.account for line in one.lines] == ["4010"]


def test_an_invoice_with_only_a_tax_posting_takes_no_default() -> None:
    """The default is for invoices without any posting."""
    chosen = IfsOptions(default_account="6110", tax_accounts=("2641",))
    assert made([item(1, 100)], [posting(1, 25, "2641")], chosen).lines[0].account is None


@pytest.mark.parametrize("backwards", [False, True])
def test_postings_of_one_amount_to_several_accounts_are_no_sign(*, backwards: bool) -> None:
    """Items and postings of one amount cannot be told apart, whatever their order: no account is guessed."""
    postings = [posting(1, 50, "5010"), posting(2, 50, "4010")]
    one = made([item(1, 50), item(2, 50)], postings[::-1] if backwards else postings)
    assert [line.account for line in one.lines] == [None, None]
    centres = [posting(1, 50, "5010", CodeB="CC100"), posting(2, 50, "5010", CodeB="CC200")]
    assert [line.account for line in made([item(1, 50), item(2, 50)], centres).lines] == [None, None]
    twins = [posting(n, 50, "5010", CodeB="CC100") for n in (1, 2)]
    alike = made([item(1, 50), item(2, 50), item(3, 7)], [*twins, posting(3, 7, "4010")])
    assert [(line.account, line.cost_centre) for line in alike.lines] == [("5010", "CC100")] * 2 + [("4010", "")]


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


def test_a_misnamed_collection_of_postings_books_nothing_to_the_default(ifs: World) -> None:
    """Postings that are looked for at the wrong place are not taken for none."""
    seed_invoice(ifs)
    wrong = {"invoice_postings": {"name": "PostingLines", "keys": ["RowId"]}}
    with pytest.raises(ConfigurationError, match=r"PostingLines .*options\.ifs\.children\.invoice_postings"):
        ifs.read("supplier_invoice", default_account="6110", children=wrong)


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


def test_an_invoice_of_two_vouchers_is_read_whole_though_one_is_old(ifs: World) -> None:
    """The second voucher, a credit of part of the first, does not become a credit memo of its own."""
    ifs.sim("POST", "seed", {"records": {"VoucherRow": [
        voucher(1, "2440", -1000, EntryDate="2026-05-02", VoucherDate="2026-05-02", ReferenceSerie=None),
        voucher(2, "4010", 1000, EntryDate="2026-05-02", VoucherDate="2026-05-02", ReferenceSerie=None),
    ]}})  # fmt: skip
    ifs.read("supplier_invoice", invoice_source="voucher_rows")
    late = {"VoucherNo": 900, "EntryDate": "2026-11-01", "VoucherDate": "2026-11-01", "ReferenceSerie": None}
    paid = {"VoucherType": "U", "FunctionGroup": "U"}
    ifs.sim("POST", "seed", {"records": {"VoucherRow": [
        voucher(1, "2440", 200, **late), voucher(2, "4010", -200, **late),
        voucher(1, "2440", 800, **late, **paid), voucher(2, "1930", -800, **late, **paid),
        voucher(3, "2440", -7, **late, PartyTypeId="S2"),
    ]}})  # fmt: skip
    ifs.clock.seconds = 7200
    window = Window(START + HOUR, ifs.clock.now())
    found = ifs.read("supplier_invoice", window, invoice_source="voucher_rows")
    one = next(one for one in found if one.key == "10/S1//INV/7")
    assert isinstance(one, SupplierInvoice)
    assert (one.type, one.gross, one.date) == (InvoiceType.INVOICE, Decimal(800), dt.date(2026, 5, 2))
    assert [line.net for line in one.lines] == [Decimal(1000), Decimal(-200)]
    [again] = ifs.adapter(invoice_source="voucher_rows").read_keys("supplier_invoice", [one.key])
    assert isinstance(again, SupplierInvoice)
    assert again.content_hash() == one.content_hash()


def test_vouchers_are_found_after_the_update_of_the_general_ledger(ifs: World) -> None:
    """Rows that the update has moved are read from the ledger, by window and by key, and are the same documents."""
    late = {"VoucherNo": 418, "EntryDate": "2026-10-30"}
    ifs.sim("POST", "seed", {"records": {"VoucherRow": [
        voucher(1, "2440", -100), voucher(2, "4010", 100),
        voucher(1, "2440", -20, **late), voucher(2, "5710", 20, **late),
    ]}})  # fmt: skip
    chosen = {"invoice_source": "voucher_rows", "gl_voucher_rows": True}
    before = [one.content_hash() for kind in ("supplier_invoice", "journal_entry") for one in ifs.read(kind, **chosen)]
    ifs.sim("POST", "edit", {"entity": "GLUpdate", "id": "10/I/2026/417", "set": {}})
    ifs.cache.rows.clear()
    [bill], entries = ifs.read("supplier_invoice", **chosen), ifs.read("journal_entry", **chosen)
    assert [one.content_hash() for one in (bill, *sorted(entries, key=lambda one: one.key))] == before
    for kind, key in (("supplier_invoice", bill.key), ("journal_entry", "10/I/2026/417")):
        [again] = ifs.adapter(**chosen).read_keys(kind, [key])
        assert isinstance(again, (SupplierInvoice, JournalEntry))
        assert again.content_hash() in before
    assert len(ifs.read("journal_entry", invoice_source="voucher_rows")) == 1


def test_a_row_that_the_update_is_moving_counts_once(ifs: World) -> None:
    """A row that is read before and after it moves is one row."""
    rows = [voucher(1, "2440", -100), voucher(2, "4010", 100)]
    ifs.sim("POST", "seed", {"records": {"VoucherRow": rows, "GenLedVoucherRow": rows}})
    [one] = ifs.read("supplier_invoice", invoice_source="voucher_rows", gl_voucher_rows=True)
    assert isinstance(one, SupplierInvoice)
    assert (one.gross, len(one.lines)) == (Decimal(100), 1)


# --- amounts of voucher rows ---

LEDGER = Ledger(frozenset({"2440"}), frozenset())


def in_yen(n: int, account: str, **more: Any) -> dict[str, Any]:
    rate = {"CurrencyCode": "JPY", "CurrencyRate": 7, "ConversionFactor": 100, "CurrencyAmount": None, "Amount": None}
    return {**voucher(n, account, 0), **rate, **more}


def test_an_amount_is_that_of_its_side_where_none_is_signed() -> None:
    """Debit less credit in the transaction's currency; the accounting currency's amount is not taken for it."""
    rows = [in_yen(1, "2440", CurrencyCreditAmount=1000, Amount=-70), in_yen(2, "4010", CurrencyDebetAmount=1000)]
    one = invoice_of_vouchers(rows, LEDGER, OPTIONS, START)
    assert one is not None
    assert (one.gross, one.lines[0].net, one.currency) == (Decimal(1000), Decimal(1000), "JPY")
    assert one.rate == Decimal("0.07")


def test_an_amount_in_company_currency_is_no_amount_in_another() -> None:
    """The bill is held; only at a rate of one, and where it is nothing, both are the same."""
    whole = in_yen(1, "2440", CurrencyAmount=-1000)
    with pytest.raises(ValueError, match="row 2 has no amount in JPY"):
        invoice_of_vouchers([whole, in_yen(2, "4010", Amount=70)], LEDGER, OPTIONS, START)
    with pytest.raises(ValueError, match="row 2 has no amount in JPY"):
        journal_of([whole, in_yen(2, "4010", Amount=70, CurrencyRate=None)], {}, OPTIONS, START)
    plain = {"CurrencyCode": "SEK", "CurrencyRate": 1, "ConversionFactor": None}
    entry = journal_of([in_yen(1, "4010", Amount=70, **plain), in_yen(2, "4010")], {}, OPTIONS, START)
    assert [row.amount for row in entry.lines] == [Decimal(70), Decimal(0)]


def test_a_voucher_s_rate_by_the_hundred_is_read(ifs: World) -> None:
    """The unit factor is read and applied, as that of an invoice is."""
    money = {"CurrencyCode": "JPY", "CurrencyRate": 7, "ConversionFactor": 100}
    rows = [voucher(n, of, amount, **money) for n, of, amount in ((1, "2440", -1000), (2, "4010", 1000))]
    ifs.sim("POST", "seed", {"records": {"VoucherRow": rows}})
    [one] = ifs.read("supplier_invoice", invoice_source="voucher_rows")
    assert isinstance(one, SupplierInvoice)
    assert (one.rate, one.gross) == (Decimal("0.07"), Decimal(1000))

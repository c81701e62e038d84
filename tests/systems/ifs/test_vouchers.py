"""Vouchers, and invoices read from them, as IFS holds them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from ifs_world import HOUR, START, World, header

from ml_connector.domain.documents import InvoiceType, JournalEntry, SupplierInvoice
from ml_connector.sync.ports import Window
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.translate_invoices import Ledger, invoice_of_vouchers, journal_of

OPTIONS = IfsOptions(companies=("10",))
LEDGER = Ledger(frozenset({"2440"}), frozenset())


def voucher(n: int, account: str, amount: object, **more: Any) -> dict[str, Any]:
    return {"Company": "10", "VoucherType": "I", "AccountingYear": 2026, "VoucherNo": 417, "RowNo": n,
            "VoucherDate": "2026-10-20", "EntryDate": "2026-10-21", "Account": account, "CurrencyAmount": amount,
            "Amount": amount, "CurrencyCode": "SEK", "PartyTypeId": "S1", "PartyName": "Kestrel 1",
            "ReferenceSerie": "SI", "ReferenceNumber": "INV/7", "FunctionGroup": "I", **more}  # fmt: skip


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

"""Invoices and their accounts, as IFS holds them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ifs_world import HOUR, START, World, header

from ml_connector.domain.documents import DocumentStatus, InvoiceType, SupplierInvoice
from ml_connector.domain.errors import ConfigurationError
from ml_connector.sync.ports import Unreadable, Window
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.translate_invoices import InvoiceRows, invoice_of

OPTIONS = IfsOptions(companies=("10",))


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

"""Posted invoices: totals of the ledger, accounts of the voucher, order and items of the batch."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from ml_connector.domain.documents import InvoiceType
from ml_connector.orchestration.fiscal import FiscalCalendar
from ml_connector.sync.ports import Unreadable, Window
from ml_connector.sync.window import WindowPlan
from ml_connector.systems.infor.invoices import key_of, key_text
from ml_connector.systems.infor.translate_invoices import share_tax

if TYPE_CHECKING:
    from conftest import World

D = Decimal
PAID = {"SUNO": "Y30001", "SINO": "INV-1", "CUAM": "-1250", "VTAM": "-250", "IVDT": "20260227"}
LINE = {"ITNO": "PACK-BOX-S", "PUNO": "4500012", "PNLI": 1, "IVQA": "500", "NEPR": "2"}


def seed(world: World, *, batch: Any = True, postings: Any = None, lines: Any = None, **changes: Any) -> None:
    """Put an invoice in, with its voucher and the batch it was entered in."""
    invoice = {**PAID, **changes}
    if postings is not None:
        invoice["FGLEDG"] = postings
    world.seed("FPLEDG", invoice)
    if batch:
        head = {"SUNO": invoice["SUNO"], "SINO": invoice["SINO"], "IVDT": invoice["IVDT"], "PUNO": "4500012"}
        world.seed("FAPIBH", {**head, "FAPIBL": [LINE] if lines is None else lines})


def only(world: World, **options: Any) -> Any:
    (one,) = world.invoices(**options).values()
    return one


def reason(world: World, **options: Any) -> str:
    one = only(world, **options)
    assert isinstance(one, Unreadable), one
    return one.finding.message


def test_an_invoice_comes_with_order_items_account_and_tax(world: World) -> None:
    """Totals are positive, the line has the batch's item and the posting's account, the tax is the ledger's."""
    seed(world)
    made = only(world)
    assert (made.type, made.number, made.supplier_key) == (InvoiceType.INVOICE, "INV-1", "Y30001")
    assert (made.net, made.tax, made.gross) == (D(1000), D(250), D(1250))
    assert (made.order_key, made.order_number) == ("4500012", "4500012")
    assert (made.date, made.due_date) == (dt.date(2026, 2, 27), dt.date(2026, 3, 29))
    assert made.company == "100_AAA"
    (line,) = made.lines
    assert (line.item, line.quantity, line.net, line.tax) == ("PACK-BOX-S", D(500), D(1000), D(250))
    assert (line.account, line.cost_centre) == ("4010", "CC100")


def test_the_key_holds_all_that_makes_an_invoice(world: World) -> None:
    """Division, payee, supplier, year and number make an invoice; the number may hold any sign."""
    seed(world, SINO="2026|7/A")
    made = only(world)
    assert made.key == "AAA|Y30001|Y30001|2026|2026|7/A"
    (again,) = world.adapter().read_keys("supplier_invoice", [made.key])
    assert again == made.model_copy(update={"modified_at": again.modified_at})


def test_a_key_is_read_back_into_its_parts() -> None:
    """The parts of a key are those it was made of, and another text is no key."""
    key = ("AAA", "Y1", "Y2", "2026", "A|B")
    assert key_of(key_text(key)) == key
    assert key_of("4500012") is None


def test_a_credit_memo_is_known_by_its_postings(world: World) -> None:
    """A payable that is debited is a credit memo, with positive totals."""
    seed(world, CUAM="1250", VTAM="250", lines=[{**LINE, "NLAM": "-1000"}])
    made = only(world)
    assert made.type is InvoiceType.CREDIT_MEMO
    assert (made.net, made.tax, made.gross, made.lines[0].net) == (D(1000), D(250), D(1250), D(1000))


def test_an_amount_that_contradicts_its_postings_is_held(world: World) -> None:
    """An invoice whose total and payable have opposite signs is not guessed at."""
    postings = [
        {"JSNO": 1, "AIT1": "2440", "CUAM": "1250"},
        {"JSNO": 2, "AIT1": "4010", "CUAM": "-1000"},
        {"JSNO": 3, "AIT1": "2640", "CUAM": "-250"},
    ]
    seed(world, postings=postings)
    assert "opposite" in reason(world)


def test_ledgers_of_positive_amounts_are_read_where_configured(world: World) -> None:
    """Where invoices stand as positive amounts, debit/credit codes tell the postings apart."""
    postings = [
        {"JSNO": 1, "AIT1": "2440", "CUAM": "1250", "DBCR": "2"},
        {"JSNO": 2, "AIT1": "4010", "CUAM": "1000", "DBCR": "1"},
        {"JSNO": 3, "AIT1": "2640", "CUAM": "250", "DBCR": "1"},
    ]
    seed(world, CUAM="1250", VTAM="250", postings=postings)
    made = only(world, credit_is_negative=False)
    assert (made.type, made.gross) == (InvoiceType.INVOICE, D(1250))


def test_without_batch_lines_there_is_a_line_for_each_posting(world: World) -> None:
    """An invoice of costs has a line for each posting that is neither payable nor VAT."""
    postings = [
        {"JSNO": 1, "AIT1": "2440", "CUAM": "-1250", "VTXT": "INV-1"},
        {"JSNO": 2, "AIT1": "6110", "AIT2": "CC300", "CUAM": "600", "VTXT": "Paper", "VTCD": "1"},
        {"JSNO": 3, "AIT1": "6550", "CUAM": "400", "VTXT": "Advice", "VTCD": "1"},
        {"JSNO": 4, "AIT1": "2640", "CUAM": "250", "AT04": "1"},
    ]
    seed(world, postings=postings, lines=[])
    lines = only(world).lines
    assert [(line.account, line.cost_centre, line.description, line.net, line.tax) for line in lines] == [
        ("6110", "CC300", "Paper", D(600), D(150)),
        ("6550", "", "Advice", D(400), D(100)),
    ]
    assert {line.tax_rule for line in lines} == {"1"}


def test_vat_accounts_are_known_by_type_by_name_or_by_the_amount(world: World) -> None:
    """Two postings as large as the tax are told apart by configured accounts, and held without."""
    postings = [
        {"JSNO": 1, "AIT1": "2440", "CUAM": "-500"},
        {"JSNO": 2, "AIT1": "6110", "CUAM": "250"},
        {"JSNO": 3, "AIT1": "2640", "CUAM": "250"},
    ]
    seed(world, CUAM="-500", VTAM="-250", postings=postings, lines=[])
    assert "vat_accounts" in reason(world)
    assert [line.account for line in only(world, vat_accounts=["2640"]).lines] == ["6110"]


def test_a_voucher_that_does_not_balance_is_held(world: World) -> None:
    """Postings that do not come to nothing are not guessed at."""
    postings = [{"JSNO": 1, "AIT1": "2440", "CUAM": "-1250"}, {"JSNO": 2, "AIT1": "4010", "CUAM": "1000"}]
    seed(world, postings=postings)
    assert "balance" in reason(world)


def test_a_voucher_of_another_currency_is_held(world: World) -> None:
    """Postings in another currency than the invoice's are not added to it."""
    seed(world, postings=[{"JSNO": 1, "AIT1": "2440", "CUAM": "-1250", "CUCD": "EUR"}])
    assert "another currency" in reason(world)


def test_a_batch_that_comes_to_another_amount_holds_the_invoice(world: World) -> None:
    """Lines of the batch that are not the posted amount are not sent."""
    seed(world, lines=[{**LINE, "IVQA": "400"}])
    assert "another amount" in reason(world)


def test_an_invoice_of_several_orders_is_held(world: World) -> None:
    """Two orders on one invoice need a person."""
    seed(world, lines=[{**LINE, "IVQA": "250"}, {**LINE, "IVQA": "250", "PUNO": "4500013"}])
    assert "4500012, 4500013" in reason(world)


def test_a_line_of_unknown_type_holds_the_invoice(world: World) -> None:
    """The types of batch lines are not published: one that is not configured is not guessed at."""
    seed(world, lines=[{**LINE, "RDTP": "7"}])
    assert "type 7" in reason(world)


def test_charges_and_tax_lines_of_a_batch_are_told_apart(world: World) -> None:
    """A charge is a line without item, a tax line is none; accounts are those of equal postings."""
    postings = [
        {"JSNO": 1, "AIT1": "2440", "CUAM": "-1250"},
        {"JSNO": 2, "AIT1": "1410", "CUAM": "900"},
        {"JSNO": 3, "AIT1": "5710", "CUAM": "100"},
        {"JSNO": 4, "AIT1": "2640", "CUAM": "250"},
    ]
    lines = [
        {**LINE, "IVQA": "450"},
        {"RDTP": "2", "NLAM": "100", "POPN": "Freight"},
        {"RDTP": "3", "NLAM": "250"},
    ]
    seed(world, postings=postings, lines=lines)
    found = [(line.item, line.description, line.net, line.account) for line in only(world).lines]
    assert found == [
        ("PACK-BOX-S", "PACK-BOX-S", D(900), "1410"),
        (None, "Freight", D(100), "5710"),
    ]


def test_an_invoice_whose_order_nothing_tells_is_held_unless_allowed(world: World) -> None:
    """Without batch the order is unknown, so the invoice waits for a person; an option sends it without order."""
    seed(world, batch=False)
    assert "unlinked_invoices" in reason(world)
    made = only(world, unlinked_invoices="send")
    assert (made.order_key, made.lines[0].account) == ("", "4010")


def test_a_batch_of_another_year_is_not_this_invoices(world: World) -> None:
    """A supplier's number comes again in another year; the batch of that year is not taken."""
    seed(world, batch=False)
    world.seed("FAPIBH", {"SUNO": "Y30001", "SINO": "INV-1", "IVDT": "20240227", "PUNO": "4400000"})
    assert "unlinked_invoices" in reason(world)


def test_the_rate_is_base_units_for_one_of_the_currency(world: World) -> None:
    """The rate given is taken where it is that of the amounts."""
    seed(world, SUNO="Y30007", CUAM="-1210", VTAM="0", lines=[{**LINE, "IVQA": "605"}])
    made = only(world)
    assert (made.currency, made.rate) == ("USD", D("10.42"))


def test_a_rate_for_a_hundred_units_is_brought_to_one(world: World) -> None:
    """A rate that is not that of the amounts is reckoned from them."""
    seed(world, SUNO="Y30007", CUAM="-1210", VTAM="0", ARAT="1042", ACAM="-12608.2", lines=[{**LINE, "IVQA": "605"}])
    assert only(world).rate == D("10.42")


# --- which are found ---


def test_a_payment_is_no_invoice_and_changes_none(world: World) -> None:
    """Payments stand in the same ledger and are left out; an invoice that was paid is no news."""
    seed(world)
    assert list(world.invoices()) == ["INV-1"]
    world.advance(7200)
    world.seed("FPLEDG", {"SUNO": "Y30001", "SINO": "INV-1", "TRCD": "50", "CUAM": "1250", "IVDT": "20260227"})
    assert world.read("supplier_invoice", world.since(1)) == {}


def test_only_invoices_changed_since_are_asked_for(world: World) -> None:
    """The ledger is asked by change date."""
    seed(world, LMDT="20260101")
    seed(world, SINO="INV-2")
    found = world.read("supplier_invoice", world.since(2))
    assert [one.number for one in found.values()] == ["INV-2"]
    assert [pull.query for pull in world.pulls if "FPLEDG" in pull.entity] == ["EPCONO = 100 and EPLMDT >= 20260317"]


@pytest.mark.parametrize("mode", ["search", "period", "status"])
def test_other_ways_find_the_same_invoices(world: World, mode: str) -> None:
    """The search index, and the vouchers of an accounting period, lead to the same invoices."""
    world.set(index_lag_seconds=0)
    seed(world, IVDT="20260317", ACDT="20260317")
    found = world.read("supplier_invoice", world.since(24), discovery=mode)
    assert [one.number for one in found.values()] == ["INV-1"]


def test_vouchers_of_every_division_are_asked_for(world: World) -> None:
    """Unasked M3 lists the service account's own division: each is asked for, or those that are configured."""
    seed(world, IVDT="20260317", ACDT="20260317")
    seed(world, SINO="INV-2", DIVI="BBB", IVDT="20260317", ACDT="20260317", batch=False)
    seed(world, SINO="INV-3", DIVI="", IVDT="20260317", ACDT="20260317", batch=False)
    options = {"discovery": "period", "unlinked_invoices": "send", "batch_link": False}
    assert sorted(world.invoices(**options)) == ["INV-1", "INV-2", "INV-3"]
    world.pulls.clear()
    assert list(world.invoices(**options, divisions=["BBB"])) == ["INV-2"]
    asked = [pull.query for pull in world.pulls if "LstVouchersByDt" in pull.entity]
    assert asked == ["FRDT = 19000101 and TODT = 20260319 and DIVI = BBB"]


def test_an_invoice_entered_long_after_its_accounting_date_is_found(world: World) -> None:
    """Postings are listed by accounting date, so the days before are read again, and nothing comes twice."""
    seed(world, IVDT="20260131", ACDT="20260131")
    assert list(world.invoices(discovery="period")) == ["INV-1"]
    world.advance(86400)
    seed(world, SINO="INV-2", IVDT="20260131", ACDT="20260131")
    found = world.read("supplier_invoice", world.since(23), discovery="period")
    assert [one.number for one in found.values()] == ["INV-2"]
    assert [pull.query for pull in world.pulls if "LstVouchersByDt" in pull.entity][-1].startswith("FRDT = 20260115")
    world.advance(86400)
    assert world.read("supplier_invoice", world.since(23), discovery="period") == {}


def test_a_backfill_takes_invoices_by_their_own_date(world: World) -> None:
    """A span that a person gave selects by invoice date."""
    seed(world)
    seed(world, SINO="INV-2", IVDT="20260110")
    start, end = dt.datetime(2026, 2, 1, tzinfo=dt.timezone.utc), dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)
    found = world.read("supplier_invoice", Window(start, end, by_document_date=True))
    assert [one.number for one in found.values()] == ["INV-1"]


def test_a_limit_of_exported_rows_loses_no_invoice(world: World) -> None:
    """Beyond the last row, whose key has four parts, is asked until nothing comes."""
    few = {"CUAM": "-10", "VTAM": "0", "IVDT": "20260227", "SUNO": "Y30001"}
    invoices = [{**few, "SINO": f"N{number}", "DIVI": "BBB" if number % 3 else "AAA"} for number in range(230)]
    world.seed("FPLEDG", *invoices)
    world.set(exported_rows=100)
    assert len(world.invoices(unlinked_invoices="send", batch_link=False)) == 230


# --- tax ---


def test_tax_is_shared_by_rates_and_comes_to_the_invoices_cent() -> None:
    """Each line has the tax of its rate, and what rounding leaves goes to the largest."""
    lines = [(D("10.01"), "1", D(25)), (D("10.01"), "1", D(25)), (D("33.33"), "2", D(12))]
    assert share_tax(lines, D("9.01")) == [D("2.50"), D("2.50"), D("4.01")]


def test_tax_without_rates_is_shared_by_amount_among_lines_with_a_code() -> None:
    """Lines of one VAT code share the tax by their amounts; a line without code has none."""
    lines = [(D(100), "1", D(0)), (D(50), "", D(0)), (D(200), "1", D(0))]
    assert share_tax(lines, D("75.00")) == [D("25.00"), D("0.00"), D("50.00")]


def test_tax_that_cannot_be_shared_out_is_an_error() -> None:
    """Lines of several codes whose rates come to another tax are not guessed at."""
    with pytest.raises(ValueError, match="shared out"):
        share_tax([(D(100), "1", D(0)), (D(100), "2", D(0))], D(30))


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Chicago"])
def test_backfills_over_accounting_periods_read_each_invoice_once(world: World, zone: str) -> None:
    """The runs over the periods of a 4-4-5 year read every invoice of that year once, in the period of its date."""
    calendar = FiscalCalendar(pattern="4-4-5", year_start=dt.date(2025, 12, 29), first_year=2026, timezone=zone)
    periods = calendar.year(2026)
    edges = {period.start for period in periods} | {period.end - dt.timedelta(days=1) for period in periods}
    world.seed("FPLEDG", *[{**PAID, "SINO": f"INV-{day}", "IVDT": f"{day:%Y%m%d}"} for day in sorted(edges)])
    seen = {}
    for period in periods:
        span = {"start": calendar.start(period), "end": calendar.end(period), "zone": zone}
        window = WindowPlan(**span, by_document_date=True).window
        read = [one.number for one in world.read("supplier_invoice", window, batch_link=False).values()]
        assert {f"INV-{day}" for day in edges if period.start <= day < period.end} == set(read)
        seen |= dict.fromkeys(read, period.number)
    assert len(seen) == 24

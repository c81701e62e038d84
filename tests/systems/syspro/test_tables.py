"""Tables are read whole, by OData and by COMFND alike, whatever the site's names, pages and notations are."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syspro_world import NOW, World, invoiced, ordered, received

from ml_connector.domain.errors import ConfigurationError, ContractError
from ml_connector.sync.ports import Window
from ml_connector.systems.syspro.filters import after, expressions, literal, odata, one_of
from ml_connector.systems.syspro.options import SysproOptions
from ml_connector_sandbox.syspro.odata_filter import parse_filter
from ml_connector_sandbox.syspro.schema import TABLES as SCHEMA

KINDS = ("supplier", "purchase_order", "goods_receipt", "supplier_invoice", "journal_entry")
DAY = dt.date(2026, 10, 1)


# --- filters ---


def test_conditions_are_written_as_odata_has_them() -> None:
    """Alternatives are bracketed, texts quoted, numbers and dates are not."""
    condition = after(["Supplier", "Journal"], ["O'NEIL", 7])
    assert odata([condition], "date") == "Supplier gt 'O''NEIL' or (Supplier eq 'O''NEIL' and Journal gt 7)"
    both = odata([[[("Date", "ge", DAY)]], one_of("Grn", ["1", "2"])], "date")
    assert both == "(Date ge 2026-10-01) and (Grn eq '1' or Grn eq '2')"
    assert [literal(DAY, kind) for kind in ("datetimeoffset", "date", "v3")] == [
        "2026-10-01T00:00:00Z",
        "2026-10-01",
        "datetime'2026-10-01T00:00:00'",
    ]


def test_a_number_is_written_without_an_exponent() -> None:
    """Nothing, with eight decimals, is a zero with eight decimals."""
    nothing = Decimal("0.00000000")
    assert str(nothing) == "0E-8"
    assert literal(nothing) == expressions([one_of("A", [nothing])])[0]["Value"] == "0.00000000"


def test_conditions_are_written_as_comfnd_has_them() -> None:
    """All conditions together become alternatives in one pair of brackets each: nested ones are not attested."""
    found = expressions([[[("A", "ge", DAY)]], one_of("B", [1, 2])])
    assert [(one["AndOr"], one["OpenBracket"], one["Column"], one["Condition"], one["Value"], one["CloseBracket"])
            for one in found] == [
        ("And", "(", "A", "GE", "2026-10-01", ""), ("And", "", "B", "EQ", "1", ")"),
        ("Or", "(", "A", "GE", "2026-10-01", ""), ("And", "", "B", "EQ", "2", ")"),
    ]  # fmt: skip


_ROWS = st.lists(st.tuples(st.sampled_from("AB'c "), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12)


@given(_ROWS, st.integers(0, 11))
def test_what_follows_a_key_is_what_is_greater_in_the_order_of_the_keys(
    keys: list[tuple[str, int, int]], at: int
) -> None:
    """For any rows, the filter behind one of them holds for those that sort after it, and for no others."""
    names = ("Supplier", "Journal", "JournalEntry")
    last = keys[at % len(keys)]
    test = parse_filter(odata([after(names, last)], "datetimeoffset"), SCHEMA["GrnDetails"], "ACM1", "datetimeoffset")
    shown = [(text.rstrip(), *rest) for text, *rest in keys]
    mark = (last[0].rstrip(), *last[1:])
    assert [test(dict(zip(names, key, strict=True))) for key in shown] == [key > mark for key in shown]


# --- reading ---


def everything(site: World, **options: Any) -> dict[str, list[Any]]:
    return {kind: site.read(kind, **options) for kind in KINDS}


@pytest.fixture
def full(site: World) -> World:
    """A site with suppliers, and an order that was received and billed."""
    site.seed(ApSupplier=[{"Supplier": f"{n:015}", "SupplierName": f"Höhn & Söhne {n} “GmbH”"} for n in range(1, 31)])
    ordered(site), received(site), invoiced(site)
    return site


def test_comfnd_reads_the_same_documents(full: World) -> None:
    """Without an OData service every kind is read through the e.net object, digit for digit and letter for letter."""
    full.opened.append(without := full.client(odata_url=""))
    assert without.tables is None
    by_odata = everything(full)
    assert all(by_odata.values())
    adapter = full.adapter(without, read_by="comfnd")
    for kind in KINDS:
        assert list(adapter.read(kind, Window(None, NOW))) == by_odata[kind], kind


@pytest.mark.parametrize(("route", "size"), [("odata", 1), ("odata", 7), ("comfnd", 3)])
def test_small_pages_hold_the_same(full: World, route: str, size: int) -> None:
    """Pages of any size give every row once, whichever way they are read."""
    assert everything(full, read_by=route, page_size=size) == everything(full)
    assert max(pull.pages for pull in full.pulls) > 30 / size


@pytest.mark.parametrize("settings", [
    {"odata_dates": "offset", "odata_numbers": "text"}, {"odata_dates": "local", "char_padding": False},
    {"odata_dates": "date", "odata_next_link": False, "odata_max_rows": 25}, {"odata_max_rows": 7},
])  # fmt: skip
def test_a_sites_notation_changes_nothing(full: World, settings: dict[str, Any]) -> None:
    """Dates with or without zone, numbers as texts, blanks at the end, pages that the service cuts."""
    before = everything(full)
    full.set(**settings)
    assert everything(full) == before


@pytest.mark.parametrize("literal_kind", ["date", "v3"])
def test_dates_are_asked_for_as_the_site_wants(full: World, literal_kind: str) -> None:
    """A service that takes another date literal is read with the option."""
    full.set(odata_literal=literal_kind)
    start = NOW - dt.timedelta(days=5)
    assert full.read("supplier_invoice", start, date_literal=literal_kind)


def test_keys_with_blanks_in_front_are_asked_for_as_they_are(site: World) -> None:
    """An older site fills keys with blanks: the stored key finds its lines, and people see the plain number."""
    ordered(site, key="          00001")
    (order,) = site.read("purchase_order")
    assert (order.key, order.number, len(order.lines)) == ("          00001", "1", 2)
    (again,) = site.adapter().read_keys("purchase_order", [order.key])
    assert again.content_hash() == order.content_hash()


def test_many_keys_are_asked_for_in_parts(full: World) -> None:
    """More keys than a request line takes are split, and a long key does not make a request too long."""
    keys = [f"{n:015}" for n in range(1, 31)]
    for route in ("odata", "comfnd"):
        found = full.adapter(read_by=route).read_keys("supplier", keys)
        assert sorted(one.key for one in found) == keys
    assert len([pull for pull in full.pulls if pull.entity == "ApSupplier"]) > 2


def test_pages_that_do_not_get_on_stop_the_read(full: World) -> None:
    """A service that ignores the filter would be read for ever; it ends with the table's name."""
    rows = [{"Supplier": "A"}, {"Supplier": "B"}]
    answer = {"kind": "status", "path": "/ApSupplier$", "status": 200, "answer": {"value": rows}, "times": 9}
    full.sim("POST", "faults", [answer])
    with pytest.raises(ContractError, match="ApSupplier"):
        full.adapter(page_size=2).suppliers()


def test_rows_that_are_no_rows_are_no_empty_list(full: World) -> None:
    """An answer without rows stops the read."""
    full.sim("POST", "faults", [{"kind": "status", "path": "/ApSupplier$", "status": 200, "answer": {"values": []}}])
    with pytest.raises(ContractError, match="holds no rows"):
        full.adapter().suppliers()


def test_another_table_than_asked_for_is_noticed(full: World) -> None:
    """COMFND answers with the table's name as root; anything else is not taken for its rows."""
    fault = {"kind": "status", "path": "/Query/Query", "status": 200, "answer": "<Other><Row/></Other>"}
    full.sim("POST", "faults", [fault])
    with pytest.raises(ContractError, match="answered with Other"):
        full.adapter(read_by="comfnd").suppliers()


def test_comfnds_names_are_compared_in_any_case(full: World) -> None:
    """Some objects answer in lower case."""
    found = full.adapter(read_by="comfnd").suppliers()
    names = ("SupplierName", "Currency", "TermsCode", "Branch", "Contact", "Telephone", "Email", "OnHold", "TaxRegnNum")
    rows = "".join(
        f"<row><supplier>{one.key}</supplier>" + "".join(f"<{name.lower()}/>" for name in names) + "</row>"
        for one in found
    )
    answer = f"<apsupplier>{rows}</apsupplier>"
    fault = {"kind": "status", "path": "/Query/Query", "status": 200, "answer": answer, "times": 1}
    full.sim("POST", "faults", [fault])
    assert [one.key for one in full.adapter(read_by="comfnd").suppliers()] == [one.key for one in found]


def test_a_column_that_comfnd_drops_is_told_and_not_taken_for_empty(full: World) -> None:
    """Names that SYSPRO does not know are ignored without a word."""
    adapter = full.adapter(read_by="comfnd", fields={"suppliers": {"TaxRegnNum": "VatNumber"}})
    with pytest.raises(ContractError, match="ApSupplier: the answer has no column VatNumber"):
        adapter.suppliers()
    (problem,) = adapter.check_setup()
    assert "ApSupplier has no column VatNumber" in problem


def test_more_equal_rows_than_a_page_holds_stop_the_read(full: World) -> None:
    """Of rows that repeat none may be lost: where no page is long enough for all that are alike, the table is named."""
    row = {"PurchaseOrder": "000000000002291", "PurchaseOrderLin": 1, "DateReceived": "2026-10-05", "QtyReceived": 1}
    full.seed(PorHistReceipt=[row] * 8)
    (receipt,) = full.read("goods_receipt", receipts_from="history", page_size=2)
    assert sum(line.quantity for line in receipt.lines) == 8
    full.set(odata_max_rows=7)
    with pytest.raises(ContractError, match="PorHistReceipt: more rows than a page holds"):
        full.read("goods_receipt", receipts_from="history")


def test_a_shared_ledger_wants_its_company_named(full: World) -> None:
    """GenMaster may hold the accounts of several companies, and one code in each."""
    full.seed(GenMaster=[{"Company": "ACM2", "GlCode": "10-5100", "Description": "Another's", "GlGroup": "99"}])
    with pytest.raises(ConfigurationError, match=r"ACM1, ACM2: name one in options\.syspro\.ledger_company"):
        full.adapter().reference(["supplier_invoice"])
    accounts = full.adapter(ledger_company="ACM1").reference(["supplier_invoice"]).accounts
    assert accounts is not None
    assert accounts["10-5100"].name == "Purchases"


def test_without_odata_the_other_way_is_named(site: World) -> None:
    """A connection without OData URL and without the option says what to do."""
    with pytest.raises(ConfigurationError, match="read_by: comfnd"):
        site.adapter(site.client(odata_url="")).suppliers()


def test_only_the_columns_that_are_used_are_asked_for(full: World) -> None:
    """A list names its columns, so that one which the site lacks is told and not taken for empty."""
    full.adapter().suppliers()
    row = full.sim("GET", "journal", path="/ApSupplier$")[0]
    assert "TaxRegnNum" in row["query"]
    assert "CurrentBalance" not in row["query"]


# --- names of the site's own ---


def test_a_view_of_the_sites_own_serves_in_place_of_the_journal(full: World) -> None:
    """Postings and accounts come from the view ApPosting, polled by PostDate, where the site has built one."""
    chosen: dict[str, Any] = {
        "tables": {"journal": "ApPosting", "distribution": "ApPosting"},
        "fields": {
            "journal": {"TrnDate": "PostDate", "InvoiceValue": "", "SupplierGlCode": "", "TransactionCode": ""},
            "distribution": {"ExpenseGlCode": "GlCode"},
        },
        "dates": {"journal": "PostDate"},
    }
    (entry,) = full.read("journal_entry", NOW - dt.timedelta(days=2), **chosen)
    (plain,) = full.read("journal_entry")
    assert entry.key == plain.key
    assert [(one.account, one.amount) for one in entry.lines] == [(one.account, one.amount) for one in plain.lines[:-1]]
    assert full.read("supplier_invoice", **chosen) == full.read("supplier_invoice")
    assert "PostDate ge" in next(pull.query for pull in full.pulls if pull.entity == "ApPosting")


def test_invoices_may_be_polled_by_their_own_date(full: World) -> None:
    """The date column is an option; the posting's date is the default, since invoices are entered late."""
    full.read("supplier_invoice", NOW)
    full.read("supplier_invoice", NOW, dates={"invoices": "InvoiceDate"})
    first, second = [pull.query for pull in full.pulls if pull.entity == "ApInvoice"]
    assert first.startswith("JournalDate ge 2026-09-20")
    assert second.startswith("InvoiceDate ge 2026-09-20")


@pytest.mark.parametrize(("chosen", "told"), [
    ({"tables": {"ApSupplier": "X"}}, "one of suppliers"), ({"fields": {"suppliers": {"Name": "X"}}}, "SupplierName"),
    ({"local_currency": "$"}, "local_currency"), ({"page_size": 5001}, "page_size"),
])  # fmt: skip
def test_a_wrong_option_is_told(chosen: dict[str, Any], told: str) -> None:
    """Unknown feeds and columns are named with those there are."""
    with pytest.raises(ValueError, match=told):
        SysproOptions(**chosen)


# --- the set-up check ---


def test_a_site_that_has_everything_lacks_nothing(site: World) -> None:
    """Every configured table and column is there, by both ways of reading."""
    assert site.adapter().check_setup() == []
    assert site.adapter(read_by="comfnd", receipts_from="history").check_setup() == []


def test_the_check_gives_back_the_session_it_took_and_no_other(site: World) -> None:
    """Without a run it leaves no session behind; a run's own is used and left alone."""
    site.adapter().check_setup()
    assert site.state("session") == []
    site.client().queries.read("GetLogonProfile")
    site.adapter().check_setup()
    assert len(site.state("session")) == 1


def test_what_a_site_lacks_is_named_with_the_option(site: World) -> None:
    """A table, a column, a date column and a local currency that are not there are told, and where to correct them."""
    site.edit("operator", "INTEG", denied_tables=["GenMaster"])
    problems = site.adapter(
        tables={"matches": "GrnMatch"},
        fields={"invoices": {"Branch": "ApBranch", "Reference": ""}},
        dates={"journal": "PostDate"},
        local_currency="EUR",
    ).check_setup()
    assert [one.rpartition("options.syspro.")[2] for one in problems] == [
        "fields.invoices.Branch", "tables.matches", "dates.journal", "tables.accounts", "local_currency",
    ]  # fmt: skip
    assert "ApInvoice has no column ApBranch" in problems[0]
    assert "GBP" in problems[-1]


def test_the_local_currency_is_asked_for_where_it_is_not_given(full: World) -> None:
    """The session's profile tells it, once for a read."""
    assert full.read("purchase_order", local_currency="") == full.read("purchase_order")
    assert len(full.paths("GetLogonProfile")) == 1
    full.sim("POST", "accounts", {"name": "ACM1", "local_currency": "$"})
    with pytest.raises(ConfigurationError, match=r"syspro\.local_currency"):
        full.read("purchase_order", local_currency="")


def test_a_number_comes_whole(full: World) -> None:
    """Decimals are read digit for digit, never as binary fractions."""
    full.edit("PorMasterDetail", "000000000002291/1", MPrice=Decimal("0.10001"))
    (order,) = full.read("purchase_order")
    assert order.lines[0].unit_price == Decimal("0.10001")

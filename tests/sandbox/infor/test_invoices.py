"""Invoices in the ledger and in batches, their vouchers, payments and the chart of accounts."""

from __future__ import annotations

from typing import Any

import pytest

TOTALS, VOUCHER = "APS200MI/GetInvTotInfo", "GLS200MI/LstVoucherLines"
KEY = {"DIVI": "AAA", "SPYN": "Y30007", "SUNO": "Y30007", "SINO": "INV-88213", "INYR": "2026"}


@pytest.fixture
def invoice(cloud: Any) -> dict[str, str]:
    """The totals of an invoice over 1,210 US dollars, 210 of them tax."""
    given = {"SUNO": "Y30007", "SINO": "INV-88213", "CUAM": "-1210.00", "VTAM": 210, "IVDT": "20260227"}
    cloud.seed("FPLEDG", {**given, "LMTS": "1772362812331"})
    return dict(cloud.row(TOTALS, **KEY))


def test_an_invoice_is_a_credit_in_two_currencies(invoice: dict[str, str]) -> None:
    """The amount of an invoice is below zero, in its currency and in the division's."""
    assert (invoice["CUCD"], invoice["CUAM"], invoice["OCUA"]) == ("USD", "-1210.00", "-1210.00")
    assert (invoice["LOCD"], invoice["ARAT"], invoice["ACAM"]) == ("SEK", "10.4200000", "-12608.20")
    assert (invoice["TBCU"], invoice["TXCU"], invoice["TXAM"]) == ("1000.00", "210.00", "2188.20")


def test_an_invoice_takes_its_terms_from_the_supplier(invoice: dict[str, str]) -> None:
    """Payee, terms, due date, year and voucher are filled in; the stamp is the one given."""
    assert (invoice["TEPY"], invoice["DUDT"], invoice["INYR"], invoice["TRCD"]) == ("N45", "20260413", "2026", "40")
    assert (invoice["VSER"], invoice["APRV"], invoice["IVBL"]) == ("200", "1", "0")
    assert (invoice["LMTS"], invoice["LMDT"]) == ("1772362812331", "20260301")


@pytest.mark.parametrize("name", ["SPYN", "SUNO", "SINO", "INYR", "DIVI"])
def test_an_invoice_is_known_by_five_fields(cloud: Any, invoice: dict[str, str], name: str) -> None:
    """With one of payee, supplier, number, year and division wrong there is no such invoice."""
    other = {**KEY, name: "1999" if name == "INYR" else "X"}
    assert cloud.nok(TOTALS, **other)["errorField"] == "SINO"


def test_one_number_may_be_of_two_years(cloud: Any, invoice: dict[str, str]) -> None:
    """The same supplier's number of another year is another invoice."""
    cloud.seed("FPLEDG", {"SUNO": "Y30007", "SINO": "INV-88213", "CUAM": "-5", "IVDT": "20250227"})
    assert cloud.row(TOTALS, **{**KEY, "INYR": "2025"})["CUAM"] == "-5.00"
    assert cloud.row(TOTALS, **KEY)["CUAM"] == "-1210.00"


def test_an_invoice_seeded_again_is_the_same_one(cloud: Any, invoice: dict[str, str]) -> None:
    """Seeded once more with its identity, an invoice stays at its place in the journal."""
    cloud.seed("FPLEDG", {"SUNO": "Y30007", "SINO": "INV-88213", "CUAM": "-99", "IVDT": "20260227"})
    assert len(cloud.sim("GET", "state?entity=FPLEDG")["FPLEDG"]) == 1
    assert cloud.row(TOTALS, **KEY)["JRNO"] == invoice["JRNO"]


def test_the_key_in_the_journal_leads_to_the_invoice(cloud: Any, invoice: dict[str, str]) -> None:
    """GetUniqueKey answers the place in the journal, and GetInvoice the invoice there, without stamps."""
    key = cloud.row("APS200MI/GetUniqueKey", SUNO="Y30007", SINO="INV-88213")
    assert (key["DIVI"], key["JRNO"]) == ("AAA", invoice["JRNO"])
    place = {name: key[name] for name in ("YEA4", "JRNO", "JSNO", "DIVI")}
    row = cloud.row("APS200MI/GetInvoice", **place)
    assert (row["SINO"], row["CONO"]) == ("INV-88213", "100")
    assert not {"LMTS", "ACAM", "OCUA"} & set(row)
    assert cloud.nok("APS200MI/GetUniqueKey", SUNO="Y30007", SINO="OTHER")["errorField"] == "SINO"
    assert cloud.nok("APS200MI/GetInvoice", **{**place, "JRNO": "1"})["errorField"] == "JRNO"


def test_a_voucher_balances(cloud: Any, invoice: dict[str, str]) -> None:
    """An invoice without postings of its own has payables, input tax and purchases, which add up to nothing."""
    rows = cloud.rows(VOUCHER, DIVI="AAA", YEA4="2026", VONO=invoice["VONO"], VSER="200")
    assert [(row["AIT1"], row["DBCR"], row["CUAM"]) for row in rows] == [
        ("2440", "2", "-1210.00"),
        ("2640", "1", "210.00"),
        ("4010", "1", "1000.00"),
    ]
    assert [row["ACAM"] for row in rows] == ["-12608.20", "2188.20", "10420.00"]


def test_postings_given_with_an_invoice_are_its_voucher(cloud: Any) -> None:
    """Postings inside an invoice, or of its voucher in the same call, are all that it has."""
    lines = [{"AIT1": "2440", "CUAM": -50}, {"AIT1": "5710", "AIT2": "CC200", "CUAM": 50, "VTXT": "Freight"}]
    given = {"SUNO": "Y30001", "SINO": "F-1", "CUAM": -50, "IVDT": "20260227", "VONO": 777}
    cloud.seed("FPLEDG", {**given, "FGLEDG": lines})
    rows = cloud.rows(VOUCHER, DIVI="AAA", YEA4="2026", VONO="777")
    assert [(row["AIT1"], row["AIT2"], row["JSNO"]) for row in rows] == [("2440", "", "1"), ("5710", "CC200", "2")]


def test_a_payment_lowers_what_is_outstanding(cloud: Any, invoice: dict[str, str]) -> None:
    """A payment in the ledger is counted in paid and outstanding amounts."""
    identity = {name: invoice[name] for name in ("SPYN", "SUNO", "SINO", "INYR")}
    cloud.seed("FPLEDG", {**identity, "TRCD": 50, "CUAM": "1000.00", "CUCD": "USD", "ACDT": "20260310"})
    row = cloud.row(TOTALS, **KEY)
    assert (row["CUAM"], row["PCUA"], row["OCUA"], row["OAMT"]) == ("-1210.00", "1000.00", "-210.00", "-2188.20")


def test_vouchers_are_listed_by_accounting_date(cloud: Any, invoice: dict[str, str]) -> None:
    """Both days are included, and only one division's are listed: the one named, else the user's own."""
    path = "GLS200MI/LstVouchersByDt"
    assert len(cloud.rows(path, FRDT="20260227", TODT="20260227")) == 3
    assert cloud.rows(path, FRDT="20260228", TODT="20260331") == []
    assert cloud.rows(path, FRDT="20260227", TODT="20260227", DIVI="BBB") == []
    cloud.seed("FPLEDG", {"SUNO": "Y30007", "SINO": "B-2", "DIVI": "BBB", "CUAM": "-10", "IVDT": "20260227"})
    assert {row["DIVI"] for row in cloud.rows(path, FRDT="20260227", TODT="20260227")} == {"AAA"}
    assert {row["DIVI"] for row in cloud.rows(path, FRDT="20260227", TODT="20260227", DIVI="BBB")} == {"BBB"}
    assert cloud.rows(path, FRDT="20260227", TODT="20260227", DIVI="") == []
    assert cloud.rows(path, FRDT="20260227", TODT="20260227")[0]["FEID"].startswith("AP")


def test_invoices_are_searched(cloud: Any, invoice: dict[str, str]) -> None:
    """SearchSupInvoic answers short keys; the ledger's search answers postings."""
    (row,) = cloud.rows("APS200MI/SearchSupInvoic", SQRY="LMDT:[20260301 TO 20260331] AND SPYN:Y30007")
    assert (row["SINO"], row["JRNO"], row["FILE"]) == ("INV-88213", invoice["JRNO"], "FPLEDG")
    assert len(cloud.rows("GLS200MI/SearchGenLedger", SQRY="AIT1:2440")) == 1


def test_a_yen_amount_has_no_decimals(cloud: Any) -> None:
    """Amounts in a currency without cents are written without."""
    cloud.seed("FPLEDG", {"SUNO": "Y30007", "SINO": "JP-1", "CUAM": -12000, "CUCD": "JPY", "IVDT": "20260227"})
    assert cloud.row(TOTALS, **{**KEY, "SINO": "JP-1"})["CUAM"] == "-12000"


def test_an_invoice_may_wait_in_a_batch(cloud: Any) -> None:
    """Before it is posted an invoice is a batch with lines that name the order's lines."""
    lines = [{"PUNO": "4500012", "PNLI": 1, "IVQA": 100, "GRPR": "1.85"}, {"RDTP": 3, "VTA1": "46.25"}]
    given = {"INBN": 900050, "SUNO": "Y30001", "SINO": "B-1", "CUAM": "231.25", "VTAM": "46.25", "FAPIBL": lines}
    cloud.seed("FAPIBH", {**given, "IVDT": "20260227", "PUNO": "4500012"})
    head = cloud.row("APS450MI/GetHead", INBN="900050")
    assert (head["SINO"], head["CUAM"], head["SUPA"], head["SPYN"]) == ("B-1", "231.25", "10", "Y30001")
    first, second = cloud.rows("APS450MI/LstLines", INBN="900050")
    assert (first["TRNO"], first["NLAM"], first["PUNO"], first["RDTP"]) == ("1", "185.00", "4500012", "1")
    assert (second["TRNO"], second["RDTP"], second["VTA1"]) == ("2", "3", "46.25")
    assert len(cloud.rows("APS450MI/LstLines", INBN="900050", TRNO="2")) == 1
    assert [row["INBN"] for row in cloud.rows("APS450MI/LstInvBatchNo", SPYN="Y30001", SUPA="10")] == ["900050"]
    assert cloud.nok("APS450MI/GetHead", INBN="1")["errorField"] == "INBN"


def test_payments_are_proposed_by_payee(cloud: Any) -> None:
    """A proposal lists its number and the invoices that it pays."""
    cloud.seed("FPAYPR", {"PRPN": 12, "PYON": 1, "PDNB": 1, "SUNO": "Y30007", "SINO": "A", "IVCU": "10"})
    cloud.seed("FPAYPR", {"PRPN": 12, "PYON": 1, "PDNB": 2, "SUNO": "Y30007", "SINO": "B", "IVCU": "20"})
    assert [row["PRPN"] for row in cloud.rows("APS130MI/LstProposal", DIVI="AAA")] == ["12"]
    rows = cloud.rows("APS130MI/LstInvByPayee", DIVI="AAA", PRPN="12", PYON="1")
    assert [(row["SINO"], row["PYAM"]) for row in rows] == [("A", "10.00"), ("B", "20.00")]


def test_accounts_are_of_a_division_and_a_dimension(cloud: Any) -> None:
    """Accounts are dimension 1 of a division, cost centres dimension 2, and the central division is blank."""
    rows = {row["AITM"]: row for row in cloud.rows("CRS630MI/LstAccountID", AITP="1", DIVI="AAA")}
    assert (rows["2440"]["TX40"], rows["2440"]["AT01"], rows["2440"]["AT11"]) == ("Accounts payable", "1", "1")
    assert (rows["4010"]["AT02"], rows["7999"]["LCCD"], rows["1930"]["AT12"]) == ("1", "1", "1")
    assert [row["AITM"] for row in cloud.rows("CRS630MI/LstAccountID", AITP="2", DIVI="AAA")] == [
        "CC100",
        "CC200",
        "CC300",
    ]
    assert cloud.rows("CRS630MI/LstAccountID", AITP="1", DIVI="") == []


def test_the_division_may_come_from_the_matrix(cloud: Any) -> None:
    """Without DIVI among the inputs the matrix's applies, else the user's own."""
    path = "CRS630MI/LstAccountID"
    assert {row["DIVI"] for row in cloud.rows(path, ";divi=BBB;maxrecs=0;righttrim=true", AITP="1")} == {"BBB"}
    assert {row["DIVI"] for row in cloud.rows(path, AITP="1")} == {"AAA"}
    assert cloud.rows(path, ";divi=;maxrecs=0", AITP="1") == []


def test_accounts_are_paged_from_a_start_key(cloud: Any) -> None:
    """AITM is the first account of the list, itself included."""
    rows = cloud.rows("CRS630MI/LstAccountID", ";maxrecs=2;righttrim=true", AITP="1", DIVI="AAA", AITM="2440")
    assert [row["AITM"] for row in rows] == ["2440", "2445"]


def test_a_changed_account_has_a_new_stamp(cloud: Any) -> None:
    """The list of accounts shows when each was changed."""
    cloud.edit("FCHACC", "AAA/1/4010", LCCD=1)
    rows = {row["AITM"]: row for row in cloud.rows("CRS630MI/LstAccountID", AITP="1", DIVI="AAA")}
    assert (rows["4010"]["LCCD"], rows["4010"]["CHNO"], rows["4020"]["LMDT"]) == ("1", "2", "20250110")
    assert int(rows["4010"]["LMTS"]) > int(rows["4020"]["LMTS"])

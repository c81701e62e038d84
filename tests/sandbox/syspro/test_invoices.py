"""APSTIN and APSTRI: invoices posted, matched and registered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .conftest import xml

LINE = {"StockCode": "A100", "OrderQty": "200", "PriceMethod": "M", "Price": "4.00", "LedgerCode": "10-5100"}
GRN = {
    "GrnSupplier": "BOLT", "GrnGrn": "000000000000001", "GrnFlag": "1", "GrnJournal": "1", "GrnEntry": "1",
    "GrnMatchType": "O", "GrnMatchValue": "800.00",
}  # fmt: skip
INVOICE = {
    "Supplier": "BOLT", "TransactionCode": "I", "Invoice": "HS-5521", "TransactionValue": "960.00",
    "TransactionReference": "PO 1", "InvoiceDate": "2024-05-01", "TaxCode": "A", "TaxValue": "160.00",
}  # fmt: skip


@pytest.fixture
def received(erp: Any) -> Any:
    """An order received whole for 800.00 on GRN 1, in May 2024, and the client."""
    erp.sim("POST", "clock", {"set": "2024-05-03T09:00:00Z"})
    erp.log_on()
    erp.order(LINE)
    erp.receive("1", "200")
    yield erp
    erp.sim("POST", "clock", {"reset": True})


@pytest.fixture
def plain(erp: Any) -> Any:
    """Supplier FREE in pounds and EURO in euro, both without GRN matching, in May 2024, and the client."""
    erp.sim("POST", "clock", {"set": "2024-05-03T09:00:00Z"})
    erp.log_on()
    free = {"GrnMatchReqd": "N", "TermsCode": "14"}
    erp.seed("ApSupplier", {"Supplier": "FREE", **free}, {"Supplier": "EURO", "Currency": "EUR", **free})
    yield erp
    erp.sim("POST", "clock", {"reset": True})


def _free(value: str = "120.00", net: str = "100.00", **more: Any) -> dict[str, Any]:
    ledger = {"LedgerCode": "10-5110", "LedgerValue": net}
    base = {"Supplier": "FREE", "TransactionCode": "I", "Invoice": "F1", "TransactionValue": value, "TaxValue": "20.00"}
    return {**base, "TaxCode": "A", "LedgerDistribution": ledger, **more}


def _error(root: Any, path: str) -> str | None:
    found: str | None = root.findtext(f"Item/{path}/ErrorNumber")
    return found


def test_an_invoice_is_posted_against_its_grn(received: Any) -> None:
    """The answer has the AP key with zeros, the general ledger journal and the counts."""
    root = received.invoice({**INVOICE, "GrnDetails": GRN})
    key = [root.findtext(f"Item/Transaction/Key/{name}") for name in ("TrnYear", "TrnMonth", "Journal", "EntryNumber")]
    assert (root.tag, key) == ("postapinvoice", ["2024", "05", "00001", "001"])
    assert root.findtext("Item/Transaction/Invoice") == "HS-5521"
    assert root.findtext("StatusOfItems/GlJournal/GlJournal") == "00002"
    assert root.findtext("StatusOfItems/GlJournal/GlJournalError") == ""
    assert root.findtext("StatusOfItems/ItemsProcessed") == "1"


def test_a_posted_invoice_is_open_under_its_journal_date(received: Any) -> None:
    """The invoice has no order and no ledger code; its journal date is the posting day, its due date by the terms."""
    received.invoice({**INVOICE, "GrnDetails": GRN})
    row = received.rows("ApInvoice")[0]
    assert (row["OrigInvValue"], row["MthInvBal1"], row["CurrencyValue"]) == (Decimal(960),) * 3
    assert row["InvoiceDate"] == "2024-05-01T00:00:00Z"
    assert row["JournalDate"] == "2024-05-03T00:00:00Z"
    assert row["DueDate"] == "2024-05-31T00:00:00Z"
    assert (row["InvoiceYear"], row["InvoiceMonth"], row["Journal"], row["EntryNumber"]) == (2024, 5, 1, 1)
    assert not {"PurchaseOrder", "GlCode", "PostDate"} & set(row)


def test_a_match_empties_the_grn_and_links_it(received: Any) -> None:
    """GrnMatching joins invoice and GRN, which leads to the order."""
    received.invoice({**INVOICE, "GrnDetails": GRN})
    link = received.rows("GrnMatching")[0]
    assert (link["Invoice"], link["Grn"], link["MatchedValue"]) == ("HS-5521", GRN["GrnGrn"], Decimal(800))
    grn = received.rows("GrnDetails")[0]
    assert (grn["CurGrnValue"], grn["MatchedValue"], grn["OrigGrnValue"]) == (Decimal(0), Decimal(800), Decimal(800))


def test_lines_of_a_grn_may_be_matched_under_the_invoices_entry(erp: Any) -> None:
    """Whose entry a match names is not published: as the invoice's, matches of a GRN may be alike; each is kept."""
    erp.set(match_entry="invoice")
    erp.order(LINE, LINE)
    for line in ("1", "2"):
        erp.receive("1", "200", PurchaseOrderLine=line, GRNNumber="1")
    grns = [{**GRN, "GrnJournal": journal} for journal in ("1", "2")]
    item = {**INVOICE, "TransactionValue": "1760.00", "GrnDetails": grns}
    assert erp.invoice(item).findtext("StatusOfItems/ItemsInvalid") == "0"
    (invoice,) = erp.rows("ApInvoice")
    rows = erp.rows("GrnMatching")
    assert [(row["Journal"], row["EntryNumber"]) for row in rows] == [(invoice["Journal"], invoice["EntryNumber"])] * 2
    assert [row["MatchedValue"] for row in rows] == [800, 800]


def test_a_value_beyond_cents_is_matched_whole(received: Any) -> None:
    """Of a GRN with eight decimals a document may name cents; all of it is taken, and the journal has cents."""
    received.receive("1", "3.333333", {"IgnoreWarnings": "Y"})
    received.order(LINE)
    received.receive("2", "3.333333", CostBasis="", Cost="1.11111")
    grn = next(row for row in received.rows("GrnDetails") if row["OrigGrnValue"] == Decimal("3.70369963"))
    named = {**GRN, "GrnGrn": grn["Grn"], "GrnJournal": str(grn["Journal"]), "GrnMatchValue": "3.70"}
    item = {**INVOICE, "TransactionValue": "3.70", "TaxValue": "0", "GrnDetails": named}
    assert received.invoice(item).findtext("StatusOfItems/ItemsInvalid") == "0"
    assert received.rows("GrnMatching")[0]["MatchedValue"] == Decimal("3.70369963")
    assert received.rows("ApJnlDistrib")[0]["DistrValue"] == Decimal("3.70")
    assert _error(received.invoice({**item, "Invoice": "X"}), "GrnDetails/GrnGrn") == "330004"


def test_a_posted_invoice_is_booked(received: Any) -> None:
    """The AP journal has the control side once and the expense lines; the general ledger balances."""
    received.invoice({**INVOICE, "GrnDetails": GRN})
    summary = received.rows("ApJnlSummary")[0]
    assert (summary["InvoiceValue"], summary["SupplierGlCode"]) == (Decimal(960), "00-2100")
    assert summary["TrnDate"] == "2024-05-03T00:00:00Z"
    lines = received.rows("ApJnlDistrib", orderby="SubEntry")
    assert [(row["ExpenseGlCode"], row["ExpenseType"], row["DistrValue"]) for row in lines] == [
        ("00-2150", "M", Decimal(800)), ("00-2210", "O", Decimal(160)),
    ]  # fmt: skip
    entries = received.rows("GenJournalDetail", filter="Source eq 'AP'", orderby="EntryNumber")
    signs = {"D": 1, "C": -1}
    assert sum(signs[row["EntryType"]] * row["EntryValue"] for row in entries) == 0
    control = received.rows("GenJournalCtl", filter="PostDate ge 2024-05-03T00:00:00Z and JournalSource eq 'AP'")
    assert [(row["GlJournal"], row["DebitAmount"]) for row in control] == [(2, Decimal(960))]


def test_the_view_shows_the_lines_with_their_order(received: Any) -> None:
    """ApPosting joins distribution, summary and match; its PostDate is the journal's TrnDate."""
    received.invoice({**INVOICE, "GrnDetails": GRN})
    rows = received.rows("ApPosting", filter="PostDate ge 2024-05-03T00:00:00Z", orderby="SubEntry")
    assert [(row["SubEntry"], row["GlCode"], row["DistrValue"], row["Supplier"]) for row in rows] == [
        (1, "00-2150", Decimal(800), "BOLT"), (2, "00-2210", Decimal(160), "BOLT"),
    ]  # fmt: skip
    assert {(row["Invoice"], row["PurchaseOrder"]) for row in rows} == {("HS-5521", "000000000000001")}


def test_the_same_invoice_is_refused_the_second_time(received: Any) -> None:
    """One supplier has a number once; another supplier may have it too."""
    received.seed("ApSupplier", {"Supplier": "FREE", "GrnMatchReqd": "N"})
    received.invoice({**INVOICE, "GrnDetails": GRN})
    root = received.invoice({**INVOICE, "GrnDetails": GRN})
    assert _error(root, "Invoice") == "200010"
    assert root.findtext("StatusOfItems/ItemsInvalid") == "1"
    assert root.find("StatusOfItems/GlJournal") is None
    assert _error(received.invoice(_free(Invoice="HS-5521")), "Invoice") is None


@pytest.mark.parametrize(
    ("change", "path", "number"),
    [
        ({"GrnGrn": "77"}, "GrnGrn", "330003"),
        ({"GrnFlag": "G"}, "GrnGrn", "330003"),
        ({"GrnEntry": "2"}, "GrnGrn", "330003"),
        ({"GrnMatchValue": "900.00"}, "GrnGrn", "330004"),
        ({"GrnMatchValue": "700.00"}, "GrnMatchValue", "330001"),
        ({"GrnMatchType": "P"}, "GrnPartialMatchValue", "200005"),
        ({"GrnMatchType": "P", "GrnPartialMatchValue": "801"}, "GrnGrn", "330004"),
    ],
)
def test_a_wrong_match_is_refused(received: Any, change: dict[str, str], path: str, number: str) -> None:
    """An unknown GRN, or more or less of it than there is, stands at the GRN of the item."""
    assert _error(received.invoice({**INVOICE, "GrnDetails": {**GRN, **change}}), f"GrnDetails/{path}") == number
    assert received.stored("ApInvoice") == []


def test_a_grn_is_matched_once(received: Any) -> None:
    """A second invoice cannot take what the first has taken, not even within one invoice."""
    root = received.invoice({**INVOICE, "TransactionValue": "1760.00", "GrnDetails": [GRN, GRN]})
    assert _error(root, "GrnDetails/GrnGrn") == "330004"
    received.invoice({**INVOICE, "GrnDetails": GRN})
    assert _error(received.invoice({**INVOICE, "Invoice": "X", "GrnDetails": GRN}), "GrnDetails/GrnGrn") == "330004"


def test_a_grn_is_matched_in_parts(received: Any) -> None:
    """Two invoices share a GRN by partial values."""
    for number, left in (("A", Decimal(400)), ("B", Decimal(0))):
        part = {**GRN, "GrnMatchType": "P", "GrnPartialMatchValue": "400.00"}
        item = {**INVOICE, "Invoice": number, "TransactionValue": "400.00", "TaxValue": "0", "GrnDetails": part}
        assert received.invoice(item).findtext("StatusOfItems/ItemsInvalid") == "0"
        assert received.rows("GrnDetails")[0]["CurGrnValue"] == left


def test_matching_is_required_by_the_supplier(received: Any) -> None:
    """Where GRN matching is on, an invoice without a GRN is refused."""
    ledger = {"LedgerCode": "10-5100", "LedgerValue": "800.00"}
    assert _error(received.invoice({**INVOICE, "LedgerDistribution": ledger}), "GrnDetails/GrnGrn") == "330005"


def test_a_difference_goes_to_a_ledger_line(received: Any) -> None:
    """An invoice above its receipt balances with a distribution beside the match."""
    item = {**INVOICE, "TransactionValue": "972.00", "GrnDetails": GRN}
    assert _error(received.invoice(item), "TransactionValue") == "330001"
    ledger = {"LedgerCode": "10-5100", "LedgerValue": "12.00"}
    assert received.invoice({**item, "LedgerDistribution": ledger}).findtext("StatusOfItems/ItemsInvalid") == "0"


def test_an_invoice_without_matching_is_posted_on_ledger_lines(plain: Any) -> None:
    """Ledger lines that add up to the net value are enough; charges are outside of it."""
    item = _free("135.00", FreightCharge="10.00", MiscellaneousCharge="5.00")
    assert plain.invoice(item).findtext("StatusOfItems/ItemsInvalid") == "0"
    kinds = [(row["ExpenseType"], row["DistrValue"]) for row in plain.rows("ApJnlDistrib", orderby="SubEntry")]
    assert kinds == [("M", Decimal(100)), ("O", Decimal(20)), ("F", Decimal(10)), ("O", Decimal(5))]


@pytest.mark.parametrize(
    ("change", "path", "number"),
    [
        ({"Supplier": "NOBODY"}, "Supplier", "200011"),
        ({"TransactionCode": "X"}, "TransactionCode", "200005"),
        ({"TransactionCode": "A"}, "Invoice", "200011"),
        ({"Invoice": ""}, "Invoice", "200004"),
        ({"Invoice": "x" * 21}, "Invoice", "200003"),
        ({"TransactionValue": "120.001"}, "TransactionValue", "200001"),
        ({"TransactionValue": "120.000000000000005"}, "TransactionValue", "200001"),
        ({"TransactionValue": "9" * 30}, "TransactionValue", "200001"),
        ({"TransactionValue": "121.00"}, "TransactionValue", "330001"),
        ({"TransactionValue": "-120.00"}, "TransactionValue", "200005"),
        ({"TaxCode": "Z"}, "TaxCode", "200122"),
        ({"Branch": "99"}, "Branch", "200118"),
        ({"InvoiceDate": "2024-13-01"}, "InvoiceDate", "200002"),
        ({"InvoiceDate": "20240501"}, "InvoiceDate", "200002"),
        ({"LedgerDistribution": {"LedgerCode": "99", "LedgerValue": "100"}}, "LedgerDistribution/LedgerCode", "200121"),
        (
            {"LedgerDistribution": {"LedgerCode": "00-2100", "LedgerValue": "100"}},
            "LedgerDistribution/LedgerCode",
            "200013",
        ),
        ({"LedgerDistribution": {"LedgerValue": "100"}}, "LedgerDistribution/LedgerCode", "200004"),
    ],
)
def test_a_wrong_invoice_is_refused(plain: Any, change: dict[str, Any], path: str, number: str) -> None:
    """The error stands at its element, and nothing is posted."""
    assert _error(plain.invoice(_free(**change)), path) == number
    assert plain.stored("ApInvoice") == []


def test_misspelt_distributions_are_ignored(plain: Any) -> None:
    """Elements of another catalogue are dropped, so that nothing is distributed and the invoice is out of balance."""
    item = {**_free(), "LedgerDistribution": [], "Posting": {"Distribution": {"InvoiceAmount": "100.00"}}}
    assert _error(plain.invoice(item), "TransactionValue") == "330001"


def test_a_foreign_invoice_is_booked_in_local_currency(plain: Any) -> None:
    """The invoice keeps its currency with rate and D; the journal is divided by the rate."""
    item = _free("1200.00", "1025.64", Supplier="EURO", TaxValue="0")
    assert plain.invoice(item).findtext("StatusOfItems/ItemsInvalid") == "0"
    row = plain.rows("ApInvoice")[0]
    assert (row["OrigInvValue"], row["Currency"], row["ConvRate"], row["MulDiv"]) == (
        Decimal(1200),
        "EUR",
        Decimal("1.17"),
        "D",
    )
    assert plain.rows("ApJnlSummary")[0]["InvoiceValue"] == Decimal("1025.64")


def test_ledger_lines_may_be_in_the_foreign_currency(plain: Any) -> None:
    """LedgerDistributionCurrency F converts them too, and the rounding falls on the last line."""
    ledger = [{"LedgerCode": "10-5110", "LedgerValue": "600.00"}, {"LedgerCode": "10-5100", "LedgerValue": "600.00"}]
    item = _free("1200.00", Supplier="EURO", TaxValue="0", LedgerDistribution=ledger)
    assert _error(plain.invoice(item), "TransactionValue") == "330001"
    assert plain.invoice(item, LedgerDistributionCurrency="F").findtext("StatusOfItems/ItemsInvalid") == "0"
    assert sum(row["DistrValue"] for row in plain.rows("ApJnlDistrib")) == Decimal("1025.64")


def test_the_posting_period_may_be_a_previous_one_or_closed(plain: Any) -> None:
    """Period 1 is the month before; a closed period refuses the item with words that say so."""
    plain.set(closed_periods=["2024-05"])
    root = plain.invoice(_free())
    assert root.findtext("Item/PostingPeriod/ErrorDescription") == "The posting period is closed"
    root = plain.invoice(_free(), PostingPeriod="1")
    assert root.findtext("Item/Transaction/Key/TrnMonth") == "04"


def test_ap_may_post_while_the_ledger_fails(plain: Any) -> None:
    """Switched, the invoice is there and the journal is not, which only the status block tells."""
    plain.set(gl_journal_error=True)
    root = plain.invoice(_free())
    assert root.findtext("StatusOfItems/ItemsInvalid") == "0"
    assert root.findtext("StatusOfItems/GlJournal/GlJournalError") == "1"
    assert (len(plain.stored("ApInvoice")), len(plain.stored("GenJournalCtl"))) == (1, 0)


def test_validation_alone_posts_nothing(plain: Any) -> None:
    """ValidateOnly counts the item, names no transaction and uses no journal."""
    root = plain.invoice(_free(), ValidateOnly="Y")
    assert root.findtext("StatusOfItems/ItemsProcessed") == "1"
    assert root.find("Item/Transaction") is None
    assert plain.stored("ApInvoice") == []
    assert plain.invoice(_free()).findtext("Item/Transaction/Key/Journal") == "00001"


@pytest.mark.parametrize(("whole", "posted"), [("Y", 0), ("N", 1)])
def test_a_document_is_posted_whole_or_item_by_item(plain: Any, whole: str, posted: int) -> None:
    """One bad item keeps the good ones out when the entire document must be valid."""
    root = plain.invoice(_free(), _free(Invoice="F2", TaxCode="Z"), ApplyIfEntireDocumentValid=whole)
    assert root.findtext("StatusOfItems/ItemsInvalid") == "1"
    assert len(plain.stored("ApInvoice")) == posted
    assert len(plain.stored("GenJournalCtl")) == posted


def test_items_of_a_document_share_their_journal(plain: Any) -> None:
    """Two invoices are entries one and two of one journal; the same number twice is refused."""
    root = plain.invoice(_free(), _free(Invoice="F2"))
    keys = [(key.findtext("Journal"), key.findtext("EntryNumber")) for key in root.findall("Item/Transaction/Key")]
    assert keys == [("00001", "001"), ("00001", "002")]
    root = plain.invoice(_free(Invoice="F3"), _free(Invoice="F3"))
    assert root.findtext("StatusOfItems/ItemsInvalid") == "1"
    assert len(plain.stored("ApInvoice")) == 2


def test_a_credit_is_a_document_below_zero(plain: Any) -> None:
    """Code C stores the value with a minus and turns the booking round."""
    assert plain.invoice(_free(TransactionCode="C")).findtext("StatusOfItems/ItemsInvalid") == "0"
    assert plain.rows("ApInvoice")[0]["OrigInvValue"] == -120
    assert plain.rows("ApJnlSummary")[0]["InvoiceValue"] == -120


@pytest.mark.parametrize(("code", "left"), [("C", 0), ("D", 240), ("A", 240)])
def test_what_changes_an_invoice_adds_no_row_of_it(plain: Any, code: str, left: int) -> None:
    """Supplier and Invoice are its key: a credit, a debit or an adjustment of it is an entry of the journal alone."""
    plain.invoice(_free())
    assert plain.invoice(_free(TransactionCode=code)).findtext("StatusOfItems/ItemsInvalid") == "0"
    (invoice,) = plain.rows("ApInvoice")
    assert (invoice["OrigInvValue"], invoice["MthInvBal1"], invoice["Journal"]) == (120, left, 1)
    entries = plain.rows("ApJnlSummary", orderby="Journal")
    assert [(row["TransactionCode"], row["Invoice"]) for row in entries] == [("I", "F1"), (code, "F1")]


def test_a_supplier_on_hold_is_a_warning(plain: Any) -> None:
    """The item is rejected with a warning, and posted when warnings are ignored."""
    plain.sim("POST", "edit", {"entity": "ApSupplier", "id": "FREE", "set": {"OnHold": "Y"}})
    root = plain.invoice(_free())
    assert root.findtext("Item/Supplier/WarningNumber") == "900001"
    assert root.findtext("StatusOfItems/ItemsRejectedWithWarnings") == "1"
    assert plain.invoice(_free(), IgnoreWarnings="Y").findtext("StatusOfItems/ItemsProcessedWithWarnings") == "1"


def _register(erp: Any, **change: Any) -> Any:
    item = {"Supplier": "BOLT", "Invoice": "R1", "InvoiceValue": "960.00", "InvoiceDate": "2024-05-01", **change}
    return erp.call("Transaction/Post", "APSTRI", xml("PostApRegisteredInvoices", {"Item": item}))


def test_an_unapproved_invoice_is_registered(received: Any) -> None:
    """A registration names its order, is listed by APSQ80, and is no invoice yet."""
    root = _register(received, Orders={"PurchaseOrder": "1"})
    key = [root.findtext(f"Item/Key/{name}") for name in ("Supplier", "Invoice", "TransactionType", "EntryNumber")]
    assert key == ["BOLT", "R1", "I", "00001"]
    assert received.stored("ApInvoice") == []
    listed = received.call("Query/Query", "APSQ80", "<Query/>")
    assert listed.findtext("RegisteredInvoice/PurchaseOrder") == "000000000000001"


def test_a_registration_is_refused_for_what_exists_or_does_not(received: Any) -> None:
    """The same invoice again, an unknown supplier or order stand at their elements; APSTIN knows registrations."""
    _register(received)
    assert _error(_register(received), "Invoice") == "200010"
    assert _error(_register(received, Invoice="R2", Supplier="NOBODY"), "Supplier") == "200011"
    assert _error(_register(received, Invoice="R2", Orders={"PurchaseOrder": "9"}), "Orders/PurchaseOrder") == "200011"
    assert _error(received.invoice({**INVOICE, "Invoice": "R1", "GrnDetails": GRN}), "Invoice") == "200010"

"""COMFND, COMFCH and COMBRW."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from .conftest import xml


def _where(column: str, condition: str, value: str, **more: str) -> dict[str, str]:
    head = {"AndOr": more.get("andor", "And"), "OpenBracket": more.get("left", "(")}
    return {**head, "Column": column, "Condition": condition, "Value": value, "CloseBracket": more.get("right", ")")}


@pytest.fixture
def invoices(erp: Any) -> Any:
    """Three invoices, and the client."""
    erp.seed(
        "ApInvoice",
        *(
            {
                "Supplier": "BOLT",
                "Invoice": f"I{n}",
                "InvoiceDate": f"2024-05-0{n}",
                "OrigInvValue": n * 600,
                "Journal": n,
            }
            for n in (1, 2, 3)
        ),
    )
    return erp


def _found(root: ET.Element) -> str:
    return " ".join(str(row.text) for row in root.findall("Row/Invoice"))


def test_comfnd_answers_in_the_recorded_form(invoices: Any) -> None:
    """The root is the table's name with attributes, numbers have blanks on the left, a missing date is empty."""
    document = (
        "<?xml version='1.0' encoding='Windows-1252'?><Query><TableName>ApInvoice</TableName>"
        "<Columns><Column>Invoice</Column><Column>InvoiceDate</Column><Column>ManualChqDate</Column><Column>OrigInvValue</Column></Columns>"
        "<Where><Expression><OpenBracket>(</OpenBracket><Column>Invoice</Column><Condition>EQ</Condition><Value>I2</Value>"
        "<CloseBracket>)</CloseBracket></Expression></Where><OrderBy><Column>Invoice</Column></OrderBy></Query>"
    )
    text = invoices.text("Query/Query", "COMFND", document)
    assert text.startswith('<?xml version="1.0" encoding="Windows-1252"?>\n<ApInvoice Language=\'05\'')
    assert text.endswith("</ApInvoice>\n ")
    assert "<InvoiceDate>2024-05-02</InvoiceDate><ManualChqDate/><OrigInvValue>         1200.00</OrigInvValue>" in text
    assert "<RowsReturned>      1</RowsReturned>" in text
    assert "<OrderBy><Column>Invoice</Column></OrderBy></HeaderDetails>" in text


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ([_where("Invoice", "GT", "I1")], "I2 I3"),
        ([_where("Journal", "LE", "2"), _where("InvoiceDate", "GE", "2024-05-02")], "I2"),
        ([_where("Invoice", "EQ", "I1"), _where("Invoice", "EQ", "I3", andor="Or")], "I1 I3"),
        (
            [
                _where("Journal", "EQ", "1", left="((", right=")"),
                _where("Journal", "EQ", "2", andor="Or", right="))"),
                _where("Invoice", "NE", "I1"),
            ],
            "I2",
        ),
        ([_where("Invoice", "EQ", "i1")], ""),
        ([_where("ManualChqDate", "EQ", "")], "I1 I2 I3"),
        ([_where("OrigInvValue", "LT", "600.01")], "I1"),
    ],
)
def test_conditions_are_combined(invoices: Any, where: list[dict[str, str]], found: str) -> None:
    """And binds before Or, brackets before both; text, numbers and dates are compared as such."""
    assert _found(invoices.find("ApInvoice", "Invoice", where=where, OrderBy={"Column": "Invoice"})) == found


def test_pages_go_by_key(invoices: Any) -> None:
    """There is no offset: the next page is what lies beyond the last key, at most ReturnRows."""
    first = invoices.find("ApInvoice", "Invoice", OrderBy={"Column": "Invoice"}, ReturnRows="2")
    where = [_where("Invoice", "GT", "I2")]
    second = invoices.find("ApInvoice", "Invoice", where=where, OrderBy={"Column": "Invoice"}, ReturnRows="2")
    assert (_found(first), _found(second)) == ("I1 I2", "I3")


def test_a_sequence_may_descend(invoices: Any) -> None:
    """Sequence with ``D`` turns the order round."""
    document = (
        "<Query><TableName>ApInvoice</TableName><Sequence><Column Name='Invoice' Orderby='D'/></Sequence></Query>"
    )
    assert _found(invoices.call("Query/Query", "COMFND", document)) == "I3 I2 I1"


def test_a_site_may_know_eq_alone(invoices: Any) -> None:
    """Only EQ is attested; the others may be refused as text."""
    invoices.set(comfnd_conditions=["EQ"])
    document = xml("Query", {"TableName": "ApInvoice", "Where": {"Expression": _where("Invoice", "GT", "I1")}})
    assert invoices.text("Query/Query", "COMFND", document) == "ERROR: Condition 'GT' is invalid"


@pytest.mark.parametrize(
    "content",
    [
        {"TableName": "Nothing"},
        {"TableName": "ApInvoice", "OrderBy": {"Column": "PostDate"}},
        {"TableName": "ApInvoice", "Where": {"Expression": _where("Journal", "EQ", "x")}},
        {"TableName": "ApInvoice", "Where": {"Expression": _where("Journal", "EQ", "1", right="")}},
        {"TableName": "ApInvoice", "Where": {"Expression": _where("Journal", "EQ", "1", right="))")}},
        {"TableName": "ApInvoice", "Where": {"Expression": _where("1=1 --", "EQ", "1")}},
    ],
)
def test_bad_queries_are_text(invoices: Any, content: dict[str, Any]) -> None:
    """Unknown tables and columns, values of another type, SQL and open brackets are ERROR in a 200."""
    assert invoices.text("Query/Query", "COMFND", xml("Query", content)).startswith("ERROR:")


def test_unknown_columns_are_dropped_without_a_word(invoices: Any) -> None:
    """SYSPRO ignores names that it does not know: the rows come without them."""
    root = invoices.find("ApInvoice", "Invoice", "PostDate", OrderBy={"Column": "Invoice"}, ReturnRows="1")
    assert [child.tag for child in root.findall("Row/*")] == ["Invoice"]
    assert [len(row) for row in invoices.find("ApInvoice", "PostDate").findall("Row")] == [0, 0, 0]


def test_the_view_is_found_too(erp: Any) -> None:
    """COMFND reads ApPosting where the site has built it."""
    assert erp.find("ApPosting").tag == "ApPosting"
    erp.set(ap_posting_view=False)
    assert erp.text("Query/Query", "COMFND", "<Query><TableName>ApPosting</TableName></Query>").startswith("ERROR:")


def test_fetch_returns_one_record(invoices: Any) -> None:
    """COMFCH has the columns right below the root, and zeros for a missing date."""
    document = xml("Fetch", {"TableName": "ApInvoice", "Key": "BOLT", "OptionalKey1": "I2"})
    root = invoices.call("Query/Fetch", "", document)
    found = [root.findtext(name) for name in ("Invoice", "InvoiceDate", "ManualChqDate")]
    assert (root.tag, found) == ("ApInvoice", ["I2", "2024-05-02", "0000-00-00"])


def test_fetch_wants_the_full_key_unless_told_otherwise(invoices: Any) -> None:
    """Half a key is refused, or finds the first record that begins with it; no record is text."""
    half = {"TableName": "ApInvoice", "Key": "BOLT"}
    assert invoices.text("Query/Fetch", "", xml("Fetch", half)).startswith("ERROR:")
    root = invoices.call("Query/Fetch", "", xml("Fetch", {**half, "FullKeyProvided": "N"}))
    assert root.findtext("Invoice") == "I1"
    missing = xml("Fetch", {**half, "OptionalKey1": "I9"})
    assert invoices.text("Query/Fetch", "", missing).startswith("ERROR:")


def test_browse_goes_on_at_the_next_key(invoices: Any) -> None:
    """COMBRW pages through a key of two columns while Fwd is true."""
    start, found, pages = "", [], 0
    while True:
        asked = {"BrowseName": "ApInvoice", "StartAtKey": start, "StartCondition": "EF", "ReturnRows": "2"}
        root = invoices.call("Query/Browse", "", xml("Browse", asked))
        found += [row.findtext("Value") for row in root.findall("Row/Invoice")]
        pages += 1
        if root.findtext("NextPrevKey/Fwd") != "true":
            break
        start = str(root.findtext("NextPrevKey/NextKey"))
    assert (root.tag, found, pages) == ("ApInvoice", ["I1", "I2", "I3"], 2)
    assert root.findtext("NextPrevKey/Back") == "true"


def test_browse_filters_and_names_its_columns(invoices: Any) -> None:
    """A filter column with its value, and the columns wanted with their types."""
    asked = {
        "BrowseName": "Mine",
        "BrowseDetails": {"TableName": "ApInvoice", "Title": "Mine", "Column": {"ColumnName": "Journal"}},
        "Filter": {"ColumnFilterName": "Invoice", "ColumnFilterValue": "I2"},
    }
    root = invoices.call("Query/Browse", "", xml("Browse", asked))
    assert [cell.tag for cell in root.findall("Row/*")] == ["Journal"]
    assert (root.findtext("Row/Journal/Value"), root.findtext("Row/Journal/DataType")) == ("      2", "N")


def test_letters_outside_the_code_page_become_question_marks(erp: Any) -> None:
    """The service speaks Windows-1252, whatever the database holds."""
    erp.seed("ApSupplier", {"Supplier": "Z", "SupplierName": "Żółć é"})
    root = erp.find("ApSupplier", "SupplierName", where=[_where("Supplier", "EQ", "Z")])
    assert root.findtext("Row/SupplierName") == "?ó?? é"

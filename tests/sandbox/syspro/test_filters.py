"""``$filter`` of the OData service."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def invoices(erp: Any) -> Any:
    """Three invoices of one supplier on three days, and the client."""
    days = {"I1": "2024-05-01", "I2": "2024-05-02", "i3": "2024-05-03"}
    erp.seed(
        "ApInvoice",
        *(
            {"Supplier": "BOLT", "Invoice": name, "InvoiceDate": day, "OrigInvValue": f"{index}00.50", "Journal": index}
            for index, (name, day) in enumerate(days.items(), start=1)
        ),
    )
    return erp


def _found(erp: Any, text: str) -> str:
    return " ".join(row["Invoice"] for row in erp.rows("ApInvoice", filter=text, orderby="Supplier,Invoice"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Invoice eq 'I1'", "I1"),
        ("Invoice ne 'I1'", "I2 i3"),
        ("Journal gt 1 and Journal lt 3", "I2"),
        ("OrigInvValue ge 200.50", "I2 i3"),
        ("OrigInvValue le 100.50 or Journal eq 3", "I1 i3"),
        ("Journal eq 1 or Journal eq 2 and Invoice eq 'I2'", "I1 I2"),
        ("(Journal eq 1 or Journal eq 2) and Invoice eq 'I2'", "I2"),
        ("not (Journal eq 1)", "I2 i3"),
        ("startswith(Invoice,'I')", "I1 I2"),
        ("endswith(Invoice,'3')", "i3"),
        ("contains(Invoice,'2') or contains(Invoice,'3')", "I2 i3"),
        ("tolower(Invoice) eq 'i3'", "i3"),
        ("InvoiceDate ge 2024-05-02T00:00:00Z", "I2 i3"),
        ("InvoiceDate ge 2024-05-01T00:00:00Z and InvoiceDate lt 2024-05-02T00:00:00Z", "I1"),
        ("InvoiceDate gt 2024-05-02T01:00:00+01:00", "i3"),
        ("ManualChqDate eq null", "I1 I2 i3"),
        ("ManualChqDate lt 2030-01-01T00:00:00Z", ""),
        ("TaxReverse ne 'Y'", "I1 I2 i3"),
    ],
)
def test_a_filter_finds_what_it_says(invoices: Any, text: str, found: str) -> None:
    """Comparisons, and before or, brackets, functions, moments and null do what OData says."""
    assert _found(invoices, text) == found


def test_text_is_compared_with_its_case(invoices: Any) -> None:
    """The collation is binary: ``i1`` is not ``I1``, and small letters come after capitals."""
    assert _found(invoices, "Invoice eq 'i1'") == ""
    assert _found(invoices, "Invoice gt 'Z'") == "i3"


def test_blanks_at_the_end_do_not_count(invoices: Any) -> None:
    """SQL compares without them."""
    assert _found(invoices, "Invoice eq 'I1   '") == "I1"


def test_a_quote_is_doubled(erp: Any) -> None:
    """``''`` within a text is one quote."""
    erp.seed("ApSupplier", {"Supplier": "X", "SupplierName": "O'Neill"})
    assert [row["Supplier"] for row in erp.rows("ApSupplier", filter="SupplierName eq 'O''Neill'")] == ["X"]


def test_keys_are_compared_as_they_are_stored(erp: Any) -> None:
    """A numeric key without its zeros finds nothing."""
    erp.seed("ApSupplier", {"Supplier": "000000000000017"})
    assert erp.rows("ApSupplier", filter="Supplier eq '17'") == []
    assert len(erp.rows("ApSupplier", filter="Supplier eq '000000000000017'")) == 1


def test_a_column_that_does_not_exist_is_named(erp: Any) -> None:
    """AP invoices have no PostDate; the message is that of Microsoft's library."""
    message = erp.refused("ApInvoice", filter="PostDate ge 2024-05-01T00:00:00Z")
    assert message == "Could not find a property named 'PostDate' on type 'ACM1.ApInvoice'."


@pytest.mark.parametrize(
    "text",
    [
        "Invoice eq 1",
        "Journal eq '1'",
        "InvoiceDate ge '2024-05-01'",
        "InvoiceDate ge 2024-05-01",
        "InvoiceDate ge datetime'2024-05-01T00:00:00'",
        "InvoiceDate ge 2024-05-01T00:00:00",
        "InvoiceDate ge 2024-05-41T00:00:00Z",
        "contains(Journal,'1')",
        "Invoice eq",
        "Invoice 'I1'",
        "(Invoice eq 'I1'",
        "Invoice eq 'I1' Journal eq 1",
        "Invoice is 'I1'",
        "Invoice eq 'I1",
        "substringof('I',Invoice)",
        "§",
    ],
)
def test_what_cannot_be_read_is_400(erp: Any, text: str) -> None:
    """Types that do not match, other dialects of dates, and broken texts are refused."""
    assert erp.refused("ApInvoice", filter=text)


@pytest.mark.parametrize(
    ("style", "good", "bad"),
    [
        ("date", "2024-05-02", "2024-05-02T00:00:00Z"),
        ("v3", "datetime'2024-05-02T00:00:00'", "2024-05-02T00:00:00Z"),
    ],
)
def test_a_site_may_want_another_date_literal(invoices: Any, style: str, good: str, bad: str) -> None:
    """Switched, only that one form of a date is taken."""
    invoices.set(odata_literal=style)
    assert _found(invoices, f"InvoiceDate ge {good}") == "I2 i3"
    assert invoices.refused("ApInvoice", filter=f"InvoiceDate ge {bad}")

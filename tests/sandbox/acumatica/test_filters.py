"""What $filter finds, and how it fails."""

from __future__ import annotations

from typing import Any

import pytest

_VENDORS = (
    {"VendorID": "ALPHA", "VendorName": "Alpha & Sons", "AccountRef": "CIN7-1", "F1099Vendor": True},
    {"VendorID": "BETA", "VendorName": "Beta's Goods", "Status": "Inactive", "LeadTimedays": 7},
    {"VendorID": "GAMMA", "VendorName": "gamma", "MainContact": {"Email": "a@b.example", "Address": {"City": "Ulm"}}},
)


@pytest.fixture(autouse=True)
def _vendors(erp: Any) -> None:
    erp.seed("Vendor", *_VENDORS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("VendorID eq 'BETA'", ["BETA"]),
        ("VendorID eq 'beta'", ["BETA"]),
        ("VendorName eq 'Beta''s Goods'", ["BETA"]),
        ("Status ne 'Active'", ["BETA"]),
        ("VendorID gt 'ALPHA' and VendorID le 'BETA'", ["BETA"]),
        ("VendorID eq 'ALPHA' or VendorID eq 'GAMMA'", ["ALPHA", "GAMMA"]),
        ("(VendorID eq 'ALPHA' or VendorID eq 'BETA') and Status eq 'Active'", ["ALPHA"]),
        ("substringof('mm',VendorName)", ["GAMMA"]),
        ("startswith(VendorName,'Al')", ["ALPHA"]),
        ("endswith(VendorName,'Goods')", ["BETA"]),
        ("F1099Vendor eq true", ["ALPHA"]),
        ("LeadTimedays ge 7", ["BETA"]),
        ("MainContact/Email eq 'a@b.example'", ["GAMMA"]),
        ("MainContact/Address/City eq 'Ulm'", ["GAMMA"]),
        ("AccountRef eq null", ["BETA", "GAMMA"]),
        ("not (Status eq 'Active')", ["BETA"]),
        ("LastModifiedDateTime gt datetimeoffset'2099-01-01'", []),
        ("LastModifiedDateTime lt datetimeoffset'2099-01-01T00:00:00+02:00'", ["ALPHA", "BETA", "GAMMA"]),
    ],
)
def test_a_filter_finds_what_it_says(erp: Any, text: str, expected: list[str]) -> None:
    """Comparisons, logic, the string functions, linked paths and typed literals select records."""
    rows = erp.rows("Vendor", filter=text, select="VendorID")
    assert sorted(row["VendorID"]["value"] for row in rows) == expected


@pytest.mark.parametrize(
    "text",
    [
        "F1099Vendor eq 'true'",
        "LeadTimedays eq '7'",
        "VendorID eq 7",
        "LastModifiedDateTime gt '2025-01-01'",
        "LastModifiedDateTime gt datetime'2025-01-01T00:00:00'",
    ],
)
def test_incompatible_literals_answer_500(erp: Any, text: str) -> None:
    """A quoted number or boolean, or a date-time of the wrong literal, is refused for its type."""
    assert "incompatible types" in erp.fault_text("Vendor", filter=text)


@pytest.mark.parametrize("text", ["VendorID eq", "VendorID like 'x'", "Nope eq 'x'", "(VendorID eq 'x'", "VendorID"])
def test_a_filter_that_cannot_be_read_answers_500(erp: Any, text: str) -> None:
    """Broken syntax and unknown fields are server exceptions."""
    assert erp.call("GET", "Vendor", params={"$filter": text}).status_code == 500


def test_a_plus_sign_that_is_not_encoded_breaks_the_literal(erp: Any) -> None:
    """A bare + in the URL arrives as a space, and the date-time cannot be read."""
    path = "Vendor?$filter=LastModifiedDateTime%20gt%20datetimeoffset'2025-03-01T00:00:00+00:00'"
    assert "Unrecognized" in erp.call("GET", path).json()["exceptionMessage"]


def test_fields_of_two_views_together_find_nothing(erp: Any) -> None:
    """Each predicate matches alone, both joined find nothing, and either may; the setting lifts it."""
    both = "AccountRef eq 'CIN7-1' and VendorID eq 'ALPHA'"
    assert erp.rows("Vendor", filter=both) == []
    assert len(erp.rows("Vendor", filter="AccountRef eq 'CIN7-1' or VendorID eq 'BETA'")) == 2
    assert len(erp.rows("Vendor", filter="AccountRef eq 'CIN7-1'")) == 1
    erp.set(cross_view_empty=False)
    assert len(erp.rows("Vendor", filter=both)) == 1


def test_the_header_fields_of_a_document_live_on_one_view(erp: Any) -> None:
    """Type, vendor and supplier number may be joined to find a bill or an order."""
    line = {"Account": "61500", "ExtendedCost": 1}
    erp.made("Bill", {"Vendor": "ALPHA", "VendorRef": "INV-1", "Details": [line]})
    text = "Type eq 'Bill' and Vendor eq 'ALPHA' and VendorRef eq 'INV-1'"
    assert len(erp.rows("Bill", filter=text)) == 1
    assert erp.rows("Bill", filter=f"{text} and BranchID eq 'HEADOFFICE'") == []
    assert erp.rows("Bill", filter="Details/Account eq '61500'") == []


def test_a_date_compares_with_a_date_time_literal(erp: Any) -> None:
    """A calendar date of the contract is compared as midnight UTC."""
    line = {"Account": "61500", "ExtendedCost": 1}
    erp.made("Bill", {"Vendor": "ALPHA", "Date": "2025-03-18", "Details": [line]})
    assert len(erp.rows("Bill", filter="Date ge datetimeoffset'2025-03-18T00:00:00+00:00'")) == 1
    assert erp.rows("Bill", filter="Date gt datetimeoffset'2025-03-18T00:00:00+00:00'") == []

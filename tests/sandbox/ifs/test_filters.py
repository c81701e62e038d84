"""What $filter finds, and how it fails."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ORDERS, SUPPLIERS, VOUCHERS

_STATE = "IfsApp.PurchaseOrderHandling.PurchaseOrderState"


@pytest.fixture
def suppliers(ifs: Any) -> Any:
    """Three suppliers."""
    ifs.seed(
        "SupplierInfoGeneral",
        {"SupplierId": "ALPHA", "Name": "Alpha & Sons", "CreationDate": "2026-03-01", "OneTime": True},
        {"SupplierId": "BETA", "Name": "Beta's Goods", "CreationDate": "2026-03-02", "AssociationNo": "5560001234"},
        {"SupplierId": "GAMMA", "Name": "gamma", "CreationDate": "2026-03-03", "Country": "SE"},
    )
    return ifs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SupplierId eq 'BETA'", "B"),
        ("SupplierId eq 'beta'", ""),
        ("Name eq 'Beta''s Goods'", "B"),
        ("SupplierId ne 'BETA'", "AG"),
        ("SupplierId gt 'ALPHA' and SupplierId le 'BETA'", "B"),
        ("SupplierId eq 'ALPHA' or SupplierId eq 'GAMMA' and OneTime eq true", "A"),
        ("(SupplierId eq 'ALPHA' or SupplierId eq 'GAMMA') and OneTime eq false", "G"),
        ("not (SupplierId eq 'ALPHA')", "BG"),
        ("not contains(Name,'a')", ""),
        ("CreationDate ge 2026-03-02 and CreationDate lt 2026-03-03", "B"),
        ("AssociationNo eq null", "AG"),
        ("AssociationNo ne null", "B"),
        ("AssociationNo gt '0'", "B"),
        ("OneTime", "A"),
        ("contains(Name,'mm')", "G"),
        ("startswith(tolower(Name),'alpha')", "A"),
        ("endswith(toupper(Name),'GOODS')", "B"),
        ("length(SupplierId) eq 4", "B"),
        ("length(SupplierId) sub 1 mul 2 eq 3", "AG"),
        ("length(SupplierId) div 2 lt 2.25", "B"),
        ("indexof(SupplierId,'A') eq 3", "B"),
        ("substring(SupplierId,1,2) eq 'LP'", "A"),
        ("concat(SupplierId,'1') eq 'BETA1'", "B"),
        ("trim(' GAMMA ') eq SupplierId", "G"),
        ("startswith(cast(CreationDate,Edm.String),'2026-03-01')", "A"),
        ("Country eq IfsApp.SupplierHandling.Lookup_IsoCountry'SE'", "G"),
    ],
)
def test_a_filter_finds_what_it_says(suppliers: Any, text: str, expected: str) -> None:
    """Comparisons, logic, arithmetic and the string functions select rows; text is compared with its case."""
    rows = suppliers.rows(SUPPLIERS, filter=text, select="SupplierId", orderby="SupplierId")
    assert "".join(row["SupplierId"][0] for row in rows) == expected


@pytest.mark.parametrize(
    "text",
    [
        "SupplierId has 'x'",
        "length(Name) mod 2 eq 0",
        "SupplierInfoAddresses/any(a:a/City eq 'Ulm')",
        "SupplierInfoAddresses/all(a:a/City eq 'Ulm')",
        "SupplierInfoAddresses/$count gt 1",
        "round(1.5) eq 2",
        "floor(1.5) eq 1",
        "ceiling(1.5) eq 2",
        "CreationDate lt maxdatetime()",
        "year(CreationDate) eq 2026",
        "cast(Name,Edm.Decimal) eq 1",
    ],
)
def test_what_the_provider_lacks_answers_501(suppliers: Any, text: str) -> None:
    """has, mod, lambda, $count, rounding, date functions and casts are not implemented."""
    assert suppliers.error("GET", SUPPLIERS, filter=text)[:2] == (501, "ODP_NOT_IMPLEMENTED")


@pytest.mark.parametrize(
    "text",
    [
        "SupplierId eq",
        "SupplierId like 'x'",
        "SupplierId in ('x')",
        "SupplierId eq 'x' and",
        "(SupplierId eq 'x'",
        "SupplierId",
        "'x'",
        "SupplierId eq x",
        "nope(Name,'x')",
        "contains(Name)",
        "contains(Name,5)",
        "SupplierId eq 5",
        "OneTime eq 'true'",
        "CreationDate eq '2026-03-01'",
        "CreationDate ge 2026-03-01T00:00:00Z",
        "CreationDate ge 2026-02-30",
        "SupplierId add 1 eq 2",
        "SupplierId and true",
        "SupplierInfoAddresses/City eq 'Ulm'",
        "Name eq 'it's'",
        "",
    ],
)
def test_what_cannot_be_read_or_compared_is_malformed(suppliers: Any, text: str) -> None:
    """Broken syntax, unknown names and literals of another type answer 400."""
    assert suppliers.error("GET", SUPPLIERS, filter=text)[:2] == (400, "ODP_BAD_REQUEST")


def test_a_blank_after_the_comma_cannot_be_read(suppliers: Any) -> None:
    """contains(Name, 'a') is malformed unless the setting allows it."""
    assert suppliers.error("GET", SUPPLIERS, filter="contains(Name, 'mm')")[0] == 400
    suppliers.set(blank_after_comma=True)
    assert len(suppliers.rows(SUPPLIERS, filter="contains(Name, 'mm')")) == 1


def test_an_unknown_property_answers_the_recorded_text(ifs: Any) -> None:
    """The detail names the property and the type with its namespace."""
    text = "The property 'NotAColumn', used in a query expression, is not defined in type "
    expected = (400, "ODP_BAD_REQUEST", f"{text}'IfsApp.VoucherRowsAnalysis.VoucherRow'.")
    assert ifs.error("GET", VOUCHERS, filter="NotAColumn eq 1") == expected


def test_an_enumeration_is_qualified_with_the_projection(ifs: Any, supplier: str) -> None:
    """The state of an order is compared with its full literal; bare text, another namespace or member are refused."""
    head = {"VendorNo": "S1001", "Contract": "STO1"}
    ifs.seed("PurchaseOrder", {"OrderNo": "P1", "Objstate": "Released", **head}, {"OrderNo": "P2", **head})
    assert [row["OrderNo"] for row in ifs.rows(ORDERS, filter=f"Objstate eq {_STATE}'Released'")] == ["P1"]
    assert [row["OrderNo"] for row in ifs.rows(ORDERS, filter=f"Objstate ne {_STATE}'Released'")] == ["P2"]
    other = "IfsApp.PurchaseOrderLineEntity.PurchaseOrderState'Released'"
    for literal in ("'Released'", f"{_STATE}'Nope'", other, "PurchaseOrderState'Released'"):
        assert ifs.error("GET", ORDERS, filter=f"Objstate eq {literal}")[0] == 400
    assert ifs.error("GET", ORDERS, filter=f"Objstate gt {_STATE}'Released'")[0] == 400


def test_a_tenant_may_refuse_filters_on_the_state(ifs: Any) -> None:
    """With the setting even the full literal answers 400."""
    ifs.set(refuse_state_filter=True)
    assert ifs.error("GET", ORDERS, filter=f"Objstate eq {_STATE}'Released'")[0] == 400


def test_numbers_are_bare(ifs: Any) -> None:
    """AccountingYear eq 2026 works, with quotes it does not."""
    row = {"Company": "10", "VoucherType": "I", "VoucherNo": 1, "Account": "4010", "Amount": "10.5"}
    ifs.seed("VoucherRow", {**row, "AccountingYear": 2026}, {**row, "AccountingYear": 2025, "Amount": -3})
    assert len(ifs.rows(VOUCHERS, filter="AccountingYear eq 2026 and Amount gt 10.25")) == 1
    assert len(ifs.rows(VOUCHERS, filter="Amount eq -3")) == 1
    assert ifs.error("GET", VOUCHERS, filter="AccountingYear eq '2026'")[0] == 400

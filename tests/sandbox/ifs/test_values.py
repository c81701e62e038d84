"""Dates, time stamps and decimals as IFS writes and reads them."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ENTITY, ORDERS, SUPPLIERS, VOUCHERS

_IEEE = "application/json;odata.metadata=full;IEEE754Compatible=true"
_LINES = "PurchaseOrderLineEntity.svc/PurchaseOrderLineSet"


def _voucher(ifs: Any, **values: Any) -> None:
    row = {"Company": "10", "VoucherType": "I", "AccountingYear": 2026, "VoucherNo": 1, "Account": "4010"}
    ifs.seed("VoucherRow", {**row, **values})


def test_decimals_are_plain_numbers_without_trailing_zeros(ifs: Any) -> None:
    """Oracle's numbers lose their zeros, keep every other digit and never show an exponent."""
    _voucher(ifs, Amount="1210.50", CurrencyRate="10.4200", Quantity="1E+3", ConversionFactor="0.000001")
    text = ifs.call("GET", VOUCHERS).text
    for part in ('"Amount": 1210.5,', '"CurrencyRate": 10.42,', '"Quantity": 1000,', '"VoucherNo": 1,'):
        assert part in text
    _voucher(ifs, Amount="12345678901234567890.123456789")
    assert '"Amount": 12345678901234567890.123456789,' in ifs.call("GET", VOUCHERS).text


def test_decimals_are_strings_when_ieee754compatible_is_asked_for(ifs: Any) -> None:
    """Amounts and numeric keys alike become text, and the answer's content type says so."""
    _voucher(ifs, Amount="-1210.50")
    answer = ifs.call("GET", VOUCHERS, headers={"Accept": _IEEE})
    (row,) = answer.json()["value"]
    assert (row["Amount"], row["AccountingYear"]) == ("-1210.5", "2026")
    assert "IEEE754Compatible=true" in answer.headers["Content-Type"]


def test_numbers_as_text_are_taken_only_when_announced(ifs: Any, supplier: str) -> None:
    """A body with "5" for a decimal is malformed, unless its content type is IEEE754 compatible."""
    key = "Company='10',Identity='S1001',PartyType=IfsApp.SupplierHandling.PartyType'Supplier'"
    way = f"{supplier}/SupplierPayments({key})"
    assert ifs.error("PATCH", way, {"PriorityDays": "5"}, headers={"If-Match": "*"})[0] == 400
    headers = {"If-Match": "*", "Content-Type": "application/json;IEEE754Compatible=true"}
    assert ifs.call("PATCH", way, {"PriorityDays": "5"}, headers=headers).json()["PriorityDays"] == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [("ValidFrom", "2026-3-1"), ("ValidFrom", 5), ("Country", "Sweden"), ("City", 5), ("ValidFrom", "2026-02-30")],
)
def test_a_value_of_another_type_is_malformed(ifs: Any, supplier: str, name: str, value: Any) -> None:
    """Dates, enumerations and text are checked, and nothing is changed."""
    address = f"{supplier}/SupplierInfoAddresses(SupplierId='S1001',AddressId='01')"
    before = ifs.one(address)
    assert ifs.error("PATCH", address, {name: value}, headers={"If-Match": "*"})[:2] == (400, "ODP_BAD_REQUEST")
    assert ifs.one(address) == before


def test_an_empty_text_is_stored_as_null(ifs: Any, supplier: str) -> None:
    """What is sent as "" comes back as null."""
    answer = ifs.call("PATCH", supplier, {"AssociationNo": ""}, headers={"If-Match": "*"})
    assert answer.json()["AssociationNo"] is None


def test_time_stamps_end_in_z_and_are_the_servers_wall_time(ifs: Any, supplier: str) -> None:
    """10:00 UTC in summer shows as 12:00 Z on a Swedish server, and as 10:00 Z on one in UTC."""
    line = {"BuyQtyDue": 1, "LastActivityDate": "2026-07-01T10:00:00Z"}
    ifs.seed("PurchaseOrder", {"OrderNo": "P1", "VendorNo": "S1001", "Contract": "STO1", "PurchaseOrderLines": [line]})
    assert ifs.rows(_LINES, base=ENTITY)[0]["LastActivityDate"] == "2026-07-01T12:00:00Z"
    ifs.set(time_zone="UTC")
    assert ifs.rows(_LINES, base=ENTITY)[0]["LastActivityDate"] == "2026-07-01T10:00:00Z"


def test_filters_on_time_stamps_are_wall_time_too(ifs: Any, supplier: str) -> None:
    """The literal is compared with what the row shows; a date literal does not fit."""
    line = {"BuyQtyDue": 1, "LastActivityDate": "2026-07-01T10:00:00Z"}
    ifs.seed("PurchaseOrder", {"OrderNo": "P1", "VendorNo": "S1001", "Contract": "STO1", "PurchaseOrderLines": [line]})
    for text, count in (
        ("ge 2026-07-01T12:00:00Z", 1),
        ("gt 2026-07-01T12:00:00Z", 0),
        ("gt 2026-07-01T13:30:00+02:00", 1),
    ):
        assert len(ifs.rows(_LINES, base=ENTITY, filter=f"LastActivityDate {text}")) == count
    assert ifs.error("GET", _LINES, base=ENTITY, filter="LastActivityDate ge 2026-07-01")[0] == 400


def test_the_time_zone_header_works_on_aware_projections_alone(ifs: Any, supplier: str) -> None:
    """With the header real UTC comes from a projection that is aware of zones, wall time from any other."""
    entered = {"DateEntered": "2026-07-01T10:00:00Z"}
    ifs.seed("PurchaseOrder", {"OrderNo": "P1", "VendorNo": "S1001", "Contract": "STO1", **entered})
    aware = {"X-Ifs-Time-Zone-Aware-Request": "true"}
    assert ifs.rows(ORDERS, headers=aware)[0]["DateEntered"] == "2026-07-01T12:00:00Z"
    ifs.set(time_zone_aware=["PurchaseOrderHandling"])
    assert ifs.rows(ORDERS, headers=aware)[0]["DateEntered"] == "2026-07-01T10:00:00Z"
    assert ifs.rows(ORDERS)[0]["DateEntered"] == "2026-07-01T12:00:00Z"


def test_the_order_date_is_a_date_or_a_time_stamp_by_tenant(ifs: Any, supplier: str) -> None:
    """Either form is shown and filtered, and the other literal is refused."""
    ifs.seed("PurchaseOrder", {"OrderNo": "P1", "VendorNo": "S1001", "Contract": "STO1", "OrderDate": "2026-03-01"})
    assert ifs.rows(ORDERS, filter="OrderDate ge 2026-03-01")[0]["OrderDate"] == "2026-03-01"
    ifs.set(order_date="timestamp")
    assert ifs.rows(ORDERS, filter="OrderDate ge 2026-03-01T00:00:00Z")[0]["OrderDate"] == "2026-03-01T00:00:00Z"
    assert ifs.error("GET", ORDERS, filter="OrderDate ge 2026-03-01")[0] == 400


def test_today_is_the_servers_day(ifs: Any) -> None:
    """A supplier that is created shortly before midnight UTC has the next day's date in Sweden."""
    ifs.sim("POST", "clock", {"set": "2026-07-01T22:30:00Z", "speed": 0})
    ifs.sign_in()
    made = ifs.call("POST", SUPPLIERS, {"SupplierId": "S1", "Name": "Late"})
    assert made.json()["CreationDate"] == "2026-07-02"

"""Wire to canonical, pure: stamps, dates, lenient fields, countries."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.systems.cin7.countries import code_of, name_of
from ml_connector.systems.cin7.order_body import read_note
from ml_connector.systems.cin7.translate import documents_from, supplier_from
from ml_connector.systems.cin7.wire import WirePurchase, WireSupplier, calendar_date, moment, parameter

UTC = dt.timezone.utc
EARLY = dt.datetime(2001, 1, 1)  # noqa: DTZ001 - hypothesis takes bounds without a zone
HEADER = {"ID": "P1", "LastUpdatedDate": "2026-03-01T10:00:00.12Z", "OrderNumber": "PO-1", "SupplierID": "S1"}
DAY = "2026-03-01T00:00:00"
LINE = {"SKU": "A", "Quantity": "2", "Price": "5", "Tax": "1", "Total": "10", "Account": "630", "TaxRule": "GST"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T10:00:00Z", (10, 0, 0, 0)),
        ("2026-03-01T10:00:00.12Z", (10, 0, 0, 120_000)),
        ("2026-03-01T10:00:00.1234567Z", (10, 0, 0, 123_456)),
        ("2026-03-01T10:00:00.123", (10, 0, 0, 123_000)),
        ("2026-03-01T10:00:00", (10, 0, 0, 0)),
        ("2026-03-01T12:00:00.5+02:00", (10, 0, 0, 500_000)),
    ],
)
def test_audit_stamps_are_utc_with_any_digits(text: str, expected: tuple[int, int, int, int]) -> None:
    """A stamp with or without zone, with none to seven digits, is the same moment in UTC."""
    assert moment(text).astimezone(UTC) == dt.datetime(2026, 3, 1, *expected, tzinfo=UTC)


def test_business_dates_are_not_shifted() -> None:
    """Midnight without a zone is that calendar date; nothing is none."""
    assert calendar_date("2018-02-22T00:00:00") == dt.date(2018, 2, 22)
    assert calendar_date("") is None


@given(st.datetimes(min_value=EARLY, timezones=st.just(UTC)))
def test_a_parameter_is_never_later_than_the_moment(when: dt.datetime) -> None:
    """A time sent as a parameter has no zone, and is cut, so that no row is missed."""
    text = parameter(when)
    assert not text.endswith("Z")
    assert dt.timedelta(0) <= when - moment(text) < dt.timedelta(milliseconds=1)


def test_countries_survive_both_ways() -> None:
    """The name sent for a country's code is read back as that code, for every country."""
    codes = [country.alpha_2 for country in pycountry.countries]
    assert [code_of(name_of(code)) for code in codes] == codes


@pytest.mark.parametrize(("name", "code"), [("USA", "US"), ("united states", "US"), ("Atlantis", "Atlantis"), ("", "")])
def test_a_country_is_known_by_several_names(name: str, code: str) -> None:
    """Usual names are understood, others are kept as they are."""
    assert code_of(name) == code


def purchase(**changes: Any) -> WirePurchase:
    """A purchase with an authorised bill."""
    bill = {
        "Status": "AUTHORISED",
        "Lines": [LINE],
        "InvoiceNumber": "I-1",
        "InvoiceDate": DAY,
        "TotalBeforeTax": 10,
        "Tax": 1,
        "Total": 11,
    }
    return WirePurchase.model_validate({**HEADER, "Order": {"Status": "AUTHORISED"}, "Invoice": bill, **changes})


def test_nulls_and_odd_types_are_read() -> None:
    """Nulls are empty texts and zero amounts; numbers may be texts, texts numbers, flags texts."""
    wire = purchase(Note=None, Terms=None, BlindReceipt="false", CreditNote=None, Supplier=42, PutAway=None)
    assert (wire.Note, wire.Terms, wire.BlindReceipt, wire.Supplier) == ("", "", False, "42")
    (bill,) = documents_from(wire, "supplier_invoice")
    assert (bill.number, bill.lines[0].quantity, bill.gross) == ("I-1", Decimal(2), Decimal(11))


def test_the_misspelt_number_of_the_reference_is_read() -> None:
    """A bill's number is read under the spelling of the reference's example too."""
    bill = {"Status": "PAID", "Lines": [LINE], "InvocieNumber": "I-9", "InvoiceDate": DAY}
    (found,) = documents_from(purchase(Invoice=bill), "supplier_invoice")
    assert found.number == "I-9"


def test_lines_without_quantity_and_discounted_lines_keep_their_net() -> None:
    """The unit price is net by quantity whatever the discount; without a quantity it is the net amount."""
    lines = [{**LINE, "Quantity": 4, "Price": 5, "Discount": 50, "Total": 10}, {**LINE, "Quantity": 0, "Total": 7}]
    bill = {"Status": "AUTHORISED", "Lines": lines, "InvoiceNumber": "I", "InvoiceDate": DAY}
    (found,) = documents_from(purchase(Invoice=bill), "supplier_invoice")
    assert [(line.unit_price, line.net) for line in found.lines] == [(Decimal("2.5"), 10), (7, 7)]


def test_void_parts_of_a_live_purchase_are_told() -> None:
    """A voided bill in a live purchase is void, an authorised one beside it is not; drafts and empties are nothing."""
    bills = [
        {"Status": "VOIDED", "InvoicingAndReceivingNumber": 0},
        {"Status": "PAID", "InvoicingAndReceivingNumber": 1, "Lines": [LINE], "InvoiceDate": DAY},
        {"Status": "DRAFT", "InvoicingAndReceivingNumber": 2, "Lines": [LINE]},
        {"Status": "NOT AVAILABLE", "InvoicingAndReceivingNumber": 3},
    ]
    found = list(documents_from(purchase(Invoice=bills), "supplier_invoice"))
    assert [(one.key, one.status.value) for one in found] == [("p1/bill/0", "voided"), ("p1/bill/1", "authorised")]


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("purchase_order", {}, "the order of PO-1 has no date"),
        ("supplier_invoice", {"Invoice": {"Status": "PAID", "InvoiceNumber": "I-1"}}, "bill I-1 of PO-1 has no date"),
        (
            "supplier_invoice",
            {"CreditNote": {"Status": "AUTHORISED", "CreditNoteNumber": "C-1", "Lines": [LINE]}},
            "credit note C-1 of PO-1 has no date",
        ),
        (
            "goods_receipt",
            {"StockReceived": {"Status": "AUTHORISED", "Lines": [{"SKU": "A", "Quantity": 1}]}},
            "a line of the receipt of PO-1 has no date",
        ),
    ],
)
def test_a_date_that_is_missing_is_not_invented(kind: str, changes: dict[str, Any], message: str) -> None:
    """A final document without its date cannot be read: another date would book it in another period."""
    with pytest.raises(ValueError, match=message):
        list(documents_from(purchase(**changes), kind))


def test_a_void_bill_needs_no_date() -> None:
    """A bill that lost its date with being voided is still told."""
    (found,) = documents_from(purchase(Invoice={"Status": "VOIDED"}), "supplier_invoice")
    assert found.status.value == "voided"


STOCK = {"Status": "AUTHORISED", "Lines": [{"SKU": "A", "Quantity": 1, "Date": DAY}]}


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("supplier_invoice", {"Invoice": [{"Status": "PAID", "InvoiceDate": DAY}] * 2}),
        ("goods_receipt", {"PutAway": [STOCK, STOCK]}),
        ("goods_receipt", {"StockReceived": [STOCK, STOCK]}),
    ],
)
def test_two_documents_of_one_key_are_not_taken_for_one(kind: str, changes: dict[str, Any]) -> None:
    """Where groups carry no number of their own the purchase cannot be read, so that none replaces another."""
    with pytest.raises(ValueError, match="cannot be told apart"):
        list(documents_from(purchase(**changes), kind))


def test_a_service_purchase_is_never_received() -> None:
    """What a service purchase shows as received is no goods receipt."""
    stock = {"Status": "AUTHORISED", "Lines": [{"SKU": "A", "Quantity": 1, "Date": "2026-03-01T00:00:00"}]}
    assert list(documents_from(purchase(StockReceived=stock, IsServiceOnly=True), "goods_receipt")) == []
    assert len(list(documents_from(purchase(StockReceived=stock), "goods_receipt"))) == 1


def test_the_code_is_in_the_attribute_that_was_chosen() -> None:
    """The shared code is read from the chosen attribute, blanks taken off, none when empty."""
    row = {"ID": "S", "Name": " N ", "LastModifiedOn": "2026-03-01T10:00:00Z", "AdditionalAttribute2": " V-1 "}
    wire = WireSupplier.model_validate(row)
    assert supplier_from(wire, "AdditionalAttribute2").code == "V-1"
    assert supplier_from(wire, "AdditionalAttribute1").code is None
    assert supplier_from(wire, "AdditionalAttribute1").name == "N"


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("004512 mlc:1a2b", ("004512", "mlc:1a2b")),
        ("PO 12 / 3 mlc:1a2b and more", ("PO 12 / 3", "mlc:1a2b")),
        ("Ring first.\n004512 mlc:1a2b", ("004512", "mlc:1a2b")),
        ("004512", ("", "")),
        ("xmlc:1a2b", ("", "")),
        ("", ("", "")),
    ],
)
def test_our_note_is_read_among_other_words(note: str, expected: tuple[str, str]) -> None:
    """Number and marker are read out of a note to which people have added."""
    assert read_note(note) == expected

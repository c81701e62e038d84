"""Wire ↔ canonical, without a call; samples in the shapes that are published or recorded."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.documents import InvoiceType
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.systems.acumatica import wire
from ml_connector.systems.acumatica.options import AcumaticaOptions
from ml_connector.systems.acumatica.translate import (
    bill_status,
    country_code,
    order_status,
    project_supplier,
    supplier_of,
    vendor_changes,
    vendor_fields,
)
from ml_connector.systems.acumatica.translate_documents import (
    Row,
    bill_rows,
    bill_text,
    booked_nets,
    line_changes,
    line_fields,
    order_text,
    shown_bill,
    tax_members,
    tax_rows,
)
from ml_connector.systems.acumatica.wire import unwrap, wrap

SEEN = dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)
MARKER = "mlc:1a2b3c4d5e6f7a8b"
# the shape of a bill as published and recorded: https://github.com/Jetbuilt/acumatica, spec/cassettes
BILL: dict[str, Any] = {
    "id": "c3a0d9e4-0b04-f011-8361-0a2d5f0e9b11",
    "rowNumber": 1,
    "note": {"value": ""},
    "Amount": {"value": Decimal("93.3000")},
    "BranchID": {"value": "HEADOFFICE"},
    "CurrencyID": {},
    "Date": {"value": "2025-03-18T00:00:00+00:00"},
    "Details": [
        {
            "id": "c4a0d9e4-0b04-f011-8361-0a2d5f0e9b11",
            "rowNumber": 1,
            "note": None,
            "Account": {"value": "62300 "},
            "Description": {"value": "Freight expense"},
            "ExtendedCost": {"value": Decimal("93.3")},
            "InventoryID": {},
            "Qty": {"value": "1.0"},
            "TransactionDescription": {"value": "Inbound  freight "},
            "custom": {},
        }
    ],
    "DueDate": {"value": "2025-04-17T00:00:00+00:00"},
    "Hold": {"value": True},
    "ReferenceNbr": {"value": "000345"},
    "Status": {"value": "On Hold"},
    "TaxTotal": {"value": Decimal("0.0")},
    "Type": {"value": "Bill"},
    "Vendor": {"value": "ACMESUPPLY"},
    "VendorRef": {"value": "INV-88412"},
    "custom": {},
    "_links": {"self": "/entity/…"},
}


def test_the_envelope_is_undone() -> None:
    """Values lose their wrapper, empty ones become None, rows stay rows, and unread members go."""
    plain = unwrap(BILL)
    assert plain["Amount"] == Decimal("93.3000")
    assert plain["CurrencyID"] is None
    assert plain["Details"][0]["InventoryID"] is None
    assert plain["Details"][0]["id"] == "c4a0d9e4-0b04-f011-8361-0a2d5f0e9b11"
    assert not {"note", "custom", "_links", "rowNumber"} & set(plain)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({}, None),
        ({"value": None}, None),
        ({"value": "x", "error": "bad"}, "x"),
        ({"error": "bad"}, None),
        ({"value": {"id": "N", "description": "Normal"}}, "Normal"),
        ({"value": {"ID": "N", "Description": None}}, "N"),
        ({"value": 0}, 0),
    ],
)
def test_a_value_is_unwrapped(value: Any, plain: Any) -> None:
    """Empty, erroneous and object values are understood."""
    assert unwrap({"Field": value}) == {"Field": plain}


def test_wrapping_leaves_id_and_delete_bare() -> None:
    """Row ids and delete flags go unwrapped, None clears, and dates go as days."""
    sent = wrap({"Date": dt.date(2026, 3, 1), "Terms": None, "Details": [{"id": "a", "delete": True, "Qty": 1}]})
    assert sent == {
        "Date": {"value": "2026-03-01"},
        "Terms": {"value": None},
        "Details": [{"id": "a", "delete": True, "Qty": {"value": 1}}],
    }


def test_a_bill_is_shown_in_comparable_fields() -> None:
    """Days are not shifted, numbers lose their zeros, the line's text is TransactionDescription."""
    assert shown_bill(wire.Bill.model_validate(unwrap(BILL))) == {
        "number": "INV-88412",
        "supplier": "ACMESUPPLY",
        "branch": "HEADOFFICE",
        "date": "2025-03-18",
        "due_date": "2025-04-17",
        "currency": "",
        "net": "93.3",
        "tax": "0",
        "gross": "93.3",
        "lines[0].item": "",
        "lines[0].account": "62300",
        "lines[0].description": "Inbound freight",
        "lines[0].quantity": "1",
        "lines[0].net": "93.3",
    }


def test_a_vendor_without_contact_is_read() -> None:
    """A vendor whose contact and address are empty has empty texts, and a missing stamp takes the reading time."""
    vendor = wire.Vendor.model_validate(unwrap({"VendorID": {"value": "V1"}, "MainContact": {}}))
    supplier = supplier_of(vendor, SEEN)
    assert supplier.modified_at == SEEN
    assert supplier.counterpart_key is None
    assert supplier.address.country == ""


def test_projection_and_reading_agree(make: Any) -> None:
    """What is projected of a supplier is what a vendor made from it shows."""
    supplier = make.supplier(name=" Acme ", phone="555 ")
    wanted = project_supplier(supplier, AcumaticaOptions())
    sent = {"VendorID": "V1", **vendor_changes(wanted), "LastModifiedDateTime": "2026-03-01T00:00:00+00:00"}
    shown = vendor_fields(supplier_of(wire.Vendor.model_validate(unwrap(wrap(sent))), SEEN))
    assert differences(wanted, shown) == []


def test_what_is_left_to_acumatica_is_not_compared(make: Any) -> None:
    """Empty terms, currency and country are neither sent nor compared: the vendor class fills them."""
    supplier = make.supplier(terms="", currency="", address=make.supplier().address.model_copy(update={"country": ""}))
    wanted = project_supplier(supplier, AcumaticaOptions())
    assert not {"terms", "currency", "address.country"} & set(wanted)


@pytest.mark.parametrize(
    ("text", "code"),
    [("US", "US"), ("usa", "US"), ("United States", "US"), ("Deutschland", "Deutschland"), ("", ""), (" nz ", "NZ")],
)
def test_countries_become_codes(text: str, code: str) -> None:
    """Codes and English names become two letters; what is neither stays as it is, for a person to see."""
    assert country_code(text) == code


@pytest.mark.parametrize("longest", ["P" * 40, "PO-00457", ""])
def test_the_marker_is_whole_in_sixty_characters(make: Any, longest: str) -> None:
    """However long the number, an order's description ends in the whole marker and fits its field."""
    text = order_text(make.order(number=longest), MARKER)
    assert text.endswith(MARKER)
    assert len(text) <= 60


def test_a_bill_names_order_and_invoice(make: Any) -> None:
    """A bill's description begins with what a clerk looks for."""
    assert bill_text(make.bill(), MARKER) == f"Cin7 PO-00457 / INV-88412 {MARKER}"


@pytest.mark.parametrize(
    ("status", "order", "bill"),
    [
        ("On Hold", TargetStatus.DRAFT, TargetStatus.DRAFT),
        ("Balanced", TargetStatus.DRAFT, TargetStatus.DRAFT),
        ("Pending Approval", TargetStatus.AUTHORISED, TargetStatus.AUTHORISED),
        ("Pending Printing", TargetStatus.AUTHORISED, TargetStatus.DRAFT),
        ("Open", TargetStatus.AUTHORISED, TargetStatus.AUTHORISED),
        ("Closed", TargetStatus.AUTHORISED, TargetStatus.AUTHORISED),
        ("Completed", TargetStatus.AUTHORISED, TargetStatus.DRAFT),
        ("Canceled", TargetStatus.VOIDED, TargetStatus.DRAFT),
        ("Voided", TargetStatus.DRAFT, TargetStatus.VOIDED),
        ("Rejected", TargetStatus.VOIDED, TargetStatus.VOIDED),
        ("Something New", TargetStatus.DRAFT, TargetStatus.DRAFT),
    ],
)
def test_a_status_claims_no_more_than_it_says(status: str, order: TargetStatus, bill: TargetStatus) -> None:
    """A status of the other document, or of a customised workflow, is a draft at most."""
    assert order_status(status) is order
    assert bill_status(status) is bill


def test_the_rounding_of_prices_with_tax_goes_to_the_largest_line(make: Any) -> None:
    """Where prices include tax, derived line amounts come to the document's net exactly."""
    lines = (make.line(net=Decimal("33.34")), make.line(net=Decimal("66.67")))
    document = make.bill(lines=lines, net=Decimal(100), tax_inclusive=True)
    assert booked_nets(document) == [Decimal("33.34"), Decimal("66.66")]


def test_prices_without_tax_are_never_moved(make: Any) -> None:
    """Where prices do not include tax, line amounts are the source's own."""
    lines = (make.line(net=Decimal("33.34")), make.line(net=Decimal("66.67")))
    assert booked_nets(make.bill(lines=lines, net=Decimal(100))) == [Decimal("33.34"), Decimal("66.67")]


def test_taxes_come_to_the_tax_of_the_document(make: Any) -> None:
    """Tax rows are one a rule and come to the document's tax."""
    lines = (make.line(tax=Decimal("0.33")), make.line(tax=Decimal("0.33")), make.line(tax_rule="", tax=Decimal(0)))
    (row,) = tax_rows(make.bill(lines=lines, tax=Decimal("0.67")))
    assert (row.TaxID, row.TaxableAmount, row.TaxAmount) == ("SALESTAX", Decimal("91.60"), Decimal("0.67"))


def test_tax_rows_there_are_changed_by_their_id_and_others_deleted() -> None:
    """Taxes that are there keep their row, new ones are added, and those not meant any more are deleted."""
    there = [wire.Tax(id="1", TaxID="A"), wire.Tax(id="2", TaxID="B")]
    sent = tax_members([wire.Tax(TaxID="B"), wire.Tax(TaxID="C")], there)
    rows = {row.get("TaxID", row.get("id")): row for row in sent["TaxDetails"]}
    assert rows["B"]["id"] == "2"
    assert "id" not in rows["C"]
    assert rows["1"] == {"id": "1", "delete": True}


def test_a_debit_adjustment_has_no_due_date(make: Any) -> None:
    """A credit memo's due date is neither sent nor compared."""
    from ml_connector.systems.acumatica.translate_documents import bill_fields

    credit = make.bill(type=InvoiceType.CREDIT_MEMO)
    assert "due_date" not in bill_fields(credit)
    assert bill_fields(make.bill())["due_date"] == "2026-04-17"


def test_a_long_text_is_cut_as_the_field_stores_it(make: Any) -> None:
    """A line's text becomes one line of 256 characters, the same when sent and when compared."""
    (row,) = bill_rows(make.bill(lines=(make.line(description="two\nlines " + "x" * 300),)))
    assert row.description.startswith("two lines xxx")
    assert len(row.description) == 256


ROWS = st.lists(
    st.builds(
        Row,
        item=st.sampled_from(["", "A", "B"]),
        account=st.sampled_from(["", "1"]),
        description=st.sampled_from(["x", "y"]),
        quantity=st.integers(0, 3).map(Decimal),
        net=st.integers(0, 3).map(Decimal),
    ),
    max_size=6,
)


@given(ROWS, ROWS)
def test_changed_lines_leave_exactly_what_is_wanted(wanted: list[Row], present: list[Row]) -> None:
    """Applying the changes to any lines gives any wanted lines, and equal lines are not touched."""
    stored = {str(index): row for index, row in enumerate(present)}
    sent = line_changes([(row, {"row": row}) for row in wanted], [(row, key) for key, row in stored.items()])
    for number, change in enumerate(sent):
        if change.get("delete"):
            del stored[change["id"]]
        else:
            stored[change.get("id", f"new {number}")] = change["row"]
    assert sorted(stored.values()) == sorted(wanted)
    equal = sum((Counter(wanted) & Counter(present)).values())
    assert len([change for change in sent if "id" in change]) == len(present) - equal


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(rows: list[Row], random: Any) -> None:
    """The same lines in another order give the same fields."""
    other = list(rows)
    random.shuffle(other)
    assert line_fields(other) == line_fields(rows)

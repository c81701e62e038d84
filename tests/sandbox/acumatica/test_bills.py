"""Bills, debit adjustments and their rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

LINE = {"Account": "61500", "ExtendedCost": 100}


def _bill(vendor: str, *lines: dict[str, Any], **header: Any) -> dict[str, Any]:
    return {"Vendor": vendor, "Date": "2026-03-18", "Details": list(lines or [LINE]), **header}


def test_a_bill_is_on_hold_by_default(erp: Any, vendor: str) -> None:
    """Without Hold the preference decides between On Hold and Balanced."""
    assert erp.made("Bill", _bill(vendor))["Status"] == {"value": "On Hold"}
    erp.set(hold_documents_on_entry=False)
    assert erp.made("Bill", _bill(vendor))["Status"] == {"value": "Balanced"}


def test_the_amount_is_the_sum_of_lines_and_valid_taxes(erp: Any, vendor: str) -> None:
    """Tax rows count only with IsTaxValid; otherwise they are dropped and the tax is zero."""
    tax = [{"TaxID": "VAT20", "TaxRate": 20, "TaxableAmount": 100, "TaxAmount": 20.01}]
    path = "Bill?$expand=TaxDetails"
    valid = erp.made(path, _bill(vendor, IsTaxValid=True, TaxDetails=tax))
    assert (valid["TaxTotal"], valid["Amount"]) == ({"value": Decimal("20.01")}, {"value": Decimal("120.01")})
    assert valid["Balance"] == valid["Amount"]
    dropped = erp.made(path, _bill(vendor, TaxDetails=tax))
    assert (dropped["TaxTotal"], dropped["Amount"]) == ({"value": Decimal("0.0")}, {"value": Decimal("100.0")})
    assert dropped["TaxDetails"] == []


def test_the_same_tax_twice_is_a_server_exception(erp: Any, vendor: str) -> None:
    """Tax rows sent again without their id collide, and the save answers 500."""
    tax = [{"TaxID": "VAT20", "TaxAmount": 20}]
    made = erp.made("Bill", _bill(vendor, IsTaxValid=True, TaxDetails=tax))
    answer = erp.put("Bill", {"id": made["id"], "TaxDetails": tax})
    assert answer.status_code == 500
    assert "must be unique" in answer.json()["exceptionMessage"]


def test_the_extended_cost_is_quantity_times_cost_unless_sent(erp: Any, vendor: str) -> None:
    """A line's cost is computed and rounded half up to cents; a sent one is kept and gives the unit cost."""
    lines = [
        {"Account": "61500", "Qty": 3, "UnitCost": 0.335},
        {"Account": "61500", "Qty": 4, "UnitCost": 2, "ExtendedCost": 7.99},
        {"Account": "61500", "Qty": 4, "ExtendedCost": 10},
    ]
    rows = erp.made("Bill?$expand=Details", _bill(vendor, *lines))["Details"]
    costs = [(row["UnitCost"]["value"], row["ExtendedCost"]["value"]) for row in rows]
    assert costs == [(Decimal("0.335"), Decimal("1.01")), (2, Decimal("7.99")), (Decimal("2.5"), 10)]
    assert [row["Amount"] for row in rows] == [row["ExtendedCost"] for row in rows]


def test_no_float_noise_reaches_the_store(erp: Any, vendor: str) -> None:
    """Ten lines of 0.1 are exactly 1.0."""
    made = erp.made("Bill", _bill(vendor, *({"Account": "61500", "ExtendedCost": 0.1} for _ in range(10))))
    assert made["Amount"] == {"value": Decimal("1.0")}


def test_announced_totals_are_validated_when_switched_on(erp: Any, vendor: str) -> None:
    """A sent Amount is overwritten by the sum, but with the preference it must equal the sum to leave hold."""
    assert erp.made("Bill", _bill(vendor, Amount=1, Hold=False))["Amount"] == {"value": Decimal("100.0")}
    erp.set(validate_document_totals=True)
    assert erp.made("Bill", _bill(vendor, Amount=1, Hold=True))["Amount"] == {"value": Decimal("1.0")}
    body = erp.refused("Bill", _bill(vendor, Amount=99.99, Hold=False))
    assert "out of the balance" in body["Amount"]["error"]
    assert erp.made("Bill", _bill(vendor, Amount=100, Hold=False))["Status"] == {"value": "Balanced"}


def test_the_posting_period_follows_the_date(erp: Any, vendor: str) -> None:
    """PostPeriod is MMYYYY, derived from Date and moved with it."""
    made = erp.made("Bill", _bill(vendor))
    assert made["PostPeriod"] == {"value": "032026"}
    assert erp.made("Bill", {"id": made["id"], "Date": "2026-04-01"})["PostPeriod"] == {"value": "042026"}


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ({"Date": "2024-12-30"}, "The financial period 12-2024 is inactive."),
        ({"PostPeriod": "122024"}, "The financial period 12-2024 is inactive."),
        ({"PostPeriod": "202603"}, "Post Period '202603' cannot be found in the system."),
        ({"Date": "2031-01-01"}, "'Post Period' cannot be empty."),
    ],
)
def test_a_period_that_is_not_open_is_an_error(erp: Any, vendor: str, header: dict[str, str], text: str) -> None:
    """Closed, misspelt and missing periods are errors on PostPeriod."""
    assert erp.refused("Bill", _bill(vendor, **header))["PostPeriod"]["error"] == text


def test_a_period_closed_later_stops_the_bill(erp: Any, vendor: str) -> None:
    """A person closes the period in the calendar; then the bill cannot leave hold."""
    made = erp.made("Bill", _bill(vendor))
    year = erp.sim("GET", "state?entity=FinancialPeriod")["FinancialPeriod"][2]
    year["Details"][2]["Status"] = "Closed"
    erp.sim("POST", "edit", {"entity": "FinancialPeriod", "id": "2026", "set": {"Details": year["Details"]}})
    assert "inactive" in erp.refused("Bill", {"id": made["id"], "Hold": False})["PostPeriod"]["error"]


@pytest.mark.parametrize(
    ("line", "name", "text"),
    [
        ({"ExtendedCost": 1}, "Account", "cannot be empty"),
        ({"Account": "99999", "ExtendedCost": 1}, "Account", "Account '99999' cannot be found in the system."),
        ({"Account": "65000", "ExtendedCost": 1}, "Account", "inactive"),
        ({"Account": "20000", "ExtendedCost": 1}, "Account", "control account of AP"),
        ({"Account": "63000", "ExtendedCost": 1}, "Qty", "cannot be empty"),
        ({"Account": "61500", "Subaccount": "XX", "ExtendedCost": 1}, "Subaccount", "cannot be found"),
        ({"InventoryID": "APPLES", "Qty": 1, "UnitCost": 1}, "InventoryID", "stock item"),
        ({"InventoryID": "OLDSERVICE", "Qty": 1}, "InventoryID", "Inactive"),
        ({"InventoryID": "NOPE", "Qty": 1}, "InventoryID", "cannot be found"),
        ({**LINE, "Project": "TES2323T"}, "Project", "Project 'TES2323T' cannot be found in the system."),
        ({**LINE, "TransactionDescription": "x" * 257}, "TransactionDescription", "256"),
        ({"POOrderNbr": "NOPE", "POLine": 1}, "POOrderNbr", "cannot be found"),
        ({"POReceiptNbr": "NOPE", "POReceiptLine": 1}, "POReceiptNbr", "cannot be found"),
    ],
)
def test_a_wrong_line_is_an_error_in_its_row(erp: Any, vendor: str, line: dict[str, Any], name: str, text: str) -> None:
    """The recorded top text names the line record, the number is <NEW>, and the row carries the cause."""
    body = erp.refused("Bill", _bill(vendor, line))
    assert body["error"] == "Inserting  'AP Transactions' record raised at least one error. Please review the errors."
    assert body["ReferenceNbr"] == {"value": "<NEW>"}
    assert text in body["Details"][0][name]["error"]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ({"Vendor": "NOPE"}, "Vendor"),
        ({"CurrencyID": "NZD"}, "CurrencyID"),
        ({"Terms": "NOPE"}, "Terms"),
        ({"BranchID": "NOPE"}, "BranchID"),
        ({"VendorRef": "x" * 41}, "VendorRef"),
        ({"Type": "Credit Note"}, "Type"),
        ({"Date": "soon"}, "Date"),
    ],
)
def test_a_wrong_header_is_an_error_of_its_field(erp: Any, vendor: str, header: dict[str, str], name: str) -> None:
    """References, lengths, choices and dates of the header are checked."""
    body = erp.refused("Bill", {**_bill(vendor), **header})
    assert "error" in body[name]
    assert erp.sim("GET", "state?entity=Bill") == {"Bill": []}


def test_a_bill_off_hold_has_lines_and_no_negative_total(erp: Any, vendor: str) -> None:
    """An empty bill stays on hold, and a negative total is refused."""
    erp.made("Bill", {"Vendor": vendor, "Date": "2026-03-18", "Hold": True})
    assert "no lines" in erp.refused("Bill", {"Vendor": vendor, "Date": "2026-03-18", "Hold": False})["error"]
    body = erp.refused("Bill", _bill(vendor, {**LINE, "ExtendedCost": -1}))
    assert "greater than or equal" in body["Amount"]["error"]


def test_the_supplier_number_is_checked_when_switched_on(erp: Any, vendor: str) -> None:
    """Duplicates pass by default; the preferences ask for a number, and for a new one per type."""
    erp.made("Bill", _bill(vendor, VendorRef="INV-1"))
    erp.made("Bill", _bill(vendor, VendorRef="INV-1"))
    erp.set(duplicate_vendor_ref_error=True, require_vendor_ref=True)
    body = erp.refused("Bill", _bill(vendor, VendorRef="INV-1"))
    assert "already exists for this Vendor: Bill 000001 3/18/2026" in body["VendorRef"]["error"]
    assert "cannot be empty" in erp.refused("Bill", _bill(vendor))["VendorRef"]["error"]
    erp.made("Bill", _bill(vendor, Type="Debit Adj.", VendorRef="INV-1"))


def test_a_credit_note_is_a_debit_adjustment(erp: Any, vendor: str) -> None:
    """Debit adjustments carry positive amounts under their own type and are found by it."""
    made = erp.made("Bill", _bill(vendor, Type="Debit Adj.", VendorRef="CN-1"))
    assert (made["Type"], made["Amount"]) == ({"value": "Debit Adj."}, {"value": Decimal("100.0")})
    assert len(erp.rows("Bill", filter="Type eq 'Debit Adj.' and VendorRef eq 'CN-1'")) == 1


def _order(erp: Any, vendor: str, **header: Any) -> str:
    lines = [
        {"InventoryID": "APPLES", "OrderQty": 10, "UnitCost": 2},
        {"InventoryID": "CONSULT", "OrderQty": 1, "UnitCost": 50},
    ]
    sent = {"VendorID": vendor, "Hold": False, "Details": lines, **header}
    return str(erp.made("PurchaseOrder", sent)["OrderNbr"]["value"])


def test_an_order_without_line_brings_all_its_lines(erp: Any, vendor: str) -> None:
    """Order type and number alone add every line, stock lines on the accrual account."""
    order = _order(erp, vendor)
    made = erp.made("Bill?$expand=Details", _bill(vendor, {"POOrderType": "Normal", "POOrderNbr": order}))
    assert [row["POLine"]["value"] for row in made["Details"]] == [1, 2]
    assert [row["Account"]["value"] for row in made["Details"]] == ["20100", "60200"]
    assert made["Amount"] == {"value": Decimal("70.0")}


def test_an_order_must_be_open_and_the_vendors_own(erp: Any, vendor: str) -> None:
    """Orders on hold, of another vendor or in another currency cannot be billed."""
    erp.seed("Vendor", {"VendorID": "OTHER", "VendorName": "Other"})
    for order, text in (
        (_order(erp, vendor, Hold=True), "On Hold"),
        (_order(erp, "OTHER"), "another vendor"),
        (_order(erp, vendor, CurrencyID="EUR"), "EUR"),
    ):
        body = erp.refused("Bill", _bill(vendor, {"POOrderType": "Normal", "POOrderNbr": order, "POLine": 1}))
        assert text in body["Details"][0]["POOrderNbr"]["error"]


def test_stock_lines_may_be_billed_by_receipt_only(erp: Any, vendor: str) -> None:
    """With the billing basis receipt, a stock line of an order needs its receipt; a service line does not."""
    erp.set(billing_basis="receipt")
    link = {"POOrderType": "Normal", "POOrderNbr": _order(erp, vendor)}
    body = erp.refused("Bill", _bill(vendor, {**link, "POLine": 1}))
    assert "billed by receipt" in body["Details"][0]["POOrderNbr"]["error"]
    erp.made("Bill", _bill(vendor, {**link, "POLine": 2}))


def test_the_business_date_of_a_request_can_be_set(erp: Any, vendor: str) -> None:
    """Without Date a bill takes the business date of the header, else today's."""
    sent = {"Vendor": vendor, "Details": [LINE]}
    made = erp.put("Bill", sent, headers={"PX-CbApiBusinessDate": "2025-07-04"}).json()
    assert (made["Date"]["value"], made["PostPeriod"]["value"]) == ("2025-07-04T00:00:00+00:00", "072025")
    erp.sim("POST", "clock", {"set": "2026-02-03T12:00:00+00:00"})
    erp.sign_in()
    assert erp.made("Bill", sent)["Date"]["value"].startswith("2026-02-03T00")


def test_without_the_feature_subaccounts_stay_empty(erp: Any, vendor: str) -> None:
    """A sent subaccount is lost when the feature is off."""
    erp.set(subaccounts_feature=False)
    (row,) = erp.made("Bill?$expand=Details", _bill(vendor, {**LINE, "Subaccount": "000000"}))["Details"]
    assert row["Subaccount"] == {}


def test_an_equal_due_date_follows_a_new_date(erp: Any, vendor: str) -> None:
    """PUT skips a due date that is stored so already, and the terms then move it; sent once more, it is applied."""
    made = erp.made("Bill", _bill(vendor, DueDate="2026-05-01"))
    later = {"Type": "Bill", "ReferenceNbr": made["ReferenceNbr"]["value"], "Date": "2026-03-20"}
    first = erp.made("Bill", {**later, "DueDate": "2026-05-01"})
    assert not first["DueDate"]["value"].startswith("2026-05-01")
    second = erp.made("Bill", {**later, "DueDate": "2026-05-01"})
    assert second["DueDate"]["value"].startswith("2026-05-01")

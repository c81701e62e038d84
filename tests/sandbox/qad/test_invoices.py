"""Supplier invoices: recorded unmatched, matched with receipts, allocated to accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest


def _balances(erp: Any) -> dict[str, Decimal]:
    """What each account holds that is not zero."""
    sums: dict[str, Decimal] = {}
    for row in erp.state("postings"):
        sums[row["glAccountCode"]] = sums.get(row["glAccountCode"], Decimal(0)) + row["amount"]
    return {code: amount for code, amount in sums.items() if amount}


def _keys(invoice: dict[str, Any]) -> dict[str, Any]:
    return {name: invoice[name] for name in ("entityCode", "postingYear", "daybookCode", "voucher")}


def _codes(erp: Any, body: dict[str, Any]) -> list[tuple[str, str]]:
    result = erp.post("supplierInvoices", body)["submitResult"]
    assert result["success"] is False
    return [(row["fieldName"], row["code"]) for row in result["errors"]]


def test_an_invoice_without_receipt_is_recorded_as_initial(erp: Any, order: str, invoice_body: dict[str, Any]) -> None:
    """Nothing refuses an unmatched invoice: it stays on Unmatched Supplier Invoices with its initial status."""
    made = erp.made("supplierInvoices", invoice_body)
    assert (made["voucher"], made["postingYear"], made["postingPeriod"]) == (1, 2024, 5)
    assert (made["invoiceStatusCode"], made["isInitialStatus"], made["balance"]) == ("AP-INITIAL", True, 800)
    assert _balances(erp) == {"2150": 800, "2100": -800}
    assert erp.get("supplierInvoices", **_keys(made))["invoiceReference"] == "HS-5521"


def test_vouchers_are_numbered_by_year_and_daybook(erp: Any, supplier: str, invoice_body: dict[str, Any]) -> None:
    """Each year and daybook counts from one; a number of one's own is kept, and taken once."""
    numbers = [
        erp.made("supplierInvoices", {**invoice_body, "postingDate": day, "invoiceReference": day})["voucher"]
        for day in ("2024-05-20", "2024-12-31", "2025-01-01")
    ]
    assert numbers == [1, 2, 1]


def test_terms_and_due_date_are_filled(erp: Any, supplier: str, invoice_body: dict[str, Any]) -> None:
    """Without terms the supplier's count, and the due date follows from them."""
    made = erp.made("supplierInvoices", {**invoice_body, "creditTermsCode": "", "dueDate": ""})
    assert (made["creditTermsCode"], made["dueDate"]) == ("N30", "2024-06-18")


def test_a_duplicate_reference_is_only_a_warning(erp: Any, supplier: str, invoice_body: dict[str, Any]) -> None:
    """The same reference of the same supplier and type is stored a second time."""
    erp.made("supplierInvoices", invoice_body)
    second = erp.made("supplierInvoices", invoice_body)
    assert second["supplementaryMessages"][0]["message"] == "Reference HS-5521 exists on voucher 1"
    asked = {"entityCode": "10USACO", "supplierCode": supplier, "invoiceReference": "hs-5521"}
    assert [row["voucher"] for row in erp.find("supplierInvoices", **asked, invoiceType="Invoice")] == [1, 2]
    assert erp.find("supplierInvoices", **asked, invoiceType="CreditNote") == []
    assert len(erp.find("supplierInvoices", **asked)) == 2
    credit = {**invoice_body, "invoiceType": "CreditNote", "daybookCode": "SUPCN"}
    assert erp.made("supplierInvoices", credit)["supplementaryMessages"] == []


@pytest.mark.parametrize(("name", "value"), [
    ("supplierCode", "NOBODY"), ("invoiceType", "Bill"), ("daybookCode", "SUPCN"), ("currencyCode", "XXX"),
    ("invoiceStatusCode", "PAID"), ("creditTermsCode", "N99"), ("invoiceReference", ""), ("invoiceAmount", 0),
    ("invoiceDate", ""), ("postingDate", "tomorrow"), ("entityCode", "20UKCO"),
])  # fmt: skip
def test_a_header_needs_good_values(
    erp: Any, supplier: str, invoice_body: dict[str, Any], name: str, value: Any
) -> None:
    """What is missing or does not exist is called mandatory, and nothing is posted."""
    assert (name, "Field is mandatory") in erp.refused("supplierInvoices", {**invoice_body, name: value})
    assert erp.state("postings") == []


def test_a_closed_period_takes_no_invoice(erp: Any, supplier: str, invoice_body: dict[str, Any]) -> None:
    """A posting date in a closed period is refused."""
    erp.set(closed_until="2024-05-31")
    assert erp.refused("supplierInvoices", invoice_body) == [("postingDate", "Period is closed")]
    erp.made("supplierInvoices", {**invoice_body, "postingDate": "2024-06-01"})


def test_matching_moves_the_amount_to_the_receipts(erp: Any, order: str, matched: Any) -> None:
    """A matched invoice clears Unmatched and PO receipts, and takes the status after matching."""
    made = erp.made("supplierInvoices", matched(erp.receive((1, 200)), 200, 4))
    assert (made["invoiceStatusCode"], made["isInitialStatus"], made["allocatedAmount"]) == ("AP-RMALLOC", False, 800)
    assert _balances(erp) == {"1500": 800, "2100": -800}
    pending = erp.state("pvo_mstr")[0]
    assert (pending["pvo_vouchered_qty"], pending["pvo_last_voucher"]) == (200, "1")
    assert erp.state("pvod_det")[0]["pvod_vouchered_qty"] == 200
    history = erp.state("vph_hist")[0]
    assert (history["vph_nbr"], history["vph_inv_qty"], history["vph_inv_cost"]) == (order, 200, 4)


def test_an_unknown_receiver_is_invalid(erp: Any, order: str, matched: Any) -> None:
    """Without a receipt of that number and line the matching is refused and nothing is stored."""
    result = erp.post("supplierInvoices", matched("RC009999", 200, 4))["submitResult"]
    row = {"fieldName": "receiverNumber", "message": "Invalid receiver", "fieldValue": "RC009999", "code": "PVO-07"}
    assert result == {"success": False, "errors": [row]}
    assert erp.state("supplierInvoices") == []


def test_an_invoiced_receiver_is_invalid(erp: Any, order: str, matched: Any) -> None:
    """A receiver on which nothing is open any more cannot be matched again."""
    receiver = erp.receive((1, 200))
    erp.made("supplierInvoices", matched(receiver, 200, 4))
    assert _codes(erp, matched(receiver, 200, 4)) == [("receiverNumber", "PVO-07")]


def test_another_suppliers_receiver_is_invalid(erp: Any, order: str, matched: Any) -> None:
    """Only the supplier's own pending invoices can be matched."""
    receiver = erp.receive((1, 200))
    erp.seed("supplierV2s", {"supplierCode": "OTHER1", "businessRelationName": "Other"})
    body = {**matched(receiver, 200, 4), "supplierCode": "OTHER1"}
    assert _codes(erp, body) == [("purchaseOrderNumber", "1001"), ("receiverNumber", "PVO-07")]


def test_another_pending_invoices_id_is_invalid(erp: Any, order: str, matched: Any) -> None:
    """An id that is not the receiver's is refused, and so is one of another type."""
    receiver, other = erp.receive((1, 100)), erp.receive((1, 100))
    ids = {row["pvo_internal_ref"]: row["pvo_id"] for row in erp.state("pvo_mstr")}
    wrong = matched(receiver, 100, 4, line={"pendingInvoiceId": ids[other], "pendingInvoiceLine": 1})
    assert _codes(erp, wrong) == [("receiverNumber", "PVO-07")]
    erp.edit("pvo_mstr", str(ids[receiver]), pvo_internal_ref_type="09")
    right = matched(receiver, 100, 4, line={"pendingInvoiceId": ids[receiver]})
    assert _codes(erp, right) == [("receiverNumber", "PVO-07")]


@pytest.mark.parametrize(("line", "refused"), [
    ({"matchedQuantity": 201}, ("matchedQuantity", "Quantity exceeds the open quantity of the receiver")),
    ({"matchedQuantity": -1}, ("matchedQuantity", "Quantity exceeds the open quantity of the receiver")),
    ({"matchedQuantity": 0}, ("matchedQuantity", "Invoice Quantity cannot be zero")),
    ({"matchedUnitPrice": 0}, ("matchedUnitPrice", "Invoice Cost cannot be zero")),
    ({"purchaseOrderLine": 9}, ("purchaseOrderLine", "PO Line number does not exist")),
])  # fmt: skip
def test_a_matching_line_must_fit_the_receipt(
    erp: Any, order: str, matched: Any, line: dict[str, Any], refused: tuple[str, str]
) -> None:
    """Quantity, cost and line number are told in the words that clients quote."""
    assert refused in erp.refused("supplierInvoices", matched(erp.receive((1, 200)), 200, 4, line=line))


def test_two_lines_cannot_share_one_open_quantity(erp: Any, order: str, matched: Any) -> None:
    """Lines of one matching count together."""
    body = matched(erp.receive((1, 200)), 150, 4)
    body["receiverMatching"]["lines"] *= 2
    assert ("matchedQuantity", "2000") in _codes(erp, {**body, "invoiceAmount": 1200})


def test_a_part_can_be_matched_and_the_rest_stays_open(erp: Any, order: str, matched: Any) -> None:
    """A line that is not finished leaves the rest of the receipt for the next invoice."""
    receiver = erp.receive((1, 200))
    erp.made("supplierInvoices", matched(receiver, 150, 4, line={"isFinished": False}))
    assert erp.rows("ap007")[0]["pvo_mstr.pvo_vouchered_qty"] == 150
    erp.made("supplierInvoices", matched(receiver, 50, 4, invoiceReference="HS-5522"))
    assert erp.rows("ap007") == []


def test_a_finished_line_closes_the_rest(erp: Any, order: str, matched: Any) -> None:
    """What is left of a finished receipt is a usage variance and cannot be matched any more."""
    receiver = erp.receive((1, 200))
    made = erp.made("supplierInvoices", matched(receiver, 150, 4))
    assert made["receiverMatching"]["quantityVariance"] == 200
    assert _balances(erp) == {"1500": 800, "2100": -600, "5210": -200}
    assert _codes(erp, matched(receiver, 50, 4)) == [("receiverNumber", "PVO-07")]


def test_a_price_variance_within_tolerance_is_posted(erp: Any, order: str, matched: Any) -> None:
    """Five per cent more than the receipt's cost is posted to the variance account and nothing is held."""
    made = erp.made("supplierInvoices", matched(erp.receive((1, 200)), 200, 4.2))
    assert (made["receiverMatching"]["priceVariance"], made["holdAmount"]) == (40, 0)
    assert _balances(erp)["5200"] == 40


def test_a_price_variance_outside_tolerance_is_held_or_refused(erp: Any, order: str, matched: Any) -> None:
    """More than the tolerance is put on hold, or refused where the tenant does so."""
    receiver = erp.receive((1, 200))
    erp.set(tolerance_excess="refused")
    assert _codes(erp, matched(receiver, 200, 4.25)) == [("matchedUnitPrice", "2000")]
    erp.set(tolerance_excess="hold")
    made = erp.made("supplierInvoices", matched(receiver, 200, 4.25))
    assert (made["holdAmount"], made["invoiceStatusCode"]) == (50, "AP-RMALLOC")


def test_matching_must_add_up_to_the_invoice(erp: Any, order: str, matched: Any) -> None:
    """Tax and freight are GL lines beside the matching; a difference is refused, or stays on Unmatched."""
    receiver = erp.receive((1, 200))
    body = {**matched(receiver, 200, 4), "invoiceAmount": 858}
    assert erp.refused("supplierInvoices", body) == [("invoiceAmount", "Invoice is not fully allocated")]
    erp.set(matching_difference="open")
    half = matched(receiver, 100, 4, line={"isFinished": False})
    assert erp.made("supplierInvoices", {**half, "invoiceAmount": 405})["allocatedAmount"] == 400
    assert _balances(erp)["2150"] == 5
    erp.set(matching_difference="rejected")
    tax = [{"glAccountCode": "1200", "amount": 29, "taxCode": "OH-SALES"}]
    rest = {**matched(receiver, 100, 4), "invoiceAmount": 429, "supplierInvoiceGLLines": tax}
    assert erp.made("supplierInvoices", rest)["allocatedAmount"] == 429
    assert _balances(erp)["1200"] == 29


@pytest.mark.parametrize("difference", ["rejected", "open"])
def test_gl_lines_beside_a_matching_are_what_the_tenant_says(
    erp: Any, order: str, matched: Any, difference: str
) -> None:
    """Whether they may be there is not documented: they are taken, refused, or passed over with or without a word."""
    erp.set(matching_difference=difference)
    tax = {"supplierInvoiceGLLines": [{"glAccountCode": "1200", "amount": 29}], "invoiceAmount": 829}
    body = {**matched(erp.receive((1, 200)), 200, 4), **tax}
    erp.set(lines_beside_matching="refused")
    assert erp.refused("supplierInvoices", body)[0] == (
        "supplierInvoiceGLLines", "Receiver matching takes no GL lines"
    )  # fmt: skip
    erp.set(lines_beside_matching="ignored")
    if difference == "rejected":
        assert erp.refused("supplierInvoices", body) == [("invoiceAmount", "Invoice is not fully allocated")]
        return
    made = erp.made("supplierInvoices", body)
    assert (made["supplierInvoiceGLLines"], made["allocatedAmount"], made["invoiceStatusCode"]) == (
        [], 800, "AP-RMALLOC"
    )  # fmt: skip
    assert _balances(erp)["2150"] == 29


def test_the_answer_to_an_invoice_is_short(erp: Any, supplier: str, invoice_body: dict[str, Any]) -> None:
    """It tells number, period, status, balance and hash, not what was sent; a warning comes beside them."""
    told = {"uri", "voucher", "postingYear", "postingPeriod", "invoiceStatusCode", "balance", "concurrencyHash"}
    first, second = (erp.post("supplierInvoices", invoice_body)["data"]["supplierInvoices"][0] for _ in range(2))
    assert set(first) == told
    assert set(second) == told | {"supplementaryMessages"}


def test_a_recorded_invoice_is_matched_later(erp: Any, order: str, invoice_body: dict[str, Any], matched: Any) -> None:
    """Once the goods are there, the whole invoice with its matching is sent back and completed, once."""
    first = erp.made("supplierInvoices", invoice_body)
    matching = matched(erp.receive((1, 200)), 200, 4)["receiverMatching"]
    made = erp.made("supplierInvoices", {**first, "receiverMatching": matching}, **_keys(first))
    assert (made["invoiceStatusCode"], made["voucher"]) == ("AP-RMALLOC", first["voucher"])
    assert _balances(erp) == {"1500": 800, "2100": -800}
    erp.made("supplierInvoices", {**made, "description": "seen"}, **_keys(first))
    assert len(erp.state("vph_hist")) == 1
    fresh = erp.get("supplierInvoices", **_keys(first))
    fresh["receiverMatching"]["lines"][0]["matchedQuantity"] = 100
    assert ("receiverMatching", "Invoice is matched already") in erp.refused(
        "supplierInvoices", fresh, **_keys(first)
    )  # fmt: skip


def test_a_matching_that_is_not_final_changes_nothing(erp: Any, order: str, matched: Any) -> None:
    """A draft of a matching is kept with the invoice and moves no quantity."""
    body = matched(erp.receive((1, 200)), 200, 4)
    body["receiverMatching"]["isStatusFinal"] = False
    made = erp.made("supplierInvoices", body)
    assert (made["invoiceStatusCode"], made["allocatedAmount"]) == ("AP-INITIAL", 0)
    assert erp.state("vph_hist") == []


@pytest.mark.parametrize("name", ["invoiceAmount", "invoiceReference", "invoiceDate", "supplierCode"])
def test_what_is_posted_cannot_be_changed(erp: Any, supplier: str, invoice_body: dict[str, Any], name: str) -> None:
    """Amount, reference, dates and supplier of a posted invoice stay; the description may change."""
    made = erp.made("supplierInvoices", invoice_body)
    other = {"invoiceAmount": 801, "invoiceReference": "HS-9", "invoiceDate": "2024-05-18", "supplierCode": "OTHER1"}
    refused = erp.refused("supplierInvoices", {**made, name: other[name]}, **_keys(made))
    assert (name, "Field cannot be changed after posting") in refused
    assert erp.made("supplierInvoices", {**made, "description": "x"}, **_keys(made))["description"] == "x"


def test_the_status_decides_about_matching_and_allocation(
    erp: Any, order: str, invoice_body: dict[str, Any], matched: Any
) -> None:
    """A status without receiver matching refuses one, one without allocation refuses GL lines, one with needs them."""
    receiver = erp.receive((1, 200))
    body = {**matched(receiver, 200, 4), "invoiceStatusCode": "AP-GLALLOC"}
    assert erp.refused("supplierInvoices", body)[0][0] == "invoiceStatusCode"
    lines = [{"glAccountCode": "6200", "amount": 800}]
    assert erp.refused("supplierInvoices", {**invoice_body, "supplierInvoiceGLLines": lines})[0][0] == (
        "supplierInvoiceGLLines"
    )
    direct = {**invoice_body, "invoiceStatusCode": "AP-GLALLOC"}
    assert erp.refused("supplierInvoices", direct) == [("invoiceAmount", "Invoice is not fully allocated")]
    made = erp.made("supplierInvoices", {**direct, "supplierInvoiceGLLines": lines})
    assert (made["isInitialStatus"], made["allocatedAmount"]) == (False, 800)
    assert _balances(erp)["6200"] == 800


@pytest.mark.parametrize(("line", "field"), [
    ({"glAccountCode": "7777"}, "glAccountCode"), ({"glAccountCode": "6500"}, "glAccountCode"),
    ({"glAccountCode": "6200", "costCenterCode": "0100"}, "costCenterCode"),
    ({"glAccountCode": "6100"}, "costCenterCode"), ({"glAccountCode": "6300"}, "costCenterCode"),
    ({"glAccountCode": "6300", "costCenterCode": "0900"}, "costCenterCode"),
    ({"glAccountCode": "6300", "costCenterCode": "9999"}, "costCenterCode"),
    ({"glAccountCode": "6400", "projectCode": "NONE"}, "projectCode"),
    ({"glAccountCode": "6200", "taxCode": "NONE"}, "taxCode"),
])  # fmt: skip
def test_a_gl_line_must_be_allowed(
    erp: Any, supplier: str, invoice_body: dict[str, Any], line: dict[str, Any], field: str
) -> None:
    """Accounts must be active, and take a cost centre or project exactly as their analysis says."""
    body = {**invoice_body, "invoiceStatusCode": "AP-GLALLOC", "supplierInvoiceGLLines": [{"amount": 800, **line}]}
    assert erp.refused("supplierInvoices", body)[0][0] == field


def test_a_mask_refuses_codes_that_are_valid_each_by_itself(
    erp: Any, supplier: str, invoice_body: dict[str, Any]
) -> None:
    """Office supplies of production are allowed, those of sales are not, though account and cost centre are good."""
    body = {**invoice_body, "invoiceStatusCode": "AP-GLALLOC"}
    line = {"glAccountCode": "6100", "amount": 800, "costCenterCode": "0200"}
    refused = erp.refused("supplierInvoices", {**body, "supplierInvoiceGLLines": [line]})
    assert refused == [("glAccountCode", "Combination is not allowed by the COA mask")]
    erp.made("supplierInvoices", {**body, "supplierInvoiceGLLines": [{**line, "costCenterCode": "0110"}]})


def test_a_credit_note_matches_goods_that_went_back(erp: Any, order: str, matched: Any) -> None:
    """Goods returned after the invoice are credited: the amounts go the other way."""
    erp.made("supplierInvoices", matched(erp.receive((1, 200)), 200, 4))
    back = erp.receive((1, -20))
    credit = matched(back, -20, 4, invoiceType="CreditNote", daybookCode="SUPCN", invoiceReference="CN-1")
    made = erp.made("supplierInvoices", credit)
    assert (made["balance"], made["invoiceStatusCode"], made["allocatedAmount"]) == (-80, "AP-RMALLOC", 80)
    assert _balances(erp) == {"1500": 720, "2100": -720}
    assert erp.rows("ap007") == []


def test_the_sign_of_a_credit_note_is_a_convention(erp: Any, supplier: str, invoice_body: dict[str, Any]) -> None:
    """Amounts are above zero by default; a tenant may want credit notes below, or take both. Invoices never are."""
    credit = {**invoice_body, "invoiceType": "CreditNote", "daybookCode": "SUPCN", "invoiceAmount": -80}
    assert erp.refused("supplierInvoices", credit) == [("invoiceAmount", "Amount must be positive")]
    erp.set(credit_note_sign="negative")
    assert erp.made("supplierInvoices", credit)["balance"] == -80
    erp.set(credit_note_sign="any")
    assert erp.made("supplierInvoices", {**credit, "invoiceAmount": 80})["balance"] == -80
    assert erp.refused("supplierInvoices", {**invoice_body, "invoiceAmount": -80})[0][0] == "invoiceAmount"


def test_an_order_on_the_invoice_must_be_the_suppliers(erp: Any, order: str, invoice_body: dict[str, Any]) -> None:
    """Orders of others, and orders that do not exist, are refused."""
    body = {**invoice_body, "supplierInvoicePOs": [{"domainCode": "10USA", "purchaseOrderNumber": "NONE"}]}
    assert erp.refused("supplierInvoices", body) == [("purchaseOrderNumber", "Field is mandatory")]


def test_amounts_are_exact(erp: Any, supplier: str, invoice_body: dict[str, Any]) -> None:
    """Ten lines of 0.1 allocate an invoice of exactly 1.00."""
    lines = [{"glAccountCode": "6200", "amount": 0.1} for _ in range(10)]
    body = {**invoice_body, "invoiceStatusCode": "AP-GLALLOC", "invoiceAmount": 1, "supplierInvoiceGLLines": lines}
    assert erp.made("supplierInvoices", body)["allocatedAmount"] == 1
    assert _balances(erp) == {"6200": 1, "2100": -1}

"""Purchase orders: the header, and the five steps of each line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

KEYS = {"domainCode": "10USA", "purchaseOrderNumber": "P0002292"}


def test_an_order_without_number_gets_the_next(erp: Any, supplier: str, order_body: dict[str, Any]) -> None:
    """The tenant's sequence numbers an order that has no number of its own."""
    body = {**order_body, "purchaseOrderNumber": ""}
    numbers = [erp.made("purchaseOrderHeaders", body)["purchaseOrderNumber"] for _ in range(2)]
    assert numbers == ["PO000001", "PO000002"]


def test_an_order_number_has_eight_characters(erp: Any, supplier: str, order_body: dict[str, Any]) -> None:
    """A longer number is refused, not cut."""
    refused = erp.refused("purchaseOrderHeaders", {**order_body, "purchaseOrderNumber": "PO-002292"})
    assert refused == [("purchaseOrderNumber", "Value is longer than 8 characters")]


@pytest.mark.parametrize("name", [
    "supplierCode", "currencyCode", "creditTermsCode", "daybookSetCode", "shipToSite", "billToCode",
])  # fmt: skip
def test_a_header_needs_its_codes(erp: Any, supplier: str, order_body: dict[str, Any], name: str) -> None:
    """A mandatory code that is unknown keeps the header out."""
    assert erp.refused("purchaseOrderHeaders", {**order_body, name: "ZZZ"}) == [(name, "Field is mandatory")]


def test_an_order_of_another_domain_is_refused(erp: Any, supplier: str, order_body: dict[str, Any]) -> None:
    """The workspace's domain is the only one that can be written."""
    refused = erp.refused("purchaseOrderHeaders", {**order_body, "domainCode": "20UK"})
    assert ("domainCode", "Field is mandatory") in refused


def test_the_suppliers_defaults_come_with_its_field_change(erp: Any, supplier: str) -> None:
    """The field change of the supplier fills currency, terms, site and daybook set of a draft."""
    draft = erp.get("purchaseOrderHeaders", initialize="true", **KEYS)
    body = {"purchaseOrderHeaders": [{**draft, "supplierCode": supplier}]}
    answer = erp.ok("POST", "erp/purchaseOrderHeaders/fieldChange", body, fieldName="supplierCode")
    made = answer["data"]["purchaseOrderHeaders"][0]
    assert (made["currencyCode"], made["creditTermsCode"], made["shipToSite"]) == ("USD", "N30", "10-100")
    assert erp.state("purchaseOrderHeaders") == []


def test_the_wizard_fills_a_line_step_by_step(erp: Any, supplier: str, order_body: dict[str, Any]) -> None:
    """Site brings the location, item brings unit, description, cost and account, and each answer is the draft."""
    erp.made("purchaseOrderHeaders", order_body)
    draft = erp.blank_line()
    assert (draft["purchaseOrderLine"], draft["dataOperation"], draft["dueDate"]) == (1, "C", "2024-05-20")
    draft = erp.change(draft, "siteCode", "10-100")
    assert (draft["locationCode"], draft["unitOfMeasure"]) == ("RECV", "")
    draft = erp.change(draft, "itemCode", "BR-100")
    assert (draft["unitOfMeasure"], draft["purchaseCost"]) == ("EA", Decimal("12.50"))
    assert (draft["itemDescription"], draft["glAccountCode"]) == ("Brass fitting", "1500")


def test_a_line_without_field_changes_has_no_unit_and_no_cost(
    erp: Any, supplier: str, order_body: dict[str, Any]
) -> None:
    """A draft posted straight away is stored as it is: nothing is filled in."""
    erp.made("purchaseOrderHeaders", order_body)
    answer = erp.grid({**erp.blank_line(), "siteCode": "10-100", "itemCode": "ST-200", "quantityOrdered": 5})
    assert answer["submitResult"]["success"] is True
    line = answer["data"]["purchaseOrderLines"][0]
    assert (line["unitOfMeasure"], line["purchaseCost"]) == ("", 0)


def test_the_item_before_the_site_brings_nothing(erp: Any, supplier: str, order_body: dict[str, Any]) -> None:
    """Field changes out of order leave unit and cost empty."""
    erp.made("purchaseOrderHeaders", order_body)
    draft = erp.change(erp.change(erp.blank_line(), "itemCode", "ST-200"), "siteCode", "10-100")
    assert (draft["unitOfMeasure"], draft["purchaseCost"]) == ("", 0)


def test_the_quantity_prices_the_line_anew(erp: Any, supplier: str, order_body: dict[str, Any]) -> None:
    """A cost set before the quantity is overwritten by the item's, unless the tenant does not reprice."""
    erp.made("purchaseOrderHeaders", order_body)
    draft = erp.change(erp.change(erp.blank_line(), "siteCode", "10-100"), "itemCode", "ST-200")
    draft = erp.change(draft, "purchaseCost", 9)
    assert erp.change(draft, "quantityOrdered", 5)["purchaseCost"] == Decimal("4.00")
    erp.set(reprice_on_quantity=False)
    assert erp.change(draft, "quantityOrdered", 5)["purchaseCost"] == 9


def test_a_field_change_complains_of_an_unknown_item(erp: Any, order: str) -> None:
    """A field change is rejected in the shape of a submit, and an unknown field is 500."""
    body = {"purchaseOrderLines": [{**erp.blank_line(), "itemCode": "NOPE"}]}
    answer = erp.ok("POST", "erp/purchaseOrderLines/fieldChangeV2", body, fieldName="itemCode")
    assert answer["submitResult"]["errors"][0]["fieldValue"] == "NOPE"
    assert erp.call("POST", "erp/purchaseOrderLines/fieldChangeV2", body, fieldName="nothing").status_code == 500


def test_a_line_posted_twice_is_there_twice(erp: Any, supplier: str, order_body: dict[str, Any]) -> None:
    """The system assigns the number, so that the same new line sent again becomes the next line."""
    erp.made("purchaseOrderHeaders", order_body)
    first = erp.change(erp.change(erp.blank_line(), "siteCode", "10-100"), "itemCode", "ST-200")
    first["quantityOrdered"] = 5
    numbers = [erp.grid(first)["data"]["purchaseOrderLines"][0]["purchaseOrderLine"] for _ in range(2)]
    assert numbers == [1, 2]
    erp.set(taken_line_number="rejected")
    assert erp.grid(first)["submitResult"]["errors"][0]["message"] == "Record already exists"


def test_two_new_lines_of_one_number_get_two_numbers(erp: Any, order: str) -> None:
    """A grid of two drafts with the same number stores both."""
    draft = {**erp.blank_line(), "siteCode": "10-100", "itemCode": "ST-200", "quantityOrdered": 5}
    rows = erp.grid(draft, draft)["data"]["purchaseOrderLines"]
    assert [row["purchaseOrderLine"] for row in rows] == [2, 3]


def test_the_grid_reads_all_lines_and_changes_one(erp: Any, order: str) -> None:
    """The grid answers the lines of an order; one sent back with its hash is changed, with an old hash it is not."""
    erp.wizard("BR-100", 3, 12)
    rows = erp.ok("GET", "erp/purchaseOrderLinesGrid", **KEYS)["data"]["purchaseOrderLines"]
    assert [(row["purchaseOrderLine"], row["itemCode"]) for row in rows] == [(1, "ST-200"), (2, "BR-100")]
    assert erp.grid({**rows[1], "quantityOrdered": 4})["data"]["purchaseOrderLines"][0]["quantityOrdered"] == 4
    assert erp.grid({**rows[1], "quantityOrdered": 6})["submitResult"]["errors"][0]["fieldName"] == "concurrencyHash"


def test_a_single_line_is_read_by_its_key(erp: Any, order: str) -> None:
    """The line entity answers one line, or all of the order when no line is named."""
    assert erp.get("purchaseOrderLines", **KEYS, purchaseOrderLine="1")["quantityOrdered"] == 200
    assert len(erp.find("purchaseOrderLines", **KEYS)) == 1


@pytest.mark.parametrize(("changes", "field"), [
    ({"itemCode": "NOPE"}, "itemCode"), ({"siteCode": "20-100"}, "siteCode"),
    ({"quantityOrdered": 0}, "quantityOrdered"), ({"purchaseOrderNumber": "NONE"}, "purchaseOrderNumber"),
])  # fmt: skip
def test_a_line_is_checked_when_it_is_stored(erp: Any, order: str, changes: dict[str, Any], field: str) -> None:
    """Item, site, quantity and order of a line must be good."""
    good = {**erp.blank_line(), "siteCode": "10-100", "itemCode": "ST-200", "quantityOrdered": 5}
    assert erp.grid({**good, **changes})["submitResult"]["errors"][0]["fieldName"] == field


def test_a_memo_line_needs_no_item_but_an_account(erp: Any, order: str) -> None:
    """A line of type M is something that is no item; it names the account."""
    memo = {**erp.blank_line(), "siteCode": "10-100", "lineType": "M", "itemCode": "Freight", "quantityOrdered": 1}
    assert erp.grid(memo)["submitResult"]["errors"][0]["fieldName"] == "glAccountCode"
    assert erp.grid({**memo, "glAccountCode": "6200"})["submitResult"]["success"] is True


@pytest.mark.parametrize("status", ["C", "X"])
def test_a_closed_or_cancelled_order_takes_no_lines(erp: Any, order: str, status: str) -> None:
    """An order that a person has closed or cancelled cannot be added to."""
    draft = {**erp.blank_line(), "siteCode": "10-100", "itemCode": "ST-200", "quantityOrdered": 5}
    erp.edit("purchaseOrderHeaders", f"10USA.{order}", orderStatus=status)
    assert erp.grid(draft)["submitResult"]["errors"][0]["message"] == "Purchase order is closed or cancelled"


def test_a_received_line_is_told_and_stays_what_it_is(erp: Any, order: str) -> None:
    """Once goods have come, item and order stay, and the quantity cannot fall below what has come."""
    asked = {**KEYS, "purchaseOrderLine": 1}
    path = "erp/purchaseOrderLines/isReceivedPurchaseOrderLineV2"
    assert erp.ok("GET", path, **asked)["data"] == {"isReceived": False}
    erp.receive((1, 50))
    assert erp.ok("GET", path, **asked)["data"] == {"isReceived": True}
    line = erp.get("purchaseOrderLines", **asked)
    assert line["quantityReceived"] == 50
    assert erp.grid({**line, "quantityOrdered": 49})["submitResult"]["errors"][0]["fieldName"] == "quantityOrdered"
    assert erp.grid({**line, "itemCode": "BR-100"})["submitResult"]["errors"][0]["fieldName"] == "itemCode"
    header = erp.get("purchaseOrderHeaders", **KEYS)
    refused = erp.refused("purchaseOrderHeaders", {**header, "orderStatus": "X"}, **KEYS)
    assert refused == [("orderStatus", "Receipts exist for this order")]

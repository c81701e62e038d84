"""Purchase orders and receipts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

LINE = {"InventoryID": "CONSULT", "OrderQty": 2, "UnitCost": 10}


def _order(vendor: str, *lines: dict[str, Any], **header: Any) -> dict[str, Any]:
    return {"VendorID": vendor, "Details": list(lines or [LINE]), **header}


def test_each_put_without_number_makes_another_order(erp: Any, vendor: str) -> None:
    """There is no idempotency: the same body twice is two orders with two numbers."""
    numbers = [erp.made("PurchaseOrder", _order(vendor))["OrderNbr"]["value"] for _ in range(2)]
    assert numbers == ["000001", "000002"]


def test_an_unknown_number_is_ignored(erp: Any, vendor: str) -> None:
    """A sent OrderNbr that does not exist is replaced by the next number."""
    made = erp.made("PurchaseOrder", _order(vendor, Type="Normal", OrderNbr="MY-1"))
    assert made["OrderNbr"] == {"value": "000001"}


def test_an_order_is_on_hold_by_default(erp: Any, vendor: str) -> None:
    """Without Hold the preference decides."""
    assert erp.made("PurchaseOrder", _order(vendor))["Status"] == {"value": "On Hold"}
    erp.set(hold_orders_on_entry=False)
    assert erp.made("PurchaseOrder", _order(vendor))["Status"] == {"value": "Open"}


@pytest.mark.parametrize(
    ("flags", "switches", "status"),
    [
        ({}, {}, "Open"),
        ({"PrintOrders": True}, {}, "Pending Printing"),
        ({"SendOrdersbyEmail": True}, {}, "Pending Email"),
        ({"PrintOrders": True}, {"order_approval": True}, "Pending Approval"),
    ],
)
def test_the_status_off_hold_depends_on_vendor_and_preferences(
    erp: Any, vendor: str, flags: dict[str, bool], switches: dict[str, bool], status: str
) -> None:
    """Off hold an order is open, or waits for approval, printing or e-mail."""
    erp.set(**switches)
    erp.sim("POST", "edit", {"entity": "Vendor", "id": vendor, "set": flags})
    made = erp.made("PurchaseOrder", _order(vendor, Hold=False))
    assert made["Status"] == {"value": status}


def test_rows_are_matched_by_id_alone(erp: Any, vendor: str) -> None:
    """A row with id is updated or deleted, one without id is appended although it repeats a line number."""
    path = "PurchaseOrder?$expand=Details"
    made = erp.made(path, _order(vendor, LINE, {**LINE, "UnitCost": 5}))
    keys = {"Type": "Normal", "OrderNbr": made["OrderNbr"]["value"]}
    first, second = (row["id"] for row in made["Details"])
    updated = erp.made(
        path,
        {**keys, "Details": [{"id": first, "OrderQty": 3}, {"id": second, "delete": True}, {"LineNbr": 1, **LINE}]},
    )
    assert [(row["id"] == first, row["LineNbr"]["value"]) for row in updated["Details"]] == [(True, 1), (False, 2)]
    assert updated["Details"][0]["ExtendedCost"] == {"value": Decimal("30.0")}
    assert updated["OrderTotal"] == {"value": Decimal("50.0")}
    unknown = erp.put(path, {**keys, "Details": [{"id": second, "OrderQty": 1}]})
    assert unknown.status_code == 500


def test_the_text_of_a_line_is_its_line_description(erp: Any, vendor: str) -> None:
    """Description is the account's and cannot be written; the text goes into LineDescription."""
    line = {**LINE, "Description": "lost", "LineDescription": "kept"}
    (row,) = erp.made("PurchaseOrder?$expand=Details", _order(vendor, line))["Details"]
    assert (row["LineDescription"], row["Description"]) == ({"value": "kept"}, {"value": "Consulting Services"})


@pytest.mark.parametrize(
    ("line", "name", "text"),
    [
        ({"InventoryID": "NOPE"}, "InventoryID", "cannot be found"),
        ({"InventoryID": "OLDPEARS"}, "InventoryID", "Inactive"),
        ({"InventoryID": "APPLES", "UOM": "EA"}, "UOM", "Unit conversion"),
        ({"InventoryID": "APPLES", "WarehouseID": "MOON"}, "WarehouseID", "cannot be found"),
        ({"InventoryID": "CONSULT", "Account": "65000"}, "Account", "inactive"),
        ({"LineType": "Goods for IN"}, "InventoryID", "cannot be empty"),
        ({"LineDescription": "service without account"}, "Account", "cannot be empty"),
        ({"InventoryID": "CONSULT", "TaxCategory": "NOPE"}, "TaxCategory", "cannot be found"),
        ({"InventoryID": "CONSULT", "LineType": "Nonsense"}, "LineType", "not allowed"),
        ({"InventoryID": "CONSULT", "LineDescription": "x" * 257}, "LineDescription", "256"),
    ],
)
def test_a_wrong_line_is_an_error_in_its_row(erp: Any, vendor: str, line: dict[str, Any], name: str, text: str) -> None:
    """The echo carries the error inside the failing row, and the number is <NEW>."""
    body = erp.refused("PurchaseOrder", _order(vendor, {**line, "OrderQty": 1}))
    assert text in body["Details"][0][name]["error"]
    assert body["OrderNbr"] == {"value": "<NEW>"}
    assert "'Purchase Order Line' record" in body["error"]


def test_a_vendor_must_exist_and_be_active(erp: Any, vendor: str) -> None:
    """An unknown and an inactive vendor are errors on VendorID."""
    assert "cannot be found" in erp.refused("PurchaseOrder", _order("NOPE"))["VendorID"]["error"]
    erp.sim("POST", "edit", {"entity": "Vendor", "id": vendor, "set": {"Status": "Inactive"}})
    assert "Inactive" in erp.refused("PurchaseOrder", _order(vendor))["VendorID"]["error"]


def test_the_control_total_counts_only_when_validated(erp: Any, vendor: str) -> None:
    """With the preference an order whose control total differs cannot leave hold."""
    assert erp.made("PurchaseOrder", _order(vendor, Hold=False))["ControlTotal"] == {"value": Decimal("0.0")}
    erp.set(validate_order_totals=True)
    erp.made("PurchaseOrder", _order(vendor, Hold=True))
    body = erp.refused("PurchaseOrder", _order(vendor, Hold=False, ControlTotal=19.99))
    assert "out of the balance" in body["ControlTotal"]["error"]
    erp.made("PurchaseOrder", _order(vendor, Hold=False, ControlTotal=20))


def test_a_cancelled_order_cannot_be_changed(erp: Any, vendor: str) -> None:
    """After CancelOrder a PUT is refused."""
    erp.set(action_mode="immediate")
    made = erp.made("PurchaseOrder", _order(vendor, Hold=False))
    assert erp.call("POST", "PurchaseOrder/CancelOrder", {"entity": {"id": made["id"]}}).status_code == 204
    body = erp.refused("PurchaseOrder", {"id": made["id"], "Description": "late"})
    assert "Canceled" in body["error"]


def test_a_receipt_moves_the_order_and_makes_the_bill(erp: Any, vendor: str) -> None:
    """Releasing a receipt of a whole order completes the order and, when asked, makes a bill with its VendorRef."""
    erp.set(action_mode="immediate")
    apples = {"InventoryID": "APPLES", "OrderQty": 10, "UnitCost": 2}
    order = erp.made("PurchaseOrder", _order(vendor, apples, Hold=False))
    receipt = erp.made(
        "PurchaseReceipt?$expand=Details",
        {
            "VendorID": vendor,
            "VendorRef": "INV-7",
            "CreateBill": True,
            "Hold": False,
            "Date": "2026-03-01",
            "Details": [{"POOrderType": "Normal", "POOrderNbr": order["OrderNbr"]["value"]}],
        },
    )
    assert receipt["Details"][0]["ReceiptQty"] == {"value": Decimal("10.0")}
    entity = {"entity": {"Type": {"value": "Receipt"}, "ReceiptNbr": receipt["ReceiptNbr"]}}
    assert erp.call("POST", "PurchaseReceipt/ReleasePurchaseReceipt", entity).status_code == 204
    after = erp.call("GET", f"PurchaseOrder/Normal/{order['OrderNbr']['value']}?$expand=Details").json()
    assert (after["Status"]["value"], after["Details"][0]["QtyOnReceipts"]["value"]) == ("Completed", 10.0)
    (bill,) = erp.rows("Bill", filter="VendorRef eq 'INV-7'")
    assert bill["Amount"] == {"value": Decimal("20.0")}


@pytest.mark.parametrize(
    ("headers", "body", "branch"),
    [
        ({}, {}, "HEADOFFICE"),
        ({"PX-CbApiBranch": "West Coast"}, {}, "WEST"),
        ({"PX-CbApiBranch": "West Coast"}, {"Branch": "HEADOFFICE"}, "HEADOFFICE"),
        ({}, {"Branch": "WEST"}, "WEST"),
    ],
)
def test_the_branch_is_the_bodys_else_the_requests(
    erp: Any, vendor: str, headers: dict[str, str], body: dict[str, str], branch: str
) -> None:
    """The body takes a branch's ID, the request header its name, for this request only."""
    erp.set(branches=["HEADOFFICE", "WEST"], branch_names={"WEST": "West Coast"})
    answer = erp.put("PurchaseOrder?$expand=Details", _order(vendor, **body), headers=headers)
    assert answer.json()["Branch"] == {"value": branch}
    assert answer.json()["Details"][0]["BranchID"] == {"value": branch}


def test_an_unknown_branch_is_refused(erp: Any, vendor: str) -> None:
    """Neither an unknown ID in the body nor an ID in the header, which takes names, is accepted."""
    assert "cannot be found" in erp.refused("PurchaseOrder", _order(vendor, Branch="EAST"))["Branch"]["error"]
    answer = erp.put("PurchaseOrder", _order(vendor), headers={"PX-CbApiBranch": "HEADOFFICE"})
    assert (answer.status_code, answer.json()["exceptionMessage"]) == (
        500,
        "Branch 'HEADOFFICE' cannot be found in the system.",
    )


def test_an_equal_amount_does_not_count_as_sent(erp: Any, vendor: str) -> None:
    """PUT skips what is stored so already: the amount sent along follows the new quantity; PATCH applies it."""
    path = "PurchaseOrder?$expand=Details"
    made = erp.made(path, _order(vendor))
    row = {"id": made["Details"][0]["id"], "UnitCost": 10, "ExtendedCost": 20}
    keys = {"Type": "Normal", "OrderNbr": made["OrderNbr"]["value"]}
    (put,) = erp.made(path, {**keys, "Details": [{**row, "OrderQty": 3}]})["Details"]
    assert put["ExtendedCost"] == {"value": Decimal("30.0")}
    erp.version = "25.200.001"
    wrapped = {name: {"value": value} for name, value in {"OrderQty": 4, "UnitCost": 10, "ExtendedCost": 30}.items()}
    body = {name: {"value": value} for name, value in keys.items()}
    patched = erp.call("PATCH", path, {**body, "Details": [{"id": row["id"], **wrapped}]}).json(parse_float=Decimal)
    assert patched["Details"][0]["ExtendedCost"] == {"value": Decimal("30.0")}

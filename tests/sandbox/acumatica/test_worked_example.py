"""The life of a supplier, an order and a bill, in the shapes of the public samples."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import requests


def test_a_supplier_an_order_and_a_bill_go_through_their_lives(erp: Any) -> None:
    """Vendor, order and linked bill are created, changed, taken off hold and released with the documented shapes."""
    erp.set(vendor_numbering="manual")
    _create_vendor(erp)
    order = _create_order(erp)
    _take_order_off_hold(erp, order["OrderNbr"]["value"])
    number = _create_bill(erp, order["OrderNbr"]["value"])
    _release(erp, number)


def _create_vendor(erp: Any) -> None:
    sent = {
        "VendorID": "ACMESUPPLY",
        "VendorName": "Acme Supply Ltd",
        "VendorClass": "SUPPLIER",
        "AccountRef": "CIN7-000231",
        "Terms": "NET30",
        "CurrencyID": "USD",
        "PrintOrders": False,
        "SendOrdersbyEmail": False,
        "MainContact": {
            "Email": "accounts@acmesupply.example",
            "Address": {"AddressLine1": "4030 Lake Washington Blvd NE", "City": "Kirkland", "Country": "US"},
        },
    }
    path = "Vendor?$expand=MainContact,MainContact/Address"
    made = erp.put(path, sent, headers={"If-None-Match": "*"}).json()
    assert made["VendorID"] == {"value": "ACMESUPPLY"}
    assert made["MainContact"]["Address"]["City"] == {"value": "Kirkland"}
    assert made["TaxZone"] == {}
    assert made["custom"] == {}
    assert "Attributes" not in made
    assert erp.put(path, sent, headers={"If-None-Match": "*"}).status_code == 412


def _create_order(erp: Any) -> dict[str, Any]:
    made: dict[str, Any] = erp.made(
        "PurchaseOrder?$expand=Details",
        {
            "Type": "Normal",
            "VendorID": "ACMESUPPLY",
            "VendorRef": "PO-00457",
            "Date": "2025-03-03",
            "PromisedOn": "2025-03-17",
            "Hold": True,
            "Details": [
                {
                    "InventoryID": "APPLES",
                    "WarehouseID": "WHOLESALE",
                    "OrderQty": 20,
                    "UOM": "LB",
                    "UnitCost": 2.29,
                    "LineDescription": "Apples, loose",
                },
                {
                    "InventoryID": "FREIGHTIN",
                    "LineType": "Service",
                    "OrderQty": 1,
                    "UnitCost": 35.0,
                    "Account": "62300",
                    "Subaccount": "000000",
                    "LineDescription": "Inbound freight",
                },
            ],
        },
    )
    first, second = made["Details"]
    assert made["Status"] == {"value": "On Hold"}
    assert made["OrderTotal"] == {"value": Decimal("80.8")}
    assert made["Date"] == {"value": "2025-03-03T00:00:00+00:00"}
    assert made["Terms"] == {"value": "NET30"}
    assert first["ExtendedCost"] == {"value": Decimal("45.8")}
    assert first["LineType"] == {"value": "Goods for IN"}
    assert first["Account"] == {}
    assert first["note"] is None
    assert (second["rowNumber"], second["LineNbr"], second["UOM"]) == (2, {"value": 2}, {"value": "EA"})
    assert second["OrderQty"] == {"value": Decimal("1.0")}
    return made


def _take_order_off_hold(erp: Any, number: str) -> None:
    answer = erp.put(
        "PurchaseOrder?$select=Type,OrderNbr,Status,Hold",
        {"Type": "Normal", "OrderNbr": number, "Hold": False},
        headers={"If-Match": "*"},
    )
    body = answer.json()
    assert body["Status"] == {"value": "Open"}
    assert list(body) == ["id", "rowNumber", "note", "Hold", "OrderNbr", "Status", "Type", "custom"]


def _create_bill(erp: Any, order: str) -> str:
    made = erp.made(
        "Bill?$expand=Details",
        {
            "Type": "Bill",
            "Vendor": "ACMESUPPLY",
            "VendorRef": "INV-88412",
            "Date": "2025-03-18",
            "PostPeriod": "032025",
            "Amount": 93.3,
            "Hold": True,
            "Details": [
                {"POOrderType": "Normal", "POOrderNbr": order, "POLine": 2, "Qty": 1, "UnitCost": 35.0},
                {
                    "Account": "50000",
                    "TransactionDescription": "Apples (expensed)",
                    "Qty": 20,
                    "UnitCost": 2.29,
                    "ExtendedCost": 45.8,
                },
                {"Account": "61500", "TransactionDescription": "Fuel surcharge", "ExtendedCost": 12.5},
            ],
        },
    )
    linked = made["Details"][0]
    assert (made["Amount"], made["Balance"]) == ({"value": Decimal("93.3")}, {"value": Decimal("93.3")})
    assert made["DueDate"] == {"value": "2025-04-17T00:00:00+00:00"}
    assert linked["Account"] == {"value": "62300"}
    assert linked["Description"] == {"value": "Freight expense"}
    assert linked["TransactionDescription"] == {"value": "Inbound freight"}
    assert linked["InventoryID"] == {"value": "FREIGHTIN"}
    assert linked["POReceiptNbr"] == {}
    assert made["Details"][1]["Subaccount"] == {"value": "000000"}
    return str(made["ReferenceNbr"]["value"])


def _release(erp: Any, number: str) -> None:
    keys = {"Type": "Bill", "ReferenceNbr": number}
    assert erp.made("Bill", {**keys, "Hold": False})["Status"] == {"value": "Balanced"}
    body = {"entity": {name: {"value": value} for name, value in keys.items()}}
    answer = erp.call("POST", "Bill/ReleaseBill", body)
    assert (answer.status_code, answer.content) == (202, b"")
    location = answer.headers["Location"]
    assert location.startswith("/entity/Default/24.200.001/Bill/ReleaseBill/status/")
    polls = [erp.http.get(erp.url + location, timeout=10).status_code for _ in range(3)]
    assert polls == [202, 202, 204]
    read = erp.call("GET", f"Bill/Bill/{number}?$select=Type,ReferenceNbr,Status,Balance").json()
    assert (read["Status"], read["Balance"]) == ({"value": "Open"}, {"value": 93.3})


def test_changed_vendors_come_page_by_page(erp: Any) -> None:
    """A list filtered by stamp answers $skip and $top, pruned to the selected members of both levels."""
    for number in range(1, 4):
        erp.seed(
            "Vendor",
            {
                "VendorID": f"V{number}",
                "VendorName": f"Vendor {number}",
                "LastModifiedDateTime": f"2025-03-0{number}T09:41:07.163+00:00",
                "MainContact": {"Email": "ap@goodfruits.example", "Address": {"Country": "US", "City": "Little Falls"}},
            },
        )
    rows = erp.rows(
        "Vendor",
        filter="LastModifiedDateTime gt datetimeoffset'2025-03-01T10:00:00.000+00:00'",
        select="VendorID,LastModifiedDateTime,MainContact/Email,MainContact/Address/City,MainContact/Address/Country",
        expand="MainContact,MainContact/Address",
        top="2",
        skip="1",
    )
    (row,) = rows
    assert row["VendorID"] == {"value": "V3"}
    assert row["LastModifiedDateTime"] == {"value": "2025-03-03T09:41:07.163+00:00"}
    assert set(row["MainContact"]) == {"id", "rowNumber", "note", "Email", "Address", "custom"}
    assert set(row["MainContact"]["Address"]) == {"id", "rowNumber", "note", "City", "Country", "custom"}


def test_accounts_are_listed(erp: Any) -> None:
    """Active accounts are listed with the selected fields, empty ones as an empty object."""
    rows = erp.rows("Account", filter="Active eq true", select="AccountCD,Active,CurrencyID,Type", top="500")
    by_code = {row["AccountCD"]["value"]: row for row in rows}
    assert by_code["10100"]["CurrencyID"] == {"value": "USD"}
    assert by_code["62300"]["CurrencyID"] == {}
    assert "65000" not in by_code


def test_the_root_lists_the_published_endpoints(erp: Any) -> None:
    """GET /entity needs no token and answers the object of current or the array of older builds."""
    body = requests.get(f"{erp.url}/entity", timeout=10).json()
    assert [item["version"] for item in body["endpoints"]] == ["23.200.001", "24.200.001", "25.200.001"]
    assert body["endpoints"][1]["href"] == "/entity/Default/24.200.001/"
    assert "acumaticaBuildVersion" in body["version"]
    erp.set(entity_root="array")
    assert requests.get(f"{erp.url}/entity", timeout=10).json() == body["endpoints"]

"""Lists, single records, options, versions."""

from __future__ import annotations

from typing import Any

import pytest
import requests


@pytest.mark.usefixtures("vendor")
def test_every_scalar_comes_and_details_only_when_expanded(erp: Any) -> None:
    """A record carries each scalar of the contract, empty ones as {}, and no linked entity unless asked for."""
    row = erp.call("GET", "Vendor/ACMESUPPLY").json()
    assert row["AccountRef"] == {}
    assert row["VendorClass"] == {"value": "SUPPLIER"}
    assert row["note"] == {"value": ""}
    assert {"MainContact", "Attributes"}.isdisjoint(row)
    assert len(set(row) - {"id", "rowNumber", "note", "custom"}) == 48


def test_a_key_that_finds_nothing_answers_500(erp: Any) -> None:
    """A by-key miss is a server exception; a filter that finds nothing is an empty list."""
    answer = erp.call("GET", "Vendor/NOPE")
    assert answer.status_code == 500
    assert answer.json()["exceptionType"].endswith("NoEntitySatisfiesTheConditionException")
    assert erp.rows("Vendor", filter="VendorID eq 'NOPE'") == []


def test_records_are_found_by_keys_or_id(erp: Any, vendor: str) -> None:
    """Keys may be separated by a slash or a bar and contain spaces; the id works alone."""
    line = {"Account": "61500", "ExtendedCost": 5}
    made = erp.made("Bill", {"Type": "Debit Adj.", "Vendor": vendor, "Details": [line]})
    number = made["ReferenceNbr"]["value"]
    for path in (f"Bill/Debit%20Adj./{number}", f"Bill/Debit%20Adj.|{number}", f"Bill/{made['id']}"):
        assert erp.call("GET", path).json()["ReferenceNbr"] == {"value": number}
    assert erp.call("GET", f"Bill/Bill/{number}").status_code == 500


def test_without_top_all_records_come(erp: Any) -> None:
    """There is no hidden page size."""
    erp.seed("Vendor", *({"VendorID": f"V{n}", "VendorName": f"Vendor {n}"} for n in range(600)))
    assert len(erp.rows("Vendor", select="VendorID")) == 600
    page = erp.rows("Vendor", select="VendorID", top="10", skip="595")
    assert [row["rowNumber"] for row in page] == [1, 2, 3, 4, 5]


def test_an_edit_moves_a_row_between_pages(erp: Any) -> None:
    """In the default order a record edited between two pages moves to the end, so a page can miss a neighbour."""
    erp.seed(
        "Vendor",
        *(
            {"VendorID": f"V{n}", "VendorName": "x", "LastModifiedDateTime": f"2025-01-0{n}T00:00:00Z"}
            for n in range(1, 5)
        ),
    )
    first = erp.rows("Vendor", select="VendorID", top="2")
    erp.sim("POST", "edit", {"entity": "Vendor", "id": "V1", "set": {"VendorName": "y"}})
    second = erp.rows("Vendor", select="VendorID", top="2", skip="2")
    seen = [row["VendorID"]["value"] for row in first + second]
    assert seen == ["V1", "V2", "V4", "V1"]


@pytest.mark.parametrize(("order", "expected"), [("key", ["A", "B"]), ("insertion", ["B", "A"])])
def test_the_order_of_lists_is_the_servers(erp: Any, order: str, expected: list[str]) -> None:
    """Lists come in the order that the setting names, and $orderby changes nothing."""
    erp.set(order=order)
    erp.seed("Vendor", {"VendorID": "B", "VendorName": "b"}, {"VendorID": "A", "VendorName": "a"})
    rows = erp.rows("Vendor", select="VendorID", orderby="VendorID desc")
    assert [row["VendorID"]["value"] for row in rows] == expected


def test_shuffled_lists_differ_from_call_to_call(erp: Any) -> None:
    """With the order shuffled, ten lists of the same records are not all alike."""
    erp.set(order="shuffled")
    lists = {str([row["AccountCD"] for row in erp.rows("Account", select="AccountCD")]) for _ in range(10)}
    assert len(lists) > 1


def test_a_list_with_a_field_that_cannot_be_optimized_answers_500(erp: Any, vendor: str) -> None:
    """The list fails and names the culprit; the same record by key works."""
    text = erp.fault_text("Vendor", expand="Attributes")
    assert "Optimization cannot be performed" in text
    assert "Attributes" in text
    assert erp.call("GET", f"Vendor/{vendor}?$expand=Attributes").json()["Attributes"] == []
    erp.set(not_optimizable={"Vendor": ["AccountRef"]})
    assert "AccountRef" in erp.fault_text("Vendor")
    assert len(erp.rows("Vendor", select="VendorID")) == 1


def test_unknown_versions_and_entities_answer_404(erp: Any) -> None:
    """Only the published versions of the endpoint exist, and only its entities."""
    assert erp.call("GET", "Terms").status_code == 404
    erp.version = "20.200.001"
    assert erp.call("GET", "Vendor").status_code == 404
    erp.set(endpoint_versions=["20.200.001"])
    assert erp.call("GET", "Vendor").status_code == 200


def test_fields_depend_on_the_version(erp: Any, vendor: str) -> None:
    """LegalName is absent from 20, the bill's IsTaxValid from 22 alone, LCType from 23."""
    erp.set(endpoint_versions=["20.200.001", "22.200.001", "23.200.001", "24.200.001"])
    made = erp.made("Bill", {"Vendor": vendor, "Details": [{"Account": "61500", "ExtendedCost": 1}]})
    found = {}
    for erp.version in ("20.200.001", "22.200.001", "23.200.001", "24.200.001"):
        bill = erp.call("GET", f"Bill/{made['id']}?$expand=Details").json()
        legal = "LegalName" in erp.call("GET", f"Vendor/{vendor}").json()
        found[erp.version[:2]] = (legal, "IsTaxValid" in bill, "LCType" in bill["Details"][0])
    assert found == {
        "20": (False, True, False),
        "22": (True, False, False),
        "23": (True, True, False),
        "24": (True, True, True),
    }


def test_disabled_features_answer_403(erp: Any) -> None:
    """Without its feature the subaccount list, and without inventory the orders, are forbidden."""
    assert erp.call("GET", "Subaccount").status_code == 200
    erp.set(subaccounts_feature=False, inventory_feature=False)
    assert [erp.call("GET", name).status_code for name in ("Subaccount", "PurchaseOrder", "Account")] == [403, 403, 200]


def test_the_specification_lists_entities_and_fields(erp: Any) -> None:
    """swagger.json needs no token and names each entity served, with the types of its fields."""
    body = requests.get(f"{erp.url}/entity/Default/24.200.001/swagger.json", timeout=10).json()
    vendor = body["components"]["schemas"]["Vendor"]["properties"]
    assert "/Bill" in body["paths"]
    assert vendor["VendorID"] == {"$ref": "#/components/schemas/StringValue"}
    assert vendor["MainContact"] == {"$ref": "#/components/schemas/Contact"}
    assert body["components"]["schemas"]["Bill"]["properties"]["Date"]["$ref"].endswith("DateTimeValue")


def test_the_instance_name_is_part_of_the_path(erp: Any, vendor: str) -> None:
    """Installed under an instance name, the site answers below it only, and Location carries it."""
    made = erp.made("Bill", {"Vendor": vendor, "Hold": False, "Details": [{"Account": "61500", "ExtendedCost": 1}]})
    erp.set(instance="AcmeERP")
    assert erp.call("GET", "Vendor").status_code == 404
    url = f"{erp.url}/AcmeERP/entity/Default/24.200.001/Bill/ReleaseBill"
    answer = erp.http.post(url, json={"entity": {"id": made["id"]}}, timeout=10)
    assert answer.headers["Location"].startswith("/AcmeERP/entity/Default/")
    assert erp.http.get(erp.url + answer.headers["Location"], timeout=10).status_code == 202


def test_links_come_only_when_switched_on(erp: Any) -> None:
    """With the setting each record links to itself and to the upload of its files."""
    assert "_links" not in erp.call("GET", "Account/61500").json()
    erp.set(links=True)
    account = erp.call("GET", "Account/61500").json()
    assert account["_links"]["self"] == f"/entity/Default/24.200.001/Account/{account['id']}"
    assert account["_links"]["files:put"].endswith("/files/{filename}")


def test_the_schema_of_an_entity_shows_types(erp: Any) -> None:
    """$adHocSchema answers each field with its type."""
    schema = erp.call("GET", "Bill/$adHocSchema").json()
    assert schema["Amount"] == {"type": "Decimal"}
    assert schema["Date"] == {"type": "DateTime"}


def test_custom_fields_come_when_named(erp: Any) -> None:
    """$custom=View.Field brings the custom field; otherwise custom is empty."""
    name = "AccountRecords.ControlAccountModule"
    with_custom = erp.call("GET", f"Account/20000?$custom={name}").json()
    assert with_custom["custom"]["AccountRecords"]["ControlAccountModule"]["value"] == "AP"
    assert erp.call("GET", "Account/20000").json()["custom"] == {}


def test_an_unknown_selection_answers_500(erp: Any) -> None:
    """A field or expansion that the entity does not have is a server exception."""
    assert "Nope" in erp.fault_text("Vendor", select="Nope")
    assert "Nope" in erp.fault_text("Vendor", expand="Nope")


def test_the_calendar_shows_closed_periods(erp: Any) -> None:
    """2024 is closed and 2026 is open."""
    rows = {row["FinancialYear"]["value"]: row for row in erp.rows("FinancialPeriod", expand="Details")}
    assert rows["2024"]["Details"][11]["Status"] == {"value": "Closed"}
    assert rows["2026"]["Details"][0]["FinancialPeriodID"] == {"value": "012026"}
    assert rows["2026"]["Details"][0]["Status"] == {"value": "Open"}


@pytest.mark.parametrize("entity", ["Subaccount", "VendorClass", "TaxZone", "TaxCategory", "Tax", "Currency"])
def test_reference_entities_are_filled(erp: Any, entity: str) -> None:
    """A fresh tenant has records of each reference entity, with what tells them apart."""
    rows = erp.rows(entity)
    assert len({str(row) for row in rows}) == len(rows) >= 2

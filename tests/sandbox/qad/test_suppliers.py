"""Suppliers: two records each, relation, bank, tax zone."""

from __future__ import annotations

from typing import Any

import pytest

DOMAIN_KEYS = {"domainContext": "10USA", "supplierCode": "HARB0017"}


def test_the_domain_records_appear_by_themselves(erp: Any, supplier_body: dict[str, Any]) -> None:
    """A new supplier has a blank domain record in every domain of its shared set."""
    erp.made("supplierV2s", supplier_body)
    found = erp.get("mfgSuppliers", **DOMAIN_KEYS)
    assert (found["siteCode"], found["daybookSetCode"]) == ("", "")
    assert {row["domainCode"] for row in erp.state("mfgSuppliers")} == {"10USA", "20UK"}


def test_a_supplier_without_domain_data_cannot_be_ordered_from(
    erp: Any, supplier_body: dict[str, Any], order_body: dict[str, Any]
) -> None:
    """An order is refused until the supplier has a site and a daybook set in the domain."""
    erp.made("supplierV2s", supplier_body)
    erp.domain_data("HARB0017", siteCode="10-100")
    refused = erp.refused("purchaseOrderHeaders", order_body)
    assert refused == [("supplierCode", "Supplier has no site or daybook set in domain 10USA")]
    erp.domain_data("HARB0017", daybookSetCode="PUR")
    erp.made("purchaseOrderHeaders", order_body)


def test_a_domain_record_cannot_be_created(erp: Any, supplier: str) -> None:
    """The domain record is only ever changed; its site must be one of the domain."""
    assert erp.refused("mfgSuppliers", {"domainCode": "10USA", "supplierCode": "NOBODY"})[0][0] == "supplierCode"
    old = erp.get("mfgSuppliers", **DOMAIN_KEYS)
    assert erp.refused("mfgSuppliers", {**old, "siteCode": "20-100"}, **DOMAIN_KEYS)[0][0] == "siteCode"


def test_the_business_relation_is_created_in_the_same_post(erp: Any, supplier_body: dict[str, Any]) -> None:
    """With the flag the relation is made with the supplier; without it, it must exist."""
    without = {**supplier_body, "isCreateBusinessRelationRequired": False}
    assert erp.refused("supplierV2s", without) == [("businessRelationCode", "Field is mandatory")]
    made = erp.made("supplierV2s", supplier_body)
    assert made["isCreateBusinessRelationRequired"] is False
    relation = erp.get("businessRelationV2s", businessRelationCode="HARB0017")
    assert (relation["businessRelationName"], relation["city"]) == ("Harbour Steel Ltd", "Toledo")
    again = {**supplier_body, "supplierCode": "HARB0018"}
    assert erp.refused("supplierV2s", again) == [("businessRelationCode", "Business relation already exists")]
    erp.made("supplierV2s", {**again, "isCreateBusinessRelationRequired": False})


@pytest.mark.parametrize("name", ["businessRelationName", "countryCode", "languageCode", "addressTypeCode"])
def test_a_new_relation_needs_name_and_address(erp: Any, supplier_body: dict[str, Any], name: str) -> None:
    """Name and address are mandatory with a new business relation."""
    assert erp.refused("supplierV2s", {**supplier_body, name: ""}) == [(name, "Field is mandatory")]


@pytest.mark.parametrize("name", [
    "currencyCode", "creditTermsCode", "invoiceStatusCode", "invoiceControlGLProfileCode",
    "creditNoteControlGLProfileCode", "prePaymentControlGLProfileCode", "purchaseAccountGLProfileCode", "sharedSetCode",
])  # fmt: skip
def test_mandatory_codes_must_be_there_and_exist(erp: Any, supplier_body: dict[str, Any], name: str) -> None:
    """A mandatory code that is blank or unknown is the same complaint."""
    for value in ("", "ZZZ"):
        assert (name, "Field is mandatory") in erp.refused("supplierV2s", {**supplier_body, name: value})


def test_a_taxable_supplier_needs_a_tax_zone(erp: Any, supplier_body: dict[str, Any]) -> None:
    """Only a supplier that is not taxable may be without tax zone."""
    bare = {**supplier_body, "taxZone": ""}
    assert erp.refused("supplierV2s", bare) == [("taxZone", "Field is mandatory")]
    erp.made("supplierV2s", {**bare, "isTaxableSupplier": False})


def test_a_missing_default_bank_is_error_341_where_one_is_required(erp: Any, supplier_body: dict[str, Any]) -> None:
    """Tenants that require a default bank refuse a supplier without one."""
    erp.set(default_bank_required=True)
    row = erp.post("supplierV2s", supplier_body)["submitResult"]["errors"][0]
    assert (row["code"], row["fieldName"]) == ("341", "bankNumberRefV2s")
    bank = {"bankNumber": "12345678", "bankNumberIsActive": True, "bankNumberIsDefault": True}
    erp.made("supplierV2s", {**supplier_body, "bankNumberRefV2s": [bank]})


def test_a_customers_code_is_only_a_warning(erp: Any, supplier_body: dict[str, Any]) -> None:
    """A supplier with the code of a customer is stored, and the answer says so where the tenant shows warnings."""
    body = {**supplier_body, "supplierCode": "CUST0001", "businessRelationCode": "CUST0001"}
    made = erp.made("supplierV2s", body)
    assert [row["severity"] for row in made["supplementaryMessages"]] == ["warning"]
    stored = erp.get("supplierV2s", sharedSetCode="SUPSS", supplierCode="CUST0001")
    assert stored["supplementaryMessages"] == []


def test_warnings_may_stand_among_the_errors_of_a_success_or_nowhere(erp: Any, supplier_body: dict[str, Any]) -> None:
    """A warning never makes success false, wherever it is shown."""
    erp.set(warning_style="errors")
    body = {**supplier_body, "supplierCode": "CUST0001", "businessRelationCode": "CUST0001"}
    result = erp.post("supplierV2s", body)["submitResult"]
    assert (result["success"], len(result["errors"])) == (True, 1)
    erp.set(warning_style="silent")
    made = erp.made("supplierV2s", {**supplier_body, "supplierCode": "HARBCUST", "businessRelationCode": "HARBCUST"})
    assert made["supplementaryMessages"] == []


def test_an_inactive_supplier_cannot_be_ordered_from(erp: Any, supplier: str, order_body: dict[str, Any]) -> None:
    """A supplier switched off in the screens refuses new orders."""
    erp.edit("supplierV2s", f"SUPSS.{supplier}", isActive=False)
    assert erp.refused("purchaseOrderHeaders", order_body) == [("supplierCode", "Supplier is not active")]

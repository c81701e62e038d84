"""The business-entity service: envelope, keys, whole records, hashes, errors."""

from __future__ import annotations

from typing import Any

import pytest

KEYS = {"sharedSetCode": "SUPSS", "supplierCode": "HARB0017"}
VIEW = "urn:be:com.qad.base.supplier.ISupplierV2"


def test_a_record_comes_in_an_envelope_with_its_housekeeping(erp: Any, supplier: str) -> None:
    """One property named after the plural holds an array; uri, hash, row id and custom fields come along."""
    found = erp.get("supplierV2s", sharedSetCode="SUPSS", supplierCode=supplier)
    assert found["uri"] == f"{VIEW}:SUPSS.{supplier}"
    assert found["concurrencyHash"]
    assert found["tcRowid"]
    assert (found["customShort19"], found["customDecimal4"], found["supplementaryMessages"]) == ("", 0, [])


def test_codes_are_found_in_any_case(erp: Any, supplier: str) -> None:
    """Codes keep their case and are compared without it."""
    assert erp.get("supplierV2s", sharedSetCode="supss", supplierCode=supplier.lower())["supplierCode"] == supplier


def test_no_such_record_is_an_empty_array(erp: Any) -> None:
    """A read that finds nothing is 200 with an empty array, or 404 at tenants that answer so."""
    assert erp.find("supplierV2s", **KEYS) == []
    erp.set(missing_record="404")
    assert erp.call("GET", "erp/supplierV2s", viewUri=VIEW, **KEYS).status_code == 404


def test_a_read_needs_all_keys(erp: Any) -> None:
    """A read with a part of the key is 500: lists are the browses' business."""
    assert erp.call("GET", "erp/supplierV2s", viewUri=VIEW, sharedSetCode="SUPSS").status_code == 500


@pytest.mark.parametrize("query", [{}, {"viewURI": VIEW}, {"viewUri": "urn:be:com.qad.base.item.IItem"}])
def test_the_view_uri_must_be_spelt_right(erp: Any, supplier: str, query: dict[str, str]) -> None:
    """Without the entity's own viewUri, or spelt viewURI, a call is 500, unless the tenant does not care."""
    assert erp.call("GET", "erp/supplierV2s", **KEYS, **query).status_code == 500
    erp.set(view_uri="optional")
    assert erp.call("GET", "erp/supplierV2s", **KEYS).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_another_method_is_a_server_error(erp: Any, method: str) -> None:
    """There is no PUT, PATCH or DELETE: 500."""
    assert erp.call(method, "erp/supplierV2s", {}, viewUri=VIEW).status_code == 500


def test_an_unknown_entity_is_no_resource(erp: Any) -> None:
    """A path that the tenant does not have is 404 with bare errors."""
    answer = erp.call("GET", "erp/vendors", viewUri=VIEW)
    assert answer.status_code == 404
    assert list(answer.json()) == ["errors"]


def test_initialize_gives_a_blank_record_with_defaults(erp: Any) -> None:
    """A blank record has every field, the keys asked for, and what the system fills in; nothing is stored."""
    draft = erp.get("purchaseOrderHeaders", initialize="true", domainCode="10USA", purchaseOrderNumber="P1")
    assert (draft["purchaseOrderNumber"], draft["orderStatus"], draft["exchangeRateType"]) == ("P1", "O", "ACCOUNTING")
    assert (draft["dataOperation"], draft["concurrencyHash"], draft["supplierCode"]) == ("C", "", "")
    assert erp.state("purchaseOrderHeaders") == []


def test_an_update_sends_the_whole_record_back(erp: Any, supplier: str) -> None:
    """A record read, changed and sent back is stored, and its hash moves."""
    old = erp.get("supplierV2s", **KEYS)
    new = erp.made("supplierV2s", {**old, "city": "Akron"}, **KEYS)
    assert (new["city"], new["street1"]) == ("Akron", "4 Quay Rd")
    assert new["concurrencyHash"] != old["concurrencyHash"]
    assert new["tcRowid"] == old["tcRowid"]


def test_a_field_left_out_of_an_update_is_blank(erp: Any, supplier: str) -> None:
    """What is not sent is lost, and refused where it is mandatory."""
    old = erp.get("supplierV2s", **KEYS)
    street = {name: value for name, value in old.items() if name != "street1"}
    assert erp.made("supplierV2s", street, **KEYS)["street1"] == ""
    fresh = erp.get("supplierV2s", **KEYS)
    del fresh["currencyCode"]
    assert erp.refused("supplierV2s", fresh, **KEYS) == [("currencyCode", "Field is mandatory")]


def test_a_stale_hash_is_rejected(erp: Any, supplier: str) -> None:
    """A record that somebody has changed in between is not overwritten."""
    old = erp.get("supplierV2s", **KEYS)
    erp.edit("supplierV2s", "SUPSS.HARB0017", city="Dayton")
    assert [name for name, _ in erp.refused("supplierV2s", {**old, "city": "Akron"}, **KEYS)] == ["concurrencyHash"]
    assert erp.get("supplierV2s", **KEYS)["city"] == "Dayton"


@pytest.mark.parametrize("changes", [{"uri": f"{VIEW}:OTHER.HARB0017"}, {"tcRowid": "0x99"}, {"uri": ""}])
def test_a_record_of_another_environment_is_a_server_error(erp: Any, supplier: str, changes: dict[str, str]) -> None:
    """A foreign uri or row id is 500, in an update and in a create."""
    old = erp.get("supplierV2s", **KEYS)
    body = {"supplierV2s": [{**old, **changes}]}
    assert erp.call("POST", "erp/supplierV2s", body, viewUri=VIEW, **KEYS).status_code == 500
    body = {"supplierV2s": [{**old, "supplierCode": "NEW1"}]}
    assert erp.call("POST", "erp/supplierV2s", body, viewUri=VIEW).status_code == 500
    assert len(erp.state("supplierV2s")) == 1


def test_creating_a_record_that_exists_is_rejected(erp: Any, supplier: str, supplier_body: dict[str, Any]) -> None:
    """A create does not overwrite."""
    assert erp.refused("supplierV2s", supplier_body) == [("supplierCode", "Record already exists")]


def test_updating_a_record_that_does_not_exist_is_rejected(erp: Any, supplier_body: dict[str, Any]) -> None:
    """Keys in the query mean an update, and there is nothing to update."""
    assert erp.refused("supplierV2s", supplier_body, **KEYS) == [("supplierCode", "Record not available")]


def test_a_rejection_has_the_vendors_shape(erp: Any, supplier_body: dict[str, Any]) -> None:
    """It echoes the record beside success false and rows of field, message, value and code; nothing is stored."""
    answer = erp.post("supplierV2s", {**supplier_body, "creditTermsCode": "N99"})
    assert answer["data"]["supplierV2s"][0]["creditTermsCode"] == "N99"
    row = {"fieldName": "creditTermsCode", "message": "Field is mandatory", "fieldValue": "N99", "code": "1001"}
    assert answer["submitResult"] == {"success": False, "errors": [row]}
    assert erp.state("supplierV2s") == []


def test_an_unresolved_code_may_be_called_unknown(erp: Any, supplier_body: dict[str, Any]) -> None:
    """A code that does not exist is called mandatory, as seen, or by its name at other tenants."""
    erp.set(unresolved_code="unknown")
    row = erp.post("supplierV2s", {**supplier_body, "creditTermsCode": "N99"})["submitResult"]["errors"][0]
    assert (row["code"], row["message"]) == ("1037", "creditTermsCode N99 does not exist")


@pytest.mark.parametrize("status", [200, 400, 422, 500])
def test_the_status_of_a_rejection_is_a_switch(erp: Any, supplier_body: dict[str, Any], status: int) -> None:
    """The same rejection comes with 200 or with a status of error."""
    erp.set(business_error_status=status)
    body = {"supplierV2s": [{**supplier_body, "currencyCode": ""}]}
    answer = erp.call("POST", "erp/supplierV2s", body, viewUri=VIEW)
    assert (answer.status_code, answer.json()["submitResult"]["success"]) == (status, False)


def test_a_create_may_answer_201(erp: Any, supplier_body: dict[str, Any]) -> None:
    """Some tenants answer a create with 201."""
    erp.set(created_status=201)
    assert erp.call("POST", "erp/supplierV2s", {"supplierV2s": [supplier_body]}, viewUri=VIEW).status_code == 201


def test_unknown_fields_are_ignored_in_silence(erp: Any, supplier_body: dict[str, Any]) -> None:
    """A field that the entity does not have is dropped without a word."""
    made = erp.made("supplierV2s", {**supplier_body, "supplierColour": "blue", "email": "lost@harbour.example"})
    assert "supplierColour" not in made
    assert made["EMail"] == "ar@harbour.example"


@pytest.mark.parametrize("changes", [{"isActive": "true"}, {"city": 5}, {"currencyID": "0"}, {"supplierVatV2s": {}}])
def test_a_value_of_another_type_is_a_server_error(
    erp: Any, supplier_body: dict[str, Any], changes: dict[str, Any]
) -> None:
    """Numbers are JSON numbers and booleans JSON booleans; else the record cannot be read."""
    body = {"supplierV2s": [{**supplier_body, **changes}]}
    assert erp.call("POST", "erp/supplierV2s", body, viewUri=VIEW).status_code == 500


@pytest.mark.parametrize("body", [[], {}, {"suppliers": []}, {"supplierV2s": []}, {"supplierV2s": [1]}])
def test_another_envelope_is_a_server_error(erp: Any, body: Any) -> None:
    """A body that is no envelope of the entity is 500 with bare errors."""
    answer = erp.call("POST", "erp/supplierV2s", body, viewUri=VIEW)
    assert (answer.status_code, list(answer.json())) == (500, ["errors"])


def test_codes_have_a_longest_length(erp: Any, supplier_body: dict[str, Any]) -> None:
    """A supplier code has eight characters at most."""
    long = {**supplier_body, "supplierCode": "HARBOUR17"}
    assert erp.refused("supplierV2s", long) == [("supplierCode", "Value is longer than 8 characters")]


def test_several_records_are_stored_all_or_none(erp: Any, supplier_body: dict[str, Any]) -> None:
    """One bad record in an envelope keeps the good one out."""
    bad = {**supplier_body, "supplierCode": "BAD1", "businessRelationCode": "BAD1", "currencyCode": "XXX"}
    answer = erp.ok("POST", "erp/supplierV2s", {"supplierV2s": [supplier_body, bad]}, viewUri=VIEW)
    assert answer["submitResult"]["success"] is False
    assert erp.state("supplierV2s") == []


def test_two_new_records_of_one_key_are_refused(erp: Any) -> None:
    """The same relation twice in an envelope is not stored at all."""
    relation = {"businessRelationCode": "BR1", "businessRelationName": "One"}
    body = {"businessRelationV2s": [relation, {**relation, "businessRelationName": "Two"}]}
    uri = "urn:be:com.qad.base.address.IBusinessRelationV2"
    answer = erp.ok("POST", "erp/businessRelationV2s", body, viewUri=uri)
    assert answer["submitResult"]["errors"][0]["message"] == "Record already exists"
    assert erp.state("businessRelationV2s") == []


def test_dates_come_in_the_tenants_form_and_are_read_in_both(erp: Any, order: str) -> None:
    """Dates are YYYY-MM-DD, or with midnight in UTC; both are understood when sent back."""
    keys = {"domainCode": "10USA", "purchaseOrderNumber": order}
    assert erp.get("purchaseOrderHeaders", **keys)["orderDate"] == "2024-05-02"
    erp.set(date_style="datetime")
    found = erp.get("purchaseOrderHeaders", **keys)
    assert (found["orderDate"], found["pricingDate"]) == ("2024-05-02T00:00:00.000Z", "")
    erp.made("purchaseOrderHeaders", {**found, "dueDate": "2024-06-01T00:00:00.000Z"}, **keys)
    assert erp.state("purchaseOrderHeaders")[0]["dueDate"] == "2024-06-01"
    for day in ("01/06/2024", "20240601", "2024-06-31", "2024-06-01T00:00:00"):
        fresh = {**erp.get("purchaseOrderHeaders", **keys), "dueDate": day}
        assert erp.refused("purchaseOrderHeaders", fresh, **keys) == [("dueDate", "Field is mandatory")]


def test_blank_fields_may_be_absent(erp: Any, supplier: str) -> None:
    """Fields with nothing in them come as empty text, or not at all."""
    assert erp.get("supplierV2s", **KEYS)["street2"] == ""
    erp.set(blank_fields="absent")
    assert "street2" not in erp.get("supplierV2s", **KEYS)


def test_an_entity_may_live_at_another_path(erp: Any, supplier: str) -> None:
    """Where the tenant publishes an entity elsewhere, the usual path is no resource."""
    erp.set(paths={"supplierV2s": "base/vendors"})
    assert erp.call("GET", "erp/supplierV2s", viewUri=VIEW, **KEYS).status_code == 404
    assert erp.ok("GET", "erp/base/vendors", viewUri=VIEW, **KEYS)["data"]["supplierV2s"][0]["city"] == "Toledo"


def test_a_customers_extension_refuses_with_its_own_ids(erp: Any, supplier_body: dict[str, Any]) -> None:
    """Java extensions add validations whose ids begin with JEF."""
    rule = {"entity": "supplierV2s", "field": "city", "value": "Toledo", "message": "No Toledo", "code": "JEF7001"}
    erp.set(extensions=[rule])
    row = erp.post("supplierV2s", supplier_body)["submitResult"]["errors"][0]
    assert (row["fieldName"], row["message"], row["code"]) == ("city", "No Toledo", "JEF7001")
    erp.made("supplierV2s", {**supplier_body, "city": "Akron"})


def test_the_metadata_lists_an_entitys_fields(erp: Any) -> None:
    """Fields come with type, length and whether they are mandatory; an unknown entity has none."""
    service = "urn:be:com.qad.qra.adapter.entity.IEntityBuilderCRUD"
    rows = erp.ok("GET", "qracore/entitymetadatas", viewUri=service, entityURI=VIEW)["data"]["entitymetadatas"]
    fields = {field["fieldName"]: field for field in rows[0]["fields"]}
    assert (fields["supplierCode"]["maxLength"], fields["supplierCode"]["isKey"]) == (8, True)
    assert (fields["isActive"]["dataType"], fields["street1"]["isMandatory"]) == ("logical", False)
    answer = erp.ok("GET", "qracore/entitymetadatas", viewUri=service, entityURI="urn:be:com.qad.Nothing")
    assert answer["data"]["entitymetadatas"] == []
    assert erp.call("GET", "qracore/entitymetadatas", viewUri=VIEW, entityURI=VIEW).status_code == 500

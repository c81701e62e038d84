"""What tests and demos ask of the simulator, and what services say about themselves."""

from __future__ import annotations

import time
from typing import Any
from xml.etree import ElementTree as ET

import requests

from ml_connector_sandbox.core.wire import read_json, write_json
from ml_connector_sandbox.ifs import simulator

from .conftest import ACCOUNTS, ENTITY, MAIN, ORDERS, SUPPLIERS

_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


def test_a_tenant_over_its_rate_is_throttled(ifs: Any) -> None:
    """The call after the last allowed one answers 429 and says when to come back; a minute later all is well."""
    ifs.sim("POST", "clock", {"speed": 0})
    ifs.sign_in()
    ifs.set(requests_per_minute=3)
    assert [ifs.call("GET", SUPPLIERS).status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = ifs.call("GET", SUPPLIERS)
    assert answer.headers["Retry-After"] == "60"
    ifs.set(retry_after=False)
    assert "Retry-After" not in ifs.call("GET", SUPPLIERS).headers
    assert ifs.token().status_code == 200
    ifs.sim("POST", "clock", {"advance": 61})
    assert ifs.call("GET", SUPPLIERS).status_code == 200


def test_the_rate_is_each_tenants_own(ifs: Any) -> None:
    """One tenant's calls do not count for another."""
    ifs.sim("POST", "tenants", {"name": "betaprd"})
    ifs.set(requests_per_minute=1)
    assert ifs.call("GET", SUPPLIERS).status_code == 200
    ifs.sign_in("betaprd")
    assert ifs.call("GET", SUPPLIERS).status_code == 200


def test_tenants_share_nothing(ifs: Any, supplier: str) -> None:
    """A second realm has clients and rows of its own, and the journal tells who called."""
    made = ifs.sim("POST", "tenants", {"name": "betaprd", "client_id": "BETA", "client_secret": "other"})
    assert made == {"account": "betaprd", "realm": "betaprd", "client_id": "BETA"}
    assert ifs.token(client_id="BETA", client_secret="other").status_code == 401
    ifs.sign_in("betaprd", client_id="BETA", client_secret="other")
    assert ifs.rows(SUPPLIERS) == []
    assert ifs.rows(ACCOUNTS) != []
    assert ifs.sim("GET", "journal?account=betaprd")[-1]["path"].endswith("Reference_Account")


def test_secrets_and_tokens_are_not_in_the_journal(ifs: Any) -> None:
    """The bodies of the token endpoint are not recorded."""
    token = ifs.sign_in()["access_token"]
    text = str(ifs.sim("GET", "journal"))
    assert "sandbox-client-secret" not in text
    assert token not in text


def test_seeding_keeps_given_stamps_and_the_state_can_be_seeded_again(ifs: Any, supplier: str) -> None:
    """ETag, version and time stamps that a record brings stay, so a dump of the state goes back in unchanged."""
    ifs.seed("SupplierInfoGeneral", {"SupplierId": "S7", "Name": "Seven", "Objversion": "20260302101544"})
    state = ifs.sim("GET", "state?entity=SupplierInfoGeneral")["SupplierInfoGeneral"]
    assert state[-1]["Objversion"] == "20260302101544"
    ifs.sim("POST", "reset")
    ifs.seed("SupplierInfoGeneral", *state)
    assert ifs.sim("GET", "state?entity=SupplierInfoGeneral")["SupplierInfoGeneral"] == state


def test_set_names_are_understood_by_the_control_routes(ifs: Any) -> None:
    """A record may be seeded and shown under the name of its entity set."""
    ifs.seed("Reference_Account", {"Company": "10", "Account": "9999", "Description": "Suspense"})
    rows = ifs.sim("GET", "state?entity=Reference_Account")["Reference_Account"]
    assert rows[-1]["Description"] == "Suspense"


def test_seeding_refuses_what_the_vendor_does_not_have(ifs: Any) -> None:
    """Unknown entities and properties, bad values and missing keys are errors, not silence."""
    for records in (
        {"Nope": [{}]},
        {"SupplierInfoGeneral": [{"SupplierId": "S1", "Nope": 1}]},
        {"SupplierInfoGeneral": [{"SupplierId": "S1", "CreationDate": "soon"}]},
        {"SupplierInfoGeneral": [{"Name": "No id"}]},
    ):
        assert requests.post(f"{ifs.url}/_sim/seed", json={"records": records}, timeout=10).status_code == 422


def test_editing_moves_the_etag_and_removing_takes_the_rows_below_along(ifs: Any, supplier: str) -> None:
    """A record is named by its keyref or its keys; an unknown one is an error."""
    before = ifs.one(supplier)["@odata.etag"]
    changed = ifs.edit("SupplierInfoGeneral", "SUPPLIER_ID=S1001^", Name="By hand")
    assert changed["@odata.etag"] == ifs.one(supplier)["@odata.etag"] != before
    assert ifs.edit("SupplierInfoAddress", "S1001/01", City="Solna")["Address"] == "111 47 Solna\nSWEDEN"
    ifs.sim("DELETE", "record", {"entity": "SupplierInfoGeneral", "id": "S1001"})
    assert ifs.sim("GET", "state?entity=SupplierInfoAddress")["SupplierInfoAddress"] == []
    body = {"entity": "SupplierInfoGeneral", "id": "S1001", "set": {}}
    assert requests.post(f"{ifs.url}/_sim/edit", json=body, timeout=10).status_code == 404


def test_custom_fields_are_read_filtered_and_written(ifs: Any, supplier: str) -> None:
    """A Cf_ field that a record brings is a property of the tenant's type from then on."""
    assert ifs.error("GET", SUPPLIERS, filter="Cf_Rating eq 5")[0] == 400
    ifs.edit("SupplierInfoGeneral", "S1001", Cf_Rating=5, Cf_Note="Good")
    assert ifs.rows(SUPPLIERS, filter="Cf_Rating ge 5 and Cf_Note eq 'Good'")[0]["Cf_Rating"] == 5
    assert ifs.call("PATCH", supplier, {"Cf_Rating": 6}, headers={"If-Match": "*"}).json()["Cf_Rating"] == 6


def test_a_record_that_changes_just_before_a_call_makes_its_etag_stale(ifs: Any, supplier: str) -> None:
    """The touch fault edits the row between a client's read and its PATCH."""
    etag = ifs.one(supplier)["@odata.etag"]
    fault = {"kind": "touch", "method": "PATCH", "entity": "SupplierInfoGeneral", "id": "S1001"}
    ifs.sim("POST", "faults", {**fault, "set": {"AssociationNo": "1"}})
    assert ifs.error("PATCH", supplier, {"Name": "Mine"}, headers={"If-Match": etag})[0] == 412


def test_a_gateway_page_with_200_can_be_ordered(ifs: Any) -> None:
    """The html fault answers 200 with a page that is no JSON."""
    ifs.sim("POST", "faults", {"kind": "html", "path": "SupplierHandling"})
    answer = ifs.call("GET", SUPPLIERS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_settings_are_checked(ifs: Any) -> None:
    """An unknown switch, a value of another type or none of the choices is refused, and nothing changes."""
    before = ifs.sim("GET", "settings")
    for changes in ({"nope": 1}, {"page_cap": "1"}, {"page_cap": 5, "order": "random"}):
        assert requests.patch(f"{ifs.url}/_sim/settings", json=changes, timeout=10).status_code == 422
    assert ifs.sim("GET", "settings") == before


def test_a_dump_brings_everything_back() -> None:
    """Tenants, clients, settings, rows and their ETags are the same after a load; numbers go on."""
    first, second = simulator(), simulator()
    first.add_account({"name": "betaprd", "client_id": "BETA", "companies": ["10"]})
    first.seed("betaprd", {"SupplierInfoGeneral": [{"SupplierId": "S1", "Name": "One", "Cf_Rating": 5}]})
    first.seed(None, {"PurchaseOrder": [{"VendorNo": "S1", "Contract": "STO1"}]})
    first.change_settings({"page_cap": 7})
    second.load(read_json(write_json(first.dump()).encode()))
    assert write_json(second.dump()) == write_json(first.dump())
    assert second.tenants["betaprd"].clients["BETA"].companies == ["10"]
    second.seed(None, {"PurchaseOrder": [{"VendorNo": "S1", "Contract": "STO1"}]})
    assert [row["OrderNo"] for row in second.state(None, "PurchaseOrder")["PurchaseOrder"]] == ["P10001", "P10002"]


def test_metadata_describes_the_types_of_a_projection(ifs: Any) -> None:
    """The EDMX has the namespace, keys, types, lengths and sets; the decimals are plain numbers of Oracle."""
    answer = ifs.call("GET", "VoucherRowsAnalysis.svc/$metadata")
    assert answer.headers["Content-Type"].startswith("application/xml")
    root = ET.fromstring(answer.content)
    schema = root.find(f".//{_EDM}Schema")
    assert schema is not None
    assert schema.attrib["Namespace"] == "IfsApp.VoucherRowsAnalysis"
    row = schema.find(f"{_EDM}EntityType[@Name='VoucherRow']")
    assert row is not None
    keys = [node.attrib["Name"] for node in row.iter(f"{_EDM}PropertyRef")]
    assert keys == ["Company", "VoucherType", "AccountingYear", "VoucherNo", "RowNo"]
    types = {node.attrib["Name"]: node.attrib for node in row.iter(f"{_EDM}Property")}
    assert types["VoucherDate"]["Type"] == "Edm.Date"
    assert (types["Amount"]["Precision"], types["Amount"]["Scale"]) == ("130", "65")
    assert types["Text"]["MaxLength"] == "200"
    sets = {node.attrib["Name"] for node in schema.iter(f"{_EDM}EntitySet")}
    assert {"VoucherRowSet", "Reference_Account", "Reference_CodeB", "Reference_CodeJ"} <= sets
    enum = schema.find(f"{_EDM}EnumType[@Name='AccountTypeValue']")
    assert enum is not None
    assert len(enum) == 6


def test_a_service_lists_its_sets_and_the_catalogue_its_services(ifs: Any) -> None:
    """The service document names the sets, AllProjections the projections with their categories."""
    document = ifs.one("SupplierHandling.svc/")
    assert [item["url"] for item in document["value"]] == ["SupplierInfoGeneralSet"]
    rows = ifs.rows("AllProjections.svc/Projections", filter="Categories eq 'Premium'")
    assert [row["ProjectionName"] for row in rows] == ["SupplierHandling"]


def test_openapi_is_poorer_than_the_metadata(ifs: Any) -> None:
    """Dates are mere strings in the OpenAPI document, which needs its version in the URL."""
    body = ifs.one("SupplierHandling.svc/$openapi?V3")
    kind = body["components"]["schemas"]["IfsApp.SupplierHandling.SupplierInfoGeneral"]
    assert kind["properties"]["CreationDate"] == {"type": "string"}
    assert ifs.call("GET", "SupplierHandling.svc/$openapi").status_code == 404


def test_unknown_services_answer_the_recorded_text(ifs: Any) -> None:
    """A projection that does not exist is 404 with Metadata not found."""
    answer = ifs.call("GET", "NopeHandling.svc/NopeSet")
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "Metadata not found.")
    assert ifs.http.get(f"{ifs.url}/nowhere", timeout=10).status_code == 404


def test_thousands_of_rows_are_served_quickly(ifs: Any) -> None:
    """5,000 suppliers and 1,000 orders are held, and a page of 1,000 takes a fraction of a second."""
    suppliers = ({"SupplierId": f"S{i:05}", "Name": f"Supplier {i}", "Country": "SE"} for i in range(5000))
    ifs.seed("SupplierInfoGeneral", *suppliers)
    lines = [{"LineNo": str(number), "BuyQtyDue": 1, "BuyUnitPrice": 2} for number in (1, 2)]
    head = {"Contract": "STO1", "PurchaseOrderLines": lines}
    ifs.seed("PurchaseOrder", *({"OrderNo": f"P{i}", "VendorNo": f"S{i:05}", **head} for i in range(1000)))
    started = time.perf_counter()
    page = ifs.rows(SUPPLIERS, orderby="SupplierId", top=1000, skip=4000)
    took = time.perf_counter() - started
    assert [page[0]["SupplierId"], page[-1]["SupplierId"], len(page)] == ["S04000", "S04999", 1000]
    assert took < 1
    assert len(ifs.rows(ORDERS, top=1000)) == 1000
    lines_of = ifs.rows("PurchaseOrderLineEntity.svc/PurchaseOrderLineSet", base=ENTITY, filter="OrderNo eq 'P7'")
    assert len(lines_of) == 2


def test_the_host_of_links_is_the_host_that_was_called(ifs: Any) -> None:
    """A context begins with the URL that the client used."""
    assert ifs.one(SUPPLIERS)["@odata.context"].startswith(f"{ifs.url}/{MAIN}/")

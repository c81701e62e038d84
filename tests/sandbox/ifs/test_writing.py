"""ETags, upserts, and the methods of a set."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from .conftest import ACCOUNTS, ENTITY, INVOICES, SUPPLIERS, VOUCHERS

_NAME = {"Name": "Renamed"}


@pytest.fixture
def address(supplier: str) -> str:
    """The path of the supplier's address."""
    return f"{supplier}/SupplierInfoAddresses(SupplierId='S1001',AddressId='01')"


def test_an_etag_holds_row_id_and_version(ifs: Any, supplier: str) -> None:
    """Inside W/"…" the base64 decodes to W/"<18 characters>:<yyyyMMddHHmmss>"."""
    etag = ifs.one(supplier)["@odata.etag"]
    inner = base64.b64decode(re.fullmatch(r'W/"(.+)"', etag)[1]).decode()  # type: ignore[index]
    assert re.fullmatch(r'W/"[A-Za-z0-9+/]{18}:\d{14}"', inner)


def test_the_current_etag_lets_an_update_through_and_every_update_changes_it(ifs: Any, supplier: str) -> None:
    """Updates within one second still get ETags of their own, which the answers and the next reads carry."""
    ifs.sim("POST", "clock", {"speed": 0})
    ifs.sign_in()
    seen = [ifs.one(supplier)["@odata.etag"]]
    for name in ("One", "Two", "Two"):
        answer = ifs.call("PATCH", supplier, {"Name": name}, headers={"If-Match": seen[-1]})
        assert (answer.status_code, answer.json()["Name"]) == (200, name)
        seen.append(answer.json()["@odata.etag"])
    assert len(set(seen)) == 4
    assert ifs.one(supplier)["@odata.etag"] == seen[-1]


def test_a_stale_etag_is_refused_and_changes_nothing(ifs: Any, supplier: str) -> None:
    """After somebody else's change the old ETag answers 412."""
    old = ifs.one(supplier)["@odata.etag"]
    ifs.edit("SupplierInfoGeneral", "S1001", Name="By hand")
    answer = ifs.call("PATCH", supplier, _NAME, headers={"If-Match": old})
    assert (answer.status_code, answer.json()["error"]["code"]) == (412, "ODP_PRECONDITION_FAILED")
    assert ifs.one(supplier)["Name"] == "By hand"


def test_an_etag_without_its_wrapping_is_not_the_etag(ifs: Any, supplier: str) -> None:
    """The exact string counts, with W/ and quotes."""
    etag = ifs.one(supplier)["@odata.etag"]
    assert ifs.error("PATCH", supplier, _NAME, headers={"If-Match": etag[3:-1]})[0] == 412


def test_a_star_updates_without_a_check_and_never_inserts(ifs: Any, supplier: str) -> None:
    """If-Match: * needs a row and no version."""
    assert ifs.call("PATCH", supplier, _NAME, headers={"If-Match": "*"}).json()["Name"] == "Renamed"
    assert ifs.error("PATCH", f"{SUPPLIERS}(SupplierId='S9')", _NAME, headers={"If-Match": "*"})[0] == 404


def test_patch_without_if_match_updates_or_inserts(ifs: Any, supplier: str) -> None:
    """It overwrites a row without a check, and makes the row of the URL's key when there is none."""
    assert ifs.call("PATCH", supplier, _NAME).status_code == 200
    made = ifs.call("PATCH", f"{SUPPLIERS}(SupplierId='S9')", {"Name": "New"})
    assert (made.status_code, made.json()["SupplierId"]) == (201, "S9")
    assert ifs.one(f"{SUPPLIERS}(SupplierId='S9')")["Name"] == "New"


def test_an_upsert_can_be_forbidden(ifs: Any, supplier: str) -> None:
    """With the setting PATCH without If-Match answers 428 and changes nothing."""
    ifs.set(require_if_match=True)
    assert ifs.error("PATCH", supplier, _NAME)[0] == 428
    assert ifs.one(supplier)["Name"] == "Nordwind Fasteners AB"


def test_what_may_not_be_written_is_left_out_in_silence(ifs: Any, supplier: str) -> None:
    """Keys and computed values in a PATCH change nothing, and the answer is 200."""
    body = {"SupplierId": "S2", "CreationDate": "2020-01-01", "CountryCode": "NO", **_NAME}
    before = ifs.one(supplier)
    after = ifs.call("PATCH", supplier, body, headers={"If-Match": "*"}).json()
    assert {name for name in before if before[name] != after[name]} == {"@odata.etag", "Name"}


def test_an_unknown_property_in_a_body_is_refused_or_dropped(ifs: Any, supplier: str) -> None:
    """By default 400; with the setting it is dropped in silence; annotations never matter."""
    body = {"Nope": 1, "@odata.type": "x", "luname": "x", **_NAME}
    assert ifs.error("PATCH", supplier, body, headers={"If-Match": "*"})[0] == 400
    ifs.set(unknown_fields="ignore")
    assert ifs.call("PATCH", supplier, body, headers={"If-Match": "*"}).json()["Name"] == "Renamed"


def test_an_update_may_answer_204(ifs: Any, supplier: str) -> None:
    """With the setting PATCH has no body, and the change is there."""
    ifs.set(update_answer="no_content")
    answer = ifs.call("PATCH", supplier, _NAME, headers={"If-Match": "*"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert ifs.one(supplier)["Name"] == "Renamed"


def test_a_childs_update_leaves_the_parents_etag(ifs: Any, supplier: str, address: str) -> None:
    """An address has an ETag of its own: changing it does not show on the supplier."""
    before = ifs.one(supplier)["@odata.etag"]
    etag = ifs.one(address)["@odata.etag"]
    changed = ifs.call("PATCH", address, {"ZipCode": "111 48"}, headers={"If-Match": etag}).json()
    assert (changed["ZipCode"], changed["@odata.etag"] == etag) == ("111 48", False)
    assert ifs.one(supplier)["@odata.etag"] == before


def test_post_creates_once(ifs: Any) -> None:
    """The second POST of a key fails as existing, and the first row stays."""
    made = ifs.call("POST", SUPPLIERS, {"SupplierId": "S5", "Name": "Five"})
    assert made.status_code == 201
    row = made.json()
    assert (row["PartyType"], row["DefaultDomain"], row["IdentifierRefValidation"]) == ("Supplier", True, "None")
    text = "ORA-20112: SupplierInfo.OBJEXISTS: The Supplier Info object already exists."
    assert ifs.error("POST", SUPPLIERS, {"SupplierId": "S5", "Name": "Other"}) == (400, "DATABASE_ERROR", text)
    assert ifs.one(f"{SUPPLIERS}(SupplierId='S5')")["Name"] == "Five"


def test_post_to_a_collection_takes_the_key_of_the_parent(ifs: Any, supplier: str) -> None:
    """An address is created below its supplier, whatever the body says of the parent's key."""
    body = {"SupplierId": "OTHER", "AddressId": "02", "Country": "NO", "City": "Oslo"}
    made = ifs.call("POST", f"{supplier}/SupplierInfoAddresses", body)
    assert (made.status_code, made.json()["SupplierId"], made.json()["CountryDesc"]) == (201, "S1001", "NORWAY")
    assert made.json()["keyref"] == "ADDRESS_ID=02^SUPPLIER_ID=S1001^"


@pytest.mark.parametrize("body", [None, [], "text"])
def test_a_body_that_is_no_json_object_is_malformed(ifs: Any, body: Any) -> None:
    """A POST without an object answers 400."""
    assert ifs.error("POST", SUPPLIERS, body)[:2] == (400, "ODP_BAD_REQUEST")


def test_a_body_must_be_announced_as_json(ifs: Any) -> None:
    """Another content type answers 400."""
    headers = {"Content-Type": "text/plain"}
    assert ifs.error("POST", SUPPLIERS, {"SupplierId": "S5", "Name": "Five"}, headers=headers)[0] == 400


def test_delete_needs_a_current_etag(ifs: Any, supplier: str, address: str) -> None:
    """Without If-Match 428, with a stale one 412, with the current one 204 and the row is gone."""
    old = ifs.one(address)["@odata.etag"]
    ifs.edit("SupplierInfoAddress", "S1001^01", City="Solna")
    assert ifs.error("DELETE", address)[0] == 428
    assert ifs.error("DELETE", address, headers={"If-Match": old})[0] == 412
    etag = ifs.one(address)["@odata.etag"]
    assert ifs.call("DELETE", address, headers={"If-Match": etag}).status_code == 204
    assert ifs.call("GET", address).status_code == 404


def test_deleting_a_supplier_deletes_its_tabs_unless_it_is_used(ifs: Any, supplier: str) -> None:
    """A supplier with an order stays; without one its addresses go with it."""
    ifs.seed("PurchaseOrder", {"OrderNo": "P1", "VendorNo": "S1001", "Contract": "STO1"})
    assert ifs.error("DELETE", supplier, headers={"If-Match": "*"})[:2] == (400, "DATABASE_ERROR")
    ifs.sim("DELETE", "record", {"entity": "PurchaseOrder", "id": "P1"})
    assert ifs.call("DELETE", supplier, headers={"If-Match": "*"}).status_code == 204
    assert ifs.sim("GET", "state?entity=SupplierInfoAddress")["SupplierInfoAddress"] == []


@pytest.mark.parametrize("path", [ACCOUNTS, VOUCHERS, INVOICES, "SuppliersHandling.svc/SupplierInfoGeneralSet"])
def test_read_only_sets_take_no_post(ifs: Any, path: str) -> None:
    """Analysis projections, invoices and the list page answer 405."""
    assert ifs.error("POST", path, {"Company": "10"})[0] == 405


@pytest.mark.parametrize("method", ["PUT", "OPTIONS"])
def test_other_methods_are_not_allowed(ifs: Any, supplier: str, method: str) -> None:
    """PUT and the like answer 405, and so do PATCH and DELETE of a whole set."""
    assert ifs.error(method, supplier)[0] == 405
    assert ifs.error("PATCH", SUPPLIERS, _NAME)[0] == 405
    assert ifs.error("DELETE", SUPPLIERS)[0] == 405
    assert ifs.error("POST", supplier, _NAME)[0] == 405


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"SupplierId": "S5"}, "[NAME]"),
        ({"Name": "Five"}, "[SUPPLIER_ID]"),
        ({"SupplierId": "s5", "Name": "Five"}, "upper case"),
        ({"SupplierId": "S" * 21, "Name": "Five"}, "at most 20"),
        ({"SupplierId": "S5", "Name": "x" * 101}, "at most 100"),
    ],
)
def test_a_supplier_keeps_the_rules_of_its_fields(ifs: Any, body: dict[str, Any], text: str) -> None:
    """A missing name or id, a lower-case id and texts that are too long are database errors."""
    status, code, detail = ifs.error("POST", SUPPLIERS, body)
    assert (status, code) == (400, "DATABASE_ERROR")
    assert detail.startswith("ORA-20")
    assert text in detail


def test_company_tabs_refer_to_what_exists(ifs: Any, supplier: str) -> None:
    """An unknown payment term, currency, tax code or company is refused; another company's term does not count."""
    tab = (
        f"{supplier}/SupplierInvoiceCompanies"
        "(Company='10',Identity='S1001',PartyType=IfsApp.SupplierHandling.PartyType'Supplier')"
    )
    for name, value in (("PayTermId", "99"), ("DefCurrency", "XXX"), ("DefVatCode", "T20")):
        assert ifs.error("PATCH", tab, {name: value}, headers={"If-Match": "*"})[:2] == (400, "DATABASE_ERROR")
    assert ifs.call("PATCH", tab, {"PayTermId": "45"}, headers={"If-Match": "*"}).json()["PayTermId"] == "45"
    status, code, text = ifs.error("POST", f"{supplier}/SupplierInvoiceCompanies", {"Company": "30"})
    assert (status, code, "not allowed" in text) == (400, "DATABASE_ERROR", True)


def test_bank_details_are_changed_with_their_etag(ifs: Any, supplier: str) -> None:
    """The payment addresses hang below the payment way, company by company."""
    party = "Company='10',Identity='S1001',PartyType=IfsApp.SupplierHandling.PartyType'Supplier'"
    ways = f"{supplier}/SupplierPayments({party})/PaymentWayArray({party},WayId='SEPA')/PaymentAddressArray"
    made = ifs.call("POST", ways, {"AddressId": "1", "BankAccount": "SE45 5000", "BicCode": "ESSESESS"})
    assert made.status_code == 201
    path = f"{ways}({party},WayId='SEPA',AddressId='1')"
    changed = ifs.call("PATCH", path, {"BankAccount": "SE46"}, headers={"If-Match": made.json()["@odata.etag"]})
    assert changed.json()["BankAccount"] == "SE46"
    assert ifs.rows(ways)[0]["BankAccount"] == "SE46"


def test_an_order_is_created_with_lines_and_released_by_an_action(ifs: Any, supplier: str) -> None:
    """A number, company and currency are filled in; the action starts from Planned alone and changes the ETag."""
    orders = "PurchaseOrderHandling.svc/PurchaseOrderSet"
    head = ifs.call("POST", orders, {"VendorNo": "S1001", "Contract": "STO1"}).json()
    assert (head["Company"], head["CurrencyCode"], head["Objstate"]) == ("10", "SEK", "Planned")
    line = {"OrderNo": head["OrderNo"], "PartNo": "M6-25", "BuyQtyDue": 5000, "BuyUnitPrice": 1.85, "TaxCode": "I25"}
    made = ifs.call("POST", "PurchaseOrderLineEntity.svc/PurchaseOrderLineSet", line, base=ENTITY).json()
    assert (made["LineNo"], made["ReleaseNo"], made["NetAmtCurr"], made["GrossAmtCurr"]) == ("1", "1", 9250, 11562.5)
    action = f"{orders}(OrderNo='{head['OrderNo']}')/IfsApp.PurchaseOrderHandling.PurchaseOrder_Release"
    assert ifs.error("POST", action, headers={"If-Match": 'W/"x"'})[0] == 412
    released = ifs.call("POST", action, headers={"If-Match": head["@odata.etag"]}).json()
    assert (released["Objstate"], released["@odata.etag"] == head["@odata.etag"]) == ("Released", False)
    assert ifs.error("POST", action)[:2] == (400, "DATABASE_ERROR")
    assert ifs.error("POST", action.replace("Release", "Explode"))[0] == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"VendorNo": "NONE"},
        {"Contract": "NONE"},
        {"VendorNo": None},
        {"CurrencyCode": "XXX"},
        {"BuyerCode": "NONE"},
    ],
)
def test_an_order_refers_to_what_exists(ifs: Any, supplier: str, changes: dict[str, Any]) -> None:
    """Supplier, site, currency and buyer of a new order must exist."""
    body = {"VendorNo": "S1001", "Contract": "STO1", **changes}
    assert ifs.error("POST", "PurchaseOrderHandling.svc/PurchaseOrderSet", body)[:2] == (400, "DATABASE_ERROR")


def test_closed_orders_and_expired_suppliers_are_left_alone(ifs: Any, supplier: str) -> None:
    """A closed order takes no change and no line; an expired supplier gets no order; a line needs a quantity."""
    orders = "PurchaseOrderHandling.svc/PurchaseOrderSet"
    lines = "PurchaseOrderHandling.svc/PurchaseOrderLineNopartSet"
    ifs.seed("PurchaseOrder", {"OrderNo": "P1", "VendorNo": "S1001", "Contract": "STO1"})
    assert ifs.error("POST", lines, {"OrderNo": "P1", "BuyQtyDue": 0})[1] == "DATABASE_ERROR"
    assert ifs.call("POST", lines, {"OrderNo": "P1", "BuyQtyDue": 1}).status_code == 201
    ifs.edit("PurchaseOrder", "P1", Objstate="Closed")
    assert ifs.error("PATCH", f"{orders}(OrderNo='P1')", {"NoteText": "x"})[1] == "DATABASE_ERROR"
    assert ifs.error("POST", lines, {"OrderNo": "P1", "BuyQtyDue": 1})[1] == "DATABASE_ERROR"
    ifs.edit("SupplierPurchase", "S1001", ExpireDate="2020-01-01")
    assert ifs.error("POST", orders, {"VendorNo": "S1001", "Contract": "STO1"})[1] == "DATABASE_ERROR"


def test_default_values_of_a_new_row_need_if_match(ifs: Any, supplier: str) -> None:
    """The bound function answers 428 without the header and the defaults with it."""
    path = f"{SUPPLIERS}/IfsApp.SupplierHandling.SupplierInfoGeneral_Default()"
    assert ifs.error("GET", path)[0] == 428
    assert ifs.call("GET", path, headers={"If-Match": "*"}).json()["PartyType"] == "Supplier"


def test_a_batch_answers_each_part(ifs: Any, supplier: str) -> None:
    """A multipart body brings one answer a part, refusals among them."""
    parts = "".join(
        f"--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"GET {path} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        for path in ("SupplierInfoGeneralSet(SupplierId='S1001')?$select=Name", "Nope")
    )
    url = f"{ifs.url}/main/ifsapplications/projection/v1/SupplierHandling.svc/$batch"
    headers = {"Content-Type": "multipart/mixed;boundary=b"}
    answer = ifs.http.post(url, data=f"{parts}--b--\r\n", headers=headers, timeout=10)
    assert answer.headers["Content-Type"].startswith("multipart/mixed; boundary=")
    assert answer.text.index("HTTP/1.1 200 OK") < answer.text.index("Nordwind") < answer.text.index("HTTP/1.1 404")
    assert ifs.error("POST", "SupplierHandling.svc/$batch", {})[0] == 400

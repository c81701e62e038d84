"""Seeding, edits, state, faults and speed."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from ml_connector_sandbox.core.wire import read_json, write_json
from ml_connector_sandbox.qad import simulator
from ml_connector_sandbox.systems import SYSTEMS

STAMPS = {"lastModifiedDate": "2020-01-02", "lastModifiedTime": "03:04:05", "lastModifiedUser": "ann",
          "concurrencyHash": "abc", "tcRowid": "0x1"}  # fmt: skip


def test_the_system_has_its_port() -> None:
    """The command line knows the system."""
    assert SYSTEMS["qad"] == 8106


def test_seeded_records_have_the_vendors_defaults_and_keep_their_stamps(erp: Any) -> None:
    """A code and a name make a whole supplier; given stamps, hash and row id stay."""
    erp.seed("supplierV2s", {"supplierCode": "S1", "businessRelationName": "One", **STAMPS})
    made = erp.get("supplierV2s", sharedSetCode="SUPSS", supplierCode="S1")
    assert {name: made[name] for name in STAMPS} == STAMPS
    assert (made["currencyCode"], made["creditTermsCode"], made["isActive"]) == ("USD", "N30", True)
    assert erp.get("businessRelationV2s", businessRelationCode="S1")["businessRelationName"] == "One"


def test_a_purchase_can_be_seeded_in_any_state(erp: Any) -> None:
    """Order with lines, receipt and matched invoice are put straight in, whatever the order in the body."""
    matching = {"lines": [{"receiverNumber": "R1", "purchaseOrderNumber": "P1", "purchaseOrderLine": 1,
                           "matchedQuantity": 4, "matchedUnitPrice": 4}], "isStatusFinal": True}  # fmt: skip
    erp.sim("POST", "seed", {"records": {
        "supplierInvoices": [
            {"supplierCode": "S1", "invoiceReference": "I1", "invoiceAmount": 16, "receiverMatching": matching,
             "invoiceDate": "2024-05-01"},
            {"supplierCode": "S1", "invoiceReference": "I2", "invoiceAmount": 9, "invoiceStatusCode": "AP-GLALLOC",
             "balance": 0, "invoiceDate": "2024-05-01"},
        ],
        "purchaseOrderReceipts": [{"purchaseOrderNumber": "P1", "receiverNumber": "R1", "purchaseOrderReceiptLines": [
            {"purchaseOrderLine": 1, "quantityReceived": 4}]}],
        "purchaseOrderHeaders": [{"purchaseOrderNumber": "P1", "supplierCode": "S1", "purchaseOrderLines": [
            {"itemCode": "ST-200", "quantityOrdered": 10}]}],
        "mfgSuppliers": [{"supplierCode": "S1", "siteCode": "10-200", "daybookSetCode": "PUR"}],
        "supplierV2s": [{"supplierCode": "S1"}],
    }})  # fmt: skip
    line = erp.get("purchaseOrderLines", domainCode="10USA", purchaseOrderNumber="P1", purchaseOrderLine=1)
    assert (line["siteCode"], line["unitOfMeasure"], line["quantityReceived"]) == ("10-200", "EA", 4)
    first, second = erp.state("supplierInvoices")
    assert (first["invoiceStatusCode"], first["voucher"], first["balance"]) == ("AP-RMALLOC", 1, 16)
    assert (second["invoiceStatusCode"], second["balance"], second["allocatedAmount"]) == ("AP-GLALLOC", 0, 9)
    assert erp.rows("ap007") == []


def test_tables_can_be_seeded_as_they_are(erp: Any) -> None:
    """Rows of the tables behind the browses, code tables and postings go in untouched."""
    row = {"prh_domain": "10USA", "prh_receiver": "R1", "prh_nbr": "P1", "prh_line": 1, "prh_rcvd": 7}
    erp.sim("POST", "seed", {"records": {
        "prh_hist": [row], "creditTerms": [{"creditTermsCode": "N99", "days": 99}],
        "postings": [{"postingID": 1, "glAccountCode": "6200", "amount": 5}],
    }})  # fmt: skip
    assert erp.rows("po501")[0]["prh_hist.prh_rcvd"] == 7
    assert erp.state("postings")[0]["amount"] == 5


@pytest.mark.parametrize(("entity", "record"), [
    ("vendors", {}), ("supplierV2s", {"businessRelationName": "No code"}),
    ("purchaseOrderReceipts", {"purchaseOrderNumber": "NONE", "purchaseOrderReceiptLines": [{"purchaseOrderLine": 1}]}),
])  # fmt: skip
def test_what_cannot_be_seeded_is_told(erp: Any, entity: str, record: dict[str, Any]) -> None:
    """Unknown entities, missing keys and receipts of nothing are 422."""
    answer = requests.post(f"{erp.url}/_sim/seed", json={"records": {entity: [record]}}, timeout=10)
    assert answer.status_code == 422


def test_an_edit_moves_hash_and_stamps(erp: Any, supplier: str) -> None:
    """A person's change is seen in hash, day, time and user; the record is found by key, uri or row id."""
    erp.sim("POST", "clock", {"set": "2024-06-03T10:11:12Z", "speed": 0})
    old = erp.state("supplierV2s")[0]
    for name in ("SUPSS.HARB0017", "SUPSS/HARB0017", old["uri"], old["tcRowid"]):
        new = erp.edit("supplierV2s", name, city="Akron")
        assert new["concurrencyHash"] != old["concurrencyHash"]
        old = new
    assert (new["lastModifiedDate"], new["lastModifiedTime"]) == ("2024-06-03", "10:11:12")
    answer = requests.post(
        f"{erp.url}/_sim/edit", json={"entity": "supplierV2s", "id": "SUPSS.NONE", "set": {}}, timeout=10
    )
    assert answer.status_code == 404


def test_a_person_can_match_an_invoice(erp: Any, order: str, invoice_body: dict[str, Any], matched: Any) -> None:
    """Matching in the screens has the same effects as over the service."""
    made = erp.made("supplierInvoices", invoice_body)
    matching = matched(erp.receive((1, 200)), 200, 4)["receiverMatching"]
    erp.edit("supplierInvoices", made["uri"], receiverMatching=matching)
    assert erp.state("supplierInvoices")[0]["invoiceStatusCode"] == "AP-RMALLOC"
    assert len(erp.state("vph_hist")) == 1


def test_a_record_can_be_deleted(erp: Any, order: str) -> None:
    """A deleted order is not found any more."""
    erp.sim("DELETE", "record", {"entity": "purchaseOrderHeaders", "id": f"10USA.{order}"})
    assert erp.find("purchaseOrderHeaders", domainCode="10USA", purchaseOrderNumber=order) == []


def test_bad_settings_are_refused(erp: Any) -> None:
    """An unknown switch or value is 422 and changes nothing."""
    for changes in ({"nothing": 1}, {"browse_order": "random"}, {"browse_operators": ["like"]}):
        assert requests.patch(f"{erp.url}/_sim/settings", json=changes, timeout=10).status_code == 422
    assert erp.sim("GET", "settings")["browse_order"] == "modified"


def test_everything_survives_a_dump() -> None:
    """What is dumped as JSON and loaded again is the same, numbers to come included."""
    first, second = simulator(), simulator()
    first.change_settings({"over_receipt_pct": "2.5"})
    first.add_account({"name": "TWO", "password": "two-password"})
    first.seed("TWO", {"supplierV2s": [{"supplierCode": "S1"}]})
    dumped = read_json(write_json(first.dump()).encode())
    second.load(dumped)
    assert second.state("TWO", None) == first.state("TWO", None)
    assert write_json(second.dump()) == write_json(first.dump())


def test_new_credentials_replace_the_old(erp: Any) -> None:
    """An account created again keeps its records and has the new password."""
    erp.sim("POST", "accounts", {"name": "ACME", "password": "changed"})
    asked = {"grant_type": "password", "client_id": "ml-connector", "username": "svc.ap@acme.example"}
    assert erp.token(**asked, password="sandbox-password").status_code == 400
    assert erp.token(**asked, password="changed").status_code == 200
    assert erp.rows("pp100")


def test_an_answer_lost_after_the_commit_leaves_the_record(erp: Any, supplier_body: dict[str, Any]) -> None:
    """When the connection breaks after storing, a read by key finds the record."""
    erp.sim("POST", "faults", {"kind": "reset_after", "method": "POST", "path": "supplierV2s"})
    with pytest.raises(requests.ConnectionError):
        erp.post("supplierV2s", supplier_body)
    assert erp.get("supplierV2s", sharedSetCode="SUPSS", supplierCode="HARB0017")["city"] == "Toledo"


def test_a_web_page_with_status_200_can_come_instead(erp: Any) -> None:
    """A gateway's page may answer any call with 200."""
    erp.sim("POST", "faults", {"kind": "html", "path": "browses"})
    answer = erp.call("GET", "qracore/browses")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_no_secret_is_in_the_journal(erp: Any) -> None:
    """Token requests leave neither password nor token in the journal's bodies."""
    text = str([(row["request"], row["answer"]) for row in erp.sim("GET", "journal", path="token")])
    assert "sandbox-password" not in text
    assert "access_token" not in text


def test_a_page_of_a_thousand_rows_is_quick(erp: Any) -> None:
    """Of 5,000 suppliers a page of 1,000 comes in a blink."""
    erp.seed("supplierV2s", *({"supplierCode": f"S{number:06}"} for number in range(5000)))
    asked = {"browseId": "urn:browse:mfg:ad014", "pageSize": 1000}
    seen, took = [], []
    for page in range(1, 6):
        started = time.perf_counter()
        answer = erp.call("GET", "qracore/browses", page=page, pageAction="next" if page > 1 else "first", **asked)
        took.append(time.perf_counter() - started)
        seen += [row["vd_mstr.vd_addr"] for row in answer.json()["data"]]
    assert len(set(seen)) == 5000
    assert min(took) < 0.1

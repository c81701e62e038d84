"""What a test or a demo asks of the simulator."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from ml_connector_sandbox.infor import simulator


def _refused(cloud: Any, path: str, body: Any, method: str = "POST") -> requests.Response:
    return requests.request(method, f"{cloud.url}/_sim/{path}", json=body, timeout=10)


@pytest.mark.parametrize(
    ("table", "record", "text"),
    [
        ("CIDMAS", {"SUNO": "X", "NAME": "x"}, "no column NAME"),
        ("CIDMAS", {"SUNM": "x"}, "SUNO"),
        ("CIDMAS", {"SUNO": "X" * 11}, "10 characters"),
        ("MPLINE", {"PUNO": "1", "ORQA": "many"}, "ORQA is a number"),
        ("MPHEAD", {"SUNO": "X", "PUDT": "20260231"}, "PUDT is a date"),
        ("NOTHING", {}, "unknown tables: NOTHING"),
    ],
)
def test_a_record_that_cannot_be_is_not_seeded(cloud: Any, table: str, record: dict[str, Any], text: str) -> None:
    """Unknown columns and tables, missing keys and values that do not fit are named."""
    answer = _refused(cloud, "seed", {"records": {table: [record]}})
    assert answer.status_code == 422
    assert text in answer.json()["error"]


def test_parents_are_seeded_before_what_is_inside_them(cloud: Any) -> None:
    """Tables may come in any order in one call."""
    lines = [{"PUNO": "P1", "ITNO": "FREIGHT", "PUSL": "35", "PUST": "45"}]
    heads = [{"PUNO": "P1", "SUNO": "NEW"}]
    records = {"MPLINE": lines, "MPHEAD": heads, "CIDMAS": [{"SUNO": "NEW", "CUCD": "EUR"}]}
    assert cloud.sim("POST", "seed", {"records": records}) == {"MPLINE": 1, "MPHEAD": 1, "CIDMAS": 1}
    row = cloud.row("PPS001MI/GetHeadBasic", PUNO="P1")
    assert (row["CUCD"], row["PUSL"], row["PUST"]) == ("EUR", "35", "45")


def test_a_key_cannot_be_edited(cloud: Any) -> None:
    """The number of a supplier stays; an unknown record is not found."""
    body = {"entity": "CIDMAS", "id": "Y30001", "set": {"SUNO": "Y1"}}
    assert _refused(cloud, "edit", body).status_code == 422
    assert _refused(cloud, "edit", {**body, "id": "NOBODY"}).status_code == 404
    assert _refused(cloud, "edit", {**body, "entity": "NOTHING"}).status_code == 404


def test_an_invoice_is_edited_by_its_identity(cloud: Any) -> None:
    """An invoice is named by division, payee, supplier, number and year as well as by its place."""
    cloud.seed("FPLEDG", {"SUNO": "Y30007", "SINO": "A/1", "CUAM": "-10", "IVDT": "20260227"})
    row = cloud.edit("FPLEDG", "AAA/Y30007/Y30007/A/1/2026", IVBL=1)
    assert (row["IVBL"], row["CHNO"]) == ("1", "2")


def test_a_record_can_be_deleted(cloud: Any) -> None:
    """A deleted supplier is gone."""
    cloud.sim("DELETE", "record?entity=CIDMAS&id=Y30007")
    assert cloud.nok("CRS620MI/GetBasicData", SUNO="Y30007")["errorField"] == "SUNO"
    assert _refused(cloud, "record?entity=CIDMAS&id=Y30007", None, "DELETE").status_code == 404


def test_a_record_may_change_between_two_calls(cloud: Any) -> None:
    """A touch edits a record just before a call is served, with new stamps."""
    fault = {"kind": "touch", "path": "LstSuppliers", "entity": "CIDMAS", "id": "Y30007", "set": {"SUNM": "Touched"}}
    cloud.sim("POST", "faults", fault)
    assert cloud.rows("CRS620MI/LstSuppliers")[1]["SUNM"] == "Touched"


def test_state_shows_every_table(cloud: Any) -> None:
    """The state holds all tables, or the one asked for, with texts as values."""
    assert {"CIDMAS", "MPHEAD", "FPLEDG", "FCHACC"} <= set(cloud.sim("GET", "state"))
    (first, *_rest) = cloud.sim("GET", "state?entity=CIDMAS")["CIDMAS"]
    assert (first["SUNO"], first["CONO"]) == ("Y30001", "100")
    assert _refused(cloud, "state?entity=NOTHING", None, "GET").status_code == 404


def test_settings_are_checked(cloud: Any) -> None:
    """An unknown setting and a value of another type are refused, and reset brings the defaults back."""
    for changes in ({"nothing": 1}, {"quota_calls": "many"}):
        assert _refused(cloud, "settings", changes, "PATCH").status_code == 422
    cloud.set(default_maxrecs=5)
    cloud.sim("POST", "reset")
    assert cloud.sim("GET", "settings")["default_maxrecs"] == 100


def test_tenants_are_apart(cloud: Any) -> None:
    """A second tenant has its own keys and records, and may be empty."""
    made = cloud.sim("POST", "accounts", {"name": "OTHER_TST", "empty": True})
    assert made["account"] == "OTHER_TST"
    assert made["ionapi"]["saak"].startswith("OTHER_TST#")
    assert cloud.sim("GET", "state?entity=CIDMAS&account=OTHER_TST") == {"CIDMAS": []}
    body = {"account": "OTHER_TST", "records": {"CIDMAS": [{"SUNO": "THEIRS"}]}}
    cloud.sim("POST", "seed", body)
    assert "THEIRS" not in {row["SUNO"] for row in cloud.rows("CRS620MI/LstSuppliers")}


def test_a_dump_brings_everything_back(cloud: Any) -> None:
    """Loaded from a dump, a simulator has the same records, keys, settings and next numbers."""
    first, second = simulator(), simulator()
    first.add_account({"name": "OTHER_TST", "secret_key": "k"})
    first.change_settings({"default_maxrecs": 7})
    first.seed("OTHER_TST", {"MPHEAD": [{"SUNO": "Y30001", "MPLINE": [{"ITNO": "FREIGHT", "ORQA": 1, "PUPR": 4}]}]})
    second.load(first.dump())
    assert second.state("OTHER_TST", None) == first.state("OTHER_TST", None)
    assert second.dump() == first.dump()
    assert (
        second.lakes["OTHER_TST"].listing(second.switches, {"filter": "dl_document_name eq 'PurchaseOrder'"})[
            "numFound"
        ]
        == 1
    )


def test_thousands_of_records_are_quick(cloud: Any) -> None:
    """A page of a thousand suppliers out of five thousand has its rows."""
    cloud.seed("CIDMAS", *({"SUNO": f"S{number:05}"} for number in range(5000)))
    assert len(cloud.rows("CRS620MI/LstSuppliers", ";maxrecs=1000", FRSU="S02000")) == 1000

"""The control routes: what a test or a demo asks of a simulator."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from ml_connector_sandbox.cin7 import simulator
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve

MAIN = "10000000-0000-4000-8000-000000000001"


def test_health_names_the_vendor(site: Any) -> None:
    """Health is ok and tells which vendor this is."""
    assert site.sim("GET", "health") == {"status": "ok", "system": "cin7"}


def test_reset_forgets_everything(site: Any) -> None:
    """After a reset there are the first records, settings and an empty journal, and no faults."""
    site.make("7 days")
    site.sim("PATCH", "settings", {"rate_limit": 5})
    site.fault("html")
    site.sim("POST", "reset")
    assert "7 days" not in site.terms()
    assert site.sim("GET", "settings")["rate_limit"] == 60
    assert (site.sim("GET", "faults"), site.sim("GET", "journal")) == ([], [])


def test_seed_edit_remove(site: Any) -> None:
    """Records are put in, changed and taken out, as a person does it in the vendor's pages."""
    row = {"ID": "aaaaaaaa-0000-4000-8000-000000000001", "Name": "Yard"}
    assert site.sim("POST", "seed", {"records": {"location": [row]}}) == {"location": 1}
    site.sim("POST", "edit", {"entity": "location", "id": row["ID"].upper(), "set": {"Name": "Yard 2"}})
    names = [one["Name"] for one in site.sim("GET", "state", entity="location")["location"]]
    assert names[-1] == "Yard 2"
    site.sim("DELETE", "record", entity="location", id=row["ID"])
    assert len(site.sim("GET", "state", entity="location")["location"]) == 2


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "seed", {"records": {"spaceship": []}}, 422),
        ("POST", "seed", {"account": "nobody", "records": {}}, 404),
        ("POST", "edit", {"entity": "location", "id": "nobody", "set": {}}, 404),
        ("DELETE", "record", {"entity": "location", "id": "nobody"}, 404),
        ("PATCH", "settings", {"rate_limt": 5}, 422),
        ("PATCH", "settings", {"rate_limit": 0}, 422),
        ("POST", "clock", {"set": "yesterday"}, 422),
    ],
)
def test_a_mistake_in_a_control_call_is_told(site: Any, method: str, path: str, body: Any, status: int) -> None:
    """An unknown entity, record, account or setting is an error that says so, and changes nothing."""
    answer = site.control(method, path, body)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert site.sim("GET", "settings")["rate_limit"] == 60


def test_the_clock_is_set_stopped_and_moved(site: Any) -> None:
    """The simulator's time is set, stopped and moved, and shows in its Date header and its stamps."""
    site.sim("POST", "clock", {"set": "2026-03-01T10:00:00Z", "speed": 0})
    site.sim("POST", "clock", {"advance": 90})
    assert site.sim("GET", "clock")["now"].startswith("2026-03-01T10:01:30")
    date = parsedate_to_datetime(site.call().headers["Date"])
    assert date.isoformat().startswith("2026-03-01T10:01:30")
    body = {"Name": "A", "Currency": "USD", "PaymentTerm": "30 days", "AccountPayable": "800",
            "TaxRule": "Tax Exempt", "Status": "Active"}  # fmt: skip
    made = site.call("POST", "supplier", body).json()["SupplierList"][0]
    assert made["LastModifiedOn"].startswith("2026-03-01T10:01:30")


def test_the_clock_runs_faster(site: Any) -> None:
    """With a speed, more simulated than real seconds pass."""
    site.sim("POST", "clock", {"set": "2026-03-01T10:00:00Z", "speed": 1_000_000})
    site.call()
    assert site.sim("GET", "clock")["now"] > "2026-03-01T10:10"


def test_the_journal_holds_calls_and_faults_but_no_keys(site: Any) -> None:
    """Each call is recorded with query, bodies, status, account and fault; credentials never are."""
    site.fault("status", path="/me", status=503)
    site.call(path="me?x=1")
    site.make("7 days")
    first, second = site.sim("GET", "journal")
    assert (first["method"], first["query"], first["status"], first["fault"]) == ("GET", "x=1", 503, "status")
    assert (json.loads(second["request"]), second["status"], second["fault"]) == ({"Name": "7 days"}, 200, "")
    assert "7 days" in second["answer"]
    assert second["account"] == "11111111-1111-4111-8111-111111111111"
    assert "22222222-2222" not in json.dumps([first, second])


def test_the_journal_is_searched_counted_and_cleared(site: Any) -> None:
    """Method, path and number select; the count is of all that match; control calls are not in it."""
    for _ in range(3):
        site.call(path="ref/tax")
    site.make("7 days")
    rows = site.sim("GET", "journal", method="get,put", path="REF/")
    assert len(rows) == 3
    assert len(site.sim("GET", "journal", since=rows[1]["seq"], path="tax")) == 1
    assert len(site.sim("GET", "journal", limit=2)) == 2
    assert site.sim("GET", "journal/count", method="POST") == {"count": 1}
    site.sim("DELETE", "journal")
    assert site.sim("GET", "journal/count") == {"count": 0}


def test_accounts_are_made_and_kept_apart(site: Any) -> None:
    """A new account has its own records; the same account again gets the new keys."""
    made = site.sim("POST", "accounts", {"me": {"Currency": "AUD"}})
    keys = {"api-auth-accountid": made["account_id"], "api-auth-applicationkey": made["keys"][0]}
    me = requests.get(f"{site.url}/ExternalApi/v2/me", headers=keys, timeout=10).json()
    assert me["Currency"] == "AUD"
    assert site.sim("GET", "state", entity="location", account=made["account_id"]) == {"location": []}
    site.sim("POST", "tenants", {"account_id": made["account_id"], "keys": ["new"]})
    assert requests.get(f"{site.url}/ExternalApi/v2/me", headers=keys, timeout=10).status_code == 403


def test_the_state_outlives_the_process(tmp_path: Path) -> None:
    """What was saved is there again in a simulator started from the same file, decimals and settings too."""
    file = tmp_path / "state" / "cin7.json"
    with serve(build(simulator(), file)) as first:
        body = {"records": {"paymentterm": [{"Name": "7 days", "Share": 0.1}]}}
        requests.post(f"{first.url}/_sim/seed", json=body, timeout=10)
        requests.patch(f"{first.url}/_sim/settings", json={"rate_limit": 7}, timeout=10)
        assert requests.post(f"{first.url}/_sim/save", timeout=10).json() == {"saved": True}
    with serve(build(simulator(), file)) as second:
        rows = requests.get(f"{second.url}/_sim/state", params={"entity": "paymentterm"}, timeout=10).json()
        assert rows["paymentterm"][-1]["Share"] == 0.1
        assert requests.get(f"{second.url}/_sim/settings", timeout=10).json()["rate_limit"] == 7

"""Licence limits, control routes, faults and keeping the state."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from ml_connector_sandbox.acumatica import simulator
from ml_connector_sandbox.acumatica.licence import Licence
from ml_connector_sandbox.acumatica.settings import Settings
from ml_connector_sandbox.core.app import build, save
from ml_connector_sandbox.core.clock import Clock
from ml_connector_sandbox.core.wire import read_json, write_json


def test_requests_over_the_limit_are_declined_without_retry_after(erp: Any) -> None:
    """The request over the limit per minute answers 429; a minute later calls pass; logout always passes."""
    erp.sim("POST", "clock", {"advance": 120})
    erp.set(requests_per_minute=3)
    answers = [erp.call("GET", "Currency") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "Retry-After" not in answers[3].headers
    erp.sim("POST", "clock", {"advance": 61})
    assert erp.call("GET", "Currency").status_code == 200
    erp.set(requests_per_minute=1)
    assert erp.http.post(f"{erp.url}/entity/auth/logout", timeout=10).status_code == 204


async def _count(licence: Licence, settings: Settings, requests_made: int) -> None:
    for _ in range(requests_made):
        async with licence.admitted(settings):
            pass


def test_from_half_the_limit_requests_are_delayed_by_the_rule() -> None:
    """The delay is what is left of the oldest request's minute, divided by the requests still allowed."""
    clock, settings = Clock(), Settings(requests_per_minute=10)
    clock.run_at(0)
    licence = Licence(clock)
    asyncio.run(_count(licence, settings, 4))
    assert licence.delay_seconds(settings) == 0
    asyncio.run(_count(licence, settings, 2))
    clock.advance(20)
    assert licence.delay_seconds(settings) == pytest.approx(10)
    clock.advance(41)
    assert licence.delay_seconds(settings) == 0


def test_a_delayed_request_waits_on_the_simulated_clock(erp: Any) -> None:
    """With the delay rule a request is held back until the simulator's clock has moved far enough."""
    erp.sim("POST", "clock", {"speed": 1000})
    erp.set(requests_per_minute=4, license_delay=True)
    before = erp.sim("GET", "clock")["now"]
    for _ in range(6):
        assert erp.call("GET", "Currency").status_code == 200
    assert _seconds(before, erp.sim("GET", "clock")["now"]) >= 30


def _seconds(first: str, second: str) -> float:
    return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds()


def test_the_queue_overflows_with_429(erp: Any) -> None:
    """A request is declined once more wait than the queue's length; those that wait are served in the end."""
    erp.sim("POST", "clock", {"speed": 0})
    erp.set(requests_per_minute=1, license_delay=True, queue_length=1)
    statuses: queue.Queue[int] = queue.Queue()
    threads = [threading.Thread(target=lambda: statuses.put(erp.call("GET", "Currency").status_code)) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert statuses.get(timeout=10) == 429
    erp.sim("POST", "clock", {"advance": 120})
    assert [statuses.get(timeout=10) for _ in range(2)] == [200, 200]
    for thread in threads:
        thread.join(timeout=10)


def test_an_unknown_setting_is_refused(erp: Any) -> None:
    """A misspelt setting or a value of another type is an error and changes nothing."""
    for body in ({"ordr": "key"}, {"max_sessions": "many"}):
        answer = requests.patch(f"{erp.url}/_sim/settings", json=body, timeout=10)
        assert answer.status_code == 422
    assert erp.sim("GET", "settings")["max_sessions"] == 2


def test_seeded_records_keep_what_is_given_and_get_defaults(erp: Any, vendor: str) -> None:
    """Ids and stamps stay, the rest is filled as the vendor's screens would, without checks."""
    given = {
        "id": "3d6f6a10-70f8-ef11-8361-0a2d5f0e9b11",
        "Vendor": vendor,
        "Date": "2024-06-30",
        "Status": "Open",
        "LastModifiedDateTime": "2024-06-30T10:00:00.5+00:00",
        "Details": [{"Account": "61500", "ExtendedCost": 17.5}],
    }
    erp.seed("Bill", given)
    bill = erp.call("GET", f"Bill/{given['id']}").json()
    assert (bill["Status"], bill["Amount"], bill["Type"]) == ({"value": "Open"}, {"value": 17.5}, {"value": "Bill"})
    assert bill["LastModifiedDateTime"] == {"value": "2024-06-30T10:00:00.5+00:00"}
    assert bill["ReferenceNbr"] == {"value": "000001"}
    assert erp.made("Bill", {"Vendor": vendor, "Date": "2026-01-05"})["ReferenceNbr"] == {"value": "000002"}


def test_seeding_a_key_again_replaces_the_record(erp: Any, vendor: str) -> None:
    """The same key seeded twice is one record under its first id."""
    before = erp.call("GET", f"Vendor/{vendor}").json()["id"]
    erp.seed("Vendor", {"VendorID": vendor, "VendorName": "New name"})
    after = erp.call("GET", f"Vendor/{vendor}").json()
    assert (after["id"], after["VendorName"]) == (before, {"value": "New name"})


def test_an_unknown_seed_field_is_refused(erp: Any) -> None:
    """A misspelt entity or field of a seed is an error."""
    bad: tuple[dict[str, Any], ...] = ({"Vendr": [{}]}, {"Vendor": [{"VendorNam": "x"}]})
    for records in bad:
        answer = requests.post(f"{erp.url}/_sim/seed", json={"records": records}, timeout=10)
        assert answer.status_code == 422


def test_an_edit_moves_the_stamp_and_a_removal_removes(erp: Any, vendor: str) -> None:
    """What a person does in the vendor's screens shows in the API."""
    before = erp.call("GET", f"Vendor/{vendor}").json()["LastModifiedDateTime"]["value"]
    erp.sim("POST", "clock", {"advance": 5})
    erp.sim("POST", "edit", {"entity": "Vendor", "id": vendor, "set": {"Status": "On Hold"}})
    after = erp.call("GET", f"Vendor/{vendor}").json()
    assert after["Status"] == {"value": "On Hold"}
    assert after["LastModifiedDateTime"]["value"] > before
    erp.sim("DELETE", f"record?entity=Vendor&id={vendor}")
    assert erp.rows("Vendor") == []


def test_a_failed_save_stores_nothing(erp: Any, vendor: str) -> None:
    """A refused update leaves the stored record as it was."""
    made = erp.made("Bill", {"Vendor": vendor, "Date": "2026-01-05", "Details": [{"Account": "61500", "Qty": 1}]})
    row = {"Account": "99999"}
    erp.refused("Bill", {"id": made["id"], "Description": "new", "Details": [row]})
    bill = erp.call("GET", f"Bill/{made['id']}?$expand=Details").json()
    assert (bill["Description"], len(bill["Details"])) == ({}, 1)


def test_a_commit_can_lose_its_answer(erp: Any, vendor: str) -> None:
    """With reset_after the bill is stored although the client never hears of it."""
    erp.sim("POST", "faults", [{"kind": "reset_after", "method": "PUT", "path": "/Bill$"}])
    with pytest.raises(requests.ConnectionError):
        erp.put("Bill", {"Vendor": vendor, "VendorRef": "INV-9"})
    assert len(erp.rows("Bill", filter="VendorRef eq 'INV-9'")) == 1


def test_the_state_survives_a_restart(tmp_path: Path) -> None:
    """What is saved to a file is what the next process holds, settings and numbering included."""
    file = tmp_path / "acumatica.json"
    first = simulator()
    first.change_settings({"vendor_numbering": "manual"})
    first.seed(None, {"Vendor": [{"VendorID": "KEPT", "VendorName": "Kept"}]})
    first.seed(None, {"Bill": [{"Vendor": "KEPT", "Date": "2026-01-05", "Details": [{"ExtendedCost": 1.1}]}]})
    save(first, file)
    second = simulator()
    build(second, file)
    assert read_json(write_json(second.dump()).encode()) == read_json(write_json(first.dump()).encode())
    assert second.tenant_of("ACME").next_number("Bill") == "000002"


def test_two_thousand_records_are_listed_quickly(erp: Any) -> None:
    """A page of all of 2,000 vendors is served well under a second even the first time, then from what was kept."""
    erp.seed("Vendor", *({"VendorID": f"V{n}", "VendorName": f"Vendor {n}"} for n in range(2000)))
    erp.rows("Vendor", select="VendorID,VendorName,LastModifiedDateTime")
    started = time.perf_counter()
    rows = erp.rows("Vendor", select="VendorID,VendorName,LastModifiedDateTime")
    assert len(rows) == 2000
    assert time.perf_counter() - started < 1

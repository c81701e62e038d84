"""Every fault over real sockets: what the client sees, and whether the vendor has carried the call out."""

from __future__ import annotations

from typing import Any

import pytest
import requests


@pytest.mark.parametrize(("kind", "carried_out"), [("reset_before", False), ("reset_after", True)])
def test_a_reset_drops_the_connection(site: Any, kind: str, carried_out: bool) -> None:
    """The connection is aborted without an answer, before or after the vendor has done the call; the next passes."""
    site.fault(kind, method="POST")
    with pytest.raises(requests.ConnectionError):
        site.make("7 days")
    assert ("7 days" in site.terms()) is carried_out
    assert site.make("9 days").status_code == 200


@pytest.mark.parametrize(("kind", "carried_out"), [("status", False), ("status_after", True)])
def test_a_status_is_answered_in_the_vendors_place(site: Any, kind: str, carried_out: bool) -> None:
    """The ordered status, headers and answer come, before or after the vendor has done the call."""
    site.fault(kind, status=429, headers={"Retry-After": "7"}, answer=[{"Exception": "slow down"}])
    answer = site.make("7 days")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json() == [{"Exception": "slow down"}]
    assert ("7 days" in site.terms()) is carried_out


def test_a_text_is_answered_as_text(site: Any) -> None:
    """An answer that is a text comes as plain text, none as an empty body."""
    site.fault("status", status=500, answer="oops")
    site.fault("status", status=502)
    answers = [site.call(), site.call()]
    assert [(a.status_code, a.text) for a in answers] == [(500, "oops"), (502, "")]


def test_a_gateway_page_is_html_with_200(site: Any) -> None:
    """The page of a gateway comes with 200, and the vendor has not seen the call."""
    site.fault("html")
    answer = site.make("7 days")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "7 days" not in site.terms()


def test_a_truncated_answer_breaks_off(site: Any) -> None:
    """Half of the answer comes, then the connection ends; the vendor has done the call."""
    site.fault("truncate", method="POST")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        site.make("7 days")
    assert "7 days" in site.terms()


@pytest.mark.parametrize("after", [False, True])
def test_a_timeout_never_answers(site: Any, after: bool) -> None:
    """No answer comes before the client gives up; the vendor has done the call where so ordered."""
    site.fault("timeout", after=after)
    with pytest.raises(requests.ReadTimeout):
        site.make("7 days", timeout=0.2)
    assert ("7 days" in site.terms()) is after


def test_a_delay_answers_late(site: Any) -> None:
    """The answer is whole, and late by the ordered seconds."""
    site.fault("delay", seconds=0.2)
    answer = site.call()
    assert answer.json()["Currency"] == "USD"
    assert answer.elapsed.total_seconds() >= 0.2


def test_a_touch_edits_a_record_just_before_the_call(site: Any) -> None:
    """The record is changed before the call it meets is served."""
    main = "10000000-0000-4000-8000-000000000001"
    site.fault("touch", path="/ref/location", entity="location", id=main, set={"Name": "Moved"})
    assert site.call(path="me").status_code == 200
    rows = site.call(path="ref/location").json()["LocationList"]
    assert rows[0]["Name"] == "Moved"


def test_a_fault_meets_only_its_calls(site: Any) -> None:
    """Method, path, body and account select; `skip` lets calls pass first and `times` says how many it meets."""
    site.fault("status", method="POST", path="/ref/", body="days", skip=1, times=2, status=503,
               account="11111111-1111-4111-8111-111111111111")  # fmt: skip
    statuses = [
        site.call(path="ref/tax").status_code,
        site.make("week").status_code,
        site.make("1 days").status_code,
        site.make("2 days").status_code,
        site.make("3 days").status_code,
        site.make("4 days").status_code,
    ]
    assert statuses == [200, 200, 200, 503, 503, 200]
    assert site.sim("GET", "faults") == []


def test_a_fault_of_another_account_waits(site: Any) -> None:
    """A fault for one account leaves the calls of another alone."""
    site.fault("status", account="somebody else")
    assert site.call().status_code == 200
    assert len(site.sim("GET", "faults")) == 1
    assert site.sim("DELETE", "faults") == []


@pytest.mark.parametrize("body", [{"kind": "earthquake"}, {"kind": "html", "paht": "x"}, {"kind": "html", "times": 0}])
def test_a_fault_with_a_typo_is_refused(site: Any, body: dict[str, Any]) -> None:
    """An unknown kind or field, or an impossible count, is refused and nothing is ordered."""
    assert site.control("POST", "faults", body).status_code == 422
    assert site.sim("GET", "faults") == []

"""What the gateway lets through, and what it answers itself."""

from __future__ import annotations

from typing import Any

import requests

TIME = "GENERAL/GetServerTime"


def test_a_call_without_tenant_is_a_bad_request(cloud: Any) -> None:
    """Without the tenant's segment the gateway answers 400 and nothing more."""
    answer = cloud.http.get(f"{cloud.url}/M3/m3api-rest/v2/execute/{TIME}", timeout=10)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request"})


def test_a_call_without_token_is_unauthorized(cloud: Any) -> None:
    """A missing or an unknown token is answered 401 with a Bearer challenge and no body."""
    url = f"{cloud.url}/ACME_PRD/M3/m3api-rest/v2/execute/{TIME}"
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = requests.get(url, headers=headers, timeout=10)
        assert (answer.status_code, answer.content) == (401, b"")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_token_is_good_for_its_own_tenant_only(cloud: Any) -> None:
    """The token of one tenant is refused in the path of another."""
    cloud.sim("POST", "accounts", {"name": "OTHER_TST"})
    cloud.sign_in("OTHER_TST")
    assert cloud.call(TIME).status_code == 401


def test_a_suite_that_is_not_published_is_not_found(cloud: Any) -> None:
    """An unknown suite and an unknown path of a suite are answered 404."""
    assert cloud.get("CPQ/anything").status_code == 404
    assert cloud.get("M3/m3api-rest/v3/anything").status_code == 404


def test_a_suite_that_is_not_granted_is_forbidden(cloud: Any) -> None:
    """A suite that the app does not hold is answered 403."""
    cloud.set(granted_suites=["IONSERVICES"])
    assert cloud.call(TIME).status_code == 403


def test_the_csrf_header_is_refused(cloud: Any) -> None:
    """M3 behind ION takes no fnd-csrf-token, and there is no route to fetch one."""
    headers = {"fnd-csrf-token": "x"}
    url = f"M3/m3api-rest/v2/execute/{TIME}"
    assert cloud.get(url, headers=headers).status_code == 403
    assert cloud.get("M3/m3api-rest/csrf").status_code == 404
    cloud.set(refuse_csrf_header=False)
    assert cloud.get(url, headers=headers).status_code == 200


def test_a_spent_quota_is_answered_with_retry_after(cloud: Any) -> None:
    """Over the quota a call is answered 429 until the interval has passed."""
    cloud.set(quota_calls=2, quota_seconds=60, retry_after=7)
    assert [cloud.call(TIME).status_code for _ in range(3)] == [200, 200, 429]
    answer = cloud.call(TIME)
    assert (answer.headers["Retry-After"], answer.json()) == ("7", {"error": "Too Many Requests"})
    cloud.sim("POST", "clock", {"advance": 61})
    assert cloud.call(TIME).status_code == 200


def test_throttling_may_be_a_503_without_retry_after(cloud: Any) -> None:
    """A spike may be arrested with 503 and no hint when to come back."""
    cloud.set(spike_calls=1, spike_milliseconds=5000, throttle_status=503, retry_after=0)
    assert cloud.call(TIME).status_code == 200
    answer = cloud.call(TIME)
    assert answer.status_code == 503
    assert "Retry-After" not in answer.headers


def test_rate_smoothing_delays_on_the_clock(cloud: Any) -> None:
    """From the set count on, calls take longer and longer on the simulated clock."""
    cloud.sim("POST", "clock", {"set": "2026-03-02T10:00:00Z", "speed": 0})
    cloud.set(delay_after=2, delay_milliseconds=250, spike_milliseconds=60000)
    for _ in range(4):
        cloud.call(TIME)
    assert cloud.sim("GET", "clock")["now"].startswith("2026-03-02T10:00:00.75")


def test_the_gateway_can_answer_a_page(cloud: Any) -> None:
    """A fault makes the gateway answer HTML with status 200."""
    cloud.sim("POST", "faults", {"kind": "html", "path": "execute"})
    answer = cloud.call(TIME)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


def test_the_journal_knows_the_tenant_and_no_secret(cloud: Any) -> None:
    """A call is recorded under its tenant; requests for tokens are recorded without their content."""
    cloud.call(TIME)
    (row,) = cloud.sim("GET", "journal?path=GetServerTime")
    assert (row["account"], row["status"]) == ("ACME_PRD", 200)
    tokens = cloud.sim("GET", "journal?path=token")
    assert {(row["request"], row["answer"]) for row in tokens} == {("", "")}


def test_a_suite_can_be_unpublished(cloud: Any) -> None:
    """A suite that is published no longer is answered 404."""
    cloud.set(published_suites=["IONSERVICES"])
    assert cloud.call(TIME).status_code == 404


def test_a_quota_may_be_shared_by_the_tenant(cloud: Any) -> None:
    """A quota that is not per user holds for a service account made anew as well."""
    cloud.set(quota_calls=1, quota_per_user=False)
    assert cloud.call(TIME).status_code == 200
    cloud.sim("POST", "accounts", {"access_key": "ACME_PRD#other"})
    cloud.sign_in(username="ACME_PRD#other")
    assert cloud.call(TIME).status_code == 429
    cloud.set(quota_per_user=True)
    assert cloud.call(TIME).status_code == 200

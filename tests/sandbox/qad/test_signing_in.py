"""Tokens, Basic, workspace, rights and limits."""

from __future__ import annotations

from typing import Any

import pytest
import requests

USER = {"client_id": "ml-connector", "username": "svc.ap@acme.example", "password": "sandbox-password"}


def test_the_token_comes_for_a_form(erp: Any) -> None:
    """The password grant needs no client secret and gives a bearer token, its life and a refresh token."""
    answer = erp.token(grant_type="password", **USER).json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 3599)
    assert answer["access_token"] != answer["refresh_token"]


def test_the_token_comes_for_a_query_with_an_empty_body(erp: Any) -> None:
    """The parameters may stand in the query, unless the tenant takes the form only."""
    url = f"{erp.base}/oauth/token"
    asked = {"grant_type": "password", **USER}
    assert "access_token" in requests.post(url, params=asked, timeout=10).json()
    erp.set(token_carriers=["form"])
    assert requests.post(url, params=asked, timeout=10).json()["error"] == "unsupported_grant_type"


@pytest.mark.parametrize(("changes", "error"), [
    ({"password": "wrong"}, "invalid_grant"), ({"username": "nobody"}, "invalid_grant"),
    ({"client_id": "other"}, "invalid_client"), ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
])  # fmt: skip
def test_bad_credentials_get_an_oauth_error(erp: Any, changes: dict[str, str], error: str) -> None:
    """What is wrong is told in the shape of RFC 6749."""
    answer = erp.token(**{"grant_type": "password", **USER, **changes})
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == error


def test_the_status_of_bad_credentials_is_a_switch(erp: Any) -> None:
    """Bad credentials are 400, or 401 at other tenants."""
    wrong = {**USER, "password": "wrong", "grant_type": "password"}
    assert erp.token(**wrong).status_code == 400
    erp.set(token_error_status=401)
    assert erp.token(**wrong).status_code == 401


def test_an_expired_token_is_refused_and_refreshed(erp: Any) -> None:
    """After its life a token gets 401 with the vendor's body, and the refresh grant gives a new pair once."""
    first = erp.sign_in()
    erp.sim("POST", "clock", {"advance": 3600})
    answer = erp.call("GET", "qracore/browses")
    assert (answer.status_code, answer.json()["error_description"]) == (401, "Access token expired")
    asked = {"grant_type": "refresh_token", "client_id": "ml-connector", "refresh_token": first["refresh_token"]}
    second = erp.token(**asked).json()
    erp.http.headers["Authorization"] = f"Bearer {second['access_token']}"
    assert erp.call("GET", "qracore/browses").status_code == 200
    assert erp.token(**asked).json()["error"] == "invalid_grant"


def test_a_refresh_token_has_a_life_too(erp: Any) -> None:
    """An overdue refresh token is refused, so that the password is needed again."""
    erp.set(refresh_seconds=60)
    first = erp.sign_in()
    erp.sim("POST", "clock", {"advance": 61})
    asked = {"grant_type": "refresh_token", "client_id": "ml-connector", "refresh_token": first["refresh_token"]}
    assert erp.token(**asked).json()["error"] == "invalid_grant"


def test_without_a_token_there_is_nothing(erp: Any) -> None:
    """A call without token, or with one that nobody gave, is 401."""
    for header in ("", "Bearer eyJnobody", "Basic ???"):
        erp.http.headers["Authorization"] = header
        assert erp.call("GET", "qracore/browses").status_code == 401


def test_basic_is_taken_unless_switched_off(erp: Any) -> None:
    """HTTP Basic works on API calls at tenants that allow it."""
    del erp.http.headers["Authorization"]
    erp.http.auth = (USER["username"], USER["password"])
    assert erp.call("GET", "qracore/browses").status_code == 200
    erp.set(basic_auth=False)
    assert erp.call("GET", "qracore/browses").status_code == 401


def test_the_workspace_header_chooses_the_domain(erp: Any) -> None:
    """Items of another domain are seen only in its workspace; without a header the user's own applies."""
    keys = {"domainCode": "20UK", "itemCode": "ST-200"}
    assert erp.find("items", **keys) == []
    erp.http.headers["x-qad-workspace-id"] = "20UK_20UKCO"
    assert erp.get("items", **keys)["siteCode"] == "20-100"
    del erp.http.headers["x-qad-workspace-id"]
    assert erp.find("items", **keys) == []


def test_an_unknown_workspace_is_refused(erp: Any) -> None:
    """A workspace that does not exist is 403 with bare errors."""
    erp.http.headers["x-qad-workspace-id"] = "10USA_NOWHERE"
    answer = erp.call("GET", "qracore/browses")
    assert answer.status_code == 403
    assert list(answer.json()) == ["errors"]


def test_a_missing_right_is_told_per_entity(erp: Any) -> None:
    """Rights surface as 403 with bare errors on the entity, or on one method of it."""
    erp.set(forbidden=["items", "glAccounts:POST"])
    answer = erp.call("GET", "erp/items", viewUri="urn:be:com.qad.base.item.IItem")
    assert answer.status_code == 403
    assert answer.json() == {"errors": [{"message": "User is not authorized for this resource"}]}
    assert len(erp.find("glAccounts")) > 5
    assert erp.call("POST", "erp/glAccounts", {}).status_code == 403


@pytest.mark.parametrize(("dialect", "status"), [("503", 503), ("429", 429)])
def test_too_many_requests_are_refused_where_a_limit_is_set(erp: Any, dialect: str, status: int) -> None:
    """Over the limit nginx answers 503 with a page, or a gateway 429 with Retry-After, until a minute has passed."""
    erp.set(requests_per_minute=2, rate_dialect=dialect)
    seen = [erp.call("GET", "qracore/browses") for _ in range(3)]
    assert [answer.status_code for answer in seen] == [200, 200, status]
    assert ("Retry-After" in seen[2].headers) == (dialect == "429")
    erp.sim("POST", "clock", {"advance": 61})
    assert erp.call("GET", "qracore/browses").status_code == 200


@pytest.mark.parametrize("path", ["/api/erp/items", "/qad-central/api/erp/items", "/clouderp/elsewhere", "/clouderp"])
def test_outside_the_context_root_is_the_web_server(erp: Any, path: str) -> None:
    """A base without, or with another, context root gets nginx's 404 page."""
    answer = erp.http.get(f"{erp.url}{path}", timeout=10)
    assert answer.status_code == 404
    assert "nginx" in answer.text


def test_tenants_are_told_apart_by_context_or_credentials(erp: Any) -> None:
    """Two tenants on one context root are told apart by user; a token is worth nothing under another root."""
    erp.sim("POST", "accounts", {"name": "TWO"})
    three = erp.sim("POST", "accounts", {"name": "THREE", "context": "/clouderp/test"})
    assert (three["context"], three["username"]) == ("/clouderp/test", "svc.ap@three.example")
    asked = {"grant_type": "password", **USER, "username": "svc.ap@two.example"}
    erp.http.headers["Authorization"] = f"Bearer {erp.token(**asked).json()['access_token']}"
    erp.sim("POST", "seed", {"account": "TWO", "records": {"glAccounts": [
        {"glAccountCode": "9999", "glAccountDescription": "Two's own"}]}})  # fmt: skip
    assert erp.get("glAccounts", glAccountCode="9999")["glAccountDescription"] == "Two's own"
    assert erp.sim("GET", "journal", account="TWO")
    erp.base = f"{erp.url}/clouderp/test"
    assert erp.call("GET", "qracore/browses").status_code == 401

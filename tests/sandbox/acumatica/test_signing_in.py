"""Tokens, cookies, licensed sessions."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import Any

import pytest
import requests

LOGIN = {"name": "cin7.sync", "password": "sandbox-password", "tenant": "ACME"}


def _log_in(erp: Any, http: requests.Session, **changes: str) -> requests.Response:
    return http.post(f"{erp.url}/entity/auth/login", json={**LOGIN, **changes}, timeout=10)


def test_a_refresh_token_is_good_for_one_refresh(erp: Any) -> None:
    """A refresh answers a new refresh token and spends the old one."""
    erp.sim("POST", "reset")
    first = erp.sign_in()
    second = erp.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second.json()["refresh_token"] != first["refresh_token"]
    again = erp.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


def test_only_offline_access_brings_a_refresh_token(erp: Any) -> None:
    """With the scope api alone the answer has no refresh token."""
    answer = erp.sign_in("api")
    assert "refresh_token" not in answer
    assert (answer["expires_in"], answer["token_type"], answer["scope"]) == (3600, "Bearer", "api")


def test_an_access_token_ends_after_an_hour(erp: Any) -> None:
    """A token works for 3600 s and is answered 401 afterwards."""
    erp.sim("POST", "clock", {"advance": 3500})
    assert erp.call("GET", "Currency").status_code == 200
    erp.sim("POST", "clock", {"advance": 101})
    answer = erp.call("GET", "Currency")
    assert answer.status_code == 401
    assert "not signed in" in answer.json()["message"]


def test_the_refresh_chain_ends_after_thirty_days(erp: Any) -> None:
    """A refresh token older than the chain is refused."""
    erp.sim("POST", "reset")
    token = erp.sign_in()["refresh_token"]
    erp.sim("POST", "clock", {"advance": 31 * 86400})
    assert erp.token(grant_type="refresh_token", refresh_token=token).json() == {"error": "invalid_grant"}


def test_wrong_credentials_of_the_token_endpoint_answer_400(erp: Any) -> None:
    """A wrong secret is an invalid client, a wrong password an invalid grant, another grant unsupported."""
    assert erp.token(grant_type="password", client_secret="no").json() == {"error": "invalid_client"}
    wrong = erp.token(grant_type="password", username="cin7.sync", password="no")
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    assert erp.token(grant_type="client_credentials").json() == {"error": "unsupported_grant_type"}


def test_each_password_grant_takes_a_slot_of_the_licence(erp: Any) -> None:
    """The third session of a two-user licence is refused with API Login Limit until one logs out."""
    erp.sign_in()
    full = erp.token(grant_type="password", username="cin7.sync", password="sandbox-password")
    assert full.status_code == 400
    assert full.json()["error_description"] == "API Login Limit"
    assert erp.http.post(f"{erp.url}/entity/auth/logout", timeout=10).status_code == 204
    erp.sign_in()


def test_a_refresh_takes_no_further_slot(erp: Any) -> None:
    """Refreshing keeps the session of the grant, so it works on a full licence."""
    token = erp.sign_in()["refresh_token"]
    assert erp.token(grant_type="refresh_token", refresh_token=token).status_code == 200


def test_an_authorization_code_is_good_for_one_token(erp: Any) -> None:
    """The authorize page sends the browser back with a code and the state; the code works once."""
    asked = {
        "response_type": "code",
        "client_id": "88358B02-A48D-A50E-F710-39C1636C30F6@ACME",
        "redirect_uri": "http://localhost/back",
        "state": "s1",
        "scope": "api offline_access",
    }
    answer = requests.get(f"{erp.url}/identity/connect/authorize", params=asked, allow_redirects=False, timeout=10)
    code = answer.headers["Location"].split("code=")[1].split("&")[0]
    assert answer.headers["Location"].endswith("&state=s1")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost/back"}
    assert "access_token" in erp.token(**form).json()
    assert erp.token(**form).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize("form", [{}, {"redirect_uri": "http://localhost/other"}])
def test_an_authorization_code_wants_its_redirect_uri(erp: Any, form: dict[str, str]) -> None:
    """The exchange names the redirect URI that the code was sent to, exactly."""
    asked = {
        "response_type": "code",
        "client_id": "88358B02-A48D-A50E-F710-39C1636C30F6@ACME",
        "redirect_uri": "http://localhost/back",
    }
    answer = requests.get(f"{erp.url}/identity/connect/authorize", params=asked, allow_redirects=False, timeout=10)
    code = answer.headers["Location"].split("code=")[1]
    assert erp.token(grant_type="authorization_code", code=code, **form).json() == {"error": "invalid_grant"}


def test_discovery_names_the_token_endpoint(erp: Any) -> None:
    """The OpenID configuration lists the token endpoint and no client credentials grant."""
    body = requests.get(f"{erp.url}/identity/.well-known/openid-configuration", timeout=10).json()
    assert body["token_endpoint"] == f"{erp.url}/identity/connect/token"
    assert "client_credentials" not in body["grant_types_supported"]


def test_a_cookie_session_opens_and_closes(erp: Any) -> None:
    """A cookie login answers 204 with the cookies; after the logout calls answer 401."""
    with requests.Session() as http:
        assert _log_in(erp, http).status_code == 204
        assert {".ASPXAUTH", "ASP.NET_SessionId", "CompanyID", "UserBranch"} <= set(http.cookies.keys())
        url = f"{erp.url}/entity/Default/24.200.001/Currency"
        assert http.get(url, timeout=10).status_code == 200
        assert http.post(f"{erp.url}/entity/auth/logout", timeout=10).status_code == 204
        assert http.get(url, timeout=10).status_code == 401


def test_a_cookie_session_ends_after_ten_idle_minutes(erp: Any) -> None:
    """Use keeps a cookie session alive; ten idle minutes end it."""
    with requests.Session() as http:
        _log_in(erp, http)
        url = f"{erp.url}/entity/Default/24.200.001/Currency"
        for _ in range(2):
            erp.sim("POST", "clock", {"advance": 500})
            assert http.get(url, timeout=10).status_code == 200
        erp.sim("POST", "clock", {"advance": 601})
        assert http.get(url, timeout=10).status_code == 401


def test_a_wrong_password_at_the_cookie_login_answers_500(erp: Any) -> None:
    """Bad credentials are a server exception, not 401."""
    with requests.Session() as http:
        answer = _log_in(erp, http, password="no")
    assert answer.status_code == 500
    assert answer.json()["exceptionMessage"] == "Error: Invalid credentials. Please try again."
    assert answer.json()["exceptionType"] == "PX.Data.PXException"


def test_a_cookie_login_may_name_a_branch_by_its_id(erp: Any, vendor: str) -> None:
    """The session's branch is that of documents that name none; an unknown one answers 500."""
    erp.set(branches=["HEADOFFICE", "WEST"])
    body = {"VendorID": {"value": vendor}, "Details": [{"InventoryID": {"value": "CONSULT"}}]}
    with requests.Session() as http:
        assert _log_in(erp, http, branch="WEST").status_code == 204
        assert http.cookies["UserBranch"] == "WEST"
        made = http.put(f"{erp.url}/entity/Default/24.200.001/PurchaseOrder", json=body, timeout=10).json()
        assert made["Branch"] == {"value": "WEST"}
        assert _log_in(erp, http, branch="EAST").status_code == 500


def test_an_unknown_tenant_is_refused_only_on_a_multi_tenant_site(erp: Any) -> None:
    """An unknown tenant answers 500; a single-tenant site takes any name."""
    with requests.Session() as http:
        answer = _log_in(erp, http, tenant="OTHER")
        assert answer.json()["exceptionType"].endswith("PXUndefinedCompanyException")
        erp.set(single_tenant=True)
        assert _log_in(erp, http, tenant="OTHER").status_code == 204


def test_a_logout_without_length_answers_411(erp: Any) -> None:
    """The web server wants Content-Length on the logout."""
    connection = HTTPConnection(erp.url.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/entity/auth/logout")
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 411


def test_the_client_id_chooses_the_tenant(erp: Any) -> None:
    """Each tenant has its own records, reached by its own client id."""
    made = erp.sim("POST", "tenants", {"name": "SECOND", "users": {"other": "pw"}})
    erp.sim("POST", "seed", {"account": "SECOND", "records": {"Vendor": [{"VendorID": "ONLY2", "VendorName": "B"}]}})
    answer = erp.token(grant_type="password", client_id=made["client_id"], username="other", password="pw")
    erp.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert [row["VendorID"]["value"] for row in erp.rows("Vendor")] == ["ONLY2"]
    assert erp.sim("GET", "state?entity=Vendor&account=ACME") == {"Vendor": []}
    assert erp.sim("GET", "journal?path=Vendor")[-1]["account"] == "SECOND"

"""The credential file and the token service."""

from __future__ import annotations

from typing import Any

import pytest
import requests

FILE = "ACME_PRD/authorizedapps/ml.ionapi"


def _revoke(cloud: Any, token: str, **kwargs: Any) -> requests.Response:
    keys = cloud.ionapi()
    auth = (keys["ci"], keys["cs"])
    return requests.post(keys["pu"] + keys["or"], auth=auth, data={"token": token}, timeout=10, **kwargs)


def test_the_file_is_json_with_a_byte_order_mark(cloud: Any) -> None:
    """The credential file is UTF-8 JSON that starts with a BOM."""
    assert requests.get(f"{cloud.url}/{FILE}", timeout=10).content.startswith(b"\xef\xbb\xbf{")


def test_the_file_names_gateway_and_token_service(cloud: Any) -> None:
    """The gateway's address has no tenant and the token service's has one and ends with a slash."""
    keys = cloud.ionapi()
    assert (keys["iu"], keys["pu"]) == (cloud.url, f"{cloud.url}/ACME_PRD/as/")
    assert (keys["ti"], keys["ot"], keys["or"]) == ("ACME_PRD", "token.oauth2", "revoke_token.oauth2")
    assert keys["ci"].startswith("ACME_PRD~")
    assert keys["saak"].startswith("ACME_PRD#")
    assert (keys["dt"], keys["v"], keys["sc"]) == ("12", "1.1", ["Infor-ION", "Infor-M3"])


def test_a_file_without_service_account_lacks_its_keys(cloud: Any) -> None:
    """Downloaded without a service account the file has no saak and sask."""
    assert not {"saak", "sask"} & set(cloud.ionapi(query="?serviceAccount=false"))


def test_an_on_premises_file_names_another_token_service(cloud: Any) -> None:
    """The on-premises layout has paths of its own, and a token fetched there works."""
    keys = cloud.ionapi(query="?layout=onpremises")
    assert (keys["pu"], keys["ot"], keys["v"]) == (f"{cloud.url}/InforIntSTS/", "connect/token", "1.0")
    form = {"grant_type": "password", "username": keys["saak"], "password": keys["sask"], "scope": "Infor-M3"}
    answer = requests.post(keys["pu"] + keys["ot"], auth=(keys["ci"], keys["cs"]), data=form, timeout=10)
    cloud.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert cloud.row("GENERAL/GetCurrentUser")["USID"] == "MLCONN"


def test_a_tenant_that_enforces_no_scopes_has_none_in_the_file(cloud: Any) -> None:
    """Without enforced scopes the file has no sc, and a token without scope may call everything."""
    cloud.set(scopes=[])
    assert "sc" not in cloud.ionapi()
    cloud.sign_in(scope=None)
    assert cloud.row("GENERAL/GetCurrentUser")["USID"] == "MLCONN"


def test_a_token_answer_is_that_of_the_password_grant(cloud: Any) -> None:
    """A token is a Bearer token of two hours with a refresh token, and is not to be stored by caches."""
    answer = cloud.token()
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 7200)
    assert answer.json()["refresh_token"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_client_may_authenticate_with_basic(cloud: Any) -> None:
    """Client ID and secret are taken from HTTP Basic as well as from the form."""
    keys = cloud.ionapi()
    form = {"grant_type": "password", "username": keys["saak"], "password": keys["sask"]}
    answer = requests.post(keys["pu"] + keys["ot"], auth=(keys["ci"], keys["cs"]), data=form, timeout=10)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "no"}, 401, "invalid_client"),
        ({"client_id": None, "client_secret": None}, 401, "invalid_client"),
        ({"password": "no"}, 400, "invalid_grant"),
        ({"username": "ACME_PRD#other"}, 400, "invalid_grant"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"scope": "Infor-LN"}, 400, "invalid_scope"),
    ],
)
def test_a_refused_grant_has_a_reason(cloud: Any, changes: dict[str, Any], status: int, error: str) -> None:
    """Wrong credentials, grants and scopes are answered in the style of RFC 6749."""
    answer = cloud.token(**changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


def test_wrong_basic_credentials_are_refused(cloud: Any) -> None:
    """Basic credentials that cannot be read are a failed client authentication."""
    keys = cloud.ionapi()
    answer = requests.post(keys["pu"] + keys["ot"], headers={"Authorization": "Basic ###"}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_an_access_token_ends_with_its_lifetime(cloud: Any) -> None:
    """After its seconds a token is answered 401 with the reason in WWW-Authenticate."""
    cloud.sim("POST", "clock", {"advance": 7199})
    assert cloud.call("GENERAL/GetServerTime").status_code == 200
    cloud.sim("POST", "clock", {"advance": 2})
    answer = cloud.call("GENERAL/GetServerTime")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="Infor ION API", error="invalid_token", error_description="The access token expired"'
    )


def test_the_lifetime_is_that_of_the_app(cloud: Any) -> None:
    """An app downloaded with another lifetime gets tokens of that lifetime."""
    cloud.sim("POST", "accounts", {"lifetime": 300})
    assert cloud.sign_in()["expires_in"] == 300


def test_a_service_account_made_anew_ends_the_tokens_of_the_old(cloud: Any) -> None:
    """After a new secret key the old token is unknown and the old key refused."""
    keys = cloud.ionapi()
    cloud.sim("POST", "accounts", {"secret_key": "new-key"})
    assert cloud.call("GENERAL/GetServerTime").status_code == 401
    assert cloud.token(password=keys["sask"]).json()["error"] == "invalid_grant"


def test_a_refresh_token_brings_another_access_token(cloud: Any) -> None:
    """The refresh grant answers a new access token and the same refresh token."""
    first = cloud.sign_in()
    second = cloud.token(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] == first["refresh_token"]


def test_a_rotated_refresh_token_is_spent(cloud: Any) -> None:
    """Where refresh tokens rotate, the old one is refused."""
    cloud.set(rotate_refresh_token=True)
    old = cloud.sign_in()["refresh_token"]
    assert cloud.token(grant_type="refresh_token", refresh_token=old).json()["refresh_token"] != old
    assert cloud.token(grant_type="refresh_token", refresh_token=old).json()["error"] == "invalid_grant"


def test_a_refresh_token_may_be_absent(cloud: Any) -> None:
    """Where none is issued the answer has no refresh token."""
    cloud.set(issue_refresh_token=False)
    assert "refresh_token" not in cloud.sign_in()


def test_a_refresh_token_may_end(cloud: Any) -> None:
    """A refresh token older than its life is refused."""
    cloud.set(refresh_seconds=3600)
    old = cloud.sign_in()["refresh_token"]
    cloud.sim("POST", "clock", {"advance": 3601})
    assert cloud.token(grant_type="refresh_token", refresh_token=old).status_code == 400


def test_revoking_the_refresh_token_ends_the_whole_grant(cloud: Any) -> None:
    """With its refresh token revoked, the access token no longer works."""
    answer = cloud.sign_in()
    assert _revoke(cloud, answer["refresh_token"]).status_code == 200
    assert cloud.call("GENERAL/GetServerTime").status_code == 401
    again = cloud.token(grant_type="refresh_token", refresh_token=answer["refresh_token"])
    assert again.json()["error"] == "invalid_grant"


def test_revoking_an_access_token_leaves_the_refresh_token(cloud: Any) -> None:
    """A revoked access token ends alone."""
    answer = cloud.sign_in()
    _revoke(cloud, answer["access_token"])
    assert cloud.call("GENERAL/GetServerTime").status_code == 401
    assert cloud.token(grant_type="refresh_token", refresh_token=answer["refresh_token"]).status_code == 200


def test_a_token_may_be_revoked_by_get(cloud: Any) -> None:
    """The revocation takes the token from the query as well."""
    keys, answer = cloud.ionapi(), cloud.sign_in()
    url, auth = keys["pu"] + keys["or"], (keys["ci"], keys["cs"])
    assert requests.get(url, auth=auth, params={"token": answer["refresh_token"]}, timeout=10).status_code == 200
    assert cloud.call("GENERAL/GetServerTime").status_code == 401


def test_grants_that_are_not_revoked_pile_up(cloud: Any) -> None:
    """Where grants are limited, one that is revoked makes room for the next."""
    cloud.set(most_grants=2)
    last = cloud.sign_in()
    assert cloud.token().json()["error"] == "invalid_grant"
    _revoke(cloud, last["refresh_token"])
    assert cloud.token().status_code == 200


def test_a_token_without_the_suite_s_scope_is_forbidden(cloud: Any) -> None:
    """A token that did not ask for Infor-M3 may not call M3."""
    cloud.sign_in(scope="Infor-ION")
    assert cloud.call("GENERAL/GetServerTime").status_code == 403
    assert cloud.payloads() != []


def test_a_token_is_asked_for_in_a_form(cloud: Any) -> None:
    """A request for a token as JSON has no client in it."""
    keys = cloud.ionapi()
    body = {"grant_type": "password", "client_id": keys["ci"], "client_secret": keys["cs"]}
    assert requests.post(keys["pu"] + keys["ot"], json=body, timeout=10).json()["error"] == "invalid_client"


def test_content_handed_out_for_pasting_names_the_public_address(cloud: Any) -> None:
    """The content that comes with a new tenant names the address that is set."""
    cloud.set(public_url="http://infor:8104/")
    made = cloud.sim("POST", "accounts", {"name": "NEW_TST"})["ionapi"]
    assert (made["iu"], made["pu"]) == ("http://infor:8104", "http://infor:8104/NEW_TST/as/")

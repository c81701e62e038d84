"""Tokens of the realm, and what a service user may see."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from .conftest import ACCOUNTS, CLIENT, ENTITY, INT, ORDERS, SUPPLIERS

_PROBE = "CompanyHandling.svc/CompanySet"


def test_client_credentials_bring_a_token_of_three_minutes(ifs: Any) -> None:
    """The answer has Keycloak's members: 180 s, a refresh token of 1800 s, an id token for the scope openid."""
    answer = ifs.token().json()
    assert (answer["expires_in"], answer["refresh_expires_in"], answer["token_type"]) == (180, 1800, "Bearer")
    assert answer["scope"] == "openid audience microprofile-jwt profile email"
    assert {"access_token", "refresh_token", "id_token", "session_state"} <= set(answer)
    assert answer["not-before-policy"] == 0
    assert "id_token" not in ifs.token(scope="").json()


def test_a_token_ends_after_180_seconds(ifs: Any) -> None:
    """A token works for 179 s and is answered 401 from 180 s on."""
    ifs.sim("POST", "clock", {"speed": 0})
    ifs.sign_in()
    ifs.sim("POST", "clock", {"advance": 179})
    assert ifs.call("GET", _PROBE).status_code == 200
    ifs.sim("POST", "clock", {"advance": 1})
    answer = ifs.call("GET", _PROBE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "ODP_UNAUTHORIZED")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_life_of_tokens_is_a_setting(ifs: Any) -> None:
    """An older release's hour is told in expires_in and kept."""
    ifs.set(token_seconds=3600)
    assert ifs.sign_in()["expires_in"] == 3600
    ifs.sim("POST", "clock", {"advance": 3500})
    assert ifs.call("GET", _PROBE).status_code == 200


@pytest.mark.parametrize("header", [None, "", "Bearer nonsense", "Basic TUxfQ09OTkVDVE9SOng="])
def test_no_valid_token_answers_401(ifs: Any, header: str | None) -> None:
    """A missing or unknown token, and Basic authentication, are answered 401."""
    ifs.http.headers.pop("Authorization")
    assert ifs.call("GET", _PROBE, headers={"Authorization": header} if header else None).status_code == 401


def test_a_refresh_token_is_good_for_one_refresh(ifs: Any) -> None:
    """A refresh brings a new pair and spends the old refresh token; a setting lets it be used again."""
    first = ifs.token().json()["refresh_token"]
    second = ifs.token(grant_type="refresh_token", refresh_token=first)
    assert (second.status_code, second.json()["refresh_token"] == first) == (200, False)
    again = ifs.token(grant_type="refresh_token", refresh_token=first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    ifs.set(refresh_token_reuse=True)
    kept = second.json()["refresh_token"]
    answers = [ifs.token(grant_type="refresh_token", refresh_token=kept).status_code for _ in range(2)]
    assert answers == [200, 200]


def test_a_refresh_token_ends_after_half_an_hour(ifs: Any) -> None:
    """After 1800 s a refresh is refused as not active."""
    token = ifs.token().json()["refresh_token"]
    ifs.sim("POST", "clock", {"advance": 1801})
    answer = ifs.token(grant_type="refresh_token", refresh_token=token)
    assert answer.json() == {"error": "invalid_grant", "error_description": "Token is not active"}


def test_wrong_credentials_answer_401_in_keycloaks_shape(ifs: Any) -> None:
    """A wrong secret is an unauthorized client (or an invalid one, by setting), an unknown client an invalid one."""
    wrong = ifs.token(client_secret="no")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "unauthorized_client")
    assert "no" not in wrong.json()["error_description"].split()
    ifs.set(wrong_secret_error="invalid_client")
    assert ifs.token(client_secret="no").json()["error"] == "invalid_client"
    assert ifs.token(client_id="NOBODY").json()["error"] == "invalid_client"


def test_other_refusals_of_the_token_endpoint(ifs: Any) -> None:
    """An unknown grant or scope, a missing grant and an unknown realm are refused by name."""
    assert ifs.token(grant_type="password").json()["error"] == "unsupported_grant_type"
    assert ifs.token(grant_type="").json()["error"] == "invalid_request"
    assert ifs.token(scope="openid everything").json()["error"] == "invalid_scope"
    unknown = ifs.token(realm="nowhere")
    assert (unknown.status_code, unknown.json()) == (404, {"error": "Realm does not exist"})


def test_a_body_that_is_no_form_is_not_read(ifs: Any) -> None:
    """A JSON body leaves the client unknown."""
    url = f"{ifs.url}/auth/realms/acmeprd/protocol/openid-connect/token"
    answer = requests.post(url, json={"grant_type": "client_credentials", **CLIENT}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_secret_may_come_as_basic_authentication(ifs: Any) -> None:
    """Basic client authentication works until it is switched off."""
    url = f"{ifs.url}/auth/realms/acmeprd/protocol/openid-connect/token"
    keys = (CLIENT["client_id"], CLIENT["client_secret"])
    form = {"grant_type": "client_credentials"}
    assert requests.post(url, data=form, auth=keys, timeout=10).status_code == 200
    ifs.set(basic_client_auth=False)
    assert requests.post(url, data=form, auth=keys, timeout=10).status_code == 401


def test_a_client_without_service_account_gets_no_token(ifs: Any) -> None:
    """Service Accounts must be on for the client credentials grant."""
    ifs.sim("POST", "accounts", {"client_id": "ML_OFF", "service_account": False})
    answer = ifs.token(client_id="ML_OFF")
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized_client")


def test_a_client_id_has_at_most_twenty_characters(ifs: Any) -> None:
    """A longer id cannot be set up."""
    answer = requests.post(f"{ifs.url}/_sim/accounts", json={"client_id": "X" * 21}, timeout=10)
    assert answer.status_code == 422


def test_discovery_names_the_token_endpoint(ifs: Any) -> None:
    """The OpenID configuration of the realm lists its token endpoint."""
    root = f"{ifs.url}/auth/realms/acmeprd"
    body = requests.get(f"{root}/.well-known/openid-configuration", timeout=10).json()
    assert body["token_endpoint"] == f"{root}/protocol/openid-connect/token"
    assert body["issuer"] == root


@pytest.mark.parametrize("name", ["revoke", "logout"])
def test_revoking_ends_the_session(ifs: Any, name: str) -> None:
    """After revoke or logout neither the access nor the refresh token works."""
    tokens = ifs.sign_in()
    url = f"{ifs.url}/auth/realms/acmeprd/protocol/openid-connect/{name}"
    answer = requests.post(url, data={**CLIENT, "refresh_token": tokens["refresh_token"]}, timeout=10)
    assert answer.ok
    assert ifs.call("GET", _PROBE).status_code == 401
    again = ifs.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert again.status_code == 400


def test_a_service_user_without_company_sees_nothing_and_no_error(ifs: Any, supplier: str) -> None:
    """Finance and purchasing sets answer 200 with an empty list; suppliers, which have no company, are there."""
    ifs.seed("PurchaseOrder", {"OrderNo": "P1", "VendorNo": "S1001", "Contract": "STO1"})
    ifs.sign_in(client_id="ML_NO_COMPANY")
    assert ifs.rows(ACCOUNTS) == []
    assert ifs.rows(ORDERS) == []
    assert ifs.call("GET", f"{ORDERS}(OrderNo='P1')").status_code == 404
    assert [row["SupplierId"] for row in ifs.rows(SUPPLIERS)] == ["S1001"]
    assert ifs.rows(f"{supplier}/SupplierInvoiceCompanies") == []


def test_a_service_user_sees_the_rows_of_its_companies(ifs: Any, supplier: str) -> None:
    """With one company allowed, accounts, tabs and order lines of the other are not there."""
    for order, site in (("P1", "STO1"), ("P2", "LDN1")):
        line = {"BuyQtyDue": 1, "Description": "Service"}
        ifs.seed(
            "PurchaseOrder", {"OrderNo": order, "VendorNo": "S1001", "Contract": site, "PurchaseOrderLines": [line]}
        )
    ifs.sim("POST", "accounts", {"client_id": "ML_TEN", "companies": ["10"]})
    ifs.sign_in(client_id="ML_TEN")
    assert {row["Company"] for row in ifs.rows(ACCOUNTS, top=1000)} == {"10"}
    assert [row["Company"] for row in ifs.rows(f"{supplier}/SupplierInvoiceCompanies")] == ["10"]
    lines = ifs.call("GET", "PurchaseOrderLineEntity.svc/PurchaseOrderLineSet", base=ENTITY).json()["value"]
    assert [row["OrderNo"] for row in lines] == ["P1"]


def test_permission_sets_open_projections(ifs: Any) -> None:
    """A projection that is not granted answers 403; a read-only user may read and not write."""
    ifs.sim("POST", "accounts", {"client_id": "ML_FEW", "projections": ["SupplierHandling"]})
    ifs.sign_in(client_id="ML_FEW")
    assert ifs.error("GET", ACCOUNTS)[:2] == (403, "ODP_FORBIDDEN")
    assert ifs.call("GET", SUPPLIERS).status_code == 200
    ifs.sign_in(client_id="ML_READONLY")
    assert ifs.call("GET", SUPPLIERS).status_code == 200
    assert ifs.error("POST", SUPPLIERS, {"SupplierId": "S1", "Name": "One"})[0] == 403


def test_projections_are_served_on_main_and_int_and_entity_services_on_int_alone(ifs: Any) -> None:
    """A set that exists only as an entity service is unknown on /main."""
    assert ifs.call("GET", SUPPLIERS, base=INT).status_code == 200
    lines = "PurchaseOrderLineEntity.svc/PurchaseOrderLineSet"
    assert ifs.call("GET", lines, base=ENTITY).status_code == 200
    for base in ("main/ifsapplications/projection/v1", INT):
        answer = ifs.call("GET", lines, base=base)
        assert (answer.status_code, answer.json()["error"]["message"]) == (404, "Metadata not found.")
    assert ifs.call("GET", SUPPLIERS, base=ENTITY).status_code == 404

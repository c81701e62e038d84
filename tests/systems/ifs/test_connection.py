"""Connection fields, signing in, the hook, and what answers mean."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from ifs_world import World

from ml_connector.domain.errors import ConfigurationError, Refused
from ml_connector.systems.ifs.allowance import allowance
from ml_connector.systems.ifs.connection import read_settings
from ml_connector.systems.ifs.dialect import IfsDialect
from ml_connector.systems.ifs.form import connection_form
from ml_connector.systems.ifs.signin import open_client
from ml_connector.transport.auth import MemoryTokenStore
from ml_connector.transport.retry import Event

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-"))
GOOD: dict[str, Any] = {
    "host": "https://acme.ifs.cloud/", "login": "ML_CONNECTOR", "password": "s3cret-value",
    "extra": {"realm": "acmeprd"},
}  # fmt: skip
SUPPLIERS = "main/ifsapplications/projection/v1/SupplierHandling.svc/SupplierInfoGeneralSet?$top=1"


def tokens(ifs: World) -> int:
    return sum("openid-connect/token" in call.url for call in ifs.calls)


# --- fields ---


def test_good_fields_give_settings_with_defaults() -> None:
    """The address has no slash at the end, the scope is IFS's, and our own limit is 600 calls a minute."""
    settings = read_settings("c", **GOOD)
    assert (settings.url, settings.scope) == ("https://acme.ifs.cloud", "openid microprofile-jwt")
    assert allowance(settings)[1][0].limit == 600


def test_an_address_without_scheme_is_https() -> None:
    """Nobody types the scheme; a token never travels in the open by omission."""
    assert read_settings("c", **{**GOOD, "host": "acme.ifs.cloud:48080"}).url == "https://acme.ifs.cloud:48080"


@pytest.mark.parametrize(("change", "field"), [
    ({"host": ""}, "host"), ({"host": "https://"}, "host"), ({"login": None}, "login"), ({"password": ""}, "password"),
    ({"extra": {}}, "realm"), ({"extra": {"realm": "r", "requests_per_minute": "many"}}, "requests_per_minute"),
    ({"extra": {"realm": "r", "requests_per_minute": 0.5}}, "requests_per_minute"),
])  # fmt: skip
def test_a_missing_or_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    """The message names the connection and the field, and never the secret."""
    with pytest.raises(ConfigurationError, match=f"connection c: .*“{field}”") as caught:
        read_settings("c", **{**GOOD, **change})
    assert "s3cret" not in str(caught.value)


def test_the_secret_is_not_shown() -> None:
    """Neither the settings' text nor a client's shows it."""
    settings = read_settings("c", **GOOD)
    assert "s3cret-value" not in repr(settings) + repr(open_client(settings, requests.Session()))


def test_the_form_needs_the_standard_library_only() -> None:
    """Airflow loads it with every command."""
    code = "import sys, ml_connector.systems.ifs.form; print(any(m in sys.modules for m in ('airflow', 'requests')))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


# --- signing in ---


def test_one_sign_in_serves_all_workers(ifs: World) -> None:
    """Many threads and several clients of one store ask for one token."""
    clients = [
        open_client(
            ifs.settings(), requests.Session(), token_store=ifs.store, clock=ifs.clock, on_call=ifs.calls.append
        )
        for _ in range(3)
    ]
    with ThreadPoolExecutor(6) as pool:
        assert all(one.status == 200 for one in pool.map(lambda n: clients[n % 3].read(SUPPLIERS), range(12)))
    assert tokens(ifs) == 1


@pytest.mark.parametrize(("life", "kept", "renewed"), [(180, 149, 151), (3600, 2999, 3001)])
def test_a_token_is_renewed_before_it_ends(ifs: World, life: int, kept: int, renewed: int) -> None:
    """One of an hour after fifty minutes, one of three minutes half a minute before its end."""
    ifs.sim("PATCH", "settings", {"token_seconds": life})
    client = open_client(
        ifs.settings(), requests.Session(), token_store=ifs.store, clock=ifs.clock, on_call=ifs.calls.append
    )
    for seconds, count in ((0, 1), (kept, 1), (renewed, 2)):
        ifs.clock.seconds = seconds
        client.read(SUPPLIERS)
        assert tokens(ifs) == count


def test_a_wrong_secret_is_a_setting_to_correct(ifs: World) -> None:
    """Keycloak's words are told, the secret is not."""
    settings = read_settings(
        "c", host=ifs.url, login="ML_CONNECTOR", password="wrong-secret", extra={"realm": "acmeprd"}
    )
    with pytest.raises(ConfigurationError, match="unauthorized_client") as caught:
        open_client(settings, requests.Session(), token_store=MemoryTokenStore()).read(SUPPLIERS)
    assert "wrong-secret" not in str(caught.value)


# --- the hook ---


@pytest.fixture
def hook(ifs: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Make hooks of a connection to the simulator."""
    from ml_connector.systems.ifs.hook import IfsHook

    made = []

    def make(**changes: Any) -> Any:
        settings = ifs.settings()
        fields = {"conn_type": "ifs_cloud", "host": ifs.url, "login": settings.login,
                  "password": settings.password.get_secret_value(), "extra": {"realm": settings.realm}}  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_IFS_TEST", json.dumps({**fields, **changes}))
        made.append(IfsHook("ifs_test", on_call=ifs.calls.append))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_the_connection_test_signs_in_and_reads(hook: Callable[..., Any], ifs: World) -> None:
    """A good connection is told with address and realm; nothing is written."""
    ok, message = hook().test_connection()
    assert ok, message
    assert "acmeprd" in message
    assert {call.method for call in ifs.calls if "token" not in call.url} == {"GET"}


@pytest.mark.parametrize(("changes", "told"), [
    ({"password": "wrong-pw"}, "unauthorized_client"), ({"login": ""}, "“login”"),
    ({"extra": {"realm": "nowhere"}}, "nowhere"),
])  # fmt: skip
def test_a_bad_connection_is_told_in_words(hook: Callable[..., Any], changes: dict[str, Any], told: str) -> None:
    """The connection test never raises; it says what to correct."""
    ok, message = hook(**changes).test_connection()
    assert not ok
    assert told in message
    assert "wrong-pw" not in message


def test_no_field_of_the_connection_leaks_into_headers(hook: Callable[..., Any]) -> None:
    """Neither the extra fields nor basic authentication go out with a call, unlike with HttpHook itself."""
    client = hook().client
    client.read(SUPPLIERS)
    assert not {name.lower() for name in client._session.headers} & {"realm", "scope", "authorization"}
    assert client._session.auth is None


def test_the_provider_entry_leads_to_the_hook() -> None:
    """The form's entry names this class, its type and the attribute that Airflow passes the id by."""
    from ml_connector.systems.ifs.hook import IfsHook

    form = connection_form()
    assert form["hook-class-name"] == f"{IfsHook.__module__}.{IfsHook.__name__}"
    assert form["connection-type"] == IfsHook.conn_type
    assert IfsHook(**{IfsHook.conn_name_attr: "x"}).conn_id == "x"


# --- what answers mean ---


@pytest.mark.parametrize(("status", "data", "event", "said"), [
    (200, {"value": []}, Event.OK, ""),
    (400, {"error": {"code": "DATABASE_ERROR", "message": "Database error occurred.",
                     "details": [{"code": "20112", "message": "ORA-20112: already exists."}]}}, Event.REFUSED,
     "ORA-20112"),
    (400, {"error": {"code": "X", "message": {"lang": "en", "value": "Malformed Request."}}}, Event.REFUSED,
     "Malformed"),
    (401, None, Event.UNAUTHORISED, ""),
    (401, {"error": "invalid_client", "error_description": "Bad secret"}, Event.UNAUTHORISED, "Bad secret"),
    (403, {"error": {"code": "F", "message": ""}}, Event.FORBIDDEN, "permission sets"),
    (404, {"error": {"code": "ODP_NOT_FOUND", "message": "Metadata not found."}}, Event.NOT_FOUND, "Metadata"),
    (412, {"error": {"message": "modified by another user"}}, Event.STALE, "another user"),
    (428, None, Event.REFUSED, ""),
    (429, None, Event.RATE_LIMITED, ""),
    (500, None, Event.UNAVAILABLE, ""),
    (501, {"error": {"code": "ODP_NOT_IMPLEMENTED", "message": "Not implemented."}}, Event.REFUSED,
     "does not implement"),
    (503, None, Event.UNAVAILABLE, ""),
])  # fmt: skip
def test_an_answer_means_what_its_status_and_words_say(status: int, data: Any, event: Event, said: str) -> None:
    """A business rule's words are in the details; a missing implementation is not tried again."""
    verdict = IfsDialect().classify(status, {}, data, json.dumps(data) if data else "")
    assert verdict.event is event
    assert said in " ".join(text for _, text in verdict.reasons)


def test_a_refusal_tells_the_property_that_is_not_there(ifs: World) -> None:
    """IFS names the property of a filter that it does not know, and so do we."""
    with pytest.raises(Refused, match="NotAColumn"):
        ifs.adapter()._endpoint.rows("account", "NotAColumn eq 1")

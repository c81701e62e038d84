"""Sign-in, workspace and hook."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from qad_world import World

from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration import catalog
from ml_connector.systems.qad.connection import read_settings
from ml_connector.systems.qad.form import connection_form
from ml_connector.systems.qad.signin import open_client
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import MemoryTokenStore
from ml_connector_sandbox.qad import world as books

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-"))


def signed_in(qad: World) -> list[dict[str, Any]]:
    """The calls of the token service, as they came."""
    return list(qad.sim("GET", "journal", path="oauth/token"))


def client_of(qad: World, tokens: MemoryTokenStore | None = None, calls: list[Call] | None = None, **extra: str) -> Any:
    told = calls if calls is not None else []
    return open_client(qad.settings(**extra), requests.Session(), token_store=tokens, on_call=told.append).calls


def read(client: Any) -> int:
    """Read something small."""
    query = {"browseId": "urn:browse:mfg:pp100", "page": "1", "pageSize": "1", "pageAction": "first"}
    return int(client.read("api/qracore/browses", params=query).status)


def test_one_token_serves_all_workers_until_it_ends(qad: World) -> None:
    """A second worker with the same store does not sign in again."""
    tokens = MemoryTokenStore()
    for _ in range(2):
        assert read(client_of(qad, tokens)) == 200
    assert len(signed_in(qad)) == 1


def test_a_token_that_is_refused_is_refreshed_once_and_the_call_repeated(qad: World) -> None:
    """After a 401 the refresh token brings a new one; who asked sees nothing of it."""
    calls: list[Call] = []
    client = client_of(qad, calls=calls)
    read(client)
    qad.sim("POST", "clock", {"advance": 3600})
    assert read(client) == 200
    assert [call.status for call in calls].count(401) == 1
    assert [call["status"] for call in signed_in(qad)] == [200, 200]


def test_where_the_refresh_token_has_ended_the_password_signs_in(qad: World) -> None:
    """The refresh token is tried first, then the password; only when both are refused a person is asked."""
    client = client_of(qad)
    read(client)
    qad.sim("POST", "clock", {"advance": 100_000})
    assert read(client) == 200
    assert [call["status"] for call in signed_in(qad)] == [200, 400, 200]


def test_a_wrong_password_is_told_and_shown_nowhere(qad: World) -> None:
    """The error names the connection's trouble, without the password."""
    settings = read_settings(
        "qad_default", host=qad.url + books.CONTEXT, login=books.USERNAME, password="hunter2-hunter2",
        extra={"domain": books.DOMAIN, "entity": books.ENTITY},
    )  # fmt: skip
    calls: list[Call] = []
    with pytest.raises(ConfigurationError) as refused:
        read(open_client(settings, requests.Session(), on_call=calls.append).calls)
    assert "hunter2" not in f"{refused.value!r} {refused.value} {calls} {settings!r}"
    assert "invalid_grant" in str(refused.value)


@pytest.mark.parametrize("where", ["form", "query"])
def test_the_token_is_asked_for_as_the_tenant_takes_it(qad: World, where: str) -> None:
    """Form or query, as the connection says; the password is in no call that is told."""
    qad.sim("PATCH", "settings", {"token_carriers": [where]})
    calls: list[Call] = []
    assert read(client_of(qad, calls=calls, sign_in_by=where)) == 200
    assert books.PASSWORD not in str(calls)


def test_basic_authentication_needs_no_token(qad: World) -> None:
    """Tenants without OAuth take user and password with each call."""
    assert read(client_of(qad, auth_mode="basic")) == 200
    assert signed_in(qad) == []


@pytest.mark.parametrize(("domain", "entity"), [("10USA", "10USACO"), ("20UK", "20UKCO")])
def test_every_call_works_in_the_connections_workspace(qad: World, domain: str, entity: str) -> None:
    """Domain and entity are fixed by a header, whatever the user's own are: orders of another domain are not seen."""
    orders = [{"domainCode": one, "purchaseOrderNumber": f"P-{one}", "supplierCode": "S"} for one in ("10USA", "20UK")]
    qad.sim("POST", "seed", {"records": {"purchaseOrderHeaders": orders}})
    query = {"browseId": "urn:browse:mfg:po012", "page": "1", "pageSize": "9", "pageAction": "first"}
    rows = client_of(qad, domain=domain, entity=entity).read("api/qracore/browses", params=query).data["data"]
    assert [row["po_mstr.po_nbr"] for row in rows] == [f"P-{domain}"]


# --- the connection ---


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"host": "company.adaptive.qad.com"}, "“host”"),
        ({"login": ""}, "“login”"),
        ({"password": ""}, "“password”"),
        ({"extra": {"domain": "10USA"}}, "“entity”"),
        ({"extra": {"domain": "10USA", "entity": "E", "auth_mode": "saml"}}, "“auth_mode”"),
    ],
)
def test_a_field_that_is_missing_or_wrong_is_named(changes: dict[str, Any], told: str) -> None:
    """The message names the field, what belongs there, and where to correct it."""
    good: dict[str, Any] = {"host": "https://a.example/clouderp", "login": "u", "password": "p"}
    fields = {**good, "extra": {"domain": "10USA", "entity": "10USACO"}, **changes}
    with pytest.raises(ConfigurationError, match="Admin → Connections") as wrong:
        read_settings("qad_default", **fields)
    assert told in str(wrong.value)


def test_every_part_of_the_system_can_be_loaded() -> None:
    """Hook, adapter and options are where the catalog says, and the form names the hook."""
    parts = catalog.SYSTEMS["qad"]
    assert all(catalog.load(place) for place in (parts.hook, parts.adapter, parts.options))
    assert connection_form()["hook-class-name"] == parts.hook.replace(":", ".")
    assert connection_form()["hook-name"] == catalog.load(parts.hook).hook_name


@pytest.fixture
def hook(qad: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Make hooks of a connection to the simulator."""
    from ml_connector.systems.qad.hook import QadHook

    made = []

    def make(**changes: Any) -> Any:
        fields = {
            "conn_type": "qad", "host": qad.url + books.CONTEXT, "login": books.USERNAME, "password": books.PASSWORD,
            "extra": {"domain": books.DOMAIN, "entity": books.ENTITY}, **changes,
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_QAD", json.dumps(fields))
        made.append(QadHook("qad"))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_the_connection_test_signs_in_and_reads_metadata(hook: Callable[..., Any]) -> None:
    """A good connection is told with its workspace; nothing is written."""
    ok, message = hook().test_connection()
    assert ok, message
    assert books.WORKSPACE in message


@pytest.mark.parametrize(
    ("changes", "told"), [({"password": "wrong"}, "invalid_grant"), ({"extra": {}}, "“domain”"), ({"host": ""}, "host")]
)
def test_a_bad_connection_is_told_in_words(hook: Callable[..., Any], changes: dict[str, Any], told: str) -> None:
    """The connection test never raises; it says what to correct."""
    ok, message = hook(**changes).test_connection()
    assert not ok
    assert told in message


def test_the_session_sends_no_field_of_the_connection(hook: Callable[..., Any]) -> None:
    """Airflow's own HTTP hook would send login and extra fields with every call; ours does not."""
    session = hook().client.calls._session
    assert session.auth is None
    assert not {"domain", "entity", "authorization"} & {name.lower() for name in session.headers}

"""The Airflow hook over a real connection and a real vendor."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-"))


@pytest.fixture
def hook(world: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Make hooks of a connection to the simulator."""
    from ml_connector.systems.acumatica.hook import AcumaticaHook

    made = []

    def make(**changes: Any) -> Any:
        settings = world.settings()
        extra = {"client_id": settings.client_id, "client_secret": "sandbox-client-secret", **changes.pop("extra", {})}
        fields = {"conn_type": "acumatica", "host": world.url, "login": "cin7.sync", "password": "sandbox-password"}
        monkeypatch.setenv("AIRFLOW_CONN_ACU", json.dumps({**fields, **changes, "extra": extra}))
        hook = AcumaticaHook("acu", on_call=world.calls.append)
        made.append(hook)
        return hook

    yield make
    for one in made:
        one.close()


def test_the_hook_gives_a_client_of_the_endpoint(hook: Callable[..., Any]) -> None:
    """The client's paths are entities."""
    rows = hook().client.read("Account", params={"$top": "2", "$select": "AccountCD"}).data
    assert len(rows) == 2


def test_no_field_of_the_connection_leaks_into_headers(hook: Callable[..., Any], world: Any) -> None:
    """Neither secrets of the extra field nor basic authentication go out with a call, unlike with HttpHook itself."""
    client = hook().client
    client.read("Account", params={"$top": "1"})
    sent = {name.lower() for name in client._session.headers}
    assert not sent & {"client_secret", "client_id", "grant", "authorization"}
    assert all("sandbox" not in str(call) for call in world.calls)


def test_proxies_and_certificates_of_the_connection_are_kept(hook: Callable[..., Any]) -> None:
    """What the HTTP provider reads for the transport still applies."""
    session = hook(extra={"verify": False, "proxies": {"ftp": "http://proxy.example"}})._session()
    assert session.verify is False
    assert session.proxies == {"ftp": "http://proxy.example"}


def test_the_connection_test_signs_in_and_reads(hook: Callable[..., Any], world: Any) -> None:
    """A good connection is told with its address and endpoint, and nothing is written."""
    ok, message = hook().test_connection()
    assert ok, message
    assert "Default/24.200.001" in message
    assert world.count("entity", "PUT") == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"password": "wrong-pw"}, "check the connection's credentials"),
        ({"login": ""}, "“login”"),
        ({"extra": {"endpoint_version": "18.200.001"}}, "does not serve endpoint Default/18.200.001"),
    ],
)
def test_a_bad_connection_is_told_in_words(hook: Callable[..., Any], changes: dict[str, Any], told: str) -> None:
    """The connection test never raises; it says what to correct."""
    ok, message = hook(**changes).test_connection()
    assert not ok
    assert told in message
    assert "wrong-pw" not in message


def test_leaving_the_hook_logs_a_cookie_session_out(hook: Callable[..., Any], world: Any) -> None:
    """As a context manager the hook gives the licensed session back, also after an error."""

    def work() -> None:
        with hook(extra={"grant": "cookie", "tenant": "ACME"}) as one:
            one.client.read("Account", params={"$top": "1"})
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert world.count("auth/logout", "POST") == 1


def test_the_connection_test_gives_its_session_back(hook: Callable[..., Any], world: Any) -> None:
    """Testing a connection often takes no more than one licensed session at a time."""
    world.set(max_sessions=1)
    for _ in range(3):
        ok, message = hook().test_connection()
        assert ok, message


def test_the_connection_test_spends_no_refresh_token(hook: Callable[..., Any], world: Any) -> None:
    """Airflow's test keeps no token, so it leaves the chain that a person began alone and says so."""
    ok, message = hook(extra={"grant": "authorization_code", "refresh_token": "first"}).test_connection()
    assert not ok
    assert "ml-connector preflight" in message
    assert world.count("connect/token", "POST") == 0


def test_the_provider_entry_leads_to_the_hook() -> None:
    """The form's entry names this class, its type and the attribute that Airflow passes the id by."""
    from ml_connector.systems.acumatica.form import connection_form
    from ml_connector.systems.acumatica.hook import AcumaticaHook

    form = connection_form()
    assert form["hook-class-name"] == f"{AcumaticaHook.__module__}.{AcumaticaHook.__name__}"
    assert form["connection-type"] == AcumaticaHook.conn_type
    assert AcumaticaHook(**{AcumaticaHook.conn_name_attr: "acu"}).conn_id == "acu"

"""The connection's fields and the Airflow hook over them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ml_connector.domain.errors import ConfigurationError
from ml_connector.systems.cin7.allowance import allowance
from ml_connector.systems.cin7.connection import read_settings
from ml_connector.transport.rate import Rate

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-"))
ACCOUNT, KEY = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
SECOND = "33333333-3333-4333-8333-333333333333"


def settings(**changes: Any) -> Any:
    """The settings of a whole connection with some fields changed."""
    extra = changes.pop("extra", {})
    return read_settings("cin7", **{"host": "", "login": ACCOUNT, "password": KEY, **changes}, extra=extra)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "https://inventory.dearsystems.com/ExternalApi/v2"),
        ("inventory.dearsystems.com/", "https://inventory.dearsystems.com/ExternalApi/v2"),
        ("http://localhost:8101", "http://localhost:8101/ExternalApi/v2"),
        ("https://proxy.example/cin7", "https://proxy.example/cin7"),
    ],
)
def test_the_address_is_made_whole(host: str, url: str) -> None:
    """The usual address is the default; scheme and base path are added where they are missing."""
    assert settings(host=host).url == url


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"login": ""}, ["login"]),
        ({"password": None, "login": "me"}, ["login", "password"]),
        ({"extra": {"more_api_keys": f"{SECOND},nonsense"}}, ["more_api_keys"]),
        ({"extra": {"requests_per_minute": 0, "rate_scope": "moon"}}, ["rate_scope", "requests_per_minute"]),
    ],
)
def test_all_wrong_fields_are_named_at_once(changes: dict[str, Any], names: list[str]) -> None:
    """The message names the connection and every wrong field, and shows none of the values."""
    with pytest.raises(ConfigurationError, match="connection cin7") as error:
        settings(**changes)
    assert all(f"“{name}”" in str(error.value) for name in names)
    assert "nonsense" not in str(error.value)
    assert KEY not in str(error.value)


def test_further_keys_share_the_load_where_they_buy_something() -> None:
    """With an allowance a key all keys are used; with one for the account only the first."""
    extra = {"more_api_keys": f" {SECOND} ", "requests_per_minute": 30}
    scope, rates, names = allowance(settings(extra=extra))
    assert (scope, rates, names) == (f"cin7 {ACCOUNT}", [Rate(30, 61.0)], ["key1", "key2"])
    assert allowance(settings(extra={**extra, "rate_scope": "account"}))[2] == ["key1"]


# --- the hook ---


@pytest.fixture
def hook(world: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Make hooks of a connection to the simulator."""
    from ml_connector.systems.cin7.hook import Cin7CoreHook

    made = []

    def make(**changes: Any) -> Any:
        fields = {"conn_type": "cin7_core", "host": world.url, "login": ACCOUNT, "password": KEY, **changes}
        monkeypatch.setenv("AIRFLOW_CONN_CIN7", json.dumps(fields))
        hook = Cin7CoreHook("cin7", on_call=world.calls.append)
        made.append(hook)
        return hook

    yield make
    for one in made:
        one.close()


def test_the_connection_test_reads_and_writes_nothing(hook: Callable[..., Any], world: Any) -> None:
    """A good connection is told with company and currency; wrong keys with what to do and no key."""
    assert hook().test_connection() == (True, "Connected to Sandbox Trading, base currency USD")
    good, message = hook(password=SECOND).test_connection()
    assert not good
    assert SECOND not in message
    assert world.count("", "POST,PUT") == 0


def test_the_connection_test_tries_every_key(hook: Callable[..., Any], world: Any) -> None:
    """A further key that is wrong is found by the connection test, not first by a run."""
    good, message = hook(extra={"more_api_keys": SECOND}).test_connection()
    assert (good, SECOND in message) == (False, False)
    world.sim("POST", "accounts", {"account_id": ACCOUNT, "keys": [KEY, SECOND]})
    assert hook(extra={"more_api_keys": SECOND}).test_connection()[0]
    sent = [row["status"] for row in world.sim("GET", "journal", path="/me")]
    assert sent == [200, 403, 403, 200, 200]


def test_no_field_of_the_connection_leaks_into_headers(hook: Callable[..., Any], world: Any) -> None:
    """Only the two headers of the key go out, no basic authentication and no extra field, unlike with HttpHook."""
    client = hook(extra={"webhook_secret": "hush", "more_api_keys": SECOND, "rate_scope": "account"}).client
    client.read("me")
    sent = {name.lower() for name in client._session.headers}
    assert not sent & {"webhook_secret", "more_api_keys", "rate_scope", "authorization"}
    assert all(KEY not in repr(call) for call in world.calls)


def test_a_hook_without_its_fields_says_which(hook: Callable[..., Any]) -> None:
    """A wrong connection fails its test with the field's name."""
    good, message = hook(login="").test_connection()
    assert not good
    assert "“login”" in message

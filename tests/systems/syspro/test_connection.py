"""Connection fields, the hook, and what answers mean."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from syspro_world import World

from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration import catalog
from ml_connector.systems.syspro.connection import read_settings
from ml_connector.systems.syspro.dialect import EnetDialect, LogonDialect, TablesDialect
from ml_connector.systems.syspro.form import connection_form
from ml_connector.systems.syspro.session import open_client, session_of
from ml_connector.systems.syspro.xml import decoded
from ml_connector.transport.retry import Event
from ml_connector_sandbox.syspro import world

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-"))
GOOD: dict[str, Any] = {
    "host": "https://erp.acme.example:30661/SYSPROWCFService/Rest/", "login": "INTEG", "password": "s3cret-value",
    "extra": {"company_id": "ACM1", "odata_url": "https://erp.acme.example/SYSPRO8Odata/SYSPROOData/",
              "odata_user": "integ@acme.example", "odata_password": "0ther-secret"},
}  # fmt: skip


# --- fields ---


def test_good_fields_give_settings_with_defaults() -> None:
    """Addresses have no slash at the end, and the sheet's logon path is the default."""
    settings = read_settings("c", **GOOD)
    assert settings.url == "https://erp.acme.example:30661/SYSPROWCFService/Rest"
    assert settings.tables_url == "https://erp.acme.example/SYSPRO8Odata/SYSPROOData/ACM1/"
    assert (settings.logon_path, settings.odata_auth) == ("Logon", "basic")


@pytest.mark.parametrize(("change", "field"), [
    ({"host": ""}, "host"), ({"host": "erp:30661"}, "host"), ({"login": None}, "login"),
    ({"extra": {**GOOD["extra"], "company_id": ""}}, "company_id"),
    ({"extra": {**GOOD["extra"], "odata_user": None}}, "odata_user"),
    ({"extra": {**GOOD["extra"], "odata_auth": "guess"}}, "odata_auth"),
])  # fmt: skip
def test_a_missing_or_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    """The message names the connection and the field, and never a secret."""
    with pytest.raises(ConfigurationError, match=f"connection c: .*“{field}”") as caught:
        read_settings("c", **{**GOOD, **change})
    assert "secret" not in str(caught.value)


def test_the_secrets_are_not_shown() -> None:
    """Neither the settings' text nor a client's shows them."""
    settings = read_settings("c", **GOOD)
    shown = repr(settings) + repr(open_client(settings, requests.Session))
    assert "s3cret-value" not in shown
    assert "0ther-secret" not in shown


def test_the_form_needs_the_standard_library_only() -> None:
    """Airflow loads it with every command."""
    code = "import sys, ml_connector.systems.syspro.form; print(any(m in sys.modules for m in ('airflow', 'requests')))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_every_part_of_the_system_can_be_loaded() -> None:
    """Hook, adapter and options are where the catalog says, and its hook is told when a run ends."""
    parts = catalog.SYSTEMS["syspro"]
    assert all(catalog.load(place) for place in (parts.hook, parts.adapter, parts.options))
    assert connection_form()["hook-class-name"] == parts.hook.replace(":", ".")
    assert parts.ends_run


# --- the hook ---


@pytest.fixture
def hook(site: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Make hooks of a connection to the simulator."""
    from ml_connector.systems.syspro.hook import SysproHook

    made = []

    def make(**changes: Any) -> Any:
        extra = {"company_id": world.COMPANY, "odata_url": site.url + world.ODATA, "odata_user": world.ODATA_USER,
                 "odata_password": world.OPERATOR_PASSWORD}  # fmt: skip
        fields = {"conn_type": "syspro", "host": site.url + world.REST, "login": world.OPERATOR,
                  "password": world.OPERATOR_PASSWORD, "extra": {**extra, **changes.pop("extra", {})}}  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_SYSPRO_TEST", json.dumps({**fields, **changes}))
        made.append(SysproHook("syspro_test", on_call=site.calls.append))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_the_connection_test_logs_on_reads_and_logs_off(hook: Callable[..., Any], site: World) -> None:
    """A good connection is told with its company, and takes no seat afterwards."""
    ok, message = hook().test_connection()
    assert ok, message
    assert world.COMPANY in message
    assert site.state("session") == []


@pytest.mark.parametrize(("changes", "told"), [
    ({"password": "wrong-pw"}, "Invalid operator password"), ({"login": ""}, "“login”"),
    ({"extra": {"company_id": "ZZZ"}}, "Invalid company"), ({"extra": {"odata_user": "nobody@acme.example"}}, "401"),
])  # fmt: skip
def test_a_bad_connection_is_told_in_words(
    hook: Callable[..., Any], site: World, changes: dict[str, Any], told: str
) -> None:
    """The connection test never raises; it says what to correct, shows no password and leaves no session."""
    ok, message = hook(**changes).test_connection()
    assert not ok
    assert told in message
    assert "wrong-pw" not in message
    assert site.state("session") == []


def test_no_field_of_the_connection_leaks_into_headers_or_calls(hook: Callable[..., Any], site: World) -> None:
    """Extra fields do not become headers, and no call shows a password or the session."""
    made = hook()
    made.client.queries.read("GetLogonProfile")
    made.client.tables.read("ApSupplier")
    headers = {name.lower() for client in (made.client.queries, made.client.tables) for name in client._session.headers}
    assert not headers & {"company_id", "odata_user", "authorization"}
    shown = str(site.calls)
    assert world.OPERATOR_PASSWORD not in shown
    token = made.client.queries._auth._token.access_token
    assert token not in shown


# --- what answers mean ---


@pytest.mark.parametrize("text", ["5C0F00  ", '"5C0F00  "', '<string xmlns="x">5C0F00  </string>', " 5C0F00\r\n"])
def test_a_session_is_read_in_every_shape(text: str) -> None:
    """Raw, as a JSON string or as an element, with blanks or without."""
    assert session_of(text) == "5C0F00"


@pytest.mark.parametrize(("status", "text", "query", "posting"), [
    (200, '<?xml version="1.0" encoding="Windows-1252"?>\n<a/>\n ', Event.OK, Event.OK),
    (200, "ERROR: whatever", Event.UNAUTHORISED, Event.CONTRACT),
    (200, '"ERROR: quoted"', Event.UNAUTHORISED, Event.CONTRACT),
    (200, "ERROR: e.net exception raised: 100000", Event.FORBIDDEN, Event.FORBIDDEN),
    (200, "<html><body>Try again later</body></html>", Event.CONTRACT, Event.CONTRACT),
    (200, "<a><b></a>", Event.CONTRACT, Event.CONTRACT),
    (200, "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", Event.CONTRACT, Event.CONTRACT),
    (200, "<a>" * 60 + "</a>" * 60, Event.CONTRACT, Event.CONTRACT),
    (414, "<h2>Request Too Long</h2>", Event.REFUSED, Event.REFUSED),
    (404, "<html>", Event.NO_SUCH_ADDRESS, Event.NO_SUCH_ADDRESS),
    (429, "", Event.RATE_LIMITED, Event.RATE_LIMITED),
    (500, "<html>", Event.UNAVAILABLE, Event.UNAVAILABLE),
])  # fmt: skip
def test_an_error_is_text_in_a_200(status: int, text: str, query: Event, posting: Event) -> None:
    """ERROR asks for a new logon at a query, and leaves in doubt what a posting has done; only XML is an answer."""
    data = decoded(text.encode())
    assert EnetDialect(Event.UNAUTHORISED).classify(status, {}, data, text).event is query
    assert EnetDialect(Event.CONTRACT).classify(status, {}, data, text).event is posting


@pytest.mark.parametrize(("text", "event"), [
    ("5C0F00  ", Event.OK), ('<string xmlns="http://schemas.microsoft.com">5C0F00</string>', Event.OK), ("0", Event.OK),
    ("ERROR: Invalid operator password", Event.REFUSED), ("ERROR: No e.net licenses available", Event.RATE_LIMITED),
    ("<html><body>Try again later</body></html>", Event.CONTRACT), ("<h1>Busy", Event.CONTRACT),
])  # fmt: skip
def test_a_refused_logon_is_for_good_unless_seats_are_missing(text: str, event: Event) -> None:
    """Wrong credentials are a refusal; no free licence is worth another try; a web page is no session."""
    assert LogonDialect().classify(200, {}, decoded(text.encode()), text).event is event


def test_a_missing_table_is_a_setting_and_its_words_are_told() -> None:
    """404 of the OData service means table or company, never a record."""
    assert TablesDialect().classify(404, {}, None, "").event is Event.NO_SUCH_ADDRESS
    verdict = TablesDialect().classify(400, {}, {"error": {"message": "Could not find a property"}}, "")
    assert (verdict.event, verdict.reasons) == (Event.REFUSED, (("", "Could not find a property"),))

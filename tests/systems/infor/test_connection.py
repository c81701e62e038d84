"""The .ionapi file, key by key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ml_connector.domain.errors import ConfigurationError
from ml_connector.systems.infor.connection import read_settings

FILE: dict[str, Any] = {
    "ti": "ACME_PRD",
    "cn": "ML Connector",
    "dt": "12",
    "ci": "ACME_PRD~abc",
    "cs": "client-secret-1",
    "iu": "https://mingle-ionapi.inforcloudsuite.com",
    "pu": "https://mingle-sso.inforcloudsuite.com:443/ACME_PRD/as/",
    "oa": "authorization.oauth2",
    "ot": "token.oauth2",
    "or": "revoke_token.oauth2",
    "sc": ["Infor-ION", "Infor-M3"],
    "ev": "A1234567890",
    "v": "1.1",
    "saak": "ACME_PRD#access-key-1",
    "sask": "service-secret-1",
}


def read(given: Any, **extra: Any) -> Any:
    text = given if isinstance(given, str) else json.dumps(given)
    return read_settings("infor_default", password=text, extra=extra)


def test_the_whole_file_is_read_and_addresses_come_from_it() -> None:
    """The pasted content of the file gives the gateway's address with the tenant, and all scopes."""
    settings = read(FILE)
    assert settings.url == "https://mingle-ionapi.inforcloudsuite.com/ACME_PRD"
    assert settings.ionapi.sc == ("Infor-ION", "Infor-M3")
    assert settings.ionapi.or_ == "revoke_token.oauth2"


def test_a_file_of_an_on_premises_tenant_has_no_scopes() -> None:
    """A file without scopes, with other paths and an unknown key is read."""
    paths = {"pu": "https://sts.customer.com/InforIntSTS", "ot": "connect/token", "or": "connect/revocation"}
    settings = read({**{key: value for key, value in FILE.items() if key != "sc"}, **paths, "zz": {"new": 1}})
    assert settings.ionapi.sc == ()


def test_a_byte_order_mark_is_left_out() -> None:
    """Content that begins with a byte order mark is read."""
    assert read("\ufeff" + json.dumps(FILE)).ionapi.ti == "ACME_PRD"


def test_the_file_may_be_named_by_its_path(tmp_path: Path) -> None:
    """A path in the secret field, or in ionapi_path, names the file."""
    file = tmp_path / "connector.ionapi"
    file.write_text("\ufeff" + json.dumps(FILE), encoding="utf-8")
    assert read(str(file)).ionapi.ci == "ACME_PRD~abc"
    assert read("", ionapi_path=str(file)).ionapi.ci == "ACME_PRD~abc"


@pytest.mark.parametrize("key", ["ti", "ci", "cs", "iu", "pu", "ot", "saak", "sask"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_key_is_named_with_what_to_do(key: str, value: str | None) -> None:
    """Each key that is needed is named when it is missing or empty, and no secret is shown."""
    given = {name: content for name, content in FILE.items() if name != key} | ({} if value is None else {key: value})
    with pytest.raises(ConfigurationError) as caught:
        read(given)
    assert f"“{key}”" in str(caught.value)
    assert "download the file again" in str(caught.value)
    assert not any(FILE[secret] in str(caught.value) for secret in ("cs", "saak", "sask"))


def test_a_file_without_service_account_says_how_to_make_one() -> None:
    """A file downloaded without a service account asks for one by the name of the switch."""
    given = {key: value for key, value in FILE.items() if key not in {"saak", "sask"}}
    with pytest.raises(ConfigurationError, match="Create Service Account"):
        read(given)


@pytest.mark.parametrize("key", ["iu", "pu"])
def test_an_address_without_host_is_named(key: str) -> None:
    """An address that is none is named by its key."""
    with pytest.raises(ConfigurationError, match=f"“{key}”"):
        read({**FILE, key: "mingle-ionapi.inforcloudsuite.com"})


def test_revoking_needs_the_revocation_path() -> None:
    """Revocation at the end is refused where the file names no path for it."""
    given = {key: value for key, value in FILE.items() if key != "or"}
    assert not read(given).revoke_at_end
    with pytest.raises(ConfigurationError, match="“or”"):
        read(given, revoke_at_end=True)


@pytest.mark.parametrize("text", ["", "[1, 2]", "{broken", '{"ti": 1', "/no/such/file.ionapi"])
def test_what_is_no_file_is_refused(text: str) -> None:
    """Nothing, another JSON, broken JSON and a path without file are refused, and the connection is named."""
    with pytest.raises(ConfigurationError, match="infor_default"):
        read(text)


def test_a_secret_pasted_by_itself_is_not_shown() -> None:
    """Text that is neither content nor path may be a secret, so no message repeats it."""
    with pytest.raises(ConfigurationError) as caught:
        read("service-secret-1")
    assert "service-secret-1" not in str(caught.value)


def test_settings_do_not_show_their_secrets() -> None:
    """The text form of the settings holds none of the three secrets, and `secrets` lists them all."""
    settings = read(FILE)
    assert not any(value in repr(settings) for value in settings.secrets)
    assert set(settings.secrets) == {"client-secret-1", "ACME_PRD#access-key-1", "service-secret-1"}


def test_a_wrong_number_of_calls_is_named() -> None:
    """A limit of calls that is no number from 1 is named."""
    with pytest.raises(ConfigurationError, match="calls_per_second"):
        read(FILE, calls_per_second="none")

"""Connection fields → settings, and the form that asks for them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from ml_connector.domain.errors import ConfigurationError
from ml_connector.systems.acumatica.connection import AcumaticaSettings, instance_url, read_settings
from ml_connector.systems.acumatica.form import connection_form

GOOD: dict[str, Any] = {
    "host": "https://acme.acumatica.com/",
    "login": "cin7.sync",
    "password": "pw-secret",
    "extra": {"client_id": "88358B02@ACME", "client_secret": "cs-secret"},
}


def test_good_fields_give_settings_with_defaults() -> None:
    """The defaults are the password grant and the recommended endpoint version."""
    settings = read_settings("c", **GOOD)
    assert settings.endpoint_url == "https://acme.acumatica.com/entity/Default/24.200.001/"
    assert settings.grant == "password"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"host": ""}, "host"),
        ({"login": None}, "login"),
        ({"password": None}, "password"),
        ({"extra": {"client_secret": "x"}}, "client_id"),
        ({"extra": {"client_id": "x"}}, "client_secret"),
        ({"extra": {**GOOD["extra"], "grant": "client_credentials"}}, "grant"),
        ({"extra": {**GOOD["extra"], "grant": "authorization_code"}}, "refresh_token"),
        ({"extra": {**GOOD["extra"], "endpoint_version": "24"}}, "endpoint_version"),
    ],
)
def test_a_missing_or_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    """The message names the connection, the field and what belongs there."""
    with pytest.raises(ConfigurationError, match=f"connection acu: .*“{field}” must be ") as error:
        read_settings("acu", **{**GOOD, **change})
    assert "secret" not in str(error.value).replace("client_secret", "").replace("client secret", "")


def test_all_missing_fields_are_named_at_once() -> None:
    """A person sees everything that is wrong in one message."""
    with pytest.raises(ConfigurationError) as error:
        read_settings("acu", host=None, login=None, password=None, extra={})
    for field in ("host", "login", "password", "client_id", "client_secret"):
        assert f"“{field}”" in str(error.value)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        (("acme.acumatica.com",), "https://acme.acumatica.com"),
        (("http://localhost:8102",), "http://localhost:8102"),
        (("localhost", "http", 8102), "http://localhost:8102"),
        (("erp.acme.com/Instance/", None, None), "https://erp.acme.com/Instance"),
        (("erp.acme.com/Instance", "https", 8443), "https://erp.acme.com:8443/Instance"),
    ],
)
def test_the_address_is_https_unless_said_otherwise(fields: tuple[Any, ...], url: str) -> None:
    """Host, schema and port give the instance's address, with its path."""
    assert instance_url(*fields) == url


def test_settings_show_no_secret() -> None:
    """Neither text nor repr of the settings shows a secret, and all secrets are known to the redactor."""
    extra = {**GOOD["extra"], "refresh_token": "rt-secret", "push_secret": "ps-secret"}
    settings = read_settings("c", **{**GOOD, "extra": extra})
    assert "-secret" not in f"{settings} {settings!r}"
    assert set(settings.secrets) == {"pw-secret", "cs-secret", "rt-secret", "ps-secret"}


def test_the_form_asks_for_every_setting() -> None:
    """Every extra field of the settings has a labelled field in the form, and no other is asked for."""
    form = connection_form()
    plain = {"url", "login", "password"}
    assert set(form["conn-fields"]) == set(AcumaticaSettings.model_fields) - plain
    assert all(field["label"] for field in form["conn-fields"].values())


def test_secret_fields_have_names_that_airflow_masks() -> None:
    """Airflow masks by name, so a field shown as a password has a name that it knows."""
    for name, field in connection_form()["conn-fields"].items():
        if field["schema"].get("format") == "password":
            assert any(word in name for word in ("secret", "token", "password", "api_key"))


def test_the_form_imports_nothing_heavy() -> None:
    """A provider that is slow or fails to import breaks every airflow command."""
    code = (
        "import sys; import ml_connector.systems.acumatica.form; "
        "sys.exit(any(m in sys.modules for m in ('airflow', 'requests', 'pydantic', 'sqlalchemy')))"
    )
    env = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    assert subprocess.run([sys.executable, "-c", code], env=env, check=False).returncode == 0

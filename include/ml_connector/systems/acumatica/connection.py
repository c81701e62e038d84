"""An Airflow Connection's plain fields → typed settings; says which field is missing and where to get it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from ml_connector.domain.errors import ConfigurationError
from ml_connector.transport.redaction import parts_of

_WHERE = {
    "host": "the instance URL, e.g. https://company.acumatica.com",
    "login": "the API user's login",
    "password": "the API user's password",
    "client_id": "the Client ID of form SM303010 (Connected Applications), with @ and the tenant",
    "client_secret": "the client secret of form SM303010 (Connected Applications)",
    "refresh_token": "the refresh token that the first sign-in in a browser gave",
    "grant": "one of password, authorization_code, cookie",
    "endpoint_version": "a version such as 24.200.001",
}
_NEEDED = {
    "password": ("login", "password", "client_id", "client_secret"),
    "authorization_code": ("client_id", "client_secret", "refresh_token"),
    "cookie": ("login", "password"),
}


class AcumaticaSettings(BaseModel):
    """What is needed to call one instance.

    Args:
        url: the instance's address, with its path where it has one, without a slash at the end.
        grant: how to sign in; ``authorization_code`` only refreshes, starting from `refresh_token`.
        tenant: for the cookie sign-in; with OAuth the Client ID carries it.
        branch: ID of the branch that documents belong to; "" for the user's default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    login: str = ""
    password: SecretStr = SecretStr("")
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    grant: Literal["password", "authorization_code", "cookie"] = "password"
    refresh_token: SecretStr = SecretStr("")
    tenant: str = ""
    branch: str = ""
    endpoint: str = "Default"
    endpoint_version: str = "24.200.001"
    push_secret: SecretStr = SecretStr("")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the values that no message may show."""
        hidden = (self.password, self.client_secret, self.refresh_token, self.push_secret)
        return tuple(value.get_secret_value() for value in hidden if value.get_secret_value())

    @property
    def token_name(self) -> str:
        """Return the name under which the token of this instance, application and user is kept."""
        return f"acumatica {self.url} {self.client_id} {self.login}"

    @property
    def endpoint_url(self) -> str:
        """Return the address that all entities lie under."""
        return f"{self.url}/entity/{self.endpoint}/{self.endpoint_version}/"


_EXTRA = tuple(name for name in AcumaticaSettings.model_fields if name not in {"url", "login", "password"})


def read_settings(
    conn_id: str,
    *,
    host: str | None,
    login: str | None,
    password: str | None,
    extra: Mapping[str, Any],
    schema: str | None = None,
    port: int | None = None,
) -> AcumaticaSettings:
    """Return the settings in the plain fields of the connection `conn_id`.

    Raises:
        ConfigurationError: fields are missing or wrong; all of them are named.
    """
    given = {name: str(extra[name]).strip() for name in _EXTRA if extra.get(name) not in (None, "")}
    url = instance_url(host or "", schema, port)
    fields = {**given, "url": url, "login": (login or "").strip(), "password": password or ""}
    try:
        settings = AcumaticaSettings.model_validate(fields)
    except ValidationError as error:
        wrong = sorted({str(problem["loc"][0]) for problem in error.errors()})
    else:
        wrong = _missing(settings)
        if not wrong:
            return settings
    needs = "; ".join(f"“{name}” must be {_WHERE.get(name, 'a text')}" for name in wrong)
    raise ConfigurationError(f"connection {conn_id}: {needs}. Correct it under Admin → Connections.")


def _missing(settings: AcumaticaSettings) -> list[str]:
    """Return the fields that are empty or no good."""
    wrong = [] if parts_of(settings.url).hostname else ["host"]
    if not re.fullmatch(r"\d+\.\d+\.\d+", settings.endpoint_version):
        wrong.append("endpoint_version")
    for name in _NEEDED[settings.grant]:
        value = getattr(settings, name)
        if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
            wrong.append(name)
    return wrong


def instance_url(host: str, schema: str | None = None, port: int | None = None) -> str:
    """Return the address of an instance; https unless something else is said."""
    host = host.strip().rstrip("/")
    if host and "://" not in host:
        host = f"{schema if schema in {'http', 'https'} else 'https'}://{host}"
    parts = parts_of(host)
    if port and parts.hostname and ":" not in parts.netloc.rpartition("@")[2]:
        host = parts._replace(netloc=f"{parts.netloc}:{port}").geturl()
    return host

"""An Airflow Connection's plain fields → typed settings; says which field is missing and where to get it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ml_connector.domain.errors import ConfigurationError
from ml_connector.transport.redaction import parts_of

_WHERE = {
    "host": "the tenant's system URL, e.g. https://company.ifs.cloud",
    "login": "the client ID from Solution Manager, IAM Clients, with Service Accounts switched on",
    "password": "the client's secret",
    "realm": "the realm of the environment, as it stands in the address of its log-in page",
    "requests_per_minute": "a number from 1",
}


class IfsSettings(BaseModel):
    """What is needed to call one tenant.

    Args:
        url: the system URL, without a slash at the end.
        login: the IAM client's ID; `password` is its secret.
        requests_per_minute: our own limit; IFS publishes none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    login: str
    password: SecretStr
    realm: str
    scope: str = "openid microprofile-jwt"
    requests_per_minute: int = Field(default=600, ge=1)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the values that no message may show."""
        return (self.password.get_secret_value(),)

    @property
    def token_name(self) -> str:
        """Return the name under which the token of this tenant and client is kept."""
        return f"ifs {self.url} {self.realm} {self.login}"


def read_settings(
    conn_id: str, *, host: str | None, login: str | None, password: str | None, extra: Mapping[str, Any]
) -> IfsSettings:
    """Return the settings in the plain fields of the connection `conn_id`.

    Raises:
        ConfigurationError: fields are missing or wrong; all of them are named.
    """
    names = [name for name in IfsSettings.model_fields if name not in {"url", "login", "password"}]
    given = {name: str(extra[name]).strip() for name in names if str(extra.get(name) or "").strip()}
    url = (host or "").strip()
    url = (url if "://" in url or not url else f"https://{url}").rstrip("/")
    fields = {"realm": "", **given, "url": url, "login": (login or "").strip(), "password": password or ""}
    try:
        settings = IfsSettings.model_validate(fields)
    except ValidationError as error:
        wrong = sorted({str(problem["loc"][0]) for problem in error.errors()})
    else:
        wrong = [name for name in ("login", "realm") if not getattr(settings, name)]
        wrong += [] if settings.password.get_secret_value() else ["password"]
        wrong += [] if parts_of(url).hostname else ["host"]
        if not wrong:
            return settings
    needs = "; ".join(f"“{name}” must be {_WHERE.get(name, 'a text')}" for name in wrong)
    raise ConfigurationError(f"connection {conn_id}: {needs}. Correct it under Admin → Connections.")

"""An Airflow Connection's plain fields → typed settings; says which field is missing and where to get it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from ml_connector.domain.errors import ConfigurationError
from ml_connector.transport.redaction import parts_of

_WHERE = {
    "host": "the tenant's full address with its context, e.g. https://company.adaptive.qad.com/clouderp",
    "login": "the API user",
    "password": "the API user's password",
    "domain": "the domain, e.g. 10USA",
    "entity": "the entity of the domain, e.g. 10USACO",
    "auth_mode": "oauth_password or basic",
    "sign_in_by": "form or query",
}


class QadSettings(BaseModel):
    """What is needed to call one tenant.

    Args:
        url: the tenant's address with its context, without a slash at the end.
        domain: where orders and receipts are.
        entity: where invoices are.
        sign_in_by: where the token request's parameters go; in a query they end up in proxies' logs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    login: str
    password: SecretStr
    domain: str
    entity: str
    client_id: str = "ml-connector"
    auth_mode: Literal["oauth_password", "basic"] = "oauth_password"
    sign_in_by: Literal["form", "query"] = "form"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the values that no message may show."""
        return (self.password.get_secret_value(),)

    @property
    def token_name(self) -> str:
        """Return the name under which the token of this tenant and user is kept."""
        return f"qad {self.url} {self.client_id} {self.login}"

    @property
    def workspace(self) -> str:
        """Return the header's value that fixes domain and entity."""
        return f"{self.domain}_{self.entity}"


def read_settings(
    conn_id: str, *, host: str | None, login: str | None, password: str | None, extra: Mapping[str, Any]
) -> QadSettings:
    """Return the settings in the plain fields of the connection `conn_id`.

    Raises:
        ConfigurationError: fields are missing or wrong; all of them are named.
    """
    names = [name for name in QadSettings.model_fields if name not in {"url", "login", "password"}]
    given = {name: str(extra[name]).strip() for name in names if extra.get(name) not in (None, "")}
    fields = {
        "domain": "", "entity": "", **given, "url": (host or "").strip().rstrip("/"),
        "login": (login or "").strip(), "password": password or "",
    }  # fmt: skip
    try:
        settings = QadSettings.model_validate(fields)
    except ValidationError as error:
        wrong = sorted({str(problem["loc"][0]) for problem in error.errors()})
    else:
        wrong = [name for name in ("login", "domain", "entity") if not getattr(settings, name)]
        wrong += [] if settings.password.get_secret_value() else ["password"]
        parts = parts_of(settings.url)
        wrong += [] if parts.scheme in {"http", "https"} and parts.hostname else ["host"]
        if not wrong:
            return settings
    needs = "; ".join(f"“{name}” must be {_WHERE.get(name, 'a text')}" for name in wrong)
    raise ConfigurationError(f"connection {conn_id}: {needs}. Correct it under Admin → Connections.")

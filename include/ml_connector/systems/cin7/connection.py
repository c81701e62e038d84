"""An Airflow Connection's plain fields → typed settings; says which field is missing and where to get it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ml_connector.domain.errors import ConfigurationError
from ml_connector.transport.redaction import parts_of

DEFAULT_HOST = "https://inventory.dearsystems.com"
BASE_PATH = "/ExternalApi/v2"
_KEYS_PAGE = "https://inventory.dearsystems.com/ExternalAPI"
_WHERE = {
    "host": f"an address, or empty for {DEFAULT_HOST}",
    "login": f"the Account ID, a GUID, from {_KEYS_PAGE}",
    "password": f"the application key, a GUID, from {_KEYS_PAGE}",
    "more_api_keys": "application keys (GUIDs) split by commas",
    "requests_per_minute": "a whole number from 1 on (60 unless Cin7 has granted more)",
    "rate_scope": "key or account",
}


class Cin7Settings(BaseModel):
    """What is needed to call one Cin7 Core account.

    Args:
        url: the API's base address.
        api_keys: application keys; several share the load, each with an allowance of its own.
        requests_per_minute: calls that Cin7 allows in a minute, per key (or for the account, see `rate_scope`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    account_id: str
    api_keys: tuple[SecretStr, ...] = Field(min_length=1)
    requests_per_minute: int = Field(default=60, ge=1)
    rate_scope: Literal["key", "account"] = "key"
    webhook_secret: SecretStr = SecretStr("")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the values that no message may show."""
        hidden = (*self.api_keys, self.webhook_secret)
        return tuple(value.get_secret_value() for value in hidden if value.get_secret_value())

    def headers(self) -> dict[str, dict[str, str]]:
        """Return key name → the two headers that every call carries."""
        return {
            f"key{number}": {
                "api-auth-accountid": self.account_id,
                "api-auth-applicationkey": key.get_secret_value(),
            }
            for number, key in enumerate(self.api_keys, start=1)
        }


def read_settings(
    conn_id: str, *, host: str | None, login: str | None, password: str | None, extra: Mapping[str, Any]
) -> Cin7Settings:
    """Return the settings in the plain fields of the connection `conn_id`.

    Raises:
        ConfigurationError: fields are missing or wrong; all of them are named.
    """
    more = extra.get("more_api_keys") or ""
    further = [str(key) for key in more] if isinstance(more, list) else str(more).split(",")
    keys = [key.strip() for key in (password or "", *further) if key.strip()]
    fields: dict[str, Any] = {"url": _url(host or ""), "account_id": (login or "").strip(), "api_keys": keys}
    for name in ("requests_per_minute", "rate_scope", "webhook_secret"):
        if extra.get(name) not in (None, ""):
            fields[name] = extra[name]
    wrong = _wrong(fields, keys)
    try:
        settings = Cin7Settings.model_validate(fields)
    except ValidationError as error:
        wrong |= {str(problem["loc"][0]) for problem in error.errors() if problem["loc"][0] in _WHERE}
    else:
        if not wrong:
            return settings
    needs = "; ".join(f"“{name}” must be {_WHERE[name]}" for name in sorted(wrong))
    raise ConfigurationError(f"connection {conn_id}: {needs}. Correct it under Admin → Connections.")


def _wrong(fields: Mapping[str, Any], keys: list[str]) -> set[str]:
    wrong = set() if parts_of(fields["url"]).hostname else {"host"}
    if not _is_guid(fields["account_id"]):
        wrong.add("login")
    if not keys or not _is_guid(keys[0]):
        wrong.add("password")
    if not all(_is_guid(key) for key in keys[1:]):
        wrong.add("more_api_keys")
    return wrong


def _is_guid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _url(host: str) -> str:
    host = host.strip().rstrip("/") or DEFAULT_HOST
    if "://" not in host:
        host = f"https://{host}"
    return host if parts_of(host).path.strip("/") else f"{host}{BASE_PATH}"

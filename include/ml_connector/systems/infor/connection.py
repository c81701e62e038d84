"""An Airflow Connection's plain fields → typed settings: the ``.ionapi`` file is the credential.

Keys of the file: https://github.com/cjrentier/ION-API-viaPostman and https://github.com/infor-cloud/ion-api-sdk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ml_connector.domain.errors import ConfigurationError
from ml_connector.transport.redaction import parts_of

_MAKE = "download the file again: Infor OS Portal → API Gateway → Authorized Apps → type Backend Service"
_ACCOUNT = "download the file again with “Create Service Account” switched on"
_WHERE = {
    "ti": ("the tenant id", _MAKE),
    "ci": ("the OAuth client id", _MAKE),
    "cs": ("the OAuth client secret", _MAKE),
    "iu": ("the gateway's address, https://… without the tenant", _MAKE),
    "pu": ("the authorization server's address, https://…", _MAKE),
    "ot": ("the path of the token service", _MAKE),
    "or": ("the path of the revocation service, needed where revoke_at_end is set", _MAKE),
    "saak": ("the service account's access key", _ACCOUNT),
    "sask": ("the service account's secret key", _ACCOUNT),
    "sc": ("a list of scopes", _MAKE),
}
_LARGEST_FILE_BYTES = 64 * 1024


class IonApi(BaseModel):
    """The content of a ``.ionapi`` file; keys that are not known are ignored.

    Args:
        ti: tenant id, the first path segment of every call.
        cn: name of the authorized app.
        dt: type of the app.
        ci: OAuth client id; cs: its secret.
        iu: gateway's address, without the tenant.
        pu: authorization server's address; oa, ot, or_: paths below it.
        sc: scopes, where the tenant enforces them.
        ev: environment variable id.
        v: version of the file.
        saak: service account's access key, the OAuth user name; sask: its secret key, the password.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    ti: str = Field(min_length=1)
    cn: str = ""
    dt: str = ""
    ci: str = Field(min_length=1)
    cs: SecretStr = Field(min_length=1)
    iu: str = Field(pattern=r"^https?://[^/]+")
    pu: str = Field(pattern=r"^https?://[^/]+")
    oa: str = ""
    ot: str = Field(min_length=1)
    or_: str = Field(default="", alias="or")
    sc: tuple[str, ...] = ()
    ev: str = ""
    v: str = ""
    saak: SecretStr = Field(min_length=1)
    sask: SecretStr = Field(min_length=1)


class InforSettings(BaseModel):
    """What is needed to call one tenant.

    Args:
        ionapi: the credential.
        revoke_at_end: whether each task gives its grant back, instead of leaving the token to the next one.
        calls_per_second: our own limit; Infor publishes none, tenants set policies for each endpoint.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ionapi: IonApi
    revoke_at_end: bool = False
    calls_per_second: int = Field(default=10, ge=1)

    @property
    def url(self) -> str:
        """Return the address that all suites of the tenant lie under."""
        return f"{self.ionapi.iu.rstrip('/')}/{self.ionapi.ti}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the values that no message may show."""
        return tuple(value.get_secret_value() for value in (self.ionapi.cs, self.ionapi.saak, self.ionapi.sask))

    @property
    def token_name(self) -> str:
        """Return the name under which the token of this tenant and application is kept."""
        return f"infor {self.url} {self.ionapi.ci}"


def read_settings(conn_id: str, *, password: str | None, extra: Mapping[str, Any]) -> InforSettings:
    """Return the settings in the plain fields of the connection `conn_id`.

    Args:
        conn_id: named in messages.
        password: the file's content pasted, or the path of the file on the workers.
        extra: ``ionapi`` or ``ionapi_path`` instead of the password, and the other fields of `InforSettings`.

    Raises:
        ConfigurationError: the file is missing or unreadable, or keys of it are missing or wrong; all are named.
    """
    given = str(extra.get("ionapi") or password or extra.get("ionapi_path") or "").strip()
    ionapi = read_ionapi(conn_id, given)
    names = [name for name in InforSettings.model_fields if name != "ionapi"]
    fields = {name: extra[name] for name in names if extra.get(name) not in (None, "")}
    try:
        settings = InforSettings.model_validate({**fields, "ionapi": ionapi})
    except ValidationError as error:
        wrong = ", ".join(sorted({f"“{problem['loc'][0]}”" for problem in error.errors()}))
    else:
        if settings.revoke_at_end and not ionapi.or_:
            raise _wrong(conn_id, ["or"])
        return settings
    raise ConfigurationError(f"connection {conn_id}: {wrong} cannot be read. Correct it under Admin → Connections.")


def read_ionapi(conn_id: str, given: str) -> IonApi:
    """Return the file's content from the text pasted, or from the path given.

    Raises:
        ConfigurationError: there is none, it is no JSON, or keys are missing or wrong; never shows a value.
    """
    if not given:
        raise ConfigurationError(
            f"connection {conn_id}: the content of the .ionapi file is missing. Paste it into the field "
            f"“Content of the .ionapi file” under Admin → Connections; to make one, {_MAKE.partition(': ')[2]}."
        )
    text = given if given.lstrip("\ufeff").startswith("{") else _file(conn_id, given)
    try:
        data = json.loads(text.lstrip("\ufeff"))  # the official SDK strips the mark as well: m3-h5-sdk, mtauth.cts
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ConfigurationError(f"connection {conn_id}: the .ionapi file is no JSON object; {_MAKE}.")
    try:
        ionapi = IonApi.model_validate({key: _plain(value) for key, value in data.items()})
    except ValidationError as error:
        wrong = [str(problem["loc"][0]) for problem in error.errors()]
    else:
        wrong = [key for key, value in (("iu", ionapi.iu), ("pu", ionapi.pu)) if not parts_of(value).hostname]
        if not wrong:
            return ionapi
    raise _wrong(conn_id, wrong)


def _plain(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _file(conn_id: str, path: str) -> str:
    try:
        file = Path(path)
        if file.stat().st_size <= _LARGEST_FILE_BYTES:
            return file.read_text(encoding="utf-8-sig")
        problem = "is too large to be one"
    except (OSError, ValueError) as error:
        problem = f"cannot be read here ({type(error).__name__})"
    # What was given may be a secret that was pasted in part, so it is not shown.
    raise ConfigurationError(
        f"connection {conn_id}: what stands for the .ionapi file is neither its content, which begins with "
        f"“{{”, nor the path of a file: it {problem}. Paste the content under Admin → Connections."
    )


def _wrong(conn_id: str, keys: list[str]) -> ConfigurationError:
    words = []
    for key in dict.fromkeys("or" if key == "or_" else key for key in keys):
        what, where = _WHERE.get(key, ("a text", _MAKE))
        words.append(f"key “{key}” of the .ionapi file must be {what} ({where})")
    return ConfigurationError(f"connection {conn_id}: {'; '.join(words)}.")

"""An Airflow Connection's plain fields → typed settings; says which field is missing and where to get it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from ml_connector.domain.errors import ConfigurationError
from ml_connector.transport.redaction import parts_of

_WHERE = {
    "host": "the address of the e.net REST service with its port, e.g. https://erp.company.com:30661/SYSPROWCFService/Rest",
    "login": "an operator that nobody else uses: a second logon of the same operator ends the first",
    "company_id": "the SYSPRO company, e.g. ACM1",
    "odata_url": "the address of the OData service, e.g. https://erp.company.com/SYSPRO8Odata/SYSPROOData",
    "odata_user": "an operator enabled for OData (Operator Maintenance); restart the OData service after enabling it",
    "odata_auth": "basic or session",
}


class SysproSettings(BaseModel):
    """What is needed to call both interfaces of one company.

    Args:
        url: of the e.net REST service, without a slash at the end.
        odata_url: of the OData service, without a slash at the end; "" where the site has none.
        odata_auth: ``basic`` is the service's own; ``session`` sends the e.net session.
        odata_session_header: the header that it is sent in; as query parameter ``UserId`` when empty.
        logon_path: relative to `url`; some installations route ``Utilities/Logon``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    login: str
    password: SecretStr = SecretStr("")
    company_id: str
    company_password: SecretStr = SecretStr("")
    odata_url: str = ""
    odata_user: str = ""
    odata_password: SecretStr = SecretStr("")
    odata_auth: Literal["basic", "session"] = "basic"
    odata_session_header: str = ""
    odata_company: str = ""
    logon_path: str = "Logon"
    logoff_path: str = "Logoff"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the values that no message may show."""
        hidden = (self.password, self.company_password, self.odata_password)
        return tuple(value.get_secret_value() for value in hidden if value.get_secret_value())

    @property
    def session_name(self) -> str:
        """Return the name under which the one session of this server, company and operator is kept."""
        return f"syspro {self.url} {self.company_id} {self.login}".casefold()

    @property
    def tables_url(self) -> str:
        """Return the address that the company's tables lie under."""
        return f"{self.odata_url}/{self.odata_company or self.company_id}/"


_EXTRA = tuple(name for name in SysproSettings.model_fields if name not in {"url", "login", "password"})


def read_settings(
    conn_id: str, *, host: str | None, login: str | None, password: str | None, extra: Mapping[str, Any]
) -> SysproSettings:
    """Return the settings in the plain fields of the connection `conn_id`.

    Raises:
        ConfigurationError: fields are missing or wrong; all of them are named.
    """
    given = {name: str(extra[name]).strip() for name in _EXTRA if extra.get(name) not in (None, "")}
    given["odata_url"] = given.get("odata_url", "").rstrip("/")
    fields = {"company_id": "", **given, "url": (host or "").strip().rstrip("/"), "login": (login or "").strip()}
    try:
        settings = SysproSettings.model_validate({**fields, "password": password or ""})
    except ValidationError as error:
        wrong = sorted({str(problem["loc"][0]) for problem in error.errors()})
    else:
        wrong = _missing(settings)
        if not wrong:
            return settings
    needs = "; ".join(f"“{name}” must be {_WHERE.get(name, 'a text')}" for name in wrong)
    raise ConfigurationError(f"connection {conn_id}: {needs}. Correct it under Admin → Connections.")


def _missing(settings: SysproSettings) -> list[str]:
    wrong = [name for name in ("login", "company_id") if not getattr(settings, name)]
    if not _is_address(settings.url):
        wrong.append("host")
    if settings.odata_url and not _is_address(settings.odata_url):
        wrong.append("odata_url")
    if settings.odata_url and settings.odata_auth == "basic" and not settings.odata_user:
        wrong.append("odata_user")
    return wrong


def _is_address(url: str) -> bool:
    parts = parts_of(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)

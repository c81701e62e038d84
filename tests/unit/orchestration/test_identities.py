"""What tells one company's books from another's, system by system: from the connection and the options alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ml_connector.orchestration import catalog
from ml_connector.systems.acumatica import connection as acumatica
from ml_connector.systems.cin7 import connection as cin7
from ml_connector.systems.ifs import connection as ifs
from ml_connector.systems.infor import connection as infor
from ml_connector.systems.qad import connection as qad
from ml_connector.systems.syspro import connection as syspro
from ml_connector.transport.address import host_of, place_of

ACCOUNT, KEY = "1F7A2B3C-0000-4000-8000-00000000000A", "99999999-aaaa-4bbb-8ccc-0123456789ab"
SECRET = "mlcmark-s3cret"
IONAPI = {
    "ti": "ACME_PRD", "ci": "ACME_PRD~app", "cs": SECRET, "iu": "https://MINGLE.infor.com/", "pu": "https://sso.infor.com",
    "ot": "token.oauth2", "saak": SECRET, "sask": SECRET,
}  # fmt: skip
GIVEN: dict[str, dict[str, Any]] = {
    "cin7": {"host": "", "login": ACCOUNT, "password": KEY, "extra": {"webhook_secret": SECRET}},
    "acumatica": {
        "host": f"https://me:{SECRET}@Acme.acumatica.com:443/Main/", "login": "sync", "password": SECRET,
        "extra": {
            "client_id": f"{SECRET}@ACME", "client_secret": SECRET, "push_secret": SECRET, "branch": "HEADOFFICE",
        },
    },
    "ifs": {"host": "ACME.ifs.cloud/", "login": "id", "password": SECRET, "extra": {"realm": "acmeprd"}},
    "infor": {"password": json.dumps(IONAPI), "extra": {}},
    "qad": {
        "host": "https://acme.adaptive.qad.com/clouderp/", "login": "api", "password": SECRET,
        "extra": {"domain": "10USA", "entity": "10USACO"},
    },
    "syspro": {
        "host": "https://erp.acme.com:30661/SYSPROWCFService/Rest/", "login": "OP", "password": SECRET,
        "extra": {
            "company_id": "ACM1", "company_password": SECRET, "odata_password": SECRET, "odata_user": "OP",
            "odata_url": "https://erp.acme.com/SYSPROOData/",
        },
    },
}  # fmt: skip
READ: dict[str, Any] = {
    "cin7": cin7, "acumatica": acumatica, "ifs": ifs, "infor": infor, "qad": qad, "syspro": syspro,
}  # fmt: skip
OAUTH = {"client_id": "other-app@ACME", "client_secret": SECRET}
COOKIE = {"grant": "cookie", "tenant": "ACME"}


def identity(
    system: str, extra: dict[str, Any] | None = None, options: dict[str, Any] | None = None, **given: Any
) -> str:
    """Return the identity of a system whose connection is `GIVEN` but for what is given here."""
    fields = {**GIVEN[system], **given}
    fields["extra"] = {**fields["extra"], **(extra or {})}
    parts = catalog.SYSTEMS[system]
    settings = READ[system].read_settings("conn", **fields)
    text: str = catalog.load(parts.identity)(settings, catalog.load(parts.options).model_validate(options or {}))
    return text


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("cin7", f"inventory.dearsystems.com, account {ACCOUNT.lower()}"),
        ("acumatica", "acme.acumatica.com/Main, tenant ACME, branch HEADOFFICE"),
        ("ifs", "acme.ifs.cloud"),
        ("infor", "mingle.infor.com/ACME_PRD"),
        ("qad", "acme.adaptive.qad.com/clouderp, domain 10USA, entity 10USACO"),
        ("syspro", "erp.acme.com:30661/SYSPROWCFService/Rest, company ACM1, tables erp.acme.com/SYSPROOData/ACM1"),
    ],
)
def test_it_names_the_company_and_no_secret(system: str, expected: str) -> None:
    """Each system's own words; keys, passwords and what stands before the host are left out."""
    found = identity(system)
    assert found == expected
    assert SECRET not in found
    assert KEY not in found


@pytest.mark.parametrize(
    ("system", "other"),
    [
        (
            "cin7",
            {"login": ACCOUNT.lower(), "password": KEY[::-1].replace("-", ""), "extra": {"rate_scope": "account"}},
        ),
        ("cin7", {"host": "https://Inventory.DearSystems.com:443/ExternalApi/v2/"}),
        ("acumatica", {"host": "acme.acumatica.com/Main", "extra": {**OAUTH, "endpoint_version": "25.200.001"}}),
        ("acumatica", {"host": "http://acme.acumatica.com:80/Main", "login": "other", "extra": COOKIE}),
        ("ifs", {"host": "https://acme.ifs.cloud:443", "login": "other", "options": {"companies": ["10"]}}),
        ("infor", {"options": {"divisions": ["AAA"], "inbox": "/in"}}),
        ("qad", {"host": "https://ACME.adaptive.qad.com:443/clouderp", "login": "other", "options": {"site": "20"}}),
        ("syspro", {"host": "https://ERP.acme.com:30661/SYSPROWCFService/Rest", "login": "OP2"}),
    ],
)
def test_the_same_company_written_otherwise_is_the_same(system: str, other: dict[str, Any]) -> None:
    """Case of the host, usual ports, slashes, users, keys, versions, and what is read of a company."""
    assert identity(system, **other) == identity(system)


@pytest.mark.parametrize(
    ("system", "other"),
    [
        ("cin7", {"login": KEY}),
        ("cin7", {"host": "http://127.0.0.1:8101"}),
        ("acumatica", {"host": "https://test.acumatica.com/Main"}),
        ("acumatica", {"host": "https://acme.acumatica.com/Test"}),
        ("acumatica", {"extra": {"client_id": "app@TEST"}}),
        ("acumatica", {"extra": {**COOKIE, "tenant": "TEST"}}),
        ("acumatica", {"extra": {"branch": "EAST"}}),
        ("ifs", {"host": "https://acme-test.ifs.cloud"}),
        ("infor", {"password": json.dumps({**IONAPI, "ti": "ACME_TST"})}),
        ("infor", {"options": {"company": "200"}}),
        ("infor", {"options": {"surface": "bod", "inbox": "/in"}}),
        ("qad", {"extra": {"domain": "20EUR"}}),
        ("qad", {"extra": {"entity": "20EURCO"}}),
        ("syspro", {"host": "https://erp.acme.com:30662/SYSPROWCFService/Rest"}),
        ("syspro", {"extra": {"company_id": "TST1"}}),
        ("syspro", {"extra": {"odata_url": "https://test.acme.com/SYSPROOData"}}),
        ("syspro", {"extra": {"odata_company": "TST1"}}),
    ],
)
def test_another_company_is_another(system: str, other: dict[str, Any]) -> None:
    """Whatever part of it differs."""
    assert identity(system, **other).casefold() != identity(system).casefold()


def test_tables_that_are_not_read_do_not_count() -> None:
    """A SYSPRO site whose documents are read by e.net alone may have its OData service elsewhere."""
    assert identity("syspro", options={"read_by": "comfnd"}) == "erp.acme.com:30661/SYSPROWCFService/Rest, company ACM1"


def test_addresses_are_told_apart_by_host_port_and_path() -> None:
    """And never show a user, a password or a query."""
    assert host_of("https://[FE80::1]:8443/x") == "[fe80::1]:8443"
    assert place_of("http://u:p@Host:8080/a/b/?key=1#x") == "host:8080/a/b"
    assert place_of("https://host/") == place_of("http://host:80") == "host"

"""A running simulator and a signed-in client of it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
import requests

from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.ifs import simulator

CLIENT = {"client_id": "ML_CONNECTOR", "client_secret": "sandbox-client-secret"}
MAIN = "main/ifsapplications/projection/v1"
INT = "int/ifsapplications/projection/v1"
ENTITY = "int/ifsapplications/entity/v1"
SUPPLIERS = "SupplierHandling.svc/SupplierInfoGeneralSet"
ORDERS = "PurchaseOrderHandling.svc/PurchaseOrderSet"
ACCOUNTS = "VoucherRowsAnalysis.svc/Reference_Account"
VOUCHERS = "VoucherRowsAnalysis.svc/VoucherRowSet"
INVOICES = "ManualSupplierInvoiceHandling.svc/ManSuppInvoiceSet"


class Ifs:
    """A client of the simulator over real HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.headers["Connection"] = "close"

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a control call that must succeed."""
        answer = requests.request(method, f"{self.url}/_sim/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def set(self, **settings: Any) -> None:
        """Switch behaviours."""
        self.sim("PATCH", "settings", settings)

    def seed(self, entity: str, *records: dict[str, Any]) -> None:
        """Put records into the store."""
        self.sim("POST", "seed", {"records": {entity: list(records)}})

    def edit(self, entity: str, record_id: str, **changes: Any) -> Any:
        """Change a record as a person would."""
        return self.sim("POST", "edit", {"entity": entity, "id": record_id, "set": changes})

    def token(self, realm: str = "acmeprd", **form: str) -> requests.Response:
        """The answer of the token endpoint."""
        url = f"{self.url}/auth/realms/{realm}/protocol/openid-connect/token"
        asked = {"grant_type": "client_credentials", "scope": "openid microprofile-jwt", **CLIENT, **form}
        return requests.post(url, data={name: value for name, value in asked.items() if value}, timeout=10)

    def sign_in(self, realm: str = "acmeprd", **form: str) -> dict[str, Any]:
        """Sign in with client credentials; returns the token answer."""
        answer = self.token(realm, **form)
        assert answer.status_code == 200, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return dict(answer.json())

    def call(
        self, method: str, path: str, body: Any = None, *, base: str = MAIN, headers: Any = None, **options: Any
    ) -> requests.Response:
        """A call of a service; `options` become query options, their values percent-encoded."""
        query = "&".join(f"${name}={quote(str(value), safe='')}" for name, value in options.items())
        url = f"{self.url}/{base}/{path}{'?' if query else ''}{query}"
        return self.http.request(method, url, json=body, headers=headers, timeout=10)

    def rows(self, path: str, **options: Any) -> list[dict[str, Any]]:
        """The rows of a list that must succeed, decimals as Decimal."""
        answer = self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return list(answer.json(parse_float=Decimal)["value"])

    def one(self, path: str, **kwargs: Any) -> dict[str, Any]:
        """A single row, or any answer of a GET that must succeed."""
        answer = self.call("GET", path, **kwargs)
        assert answer.status_code == 200, answer.text
        return dict(answer.json(parse_float=Decimal))

    def error(self, method: str, path: str, body: Any = None, **kwargs: Any) -> tuple[int, str, str]:
        """Status, code and last detail (or message) of a call that must fail."""
        answer = self.call(method, path, body, **kwargs)
        error = answer.json()["error"]
        details = error.get("details") or [error]
        return answer.status_code, error["code"], details[-1]["message"]


@pytest.fixture(scope="session")
def site_url() -> Iterator[str]:
    """The URL of one simulator for the whole folder."""
    with serve(build(simulator())) as server:
        yield server.url


@pytest.fixture
def ifs(site_url: str) -> Iterator[Ifs]:
    """A fresh site and a signed-in client."""
    client = Ifs(site_url)
    client.sim("POST", "reset")
    client.sign_in()
    with client.http:
        yield client


@pytest.fixture
def supplier(ifs: Ifs) -> str:
    """The path of a Swedish supplier with an address and all its tabs in company 10."""
    ifs.seed(
        "SupplierInfoGeneral",
        {
            "SupplierId": "S1001",
            "Name": "Nordwind Fasteners AB",
            "Country": "SE",
            "SupplierInfoAddresses": [{"AddressId": "01", "Country": "SE", "City": "Stockholm", "ZipCode": "111 47"}],
            "SupplierInvoiceCompanies": [{"Company": "10", "PayTermId": "30"}, {"Company": "20"}],
            "SupplierPayments": [{"Company": "10", "PaymentWayArray": [{"WayId": "SEPA"}]}],
            "SupplierPurchases": [{"CurrencyCode": "SEK", "BuyerCode": "LBERG"}],
        },
    )
    return f"{SUPPLIERS}(SupplierId='S1001')"

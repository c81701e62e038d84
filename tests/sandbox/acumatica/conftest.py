"""A running simulator and a signed-in client of it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from ml_connector_sandbox.acumatica import simulator
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve

CLIENT = {
    "client_id": "88358B02-A48D-A50E-F710-39C1636C30F6@ACME",
    "client_secret": "sandbox-client-secret",
}
USER = {"username": "cin7.sync", "password": "sandbox-password"}


def wrap(plain: dict[str, Any]) -> dict[str, Any]:
    """Plain values as the contract wraps them."""
    return {name: _wrap(name, value) for name, value in plain.items()}


def _wrap(name: str, value: Any) -> Any:
    if name in {"id", "delete"}:
        return value
    if isinstance(value, dict):
        return wrap(value)
    if isinstance(value, list):
        return [wrap(row) for row in value]
    return {"value": value}


class Erp:
    """A client of the simulator over real HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.version = "24.200.001"
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

    def token(self, **form: str) -> requests.Response:
        """The answer of the token endpoint."""
        return requests.post(f"{self.url}/identity/connect/token", data={**CLIENT, **form}, timeout=10)

    def sign_in(self, scope: str = "api offline_access") -> dict[str, Any]:
        """Sign in with the password grant; returns the token answer."""
        answer = self.token(grant_type="password", scope=scope, **USER)
        assert answer.status_code == 200, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return dict(answer.json())

    def call(self, method: str, path: str, body: Any = None, **kwargs: Any) -> requests.Response:
        """An entity call; ``path`` begins after the endpoint version."""
        url = f"{self.url}/entity/Default/{self.version}/{path}"
        return self.http.request(method, url, json=body, timeout=10, **kwargs)

    def put(self, path: str, plain: dict[str, Any], **kwargs: Any) -> requests.Response:
        """PUT of plain values, which are wrapped."""
        return self.call("PUT", path, wrap(plain), **kwargs)

    def made(self, path: str, plain: dict[str, Any]) -> dict[str, Any]:
        """The record of a PUT that must succeed, decimals as Decimal."""
        answer = self.put(path, plain)
        assert answer.status_code == 200, answer.text
        return dict(answer.json(parse_float=Decimal))

    def refused(self, path: str, plain: dict[str, Any]) -> dict[str, Any]:
        """The echo of a PUT that must fail with 422."""
        answer = self.put(path, plain)
        assert answer.status_code == 422, answer.text
        return dict(answer.json())

    def rows(self, path: str, **params: str) -> list[dict[str, Any]]:
        """The records of a list that must succeed."""
        answer = self.call("GET", path, params={f"${name}": value for name, value in params.items()})
        assert answer.status_code == 200, answer.text
        return list(answer.json(parse_float=Decimal))

    def fault_text(self, path: str, **params: str) -> str:
        """The exception message of a GET that must fail with 500."""
        answer = self.call("GET", path, params={f"${name}": value for name, value in params.items()})
        assert answer.status_code == 500, answer.text
        return str(answer.json()["exceptionMessage"])


@pytest.fixture(scope="session")
def site_url() -> Iterator[str]:
    """The URL of one simulator for the whole folder."""
    with serve(build(simulator())) as server:
        yield server.url


@pytest.fixture
def erp(site_url: str) -> Iterator[Erp]:
    """A fresh site and a signed-in client."""
    client = Erp(site_url)
    client.sim("POST", "reset")
    client.sign_in()
    with client.http:
        yield client


@pytest.fixture
def vendor(erp: Erp) -> str:
    """The ID of an active vendor in US dollars with terms of 30 days."""
    erp.seed("Vendor", {"VendorID": "ACMESUPPLY", "VendorName": "Acme Supply Ltd"})
    return "ACMESUPPLY"

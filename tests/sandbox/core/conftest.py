"""A running simulator behind faults and journal; which vendor does not matter here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from ml_connector_sandbox.cin7 import simulator
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve

KEYS = {
    "api-auth-accountid": "11111111-1111-4111-8111-111111111111",
    "api-auth-applicationkey": "22222222-2222-4222-8222-222222222222",
}


class Site:
    """A client of the vendor and of the control routes."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, body: Any = None, /, **params: Any) -> requests.Response:
        """A control call."""
        return requests.request(method, f"{self.url}/_sim/{path}", json=body, params=params, timeout=10)

    def sim(self, method: str, path: str, body: Any = None, /, **params: Any) -> Any:
        """The JSON of a control call that must succeed."""
        answer = self.control(method, path, body, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, kind: str, **more: Any) -> None:
        """Order a fault."""
        self.sim("POST", "faults", {"kind": kind, **more})

    def call(self, method: str = "GET", path: str = "me", body: Any = None, timeout: float = 10) -> requests.Response:
        """A call of the vendor's API, on a connection of its own."""
        url = f"{self.url}/ExternalApi/v2/{path}"
        return requests.request(method, url, json=body, headers=KEYS, timeout=timeout)

    def make(self, name: str, timeout: float = 10) -> requests.Response:
        """A call that creates: a payment term."""
        return self.call("POST", "ref/paymentterm", {"Name": name}, timeout)

    def terms(self) -> list[str]:
        """The names of all payment terms."""
        return [row["Name"] for row in self.sim("GET", "state", entity="paymentterm")["paymentterm"]]


@pytest.fixture(scope="session")
def site_url() -> Iterator[str]:
    """The URL of one simulator for the whole folder."""
    with serve(build(simulator())) as server:
        yield server.url


@pytest.fixture
def site(site_url: str) -> Iterator[Site]:
    """A fresh simulator."""
    made = Site(site_url)
    made.sim("POST", "reset")
    yield made
    made.sim("POST", "clock", {"reset": True})

"""A running simulator and a signed-in client of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.infor import simulator

TENANT = "ACME_PRD"
_FILES: dict[tuple[str, str], dict[str, Any]] = {}
"""Credential files by address and tenant; a fresh host hands out the same ones."""


class Cloud:
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

    def seed(self, table: str, *records: dict[str, Any]) -> None:
        """Put records into the store."""
        self.sim("POST", "seed", {"records": {table: list(records)}})

    def edit(self, table: str, record_id: str, **changes: Any) -> dict[str, Any]:
        """Change a record as a person does."""
        return dict(self.sim("POST", "edit", {"entity": table, "id": record_id, "set": changes}))

    def ionapi(self, tenant: str = TENANT, query: str = "") -> dict[str, Any]:
        """The credential file that the portal hands out."""
        answer = requests.get(f"{self.url}/{tenant}/authorizedapps/ml.ionapi{query}", timeout=10)
        return dict(json.loads(answer.content.decode("utf-8-sig")))

    def token(self, tenant: str = TENANT, **changes: Any) -> requests.Response:
        """The answer of the token service to the password grant."""
        place = (self.url, tenant)
        keys = _FILES[place] = _FILES.get(place) or self.ionapi(tenant)
        form = {"grant_type": "password", "username": keys["saak"], "password": keys["sask"], "client_id": keys["ci"]}
        form |= {"client_secret": keys["cs"], "scope": " ".join(keys.get("sc", [])), **changes}
        data = {name: value for name, value in form.items() if value is not None}
        return requests.post(keys["pu"] + keys["ot"], data=data, timeout=10)

    def sign_in(self, tenant: str = TENANT, **changes: Any) -> dict[str, Any]:
        """Sign in; returns the answer."""
        answer = self.token(tenant, **changes)
        assert answer.status_code == 200, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return dict(answer.json())

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        """GET of a path behind the gateway, without the tenant."""
        return self.http.get(f"{self.url}/{TENANT}/{path}", timeout=10, **kwargs)

    def call(self, path: str, matrix: str = "", **inputs: Any) -> requests.Response:
        """The answer of one transaction."""
        return self.get(f"M3/m3api-rest/v2/execute/{path}{matrix}", params=inputs)

    def rows(self, path: str, matrix: str = ";maxrecs=0;righttrim=true", **inputs: Any) -> list[dict[str, str]]:
        """The records of a transaction that must succeed."""
        answer = self.call(path, matrix, **inputs)
        assert answer.status_code == 200, answer.text
        assert answer.json()["nrOfFailedTransactions"] == 0, answer.text
        return list(answer.json()["results"][0]["records"])

    def row(self, path: str, **inputs: Any) -> dict[str, str]:
        """The only record of a transaction."""
        (row,) = self.rows(path, **inputs)
        return row

    def nok(self, path: str, matrix: str = "", **inputs: Any) -> dict[str, Any]:
        """The failure inside the 200 of a transaction that must fail."""
        answer = self.call(path, matrix, **inputs)
        assert answer.status_code == 200, answer.text
        assert answer.json()["nrOfFailedTransactions"] == 1
        return dict(answer.json()["results"][0])

    def bulk(self, body: Any, query: str = "?righttrim=true&maxrecs=0") -> requests.Response:
        """The answer of a bulk call."""
        url = f"{self.url}/{TENANT}/M3/m3api-rest/v2/execute{query}"
        return self.http.post(url, json=body, timeout=10)

    def exported(self, query: str, **inputs: Any) -> list[str]:
        """The rows of an EXPORTMI query, separated by ``|``."""
        return [row["REPL"] for row in self.rows("EXPORTMI/Select", QERY=query, SEPC="|", **inputs)]

    def payloads(self, **params: Any) -> list[dict[str, Any]]:
        """What the Data Lake lists."""
        answer = self.get("IONSERVICES/datalakeapi/v1/payloads/list", params=params)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["fields"])

    def document(self, number: str) -> bytes:
        """One document of the Data Lake."""
        answer = self.get("IONSERVICES/datalakeapi/v1/payloads/streambyid", params={"datalakeId": number})
        assert answer.status_code == 200, answer.text
        return answer.content


@pytest.fixture(scope="session")
def gateway_url() -> Iterator[str]:
    """The URL of one simulator for the whole folder."""
    with serve(build(simulator())) as server:
        yield server.url


@pytest.fixture
def cloud(gateway_url: str) -> Iterator[Cloud]:
    """A fresh host and a signed-in client."""
    client = Cloud(gateway_url)
    client.sim("POST", "reset")
    client.sign_in()
    with client.http:
        yield client

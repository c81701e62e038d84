"""A running simulator and a client of it with both keys."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from ml_connector_sandbox.cin7 import simulator
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve

ACCOUNT, KEY = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
SUPPLIER = "5a000000-0000-4000-8000-000000000001"
MAIN = "10000000-0000-4000-8000-000000000001"


class Core:
    """A client of the simulator over real HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.headers.update({"api-auth-accountid": ACCOUNT, "api-auth-applicationkey": KEY})

    # --- control routes ---

    def sim(self, method: str, path: str, body: Any = None, /, **params: str) -> Any:
        """The JSON of a control call that must succeed."""
        answer = requests.request(method, f"{self.url}/_sim/{path}", json=body, params=params, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json(parse_float=Decimal)

    def set(self, **settings: Any) -> None:
        """Switch behaviours."""
        self.sim("PATCH", "settings", settings)

    def seed(self, entity: str, *records: dict[str, Any]) -> None:
        """Put records into the account."""
        self.sim("POST", "seed", {"records": {entity: list(records)}})

    def edit(self, entity: str, key: str, **changes: Any) -> dict[str, Any]:
        """Change a record as a person in the vendor's pages."""
        return dict(self.sim("POST", "edit", {"entity": entity, "id": key, "set": changes}))

    # --- the API ---

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> requests.Response:
        """One call."""
        url = f"{self.url}/ExternalApi/v2/{path}"
        return self.http.request(method, url, json=body, params=params, timeout=10)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET that must succeed."""
        return self.ok("GET", path, None, **params)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON of a POST that must succeed."""
        return self.ok("POST", path, body)

    def ok(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The JSON of a call that must succeed, decimals as Decimal."""
        answer = self.call(method, path, body, **params)
        assert answer.status_code == 200, answer.text
        return answer.json(parse_float=Decimal)

    def refused(self, method: str, path: str, body: Any = None, *, status: int = 400, **params: Any) -> str:
        """The sentences of a call that must fail; its body must be an error array."""
        answer = self.call(method, path, body, **params)
        assert answer.status_code == status, answer.text
        rows = answer.json()
        assert all(set(row) == {"ErrorCode", "Exception"} for row in rows)
        return "; ".join(row["Exception"] for row in rows)

    # --- steps of a purchase ---

    def header(self, *, advanced: bool = False, **changes: Any) -> dict[str, Any]:
        """A new purchase."""
        body = {"SupplierID": SUPPLIER, "Approach": "STOCK", "Location": "Main Warehouse", **changes}
        return dict(self.post("advanced-purchase" if advanced else "purchase", body))

    def order(self, task: str, status: str = "AUTHORISED", *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """The order's lines posted: the same one line where none is given."""
        rows = list(lines) or [order_line()]
        return dict(self.post("purchase/order", {"TaskID": task, "Status": status, "Lines": rows, **more}))

    def receive(self, task: str, status: str = "AUTHORISED", *lines: dict[str, Any]) -> dict[str, Any]:
        """Lines added to a simple receipt."""
        return dict(self.post("purchase/stock", {"TaskID": task, "Status": status, "Lines": list(lines)}))

    def bill_body(self, task: str, number: str = "KF-1", status: str = "AUTHORISED", **more: Any) -> dict[str, Any]:
        """A bill's body with one line."""
        line = {**order_line(), "Account": "630"}
        return {"TaskID": task, "InvoiceNumber": number, "InvoiceDate": "2026-09-03T00:00:00", "Status": status,
                "Lines": [line], **more}  # fmt: skip

    def count(self, path: str, method: str = "GET") -> int:
        """How many such calls there were."""
        return int(self.sim("GET", "journal/count", path=path, method=method)["count"])


def order_line(sku: str = "HP-CLAMP-50", **changes: Any) -> dict[str, Any]:
    """One line of 40 at 12.50, 10 % tax."""
    return {"SKU": sku, "Name": "x", "Quantity": 40, "Price": 12.5, "Discount": 0, "Tax": 50,
            "TaxRule": "GST on Expenses", "Total": 500, **changes}  # fmt: skip


def stock_line(sku: str = "HP-CLAMP-50", **changes: Any) -> dict[str, Any]:
    """40 pieces received on 2 September."""
    return {"Date": "2026-09-02T00:00:00", "Quantity": 40, "SKU": sku, "LocationID": MAIN, **changes}


@pytest.fixture(name="order_line")
def _order_line() -> Any:
    """Make an order line."""
    return order_line


@pytest.fixture(name="stock_line")
def _stock_line() -> Any:
    """Make a receipt line."""
    return stock_line


@pytest.fixture(scope="session")
def site_url() -> Iterator[str]:
    """The URL of one simulator for the whole folder."""
    with serve(build(simulator())) as server:
        yield server.url


@pytest.fixture
def core(site_url: str) -> Iterator[Core]:
    """A fresh account with one supplier, and a generous allowance."""
    client = Core(site_url)
    client.sim("POST", "reset")
    client.set(rate_limit=10_000)
    client.seed("supplier", {
        "ID": SUPPLIER, "Name": "Kestrel Fasteners Ltd", "Currency": "USD", "PaymentTerm": "30 days",
        "TaxRule": "GST on Expenses", "AccountPayable": "800", "Status": "Active",
        "Contacts": [{"Name": "Ines Marlow", "Phone": "02 4900 1122", "Default": True}],
    })  # fmt: skip
    with client.http:
        yield client

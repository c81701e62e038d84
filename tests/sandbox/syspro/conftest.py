"""A running simulator and a client of both its services."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import requests

from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.syspro import simulator

LOGON = {"Operator": "INTEG", "OperatorPassword": "sandbox-password", "CompanyId": "ACM1", "CompanyPassword": ""}
READER = ("integ@acme.example", "sandbox-password")


def xml(name: str, content: Any) -> str:
    """A document of nested pairs or dicts; a list in a dict repeats its element."""
    if isinstance(content, dict):
        inner = "".join(
            xml(key, value)
            for key, values in content.items()
            for value in (values if isinstance(values, list) else [values])
        )
    else:
        inner = str(content)
    return f"<{name}>{inner}</{name}>"


class Erp:
    """A client of the simulator over real HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session_id = ""
        self.http = requests.Session()

    def sim(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        """The JSON of a control call that must succeed."""
        answer = self.http.request(method, f"{self.url}/_sim/{path}", json=body, params=params, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json(parse_float=Decimal)

    def set(self, **settings: Any) -> None:
        """Switch behaviours."""
        self.sim("PATCH", "settings", settings)

    def seed(self, table: str, *rows: dict[str, Any]) -> None:
        """Put rows into the store."""
        self.sim("POST", "seed", {"records": {table: list(rows)}})

    def stored(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table as they are stored."""
        return list(self.sim("GET", "state", entity=table)[table])

    # --- e.net ---

    def rest(self, path: str, **params: str) -> requests.Response:
        """A GET of the e.net service, whose octet stream is read as Windows-1252."""
        answer = self.http.get(f"{self.url}/SYSPROWCFService/Rest/{path}", params=params, timeout=10)
        answer.encoding = "cp1252"
        return answer

    def log_on(self, **changes: str) -> str:
        """Log on; returns the session, blanks included."""
        answer = self.rest("Logon", **{**LOGON, **changes})
        assert answer.status_code == 200
        self.session_id = answer.text
        return answer.text

    def text(self, path: str, code: str, document: str, parameters: str = "", user_id: str | None = None) -> str:
        """The body of a business object's answer, whose status must be 200."""
        params = {"UserId": self.session_id if user_id is None else user_id, "BusinessObject": code, "XmlIn": document}
        if parameters:
            params["XmlParameters"] = parameters
        answer = self.rest(path, **params)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/octet-stream"
        return answer.text

    def call(self, path: str, code: str, document: str, **options: str) -> ET.Element:
        """The XML answer of a business object; `options` are its parameters."""
        parameters = xml("Parameters", {"Parameters": options}) if options else ""
        text = self.text(path, code, document, parameters)
        assert text.startswith("<?xml"), text
        return ET.fromstring(text)

    def setup(self, method: str, code: str, /, options: dict[str, str] | None = None, **fields: str) -> ET.Element:
        """The answer to the setup of one supplier."""
        document = xml("SetupApSupplier", {"Item": {"Key": {"Supplier": code}, **fields}})
        return self.call(f"Setup/{method}", "APSSSP", document, **(options or {}))

    def order(self, *lines: dict[str, Any], options: dict[str, str] | None = None, **header: str) -> ET.Element:
        """The answer to an order for supplier BOLT with these stock lines."""
        head = {"OrderActionType": "A", "Supplier": "BOLT", **header}
        given = {"OrderHeader": head, "OrderDetails": {"StockLine": list(lines)}}
        return self.call("Transaction/Post", "PORTOI", xml("PostPurchaseOrders", {"Orders": given}), **(options or {}))

    def receive(self, order: str, quantity: str, options: dict[str, str] | None = None, **fields: str) -> ET.Element:
        """The answer to a receipt of the order's first line."""
        given = {"PurchaseOrder": order, "PurchaseOrderLine": "1", "Quantity": quantity, "CostBasis": "P", **fields}
        document = xml("PostPurchaseOrderReceipts", {"Item": {"Receipt": given}})
        return self.call("Transaction/Post", "PORTOR", document, **(options or {}))

    def invoice(self, *items: dict[str, Any], **options: str) -> ET.Element:
        """The answer to the posting of supplier invoices."""
        document = xml("PostApInvoice", {"Item": list(items)})
        return self.call("Transaction/Post", "APSTIN", document, **options)

    def find(self, table: str, *columns: str, where: list[dict[str, str]] | None = None, **more: Any) -> ET.Element:
        """The answer of COMFND."""
        document = {
            "TableName": table,
            "Columns": {"Column": list(columns)},
            "Where": {"Expression": where or []},
            **more,
        }
        return self.call("Query/Query", "COMFND", xml("Query", document))

    # --- OData ---

    def odata(self, path: str, **options: str) -> requests.Response:
        """A GET of the OData service; `options` without their dollar."""
        params = {f"${name}": value for name, value in options.items()}
        return self.http.get(f"{self.url}/SYSPRO8Odata/SYSPROOData/{path}", params=params, auth=READER, timeout=10)

    def rows(self, table: str, **options: str) -> list[dict[str, Any]]:
        """The rows of a list that must succeed."""
        answer = self.odata(f"ACM1/{table}", **options)
        assert answer.status_code == 200, answer.text
        return list(answer.json(parse_float=Decimal)["value"])

    def refused(self, table: str, **options: str) -> str:
        """The message of a list that must fail with 400."""
        answer = self.odata(f"ACM1/{table}", **options)
        assert answer.status_code == 400, answer.text
        return str(answer.json()["error"]["message"])


@pytest.fixture(scope="session")
def site_url() -> Iterator[str]:
    """The URL of one simulator for the whole folder."""
    with serve(build(simulator())) as server:
        yield server.url


@pytest.fixture
def erp(site_url: str) -> Iterator[Erp]:
    """A fresh site with supplier BOLT, and a client that is logged on."""
    client = Erp(site_url)
    client.sim("POST", "reset")
    client.seed("ApSupplier", {"Supplier": "BOLT", "SupplierName": "Bolt & Nut Co"})
    client.log_on()
    with client.http:
        yield client

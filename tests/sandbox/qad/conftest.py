"""A running simulator and a signed-in client of it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.qad import simulator

USER = {"client_id": "ml-connector", "username": "svc.ap@acme.example", "password": "sandbox-password"}
URNS = {
    "supplierV2s": "base.supplier.ISupplierV2",
    "mfgSuppliers": "base.supplier.IMfgSupplier",
    "businessRelationV2s": "base.address.IBusinessRelationV2",
    "purchaseOrderHeaders": "purchasing.purchaseorders.IPurchaseOrderHeader",
    "purchaseOrderLines": "purchasing.purchaseorders.IPurchaseOrderLine",
    "purchaseOrderReceipts": "purchasing.receipts.IPurchaseOrderReceipt",
    "supplierInvoices": "financials.purchaseledger.supplierinvoice.ISupplierInvoice",
    "items": "base.item.IItem",
    "glAccounts": "base.coa.IGLAccount",
    "costCenters": "base.coa.ICostCenter",
}
SUPPLIER = {
    "sharedSetCode": "SUPSS", "supplierCode": "HARB0017", "businessRelationCode": "HARB0017",
    "isCreateBusinessRelationRequired": True, "businessRelationName": "Harbour Steel Ltd", "isActive": True,
    "currencyCode": "USD", "creditTermsCode": "N30", "invoiceStatusCode": "AP-INITIAL",
    "invoiceControlGLProfileCode": "SUP-INV", "creditNoteControlGLProfileCode": "SUP-CN",
    "prePaymentControlGLProfileCode": "SUP-PRE", "purchaseAccountGLProfileCode": "SUP-PUR",
    "addressTypeCode": "HEADOFFICE", "addressName": "Harbour Steel Ltd", "street1": "4 Quay Rd", "city": "Toledo",
    "stateCode": "OH", "zipCode": "43604", "countryCode": "USA", "languageCode": "us", "taxZone": "OH",
    "isTaxableSupplier": True, "EMail": "ar@harbour.example", "dataOperation": "C", "concurrencyHash": "",
    "supplementaryMessages": [],
}  # fmt: skip
ORDER = {
    "domainCode": "10USA", "purchaseOrderNumber": "P0002292", "supplierCode": "HARB0017", "currencyCode": "USD",
    "exchangeRate": 1, "exchangeRate2": 1, "exchangeRateType": "ACCOUNTING", "creditTermsCode": "N30",
    "daybookSetCode": "PUR", "shipToSite": "10-100", "billToCode": "10-100", "orderDate": "2024-05-02",
    "dueDate": "2024-05-20", "orderStatus": "O", "isConfirmed": True, "isTaxable": True, "languageCode": "us",
    "remarks": "CIN7 PO-2292", "transmitFlag": "1", "ERSOption": "1", "ERSPriceListOption": "0", "POIntrastats": [],
    "dataOperation": "C", "concurrencyHash": "",
}  # fmt: skip
INVOICE = {
    "entityCode": "10USACO", "supplierCode": "HARB0017", "invoiceType": "Invoice", "invoiceReference": "HS-5521",
    "daybookCode": "SUPINV", "voucher": 0, "invoiceDate": "2024-05-19", "postingDate": "2024-05-20",
    "dueDate": "2024-06-18", "currencyCode": "USD", "exchangeRate": 1, "invoiceAmount": 800, "creditTermsCode": "N30",
    "invoiceStatusCode": "AP-INITIAL", "isInitialStatus": True, "description": "CIN7 PO-2292",
    "dataOperation": "C", "concurrencyHash": "",
}  # fmt: skip


class Erp:
    """A client of the simulator over real HTTP."""

    def __init__(self, url: str) -> None:
        self.url, self.base = url, f"{url}/clouderp"
        self.http, self.control = requests.Session(), requests.Session()
        self.http.headers["x-qad-workspace-id"] = "10USA_10USACO"

    # --- control routes ---

    def sim(self, method: str, path: str, body: Any = None, /, **params: str) -> Any:
        """The JSON of a control call that must succeed."""
        answer = self.control.request(method, f"{self.url}/_sim/{path}", json=body, params=params, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json(parse_float=Decimal)

    def set(self, **settings: Any) -> None:
        """Switch behaviours."""
        self.sim("PATCH", "settings", settings)

    def seed(self, entity: str, *records: dict[str, Any]) -> None:
        """Put records into the tenant."""
        self.sim("POST", "seed", {"records": {entity: list(records)}})

    def edit(self, entity: str, key: str, **changes: Any) -> dict[str, Any]:
        """Change a record as a person in the vendor's screens."""
        return dict(self.sim("POST", "edit", {"entity": entity, "id": key, "set": changes}))

    def state(self, entity: str) -> list[dict[str, Any]]:
        """The records of an entity or table."""
        return list(self.sim("GET", "state", entity=entity)[entity])

    # --- signing in ---

    def token(self, **form: str) -> requests.Response:
        """The answer of the token endpoint to a form."""
        return requests.post(f"{self.base}/oauth/token", data=form, timeout=10)

    def sign_in(self) -> dict[str, Any]:
        """Sign in with the password grant; returns the token answer."""
        answer = self.control.post(f"{self.base}/oauth/token", data={"grant_type": "password", **USER}, timeout=10)
        assert answer.status_code == 200, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return dict(answer.json())

    # --- calls ---

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> requests.Response:
        """A call below ``/api/``."""
        return self.http.request(method, f"{self.base}/api/{path}", json=body, params=params, timeout=10)

    def ok(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The JSON of a call that must answer 200, decimals as Decimal."""
        answer = self.call(method, path, body, **params)
        assert answer.status_code == 200, answer.text
        return answer.json(parse_float=Decimal)

    def rows(self, code: str, *filters: str, **params: Any) -> list[dict[str, Any]]:
        """The first page of a browse."""
        asked = {"browseId": f"urn:browse:mfg:{code}", "page": 1, "pageSize": 1000, "pageAction": "first", **params}
        return list(self.ok("GET", "qracore/browses", **asked, **({"filter": filters} if filters else {}))["data"])

    # --- entities ---

    def get(self, entity: str, **keys: Any) -> dict[str, Any]:
        """The one record of these keys."""
        rows = self.find(entity, **keys)
        assert len(rows) == 1
        return rows[0]

    def find(self, entity: str, **keys: Any) -> list[dict[str, Any]]:
        """The records that a read by keys answers."""
        answer = self.ok("GET", f"erp/{entity}", viewUri=f"urn:be:com.qad.{URNS[entity]}", **keys)
        return list(answer["data"][entity])

    def post(self, entity: str, record: dict[str, Any], **keys: Any) -> dict[str, Any]:
        """The answer to a POST of one record, which must be 200."""
        uri = f"urn:be:com.qad.{URNS[entity]}"
        return dict(self.ok("POST", f"erp/{entity}", {entity: [record]}, viewUri=uri, **keys))

    def made(self, entity: str, record: dict[str, Any], **keys: Any) -> dict[str, Any]:
        """The record of a POST that must be stored; of an invoice also what its answer does not hold."""
        answer = self.post(entity, record, **keys)
        assert answer["submitResult"] == {"success": True, "errors": []}, answer["submitResult"]
        told = dict(answer["data"][entity][0])
        if entity != "supplierInvoices":
            return told
        return next({**row, **told} for row in self.state(entity) if row["uri"] == told["uri"])

    def refused(self, entity: str, record: dict[str, Any], **keys: Any) -> list[tuple[str, str]]:
        """Fields and texts of a POST that must be rejected."""
        result = self.post(entity, record, **keys)["submitResult"]
        assert result["success"] is False
        return [(row["fieldName"], row["message"]) for row in result["errors"]]

    # --- the steps of a purchase ---

    def domain_data(self, code: str, **changes: Any) -> dict[str, Any]:
        """The supplier's domain record read, changed and sent back."""
        keys = {"domainContext": "10USA", "supplierCode": code}
        return self.made("mfgSuppliers", {**self.get("mfgSuppliers", **keys), **changes}, **keys)

    def change(self, draft: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
        """The draft of an order line after the field change of one field."""
        body = {"purchaseOrderLines": [{**draft, name: value}]}
        answer = self.ok("POST", "erp/purchaseOrderLines/fieldChangeV2", body, fieldName=name)
        return dict(answer["data"]["purchaseOrderLines"][0])

    def blank_line(self, order: str = "P0002292") -> dict[str, Any]:
        """A new order line's draft."""
        keys = {"domainCode": "10USA", "purchaseOrderNumber": order}
        answer = self.ok("GET", "erp/purchaseOrderLinesGrid", initialize="true", **keys)
        return dict(answer["data"]["purchaseOrderLines"][0])

    def grid(self, *lines: dict[str, Any]) -> dict[str, Any]:
        """The answer to order lines posted."""
        return dict(self.ok("POST", "erp/purchaseOrderLinesGrid", {"purchaseOrderLines": list(lines)}))

    def wizard(self, item: str, quantity: float, cost: float, order: str = "P0002292") -> dict[str, Any]:
        """An order line made as the wizard makes it."""
        draft = self.change(self.blank_line(order), "siteCode", "10-100")
        draft = self.change(draft, "itemCode", item)
        draft = self.change(self.change(draft, "quantityOrdered", quantity), "purchaseCost", cost)
        answer = self.grid(draft)
        assert answer["submitResult"]["success"] is True
        return dict(answer["data"]["purchaseOrderLines"][0])

    def receipt(self, *lines: tuple[int, float], order: str = "P0002292", **more: Any) -> dict[str, Any]:
        """A receipt's body: line numbers and quantities."""
        rows = [{"purchaseOrderLine": line, "quantityReceived": quantity} for line, quantity in lines]
        return {
            "domainCode": "10USA", "purchaseOrderNumber": order, "receiverNumber": "", "packingSlipNumber": "DN-771",
            "receiptDate": "2024-05-18", "purchaseOrderReceiptLines": rows, **more,
        }  # fmt: skip

    def receive(self, *lines: tuple[int, float], **more: Any) -> str:
        """The receiver number of a receipt that must be stored."""
        return str(self.made("purchaseOrderReceipts", self.receipt(*lines, **more))["receiverNumber"])


def matched(receiver: str, quantity: float, price: float, **more: Any) -> dict[str, Any]:
    """An invoice's body with one matched line."""
    line = {"receiverNumber": receiver, "purchaseOrderNumber": "P0002292", "purchaseOrderLine": 1,
            "matchedQuantity": quantity, "matchedUnitPrice": price, "isFinished": True}  # fmt: skip
    line |= more.pop("line", {})
    return {
        **INVOICE, "isInitialStatus": False, "isReceiverMatching": True, "invoiceAmount": abs(quantity * price),
        "supplierInvoicePOs": [{"domainCode": "10USA", "purchaseOrderNumber": "P0002292"}],
        "receiverMatching": {"daybookCode": "MATCH", "isStatusFinal": True, "lines": [line]}, **more,
    }  # fmt: skip


@pytest.fixture(name="supplier_body")
def _supplier_body() -> dict[str, Any]:
    """A supplier as a client sends it."""
    return dict(SUPPLIER)


@pytest.fixture(name="order_body")
def _order_body() -> dict[str, Any]:
    """An order header as a client sends it."""
    return dict(ORDER)


@pytest.fixture(name="invoice_body")
def _invoice_body() -> dict[str, Any]:
    """An invoice without matching as a client sends it."""
    return dict(INVOICE)


@pytest.fixture(name="matched")
def _matched() -> Any:
    """Make an invoice with one matched line."""
    return matched


@pytest.fixture(scope="session")
def site_url() -> Iterator[str]:
    """The URL of one simulator for the whole folder."""
    with serve(build(simulator())) as server:
        yield server.url


@pytest.fixture
def erp(site_url: str) -> Iterator[Erp]:
    """A fresh tenant and a signed-in client."""
    client = Erp(site_url)
    with client.http, client.control:
        client.sim("POST", "reset")
        client.sign_in()
        yield client


@pytest.fixture
def supplier(erp: Erp) -> str:
    """The code of a supplier that can be ordered from."""
    erp.seed("supplierV2s", {**SUPPLIER, "isCreateBusinessRelationRequired": True})
    erp.seed("mfgSuppliers", {"supplierCode": "HARB0017", "siteCode": "10-100", "daybookSetCode": "PUR"})
    return "HARB0017"


@pytest.fixture
def order(erp: Erp, supplier: str) -> str:
    """An open order of 200 steel rods at 4.00 on line 1."""
    line = {"purchaseOrderLine": 1, "siteCode": "10-100", "itemCode": "ST-200", "quantityOrdered": 200,
            "purchaseCost": 4}  # fmt: skip
    erp.seed("purchaseOrderHeaders", {**ORDER, "supplierCode": supplier, "purchaseOrderLines": [line]})
    return "P0002292"

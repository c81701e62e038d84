"""A running simulator, and the adapter over a real client of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
import requests

from ml_connector.domain.documents import (
    Address,
    Document,
    InvoiceType,
    Line,
    PurchaseOrder,
    Supplier,
    SupplierInvoice,
)
from ml_connector.sync.ports import Pull, TargetRef
from ml_connector.systems.acumatica.adapter import AcumaticaAdapter
from ml_connector.systems.acumatica.connection import AcumaticaSettings, read_settings
from ml_connector.systems.acumatica.options import AcumaticaOptions
from ml_connector.systems.acumatica.signin import open_client
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import MemoryTokenStore
from ml_connector.transport.client import Client
from ml_connector_sandbox.acumatica import simulator
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve

UTC = dt.timezone.utc
START = dt.datetime(2026, 3, 18, 12, tzinfo=UTC)
MARKER = "mlc:1a2b3c4d5e6f7a8b"
GUID = "0f8b0e1c-7a35-4f0e-9b1d-5d9d4c3b2a10"
EXTRA = {
    "client_id": "88358B02-A48D-A50E-F710-39C1636C30F6@ACME",
    "client_secret": "sandbox-client-secret",
}


class FakeClock:
    """Time that moves only when somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []
        self.on_sleep: Callable[[float], Any] = lambda _seconds: None

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds
        self.on_sleep(seconds)


@dataclass
class World:
    """The simulator, and clients and adapters of it."""

    url: str
    clock: FakeClock = field(default_factory=FakeClock)
    store: MemoryTokenStore = field(default_factory=MemoryTokenStore)
    calls: list[Call] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)
    bound: list[TargetRef] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)

    # --- the simulator ---

    def sim(self, verb: str, route: str, body: Any = None, /, **params: str) -> Any:
        answer = requests.request(verb, f"{self.url}/_sim/{route}", json=body, params=params, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json(parse_float=Decimal)

    def set(self, **settings: Any) -> None:
        self.sim("PATCH", "settings", settings)

    def seed(self, entity: str, *records: dict[str, Any]) -> None:
        self.sim("POST", "seed", {"records": {entity: list(records)}})

    def held(self, entity: str) -> list[dict[str, Any]]:
        return list(self.sim("GET", "state", entity=entity)[entity])

    def edit(self, entity: str, key: str, **changes: Any) -> None:
        self.sim("POST", "edit", {"entity": entity, "id": key, "set": changes})

    def fault(self, kind: str, path: str, method: str = "PUT", **more: Any) -> None:
        self.sim("POST", "faults", [{"kind": kind, "path": path, "method": method, **more}])

    def sent(self, path: str, method: str = "PUT") -> dict[str, Any]:
        """The body of the last such call."""
        body = self.sim("GET", "journal", path=path, method=method)[-1]["request"]
        return dict(json.loads(body, parse_float=Decimal))

    def count(self, path: str, method: str = "GET") -> int:
        return int(self.sim("GET", "journal/count", path=path, method=method)["count"])

    # --- the connector ---

    def settings(self, **extra: str) -> AcumaticaSettings:
        return read_settings(
            "acumatica_default",
            host=self.url,
            login="cin7.sync",
            password="sandbox-password",
            extra={**EXTRA, **extra},
        )

    def client(self, **extra: str) -> Client:
        client = open_client(
            self.settings(**extra),
            requests.Session(),
            token_store=self.store,
            on_call=self.calls.append,
            clock=self.clock,
        )
        self.clients.append(client)
        return client

    def adapter(self, client: Client | None = None, **options: Any) -> AcumaticaAdapter:
        return AcumaticaAdapter(
            client or self.client(),
            AcumaticaOptions(**options),
            record_pull=self.pulls.append,
            cache=None,
            now=self.clock.now,
            sleep=self.clock.sleep,
        )

    def bind(self, ref: TargetRef) -> None:
        self.bound.append(ref)

    def drafted(self, adapter: AcumaticaAdapter, document: Document) -> Any:
        ref = adapter.draft(document, MARKER, None, self.bind)
        found = adapter.fetch(document, ref)
        assert found is not None
        return found

    def released(self, adapter: AcumaticaAdapter, document: Document) -> Any:
        ref = self.drafted(adapter, document).ref
        adapter.authorise(document, ref)
        return adapter.fetch(document, ref)


@pytest.fixture(scope="session")
def site_url() -> Iterator[str]:
    """The address of one simulator for the whole folder."""
    with serve(build(simulator())) as server:
        yield server.url


@pytest.fixture
def world(site_url: str) -> Iterator[World]:
    """A fresh site with one vendor."""
    made = World(site_url)
    made.sim("POST", "reset")
    made.seed("Vendor", {"VendorID": "V000100", "VendorName": "Acme Supply Ltd"})
    yield made
    for client in made.clients:
        client.close()


def _line(**changes: Any) -> Line:
    plain = {
        "item": "APPLES",
        "description": "Apples, loose",
        "quantity": Decimal(20),
        "unit_price": Decimal("2.29"),
        "net": Decimal("45.80"),
        "tax": Decimal("4.58"),
        "tax_rule": "SALESTAX",
        "account": "12100",
    }
    return Line(**{**plain, **changes})


def _supplier(**changes: Any) -> Supplier:
    plain = {
        "source": "cin7",
        "key": GUID,
        "modified_at": START,
        "name": "Acme Supply Ltd",
        "currency": "USD",
        "terms": "NET30",
        "tax_number": "12-3456789",
        "contact_name": "Ann Lee",
        "email": "ap@acme.example",
        "phone": "+1 206 555 0123",
        "address": Address(line1="4030 Lake Blvd", city="Kirkland", state="WA", postcode="98033", country="USA"),
    }
    return Supplier(**{**plain, **changes})


def _trade(kind: type[Any], **changes: Any) -> Any:
    lines = changes.pop("lines", (_line(), _line(item="ORANGES", description="Oranges", tax=Decimal(0), tax_rule="")))
    net = sum((line.net for line in lines), Decimal(0))
    tax = sum((line.tax for line in lines), Decimal(0))
    plain = {
        "source": "cin7",
        "key": "p1",
        "modified_at": START,
        "supplier_key": "V000100",
        "supplier_name": "Acme Supply Ltd",
        "date": dt.date(2026, 3, 18),
        "currency": "USD",
        "lines": lines,
        "net": net,
        "tax": tax,
        "gross": net + tax,
    }
    return kind(**{**plain, **changes})


def _order(**changes: Any) -> PurchaseOrder:
    plain = {"number": "PO-00457", "required_by": dt.date(2026, 3, 30), "terms": "NET30"}
    lines = changes.pop("lines", None)
    more = {"lines": lines} if lines is not None else {}
    return _trade(PurchaseOrder, **{**plain, **more, **changes})  # type: ignore[no-any-return]


def _bill(**changes: Any) -> SupplierInvoice:
    plain = {"number": "INV-88412", "due_date": dt.date(2026, 4, 17), "order_number": "PO-00457"}
    return _trade(SupplierInvoice, **{**plain, **changes})  # type: ignore[no-any-return]


class Make:
    """Builders of documents in Acumatica's codes."""

    line = staticmethod(_line)
    supplier = staticmethod(_supplier)
    order = staticmethod(_order)
    bill = staticmethod(_bill)

    def credit(self, **changes: Any) -> SupplierInvoice:
        return _bill(**{"type": InvoiceType.CREDIT_MEMO, "number": "CN-77", "due_date": None, **changes})


@pytest.fixture
def make() -> Make:
    """Builders of documents."""
    return Make()

"""A running simulator, and the adapter over a real client of it; puts the folder on the path."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

sys.path.insert(0, str(Path(__file__).parent))

from cin7_engine import Engine

from ml_connector.domain.documents import (
    Address,
    GoodsReceipt,
    Line,
    PurchaseOrder,
    ReceiptLine,
    Supplier,
    SupplierInvoice,
)
from ml_connector.store.database import Database
from ml_connector.sync.ports import Pull, TargetRef
from ml_connector.systems.cin7.adapter import Cin7Adapter
from ml_connector.systems.cin7.connection import Cin7Settings, read_settings
from ml_connector.systems.cin7.dialect import Cin7Dialect
from ml_connector.systems.cin7.keys import Cin7Keys
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.transport.answer import Call
from ml_connector.transport.client import Client
from ml_connector.transport.rate import Unlimited
from ml_connector_sandbox.cin7 import simulator
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.core.wire import write_json
from ml_connector_sandbox.scenarios.purchases import STATES, Draft, State
from ml_connector_sandbox.scenarios.purchases import build as build_purchase

UTC = dt.timezone.utc
MEMORY = Path("/dev/shm")
START = dt.datetime(2026, 3, 18, 12, tzinfo=UTC)
MARKER = "mlc:1a2b3c4d5e6f7a8b"
ACCOUNT, KEY = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
KESTREL = "5a000000-0000-4000-8000-000000000001"
OTHER = "5a000000-0000-4000-8000-000000000002"


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


class MemoryCache:
    """Source records as last read."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], Any] = {}

    def get(self, entity: str, record_id: str, version: str) -> Any | None:
        return self.rows.get((entity, record_id, version))

    def put(self, entity: str, record_id: str, version: str, answer: Any) -> None:
        self.rows[entity, record_id, version] = answer


@dataclass
class World:
    """The simulator, and clients and adapters of it."""

    url: str
    clock: FakeClock = field(default_factory=FakeClock)
    calls: list[Call] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)
    bound: list[TargetRef] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)

    # --- the simulator ---

    def sim(self, verb: str, route: str, body: Any = None, /, **params: str) -> Any:
        data = None if body is None else write_json(body).encode()
        answer = requests.request(verb, f"{self.url}/_sim/{route}", data=data, params=params, timeout=10)
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

    def fault(self, kind: str, path: str = "", method: str | None = None, **more: Any) -> None:
        self.sim("POST", "faults", [{"kind": kind, "path": path, "method": method, **more}])

    def sent(self, path: str, method: str = "POST") -> dict[str, Any]:
        """The body of the last such call."""
        body = self.sim("GET", "journal", path=path, method=method)[-1]["request"]
        return dict(json.loads(body, parse_float=Decimal))

    def count(self, path: str, method: str = "GET") -> int:
        return int(self.sim("GET", "journal/count", path=path, method=method)["count"])

    def advance(self, **span: float) -> None:
        """Let time pass on both sides."""
        seconds = dt.timedelta(**span).total_seconds()
        self.clock.seconds += seconds
        self.sim("POST", "clock", {"advance": seconds})

    def purchase(self, name: str, number: str = "PO-00042", **changes: Any) -> dict[str, Any]:
        """Seed a purchase in a state of the scenarios' table, by its name; return it as given."""
        state: State = next(one for one in STATES if one.name == name)
        items = [(f"HP-{n}", f"Clamp {n}") for n in range(5)]
        plain = {
            "number": number, "supplier": {"ID": KESTREL, "Name": "Kestrel Fasteners Ltd"}, "state": state,
            "at": START - dt.timedelta(days=1), "currency": "USD", "rate": Decimal("1.5"), "items": items,
            "services": [("SRV", "Cleaning")], "account": "630", "tax_rule": ("GST on Expenses", Decimal(10)),
            "charge": True, "rng": random.Random(7),
        }  # fmt: skip
        made = build_purchase(Draft(**{**plain, **changes}))
        self.seed("purchase", made)
        return made

    # --- the connector ---

    def settings(self, **fields: Any) -> Cin7Settings:
        extra = fields.pop("extra", {})
        return read_settings(
            "cin7_default", **{"host": self.url, "login": ACCOUNT, "password": KEY, **fields}, extra=extra
        )

    def client(self, **fields: Any) -> Client:
        settings = self.settings(**fields)
        client = Client(
            requests.Session(),
            settings.url,
            dialect=Cin7Dialect(),
            budget=Unlimited(),
            auth=Cin7Keys(settings.headers()),
            clock=self.clock,
            on_call=self.calls.append,
            secrets=settings.secrets,
        )
        self.clients.append(client)
        return client

    def adapter(self, client: Client | None = None, cache: Any = None, **options: Any) -> Cin7Adapter:
        return Cin7Adapter(
            client or self.client(),
            Cin7Options(**options),
            record_pull=self.pulls.append,
            cache=cache,
            now=self.clock.now,
        )

    def bind(self, ref: TargetRef) -> None:
        self.bound.append(ref)


@pytest.fixture(scope="session")
def site_url() -> Iterator[str]:
    """The address of one simulator for the whole folder."""
    with serve(build(simulator())) as server:
        yield server.url


@pytest.fixture
def world(site_url: str) -> Iterator[World]:
    """A fresh account with one supplier, its clock standing still."""
    made = World(site_url)
    made.sim("POST", "reset")
    made.sim("POST", "clock", {"set": START.isoformat(), "speed": 0})
    made.set(rate_limit=10_000)
    made.seed("supplier", {
        "ID": KESTREL, "Name": "Kestrel Fasteners Ltd", "Currency": "USD", "PaymentTerm": "30 days",
        "AccountPayable": "800", "TaxRule": "GST on Expenses", "Status": "Active", "AdditionalAttribute1": "V-1",
        "LastModifiedOn": "2026-03-17T12:00:00.117Z",
    })  # fmt: skip
    yield made
    for client in made.clients:
        client.close()


@pytest.fixture
def cache() -> MemoryCache:
    """An empty record cache."""
    return MemoryCache()


def _line(**changes: Any) -> Line:
    plain = {
        "item": "HP-CLAMP-50",
        "description": "Pipe clamp 50 mm",
        "quantity": Decimal(40),
        "unit_price": Decimal("12.5"),
        "net": Decimal("500.00"),
        "tax": Decimal("50.00"),
        "tax_rule": "GST on Expenses",
    }
    return Line(**{**plain, **changes})


def _supplier(**changes: Any) -> Supplier:
    plain = {
        "source": "acumatica",
        "key": "V000200",
        "code": "V000200",
        "modified_at": START,
        "name": "Osprey Fixings Ltd",
        "currency": "USD",
        "terms": "30 days",
        "tax_number": "12-3456789",
        "contact_name": "Ann Lee",
        "email": "ap@osprey.example",
        "phone": "+1 206 555 0123",
        "address": Address(line1="4030 Lake Blvd", city="Kirkland", state="WA", postcode="98033", country="US"),
    }
    return Supplier(**{**plain, **changes})


def _order(**changes: Any) -> PurchaseOrder:
    plate = _line(item="HP-PLATE-10", description="Base plate", quantity=Decimal(10), unit_price=Decimal("7.6"),
                  net=Decimal(76), tax=Decimal("7.6"))  # fmt: skip
    freight = _line(item=None, description="Inbound Freight", quantity=Decimal(1), unit_price=Decimal(30),
                    net=Decimal(30), tax=Decimal(3))  # fmt: skip
    lines = changes.pop("lines", (_line(), plate, freight))
    net = sum((line.net for line in lines), Decimal(0))
    tax = sum((line.tax for line in lines), Decimal(0))
    plain = {
        "source": "acumatica",
        "key": "RegularOrder/004512",
        "number": "004512",
        "modified_at": START,
        "supplier_key": KESTREL.upper(),
        "supplier_name": "Kestrel",
        "date": dt.date(2026, 3, 18),
        "required_by": dt.date(2026, 3, 30),
        "currency": "USD",
        "terms": "30 days",
        "lines": lines,
        "net": net,
        "tax": tax,
        "gross": net + tax,
    }
    return PurchaseOrder(**{**plain, **changes})


def _totals(lines: tuple[Line, ...]) -> dict[str, Decimal]:
    net = sum((line.net for line in lines), Decimal(0))
    tax = sum((line.tax for line in lines), Decimal(0))
    return {"net": net, "tax": tax, "gross": net + tax}


def _bill(order_key: str = "", **changes: Any) -> SupplierInvoice:
    """A bill of 40 clamps and the freight."""
    freight = _line(item=None, description="Inbound Freight", quantity=Decimal(1), unit_price=Decimal(30),
                    net=Decimal(30), tax=Decimal(3), account="453")  # fmt: skip
    lines = changes.pop("lines", (_line(account="630"), freight))
    plain = {
        "source": "ifs",
        "key": f"10/{changes.get('number', 'KF-1')}",
        "number": "KF-1",
        "modified_at": START,
        "supplier_key": KESTREL.upper(),
        "supplier_name": "Kestrel",
        "date": dt.date(2026, 3, 18),
        "due_date": dt.date(2026, 4, 20),
        "currency": "USD",
        "order_key": order_key,
        "lines": lines,
        **_totals(lines),
    }
    return SupplierInvoice(**{**plain, **changes})


def _receipt(order_key: str, quantity: str = "40", **changes: Any) -> GoodsReceipt:
    """A receipt of clamps."""
    plain = {
        "source": "ifs",
        "key": "1/1",
        "modified_at": START,
        "order_key": order_key,
        "order_number": "PO-00001",
        "supplier_key": KESTREL.upper(),
        "supplier_name": "Kestrel",
        "date": dt.date(2026, 3, 18),
        "lines": (ReceiptLine(item="HP-CLAMP-50", quantity=Decimal(quantity)),),
    }
    return GoodsReceipt(**{**plain, **changes})


class Make:
    """Builders of documents in Cin7's codes."""

    line = staticmethod(_line)
    supplier = staticmethod(_supplier)
    order = staticmethod(_order)
    bill = staticmethod(_bill)
    receipt = staticmethod(_receipt)


@pytest.fixture
def make() -> Make:
    """Builders of documents."""
    return Make()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with its tables."""
    path = tmp_path_factory.mktemp("db") / "empty.sqlite"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.engine.dispose()
    return path


@pytest.fixture
def engine(world: World, migrated: Path, tmp_path: Path) -> Iterator[Engine]:
    """The engine with a database of the test's own; in memory where there is such a place, since commits wait."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else tmp_path) as folder:
        path = shutil.copy(migrated, Path(folder) / "db.sqlite")
        database = Database(f"sqlite:///{path}", now=world.clock.now)
        yield Engine(world, database)
        database.engine.dispose()


@pytest.fixture
def placed(world: World, make: Make) -> Callable[..., str]:
    """Place an order of 40 clamps, 10 plates and freight in Cin7 and return the purchase's ID."""

    def place(**options: Any) -> str:
        adapter, order = world.adapter(**options), make.order()
        ref = adapter.draft(order, MARKER, None, lambda _ref: None)
        adapter.authorise(order, ref)
        return ref.key

    return place

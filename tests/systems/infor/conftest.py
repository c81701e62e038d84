"""A running simulator, and the adapter over a real client of it; one clock for both."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from ml_connector.domain.documents import Document, PurchaseOrder, SupplierInvoice
from ml_connector.store.database import Database
from ml_connector.store.record_cache import SqlRecordCache
from ml_connector.sync.ports import Pull, TargetRef, Unreadable, Window
from ml_connector.systems.infor.adapter import InforAdapter
from ml_connector.systems.infor.connection import InforSettings, read_settings
from ml_connector.systems.infor.mi import M3
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.signin import open_client
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import MemoryTokenStore
from ml_connector.transport.client import Client
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.infor import simulator

UTC = dt.timezone.utc
START = dt.datetime(2026, 3, 18, 12, tzinfo=UTC)
TENANT = "ACME_TST"
_names = count()


@dataclass
class World:
    """The simulator, and clients and adapters of it; its clock stands still unless moved."""

    url: str
    database: Database
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    store: MemoryTokenStore = field(default_factory=MemoryTokenStore)
    calls: list[Call] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)
    bound: list[TargetRef] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    sent: list[requests.PreparedRequest] = field(default_factory=list)
    name: str = ""
    credential: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name = f"test{next(_names)}"

    # --- the clock of both ---

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        self.sim("POST", "clock", {"advance": seconds})

    # --- the simulator ---

    def sim(self, verb: str, route: str, body: Any = None, /, **params: str) -> Any:
        answer = requests.request(verb, f"{self.url}/_sim/{route}", json=body, params=params, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def set(self, **settings: Any) -> None:
        self.sim("PATCH", "settings", settings)

    def seed(self, table: str, *records: dict[str, Any]) -> None:
        self.sim("POST", "seed", {"account": TENANT, "records": {table: list(records)}})

    def edit(self, table: str, key: str, **changes: Any) -> None:
        self.sim("POST", "edit", {"account": TENANT, "entity": table, "id": key, "set": changes})

    def held(self, table: str) -> list[dict[str, Any]]:
        return list(self.sim("GET", "state", entity=table, account=TENANT)[table])

    def fault(self, kind: str, path: str, method: str = "GET", **more: Any) -> None:
        self.sim("POST", "faults", [{"kind": kind, "path": path, "method": method, **more}])

    def journal(self, path: str) -> list[dict[str, Any]]:
        return list(self.sim("GET", "journal", path=path))

    def ionapi(self, **app: Any) -> dict[str, Any]:
        """The credential file; asking for another app makes it anew."""
        if self.credential and not app:
            return self.credential
        made = self.sim("POST", "accounts", {"name": TENANT, **app})["ionapi"]
        base = self.url.rstrip("/")
        self.credential = {**made, "iu": base, "pu": f"{base}/{made['ti']}/as/"}
        return self.credential

    # --- the connector ---

    def settings(self, **extra: Any) -> InforSettings:
        return read_settings("infor_default", password=json.dumps(self.ionapi()), extra=extra)

    def client(self, **extra: Any) -> Client:
        session = requests.Session()
        session.hooks["response"].append(lambda answer, **_: self.sent.append(answer.request))
        client = open_client(
            self.settings(**extra), session, token_store=self.store, on_call=self.calls.append, clock=self
        )
        self.clients.append(client)
        return client

    def adapter(self, client: Client | None = None, **options: Any) -> InforAdapter:
        return InforAdapter(
            client or self.client(),
            InforOptions(**options),
            record_pull=self.pulls.append,
            cache=SqlRecordCache(self.database.engine, self.name, "infor", self.now),
            now=self.now,
        )

    def m3(self, **options: Any) -> M3:
        return M3(self.client(), InforOptions(**options), self.pulls.append, self.now)

    def bind(self, ref: TargetRef) -> None:
        self.bound.append(ref)

    def bodies(self, path: str) -> list[str]:
        """The bodies of the calls to a path, as they were sent."""
        found = [one.body for one in self.sent if path in (one.url or "")]
        return [one.decode() if isinstance(one, bytes) else str(one or "") for one in found]

    # --- reading ---

    def since(self, hours: float) -> Window:
        return Window(self.now() - dt.timedelta(hours=hours), self.now())

    def read(self, kind: str, window: Window | None = None, **options: Any) -> dict[str, Any]:
        """What is read, by key."""
        found = self.adapter(**options).read(kind, window or Window(None, self.now()))
        return {one.key: one for one in found}

    def order(self, number: str, **options: Any) -> PurchaseOrder | Unreadable:
        return next(iter(self.adapter(**options).read_keys("purchase_order", [number])))  # type: ignore[return-value]

    def invoices(self, **options: Any) -> dict[str, SupplierInvoice | Unreadable]:
        """Invoices by their number, unreadable ones by what the finding calls them."""
        found = self.adapter(**options).read("supplier_invoice", Window(None, self.now()))
        return {one.finding.value if isinstance(one, Unreadable) else one.number: one for one in found}  # type: ignore[attr-defined,misc]


@pytest.fixture(scope="session")
def site_url() -> Iterator[str]:
    """The address of one simulator for the whole folder."""
    with serve(build(simulator())) as server:
        yield server.url


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The connector's own database."""
    made = Database(f"sqlite:///{Path(tmp_path_factory.mktemp('infor')) / 'connector.db'}")
    made.migrate()
    yield made
    made.engine.dispose()


@pytest.fixture
def world(site_url: str, database: Database) -> Iterator[World]:
    """A tenant made at noon of 2026-03-18."""
    made = World(site_url, database)
    made.sim("POST", "reset")
    made.sim("POST", "clock", {"set": START.isoformat(), "speed": 0})
    made.sim("POST", "clock", {"set": START.isoformat()})
    made.set(bods=False)
    made.ionapi()
    yield made
    for client in made.clients:
        client.close()


def readable(one: Document | Unreadable) -> Any:
    """Return a document, failing with what is wrong with an unreadable one."""
    assert not isinstance(one, Unreadable), one.finding.message
    return one

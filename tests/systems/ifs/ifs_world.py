"""A tenant of IFS Cloud with a few suppliers and orders, and adapters of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import requests

from memory_cache import Cache
from ml_connector.domain.documents import Address, Document, Supplier
from ml_connector.sync.ports import Pull, Unreadable, Window
from ml_connector.systems.ifs.adapter import IfsAdapter
from ml_connector.systems.ifs.connection import IfsSettings, read_settings
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.signin import open_client
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import MemoryTokenStore
from ml_connector_sandbox.core.wire import write_json
from ml_connector_sandbox.ifs import world

START = dt.datetime(2026, 11, 1, 12, tzinfo=dt.timezone.utc)
HOUR = dt.timedelta(hours=1)


class Clock:
    """Time that moves only when somebody waits, or is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class World:
    """The simulator, and adapters of it."""

    url: str
    clock: Clock = field(default_factory=Clock)
    calls: list[Call] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)
    store: MemoryTokenStore = field(default_factory=MemoryTokenStore)

    def __post_init__(self) -> None:
        self.cache = Cache(self.clock.now)

    def sim(self, verb: str, route: str, body: Any = None, **query: str) -> Any:
        data = None if body is None else write_json(body).encode()
        answer = requests.request(verb, f"{self.url}/_sim/{route}", data=data, params=query, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self, entity: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.sim("GET", "state", entity=entity)[entity]
        return rows

    def edit(self, entity: str, record_id: str, **changes: Any) -> None:
        self.sim("POST", "edit", {"entity": entity, "id": record_id, "set": changes})

    def settings(self, **extra: str) -> IfsSettings:
        return read_settings(
            "ifs_default", host=self.url, login=world.CLIENT_ID, password=world.CLIENT_SECRET,
            extra={"realm": world.REALM, **extra},
        )  # fmt: skip

    def adapter(self, **options: Any) -> IfsAdapter:
        client = open_client(
            self.settings(), requests.Session(), token_store=self.store, clock=self.clock, on_call=self.calls.append
        )
        chosen = IfsOptions(**{"companies": ("10",), "history": False, **options})
        return IfsAdapter(client, chosen, record_pull=self.pulls.append, cache=self.cache, now=self.clock.now)

    def read(self, kind: str, window: Window | None = None, **options: Any) -> list[Document]:
        """Return what is read, all of it readable."""
        found = list(self.adapter(**options).read(kind, window or Window(None, self.clock.now())))
        assert [one.finding.message for one in found if isinstance(one, Unreadable)] == []
        return [one for one in found if isinstance(one, Document)]


def seeded(made: World) -> None:
    """Put five suppliers and three orders in."""
    made.sim("POST", "seed", {"records": {
        "SupplierInfoGeneral": [{"SupplierId": f"S{n}", "Name": f"Kestrel {n}", "Country": "SE"} for n in range(1, 6)],
        "SupplierInfoAddress": [address(n) for n in range(1, 6)],
        "SupplierCommMethod": [method(n) for n in range(1, 6)],
        "SupplierInvoiceCompany": [
            {"Company": "10", "Identity": f"S{n}", "PartyType": "Supplier", "DefCurrency": "SEK", "PayTermId": "30"}
            for n in range(1, 6)
        ],
        "PurchaseOrder": [order(n) for n in range(1, 4)],
        "PurchaseOrderLine": [line(n, m) for n in range(1, 4) for m in range(1, 3)],
    }})  # fmt: skip


def address(n: int) -> dict[str, Any]:
    return {"SupplierId": f"S{n}", "AddressId": "01", "Name": f"Kestrel {n}", "Address1": f"Hamngatan {n}",
            "City": "Stockholm", "ZipCode": "111 47", "Country": "SE", "DefaultDomain": True}  # fmt: skip


def method(n: int) -> dict[str, Any]:
    return {"SupplierId": f"S{n}", "AddressId": "01", "CommId": 1, "Name": "Accounts", "MethodId": "EMail",
            "Value": f"ap{n}@kestrel.example", "MethodDefault": True}  # fmt: skip


def order(n: int, **more: Any) -> dict[str, Any]:
    return {"OrderNo": f"P{n}", "VendorNo": f"S{n}", "OrderDate": f"2026-10-0{n}", "Objstate": "Released",
            "Contract": "STO1", "Company": "10", "CurrencyCode": "SEK", "PayTermId": "30", **more}  # fmt: skip


def line(n: int, m: int, **more: Any) -> dict[str, Any]:
    return {"OrderNo": f"P{n}", "LineNo": str(m), "ReleaseNo": "1", "PartNo": "M6-25", "Description": "Hex bolt",
            "BuyQtyDue": 10, "BuyUnitMeas": "pcs", "BuyUnitPrice": 2, "NetAmtCurr": 20, "GrossAmtCurr": 25,
            "CurrencyCode": "SEK", "TaxCode": "I25", "Objstate": "Released", "Contract": "STO1", "VendorNo": f"S{n}",
            "LastActivityDate": "2026-10-05T09:00:00Z", **more}  # fmt: skip


def header(**more: Any) -> dict[str, Any]:
    return {"Company": "10", "InvoiceId": 7, "Identity": "S1", "InvoiceNo": "INV-7", "InvoiceDate": "2026-10-20",
            "DueDate": "2026-11-19", "CreationDate": "2026-10-21", "Currency": "SEK", "CurrRate": 1, "DivFactor": 1,
            "NetCurrAmount": 100, "VatCurrAmount": 25, "PoRefNumber": "P1", "Objstate": "Posted", **more}  # fmt: skip


def from_cin7(n: int, **more: Any) -> Supplier:
    """The supplier as Cin7 has it, in IFS's codes."""
    values: dict[str, Any] = {
        "name": f"Kestrel {n}", "code": f"S{n}", "contact_name": "Accounts", "email": f"ap{n}@kestrel.example",
        "address": Address(line1=f"Hamngatan {n}", city="Stockholm", postcode="111 47", country="SE"), **more,
    }  # fmt: skip
    return Supplier(source="cin7", key=f"guid-{n}", modified_at=START, **values)

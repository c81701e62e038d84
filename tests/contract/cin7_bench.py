"""Cin7 Core on the bench."""

from __future__ import annotations

import datetime as dt
import json
import random
from decimal import Decimal
from typing import Any, ClassVar, Literal

import requests
from bench import MINUTE, START, Bench, Held, Move, Put

from memory_cache import Cache
from ml_connector.domain.documents import Address, Document, Line, PurchaseOrder, Supplier
from ml_connector.systems.cin7.adapter import Cin7Adapter
from ml_connector.systems.cin7.connection import read_settings
from ml_connector.systems.cin7.dialect import Cin7Dialect
from ml_connector.systems.cin7.keys import Cin7Keys
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.transport.client import Client
from ml_connector.transport.rate import Unlimited
from ml_connector_sandbox.cin7 import simulator
from ml_connector_sandbox.core.simulator import Simulator
from ml_connector_sandbox.scenarios.purchases import STATES, Draft, build

ACCOUNT, KEY = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
KESTREL = "5a000000-0000-4000-8000-000000000001"
NOBODY = "99999999-9999-4999-8999-999999999999"
FIRST = START - dt.timedelta(hours=2)
EARLY = "2020-01-01T00:00:00.000Z"
SUFFIX = {"purchase_order": "", "supplier_invoice": "/bill/0", "goods_receipt": "/receipt/0"}
PURCHASES = tuple(SUFFIX)
LISTS = {"supplier": "/supplier$", **dict.fromkeys(PURCHASES, "/purchaseList$")}
DETAILS = dict.fromkeys(PURCHASES, "/purchase$")
MOVES = {
    "supplier": (Move("supplier", {"Name": "ZZ Ltd"}), Move("supplier", {"LastModifiedOn": EARLY}, stays=False)),
    "purchase_order": (
        Move("purchase", {"OrderNumber": "PO-99999"}),
        Move("purchase", {"LastUpdatedDate": EARLY}, stays=False),
    ),
    "supplier_invoice": (Move("purchase", {"Note": "x"}),),
    "goods_receipt": (Move("purchase", {"Note": "x"}),),
}
MISSING = {"supplier": NOBODY, **{kind: f"{NOBODY}{suffix}" for kind, suffix in SUFFIX.items()}}
TOO_MANY = {"status": 429, "answer": "You have reached 60 calls per 60 seconds API limit."}
COMPLETED = next(state for state in STATES if state.name == "completed")
OSPREY = Supplier(
    source="acumatica", key="V000200", code="V000200", modified_at=START, name="Osprey Fixings Ltd", currency="USD",
    terms="30 days", tax_number="12-3456789", contact_name="Ann Lee", email="ap@osprey.example", phone="+1 206 555",
    address=Address(line1="4030 Lake Blvd", city="Kirkland", state="WA", postcode="98033", country="US"),
)  # fmt: skip
LINES = (
    Line(item="HP-CLAMP-50", description="Pipe clamp 50 mm", quantity=Decimal(40), unit_price=Decimal("12.5"),
         net=Decimal("500.00"), tax=Decimal("50.00"), tax_rule="GST on Expenses"),
    Line(item="HP-PLATE-10", description="Base plate", quantity=Decimal(10), unit_price=Decimal("7.6"),
         net=Decimal(76), tax=Decimal("7.6"), tax_rule="GST on Expenses"),
    Line(description="Inbound Freight", quantity=Decimal(1), unit_price=Decimal(30), net=Decimal(30), tax=Decimal(3),
         tax_rule="GST on Expenses"),
)  # fmt: skip
ORDER = PurchaseOrder(
    source="acumatica", key="RegularOrder/004512", number="004512", modified_at=START, supplier_key=KESTREL,
    supplier_name="Kestrel", date=dt.date(2026, 3, 18), required_by=dt.date(2026, 3, 30), currency="USD",
    terms="30 days", lines=LINES, net=Decimal(606), tax=Decimal("60.6"), gross=Decimal("666.6"),
)  # fmt: skip
DOCUMENTS: dict[str, Document] = {"supplier": OSPREY, "purchase_order": ORDER}


class Cin7Bench(Bench):
    """Source of suppliers and all documents of purchases; destination of suppliers and orders."""

    system = "cin7"
    secrets = (KEY,)
    sources = ("supplier", *PURCHASES)
    list_path = LISTS
    spoil_path = DETAILS
    moves = MOVES
    missing = MISSING
    too_many = TOO_MANY
    destinations: ClassVar[tuple[str, ...]] = ("supplier", "purchase_order")
    with_drafts = ("purchase_order",)
    frozen = ("purchase_order",)
    shown_otherwise = ("purchase_order",)
    purchase_type: Literal["Simple", "Advanced"] = "Advanced"

    @staticmethod
    def simulator() -> Simulator:
        return simulator()

    def prepare(self) -> None:
        self.sim("PATCH", "settings", {"rate_limit": 10_000})
        self.seed("supplier", {
            "ID": KESTREL, "Name": "Kestrel Fasteners Ltd", "Currency": "USD", "PaymentTerm": "30 days",
            "AccountPayable": "800", "TaxRule": "GST on Expenses", "Status": "Active", "AdditionalAttribute1": "V-1",
            "LastModifiedOn": "2026-01-01T12:00:00.117Z",
        })  # fmt: skip

    def adapter(self, session: requests.Session, page_size: int | None = None) -> Cin7Adapter:
        settings = read_settings("cin7_default", host=self.url, login=ACCOUNT, password=KEY, extra={})
        client = Client(
            session, settings.url, dialect=Cin7Dialect(), budget=Unlimited(), auth=Cin7Keys(settings.headers()),
            clock=self.clock, on_call=self.calls.append, secrets=settings.secrets,
        )  # fmt: skip
        options = Cin7Options(page_size=page_size or 1000, detail_workers=1, purchase_type=self.purchase_type)
        return Cin7Adapter(
            client, options, record_pull=self.pulls.append, cache=Cache(self.clock.now), now=self.clock.now
        )

    # --- as a source ---

    def put(self, kind: str, count: int) -> list[Put]:
        moments = [FIRST + n * MINUTE for n in range(count)]
        if kind != "supplier":
            return [self._purchase(kind, n, moment) for n, moment in enumerate(moments, 1)]
        made = [Put(f"5b000000-0000-4000-8000-{n:012}", moment) for n, moment in enumerate(moments)]
        self.seed("supplier", *(
            {"ID": put.key, "Name": f"Merlin {n:03}", "Status": "Active", "LastModifiedOn": _stamp(put.at)}
            for n, put in enumerate(made)
        ))  # fmt: skip
        return made

    def _purchase(self, kind: str, number: int, moment: dt.datetime) -> Put:
        made = build(Draft(
            number=f"PO-{number:05}", supplier={"ID": KESTREL, "Name": "Kestrel Fasteners Ltd"}, state=COMPLETED,
            at=moment, currency="USD", rate=Decimal("1.5"), items=[(f"HP-{n}", f"Clamp {n}") for n in range(5)],
            services=[("SRV", "Cleaning")], account="630", tax_rule=("GST on Expenses", Decimal(10)), charge=True,
            rng=random.Random(7),
        ))  # fmt: skip
        made["LastUpdatedDate"] = _stamp(moment)
        self.seed("purchase", made)
        day = f"/{made['StockReceived']['Lines'][0]['Date'][:10]}" if kind == "goods_receipt" else ""
        return Put(f"{made['ID'].lower()}{SUFFIX[kind]}{day}", moment)

    def rows(self, data: Any) -> list[Any]:
        return next(value for value in data.values() if isinstance(value, list))

    def spoilt(self, kind: str, body: str) -> Any:
        data = json.loads(body)
        if kind == "supplier":
            self.rows(data)[0]["LastModifiedOn"] = "soon"
        else:
            data["Order"]["Lines"][0]["Quantity"] = "forty"
        return data

    # --- as a destination ---

    def document(self, kind: str) -> Document:
        return DOCUMENTS[kind]

    def changed(self, kind: str) -> Document:
        changes = {"phone": "1", "email": "new@osprey.example"}
        return DOCUMENTS[kind].model_copy(
            update=changes if kind == "supplier" else {"required_by": dt.date(2026, 6, 1)}
        )

    def refused(self, kind: str) -> tuple[Document, str]:
        if kind == "supplier":
            return OSPREY.model_copy(update={"tax_rule": "Luxury"}), "Tax rule with name Luxury was not found"
        return ORDER.model_copy(update={"location": "Mars"}), "Mars"

    def otherwise(self, kind: str) -> tuple[Document, str]:
        return ORDER.model_copy(update={"currency": "EUR"}), "currency"

    def held(self, kind: str) -> list[Held]:
        if kind == "supplier":
            return [Held(row["ID"].lower(), True) for row in self.state("supplier") if row["ID"] != KESTREL]
        return [
            Held(row["ID"].lower(), row["Order"]["Status"] == "AUTHORISED", Decimal(row["Order"].get("Total") or 0))
            for row in self.state("purchase")
        ]

    def tamper(self, kind: str, key: str) -> None:
        if kind == "supplier":
            self.edit("supplier", key, TaxNumber="0")
        else:
            self.edit("purchase", key, RequiredBy="2026-06-01T00:00:00")

    def disown(self, kind: str, key: str) -> None:
        if kind == "supplier":
            self.edit("supplier", key, AdditionalAttribute1="")
        else:
            self.edit("purchase", key, Note="by hand")


class Cin7SimpleBench(Cin7Bench):
    """The same with purchases of the Simple family."""

    name = "simple"
    sources = ()
    destinations = ("purchase_order",)
    purchase_type = "Simple"


def _stamp(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")

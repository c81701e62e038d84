"""Acumatica on the bench."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import requests
from bench import MINUTE, START, Bench, Held, Move, Put

from ml_connector.domain.documents import Address, Document, Line, PurchaseOrder, Supplier, SupplierInvoice
from ml_connector.systems.acumatica.adapter import AcumaticaAdapter
from ml_connector.systems.acumatica.connection import read_settings
from ml_connector.systems.acumatica.options import AcumaticaOptions
from ml_connector.systems.acumatica.signin import open_client
from ml_connector_sandbox.acumatica import simulator
from ml_connector_sandbox.core.simulator import Simulator

PASSWORD, CLIENT_SECRET = "sandbox-password", "sandbox-client-secret"
CLIENT = "88358B02-A48D-A50E-F710-39C1636C30F6@ACME"
ACME = "V000100"
ENTITY = {"supplier": "Vendor", "purchase_order": "PurchaseOrder", "supplier_invoice": "Bill"}
LISTS = {"supplier": "/Vendor$"}
MOVES = {"supplier": (Move("Vendor", {"VendorName": "Edited Ltd"}),)}
MISSING = {"supplier": "V999999"}
FIRST = START - dt.timedelta(days=2)
GLOBEX = Supplier(
    source="cin7", key="7b1e6f0a-1111-4222-8333-944455556666", modified_at=START, name="Globex", currency="USD",
    terms="NET30", tax_number="12-3456789", contact_name="Ann Lee", email="ap@globex.example", phone="+1 206 555 0123",
    address=Address(line1="4030 Lake Blvd", city="Kirkland", state="WA", postcode="98033", country="US"),
)  # fmt: skip
APPLES = Line(
    item="APPLES", description="Apples, loose", quantity=Decimal(20), unit_price=Decimal("2.29"), net=Decimal("45.80"),
    tax=Decimal("4.58"), tax_rule="SALESTAX", account="12100",
)  # fmt: skip
ORANGES = APPLES.model_copy(update={"item": "ORANGES", "description": "Oranges", "tax": Decimal(0), "tax_rule": ""})
TRADE: dict[str, Any] = {
    "source": "cin7", "key": "p1", "modified_at": START, "supplier_key": ACME, "supplier_name": "Acme Supply Ltd",
    "date": dt.date(2026, 3, 18), "currency": "USD", "lines": (APPLES, ORANGES), "net": Decimal("91.60"),
    "tax": Decimal("4.58"), "gross": Decimal("96.18"),
}  # fmt: skip
DOCUMENTS: dict[str, Document] = {
    "supplier": GLOBEX,
    "purchase_order": PurchaseOrder(**TRADE, number="PO-00457", required_by=dt.date(2026, 3, 30), terms="NET30"),
    "supplier_invoice": SupplierInvoice(
        **TRADE, number="INV-88412", due_date=dt.date(2026, 4, 17), order_number="PO-00457"
    ),
}
ONE_LINE = {"lines": (APPLES,), "net": Decimal("45.80"), "gross": Decimal("50.38")}


class AcumaticaBench(Bench):
    """Source of suppliers; destination of suppliers, orders and bills."""

    system = "acumatica"
    secrets = (PASSWORD, CLIENT_SECRET)
    sources = ("supplier",)
    list_path = LISTS
    moves = MOVES
    missing = MISSING
    token_seconds = 3600
    destinations = ("supplier", "purchase_order", "supplier_invoice")
    with_drafts = ("purchase_order", "supplier_invoice")
    with_natural_keys = ("purchase_order", "supplier_invoice")
    frozen = ("supplier_invoice",)

    @staticmethod
    def simulator() -> Simulator:
        return simulator()

    def prepare(self) -> None:
        self.seed("Vendor", {"VendorID": ACME, "VendorName": "Acme Supply Ltd",
                             "LastModifiedDateTime": "2026-01-01T00:00:00Z"})  # fmt: skip

    def adapter(self, session: requests.Session, page_size: int | None = None) -> AcumaticaAdapter:
        settings = read_settings(
            "acumatica_default", host=self.url, login="cin7.sync", password=PASSWORD,
            extra={"client_id": CLIENT, "client_secret": CLIENT_SECRET},
        )  # fmt: skip
        client = open_client(settings, session, token_store=self.tokens, on_call=self.calls.append, clock=self.clock)
        options = AcumaticaOptions(page_size=page_size or 200)
        return AcumaticaAdapter(
            client, options, record_pull=self.pulls.append, cache=None, now=self.clock.now, sleep=self.clock.sleep
        )

    # --- as a source ---

    def put(self, kind: str, count: int) -> list[Put]:
        made = [Put(f"V{number:06}", FIRST + number * MINUTE) for number in range(1000, 1000 + count)]
        rows = [{"VendorID": put.key, "VendorName": f"Vendor {put.key}", "LastModifiedDateTime": put.at.isoformat()}
                for put in made]  # fmt: skip
        self.seed("Vendor", *rows)
        return made

    def rows(self, data: Any) -> list[Any]:
        rows: list[Any] = data
        return rows

    def spoilt(self, kind: str, body: str) -> Any:
        rows = json.loads(body)
        rows[0]["LastModifiedDateTime"] = {"value": "yesterday"}
        return rows

    # --- as a destination ---

    def document(self, kind: str) -> Document:
        return DOCUMENTS[kind]

    def changed(self, kind: str) -> Document:
        changes = {"phone": "999", "email": ""} if kind == "supplier" else ONE_LINE
        return DOCUMENTS[kind].model_copy(update=changes)

    def refused(self, kind: str) -> tuple[Document, str]:
        if kind == "supplier":
            return GLOBEX.model_copy(update={"terms": "HALF"}), "Terms 'HALF' cannot be found in the system."
        return DOCUMENTS[kind].model_copy(update={"currency": "XXX"}), "XXX"

    def held(self, kind: str) -> list[Held]:
        total = {"PurchaseOrder": "OrderTotal", "Bill": "Amount"}.get(ENTITY[kind])
        rows = [row for row in self.state(ENTITY[kind]) if row.get("VendorID") != ACME or kind != "supplier"]
        return [
            Held(_key(kind, row), row["Status"] in {"Open", "Active"}, Decimal(row[total]) if total else None)
            for row in rows
        ]

    def tamper(self, kind: str, key: str) -> None:
        shown = {"supplier": {"VendorName": "Globex (old)"}, "purchase_order": {"PromisedOn": "2026-06-01"},
                 "supplier_invoice": {"DueDate": "2026-06-01"}}  # fmt: skip
        self.edit(ENTITY[kind], key, **shown[kind])

    def disown(self, kind: str, key: str) -> None:
        self.edit(ENTITY[kind], key, **({"AccountRef": ""} if kind == "supplier" else {"Description": "by hand"}))


def _key(kind: str, row: dict[str, Any]) -> str:
    if kind == "supplier":
        return str(row["VendorID"])
    return f"{row['Type']}/{row['OrderNbr' if kind == 'purchase_order' else 'ReferenceNbr']}"

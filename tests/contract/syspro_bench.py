"""SYSPRO on the bench."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any, ClassVar

import requests
from bench import START, Bench, Held, Move, Put

from memory_cache import Cache
from ml_connector.domain.documents import Address, Document, Supplier
from ml_connector.systems.syspro.adapter import SysproAdapter
from ml_connector.systems.syspro.connection import read_settings
from ml_connector.systems.syspro.options import SysproOptions
from ml_connector.systems.syspro.session import open_client
from ml_connector_sandbox.core.simulator import Simulator
from ml_connector_sandbox.syspro import simulator, world

DAY = dt.timedelta(days=1)
FIRST = dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)
OURS = "KESTREL"
ORDER, GRN = "000000000001000", "000000000003300"
GLOBEX = Supplier(
    source="cin7", key="7b1e6f0a-1111-4222-8333-944455556666", modified_at=START, name="Globex & Söhne", code="8001",
    currency="EUR", terms="60", tax_number="DE123456789", contact_name="Ann Lee", email="ap@globex.example",
    phone="+49 30 555 0123",
    address=Address(line1="Kantstr. 4", line2="Hof", city="Berlin", state="BE", postcode="10623", country="DE"),
)  # fmt: skip
Rows = dict[str, list[dict[str, Any]]]


def _supplier(put: Put) -> Rows:
    day = put.at.date().isoformat()
    return {
        "ApSupplier": [{"Supplier": put.key, "SupplierName": f"Supplier {put.key}", "DateSuppAdded": day}],
        "ApSupplierAddr": [{"Supplier": put.key, "SupAddr1": "1 Quay", "SupAddr3": "Hull", "SupAddr5": "GB"}],
    }


def _order(put: Put) -> Rows:
    day = put.at.date().isoformat()
    return {
        "PorMasterHdr": [{"PurchaseOrder": put.key, "Supplier": OURS, "OrderEntryDate": day}],
        "PorMasterDetail": [
            {"PurchaseOrder": put.key, "Line": 1, "MStockCode": "M8-HEX", "MOrderQty": 4, "MPrice": 2, "MTaxCode": "A"}
        ],
    }


def _receipt(put: Put) -> Rows:
    supplier, grn, order = put.key.split("/")
    row = {"Supplier": supplier, "Grn": grn, "Journal": int(grn), "PurchaseOrder": order, "PurchaseOrderLin": 1,
           "StockCode": "M8-HEX", "QtyReceived": 1, "OrigGrnValue": 2,
           "OrigReceiptDate": put.at.date().isoformat()}  # fmt: skip
    return {"GrnDetails": [row]}


def _posted(journal: int, day: dt.date, invoice: str) -> Rows:
    key = {"TrnYear": day.year, "TrnMonth": day.month, "Journal": journal, "EntryNumber": 1}
    head = {"Supplier": OURS, "Invoice": invoice, "InvoiceValue": 12, "TrnDate": day.isoformat()}
    parts = enumerate((("10-6100", 10), ("00-2210", 2)), start=1)
    return {
        "ApJnlSummary": [{**key, **head}],
        "ApJnlDistrib": [{**key, "SubEntry": n, "ExpenseGlCode": a, "DistrValue": x} for n, (a, x) in parts],
    }


def _invoice(put: Put) -> Rows:
    supplier, number = put.key.split("/")
    journal, day = int(number.removeprefix("INV-")), put.at.date()
    row = {"Supplier": supplier, "Invoice": number, "InvoiceDate": day.isoformat(), "Journal": journal,
           "EntryNumber": 1, "OrigInvValue": 12, "Reference": "Rent"}  # fmt: skip
    return {"ApInvoice": [row], **_posted(journal, day, number)}


def _journal(put: Put) -> Rows:
    return _posted(int(put.key.split("/")[2]), put.at.date(), "INV-1")


MAKERS: dict[str, Callable[[Put], Rows]] = {
    "supplier": _supplier,
    "purchase_order": _order,
    "goods_receipt": _receipt,
    "supplier_invoice": _invoice,
    "journal_entry": _journal,
}
KEYS: dict[str, Callable[[int], str]] = {
    "supplier": lambda n: f"{2000 + n:015}",
    "purchase_order": lambda n: f"{2000 + n:015}",
    "goods_receipt": lambda n: f"{OURS}/{3400 + n:015}/{ORDER}",
    "supplier_invoice": lambda n: f"{OURS}/INV-{2000 + n}",
    "journal_entry": lambda n: f"2026/3/{2000 + n}/1",
}
TABLES = {
    "supplier": "ApSupplier",
    "purchase_order": "PorMasterHdr",
    "goods_receipt": "GrnDetails",
    "supplier_invoice": "ApInvoice",
    "journal_entry": "ApJnlSummary",
}
SPOILT: dict[str, dict[str, Any]] = {
    "supplier": {"SupplierName": {"en": "Kestrel"}},
    "purchase_order": {"OrderEntryDate": "yesterday"},
    "goods_receipt": {"QtyReceived": "many"},
    "supplier_invoice": {"OrigInvValue": "much"},
    "journal_entry": {"TrnDate": "soon"},
}


class SysproBench(Bench):
    """Source of suppliers, orders, receipts, invoices and postings, by their own dates; destination of suppliers."""

    system = "syspro"
    secrets = (world.OPERATOR_PASSWORD,)
    sources = tuple(MAKERS)
    by_document_date = True
    list_path: ClassVar[dict[str, str]] = {kind: f"/{table}$" for kind, table in TABLES.items()}
    moves: ClassVar[dict[str, tuple[Move, ...]]] = {
        "supplier": (
            Move("ApSupplier", {"SupplierName": "Edited Ltd"}),
            Move("ApSupplier", {"DateSuppAdded": "2025-01-01"}, stays=False),
        ),
        "purchase_order": (
            Move("PorMasterHdr", {"Buyer": "JM"}),
            Move("PorMasterHdr", {"OrderEntryDate": "2025-12-01"}, stays=False),
        ),
        "goods_receipt": (Move("GrnDetails", {"QtyReceived": 2}),),
        "supplier_invoice": (Move("ApInvoice", {"DueDate": "2026-06-01"}),),
        "journal_entry": (Move("ApJnlSummary", {"TransactionCode": "A"}),),
    }
    missing: ClassVar[dict[str, str]] = {
        "supplier": "NOBODY",
        "purchase_order": "000000000009999",
        "goods_receipt": f"{OURS}/000000000009999/{ORDER}",
        "supplier_invoice": f"{OURS}/NONE",
        "journal_entry": "2026/3/9999/1",
    }
    destinations = ("supplier",)
    reading: ClassVar[dict[str, str]] = {"path": "SYSPRO8Odata|/Log|/Query/"}
    extra: ClassVar[dict[str, str]] = {}

    @staticmethod
    def simulator() -> Simulator:
        return simulator()

    def prepare(self) -> None:
        before = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
        self.sim("POST", "seed", {"records": _supplier(Put(OURS, before)) | _order(Put(ORDER, before))})

    def adapter(self, session: requests.Session, page_size: int | None = None) -> SysproAdapter:
        fields = {"company_id": world.COMPANY, "odata_url": self.url + world.ODATA, "odata_user": world.ODATA_USER,
                  "odata_password": world.OPERATOR_PASSWORD, **self.extra}  # fmt: skip
        settings = read_settings(
            "syspro_default", host=self.url + world.REST, login=world.OPERATOR, password=world.OPERATOR_PASSWORD,
            extra=fields,
        )  # fmt: skip
        client = open_client(
            settings, lambda: session, token_store=self.tokens, on_call=self.calls.append, clock=self.clock
        )
        options = SysproOptions(
            local_currency="GBP", tax_accounts=("00-2210",), create_suppliers=True, branch="10", bank="01",
            page_size=page_size or 1000,
        )  # fmt: skip
        cache = Cache(self.clock.now)
        return SysproAdapter(client, options, record_pull=self.pulls.append, cache=cache, now=self.clock.now)

    # --- as a source ---

    def put(self, kind: str, count: int) -> list[Put]:
        made = [Put(KEYS[kind](n), FIRST + n * DAY) for n in range(count)]
        records: Rows = {}
        for put in made:
            for table, rows in MAKERS[kind](put).items():
                records.setdefault(table, []).extend(rows)
        self.sim("POST", "seed", {"records": records})
        return made

    def move(self, move: Move, put: Put) -> dict[str, Any]:
        key = put.key
        if move.entity == "GrnDetails":
            supplier, grn, _ = put.key.split("/")
            key = f"{supplier}/{grn}/1/{int(grn)}/1"
        return {"entity": move.entity, "id": key, "set": move.set}

    def rows(self, data: Any) -> list[Any]:
        return data["value"]  # type: ignore[no-any-return]

    def spoilt(self, kind: str, body: str) -> Any:
        data = json.loads(body)
        data["value"][0].update(SPOILT[kind])
        return data

    # --- as a destination ---

    def document(self, kind: str) -> Document:
        return GLOBEX

    def changed(self, kind: str) -> Document:
        moved = GLOBEX.address.model_copy(update={"line1": "Kurstr. 2", "line2": "", "postcode": "10117"})
        return GLOBEX.model_copy(update={"phone": "999", "email": "new@globex.example", "address": moved})

    def refused(self, kind: str) -> tuple[Document, str]:
        return GLOBEX.model_copy(update={"terms": "99"}), "Terms code '99' not found"

    def held(self, kind: str) -> list[Held]:
        return [Held(row["Supplier"], authorised=True) for row in self.state("ApSupplier") if row["Supplier"] != OURS]

    def tamper(self, kind: str, key: str) -> None:
        self.edit("ApSupplier", key, SupplierName="Globex (old)")

    def disown(self, kind: str, key: str) -> None:
        """Do nothing: a supplier carries no mark of ours but the code that both systems share."""

    def is_read(self, method: str, path: str) -> bool:
        return re.search(self.reading["path"], path, re.IGNORECASE) is not None

    def is_write(self, method: str, path: str) -> bool:
        """SYSPRO takes postings as GET."""
        return "/setup/" in path.lower()


class SysproSessionBench(SysproBench):
    """A site whose OData service takes the e.net session, which ends when it has idled."""

    name = "session"
    token_seconds = 1200
    extra: ClassVar[dict[str, str]] = {"odata_auth": "session"}

    def prepare(self) -> None:
        super().prepare()
        self.sim("PATCH", "settings", {"odata_auth": "session"})

"""Infor CloudSuite on the bench: M3's transactions behind the gateway."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import requests
from bench import START, Bench, Held, Move, Put

from memory_cache import Cache
from ml_connector.domain.documents import Document, Line, PurchaseOrder
from ml_connector.systems.infor.adapter import InforAdapter
from ml_connector.systems.infor.connection import read_settings
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.signin import open_client
from ml_connector_sandbox.core.simulator import Simulator
from ml_connector_sandbox.infor import simulator, world

DAY = dt.timedelta(days=1)
FIRST = dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)
OURS = "Y30001"
LONG_AGO = {"LMTS": "1577836800000", "LMDT": "20200101"}
LINES = (
    Line(item="FAST-M6-25", description="Hex bolt M6x25", unit="EA", quantity=Decimal(300), unit_price=Decimal("0.5"),
         net=Decimal(150)),
    Line(item="PACK-BOX-S", description="Carton small", unit="EA", quantity=Decimal(20), unit_price=Decimal("2.29"),
         net=Decimal("45.8")),
)  # fmt: skip
ORDER = PurchaseOrder(
    source="cin7", key="7b1e6f0a-1111-4222-8333-944455556666", number="PO-00457", modified_at=START, supplier_key=OURS,
    supplier_name="Nordwind Fasteners AB", date=dt.date(2026, 3, 18), required_by=dt.date(2026, 3, 30),
    currency="SEK", terms="30D", lines=LINES, net=Decimal("195.8"), tax=Decimal(0),
    gross=Decimal("195.8"),
)  # fmt: skip
MORE = Line(item="FREIGHT", description="Inbound freight", quantity=Decimal(1), unit_price=Decimal(9), net=Decimal(9))


def _supplier(put: Put) -> dict[str, list[dict[str, Any]]]:
    stamps = {"LMTS": str(int(put.at.timestamp() * 1000)), "LMDT": _day(put.at)}
    return {"CIDMAS": [{"SUNO": put.key, "SUNM": f"Supplier {put.key}", **stamps, "CIDADR": [{"ADR1": "Kajen 2"}]}]}


def _order(put: Put) -> dict[str, list[dict[str, Any]]]:
    line = {"PNLI": 1, "ITNO": "FAST-M6-25", "ORQA": "4", "PUPR": "2"}
    return {"MPHEAD": [{"PUNO": put.key, "SUNO": OURS, "PUDT": _day(put.at), "MPLINE": [line]}]}


def _invoice(put: Put) -> dict[str, list[dict[str, Any]]]:
    number = put.key.rpartition("|")[2]
    invoice = {"SUNO": OURS, "SINO": number, "CUAM": "-10", "VTAM": "-2", "IVDT": _day(put.at)}
    line = {"RDTP": 2, "POPN": "Rent", "NLAM": "8"}
    return {"FPLEDG": [invoice], "FAPIBH": [{"SUNO": OURS, "SINO": number, "IVDT": _day(put.at), "FAPIBL": [line]}]}


def _day(moment: dt.datetime) -> str:
    return moment.strftime("%Y%m%d")


MAKERS = {"supplier": _supplier, "purchase_order": _order, "supplier_invoice": _invoice}
KEYS = {
    "supplier": "Y4{:04}",
    "purchase_order": "00{:05}",
    "supplier_invoice": f"AAA|{OURS}|{OURS}|2026|INV {{:03}}",
}
LISTS = {
    "supplier": "/CRS620MI/LstSuppliers",
    "purchase_order": "/EXPORTMI/Select",
    "supplier_invoice": "/EXPORTMI/Select",
}
WHOLE = dict.fromkeys(MAKERS, "/v2/execute$")
SPOILT = {"supplier": (1, {"STDT": "soon"}), "purchase_order": (0, {"PUDT": "soon"}),
          "supplier_invoice": (0, {"CUAM": "much"})}  # fmt: skip
"""Kind → which result of many holds the field, and what it says then."""
MOVES = {
    "supplier": (Move("CIDMAS", {"SUNM": "Edited AB"}), Move("CIDMAS", LONG_AGO, stays=False)),
    "purchase_order": (Move("MPHEAD", {"YRE1": "edited"}), Move("MPHEAD", {"PUDT": "20251201"}, stays=False)),
    "supplier_invoice": (Move("FPLEDG", {"DUDT": "20260601"}), Move("FPLEDG", {"IVDT": "20251201"}, stays=False)),
}
MISSING = {"supplier": "Y99999", "purchase_order": "9999999", "supplier_invoice": f"AAA|{OURS}|{OURS}|2026|NONE"}


class InforBench(Bench):
    """Source of suppliers, orders and posted invoices, in spans of days; destination of orders."""

    system = "infor"
    secrets = (world.CLIENT_SECRET, world.ACCESS_KEY, world.SECRET_KEY)
    sources = tuple(MAKERS)
    by_document_date = True
    list_path = LISTS
    spoil_path = WHOLE
    moves = MOVES
    missing = MISSING
    token_seconds = 7200
    destinations = ("purchase_order",)
    with_drafts = ("purchase_order",)
    with_natural_keys = ("purchase_order",)
    frozen = ("purchase_order",)
    reading = {"path": "/v2/execute(?!/PPS370MI)"}  # noqa: RUF012 - as declared
    """Transactions that change something are sent by GET, and many that read by POST."""

    @staticmethod
    def simulator() -> Simulator:
        return simulator()

    def prepare(self) -> None:
        self.sim("PATCH", "settings", {"bods": False})
        for row in self.state("CIDMAS"):
            self.edit("CIDMAS", row["SUNO"], **LONG_AGO)

    def adapter(self, session: requests.Session, page_size: int | None = None) -> InforAdapter:
        self.sim("PATCH", "settings", {"exported_rows": page_size or 0})
        file = self.control.get(f"{self.url}/{world.TENANT}/authorizedapps/ml.ionapi", timeout=10).text
        settings = read_settings("infor_default", password=file, extra={"calls_per_second": 10_000})
        client = open_client(settings, session, token_store=self.tokens, on_call=self.calls.append, clock=self.clock)
        options = InforOptions(page_size=page_size or 1000, export_limit=page_size or 100)
        cache = Cache(self.clock.now)
        return InforAdapter(client, options, record_pull=self.pulls.append, cache=cache, now=self.clock.now)

    # --- as a source ---

    def put(self, kind: str, count: int) -> list[Put]:
        made = [Put(KEYS[kind].format(n + 1), FIRST + n * DAY) for n in range(count)]
        records: dict[str, list[dict[str, Any]]] = {}
        for put in made:
            for table, rows in MAKERS[kind](put).items():
                records.setdefault(table, []).extend(rows)
        self.sim("POST", "seed", {"records": records})
        return made

    def move(self, move: Move, put: Put) -> dict[str, Any]:
        division, payee, supplier, year, number = [*put.key.split("|"), *[""] * 4][:5]
        key = f"{division}/{payee}/{supplier}/{number}/{year}" if number else put.key
        return {"entity": move.entity, "id": key, "set": move.set}

    def rows(self, data: Any) -> list[Any]:
        return data["results"][0]["records"]  # type: ignore[no-any-return]

    def doubled(self, kind: str, body: str) -> Any:
        data = json.loads(body)
        self.rows(data).append(self.rows(data)[1])  # an export's first row is its header
        return data

    def spoilt(self, kind: str, body: str) -> Any:
        data = json.loads(body)
        at, changes = SPOILT[kind]
        data["results"][at]["records"][0].update(changes)
        return data

    # --- as a destination ---

    def document(self, kind: str) -> Document:
        return ORDER

    def changed(self, kind: str) -> Document:
        total = ORDER.net + MORE.net
        return ORDER.model_copy(update={"lines": (*LINES, MORE), "net": total, "gross": total})

    def refused(self, kind: str) -> tuple[Document, str]:
        return ORDER.model_copy(update={"supplier_key": "NOBODY"}), "Supplier number"

    def held(self, kind: str) -> list[Held]:
        amounts: dict[str, Decimal] = {}
        for row in self.state("MPLINE"):
            amounts[row["PUNO"]] = amounts.get(row["PUNO"], Decimal(0)) + Decimal(row["LNAM"])
        return [
            Held(row["PUNO"], row["PUSL"] >= "15", amounts.get(row["PUNO"], Decimal(0))) for row in self.state("MPHEAD")
        ]

    def tamper(self, kind: str, key: str) -> None:
        self.edit("MPHEAD", key, DWDT="20260601")

    def disown(self, kind: str, key: str) -> None:
        self.edit("MPHEAD", key, YRE1=ORDER.number)

    def is_read(self, method: str, path: str) -> bool:
        return "/v2/execute" in path and "/PPS370MI/" not in path

    def is_write(self, method: str, path: str) -> bool:
        """Tell whether a call changes something: opening an entry leaves nothing in the books."""
        return "/PPS370MI/" in path and "/StartEntry" not in path

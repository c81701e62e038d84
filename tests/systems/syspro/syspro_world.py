"""A running simulator of SYSPRO, and adapters over real clients of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import requests

from ml_connector.sync.ports import Pull, RecordCache, Unreadable, Window
from ml_connector.systems.syspro.adapter import SysproAdapter
from ml_connector.systems.syspro.connection import SysproSettings, read_settings
from ml_connector.systems.syspro.options import SysproOptions
from ml_connector.systems.syspro.session import Syspro, open_client
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import MemoryTokenStore
from ml_connector_sandbox.core.wire import write_json
from ml_connector_sandbox.syspro import world

NOW = dt.datetime(2026, 10, 20, 12, tzinfo=dt.timezone.utc)
DAY = "2026-10-01"
OPTIONS: dict[str, Any] = {"local_currency": "GBP", "tax_accounts": ["00-2210"], "branch": "10", "bank": "01"}


@dataclass
class Clock:
    """The connector's time; waiting makes it pass."""

    seconds: float = 0.0

    def now(self) -> dt.datetime:
        return NOW + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class World:
    """The simulator, and what is opened to it."""

    url: str
    store: MemoryTokenStore = field(default_factory=MemoryTokenStore)
    clock: Clock = field(default_factory=Clock)
    calls: list[Call] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)
    opened: list[Syspro] = field(default_factory=list)

    # --- the simulator ---

    def sim(self, verb: str, route: str, body: Any = None, **query: str) -> Any:
        data = None if body is None else write_json(body).encode()
        answer = requests.request(verb, f"{self.url}/_sim/{route}", data=data, params=query, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json(parse_float=Decimal)

    def set(self, **settings: Any) -> None:
        self.sim("PATCH", "settings", settings)

    def seed(self, **tables: list[dict[str, Any]]) -> None:
        self.sim("POST", "seed", {"records": tables})

    def state(self, entity: str) -> list[dict[str, Any]]:
        return list(self.sim("GET", "state", entity=entity)[entity])

    def edit(self, entity: str, key: str, **changes: Any) -> None:
        self.sim("POST", "edit", {"entity": entity, "id": key, "set": changes})

    def person_logs_on(self) -> None:
        """Let a person log on as the connector's operator."""
        self.edit("operator", world.OPERATOR, logon=True)

    def paths(self, name: str) -> list[str]:
        """Return the calls whose path ends in `name`."""
        return [call.url for call in self.calls if call.url.partition("?")[0].lower().endswith(name.lower())]

    # --- the connector ---

    def settings(self, **extra: str) -> SysproSettings:
        fields = {
            "company_id": world.COMPANY, "odata_url": self.url + world.ODATA, "odata_user": world.ODATA_USER,
            "odata_password": world.OPERATOR_PASSWORD, **extra,
        }  # fmt: skip
        return read_settings(
            "syspro_default", host=self.url + world.REST, login=world.OPERATOR, password=world.OPERATOR_PASSWORD,
            extra=fields,
        )  # fmt: skip

    def client(self, store: MemoryTokenStore | None = None, **extra: str) -> Syspro:
        made = open_client(
            self.settings(**extra), requests.Session, token_store=store or self.store, on_call=self.calls.append,
            clock=self.clock,
        )  # fmt: skip
        self.opened.append(made)
        return made

    def adapter(self, client: Syspro | None = None, cache: RecordCache | None = None, **options: Any) -> SysproAdapter:
        chosen = SysproOptions(**{**OPTIONS, **options})
        return SysproAdapter(
            client or self.client(), chosen, record_pull=self.pulls.append, cache=cache, now=self.clock.now
        )

    def read(self, kind: str, start: dt.datetime | None = None, **options: Any) -> list[Any]:
        """Return the readable documents of a kind; there must be no others."""
        found = list(self.adapter(**options).read(kind, Window(start, NOW)))
        assert not [one for one in found if isinstance(one, Unreadable)], found
        return found

    def close(self) -> None:
        for one in self.opened:
            one.close()


# --- an order that was received and billed ---

ORDER, GRN = "000000000002291", "000000000003310"
SUPPLIER = "000000000000017"


def ordered(site: World, *, key: str = ORDER, lines: list[dict[str, Any]] | None = None, **head: Any) -> None:
    """Seed an order of ten bolts at 4.00 and two frames at 30.00."""
    usual = [
        {"MStockCode": "M8-HEX", "MOrderQty": 10, "MPrice": 4, "MForeignPrice": 5, "MGlCode": "10-5110"},
        {"MStockCode": "A100", "MOrderQty": 2, "MPrice": 30, "MForeignPrice": 36, "MGlCode": "20-5100"},
    ]
    numbered = [
        {"PurchaseOrder": key, "Line": n, "MTaxCode": "A", **one} for n, one in enumerate(lines or usual, start=1)
    ]
    site.seed(
        ApSupplier=[{"Supplier": SUPPLIER, "SupplierName": "Harbour Steel Ltd", "Branch": "20"}],
        PorMasterHdr=[{"PurchaseOrder": key, "Supplier": SUPPLIER, "OrderEntryDate": DAY, "OrderDueDate": "2026-10-15",
                       "PaymentTerms": "30", **head}],
        PorMasterDetail=numbered,
    )  # fmt: skip


def received(site: World, *, grn: str = GRN, order: str = ORDER, day: str = "2026-10-05", journal: int = 88) -> None:
    """Seed the receipt of the whole order."""
    goods = (("M8-HEX", "Hex bolt M8", 10, 40, "10-5110"), ("A100", "Bicycle frame", 2, 60, "20-5100"))
    site.seed(GrnDetails=[
        {"Supplier": SUPPLIER, "Grn": grn, "Journal": journal, "JournalEntry": n, "PurchaseOrder": order,
         "PurchaseOrderLin": n, "StockCode": code, "StockDescription": text, "QtyReceived": quantity,
         "OrigGrnValue": value, "DebitRecGlCode": account, "OrigReceiptDate": day}
        for n, (code, text, quantity, value, account) in enumerate(goods, start=1)
    ])  # fmt: skip


def invoiced(
    site: World, *, number: str = "HS-5521", clears: bool = True, parts: list[tuple[str, Any, str]] | None = None,
    gross: Any = 120, **more: Any,
) -> None:  # fmt: skip
    """Seed an invoice of 100.00 and 20.00 tax, which clears the receipt."""
    usual = [("10-5110", 40, f"GRN {GRN}"), ("20-5100", 60, f"GRN {GRN}"), ("00-2210", 20, "VAT")]
    entry = {"TrnYear": 2026, "TrnMonth": 10, "Journal": 412, "EntryNumber": 3}
    day = "2026-10-10"
    matches = [
        {"Supplier": SUPPLIER, "Grn": GRN, "Journal": 88, "EntryNumber": n, "Invoice": number, "MatchedValue": value,
         "MatchedQty": quantity}
        for n, (quantity, value) in enumerate(((10, 40), (2, 60)), start=1)
    ]  # fmt: skip
    site.seed(
        ApInvoice=[{"Supplier": SUPPLIER, "Invoice": number, "InvoiceDate": day, "DueDate": "2026-11-09",
                    "Journal": 412, "EntryNumber": 3, "OrigInvValue": gross, "Reference": "PO 2291", **more}],
        ApJnlSummary=[{**entry, "Supplier": SUPPLIER, "Invoice": number, "InvoiceValue": 120, "TrnDate": day}],
        ApJnlDistrib=[{**entry, "SubEntry": n, "ExpenseGlCode": account, "DistrValue": value, "Reference": text}
                      for n, (account, value, text) in enumerate(parts or usual, start=1)],
        GrnMatching=matches if clears else [],
    )  # fmt: skip


def unread(site: World, kind: str, **options: Any) -> str:
    """Why the only record of this kind cannot be read."""
    (one,) = site.adapter(**options).read(kind, Window(None, NOW))
    assert isinstance(one, Unreadable), one
    assert one.finding.next_step
    return one.finding.message

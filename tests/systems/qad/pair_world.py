"""Both simulators and the pair's flows with the real store: runs as an operator sees them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import requests
from qad_world import World, write_json

from ml_connector.domain.errors import SyncError
from ml_connector.mapping.codemap import Mapped, Tables
from ml_connector.store.database import Database, Parked
from ml_connector.sync import extract, load, reconcile, validate, watermark, window
from ml_connector.sync.run import FlowRun, Policies
from ml_connector.systems.cin7.adapter import Cin7Adapter
from ml_connector.systems.cin7.connection import read_settings
from ml_connector.systems.cin7.dialect import Cin7Dialect
from ml_connector.systems.cin7.keys import Cin7Keys
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.systems.qad.pair import PAIR
from ml_connector.transport.client import Client
from ml_connector.transport.rate import Unlimited
from ml_connector.validation.three_way import Tolerances

UTC = dt.timezone.utc
ACCOUNT, KEY = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
KESTREL = "5a000000-0000-4000-8000-000000000001"
PURCHASE = "6a000000-0000-4000-8000-000000000001"
DAY = dt.date(2026, 10, 1)
TAX = {"TaxRule": "Tax Exempt", "Tax": 0, "Discount": 0}
MAPS = {"account": {"630": "1500", "512": "6200"}, "terms": {"30 days": "N30"}, "tax": {"Tax Exempt": "EXEMPT"}}
NOTHING: dict[str, Any] = {"Status": "NOT AVAILABLE", "Lines": [], "AdditionalCharges": []}
Goods = tuple[str, object, object]
"""SKU, quantity, price."""


class Maps:
    """Code maps with few codes."""

    def load(self, source: str) -> Tables:
        return {name: {a: [Mapped(b, 1)] for a, b in rows.items()} for name, rows in MAPS.items()}

    def versions(self) -> dict[str, int]:
        return dict.fromkeys(MAPS, 1)


class Variables:
    """Airflow's Variables, kept here."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def set(self, name: str, value: str) -> None:
        self.values[name] = value


@dataclass
class PairWorld:
    """One Cin7 account, one QAD tenant, one database; days pass between runs.

    Args:
        without: flows that are left out.
    """

    cin7_url: str
    qad: World
    database: Database
    tolerances: Tolerances = field(default_factory=Tolerances)
    options: dict[str, Any] = field(default_factory=dict)
    without: Sequence[str] = ()
    today: dt.datetime = dt.datetime(2026, 10, 6, 8, tzinfo=UTC)
    variables: Variables = field(default_factory=Variables)
    runs: int = 0
    outcomes: dict[str, str] = field(default_factory=dict)

    # --- Cin7, as its users change it ---

    def cin7(self, verb: str, route: str, body: Any = None) -> Any:
        data = None if body is None else write_json(body).encode()
        answer = requests.request(verb, f"{self.cin7_url}/_sim/{route}", data=data, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def begin(self) -> None:
        self.cin7("PATCH", "settings", {"rate_limit": 100_000})
        self.cin7("POST", "clock", {"set": self.today.isoformat(), "speed": 0})
        address = {"ID": "6b000000-0000-4000-8000-000000000001", "Line1": "1 Quay", "City": "Toledo", "State": "OH",
                   "Postcode": "43604", "Country": "United States", "Type": "Business",
                   "DefaultForType": True}  # fmt: skip
        kestrel = {"ID": KESTREL, "Name": "Kestrel Tools", "Currency": "USD", "PaymentTerm": "30 days",
                   "Status": "Active", "TaxRule": "Tax Exempt", "AccountPayable": "800", "Addresses": [address],
                   "LastModifiedOn": "2026-10-01T06:00:00.000Z"}  # fmt: skip
        self.cin7("POST", "seed", {"records": {"supplier": [kestrel]}})

    def purchase(self, *goods: Goods, advanced: bool = False, approach: str = "STOCK", **parts: Any) -> None:
        """Put in an authorised purchase of these goods; `parts` are its sub-documents."""
        empty: Any = [] if advanced else NOTHING
        lines = [_line(*one) for one in goods]
        body = {
            "ID": PURCHASE, "Type": "Advanced Purchase" if advanced else "Simple Purchase", "SupplierID": KESTREL,
            "Supplier": "Kestrel Tools", "Approach": approach, "BlindReceipt": False, "IsServiceOnly": False,
            "OrderNumber": "PO-00318", "OrderDate": f"{DAY}T00:00:00", "RequiredBy": f"{DAY}T00:00:00",
            "TaxRule": "Tax Exempt", "TaxCalculation": "Exclusive", "Terms": "30 days", "Note": "",
            "SupplierCurrency": "USD", "CurrencyRate": 1, "LastUpdatedDate": "2026-10-05T06:00:00.000Z",
            "Order": {"Status": "AUTHORISED", "Lines": lines, "AdditionalCharges": [], **_totals(lines)},
            "StockReceived": empty, "Invoice": empty, **parts,
        }  # fmt: skip
        self.cin7("POST", "seed", {"records": {"purchase": [body]}})

    def edit(self, **parts: Any) -> None:
        """Change the purchase as a person does; its stamp moves."""
        self.cin7("POST", "edit", {"entity": "purchase", "id": PURCHASE, "set": parts})

    def unseen(self, **parts: Any) -> None:
        """Change the purchase without its stamp."""
        self.edit(**parts, LastUpdatedDate="2026-10-05T06:00:00.000Z")

    # --- the connector ---

    def run(self) -> dict[str, str]:
        """Run all flows a day later; return the label of each document taken up → how it ended, or why not."""
        self.runs += 1
        self.today += dt.timedelta(days=1)
        self.cin7("POST", "clock", {"set": self.today.isoformat()})
        run_id, self.outcomes, made = f"r{self.runs}", {}, []
        for flow in PAIR.in_order():
            if flow.name in self.without:
                continue
            run = self._flow_run(flow, run_id)
            made.append(run)
            plan = window.plan(run, request=window.WindowRequest())
            extract.extract(run, plan)
            validate.validate(run)
            self._load(run)
            watermark.record(run, plan)
            for one in run.staging.all():
                why = ", ".join(finding.reason.value for finding in one.findings)
                self.outcomes[one.label] = why or str(one.outcome.value if one.outcome else "undecided")
        self.report = reconcile.reconcile(made, deployment="d", run_id=run_id)
        return self.outcomes

    def bill(self, number: str = "KT-1") -> str:
        """How the bill of this number ended in the last run."""
        return self.outcomes[f"bill {number} of Kestrel Tools"]

    def parked(self) -> dict[str, Parked]:
        """What is held or waits, by its label."""
        return {one.label: one for one in self.database.held("d")}

    def invoices(self) -> list[tuple[str, str, Decimal]]:
        """Reference, status and amount of every invoice in QAD."""
        return [
            (row["invoiceReference"], row["invoiceStatusCode"], Decimal(str(row["invoiceAmount"])))
            for row in self.qad.state("supplierInvoices")
        ]

    def _load(self, run: FlowRun) -> None:
        """Load as often as the task's retries would."""
        for _ in range(4):
            try:
                load.load(run)
            except SyncError:
                continue
            return
        load.load(run)

    def _flow_run(self, flow: Any, run_id: str) -> FlowRun:
        database = self.database
        return FlowRun(
            deployment="d",
            pair=PAIR,
            flow=flow,
            run_id=run_id,
            source=self._cin7_adapter(),
            destination=self.qad.adapter(**self.options),
            staging=database.staging("d", flow.name, run_id),
            journal=database.journal("d", flow.name, run_id),
            reverse_journal=None,
            links=database.links("d"),
            code_maps=Maps(),
            audit=database.audit("d", flow.name, run_id),
            watermarks=database.watermarks("d", flow.name, run_id, self.variables),
            policies=Policies(tolerances=self.tolerances),
            orders=database.journal("d", flow.within, run_id) if flow.within else None,
            now=lambda: self.today,
            sleep=lambda _seconds: None,
        )

    def _cin7_adapter(self) -> Cin7Adapter:
        settings = read_settings("cin7_default", host=self.cin7_url, login=ACCOUNT, password=KEY, extra={})
        client = Client(
            requests.Session(), settings.url, dialect=Cin7Dialect(), budget=Unlimited(),
            auth=Cin7Keys(settings.headers()), secrets=settings.secrets,
        )  # fmt: skip
        cache = self.database.record_cache("d", "cin7")
        options = Cin7Options(detail_workers=1)
        return Cin7Adapter(client, options, record_pull=lambda _p: None, cache=cache, now=lambda: self.today)

    def changed(self, **values: Any) -> PairWorld:
        """Return the same with other settings."""
        return dataclasses.replace(self, **values)


def _line(sku: str, quantity: object, price: object) -> dict[str, Any]:
    q, p = Decimal(str(quantity)), Decimal(str(price))
    return {"SKU": sku, "Name": sku, "ProductID": "", "Quantity": q, "Price": p, "Total": q * p, "Comment": "", **TAX}


def _totals(lines: list[dict[str, Any]]) -> dict[str, Any]:
    total = sum((line["Total"] for line in lines), Decimal(0))
    return {"TotalBeforeTax": total, "Tax": 0, "Total": total}


def received(*goods: tuple[str, object], day: dt.date = DAY, status: str = "AUTHORISED", **more: Any) -> dict[str, Any]:
    """A receipt of these SKUs and quantities."""
    return {"Status": status, "Lines": [
        {"Date": f"{day}T00:00:00", "Quantity": Decimal(str(quantity)), "SKU": sku, "Name": sku, "ProductID": "",
         "Location": "Main Warehouse", "Received": True, "CardID": f"{sku}-{day}-{quantity}"}
        for sku, quantity in goods
    ], **more}  # fmt: skip


def billed(*goods: Goods, number: str = "KT-1", day: dt.date = DAY, status: str = "AUTHORISED", **more: Any) -> Any:
    """A bill of these goods."""
    lines = [{**_line(*one), "Account": "630"} for one in goods]
    return {"Status": status, "InvoiceNumber": number, "InvoiceDate": f"{day}T00:00:00",
            "InvoiceDueDate": f"{day + dt.timedelta(days=30)}T00:00:00", "CurrencyRate": 1, "Lines": lines,
            "AdditionalCharges": [], **_totals(lines), **more}  # fmt: skip


def credited(*goods: Goods, number: str = "KT-CN-1", of: str = "KT-1", **more: Any) -> dict[str, Any]:
    """A credit note over these goods."""
    lines = [{**_line(*one), "Account": "630"} for one in goods]
    return {"Status": "AUTHORISED", "CreditNoteNumber": number, "CreditNoteDate": f"{DAY}T00:00:00",
            "CreditNoteInvoiceNumber": of, "Lines": lines, "AdditionalCharges": [], **_totals(lines),
            **more}  # fmt: skip

"""Orders in both directions between simulated M3 and Cin7: each stands once on each side, and none comes back."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import requests

from ml_connector.mapping.links import SupplierLink
from ml_connector.store.record_cache import SqlRecordCache
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.reconcile import reconcile
from ml_connector.sync.run import FlowRun, Policies
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan
from ml_connector.systems.cin7.adapter import Cin7Adapter
from ml_connector.systems.cin7.connection import read_settings
from ml_connector.systems.cin7.dialect import Cin7Dialect
from ml_connector.systems.cin7.keys import Cin7Keys
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.systems.infor.pair import PAIR
from ml_connector.transport.client import Client
from ml_connector.transport.rate import Unlimited
from ml_connector_sandbox import cin7
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.core.wire import write_json
from ml_connector_sandbox.scenarios import purchases

if TYPE_CHECKING:
    from conftest import World

ACCOUNT, KEY = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
NORDWIND = "5a000000-0000-4000-8000-000000000001"
ORDERS, TO_INFOR, BILLS = "purchase_orders", "purchase_orders_to_infor", "supplier_invoices"
MAPS = {
    "company": "Acme,100_AAA,",
    "terms": "30 days,30D,",
    "account": "453,4010,",
    "tax": "GST on Expenses,1,",
    "unit": "Item,EA,",
    "cost_centre": "Production,CC100,",
}
BOLTS = {"PNLI": 1, "ITNO": "FAST-M6-25", "ORQA": "100", "PUPR": "1.85", "PUSL": "35", "PUST": "35"}


@dataclass
class Pair:
    """Both systems and one deployment between them."""

    world: World
    url: str
    runs: int = 0

    def cin7(self, verb: str, route: str, body: Any = None, /, **query: str) -> Any:
        data = None if body is None else write_json(body).encode()
        answer = requests.request(verb, f"{self.url}/_sim/{route}", data=data, params=query, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def seed(self) -> None:
        """One supplier on both sides, M3's items in Cin7, and an order that people keyed on each side."""
        now = self.world.now()
        self.cin7("POST", "clock", {"set": now.isoformat(), "speed": 0})
        self.cin7("PATCH", "settings", {"rate_limit": 10_000})
        supplier = {"ID": NORDWIND, "Name": "Nordwind Fasteners AB", "Currency": "SEK", "PaymentTerm": "30 days",
                    "AccountPayable": "800", "TaxRule": "GST on Expenses", "Status": "Active",
                    "AdditionalAttribute1": "Y30001"}  # fmt: skip
        items = [(sku, sku) for sku in ("FAST-M6-25", "FAST-M8-40", "PACK-BOX-S", "PACK-BOX-L", "STEEL-2MM")]
        products = [{"SKU": sku, "Name": name, "Type": "Stock", "Status": "Active"} for sku, name in items]
        keyed = purchases.build(purchases.Draft(
            number="PO-00457", supplier=supplier, state=ORDERED, at=now - dt.timedelta(hours=1), currency="SEK",
            rate=Decimal(1), items=items, services=[], account="453", tax_rule=("GST on Expenses", Decimal(10)),
            terms="30 days", rng=random.Random(7),
        ))  # fmt: skip
        self.cin7("POST", "seed", {"records": {"product": products, "supplier": [supplier], "purchase": [keyed]}})
        self.world.seed("MPHEAD", {"PUNO": "0004512", "SUNO": "Y30001", "PUDT": "20260318", "MPLINE": [BOLTS]})
        maps = self.world.database.code_maps(self.world.name)
        for name, row in MAPS.items():
            maps.import_text(name, f"cin7_code,partner_code,note\n{row}\n", author="test")
        link = SupplierLink(cin7_key=NORDWIND, partner_key="Y30001", how="code")
        self.world.database.links(self.world.name).add(link)

    # --- one run of the deployment ---

    def run(self) -> dict[str, dict[str, int]]:
        """Run every flow of orders and bills once, as the DAG does; both sides must agree."""
        self.runs += 1
        self.world.advance(60)
        self.cin7("POST", "clock", {"advance": 60})
        counts, runs = {}, []
        for name in (ORDERS, TO_INFOR, BILLS):
            run = self._flow_run(name)
            extract(run, WindowPlan(start=None, end=self.world.now() + dt.timedelta(days=1), carries_open=True))
            validate(run)
            counts[name] = load(run)
            runs.append(run)
        report = reconcile(runs, deployment=self.world.name, run_id=f"r{self.runs}")
        assert report.agree, report.text()
        return counts

    def _flow_run(self, name: str) -> FlowRun:
        world, flow, run_id = self.world, PAIR.flow(name), f"r{self.runs}"
        database, deployment = world.database, world.name
        sides = {"infor": world.adapter(), "cin7": self._cin7_adapter()}
        reverse = PAIR.reverse_of(flow)
        made = FlowRun(
            deployment=deployment,
            pair=PAIR,
            flow=flow,
            run_id=run_id,
            source=sides[flow.source],  # type: ignore[arg-type]
            destination=sides[flow.destination],  # type: ignore[arg-type]
            staging=database.staging(deployment, name, run_id),
            journal=database.journal(deployment, name, run_id),
            reverse_journal=database.journal(deployment, reverse.name, run_id) if reverse else None,
            links=database.links(deployment),
            code_maps=database.code_maps(deployment),
            audit=database.audit(deployment, name, run_id),
            watermarks=database.watermarks(deployment, name, run_id),
            policies=Policies(),
            now=world.now,
            sleep=world.sleep,
        )
        if not flow.within:
            return made
        journals = {one: database.journal(deployment, one, run_id) for one in (ORDERS, TO_INFOR)}
        return replace(made, orders=journals[ORDERS], reverse_orders=journals[TO_INFOR])

    def _cin7_adapter(self) -> Cin7Adapter:
        settings = read_settings("cin7_default", host=self.url, login=ACCOUNT, password=KEY, extra={})
        client = Client(
            requests.Session(), settings.url, dialect=Cin7Dialect(), budget=Unlimited(),
            auth=Cin7Keys(settings.headers()), clock=self.world, on_call=lambda _call: None, secrets=settings.secrets,
        )  # fmt: skip
        self.world.clients.append(client)
        cache = SqlRecordCache(self.world.database.engine, self.world.name, "cin7", self.world.now)
        options = Cin7Options(approach="INVOICE", locations={"001": "Main Warehouse"})
        return Cin7Adapter(client, options, record_pull=lambda _pull: None, cache=cache, now=self.world.now)

    # --- what stands where ---

    def orders(self) -> tuple[list[str], list[str]]:
        """The numbers and texts of the orders in M3, and those of the purchases in Cin7, without our marks."""
        here = [row["YRE1"].partition(" mlc:")[0] or row["PUNO"] for row in self.world.held("MPHEAD")]
        there = [row["Note"].partition(" mlc:")[0] or row["OrderNumber"] for row in self.purchases()]
        return sorted(here), sorted(there)

    def purchases(self) -> list[dict[str, Any]]:
        return list(self.cin7("GET", "state", entity="purchase")["purchase"])


ORDERED = next(state for state in purchases.STATES if state.name == "ordered")


@pytest.fixture
def pair(world: World) -> Iterator[Pair]:
    """Both systems, seeded."""
    with serve(build(cin7.simulator())) as server:
        made = Pair(world, server.url)
        made.seed()
        yield made


def test_orders_of_both_sides_cross_once_and_never_come_back(pair: Pair) -> None:
    """After the first run each side has both orders; whatever is run or touched after it, nothing is made again."""
    counts = pair.run()
    assert (counts[ORDERS]["created"], counts[TO_INFOR]["created"]) == (1, 1)
    both = ["0004512", "PO-00457"]
    assert pair.orders() == (both, both)
    (entered,) = [row["PUNO"] for row in pair.world.held("MPHEAD") if "mlc:" in row["YRE1"]]
    (mirrored,) = [row["ID"] for row in pair.purchases() if "mlc:" in row["Note"]]
    pair.world.edit("MPHEAD", entered, BUYE="LINDA")
    pair.cin7("POST", "edit", {"entity": "purchase", "id": mirrored, "set": {"Comments": "seen"}})
    for _ in range(2):
        counts = pair.run()
        assert {name: one["created"] + one["updated"] + one["held"] for name, one in counts.items()} == {
            ORDERS: 0, TO_INFOR: 0, BILLS: 0,
        }  # fmt: skip
    assert pair.orders() == (both, both)


def test_an_echo_without_our_mark_is_known_by_what_is_bound(pair: Pair) -> None:
    """Where a person has taken our mark off, the order is still the one that came from the other side."""
    pair.run()
    (entered,) = [row["PUNO"] for row in pair.world.held("MPHEAD") if "mlc:" in row["YRE1"]]
    pair.world.edit("MPHEAD", entered, YRE1="PO-00457")
    counts = pair.run()
    assert counts[ORDERS]["created"] == 0
    assert len(pair.purchases()) == 2


def test_a_bill_in_m3_of_an_order_from_cin7_goes_onto_that_purchase(pair: Pair) -> None:
    """The bill of an order that Cin7 sent to M3 is entered on the purchase that it came from."""
    pair.run()
    (entered,) = [row for row in pair.world.held("MPHEAD") if "mlc:" in row["YRE1"]]
    lines = [row for row in pair.world.held("MPLINE") if row["PUNO"] == entered["PUNO"]]
    net = sum((Decimal(row["LNAM"]) for row in lines), Decimal(0))
    pair.world.seed("FPLEDG", {
        "SUNO": "Y30001", "SINO": "INV-1", "CUAM": -net, "IVDT": "20260318",
        "FGLEDG": [{"AIT1": "2440", "CUAM": -net}, {"AIT1": "4010", "CUAM": net}],
    })  # fmt: skip
    pair.world.seed("FAPIBH", {
        "SUNO": "Y30001", "SINO": "INV-1", "IVDT": "20260318",
        "FAPIBL": [{"ITNO": row["ITNO"], "PUNO": row["PUNO"], "PNLI": row["PNLI"], "IVQA": row["ORQA"],
                    "NEPR": row["PUPR"], "NLAM": row["LNAM"], "VTCD": "1"} for row in lines],
    })  # fmt: skip
    pair.cin7("POST", "edit", {"entity": "purchase", "id": purchases.guid("purchase", "PO-00457"),
                               "set": {"Approach": "INVOICE"}})  # fmt: skip
    assert pair.run()[BILLS]["created"] == 1
    (purchase,) = [row for row in pair.purchases() if row["OrderNumber"] == "PO-00457"]
    (bill,) = purchase["Invoice"] if isinstance(purchase["Invoice"], list) else [purchase["Invoice"]]
    assert (bill["InvoiceNumber"], bill["Status"]) == ("INV-1", "AUTHORISED")
    assert len(pair.purchases()) == 2

"""Suppliers loaded into Cin7 Core, whose every answer takes 20 ms, one at a time as a flow loads them.

First 2,000 without an allowance: what the latency allows is the number of calls times 20 ms. Judged by processor time,
so that other work on the machine does not count; the wall time, with the waits for the disk, is told.

Then 200 under ten times Cin7's allowance, 60 calls in any six seconds: with its own 60 a minute these 600 calls would
take ten minutes, and what is ours would weigh a tenth as much. What is allowed is sixty calls, each 20 ms, in each six
seconds; judged by the clock, since that is what a limit is about.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from bench.figures import Row, at_least, load
from bench.vendor import Vendor, serving
from ml_connector.domain.documents import Address, Supplier
from ml_connector.orchestration import catalog
from ml_connector.store.database import Database
from ml_connector.sync.load import load as load_flow
from ml_connector.sync.run import FlowRun, Policies
from ml_connector.sync.stores import Decision
from ml_connector.systems.cin7.adapter import Cin7Adapter
from ml_connector.systems.cin7.dialect import Cin7Dialect
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.transport.answer import Call
from ml_connector.transport.client import Client
from ml_connector.transport.ledger import SqliteLedger
from ml_connector.transport.rate import Rate, RateBudget, RollingBudget, Unlimited

SUPPLIERS, CALL_SECONDS = 2000, 0.02
FEW, RATE = 200, Rate(60, 6.0)
NAMES = ("syspro_cin7", "suppliers", "bench")


def speed() -> list[Row]:
    """Return how much of what latency, and of what latency and allowance permit, is reached."""
    return [*_without_allowance(), *_under_allowance()]


def _without_allowance() -> list[Row]:
    calls, wall, processor = _load(SUPPLIERS, [])
    least, each = calls * CALL_SECONDS, processor / SUPPLIERS
    told = (
        f"{calls / SUPPLIERS:.2f} calls a document, {least / SUPPLIERS * 1000:.0f} ms at least; ours "
        f"{each * 1000:.1f} ms of processor time; wall {wall:.0f} s against {least:.0f} s; {load()}"
    )
    name = f"loading {SUPPLIERS:,} documents, part of what latency allows"
    return [at_least(name, least / (least + processor), 0.9, told)]


def _under_allowance() -> list[Row]:
    calls, wall, _ = _load(FEW, [RATE])
    full, rest = divmod(calls - 1, RATE.limit)
    least = full * RATE.seconds + (rest + 1) * CALL_SECONDS
    told = f"{calls} calls, {RATE.limit} in {RATE.seconds:.0f} s allowed: {wall:.1f} s against {least:.1f} s; {load()}"
    name = f"loading {FEW} documents under an allowance, part of what it and latency allow"
    return [at_least(name, least / wall, 0.9, told)]


def _load(documents: int, rates: list[Rate]) -> tuple[int, float, float]:
    """Return the calls made, the seconds by the clock and those of the processor."""
    with serving(Vendor(0, CALL_SECONDS)) as url, tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'connector.db'}")
        database.migrate()
        calls: list[Call] = []
        budget = RollingBudget(SqliteLedger(Path(folder) / "rates"), url, rates) if rates else Unlimited()
        run = _run(database, url, calls, budget, documents)
        wall, processor = time.perf_counter(), time.process_time()
        counts = load_flow(run)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
    if counts["created"] != documents:
        raise RuntimeError(json.dumps(counts))
    return len(calls), wall, processor


def _run(database: Database, url: str, calls: list[Call], budget: RateBudget, count: int) -> FlowRun:
    session = requests.Session()
    session.trust_env = False
    client = Client(session, url, dialect=Cin7Dialect(), budget=budget, on_call=calls.append)
    adapter: Any = Cin7Adapter(client, Cin7Options(), record_pull=lambda _pull: None)
    pair, flow, _ = NAMES
    spec, audit = catalog.pair(pair), database.audit(*NAMES)
    run = FlowRun(
        deployment=pair, pair=spec, flow=spec.flow(flow), run_id="bench", source=adapter, destination=adapter,
        staging=database.staging(*NAMES), journal=database.journal(*NAMES), reverse_journal=None,
        links=database.links(pair), code_maps=database.code_maps(pair), audit=audit,
        watermarks=database.watermarks(*NAMES), policies=Policies(),
    )  # fmt: skip
    documents = [_supplier(number) for number in range(1, count + 1)]
    run.staging.begin()
    run.staging.add(documents)
    run.staging.decide([Decision(one.key, one) for one in documents])
    return run


def _supplier(number: int) -> Supplier:
    return Supplier(
        source="syspro", key=f"{number:015}", code=str(number), name=f"Supplier {number} Ltd", currency="NZD",
        terms="30 days", tax_rule="GST on Expenses", modified_at=dt.datetime(2026, 11, 1, tzinfo=dt.timezone.utc),
        address=Address(line1=f"{number} Quay Street", city="Auckland", country="NZ"),
    )  # fmt: skip

"""2,000 suppliers loaded into Cin7 Core, whose every answer takes 20 ms, one at a time as a flow loads them.

What the latency allows is the number of calls times 20 ms. The allowance is left out (`Unlimited`): with Cin7's 60
calls a minute these calls would take over an hour and a half, and nothing else would be seen. Judged by processor time,
so that other work on the machine does not count; the wall time, with the waits for the disk, is told.
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
from ml_connector.transport.rate import Unlimited

SUPPLIERS, CALL_SECONDS = 2000, 0.02
NAMES = ("syspro_cin7", "suppliers", "bench")


def speed() -> list[Row]:
    """Return how much of what the latency allows is reached."""
    with serving(Vendor(0, CALL_SECONDS)) as url, tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'connector.db'}")
        database.migrate()
        calls: list[Call] = []
        run = _run(database, url, calls)
        wall, processor = time.perf_counter(), time.process_time()
        counts = load_flow(run)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
    if counts["created"] != SUPPLIERS:
        raise RuntimeError(json.dumps(counts))
    least, each = len(calls) * CALL_SECONDS, processor / SUPPLIERS
    told = (
        f"{len(calls) / SUPPLIERS:.2f} calls a document, {least / SUPPLIERS * 1000:.0f} ms at least; ours "
        f"{each * 1000:.1f} ms of processor time; wall {wall:.0f} s against {least:.0f} s; {load()}"
    )
    return [
        at_least(
            f"loading {SUPPLIERS:,} documents, part of what latency allows", least / (least + processor), 0.9, told
        )
    ]


def _run(database: Database, url: str, calls: list[Call]) -> FlowRun:
    session = requests.Session()
    session.trust_env = False
    client = Client(session, url, dialect=Cin7Dialect(), budget=Unlimited(), on_call=calls.append)
    adapter: Any = Cin7Adapter(client, Cin7Options(), record_pull=lambda _pull: None)
    pair, flow, _ = NAMES
    spec, audit = catalog.pair(pair), database.audit(*NAMES)
    run = FlowRun(
        deployment=pair, pair=spec, flow=spec.flow(flow), run_id="bench", source=adapter, destination=adapter,
        staging=database.staging(*NAMES), journal=database.journal(*NAMES), reverse_journal=None,
        links=database.links(pair), code_maps=database.code_maps(pair), audit=audit,
        watermarks=database.watermarks(*NAMES), policies=Policies(),
    )  # fmt: skip
    documents = [_supplier(number) for number in range(1, SUPPLIERS + 1)]
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

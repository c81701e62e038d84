"""A list of 2,000 purchases and the details of each, 20 ms a call, 8 and 16 at once, against a bare client."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests
from requests.adapters import HTTPAdapter

from bench.figures import Row, at_least, load
from bench.vendor import Vendor, serving
from ml_connector.sync.ports import Window
from ml_connector.systems.cin7.adapter import Cin7Adapter
from ml_connector.systems.cin7.dialect import Cin7Dialect
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.transport.client import Client
from ml_connector.transport.rate import Unlimited

PURCHASES, CALL_SECONDS, ROUNDS = 2000, 0.02, 3
AT_ONCE = (8, 16)


def list_and_detail() -> list[Row]:
    """Return the connector's records a second as a part of the bare client's."""
    with serving(Vendor(PURCHASES, CALL_SECONDS)) as url:
        return [_compare(url, workers) for workers in AT_ONCE]


def _compare(url: str, workers: int) -> Row:
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(seconds(lambda: connector(url, workers)))
        bare.append(seconds(lambda: _bare(url, workers)))
    we, they = statistics.median(ours), statistics.median(bare)
    ideal = PURCHASES * CALL_SECONDS / workers
    told = (
        f"{PURCHASES / we:.0f} and {PURCHASES / they:.0f} records/s, latency allows {PURCHASES / ideal:.0f}; {load()}"
    )
    return at_least(f"list and detail, {workers} at once, part of a bare client's speed", they / we, 0.9, told)


def connector(url: str, workers: int) -> int:
    """Read all purchases as canonical orders; return how many."""
    client = Client(_session(), url, dialect=Cin7Dialect(), budget=Unlimited())
    options = Cin7Options(detail_workers=workers)
    adapter = Cin7Adapter(client, options, record_pull=lambda _pull: None, cache=None)
    window = Window(None, dt.datetime.now(dt.timezone.utc))
    return sum(1 for _ in adapter.read("purchase_order", window))


def _bare(url: str, workers: int) -> int:
    session = _session()
    session.mount("http://", HTTPAdapter(pool_maxsize=workers))
    rows: list[dict[str, str]] = []
    while len(rows) % 1000 == 0:
        asked = {"Page": len(rows) // 1000 + 1, "Limit": 1000}
        found = session.get(f"{url}/purchaseList", params=asked, timeout=60).json()["PurchaseList"]
        if not found:
            break
        rows += found

    def read(row: dict[str, str]) -> dict[str, object]:
        found: dict[str, object] = session.get(f"{url}/purchase", params={"ID": row["ID"]}, timeout=60).json()
        return found

    with ThreadPoolExecutor(workers) as pool:
        return len(list(pool.map(read, rows)))


def seconds(action: Callable[[], int], purchases: int = PURCHASES) -> float:
    """Return how long reading takes.

    Raises:
        RuntimeError: not all was read.
    """
    begun = time.perf_counter()
    if (found := action()) != purchases:
        raise RuntimeError(f"{found} of {purchases} purchases were read")
    return time.perf_counter() - begun


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session

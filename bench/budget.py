"""Six hundred calls under a budget of 1,200 a minute, from two processes with one key; in real time, over real HTTP.

The vendor counts with a token bucket: 20 calls a second flow in, 60 can be saved up. So 600 calls take 27 s at best.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import requests

from bench.figures import Row, at_most, load
from ml_connector.transport.client import Client
from ml_connector.transport.ledger import Ledger, PostgresLedger, SqliteLedger
from ml_connector.transport.rate import Rate, RollingBudget
from ml_connector.transport.retry import PlainDialect
from ml_connector.transport.turns import Caller

CALLS, PER_SECOND, SAVED = 600, 20.0, 60
IDEAL_SECONDS = (CALLS - SAVED) / PER_SECOND
RATE = Rate(SAVED, 1.01 * SAVED / PER_SECOND)
"""Sixty calls in any three seconds is what such a bucket always lets through; one per cent is left for the way."""
PROCESSES, THREADS = 2, 4
POSTGRES = os.environ.get("ML_CONNECTOR_TEST_POSTGRES", "").replace("+psycopg", "")
CALL_SECONDS = 0.02
_FORK = get_context("fork")


def two_processes() -> list[Row]:
    """Return the time and the refused calls; with PostgreSQL, too, where ``ML_CONNECTOR_TEST_POSTGRES`` names one."""
    rows = _measure("600 calls under 1,200 a minute", "")
    return rows + (_measure("the same on PostgreSQL", POSTGRES) if POSTGRES else [])


def _measure(name: str, postgres: str) -> list[Row]:
    refused, url = _FORK.Value("i", 0), _FORK.SimpleQueue()
    vendor = _FORK.Process(target=_serve, args=(refused, url), daemon=True)
    vendor.start()
    with tempfile.TemporaryDirectory() as folder:
        path, address = Path(folder) / "rates", url.get()
        workers = [_FORK.Process(target=_work, args=(address, path, postgres)) for _ in range(PROCESSES)]
        begun = time.monotonic()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        seconds = time.monotonic() - begun
    vendor.terminate()
    vendor.join()
    told = f"{PROCESSES} processes of {THREADS} threads: {seconds:.1f} s, ideal {IDEAL_SECONDS:.1f} s; {load()}"
    return [
        at_most(f"{name}, time to ideal", seconds / IDEAL_SECONDS, 1.05, told),
        at_most(f"{name}, refused", refused.value, 2, "calls"),
    ]


def _work(url: str, path: Path, postgres: str) -> None:
    """Make this process's part of the calls."""
    ledger: Ledger = PostgresLedger(postgres) if postgres else SqliteLedger(path)
    budget = RollingBudget(ledger, url, [RATE], caller=Caller("bench"))
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda _: _calls(url, budget), range(THREADS)))


def _calls(url: str, budget: RollingBudget) -> None:
    session = requests.Session()
    session.trust_env = False
    client = Client(session, url, dialect=PlainDialect(), budget=budget)
    for _ in range(CALLS // PROCESSES // THREADS):
        client.read("record")
    client.close()


def _serve(refused: Any, url: Any) -> None:
    """Be the vendor."""
    lock = threading.Lock()
    bucket = {"tokens": float(SAVED), "at": time.monotonic()}

    def take() -> bool:
        with lock:
            now = time.monotonic()
            bucket["tokens"] = min(SAVED, bucket["tokens"] + (now - bucket["at"]) * PER_SECOND)
            bucket["at"] = now
            if bucket["tokens"] < 1:
                refused.value += 1
                return False
            bucket["tokens"] -= 1
            return True

    class Vendor(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            is_let_in = take()
            if is_let_in:
                time.sleep(CALL_SECONDS)
            self.send_response(200 if is_let_in else 429)
            if not is_let_in:
                self.send_header("Retry-After", "1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    url.put(f"http://127.0.0.1:{server.server_address[1]}")
    server.serve_forever()

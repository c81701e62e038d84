"""A Cin7 key of sixty calls a minute, shared by four processes of three pairs, one of them a backfill.

Real HTTP against the simulated Cin7 Core, real processes and threads, the real ledger file; the time is simulated, one
for all of them (`bench.conductor`), so that ten minutes pass in some seconds.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import requests
from prove.clock import SharedClock

from bench.conductor import Conductor, Player
from bench.figures import Row, at_least, at_most
from ml_connector.domain.errors import RateLimited
from ml_connector.systems.cin7.allowance import allowance
from ml_connector.systems.cin7.connection import read_settings
from ml_connector.systems.cin7.dialect import Cin7Dialect
from ml_connector.systems.cin7.keys import Cin7Keys
from ml_connector.transport.answer import Call
from ml_connector.transport.client import Client
from ml_connector.transport.ledger import SqliteLedger
from ml_connector.transport.rate import RollingBudget
from ml_connector.transport.turns import Caller
from ml_connector_sandbox.cin7.defaults import DEFAULT_ACCOUNT, DEFAULT_KEY
from ml_connector_sandbox.cin7.world import World
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.clock import Clock as SandboxClock
from ml_connector_sandbox.core.server import serve

MINUTES = 10
PER_MINUTE = 60
CALL_SECONDS = 0.3
"""What a call takes, in simulated time."""


@dataclass(frozen=True)
class Crew:
    """One worker process.

    Args:
        run: calls in a run of each thread; 0 for one that never ends.
        pause_seconds: between two runs.
    """

    caller: Caller
    threads: int
    run: int = 0
    pause_seconds: float = 0.0
    begins: float = 0.0


INTRADAY = (
    Crew(Caller("cin7_qad"), threads=1, run=12, pause_seconds=60, begins=5),
    Crew(Caller("ifs_cin7"), threads=2, run=6, pause_seconds=75, begins=8),
)
BACKFILL = (Crew(Caller("acumatica_cin7", backfill=True), threads=4),) * 2


def shared() -> list[Row]:
    """Return how much of the allowance is used, how much is refused, and what a backfill costs the intraday runs."""
    with_backfill, alone = _measure((*INTRADAY, *BACKFILL)), _measure(INTRADAY)
    good = sum(call["status"] == requests.codes.ok for call in with_backfill)
    refused = sum(call["status"] == requests.codes.too_many_requests for call in with_backfill)
    waits = [call["waited"] for call in with_backfill if not call["backfill"]]
    before = [call["waited"] for call in alone]
    share = sum(call["backfill"] for call in with_backfill) / len(with_backfill)
    told = f"{MINUTES} simulated minutes, 4 processes, {len(with_backfill)} calls"
    return [
        at_least("allowance used", good / (MINUTES * PER_MINUTE), 0.95, told),
        at_most("calls refused (429)", refused / len(with_backfill), 0.01, f"{refused} of {len(with_backfill)} calls"),
        at_most("intraday wait under a backfill, mean", statistics.mean(waits), 2.5, f"s; {len(waits)} calls"),
        Row("intraday wait under a backfill, longest", max(waits), note="s"),
        Row("intraday wait alone, mean", statistics.mean(before), note=f"s; {len(before)} calls"),
        Row("intraday wait alone, longest", max(before), note="s"),
        Row("the backfill's part of the calls", share),
    ]


def _measure(crews: Sequence[Crew]) -> list[dict[str, Any]]:
    """Return every call that the crews make."""
    conductor, world = Conductor(), World()
    world.clock = _SandboxTime(conductor.time)
    world.change_settings({"rate_limit": PER_MINUTE, "rate_seconds": 60.0, "rate_dialect": "429_text"})
    calls = get_context("fork").SimpleQueue()
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder, serve(build(world)) as server:
        place = Place(server.url, Path(folder) / "rates", conductor.time, calls)
        for crew in crews:
            conductor.start(_work, crew, [conductor.player() for _ in range(crew.threads)], place)
        reader = threading.Thread(target=_collect, args=(calls, found))
        reader.start()
        conductor.run(MINUTES * 60)
        calls.put(None)
        reader.join()
    return found


@dataclass(frozen=True)
class Place:
    """Where all workers meet: the vendor's address, the ledger's file, the time, and where calls are told."""

    url: str
    ledger: Path
    time: SharedClock
    calls: Any


class _SandboxTime(SandboxClock):
    """The simulator's clock on the shared time."""

    def __init__(self, time: SharedClock) -> None:
        super().__init__()
        self.now = time.now  # type: ignore[method-assign]


def _collect(calls: Any, found: list[dict[str, Any]]) -> None:
    while (call := calls.get()) is not None:
        found.append(call)


def _work(crew: Crew, players: Sequence[Player], place: Place) -> None:
    threads = [threading.Thread(target=_call_on, args=(crew, player, place), daemon=True) for player in players]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _call_on(crew: Crew, player: Player, place: Place) -> None:
    player.sleep(crew.begins)
    worker = _Worker(crew, player, place)
    while True:
        for _ in range(crew.run or 1):
            worker.call()
            player.sleep(CALL_SECONDS)
        player.sleep(crew.pause_seconds)


class _Worker:
    """One thread's client; it tells of every call how long it has waited for its turn."""

    def __init__(self, crew: Crew, player: Player, place: Place) -> None:
        settings = read_settings("bench", host=place.url, login=DEFAULT_ACCOUNT, password=DEFAULT_KEY, extra={})
        scope, rates, names = allowance(settings)
        ledger, session = SqliteLedger(place.ledger, now=place.time.timestamp), requests.Session()
        session.trust_env = False
        self._budget = RollingBudget(ledger, scope, rates, keys=names, caller=crew.caller, clock=player)
        self._crew, self._player, self._calls = crew, player, place.calls
        self._waited = 0.0
        self._client = Client(
            session, settings.url, dialect=Cin7Dialect(), budget=self, auth=Cin7Keys(settings.headers()),
            on_call=self._tell, clock=player,
        )  # fmt: skip

    def call(self) -> None:
        """Make one call; one that would have to wait too long is left."""
        try:
            self._client.read("me")
        except RateLimited as error:
            self._player.sleep(error.retry_after_seconds or 60.0)

    def acquire(self) -> str:
        """Wait for the turn, and take the time."""
        asked = self._player.monotonic()
        key = self._budget.acquire()
        self._waited = self._player.monotonic() - asked
        return key

    def penalise(self, key: str, seconds: float) -> float:
        """Close the key."""
        return self._budget.penalise(key, seconds)

    def _tell(self, call: Call) -> None:
        self._calls.put({"backfill": self._crew.caller.backfill, "status": call.status, "waited": self._waited})

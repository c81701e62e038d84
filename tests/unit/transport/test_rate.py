"""The call allowance: rolling windows, shared by keys, threads and processes."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ml_connector.domain.errors import RateLimited, RetryableError
from ml_connector.transport.auth import HeaderKeys
from ml_connector.transport.client import Client
from ml_connector.transport.ledger import PostgresLedger, SqliteLedger
from ml_connector.transport.rate import Rate, RollingBudget, Unlimited
from ml_connector.transport.turns import Caller
from ml_connector.transport.usage import usage

from .conftest import FakeClock, Vendor, reply

POSTGRES = os.environ.get("ML_CONNECTOR_TEST_POSTGRES", "").replace("+psycopg", "")
INCLUDE = Path(__file__).parents[3] / "include"
CHILD = """
import sys, time
from ml_connector.transport.book import Book
from ml_connector.transport.ledger import SqliteLedger
from ml_connector.transport.rate import Rate, RollingBudget

moments = []
add = Book.add
def noted(self, key, moment, *more):
    moments.append(moment)
    add(self, key, moment, *more)
Book.add = noted
budget = RollingBudget(SqliteLedger(sys.argv[1]), "cin7", [Rate(5, 0.3)])
for _ in range(8):
    budget.acquire()
    assert time.time() >= moments[-1] - 0.001
    print(moments[-1])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rate.sqlite"


@pytest.fixture
def budget(path: Path, clock: FakeClock) -> RollingBudget:
    return RollingBudget(SqliteLedger(path, clock.epoch), "cin7", [Rate(6, 60)], clock=clock)


def test_a_full_window_is_waited_out(path: Path, budget: RollingBudget, clock: FakeClock) -> None:
    """When three deployments have used the window up, a fourth goes when the first call has left it."""
    for name in ("a", "b", "c"):
        one = RollingBudget(SqliteLedger(path, clock.epoch), "cin7", [Rate(6, 60)], caller=Caller(name), clock=clock)
        one.acquire()
        one.acquire()
    assert clock.waits == []
    clock.seconds = 20
    budget.acquire()
    assert clock.waits == pytest.approx([40])


def test_a_deployment_uses_a_part_of_a_window_at_once(budget: RollingBudget, clock: FakeClock) -> None:
    """Four of six calls go at once; from then on they go at an even pace, and use all of the allowance."""
    for _ in range(4):
        budget.acquire()
    assert clock.waits == []
    for _ in range(6):
        budget.acquire()
    assert clock.waits == pytest.approx([40, 10, 10, 10, 10, 10])


def test_no_window_ever_holds_more_than_the_limit(path: Path, clock: FakeClock) -> None:
    """All rates hold in every window, however the calls come."""
    rates = [Rate(5, 10), Rate(12, 60)]
    budget = RollingBudget(SqliteLedger(path, clock.epoch), "x", rates, patience_seconds=100, clock=clock)
    sent: list[float] = []
    for pause in (0, 0, 3, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0):
        clock.seconds += pause
        budget.acquire()
        sent.append(clock.seconds)
    for rate in rates:
        gaps = [later - early for early, later in zip(sent, sent[rate.limit :], strict=False)]
        assert min(gaps) >= rate.seconds - 0.001


def test_two_processes_share_the_window(path: Path) -> None:
    """Two processes together never exceed the limit in any window, and lose no call."""
    env = {**os.environ, "PYTHONPATH": str(INCLUDE)}
    run = [sys.executable, "-c", CHILD, str(path)]
    children = [subprocess.Popen(run, env=env, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    moments = sorted(float(line) for child in children for line in child.communicate(timeout=30)[0].split())
    assert [child.returncode for child in children] == [0, 0]
    assert len(moments) == 16
    assert all(later - early >= 0.299 for early, later in zip(moments, moments[5:], strict=False))


def test_threads_share_the_window(path: Path) -> None:
    """Eight threads all get through, one window after another."""
    budget = RollingBudget(SqliteLedger(path), "x", [Rate(10, 0.1)])
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: budget.acquire(), range(24))) == ["default"] * 24


def test_a_long_wait_is_left_to_airflow(path: Path, clock: FakeClock) -> None:
    """A wait beyond the patience is raised with its length, and books nothing."""

    def make(patience: float) -> RollingBudget:
        ledger = SqliteLedger(path, clock.epoch)
        return RollingBudget(ledger, "x", [Rate(1, 60)], patience_seconds=patience, clock=clock)

    make(10).acquire()
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            make(10).acquire()
        assert caught.value.retry_after_seconds == pytest.approx(60)
    assert clock.waits == []
    make(60).acquire()
    assert clock.waits == pytest.approx([60])


def test_several_keys_share_the_load(path: Path, clock: FakeClock) -> None:
    """With two keys twice as many calls go at once, by turns."""
    ledger = SqliteLedger(path, clock.epoch)
    budget = RollingBudget(ledger, "x", [Rate(4, 60)], keys=("a", "b"), clock=clock)
    names = []
    for _ in range(4):
        names.append(budget.acquire())
        clock.seconds += 1
    assert names == ["a", "b", "a", "b"]
    assert clock.waits == []


def test_scopes_do_not_share(path: Path, clock: FakeClock) -> None:
    """The calls of one connection do not count for another."""
    for scope in ("x", "y"):
        RollingBudget(SqliteLedger(path, clock.epoch), scope, [Rate(1, 60)], clock=clock).acquire()
    assert clock.waits == []


def test_a_penalty_closes_the_key_for_every_process(path: Path, clock: FakeClock) -> None:
    """What one process was told with a 429 holds for the others too."""
    one, other = (RollingBudget(SqliteLedger(path, clock.epoch), "x", [Rate(9, 60)], clock=clock) for _ in range(2))
    assert one.penalise("default", 30) == pytest.approx(30)
    assert one.penalise("default", 5) == pytest.approx(30)
    other.acquire()
    assert clock.waits == pytest.approx([30])


def test_a_penalty_leaves_the_other_key_open(path: Path, clock: FakeClock) -> None:
    """While one key is closed the other is used."""
    ledger = SqliteLedger(path, clock.epoch)
    budget = RollingBudget(ledger, "x", [Rate(9, 60)], keys=("a", "b"), clock=clock)
    assert budget.penalise("a", 30) == 0
    assert {budget.acquire() for _ in range(5)} == {"b"}


def test_a_penalty_is_never_longer_than_an_hour(budget: RollingBudget) -> None:
    """An absurd Retry-After does not close the connection for ever."""
    assert budget.penalise("default", 1e9) == pytest.approx(3600)


def test_a_penalty_while_waiting_is_waited_out_too(path: Path) -> None:
    """A caller who is waiting when the key is closed gives the booking back and waits on."""

    class Interrupted(FakeClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if len(self.waits) == 1:
                shared.penalise("default", 25)

    clock = Interrupted()
    shared = RollingBudget(SqliteLedger(path, clock.epoch), "x", [Rate(2, 50)], patience_seconds=100, clock=clock)
    for _ in range(4):
        shared.acquire()
    assert clock.waits == pytest.approx([50, 25])


def test_a_clock_set_back_does_not_stop_the_calls(budget: RollingBudget, clock: FakeClock) -> None:
    """Bookings from a wrong future are dropped."""
    clock.seconds = 86400
    budget.acquire()
    clock.seconds = 0
    budget.acquire()
    assert clock.waits == []


def test_a_rejected_call_goes_on_with_the_other_key(
    vendor: Vendor, connect: Callable[..., Client], path: Path, clock: FakeClock
) -> None:
    """After a 429 to one key the call is sent at once with the other."""
    ledger = SqliteLedger(path, clock.epoch)
    budget = RollingBudget(ledger, "x", [Rate(9, 60)], keys=("a", "b"), clock=clock)
    keys = HeaderKeys({"a": {"X-Key": "key-a"}, "b": {"X-Key": "key-b"}})
    vendor.script = [reply(429, Retry_After="50"), reply(200)]
    connect(vendor.url, auth=keys, budget=budget).write("bill", json={})
    assert [seen.headers["X-Key"] for seen in vendor.seen] == ["key-a", "key-b"]
    assert sum(clock.waits) == 0


def test_every_attempt_counts(vendor: Vendor, connect: Callable[..., Client], path: Path, clock: FakeClock) -> None:
    """Repeated calls are taken from the allowance like first ones."""
    budget = RollingBudget(SqliteLedger(path, clock.epoch), "x", [Rate(3, 1200)], clock=clock)
    vendor.script = [reply(503), reply(503), reply(200)]
    with pytest.raises(RateLimited):
        connect(vendor.url, budget=budget).read("x")
    assert len(vendor.seen) == 2


def test_what_is_used_of_an_allowance_can_be_seen(path: Path, clock: FakeClock) -> None:
    """Calls of the running window, waiting callers and closed keys are told, and no key that is long out of use."""
    ledger = SqliteLedger(path, clock.epoch)
    for deployment in ("a", "b"):
        caller = Caller(deployment, backfill=deployment == "b")
        budget = RollingBudget(ledger, "cin7 x", [Rate(4, 60)], keys=("k", "l"), caller=caller, clock=clock)
        budget.acquire()
    assert budget._ask(None, 300)[2] > 0
    budget.penalise("l", 30)
    [found] = usage(ledger)
    assert (found.system, found.deployments, found.waiting, found.backfills) == ("cin7", ("a", "b"), 1, 1)
    assert [(one.used, one.limit, one.closed_until) for one in found.keys] == [
        (1, 4, None),
        (1, 4, clock.now() + dt.timedelta(seconds=30)),
    ]
    clock.seconds = 61
    assert [(one.used, one.closed_seconds) for one in usage(ledger)[0].keys] == [(0, 0), (0, 0)]
    clock.seconds = 90_000
    assert usage(ledger) == ()


def test_an_unusable_file_is_told(tmp_path: Path) -> None:
    """A ledger that cannot be opened is an error of the call, with the path."""
    with pytest.raises(RetryableError, match=r"nowhere/rate\.sqlite"):
        SqliteLedger(tmp_path / "nowhere" / "rate.sqlite")


def test_bad_settings_are_refused(path: Path) -> None:
    """A budget of nothing is a programming error."""
    for rates, keys in (([], ("a",)), ([Rate(0, 1)], ("a",)), ([Rate(1, 1)], ())):
        with pytest.raises(ValueError, match="budget"):
            RollingBudget(SqliteLedger(path), "x", rates, keys=keys)


def test_unlimited_never_waits_and_leaves_penalties_to_the_caller() -> None:
    """Without an allowance the caller itself waits after a 429."""
    assert Unlimited().acquire() == ""
    assert Unlimited().penalise("", 7) == 7


@pytest.mark.skipif(not POSTGRES, reason="needs a PostgreSQL to write to")
def test_postgresql_keeps_the_same_book(clock: FakeClock) -> None:
    """The allowance kept in PostgreSQL is shared and closed as the file is, though a connection is cut off."""
    ledgers = [PostgresLedger(POSTGRES) for _ in range(2)]
    scope = f"test {os.getpid()}"
    one, other = (RollingBudget(x, scope, [Rate(8, 0.2), Rate(30, 60)], keys=("a", "b")) for x in ledgers)
    with ThreadPoolExecutor(8) as threads:
        names = list(threads.map(lambda n: (one, other)[n % 2].acquire(), range(24)))
    assert sorted(set(names)) == ["a", "b"]
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with ledgers[0].look() as (_, execute):
        execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}", ())
    assert one.penalise("a", 600) == 0
    assert other.acquire() == "b"
    assert other.penalise("b", 600) == pytest.approx(600, abs=5)
    with pytest.raises(RateLimited):
        one.acquire()
    for ledger in ledgers:
        ledger.close()

"""Tokens and links that outlive a task."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from store_samples import DEPLOYMENT, T0, Clock

from ml_connector.domain.errors import ConcurrentEdit, RetryableError
from ml_connector.mapping.links import SupplierLink
from ml_connector.store.database import Database
from ml_connector.store.engine import reading
from ml_connector.store.tables import token
from ml_connector.store.tokens import SqlTokenStore
from ml_connector.transport.auth import Token

INCLUDE = Path(__file__).parents[3] / "include"
TOKEN = Token("access-geheim", "refresh-geheim", T0 + dt.timedelta(hours=1), T0)


def test_a_token_comes_back_and_is_sealed(database: Database) -> None:
    """A token is what it was for who knows the secret, and unreadable in the database itself."""
    store = database.token_store("secret-geheim")
    assert store.load("acumatica_default") is None
    store.save("acumatica_default", Token("old", None, T0))
    store.save("acumatica_default", TOKEN)
    assert store.load("acumatica_default") == TOKEN
    with reading(database.engine) as connection:
        (row,) = connection.execute(select(token)).all()
    assert "geheim" not in str(row) + repr(store)


def test_a_changed_secret_makes_the_token_void(database: Database) -> None:
    """After the connection's secret has changed there is no token, so a new one is asked for."""
    database.token_store("one").save("a", TOKEN)
    assert database.token_store("two").load("a") is None


def test_one_signs_in_while_the_other_waits(database: Database, clock: Clock) -> None:
    """Who comes second waits, and gives up with a retryable error when it takes too long."""
    waits: list[float] = []
    first = database.token_store("s")
    second = SqlTokenStore(database.engine, "s", 1, clock.now, waits.append)
    with first.locked("a"):
        with pytest.raises(RetryableError, match="a: another worker"), second.locked("a"):
            pass
        assert sum(waits) >= 1
        with second.locked("b"):
            pass
    with second.locked("a"):
        pass


def test_a_lock_ends_by_itself(database: Database, clock: Clock) -> None:
    """A holder that vanished on another machine holds up the others only until its lease ends."""

    def wait(_seconds: float) -> None:
        clock.time += dt.timedelta(minutes=1)

    second = SqlTokenStore(database.engine, "s", 120, clock.now, wait)
    with database.token_store("s").locked("a"), second.locked("a"):
        assert clock.now() > dt.datetime(2026, 11, 1, 0, 5, tzinfo=dt.timezone.utc)


HOLDER = """
import sys
from ml_connector.store.database import Database
with Database(sys.argv[1]).token_store("s").locked("a"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_killed_holder_frees_the_lock_at_once(database: Database, empty_url: str) -> None:
    """A worker killed while it signed in holds up nobody on the same machine."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, empty_url],
        env={"PYTHONPATH": str(INCLUDE)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as worker:  # fmt: skip
        assert worker.stdout is not None
        assert worker.stdout.readline() == "held\n"
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    waits: list[float] = []
    with SqlTokenStore(database.engine, "s", 0, sleep=waits.append).locked("a"):
        assert waits == []


def test_a_link_is_seen_from_both_sides(database: Database) -> None:
    """A link is found by either key, and adding it again, however it was found, is no error."""
    links = database.links(DEPLOYMENT)
    link = SupplierLink(cin7_key="S1", partner_key="V1", how="name")
    links.add(link)
    links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="created"))
    assert links.by("cin7") == {"S1": link}
    assert links.by("acumatica") == {"V1": link}
    assert database.links("other").by("cin7") == {}


@pytest.mark.parametrize(("cin7", "partner"), [("S1", "V2"), ("S2", "V1")])
def test_a_supplier_is_linked_once(database: Database, cin7: str, partner: str) -> None:
    """Neither side of a link can be linked to another supplier until the link is removed."""
    links = database.links(DEPLOYMENT)
    links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    other = SupplierLink(cin7_key=cin7, partner_key=partner, how="code")
    with pytest.raises(ConcurrentEdit, match=r"S1 \(cin7\) = V1"):
        links.add(other)
    assert links.remove("S1")
    assert not links.remove("S1")
    links.add(other)
    assert links.by("cin7") == {cin7: other}

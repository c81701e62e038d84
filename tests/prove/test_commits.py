"""The proof sees each commit of the connector's database, whatever other threads do meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from prove.commits import watch
from prove.trip import Switch, Trip, Trouble
from sqlalchemy import Engine, create_engine, text

from ml_connector.store.engine import engine_for, reading, writing


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with two tables, whose commits the proof watches."""
    address = f"sqlite:///{tmp_path / 'connector.db'}"
    plain = create_engine(address)
    with plain.begin() as connection:
        connection.execute(text("CREATE TABLE mlc_link (key TEXT)"))
        connection.execute(text("CREATE TABLE mlc_document (key TEXT)"))
    plain.dispose()
    watched = engine_for(address)
    watch(watched, Trouble())
    yield watched
    watched.dispose()


@pytest.fixture
def trip() -> Iterator[Trip]:
    """An attempt of a task in which nothing goes wrong."""
    Switch.trip = Trip("suppliers.load", None, Trouble(), {})
    yield Switch.trip
    Switch.trip = None


def test_a_read_that_ends_meanwhile_hides_no_commit(engine: Engine, trip: Trip) -> None:
    """Details are read by several threads: one may end its read while another has written and not committed yet."""

    def read() -> None:
        with reading(engine) as connection:
            connection.execute(text("SELECT key FROM mlc_link")).all()

    with writing(engine) as connection:
        connection.execute(text("INSERT INTO mlc_link VALUES ('a')"))
        other = threading.Thread(target=read)
        other.start()
        other.join()
    assert [one.what for one in trip.noted] == ["commit link"]


def test_what_was_rolled_back_is_no_part_of_the_next_commit(engine: Engine, trip: Trip) -> None:
    """A transaction that failed leaves nothing behind."""

    def fail() -> None:
        with writing(engine) as connection:
            connection.execute(text("DELETE FROM mlc_link"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO mlc_document VALUES ('a')"))
    assert [one.what for one in trip.noted] == ["commit document"]

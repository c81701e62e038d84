"""How often the connector failed over a document, as the journal remembers it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text
from store_samples import DEPLOYMENT, FLOW, HOUR, RUN, Clock, order

from ml_connector.domain.status import Outcome
from ml_connector.store.database import Database
from ml_connector.store.engine import reading, writing
from ml_connector.store.journal import SqlJournal
from ml_connector.store.reviews import TEXTS, state_of
from ml_connector.store.tables import document
from ml_connector.sync.stores import Failure


def journal(database: Database, run: str) -> SqlJournal:
    return database.journal(DEPLOYMENT, FLOW, run)


def failed(database: Database, runs: int) -> None:
    for number in range(runs):
        at = journal(database, f"run {number}")
        at.count_failure("P1", "abc")
        at.conclude("P1", Outcome.FAILED, label="order P1", document=order())


def test_runs_are_counted_and_not_tries(database: Database) -> None:
    """A task that is retried or cleared counts once; another content begins anew."""
    first, second = journal(database, "a"), journal(database, "b")
    assert [first.count_failure("P1", "abc") for _ in range(3)] == [1, 1, 1]
    assert second.count_failure("P1", "abc") == 2
    assert second.failures() == {"P1": Failure("abc", 2)}
    assert second.count_failure("P1", "changed") == 1


@pytest.mark.parametrize(("outcome", "left"), [(Outcome.CREATED, 0), (Outcome.UNCHANGED, 0), (Outcome.HELD, 2)])
def test_what_is_done_is_forgotten(database: Database, outcome: Outcome, left: int) -> None:
    """Success ends the count; being held does not."""
    failed(database, 2)
    journal(database, RUN).conclude("P1", outcome, label="order P1", document=order())
    assert sum(one.runs for one in journal(database, RUN).failures().values()) == left


def test_a_release_ends_the_count(database: Database, clock: Clock) -> None:
    """What a person released is tried again as if it had never failed."""
    failed(database, 3)
    clock.time += HOUR
    with reading(database.engine) as connection:
        row: Any = connection.execute(select(document, *TEXTS).where(document.c.key == "P1")).mappings().one()
    database.reviews(DEPLOYMENT).release(FLOW, {"P1": state_of(row)}, by="ann")
    clock.time += HOUR
    assert journal(database, RUN).failures() == {}
    assert journal(database, RUN).count_failure("P1", "abc") == 1
    assert journal(database, RUN).failures() == {"P1": Failure("abc", 1)}


def test_a_staged_document_that_cannot_be_read_back_is_held(database: Database) -> None:
    """What another release staged in a shape not known here stops nobody: the others are read, and it is told."""
    staging = database.staging(DEPLOYMENT, FLOW, RUN)
    staging.begin()
    staging.add([order("P1"), order("P2", hours=1), order("P3", hours=2)])
    with writing(database.engine) as connection:
        connection.execute(text("UPDATE mlc_staged_document SET document = '{\"odd\": 1}' WHERE key = 'P2'"))
    rows = list(staging.all())
    assert [row.document is None for row in rows] == [False, True, False]
    assert "cannot be read back" in rows[1].findings[0].message


def test_what_the_database_refuses_is_a_value_error(database: Database) -> None:
    """A value that does not fit is a matter of one document, not of the database."""
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite takes any value in any column")
    with pytest.raises(ValueError, match="connector's database"), writing(database.engine) as connection:
        connection.execute(text("SELECT CAST('x' AS integer)"))

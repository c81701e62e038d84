"""Whose books a deployment keeps: stored once, and not those of another deployment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from store_samples import HOUR, Clock, order

from ml_connector.domain.status import Progress
from ml_connector.store.columns import from_json
from ml_connector.store.database import Database
from ml_connector.store.identities import Identity, known
from ml_connector.store.tables import audit_entry
from ml_connector.sync.ports import TargetRef

MINE = {"cin7": Identity("Host, account A", "none"), "qad": Identity("qad.example, domain D", "none")}
OLD, NEW = "cin7_qad", "cin7_qad__nz"


def test_what_was_stored_first_stays(database: Database, clock: Clock) -> None:
    """Since when, too; a later run with another company changes nothing."""
    store = database.identities(OLD)
    assert store.keep(MINE) is None
    since, clock.time = clock.time, clock.time + HOUR
    assert store.keep({**MINE, "cin7": Identity("host, account B", "other")}) is None
    assert {one.system: (one.identity, one.since) for one in store.stored().values()} == {
        system: (one, since) for system, one in MINE.items()
    }


def test_two_tasks_may_store_at_once(database: Database) -> None:
    """One stores; the others find it there."""
    store = database.identities(OLD)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _n: store.keep(MINE), range(8))) == [None] * 8
    assert len(known(database.engine)) == 2


def test_a_deployment_that_has_nothing_is_not_to_begin_with_the_books_of_another(database: Database) -> None:
    """It is that one under a new name: nothing is stored, and the other is named; letters' case does not count."""
    database.identities(OLD).keep(MINE)
    named = {**MINE, "cin7": Identity("host, account a", "none")}
    twin = database.identities(NEW).keep(named)
    assert twin is not None
    assert (twin.deployment, len(known(database.engine))) == (OLD, 2)


@pytest.mark.parametrize(
    "other",
    [
        {"cin7": Identity("Host, account A", "location North")},
        {"cin7": Identity("Host, account B", "none")},
        {"qad": Identity("qad.example, domain E", "none")},
    ],
)
def test_other_options_or_another_system_are_a_deployment_of_its_own(
    database: Database, other: dict[str, Identity]
) -> None:
    """Two deployments of one pair may share accounts where their options differ."""
    database.identities(OLD).keep(MINE)
    assert database.identities(NEW).keep({**MINE, **other}) is None
    assert len(known(database.engine)) == 4


def test_the_options_of_today_are_compared(database: Database) -> None:
    """A deployment whose options were changed since is still known under a new name."""
    today = {**MINE, "cin7": Identity("Host, account A", "location North")}
    database.identities(OLD).keep(MINE)
    database.identities(OLD).keep(today)
    assert database.identities(NEW).keep(MINE) is None
    assert database.identities("cin7_qad__uk").keep(today) is not None


def test_one_that_has_written_keeps_what_it_has(database: Database) -> None:
    """From before this was stored: two deployments of the same books go on, and one that only waits does not count."""
    database.identities(OLD).keep(MINE)
    journal = database.journal(NEW, "purchase_orders", "r")
    with journal.lock("P1"):
        journal.advance("P1", Progress.SENT, document=order(), label="order")
    assert database.identities(NEW).keep(MINE) is not None
    with journal.lock("P1"):
        journal.advance("P1", Progress.VERIFIED, ref=TargetRef(key="PO/1", number="1"), document=order(), label="order")
    assert database.identities(NEW).keep(MINE) is None


def test_what_a_person_accepts_is_stored_and_told(database: Database, clock: Clock) -> None:
    """Of the systems named; the trail has who, what it was and what it is."""
    store = database.identities(OLD)
    store.keep(MINE)
    clock.time += HOUR
    store.accept({"cin7": Identity("new host, account A", "none")}, by="ann")
    store.accept(MINE | {"cin7": Identity("new host, account A", "none")}, by="bob")  # nothing new
    stored = store.stored()
    assert (stored["cin7"].identity.text, stored["cin7"].since) == ("new host, account A", clock.time)
    assert stored["qad"].identity == MINE["qad"]
    with database.engine.connect() as connection:
        (row,) = connection.execute(select(audit_entry).where(audit_entry.c.deployment == OLD)).all()
    assert (row.flow, row.run_id, row.step) == ("systems", "by hand", "accepted")
    detail = row.detail if isinstance(row.detail, dict) else from_json(row.detail)
    assert detail == {"by": "ann", "system": "cin7", "was": "Host, account A", "is": "new host, account A"}


def test_two_deployments_are_listed_in_order(database: Database) -> None:
    """All of them, or one."""
    database.identities(OLD).keep(MINE)
    database.identities(NEW).accept(MINE, by="ann")
    assert [(one.deployment, one.system) for one in known(database.engine)] == [
        (OLD, "cin7"), (OLD, "qad"), (NEW, "cin7"), (NEW, "qad"),
    ]  # fmt: skip
    assert {one.deployment for one in known(database.engine, NEW)} == {NEW}

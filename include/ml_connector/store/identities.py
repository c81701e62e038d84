"""Which company's books each system of a deployment is: what the deployment remembers is true of those alone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select, update

from ml_connector.store.audit import SqlAudit
from ml_connector.store.engine import alone, reading, upsert, writing
from ml_connector.store.leases import Now
from ml_connector.store.reviews import BY_HAND
from ml_connector.store.tables import document
from ml_connector.store.tables import identity as table

FLOW, STEP = "systems", "accepted"
"""Under which the audit trail keeps what a person has accepted."""


@dataclass(frozen=True)
class Identity:
    """What tells one company's books from another's.

    Args:
        text: as the system's own `identity` gives it; letters' case does not count.
        options: a digest of the options that the system is used with.
    """

    text: str
    options: str

    def is_same(self, text: str) -> bool:
        """Tell whether these are the same books."""
        return self.text.casefold() == text.casefold()


@dataclass(frozen=True)
class Known:
    """The books of one system as they are stored, since when."""

    deployment: str
    system: str
    identity: Identity
    since: dt.datetime


def known(engine: Engine, deployment: str | None = None) -> list[Known]:
    """Return what is stored of one deployment, or of all, in order."""
    with reading(engine) as connection:
        found = _stored(connection)
    return [one for one in found if deployment in (None, one.deployment)]


@dataclass(frozen=True)
class SqlIdentities:
    """The books of one deployment's systems."""

    engine: Engine
    deployment: str
    now: Now

    def stored(self) -> dict[str, Known]:
        """Return system → what is stored of it."""
        return {one.system: one for one in known(self.engine, self.deployment)}

    def keep(self, mine: Mapping[str, Identity]) -> Known | None:
        """Store what is not stored yet, and the options as they are now.

        A deployment that has neither stored nor written anything while another one has just these books and options
        is that one under a new name: then nothing is stored, and what is known of the other is returned.
        """
        with writing(self.engine) as connection:
            alone(connection, "identities")
            stored = _stored(connection)
            there = {one.system: one.identity for one in stored if one.deployment == self.deployment}
            twin = None if there or self._has_written(connection) else _twin(stored, mine)
            for system, one in mine.items() if twin is None else ():
                row = {"deployment": self.deployment, "system": system, "options": one.options}
                if system not in there:
                    connection.execute(insert(table).values(**row, identity=one.text, since=self.now()))
                elif there[system].is_same(one.text):
                    same = (table.c.deployment == self.deployment, table.c.system == system)
                    connection.execute(update(table).where(*same).values(options=one.options))
            return twin

    def accept(self, mine: Mapping[str, Identity], by: str) -> None:
        """Store these as the deployment's own, with an entry in the audit trail for each that is new."""
        now = self.now()
        with writing(self.engine) as connection:
            alone(connection, "identities")
            before = {one.system: one.identity for one in _stored(connection) if one.deployment == self.deployment}
            audit = SqlAudit(self.engine, self.deployment, FLOW, BY_HAND, self.now)
            for system, one in mine.items():
                was = before.get(system)
                if was == one:
                    continue
                row = {"deployment": self.deployment, "system": system, "identity": one.text, "options": one.options}
                upsert(connection, table, [{**row, "since": now}])
                told = {"by": by, "system": system, "was": was.text if was else None, "is": one.text}
                audit.write(connection, "", STEP, told)

    def _has_written(self, connection: Connection) -> bool:
        columns = document.c
        mine = (columns.deployment == self.deployment, columns.target_key.is_not(None))
        return connection.execute(select(columns.key).where(*mine).limit(1)).first() is not None


def _stored(connection: Connection) -> list[Known]:
    rows = connection.execute(select(table).order_by(table.c.deployment, table.c.system))
    return [Known(row.deployment, row.system, Identity(row.identity, row.options), row.since) for row in rows]


def _twin(stored: list[Known], mine: Mapping[str, Identity]) -> Known | None:
    """Return what is known of a deployment all of whose books and options are these; None when there is none."""
    others: dict[str, dict[str, Known]] = defaultdict(dict)
    for one in stored:
        others[one.deployment][one.system] = one
    for systems in others.values():
        if systems.keys() == mine.keys() and all(
            one.identity.is_same(mine[system].text) and one.identity.options == mine[system].options
            for system, one in systems.items()
        ):
            return next(iter(systems.values()))
    return None

"""The append-only trail: what was read, decided and written, by which run.

The entries of one document form a chain: each carries the hash of the one before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Text, and_, insert, literal, select, update

from ml_connector.store.chain import CHAINED, content_hash, entry_hash, start_of
from ml_connector.store.columns import storable, to_json
from ml_connector.store.engine import insert_missing, writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import audit_chain, audit_entry
from ml_connector.store.tables import pull as pull_table
from ml_connector.sync.ports import Pull


@dataclass(frozen=True)
class SqlAudit:
    """The trail of one flow of one run."""

    engine: Engine
    deployment: str
    flow: str
    run_id: str
    now: Now = utc_now

    def pull(self, pull: Pull) -> None:
        """Record one list read."""
        row = {
            **self._run(),
            "system": pull.system,
            "entity": pull.entity,
            "query": pull.query,
            "started_at": pull.started_at,
            "finished_at": pull.finished_at,
            "row_count": pull.rows,
            "page_count": pull.pages,
        }
        with writing(self.engine) as connection:
            connection.execute(insert(pull_table).values(row))

    def note(self, key: str, step: str, detail: Mapping[str, Any]) -> None:
        """Record one step on one document (or on the flow, with key ``""``)."""
        with writing(self.engine) as connection:
            self.write(connection, key, step, detail)

    def write(self, connection: Connection, key: str, step: str, detail: Mapping[str, Any]) -> None:
        """Record one step within the caller's transaction: the step and its entry are one.

        The chain's row is locked until that transaction ends, so that no two entries follow the same one.
        """
        chain = {"deployment": self.deployment, "flow": self.flow, "key": key}
        seq, previous = _head(connection, chain)
        text = storable(to_json(dict(detail)))
        row = {**self._run(), "at": self.now(), "key": key, "step": step, "detail": text, "scheme": CHAINED}
        made = entry_hash(previous, seq + 1, content_hash(row))
        link = {"detail": literal(text, Text()), "seq": seq + 1, "previous": previous, "hash": made}
        connection.execute(insert(audit_entry).values({**row, **link}))
        grown = {"seq": seq + 1, "hash": made, "is_anchored": False}
        connection.execute(update(audit_chain).where(_is(chain)).values(grown))

    def _run(self) -> dict[str, str]:
        return {"deployment": self.deployment, "flow": self.flow, "run_id": self.run_id}


def _head(connection: Connection, chain: Mapping[str, str]) -> tuple[int, str]:
    """Return number and hash of the chain's last entry, its row locked; a new chain is begun."""
    query = select(audit_chain.c.seq, audit_chain.c.hash).where(_is(chain)).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        new = {**chain, "seq": 0, "hash": start_of(**chain), "is_anchored": True}
        insert_missing(connection, audit_chain, new)
        row = connection.execute(query).one()
    return row[0], row[1]


def _is(chain: Mapping[str, str]) -> Any:
    return and_(*(audit_chain.c[name] == value for name, value in chain.items()))

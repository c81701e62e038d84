"""The append-only trail: what was read, decided and written, by which run.

The entries of one document form a chain: each carries the hash of the one before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Text, and_, bindparam, insert, select, update

from ml_connector.store.chain import CHAINED, content_hash, entry_hash, start_of
from ml_connector.store.columns import storable, to_json
from ml_connector.store.engine import insert_missing, writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.seals import ring_of, seal_changes
from ml_connector.store.tables import audit_chain, audit_entry
from ml_connector.store.tables import pull as pull_table
from ml_connector.sync.ports import Pull

_OF_CHAIN = and_(*(audit_chain.c[name] == bindparam(f"of_{name}") for name in ("deployment", "flow", "key")))
_HEAD = select(audit_chain.c.seq, audit_chain.c.hash).where(_OF_CHAIN).with_for_update()
_GROWN = update(audit_chain).where(_OF_CHAIN)
_ENTRY = insert(audit_entry).values(detail=bindparam("text", type_=Text()))
"""Statements made once: three are run at each step of each document."""


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
        mine = {f"of_{name}": value for name, value in chain.items()}
        seq, previous = _head(connection, chain, mine)
        text = storable(to_json(seal_changes(ring_of(connection.dialect), detail, to_json)))
        row = {**self._run(), "at": self.now(), "key": key, "step": step, "scheme": CHAINED}
        made = entry_hash(previous, seq + 1, content_hash({**row, "detail": text}))
        link = {"text": text, "seq": seq + 1, "previous": previous, "hash": made}
        connection.execute(_ENTRY, {**row, **link})
        grown = {"seq": seq + 1, "hash": made, "is_anchored": False}
        connection.execute(_GROWN, {**mine, **grown})

    def _run(self) -> dict[str, str]:
        return {"deployment": self.deployment, "flow": self.flow, "run_id": self.run_id}


def _head(connection: Connection, chain: Mapping[str, str], mine: Mapping[str, str]) -> tuple[int, str]:
    """Return number and hash of the chain's last entry, its row locked; a new chain is begun."""
    row = connection.execute(_HEAD, mine).one_or_none()
    if row is None:
        new = {**chain, "seq": 0, "hash": start_of(**chain), "is_anchored": True}
        insert_missing(connection, audit_chain, new)
        row = connection.execute(_HEAD, mine).one()
    return row[0], row[1]

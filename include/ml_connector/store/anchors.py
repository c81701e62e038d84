"""Anchors: at the end of each run one record over the heads of all chains that grew, chained to the one before.

A chain that was cut short or taken away as a whole no longer shows the head that an anchor says it had. Signed with
a key that is not in the database, an anchor proves all anchors before it, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from ml_connector.store.chain import Heads, SigningKey, anchor_hash, first_anchor
from ml_connector.store.engine import alone, writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import audit_anchor, audit_chain, audit_head

_CHUNK = 1000


@dataclass(frozen=True)
class Anchor:
    """An anchor made: write its number and hash down outside of the database, to notice that later ones are gone."""

    number: int
    hash: str
    heads: int
    signed: bool

    def __str__(self) -> str:
        """Return e.g. ``12:9f86d0…``, as ``audit verify --expect`` takes it."""
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True)
class Anchors:
    """The anchors of one deployment.

    Args:
        key: signs them; None leaves them unsigned.
    """

    engine: Engine
    deployment: str
    key: SigningKey | None = None
    now: Now = utc_now

    def add(self, run_id: str) -> Anchor | None:
        """Anchor every chain that grew since it was last anchored, whoever made it grow; None when there is none."""
        with writing(self.engine) as connection:
            alone(connection, f"audit anchors of {self.deployment}")
            number, previous = self.last(connection)
            heads = Heads()
            for rows in self._grown(connection, number + 1):
                for row in rows:
                    heads.add(row)
                connection.execute(insert(audit_head), rows)
            if not heads.count:
                return None
            return self.store(connection, number + 1, previous, heads, {"run_id": run_id, "removed_before": None})

    def store(
        self, connection: Connection, number: int, previous: str, heads: Heads, what: Mapping[str, Any]
    ) -> Anchor:
        """Store the anchor over `heads`, which stand in their table already, signed."""
        row = {**what, "deployment": self.deployment, "number": number, "at": self.now(), "previous": previous}
        row |= {"heads": heads.count, "heads_hash": heads.hash()}
        row["hash"] = anchor_hash(row)
        row["signature"] = self.key.sign(row["hash"]) if self.key else ""
        row["signed_with"] = self.key.name if self.key else ""
        connection.execute(insert(audit_anchor).values(row))
        return Anchor(number, row["hash"], heads.count, signed=self.key is not None)

    def last(self, connection: Connection) -> tuple[int, str]:
        """Return number and hash of the last anchor; 0 and the beginning of the chain when there is none."""
        columns = audit_anchor.c
        query = select(columns.number, columns.hash).where(columns.deployment == self.deployment)
        row = connection.execute(query.order_by(columns.number.desc()).limit(1)).one_or_none()
        return (0, first_anchor(self.deployment)) if row is None else (row[0], row[1])

    def _grown(self, connection: Connection, number: int) -> Iterable[list[dict[str, Any]]]:
        """Yield the heads that no anchor covers, a chunk at a time, marked as covered."""
        columns = audit_chain.c
        mine = columns.deployment == self.deployment
        open_ones = select(audit_chain).where(mine, columns.is_anchored.is_(False)).limit(_CHUNK).with_for_update()
        positions = count(1)
        while chains := connection.execute(open_ones).mappings().all():
            yield [self._head(row, number, next(positions)) for row in chains]
            is_row = mine & (columns.flow == bindparam("in_flow")) & (columns.key == bindparam("with_key"))
            done = update(audit_chain).where(is_row).values(is_anchored=True)
            connection.execute(done, [{"in_flow": row["flow"], "with_key": row["key"]} for row in chains])

    def _head(self, chain: Mapping[Any, Any], number: int, position: int) -> dict[str, Any]:
        told = {name: chain[name] for name in ("deployment", "flow", "key", "seq", "hash")}
        return {**told, "number": number, "position": position, "removed": 0}

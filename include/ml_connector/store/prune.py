"""Retention of the audit trail: old entries go, and a signed tombstone stays for each document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

from sqlalchemy import Engine, Select, and_, delete, func, insert, or_, select

from ml_connector.domain.errors import ConfigurationError
from ml_connector.store.anchors import Anchor, Anchors
from ml_connector.store.audit import SqlAudit
from ml_connector.store.chain import Heads, SigningKey
from ml_connector.store.engine import alone, writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import audit_anchor, audit_entry, audit_head
from ml_connector.store.verify import stream, verify

FLOW = "audit"
"""Flow under which a removal is told in the trail."""
_CHUNK = 1000
_AT_A_TIME = 5000


@dataclass(frozen=True)
class Pruned:
    """What went: entries of how many documents, and the anchor that has their tombstones."""

    entries: int
    documents: int
    anchor: Anchor | None


@dataclass(frozen=True)
class Retention:
    """The removal of old entries of one deployment.

    Args:
        key: signs the tombstones.
        older: keys that signed earlier; the trail must be proven by one of all these before anything goes.
    """

    engine: Engine
    deployment: str
    key: SigningKey
    now: Now = utc_now
    older: tuple[SigningKey, ...] = ()

    def prune(self, before: dt.datetime, author: str) -> Pruned:
        """Remove the entries from before then that no younger one of their document precedes.

        A document's place, its last removed hash and their number stay, in an anchor of their own. A removal that
        was killed is finished by the next one.

        Raises:
            ConfigurationError: the trail is broken or not signed, which must be looked into first; or the time is
                not past.
        """
        if before > self.now():
            raise ConfigurationError("retention removes what is past; give a day that has been")
        verdict = verify(self.engine, self.deployment, [self.key, *self.older])
        if not verdict.good:
            first = verdict.problems[0]
            raise ConfigurationError(f"the trail of {self.deployment} is broken, so nothing was removed: {first}")
        anchor = self._bury(before, author)
        return Pruned(self._remove(), anchor.heads if anchor else 0, anchor)

    def _bury(self, before: dt.datetime, author: str) -> Anchor | None:
        """Store the tombstones, all under one signed anchor."""
        anchors = Anchors(self.engine, self.deployment, self.key, self.now)
        run_id = f"retention {self.now():%Y-%m-%d}"
        audit = SqlAudit(self.engine, self.deployment, FLOW, run_id, self.now)
        audit.note("", "entries removed", {"before": before, "author": author})
        anchors.add(run_id)
        with writing(self.engine) as connection:
            alone(connection, f"audit anchors of {self.deployment}")
            number, previous = anchors.last(connection)
            heads, positions = Heads(), count(1)
            rows = iter(stream(connection, self._old(before)))
            while chunk := [self._tombstone(row, number + 1, next(positions)) for row in islice(rows, _CHUNK)]:
                for row in chunk:
                    heads.add(row)
                connection.execute(insert(audit_head), chunk)
            if not heads.count:
                return None
            what = {"run_id": run_id, "removed_before": before}
            return anchors.store(connection, number + 1, previous, heads, what)

    def _old(self, before: dt.datetime) -> Select[Any]:
        """Return of each document the last entry that goes, and how many go."""
        entry = audit_entry.alias()
        mine = entry.c.deployment == self.deployment
        young = select(entry.c.flow, entry.c.key, func.min(entry.c.seq).label("seq"))
        kept = young.where(mine, entry.c.at >= before).group_by(entry.c.flow, entry.c.key).subquery()
        same = and_(entry.c.flow == kept.c.flow, entry.c.key == kept.c.key)
        numbers = select(entry.c.flow, entry.c.key, func.max(entry.c.seq).label("seq"), func.count().label("removed"))
        old = numbers.select_from(entry.outerjoin(kept, same)).where(
            mine, or_(kept.c.seq.is_(None), entry.c.seq < kept.c.seq)
        )
        gone = old.group_by(entry.c.flow, entry.c.key).subquery()
        last = and_(audit_entry.c.flow == gone.c.flow, audit_entry.c.key == gone.c.key, audit_entry.c.seq == gone.c.seq)
        told = select(gone, audit_entry.c.hash).join(audit_entry, last)
        return told.where(audit_entry.c.deployment == self.deployment).order_by(gone.c.flow, gone.c.key)

    def _tombstone(self, row: Any, number: int, position: int) -> dict[str, Any]:
        told = {name: row[name] for name in ("flow", "key", "seq", "hash", "removed")}
        return {**told, "deployment": self.deployment, "number": number, "position": position}

    def _remove(self) -> int:
        """Delete what has a tombstone, some at a time, and the heads that are no longer needed."""
        removed = sum(self._batches())
        head, anchor = audit_head.c, audit_anchor.c
        mine = anchor.deployment == self.deployment
        forgotten = select(func.max(anchor.removed_before)).where(mine).scalar_subquery()
        old = select(anchor.number).where(mine, anchor.at < forgotten, anchor.removed_before.is_(None))
        gone = delete(audit_head).where(head.deployment == self.deployment, head.removed == 0, head.number.in_(old))
        with writing(self.engine) as connection:
            connection.execute(gone)
        return removed

    def _batches(self) -> Iterator[int]:
        entry, head = audit_entry.c, audit_head.c
        same = and_(*(entry[name] == head[name] for name in ("deployment", "flow", "key")))
        buried = select(entry.id).join(audit_head, and_(same, head.removed > 0, head.seq >= entry.seq))
        some = buried.where(entry.deployment == self.deployment).distinct().limit(_AT_A_TIME)
        while True:
            with writing(self.engine) as connection:
                gone = connection.execute(delete(audit_entry).where(entry.id.in_(some))).rowcount
            if not gone:
                return
            yield gone

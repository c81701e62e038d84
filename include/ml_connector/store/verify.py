"""Proves one deployment's audit trail unbroken, or names the first bad entry of each document.

Everything is streamed from one state of the database, so that a million entries need no more memory than a thousand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Select, Text, and_, exists, func, select, type_coerce

from ml_connector.store.chain import MIGRATED, SigningKey, content_hash, entry_hash, start_of
from ml_connector.store.engine import reading
from ml_connector.store.tables import audit_anchor, audit_chain, audit_entry, audit_head
from ml_connector.store.verdict import Problem, Verdict, Wrong
from ml_connector.store.verify_anchors import AnchorCheck

_CHUNK = 1000
_FARTHEST = 200
"""How far a moved entry is looked for."""


@dataclass(frozen=True)
class Part:
    """Which part of a trail an export holds.

    Args:
        start: the span's beginning; a document may begin before it, but nothing of the span is left out.
        anchors: numbers of the first and the last anchor whose heads are in it.
    """

    start: dt.datetime | None
    anchors: tuple[int, int]


@contextmanager
def one_state(engine: Engine) -> Iterator[Connection]:
    """Give a connection all of whose queries see the same state."""
    with reading(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def stream(connection: Connection, query: Select[Any]) -> Iterator[Mapping[Any, Any]]:
    """Yield rows a thousand at a time from the database's own cursor."""
    yield from connection.execute(query, execution_options={"yield_per": _CHUNK}).mappings()


def deployments(engine: Engine) -> list[str]:
    """Return the deployments that have a trail."""
    with one_state(engine) as connection:
        found = {
            name
            for table in (audit_chain, audit_entry, audit_anchor)
            for name in connection.execute(select(table.c.deployment).distinct()).scalars()
        }
    return sorted(found)


def verify(
    engine: Engine,
    deployment: str,
    keys: Sequence[SigningKey] = (),
    *,
    expect: tuple[int, str] | None = None,
    part: Part | None = None,
) -> Verdict:
    """Return what is wrong with the trail of `deployment`.

    Args:
        engine: the database.
        deployment: its DAG id.
        keys: the last anchor must be signed with one of them; none leaves signatures unchecked.
        expect: number and hash of an anchor written down earlier, which must still be there.
        part: for an export, what it holds; None is the whole trail.
    """
    verdict = Verdict(deployment)
    with one_state(engine) as connection:
        told = part.anchors if part else None
        AnchorCheck(connection, verdict, {key.name: key for key in keys}, expect, told).run()
        _Check(connection, deployment, verdict, part).run()
    return verdict


@dataclass
class _Check:
    """Walks all chains; `previous` and `seq` are those of the last entry seen, `flow` and `key` its document."""

    connection: Connection
    deployment: str
    verdict: Verdict
    part: Part | None
    flow: str = ""
    key: str = ""
    seq: int = 0
    previous: str = ""
    before: str = ""
    last: Mapping[Any, Any] = field(default_factory=dict)

    def run(self) -> None:
        """Walk the entries, then look for what is no longer there."""
        for row in stream(self.connection, _entries(self.deployment)):
            if self.last.get("id") != row["id"]:
                self._entry(row)
            if row["head_hash"] not in (None, row["hash"]):
                said = f"anchor {row['head_number']} says otherwise: it, or one before it, was edited"
                self._wrong(Wrong.EDITED, row["seq"], f"{said} and the chain calculated anew", row["id"])
        self._lost_heads()
        if self.part is None:
            self._lost_tails()
            self._strangers()
            self._count_unanchored()

    # --- each entry ---

    def _entry(self, row: Mapping[Any, Any]) -> None:
        if not self.last or (row["flow"], row["key"]) != (self.flow, self.key):
            self._begin(row)
        self.verdict.entries += 1
        self.verdict.migrated += row["scheme"] == MIGRATED
        self._check(row)
        self.seq, self.before, self.previous, self.last = row["seq"], self.previous, row["hash"], row

    def _begin(self, row: Mapping[Any, Any]) -> None:
        """Begin a document's chain: at its first entry, or behind those that retention removed."""
        self.flow, self.key, self.last = row["flow"], row["key"], {}
        self.verdict.documents += 1
        self.seq, self.before = 0, ""
        self.previous = start_of(self.deployment, self.flow, self.key)
        if row["seq"] == 1:
            return
        tombstone = self._tombstone(row["seq"] - 1)
        if tombstone is not None:
            self.seq = row["seq"] - 1
            self.previous = tombstone["hash"] if tombstone["seq"] == self.seq else row["previous"]
        elif self.part is not None and (self.part.start is None or row["at"] < self.part.start):
            self.seq, self.previous = row["seq"] - 1, row["previous"]

    def _tombstone(self, seq: int) -> Mapping[Any, Any] | None:
        columns = audit_head.c
        mine = and_(columns.deployment == self.deployment, columns.flow == self.flow, columns.key == self.key)
        query = select(columns.seq, columns.hash).where(mine, columns.removed > 0, columns.seq >= seq)
        return self.connection.execute(query.order_by(columns.seq).limit(1)).mappings().one_or_none()

    def _check(self, row: Mapping[Any, Any]) -> None:
        content, seq = content_hash(row), row["seq"]
        if entry_hash(row["previous"], seq, content) != row["hash"]:
            self._diagnose(row, content)
        elif seq > self.seq + 1:
            gone = f"entry {self.seq + 1}" if seq == self.seq + 2 else f"entries {self.seq + 1} to {seq - 1}"
            self._wrong(Wrong.DELETED, self.seq + 1, f"{gone} of {seq} no longer there")
        elif seq <= self.seq:
            self._wrong(Wrong.INSERTED, seq, "its number is there twice", row["id"])
        elif row["previous"] != self.previous:
            self._unlinked(row)
        elif self.last and row["id"] <= self.last["id"]:
            said = f"its id is not above {self.last['id']}, that of the entry before it"
            self._wrong(Wrong.REORDERED, seq, said, row["id"])

    def _unlinked(self, row: Mapping[Any, Any]) -> None:
        """Tell which of two entries is wrong that are each whole but do not belong behind each other."""
        if self.last:
            said = f"the entry after it knows it by another hash ({row['previous'][:12]}…)"
            self._wrong(Wrong.EDITED, self.seq, f"{said}: edited, and its hash calculated anew", self.last["id"])
        else:
            self._wrong(Wrong.EDITED, row["seq"], "it does not begin this document's chain", row["id"])

    def _diagnose(self, row: Mapping[Any, Any], content: str) -> None:
        """Tell what happened to an entry whose hash is not that of its content and place."""
        seq = row["seq"]
        places = range(max(1, seq - _FARTHEST), seq + _FARTHEST)
        place = next((one for one in places if entry_hash(row["previous"], one, content) == row["hash"]), None)
        if place is None and self._has_successor(row):
            self._wrong(Wrong.INSERTED, seq, "another entry is the one after the entry before it", row["id"])
        elif place is None:
            self._wrong(Wrong.EDITED, seq, "its content is not what its hash says", row["id"])
        elif self.last and row["previous"] == self.before:
            self._wrong(Wrong.INSERTED, self.seq, f"the entry after it was entry {place}", self.last["id"])
        elif row["previous"] == self.previous or self._has(row["previous"]):
            self._wrong(Wrong.REORDERED, seq, f"it was entry {place}", row["id"])
        else:
            self._wrong(Wrong.DELETED, place - 1, f"no longer there; the entry after it was renumbered to {seq}")

    def _has(self, hash_: str) -> bool:
        """Tell whether an entry of this document has that hash."""
        return self._there_is(audit_entry.c.hash == hash_)

    def _has_successor(self, row: Mapping[Any, Any]) -> bool:
        """Tell whether another entry than `row` follows the last one seen."""
        return self._there_is((audit_entry.c.previous == self.previous) & (audit_entry.c.id != row["id"]))

    def _there_is(self, condition: Any) -> bool:
        columns = audit_entry.c
        mine = and_(columns.deployment == self.deployment, columns.flow == self.flow, columns.key == self.key)
        return bool(self.connection.execute(select(exists().where(mine, condition))).scalar())

    # --- what is no longer there, or was never written by us ---

    def _lost_heads(self) -> None:
        """Find the heads that anchors know and no entry shows, and no tombstone either."""
        later = audit_head.alias()
        known = exists().where(_same(audit_entry, audit_head), audit_entry.c.seq == audit_head.c.seq)
        buried = exists().where(_same(later, audit_head), later.c.seq >= audit_head.c.seq, later.c.removed > 0)
        query = select(audit_head).where(audit_head.c.deployment == self.deployment, audit_head.c.removed == 0)
        for row in stream(self.connection, query.where(~known, ~buried).order_by(audit_head.c.number)):
            said = f"no longer there, as is all behind it; anchor {row['number']} knows it"
            self._wrong_in(row, Wrong.DELETED, row["seq"], said)

    def _lost_tails(self) -> None:
        """Find the documents whose last entry is not the one that the next would follow."""
        chain, head = audit_chain.c, audit_head.c
        whole = exists().where(
            _same(audit_entry, audit_chain), audit_entry.c.seq == chain.seq, audit_entry.c.hash == chain.hash
        )
        buried = exists().where(
            _same(audit_head, audit_chain), head.seq == chain.seq, head.hash == chain.hash, head.removed > 0
        )
        there = exists().where(_same(audit_entry, audit_chain), audit_entry.c.seq == chain.seq)
        query = select(audit_chain, there.label("there")).where(chain.deployment == self.deployment, chain.seq > 0)
        for row in stream(self.connection, query.where(~whole, ~buried)):
            wrong = Wrong.EDITED if row["there"] else Wrong.DELETED
            said = "is not the entry that was written" if row["there"] else "no longer there: the end was cut off"
            self._wrong_in(row, wrong, row["seq"], f"{said} (mlc_audit_chain knows {row['hash'][:12]}…)")
        anchored = exists().where(_same(audit_head, audit_chain), head.seq == chain.seq, head.hash == chain.hash)
        query = select(audit_chain).where(chain.deployment == self.deployment, chain.is_anchored, chain.seq > 0)
        for row in stream(self.connection, query.where(~anchored)):
            self._wrong_in(row, Wrong.DELETED, row["seq"], "it was anchored, and no anchor knows it any more")

    def _strangers(self) -> None:
        """Find entries behind the one that the connector wrote last."""
        known = exists().where(_same(audit_chain, audit_entry), audit_chain.c.seq >= audit_entry.c.seq)
        query = select(audit_entry).where(audit_entry.c.deployment == self.deployment, ~known)
        for row in stream(self.connection, query.order_by(audit_entry.c.id)):
            self._wrong_in(row, Wrong.INSERTED, row["seq"], "the connector did not write it", row["id"])

    def _count_unanchored(self) -> None:
        """Count the entries behind the last head of their document that an anchor knows."""
        covered = exists().where(_same(audit_head, audit_entry), audit_head.c.seq >= audit_entry.c.seq)
        chain = audit_chain.c
        open_ones = select(func.count()).select_from(audit_entry.join(audit_chain, _same(audit_entry, audit_chain)))
        query = open_ones.where(chain.deployment == self.deployment, chain.is_anchored.is_(False), ~covered)
        self.verdict.unanchored = self.connection.execute(query).scalar() or 0

    def _wrong(self, wrong: Wrong, seq: int, message: str, entry: int | None = None) -> None:
        self.verdict.add(Problem(wrong, self.flow, self.key, seq, message, entry))

    def _wrong_in(self, row: Mapping[Any, Any], wrong: Wrong, seq: int, message: str, entry: int | None = None) -> None:
        self.verdict.add(Problem(wrong, row["flow"], row["key"], seq, message, entry))


def _same(one: Any, other: Any) -> Any:
    """Return the condition that two tables' rows are of the same document."""
    return and_(*(one.c[name] == other.c[name] for name in ("deployment", "flow", "key")))


def _entries(deployment: str) -> Select[Any]:
    """Return the entries, document by document, each with the heads that anchors say it is."""
    columns = [column for column in audit_entry.c if column.name != "detail"]
    joined = audit_entry.outerjoin(audit_head, and_(_same(audit_entry, audit_head), _at_same_place()))
    order = (audit_entry.c.flow, audit_entry.c.key, audit_entry.c.seq, audit_entry.c.id)
    return (
        select(
            *columns,
            type_coerce(audit_entry.c.detail, Text()).label("detail"),
            audit_head.c.hash.label("head_hash"),
            audit_head.c.number.label("head_number"),
        )
        .select_from(joined)
        .where(audit_entry.c.deployment == deployment)
        .order_by(*order)
    )


def _at_same_place() -> Any:
    return audit_entry.c.seq == audit_head.c.seq

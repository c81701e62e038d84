"""Checks the anchors of a trail: unbroken, over just these heads, and signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, select

from ml_connector.store.chain import Heads, SigningKey, anchor_hash, first_anchor, same
from ml_connector.store.tables import audit_anchor, audit_head
from ml_connector.store.verdict import Problem, Verdict, Wrong

_CHUNK = 1000
Row = Mapping[Any, Any]


@dataclass
class AnchorCheck:
    """The check of one deployment's anchors.

    Args:
        keys: by name; empty leaves signatures unchecked.
        expect: number and hash of an anchor that must be there.
        told: for an export, the first and the last anchor whose heads it holds; those of a removal are always there.
    """

    connection: Connection
    verdict: Verdict
    keys: Mapping[str, SigningKey]
    expect: tuple[int, str] | None
    told: tuple[int, int] | None
    number: int = 0
    previous: str = ""
    proven: int = 0
    missed: bool = True

    def run(self) -> None:
        """Check every anchor, first to last."""
        self.previous = first_anchor(self.verdict.deployment)
        forgotten = self._forgotten_before()
        heads = self._heads()
        waiting: tuple[int, Heads, int] | None = next(heads, None)
        for row in self._anchors():
            while waiting is not None and waiting[0] < row["number"]:
                waiting = self._stray(waiting, heads)
            mine = waiting if waiting is not None and waiting[0] == row["number"] else None
            waiting = next(heads, None) if mine else waiting
            self._anchor(row)
            self._covered(row, mine, forgotten)
        while waiting is not None:
            waiting = self._stray(waiting, heads)
        self._end()

    def _anchors(self) -> Iterator[Row]:
        query = select(audit_anchor).where(audit_anchor.c.deployment == self.verdict.deployment)
        ordered = query.order_by(audit_anchor.c.number)
        yield from self.connection.execute(ordered, execution_options={"yield_per": _CHUNK}).mappings()

    def _heads(self) -> Iterator[tuple[int, Heads, int]]:
        """Yield the anchors that have heads: number, what the heads come to, and how many entries they removed."""
        columns = audit_head.c
        query = select(audit_head).where(columns.deployment == self.verdict.deployment)
        ordered = query.order_by(columns.number, columns.position)
        rows = self.connection.execute(ordered, execution_options={"yield_per": _CHUNK}).mappings()
        for number, group in groupby(rows, key=lambda row: int(row["number"])):
            heads, removed = Heads(), 0
            for row in group:
                heads.add(row)
                removed += row["removed"]
            yield number, heads, removed

    def _forgotten_before(self) -> dt.datetime | None:
        """Return the time before which retention may have removed what anchors cover."""
        columns = audit_anchor.c
        query = select(func.max(columns.removed_before)).where(columns.deployment == self.verdict.deployment)
        found: dt.datetime | None = self.connection.execute(query).scalar()
        return found

    def _anchor(self, row: Row) -> None:
        number, begins = row["number"], self.number == 0 and self.told is not None
        if row["hash"] != anchor_hash(row):
            self._wrong(Wrong.EDITED, number, "its content is not what its hash says")
        elif number != self.number + 1 and not begins:
            self._wrong(Wrong.DELETED, self.number + 1, f"no longer there; the next one is {number}")
        elif row["previous"] != self.previous and not (begins and number > 1):
            self._wrong(Wrong.EDITED, max(1, number - 1), "the anchor after it knows it by another hash")
        self._signed(row)
        if self.expect is not None and self.expect[0] == number:
            self.missed = self.expect[1] != row["hash"]
        self.verdict.anchors += 1
        self.number, self.previous = number, row["hash"]

    def _signed(self, row: Row) -> None:
        key = self.keys.get(row["signed_with"])
        if key is None:
            return
        if same(key.sign(row["hash"]), row["signature"]):
            self.proven = row["number"]
        else:
            self._wrong(Wrong.EDITED, row["number"], "its signature is not that of its hash")

    def _covered(self, row: Row, heads: tuple[int, Heads, int] | None, forgotten: dt.datetime | None) -> None:
        """Check that the heads there are the ones anchored; they may be gone where retention removed what they knew."""
        number, is_removal = row["number"], row["removed_before"] is not None
        if heads is None and not is_removal:
            if self.told is not None and not self.told[0] <= number <= self.told[1]:
                return
            if forgotten is not None and row["at"] < forgotten:
                return
        found = heads[1] if heads else Heads()
        if (found.count, found.hash()) != (row["heads"], row["heads_hash"]):
            said = f"it covers {row['heads']} documents; {found.count} are told in mlc_audit_head"
            other = "others" if found.count == row["heads"] else "not the same"
            self._wrong(Wrong.EDITED, number, f"{said}, {other}")
        elif heads:
            self.verdict.removed += heads[2]

    def _stray(
        self, heads: tuple[int, Heads, int], rest: Iterator[tuple[int, Heads, int]]
    ) -> tuple[int, Heads, int] | None:
        self._wrong(Wrong.DELETED, heads[0], "no longer there, though what it covers is told in mlc_audit_head")
        return next(rest, None)

    def _end(self) -> None:
        if self.number:
            self.verdict.last_anchor = f"{self.number}:{self.previous}"
        if self.expect is not None and self.missed:
            number, hash_ = self.expect
            there = number <= self.number
            wrong = Wrong.EDITED if there else Wrong.DELETED
            said = "it has another hash" if there else "no longer there; the end of the trail was cut off"
            self._wrong(wrong, number, f"{said}, though {hash_[:12]}… was written down")
        if not self.keys:
            return
        self.verdict.signature = "proven" if self.number and self.proven == self.number else "not proven"
        if self.number and self.proven != self.number:
            said = f"not signed with the key given; anchors up to {self.proven} are proven by it"
            self._wrong(Wrong.UNPROVEN, self.number, said)

    def _wrong(self, wrong: Wrong, number: int, message: str) -> None:
        self.verdict.add(Problem(wrong, "", "", number, message, what="anchor"))

"""What comparing both systems' lists needs of the connector's database, and keeps there."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, func, insert, select, update

from ml_connector.domain.finding import Finding
from ml_connector.domain.status import Outcome, Progress
from ml_connector.store.engine import alone, reading, upsert, writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import (
    audit_entry,
    comparison,
    difference,
    document,
    supplier_link,
    target_view,
    watermark,
)
from ml_connector.sync.causes import Cause
from ml_connector.sync.compare_flow import FlowComparison
from ml_connector.sync.listing import noted
from ml_connector.sync.ports import Fields
from ml_connector.sync.sides import Known, Mismatch

_CHUNK = 500


@dataclass(frozen=True)
class Kept:
    """One comparison, kept.

    Args:
        new: the differences that no comparison had found before.
        cleared: how many earlier ones are no more.
    """

    new: tuple[Mismatch, ...]
    cleared: int


@dataclass(frozen=True)
class SqlComparisons:
    """The comparisons of one deployment."""

    engine: Engine
    deployment: str
    now: Now = utc_now

    # --- what a comparison needs ---

    def known(self, flow: str) -> list[Known]:
        """Return what the journal says of each document of a flow."""
        rows = document.c
        query = select(
            rows.key, rows.label, rows.target_key, rows.ref, rows.progress, rows.outcome, rows.findings, rows.payload
        ).where(rows.deployment == self.deployment, rows.flow == flow)
        with reading(self.engine) as connection:
            return [_known(row) for row in connection.execute(query).mappings()]

    def other_way(self, flow: str) -> frozenset[str]:
        """Return the keys on both sides of what a flow has brought over: not the business of its reverse."""
        rows = document.c
        query = select(rows.key, rows.target_key).where(rows.deployment == self.deployment, rows.flow == flow)
        with reading(self.engine) as connection:
            found = connection.execute(query).all()
        return frozenset(key for pair in found if pair[1] is not None for key in pair)

    def read_until(self, flow: str) -> dt.datetime | None:
        """Return the flow's watermark; None before its first run has ended."""
        columns = watermark.c
        query = select(columns.current).where(columns.deployment == self.deployment, columns.flow == flow)
        with reading(self.engine) as connection:
            found: dt.datetime | None = connection.execute(query).scalar()
        return found

    def suppliers(self, source: str) -> dict[str, str]:
        """Return supplier's key in `source` → in the other system."""
        columns = supplier_link.c
        query = select(columns.cin7_key, columns.partner_key).where(columns.deployment == self.deployment)
        with reading(self.engine) as connection:
            rows = connection.execute(query).all()
        return {row[0]: row[1] for row in rows} if source == "cin7" else {row[1]: row[0] for row in rows}

    def views(self, flow: str) -> dict[str, Fields]:
        """Return key → how the target showed the document when both sides agreed, unless we wrote it since."""
        columns = target_view.c
        query = select(columns.key, columns.written, columns.fields)
        with reading(self.engine) as connection:
            written = self._written(connection, flow)
            rows = connection.execute(query.where(columns.deployment == self.deployment, columns.flow == flow)).all()
        return {key: fields for key, token, fields in rows if token == written.get(key, "")}

    def _written(self, connection: Connection, flow: str, keys: Sequence[str] = ()) -> dict[str, str]:
        """Return key → number of the audit entry that last said that the target is right; of all, or of `keys`."""
        columns = audit_entry.c
        mine = and_(columns.deployment == self.deployment, columns.flow == flow)
        mine = and_(mine, columns.key.in_(keys)) if keys else mine
        verified = columns.step == Progress.VERIFIED.value
        query = select(columns.key, func.max(columns.seq)).where(mine, verified).group_by(columns.key)
        return {key: str(seq) for key, seq in connection.execute(query)}

    def last_at(self, flow: str) -> dt.datetime | None:
        """Return when the flow was last compared; None when never."""
        columns = comparison.c
        query = select(func.max(columns.at)).where(columns.deployment == self.deployment, columns.flow == flow)
        with reading(self.engine) as connection:
            found: dt.datetime | None = connection.execute(query).scalar()
        return found

    # --- what it found ---

    def remember(self, flow: str, shown: Mapping[str, Fields]) -> None:
        """Keep how the target shows these documents, unless that is known since our last write of them."""
        keys = sorted(shown)
        for start in range(0, len(keys), _CHUNK):
            self._remember(flow, {key: shown[key] for key in keys[start : start + _CHUNK]})

    def _remember(self, flow: str, shown: Mapping[str, Fields]) -> None:
        columns = target_view.c
        mine = and_(columns.deployment == self.deployment, columns.flow == flow, columns.key.in_(list(shown)))
        with writing(self.engine) as connection:
            written = self._written(connection, flow, list(shown))
            known = {row[0]: row[1] for row in connection.execute(select(columns.key, columns.written).where(mine))}
            fresh = [
                {"deployment": self.deployment, "flow": flow, "key": key, "written": written.get(key, ""),
                 "fields": dict(fields)}
                for key, fields in shown.items()
                if known.get(key) != written.get(key, "")
            ]  # fmt: skip
            upsert(connection, target_view, fresh)

    def keep(self, run_id: str, made: FlowComparison, calls: int) -> Kept:
        """Keep a comparison that took `calls` calls; earlier differences of its days that it did not find are over."""
        now = self.now()
        first, last = made.first_day.isoformat(), made.last_day.isoformat()
        of_run = {"deployment": self.deployment, "flow": made.flow, "run_id": run_id, "first_day": first,
                  "last_day": last}  # fmt: skip
        told = {"counts": made.counts(), "totals": [one.told() for one in made.totals], "calls": calls}
        with writing(self.engine) as connection:
            alone(connection, f"differences of {self.deployment} {made.flow}")
            connection.execute(insert(comparison), {**of_run, **told, "at": now})
            before = self._open(connection, made.flow)
            new = [one for one in made.result.mismatches if (one.key, one.cause.value) not in before]
            for one in made.result.mismatches:
                known = before.pop((one.key, one.cause.value), None)
                self._store(connection, {**of_run, **_told(one), "seen_at": now}, known)
            over = [number for number, day in before.values() if day is None or first <= day <= last]
            self._clear(connection, over, now)
        return Kept(tuple(new), len(over))

    @staticmethod
    def _store(connection: Connection, values: dict[str, Any], known: tuple[int, str | None] | None) -> None:
        """Insert a difference; one that is known keeps when, and by which run, it was found."""
        if known is None:
            connection.execute(insert(difference), {**values, "found_at": values["seen_at"]})
            return
        kept = {name: value for name, value in values.items() if name not in {"run_id", "first_day", "last_day"}}
        connection.execute(update(difference).where(difference.c.id == known[0]).values(kept))

    def _open(self, connection: Connection, flow: str) -> dict[tuple[str, str], tuple[int, str | None]]:
        """Return (key, cause) → (row, day) of the differences that are not over."""
        columns = difference.c
        query = select(columns.key, columns.cause, columns.id, columns.day)
        mine = and_(columns.deployment == self.deployment, columns.flow == flow, columns.cleared_at.is_(None))
        return {(key, cause): (number, day) for key, cause, number, day in connection.execute(query.where(mine))}

    def open_counts(self) -> list[tuple[str, Cause, int]]:
        """Return flow, cause and number of the differences that are not over and that nobody knows of yet."""
        columns = difference.c
        mine = and_(columns.deployment == self.deployment, columns.cleared_at.is_(None))
        query = select(columns.flow, columns.cause, func.count()).where(mine).group_by(columns.flow, columns.cause)
        with reading(self.engine) as connection:
            found = [(row[0], Cause(row[1]), row[2]) for row in connection.execute(query)]
        return sorted(one for one in found if not one[1].is_known)

    @staticmethod
    def _clear(connection: Connection, numbers: Sequence[int], now: dt.datetime) -> None:
        for start in range(0, len(numbers), _CHUNK):
            some = difference.c.id.in_(numbers[start : start + _CHUNK])
            connection.execute(update(difference).where(some).values(cleared_at=now))

    def forget_views(self, flow: str, keys: Collection[str]) -> None:
        """Forget how the target showed these documents: what it shows now is how it should be."""
        columns = target_view.c
        mine = and_(columns.deployment == self.deployment, columns.flow == flow, columns.key.in_(list(keys)))
        with writing(self.engine) as connection:
            connection.execute(delete(target_view).where(mine))


def _known(row: Mapping[Any, Any]) -> Known:
    findings = [Finding.model_validate(one) for one in row["findings"]]
    payload = json.loads(row["payload"]) if row["payload"] else None
    return Known(
        key=row["key"],
        label=row["label"],
        target_key=row["target_key"],
        target_number=(row["ref"] or {}).get("number", ""),
        is_settled=row["progress"] == Progress.VERIFIED.value,
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        reason=findings[0].message if findings else "",
        noted=noted(row["key"], row["label"], payload) if payload else None,
    )


def _told(one: Mismatch) -> dict[str, Any]:
    return {
        "key": one.key,
        "cause": one.cause.value,
        "label": one.label,
        "detail": one.detail,
        "day": one.day.isoformat() if one.day else None,
        "source": one.source.told() if one.source else None,
        "target": one.target.told() if one.target else None,
    }

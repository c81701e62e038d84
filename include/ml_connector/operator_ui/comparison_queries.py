"""What comparing both systems' lists found of a period: each flow's last comparison, and what is still different."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select

from ml_connector.store.engine import reading
from ml_connector.store.tables import comparison, difference
from ml_connector.sync.causes import Cause

MOST_SHOWN = 300
"""Documents shown of one cause; all are in the CSV file."""


@dataclass(frozen=True)
class Side:
    """A document as one system listed it; amounts and dates are None where its list shows none."""

    number: str
    date: dt.date | None
    status: str
    currency: str
    gross: Decimal | None


@dataclass(frozen=True)
class Different:
    """One document that is not the same on both sides."""

    flow: str
    key: str
    cause: str
    label: str
    detail: str
    source: Side | None
    target: Side | None
    found_at: dt.datetime
    run_id: str


@dataclass(frozen=True)
class CauseGroup:
    """The documents of one cause, the first few hundred.

    Args:
        known: listed apart: somebody knows it already, or it is as it should be.
        count: how many there are in all.
    """

    cause: str
    heading: str
    next_step: str
    known: bool
    count: int
    documents: tuple[Different, ...]


@dataclass(frozen=True)
class FlowCompared:
    """The newest comparison of a flow that covers days of the period.

    Args:
        totals: one row for each currency and status, with count and gross of ``source``, ``target`` and ``theirs``.
    """

    flow: str
    at: dt.datetime
    first_day: dt.date
    last_day: dt.date
    run_id: str
    pairs: int
    pending: int
    calls: int
    totals: tuple[Mapping[str, Any], ...]


def comparisons_of(engine: Engine, pair: str, first: dt.date, last: dt.date) -> list[FlowCompared]:
    """Return the newest comparison of each flow over days of the period; one of exactly these days goes first."""
    columns = comparison.c
    mine = and_(
        columns.deployment == pair, columns.first_day <= last.isoformat(), columns.last_day >= first.isoformat()
    )
    exactly = and_(columns.first_day == first.isoformat(), columns.last_day == last.isoformat())
    newest = select(func.max(columns.id)).where(mine).group_by(columns.flow, exactly)
    with reading(engine) as connection:
        rows = (
            connection.execute(select(comparison).where(columns.id.in_(newest)).order_by(columns.id)).mappings().all()
        )
    found = sorted((_compared(row) for row in rows), key=lambda one: (one.first_day, one.last_day) == (first, last))
    return sorted({one.flow: one for one in found}.values(), key=lambda one: one.flow)


def groups_of(engine: Engine, pair: str, first: dt.date, last: dt.date, *, most: int = MOST_SHOWN) -> list[CauseGroup]:
    """Return what is still different in the period, by cause in their order; those known come last."""
    columns = difference.c
    mine = _open(pair, first, last)
    with reading(engine) as connection:
        rows = connection.execute(select(columns.cause, func.count()).where(mine).group_by(columns.cause)).all()
    counts = {row[0]: row[1] for row in rows}
    return [
        CauseGroup(
            cause=cause.value,
            heading=cause.heading,
            next_step=cause.next_step,
            known=cause.is_known,
            count=counts[cause.value],
            documents=tuple(differences_of(engine, pair, first, last, (cause,), most=most)),
        )
        for cause in sorted(Cause, key=lambda one: one.is_known)
        if counts.get(cause.value)
    ]


def differences_of(
    engine: Engine, pair: str, first: dt.date, last: dt.date, causes: Sequence[Cause], *, most: int | None = None
) -> list[Different]:
    """Return the documents of these causes that are still different in the period, by flow and name."""
    columns = difference.c
    wanted = and_(_open(pair, first, last), columns.cause.in_([one.value for one in causes]))
    query = select(difference).where(wanted).order_by(columns.flow, columns.label, columns.id).limit(most)
    with reading(engine) as connection:
        return [_different(row) for row in connection.execute(query).mappings()]


def _open(pair: str, first: dt.date, last: dt.date) -> ColumnElement[bool]:
    columns = difference.c
    within = or_(columns.day.is_(None), and_(columns.day >= first.isoformat(), columns.day <= last.isoformat()))
    return and_(columns.deployment == pair, columns.cleared_at.is_(None), within)


def _compared(row: Mapping[Any, Any]) -> FlowCompared:
    return FlowCompared(
        flow=row["flow"],
        at=row["at"],
        first_day=dt.date.fromisoformat(row["first_day"]),
        last_day=dt.date.fromisoformat(row["last_day"]),
        run_id=row["run_id"],
        pairs=int(row["counts"].get("pairs", 0)),
        pending=int(row["counts"].get("pending", 0)),
        calls=row["calls"],
        totals=tuple({**one, **_sums(one)} for one in row["totals"]),
    )


def _sums(told: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """Return the sums as decimals: a whole number is stored without a point."""
    names = [f"{side}_gross" for side in ("source", "target", "theirs")]
    return {name: None if told[name] is None else Decimal(told[name]) for name in names}


def _different(row: Mapping[Any, Any]) -> Different:
    return Different(
        **{name: row[name] for name in ("flow", "key", "cause", "label", "detail", "found_at", "run_id")},
        source=_side(row["source"]),
        target=_side(row["target"]),
    )


def _side(told: Mapping[str, Any] | None) -> Side | None:
    if told is None:
        return None
    return Side(
        number=told["number"] or told["key"],
        date=dt.date.fromisoformat(told["date"]) if told["date"] else None,
        status=told["status"],
        currency=told["currency"],
        gross=None if told["gross"] is None else Decimal(told["gross"]),
    )

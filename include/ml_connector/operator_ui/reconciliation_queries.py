"""What runs found when they compared both sides, as the audit trail keeps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, Select, select

from ml_connector.store.engine import reading
from ml_connector.store.tables import audit_entry
from ml_connector.sync.reconcile import RECONCILED

MOST_RUNS = 30
"""Runs looked back for a flow that takes part in few of them."""
_WORDS = ("read", "created", "updated", "unchanged", "held", "waiting", "failed", "rejected", "undecided")


@dataclass(frozen=True)
class Totals:
    """Both sides' totals of one flow in one currency, over all documents brought over until then."""

    flow: str
    currency: str
    count: int
    source: Decimal
    target: Decimal

    @property
    def difference(self) -> Decimal:
        """Target less source."""
        return self.target - self.source


@dataclass(frozen=True)
class Reconciled:
    """One run's reconciliation.

    Args:
        counts: flow → outcome → number of documents of that run.
        bound: flow → number of documents that both sides should hold.
        differences: in words; the first few hundred.
        incomplete: in words: what had not ended.
    """

    run_id: str
    at: dt.datetime
    agree: bool
    counts: dict[str, dict[str, int]]
    bound: dict[str, int]
    totals: tuple[Totals, ...]
    differences: tuple[str, ...]
    incomplete: tuple[str, ...]


def reconciled_before(engine: Engine, pair: str, until: dt.datetime) -> list[Reconciled]:
    """Return the last reconciliations before a moment, newest first."""
    columns = audit_entry.c
    mine = (columns.deployment == pair, columns.flow == RECONCILED, columns.key == "", columns.at < until)
    return _found(engine, _entries().where(*mine).order_by(columns.seq.desc()).limit(MOST_RUNS))


def reconciled_by(engine: Engine, pair: str, run_id: str) -> Reconciled | None:
    """Return what that run found in the end; None when it has not compared the two sides."""
    columns = audit_entry.c
    mine = (columns.deployment == pair, columns.run_id == run_id, columns.flow == RECONCILED)
    return next(iter(_found(engine, _entries().where(*mine).order_by(columns.id.desc()).limit(1))), None)


def totals_of(reports: Sequence[Reconciled]) -> dict[tuple[str, str], Totals]:
    """Return (flow, currency) → the totals of the newest report in which the flow took part."""
    found: dict[tuple[str, str], Totals] = {}
    seen: set[str] = set()
    for report in reports:
        found.update({(one.flow, one.currency): one for one in report.totals if one.flow not in seen})
        seen.update(report.counts)
    return found


def _entries() -> Select[Any]:
    columns = audit_entry.c
    return select(columns.run_id, columns.at, columns.detail)


def _found(engine: Engine, query: Select[Any]) -> list[Reconciled]:
    with reading(engine) as connection:
        return [_read(*row) for row in connection.execute(query)]


def _read(run_id: str, at: dt.datetime, detail: Mapping[str, Any]) -> Reconciled:
    flows: Mapping[str, Mapping[str, Any]] = detail["flows"]
    return Reconciled(
        run_id=run_id,
        at=at,
        agree=detail["agree"],
        counts={name: {word: int(flow.get(word, 0)) for word in _WORDS} for name, flow in flows.items()},
        bound={name: int(flow["bound"]) for name, flow in flows.items()},
        totals=tuple(
            Totals(name, currency, int(one["count"]), Decimal(one["source"]), Decimal(one["target"]))
            for name, flow in flows.items()
            for currency, one in flow["totals"].items()
        ),
        differences=tuple(detail["differences"]),
        incomplete=tuple(detail["incomplete"]),
    )

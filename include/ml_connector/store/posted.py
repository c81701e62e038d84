"""The documents of a flow that stand in the target, with the run whose code maps they stand there by."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, func, select

from ml_connector.domain.finding import Finding
from ml_connector.domain.money import Money
from ml_connector.domain.status import Progress
from ml_connector.mapping.codemap import normalised_code
from ml_connector.store.engine import reading
from ml_connector.store.tables import audit_entry, document
from ml_connector.sync.evidence import AMENDING
from ml_connector.sync.ports import TargetRef

_CHUNK = 500
_MOST_LOOKED_FOR = 50
"""Codes looked for in the text of a document, before it is looked at as a document."""
_STEPS = (Progress.SENT.value, AMENDING, Progress.VERIFIED.value)
"""Steps by whose code maps the document stands in the target: it was written by them, or found to show them."""


@dataclass(frozen=True)
class Posted:
    """One document that stands in the target.

    Args:
        payload: as last read, in the source's codes; "" where it could not be read.
        run_id: that last wrote it, or found it equal; "" where the audit trail does not reach back so far.
        at: when.
    """

    flow: str
    key: str
    label: str
    kind: str
    payload: str
    ref: TargetRef
    progress: Progress
    findings: tuple[Finding, ...]
    money: Money | None
    run_id: str
    at: dt.datetime


def count_posted(engine: Engine, deployment: str, flow: str) -> int:
    """Return how many of the flow's documents stand in the target."""
    columns = document.c
    mine = (columns.deployment == deployment, columns.flow == flow, columns.target_key.is_not(None))
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(document).where(*mine)).scalar_one()


def posted(engine: Engine, deployment: str, flow: str, codes: Collection[str], most: int) -> Iterator[Posted]:
    """Yield the flow's documents that may bear one of the codes, by key; some that bear none may be among them.

    Contents are sealed in the database, so that each has to be opened; no more than the first `most` are.
    """
    columns, last = document.c, ""
    mine, bears = (columns.deployment == deployment, columns.flow == flow), _bearing(codes)
    there = select(columns.key, columns.payload).where(*mine, columns.target_key.is_not(None))
    there = there.order_by(columns.key)
    whole = select(document).where(*mine).order_by(columns.key)
    while most > 0:
        with reading(engine) as connection:
            rows = connection.execute(there.where(columns.key > last).limit(min(most, _CHUNK))).all()
            keys = [row.key for row in rows if row.payload is None or bears(row.payload)]
            some = connection.execute(whole.where(columns.key.in_(keys))).mappings().all() if keys else []
            written = connection.execute(_written(deployment, flow, keys)).all() if keys else []
        runs = {row.key: (row.run_id, row.at) for row in written}
        yield from (_posted(row, *runs.get(row["key"], ("", row["sent_at"] or row["updated_at"]))) for row in some)
        if len(rows) < _CHUNK:
            return
        most, last = most - len(rows), rows[-1].key


def _bearing(codes: Collection[str]) -> Callable[[str], bool]:
    """Return what tells of the text of a document that it may bear one of the codes, in any writing."""
    if len(codes) > _MOST_LOOKED_FOR:
        return lambda _text: True
    wanted = [json.dumps(normalised_code(code), ensure_ascii=False)[1:-1] for code in codes]

    def bears(text: str) -> bool:
        within = normalised_code(text)
        return any(code in within for code in wanted)

    return bears


def _written(deployment: str, flow: str, keys: Sequence[str]) -> Any:
    """Return the query of the last step of each document by which it stands in the target."""
    columns = audit_entry.c
    mine = (columns.deployment == deployment, columns.flow == flow, columns.key.in_(keys), columns.step.in_(_STEPS))
    return select(columns.key, columns.run_id, columns.at).where(*mine).order_by(columns.seq)


def _posted(row: Mapping[Any, Any], run_id: str, at: dt.datetime) -> Posted:
    amount = row["amount"]
    return Posted(
        flow=row["flow"],
        key=row["key"],
        label=row["label"] or row["key"],
        kind=row["kind"],
        payload=row["payload"] or "",
        ref=TargetRef.model_validate(row["ref"]),
        progress=Progress(row["progress"]),
        findings=tuple(Finding.model_validate(one) for one in row["findings"]),
        money=None if amount is None else Money(amount=amount, currency=row["currency"] or ""),
        run_id=run_id,
        at=at,
    )

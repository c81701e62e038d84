"""The documents that wait for a person, or for something else: read from the database, never without a limit."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Engine, Text, func, or_, select, type_coerce

from ml_connector.domain.finding import Finding
from ml_connector.domain.money import Money
from ml_connector.domain.status import OPEN_OUTCOMES, Outcome
from ml_connector.operator_ui.words import case_of
from ml_connector.store.engine import reading
from ml_connector.store.reviews import TEXTS, state_of
from ml_connector.store.tables import document

MOST = 2000
"""Documents looked at for one page, oldest first; a queue that is longer needs no finer grouping."""
OPEN = tuple(outcome.value for outcome in OPEN_OUTCOMES)
OUTCOMES = (*OPEN, Outcome.REJECTED.value)
_SHOWN = (
    "deployment", "flow", "key", "kind", "label", "outcome", "progress", "amount", "currency", "held_since", "run_id",
    "updated_at",
)  # fmt: skip
_COLUMNS = (*(document.c[name] for name in _SHOWN), *TEXTS)
"""Columns read; the document itself is left where it is."""


_FINDINGS = TypeAdapter(tuple[Finding, ...])


@dataclass(frozen=True)
class Asked:
    """What a person filters by; "" is no filter.

    Args:
        outcome: ``held``, ``waiting``, ``failed``, ``rejected``; "" means the first three.
        text: part of a document's name, key or finding, in any case.
        reasons: one of its findings has one of these; empty for any.
    """

    pair: str = ""
    flow: str = ""
    outcome: str = ""
    text: str = ""
    reasons: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Review:
    """What a person last decided about a document; `pending` until a run has tried it."""

    what: str
    by: str
    at: dt.datetime
    comment: str
    pending: bool


@dataclass(frozen=True)
class OpenDocument:
    """One document of the queue.

    Args:
        since: since when it has been held or waiting without a break; None for a failed or rejected one.
        state: changes when what a person sees of it changes.
    """

    pair: str
    flow: str
    key: str
    kind: str
    label: str
    outcome: str
    progress: str
    findings: tuple[Finding, ...]
    money: Money | None
    since: dt.datetime | None
    run_id: str
    updated_at: dt.datetime
    review: Review | None
    state: str

    @property
    def cases(self) -> tuple[tuple[str, str], ...]:
        """The cases that it belongs to, each once; one without a name for what failed without a finding."""
        return tuple(dict.fromkeys(case_of(finding) for finding in self.findings)) or (("", ""),)


@dataclass(frozen=True)
class Queue:
    """The documents found; `total` counts those beyond the limit too."""

    documents: tuple[OpenDocument, ...]
    total: int
    limit: int = field(default=MOST)


def find_open(engine: Engine, pairs: Iterable[str], asked: Asked, limit: int = MOST) -> Queue:
    """Return the documents of these pairs that are asked for, those held longest first."""
    columns = document.c
    wanted = [asked.outcome] if asked.outcome else list(OPEN)
    conditions: list[ColumnElement[bool]] = [
        columns.deployment.in_([name for name in pairs if asked.pair in ("", name)]),
        columns.outcome.in_(wanted),
    ]
    conditions += [columns.flow == asked.flow] if asked.flow else []
    conditions += [_contains(asked.text)] if asked.text else []
    findings = type_coerce(columns.findings, Text)
    if asked.reasons:
        conditions.append(or_(*(findings.contains(f'"{one}"', autoescape=True) for one in sorted(asked.reasons))))
    query = select(*_COLUMNS).where(*conditions)
    query = query.order_by(columns.held_since, columns.deployment, columns.flow, columns.key).limit(limit)
    with reading(engine) as connection:
        rows = connection.execute(query).mappings().all()
        total = len(rows)
        if total == limit:
            total = connection.execute(select(func.count()).select_from(document).where(*conditions)).scalar() or 0
    return Queue(tuple(_read(row) for row in rows), total, limit)


def find_one(engine: Engine, pair: str, flow: str, key: str) -> OpenDocument | None:
    """Return one document, whatever its outcome; None when it is not known."""
    columns = document.c
    mine = (columns.deployment == pair, columns.flow == flow, columns.key == key)
    with reading(engine) as connection:
        row = connection.execute(select(*_COLUMNS).where(*mine)).mappings().one_or_none()
    return None if row is None else _read(row)


def in_case(documents: Sequence[OpenDocument], reason: str, value: str) -> list[OpenDocument]:
    """Return the documents that belong to that case."""
    return [one for one in documents if (reason, value) in one.cases]


def _contains(text: str) -> ColumnElement[bool]:
    columns = document.c
    places = (columns.label, columns.key, type_coerce(columns.findings, Text))
    exact = [place.contains(text, autoescape=True) for place in places]  # SQLite lowers ASCII letters only
    return or_(*exact, *(func.lower(place).contains(text.lower(), autoescape=True) for place in places))


def _read(row: Mapping[Any, Any]) -> OpenDocument:
    amount = row["amount"]
    return OpenDocument(
        pair=row["deployment"],
        flow=row["flow"],
        key=row["key"],
        kind=row["kind"],
        label=row["label"] or row["key"],
        outcome=row["outcome"] or "",
        progress=row["progress"],
        findings=_FINDINGS.validate_json(row["findings_text"]),
        money=None if amount is None else Money(amount=amount, currency=row["currency"] or ""),
        since=row["held_since"],
        run_id=row["run_id"],
        updated_at=row["updated_at"],
        review=_review(row["review_text"], row["updated_at"]),
        state=state_of(row),
    )


def _review(text: str | None, tried_at: dt.datetime) -> Review | None:
    stored = json.loads(text) if text else None
    if not stored:
        return None
    at = dt.datetime.fromisoformat(stored["at"])
    return Review(stored["what"], stored["by"], at, stored.get("comment", ""), at > tried_at)

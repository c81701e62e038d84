"""Documents that have been held or waiting for long."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Engine, select

from ml_connector.store.engine import reading
from ml_connector.store.tables import document


@dataclass(frozen=True)
class Overdue:
    """A document, and since when it is held or waits."""

    flow: str
    key: str
    label: str
    outcome: str
    since: dt.datetime


def overdue(engine: Engine, deployment: str, before: dt.datetime, most: int) -> list[Overdue]:
    """Return the documents that have been held or waiting since `before` or longer, the oldest first."""
    columns = document.c
    query = select(columns.flow, columns.key, columns.label, columns.outcome, columns.held_since)
    query = query.where(columns.deployment == deployment, columns.is_open.is_(True), columns.held_since < before)
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(columns.held_since).limit(most)).all()
    return [Overdue(row[0], row[1], row[2] or row[1], row[3] or "", row[4]) for row in rows]

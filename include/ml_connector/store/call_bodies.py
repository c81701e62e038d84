"""What calls sent and what came back: apart from the audit trail, so that it can be sealed and forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, Engine, delete, insert, select

from ml_connector.store.columns import storable
from ml_connector.store.engine import reading, writing
from ml_connector.store.tables import call_body

_CHUNK = 500
Bodies = tuple[str, str]
"""What was sent and what came back."""


def add(connection: Connection, deployment: str, at: dt.datetime, bodies: Mapping[str, Bodies]) -> None:
    """Keep bodies, by a name of their own that the audit trail's list of calls has; within the caller's transaction."""
    rows = [
        {"name": name, "deployment": deployment, "at": at, "sent": storable(sent), "received": storable(received)}
        for name, (sent, received) in bodies.items()
    ]
    if rows:
        connection.execute(insert(call_body), rows)


def kept(engine: Engine, deployment: str, names: Collection[str]) -> dict[str, Bodies]:
    """Return name → bodies, of those that are still kept."""
    columns, asked = call_body.c, sorted(names)
    found: dict[str, Bodies] = {}
    for start in range(0, len(asked), _CHUNK):
        named = columns.name.in_(asked[start : start + _CHUNK])
        query = select(columns.name, columns.sent, columns.received).where(columns.deployment == deployment, named)
        with reading(engine) as connection:
            found |= {row[0]: (row[1], row[2]) for row in connection.execute(query)}
    return found


def forget(engine: Engine, before: dt.datetime, deployment: str | None = None) -> int:
    """Remove those of before that time, of one deployment or of all; return how many."""
    mine = call_body.c.deployment.is_not(None) if deployment is None else call_body.c.deployment == deployment
    with writing(engine) as connection:
        return connection.execute(delete(call_body).where(mine, call_body.c.at < before)).rowcount

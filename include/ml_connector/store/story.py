"""One document's entries in the audit trail, with what can be said of each without reading the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Text, or_, select, type_coerce

from ml_connector.store.chain import MIGRATED, content_hash, entry_hash, moment, start_of
from ml_connector.store.tables import audit_entry, document
from ml_connector.store.verify import one_state, stream

MOST_DOCUMENTS = 50
"""Documents found by a number or a part of a name."""


@dataclass(frozen=True)
class Told:
    """One entry.

    Args:
        whole: its hash is that of its content, and it follows the entry before it.
        from_before: it is older than the chain; its hash says only how it stood at the upgrade.
    """

    row: Mapping[Any, Any]
    whole: bool

    @property
    def from_before(self) -> bool:
        """Whether it was chained when the database was migrated."""
        return bool(self.row["scheme"] == MIGRATED)

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain JSON values; `detail` is the text as stored."""
        told = {name: value for name, value in self.row.items() if name != "at"}
        return {**told, "at": moment(self.row["at"]), "whole": self.whole}


def find(engine: Engine, deployment: str, words: str) -> list[tuple[str, str]]:
    """Return (flow, key) of the documents that `words` mean: a key, a key in the target, or a part of the label."""
    entry, known = audit_entry.c, document.c
    exact = select(entry.flow, entry.key).where(entry.deployment == deployment, entry.key == words).distinct()
    bound = select(known.flow, known.key).where(known.deployment == deployment)
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    is_named = or_(known.target_key == words, known.label.ilike(f"%{escaped}%", escape="\\"))
    with one_state(engine) as connection:
        found = connection.execute(exact).all()
        if not found:
            named = bound.where(is_named).order_by(known.flow, known.key).limit(MOST_DOCUMENTS)
            found = connection.execute(named).all()
    return [(row[0], row[1]) for row in found]


def story(engine: Engine, deployment: str, flow: str, key: str) -> Iterator[Told]:
    """Yield a document's entries in their order."""
    with one_state(engine) as connection:
        previous: str | None = None
        for row in _entries(connection, deployment, flow, key):
            begins = previous is None and (row["seq"] > 1 or row["previous"] == start_of(deployment, flow, key))
            made = entry_hash(row["previous"], row["seq"], content_hash(row))
            yield Told(row, whole=made == row["hash"] and (begins or row["previous"] == previous))
            previous = row["hash"]


def _entries(connection: Connection, deployment: str, flow: str, key: str) -> Iterator[Mapping[Any, Any]]:
    entry = audit_entry.c
    columns = [type_coerce(c, Text()).label("detail") if c.name == "detail" else c for c in entry]
    mine = select(*columns).where(entry.deployment == deployment, entry.flow == flow, entry.key == key)
    yield from stream(connection, mine.order_by(entry.seq, entry.id))

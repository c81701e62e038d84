"""Source records as last read, so that a record that has not changed is not fetched again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from ml_connector.store.engine import reading, upsert, writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import source_record

_CHUNK = 500
_LIST = "list of a run"
SHARED_FOR = dt.timedelta(minutes=10)
"""How old a list may be that a run's tasks share."""


@dataclass(frozen=True)
class SqlRecordCache:
    """The records of one system in one deployment; the newest version of each, no others.

    Args:
        run: whose tasks share the lists of books; "" reads each anew.
        is_repeated: the task has been tried before: it reads the lists anew, for itself and for those that come.
    """

    engine: Engine
    deployment: str
    system: str
    now: Now = utc_now
    run: str = ""
    is_repeated: bool = False

    def get(self, entity: str, record_id: str, version: str) -> Any | None:
        """Return the stored answer for exactly this version, else None."""
        columns = source_record.c
        query = select(columns.answer).where(
            columns.deployment == self.deployment,
            columns.system == self.system,
            columns.entity == entity,
            columns.record_id == record_id,
            columns.version == version,
        )
        with reading(self.engine) as connection:
            return connection.execute(query).scalar()

    def put(self, entity: str, record_id: str, version: str, answer: Any) -> None:
        """Store the answer; decimals survive, and an older version gives way."""
        self.put_many(entity, [(record_id, version, answer)])

    def put_many(
        self, entity: str, rows: Iterable[tuple[str, str, Any]], *, not_before: dt.datetime | None = None
    ) -> None:
        """Store answers, each as (record id, version, answer), in one transaction; none as stored before that time.

        A clock that is behind would date them before the window of the run that reads them.
        """
        read_at = self.now() if not_before is None else max(self.now(), not_before)
        stamp = {"deployment": self.deployment, "system": self.system, "entity": entity, "read_at": read_at}
        made = [{**stamp, "record_id": key, "version": version, "answer": answer} for key, version, answer in rows]
        with writing(self.engine) as connection:
            for start in range(0, len(made), _CHUNK):
                upsert(connection, source_record, made[start : start + _CHUNK])

    def of_run(self, name: str, read: Callable[[], list[Any]]) -> list[Any]:
        """Return a list as a task of this run has read it within `SHARED_FOR`, else what `read` brings now."""
        if self.run and not self.is_repeated:
            version, read_at = self.versions(_LIST, [name]).get(name, ("", self.now()))
            if version == self.run and dt.timedelta(0) <= self.now() - read_at <= SHARED_FOR:
                kept = self.get(_LIST, name, self.run)
                if isinstance(kept, list):
                    return kept
        found = read()
        if self.run:
            self.put(_LIST, name, self.run, found)
        return found

    def versions(self, entity: str, keys: Sequence[str] | None = None) -> dict[str, tuple[str, dt.datetime]]:
        """Return record id → (stored version, when it was stored) of these records of `entity`; None for all."""
        columns = source_record.c
        query = select(columns.record_id, columns.version, columns.read_at).where(
            columns.deployment == self.deployment, columns.system == self.system, columns.entity == entity
        )
        some = [None] if keys is None else [keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK)]
        with reading(self.engine) as connection:
            return {
                key: (version, read_at)
                for part in some
                for key, version, read_at in connection.execute(
                    query if part is None else query.where(columns.record_id.in_(part))
                )
            }

"""Source records as last read, so that a record that has not changed is not fetched again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from ml_connector.store.engine import reading, upsert, writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import source_record


@dataclass(frozen=True)
class SqlRecordCache:
    """The records of one system in one deployment; the newest version of each, no others."""

    engine: Engine
    deployment: str
    system: str
    now: Now = utc_now

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
        row = {
            "deployment": self.deployment,
            "system": self.system,
            "entity": entity,
            "record_id": record_id,
            "version": version,
            "answer": answer,
            "read_at": self.now(),
        }
        with writing(self.engine) as connection:
            upsert(connection, source_record, [row])

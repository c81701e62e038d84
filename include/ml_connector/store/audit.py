"""The append-only trail: what was read, decided and written, by which run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, insert

from ml_connector.store.engine import writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import audit_entry
from ml_connector.store.tables import pull as pull_table
from ml_connector.sync.ports import Pull


@dataclass(frozen=True)
class SqlAudit:
    """The trail of one flow of one run."""

    engine: Engine
    deployment: str
    flow: str
    run_id: str
    now: Now = utc_now

    def pull(self, pull: Pull) -> None:
        """Record one list read."""
        row = {
            **self._run(),
            "system": pull.system,
            "entity": pull.entity,
            "query": pull.query,
            "started_at": pull.started_at,
            "finished_at": pull.finished_at,
            "row_count": pull.rows,
            "page_count": pull.pages,
        }
        with writing(self.engine) as connection:
            connection.execute(insert(pull_table).values(row))

    def note(self, key: str, step: str, detail: Mapping[str, Any]) -> None:
        """Record one step on one document (or on the flow, with key ``""``)."""
        with writing(self.engine) as connection:
            self.write(connection, key, step, detail)

    def write(self, connection: Connection, key: str, step: str, detail: Mapping[str, Any]) -> None:
        """Record one step within the caller's transaction: the step and its entry are one."""
        row = {**self._run(), "at": self.now(), "key": key, "step": step, "detail": dict(detail)}
        connection.execute(insert(audit_entry).values(row))

    def _run(self) -> dict[str, str]:
        return {"deployment": self.deployment, "flow": self.flow, "run_id": self.run_id}

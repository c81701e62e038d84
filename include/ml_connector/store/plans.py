"""What dry runs found that a run would do: read back to be looked at, and to be held to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, func, select

from ml_connector.domain.errors import ConfigurationError
from ml_connector.store.columns import opened_detail
from ml_connector.store.engine import reading
from ml_connector.store.tables import audit_entry, run_flow
from ml_connector.sync.planning import WOULD, Planned

_FIRST = 100
"""Entries of a run that are looked at."""


def count_plans(engine: Engine, deployment: str, run_id: str) -> int:
    """Return how many entries of a dry run tell what it would do."""
    columns = audit_entry.c
    mine = (columns.deployment == deployment, columns.run_id == run_id, columns.step.startswith(WOULD))
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(audit_entry).where(*mine)).scalar_one()


def plans(
    engine: Engine, deployment: str, flow: str, run_id: str, most: int | None = None
) -> Iterator[tuple[str, str, Planned]]:
    """Yield key, label and plan of each document that a dry run has looked at; of several of a key the last counts.

    No more than the first `most` entries are opened; None for all. An entry of an older release has no content hash,
    so it matches no document; one whose key is gone is treated so.
    """
    columns = audit_entry.c
    mine = (columns.deployment == deployment, columns.flow == flow, columns.run_id == run_id)
    query = select(columns.key, columns.step, columns.detail).where(*mine, columns.step.startswith(WOULD))
    with reading(engine) as connection:
        for key, step, detail in connection.execute(query.order_by(columns.id).limit(most)):
            yield key, detail.get("label", ""), _planned(step, opened_detail(detail, connection.dialect))


def was_dry(engine: Engine, deployment: str, run_id: str) -> bool:
    """Tell whether a run listed what it would do; such a run notes little else, so its first entries show it."""
    columns = audit_entry.c
    query = select(columns.step).where(columns.deployment == deployment, columns.run_id == run_id)
    with reading(engine) as connection:
        steps = connection.execute(query.order_by(columns.id).limit(_FIRST)).scalars().all()
    return any(step.startswith(WOULD) for step in steps)


def _planned(step: str, detail: dict[str, Any]) -> Planned:
    changes = detail.get("changes", {})
    if not isinstance(changes, dict):  # its key is gone: it can be compared with nothing
        return Planned(step.removeprefix(WOULD), "", {"": {"from": "", "to": changes}})
    return Planned(step.removeprefix(WOULD), detail.get("hash", ""), changes)


def approved(engine: Engine, deployment: str, flow: str, run_id: str) -> dict[str, Planned]:
    """Return key → what the dry run `run_id` listed for it.

    Raises:
        ConfigurationError: no run of that id has read this flow.
    """
    columns = run_flow.c
    mine = (columns.deployment == deployment, columns.flow == flow, columns.run_id == run_id)
    with reading(engine) as connection:
        known = connection.execute(select(columns.run_id).where(*mine)).first()
    if known is None:
        raise ConfigurationError(
            f"{deployment} has no run {run_id!r} that has read {flow}: give the run id of a dry run as Airflow shows it"
        )
    return {key: planned for key, _label, planned in plans(engine, deployment, flow, run_id)}

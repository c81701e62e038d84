"""Runs that webhooks ask for: one for all calls of a few seconds, and none while one is waiting to start."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from ml_connector.domain.errors import RetryableError

GATHER_SECONDS = 5
"""Calls of so many seconds make one run; it starts when they are over, so it reads what each of them was about."""
Name = tuple[str, str]
"""DAG and system."""


@dataclass
class Starter:
    """Starts runs in Airflow's API server; safe for its threads, and for several servers.

    Args:
        started: the run that was asked for last, and when it starts.
    """

    started: dict[Name, tuple[str, dt.datetime]] = field(default_factory=dict)
    _alone: threading.Lock = field(default_factory=threading.Lock)

    def start(self, dag_id: str, system: str, flows: Sequence[str]) -> str:
        """Start a run of these flows within seconds; return its id, "" when the DAG is paused.

        Raises:
            RetryableError: Airflow could not start it.
        """
        with self._alone:
            now = dt.datetime.now(dt.timezone.utc)
            run_id, start = self.started.get((dag_id, system), ("", now))
            if start > now:
                return run_id
            try:
                run_id, start = _ask(dag_id, system, flows, now)
            except SQLAlchemyError as error:
                msg = f"a run of {dag_id} could not be started: {type(error).__name__}"
                raise RetryableError(msg) from None
            self.started[dag_id, system] = run_id, start
        return run_id


def _ask(dag_id: str, system: str, flows: Sequence[str], now: dt.datetime) -> tuple[str, dt.datetime]:
    """Return the run that is to start, and when; one that is waiting, or a new one."""
    from airflow.api.common.trigger_dag import trigger_dag  # noqa: PLC0415 - loads Airflow's models
    from airflow.exceptions import DagNotFound, DagRunAlreadyExists  # noqa: PLC0415
    from airflow.sdk.exceptions import AirflowException  # noqa: PLC0415
    from airflow.utils.types import DagRunTriggeredByType  # noqa: PLC0415

    prefix = f"webhook__{system}__"
    waiting = _waiting(dag_id, prefix)
    if waiting is not None:
        return waiting, now
    over = (int(now.timestamp() // GATHER_SECONDS) + 1) * GATHER_SECONDS
    start = dt.datetime.fromtimestamp(over, dt.timezone.utc)
    run_id = f"{prefix}{start.isoformat()}"
    try:
        trigger_dag(
            dag_id,
            triggered_by=DagRunTriggeredByType.REST_API,
            triggering_user_name="webhook",
            run_id=run_id,
            run_after=start,
            conf={"flows": list(flows)},
        )
    except DagRunAlreadyExists:  # another server has just asked for it
        return run_id, start
    except (AirflowException, DagNotFound, ValueError) as error:
        msg = f"a run of {dag_id} could not be started: {type(error).__name__}"
        raise RetryableError(msg) from None
    return run_id, start


def _waiting(dag_id: str, prefix: str) -> str | None:
    """Return the run that a webhook has asked for and that has not begun; "" when the DAG is paused."""
    from airflow.models.dag import DagModel  # noqa: PLC0415 - loads Airflow's models
    from airflow.models.dagrun import DagRun  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415
    from airflow.utils.state import DagRunState  # noqa: PLC0415
    from sqlalchemy import select  # noqa: PLC0415

    queued = select(DagRun.run_id).where(DagRun.dag_id == dag_id, DagRun.state == DagRunState.QUEUED)
    with create_session() as session:
        if session.scalar(select(DagModel.is_paused).where(DagModel.dag_id == dag_id)):
            return ""
        found: str | None = session.scalar(queued.where(DagRun.run_id.startswith(prefix, autoescape=True)).limit(1))
    return found

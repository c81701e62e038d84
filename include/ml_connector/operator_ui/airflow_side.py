"""Airflow behind the pages' seams: who is signed in and what they may do, what is planned, how a replay is started."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import threading
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.configuration import conf
from airflow.sdk.exceptions import AirflowNotFoundException
from fastapi import FastAPI, Request

from ml_connector.domain.errors import ConfigurationError, RetryableError
from ml_connector.operator_ui import webhooks
from ml_connector.operator_ui.app import create_app
from ml_connector.operator_ui.desk import Desk, Upcoming
from ml_connector.operator_ui.pairs import Pair, known_pairs
from ml_connector.operator_ui.webhook_runs import Starter
from ml_connector.operator_ui.webhooks import create_receiver
from ml_connector.orchestration import catalog, deployments, wiring
from ml_connector.orchestration.deployments import PREFLIGHT, REPLAY, Deployment, of_tenant
from ml_connector.orchestration.masking import mask
from ml_connector.store.database import Database

_SECONDS = 10.0
"""How long what is deployed is remembered: a page asks for it several times."""


class AirflowVisitor:
    """The signed-in person, asked through Airflow's auth manager."""

    def __init__(self, user: Any) -> None:
        self._user = user

    @property
    def name(self) -> str:
        """The name that stands in the audit trail."""
        return str(self._user.get_name() or self._user.get_id())

    def may_see(self, dag_id: str) -> bool:
        """Tell whether Airflow lets this person read the DAG."""
        return self._may("GET", dag_id)

    def may_change(self, dag_id: str) -> bool:
        """Tell whether Airflow lets this person edit the DAG."""
        return self._may("PUT", dag_id)

    def may_trigger(self, dag_id: str) -> bool:
        """Tell whether Airflow lets this person start a run of the DAG."""
        return self._may("POST", dag_id, DagAccessEntity.RUN)

    def _may(self, method: Any, dag_id: str, entity: DagAccessEntity | None = None) -> bool:
        details = DagDetails(id=dag_id, team_name=_team_of(dag_id))
        allowed = get_auth_manager().is_authorized_dag(
            method=method, access_entity=entity, details=details, user=self._user
        )
        return bool(allowed)


def sign_in(request: Request, user: GetUserDep) -> None:
    """Let in who is signed in to Airflow; everybody else is answered 401 by Airflow's own dependency."""
    request.state.visitor = AirflowVisitor(user)


class RealAirflow:
    """What the pages ask of Airflow itself, in the API server's process."""

    def upcoming(self, dag_ids: Collection[str]) -> Mapping[str, Upcoming]:
        """Return DAG id → what is planned, for those that exist."""
        from airflow.models.dag import DagModel  # noqa: PLC0415 - loads Airflow's models
        from airflow.utils.session import create_session  # noqa: PLC0415
        from sqlalchemy import select  # noqa: PLC0415

        columns = (DagModel.dag_id, DagModel.next_dagrun_create_after, DagModel.is_paused)
        with create_session() as session:
            rows = session.execute(select(*columns).where(DagModel.dag_id.in_(list(dag_ids)))).all()
        return {dag_id: Upcoming(at, bool(paused)) for dag_id, at, paused in rows}

    def replay(self, pair: str, flow: str, keys: Sequence[str], by: str) -> str:
        """Start a replay of these documents; return the run as ``<DAG id>/<run id>``.

        Raises:
            ConfigurationError: there is no replay DAG.
            RetryableError: Airflow could not start it.
        """
        return _start(of_tenant(REPLAY, pair), {"pair": pair, "flow": flow, "keys": list(keys)}, by)

    def preflight(self, pair: str, by: str) -> str:
        """Start a preflight of this pair; return the run as ``<DAG id>/<run id>``.

        Raises:
            ConfigurationError: there is no preflight DAG.
            RetryableError: Airflow could not start it.
        """
        return _start(of_tenant(PREFLIGHT, pair), {"pair": pair}, by)


def _start(dag_id: str, conf: Mapping[str, Any], by: str) -> str:
    from airflow.api.common.trigger_dag import trigger_dag  # noqa: PLC0415 - loads Airflow's models
    from airflow.exceptions import DagNotFound  # noqa: PLC0415
    from airflow.sdk.exceptions import AirflowException  # noqa: PLC0415
    from airflow.utils.types import DagRunTriggeredByType  # noqa: PLC0415

    try:
        run = trigger_dag(dag_id, triggered_by=DagRunTriggeredByType.UI, triggering_user_name=by, conf=dict(conf))
    except DagNotFound:
        raise ConfigurationError(f"there is no DAG {dag_id}: its file is missing, or Airflow has not read it") from None
    except (AirflowException, ValueError) as error:
        raise RetryableError(f"{dag_id} could not be started: {error}") from None
    return f"{dag_id}/{run.run_id}" if run is not None else ""


def _team_of(dag_id: str) -> str | None:
    from airflow.models.dag import DagModel  # noqa: PLC0415 - loads Airflow's models

    team: str | None = DagModel.get_team_name(dag_id) if hasattr(DagModel, "get_team_name") else None
    return team


_opening = threading.Lock()


@functools.cache
def _opened() -> Database:
    return wiring.open_database()


def open_database() -> Database:
    """Return the connector's database, opened once a process; a failure is not remembered."""
    with _opening:
        return _opened()


def pairs() -> Sequence[Pair]:
    """Return the pairs that are deployed or have left traces."""
    return _pairs(_moment_of_reading())


@functools.lru_cache(maxsize=1)
def _pairs(_moment: int) -> Sequence[Pair]:
    return known_pairs(_deployed(), open_database().engine)


def _deployed() -> Sequence[Deployment]:
    return _read(_moment_of_reading())


def _moment_of_reading() -> int:
    return int(dt.datetime.now(dt.timezone.utc).timestamp() // _SECONDS)


@functools.lru_cache(maxsize=1)
def _read(_moment: int) -> Sequence[Deployment]:
    file = deployments.place(Path(str(conf.get("core", "dags_folder"))))
    return deployments.read(file, leave_out_wrong=True)


def _secret_of(deployment: Deployment, system: str) -> str:
    parts = catalog.SYSTEMS[system]
    return _secret(parts.hook, deployment.connection_of(system), parts.webhook_setting, _moment_of_reading())


@functools.lru_cache(maxsize=200)
def _secret(hook: str, conn_id: str, setting: str, _moment: int) -> str:
    """Return the secret that webhooks of a connection must carry, read once in a while: anybody may call."""
    if not setting:
        return ""
    try:
        found: str = getattr(catalog.load(hook)(conn_id).settings, setting).get_secret_value()
    except AirflowNotFoundException:
        return ""
    mask(found)
    return found


def receiver() -> FastAPI:
    """Return what takes vendors' webhooks in, for Airflow to mount."""
    return create_receiver(webhooks.Desk(_deployed, _secret_of, Starter().start))


def application() -> FastAPI:
    """Return the pages, for Airflow to mount."""
    secret = hashlib.sha256(f"ml-connector pages\n{conf.get('api', 'secret_key')}".encode()).digest()
    home = urlsplit(str(conf.get("api", "base_url", fallback="") or "/")).path or "/"
    desk = Desk(
        database=open_database,
        pairs=pairs,
        airflow=RealAirflow(),
        secret=secret,
        home=home if home.endswith("/") else f"{home}/",
        now=lambda: dt.datetime.now(dt.timezone.utc),
    )
    return create_app(desk, sign_in)

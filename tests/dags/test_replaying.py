"""A replay gives back what it has opened, such as a session that holds a seat, and takes nothing from a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunType
from dag_world import PAIR, World
from sqlalchemy import delete

from ml_connector.orchestration import catalog
from ml_connector.systems.acumatica.hook import AcumaticaHook

UTC = dt.timezone.utc


@contextmanager
def run_of_the_pair(state: DagRunState) -> Iterator[None]:
    """Have Airflow know a run of the pair."""
    now = dt.datetime.now(UTC)
    made = DagRun(PAIR, "beside", run_type=DagRunType.MANUAL, state=state, logical_date=now, run_after=now)
    with create_session() as session:
        session.add(made)
    try:
        yield
    finally:
        with create_session() as session:
            session.execute(delete(DagRun).where(DagRun.run_id == "beside"))


@pytest.mark.parametrize(
    ("state", "was_there", "times"),
    [
        (DagRunState.SUCCESS, False, 3),
        (DagRunState.SUCCESS, True, 0),
        (DagRunState.RUNNING, False, 0),
        (DagRunState.RUNNING, True, 0),
    ],
)
def test_each_task_of_a_replay_gives_back_what_it_has_opened(
    world: World, monkeypatch: pytest.MonkeyPatch, state: DagRunState, was_there: bool, times: int
) -> None:
    """Not what was there before, and not what a run of the pair may share by now: Airflow is asked."""
    ended: list[str] = []
    monkeypatch.setitem(catalog.SYSTEMS, "acumatica", replace(catalog.SYSTEMS["acumatica"], ends_run=True))
    monkeypatch.setattr(AcumaticaHook, "has_session", lambda _: was_there, raising=False)
    monkeypatch.setattr(AcumaticaHook, "end_run", lambda hook: ended.append(hook.conn_id), raising=False)
    world.deploy("suppliers")
    with run_of_the_pair(state):
        done = world.replay(flow="suppliers")
    assert done.state == "success", done.states
    assert ended == ["acumatica_default"] * times

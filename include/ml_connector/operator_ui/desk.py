"""What the pages are made from: the connector's database, the pairs there are, and Airflow behind a small seam."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi import HTTPException, Request

from ml_connector.operator_ui.pairs import Pair
from ml_connector.store.database import Database


class Visitor(Protocol):
    """The person who is signed in to Airflow."""

    @property
    def name(self) -> str:
        """The name that stands in the audit trail."""
        ...

    def may_see(self, dag_id: str) -> bool:
        """Tell whether Airflow lets this person read the DAG."""
        ...

    def may_change(self, dag_id: str) -> bool:
        """Tell whether Airflow lets this person edit the DAG."""
        ...

    def may_trigger(self, dag_id: str) -> bool:
        """Tell whether Airflow lets this person start a run of the DAG."""
        ...


@dataclass(frozen=True)
class Upcoming:
    """What Airflow plans for a DAG; `at` is aware UTC, None when nothing is planned."""

    at: dt.datetime | None
    paused: bool


class Airflow(Protocol):
    """What the pages ask of Airflow itself."""

    def upcoming(self, dag_ids: Collection[str]) -> Mapping[str, Upcoming]:
        """Return DAG id → what is planned, for those that exist."""
        ...

    def replay(self, pair: str, flow: str, keys: Sequence[str], by: str) -> str:
        """Start a replay of these documents; return the run as ``<DAG id>/<run id>``.

        Raises:
            SyncError: Airflow could not start it.
        """
        ...

    def preflight(self, pair: str, by: str) -> str:
        """Start a preflight of this pair; return the run as ``<DAG id>/<run id>``.

        Raises:
            SyncError: Airflow could not start it.
        """
        ...


@dataclass(frozen=True)
class Desk:
    """Everything that a page needs.

    Args:
        database: opens the connector's database, or returns it opened.
        pairs: the pairs that are deployed or have left traces.
        secret: what forms are signed with.
        home: path of Airflow's own pages, ending in ``/``.
        now: the clock; aware UTC.
    """

    database: Callable[[], Database]
    pairs: Callable[[], Sequence[Pair]]
    airflow: Airflow
    secret: bytes
    home: str
    now: Callable[[], dt.datetime]


def desk_of(request: Request) -> Desk:
    """Return what the application was made from."""
    made: Desk = request.app.state.desk
    return made


def visitor_of(request: Request) -> Visitor:
    """Return who is signed in; 401 when the application's sign-in has not run."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    if visitor is None:
        raise HTTPException(401, "Sign in to Airflow first.")
    return visitor


def visible_pairs(request: Request) -> list[Pair]:
    """Return the pairs that this person may see."""
    visitor = visitor_of(request)
    return [pair for pair in desk_of(request).pairs() if visitor.may_see(pair.name)]


def pair_to_see(request: Request, name: str) -> Pair:
    """Return the pair called `name`; 403 when this person may not see it, 404 when there is none."""
    if not visitor_of(request).may_see(name):
        raise HTTPException(403, f"You may not see {name}: ask for read access to that DAG.")
    for pair in desk_of(request).pairs():
        if pair.name == name:
            return pair
    raise HTTPException(404, f"{name} is no pair of ml-connector.")


def pair_to_change(request: Request, name: str) -> Pair:
    """Return the pair called `name`; 403 when this person may not change it."""
    pair = pair_to_see(request, name)
    if not visitor_of(request).may_change(name):
        raise HTTPException(403, f"You may look at {name}, not change it: ask for edit access to that DAG.")
    return pair

"""A preflight from the page, and what a run tells other DAGs, on a real Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from ml_connector_sandbox.demo.airflow_api import AirflowApi
from ml_connector_sandbox.demo.stage import PAIR

if TYPE_CHECKING:
    from .conftest import World

pytestmark = pytest.mark.e2e
PREFLIGHT = "ml_connector_preflight"


def session(world: World, user: str) -> tuple[requests.Session, dict[str, Any]]:
    """Return a session of that user, and what the pair's page tells it."""
    made = requests.Session()
    made.trust_env = False
    made.cookies.set("_token", AirflowApi(world.stage.airflow.url, user, user).token)
    return made, made.get(f"{pages(world)}/pairs/{PAIR}.json", timeout=60).json()


def pages(world: World) -> str:
    """Return the address of the pages."""
    return f"{world.stage.airflow.url}/ml-connector"


def test_a_preflight_started_from_the_page_leaves_its_result_there(world: World) -> None:
    """It runs in that person's name, and is red while something is missing; who may only look is refused."""
    viewer, view = session(world, "viewer")
    form = {"token": view["form_token"], "pair": PAIR}
    assert viewer.post(f"{pages(world)}/preflight", data=form, timeout=60).status_code == 403
    admin, view = session(world, "admin")
    form = {"token": view["form_token"], "pair": PAIR}
    answer = admin.post(f"{pages(world)}/preflight", data=form, timeout=60, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    (run,) = parse_qs(urlsplit(answer.headers["location"]).query)["run"]
    dag_id, _, run_id = run.rpartition("/")
    ended = world.finish(run_id, dag_id)
    [pair] = session(world, "admin")[1]["pairs"]
    assert (dag_id, pair["preflight"]["run_id"]) == (PREFLIGHT, run)
    assert ended["state"] == ("success" if pair["preflight"]["ready"] else "failed")
    assert all(system["reached"] for system in pair["preflight"]["systems"].values())
    assert ended["triggering_user_name"] == "admin"


def test_a_run_that_has_written_tells_it_by_asset_events(world: World) -> None:
    """Each flow that created documents has one, with the run's counts."""
    run_id = world.run(flows=["suppliers"])
    found = world.stage.airflow.call("GET", f"/assets/events?source_dag_id={PAIR}&limit=100")["asset_events"]
    first = {row["extra"]["flow"]: row["extra"] for row in found if row["extra"]["run"] == world.first_run}
    assert first["suppliers"]["created"] > 0
    assert first["suppliers"]["pair"] == PAIR
    assert not [row for row in found if row["extra"]["run"] == run_id]

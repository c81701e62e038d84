"""Is each pair and each flow well?"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from typing import Any

import httpx
from page_world import BILLS, NOW, ORDERS, PAIR, Scheduler, World, bill, order, unmapped

from ml_connector.domain.status import Outcome

Browse = Callable[..., httpx.Client]


def flow_of(client: httpx.Client, name: str) -> dict[str, Any]:
    """Return what the page says of one flow."""
    [pair] = client.get(f"/pairs/{PAIR}.json").json()["pairs"]
    [flow] = [flow for flow in pair["flows"] if flow["name"] == name]
    return dict(flow)


def test_a_flow_that_never_ran_is_new(browse: Browse) -> None:
    """Without runs there is no state to praise or to blame."""
    assert flow_of(browse(), BILLS)["state"] == "new"
    assert "never ran" in browse().get("/").text


def test_a_run_that_delivered_everything_is_good(world: World, browse: Browse) -> None:
    """The last good run and its counts are shown."""
    world.run(BILLS)
    world.deliver(BILLS, bill("1"), "000001")
    world.end()
    flow = flow_of(browse(), BILLS)
    assert (flow["state"], flow["last_good"], flow["held"]) == ("good", NOW.isoformat(), 0)
    assert flow["runs"][0]["counts"]["created"] == 1
    assert [piece["kind"] for piece in flow["chart"]["pieces"]] == ["created"]


def test_a_held_document_asks_for_a_person(world: World, browse: Browse) -> None:
    """A flow with held documents needs somebody, and links to them."""
    world.run(BILLS)
    world.park(BILLS, bill("1"), unmapped(bill("1")))
    world.end()
    assert (flow_of(browse(), BILLS)["state"], flow_of(browse(), BILLS)["held"]) == ("held", 1)
    assert f"/airflow/ml-connector/queue?pair={PAIR}&amp;flow={BILLS}&amp;outcome=held" in browse().get("/").text


def test_a_failed_document_fails_its_flow(world: World, browse: Browse) -> None:
    """A flow with failed documents is failed, and its run was not a good one."""
    world.run(ORDERS)
    world.park(ORDERS, order("1"), outcome=Outcome.FAILED)
    world.end()
    assert (flow_of(browse(), ORDERS)["state"], flow_of(browse(), ORDERS)["last_good"]) == ("failed", None)


def test_a_flow_without_a_good_run_for_three_ticks_is_late(world: World, browse: Browse) -> None:
    """Orders are due every fifteen minutes: after an hour without a good run the flow is late."""
    world.run(ORDERS)
    world.end()
    assert flow_of(browse(), ORDERS)["state"] == "good"
    world.time += dt.timedelta(hours=1)
    assert flow_of(browse(), ORDERS)["state"] == "late"


def test_a_run_still_going_on_is_counted_as_it_stands(world: World, browse: Browse) -> None:
    """Documents of an unfinished run are counted from its staging."""
    world.run(BILLS)
    world.deliver(BILLS, bill("1"), "000001")
    [run] = flow_of(browse(), BILLS)["runs"]
    assert (run["finished_at"], run["counts"]["created"], run["counts"]["read"]) == (None, 1, 1)


def test_a_paused_dag_is_said_to_be_paused(scheduler: Scheduler, browse: Browse) -> None:
    """A DAG that is switched off has no next run."""
    [pair] = browse().get(f"/pairs/{PAIR}.json").json()["pairs"]
    assert pair["next_run"] == (NOW + dt.timedelta(minutes=10)).isoformat()
    scheduler.paused = True
    [pair] = browse().get(f"/pairs/{PAIR}.json").json()["pairs"]
    assert (pair["paused"], pair["next_run"]) == (True, None)


def test_only_the_newest_runs_are_shown(world: World, browse: Browse) -> None:
    """However many runs there were, a page shows the newest two dozen, newest first."""
    for number in range(30):
        world.time += dt.timedelta(minutes=15)
        world.run(BILLS, f"scheduled__{number:02d}")
    runs = flow_of(browse(), BILLS)["runs"]
    assert len(runs) == 24
    assert runs[0]["run_id"] == "scheduled__29"


def test_the_counts_of_runs_are_given_as_csv(world: World, browse: Browse) -> None:
    """The CSV file has one line for each flow of each run."""
    world.run(BILLS)
    world.deliver(BILLS, bill("1"), "000001")
    world.end()
    answer = browse().get(f"/pairs/{PAIR}/runs.csv")
    [row] = csv.DictReader(answer.text.removeprefix("\ufeff").splitlines())
    assert (row["flow"], row["run"], row["created"]) == (BILLS, "scheduled__1", "1")
    assert answer.headers["content-disposition"] == f'attachment; filename="{PAIR}-runs.csv"'

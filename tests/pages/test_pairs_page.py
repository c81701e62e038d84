"""Is each pair and each flow well?"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from page_world import BILLS, NOW, ORDERS, PAIR, Scheduler, World, bill, form_of, order, unmapped

from ml_connector.domain.errors import ConfigurationError
from ml_connector.domain.status import Outcome
from ml_connector.orchestration import preflight as preflighting
from ml_connector.orchestration.preflight import FlowState, Missing, Preflight, SystemState
from ml_connector.orchestration.wiring import rate_ledger
from ml_connector.transport.ledger import Ledger
from ml_connector.transport.rate import Rate, RollingBudget
from ml_connector.transport.turns import Caller

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


@pytest.fixture
def ledger(world: World) -> Iterator[Ledger]:
    """Where the calls are kept."""
    with closing(rate_ledger(world.database)) as made:
        yield made


def call(ledger: Ledger, scope: str, deployment: str, *, times: int, backfill: bool = False) -> RollingBudget:
    """Make calls as a task of that deployment does."""
    rates, keys = [Rate(60, 61.0)], ("key1", "key2") if scope.startswith("cin7") else ("tenant",)
    budget = RollingBudget(ledger, scope, rates, keys=keys, caller=Caller(deployment, backfill))
    for _ in range(times):
        budget.acquire()
    return budget


def test_the_calls_of_the_running_window_are_shown_for_each_key(ledger: Ledger, browse: Browse) -> None:
    """A system's calls are told by key, with its limit and who shares it; a key that is closed says until when."""
    assert browse().get("/index.json").json()["allowances"] == []
    call(ledger, "cin7 account", "ifs_cin7", times=2)
    call(ledger, "cin7 account", PAIR, times=3).penalise("key2", 40)
    [one] = browse().get("/index.json").json()["allowances"]
    assert (one["system"], one["pairs"], one["others"]) == ("cin7", [PAIR, "ifs_cin7"], 0)
    assert [(key["key"], key["used"], key["limit"]) for key in one["keys"]] == [("key1", 3, 60), ("key2", 2, 60)]
    assert (one["keys"][0]["closed_until"], 30 < one["keys"][1]["closed_seconds"] <= 40) == (None, True)
    page = browse().get("/").text
    assert "3 of 60" in page
    assert "“too many calls”" in page


def test_calls_that_wait_are_counted(ledger: Ledger, browse: Browse) -> None:
    """Who waits for a turn is counted, backfills among them."""
    budget = call(ledger, "ifs tenant", "ifs_cin7", times=1, backfill=True)
    while budget._ask(None, 300)[0] is None:
        pass
    [one] = browse().get("/pairs/ifs_cin7.json").json()["allowances"]
    assert (one["waiting"], one["backfills"]) == (1, 1)
    assert "1 of backfills" in " ".join(browse().get("/pairs/ifs_cin7").text.split()).replace("<small>", "")


def test_nobody_learns_of_a_pair_that_is_hidden(ledger: Ledger, browse: Browse) -> None:
    """Who may not see a pair is told neither its calls nor its name, only how many others there are."""
    call(ledger, "infor tenant", PAIR, times=1)
    call(ledger, "cin7 account", PAIR, times=1)
    call(ledger, "cin7 account", "ifs_cin7", times=1)
    [one] = browse("nora").get("/index.json").json()["allowances"]
    assert (one["system"], one["pairs"], one["others"]) == ("cin7", ["ifs_cin7"], 1)
    assert PAIR not in browse("nora").get("/").text


def found(world: World, *, ready: bool = False) -> Preflight:
    """Keep what a preflight has found two hours ago, as a run does, and return it."""
    missing = () if ready else (Missing(map="account", code="<6120>", documents=3, amounts={"EUR": "310.00"}),)
    systems = {name: SystemState(reached=True, said="Connected", clock_ahead_seconds=0.1, problems=())
               for name in ("cin7", "acumatica")}  # fmt: skip
    flow = FlowState(documents=40, covered=40 if ready else 37, percent="100" if ready else "92.5", missing=missing)
    made = Preflight(
        deployment=PAIR, at=NOW - 2 * world.hour, run_id="ml_connector_preflight/manual__1", days=30, ready=ready,
        systems=systems, flows={BILLS: flow},
    )  # fmt: skip
    world.database.audit(PAIR, preflighting.FLOW, made.run_id).note("", preflighting.STEP, made.model_dump(mode="json"))
    return made


def test_what_the_last_preflight_found_is_shown(world: World, browse: Browse) -> None:
    """Whether the pair is ready, since when that is known, the run, and each code that no map has; as JSON too."""
    assert "No preflight yet" in browse().get(f"/pairs/{PAIR}").text
    made = found(world)
    page = browse().get(f"/pairs/{PAIR}").text
    for words in (
        "not ready", "2 hours ago", "/airflow/dags/ml_connector_preflight/runs/manual__1", "&lt;6120&gt;",
        "3 documents, 310.00 EUR", "37 of 40 documents have all codes mapped: 92.5 %",
    ):  # fmt: skip
        assert words in page, words
    [pair] = browse().get(f"/pairs/{PAIR}.json").json()["pairs"]
    assert pair["preflight"] == made.model_dump(mode="json")
    found(world, ready=True)
    assert "not ready" not in browse().get("/").text


def test_a_preflight_is_started_with_a_button(scheduler: Scheduler, browse: Browse) -> None:
    """It is started for this pair in this person's name, and the page says so with a link to the run."""
    mia = browse("mia")
    form = form_of(mia.get(f"/pairs/{PAIR}").text, "/airflow/ml-connector/preflight")
    answer = mia.post("/preflight", data=form)
    assert (answer.status_code, scheduler.preflights) == (303, [(PAIR, "mia")])
    page = mia.get(answer.headers["location"].removeprefix("/airflow/ml-connector")).text
    assert "The preflight has been started" in page
    assert "/airflow/dags/ml_connector_preflight/runs/manual__1" in page


@pytest.mark.parametrize("name", ["vera", "paul", "otto", "nora"])
def test_who_may_not_start_runs_may_not_start_a_preflight(scheduler: Scheduler, browse: Browse, name: str) -> None:
    """There is no button, and a form sent all the same is refused; so is one that was made for somebody else."""
    form = form_of(browse("mia").get(f"/pairs/{PAIR}").text, "/airflow/ml-connector/preflight")
    page = browse(name).get("/").text
    assert f'name="pair" value="{PAIR}"' not in page
    own = {**form, "token": browse(name).get("/index.json").json()["form_token"]}
    assert [browse(name).post("/preflight", data=sent).status_code for sent in (own, form)] == [403, 403]
    assert scheduler.preflights == []


def test_a_preflight_that_airflow_cannot_start_is_told(scheduler: Scheduler, browse: Browse) -> None:
    """With what is wrong and what to do."""
    scheduler.error = ConfigurationError("there is no DAG ml_connector_preflight")
    form = form_of(browse().get(f"/pairs/{PAIR}").text, "/airflow/ml-connector/preflight")
    answer = browse().post("/preflight", data=form)
    assert (answer.status_code, "there is no DAG ml_connector_preflight" in answer.text) == (422, True)

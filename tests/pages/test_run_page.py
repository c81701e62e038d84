"""One run: how each document ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from page_world import BILLS, NOW, ORDERS, PAIR, World, bill, order, unmapped

from ml_connector.domain.status import Outcome
from ml_connector.store.tables import staged_document
from ml_connector.sync.ports import Pull

Browse = Callable[..., httpx.Client]
RUN = "scheduled__2026-11-20T12:00:00+00:00"


def view(client: httpx.Client, run_id: str = RUN, name: str = PAIR, **query: str) -> dict[str, Any]:
    """Return what the page says."""
    answer = client.get(f"/pairs/{name}/runs/{run_id.replace('+', '%2B')}.json", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def fill(world: World, run_id: str = RUN) -> None:
    """Let a run bring one bill over, hold one, and fail with an order."""
    world.run(ORDERS, run_id)
    world.park(ORDERS, order("7"), outcome=Outcome.FAILED, run_id=run_id)
    world.run(BILLS, run_id)
    world.deliver(BILLS, bill("1"), "000001", run_id)
    world.park(BILLS, bill("2"), unmapped(bill("2")), run_id=run_id)
    world.end(run_id)


def test_a_run_shows_how_each_document_ended(world: World, browse: Browse) -> None:
    """Counts by flow, documents with their outcome and why, and what was read."""
    fill(world)
    world.database.audit(PAIR, BILLS, RUN).pull(Pull("cin7", "purchaseList", "q", NOW, NOW, rows=12, pages=1))
    found = view(browse())
    assert found["flows"][BILLS]["counts"]["held"] == 1
    assert [(one["flow"], one["key"], one["outcome"]) for one in found["documents"]] == [
        (ORDERS, "7", "failed"), (BILLS, "1", "created"), (BILLS, "2", "held"),
    ]  # fmt: skip
    assert found["pulls"][BILLS][0]["entity"] == "purchaseList"
    assert "has no counterpart in acumatica" in browse().get(f"/pairs/{PAIR}/runs/{RUN}").text


def test_documents_are_narrowed(world: World, browse: Browse) -> None:
    """By flow and by outcome; one that does not exist is refused."""
    fill(world)
    assert [one["key"] for one in view(browse(), outcome="held")["documents"]] == ["2"]
    assert [one["key"] for one in view(browse(), flow=ORDERS)["documents"]] == ["7"]
    assert view(browse(), outcome="undecided")["documents"] == []
    assert browse().get(f"/pairs/{PAIR}/runs/{RUN}", params={"outcome": "lost"}).status_code == 422


def test_a_large_run_is_read_page_by_page(world: World, browse: Browse) -> None:
    """A hundred documents at a time; together they are all, each once."""
    world.run(ORDERS, RUN)
    world.database.staging(PAIR, ORDERS, RUN).add([order(f"{number:03d}") for number in range(130)])
    world.run(BILLS, RUN)
    world.database.staging(PAIR, BILLS, RUN).add([bill(f"{number:03d}") for number in range(130)])
    seen, place = [], {}
    while True:
        found = view(browse(), **place)
        seen += [(one["flow"], one["key"]) for one in found["documents"]]
        if found["after"] is None:
            break
        place = dict(zip(("after_flow", "after"), found["after"], strict=True))
    assert seen == [(flow, f"{number:03d}") for flow in (ORDERS, BILLS) for number in range(130)]


def test_a_run_of_the_replay_dag_is_found_by_its_own_name(world: World, browse: Browse) -> None:
    """The tab on a replay's page shows the documents of the pair that it replayed; a hidden pair's it does not."""
    for name in ("ml_connector_replay", "ml_connector_replay__nz"):
        fill(world, f"{name}/manual__1")
        found = view(browse(), "manual__1", name=name)
        assert (found["pair"]["name"], found["run_id"]) == (PAIR, f"{name}/manual__1")
        assert view(browse(), f"{name}/manual__1")["run_id"] == f"{name}/manual__1"
        assert browse("nora").get(f"/pairs/{name}/runs/manual__1").status_code == 404


def test_the_counts_outlive_the_documents(world: World, browse: Browse) -> None:
    """After a purge the page still tells how many ended how."""
    fill(world)
    with world.database.engine.begin() as connection:
        connection.execute(staged_document.delete())
    found = view(browse())
    assert (found["flows"][BILLS]["counts"]["created"], found["documents"]) == (1, [])


def test_what_the_run_found_in_the_end_is_shown(world: World, browse: Browse) -> None:
    """A run after which the two sides did not agree says why."""
    fill(world)
    world.reconcile(RUN, differences=["bill 1 is missing"], **{BILLS: "EUR 1 10 0"})
    assert "bill 1 is missing" in browse().get(f"/pairs/{PAIR}/runs/{RUN}").text


def test_a_run_that_is_not_known_is_not_found(browse: Browse) -> None:
    """Neither of a pair nor of the replay DAG, nor of another DAG."""
    for path in (f"/pairs/{PAIR}/runs/x", "/pairs/ml_connector_replay/runs/x", "/pairs/example/runs/x"):
        assert browse().get(path).status_code == 404

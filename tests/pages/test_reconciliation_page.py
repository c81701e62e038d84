"""Do both sides agree, and what did a period add on each?"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from typing import Any

import httpx
from page_world import BILLS, NOW, ORDERS, PAIR, World

Browse = Callable[..., httpx.Client]


def view(client: httpx.Client, **query: str) -> dict[str, Any]:
    """Return what the page says."""
    answer = client.get("/reconciliation.json", params={"pair": PAIR, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def at(world: World, moment: dt.datetime, run_id: str, **more: Any) -> None:
    """Keep a reconciliation of that moment."""
    world.time, now = moment, world.time
    world.reconcile(run_id, **more)
    world.time = now


def test_without_a_reconciliation_the_page_says_so(browse: Browse) -> None:
    """There is nothing to show before the first run has ended."""
    assert view(browse())["last"] is None
    assert "No run has compared the two sides" in browse().get("/reconciliation", params={"pair": PAIR}).text


def test_the_last_run_and_the_period_are_shown(world: World, browse: Browse) -> None:
    """Both sides at the end of the period, and what the period added on each, to the cent."""
    october = NOW - dt.timedelta(days=30)
    at(world, october, "r1", **{BILLS: "EUR 2 100.10 100.10"})
    at(world, NOW, "r2", **{BILLS: "EUR 5 400.40 400.40", ORDERS: "USD 1 9.99 9.99"})
    found = view(browse())
    assert (found["last"]["run_id"], found["last"]["agree"]) == ("r2", True)
    [orders, bills] = found["lines"]
    assert (bills["count"], bills["source"], bills["added_count"], bills["added_source"]) == (5, 400.40, 3, 300.30)
    assert (orders["flow"], orders["added_target"]) == (ORDERS, 9.99)
    assert "both sides agree" in browse().get("/reconciliation", params={"pair": PAIR}).text


def test_a_period_of_the_past_shows_what_was_known_then(world: World, browse: Browse) -> None:
    """The last run within the period counts; its last day is a part of it."""
    at(world, dt.datetime(2026, 9, 30, 23, 59, tzinfo=dt.timezone.utc), "september", **{BILLS: "EUR 1 10 10"})
    at(world, dt.datetime(2026, 10, 31, 23, 59, tzinfo=dt.timezone.utc), "october", **{BILLS: "EUR 3 30 30"})
    at(world, dt.datetime(2026, 11, 1, 0, 0, tzinfo=dt.timezone.utc), "november", **{BILLS: "EUR 9 90 90"})
    found = view(browse(), **{"from": "2026-10-01", "to": "2026-10-31"})
    assert found["last"]["run_id"] == "october"
    assert (found["lines"][0]["count"], found["lines"][0]["added_count"]) == (3, 2)


def test_a_flow_that_takes_part_in_few_runs_keeps_its_last_totals(world: World, browse: Browse) -> None:
    """A weekly flow does not vanish from the totals because the last run left it out."""
    at(world, NOW - dt.timedelta(hours=3), "weekly", **{ORDERS: "USD 4 40 40", BILLS: "EUR 1 10 10"})
    at(world, NOW - dt.timedelta(hours=1), "quick", **{BILLS: "EUR 2 20 20"})
    assert [(line["flow"], line["count"]) for line in view(browse())["lines"]] == [(ORDERS, 4), (BILLS, 2)]


def test_differences_are_shown_and_given_as_csv(world: World, browse: Browse) -> None:
    """Each difference stands in words; a total that differs is marked."""
    at(world, NOW - dt.timedelta(hours=1), "r1", differences=["bill 7 is missing"], **{BILLS: "EUR 2 100.10 90.10"})
    assert view(browse())["lines"][0]["difference"] == -10
    page = browse().get("/reconciliation", params={"pair": PAIR}).text
    assert "not in agreement" in page
    assert "bill 7 is missing" in page
    assert "-10.00" in page
    text = browse().get("/reconciliation/differences.csv", params={"pair": PAIR}).text
    assert list(csv.DictReader(text.removeprefix("\ufeff").splitlines())) == [
        {"difference": "bill 7 is missing", "run": "r1"}
    ]


def test_the_totals_are_given_as_csv(world: World, browse: Browse) -> None:
    """One line for each flow and currency, amounts to the last digit."""
    at(world, NOW - dt.timedelta(hours=1), "r1", **{BILLS: "EUR 2 100.10 90.105"})
    text = browse().get("/reconciliation.csv", params={"pair": PAIR}).text
    [row] = csv.DictReader(text.removeprefix("\ufeff").splitlines())
    assert (row["source"], row["target"], row["difference"]) == ("100.10", "90.105", "-9.995")


def test_a_period_that_cannot_be_is_refused(browse: Browse) -> None:
    """Days in the wrong order, or no days, are refused."""
    for query in ({"from": "2026-10-02", "to": "2026-10-01"}, {"from": "soon"}, {"to": "9999-12-31"}):
        assert browse().get("/reconciliation", params={"pair": PAIR, **query}).status_code == 422


def test_a_first_day_in_the_future_is_no_error(browse: Browse) -> None:
    """A period that has not begun is empty."""
    assert view(browse(), **{"from": "2027-01-01"})["period"] == {"first": "2027-01-01", "last": "2027-01-01"}


def test_a_hidden_pair_is_not_shown(world: World, browse: Browse) -> None:
    """Who may not read the DAG gets none of its totals."""
    assert browse("nora").get("/reconciliation", params={"pair": PAIR}).status_code == 403
    assert browse("nora").get("/reconciliation.json").json()["pair"]["name"] == "ifs_cin7"

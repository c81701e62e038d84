"""Do both sides agree, and what did a period add on each?"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
from page_world import BILLS, NOW, ORDERS, PAIR, World

from ml_connector.sync.causes import Cause
from ml_connector.sync.compare_flow import FlowComparison
from ml_connector.sync.control_totals import ControlTotal, Sum
from ml_connector.sync.listing import Listed
from ml_connector.sync.sides import Mismatch, Result

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


NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}
HERE = Listed("b1", "INV-1", "S1", dt.date(2026, 11, 3), currency="EUR", gross=Decimal("1200.50"), label="bill INV-1")
THERE = Listed("Bill/7", "000007", "V1", dt.date(2026, 11, 3), currency="EUR", gross=Decimal("1200.05"))


def lists(world: World, *found: Mismatch, run_id: str = "scheduled__2", month: int = 11) -> None:
    """Keep a comparison of both systems' lists of a month."""
    days = dt.date(2026, month, 1), dt.date(2026, month, 30)
    totals = (
        ControlTotal("EUR", "authorised", Sum(3, Decimal("1500.50")), Sum(2, Decimal("1200.05")), Sum(1, Decimal(9))),
        ControlTotal("USD", "authorised", Sum(1, Decimal(5)), Sum(1, None)),
    )
    result = Result(found, {}, 3, 1, frozenset())
    made = FlowComparison(BILLS, "cin7", "acumatica", *days, result, totals)
    world.database.comparisons(PAIR).keep(run_id, made, 4)


def amount(key: str = "b1", label: str = "bill INV-1") -> Mismatch:
    """Return a difference in amount."""
    said = "1200.5 in cin7, 1200.05 in acumatica: changed in acumatica after it was sent"
    return Mismatch(Cause.AMOUNT, key, label, said, HERE, THERE, HERE.date)


def test_documents_that_differ_are_shown_by_cause_with_the_next_step(world: World, browse: Browse) -> None:
    """A clerk reads what differs, in both systems, and what to do; what is known stands apart."""
    theirs = Mismatch(Cause.NOT_OURS, "Bill/9", "000009", "entered in acumatica", None, THERE, THERE.date)
    lists(world, amount(), theirs)
    found = view(browse(), **NOVEMBER)
    assert [(group["cause"], group["known"], group["count"]) for group in found["groups"]] == [
        ("amount", False, 1), ("not_ours", True, 1),
    ]  # fmt: skip
    [flow] = found["compared"]
    assert (flow["flow"], flow["pairs"], flow["pending"], flow["calls"]) == (BILLS, 3, 1, 4)
    page = browse().get("/reconciliation", params={"pair": PAIR, **NOVEMBER}).text
    for text in ("1 document differs", "Different amounts: 1 document", Cause.AMOUNT.next_step, "1,200.50 EUR",
                 "1,200.05 EUR", "1,500.50", "not shown", "with 4 calls", "1 still to be read"):  # fmt: skip
        assert text in page, text
    assert "Nothing, if that is how it should be." in page


def test_a_document_of_another_period_is_not_shown_and_one_that_is_mended_goes(world: World, browse: Browse) -> None:
    """The period is that of the documents, and what a later comparison no longer finds is over."""
    lists(world, amount())
    assert view(browse(), **{"from": "2026-10-01", "to": "2026-10-31"})["groups"] == []
    lists(world, run_id="scheduled__3")
    found = view(browse(), **NOVEMBER)
    assert found["groups"] == []
    assert found["compared"][0]["run_id"] == "scheduled__3"
    assert "no document differs" in browse().get("/reconciliation", params={"pair": PAIR, **NOVEMBER}).text


def test_lists_that_were_not_compared_are_told_with_the_command(world: World, browse: Browse) -> None:
    """For days of which no comparison exists the page says how to make one."""
    at(world, NOW, "r1")
    page = browse().get("/reconciliation", params={"pair": PAIR, **NOVEMBER}).text
    assert "ml-connector reconcile acumatica_cin7 --from 2026-11-01 --to 2026-11-30" in page


def test_documents_that_differ_are_given_as_csv(world: World, browse: Browse) -> None:
    """One line a document, with both systems' values and a key to look it up by."""
    lists(world, amount(), amount("b2", "=cmd()"))
    text = browse().get("/reconciliation/documents.csv", params={"pair": PAIR, **NOVEMBER}).text
    odd, row = csv.DictReader(text.removeprefix("\ufeff").splitlines())
    assert (row["cause"], row["key"], row["source_gross"], row["target_gross"]) == (
        "amount",
        "b1",
        "1200.50",
        "1200.05",
    )
    assert (row["source"], row["target_date"], row["run"]) == ("INV-1", "2026-11-03", "scheduled__2")
    assert not odd["document"].startswith("=")


def test_exactly_these_days_go_before_a_wider_comparison(world: World, browse: Browse) -> None:
    """Where the days asked for were compared themselves, a later comparison of other days does not stand in."""
    lists(world, run_id="exact")
    result = Result((), {}, 9, 0, frozenset())
    wide = FlowComparison(BILLS, "cin7", "acumatica", dt.date(2026, 1, 1), dt.date(2026, 12, 31), result, ())
    world.database.comparisons(PAIR).keep("wide", wide, 1)
    assert [one["run_id"] for one in view(browse(), **NOVEMBER)["compared"]] == ["exact"]
    assert [one["run_id"] for one in view(browse(), **{"from": "2026-02-01", "to": "2026-02-28"})["compared"]] == [
        "wide"
    ]

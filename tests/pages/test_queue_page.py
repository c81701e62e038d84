"""The review queue: what waits, grouped by why, and putting it right."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from page_world import (
    BILLS,
    ORDERS,
    PAIR,
    SUPPLIERS,
    Scheduler,
    World,
    bill,
    finding,
    form_of,
    order,
    supplier,
    token_of,
    unmapped,
)
from sqlalchemy import select

from ml_connector.domain.errors import RetryableError
from ml_connector.domain.finding import Reason
from ml_connector.domain.reference import KnownCode
from ml_connector.domain.status import Outcome
from ml_connector.operator_ui.words import WAITS_FOR
from ml_connector.store.codemap_csv import Row
from ml_connector.store.engine import reading
from ml_connector.store.tables import document

Browse = Callable[..., httpx.Client]
CASE = {"pair": PAIR, "flow": BILLS, "reason": "account_unmapped", "value": "6120"}
RELEASE, MAP = "/airflow/ml-connector/queue/release", "/airflow/ml-connector/queue/map"


@pytest.fixture
def held(world: World) -> World:
    """Three bills wait for account 6120, one of them for something else too; an order waits for its terms."""
    world.run(BILLS)
    world.park(BILLS, bill("1", "100.10"), unmapped(bill("1")), days=6.5)
    world.park(BILLS, bill("2", "200.20"), unmapped(bill("2")), days=2)
    totals = finding(Reason.TOTALS_DIFFER, "The totals differ.", value="100.00")
    world.park(BILLS, bill("3", "0.70"), unmapped(bill("3")), totals, days=1)
    world.run(ORDERS)
    world.park(ORDERS, order("7"), finding(Reason.TERMS_UNMAPPED, "No such terms.", value="30 EOM"))
    return world


def groups(client: httpx.Client, **query: str) -> list[dict[str, Any]]:
    """Return the groups of the queue."""
    found: list[dict[str, Any]] = client.get("/queue.json", params=query).json()["groups"]
    return found


def group_page(client: httpx.Client) -> str:
    """Return the page of the bills that wait for account 6120."""
    return client.get("/queue/group", params=CASE).text


def outcome_of(world: World, key: str) -> tuple[str, str | None]:
    """Return outcome and last decision of a bill."""
    query = select(document.c.outcome, document.c.review).where(document.c.key == key, document.c.flow == BILLS)
    with reading(world.database.engine) as connection:
        outcome, review = connection.execute(query).one()
    return outcome, review and f"{review['what']} by {review['by']}"


def test_documents_are_grouped_by_what_they_wait_for(held: World, browse: Browse) -> None:
    """A group says in a clerk's words how many, how much, what for and since when."""
    first, *others = groups(browse())
    assert first["summary"] == "3 bills, 301.00 EUR, wait for GL account 6120, oldest 6 days"
    assert (first["frees"], first["outcomes"], first["map_name"]) == (2, {"held": 3}, "account")
    assert {other["summary"] for other in others} == {
        "1 bill, 0.70 EUR, waits for totals that add up, for 1 day",
        "1 order, 50.00 USD, waits for payment terms 30 EOM, for less than a minute",
    }
    assert "3 bills wait for GL account 6120" in browse().get("/queue").text


def test_an_empty_queue_says_so(browse: Browse) -> None:
    """Without open documents there is nothing to do."""
    assert "Nothing waits for you" in browse().get("/queue").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"flow": ORDERS}, {"terms_unmapped"}),
        ({"pair": "ifs_cin7"}, set()),
        ({"q": "inv-3"}, {"account_unmapped", "totals_differ"}),
        ({"q": "eom"}, {"terms_unmapped"}),
        ({"q": "söhne"}, {"account_unmapped", "totals_differ"}),
        ({"q": "100%_"}, set()),
        ({"outcome": "waiting"}, set()),
    ],
)
def test_the_queue_is_filtered_and_searched(
    held: World, browse: Browse, query: dict[str, str], found: set[str]
) -> None:
    """Pair, flow, state and any part of a name, number, code or finding narrow the queue."""
    assert {group["reason"] for group in groups(browse(), **query)} == found


def test_waiting_and_failed_documents_are_in_the_queue(world: World, browse: Browse) -> None:
    """What waits by itself comes after what a person must see to; a failure without a finding has its own words."""
    waits = finding(Reason.ORDER_NOT_THERE, "Its order is not there.", value="PO-1", waits=True)
    world.run(BILLS)
    world.park(BILLS, bill("1"), waits, outcome=Outcome.WAITING)
    world.park(BILLS, bill("2"), outcome=Outcome.FAILED)
    world.park(BILLS, bill("3"), unmapped(bill("3")))
    found = groups(browse())
    assert [group["reason"] for group in found] == ["account_unmapped", "", "order_not_there"]
    assert "waits for the next try: the last one failed" in found[1]["summary"]
    assert found[2]["map_name"] == ""


def test_every_reason_has_its_words() -> None:
    """There is no finding that the queue cannot name."""
    assert set(WAITS_FOR) == set(Reason)


def test_a_queue_beyond_all_bounds_says_so(held: World, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many documents are grouped at once, those that wait longest; the page says how many there are."""
    monkeypatch.setattr("ml_connector.operator_ui.open_documents.find_open.__defaults__", (2,))
    view = browse().get("/queue.json").json()
    assert (view["shown"], view["total"]) == (2, 4)
    assert "Only the 2 that have waited longest" in browse().get("/queue").text


def test_the_queue_is_given_as_csv(held: World, browse: Browse) -> None:
    """The CSV file has a line for each finding, and no cell that a spreadsheet would execute."""
    evil = bill("9", supplier="=cmd()")
    held.park(BILLS, evil, finding(Reason.UNREADABLE, "+1"))
    text = browse().get("/queue.csv").text.removeprefix("\ufeff")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["key"] for row in rows if row["key"] == "3"] == ["3", "3"]
    assert next(row for row in rows if row["key"] == "1")["amount"] == "100.10"
    assert next(row for row in rows if row["key"] == "9")["message"] == "'+1"


# --- putting it right ---


def test_the_map_form_proposes_codes_of_the_target(held: World, browse: Browse) -> None:
    """What the target had when last read is proposed by likeness, and offered while typing; what is closed is not."""
    codes = {"6120": KnownCode("Tooling"), "6121": KnownCode("Old", usable=False), "99": KnownCode("Cash")}
    held.database.known_codes(PAIR, "acumatica").keep({"account": codes})
    choice = browse().get("/queue/group.json", params=CASE).json()["choice"]
    assert [(one["code"], one["how"]) for one in choice["proposals"]] == [("6120", "the same code")]
    assert [one["code"] for one in choice["offers"]] == ["6120", "99"]
    assert '<option value="99">Cash</option>' in group_page(browse())


def test_a_code_is_mapped_there_and_then_and_frees_what_waited(
    held: World, browse: Browse, scheduler: Scheduler
) -> None:
    """Mapping the code stores it with its author, releases what waits for nothing else, and starts a replay of that."""
    client = browse()
    form = form_of(group_page(client), MAP) | {"other": " 61200 ", "choice": "", "note": "as agreed", "release": "1"}
    answer = client.post("/queue/map", data=form)
    assert answer.status_code == 303
    page = client.get(answer.headers["location"].removeprefix("/airflow/ml-connector")).text
    assert "2 released. A replay has been started" in page
    assert held.database.code_maps(PAIR).rows("account") == [Row("6120", "61200", "as agreed")]
    assert scheduler.replays == [(PAIR, BILLS, ("1", "2"), "mia")]
    assert outcome_of(held, "1") == ("held", "released by mia")
    assert outcome_of(held, "3") == ("held", None)


def test_a_code_is_mapped_without_a_release(held: World, browse: Browse, scheduler: Scheduler) -> None:
    """Without the tick nothing is started: the next run takes the documents up."""
    client = browse()
    form = form_of(group_page(client), MAP) | {"choice": "61200"}
    del form["release"]
    assert "done=mapped" in client.post("/queue/map", data=form).headers["location"]
    assert scheduler.replays == []


def test_a_code_mapped_from_a_later_day_on_frees_nothing(held: World, browse: Browse, scheduler: Scheduler) -> None:
    """The bills are of the 3rd of November: an entry from December on is stored, and they stay where they are."""
    client = browse()
    form = form_of(group_page(client), MAP) | {"other": "61200", "choice": "", "release": "1"}
    answer = client.post("/queue/map", data=form | {"effective_from": "2026-12-01"})
    assert "done=mapped" in answer.headers["location"]
    assert held.database.code_maps(PAIR).rows("account") == [Row("6120", "61200", "", "2026-12-01")]
    assert scheduler.replays == []
    page = group_page(client)
    assert "61200 from 2026-12-01" in page
    form = form_of(page, MAP) | {"other": "61100", "choice": "", "release": "1"}
    client.post("/queue/map", data=form | {"effective_from": "2026-11-03"})
    assert scheduler.replays == [(PAIR, BILLS, ("1", "2"), "mia")]


def test_a_decision_about_a_supplier_counts_as_of_today(world: World, browse: Browse, scheduler: Scheduler) -> None:
    """It is the 20th of November: an entry from then on frees the supplier, one from the 21st on does not."""
    world.run(SUPPLIERS)
    world.park(SUPPLIERS, supplier("S9", "Kestrel"), finding(Reason.SUPPLIER_NEAR_MATCH, "?", value="Kestrel"))
    client, case = browse(), {"pair": PAIR, "flow": SUPPLIERS, "reason": "supplier_near_match", "value": "Kestrel"}
    for day, replays in (("2026-11-21", 0), ("2026-11-20", 1)):
        form = form_of(client.get("/queue/group", params=case).text, MAP) | {"other": "V1", "choice": "", "sure": "1"}
        answer = client.post("/queue/map", data=form | {"release": "1", "effective_from": day})
        assert answer.status_code == 303
        assert len(scheduler.replays) == replays


def test_a_supplier_is_decided_to_be_new(world: World, browse: Browse) -> None:
    """“Create it” is stored as the supplier map wants it, in either direction."""
    for flow, expected in ((SUPPLIERS, Row("Kestrel", "NEW")), ("suppliers_to_cin7", Row("NEW Kestrel", "Kestrel"))):
        world.run(flow)
        world.park(flow, supplier("S9", "Kestrel"), finding(Reason.SUPPLIER_NEAR_MATCH, "?", value="Kestrel"))
        client, case = browse(), {"pair": PAIR, "flow": flow, "reason": "supplier_near_match", "value": "Kestrel"}
        form = form_of(client.get("/queue/group", params=case).text, MAP) | {"choice": "NEW"}
        assert client.post("/queue/map", data=form).status_code == 303
        assert expected in world.database.code_maps(PAIR).rows("supplier")


def test_a_code_that_the_target_does_not_have_needs_a_second_thought(held: World, browse: Browse) -> None:
    """A typing error is refused; the tick says that the code is new there."""
    held.database.known_codes(PAIR, "acumatica").keep({"account": {"61200": KnownCode("Tooling")}})
    client = browse()
    form = form_of(group_page(client), MAP) | {"other": "61201", "choice": ""}
    del form["sure"]
    answer = client.post("/queue/map", data=form)
    assert answer.status_code == 422
    assert "had no GL account “61201”" in answer.text
    assert client.post("/queue/map", data={**form, "sure": "1"}).status_code == 303


def test_nothing_chosen_is_refused(held: World, browse: Browse) -> None:
    """A form sent without a code says what is missing."""
    client = browse()
    answer = client.post("/queue/map", data=form_of(group_page(client), MAP) | {"choice": "", "other": " "})
    assert answer.status_code == 422
    assert "Choose what “6120” means in Acumatica" in answer.text


def test_of_two_clerks_who_map_the_same_code_the_second_gets_a_conflict(held: World, browse: Browse) -> None:
    """The second decision is not stored over the first, and says what the first was."""
    mia, ben = browse("mia"), browse("ben")
    first = form_of(group_page(mia), MAP) | {"choice": "1"}
    second = form_of(group_page(ben), MAP) | {"choice": "2"}
    assert mia.post("/queue/map", data=first).status_code == 303
    answer = ben.post("/queue/map", data=second)
    assert answer.status_code == 409
    assert "“6120” was mapped to “1” meanwhile" in answer.text
    assert held.database.code_maps(PAIR).rows("account") == [Row("6120", "1")]


def test_a_group_is_released_as_it_was_seen(held: World, browse: Browse, scheduler: Scheduler) -> None:
    """All documents of the group are replayed; a second clerk with the old page gets a conflict."""
    mia, ben = browse("mia"), browse("ben")
    mine, theirs = form_of(group_page(mia), RELEASE), form_of(group_page(ben), RELEASE)
    assert mia.post("/queue/release", data=mine).status_code == 303
    assert scheduler.replays == [(PAIR, BILLS, ("1", "2", "3"), "mia")]
    assert ben.post("/queue/release", data=theirs).status_code == 409
    assert len(scheduler.replays) == 1
    assert "released by mia" in group_page(ben)


def test_a_group_that_grew_is_not_released_unseen(held: World, browse: Browse) -> None:
    """A document that joined the group after the page was made is not released with it."""
    client = browse()
    form = form_of(group_page(client), RELEASE)
    held.park(BILLS, bill("4"), unmapped(bill("4")))
    assert client.post("/queue/release", data=form).status_code == 409


def test_a_release_without_a_replay_says_so(held: World, browse: Browse, scheduler: Scheduler) -> None:
    """Who may not start the replay DAG, or when Airflow cannot, leaves the documents to the next run."""
    for name in ("paul", "otto"):
        person = browse(name)
        answer = person.post("/queue/release", data=form_of(group_page(person), RELEASE))
        assert "done=denied" in answer.headers["location"]
    scheduler.error = RetryableError("down")
    mia = browse("mia")
    answer = mia.post("/queue/release", data=form_of(group_page(mia), RELEASE))
    assert "done=failed" in answer.headers["location"]
    assert outcome_of(held, "1") == ("held", "released by mia")


@pytest.mark.parametrize(
    ("done", "run", "link"),
    [
        ("started", "ml_connector_replay__nz/manual__1", "/airflow/dags/ml_connector_replay__nz/runs/manual__1"),
        ("started", "ml_connector_preflight/manual__1", ""),
        ("started", "ml_connector_replay__/../../logout/x", ""),
        ("started", PAIR + "/manual__1", ""),
        ("denied", "x", ""),
        ("mapped", "__evil/../abc", ""),
    ],
)
def test_a_run_is_linked_only_where_one_of_ours_was_started(
    held: World, browse: Browse, done: str, run: str, link: str
) -> None:
    """The address of the page chooses among our sentences, and leads nowhere else."""
    page = browse().get("/queue", params={"done": done, "n": 1, "run": run}).text
    assert re.findall(r'<p class="done".*?</p>', page, re.DOTALL)
    assert re.findall(r'<a href="([^"]*)">Watch the run', page) == ([link] if link else [])


def test_a_large_group_is_released_in_parts(
    world: World, browse: Browse, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One replay takes a bounded number of documents, and the page shows fifty at a time."""
    monkeypatch.setattr("ml_connector.operator_ui.queue_actions.MOST_KEYS", 50)
    world.run(BILLS)
    for number in range(103):
        one = bill(f"{number:04d}")
        world.park(BILLS, one, unmapped(one))
    client = browse()
    assert client.post("/queue/release", data=form_of(group_page(client), RELEASE)).status_code == 303
    assert len(scheduler.replays[0][2]) == 50
    seen, after = [], ""
    while True:
        view = client.get("/queue/group.json", params={**CASE, "after": after}).json()
        seen += [one["key"] for one in view["documents"]]
        after = view["after"]
        if not after:
            break
    assert seen == [f"{number:04d}" for number in range(103)]


# --- who may ---


def test_who_may_only_look_has_no_forms_and_cannot_send_any(held: World, browse: Browse) -> None:
    """Without edit access the page has no form, and a form made by hand is refused."""
    vera = browse("vera")
    assert "not change it" in group_page(vera)
    assert 'action="/airflow/ml-connector/queue/map"' not in group_page(vera)
    token = browse("vera").get("/queue/group.json", params=CASE).json()["form_token"]
    answer = vera.post("/queue/map", data={**CASE, "token": token, "choice": "1"})
    assert answer.status_code == 403
    assert "ask for edit access" in answer.text


@pytest.mark.parametrize("token", ["", "x", "99999999999.abc", "1.2"])
def test_a_forged_form_is_refused(held: World, browse: Browse, token: str) -> None:
    """A form that does not come from our pages changes nothing."""
    client = browse()
    form = form_of(group_page(client), MAP) | {"choice": "1", "token": token}
    assert client.post("/queue/map", data=form).status_code == 403
    assert held.database.code_maps(PAIR).rows("account") == []


def test_a_form_of_somebody_else_or_of_yesterday_is_refused(held: World, browse: Browse) -> None:
    """A token is of one person and of twelve hours."""
    mia = browse("mia")
    form = form_of(group_page(mia), MAP) | {"choice": "1"}
    assert browse("ben").post("/queue/map", data=form).status_code == 403
    cross = {"sec-fetch-site": "cross-site"}
    assert mia.post("/queue/map", data=form, headers=cross).status_code == 403
    held.time += 13 * held.hour
    answer = mia.post("/queue/map", data=form)
    assert answer.status_code == 403
    assert "open for too long" in answer.text


def test_what_a_form_must_not_hold_is_refused(held: World, browse: Browse) -> None:
    """Unknown fields, over-long texts and huge bodies are refused before anything is done."""
    client = browse()
    form = form_of(group_page(client), MAP) | {"choice": "1"}
    assert client.post("/queue/map", data={**form, "extra": "1"}).status_code == 422
    assert client.post("/queue/map", data={**form, "note": "x" * 2001}).status_code == 422
    assert client.post("/queue/map", content=b"x" * 1_600_000).status_code == 413
    assert client.get("/queue", params={"q": "x" * 201}).status_code == 422
    assert client.get("/queue", params={"outcome": "lost"}).status_code == 422
    assert held.database.code_maps(PAIR).rows("account") == []


def test_the_replay_dag_shows_the_whole_queue(held: World, browse: Browse) -> None:
    """The tab of the replay DAG, which is no pair, shows what every pair has."""
    for dag in ("ml_connector_replay", "ml_connector_preflight__nz"):
        assert len(groups(browse(), pair=dag)) == 3
    assert browse().get("/queue", params={"pair": "example_dag"}).status_code == 404
    assert token_of(group_page(browse()))

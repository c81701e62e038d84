"""One document's whole story, and what a person may do with it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from page_world import BILLS, NOW, PAIR, World, bill, finding, form_of, unmapped
from sqlalchemy import text

from ml_connector.domain.finding import Reason
from ml_connector.domain.status import Outcome, Progress
from ml_connector.operator_ui.airflow_links import run_url, task_url
from ml_connector.store import call_bodies
from ml_connector.store.engine import writing
from ml_connector.sync.ports import Pull

Browse = Callable[..., httpx.Client]
PLACE = {"pair": PAIR, "flow": BILLS, "key": "1"}
REJECT, REOPEN, RELEASE = (f"/airflow/ml-connector/documents/{name}" for name in ("reject", "reopen", "release"))


@pytest.fixture
def held(world: World) -> World:
    """A bill that waits for account 6120."""
    world.run(BILLS)
    world.park(BILLS, bill("1"), unmapped(bill("1")), days=2)
    return world


def story(client: httpx.Client, **more: Any) -> dict[str, Any]:
    """Return what the page says."""
    answer = client.get("/documents.json", params={**PLACE, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def page(client: httpx.Client) -> str:
    """Return the page."""
    return client.get("/documents", params=PLACE).text


def test_a_held_document_says_why_and_where_it_is_put_right(held: World, browse: Browse) -> None:
    """The findings with their next step, the field that is wrong, and the link to the form that maps the code."""
    found = story(browse())
    assert [(one["name"], one["state"]) for one in found["stations"]] == [
        ("read", "done"), ("mapped", "here"), ("checked", "ahead"), ("written", "ahead"), ("verified", "ahead"),
    ]  # fmt: skip
    wrong = [row for row in found["fields"] if row["findings"]]
    assert [(row["title"], row["before"], row["after"]) for row in wrong] == [("line 1, GL account", "6120", None)]
    shown = page(browse())
    assert f"/queue/group?pair={PAIR}&amp;flow={BILLS}&amp;reason=account_unmapped&amp;value=6120" in shown
    assert "Add “6120” to the account map" in shown


def test_a_delivered_document_shows_both_sides_and_the_map_version(world: World, browse: Browse) -> None:
    """Each replaced code names the version of the map that was in force when it was brought over."""
    maps = world.database.code_maps(PAIR)
    maps.set("account", "6120", "61200", author="ann")
    world.run(BILLS)
    source = bill("1")
    line = source.lines[0].model_copy(update={"account": "61200"})  # type: ignore[attr-defined]
    world.deliver(BILLS, source, "000001", resolved=source.model_copy(update={"lines": (line,)}))
    world.time = NOW + world.hour
    maps.set("account", "6120", "99999", author="ben")
    found = story(browse())
    assert [one["state"] for one in found["stations"]] == ["done"] * 5
    [changed] = [row for row in found["fields"] if row["after"] != row["before"]]
    assert (changed["name"], changed["before"], changed["after"]) == ("lines[0].account", "6120", "61200")
    assert found["versions"]["lines[0].account"]["author"] == "ann"
    assert "<del>6120</del>" in page(browse())
    assert "000001" in page(browse())


def test_the_version_is_that_of_the_documents_day(world: World, browse: Browse) -> None:
    """Of two entries in force the one that applies to the bill's date is named; an entry removed later still is."""
    maps = world.database.code_maps(PAIR)
    maps.set("account", "6120", "61200", author="ann")
    maps.set("account", "6120", "61300", author="ben", effective_from="2026-11-01")
    maps.set("account", "6120", "61400", author="eve", effective_from="2026-12-01")
    world.run(BILLS)
    source = bill("1")
    line = source.lines[0].model_copy(update={"account": "61300"})  # type: ignore[attr-defined]
    world.deliver(BILLS, source, "000001", resolved=source.model_copy(update={"lines": (line,)}))
    world.time = NOW + world.hour
    maps.remove("account", "6120", author="eve")
    assert story(browse())["versions"]["lines[0].account"]["author"] == "ben"


def test_amounts_are_shown_to_the_last_digit(world: World, browse: Browse) -> None:
    """No amount passes through a float."""
    world.run(BILLS)
    world.park(BILLS, bill("1", "12345678901234.56789"), unmapped(bill("1")))
    assert story(browse())["document"]["money"]["amount"] == str(Decimal("12345678901234.56789"))
    assert "12,345,678,901,234.56789" in page(browse())


def test_the_trail_tells_every_step_with_its_run(world: World, browse: Browse) -> None:
    """Newest first, with links to Airflow's run and task."""
    world.run(BILLS)
    world.deliver(BILLS, bill("1"), "000001")
    steps = [entry["step"] for entry in story(browse())["trail"]["entries"]]
    assert steps == ["created", "verified", "authorising", "drafted", "sent", "intended"]
    assert f"/airflow/dags/{PAIR}/runs/scheduled__1/tasks/{BILLS}.load" in page(browse())


def test_runs_that_say_the_same_are_one_line(held: World, browse: Browse) -> None:
    """A document that is held again and again for the same reason does not fill the page."""
    for number in range(5):
        held.time += held.hour
        held.park(BILLS, bill("1"), unmapped(bill("1")), run_id=f"scheduled__{number}")
    [entry] = story(browse())["trail"]["entries"]
    assert (entry["step"], entry["repeated"]) == ("held", 5)
    assert "the same again 5 times" in page(browse())


def test_the_calls_stand_with_the_step_that_they_led_to(held: World, browse: Browse) -> None:
    """Calls are shown without bodies, and do not keep runs that say the same from being one line."""
    call = {"method": "PUT", "url": "https://erp.example/Bill?x=***", "status": None, "ms": 12, "error": "timeout"}
    for number in range(3):
        held.database.audit(PAIR, BILLS, f"scheduled__{number}").note("1", "calls", {"calls": [{**call, "ms": number}]})
        held.park(BILLS, bill("1"), unmapped(bill("1")), run_id=f"scheduled__{number}")
    [entry] = story(browse())["trail"]["entries"]
    assert (entry["repeated"], entry["calls"]) == (3, [{**call, "ms": 2}])
    assert "PUT https://erp.example/Bill?x=***" in page(browse())
    held.database.audit(PAIR, BILLS, "scheduled__9").note("1", "calls", {"calls": [call]})
    assert [one["step"] for one in story(browse())["trail"]["entries"]] == ["calls", "held"]


def test_a_call_s_bodies_are_shown_while_they_are_kept(held: World, browse: Browse) -> None:
    """A field a line, escaped; afterwards it is said that they are not kept any more. As JSON they are as stored."""
    database, call = held.database, {"method": "PUT", "url": "https://erp.example/Bill", "status": 200, "ms": 9}
    with writing(database.engine) as connection:
        call_bodies.add(connection, PAIR, held.time, {"b1": ('{"Amount": 0.10, "Memo": "<b>"}', "<Bill>1</Bill>")})
    database.audit(PAIR, BILLS, "scheduled__9").note("1", "calls", {"calls": [{**call, "bodies": "b1"}, call]})
    shown = page(browse())
    assert "{\n  &#34;Amount&#34;: 0.10,\n  &#34;Memo&#34;: &#34;&lt;b&gt;&#34;\n}" in shown
    assert "&lt;Bill&gt;1&lt;/Bill&gt;" in shown
    told = story(browse())["trail"]["entries"][0]["calls"]
    assert told == [{**call, "sent": '{"Amount": 0.10, "Memo": "<b>"}', "received": "<Bill>1</Bill>"}, call]
    call_bodies.forget(database.engine, held.time + held.hour, PAIR)
    assert "not kept any more" in page(browse())
    assert story(browse())["trail"]["entries"][0]["calls"] == [{**call, "sent": None, "received": None}, call]


def test_a_long_trail_is_read_page_by_page(held: World, browse: Browse) -> None:
    """A hundred entries at a time; together they are all, each once."""
    audit = held.database.audit(PAIR, BILLS, "scheduled__2")
    for number in range(230):
        audit.note("1", f"step {number}", {})
    client, seen, before = browse(), [], None
    while True:
        trail = story(client, **({"before": before} if before else {}))["trail"]
        assert trail["unbroken"]
        seen += [entry["seq"] for entry in trail["entries"]]
        before = trail["before"]
        if before is None:
            break
    assert seen == list(range(231, 0, -1))


@pytest.mark.parametrize("change", ["step = 'x'", "detail = '{}'", "previous = 'x'", "hash = 'x'"])
def test_an_entry_that_was_tampered_with_is_noticed(held: World, browse: Browse, change: str) -> None:
    """The page recalculates the hashes of what it shows, and says so when one is wrong."""
    assert story(browse())["trail"]["unbroken"]
    with writing(held.database.engine) as connection:
        postgres = connection.dialect.name == "postgresql"
        trigger = "mlc_audit_entry_only_grows ON mlc_audit_entry" if postgres else "mlc_audit_entry_no_update"
        connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text(f"UPDATE mlc_audit_entry SET {change} WHERE key = '1'"))
    assert not story(browse())["trail"]["unbroken"]
    assert "the audit trail has been changed" in page(browse())


def test_the_lists_that_the_run_read_are_shown(held: World, browse: Browse) -> None:
    """The query, its time and its number of rows stand on the page."""
    pull = Pull("cin7", "purchaseList", "UpdatedSince=2026-11-18", NOW, NOW, rows=1234, pages=13)
    held.database.audit(PAIR, BILLS, "scheduled__1").pull(pull)
    assert story(browse())["pulls"][0]["query"] == "UpdatedSince=2026-11-18"
    assert "1,234" in page(browse())


def test_what_could_not_be_read_is_shown_as_it_came(world: World, browse: Browse) -> None:
    """The record of an unreadable document stands on the page, escaped."""
    from ml_connector.sync.ports import Unreadable

    world.run(BILLS)
    bad = finding(Reason.UNREADABLE, "No date.")
    staging = world.database.staging(PAIR, BILLS, "scheduled__1")
    staging.add([Unreadable("1", NOW, bad, '{"total": "<b>12</b>"}')])
    journal = world.database.journal(PAIR, BILLS, "scheduled__1")
    journal.conclude("1", Outcome.HELD, label="record 1", findings=(bad,))
    assert "&lt;b&gt;12&lt;/b&gt;" in page(browse())
    assert story(browse())["stations"][0]["state"] == "here"


def test_a_write_of_unknown_outcome_is_explained(held: World, browse: Browse) -> None:
    """What was sent without an answer is said to be looked up, not to be lost."""
    held.database.journal(PAIR, BILLS, "scheduled__1").advance("1", Progress.UNKNOWN)
    assert "not settled yet" in page(browse())


def test_a_document_that_is_not_known_is_not_found(held: World, browse: Browse) -> None:
    """A key of nothing, or of a hidden pair, gives nothing away."""
    assert browse().get("/documents", params={**PLACE, "key": "9"}).status_code == 404
    assert browse("nora").get("/documents", params=PLACE).status_code == 403


# --- decisions ---


def test_a_document_is_rejected_and_taken_up_again(held: World, browse: Browse) -> None:
    """The comment and its author stand on the page; the rejected document is out of the queue until taken up again."""
    client = browse()
    form = form_of(page(client), REJECT) | {"comment": "Paid by card."}
    assert client.post("/documents/reject", data=form).status_code == 303
    assert "Paid by card." in page(client)
    assert client.get("/queue.json").json()["groups"] == []
    [group] = client.get("/queue.json", params={"outcome": "rejected"}).json()["groups"]
    assert group["outcomes"] == {"rejected": 1}
    assert client.post("/documents/reopen", data=form_of(page(client), REOPEN)).status_code == 303
    assert len(client.get("/queue.json").json()["groups"]) == 1


def test_a_rejected_group_has_no_forms(held: World, browse: Browse) -> None:
    """Rejected documents are taken up one by one, each on its own page."""
    client = browse()
    client.post("/documents/reject", data=form_of(page(client), REJECT) | {"comment": "No."})
    case = {"pair": PAIR, "flow": BILLS, "outcome": "rejected", "reason": "account_unmapped", "value": "6120"}
    shown = client.get("/queue/group", params=case).text
    assert "INV-1" in shown
    assert "<form" not in shown


def test_a_rejection_needs_a_comment(held: World, browse: Browse) -> None:
    """Without a reason nothing is rejected."""
    client = browse()
    answer = client.post("/documents/reject", data=form_of(page(client), REJECT) | {"comment": " "})
    assert answer.status_code == 422
    assert "needs a comment" in answer.text


def test_of_two_clerks_the_second_gets_a_conflict(held: World, browse: Browse) -> None:
    """Who rejects what another has released meanwhile is told who did, and nothing is changed."""
    mia, ben = browse("mia"), browse("ben")
    old = form_of(page(ben), REJECT) | {"comment": "No."}
    assert mia.post("/documents/release", data=form_of(page(mia), RELEASE)).status_code == 303
    answer = ben.post("/documents/reject", data=old)
    assert answer.status_code == 409
    assert "mia released it at" in answer.text
    assert "no run has tried it since" in page(ben)


def test_who_may_only_look_has_no_choices(held: World, browse: Browse) -> None:
    """Without edit access there are no forms, and none is taken."""
    vera = browse("vera")
    assert "<form" not in page(vera)
    form = {**PLACE, "state": "x", "token": story(vera)["form_token"]}
    for action in ("release", "reject", "reopen"):
        assert vera.post(f"/documents/{action}", data={**form, "comment": "x"}).status_code == 403


def test_links_lead_to_the_run_and_the_task() -> None:
    """A run of the pair, a replay and a person's decision each have, or have no, page in Airflow."""
    run = "scheduled__2026-11-20T12:00:00+00:00"
    assert run_url("/", PAIR, run) == f"/dags/{PAIR}/runs/scheduled__2026-11-20T12%3A00%3A00%2B00%3A00"
    for dag in ("ml_connector_replay", "ml_connector_replay__nz"):
        assert task_url("/x/", PAIR, f"{dag}/manual__1", BILLS, "load") == f"/x/dags/{dag}/runs/manual__1/tasks/load"
    assert task_url("/", PAIR, "manual__1", BILLS, "load").endswith(f"/tasks/{BILLS}.load")
    assert task_url("/", PAIR, "by hand", BILLS, "load") == ""

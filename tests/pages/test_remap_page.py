"""What was posted before a map changed, and the plan of a remap."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from page_world import BILLS, NOW, ORDERS, PAIR, SUPPLIERS, World, bill, finding, order, supplier

from ml_connector.domain.documents import Document, DocumentStatus
from ml_connector.domain.finding import Reason
from ml_connector.domain.status import Outcome, Progress
from ml_connector.operator_ui import remap_page
from ml_connector.operator_ui.pairs import known_pairs
from ml_connector.orchestration.deployments import Deployment
from ml_connector.orchestration.fiscal import FiscalCalendar
from ml_connector.store.codemaps import SqlCodeMaps
from ml_connector.sync.evidence import MAPS_IN_FORCE
from ml_connector.sync.ports import TargetRef

Browse = Callable[..., httpx.Client]
AT = {"pair": PAIR, "map": "account", "version": 2}


@pytest.fixture
def maps(world: World) -> SqlCodeMaps:
    """The accounts of bills, in their first version."""
    maps = world.database.code_maps(PAIR)
    maps.import_text("account", "cin7_code,partner_code\n6120,61200\n6130,61300\n", author="ann")
    return maps


def noted(world: World, flow: str, run_id: str = "scheduled__1", **versions: int) -> None:
    """Begin a flow of a run, and note what was in force, as validate does."""
    world.run(flow, run_id)
    detail = {"versions": versions, "identity": ["item", "currency", "unit"], "release": "1", "today": "2026-11-20"}
    world.database.audit(PAIR, flow, run_id).note("", MAPS_IN_FORCE, detail)


def remap(client: httpx.Client, **query: Any) -> dict[str, Any]:
    """Return what the page says."""
    answer = client.get("/mappings/remap.json", params={**AT, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def told(client: httpx.Client, **query: Any) -> list[tuple[str, str]]:
    """Return the number and the action of each document."""
    return [(one["number"], one["action"]) for one in remap(client, **query)["documents"]]


def later(world: World) -> None:
    """Let an hour pass."""
    world.time += world.hour


def test_what_was_posted_by_the_old_entry_is_listed(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """Each bill on the changed account with number, date, amount and both codes; others are left out."""
    noted(world, BILLS, account=1)
    world.deliver(BILLS, bill("1", "100.10"), "000001")
    world.deliver(BILLS, bill("2", "50.00", account="6130"), "000002")
    later(world)
    maps.set("account", "6120", "61999", author="ben", note="new chart")
    found = remap(browse())
    [one] = found["documents"]
    assert one["label"] == "bill INV-1 of Müller & Söhne"
    assert [one[name] for name in ("number", "date", "amount", "currency", "status", "version")] == [
        "000001", "2026-11-03", 100.10, "EUR", "authorised", 1,
    ]  # fmt: skip
    assert one["fields"] == [{"title": "line 1, GL account", "code": "6120", "posted": "61200", "now": "61999"}]
    assert (one["action"], one["why"]) == ("reverse", "")
    assert one["unknown"] == ["whether its period is closed", "whether it is paid"]
    assert found["totals"] == [{"action": "reverse", "currency": "EUR", "documents": 1, "amount": 100.10}]
    page = browse().get("/mappings/remap", params=AT).text
    assert "Nothing is reversed, posted or changed by it" in page
    assert "Unknown to us: whether its period is closed, whether it is paid." in page
    assert "version=2" in browse().get("/mappings/history", params=AT).text


def test_a_plan_changes_nothing(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """Looking at it leaves the journal, the trail and the map as they are."""
    noted(world, BILLS, account=1)
    world.deliver(BILLS, bill("1"), "000001")
    later(world)
    maps.set("account", "6120", "61999", author="ben")
    before = everything(world)
    browse().get("/mappings/remap", params=AT)
    remap(browse())
    assert everything(world) == before


def everything(world: World) -> list[Any]:
    """All rows that a remap would touch."""
    tables = ("mlc_document", "mlc_audit_entry", "mlc_code_map", "mlc_code_map_change", "mlc_staged_document")
    with world.database.engine.connect() as connection:
        return [connection.exec_driver_sql(f"SELECT * FROM {table}").all() for table in tables]


def test_what_was_written_by_the_new_entry_is_not_listed(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """What counts is the version that the run applied, not the clock: it may have read the map before the change."""
    noted(world, BILLS, account=1)
    maps.set("account", "6120", "61999", author="ben")
    later(world)
    world.deliver(BILLS, bill("1"), "000001")
    noted(world, BILLS, "scheduled__2", account=2)
    world.deliver(BILLS, bill("2"), "000002", "scheduled__2")
    assert told(browse()) == [("000001", "reverse")]


def test_where_no_run_noted_its_maps_the_time_decides(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """Documents of an older release, or whose trail is pruned, were posted by the map of that time."""
    world.run(BILLS)
    world.deliver(BILLS, bill("1"), "000001")
    later(world)
    maps.set("account", "6120", "61999", author="ben")
    later(world)
    world.deliver(BILLS, bill("2"), "000002")
    assert told(browse()) == [("000001", "reverse")]


def test_only_documents_of_its_days_are_concerned(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """An entry from the 4th of November on says nothing of a bill of the 3rd; one from the 3rd on does."""
    noted(world, BILLS, account=1)
    world.deliver(BILLS, bill("1"), "000001")
    later(world)
    maps.set("account", "6120", "61999", author="ben", effective_from="2026-11-04")
    maps.set("account", "6120", "61888", author="ben", effective_from="2026-11-03")
    assert told(browse()) == []
    assert "Nothing was posted under the entries" in browse().get("/mappings/remap", params=AT).text
    assert told(browse(), version=3) == [("000001", "reverse")]
    assert remap(browse(), version=3)["documents"][0]["fields"][0]["now"] == "61888"


def begun(world: World, document: Document, number: str, *steps: Progress) -> None:
    """Bring a document into the target as far as the steps go."""
    journal, ref = world.database.journal(PAIR, BILLS, "scheduled__1"), TargetRef(key=f"Bill/{number}", number=number)
    for step in steps:
        journal.advance(document.key, step, ref=ref, document=document, label=document.label)


def test_each_document_has_its_action(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """A draft is changed in place; what the target has frozen, what is void or not settled cannot be remapped."""
    noted(world, BILLS, account=1)
    begun(world, bill("1"), "000001", Progress.SENT, Progress.DRAFTED)
    begun(world, bill("2"), "000002", Progress.SENT, Progress.UNKNOWN)
    world.deliver(BILLS, bill("3"), "000003")
    frozen = finding(Reason.FROZEN_IN_TARGET, "Bill INV-3: it changed after it was sent, but it is closed.")
    world.park(BILLS, bill("3", "120.00"), frozen)
    world.deliver(BILLS, bill("4").model_copy(update={"status": DocumentStatus.VOIDED}), "000004")
    world.deliver(BILLS, bill("5"), "000005")
    later(world)
    maps.set("account", "6120", "61999", author="ben")
    assert told(browse()) == [
        ("000001", "change"), ("000002", "cannot"), ("000003", "cannot"), ("000004", "cannot"), ("000005", "reverse"),
    ]  # fmt: skip
    whys = [one["why"] for one in remap(browse())["documents"]]
    assert whys[1] == "Its last write is not settled: the next run looks it up first."
    assert whys[2].endswith("but it is closed.")
    assert whys[3] == "It was voided at its source: there is nothing to post again."
    totals = [(one["action"], one["documents"], one["amount"]) for one in remap(browse())["totals"]]
    assert totals == [("change", 1, 100.00), ("reverse", 1, 100.00), ("cannot", 3, 320.00)]


def test_what_the_map_says_again_needs_nothing(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """A version that was undone since asks for no remap; a removed entry would hold the document."""
    noted(world, BILLS, account=1)
    world.deliver(BILLS, bill("1"), "000001")
    later(world)
    maps.set("account", "6120", "61999", author="ben")
    maps.set("account", "6120", "61200", author="ben")
    assert told(browse()) == [("000001", "nothing")]
    maps.remove("account", "6120", author="eve")
    assert told(browse()) == [("000001", "cannot")]
    assert "has no counterpart on its day now" in remap(browse())["documents"][0]["why"]


def test_suppliers_and_orders_have_codes_too(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """A supplier is changed in place; an order has no period that could be closed, and is not paid."""
    maps.set("terms", "30 days", "N30", author="ann")
    noted(world, SUPPLIERS, terms=1)
    world.deliver(SUPPLIERS, supplier("S1", "Kestrel").model_copy(update={"terms": "30 DAYS"}), "V1")
    noted(world, ORDERS, terms=1)
    world.deliver(ORDERS, order("7", terms="30 days"), "PO7")
    later(world)
    maps.set("terms", "30 days", "N31", author="ben")
    found = remap(browse(), map="terms")["documents"]
    assert [(one["number"], one["action"], one["status"], one["unknown"]) for one in found] == [
        ("PO7", "reverse", "authorised", []), ("V1", "change", "there", []),
    ]  # fmt: skip


def test_a_period_closed_by_the_calendar_stands_in_the_way(
    world: World, maps: SqlCodeMaps, app: FastAPI, browse: Browse
) -> None:
    """Where the deployment tells its periods, a bill of a closed one cannot be posted again."""
    deployment = Deployment(pair="acumatica_cin7", calendar=FiscalCalendar(closes_after_days=5))
    told_by = known_pairs([deployment], world.database.engine)
    app.state.desk = replace(app.state.desk, pairs=lambda: told_by)
    noted(world, BILLS, account=1)
    old = bill("1").model_copy(update={"date": dt.date(2026, 10, 30)})
    world.deliver(BILLS, old, "000001")
    world.deliver(BILLS, bill("2"), "000002")
    later(world)
    maps.set("account", "6120", "61999", author="ben")
    one, other = remap(browse())["documents"]
    assert (one["action"], one["why"]) == ("cannot", "Its period 2026-P10 is closed by the pair's calendar.")
    assert (other["action"], other["unknown"]) == ("reverse", ["whether it is paid"])


def test_codes_of_the_partner_are_followed_as_well(world: World, browse: Browse) -> None:
    """In a flow that reads the partner it is the partner's code that was posted as a code of Cin7."""
    maps = world.database.code_maps(PAIR)
    maps.import_text("terms", 'cin7_code,partner_code\n"2% 10, Net 30",N30\n', author="ann")
    noted(world, "suppliers_to_cin7", terms=1)
    theirs = supplier("V1", "Kestrel").model_copy(update={"source": "acumatica", "terms": "N30"})
    world.deliver("suppliers_to_cin7", theirs, "S1")
    later(world)
    maps.import_text("terms", "cin7_code,partner_code\n30 days,N30\n", author="ben", replace=True)
    [one] = remap(browse(), map="terms")["documents"]
    assert [(each["code"], each["posted"], each["now"]) for each in one["fields"]] == [
        ("N30", "2% 10, Net 30", "30 days")
    ]


def test_the_plan_is_given_as_csv(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """A row a document, so that amounts add up in a spreadsheet."""
    noted(world, BILLS, account=1)
    world.deliver(BILLS, bill("1", "100.10"), "000001")
    later(world)
    maps.set("account", "6120", "61999", author="ben")
    answer = browse().get("/mappings/remap.csv", params=AT)
    [row] = csv.DictReader(answer.text.removeprefix("\ufeff").splitlines())
    assert (row["action"], row["number"], row["amount"], row["currency"]) == ("reverse", "000001", "100.10", "EUR")
    assert row["codes"] == "line 1, GL account 6120: 61200 -> 61999"
    assert row["unknown_to_us"] == "whether its period is closed; whether it is paid"


def test_what_is_left_out_is_said(
    world: World, maps: SqlCodeMaps, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documents beyond the limit, and those of which nothing is kept, are not passed over in silence."""
    noted(world, BILLS, account=1)
    for number in range(3):
        world.deliver(BILLS, bill(f"{number}"), f"{number}")
    world.database.journal(PAIR, BILLS, "scheduled__1").conclude("0", Outcome.HELD, label="bill INV-0")
    later(world)
    maps.set("account", "6120", "61999", author="ben")
    found = remap(browse())
    assert (len(found["documents"]), found["unkept"], found["looked_at"], found["there"]) == (2, 1, 3, 3)
    assert "1 document could not be looked at" in browse().get("/mappings/remap", params=AT).text
    monkeypatch.setattr(remap_page, "QUICKLY", 2)
    page = browse().get("/mappings/remap", params=AT).text
    assert "2 of 3 documents that stand in the target have been looked at; the list and the totals are not" in page
    assert "whole=true" in page
    assert len(remap(browse())["documents"]) == 2
    assert "are not complete" not in browse().get("/mappings/remap", params={**AT, "whole": "true"}).text
    monkeypatch.setattr(remap_page, "MOST", 2)
    page = browse().get("/mappings/remap", params={**AT, "whole": "true"}).text
    assert "are not complete" in page
    assert "whole=true" not in page
    last = browse().get("/mappings/remap.csv", params=AT).text.splitlines()[-1]
    assert "only 2 of 3 documents were looked at: the list is not complete" in last


def test_who_may_not_see_the_pair_sees_no_plan(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """The same permissions as everywhere: reading is enough, without it there is nothing."""
    for form in ("", ".json", ".csv"):
        assert browse("nora").get(f"/mappings/remap{form}", params=AT).status_code == 403
        assert browse("vera").get(f"/mappings/remap{form}", params={**AT, "version": 1}).status_code == 200
        assert browse().get(f"/mappings/remap{form}", params={**AT, "version": 9}).status_code == 404
        assert browse().get(f"/mappings/remap{form}", params={**AT, "map": "lunch"}).status_code == 404
    assert world.time == NOW


def test_the_supplier_map_is_told_apart(world: World, browse: Browse) -> None:
    """It decides once which supplier is which: nothing that was posted depends on it any more."""
    world.database.code_maps(PAIR).set("supplier", "Kestrel", "V1", author="ann")
    page = browse().get("/mappings/remap", params={**AT, "map": "supplier", "version": 1}).text
    assert "used once, when a supplier is first linked" in page

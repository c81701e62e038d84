"""The code maps: search, one entry, history, import after a preview."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from page_world import BILLS, PAIR, World, bill, form_of, token_of, unmapped

from ml_connector.domain.reference import KnownCode
from ml_connector.store.codemap_csv import Row
from ml_connector.store.codemaps import SqlCodeMaps

Browse = Callable[..., httpx.Client]
AT = {"pair": PAIR, "map": "account"}
ROOT = "/airflow/ml-connector"


@pytest.fixture
def maps(world: World) -> SqlCodeMaps:
    """The pair's maps, with two accounts."""
    maps = world.database.code_maps(PAIR)
    maps.import_text("account", "cin7_code,partner_code,note\n6100,60100,materials\n6200,60200,\n", author="ann")
    return maps


def view(client: httpx.Client, path: str = "", **query: Any) -> dict[str, Any]:
    """Return what a page says."""
    answer = client.get(f"/mappings{path}.json", params={**AT, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def entry_form(client: httpx.Client, action: str = "entry", **codes: str) -> dict[str, Any]:
    """Return the form of an entry's page."""
    page = client.get("/mappings/entry", params={**AT, **codes}).text
    form = form_of(page, f"{ROOT}/mappings/{action}")
    return {name: value for name, value in form.items() if name != "sure"}


def preview(client: httpx.Client, text: str, **more: str) -> httpx.Response:
    """Return the preview of pasted lines."""
    token = token_of(client.get("/mappings/import", params=AT).text)
    return client.post("/mappings/import", data={**AT, "token": token, "text": text, **more})


def test_a_map_shows_its_entries_with_names_and_authors(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """Each entry says what the codes are called, who changed it last, and when."""
    world.database.known_codes(PAIR, "acumatica").keep({"account": {"60100": KnownCode("Materials")}})
    [first, second] = view(browse())["page"]["entries"]
    assert (first["cin7_code"], first["partner_name"], first["author"], first["version"]) == (
        "6100", "Materials", "ann", 1,
    )  # fmt: skip
    assert second["partner_name"] == ""
    assert view(browse(), map="terms")["page"]["entries"] == []
    assert view(browse())["sizes"] == {"account": 2}


@pytest.mark.parametrize(
    ("text", "found"), [("602", ["6200"]), ("MATER", ["6100"]), ("6", ["6100", "6200"]), ("%", [])]
)
def test_a_map_is_searched(maps: SqlCodeMaps, browse: Browse, text: str, found: list[str]) -> None:
    """Part of either code or of the note, in any case; signs mean themselves."""
    assert [one["cin7_code"] for one in view(browse(), q=text)["page"]["entries"]] == found


def test_a_large_map_is_read_page_by_page(maps: SqlCodeMaps, browse: Browse) -> None:
    """A hundred entries at a time; together they are all, each once, also where a code has several."""
    lines = [f"{number // 2:04d},P{number:04d}" for number in range(250)]
    maps.import_text("item", "cin7_code,partner_code\n" + "\n".join(lines), author="ann")
    seen: list[str] = []
    place: dict[str, str] = {}
    while True:
        page = view(browse(), map="item", **place)["page"]
        seen += [one["partner_code"] for one in page["entries"]]
        if not page["more"]:
            break
        last = page["entries"][-1]
        place = {"after": last["cin7_code"], "after_partner": last["partner_code"]}
    assert seen == [f"P{number:04d}" for number in range(250)]


def test_codes_that_documents_wait_for_are_listed_with_a_proposal(
    world: World, maps: SqlCodeMaps, browse: Browse
) -> None:
    """The page of a map leads to the form that maps what is missing."""
    world.database.known_codes(PAIR, "acumatica").keep({"account": {"61200": KnownCode("Tooling")}})
    world.run(BILLS)
    world.park(BILLS, bill("1"), unmapped(bill("1")))
    [missing] = view(browse())["unmapped"]
    assert (missing["code"], missing["proposal"]["code"]) == ("6120", "61200")
    assert "reason=account_unmapped&amp;value=6120" in browse().get("/mappings", params=AT).text
    assert view(browse(), map="terms")["unmapped"] == []


def test_a_map_is_exported_so_that_no_spreadsheet_executes_it(maps: SqlCodeMaps, browse: Browse) -> None:
    """A code that begins like a formula is guarded, and comes back unharmed."""
    maps.set("account", "=1+1", "60300", author="ann")
    answer = browse().get("/mappings.csv", params=AT)
    assert answer.headers["content-disposition"] == f'attachment; filename="{PAIR}-account.csv"'
    rows = list(csv.DictReader(answer.text.removeprefix("\ufeff").splitlines()))
    assert "'=1+1" in {row["cin7_code"] for row in rows}
    assert "says all of this already" in preview(browse(), answer.text).text


# --- one entry ---


def test_an_entry_is_added_changed_and_removed(maps: SqlCodeMaps, browse: Browse) -> None:
    """Each is a version with its author."""
    client = browse()
    answer = client.post("/mappings/entry", data=entry_form(client) | {"cin7_code": "6300", "partner_code": "60300"})
    assert "done=changed&n=2" in answer.headers["location"]
    form = entry_form(client, cin7_code="6300", partner_code="60300")
    client.post("/mappings/entry", data=form | {"partner_code": "60301", "note": "moved"})
    assert Row("6300", "60301", "moved") in maps.rows("account")
    form = entry_form(client, "remove", cin7_code="6300", partner_code="60301")
    assert client.post("/mappings/remove", data=form).status_code == 303
    assert [row.cin7_code for row in maps.rows("account")] == ["6100", "6200"]
    assert [one["author"] for one in view(client, "/history")["versions"]] == ["mia", "mia", "mia", "ann"]


def test_an_entry_is_effective_from_a_day_on(maps: SqlCodeMaps, browse: Browse) -> None:
    """Its day is stored, shown in the list and in the history, changed, and given to scripts and spreadsheets."""
    client = browse()
    new = entry_form(client) | {"cin7_code": "6100", "partner_code": "60101", "effective_from": "2027-01-01"}
    assert client.post("/mappings/entry", data=new).status_code == 303
    assert [(one["partner_code"], one["effective_from"]) for one in view(client)["page"]["entries"]] == [
        ("60100", ""), ("60101", "2027-01-01"), ("60200", ""),
    ]  # fmt: skip
    page = client.get("/mappings", params=AT).text
    assert "2027-01-01" in page
    assert "any day" in page
    form = entry_form(client, cin7_code="6100", partner_code="60101", effective_from="2027-01-01")
    client.post("/mappings/entry", data=form | {"effective_from": "2027-02-01"})
    assert [row.effective_from for row in maps.rows("account")] == ["", "2027-02-01", ""]
    changes = view(client, "/history")["versions"][0]["changes"]
    assert [(one["effective_from"], one["before"], one["after"]) for one in changes] == [
        ("2027-01-01", "60101", None), ("2027-02-01", None, "60101"),
    ]  # fmt: skip
    assert "6100</span> from 2027-02-01" in client.get("/mappings/history", params=AT).text
    exported = client.get("/mappings.csv", params=AT).text
    assert "6100,60101,,2027-02-01" in exported
    assert "says all of this already" in preview(client, exported).text


def test_a_day_that_is_none_is_refused(maps: SqlCodeMaps, browse: Browse) -> None:
    """Whoever sends a form without the browser's own check is told how a day is written."""
    client = browse()
    new = entry_form(client) | {"cin7_code": "6300", "partner_code": "60300", "effective_from": "1.1.2027"}
    answer = client.post("/mappings/entry", data=new)
    assert answer.status_code == 422
    assert "“1.1.2027” is no day as 2027-01-31" in answer.text


def test_a_change_that_changes_nothing_says_so(maps: SqlCodeMaps, browse: Browse) -> None:
    """Storing what is there makes no version."""
    client = browse()
    form = entry_form(client, cin7_code="6100", partner_code="60100")
    assert "done=same" in client.post("/mappings/entry", data=form).headers["location"]
    assert maps.version("account") == 1


def test_of_two_clerks_the_second_gets_a_conflict(maps: SqlCodeMaps, browse: Browse) -> None:
    """An entry that was changed meanwhile is not written over, and not removed."""
    mia, ben = browse("mia"), browse("ben")
    old = entry_form(ben, cin7_code="6100", partner_code="60100")
    form = entry_form(mia, cin7_code="6100", partner_code="60100")
    mia.post("/mappings/entry", data=form | {"partner_code": "60199"})
    assert ben.post("/mappings/entry", data=old | {"partner_code": "60198"}).status_code == 409
    removing = {name: value for name, value in old.items() if name.startswith("old_") or name in ("token", *AT)}
    assert ben.post("/mappings/remove", data=removing).status_code == 409
    assert maps.rows("account")[0].partner_code == "60199"
    assert ben.get("/mappings/entry", params={**AT, "cin7_code": "6100", "partner_code": "60100"}).status_code == 404


def test_a_code_that_its_system_does_not_have_needs_a_tick(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """A typing error in a code is refused; the tick says that it is new there."""
    world.database.known_codes(PAIR, "acumatica").keep({"account": {"60100": KnownCode()}})
    client = browse()
    form = entry_form(client) | {"cin7_code": "6300", "partner_code": "60300"}
    answer = client.post("/mappings/entry", data=form)
    assert answer.status_code == 422
    assert "Acumatica had no GL account “60300”" in answer.text
    assert client.post("/mappings/entry", data=form | {"sure": "1"}).status_code == 303


def test_a_version_is_undone(maps: SqlCodeMaps, browse: Browse) -> None:
    """Undoing is a new version by whoever undid it; a version that was built upon cannot be undone alone."""
    client = browse()
    maps.set("account", "6100", "60101", author="ben")
    page = client.get("/mappings/history", params=AT).text
    token = token_of(page)
    assert "Undo version 2" in page
    answer = client.post("/mappings/undo", data={**AT, "token": token, "version": 1})
    assert answer.status_code == 409
    assert "undo that first" in answer.text
    assert client.post("/mappings/undo", data={**AT, "token": token, "version": 2}).status_code == 303
    assert maps.rows("account")[0] == Row("6100", "60100", "materials")
    assert view(client, "/history")["versions"][0]["author"] == "mia"


# --- import ---


def test_an_import_is_stored_only_after_its_preview(world: World, maps: SqlCodeMaps, browse: Browse) -> None:
    """The preview counts, lists and warns; nothing is stored until the second form is sent."""
    world.database.known_codes(PAIR, "acumatica").keep({"account": {"60100": KnownCode(), "60201": KnownCode()}})
    world.run(BILLS)
    world.park(BILLS, bill("1"), unmapped(bill("1")))
    client = browse()
    page = preview(client, "cin7_code;partner_code\n6200;60201\n6120;61200\n6130;\n").text
    assert "1 added, 1 changed, 0 removed, 0 unchanged; 1 without a partner code" in page
    assert "1 document that waits in the queue would be freed" in page
    assert "61200" in page
    assert "Documents that bear it would be held" in page
    assert maps.version("account") == 1
    answer = client.post("/mappings/apply", data=form_of(page, f"{ROOT}/mappings/apply"))
    assert "done=changed&n=2" in answer.headers["location"]
    assert [(row.cin7_code, row.partner_code) for row in maps.rows("account")] == [
        ("6100", "60100"), ("6120", "61200"), ("6200", "60201"),
    ]  # fmt: skip


@pytest.mark.parametrize(("day", "freed"), [("", 1), ("2026-11-03", 1), ("2026-11-04", 0)])
def test_a_preview_frees_what_is_mapped_on_its_day(world: World, browse: Browse, day: str, freed: int) -> None:
    """A bill of the 3rd of November is freed by an entry that is effective then, not by one of a later day."""
    world.run(BILLS)
    world.park(BILLS, bill("1"), unmapped(bill("1")))
    page = preview(browse(), f"cin7_code,partner_code,effective_from\n6120,61200,{day}\n").text
    assert ("1 document that waits in the queue would be freed" in page) == bool(freed)
    assert (day or "any day") in page


def test_an_uploaded_file_may_be_the_whole_map(maps: SqlCodeMaps, browse: Browse) -> None:
    """With the tick, what the file does not hold is removed, and the preview lists it."""
    client = browse()
    token = token_of(client.get("/mappings/import", params=AT).text)
    file = {"file": ("accounts.csv", "\ufeffcin7_code,partner_code\n6200,60200\n".encode())}
    page = client.post("/mappings/import", data={**AT, "token": token, "replace": "1"}, files=file).text
    assert "What accounts.csv would change" in page
    assert "1 removed" in page
    client.post("/mappings/apply", data=form_of(page, f"{ROOT}/mappings/apply"))
    assert [row.cin7_code for row in maps.rows("account")] == ["6200"]


def test_a_map_that_changed_after_the_preview_is_not_written_over(maps: SqlCodeMaps, browse: Browse) -> None:
    """What is stored is exactly what was previewed, or nothing."""
    client = browse()
    form = form_of(preview(client, "cin7_code,partner_code\n6200,1\n").text, f"{ROOT}/mappings/apply")
    maps.set("account", "6200", "2", author="ben")
    answer = client.post("/mappings/apply", data=form)
    assert answer.status_code == 409
    assert "ben changed the account map" in answer.text
    assert maps.rows("account")[1].partner_code == "2"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Choose a CSV file"),
        ("cin7_code\n1\n", "partner_code is missing"),
        ("cin7_code,partner_cod\n1,2\n", "did you mean partner_code"),
        ("cin7_code,partner_code\n1,2\n1,2\n", "line 3: “1” stands in line 2 already"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(maps: SqlCodeMaps, browse: Browse, text: str, says: str) -> None:
    """The message names the line and the repair."""
    answer = preview(browse(), text)
    assert answer.status_code == 422
    assert says in answer.text


def test_a_file_that_is_too_long_or_no_text_is_refused(maps: SqlCodeMaps, browse: Browse) -> None:
    """A large file is for the command line; what is not UTF-8 says how to save it."""
    client = browse()
    token = token_of(client.get("/mappings/import", params=AT).text)
    for content, status in ((b"x" * 1_000_001, 422), (b"\xff\xfe", 422), (b"x" * 1_600_000, 413)):
        answer = client.post("/mappings/import", data={**AT, "token": token}, files={"file": ("a.csv", content)})
        assert answer.status_code == status


# --- who may ---


def test_who_may_only_look_sees_the_map_without_forms(maps: SqlCodeMaps, browse: Browse) -> None:
    """Without edit access there is no way in, and a form made by hand is refused."""
    vera = browse("vera")
    page = vera.get("/mappings", params=AT).text
    assert "60100" in page
    assert "Add an entry" not in page
    token = view(vera)["form_token"]
    for path in ("entry", "remove", "undo", "import", "apply"):
        data = {**AT, "token": token, "version": 1, "text": "x", "old_cin7": "6100", "old_partner": "60100"}
        wanted = {"undo": ("version",), "import": ("text",), "apply": ("version", "text")}.get(
            path, ("old_cin7", "old_partner")
        )
        sent = {name: value for name, value in data.items() if name in (*AT, "token", *wanted)}
        assert vera.post(f"/mappings/{path}", data=sent).status_code == 403, path
    assert maps.version("account") == 1


def test_a_forged_form_changes_no_map(maps: SqlCodeMaps, browse: Browse) -> None:
    """Every form of the mappings needs a token of ours."""
    client = browse()
    form = entry_form(client, cin7_code="6100", partner_code="60100") | {"token": "1.x"}
    assert client.post("/mappings/entry", data=form).status_code == 403
    assert client.post("/mappings/undo", data={**AT, "token": "1.x", "version": 1}).status_code == 403
    assert client.post("/mappings/import", data={**AT, "token": "1.x", "text": "a"}).status_code == 403
    apply = {**AT, "token": "1.x", "version": 1, "text": "cin7_code,partner_code\n1,2\n"}
    assert client.post("/mappings/apply", data=apply).status_code == 403
    assert maps.version("account") == 1


def test_unknown_maps_and_pairs_are_not_found(maps: SqlCodeMaps, browse: Browse) -> None:
    """A map that does not exist is 404; without pairs to see, the page says so."""
    assert browse().get("/mappings", params={**AT, "map": "lunch"}).status_code == 404
    assert browse("nora").get("/mappings", params=AT).status_code == 403
    assert view(browse(), pair="")["pair"]["name"] == PAIR

"""What a dry run would do: listed with totals, given as a file, and named on the run's page."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from page_world import BILLS, PAIR, World

from ml_connector.domain.status import Outcome
from ml_connector.operator_ui import plan_page
from ml_connector.sync.compare import Difference
from ml_connector.sync.planning import WOULD, Planned

Browse = Callable[..., httpx.Client]
RUN = "manual__2026-11-20T12:00:00+00:00"
AT = {"pair": PAIR, "run": RUN}


def fill(world: World) -> None:
    """Let a dry run list a bill that would be created, one that would be changed, and one that is as it should be."""
    audit = world.database.audit(PAIR, BILLS, RUN)
    world.run(BILLS, RUN)
    for key, would, changes in (
        ("K1", Outcome.CREATED, [("gross", "", "100.5"), ("currency", "", "EUR"), ("number", "", "=1+1")]),
        ("K2", Outcome.UPDATED, [("gross", "10", "12"), ("currency", "", "USD")]),
        ("K3", Outcome.UNCHANGED, []),
    ):
        planned = Planned.of(
            would, f"hash of {key}", [Difference(name, wanted, present) for name, present, wanted in changes]
        )
        audit.note(key, f"{WOULD}{planned.would}", planned.told(f"bill {key}"))


def test_every_change_is_listed_with_totals(world: World, browse: Browse) -> None:
    """A total for each outcome and currency, and each field as it is and as it would be."""
    fill(world)
    told = browse().get("/plan.json", params=AT).json()
    assert [(one["would"], one["currency"], one["documents"], one["gross"]) for one in told["totals"]] == [
        ("created", "EUR", 1, 100.5), ("updated", "USD", 1, 12)]  # fmt: skip
    assert [one["key"] for one in told["documents"]] == ["K1", "K2"]
    assert told["documents"][1]["changes"][0] == {"field": "gross", "present": "10", "wanted": "12"}


def test_the_page_says_how_to_approve_it_and_the_run_s_page_leads_there(world: World, browse: Browse) -> None:
    """The id to give to the approved run stands there; a run that was none has no such link."""
    fill(world)
    page = browse().get("/plan", params=AT)
    assert page.status_code == 200
    assert RUN in page.text
    assert "Approved dry run" in page.text
    assert "What it would do" in browse().get(f"/pairs/{PAIR}/runs/{RUN}").text
    world.run(BILLS, "scheduled__2")
    assert "What it would do" not in browse().get(f"/pairs/{PAIR}/runs/scheduled__2").text


def test_the_file_has_a_row_for_each_field_and_no_formula(world: World, browse: Browse) -> None:
    """What a spreadsheet would take for a formula is a text."""
    fill(world)
    answer = browse().get("/plan.csv", params=AT)
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert lines[0] == "flow,document,would_be,field,from,to,key"
    assert len(lines) == 6
    assert not [line for line in lines if ",=1+1" in line]


def test_of_a_long_dry_run_the_page_shows_the_beginning(
    world: World, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that it does, and gives the whole when asked; the file and the JSON always do."""
    fill(world)
    monkeypatch.setattr(plan_page, "QUICKLY", 1)
    page = browse().get("/plan", params=AT).text
    assert "1 of 3 entries of the dry run have been looked at; the list and the totals are not complete" in page
    assert "bill K2" not in page
    whole = browse().get("/plan", params={**AT, "whole": "true"}).text
    assert "not complete" not in whole
    assert "bill K2" in whole
    assert len(browse().get("/plan.json", params=AT).json()["documents"]) == 2
    assert len(browse().get("/plan.csv", params=AT).text.splitlines()) == 6


def test_a_run_that_listed_nothing_is_not_found(world: World, browse: Browse) -> None:
    """Nor is one of a pair that the person may not see."""
    fill(world)
    assert browse().get("/plan", params={**AT, "run": "other"}).status_code == 404
    assert browse("stranger").get("/plan", params=AT).status_code in {401, 403, 404}

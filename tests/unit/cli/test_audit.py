"""``ml-connector audit``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from ml_connector.orchestration.audit_keys import VARIABLE
from ml_connector.store.database import Database
from ml_connector.store.engine import writing

if TYPE_CHECKING:
    from conftest import Run

DAG = "acumatica_cin7"


def tamper(database: Database, change: str) -> None:
    """Change the trail as somebody with all rights on the database does."""
    with writing(database.engine) as connection:
        for name in ("mlc_audit_entry_no_update", "mlc_audit_entry_no_delete"):
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text(change))


def test_an_unbroken_trail_ends_with_zero(trail: Database, run: Run) -> None:
    """Verify says how much is proven, by whose key, and what to write down."""
    said = run("audit", "verify")
    assert said.code == 0
    assert "6 entries of 4 documents, 3 anchors" in said.out
    assert "signature proven" in said.out
    assert "the trail is unbroken" in said.out
    assert said.err == ""


def test_a_broken_trail_ends_with_one_and_names_the_entry(trail: Database, run: Run) -> None:
    """Verify names document, entry and what was done to it, in words and as JSON."""
    tamper(trail, "UPDATE mlc_audit_entry SET step = 'approved' WHERE key = 'B1' AND seq = 2")
    said = run("audit", "verify", "--dag", DAG)
    assert said.code == 1
    assert "supplier_invoices B1, entry 2" in said.out
    assert "edited" in said.out
    said = run("audit", "verify", "--pair", DAG, "--json")
    (verdict,) = json.loads(said.out)
    assert (said.code, verdict["good"]) == (1, False)
    (problem,) = verdict["problems"]
    assert (problem["key"], problem["seq"], problem["wrong"]) == ("B1", 2, "edited")


@pytest.mark.parametrize(
    "words",
    [
        ("--dag", "unknown"),
        ("--expect", "no anchor"),
        ("--expect", "1:00"),
        ("--file", "missing.jsonl"),
        ("--file", "some.jsonl", "--dag", DAG),
        ("--nonsense",),
    ],
)
def test_what_cannot_be_checked_ends_with_two(trail: Database, run: Run, words: tuple[str, ...]) -> None:
    """A check that was not made is told from a broken trail."""
    said = run("audit", "verify", *words)
    assert said.code == 2
    assert said.err


def test_an_anchor_written_down_is_missed_when_the_end_is_gone(trail: Database, run: Run) -> None:
    """What was noted outside of the database proves that nothing younger was cut off."""
    (verdict,) = json.loads(run("audit", "verify", "--json").out)
    assert run("audit", "verify", "--dag", DAG, "--expect", verdict["last_anchor"]).code == 0
    assert run("audit", "verify", "--dag", DAG, "--expect", f"4:{'0' * 64}").code == 1


def test_without_a_key_the_check_says_what_it_left_out(
    trail: Database, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signatures that were not checked are told on standard error, so that nobody takes them for proven."""
    monkeypatch.setattr("ml_connector.cli.audit.audit_keys", tuple)
    said = run("audit", "verify")
    assert (said.code, VARIABLE in said.err) == (0, True)
    assert "signature not checked" in said.out


def test_a_trail_signed_with_another_key_is_not_proven(
    trail: Database, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a key that did not sign the last anchor the trail counts as broken; an older key in the list is believed."""
    monkeypatch.setenv(VARIABLE, "another key")
    assert run("audit", "verify").code == 1
    monkeypatch.setenv(VARIABLE, "another key, the key of the trail")
    assert run("audit", "verify").code == 0


def test_show_tells_a_document_s_story(trail: Database, run: Run) -> None:
    """Each entry is shown with its place, time, run and content."""
    said = run("audit", "show", "B1")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines() if "run run" in line] == ["1", "2", "3"]
    assert '"amount": "1.10"' in said.out
    rows = [json.loads(line) for line in run("audit", "show", "B1", "--json").out.splitlines()]
    assert [(row["seq"], row["whole"]) for row in rows] == [(1, True), (2, True), (3, True)]


def test_show_marks_what_is_not_as_written(trail: Database, run: Run) -> None:
    """An edited entry is not shown as if it were whole."""
    tamper(trail, "UPDATE mlc_audit_entry SET detail = '{}' WHERE key = 'B1' AND seq = 2")
    (line,) = [line for line in run("audit", "show", "B1").out.splitlines() if "NOT AS WRITTEN" in line]
    assert line.split()[0] == "2"


def test_show_finds_a_document_by_what_a_clerk_calls_it(trail: Database, run: Run) -> None:
    """A part of the label or the target's key will do; what is unknown is said to be."""
    journal = trail.journal(DAG, "supplier_invoices", "run 3")
    from ml_connector.domain.status import Outcome

    journal.conclude("guid-of-B7", Outcome.HELD, label="bill INV-100%7")
    assert "guid-of-B7" in run("audit", "show", "inv-100%7").out
    said = run("audit", "show", "INV-1007")
    assert (said.code, "knows no document" in said.err) == (2, True)


def test_an_export_is_checked_without_the_database(trail: Database, run: Run, tmp_path: Path) -> None:
    """The file alone proves a span; a changed one ends with one."""
    path = tmp_path / "october.jsonl"
    said = run("audit", "export", "--dag", DAG, "--from", "2026-10-02", "--to", "2026-10-03", "-o", str(path))
    assert (said.code, "signed" in said.out) == (0, True)
    Path(str(trail.engine.url.database)).unlink()
    assert run("audit", "verify", "--file", str(path)).code == 0
    content = path.read_text(encoding="utf-8")
    path.write_text(content.replace("1.10", "9.10"), encoding="utf-8")
    said = run("audit", "verify", "--file", str(path))
    assert (said.code, "edited" in said.out) == (1, True)


def test_an_export_of_nothing_sensible_is_refused(trail: Database, run: Run, tmp_path: Path) -> None:
    """An empty span or an unknown DAG writes no file."""
    path = tmp_path / "none.jsonl"
    assert run("audit", "export", "--dag", "unknown", "-o", str(path)).code == 2
    swapped = ("--from", "2026-10-03", "--to", "2026-10-02")
    assert run("audit", "export", "--dag", DAG, *swapped, "-o", str(path)).code == 2
    assert run("audit", "export", "--dag", DAG, "--from", "yesterday", "-o", str(path)).code == 2
    assert not path.exists()


def test_retention_leaves_a_trail_that_is_proven(trail: Database, run: Run) -> None:
    """Prune says what went and which anchor to write down, and verify counts it afterwards."""
    said = run("audit", "prune", "--dag", DAG, "--before", "2026-10-02")
    assert said.code == 0
    assert "2 entries of 2 documents removed" in said.out
    said = run("audit", "verify")
    assert (said.code, "2 entries removed by retention" in said.out) == (0, True)


def test_retention_needs_a_key(trail: Database, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key nothing is removed, since nothing could prove that it was."""
    monkeypatch.setattr("ml_connector.cli.audit.audit_keys", tuple)
    said = run("audit", "prune", "--dag", DAG, "--before", "2026-10-02")
    assert (said.code, VARIABLE in said.err) == (2, True)
    assert "6 entries" in run("audit", "verify").out

"""The proof's own parts: its cases, its sample, its sense of equal states, its counting."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from prove.faults import FAULTS, Boundary, cases_at
from prove.report import Tally, in_full, table
from prove.sample import sample
from prove.state import plain

READ = Boundary("suppliers.extract", 0, "http", "cin7 GET /supplier", "cin7")
WRITE = Boundary("suppliers.load", 3, "http", "ifs POST /SupplierSet", "ifs", writes=True)
COMMIT = Boundary("suppliers.load", 1, "commit", "commit document")


def _verdict(**more: object) -> Any:
    return SimpleNamespace(case="ifs_cin7/a/http-0/401/next", what="cin7 GET /", fault="401", runs=1, log=[], states=[],
                           **{"wrong": [], "skipped": False, **more})  # fmt: skip


def names(boundary: Boundary, *, has_tokens: bool = False) -> set[str]:
    return {case.fault.name for case in cases_at("first", boundary, has_tokens=has_tokens)}


def test_a_write_also_loses_its_answer() -> None:
    """Where the vendor may have done it, each fault comes before and after that."""
    assert names(WRITE) - names(READ) == {"reset_after", "timeout_after", "500_after", "html_after"}


def test_a_token_service_is_down_only_where_there_is_one() -> None:
    """A system without tokens has no token service that could fail."""
    assert names(WRITE, has_tokens=True) - names(WRITE) == {"token_down", "token_down_long"}


def test_a_commit_meets_what_a_database_does() -> None:
    """A commit fails, is not heard of, finds the database gone or the disk full, or its process is killed."""
    assert names(COMMIT) == {fault.name for fault in FAULTS if fault.kind == "commit"}


def test_the_sample_has_every_fault_of_every_sort() -> None:
    """The short proof leaves out no pair of fault and sort of boundary, and is the same every time."""
    cases = [case for one in (READ, WRITE, COMMIT) for case in cases_at("first", one, has_tokens=True)]
    chosen = sample("ifs_cin7", cases)
    assert {(c.boundary.sort, c.fault.name) for c in chosen} == {(c.boundary.sort, c.fault.name) for c in cases}
    assert chosen == sample("ifs_cin7", cases)
    assert len(chosen) < len(cases)


def test_generated_ids_are_told_apart_but_not_named() -> None:
    """Two worlds are equal when the same ids stand at the same places, whatever the ids are."""
    one, other = "0a" * 16, "0b" * 16
    assert plain(f"{one} {other} {one}") == plain(f"{other} {one} {other}")
    assert plain(f"{one} {other} {one}") != plain(f"{one} {other} {other}")


def test_only_times_of_the_course_are_left_out() -> None:
    """When something was written during the course is no difference; what the world held before stays."""
    assert plain('"2026-11-02T08:00:01.5Z"') == plain('"2026-11-02 12:30:00"')
    assert plain('"2026-10-01T08:00:00Z"') != plain('"2026-10-02T08:00:00Z"')


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        ("bill INV-1 of Acme is there 2 times", "duplicates"),
        ("too much: cin7 purchase {}", "duplicates"),
        ("bill INV-1 of Acme is missing", "lost"),
        ("the watermark of suppliers has passed supplier Acme, not audited", "lost"),
        ("journal of suppliers Acme: verified instead of held", "otherwise wrong"),
    ],
)
def test_what_is_wrong_is_counted_as_what_it_is(wrong: str, column: str) -> None:
    """A double document, a lost one and any other difference are counted apart, and none of them is well."""
    tally = Tally("ifs_cin7")
    tally.add(_verdict(wrong=[wrong]))
    assert {name: tally.numbers()[name] for name in ("duplicates", "lost", "otherwise wrong")} == {
        "duplicates": 0,
        "lost": 0,
        "otherwise wrong": 0,
        column: 1,
    }
    assert not tally.is_well


def test_a_fault_that_did_not_happen_is_no_success() -> None:
    """A case that was skipped fails the proof, and says so."""
    tally, verdict = Tally("ifs_cin7"), _verdict(skipped=True)
    tally.add(verdict)
    assert not tally.is_well
    assert "did not happen" in in_full(verdict)
    assert table([tally]).splitlines()[1].split()[:1] == ["ifs_cin7"]

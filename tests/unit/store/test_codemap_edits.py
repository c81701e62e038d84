"""What a person does with a code map."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from store_samples import DEPLOYMENT

from ml_connector.domain.errors import ConcurrentEdit, ConfigurationError
from ml_connector.store.codemap_csv import Row
from ml_connector.store.codemap_edits import MOST_CHANGES, Change, MapEdits
from ml_connector.store.codemaps import Import, SqlCodeMaps
from ml_connector.store.database import Database
from ml_connector.store.engine import writing


@pytest.fixture
def maps(database: Database) -> SqlCodeMaps:
    """The code maps of one deployment."""
    return database.code_maps(DEPLOYMENT)


@pytest.fixture
def edits(maps: SqlCodeMaps) -> MapEdits:
    """Edits of the terms map, whose codes hold commas."""
    return MapEdits(maps, "terms")


def pairs_of(maps: SqlCodeMaps) -> list[tuple[str, str]]:
    return [(row.cin7_code, row.partner_code) for row in maps.rows("terms")]


def test_a_code_of_cin7_is_assigned(maps: SqlCodeMaps, edits: MapEdits) -> None:
    """A code of Cin7 means one code of the partner; assigning it again replaces that."""
    assert edits.assign("cin7", " Net 30 ", "N30", seen="", author="mia") == 1
    assert edits.meaning("cin7", "Net 30") == "N30"
    assert edits.assign("cin7", "Net 30", "N31", seen="N30", author="mia", note="moved") == 2
    assert maps.rows("terms") == [Row("Net 30", "N31", "moved")]
    assert edits.assign("cin7", "Net 30", "N31", seen="N31", author="mia", note="moved") is None


def test_a_code_of_the_partner_is_assigned_beside_others(maps: SqlCodeMaps, edits: MapEdits) -> None:
    """Several codes of the partner may mean one of Cin7; assigning one moves that one alone."""
    for code in ("A", "B"):
        edits.assign("ifs", code, "Net 30", seen="", author="mia")
    assert pairs_of(maps) == [("Net 30", "A"), ("Net 30", "B")]
    edits.assign("ifs", "B", "Net 60", seen="Net 30", author="mia")
    assert pairs_of(maps) == [("Net 30", "A"), ("Net 60", "B")]
    edits.assign("ifs", "A", "Net 60", seen="Net 30", author="mia")
    assert pairs_of(maps) == [("Net 60", "A"), ("Net 60", "B")]


@pytest.mark.parametrize("source", ["cin7", "ifs"])
def test_of_two_people_the_second_is_told(edits: MapEdits, source: str) -> None:
    """Who decides on an old page gets a conflict, and the first decision stays."""
    edits.assign(source, "A", "X", seen="", author="mia")
    with pytest.raises(ConcurrentEdit, match="“X” meanwhile"):
        edits.assign(source, "A", "Y", seen="", author="ben")
    with pytest.raises(ConcurrentEdit, match="removed meanwhile"):
        edits.assign(source, "B", "Y", seen="X", author="ben")
    assert edits.meaning(source, "A") == "X"


@pytest.mark.parametrize(("code", "target"), [("", "X"), ("A", " ")])
def test_an_entry_needs_both_codes(edits: MapEdits, code: str, target: str) -> None:
    """A blank code is refused."""
    with pytest.raises(ConfigurationError, match="both codes"):
        edits.assign("cin7", code, target, seen="", author="mia")
    with pytest.raises(ConfigurationError, match="both codes"):
        edits.replace(None, Row(code, target), author="mia")


def test_entries_are_added_changed_and_removed(maps: SqlCodeMaps, edits: MapEdits) -> None:
    """One entry takes another's place, also under another Cin7 code."""
    edits.replace(None, Row("a", "1", "n"), author="mia")
    edits.replace(Row("a", "1", "n"), Row("b", "2"), author="mia")
    assert maps.rows("terms") == [Row("b", "2")]
    edits.replace(Row("b", "2"), None, author="mia")
    assert maps.rows("terms") == []
    assert maps.version("terms") == 3


def test_a_change_of_what_is_not_there_any_more_is_refused(edits: MapEdits) -> None:
    """The entry must still be as the author saw it, note and all."""
    edits.replace(None, Row("a", "1", "n"), author="mia")
    with pytest.raises(ConcurrentEdit, match="changed meanwhile"):
        edits.replace(Row("a", "1"), None, author="ben")


def test_a_second_partner_code_is_added_only_where_it_makes_sense(maps: SqlCodeMaps, edits: MapEdits) -> None:
    """A second partner code would hold every document from Cin7; it is right where the partner is read."""
    edits.replace(None, Row("a", "1"), author="mia")
    with pytest.raises(ConfigurationError, match="mapped to “1” already"):
        edits.replace(None, Row("a", "2"), author="mia")
    edits.replace(None, Row("a", "2"), author="mia", several=True)
    with pytest.raises(ConfigurationError, match="there already"):
        edits.replace(None, Row("a", "2"), author="mia", several=True)
    assert pairs_of(maps) == [("a", "1"), ("a", "2")]


def test_the_history_is_read_newest_first(maps: SqlCodeMaps, edits: MapEdits) -> None:
    """Each version has its author, its first changes and their number."""
    edits.replace(None, Row("a", "1"), author="mia")
    lines = "\n".join(f"c{number:03d},x" for number in range(30))
    maps.import_text("terms", f"cin7_code,partner_code\n{lines}\n", author="ben")
    newest, first = edits.history()
    assert (newest.number, newest.author, newest.change_count, len(newest.changes)) == (2, "ben", 30, MOST_CHANGES)
    assert first.changes == (Change("a", None, "1", ""),)
    assert edits.history(before=2) == [first]
    assert edits.history(limit=1) == [newest]


def test_a_version_is_undone_exactly(maps: SqlCodeMaps, edits: MapEdits) -> None:
    """Undoing brings back codes with commas, several codes and notes; undoing that brings the change back."""
    text_before = 'cin7_code,partner_code,note\n"a","2% 10, Net 30",why\na,N30,\nb,N60,\n'
    maps.import_text("terms", text_before, author="ann")
    before = maps.rows("terms")
    maps.import_text("terms", "cin7_code,partner_code\na,X\nc,Y\n", author="ben", replace=True)
    after = maps.rows("terms")
    assert edits.undo(2, author="mia") == 3
    assert maps.rows("terms") == before
    assert edits.undo(3, author="mia") == 4
    assert maps.rows("terms") == after


def test_what_was_changed_again_is_not_undone(maps: SqlCodeMaps, edits: MapEdits) -> None:
    """A later change of the same code would be lost: it has to be undone first."""
    for number, code in enumerate("XYZ"):
        edits.assign("cin7", "a", code, seen="" if not number else "XYZ"[number - 1], author="ann")
    with pytest.raises(ConcurrentEdit, match="undo that first"):
        edits.undo(2, author="mia")
    edits.undo(3, author="mia")
    assert edits.meaning("cin7", "a") == "Y"
    with pytest.raises(ConfigurationError, match="no version 9"):
        edits.undo(9, author="mia")


def test_a_change_from_an_older_release_is_undone_where_that_is_certain(
    database: Database, maps: SqlCodeMaps, edits: MapEdits
) -> None:
    """History from before exact entries tells one code from several only where there is no comma."""
    with writing(database.engine) as connection:
        for version, (code, before, after) in enumerate([("a", "1", "2"), ("b", "x, y", "z")], start=1):
            connection.execute(
                text(
                    "INSERT INTO mlc_code_map_change (at, deployment, map, version, cin7_code, before, after, author) "
                    "VALUES ('2026-01-01 00:00:00.000000', :d, 'terms', :v, :c, :b, :a, 'ann')"
                ),
                {"d": DEPLOYMENT, "v": version, "c": code, "b": before, "a": after},
            )
            connection.execute(
                text(
                    "INSERT INTO mlc_code_map (deployment, map, cin7_code, partner_code, version, author, at) "
                    "VALUES (:d, 'terms', :c, :a, :v, 'ann', '2026-01-01 00:00:00.000000')"
                ),
                {"d": DEPLOYMENT, "v": version, "c": code, "a": after},
            )
    edits.undo(1, author="mia")
    assert edits.meaning("cin7", "a") == "1"
    with pytest.raises(ConfigurationError, match="by hand"):
        edits.undo(2, author="mia")


def test_a_version_that_moved_on_is_not_written_over(maps: SqlCodeMaps, edits: MapEdits) -> None:
    """A change that was prepared on an older version of the map is refused with the name of who was quicker."""
    seen = maps.version("terms")
    edits.replace(None, Row("a", "1"), author="mia")
    with pytest.raises(ConcurrentEdit, match="mia changed the terms map"):
        maps.change("terms", lambda _there: {("a", ""): ()}, author="ben", version=seen)
    assert pairs_of(maps) == [("a", "1")]


def test_an_import_is_previewed_without_being_stored(maps: SqlCodeMaps, edits: MapEdits) -> None:
    """The preview counts and lists what would change, and the import on the version seen does exactly that."""
    maps.import_text("terms", "cin7_code,partner_code\na,1\nb,2\nc,3\n", author="ann")
    text_new = "cin7_code,partner_code,note\na,1,\nb,9,moved\nd,4,\ne,,\n"
    seen = edits.preview(text_new, "terms.csv", replace=True)
    assert (seen.version, seen.counts) == (1, Import(added=1, changed=1, removed=1, unchanged=1, blank=1))
    assert seen.changes == (Change("b", "2", "9", "moved"), Change("c", "3", None, ""), Change("d", None, "4", ""))
    assert maps.version("terms") == 1
    assert maps.import_text("terms", text_new, author="mia", replace=True, version=1) == seen.counts
    with pytest.raises(ConcurrentEdit):
        maps.import_text("terms", "cin7_code,partner_code\na,7\n", author="ben", version=1)


def test_a_code_is_assigned_from_a_day_on(maps: SqlCodeMaps, edits: MapEdits) -> None:
    """The entry of another day stays; what was seen tells the days, so that nobody's decision is lost."""
    edits.assign("cin7", "Net 30", "N30", seen="", author="mia")
    edits.assign("cin7", "Net 30", "N31", seen="N30", author="mia", effective_from="2027-01-01")
    assert edits.meaning("cin7", "Net 30") == "N30, N31 from 2027-01-01"
    assert edits.meaning("ifs", "N31") == "Net 30 from 2027-01-01"
    with pytest.raises(ConcurrentEdit, match="“N30, N31 from 2027-01-01” meanwhile"):
        edits.assign("cin7", "Net 30", "N32", seen="N30", author="ben")
    edits.assign("ifs", "N31", "Net 31", seen="Net 30 from 2027-01-01", author="mia", effective_from="2027-01-01")
    assert maps.rows("terms") == [Row("Net 30", "N30"), Row("Net 31", "N31", "", "2027-01-01")]


def test_an_entry_gets_another_day(maps: SqlCodeMaps, edits: MapEdits) -> None:
    """A change of the day is one version, undone exactly; two entries of one day are refused where that is no use."""
    edits.replace(None, Row("a", "1"), author="mia")
    edits.replace(None, Row("a", "2", "", "2027-01-01"), author="mia")
    edits.replace(Row("a", "2", "", "2027-01-01"), Row("a", "2", "", "2027-02-01"), author="mia")
    assert maps.rows("terms") == [Row("a", "1"), Row("a", "2", "", "2027-02-01")]
    assert edits.history(limit=1)[0].changes == (
        Change("a", "2", None, "", "2027-01-01"),
        Change("a", None, "2", "", "2027-02-01"),
    )
    with pytest.raises(ConfigurationError, match="“a” is mapped to “2” from 2027-02-01 already"):
        edits.replace(None, Row("a", "3", "", "2027-02-01"), author="mia")
    with pytest.raises(ConfigurationError, match="no day"):
        edits.replace(None, Row("a", "3", "", "2027-13-01"), author="mia")
    edits.undo(3, author="mia")
    assert maps.rows("terms") == [Row("a", "1"), Row("a", "2", "", "2027-01-01")]


def test_a_preview_tells_the_days(maps: SqlCodeMaps, edits: MapEdits) -> None:
    """What a file adds from a day on is told beside what stays."""
    maps.import_text("terms", "cin7_code,partner_code\na,1\n", author="ann")
    dated = "cin7_code,partner_code,effective_from\na,2,2027-01-01\n"
    seen = edits.preview(dated, "t.csv", replace=False)
    added = Change("a", None, "2", "", "2027-01-01", inherited_before="1")
    assert (seen.counts, seen.changes) == (Import(added=1), (added,))
    assert set(seen.after) == {Row("a", "1"), Row("a", "2", "", "2027-01-01")}
    maps.import_text("terms", dated, author="ann")
    seen = edits.preview("cin7_code,partner_code\na,1\n", "t.csv", replace=True)
    assert seen.changes == (Change("a", "2", None, "", "2027-01-01", inherited_after="1"),)

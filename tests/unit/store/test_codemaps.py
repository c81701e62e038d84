"""Code maps: versions, history and spreadsheets."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from store_samples import DEPLOYMENT

from ml_connector.domain.errors import ConfigurationError
from ml_connector.mapping.codemap import CodeMaps, Mapped
from ml_connector.store.codemap_csv import Row, read_rows, write_rows
from ml_connector.store.codemaps import Import, SqlCodeMaps
from ml_connector.store.database import Database
from ml_connector.store.engine import reading
from ml_connector.store.tables import code_map_change

TODAY = dt.date(2026, 11, 1)


@pytest.fixture
def maps(database: Database) -> SqlCodeMaps:
    """The code maps of one deployment."""
    return database.code_maps(DEPLOYMENT)


def history(database: Database) -> list[tuple[int, str, str | None, str | None, str]]:
    columns = code_map_change.c
    wanted = (columns.version, columns.cin7_code, columns.before, columns.after, columns.author)
    with reading(database.engine) as connection:
        rows = connection.execute(select(*wanted).order_by(columns.id))
        return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def found(maps: SqlCodeMaps, source: str, name: str, *codes: str, day: dt.date = TODAY) -> list[str | None]:
    """What codes of the source mean to a document of that day."""
    there = CodeMaps(maps.load(source), today=day)
    return [there.find(name, code, day) for code in codes]


def test_a_map_is_read_in_both_directions(maps: SqlCodeMaps) -> None:
    """Each entry leads from the Cin7 code to the partner's and back, with the version that set it."""
    maps.set("account", "310", "40100", author="ann")
    maps.set("account", "320", "40200", author="ann")
    assert maps.load("cin7")["account"] == {"310": [Mapped("40100", 1)], "320": [Mapped("40200", 2)]}
    assert maps.load("acumatica")["account"] == {"40100": [Mapped("310", 1)], "40200": [Mapped("320", 2)]}
    assert maps.load("cin7")["terms"] == {}


def test_an_ambiguous_way_back_is_left_out(maps: SqlCodeMaps) -> None:
    """Where several Cin7 codes lead to one partner code, none of them is guessed on the way back."""
    maps.import_text("terms", "cin7_code,partner_code\na,N30\nb,N30\nc,N60\n", author="ann")
    assert found(maps, "acumatica", "terms", "N30", "N60") == [None, "c"]
    assert found(maps, "cin7", "terms", *"abc") == ["N30", "N30", "N60"]


def test_several_partner_codes_may_lead_to_one_cin7_code(database: Database, maps: SqlCodeMaps) -> None:
    """An ERP's many accounts may go to one Cin7 account; on the way back none of them is guessed."""
    text = "cin7_code,partner_code\n453,6150\n453,6151\n630,1210\n"
    assert maps.import_text("account", text, author="ann") == Import(added=3)
    assert found(maps, "ifs", "account", "6150", "6151", "1210") == ["453", "453", "630"]
    assert found(maps, "cin7", "account", "453", "630") == [None, "1210"]
    again = "cin7_code,partner_code\n453,6151\n453,6199\n453,6200\n"
    assert maps.import_text("account", again, author="bob") == Import(added=1, changed=1, unchanged=1)
    assert history(database)[-1] == (2, "453", "6150, 6151", "6151, 6199, 6200", "bob")
    assert maps.remove("account", "453", author="eve")
    assert maps.rows("account") == [Row("630", "1210")]


def test_each_change_has_author_and_version(database: Database, maps: SqlCodeMaps) -> None:
    """History holds what each version changed and who did it; the same again is no change."""
    maps.set("account", "310", "1", author="ann")
    maps.set("account", "310", "1", author="bob")
    maps.set("account", "310", "2", author="bob")
    assert maps.remove("account", "310", author="eve")
    assert not maps.remove("account", "310", author="eve")
    assert history(database) == [
        (1, "310", None, "1", "ann"), (2, "310", "1", "2", "bob"), (3, "310", "2", None, "eve")
    ]  # fmt: skip


def test_an_import_is_one_version(database: Database, maps: SqlCodeMaps) -> None:
    """An import stores all its changes as one version and keeps entries that the file does not name."""
    maps.import_text("account", "cin7_code,partner_code\n1,A\n2,B\n", author="ann")
    done = maps.import_text("account", "cin7_code,partner_code\n2,C\n3,D\n4,\n", author="bob")
    assert done == Import(added=1, changed=1, removed=0, unchanged=0, blank=1)
    assert [row.cin7_code for row in maps.rows("account")] == ["1", "2", "3"]
    assert {change[0] for change in history(database)} == {1, 2}


def test_a_replacing_import_removes_the_rest(maps: SqlCodeMaps) -> None:
    """With `replace`, the map is afterwards what the file says."""
    maps.import_text("account", "cin7_code,partner_code\n1,A\n2,B\n", author="ann")
    done = maps.import_text("account", "cin7_code,partner_code\n2,B\n", author="ann", replace=True)
    assert done == Import(removed=1, unchanged=1)
    assert maps.rows("account") == [Row("2", "B")]


def test_an_export_imports_to_no_change(maps: SqlCodeMaps) -> None:
    """What was exported can be imported again and changes nothing."""
    maps.set("account", "=1+1", "-40100", author="ann", note="a; “b”, c\nd")
    done = maps.import_text("account", maps.export_csv("account"), author="bob", replace=True)
    assert done == Import(unchanged=1)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfcin7_code;partner_code;note\r\n 310 ; 40100 ;\r\n;;\r\n\r\n",
        b"sep=;\r\nCIN7_Code;Partner_Code\r\n310;40100\r\n",
        b"partner_code\tcin7_code\n40100\t310\n",
        b'\n"cin7_code","partner_code","note",\n"310","40100","",""\n',
    ],
)
def test_spreadsheets_are_read_as_they_come(maps: SqlCodeMaps, tmp_path: Path, content: bytes) -> None:
    """Byte order marks, other separators, blank lines, blanks and empty columns do no harm."""
    path = tmp_path / "account.csv"
    path.write_bytes(content)
    assert maps.import_csv("account", path, author="ann").added == 1
    assert maps.rows("account") == [Row("310", "40100")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"cin7_code,partner_code\n1,A\n\n1,A\n", "account.csv, line 4: .*line 2"),
        (b"cin7_code,partner_cod\n1,A\n", "account.csv, line 1: .*did you mean partner_code"),
        (b"cin7_code,note\n1,A\n", "account.csv, line 1: .*partner_code is missing"),
        (b"cin7_code,cin7_code,partner_code\n1,1,A\n", "account.csv, line 1: .*twice"),
        (b"cin7_code,partner_code\n,A\n", "account.csv, line 2: no cin7_code"),
        (b"cin7_code,partner_code\n1,A,x,y\n", "account.csv, line 2: more values"),
        (b"cin7_code,partner_code,effective_from\n1,A,2027-02-30\n", "account.csv, line 2: .*“2027-02-30” is no day"),
        (b"cin7_code,partner_code,effective_from\n1,A,1/2/2027\n", "account.csv, line 2: .*“1/2/2027” is no day"),
        (b"cin7_code,partner_code,effective_from\n1,A,20270201\n", "account.csv, line 2: .*“20270201” is no day"),
        (b"cin7_code,partner_code,effective_from\n1,A,2027-01-01\n1,A,2027-01-01\n", "line 3: .*line 2"),
        (b"", "account.csv is empty"),
        (b"cin7_code,partner_code\n1,M\xfcller\n", "account.csv is not UTF-8"),
        ("cin7_code,partner_code\n".encode("utf-16"), "account.csv is not UTF-8"),
        (b"cin7_code,partner_code\n1,\x00\n", "account.csv is no text file"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(maps: SqlCodeMaps, tmp_path: Path, content: bytes, message: str) -> None:
    """A file with a mistake stores nothing and names the file and the line."""
    path = tmp_path / "account.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        maps.import_csv("account", path, author="ann")
    assert maps.rows("account") == []


def test_mistakes_in_a_change_are_refused(maps: SqlCodeMaps, tmp_path: Path) -> None:
    """An unknown map, a blank code, no author or no file is a configuration error."""
    with pytest.raises(ConfigurationError, match="the maps are account"):
        maps.set("acount", "1", "2", author="ann")
    with pytest.raises(ConfigurationError, match="both codes"):
        maps.set("account", "1", " ", author="ann")
    with pytest.raises(ConfigurationError, match="“soon” is no day as 2027-01-31"):
        maps.set("account", "1", "2", author="ann", effective_from="soon")
    with pytest.raises(ConfigurationError, match="author"):
        maps.set("account", "1", "2", author=" ")
    with pytest.raises(ConfigurationError, match=r"none\.csv"):
        maps.import_csv("account", tmp_path / "none.csv", author="ann")


FROM = st.just("") | st.dates().map(str)
CODES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8).map(str.strip)


def test_entries_of_a_code_follow_each_other_by_date(maps: SqlCodeMaps) -> None:
    """Each direction finds the code that is meant on the document's day; another date is another entry."""
    maps.set("account", "310", "40100", author="ann")
    maps.set("account", "310", "40200", author="bob", effective_from="2027-01-01")
    assert maps.rows("account") == [Row("310", "40100"), Row("310", "40200", "", "2027-01-01")]
    old, new = dt.date(2026, 12, 31), dt.date(2027, 1, 1)
    assert found(maps, "cin7", "account", "310", day=old) == ["40100"]
    assert found(maps, "cin7", "account", "310", day=new) == ["40200"]
    assert found(maps, "acumatica", "account", "40100", "40200", day=old) == ["310", None]
    assert found(maps, "acumatica", "account", "40100", "40200", day=new) == ["310", "310"]
    maps.set("account", "310", "40300", author="eve", effective_from="2027-01-01")
    assert [row.partner_code for row in maps.rows("account")] == ["40100", "40300"]
    assert maps.remove("account", "310", author="eve")
    assert maps.rows("account") == []


def test_a_file_of_the_new_year_leaves_the_old_year_alone(maps: SqlCodeMaps) -> None:
    """What a file does not name, code and date, stays; a file without dates names those of any day."""
    maps.import_text("account", "cin7_code,partner_code\n1,A\n2,B\n", author="ann")
    dated = "cin7_code,partner_code,note,effective_from\n1,C,moved,2027-01-01\n"
    assert maps.import_text("account", dated, author="bob") == Import(added=1)
    assert maps.import_text("account", "cin7_code,partner_code\n1,D\n", author="eve") == Import(changed=1)
    assert maps.rows("account") == [Row("1", "D"), Row("1", "C", "moved", "2027-01-01"), Row("2", "B")]
    assert maps.import_text("account", maps.export_csv("account"), author="bob", replace=True) == Import(unchanged=3)
    assert maps.import_text("account", dated, author="bob", replace=True) == Import(removed=2, unchanged=1)


def test_the_maps_of_then_have_the_dates_of_then(maps: SqlCodeMaps) -> None:
    """Each version is found again as it was, entry by entry with its date."""
    maps.set("account", "310", "40100", author="ann")
    maps.set("account", "310", "40200", author="bob", effective_from="2027-01-01")
    before = maps.load("cin7")
    maps.remove("account", "310", author="eve")
    maps.set("account", "310", "40300", author="eve", effective_from="2027-06-01")
    assert maps.load_at("cin7", {"account": 2}) == before
    assert maps.load_at("cin7", {"account": 4}) == maps.load("cin7")
    assert maps.load_at("cin7", {"account": 1})["account"] == {"310": [Mapped("40100", 1)]}


@settings(max_examples=50)
@given(rows=st.lists(st.builds(Row, CODES.filter(bool), CODES, CODES, FROM), unique_by=lambda row: row.slot))
def test_a_file_holds_any_codes_safely(rows: list[Row]) -> None:
    """Whatever the codes are, they come back as they were, and no cell begins like a formula but a negative number."""
    text = write_rows(rows)
    assert read_rows(text, "a.csv") == rows
    for cell in (cell for cells in csv.reader(io.StringIO(text, newline="")) for cell in cells):
        number = re.fullmatch(r"-[0-9]+(\.[0-9]+)?", cell)
        assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))

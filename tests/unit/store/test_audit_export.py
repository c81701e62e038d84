"""Exports that prove themselves, and retention that keeps the proof."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError
from store_samples import DEPLOYMENT, FLOW, Clock
from tampering import Intruder, Row, chained

from ml_connector.domain.errors import ConfigurationError
from ml_connector.store.chain import SigningKey, canonical
from ml_connector.store.database import Database
from ml_connector.store.engine import reading, writing
from ml_connector.store.export import Span, export, verify_file
from ml_connector.store.prune import Retention
from ml_connector.store.tables import audit_entry, audit_head
from ml_connector.store.verdict import Verdict, Wrong
from ml_connector.store.verify import verify

KEY = SigningKey("a secret that is not in the database")
DAY = dt.timedelta(days=1)


@pytest.fixture
def month(database: Database, clock: Clock) -> list[dt.datetime]:
    """Ten days, each with a run that wrote of three documents and was anchored; returns when each run began."""
    days = []
    for day in range(10):
        clock.time += DAY
        days.append(clock.now())
        audit = database.audit(DEPLOYMENT, FLOW, f"run {day}")
        for key in ("steady", f"day {day}", f"pair {day // 2}"):
            for step in ("sent", "verified"):
                audit.note(key, step, {"amount": "1.10", "text": "Müller"})
        if day != 8:  # the run of this day was killed before its end
            database.anchors(DEPLOYMENT, KEY).add(f"run {day}")
    return days


def written(database: Database, path: Path, start: dt.datetime | None, end: dt.datetime) -> list[str]:
    lines = list(export(database.engine, DEPLOYMENT, Span(start, end), KEY))
    path.write_text("".join(lines), encoding="utf-8")
    return lines


def records(lines: list[str], kind: str) -> list[Row]:
    return [record for line in lines if (record := json.loads(line))["type"] == kind]


@pytest.mark.parametrize(("first", "last"), [(0, 10), (3, 6), (5, 6), (8, 9), (9, 10)])
def test_an_export_proves_itself(
    database: Database, month: list[dt.datetime], tmp_path: Path, first: int, last: int
) -> None:
    """A file of any span of days is proven without the database, and holds every entry of those days."""
    path = tmp_path / "trail.jsonl"
    start, end = month[first], (month[last] if last < 10 else database.now() + DAY)
    lines = written(database, path, start, end)
    verdict = verify_file(path, [KEY])
    assert verdict.good, verdict.text()
    assert verdict.signature == "proven"
    entries = records(lines, "entry")
    inside = [row for row in entries if start <= dt.datetime.fromisoformat(row["at"]) < end]
    assert len(inside) == (last - first) * 6
    assert {row["key"] for row in inside} >= {f"day {day}" for day in range(first, last)}
    assert verify_file(path).good


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_an_export_that_ends_before_a_long_story_is_proven(
    database: Database, clock: Clock, tmp_path: Path, steps: int
) -> None:
    """Documents that are in a file only because the next anchor covers them are told from their beginning."""
    first = database.now()
    for day in range(3):
        clock.time = first + day * DAY
        audit = database.audit(DEPLOYMENT, FLOW, f"run {day}")
        for key in ("steady", f"day {day}"):
            for number in range(steps):
                audit.note(key, f"step {number}", {})
        database.anchors(DEPLOYMENT, KEY).add(f"run {day}")
    path = tmp_path / "trail.jsonl"
    for start in (None, first, first + DAY):
        for end in (first + DAY, first + 2 * DAY, first + 3 * DAY):
            written(database, path, start, end)
            verdict = verify_file(path, [KEY])
            assert verdict.good, verdict.text()


def test_an_export_from_the_beginning_is_proven(database: Database, month: list[dt.datetime], tmp_path: Path) -> None:
    """An export without a beginning holds every document from its first entry on."""
    path = tmp_path / "trail.jsonl"
    lines = written(database, path, None, month[4])
    assert verify_file(path, [KEY]).good
    assert {row["seq"] for row in records(lines, "entry") if row["key"] == "steady"} == set(range(1, 11))


def test_an_export_of_nothing_is_proven(database: Database, tmp_path: Path) -> None:
    """Where nothing was written there is nothing to prove."""
    path = tmp_path / "trail.jsonl"
    written(database, path, None, database.now())
    assert verify_file(path, [KEY]).good


def with_new_end(lines: list[str]) -> list[str]:
    """Return the lines with the end that somebody without the key can make."""
    import hashlib

    body = lines[:-1]
    made = hashlib.sha256("".join(body).encode()).hexdigest()
    old = json.loads(lines[-1])
    return [*body, f"{canonical({**old, 'lines': len(body), 'hash': made})}\n"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_done_to_a_file_is_found(
    database: Database, month: list[dt.datetime], tmp_path: Path, data: st.DataObject
) -> None:
    """Any line of an export that is changed, taken out, moved or doubled is found, also under a new end."""
    path = tmp_path / "trail.jsonl"
    lines = written(database, path, month[3], month[6])
    with_end = data.draw(st.booleans())
    at = data.draw(st.integers(0, len(lines) - 2))
    deed = data.draw(st.sampled_from(["edit", "delete", "double", "swap", "shorten", "append"]))
    changed = list(lines)
    if deed == "edit":
        record = json.loads(lines[at])
        name = data.draw(st.sampled_from(sorted(set(record) - {"type"})))
        record[name] = 77 if isinstance(record[name], int) else "2026-01-01T00:00:00.000000+00:00"
        changed[at] = f"{canonical(record)}\n"
    elif deed == "delete":
        del changed[at]
    elif deed == "double":
        changed.insert(at, lines[at])
    elif deed == "swap":
        changed[at], changed[at - 1] = changed[at - 1], changed[at]
    elif deed == "shorten":
        changed = changed[: at + 1]
    else:
        changed.append(lines[at])
    assume(changed != lines)
    path.write_text("".join(with_new_end(changed) if with_end else changed), encoding="utf-8")
    assert not is_good(path)


def is_good(path: Path) -> bool:
    try:
        return verify_file(path, [KEY]).good
    except ConfigurationError:
        return False


def test_an_entry_edited_in_a_file_is_named_without_the_key(
    database: Database, month: list[dt.datetime], tmp_path: Path
) -> None:
    """Even with a new end made for it, an edited entry is named: its document, its number and what was done."""
    path = tmp_path / "trail.jsonl"
    lines = written(database, path, month[3], month[6])
    at = next(number for number, line in enumerate(lines) if '"key":"day 4"' in line and '"type":"entry"' in line)
    lines[at] = lines[at].replace("1.10", "9.99")
    path.write_text("".join(with_new_end(lines)), encoding="utf-8")
    (problem,) = verify_file(path).problems
    assert (problem.wrong, problem.key, problem.seq) == (Wrong.EDITED, "day 4", 1)


def test_entries_left_out_at_the_beginning_of_the_span_are_missed(
    database: Database, month: list[dt.datetime], tmp_path: Path
) -> None:
    """A file from which a document's first entries of the span were taken is not good: the one before shows it."""
    path = tmp_path / "trail.jsonl"
    lines = written(database, path, month[3], month[6])
    steady = [line for line in lines if '"key":"steady"' in line and '"type":"entry"' in line]
    gone = {*steady[:2]}
    path.write_text("".join(with_new_end([line for line in lines if line not in gone])), encoding="utf-8")
    assert [problem.wrong for problem in verify_file(path).problems] == [Wrong.DELETED]


@pytest.mark.parametrize("content", ["", "{}\n", "\xff\xfe", '{"type":"export","version":99}\n', "[1]\n"])
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, content: str) -> None:
    """Another file is told as such, not as a broken trail."""
    path = tmp_path / "trail.jsonl"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(ConfigurationError, match="no export"):
        verify_file(path)


# --- retention ----------------------------------------------------------------------------------


def prune(database: Database, before: dt.datetime) -> Any:
    return Retention(database.engine, DEPLOYMENT, KEY, database.now).prune(before, "ann")


def check(database: Database) -> Verdict:
    return verify(database.engine, DEPLOYMENT, [KEY])


def test_retention_keeps_the_proof(database: Database, month: list[dt.datetime]) -> None:
    """After old entries are gone the trail is still proven, and tells how many went."""
    done = prune(database, month[4])
    assert (done.entries, done.documents) == (24, 7)
    verdict = check(database)
    assert verdict.good, verdict.text()
    assert (verdict.removed, verdict.signature) == (24, "proven")
    assert verdict.entries == 60 - 24 + 1
    database.audit(DEPLOYMENT, FLOW, "later").note("day 1", "resent", {})
    database.anchors(DEPLOYMENT, KEY).add("later")
    assert check(database).good


def test_retention_may_be_repeated(database: Database, month: list[dt.datetime]) -> None:
    """A second removal goes on behind the first, and removes nothing twice."""
    prune(database, month[2])
    assert prune(database, month[2]).entries == 0
    done = prune(database, month[6])
    assert done.entries == 24
    verdict = check(database)
    assert verdict.good, verdict.text()
    assert verdict.removed == 36


def test_a_removal_that_was_killed_is_finished_by_the_next(
    database: Database, month: list[dt.datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies between the tombstones and the removal leaves a trail that is proven and can be pruned."""
    with monkeypatch.context() as patch:
        patch.setattr(Retention, "_remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            prune(database, month[4])
    assert check(database).good
    assert prune(database, month[4]).entries == 24
    assert check(database).good


def test_only_what_has_a_tombstone_may_go(database: Database, month: list[dt.datetime]) -> None:
    """The database itself refuses to delete an entry or a head that no retention covers, also after one."""
    prune(database, month[4])
    for table in ("mlc_audit_entry", "mlc_audit_head", "mlc_audit_anchor"):
        with pytest.raises(DBAPIError, match="only grows"), writing(database.engine) as connection:
            connection.execute(text(f"DELETE FROM {table}"))


def test_a_tombstone_taken_away_is_missed(database: Database, month: list[dt.datetime]) -> None:
    """Without its tombstone a document whose entries are gone is told as deleted."""
    prune(database, month[4])
    intruder = Intruder(database)
    with intruder.free() as connection:
        connection.execute(delete(audit_head).where(audit_head.c.key == "steady", audit_head.c.removed > 0))
    verdict = check(database)
    assert ("steady", Wrong.DELETED) in {(problem.key, problem.wrong) for problem in verdict.problems}


def test_a_tombstone_cannot_be_made_without_the_key(
    database: Database, month: list[dt.datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who removes entries and makes an anchor for it without the key is found."""
    guess = Retention(database.engine, DEPLOYMENT, SigningKey("a guess"), database.now)
    with pytest.raises(ConfigurationError, match="not signed with the key given"):
        guess.prune(month[4], "mallory")
    monkeypatch.setattr("ml_connector.store.prune.verify", lambda *_: Verdict(DEPLOYMENT))
    guess.prune(month[4], "mallory")
    verdict = check(database)
    assert verdict.signature == "not proven"
    assert not verdict.good


def test_retention_goes_on_under_a_new_key(database: Database, month: list[dt.datetime]) -> None:
    """A trail signed with the key in use before is proven by it, and what retention does is signed with the new one."""
    new = SigningKey("the next secret")
    done = Retention(database.engine, DEPLOYMENT, new, database.now, (KEY,)).prune(month[4], "ann")
    assert done.entries == 24
    assert verify(database.engine, DEPLOYMENT, [new]).good


def test_entries_that_stay_are_still_checked(database: Database, month: list[dt.datetime]) -> None:
    """After a removal an edit of what is left is found, the first entry left included."""
    prune(database, month[4])
    intruder = Intruder(database)
    row = intruder.entries("steady")[0]
    assert row["seq"] == 9
    made = chained([{**row, "step": "approved"}], 9, row["previous"])[0]
    intruder.change(row, step=made["step"], hash=made["hash"])
    (problem,) = check(database).problems
    assert (problem.key, problem.seq, problem.wrong) == ("steady", 9, Wrong.EDITED)


def test_a_broken_trail_is_not_pruned(database: Database, month: list[dt.datetime]) -> None:
    """Retention does not remove the traces of a deed: it refuses and names the first bad entry."""
    intruder = Intruder(database)
    intruder.change(intruder.entries("day 2")[0], step="approved")
    with pytest.raises(ConfigurationError, match="day 2, entry 1"):
        prune(database, month[4])
    with pytest.raises(ConfigurationError, match="past"):
        prune(database, database.now() + DAY)


def test_an_export_after_retention_is_proven(database: Database, month: list[dt.datetime], tmp_path: Path) -> None:
    """What retention left can be exported, and its tombstones go with it."""
    prune(database, month[4])
    path = tmp_path / "trail.jsonl"
    lines = written(database, path, month[2], month[6])
    verdict = verify_file(path, [KEY])
    assert verdict.good, verdict.text()
    assert {row["removed"] > 0 for row in records(lines, "head")} == {True, False}
    written(database, path, None, database.now() + DAY)
    assert verify_file(path, [KEY]).good


def test_a_removal_is_told_in_the_trail(database: Database, month: list[dt.datetime]) -> None:
    """The trail says who removed what from before when."""
    prune(database, month[4])
    with reading(database.engine) as connection:
        query = select(audit_entry.c.detail).where(audit_entry.c.step == "entries removed")
        detail = connection.execute(query).scalar_one()
    assert detail == {"before": month[4].isoformat(), "author": "ann"}


STORIES = st.lists(st.sampled_from(["a", "b", "c", "anchor", "wait"]), max_size=25)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORIES, start=st.none() | st.integers(0, 10), length=st.integers(1, 10), removed=st.integers(0, 6))
def test_every_export_of_every_trail_is_proven(
    database: Database, clock: Clock, tmp_path: Path, story: list[str], start: int | None, length: int, removed: int
) -> None:
    """However documents, anchors, time and retention fall together, a file of any span proves itself."""
    deployment, first = f"dag {clock.now():%s}", clock.now()
    audit = database.audit(deployment, FLOW, "run")
    for deed in story:
        if deed == "wait":
            clock.time += DAY
        elif deed == "anchor":
            database.anchors(deployment, KEY).add("run")
        else:
            audit.note(deed, "step", {})
    clock.time += DAY
    database.anchors(deployment, KEY).add("run")
    if removed and story:
        before = min(first + removed * DAY, clock.now())
        Retention(database.engine, deployment, KEY, clock.now).prune(before, "ann")
    span = Span(None if start is None else first + start * DAY, first + ((start or 0) + length) * DAY)
    path = tmp_path / "trail.jsonl"
    path.write_text("".join(export(database.engine, deployment, span, KEY)), encoding="utf-8")
    verdict = verify_file(path, [KEY])
    assert verdict.good, verdict.text()
    assert verify(database.engine, deployment, [KEY]).good
    clock.time += DAY

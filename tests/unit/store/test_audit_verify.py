"""What a check of the audit trail finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from store_samples import DEPLOYMENT, FLOW, RUN
from tampering import Intruder, Row, chained

from ml_connector.store.chain import SigningKey
from ml_connector.store.database import Database
from ml_connector.store.tables import audit_anchor, audit_head
from ml_connector.store.verdict import Verdict, Wrong
from ml_connector.store.verify import verify

KEY = SigningKey("a secret that is not in the database")
STEPS = ("intended", "sent", "drafted", "authorising", "authorised", "verified", "created")
KEYS = ("P1", "P2", "P3")


@pytest.fixture
def trail(database: Database) -> Database:
    """Three documents of seven steps each, anchored twice and signed."""
    audit = database.audit(DEPLOYMENT, FLOW, RUN)
    anchors = database.anchors(DEPLOYMENT, KEY)
    for number, step in enumerate(STEPS):
        for key in KEYS:
            audit.note(key, step, {"amount": f"{number}.10"})
        if number == 3:
            anchors.add(RUN)
    anchors.add("another run")
    return database


@pytest.fixture
def intruder(trail: Database) -> Iterator[Intruder]:
    """Somebody with all rights on that database."""
    return Intruder(trail)


def check(database: Database, **given: Any) -> Verdict:
    return verify(database.engine, DEPLOYMENT, [KEY], **given)


def found(verdict: Verdict) -> list[tuple[str, str, int]]:
    return [(problem.wrong.value, problem.key, problem.seq) for problem in verdict.problems]


def test_a_trail_as_written_is_unbroken(trail: Database) -> None:
    """A trail that nobody touched is proven, and the verdict says how much it covers."""
    verdict = check(trail)
    assert verdict.good, verdict.text()
    assert (verdict.entries, verdict.documents, verdict.anchors, verdict.unanchored) == (21, 3, 2, 0)
    assert verdict.signature == "proven"
    assert "unbroken" in verdict.text()
    assert verdict.to_json()["good"] is True


def test_without_the_key_signatures_are_not_checked(trail: Database) -> None:
    """Without a key the chain is still checked, and the verdict says what was not."""
    verdict = verify(trail.engine, DEPLOYMENT)
    assert verdict.good
    assert verdict.signature == "not checked"


def test_a_trail_without_entries_is_unbroken(database: Database) -> None:
    """A deployment that has not run yet has nothing to prove."""
    verdict = check(database)
    assert verdict.good
    assert (verdict.entries, verdict.last_anchor) == (0, "")


def test_entries_after_the_last_anchor_are_counted(trail: Database) -> None:
    """What no anchor covers yet is told."""
    trail.audit(DEPLOYMENT, FLOW, RUN).note("P1", "resent", {})
    verdict = check(trail)
    assert verdict.good
    assert verdict.unanchored == 1


EDITS: dict[str, Any] = {
    "at": dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
    "deployment": "another",
    "flow": "another",
    "run_id": "another run",
    "key": "P9",
    "step": "never happened",
    "detail": '{"amount": "999.99"}',
    "scheme": 0,
    "seq": 99,
    "previous": "0" * 64,
    "hash": "0" * 64,
}


@pytest.mark.parametrize("column", EDITS)
@pytest.mark.parametrize("seq", [1, 7])
def test_an_edit_of_any_column_is_found(trail: Database, intruder: Intruder, column: str, seq: int) -> None:
    """An entry of which any column was changed is found, and its document named."""
    row = intruder.entries("P2")[seq - 1]
    intruder.change(row, **{column: EDITS[column]})
    verdict = check(trail)
    assert not verdict.good
    assert {problem.key for problem in verdict.problems} <= {"P2", "P9"}


def rewritten(row: Row) -> Row:
    return {**row, "detail": '{"amount": "999.99"}'}


Deed = Callable[[Intruder, list[Row]], None]


def edit(intruder: Intruder, rows: list[Row]) -> None:
    intruder.change(rows[2], detail='{"amount": "999.99"}')


def edit_and_hash(intruder: Intruder, rows: list[Row]) -> None:
    changed = chained([rewritten(rows[2])], 3, rows[1]["hash"])[0]
    intruder.change(rows[2], detail=changed["detail"], hash=changed["hash"])


def delete_one(intruder: Intruder, rows: list[Row]) -> None:
    intruder.remove([rows[2]])


def delete_and_renumber(intruder: Intruder, rows: list[Row]) -> None:
    kept = [*rows[:2], *({**row, "seq": row["seq"] - 1} for row in rows[3:])]
    intruder.replace("P2", kept)


def swap(intruder: Intruder, rows: list[Row]) -> None:
    rows[2]["seq"], rows[3]["seq"] = rows[3]["seq"], rows[2]["seq"]
    intruder.replace("P2", rows)


def swap_ids(intruder: Intruder, rows: list[Row]) -> None:
    rows[2]["id"], rows[3]["id"] = rows[3]["id"], rows[2]["id"]
    intruder.replace("P2", rows)


def insert_between(intruder: Intruder, rows: list[Row]) -> None:
    new = chained([{**rows[2], "id": 9000, "step": "approved"}], 3, rows[1]["hash"])
    intruder.replace("P2", [*rows[:2], *new, *({**row, "seq": row["seq"] + 1} for row in rows[2:])])


def insert_badly(intruder: Intruder, rows: list[Row]) -> None:
    new = {**rows[2], "id": 9000, "step": "approved"}
    intruder.replace("P2", [*rows[:2], new, *({**row, "seq": row["seq"] + 1} for row in rows[2:])])


def insert_behind(intruder: Intruder, rows: list[Row]) -> None:
    intruder.replace("P2", [*rows, *chained([{**rows[2], "id": 9000}], 8, rows[6]["hash"])])


def cut_off(intruder: Intruder, rows: list[Row]) -> None:
    intruder.remove(rows[5:])


def cut_off_and_hide(intruder: Intruder, rows: list[Row]) -> None:
    intruder.remove(rows[5:])
    intruder.set_head(rows[4])


def delete_all(intruder: Intruder, rows: list[Row]) -> None:
    intruder.remove(rows)
    intruder.forget_chain("P2")


def chain_anew(intruder: Intruder, rows: list[Row]) -> None:
    made = chained([*rows[:2], rewritten(rows[2]), *rows[3:]])
    intruder.replace("P2", made)
    intruder.set_head(made[-1])


@pytest.mark.parametrize(
    ("deed", "wrong", "seq"),
    [
        (edit, Wrong.EDITED, 3),
        (edit_and_hash, Wrong.EDITED, 3),
        (delete_one, Wrong.DELETED, 3),
        (delete_and_renumber, Wrong.DELETED, 3),
        (swap, Wrong.REORDERED, 3),
        (swap_ids, Wrong.REORDERED, 4),
        (insert_between, Wrong.INSERTED, 3),
        (insert_badly, Wrong.INSERTED, 3),
        (insert_behind, Wrong.INSERTED, 8),
        (cut_off, Wrong.DELETED, 7),
        (cut_off_and_hide, Wrong.DELETED, 7),
        (delete_all, Wrong.DELETED, 4),
        (chain_anew, Wrong.EDITED, 4),
    ],
)
def test_the_first_bad_entry_is_named(trail: Database, intruder: Intruder, deed: Deed, wrong: Wrong, seq: int) -> None:
    """The verdict names the document, the entry, and what was done to it; the other documents stay proven."""
    deed(intruder, intruder.entries("P2"))
    verdict = check(trail)
    assert found(verdict) == [(wrong.value, "P2", seq)], verdict.text()
    assert "BROKEN" in verdict.text()
    assert wrong.value in verdict.text()


def test_who_chains_everything_anew_is_found_by_the_signature(trail: Database, intruder: Intruder) -> None:
    """A trail rewritten with all its hashes and anchors is whole in itself, and unproven without the key."""
    chain_anew(intruder, intruder.entries("P2"))
    intruder.anchor_anew()
    assert verify(trail.engine, DEPLOYMENT).good
    verdict = check(trail)
    assert not verdict.good
    assert verdict.signature == "not proven"


def test_signatures_taken_off_are_missed(trail: Database, intruder: Intruder) -> None:
    """Who rewrites the anchors without a signature is found, because the last one must have one."""
    chain_anew(intruder, intruder.entries("P2"))
    intruder.anchor_anew()
    with intruder.free() as connection:
        connection.execute(update(audit_anchor).values(signature="", signed_with=""))
    verdict = check(trail)
    assert [problem.wrong for problem in verdict.problems] == [Wrong.UNPROVEN]
    assert verdict.problems[0].what == "anchor"


def test_a_new_key_proves_what_the_old_one_signed(trail: Database, intruder: Intruder) -> None:
    """After the key was changed, the next anchor proves all before it; the old key alone no longer does."""
    new = SigningKey("the next secret")
    trail.audit(DEPLOYMENT, FLOW, RUN).note("P1", "resent", {})
    trail.anchors(DEPLOYMENT, new).add(RUN)
    assert verify(trail.engine, DEPLOYMENT, [new]).signature == "proven"
    assert verify(trail.engine, DEPLOYMENT, [KEY, new]).good
    assert verify(trail.engine, DEPLOYMENT, [KEY]).signature == "not proven"
    chain_anew(intruder, intruder.entries("P2"))
    assert not verify(trail.engine, DEPLOYMENT, [new]).good


@pytest.mark.parametrize("number", [1, 2])
def test_a_deleted_anchor_is_missed(trail: Database, intruder: Intruder, number: int) -> None:
    """An anchor that is gone is named, with its heads or without."""
    with intruder.free() as connection:
        connection.execute(delete(audit_anchor).where(audit_anchor.c.number == number))
    verdict = check(trail)
    assert (Wrong.DELETED, number) in {(p.wrong, p.seq) for p in verdict.problems if p.what == "anchor"}
    with intruder.free() as connection:
        connection.execute(delete(audit_head).where(audit_head.c.number == number))
    assert not check(trail).good


@pytest.mark.parametrize("table", [audit_anchor, audit_head])
def test_an_edited_anchor_is_found(trail: Database, intruder: Intruder, table: Any) -> None:
    """An anchor, or what it covers, cannot be changed unnoticed."""
    changed = {"run_id": "x"} if table is audit_anchor else {"seq": 2}
    with intruder.free() as connection:
        connection.execute(update(table).where(table.c.number == 1).values(**changed))
    verdict = check(trail)
    assert (verdict.problems[0].wrong, verdict.problems[0].seq) == (Wrong.EDITED, 1)
    assert verdict.problems[0].what == "anchor"


def test_a_trail_set_back_as_a_whole_is_found_by_an_anchor_written_down(trail: Database, intruder: Intruder) -> None:
    """A database set back to an earlier state is whole in itself; an anchor noted elsewhere shows what is gone."""
    trail.audit(DEPLOYMENT, FLOW, RUN).note("P1", "paid", {})
    noted = trail.anchors(DEPLOYMENT, KEY).add(RUN)
    assert noted is not None
    assert check(trail, expect=(noted.number, noted.hash)).good
    intruder.restore()
    assert check(trail).good
    verdict = check(trail, expect=(noted.number, noted.hash))
    assert (verdict.problems[0].wrong, verdict.problems[0].seq) == (Wrong.DELETED, 3)
    assert not check(trail, expect=(2, "0" * 64)).good


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_done_to_entries_is_found(trail: Database, intruder: Intruder, data: st.DataObject) -> None:
    """Any edit, deletion, change of order or insertion of any entry is found, however the numbers are mended."""
    key = data.draw(st.sampled_from(KEYS))
    rows = intruder.entries(key)
    deed = data.draw(st.sampled_from(["edit", "delete", "order", "insert", "shorten"]))
    at = data.draw(st.integers(0, len(rows) - 1))
    changed = [dict(row) for row in rows]
    if deed == "edit":
        column = data.draw(st.sampled_from(["at", "run_id", "step", "detail", "scheme", "previous", "hash"]))
        changed[at][column] = EDITS[column]
    elif deed == "delete":
        gone = data.draw(st.sets(st.integers(0, len(rows) - 1), min_size=1))
        changed = [row for number, row in enumerate(rows) if number not in gone]
    elif deed == "order":
        order = data.draw(st.permutations(rows).filter(lambda made: made != rows))
        changed = [dict(row) for row in order]
    elif deed == "insert":
        new = {**changed[at], "id": 9000, "step": "approved"}
        changed.insert(data.draw(st.integers(0, len(rows))), new)
    else:
        changed = changed[:at]
    if data.draw(st.booleans(), label="numbers mended"):
        changed = [{**row, "seq": seq} for seq, row in enumerate(changed, start=1)]
        if data.draw(st.booleans(), label="hashes mended") and changed:
            changed = chained(changed)
    elif len({row["seq"] for row in changed}) < len(changed) or deed == "order":
        changed = [{**row, "seq": seq} for seq, row in enumerate(changed, start=1)]
    assume(changed != rows)
    intruder.replace(key, changed)
    try:
        verdict = check(trail)
        assert not verdict.good
        assert {problem.key for problem in verdict.problems} == {key}
    finally:
        intruder.restore()
    assert check(trail).good

"""Which documents stand in the target, and by whose code maps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_samples import DEPLOYMENT, FLOW, Clock, order

from ml_connector.domain.documents import PurchaseOrder, dump_document
from ml_connector.domain.status import Progress
from ml_connector.mapping.codemap import normalised_code
from ml_connector.store import posted as store_posted
from ml_connector.store.database import Database
from ml_connector.store.posted import count_posted, posted
from ml_connector.sync.evidence import AMENDING
from ml_connector.sync.ports import TargetRef

MOST = 100
CODES = st.text(st.characters(max_codepoint=0x17F, exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)


def with_item(key: str, code: str) -> PurchaseOrder:
    """Return an order of that item."""
    line = order(key).lines[0].model_copy(update={"item": code})
    return order(key).model_copy(update={"lines": (line,)})


def bring(database: Database, document: PurchaseOrder, *steps: Progress, run_id: str = "r1") -> None:
    """Bring a document as far as the steps go."""
    ref = TargetRef(key=f"T/{document.key}", number=document.key)
    for step in steps:
        journal = database.journal(DEPLOYMENT, FLOW, run_id)
        journal.advance(document.key, step, ref=ref, document=document, label=document.label)


def test_documents_are_found_with_the_run_that_they_stand_by(database: Database, clock: Clock) -> None:
    """The last run that wrote it, or found that it shows what was meant; a look at it in between counts for nothing."""
    bring(database, with_item("P1", "A-1"), Progress.SENT, Progress.VERIFIED)
    bring(database, with_item("P2", "A-1"), Progress.SENT, Progress.VERIFIED)
    database.audit(DEPLOYMENT, FLOW, "r2").note("P2", AMENDING, {"note": ""})
    bring(database, with_item("P3", "A-1"), Progress.SENT, Progress.VERIFIED)
    bring(database, with_item("P3", "A-1"), Progress.VERIFIED, run_id="r3")
    database.audit(DEPLOYMENT, FLOW, "r4").note("P1", "held", {})
    journal = database.journal(DEPLOYMENT, FLOW, "r1")
    journal.advance("P4", Progress.INTENDED, document=with_item("P4", "A-1"))
    found = list(posted(database.engine, DEPLOYMENT, FLOW, ["A-1"], MOST))
    assert [(one.key, one.run_id, one.ref.number) for one in found] == [
        ("P1", "r1", "P1"), ("P2", "r2", "P2"), ("P3", "r3", "P3"),
    ]  # fmt: skip
    assert (found[0].at, found[0].progress, found[0].money) == (clock.now(), Progress.VERIFIED, order().money)


def test_only_documents_that_may_bear_the_code_are_read(database: Database) -> None:
    """Those of other codes are passed over; so is nothing where there are too many codes to look for."""
    bring(database, with_item("P1", "A-1"), Progress.SENT, Progress.VERIFIED)
    bring(database, with_item("P2", "b_2"), Progress.SENT, Progress.VERIFIED)
    bring(database, with_item("P3", "B-2"), Progress.SENT, Progress.VERIFIED)

    def keys(*codes: str) -> list[str]:
        return [one.key for one in posted(database.engine, DEPLOYMENT, FLOW, codes, MOST)]

    assert keys("a-1") == ["P1"]
    assert keys("B_2") == ["P2"]
    assert keys("A-1", "B-2") == ["P1", "P3"]
    assert keys(*(f"X{number}" for number in range(200))) == ["P1", "P2", "P3"]


def test_many_documents_are_read_in_parts(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each comes once, by key, however many there are."""
    monkeypatch.setattr(store_posted, "_CHUNK", 2)
    for number in range(3):
        bring(database, with_item(f"P{number}", "A"), Progress.SENT, Progress.VERIFIED)
    assert [one.key for one in posted(database.engine, DEPLOYMENT, FLOW, ["A"], MOST)] == ["P0", "P1", "P2"]
    for most, found in ((0, []), (2, ["P0", "P1"]), (3, ["P0", "P1", "P2"])):
        assert [one.key for one in posted(database.engine, DEPLOYMENT, FLOW, ["A"], most)] == found
    assert count_posted(database.engine, DEPLOYMENT, FLOW) == 3
    assert count_posted(database.engine, DEPLOYMENT, "other") == 0


@given(CODES)
def test_what_is_looked_for_stands_in_every_document_of_the_code(code: str) -> None:
    """However a person has written the code: quotes, strokes, blanks and case lead to no document being missed."""
    for written in (code, f" {code.swapcase()}  ", code.replace(" ", "  ")):
        if normalised_code(written) == normalised_code(code):
            assert store_posted._bearing([code])(dump_document(with_item("P", written)))


def test_sealed_documents_are_found(empty_url: str) -> None:
    """Where contents are sealed in the database, the code is found all the same."""
    database = Database(empty_url, keys=["secret"])
    database.migrate()
    bring(database, with_item("P1", "A-1"), Progress.SENT, Progress.VERIFIED)
    bring(database, with_item("P2", "B-2"), Progress.SENT, Progress.VERIFIED)
    assert [one.key for one in posted(database.engine, DEPLOYMENT, FLOW, ["a-1"], MOST)] == ["P1"]
    database.engine.dispose()

"""What people decide about documents that are held."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update
from store_samples import DEPLOYMENT, FLOW, HOUR, RUN, Clock, order

from ml_connector.domain.errors import ConcurrentEdit, ConfigurationError
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.reference import KnownCode
from ml_connector.domain.status import Outcome, Progress
from ml_connector.store.database import Database
from ml_connector.store.engine import reading, writing
from ml_connector.store.reviews import MOST_KEYS, TEXTS, content_of, state_of
from ml_connector.store.tables import audit_entry, document

HELD = Finding(reason=Reason.NO_LINES, message="No lines.", next_step="Add one.")


def hold(database: Database, key: str = "P1", amount: str = "110.10") -> None:
    journal = database.journal(DEPLOYMENT, FLOW, RUN)
    journal.conclude(key, Outcome.HELD, label=f"order {key}", findings=(HELD,), document=order(key, amount=amount))


def row_of(database: Database, key: str = "P1") -> Any:
    with reading(database.engine) as connection:
        return connection.execute(select(document, *TEXTS).where(document.c.key == key)).mappings().one()


def reject(database: Database, key: str = "P1", *, seen: str = "", content: str = "", comment: str = "Paid.") -> None:
    row = row_of(database, key)
    seen, content = seen or state_of(row), content or content_of(row)
    database.reviews(DEPLOYMENT).reject(FLOW, key, seen, content=content, comment=comment, by="mia")


def steps(database: Database) -> list[tuple[str, str, Any]]:
    columns = audit_entry.c
    query = select(columns.key, columns.step, columns.detail).where(columns.run_id == "by hand").order_by(columns.id)
    with reading(database.engine) as connection:
        return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def test_a_state_survives_a_run_that_says_the_same(database: Database, clock: Clock) -> None:
    """A document that is held again for the same reason is still as a person saw it; for another it is not."""
    hold(database)
    seen = state_of(row_of(database))
    clock.time += HOUR
    hold(database)
    assert state_of(row_of(database)) == seen
    hold(database, amount="120.00")
    assert state_of(row_of(database)) != seen


def test_a_release_is_noted_with_its_author(database: Database) -> None:
    """Released documents stay held until a run has tried them; the audit trail says who released them."""
    hold(database)
    database.reviews(DEPLOYMENT).release(FLOW, {"P1": state_of(row_of(database))}, by="mia")
    assert row_of(database)["outcome"] == "held"
    assert row_of(database)["review"]["by"] == "mia"
    assert steps(database) == [("P1", "released", {"by": "mia"})]


def test_of_two_people_the_second_is_told_what_the_first_did(database: Database) -> None:
    """A document that was released meanwhile is not released again from an old page, nor are the others with it."""
    hold(database)
    hold(database, "P2")
    seen = {key: state_of(row_of(database, key)) for key in ("P1", "P2")}
    database.reviews(DEPLOYMENT).release(FLOW, {"P2": seen["P2"]}, by="mia")
    with pytest.raises(ConcurrentEdit, match="mia released it at"):
        database.reviews(DEPLOYMENT).release(FLOW, seen, by="ben")
    assert [step[:2] for step in steps(database)] == [("P2", "released")]


def test_a_release_is_of_a_bounded_number(database: Database) -> None:
    """More documents than a replay takes are refused at once."""
    with pytest.raises(ConfigurationError, match=str(MOST_KEYS)):
        database.reviews(DEPLOYMENT).release(FLOW, {str(n): "" for n in range(MOST_KEYS + 1)}, by="mia")


def test_a_rejected_document_is_not_taken_up_again(database: Database) -> None:
    """A rejected document is closed, known by its content, and the comment stands in the audit trail."""
    hold(database)
    reject(database)
    journal = database.journal(DEPLOYMENT, FLOW, RUN)
    assert list(journal.open_documents()) == []
    assert journal.rejected() == {"P1": order().content_hash()}
    assert steps(database) == [("P1", "rejected", {"by": "mia", "comment": "Paid."})]


@pytest.mark.parametrize("comment", ["", "  \n"])
def test_a_rejection_says_why(database: Database, comment: str) -> None:
    """Without a comment nothing is rejected."""
    hold(database)
    with pytest.raises(ConfigurationError, match="comment"):
        reject(database, comment=comment)
    assert row_of(database)["outcome"] == "held"


def test_what_changed_since_it_was_seen_is_not_rejected(database: Database) -> None:
    """A rejection is of exactly what the person saw."""
    hold(database)
    row = row_of(database)
    journal = database.journal(DEPLOYMENT, FLOW, RUN)
    changed = order(text="other goods")
    journal.conclude("P1", Outcome.HELD, label="order P1", findings=(HELD,), document=changed)
    assert state_of(row_of(database)) == state_of(row)
    with pytest.raises(ConcurrentEdit, match="changed at its source"):
        reject(database, content=content_of(row))


@pytest.mark.parametrize("progress", [Progress.SENT, Progress.UNKNOWN, Progress.DRAFTED, Progress.AUTHORISING])
def test_what_was_begun_in_the_target_is_not_rejected(database: Database, progress: Progress) -> None:
    """A document whose write has begun must be settled first."""
    hold(database)
    database.journal(DEPLOYMENT, FLOW, RUN).advance("P1", progress)
    with pytest.raises(ConfigurationError, match="begun in the target"):
        reject(database)


def test_what_a_run_has_in_hand_is_not_rejected(database: Database) -> None:
    """While a worker holds the document a person has to wait."""
    hold(database)
    with database.journal(DEPLOYMENT, FLOW, RUN).lock("P1"), pytest.raises(ConcurrentEdit, match="in hand"):
        reject(database)
    reject(database)


def test_a_rejection_can_be_taken_back(database: Database) -> None:
    """The document is held again, and the next run takes it up."""
    hold(database)
    reject(database)
    database.reviews(DEPLOYMENT).reopen(FLOW, "P1", state_of(row_of(database)), by="ben")
    journal = database.journal(DEPLOYMENT, FLOW, RUN)
    assert [one.key for one in journal.open_documents()] == ["P1"]
    assert journal.rejected() == {}


def test_only_a_rejected_document_is_taken_up_again(database: Database) -> None:
    """A page from before somebody else took it up is refused."""
    hold(database)
    with pytest.raises(ConcurrentEdit, match="held by now"):
        database.reviews(DEPLOYMENT).reopen(FLOW, "P1", state_of(row_of(database)), by="ben")
    with pytest.raises(ConcurrentEdit, match="not there"):
        database.reviews(DEPLOYMENT).reopen(FLOW, "P9", "", by="ben")


def test_an_unreadable_record_is_rejected_by_what_was_staged(database: Database) -> None:
    """What could not be read is known by the hash of its record; when that is gone it must be read again first."""
    hold(database)
    with writing(database.engine) as connection:
        connection.execute(update(document).values(payload=None))
    with pytest.raises(ConfigurationError, match="not kept any more"):
        reject(database)
    database.staging(DEPLOYMENT, FLOW, RUN).add([order()])
    reject(database)
    assert database.journal(DEPLOYMENT, FLOW, RUN).rejected() == {"P1": order().content_hash()}


def test_codes_are_kept_as_last_read(database: Database) -> None:
    """Codes that the system no longer has go, maps that were not read stay."""
    codes = database.known_codes(DEPLOYMENT, "acumatica")
    codes.keep({"account": {"1": KnownCode("Cash"), "2": KnownCode("Old", usable=False)}, "unit": {"EA": KnownCode()}})
    codes.keep({"account": {"1": KnownCode("Bank"), "3": KnownCode("New")}})
    assert codes.of("account") == {"1": KnownCode("Bank"), "3": KnownCode("New")}
    assert codes.of("unit") == {"EA": KnownCode()}
    assert codes.of("account", limit=1) == {"1": KnownCode("Bank")}
    assert database.known_codes(DEPLOYMENT, "cin7").of("account") == {}
    assert (codes.has("account", "3"), codes.has("account", "2"), codes.has("terms", "?")) == (True, False, True)

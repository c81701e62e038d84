"""What is kept of comparisons, and what they need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from store_samples import DEPLOYMENT, FLOW, HOUR, RUN, Clock, order

from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome, Progress
from ml_connector.store.database import Database
from ml_connector.store.engine import reading
from ml_connector.store.tables import comparison, difference
from ml_connector.sync.causes import Cause
from ml_connector.sync.compare_flow import FlowComparison
from ml_connector.sync.control_totals import ControlTotal, Sum
from ml_connector.sync.listing import Listed
from ml_connector.sync.ports import TargetRef
from ml_connector.sync.sides import Mismatch, Result

OCTOBER = (dt.date(2026, 10, 1), dt.date(2026, 10, 31))


def write(database: Database, key: str, *, ref: str = "PO/1") -> None:
    """Bring an order to the target, as load does."""
    journal, document = database.journal(DEPLOYMENT, FLOW, RUN), order(key)
    journal.advance(key, Progress.VERIFIED, ref=TargetRef(key=ref, number="1"), document=document, label="order")
    journal.conclude(key, Outcome.CREATED, label="order", document=document)


def compared(*keys: str, days: tuple[dt.date, dt.date] = OCTOBER, cause: Cause = Cause.AMOUNT) -> FlowComparison:
    """Return a comparison that found these documents different."""
    row = Listed("k", gross=Decimal("110.10"), date=days[0])
    found = [Mismatch(cause, key, f"order {key}", "110.1 here, 9 there", row, row, days[0]) for key in keys]
    result = Result(tuple(found), {}, 2, 0, frozenset())
    totals = (ControlTotal("EUR", "authorised", Sum(2, Decimal("110.10")), Sum(1, None)),)
    return FlowComparison(FLOW, "cin7", "acumatica", *days, result, totals)


def rows(database: Database) -> list[Sequence[object]]:
    """Return (key, when found, when seen, when cleared) of all differences."""
    columns = difference.c
    query = select(columns.key, columns.found_at, columns.seen_at, columns.cleared_at).order_by(columns.id)
    with reading(database.engine) as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_the_journal_says_what_was_sent_and_why_it_was_not(database: Database) -> None:
    """A written document has its place and its last content, a held one its reason."""
    write(database, "P1")
    finding = Finding(reason=Reason.NO_LINES, message="No lines.", next_step="Add some.")
    journal = database.journal(DEPLOYMENT, FLOW, RUN)
    journal.conclude("P2", Outcome.HELD, label="order 2", findings=(finding,))
    one, other = sorted(database.comparisons(DEPLOYMENT).known(FLOW), key=lambda known: known.key)
    assert (one.target_key, one.target_number, one.is_settled, one.outcome) == ("PO/1", "1", True, Outcome.CREATED)
    assert one.noted is not None
    assert (one.noted.gross, one.noted.date, one.noted.number) == (Decimal("110.10"), dt.date(2026, 10, 1), "PO-P1")
    assert (other.target_key, other.outcome, other.reason, other.noted) == (None, Outcome.HELD, "No lines.", None)
    assert database.comparisons(DEPLOYMENT).other_way(FLOW) == {"P1", "PO/1"}


def test_a_view_of_the_target_holds_until_we_write_again(database: Database) -> None:
    """What agreed is remembered once, and forgotten by our own next write."""
    kept = database.comparisons(DEPLOYMENT)
    write(database, "P1")
    kept.remember(FLOW, {"P1": {"number": "1"}})
    kept.remember(FLOW, {"P1": {"number": "edited"}})
    assert kept.views(FLOW) == {"P1": {"number": "1"}}
    write(database, "P1")
    assert kept.views(FLOW) == {}
    kept.remember(FLOW, {"P1": {"number": "2"}})
    assert kept.views(FLOW) == {"P1": {"number": "2"}}
    kept.forget_views(FLOW, ["P1"])
    assert kept.views(FLOW) == {}


def test_a_difference_stays_one_row_until_it_is_gone(database: Database, clock: Clock) -> None:
    """Found once, seen again, and over when a comparison of its day no longer finds it."""
    kept, began = database.comparisons(DEPLOYMENT), clock.time
    assert [one.key for one in kept.keep(RUN, compared("P1", "P2"), 5).new] == ["P1", "P2"]
    clock.time += HOUR
    second = kept.keep(RUN, compared("P1"), 5)
    assert (second.new, second.cleared) == ((), 1)
    assert rows(database) == [("P1", began, clock.time, None), ("P2", began, began, clock.time)]
    assert kept.last_at(FLOW) == clock.time


def test_a_comparison_of_other_days_clears_nothing(database: Database) -> None:
    """What lies outside the days that were compared stays open."""
    kept = database.comparisons(DEPLOYMENT)
    kept.keep(RUN, compared("P1"), 5)
    assert kept.keep(RUN, compared(days=(dt.date(2026, 11, 1), dt.date(2026, 11, 30))), 5).cleared == 0
    assert [row[3] for row in rows(database)] == [None]


def test_a_document_with_another_cause_is_another_difference(database: Database) -> None:
    """When the amount is mended but the period is not, the one is over and the other begins."""
    kept = database.comparisons(DEPLOYMENT)
    kept.keep(RUN, compared("P1"), 5)
    second = kept.keep(RUN, compared("P1", cause=Cause.PERIOD), 5)
    assert ([one.cause for one in second.new], second.cleared) == ([Cause.PERIOD], 1)


def test_totals_are_kept_to_the_last_digit(database: Database) -> None:
    """Sums stay decimals, and one that the list does not show stays unknown."""
    database.comparisons(DEPLOYMENT).keep(RUN, compared(), 7)
    with reading(database.engine) as connection:
        [row] = connection.execute(select(comparison.c.totals, comparison.c.calls))
    [total], calls = row
    assert (total["source_gross"], total["target_gross"], calls) == (Decimal("110.10"), None, 7)

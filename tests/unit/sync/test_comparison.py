"""Two lists and a journal: what differs, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.documents import DocumentStatus
from ml_connector.domain.status import Outcome, TargetStatus
from ml_connector.sync.causes import Cause
from ml_connector.sync.comparison import absent, compare
from ml_connector.sync.control_totals import Sum, control_totals
from ml_connector.sync.listing import Listed
from ml_connector.sync.ports import Found, TargetRef
from ml_connector.sync.sides import Known, Mismatch, Sides

UTC = dt.timezone.utc
READ_UNTIL = dt.datetime(2026, 11, 20, 12, tzinfo=UTC)
BEFORE, AFTER = READ_UNTIL - dt.timedelta(hours=1), READ_UNTIL + dt.timedelta(hours=1)
DAY = dt.date(2026, 11, 3)
BILL = Listed(
    "b1", "INV-1", "S1", DAY, currency="EUR", gross=Decimal("100.00"), label="bill INV-1 of Kestrel", modified_at=BEFORE
)


def there(key: str = "Bill/1", **changes: Any) -> Found:
    """Return the bill as the target lists it."""
    fields = {"number": "INV-1", "supplier": "V1", "date": "2026-11-03", "currency": "EUR", "gross": "100"}
    status, ours = changes.pop("status", TargetStatus.AUTHORISED), changes.pop("ours", True)
    ref = TargetRef(key=key, number=key.rpartition("/")[2])
    return Found(ref, status, {**fields, **changes}, ours=ours)


def known(**changes: Any) -> Known:
    """Return what the journal says of the bill."""
    plain = {"key": "b1", "label": BILL.label, "target_key": "Bill/1", "target_number": "1",
             "outcome": Outcome.CREATED, "noted": BILL}  # fmt: skip
    return Known(**{**plain, **changes})


def sides(**changes: Any) -> Sides:
    """Return two sides that agree, but for the changes."""
    plain: dict[str, Any] = {
        "source_system": "cin7", "target_system": "acumatica",
        "first_day": dt.date(2026, 11, 1), "last_day": dt.date(2026, 11, 30),
        "source": [BILL], "target": [there()], "known": [known()], "suppliers": {"S1": "V1"}, "read_until": READ_UNTIL,
    }  # fmt: skip
    return Sides(**{**plain, **changes})


def only(made: Sides) -> Mismatch:
    """Return the one difference."""
    [found] = compare(made).mismatches
    return found


def test_two_sides_that_agree_have_no_difference() -> None:
    """What the target then shows is handed back, to tell later edits by."""
    found = compare(sides())
    assert found.mismatches == ()
    assert (found.pairs, found.pending) == (1, 0)
    assert found.agreeing == {"b1": there().fields}


CASES: dict[str, tuple[dict[str, Any], Cause, str]] = {
    "target gone": ({"target": []}, Cause.DELETED, "acumatica no longer lists 1"),
    "source gone": ({"source": [], "looked_up": {"b1": None}}, Cause.DELETED, "cin7 no longer has it"),
    "void there": ({"target": [there(status=TargetStatus.VOIDED)]}, Cause.VOIDED, "void in acumatica"),
    "void here": ({"source": [replace(BILL, status=DocumentStatus.VOIDED)]}, Cause.VOIDED, "void in cin7"),
    "a person's copy": ({"target": [there(), there("Bill/9", ours=False)]}, Cause.DUPLICATE, "9 beside 1"),
    "our mark twice": (
        {"target": [there(), there("Bill/9", number="X")]}, Cause.DUPLICATE, "made by us but belongs to no document",
    ),
    "held": ({"known": [known(outcome=Outcome.HELD, reason="account 6120")]}, Cause.HELD, "account 6120"),
    "held, never sent": (
        {"known": [known(target_key=None, outcome=Outcome.HELD, reason="why")], "target": []}, Cause.HELD, "why",
    ),
    "waits": ({"known": [known(target_key=None, outcome=Outcome.WAITING)], "target": []}, Cause.WAITING, ""),
    "rejected": ({"known": [known(target_key=None, outcome=Outcome.REJECTED)], "target": []}, Cause.REJECTED, ""),
    "never read": ({"known": [], "target": []}, Cause.MISSED, "no run has read it"),
    "never read, but keyed there": (
        {"known": [], "target": [there(date="2026-08-01", ours=False)]}, Cause.MISSED, "INV-1 in acumatica looks like",
    ),
    "not sent": ({"known": [known(target_key=None, outcome=None)], "target": []}, Cause.MISSING, "is not held"),
    "begun and lost": ({"known": [known(is_settled=False, outcome=None)], "target": []}, Cause.MISSING, "was begun"),
    "draft there": ({"target": [there(status=TargetStatus.DRAFT)]}, Cause.STATUS, "draft in acumatica"),
    "currency": ({"target": [there(currency="USD")]}, Cause.CURRENCY, "EUR in cin7, USD in acumatica"),
    "amount there": ({"target": [there(gross="90")]}, Cause.AMOUNT, "changed in acumatica after it was sent"),
    "amount here": (
        {"source": [replace(BILL, gross=Decimal(120))]}, Cause.AMOUNT, "changed in cin7 after it was sent",
    ),
    "moved there": ({"target": [there(date="2026-12-03")]}, Cause.PERIOD, "periods 2026-11 and 2026-12"),
    "account": (
        {"target": [there(**{"lines[0].account": "6200"})],
         "views": {"b1": {**there().fields, "lines[0].account": "6100"}}},
        Cause.ACCOUNT, "lines[0].account from “6100” to “6200”",
    ),
    "number changed": (
        {"target": [there(number="INV-1a")], "views": {"b1": there().fields}}, Cause.EDITED_BY_HAND, "“INV-1a”",
    ),
    "day changed": (
        {"target": [there(date="2026-11-04")], "views": {"b1": there().fields}}, Cause.EDITED_BY_HAND, "2026-11-04",
    ),
    "only there": ({"source": [], "known": [], "target": [there(ours=False)]}, Cause.NOT_OURS, "entered in acumatica"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_difference_has_its_cause(name: str) -> None:
    """One document, one difference, one cause, and words that say what differs."""
    changes, cause, words = CASES[name]
    found = only(sides(**changes))
    assert found.cause is cause
    assert words in found.detail
    assert found.day is not None


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ({"status": TargetStatus.VOIDED}, {"gross": "90"}),
        ({"status": TargetStatus.DRAFT}, {"currency": "USD"}),
        ({"currency": "USD"}, {"gross": "90"}),
        ({"gross": "90"}, {"date": "2026-12-03"}),
        ({"date": "2026-12-03"}, {"number": "other"}),
    ],
)
def test_the_stronger_cause_is_told(stronger: dict[str, Any], weaker: dict[str, Any]) -> None:
    """Where a document differs in two ways, the cause is that of the stronger one."""
    views = {"b1": there().fields}
    assert (
        only(sides(target=[there(**stronger, **weaker)], views=views)).cause
        is only(sides(target=[there(**stronger)], views=views)).cause
    )


AGREE: dict[str, dict[str, Any]] = {
    "void on both sides": {
        "source": [replace(BILL, status=DocumentStatus.VOIDED)], "target": [there(status=TargetStatus.VOIDED)],
    },
    "void here, gone there": {"source": [replace(BILL, status=DocumentStatus.VOIDED)], "target": []},
    "gone on both sides": {"source": [], "looked_up": {"b1": None}, "target": []},
    "gone here, void there": {
        "source": [], "looked_up": {"b1": None}, "target": [there(status=TargetStatus.VOIDED)],
    },
    "void before it was read": {
        "source": [replace(BILL, status=DocumentStatus.VOIDED)], "known": [], "target": [],
    },
    "a void copy": {"target": [there(), there("Bill/9", status=TargetStatus.VOIDED)]},
    "a copy of another type": {"target": [there(), there("Debit Adj./9", ours=False, type="Debit Adj.",
                                                         date="2026-10-01")]},
    "the same number of another year": {"target": [there(), there("Bill/9", ours=False, date="2024-11-03", gross="7")]},
    "the other flow's": {
        "source": [BILL, replace(BILL, key="o9")], "not_of_this_flow": {"o9", "Bill/9"},
        "target": [there(), there("Bill/9", ours=False)],
    },
    "theirs of another month": {"target": [there(), there("Bill/9", number="Z", ours=False, date="2026-10-01")]},
    "a list without amounts": {"target": [there(gross="", currency="")]},
    "no day of its own": {"target": [replace(there(date=""), entered_on=dt.date(2026, 12, 1))]},
}  # fmt: skip


@pytest.mark.parametrize("name", AGREE)
def test_what_is_no_difference_is_not_told(name: str) -> None:
    """Void, gone or another's: nothing to do, so nothing to read."""
    assert compare(sides(**AGREE[name])).mismatches == ()


def test_what_the_next_run_reads_is_no_difference() -> None:
    """A document new or changed after the watermark waits for its run."""
    new = replace(BILL, key="b2", modified_at=AFTER)
    changed = replace(BILL, gross=Decimal(7), modified_at=AFTER)
    found = compare(sides(source=[new, changed]))
    assert (found.mismatches, found.pending, found.pairs) == ((), 2, 0)
    assert compare(sides(source=[BILL], known=[], target=[], read_until=None)).pending == 1


def test_without_stamps_the_day_tells_what_is_still_to_be_read() -> None:
    """A source that does not date changes: what is dated before the watermark's day was missed."""
    rows = [replace(BILL, key=f"b{day}", date=dt.date(2026, 11, day), modified_at=None) for day in (19, 20)]
    found = compare(sides(source=rows, known=[], target=[], has_stamps=False))
    assert [(one.cause, one.key) for one in found.mismatches] == [(Cause.MISSED, "b19")]
    assert found.pending == 1


def test_a_document_that_left_the_period_is_looked_up() -> None:
    """Bound and in the period by what was sent, or by the target's date, yet not listed by the source."""
    assert absent(sides()) == []
    assert absent(sides(source=[])) == ["b1"]
    october = replace(BILL, date=dt.date(2026, 10, 3))
    assert absent(sides(source=[], known=[known(noted=october)])) == ["b1"]
    assert absent(sides(source=[], known=[known(noted=october)], target=[there(date="2026-10-03")])) == []
    assert absent(sides(source=[], not_of_this_flow={"b1"})) == []
    moved = replace(BILL, date=dt.date(2026, 12, 3))
    assert only(sides(source=[], looked_up={"b1": moved})).cause is Cause.PERIOD


def test_periods_may_be_other_than_months() -> None:
    """The calendar of the deployment tells whether two days lie in one period."""
    weeks = sides(target=[there(date="2026-11-28")], period_of=lambda day: "P1" if day.day < 15 else "P2")
    assert only(weeks).cause is Cause.PERIOD
    assert compare(sides(target=[there(date="2026-11-28")])).mismatches == ()


def test_totals_are_both_systems_own_by_currency_and_status() -> None:
    """Each side is counted and added up as it lists its documents; others' in the target stand apart."""
    drafted = replace(BILL, key="b2", number="INV-2", gross=Decimal("0.10"))
    made = sides(
        source=[BILL, drafted],
        target=[there(), there("Bill/2", number="INV-2", gross="0.10", status=TargetStatus.DRAFT),
                there("Bill/3", number="Z", gross="5", ours=False), there("Bill/4", date="2026-10-01", number="Y")],
        known=[known(), known(key="b2", target_key="Bill/2")],
    )  # fmt: skip
    found = {one.status: one for one in control_totals(made, compare(made))}
    assert found["authorised"].source == Sum(2, Decimal("100.10"))
    assert found["authorised"].target == Sum(1, Decimal(100))
    assert found["authorised"].theirs == Sum(1, Decimal(5))
    assert found["draft"].target == Sum(1, Decimal("0.10"))


def test_a_list_without_amounts_has_no_sum() -> None:
    """A sum that is not known is not told as zero; the currency is that of the source's document."""
    made = sides(target=[replace(there(currency="", gross="", date=""), entered_on=dt.date(2026, 12, 1))])
    [found] = control_totals(made, compare(made))
    assert (found.currency, found.target) == ("EUR", Sum(1, None))


def test_of_suppliers_only_which_there_are_is_compared() -> None:
    """One that was never read, or is gone on a side, is told; their fields, and others in the target, are not."""
    plain = Listed("s1", label="supplier Kestrel", modified_at=BEFORE)
    bound = Known("s1", "supplier Kestrel", "V1", noted=plain)
    target = [Found(TargetRef(key="V1"), TargetStatus.AUTHORISED, {"name": "Kestrel"}, ours=True)]
    base = {"is_master": True, "source": [plain], "known": [bound], "target": target, "views": {"s1": {"name": "Old"}}}
    agreed = compare(sides(**base))
    assert (agreed.mismatches, agreed.agreeing, agreed.pairs) == ((), {}, 1)
    others = Found(TargetRef(key="V2"), TargetStatus.AUTHORISED, {}, ours=True)
    assert compare(sides(**base | {"target": [*target, others]})).mismatches == ()
    assert only(sides(**base | {"source": [plain, replace(plain, key="s2")]})).cause is Cause.MISSED
    assert only(sides(**base | {"target": []})).cause is Cause.DELETED
    assert absent(sides(**base | {"source": []})) == ["s1"]
    assert only(sides(**base | {"source": [], "looked_up": {"s1": None}})).cause is Cause.DELETED
    [total] = control_totals(sides(**base), agreed)
    assert (total.currency, total.source, total.target) == ("", Sum(1, None), Sum(1, None))
    unwanted = compare(sides(**base | {"known": [Known("s1", outcome=Outcome.UNCHANGED)]}))
    assert unwanted.mismatches == ()

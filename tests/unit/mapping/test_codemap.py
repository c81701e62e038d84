"""Which entry of a code map applies to a document of which day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.documents import KINDS, GoodsReceipt, JournalEntry, PurchaseOrder, Supplier, SupplierInvoice
from ml_connector.domain.documents import Document as AnyDocument
from ml_connector.mapping.codemap import CodeMaps, Mapped, choose

NEW_YEAR = dt.date(2027, 1, 1)
DAY = dt.timedelta(days=1)
DAYS = st.dates(dt.date(2026, 12, 28), dt.date(2027, 1, 4))
ENTRIES = st.lists(st.builds(Mapped, st.sampled_from("ABC"), st.just(1), st.none() | DAYS), max_size=6)


def account(*entries: Mapped, today: dt.date = NEW_YEAR) -> CodeMaps:
    return CodeMaps({"account": {"6100": entries}}, today=today)


@given(ENTRIES, DAYS)
def test_the_latest_entry_not_after_the_day_applies(entries: Sequence[Mapped], day: dt.date) -> None:
    """The rule as it is told: go back day by day, and take what begins there; what has no date began before all."""
    looked_at = day
    while looked_at > dt.date(2026, 12, 27) and not [one for one in entries if one.effective_from == looked_at]:
        looked_at -= DAY
    since = looked_at if looked_at > dt.date(2026, 12, 27) else None
    assert choose(entries, day) == [one for one in entries if one.effective_from == since]


@given(ENTRIES, DAYS, st.randoms(use_true_random=False))
def test_the_order_of_entries_decides_nothing(entries: list[Mapped], day: dt.date, random: object) -> None:
    """However the database gives them, the same code is found, and one only where all that apply agree."""
    mixed = list(entries)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    found = account(*entries).find("account", "6100", day)
    assert account(*mixed).find("account", "6100", day) == found
    targets = {one.target for one in choose(entries, day)}
    assert found == (min(targets) if len(targets) == 1 else None)


def test_a_change_of_account_at_new_year() -> None:
    """Documents of the old year keep the old account, whenever they come; those of the new year get the new one."""
    maps = account(Mapped("60100", 1), Mapped("60200", 2, NEW_YEAR))
    assert maps.find("account", "6100", NEW_YEAR - DAY) == "60100"
    assert maps.find("account", "6100", NEW_YEAR) == "60200"
    assert maps.find("account", "6100", NEW_YEAR + 400 * DAY) == "60200"


def test_a_code_is_unmapped_before_its_first_day() -> None:
    """An entry of a later day is none for an earlier document, unless the code stands for itself."""
    maps = account(Mapped("60200", 2, NEW_YEAR))
    assert maps.find("account", "6100", NEW_YEAR - DAY) is None
    same = CodeMaps(maps.maps, {"account"}, today=NEW_YEAR)
    assert same.resolve("account", "6100", NEW_YEAR - DAY, None) == "6100"
    assert same.resolve("account", "6100", NEW_YEAR, None) == "60200"


@pytest.mark.parametrize(("today", "target"), [(NEW_YEAR - DAY, "60100"), (NEW_YEAR, "60200")])
def test_what_has_no_date_is_mapped_as_of_today(today: dt.date, target: str) -> None:
    """A supplier's codes are those of the day of the run."""
    maps = account(Mapped("60100", 1), Mapped("60200", 2, NEW_YEAR), today=today)
    assert maps.find("account", "6100", None) == target


def test_two_codes_of_one_day_are_not_guessed_between() -> None:
    """Nor is the entry before them taken: it was replaced, only by what is not told."""
    maps = account(Mapped("60100", 1), Mapped("60200", 2, NEW_YEAR), Mapped("60300", 2, NEW_YEAR))
    assert maps.find("account", "6100", NEW_YEAR - DAY) == "60100"
    assert maps.find("account", "6100", NEW_YEAR) is None


def test_another_writing_of_a_code_is_found_by_its_day_too() -> None:
    """Case and blanks are overlooked among the entries that apply on that day."""
    tables = {"terms": {"net 30": [Mapped("N30", 1)], "NET  30": [Mapped("N31", 2, NEW_YEAR)]}}
    maps = CodeMaps(tables, today=NEW_YEAR)
    assert maps.find("terms", "Net 30", NEW_YEAR - DAY) == "N30"
    assert maps.find("terms", "Net 30", NEW_YEAR) is None
    assert maps.find("terms", "net 30", NEW_YEAR) == "N30"


def test_every_kind_of_document_says_the_day_that_it_is_booked_on() -> None:
    """Its own date; a supplier has none."""
    at, day, none = dt.datetime(2027, 2, 1, tzinfo=dt.timezone.utc), NEW_YEAR, Decimal(0)
    base = {"source": "cin7", "key": "K", "modified_at": at}
    of_supplier = {"supplier_key": "S", "supplier_name": "Kestrel", "date": day}
    trade = {"number": "1", "currency": "USD", "net": none, "tax": none, "gross": none, **of_supplier}
    made: list[AnyDocument] = [
        PurchaseOrder(**base, **trade),  # type: ignore[arg-type]
        SupplierInvoice(**base, **trade),  # type: ignore[arg-type]
        GoodsReceipt(**base, **of_supplier, order_key="O", order_number="PO-1"),  # type: ignore[arg-type]
        JournalEntry(**base, number="1", date=day),  # type: ignore[arg-type]
    ]
    assert [one.booked_on for one in made] == [day] * 4
    assert Supplier(**base, name="Kestrel").booked_on is None  # type: ignore[arg-type]
    assert {type(one) for one in made} | {Supplier} == set(KINDS.values())

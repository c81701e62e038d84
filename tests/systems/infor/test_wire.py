"""M3's texts as values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ml_connector.systems.infor.wire import day, number, stamp, stamp_text, text


def test_padding_goes_and_what_belongs_to_a_code_stays() -> None:
    """Blanks on the right are padding; zeros and blanks on the left belong to the code."""
    assert text({"SUNO": "0000123   "}, "SUNO") == "0000123"
    assert text({"BP": "         1000100"}, "BP") == "         1000100"
    assert text({}, "SUNO") == ""


@pytest.mark.parametrize("value", ["", "0", "00000000", "99999999", "   "])
def test_no_date_and_an_open_end_are_no_day(value: str) -> None:
    """An empty date, zero and nine nines are no calendar day."""
    assert day({"VTDT": value}, "VTDT") is None


def test_a_date_is_read_digit_by_digit() -> None:
    """Eight digits are year, month and day."""
    assert day({"IVDT": "20260227  "}, "IVDT") == dt.date(2026, 2, 27)


@pytest.mark.parametrize("value", ["2026-02-27", "20260230", "260227", "2026022A"])
def test_another_form_of_date_is_refused(value: str) -> None:
    """A date in another form, or one that does not exist, is an error and not another day."""
    with pytest.raises(ValueError, match=r"date|day"):
        day({"IVDT": value}, "IVDT")


def test_numbers_stay_exact() -> None:
    """A number is the decimal of its digits, and nothing is zero."""
    assert number({"CUAM": "-12608.20"}, "CUAM") == Decimal("-12608.20")
    assert number({"CUAM": "   "}, "CUAM") == 0


@pytest.mark.parametrize("value", ["1,5", "NaN", "Infinity", "x"])
def test_what_is_no_number_is_refused(value: str) -> None:
    """A comma, words and infinities are an error and not zero."""
    with pytest.raises(ValueError, match="CUAM"):
        number({"CUAM": value}, "CUAM")


def test_a_time_stamp_is_milliseconds_both_ways() -> None:
    """A time stamp is the milliseconds since 1970, and is written so."""
    moment = dt.datetime(2026, 3, 2, 10, 15, 44, tzinfo=dt.timezone.utc)
    assert stamp({"LMTS": "1772446544000"}, "LMTS") == moment
    assert stamp_text(moment) == "1772446544000"

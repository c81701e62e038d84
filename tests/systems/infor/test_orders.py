"""Purchase orders: how changed ones are found, and what they become."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from ml_connector.domain.documents import DocumentStatus
from ml_connector.domain.errors import ConfigurationError, ContractError
from ml_connector.sync.ports import Unreadable, Window

if TYPE_CHECKING:
    from conftest import World

BOLT = {"PNLI": 1, "ITNO": "FAST-M6-25", "ORQA": "5000", "PUPR": "1.85", "PUSL": "35", "PUST": "35"}


def order(number: str = "4500012", *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    plain = {"PUNO": number, "SUNO": "Y30001", "PUDT": "20260220", "DWDT": "20260315"}
    return {**plain, **changes, "MPLINE": list(lines) or [BOLT]}


def test_an_order_comes_with_its_lines_company_and_terms(world: World) -> None:
    """Head, lines, company and totals are M3's, and the net total is its own."""
    world.seed("MPHEAD", order())
    made = world.read("purchase_order")["4500012"]
    assert (made.number, made.supplier_key, made.supplier_name) == ("4500012", "Y30001", "Nordwind Fasteners AB")
    assert (made.date, made.required_by) == (dt.date(2026, 2, 20), dt.date(2026, 3, 15))
    assert (made.company, made.currency, made.terms, made.location) == ("100_AAA", "SEK", "30D", "001")
    assert (made.net, made.tax, made.gross) == (Decimal("9250.00"), 0, Decimal("9250.00"))
    (line,) = made.lines
    assert (line.item, line.quantity, line.unit, line.unit_price, line.net) == (
        "FAST-M6-25", Decimal(5000), "EA", Decimal("1.85"), Decimal("9250.00"),
    )  # fmt: skip
    assert line.account is None


def test_a_price_per_hundred_and_a_discount_come_as_what_one_costs(world: World) -> None:
    """The unit price is what the line's amount comes to for one ordered unit."""
    world.seed("MPHEAD", order("1", {**BOLT, "PUPR": "200", "PUCD": "100", "ODI1": "10"}))
    (line,) = world.read("purchase_order")["1"].lines
    assert (line.net, line.unit_price) == (Decimal("9000.00"), Decimal("1.8"))


def test_an_order_being_entered_is_not_read(world: World) -> None:
    """Statuses below 15 are not read; the order is once it is registered."""
    world.seed("MPHEAD", order("1", {**BOLT, "PUSL": "10", "PUST": "10"}))
    assert world.read("purchase_order") == {}
    world.edit("MPLINE", "1/1/0", PUSL="15", PUST="15")
    assert "1" in world.read("purchase_order")


def test_an_order_closed_without_goods_is_cancelled_and_one_with_goods_is_not(world: World) -> None:
    """Status 99 without goods or bill is a cancellation; with goods the order was finished."""
    closed = {**BOLT, "PUSL": "99", "PUST": "99"}
    world.seed("MPHEAD", order("1", closed), order("2", {**closed, "RVQA": "5000"}))
    found = world.read("purchase_order")
    assert found["1"].status is DocumentStatus.VOIDED
    assert found["2"].status is DocumentStatus.AUTHORISED


def test_a_cancelled_line_is_left_out(world: World) -> None:
    """A line closed without goods is not ordered any more, and not in the total."""
    world.seed("MPHEAD", order("1", BOLT, {**BOLT, "PNLI": 2, "PUSL": "99", "PUST": "99"}))
    made = world.read("purchase_order")["1"]
    assert (len(made.lines), made.net) == (1, Decimal("9250.00"))


def test_a_rule_gives_lines_their_account(world: World) -> None:
    """M3's order lines carry no account: the first rule that fits line and head gives it, and the cost centre."""
    world.seed("MPHEAD", order("1", BOLT, {**BOLT, "PNLI": 2, "ITNO": "FREIGHT"}))
    rules = [
        {"when": {"ITNO": "FAST-*", "DIVI": "AAA"}, "account": "1410", "cost_centre": "CC100"},
        {"account": "5710"},
    ]
    lines = world.read("purchase_order", account_rules=rules)["1"].lines
    assert [(line.account, line.cost_centre) for line in lines] == [("1410", "CC100"), ("5710", "")]


def test_an_orders_tax_is_what_its_rates_say(world: World) -> None:
    """Without rates an order bears no tax; with the rate of its VAT code each line has it, rounded to the cent."""
    world.seed("MPHEAD", order("1", {**BOLT, "ORQA": "3", "VTCD": "2"}, {**BOLT, "PNLI": 2, "ORQA": "1", "VTCD": "9"}))
    assert world.read("purchase_order")["1"].tax == 0
    made = world.read("purchase_order", tax_rates={"2": "12.5"})["1"]
    assert [line.tax for line in made.lines] == [Decimal("0.69"), Decimal("0.00")]
    assert (made.net, made.tax, made.gross) == (Decimal("7.40"), Decimal("0.69"), Decimal("8.09"))


@pytest.mark.parametrize("pads", [True, False])
@pytest.mark.parametrize("item", ["000123", "  123", "12 3", "0"])
def test_zeros_and_blanks_of_a_code_are_part_of_it(world: World, item: str, pads: bool) -> None:
    """Numbers of orders and items keep zeros and blanks before and within, padded answers or not."""
    world.set(pad_values=pads)
    world.seed("MITMAS", {"ITNO": item})
    world.seed("MPHEAD", order("0004512", {**BOLT, "ITNO": item}))
    made = world.read("purchase_order")["0004512"]
    assert (made.key, made.number, made.lines[0].item) == ("0004512", "0004512", item)
    items = world.adapter().reference(["purchase_order"]).items
    assert items is not None
    assert item in items


@pytest.mark.parametrize("empty", ["0", ""])
def test_no_required_date_is_none(world: World, empty: str) -> None:
    """A date of 0, or an empty one, is no date."""
    world.set(empty_date=empty)
    world.seed("MPHEAD", order("1"))
    world.edit("MPHEAD", "1", DWDT="0")
    assert world.read("purchase_order")["1"].required_by is None


def test_only_chosen_divisions_are_read(world: World) -> None:
    """Orders of other divisions are left out."""
    world.seed("MPHEAD", order("1"), order("2", DIVI="BBB"))
    assert list(world.read("purchase_order", divisions=["BBB"])) == ["2"]


def test_an_order_without_division_belongs_to_the_company(world: World) -> None:
    """A blank division means the company itself, and is no missing company."""
    world.seed("MPHEAD", order("1", DIVI=""))
    assert world.read("purchase_order")["1"].company == "100"


def test_an_order_that_cannot_be_read_is_held_with_its_reason(world: World) -> None:
    """An order without date is kept as unreadable, and the others come."""
    world.seed("MPHEAD", order("1", PUDT=""), order("2"))
    world.edit("MPHEAD", "1", PUDT="")
    found = world.read("purchase_order")
    assert isinstance(found["1"], Unreadable)
    assert "PUDT" in found["1"].finding.message
    assert not isinstance(found["2"], Unreadable)


# --- which are found ---


def test_only_orders_changed_since_are_asked_for(world: World) -> None:
    """The tables are asked by change date, and only what those name is read."""
    world.seed("MPHEAD", order("1", {**BOLT, "LMDT": "20260101"}, LMDT="20260101"), order("2"))
    assert list(world.read("purchase_order", world.since(2))) == ["2"]
    head, line = world.pulls[-2:]
    assert (head.entity, line.entity) == ("EXPORTMI/MPHEAD", "EXPORTMI/MPLINE")
    assert "IALMDT >= 20260317" in head.query
    assert head.rows == 1


def test_a_change_of_a_line_alone_is_seen(world: World) -> None:
    """A line's change does not touch its head, so lines are asked by their own change date."""
    world.seed("MPHEAD", order("1", {**BOLT, "LMDT": "20260101"}, LMDT="20260101"))
    world.read("purchase_order")
    world.advance(3 * 86400)
    world.edit("MPLINE", "1/1/0", ORQA="4000")
    found = world.read("purchase_order", world.since(1))
    assert found["1"].lines[0].quantity == 4000


def test_the_last_day_is_read_again_without_telling_it_twice(world: World) -> None:
    """Change dates have no time of day: the day is read again, and what did not change is not yielded."""
    world.seed("MPHEAD", order("1"))
    assert list(world.read("purchase_order")) == ["1"]
    world.advance(7200)
    assert world.read("purchase_order", world.since(1)) == {}
    world.edit("MPHEAD", "1", DWDT="20260401")
    assert list(world.read("purchase_order", world.since(1))) == ["1"]


def test_a_backfill_takes_orders_by_their_own_date(world: World) -> None:
    """A span that a person gave selects by order date, whatever the change dates are."""
    world.seed("MPHEAD", order("1", PUDT="20260110"), order("2", PUDT="20260210"))
    start, end = dt.datetime(2026, 2, 1, tzinfo=dt.timezone.utc), dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)
    assert list(world.read("purchase_order", Window(start, end, by_document_date=True))) == ["2"]
    assert "IAPUDT >= 20260201 and IAPUDT <= 20260228" in world.pulls[-1].query


@pytest.mark.parametrize("cap", [0, 100, 130])
def test_a_tenants_limit_of_exported_rows_loses_none(world: World, cap: int) -> None:
    """Where a query brings many rows, what lies beyond the last is asked for until nothing comes."""
    line = {**BOLT, "ORQA": "1"}
    world.seed("MPHEAD", *[order(f"45{number:05}", line) for number in range(270)])
    world.set(exported_rows=cap)
    adapter = world.adapter()
    window = Window(None, world.now())
    assert len(list(adapter.read("purchase_order", window))) == 270


def test_the_search_index_is_asked_where_exporting_is_blocked(world: World) -> None:
    """With discovery by search, changed orders are found in the index."""
    world.set(blocked_programs=["EXPORTMI"], index_lag_seconds=0)
    world.seed("MPHEAD", order("1"), order("2", {**BOLT, "LMDT": "20260101"}, LMDT="20260101"))
    assert list(world.read("purchase_order", world.since(2), discovery="search")) == ["1"]
    assert world.pulls[-1].query == "LMDT:[20260317 TO 20260319]"


def test_a_blocked_export_says_what_to_choose(world: World) -> None:
    """A tenant that blocks EXPORTMI gets an error that names the option."""
    world.set(blocked_programs=["EXPORTMI"])
    with pytest.raises(ConfigurationError, match=r"options\.infor\.discovery"):
        world.read("purchase_order")


@pytest.mark.parametrize("face", ["200", "400", "v1"])
@pytest.mark.parametrize("prefixes", [{"MPHEAD": "ZZ", "MPLINE": "IB"}, {"MPHEAD": "IA", "MPLINE": "ZZ"}])
def test_columns_of_another_name_are_no_empty_export(world: World, prefixes: dict[str, str], face: str) -> None:
    """M3's "Field ZZCONO does not exist" is a setting to correct, however it is said, and never "nothing changed"."""
    world.set(error_faces={"ServerReturnedNOK": face})
    world.seed("MPHEAD", order("1"))
    with pytest.raises(ConfigurationError, match="export_prefixes"):
        world.read("purchase_order", export_prefixes=prefixes)


def test_an_export_without_header_is_refused(world: World) -> None:
    """The header comes even where no row meets the conditions, so an answer without rows is an unknown one."""
    assert world.read("purchase_order") == {}
    answer = {"results": [{"transaction": "Select", "records": []}]}
    world.fault("status_after", "EXPORTMI/Select", status=200, answer=answer)
    with pytest.raises(ContractError, match="header"):
        world.read("purchase_order")


def test_a_change_of_a_line_alone_is_seen_in_the_index(world: World) -> None:
    """Lines are searched by their own change date, too; a backfill by order date asks for heads alone."""
    world.set(index_lag_seconds=0)
    world.seed("MPHEAD", order("1", {**BOLT, "LMDT": "20260101"}, LMDT="20260101"))
    world.read("purchase_order", discovery="search")
    world.advance(3 * 86400)
    world.edit("MPLINE", "1/1/0", ORQA="4000")
    found = world.read("purchase_order", world.since(1), discovery="search")
    assert found["1"].lines[0].quantity == 4000
    world.pulls.clear()
    start, end = dt.datetime(2026, 2, 1, tzinfo=dt.timezone.utc), dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)
    assert "1" in world.read("purchase_order", Window(start, end, by_document_date=True), discovery="search")
    assert [pull.entity for pull in world.pulls if "Search" in pull.entity] == ["PPS200MI/SearchHead"]


def test_orders_are_found_by_status_where_chosen(world: World) -> None:
    """With discovery by status, open orders are read and closed ones are not."""
    world.set(index_lag_seconds=0)
    closed = {**BOLT, "PUSL": "90", "PUST": "90", "RVQA": "5000"}
    world.seed("MPHEAD", order("1"), order("2", closed, PUSL="90", PUST="90"))
    assert list(world.read("purchase_order", world.since(2), discovery="status")) == ["1"]


def test_a_row_that_was_cut_off_is_refused(world: World) -> None:
    """A row of the export that lacks columns is an unknown answer and not a shorter number."""
    from ml_connector.systems.infor.discovery import Discovery

    with pytest.raises(ContractError):
        Discovery(world.m3())._split("MPHEAD", ["PUNO", "SUNO"], "4500012")


def test_given_orders_are_read_as_they_are(world: World) -> None:
    """Reading by key asks for these orders alone, and leaves out what is not there."""
    world.seed("MPHEAD", order("1"), order("2"))
    found = list(world.adapter().read_keys("purchase_order", ["2", "3"]))
    assert [one.key for one in found if not isinstance(one, Unreadable)] == ["2"]
    assert world.pulls == []

"""Receipts read over HTTP: received and put-away goods are the same, void ones are told, keys stay."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ml_connector.domain.documents import DocumentStatus
from ml_connector.sync.ports import Window

AUTHORISED, VOIDED = DocumentStatus.AUTHORISED, DocumentStatus.VOIDED
ALL = Window(None, dt.datetime(2026, 12, 1, tzinfo=dt.timezone.utc))


def told(world: Any, **options: Any) -> dict[str, Any]:
    """The receipts, by key."""
    return {one.key: one for one in world.adapter(**options).read("goods_receipt", ALL)}


def put_away_later(world: Any, stock: str, away: str) -> list[str]:
    """Goods received on 4 May and put away on the 5th, with the statuses of both; returns the keys of the two days."""
    made = world.purchase("two receipts, two bills")
    edited = {
        part: [{**row, "Status": status, "Lines": [{**line, "Date": f"{day}T00:00:00"} for line in row["Lines"]]}
               for row in made[part][:1]]
        for part, status, day in (("StockReceived", stock, "2026-05-04"), ("PutAway", away, "2026-05-05"))
    }  # fmt: skip
    world.edit("purchase", made["ID"], **edited)
    return [f"{made['ID']}/receipt/0/2026-05-0{day}" for day in (4, 5)]


def test_goods_put_away_on_another_day_are_the_receipt_they_were(world: Any) -> None:
    """An authorised receipt keeps its key when its goods are put away later: the ERP must not receive them twice."""
    put_away_later(world, "AUTHORISED", "DRAFT")
    before = told(world)
    received, away = put_away_later(world, "AUTHORISED", "AUTHORISED")
    after = told(world)
    assert before[received].content_hash() == after[received].content_hash()
    assert (away in before, after[received].status, after[away].status) == (False, AUTHORISED, VOIDED)


@pytest.mark.parametrize("stock", ["DRAFT", "NOT AVAILABLE"])
def test_a_put_away_counts_where_the_receipts_status_says_nothing(world: Any, stock: str) -> None:
    """Goods that are put away are received, whatever the receipt's own status."""
    received, away = put_away_later(world, stock, "AUTHORISED")
    found = told(world)
    assert (received in found, found[away].status) == (False, AUTHORISED)


def test_with_skip_only_the_put_away_counts(world: Any) -> None:
    """Where goods count when they are put away, the receipt tells nothing, neither of goods nor of void ones."""
    received, away = put_away_later(world, "AUTHORISED", "AUTHORISED")
    found = told(world, receipts_without_put_away="skip")
    assert (received in found, found[away].status) == (False, AUTHORISED)


@pytest.mark.parametrize("name", ["received", "two receipts, two bills", "received, not put away"])
def test_a_voided_receipt_is_told_under_its_keys(world: Any, name: str) -> None:
    """The receipts of a purchase voided later are the same documents, void."""
    made = world.purchase(name)
    before = told(world)
    world.edit("purchase", made["ID"], void=True)
    after = told(world)
    assert list(after) == list(before) != []
    assert {one.status for one in after.values()} == {VOIDED}


def test_a_voided_group_is_told_beside_a_live_one(world: Any) -> None:
    """A receipt voided in a live purchase is void; the other group's stays."""
    made = world.purchase("two receipts, two bills")
    gone = {part: [{**made[part][0], "Status": "VOIDED"}, made[part][1]] for part in ("StockReceived", "PutAway")}
    world.edit("purchase", made["ID"], **gone)
    found = sorted((key.split("/")[2], one.status) for key, one in told(world).items())
    assert found == [("0", VOIDED), ("1", AUTHORISED)]

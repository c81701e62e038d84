"""Suppliers: what they become, and which are read."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from ml_connector.domain.documents import Address
from ml_connector.domain.errors import ConfigurationError
from ml_connector.sync.ports import Unreadable, Window
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.translate import SupplierRows, address_of, supplier_of

if TYPE_CHECKING:
    from conftest import World

NOW = dt.datetime(2026, 3, 18, 12, tzinfo=dt.timezone.utc)
LIST = "CRS620MI/LstSuppliers"


def listed(world: World) -> list[str]:
    return [one.url or "" for one in world.sent if LIST in (one.url or "")]


def test_a_supplier_comes_with_its_address_and_contact(world: World) -> None:
    """Name, terms, tax number, contact person and address are those that M3's programs show."""
    supplier = world.read("supplier")["Y30001"]
    assert (supplier.code, supplier.name, supplier.currency, supplier.terms) == (
        "Y30001", "Nordwind Fasteners AB", "SEK", "30D",
    )  # fmt: skip
    assert (supplier.contact_name, supplier.email) == ("A. Berg", "a.berg@nordwind.example")
    assert supplier.tax_number == "SE556000123401"
    assert supplier.address == Address(line1="Hamngatan 4", city="Stockholm", postcode="111 47", country="SE")


def test_codes_keep_their_zeros(world: World) -> None:
    """A number with leading zeros stays the text it is."""
    world.seed("CIDMAS", {"SUNO": "0000012", "SUNM": "Zero AB", "TEPY": "030"})
    supplier = world.read("supplier")["0000012"]
    assert (supplier.key, supplier.code, supplier.terms) == ("0000012", "0000012", "030")


def test_a_preliminary_supplier_is_not_read_and_a_blocked_one_is_inactive(world: World) -> None:
    """Status 10 is not read yet, 20 is in use, 90 is not."""
    world.seed("CIDMAS", {"SUNO": "P1", "SUNM": "New", "STAT": "10"}, {"SUNO": "B1", "SUNM": "Old", "STAT": "90"})
    found = world.read("supplier")
    assert "P1" not in found
    assert not found["B1"].active
    assert found["Y30001"].active


def test_only_what_changed_is_listed_after_the_first_time(world: World) -> None:
    """Later reads ask M3 for the suppliers changed since the window's start, and yield those."""
    world.read("supplier")
    world.advance(3600)
    world.edit("CIDMAS", "Y30007", SUNM="Lakeshore Packaging LLC")
    found = world.read("supplier", world.since(0.5))
    assert list(found) == ["Y30007"]
    assert found["Y30007"].name == "Lakeshore Packaging LLC"
    assert "LMTS=" in listed(world)[-1]
    assert world.pulls[-1].rows == 1
    assert "LMTS" in world.pulls[-1].query


def test_a_given_span_ends_at_its_end(world: World) -> None:
    """A supplier changed at the start of a span is read, and one that changed again after it belongs to a later one."""
    world.advance(3600)
    start = world.now()
    world.edit("CIDMAS", "Y30007", SUNM="Lakeshore Packaging LLC")
    world.advance(60)
    world.edit("CIDMAS", "Y30001", SUNM="Nordwind AB")
    middle = world.now()
    world.advance(60)
    assert list(world.read("supplier", Window(start, middle, by_document_date=True))) == ["Y30007"]
    assert list(world.read("supplier", Window(middle, world.now(), by_document_date=True))) == ["Y30001"]


def test_a_change_that_alters_nothing_we_keep_is_not_yielded(world: World) -> None:
    """A supplier whose stamp moved and whose content did not is no news."""
    world.read("supplier")
    world.advance(3600)
    world.edit("CIDMAS", "Y30007", BUYE="LINDA")
    assert world.read("supplier", world.since(0.5)) == {}


def test_a_change_comes_again_until_its_window_has_passed(world: World) -> None:
    """A change that a run read and did not finish comes again in the next run."""
    world.read("supplier")
    world.advance(3600)
    world.edit("CIDMAS", "Y30007", SUNM="Lakeshore Packaging LLC")
    assert list(world.read("supplier", world.since(0.5))) == ["Y30007"]
    world.advance(60)
    assert list(world.read("supplier", world.since(0.5))) == ["Y30007"]
    world.advance(3600)
    assert world.read("supplier", world.since(0.5)) == {}


def test_a_clock_that_differs_from_ours_loses_nothing(world: World) -> None:
    """M3's time stamps are compared with M3's own clock, here ten minutes behind."""
    world.read("supplier")
    world.advance(3600)
    world.sim("POST", "clock", {"advance": -600})
    world.edit("CIDMAS", "Y30007", SUNM="Lakeshore Packaging LLC")
    assert list(world.read("supplier", world.since(0.05))) == ["Y30007"]


def test_a_changed_address_is_seen_by_the_daily_sweep(world: World) -> None:
    """An address may change without the supplier's stamp; once a day all suppliers are read."""
    world.read("supplier")
    world.advance(3600)
    (address,) = [row for row in world.held("CIDADR") if row["SUNO"] == "Y30001"]
    key = "/".join(address[name] for name in ("SUNO", "ADTE", "ADID", "STDT"))
    world.edit("CIDADR", key, ADR1="Hamngatan 5")
    assert world.read("supplier", world.since(0.5)) == {}
    world.advance(24 * 3600)
    found = world.read("supplier", world.since(0.5))
    assert {one.address.line1 for one in found.values()} == {"Hamngatan 5"}


def test_given_suppliers_are_read_as_they_are(world: World) -> None:
    """Reading by key lists nothing, and leaves out what is not there."""
    found = list(world.adapter().read_keys("supplier", ["Y30007", "NOBODY"]))
    assert [one.key for one in found if not isinstance(one, Unreadable)] == ["Y30007"]
    assert listed(world) == []


def test_a_kind_that_is_not_read_is_a_setting_to_correct(world: World) -> None:
    """A flow of receipts from Infor names itself."""
    with pytest.raises(ConfigurationError, match="goods_receipt"):
        world.adapter().read("goods_receipt", Window(None, world.now()))


def test_a_supplier_that_cannot_be_read_is_held_and_the_others_come(world: World) -> None:
    """A record that does not translate is kept with its reason."""
    rows = SupplierRows({"SUNO": "X", "SUNM": "X", "STAT": "20"}, [{"ADTE": "1", "STDT": "2026-01-01"}], [])
    with pytest.raises(ValueError, match="STDT"):
        supplier_of(rows, InforOptions(), NOW)


# --- addresses ---


def address(kind: str, since: str, line: str) -> dict[str, Any]:
    return {"ADTE": kind, "STDT": since, "ADR1": line}


def test_the_main_address_is_of_the_lowest_type_and_the_newest_that_has_begun() -> None:
    """Of the lowest type the newest address counts whose day has come."""
    rows = [
        address("3", "20200101", "invoice"),
        address("1", "20200101", "old"),
        address("1", "20250101", "now"),
        address("1", "20990101", "later"),
    ]
    assert address_of(rows, "SE", InforOptions(), NOW.date()).line1 == "now"


def test_a_preferred_type_of_address_goes_first() -> None:
    """A configured type is taken before lower ones."""
    rows = [address("1", "0", "order"), address("10", "0", "pay-to")]
    assert address_of(rows, "SE", InforOptions(address_types=("10",)), NOW.date()).line1 == "pay-to"


def test_a_supplier_without_address_has_its_country() -> None:
    """Without address the supplier's own country stands."""
    assert address_of([], "SE", InforOptions(), NOW.date()) == Address(country="SE")

"""What Cin7 says of a supplier comes to stand in IFS, and nothing else is touched or made."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from ifs_world import HOUR, START, World, from_cin7, method

from ml_connector.domain.documents import Address, Supplier
from ml_connector.domain.errors import ConcurrentEdit, ContractError, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.mapping.codemap import CodeMaps
from ml_connector.sync.compare import differences
from ml_connector.sync.match import Matcher
from ml_connector.sync.ports import Found, TargetRef, Window
from ml_connector.systems.ifs.adapter import IfsAdapter


def shown(adapter: IfsAdapter, n: int = 1) -> Found:
    found = adapter.fetch(from_cin7(n), TargetRef(key=f"S{n}"))
    assert found is not None
    return found


def writes(ifs: World) -> list[str]:
    return [call.method for call in ifs.calls if call.method in {"PATCH", "DELETE"}]


def bring(adapter: IfsAdapter, wanted: Supplier, n: int = 1) -> None:
    """What the engine does: change the fields that differ."""
    found = shown(adapter, n)
    adapter.amend(wanted, found, [one.field for one in differences(adapter.project(wanted), found.fields)])
    assert differences(adapter.project(wanted), shown(adapter, n).fields) == []


def test_a_supplier_that_is_the_same_is_not_touched(ifs: World) -> None:
    """Equal on both sides means that no record is written."""
    adapter = ifs.adapter()
    bring(adapter, from_cin7(1))
    assert writes(ifs) == []


def test_what_cin7_does_not_say_stays_as_it_is(ifs: World) -> None:
    """An empty field of Cin7 is no wish to clear one: contact, phone, address and terms of IFS stay."""
    ifs.sim("POST", "seed", {"records": {"SupplierCommMethod": [
        {**method(1), "CommId": 2, "MethodId": "Phone", "Value": "+46 8 1"}]}})  # fmt: skip
    adapter = ifs.adapter()
    before = shown(adapter).fields
    bring(adapter, from_cin7(1, name="", contact_name="", email="", address=Address(country="SE")))
    assert shown(adapter).fields == before
    assert writes(ifs) == []


def test_an_address_is_one_thing(ifs: World) -> None:
    """Of an address that Cin7 has, the empty parts count too: a second line that is gone there goes here."""
    ifs.edit("SupplierInfoAddress", "S1^01", Address2="Gate B", State="AB")
    adapter = ifs.adapter()
    bring(adapter, from_cin7(1))
    fields = shown(adapter).fields
    assert (fields["address.line2"], fields["address.state"]) == ("", "")


def test_a_contact_without_mail_and_number_has_no_place(ifs: World) -> None:
    """A name stands beside a communication method, so one alone is not asked for and holds nothing up."""
    wanted = from_cin7(1, contact_name="Somebody", email="", phone="")
    assert "contact_name" not in ifs.adapter().project(wanted)


def test_a_contact_is_named_beside_mail_and_number(ifs: World) -> None:
    """A new number comes under the contact's name, and a new name stands beside both."""
    adapter = ifs.adapter()
    bring(adapter, from_cin7(1, contact_name="Nils", phone="+46 8 2"))
    rows = {row["MethodId"]: row for row in ifs.state("SupplierCommMethod") if row["SupplierId"] == "S1"}
    assert {name: (row["Name"], row["Value"]) for name, row in rows.items()} == {
        "EMail": ("Nils", "ap1@kestrel.example"), "Phone": ("Nils", "+46 8 2"),
    }  # fmt: skip


def test_methods_below_the_supplier_are_read_and_written_there(ifs: World) -> None:
    """Where they hang is a choice of the deployment."""
    adapter = ifs.adapter(communication_below="supplier")
    bring(adapter, from_cin7(1, email="other@kestrel.example", phone="+46 8 3"))
    rows = [row for row in ifs.state("SupplierCommMethod") if row["SupplierId"] == "S1"]
    assert sorted(row["Value"] for row in rows) == ["+46 8 3", "other@kestrel.example"]


def test_a_country_by_name_is_its_code(ifs: World) -> None:
    """IFS takes codes; what is neither is refused with the field's name before anything is sent."""
    adapter = ifs.adapter()
    bring(adapter, from_cin7(1, address=Address(line1="Kai 1", city="Bergen", country="Norway")))
    assert shown(adapter).fields["address.country"] == "NO"
    wrong = from_cin7(1, address=Address(line1="Kai 1", city="Bergen", country="Nowhereland"))
    with pytest.raises(Refused) as caught:
        adapter.amend(wrong, shown(adapter), ["address.country"])
    assert caught.value.reasons[0][0] == "address.country"


def test_a_field_that_moved_since_the_decision_is_not_overwritten(ifs: World) -> None:
    """Between the engine's look and ours somebody changed the same field: the next try decides anew."""
    adapter = ifs.adapter()
    found = shown(adapter)
    ifs.edit("SupplierInfoAddress", "S1^01", Address1="Moved")
    with pytest.raises(ConcurrentEdit, match=r"address\.line1"):
        adapter.amend(from_cin7(1, address=Address(line1="Quay 2", city="Stockholm")), found, ["address.line1"])
    assert writes(ifs) == []


def test_the_second_stale_etag_is_left_to_the_next_try(ifs: World) -> None:
    """A record that changes at every try of ours is not fought over."""
    adapter = ifs.adapter()
    found = shown(adapter)
    for text in ("Gate B", "Gate C"):
        ifs.sim("POST", "faults", {"kind": "touch", "method": "PATCH", "path": "SupplierInfoAddresses", "entity":
                                   "SupplierInfoAddress", "id": "S1^01", "set": {"Address2": text}})  # fmt: skip
    with pytest.raises(ConcurrentEdit):
        adapter.amend(from_cin7(1, address=Address(line1="Quay 2", city="Stockholm")), found, ["address.line1"])
    assert shown(adapter).fields["address.line1"] == "Hamngatan 1"


def test_every_change_names_the_etag_it_was_read_with(ifs: World) -> None:
    """IFS's strict mode, which demands the header, is content; without ETag nothing is sent at all."""
    ifs.sim("PATCH", "settings", {"require_if_match": True, "update_answer": "no_content"})
    adapter = ifs.adapter()
    bring(adapter, from_cin7(1, email="strict@kestrel.example"))
    with pytest.raises(ContractError, match="without an ETag"):
        adapter._endpoint.patch("main/x", "", {"Name": "x"})


def test_a_new_supplier_has_address_methods_and_terms(ifs: World) -> None:
    """With creating switched on it is there whole, under its shared number, and shows what was wanted."""
    adapter, bound = ifs.adapter(create_suppliers=True), []
    new = from_cin7(8, name="Merlin AB", currency="EUR", terms="45", tax_number="5560001234", phone="+46 8 4")
    ref = adapter.draft(new, "mlc:1", None, bound.append)
    assert bound == [ref]
    found = shown(adapter, 8)
    assert found.status is TargetStatus.AUTHORISED
    assert differences(adapter.project(new), found.fields) == []
    assert {name: found.fields[name] for name in ("currency", "terms")} == {"currency": "EUR", "terms": "45"}


def test_terms_of_an_existing_supplier_can_be_changed(ifs: World) -> None:
    """They are those of the first configured company."""
    bring(ifs.adapter(), from_cin7(1, terms="60", currency="EUR"))
    [row] = [row for row in ifs.state("SupplierInvoiceCompany") if row["Identity"] == "S1"]
    assert (row["PayTermId"], row["DefCurrency"]) == ("60", "EUR")


def test_a_refusal_of_ifs_is_told_in_its_words(ifs: World) -> None:
    """The database's own text comes with the refusal, and nothing was changed."""
    adapter = ifs.adapter()
    with pytest.raises(Refused, match="TOOLONG"):
        bring(adapter, from_cin7(1, address=Address(line1="x" * 36, city="Stockholm", country="SE")))


def test_suppliers_are_matched_with_their_currency(ifs: World) -> None:
    """A supplier of the same name in another currency is held, not linked: the list has what lies below, too."""
    adapter = ifs.adapter()
    ifs.read("supplier")
    ifs.calls.clear()
    targets = adapter.suppliers()
    assert {one.currency for one in targets} == {"SEK"}
    assert not [call for call in ifs.calls if "SupplierInvoiceCompanies" in call.url]
    mine = from_cin7(3, code=None, currency="USD")
    maps = CodeMaps({}, today=dt.date(2026, 11, 1))
    matcher = Matcher(sources=[mine], targets=targets, linked={}, maps=maps, near=90, create=True, target_name="ifs")
    assert matcher.match(mine).verdict == "held"


def test_every_supplier_is_listed_and_read_whole_when_needed(ifs: World) -> None:
    """The list shows few fields and says so."""
    found = list(ifs.adapter().present("supplier"))
    assert [one.ref.key for one in found] == ["S1", "S2", "S3", "S4", "S5"]
    assert all(one.partial and one.fields["name"] for one in found)
    assert list(ifs.adapter().present("purchase_order")) == []


def test_an_ended_address_and_an_ended_supplier(ifs: World) -> None:
    """The address in force is taken, and a supplier whose terms have run out is inactive."""
    ifs.edit("SupplierInfoAddress", "S1^01", ValidTo="2026-01-31")
    new: dict[str, Any] = {"SupplierId": "S1", "AddressId": "02", "Address1": "Kaj 2", "Country": "SE"}
    ifs.sim("POST", "seed", {"records": {"SupplierInfoAddress": [new]}})
    ifs.edit("SupplierInvoiceCompany", "10^S1^Supplier", ExpireDate="2026-06-30")
    one = ifs.read("supplier")[0]
    assert isinstance(one, Supplier)
    assert (one.address.line1, one.active) == ("Kaj 2", False)


def test_a_supplier_that_cannot_be_read_is_told_and_the_others_come(ifs: World) -> None:
    """A date that is none holds that supplier only."""
    page = {"value": [{"@odata.etag": 'W/"x"', "Company": "10", "Identity": "S1", "ExpireDate": "soon"}]}
    ifs.sim("POST", "faults", {"kind": "status", "status": 200, "path": "SupplierInvoiceCompanies", "answer": page})
    found = list(ifs.adapter(detail_workers=1).read("supplier", Window(None, START + HOUR)))
    assert len(found) == 5
    assert len([one for one in found if isinstance(one, Supplier)]) == 4

"""Supplier fields are changed under their ETags: a stale one is never overwritten, none is made by mistake."""

from __future__ import annotations

from contextlib import suppress

import pytest
from ifs_world import World, from_cin7

from ml_connector.domain.documents import Address
from ml_connector.domain.errors import AmbiguousWrite, ConcurrentEdit, Refused
from ml_connector.sync.ports import Found, TargetRef
from ml_connector.systems.ifs.adapter import IfsAdapter


def now_there(adapter: IfsAdapter, n: int = 1) -> Found:
    found = adapter.fetch(from_cin7(n), TargetRef(key=f"S{n}"))
    assert found is not None
    return found


def test_what_cin7_says_is_what_ifs_shows_afterwards(ifs: World) -> None:
    """Address and e-mail of an existing supplier are changed, and everything else is left alone."""
    adapter = ifs.adapter()
    wanted = from_cin7(1, email="new@kestrel.example", address=Address(line1="Quay 2", city="Uppsala", country="SE"))
    adapter.amend(wanted, now_there(adapter), ["email", "address.line1", "address.city", "address.postcode"])
    shown = now_there(adapter).fields
    assert {name: shown[name] for name in adapter.project(wanted)} == dict(adapter.project(wanted))
    [address] = [row for row in ifs.state("SupplierInfoAddress") if row["SupplierId"] == "S1"]
    assert address["Name"] == "Kestrel 1"


def test_a_supplier_without_address_gets_one(ifs: World) -> None:
    """What is missing below the supplier is created, once."""
    adapter = ifs.adapter()
    ifs.sim(
        "POST", "seed", {"records": {"SupplierInfoGeneral": [{"SupplierId": "S9", "Name": "Bare", "Country": "SE"}]}}
    )
    wanted = from_cin7(9, name="Bare")
    for _ in range(2):
        adapter.amend(wanted, now_there(adapter, 9), ["email", "address.line1", "address.city", "address.country"])
    assert len([row for row in ifs.state("SupplierInfoAddress") if row["SupplierId"] == "S9"]) == 1
    assert now_there(adapter, 9).fields["email"] == "ap9@kestrel.example"


def test_a_change_of_another_field_meanwhile_is_kept(ifs: World) -> None:
    """A stale ETag is read again; the other's change stays and ours is made, too."""
    adapter = ifs.adapter()
    found = now_there(adapter)
    ifs.sim("POST", "faults", {"kind": "touch", "method": "PATCH", "path": "SupplierInfoAddresses", "entity":
                               "SupplierInfoAddress", "id": "S1/01", "set": {"Address2": "Gate B"}})  # fmt: skip
    adapter.amend(from_cin7(1, address=Address(line1="Quay 2")), found, ["address.line1"])
    shown = now_there(adapter).fields
    assert (shown["address.line1"], shown["address.line2"]) == ("Quay 2", "Gate B")


def test_a_field_that_both_sides_changed_is_decided_again_by_the_next_try(ifs: World) -> None:
    """When the very field changed meanwhile, nothing is overwritten."""
    adapter = ifs.adapter()
    found = now_there(adapter)
    ifs.sim("POST", "faults", {"kind": "touch", "method": "PATCH", "path": "SupplierInfoAddresses", "entity":
                               "SupplierInfoAddress", "id": "S1/01", "set": {"Address1": "Moved"}})  # fmt: skip
    with pytest.raises(ConcurrentEdit):
        adapter.amend(from_cin7(1, address=Address(line1="Quay 2")), found, ["address.line1"])
    assert now_there(adapter).fields["address.line1"] == "Moved"


def test_creating_suppliers_is_off_until_it_is_chosen(ifs: World) -> None:
    """A supplier that only Cin7 has is refused with the option's name."""
    with pytest.raises(Refused, match=r"options\.ifs\.create_suppliers"):
        ifs.adapter().draft(from_cin7(8), "mlc:1", None, lambda _ref: None)


@pytest.mark.parametrize("call", range(4))
def test_a_supplier_whose_creation_was_cut_off_is_completed(ifs: World, call: int) -> None:
    """Wherever the answer is lost, the next try leaves one supplier with one address and one e-mail."""
    adapter, new = ifs.adapter(create_suppliers=True), from_cin7(8)
    ifs.sim("POST", "faults", {"kind": "reset_after", "method": "POST", "path": "SupplierHandling", "skip": call})
    for _ in range(2):
        found = adapter.find(new, "mlc:1")
        with suppress(AmbiguousWrite):
            adapter.draft(new, "mlc:1", found.ref if found else None, lambda _ref: None)
    ifs.sim("DELETE", "faults")
    shown = now_there(adapter, 8).fields
    assert {name: shown[name] for name in adapter.project(new)} == dict(adapter.project(new))
    for entity in ("SupplierInfoGeneral", "SupplierInfoAddress", "SupplierCommMethod"):
        assert len([row for row in ifs.state(entity) if row["SupplierId"] == "S8"]) == 1

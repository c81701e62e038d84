"""Suppliers as vendors over HTTP: reading under moving rows, creating once, changing only what differs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ml_connector.domain.documents import Address, Supplier
from ml_connector.domain.errors import AmbiguousWrite, ConcurrentEdit, ConfigurationError, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.sync.ports import Unreadable, Window

UTC = dt.timezone.utc
NEW = "7b1e6f0a-1111-4222-8333-944455556666"
START = dt.datetime(2026, 2, 1, tzinfo=UTC)
END = dt.datetime(2026, 3, 1, tzinfo=UTC)
LATER = dt.datetime(2036, 3, 1, tzinfo=UTC)


def seed_many(world: Any, count: int) -> set[str]:
    """Store vendors, one a minute, and return their numbers."""
    numbers = [f"V{number:06}" for number in range(1000, 1000 + count)]
    world.seed(
        "Vendor",
        *(
            {
                "VendorID": number,
                "VendorName": f"Vendor {number}",
                "LastModifiedDateTime": (START + dt.timedelta(minutes=index)).isoformat(),
            }
            for index, number in enumerate(numbers)
        ),
    )
    return set(numbers)


@pytest.mark.parametrize("order", ["key", "insertion", "modified", "shuffled"])
def test_no_vendor_is_lost_whatever_order_the_server_chooses(world: Any, order: str) -> None:
    """All vendors of a window are read, in any server order, when they are more than a page."""
    world.set(order=order)
    numbers = seed_many(world, 57)
    adapter = world.adapter(page_size=10)
    read = [one.key for one in adapter.read("supplier", Window(START, END))]
    assert sorted(read) == sorted(numbers)
    assert world.pulls[-1].rows == 57
    assert world.pulls[-1].pages == 6


@pytest.mark.parametrize("order", ["modified", "shuffled"])
@pytest.mark.parametrize(("skip", "end"), [*((n, LATER) for n in range(7)), *((n, END) for n in (2, 4, 6))])
def test_a_vendor_edited_between_two_pages_is_not_lost(world: Any, order: str, skip: int, end: dt.datetime) -> None:
    """A vendor edited while pages are read is still read, where it moves among them or leaves the window."""
    world.set(order=order)
    numbers = seed_many(world, 40)
    changes = {"entity": "Vendor", "set": {"VendorName": "Edited Ltd"}}
    world.fault("touch", "/Vendor$", "GET", skip=skip, id="V001033", **changes)
    read = {one.key for one in world.adapter(page_size=10).read("supplier", Window(START, end))}
    assert numbers <= read


def test_vendors_on_one_page_cost_one_call(world: Any) -> None:
    """A window that fits one page is read in one call."""
    seed_many(world, 10)
    adapter = world.adapter(page_size=10)
    before = world.count("/Vendor$")
    assert len(list(adapter.read("supplier", Window(START, END)))) == 10
    assert world.count("/Vendor$") - before == 1


def test_the_window_is_closed_at_its_start_and_open_at_its_end(world: Any) -> None:
    """A vendor stamped at the window's start is read, one stamped at its end is not."""
    seed_many(world, 3)
    window = Window(START, START + dt.timedelta(minutes=2))
    read = [one.key for one in world.adapter().read("supplier", window)]
    assert sorted(read) == ["V001000", "V001001"]


def test_a_vendor_is_read_as_a_canonical_supplier(world: Any) -> None:
    """Every field of a vendor arrives, its number is key and code, and Ext Ref Nbr the Cin7 ID."""
    contact = {
        "Attention": "Ann Lee",
        "Email": "ap@acme.example",
        "Phone1": "555",
        "Address": {
            "AddressLine1": "4 Lake",
            "City": "Kirkland",
            "State": "WA",
            "PostalCode": "98033",
            "Country": "US",
        },
    }
    world.seed(
        "Vendor",
        {
            "VendorID": "V000200",
            "VendorName": "Globex",
            "AccountRef": NEW,
            "CurrencyID": "EUR",
            "Terms": "NET30",
            "TaxRegistrationID": "DE1",
            "Status": "Inactive",
            "LastModifiedDateTime": "2026-02-03T04:05:06.789-05:00",
            "MainContact": contact,
        },
    )
    (supplier,) = world.adapter().read_keys("supplier", ["V000200", "NOPE"])
    assert supplier == Supplier(
        source="acumatica",
        key="V000200",
        code="V000200",
        counterpart_key=NEW,
        modified_at=dt.datetime(2026, 2, 3, 9, 5, 6, 789000, tzinfo=UTC),
        name="Globex",
        currency="EUR",
        terms="NET30",
        tax_number="DE1",
        contact_name="Ann Lee",
        email="ap@acme.example",
        phone="555",
        address=Address(line1="4 Lake", city="Kirkland", state="WA", postcode="98033", country="US"),
        active=False,
    )


def test_what_cannot_be_understood_is_read_as_unreadable(world: Any) -> None:
    """A vendor in a shape that is not known is handed on with its words, beside the others."""
    row = {"VendorID": {"value": "V9"}, "VendorName": {"value": "Nine"}, "LastModifiedDateTime": {"value": "yesterday"}}
    good = {"VendorID": {"value": "V8"}, "LastModifiedDateTime": {"value": "2026-02-02T00:00:00+00:00"}}
    world.fault("status", "/Vendor$", "GET", status=200, answer=[row, good])
    first, second = world.adapter().read("supplier", Window(START, END))
    assert isinstance(first, Unreadable)
    assert first.key == "V9"
    assert "LastModifiedDateTime" in first.finding.message
    assert second.key == "V8"


def test_only_suppliers_are_read_from_acumatica(world: Any) -> None:
    """Asking for documents that Acumatica is no source of names the pair's flows as the place to look."""
    with pytest.raises(ConfigurationError, match="no source of purchase_order"):
        world.adapter().read("purchase_order", Window(START, END))


def test_a_new_vendor_holds_the_cin7_id_and_shows_what_is_meant(world: Any, make: Any) -> None:
    """A created vendor is bound under its new number, holds the Cin7 ID, and neither prints nor mails orders."""
    adapter = world.adapter()
    supplier = make.supplier(key=NEW, name="Globex  Corp")
    ref = adapter.draft(supplier, "", None, world.bind)
    assert world.bound == [ref]
    found = adapter.fetch(supplier, ref)
    assert found is not None
    assert found.status is TargetStatus.AUTHORISED
    assert found.ours
    assert differences(adapter.project(supplier), found.fields) == []
    stored = next(one for one in world.held("Vendor") if one["VendorID"] == ref.key)
    assert stored["AccountRef"] == NEW
    assert stored["MainContact"]["Address"]["Country"] == "US"
    assert (stored["PrintOrders"], stored["SendOrdersbyEmail"]) == (False, False)
    assert found.document == next(iter(adapter.read_keys("supplier", [ref.key])))


def test_a_lost_answer_to_a_new_vendor_leaves_one_vendor(world: Any, make: Any) -> None:
    """After the answer to a create was lost, the vendor is found by the Cin7 ID and not created again."""
    adapter = world.adapter()
    supplier = make.supplier(key=NEW)
    world.fault("reset_after", "/Vendor$")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(supplier, "", None, world.bind)
    found = adapter.find(supplier, "")
    assert found is not None
    assert found.ours
    assert adapter.draft(supplier, "", None, world.bind) == found.ref
    assert [one.get("AccountRef") for one in world.held("Vendor")].count(NEW) == 1


def test_a_vendor_change_sends_only_what_differs(world: Any, make: Any) -> None:
    """Changing a vendor sends its number and the differing fields, and clears what became empty."""
    adapter = world.adapter()
    supplier = make.supplier(key=NEW)
    found = adapter.fetch(supplier, adapter.draft(supplier, "", None, world.bind))
    assert found is not None
    changed = make.supplier(key=NEW, email="", phone="999")
    wanted = adapter.project(changed)
    adapter.amend(changed, found, [one.field for one in differences(wanted, found.fields)])
    assert set(world.sent("/Vendor$")) == {"VendorID", "MainContact"}
    assert world.sent("/Vendor$")["MainContact"] == {"Email": {"value": None}, "Phone1": {"value": "999"}}
    after = adapter.fetch(changed, found.ref)
    assert after is not None
    assert after.fields["email"] == ""
    assert after.fields["phone"] == "999"
    assert differences(wanted, after.fields) == []


def test_a_foreign_reference_is_not_overwritten(world: Any, make: Any) -> None:
    """A vendor whose Ext Ref Nbr holds something else than the Cin7 ID is left to a person."""
    world.seed("Vendor", {"VendorID": "V000300", "VendorName": "Initech", "AccountRef": "OLD-77"})
    adapter = world.adapter()
    supplier = make.supplier(key=NEW, name="Initech")
    found = {one.ref.key: one for one in adapter.present("supplier")}["V000300"]
    with pytest.raises(Refused, match="OLD-77"):
        adapter.amend(supplier, found, ["counterpart_key"])
    assert not found.ours


def test_an_empty_reference_is_filled(world: Any, make: Any) -> None:
    """Linking a vendor that was there already writes the Cin7 ID into its empty Ext Ref Nbr."""
    world.seed("Vendor", {"VendorID": "V000300", "VendorName": "Initech"})
    adapter = world.adapter()
    found = {one.ref.key: one for one in adapter.present("supplier")}["V000300"]
    adapter.amend(make.supplier(key=NEW), found, ["counterpart_key"])
    again = adapter.find(make.supplier(key=NEW), "")
    assert again is not None
    assert again.ref.key == "V000300"


def test_two_vendors_with_one_cin7_id_are_left_to_a_person(world: Any, make: Any) -> None:
    """Several vendors that hold the same Cin7 ID are refused, all named."""
    world.seed("Vendor", {"VendorID": "V000301", "VendorName": "Twin", "AccountRef": NEW.upper()})
    world.seed("Vendor", {"VendorID": "V000302", "VendorName": "Twin 2", "AccountRef": NEW})
    with pytest.raises(Refused, match="V000301 Twin") as refused:
        world.adapter().find(make.supplier(key=NEW), "")
    assert "V000302 Twin 2" in str(refused.value)


def test_manual_numbering_takes_the_shared_code(world: Any, make: Any) -> None:
    """Where vendors are numbered by hand, the supplier's code becomes the number."""
    world.set(vendor_numbering="manual")
    adapter = world.adapter(vendor_numbering="manual")
    ref = adapter.draft(make.supplier(key=NEW, code="GLOBEX"), "", None, world.bind)
    assert ref.key == "GLOBEX"


def test_manual_numbering_without_a_code_is_refused_unsent(world: Any, make: Any) -> None:
    """Where vendors are numbered by hand, a supplier without a code is held before anything is sent."""
    with pytest.raises(Refused, match="numbered by hand"):
        world.adapter(vendor_numbering="manual").draft(make.supplier(key=NEW), "", None, world.bind)
    assert world.count("/Vendor$", "PUT") == 0


def test_a_number_taken_meanwhile_is_not_overwritten(world: Any, make: Any) -> None:
    """A create never changes a vendor that has the number already: the answer is 412, and it is looked at anew."""
    world.set(vendor_numbering="manual")
    world.seed("Vendor", {"VendorID": "GLOBEX", "VendorName": "Somebody Else"})
    with pytest.raises(ConcurrentEdit):
        world.adapter(vendor_numbering="manual").draft(make.supplier(key=NEW, code="GLOBEX"), "", None, world.bind)
    assert [one["VendorName"] for one in world.held("Vendor") if one["VendorID"] == "GLOBEX"] == ["Somebody Else"]


def test_an_unknown_country_is_refused_unsent(world: Any, make: Any) -> None:
    """A country that is no ISO name or code holds the supplier before anything is sent."""
    supplier = make.supplier(key=NEW, address=Address(country="Freedonia"))
    with pytest.raises(Refused, match="Freedonia"):
        world.adapter().draft(supplier, "", None, world.bind)
    assert world.count("/Vendor$", "PUT") == 0


def test_a_missing_country_takes_the_default(world: Any, make: Any) -> None:
    """A supplier without a country gets the option's, which the projection says."""
    adapter = world.adapter(default_country="NZ")
    supplier = make.supplier(key=NEW, address=Address())
    found = adapter.fetch(supplier, adapter.draft(supplier, "", None, world.bind))
    assert found is not None
    assert found.fields["address.country"] == "NZ"
    assert differences(adapter.project(supplier), found.fields) == []


def test_terms_that_acumatica_does_not_know_are_refused_in_its_words(world: Any, make: Any) -> None:
    """A refusal names the field and says what Acumatica says."""
    with pytest.raises(Refused) as refused:
        world.adapter().draft(make.supplier(key=NEW, terms="HALF"), "", None, world.bind)
    assert refused.value.reasons == (("Terms", "Terms 'HALF' cannot be found in the system."),)


def test_a_supplier_taken_out_of_use_becomes_inactive(world: Any, make: Any) -> None:
    """A deprecated supplier's vendor is set to Inactive, and back to Active when it is in use again."""
    adapter = world.adapter()
    supplier = make.supplier(key=NEW, active=False)
    ref = adapter.draft(supplier, "", None, world.bind)
    found = adapter.fetch(supplier, ref)
    assert found is not None
    assert found.fields["active"] == "no"
    adapter.amend(make.supplier(key=NEW), found, ["active"])
    again = adapter.fetch(supplier, ref)
    assert again is not None
    assert again.fields["active"] == "yes"

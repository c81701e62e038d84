"""Suppliers over HTTP: read by stamp, created once, changed in the named fields only."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ml_connector.domain.documents import Address
from ml_connector.domain.errors import AmbiguousWrite, ConfigurationError, ContractError, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.sync.ports import Unreadable, Window

UTC = dt.timezone.utc
MARKER = "mlc:1a2b3c4d5e6f7a8b"
KESTREL = "5a000000-0000-4000-8000-000000000001"
MARCH = Window(dt.datetime(2026, 3, 1, tzinfo=UTC), dt.datetime(2026, 4, 1, tzinfo=UTC))


def osprey(world: Any) -> dict[str, Any]:
    """The record of the one supplier of that name."""
    (row,) = [row for row in world.held("supplier") if row["Name"].startswith("Osprey")]
    return dict(row)


def shown_as_meant(adapter: Any, supplier: Any, ref: Any) -> list[Any]:
    """What the record shows otherwise than meant."""
    return differences(adapter.project(supplier), adapter.fetch(supplier, ref).fields)


# --- reading ---


def test_suppliers_are_read_by_their_stamp(world: Any) -> None:
    """Suppliers changed within the window are read, deprecated ones too; others are not."""
    world.seed(
        "supplier",
        {"Name": "Old", "Status": "Active", "LastModifiedOn": "2026-02-28T23:59:59.99Z"},
        {"Name": "Gone", "Status": "Deprecated", "LastModifiedOn": "2026-03-31T23:59:59.1234567Z"},
        {"Name": "Late", "Status": "Active", "LastModifiedOn": "2026-04-01T00:00:00.00Z"},
    )
    found = {one.name: one for one in world.adapter().read("supplier", MARCH)}
    assert set(found) == {"Kestrel Fasteners Ltd", "Gone"}
    assert found["Gone"].active is False
    kestrel = found["Kestrel Fasteners Ltd"]
    assert (kestrel.key, kestrel.code, kestrel.terms, kestrel.currency) == (KESTREL, "V-1", "30 days", "USD")
    assert kestrel.modified_at == dt.datetime(2026, 3, 17, 12, 0, 0, 117_000, tzinfo=UTC)


def test_suppliers_are_handed_on_page_by_page(world: Any) -> None:
    """A page's suppliers are yielded before the next page is asked for, so that no long list is held in memory."""
    world.seed(
        "supplier", *({"Name": f"S{n}", "Status": "Active", "LastModifiedOn": "2026-03-05T00:00:00Z"} for n in (1, 2))
    )
    found = world.adapter(page_size=1).read("supplier", MARCH)
    asked = [(next(found).name, world.count("/supplier")) for _ in range(3)]
    assert [calls for _, calls in asked] == [1, 2, 3]
    assert len({name for name, _ in asked}) == 3
    assert list(found) == []
    assert (world.pulls[-1].rows, world.pulls[-1].pages) == (3, 3)


def test_a_supplier_without_a_readable_stamp_holds_only_itself(world: Any) -> None:
    """A supplier whose stamp is no time is unreadable; the others are read."""
    world.seed("supplier", {"Name": "Odd", "Status": "Active", "LastModifiedOn": "2026-03-05T00:00:00Z"})
    rows = world.client().read("supplier").data["SupplierList"]
    bad = [{**row, "LastModifiedOn": "soon"} if row["Name"] == "Odd" else row for row in rows]
    answer = {"Total": 2, "Page": 1, "SupplierList": bad}
    world.fault("status", "/supplier", "GET", status=200, answer=answer)
    one, other = sorted(world.adapter().read("supplier", MARCH), key=lambda one: isinstance(one, Unreadable))
    assert one.name == "Kestrel Fasteners Ltd"
    assert isinstance(other, Unreadable)
    world.fault("status", "/supplier", "GET", status=200, answer=answer)
    with pytest.raises(ContractError, match="supplier Odd"):
        world.adapter().suppliers()


def test_the_business_address_and_the_default_contact_count(world: Any) -> None:
    """Of several addresses the business one, of several contacts the default one is the supplier's."""
    world.edit("supplier", KESTREL, Addresses=[
        {"ID": "1", "Line1": "Dock", "Country": "Australia", "Type": "Shipping", "DefaultForType": True},
        {"ID": "2", "Line1": "Till", "Country": "Australia", "Type": "Billing", "DefaultForType": True},
        {"ID": "3", "Line1": "Old", "Country": "Australia", "Type": "Business", "DefaultForType": False},
        {"ID": "4", "Line1": "Desk", "Country": "Australia", "Type": "Business", "DefaultForType": True},
    ], Contacts=[{"ID": "5", "Name": "A", "Default": False}, {"ID": "6", "Name": "B", "Default": True}])  # fmt: skip
    (found,) = world.adapter().suppliers()
    assert (found.address.line1, found.address.country, found.contact_name) == ("Desk", "AU", "B")


def test_suppliers_are_read_again_by_key(world: Any) -> None:
    """A supplier is read by its ID in any case; one that is not there is left out."""
    found = list(world.adapter().read_keys("supplier", [KESTREL.upper(), "99999999-9999-4999-8999-999999999999"]))
    assert [one.key for one in found] == [KESTREL]


# --- creating ---


def test_a_supplier_is_created_whole(world: Any, make: Any) -> None:
    """A new supplier carries all that is known of it, the books' defaults for the rest, and reads back as meant."""
    adapter, supplier = world.adapter(), make.supplier()
    assert adapter.find(supplier, MARKER) is None
    ref = adapter.draft(supplier, MARKER, None, world.bind)
    assert world.bound == [ref]
    assert shown_as_meant(adapter, supplier, ref) == []
    row = osprey(world)
    assert (row["AccountPayable"], row["TaxRule"], row["AttributeSet"]) == ("800", "GST on Expenses", "ERP link")
    assert row["AdditionalAttribute1"] == "V000200"
    assert row["Addresses"][0]["Country"] == "United States"


@pytest.mark.parametrize(
    "changes",
    [
        {"terms": "", "currency": ""},
        {"contact_name": ""},
        {"contact_name": "", "email": "", "phone": ""},
        {"address": Address()},
        {"address": Address(city="Oslo")},
        {"address": Address(city="Oslo", country="NO")},
        {"address": Address(line1="Plaza 1", country="BO")},
        {"active": False},
        {"tax_number": ""},
        {"name": "Osprey & Söhne (GmbH)", "code": None},
    ],
)
def test_a_supplier_with_gaps_reads_back_as_meant(world: Any, make: Any, changes: dict[str, Any]) -> None:
    """Whatever the source does not know, the record made of it is not taken for a difference."""
    adapter, supplier = world.adapter(), make.supplier(**changes)
    ref = adapter.draft(supplier, MARKER, None, world.bind)
    assert shown_as_meant(adapter, supplier, ref) == []
    assert adapter.fetch(supplier, ref).status is TargetStatus.AUTHORISED


def test_a_lost_answer_leaves_exactly_one_supplier(world: Any, make: Any) -> None:
    """Where the answer to the create is lost the call is ambiguous, is not sent again, and the supplier is found."""
    adapter, supplier = world.adapter(), make.supplier()
    world.fault("reset_after", "/supplier", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(supplier, MARKER, None, world.bind)
    found = adapter.find(supplier, MARKER)
    assert found.ours
    assert differences(adapter.project(supplier), found.fields) == []
    assert world.count("/supplier", "POST") == 1
    assert osprey(world)["ID"] == found.ref.key


def test_a_call_that_was_cut_off_before_leaves_none(world: Any, make: Any) -> None:
    """Where the create never reached Cin7 it is ambiguous all the same, and nothing is found."""
    adapter, supplier = world.adapter(), make.supplier()
    world.fault("reset_before", "/supplier", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(supplier, MARKER, None, world.bind)
    assert adapter.find(supplier, MARKER) is None


def test_a_supplier_is_found_by_its_whole_name_only(world: Any, make: Any) -> None:
    """The API finds beginnings; only the same name in any letters is the same supplier, deprecated ones included."""
    world.seed("supplier", {"Name": "Osprey Fixings Ltd (NZ)", "Status": "Active"})
    assert world.adapter().find(make.supplier(), MARKER) is None
    world.seed("supplier", {"Name": "OSPREY fixings ltd ", "Status": "Deprecated", "AdditionalAttribute1": "V9"})
    found = world.adapter().find(make.supplier(), MARKER)
    assert (found.fields["active"], found.ours) == ("no", False)


def test_a_name_that_is_taken_is_refused_in_cin7s_words(world: Any, make: Any) -> None:
    """A create that Cin7 refuses says why, and creates nothing."""
    with pytest.raises(Refused, match="must be unique"):
        world.adapter().draft(make.supplier(name="Kestrel Fasteners LTD"), MARKER, None, world.bind)
    assert world.bound == []


def test_without_an_accounts_payable_account_a_person_is_asked(world: Any, make: Any) -> None:
    """An account without the system role is a matter of settings, told before anything is written."""
    world.edit("account", "800", SystemAccount="")
    with pytest.raises(ConfigurationError, match="Accounts payable"):
        world.adapter().draft(make.supplier(), MARKER, None, world.bind)
    assert world.count("/supplier", "POST") == 0


# --- changing ---


@pytest.fixture
def rich(world: Any) -> dict[str, Any]:
    """Kestrel with two addresses and two contacts of its own."""
    world.edit("supplier", KESTREL, Comments="call first", Discount=5, TaxNumber="1", Addresses=[
        {"ID": "a1", "Line1": "Dock", "City": "Perth", "Country": "Australia", "Type": "Shipping"},
        {"ID": "a2", "Line1": "Desk", "Line2": "Floor 2", "City": "Sydney", "Country": "Australia", "Type": "Business"},
    ], Contacts=[
        {"ID": "c1", "Name": "Ann", "Email": "ann@x.example", "Comment": "mornings", "Default": True},
        {"ID": "c2", "Name": "Bob", "Email": "bob@x.example", "Default": False},
    ])  # fmt: skip
    return dict(next(row for row in world.held("supplier") if row["ID"] == KESTREL))


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """A record without some fields."""
    return {name: value for name, value in row.items() if name not in {*names, "LastModifiedOn"}}


def kestrel(make: Any, **changes: Any) -> Any:
    """Kestrel as the other side has it."""
    plain = {"name": "Kestrel Fasteners Ltd", "code": "V-77", "terms": "30 days", "tax_number": "2",
             "contact_name": "Zoe", "email": "zoe@x.example", "phone": "", "address": Address(
                 line1="New St 1", city="Hobart", country="AU")}  # fmt: skip
    return make.supplier(**{**plain, **changes})


def amend(world: Any, supplier: Any, *fields: str) -> dict[str, Any]:
    """Change these fields; return the record."""
    adapter = world.adapter()
    adapter.amend(supplier, adapter.fetch(supplier, _ref()), fields)
    return dict(next(row for row in world.held("supplier") if row["ID"] == KESTREL))


def _ref() -> Any:
    from ml_connector.sync.ports import TargetRef

    return TargetRef(key=KESTREL)


def test_only_the_named_fields_change(world: Any, make: Any, rich: dict[str, Any]) -> None:
    """A change of code leaves everything else as it is, addresses and contacts with their IDs."""
    now = amend(world, kestrel(make), "code")
    assert now["AdditionalAttribute1"] == "V-77"
    assert now["AttributeSet"] == "ERP link"
    assert without(now, "AdditionalAttribute1", "AttributeSet") == without(rich, "AdditionalAttribute1", "AttributeSet")


def test_an_address_is_changed_in_place(world: Any, make: Any, rich: dict[str, Any]) -> None:
    """A changed city is written to the business address under its ID; no address is added, its other lines stay."""
    for _ in range(2):
        now = amend(world, kestrel(make), "address.city")
    assert [(row["ID"], row["City"], row["Line1"]) for row in now["Addresses"]] == [
        ("a1", "Perth", "Dock"),
        ("a2", "Hobart", "Desk"),
    ]
    assert now["Addresses"][1]["Line2"] == "Floor 2"
    assert without(now, "Addresses") == without(rich, "Addresses")


def test_a_contact_is_changed_in_place(world: Any, make: Any, rich: dict[str, Any]) -> None:
    """A changed e-mail is written to the default contact under its ID; what we do not know of it stays."""
    now = amend(world, kestrel(make), "email")
    assert [(row["ID"], row["Name"], row["Email"]) for row in now["Contacts"]] == [
        ("c1", "Ann", "zoe@x.example"),
        ("c2", "Bob", "bob@x.example"),
    ]
    assert now["Contacts"][0]["Comment"] == "mornings"


def test_a_first_address_and_contact_are_added_once(world: Any, make: Any) -> None:
    """A supplier without address and contact gets one each, and the same change again adds none."""
    fields = ("address.line1", "address.city", "address.country", "contact_name", "email")
    for _ in range(2):
        now = amend(world, kestrel(make), *fields)
    assert [(row["Line1"], row["Type"]) for row in now["Addresses"]] == [("New St 1", "Business")]
    assert [row["Name"] for row in now["Contacts"]] == ["Zoe"]


def test_a_contact_whose_person_left_keeps_the_suppliers_name(world: Any, make: Any, rich: dict[str, Any]) -> None:
    """A contact without a person carries the supplier's name, which reads back as nobody, also after a renaming."""
    supplier = kestrel(make, contact_name="")
    assert amend(world, supplier, "contact_name")["Contacts"][0]["Name"] == "Kestrel Fasteners Ltd"
    renamed = kestrel(make, contact_name="", name="Kestrel Ltd")
    assert amend(world, renamed, "name")["Contacts"][0]["Name"] == "Kestrel Ltd"
    assert world.adapter().fetch(renamed, _ref()).fields["contact_name"] == ""


def test_a_change_cut_off_is_repeated_without_harm(world: Any, make: Any, rich: dict[str, Any]) -> None:
    """A change whose answer is lost is sent again, which changes nothing more."""
    world.fault("reset_after", "/supplier", "PUT")
    now = amend(world, kestrel(make), "address.city", "tax_number")
    assert (len(now["Addresses"]), len(now["Contacts"]), now["TaxNumber"]) == (2, 2, "2")
    assert world.count("/supplier", "PUT") == 2


@pytest.mark.parametrize("fields", [("code",), ("address.city",), ("email",), ("tax_number", "name")])
def test_nothing_is_lost_where_a_put_replaces(world: Any, make: Any, rich: dict[str, Any], fields: Any) -> None:
    """Where Cin7 clears what a change leaves out, only the changed fields differ: the whole record is sent back."""
    people = [{**rich["Contacts"][0], "MobilePhone": "04", "Fax": "02", "Website": "x.example", "IncludeInEmail": True,
               "MarketingConsent": 2}, rich["Contacts"][1]]  # fmt: skip
    world.edit("supplier", KESTREL, Contacts=people, AdditionalAttribute2="keep")
    plain = amend(world, kestrel(make), *fields)
    world.edit("supplier", KESTREL, **without({**rich, "Contacts": people}, "ID"))
    world.set(put_replaces=True)
    assert without(_filled(amend(world, kestrel(make), *fields))) == without(_filled(plain))


def _filled(record: Any) -> Any:
    """A record without its empty fields."""
    if isinstance(record, list):
        return [_filled(one) for one in record]
    return {k: _filled(v) for k, v in record.items() if v not in ("", None)} if isinstance(record, dict) else record


def test_what_stands_is_listed_for_reconciliation(world: Any) -> None:
    """All suppliers are listed with the fields that are compared."""
    world.seed("supplier", {"Name": "Gone", "Status": "Deprecated"})
    present = {one.ref.number: one.fields["active"] for one in world.adapter().present("supplier")}
    assert present == {"Kestrel Fasteners Ltd": "yes", "Gone": "no"}

"""Suppliers: names are unique, books are checked, rows are merged by ID."""

from __future__ import annotations

from typing import Any

import pytest

ID = "5a000000-0000-4000-8000-000000000001"
FULL = {"ID": ID, "Name": "Kestrel Fasteners Ltd", "Currency": "USD", "PaymentTerm": "30 days",
        "AccountPayable": "800", "TaxRule": "GST on Expenses", "Status": "Active"}  # fmt: skip
ADDRESS = {"Line1": "1 Quay", "Country": "Australia", "Type": "Business"}


def shown(core: Any) -> dict[str, Any]:
    """The supplier as it stands."""
    return dict(core.get("supplier", ID=ID, IncludeDeprecated="true")["SupplierList"][0])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Name": "KESTREL fasteners ltd"}, "must be unique"),
        ({"Name": ""}, "'Name' not specified"),
        ({"Currency": None}, "'Currency' not specified"),
        ({"PaymentTerm": "Old terms"}, "Active payment term with name Old terms was not found"),
        ({"AccountPayable": "820"}, "Account with specified ID not found"),
        ({"TaxRule": "Nope"}, "Tax rule with name Nope was not found"),
        ({"Status": "Sleeping"}, "Status"),
    ],
)
def test_a_supplier_is_refused(core: Any, changes: dict[str, Any], said: str) -> None:
    """A name that is taken, a missing field, or a value that no book has is refused; nothing is created."""
    body = {**FULL, "Name": "Osprey", **changes}
    assert said in core.refused("POST", "supplier", body)
    assert core.get("supplier")["Total"] == 1


def test_an_address_without_id_is_added_and_with_id_changed(core: Any) -> None:
    """The same address sent twice without its ID is there twice; with its ID it is changed in place."""
    for _ in range(2):
        core.ok("PUT", "supplier", {**FULL, "Addresses": [ADDRESS]})
    rows = shown(core)["Addresses"]
    assert len(rows) == 2
    core.ok("PUT", "supplier", {**FULL, "Addresses": [{**ADDRESS, "ID": rows[0]["ID"].upper(), "Line1": "2 Quay"}]})
    assert [row["Line1"] for row in shown(core)["Addresses"]] == ["2 Quay", "1 Quay"]


def test_what_a_put_leaves_out_stays(core: Any) -> None:
    """A PUT without contacts and comments leaves them; an empty text clears."""
    core.ok("PUT", "supplier", {**FULL, "Comments": "call first"})
    core.ok("PUT", "supplier", FULL)
    assert (shown(core)["Comments"], len(shown(core)["Contacts"])) == ("call first", 1)
    core.ok("PUT", "supplier", {**FULL, "Comments": ""})
    assert not shown(core)["Comments"]


def test_a_put_may_clear_what_it_leaves_out(core: Any) -> None:
    """With the switch a PUT is the whole record: fields, addresses and contacts that it does not name are gone."""
    core.ok("PUT", "supplier", {**FULL, "Comments": "call first", "Addresses": [{**ADDRESS, "City": "Perth"}, ADDRESS]})
    core.set(put_replaces=True)
    kept = {**ADDRESS, "ID": shown(core)["Addresses"][0]["ID"]}
    core.ok("PUT", "supplier", {**FULL, "Addresses": [kept]})
    now = shown(core)
    assert (now["Comments"] or "", now["Contacts"], now["Name"]) == ("", [], FULL["Name"])
    assert [(row["ID"], row["City"]) for row in now["Addresses"]] == [(kept["ID"], "")]


def test_a_put_of_nobody_is_refused_and_delete_is_not_there(core: Any) -> None:
    """A PUT needs a known ID, and suppliers cannot be deleted."""
    assert "not found" in core.refused("PUT", "supplier", {**FULL, "ID": "nobody"})
    core.refused("DELETE", "supplier", status=405, ID=ID)


def test_modified_since_selects_by_the_stamp(core: Any) -> None:
    """A change moves the stamp that ModifiedSince selects by."""
    core.seed("supplier", {"Name": "Old", "Status": "Active", "LastModifiedOn": "2020-01-01T00:00:00.00Z"})
    rows = core.get("supplier", ModifiedSince="2021-01-01T00:00:00")["SupplierList"]
    assert [row["Name"] for row in rows] == ["Kestrel Fasteners Ltd"]

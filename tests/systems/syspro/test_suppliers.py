"""Suppliers: read whole, matched by codes and names that differ in writing, written through APSSSP."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from syspro_world import NOW, World

from ml_connector.domain.documents import Address, PurchaseOrder, Supplier
from ml_connector.domain.errors import ConfigurationError, ContractError, Refused
from ml_connector.domain.reference import Reference
from ml_connector.mapping.codemap import CodeMaps
from ml_connector.sync.match import Matcher
from ml_connector.sync.ports import TargetRef
from ml_connector.systems.syspro import xml
from ml_connector.systems.syspro.adapter import SysproAdapter


def from_cin7(name: str = "Kestrel Tools", **more: Any) -> Supplier:
    values: dict[str, Any] = {"key": "11111111-2222-4333-8444-555555555555", "currency": "GBP", "terms": "30", **more}
    return Supplier(source="cin7", modified_at=NOW, name=name, **values)


def create(adapter: SysproAdapter, supplier: Supplier) -> TargetRef:
    return adapter.draft(supplier, "", None, lambda _ref: None)


# --- reading ---


def test_a_supplier_has_the_address_of_its_own_table(site: World) -> None:
    """Name, terms and contact are in one table, the address in another; the shared code is without zeros."""
    row = {"Supplier": "000000000000017", "SupplierName": "Harbour Steel", "Currency": "$", "OnHold": "Y",
           "TaxRegnNum": "GB123", "Contact": "Jo", "Telephone": "+44 1", "Email": "ap@harbour.example"}  # fmt: skip
    place = {"Supplier": "000000000000017", "SupAddr1": "1 Quay", "SupAddr2": "Shed 2", "SupAddr3": "Hull",
             "SupAddr4": "Yorks", "SupAddr5": "GB", "SupPostalCode": "HU1"}  # fmt: skip
    site.seed(ApSupplier=[row, {"Supplier": "BOLT01"}], ApSupplierAddr=[place])
    one, other = site.read("supplier", default_country="IE")
    assert (one.key, one.code, one.currency, one.active) == ("000000000000017", "17", "GBP", False)
    assert one.address == Address(
        line1="1 Quay", line2="Shed 2", city="Hull", state="Yorks", postcode="HU1", country="GB"
    )
    assert (one.tax_number, one.contact_name, one.email, one.phone) == ("GB123", "Jo", "ap@harbour.example", "+44 1")
    assert (other.code, other.address.country) == ("BOLT01", "IE")


@pytest.mark.parametrize("page_size", [2, 7, 50])
def test_each_supplier_has_its_own_address_however_the_two_tables_differ(site: World, page_size: int) -> None:
    """Addresses of suppliers that are gone come first and between, some suppliers have none; pages never meet."""
    suppliers = [{"Supplier": f"S{number:03}", "SupplierName": f"Firm {number}"} for number in range(40)]
    places = [{"Supplier": row["Supplier"], "SupAddr1": f"{row['Supplier']} Street"} for row in suppliers[::3]]
    strangers = [{"Supplier": f"{sort}{number:03}"} for sort in ("A", "S01", "Z") for number in range(30)]
    site.seed(ApSupplier=suppliers, ApSupplierAddr=[*strangers, *places])
    found = site.read("supplier", page_size=page_size)
    streets = {row["Supplier"]: row["SupAddr1"] for row in places}
    assert {one.key: one.address.line1 for one in found} == {
        row["Supplier"]: streets.get(row["Supplier"], "") for row in suppliers
    }


def test_letters_beyond_ascii_come_whole(site: World) -> None:
    """Windows-1252 on the one way, UTF-8 on the other: umlauts, accents and the euro sign are what they were."""
    name = "Söhne & Çelik “Größe” €"
    site.seed(ApSupplier=[{"Supplier": "S", "SupplierName": name}])
    for route in ("odata", "comfnd"):
        assert [one.name for one in site.read("supplier", read_by=route)] == [name]


# --- matching ---


def matched(site: World, ours: Supplier, **rows: Any) -> Any:
    """What matching says of a supplier of Cin7, against the one that SYSPRO has."""
    site.seed(ApSupplier=[{"Supplier": "000000000001001", "SupplierName": "Müller & Sons Ltd.", **rows}])
    return matcher(site, [ours]).match(ours)


def matcher(site: World, sources: list[Supplier]) -> Matcher:
    targets = site.adapter().suppliers()
    return Matcher(
        sources, targets, {}, CodeMaps({}, today=dt.date(2026, 11, 1)), near=85, create=True, target_name="SYSPRO"
    )


@pytest.mark.parametrize("code", ["1001", "000000000001001", " 1001 ", "0001001"])
def test_codes_match_whatever_their_zeros_and_blanks(site: World, code: str) -> None:
    """A code keyed into Cin7 with or without the zeros that SYSPRO fills with is the same code."""
    found = matched(site, from_cin7("Another name", code=code))
    assert (found.verdict, found.target, found.how) == ("linked", "000000000001001", "code")


@pytest.mark.parametrize("code", ["bolt-01", "BOLT01", "Bolt 01", "BOLT/01"])
def test_codes_match_whatever_their_case_and_punctuation(site: World, code: str) -> None:
    """What a clerk would call the same code is."""
    found = matched(site, from_cin7("Another name", code=code), Supplier="BOLT-01")
    assert (found.verdict, found.target, found.how) == ("linked", "BOLT-01", "code")


def test_the_very_code_goes_before_one_that_is_alike(site: World) -> None:
    """Two codes that differ by a hyphen alone are two suppliers, each with its own; without either it is a person's."""
    site.seed(ApSupplier=[{"Supplier": "A-1", "SupplierName": "Alpha"}, {"Supplier": "A1", "SupplierName": "Beta"}])
    exact, unclear = from_cin7("X", code="A1"), from_cin7("Y", code="a.1", key="Y")
    both = matcher(site, [exact, unclear])
    assert both.match(exact).target == "A1"
    site.seed(ApSupplier=[{"Supplier": "A/1", "SupplierName": "Gamma"}])
    found = matcher(site, [unclear]).match(unclear)
    assert (found.verdict, found.findings[0].reason.value) == ("held", "supplier_ambiguous")


def test_two_of_ours_that_claim_one_code_are_not_merged(site: World) -> None:
    """Codes alike on our side are no proof: both are held for a person."""
    site.seed(ApSupplier=[{"Supplier": "BOLT-01", "SupplierName": "Bolt"}])
    ours = [from_cin7("X", code="bolt01"), from_cin7("Y", code="BOLT 01", key="Y")]
    assert [matcher(site, ours).match(one).verdict for one in ours] == ["held", "held"]


def test_names_match_whatever_their_case_accents_and_punctuation(site: World) -> None:
    """The same name in another writing is the same supplier."""
    found = matched(site, from_cin7("MULLER and sons, Limited"))
    assert (found.verdict, found.how) == ("linked", "name")


def test_a_name_that_is_only_alike_is_proposed_and_never_merged(site: World) -> None:
    """A near match is held with the candidate for a person to decide."""
    found = matched(site, from_cin7("Müller & Son Ltd"))
    assert found.verdict == "held"
    assert "000000000001001" in found.findings[0].message
    assert found.findings[0].reason.value == "supplier_near_match"


# --- writing ---


def test_a_supplier_is_created_under_its_shared_code(site: World) -> None:
    """With the deployment's branch, bank and terms; what XML must escape arrives as it was."""
    wanted = from_cin7("Bolt & Nut <GmbH>", code="8001", terms="", email="ap@bolt.example",
                       address=Address(line1="Kade 4", city="Rotterdam", postcode="3011", country="NL"))  # fmt: skip
    adapter = site.adapter(create_suppliers=True, terms="14")
    ref = create(adapter, wanted)
    assert (ref.key, ref.number) == ("000000000008001", "8001")
    (row,) = site.state("ApSupplier")
    assert (row["SupplierName"], row["Branch"], row["Bank"], row["TermsCode"]) == (
        "Bolt & Nut <GmbH>",
        "10",
        "01",
        "14",
    )
    found = adapter.find(wanted, "")
    assert found is not None
    assert (found.ref, found.ours) == (ref, True)
    assert found.fields["address.country"] == "NL"


def test_a_code_is_padded_as_the_deployment_says(site: World) -> None:
    """A site that fills codes to seven digits gets seven."""
    site.set(key_padding=0)
    assert create(site.adapter(create_suppliers=True, key_padding=7), from_cin7(code="8001")).key == "0008001"


@pytest.mark.parametrize(("chosen", "code", "told"), [
    ({}, "8001", "create_suppliers"), ({"create_suppliers": True}, None, "Cin7 holds none"),
    ({"create_suppliers": True}, "K" * 16, "longer than 15"),
    ({"create_suppliers": True, "bank": "99"}, "8001", "Bank '99'"),
])  # fmt: skip
def test_a_supplier_that_cannot_be_created_is_refused_in_words(
    site: World, chosen: dict[str, Any], code: str | None, told: str
) -> None:
    """Switched off, without a code, or refused by SYSPRO with the field and its words; nothing is made."""
    with pytest.raises(Refused) as refused:
        create(site.adapter(**chosen), from_cin7(code=code))
    assert told in str(refused.value) + str(refused.value.reasons)
    assert site.state("ApSupplier") == []


def test_only_what_differs_is_changed(site: World) -> None:
    """An update carries the fields asked for and no others, and an empty one clears."""
    site.seed(ApSupplier=[{"Supplier": "K", "SupplierName": "Kestrel", "Telephone": "1", "Email": "old@k.example"}])
    adapter, wanted = site.adapter(), from_cin7("Changed", email="", phone="2")
    found = adapter.fetch(wanted, TargetRef(key="K"))
    assert found is not None
    adapter.amend(wanted, found, ["email"])
    (row,) = site.state("ApSupplier")
    assert (row["SupplierName"], row["Telephone"], row["Email"]) == ("Kestrel", "1", "")
    calls = len(site.calls)
    adapter.amend(wanted, found, [])
    adapter.amend(wanted, found, ["code"])
    assert len(site.calls) == calls


def test_a_supplier_is_put_on_hold_and_taken_off(site: World) -> None:
    """Inactive is SYSPRO's OnHold."""
    site.seed(ApSupplier=[{"Supplier": "K", "SupplierName": "Kestrel"}])
    adapter = site.adapter()
    for active, flag in ((False, "Y"), (True, "N")):
        wanted = from_cin7(active=active)
        found = adapter.fetch(wanted, TargetRef(key="K"))
        assert found is not None
        adapter.amend(wanted, found, ["active"])
        assert site.state("ApSupplier")[0]["OnHold"] == flag


def test_a_warning_is_told_like_an_error() -> None:
    """Warnings reject an item, too, and come with words of their own."""
    told = "<Value>X</Value><WarningNumber>1</WarningNumber><WarningDescription>Too much</WarningDescription>"
    root = xml.decoded(f"<a><item><name>{told}</name></item></a>".encode())
    assert not isinstance(root, str)
    assert xml.rejections(root) == (("name", "Too much (“X”)"),)


def test_what_xml_cannot_hold_is_left_out() -> None:
    """Control characters would make the document unreadable; everything else is escaped."""
    assert (
        xml.document("a", {"b": "x\x0by<&", "c": None, "d": ["1", "2"]}) == "<a><b>x y&lt;&amp;</b><d>1</d><d>2</d></a>"
    )


def test_only_suppliers_are_written(site: World) -> None:
    """Orders and the like are never written to SYSPRO; nor are they listed."""
    adapter = site.adapter()
    order = PurchaseOrder(
        source="cin7", key="P", modified_at=NOW, number="P", supplier_key="S", supplier_name="S", date=NOW.date(),
        currency="GBP", lines=(), net=0, tax=0, gross=0,
    )  # fmt: skip
    with pytest.raises(Refused, match="takes no purchase_order"):
        adapter.project(order)
    assert list(adapter.present("purchase_order")) == []
    with pytest.raises(ConfigurationError, match="no source of payment"):
        adapter.read_keys("payment", ["1"])


def test_a_supplier_that_cannot_be_read_stops_what_might_create_it_again(site: World) -> None:
    """The list that matching needs is whole or not at all."""
    site.seed(ApSupplier=[{"Supplier": "K"}])
    answer = {"value": [{"Supplier": "K", "SupplierName": {"x": 1}}]}
    site.sim("POST", "faults", [{"kind": "status", "path": "/ApSupplier$", "status": 200, "answer": answer}])
    with pytest.raises(ContractError, match="SupplierName"):
        site.adapter().suppliers()


def test_accounts_tell_which_take_lines(site: World) -> None:
    """Control accounts take none, held ones are closed; suppliers alone need no accounts."""
    site.edit("GenMaster", "ACM1/10-6100", AccOnHldFlag="Y")
    site.seed(GenMaster=[{"Company": "ACM2", "GlCode": "99-0000"}])
    accounts = site.adapter(ledger_company="ACM1").reference(["supplier_invoice"]).accounts
    assert accounts is not None
    assert (accounts["10-5100"].postable, accounts["00-2100"].postable, accounts["10-6100"].active) == (
        True,
        False,
        False,
    )
    assert "99-0000" not in accounts
    assert isinstance(site.adapter().reference(["supplier"]), Reference)
    assert site.adapter().reference(["supplier"]).accounts is None

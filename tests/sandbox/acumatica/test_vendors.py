"""Creating and changing vendors."""

from __future__ import annotations

from typing import Any

import pytest

VENDOR = {"VendorName": "Good Fruits Inc.", "MainContact": {"Address": {"Country": "US"}}}


def test_automatic_numbering_ignores_an_unknown_id(erp: Any) -> None:
    """A sent VendorID that does not exist is replaced by the next number, each time anew."""
    first = erp.made("Vendor", {**VENDOR, "VendorID": "GOODFRUITS"})
    second = erp.made("Vendor", {**VENDOR, "VendorID": "GOODFRUITS"})
    assert [first["VendorID"]["value"], second["VendorID"]["value"]] == ["V000001", "V000002"]


def test_automatic_numbering_skips_taken_numbers(erp: Any) -> None:
    """The next number is one that no vendor has."""
    erp.seed("Vendor", {"VendorID": "V000001", "VendorName": "x"})
    assert erp.made("Vendor", VENDOR)["VendorID"] == {"value": "V000002"}


def test_a_known_id_is_updated_and_an_absent_one_refused_with_if_match(erp: Any, vendor: str) -> None:
    """PUT of a known key updates; If-Match: * on an unknown key is 412 and inserts nothing."""
    assert erp.made("Vendor", {"VendorID": "acmesupply", "LegalName": "Acme"})["VendorID"] == {"value": vendor}
    answer = erp.put("Vendor", {**VENDOR, "VendorID": "NOPE"}, headers={"If-Match": "*"})
    assert answer.status_code == 412
    assert len(erp.sim("GET", "state?entity=Vendor")["Vendor"]) == 1


def test_manual_numbering_wants_an_id_within_the_mask(erp: Any) -> None:
    """Under manual numbering the ID is required, at most ten characters, and stored in upper case."""
    erp.set(vendor_numbering="manual")
    assert "cannot be empty" in erp.refused("Vendor", VENDOR)["VendorID"]["error"]
    long = erp.refused("Vendor", {**VENDOR, "VendorID": "ELEVENCHARS"})
    assert "10 characters" in long["VendorID"]["error"]
    assert erp.made("Vendor", {**VENDOR, "VendorID": "good"})["VendorID"] == {"value": "GOOD"}


def test_the_class_supplies_terms_account_and_method(erp: Any) -> None:
    """A new vendor takes terms, payables account and payment method from its class."""
    made = erp.made("Vendor", VENDOR)
    assert (made["Terms"], made["APAccount"], made["PaymentMethod"]) == (
        {"value": "NET30"},
        {"value": "20000"},
        {"value": "CHECK"},
    )
    assert (made["CurrencyID"], made["Status"]) == ({"value": "USD"}, {"value": "Active"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VendorClass", "SUPLIER"),
        ("Terms", "NET31"),
        ("CurrencyID", "XXX"),
        ("TaxZone", "MOON"),
        ("PaymentMethod", "SHELLS"),
        ("APAccount", "99999"),
    ],
)
def test_an_unknown_reference_is_an_error_of_its_field(erp: Any, name: str, value: str) -> None:
    """A code that exists nowhere is refused with 422 on the field, and nothing is stored."""
    body = erp.refused("Vendor", {**VENDOR, name: value})
    assert body[name]["value"] == value
    assert body[name]["error"].endswith("cannot be found in the system.")
    assert body["error"] == "Inserting  'Vendor' record raised at least one error. Please review the errors."
    assert body["VendorName"] == {"value": "Good Fruits Inc."}
    assert erp.sim("GET", "state?entity=Vendor") == {"Vendor": []}


def test_all_errors_come_at_once_at_their_depth(erp: Any) -> None:
    """An echo shows every failing field, in linked entities too."""
    body = erp.refused("Vendor", {"Status": "Asleep", "MainContact": {"Address": {"Country": "Utopia"}}})
    assert "cannot be empty" in body["VendorName"]["error"]
    assert "not allowed" in body["Status"]["error"]
    assert "maximum length of 2" in body["MainContact"]["Address"]["Country"]["error"]


@pytest.mark.parametrize(("name", "length"), [("VendorName", 255), ("AccountRef", 50), ("TaxRegistrationID", 50)])
def test_a_text_that_is_too_long_is_refused(erp: Any, name: str, length: int) -> None:
    """The greatest length is accepted and one more character is an error of the field."""
    assert erp.made("Vendor", {**VENDOR, name: "x" * length})[name] == {"value": "x" * length}
    assert f"{length} characters" in erp.refused("Vendor", {**VENDOR, name: "x" * (length + 1)})[name]["error"]


def test_a_country_is_mandatory_unless_switched_off(erp: Any) -> None:
    """A vendor without a country is refused; the setting lifts it."""
    body = erp.refused("Vendor", {"VendorName": "x"})
    assert "cannot be empty" in body["MainContact"]["Address"]["Country"]["error"]
    erp.set(country_required=False)
    erp.made("Vendor", {"VendorName": "x"})


def test_unknown_members_are_ignored_and_null_clears(erp: Any, vendor: str) -> None:
    """A misspelt member changes nothing, {} leaves a field alone, and null empties it."""
    erp.made("Vendor", {"VendorID": vendor, "AccountRef": "CIN7-1", "VendorNam": "misspelt"})
    kept = erp.call("PUT", "Vendor", {"VendorID": {"value": vendor}, "AccountRef": {}}).json()
    assert (kept["AccountRef"], kept["VendorName"]) == ({"value": "CIN7-1"}, {"value": "Acme Supply Ltd"})
    assert erp.made("Vendor", {"VendorID": vendor, "AccountRef": None})["AccountRef"] == {}


def test_a_put_that_changes_nothing_moves_no_stamp(erp: Any, vendor: str) -> None:
    """Fields sent with the stored value are skipped, so the stamp stays."""
    before = erp.call("GET", f"Vendor/{vendor}").json()["LastModifiedDateTime"]
    erp.sim("POST", "clock", {"advance": 60})
    same = erp.made("Vendor", {"VendorID": vendor, "VendorName": "Acme Supply Ltd"})
    assert same["LastModifiedDateTime"] == before
    other = erp.made("Vendor", {"VendorID": vendor, "VendorName": "Acme Supply Limited"})
    assert other["LastModifiedDateTime"] != before


def test_a_put_finds_its_record_by_id_or_filter(erp: Any, vendor: str) -> None:
    """Without a key the id in the body or $filter names the record; several matches are a server exception."""
    record_id = erp.call("GET", f"Vendor/{vendor}").json()["id"]
    assert erp.made("Vendor", {"id": record_id, "AccountRef": "A"})["VendorID"] == {"value": vendor}
    by_filter = "Vendor?$filter=AccountRef eq 'A'"
    assert erp.made(by_filter, {"AccountRef": "B"})["VendorID"] == {"value": vendor}
    erp.seed("Vendor", {"VendorName": "x", "AccountRef": "B"})
    assert erp.put("Vendor?$filter=AccountRef eq 'B'", {"AccountRef": "C"}).status_code == 500


def test_bodies_that_cannot_be_read_answer_400(erp: Any) -> None:
    """An empty body, broken JSON, a bare value and an unwrapped field are bad requests."""
    empty = erp.call("PUT", "Vendor")
    assert (empty.status_code, empty.json()) == (
        400,
        {"message": "The request is invalid.", "modelState": {"": ["The request body should not be empty."]}},
    )
    url = f"{erp.url}/entity/Default/24.200.001/Vendor"
    assert erp.http.put(url, data=b"{", timeout=10).status_code == 400
    assert erp.call("PUT", "Vendor", [1]).status_code == 400
    assert erp.call("PUT", "Vendor", {"VendorName": "bare"}).status_code == 400


def test_numbers_and_booleans_may_come_as_text(erp: Any) -> None:
    """Text of a number or a boolean is read as such; other text is an error of the field."""
    made = erp.made("Vendor", {**VENDOR, "LeadTimedays": "7", "F1099Vendor": "False"})
    assert (made["LeadTimedays"], made["F1099Vendor"]) == ({"value": 7}, {"value": False})
    assert "not a number" in erp.refused("Vendor", {**VENDOR, "LeadTimedays": "soon"})["LeadTimedays"]["error"]


def test_patch_exists_from_version_25(erp: Any, vendor: str) -> None:
    """PATCH is unknown to 24; in 25 it updates, answers 404 for a missing record and 412 for If-None-Match."""
    body = {"VendorID": {"value": vendor}, "AccountRef": {"value": "P"}}
    assert erp.call("PATCH", "Vendor", body).status_code == 405
    erp.version = "25.200.001"
    assert erp.call("PATCH", "Vendor", body).json()["AccountRef"] == {"value": "P"}
    assert erp.call("PATCH", "Vendor", {"VendorID": {"value": "NOPE"}}).status_code == 404
    assert erp.call("PATCH", "Vendor", body, headers={"If-None-Match": "*"}).status_code == 412


def test_a_vendor_in_use_cannot_be_deleted(erp: Any, vendor: str) -> None:
    """DELETE answers 204 and the record is gone, but not while documents refer to it."""
    made = erp.made("Bill", {"Vendor": vendor, "Details": [{"Account": "61500", "ExtendedCost": 1}]})
    assert erp.call("DELETE", f"Vendor/{vendor}").status_code == 500
    assert erp.call("DELETE", f"Bill/{made['id']}").status_code == 204
    assert erp.call("DELETE", f"Vendor/{vendor}").status_code == 204
    assert erp.call("GET", f"Vendor/{vendor}").status_code == 500


def test_newer_builds_add_the_exception_to_the_echo(erp: Any) -> None:
    """With the setting a 422 carries exceptionType beside the errors of fields."""
    erp.set(error_exception_members=True)
    body = erp.refused("Vendor", {**VENDOR, "Terms": "NOPE"})
    assert body["exceptionType"].endswith("OutcomeEntityHasErrorsException")
    assert "error" in body["Terms"]


@pytest.mark.parametrize("name", ['Müller & "Söhne" \\ Co', "Tab\tand\nline", "日本 🚢", "O'Brien </script>"])
def test_any_text_comes_back_as_sent(erp: Any, name: str) -> None:
    """Quotes, control characters and any script survive the way into the store and back."""
    made = erp.made("Vendor", {**VENDOR, "VendorName": name})
    assert made["VendorName"] == {"value": name}

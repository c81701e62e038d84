"""APSSSP: suppliers are set up, and the errors inside the XML."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import xml

ZINC = {"SupplierName": "Zinc Nine BV", "Branch": "10", "TermsCode": "30", "Bank": "01", "Currency": "EUR"}


def _counts(root: Any) -> tuple[str | None, str | None]:
    return root.findtext("StatusOfItems/RecordsRead"), root.findtext("StatusOfItems/RecordsInvalid")


def _error(root: Any, path: str) -> tuple[str | None, str | None]:
    return root.findtext(f"item/{path}/ErrorNumber"), root.findtext(f"item/{path}/ErrorDescription")


def test_a_supplier_is_added_with_its_address(erp: Any) -> None:
    """The answer is in lower case; the table, the address table and OData show the new supplier with defaults."""
    root = erp.setup("Add", "ZINC9", **ZINC, SupAddr1="Kade 4", SupPostalCode="3011", Email="ap@zinc9.example")
    assert (root.tag, root.findtext("item/key/supplier"), _counts(root)) == ("setupapsupplier", "ZINC9", ("1", "0"))
    row = erp.rows("ApSupplier", filter="Supplier eq 'ZINC9'")[0]
    assert (row["SupplierName"], row["OnHold"], row["GrnMatchReqd"], row["SupShortName"]) == (
        "Zinc Nine BV",
        "N",
        "Y",
        "Zinc Nine BV",
    )
    address = erp.rows("ApSupplierAddr", filter="Supplier eq 'ZINC9'")[0]
    assert (address["SupAddr1"], address["SupPostalCode"]) == ("Kade 4", "3011")


def test_unknown_elements_are_dropped_without_a_word(erp: Any) -> None:
    """A misspelt element, or one in another case, loses its data and is no error."""
    root = erp.setup("Add", "ZINC9", **ZINC, Telefone="1", contact="Jo", Contact="Al")
    assert _counts(root) == ("1", "0")
    row = next(row for row in erp.stored("ApSupplier") if row["Supplier"] == "ZINC9")
    assert (row["Telephone"], row["Contact"]) == ("", "Al")


def test_a_numeric_code_is_filled_with_zeros(erp: Any) -> None:
    """Code 17 becomes fifteen digits, and is found by either."""
    assert erp.setup("Add", "17", **ZINC).findtext("item/key/supplier") == "000000000000017"
    assert _counts(erp.setup("Update", "17", Contact="Jo")) == ("1", "0")
    erp.set(key_padding=7)
    assert erp.setup("Add", "18", **ZINC).findtext("item/key/supplier") == "0000018"


def test_codes_may_be_given_by_the_company(erp: Any) -> None:
    """With automatic numbering a blank code is the next number; without it the code is missing."""
    root = erp.setup("Add", "", **ZINC)
    assert root.findtext("item/key/supplier/ErrorDescription") == "Supplier must be supplied"
    erp.set(supplier_numbering="auto")
    assert erp.setup("Add", "", **ZINC).findtext("item/key/supplier") == "000000000000001"


@pytest.mark.parametrize("name", list(ZINC))
def test_the_mandatory_elements(erp: Any, name: str) -> None:
    """A new supplier needs each of them."""
    given = {key: value for key, value in ZINC.items() if key != name}
    root = erp.setup("Add", "ZINC9", **given)
    assert _error(root, name.lower()) == ("200004", f"{name} must be supplied")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Branch", "99"), ("Bank", "99"), ("Currency", "XXX"), ("MerchGlCode", "99-9999"), ("DefTaxCode", "Z"),
        ("OnHold", "X"), ("DateSuppAdded", "2024-02-30"), ("MinPoVal", "12.345"), ("MinPoVal", "1e3"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_at_its_element(erp: Any, name: str, value: str) -> None:
    """The element in lower case carries value, number and description, and nothing is stored."""
    root = erp.setup("Add", "ZINC9", **{**ZINC, name: value})
    assert root.findtext(f"item/{name.lower()}/Value") == value
    assert all(_error(root, name.lower()))
    assert _counts(root) == ("1", "1")
    assert all(row["Supplier"] != "ZINC9" for row in erp.stored("ApSupplier"))


def test_unknown_terms_have_number_and_words(erp: Any) -> None:
    """Terms that do not exist are rejected at termscode."""
    root = erp.setup("Add", "ZINC9", **{**ZINC, "TermsCode": "99"})
    assert _error(root, "termscode") == ("200117", "Terms code '99' not found")


def test_lengths_count_bytes(erp: Any) -> None:
    """Forty letters with umlauts are more than forty bytes."""
    assert _counts(erp.setup("Add", "ZINC9", **ZINC, SupAddr1="a" * 40)) == ("1", "0")
    root = erp.setup("Update", "ZINC9", SupAddr1="a" * 39 + "ü")
    assert _error(root, "supaddr1")[0] == "200003"


def test_adding_what_exists_and_changing_what_does_not(erp: Any) -> None:
    """Both are rejected at the key."""
    assert _error(erp.setup("Add", "BOLT", **ZINC), "key/supplier")[0] == "200010"
    assert _error(erp.setup("Update", "NOBODY", Contact="Jo"), "key/supplier")[0] == "200011"


def test_a_change_keeps_what_it_does_not_name(erp: Any) -> None:
    """Elements left out stay, an empty one clears, a mandatory one cannot be cleared."""
    erp.setup("Add", "ZINC9", **ZINC, Contact="Jo", SupAddr1="Kade 4")
    erp.setup("Update", "ZINC9", Contact="", TermsCode="14")
    row = next(row for row in erp.stored("ApSupplier") if row["Supplier"] == "ZINC9")
    assert (row["Contact"], row["TermsCode"], row["SupplierName"]) == ("", "14", "Zinc Nine BV")
    assert erp.rows("ApSupplierAddr", filter="Supplier eq 'ZINC9'")[0]["SupAddr1"] == "Kade 4"
    assert _error(erp.setup("Update", "ZINC9", Bank=""), "bank")[0] == "200004"


def test_validation_alone_changes_nothing(erp: Any) -> None:
    """ValidateOnly answers as if it were stored, and stores nothing."""
    assert _counts(erp.setup("Add", "ZINC9", {"ValidateOnly": "Y"}, **ZINC)) == ("1", "0")
    assert [row["Supplier"] for row in erp.stored("ApSupplier")] == ["BOLT"]


@pytest.mark.parametrize(("whole", "stored"), [("Y", 1), ("N", 2)])
def test_a_document_is_applied_whole_or_item_by_item(erp: Any, whole: str, stored: int) -> None:
    """With ApplyIfEntireDocumentValid one bad item keeps the good one out too."""
    items = [{"Key": {"Supplier": "GOOD"}, **ZINC}, {"Key": {"Supplier": "BAD"}, **ZINC, "Bank": "99"}]
    document = xml("SetupApSupplier", {"Item": items})
    assert _counts(erp.call("Setup/Add", "APSSSP", document, ApplyIfEntireDocumentValid=whole)) == ("2", "1")
    assert len(erp.stored("ApSupplier")) == stored


def test_only_a_supplier_without_documents_is_deleted(erp: Any) -> None:
    """One with an order stays."""
    erp.setup("Add", "ZINC9", **ZINC)
    assert _counts(erp.setup("Delete", "ZINC9")) == ("1", "0")
    erp.seed("PorMasterHdr", {"PurchaseOrder": "P1", "Supplier": "BOLT"})
    assert _error(erp.setup("Delete", "BOLT"), "key/supplier")[0] == "200012"
    assert [row["Supplier"] for row in erp.stored("ApSupplier")] == ["BOLT"]


def test_the_query_shows_all_of_a_supplier(erp: Any) -> None:
    """APSQRY has the address, what no table shows, and invoices where asked."""
    erp.setup("Add", "ZINC9", **ZINC, SupplierChName="Zinc", SupAddr1="Kade 4")
    erp.seed("ApInvoice", {"Supplier": "ZINC9", "Invoice": "I1"})
    asked = {"Key": {"Supplier": "ZINC9"}, "Option": {"IncludeInvoices": "Y"}}
    root = erp.call("Query/Query", "APSQRY", xml("Query", asked))
    assert root.tag == "ApQuery"
    assert root.find("SystemInformation") is not None
    found = [root.findtext(f"Supplier/{name}") for name in ("Supplier", "SupplierChName", "SupAddr1")]
    assert found == ["ZINC9", "Zinc", "Kade 4"]
    assert root.findtext("Invoices/Invoice/Invoice") == "I1"
    assert erp.text("Query/Query", "APSQRY", "<Query/>").startswith("ERROR:")

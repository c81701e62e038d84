"""Pages, their order, and what a row is reduced to."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ACCOUNTS, INVOICES, MAIN, ORDERS, SUPPLIERS


def _seed(ifs: Any, count: int) -> list[str]:
    ids = [f"S{number:04}" for number in range(count)]
    ifs.seed("SupplierInfoGeneral", *({"SupplierId": item, "Name": f"Supplier {item}"} for item in ids))
    return ids


def _ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["SupplierId"] for row in rows]


def test_a_full_page_has_no_next_link(ifs: Any) -> None:
    """The pages of a list follow each other by $skip alone, and only a short one is the last."""
    ids = _seed(ifs, 5)
    first = ifs.one(SUPPLIERS, orderby="SupplierId", top=2)
    assert set(first) == {"@odata.context", "value"}
    assert _ids(first["value"]) == ids[:2]
    assert _ids(ifs.rows(SUPPLIERS, orderby="SupplierId", top=2, skip=4)) == ids[4:]
    assert ifs.rows(SUPPLIERS, orderby="SupplierId", top=2, skip=6) == []


def test_a_list_without_top_is_cut_in_silence(ifs: Any) -> None:
    """The tenant's default page ends the list, and nothing tells of the rest."""
    _seed(ifs, 101)
    answer = ifs.one(SUPPLIERS)
    assert len(answer["value"]) == 100
    assert "@odata.nextLink" not in answer


def test_a_page_never_exceeds_the_cap(ifs: Any) -> None:
    """A $top above the cap brings a page of the cap's size, full and without a link."""
    _seed(ifs, 12)
    ifs.set(page_cap=10)
    answer = ifs.one(SUPPLIERS, top=5000)
    assert len(answer["value"]) == 10
    assert "@odata.nextLink" not in answer


@pytest.mark.parametrize("form", ["relative", "absolute"])
def test_next_links_can_be_switched_on(ifs: Any, form: str) -> None:
    """With the setting a page that is not the last links the next one, with the other options kept."""
    ids = _seed(ifs, 5)
    ifs.set(next_link=form)
    page, found = ifs.one(SUPPLIERS, orderby="SupplierId", top=2, select="SupplierId"), []
    while True:
        found += _ids(page["value"])
        link = page.get("@odata.nextLink")
        if link is None:
            break
        assert link.startswith("http") == (form == "absolute")
        url = link if form == "absolute" else f"{ifs.url}/{MAIN}/SupplierHandling.svc/{link}"
        page = ifs.http.get(url, timeout=10).json()
    assert found == ids


def test_a_changed_row_moves_to_the_end_without_orderby(ifs: Any) -> None:
    """Between two pages an edit moves a row of the first to the end, and the row after it is never seen."""
    ids = _seed(ifs, 4)
    first = _ids(ifs.rows(SUPPLIERS, top=2))
    ifs.edit("SupplierInfoGeneral", ids[0], Name="Renamed")
    second = _ids(ifs.rows(SUPPLIERS, top=2, skip=2))
    assert (first, second) == ([ids[0], ids[1]], [ids[3], ids[0]])


def test_orderby_keeps_rows_in_place_and_deleting_still_moves_them(ifs: Any) -> None:
    """Sorted by key an edit moves nothing, while a deleted row of the first page makes one go missing."""
    ids = _seed(ifs, 4)
    ifs.edit("SupplierInfoGeneral", ids[0], Name="Renamed")
    assert _ids(ifs.rows(SUPPLIERS, top=2, orderby="SupplierId")) == ids[:2]
    ifs.sim("DELETE", "record", {"entity": "SupplierInfoGeneral", "id": ids[0]})
    assert _ids(ifs.rows(SUPPLIERS, top=2, skip=2, orderby="SupplierId")) == ids[3:]


def test_the_order_of_rows_is_a_setting(ifs: Any) -> None:
    """By row id an edit moves nothing; shuffled, every list has the same rows in an order of its own."""
    ids = _seed(ifs, 30)
    ifs.set(order="rowid")
    ifs.edit("SupplierInfoGeneral", ids[0], Name="Renamed")
    assert _ids(ifs.rows(SUPPLIERS)) == ids
    ifs.set(order="shuffled")
    lists = [_ids(ifs.rows(SUPPLIERS)) for _ in range(2)]
    assert lists[0] != lists[1]
    assert sorted(lists[0]) == sorted(lists[1]) == ids


def test_orderby_sorts_by_several_properties_with_nulls_last(ifs: Any) -> None:
    """Later properties decide ties, desc turns the order, and rows without a value come last, or first in desc."""
    values = (("A", "x", None), ("B", "x", "1"), ("C", "w", "2"))
    ifs.seed("SupplierInfoGeneral", *({"SupplierId": i, "Name": name, "AssociationNo": no} for i, name, no in values))
    assert _ids(ifs.rows(SUPPLIERS, orderby="Name desc,SupplierId desc")) == ["B", "A", "C"]
    assert _ids(ifs.rows(SUPPLIERS, orderby="AssociationNo")) == ["B", "C", "A"]
    assert _ids(ifs.rows(SUPPLIERS, orderby="AssociationNo desc")) == ["A", "C", "B"]


@pytest.mark.parametrize("value", ["-1", "x", "1.5", ""])
def test_top_and_skip_are_whole_numbers(ifs: Any, value: str) -> None:
    """Anything else is malformed."""
    for option in ("top", "skip"):
        assert ifs.error("GET", SUPPLIERS, **{option: value})[:2] == (400, "ODP_BAD_REQUEST")


def test_select_leaves_the_etag_and_drops_the_other_metadata(ifs: Any, supplier: str) -> None:
    """luname, keyref and Objgrants disappear with $select while the ETag stays and is the same."""
    (chosen,) = ifs.rows(SUPPLIERS, select="SupplierId,Name")
    assert list(chosen) == ["@odata.etag", "SupplierId", "Name"]
    whole = ifs.one(supplier)
    assert whole["@odata.etag"] == chosen["@odata.etag"]
    assert (whole["luname"], whole["keyref"]) == ("SupplierInfoGeneral", "SUPPLIER_ID=S1001^")
    assert whole["Objgrants"] is None
    assert ifs.one(supplier, select="Name")["Name"] == "Nordwind Fasteners AB"


def test_select_of_a_navigation_or_an_unknown_property_is_malformed(ifs: Any) -> None:
    """Both answer 400, the unknown property in the recorded words."""
    assert ifs.error("GET", SUPPLIERS, select="SupplierId,SupplierInfoAddresses")[0] == 400
    text = "The property 'Nope', used in a query expression, is not defined in type "
    expected = (400, "ODP_BAD_REQUEST", f"{text}'IfsApp.SupplierHandling.SupplierInfoGeneral'.")
    assert ifs.error("GET", SUPPLIERS, select="Nope") == expected
    assert ifs.error("GET", SUPPLIERS, orderby="Nope") == expected
    assert ifs.call("GET", SUPPLIERS, select="Nope").json()["error"]["message"] == "Malformed Request."


def test_some_sets_fail_with_select(ifs: Any) -> None:
    """A set named in the setting answers 400 to any $select and works without."""
    ifs.set(select_refused=["SupplierHandling/SupplierInfoGeneralSet"])
    assert ifs.error("GET", SUPPLIERS, select="SupplierId")[0] == 400
    assert ifs.call("GET", SUPPLIERS).status_code == 200


@pytest.mark.parametrize(
    ("option", "value"), [("expand", "SupplierInfoAddresses"), ("apply", "aggregate(x)"), ("search", "bolt")]
)
def test_options_that_are_not_implemented_answer_501(ifs: Any, option: str, value: str) -> None:
    """$expand and its like are ODP_NOT_IMPLEMENTED."""
    assert ifs.error("GET", SUPPLIERS, **{option: value})[:2] == (501, "ODP_NOT_IMPLEMENTED")


def test_an_unknown_or_repeated_option_is_malformed(ifs: Any) -> None:
    """An unknown system option answers 400, a name without $ means nothing."""
    assert ifs.error("GET", SUPPLIERS, fliter="x")[0] == 400
    assert ifs.error("GET", f"{SUPPLIERS}?$top=1&$top=2")[0] == 400
    assert ifs.call("GET", f"{SUPPLIERS}?filter=nonsense").status_code == 200


def test_the_dollar_must_not_be_percent_encoded(ifs: Any) -> None:
    """%24top is refused, unless the setting lets it through."""
    assert ifs.error("GET", f"{SUPPLIERS}?%24top=1")[0] == 400
    ifs.set(encoded_dollar=True)
    assert ifs.call("GET", f"{SUPPLIERS}?%24top=1").status_code == 200


def test_a_plus_sign_is_no_blank(ifs: Any) -> None:
    """Options are encoded with %20; a plus sign stays a plus sign and makes the filter unreadable."""
    assert ifs.error("GET", f"{SUPPLIERS}?$filter=SupplierId+eq+'S1'")[0] == 400
    assert ifs.call("GET", f"{SUPPLIERS}?$filter=SupplierId%20eq%20'S1'").status_code == 200


@pytest.mark.parametrize(("mode", "expected"), [("page", 2), ("exact", 3), ("missing", None)])
def test_count_is_not_to_be_relied_on(ifs: Any, mode: str, expected: int | None) -> None:
    """$count=true counts the page, everything or nothing, as the setting says."""
    _seed(ifs, 3)
    ifs.set(count=mode)
    assert ifs.one(SUPPLIERS, top=2, count="true").get("@odata.count") == expected


def test_a_count_segment_is_not_implemented(ifs: Any) -> None:
    """Set/$count answers 501."""
    assert ifs.error("GET", f"{SUPPLIERS}/$count")[0] == 501


def test_list_options_are_refused_on_a_single_row(ifs: Any, supplier: str) -> None:
    """A row takes $select alone."""
    assert ifs.error("GET", supplier, top=1)[0] == 400


def test_the_context_names_set_and_selection(ifs: Any, supplier: str) -> None:
    """A list, a selection, a row and a child collection each have a context of their own."""
    root = f"{ifs.url}/{MAIN}/SupplierHandling.svc/$metadata#"
    assert ifs.one(SUPPLIERS)["@odata.context"] == f"{root}SupplierInfoGeneralSet"
    chosen = ifs.one(SUPPLIERS, select="SupplierId,Name")
    assert chosen["@odata.context"] == f"{root}SupplierInfoGeneralSet(SupplierId,Name)"
    assert ifs.one(supplier)["@odata.context"] == f"{root}SupplierInfoGeneralSet/$entity"
    assert ifs.one(f"{supplier}/SupplierInfoAddresses")["@odata.context"] == f"{root}SupplierInfoAddresses"


def test_the_accept_header_chooses_the_metadata(ifs: Any, supplier: str) -> None:
    """Answers are minimal JSON by default; full adds type and id, none drops the context."""
    plain = ifs.call("GET", supplier)
    assert plain.headers["Content-Type"] == "application/json;odata.metadata=minimal"
    full = ifs.call("GET", supplier, headers={"Accept": "application/json;odata.metadata=full"}).json()
    assert full["@odata.type"] == "#IfsApp.SupplierHandling.SupplierInfoGeneral"
    assert full["@odata.id"].endswith("SupplierInfoGeneralSet(SupplierId='S1001')")
    none = ifs.call("GET", supplier, headers={"Accept": "application/json;odata.metadata=none"}).json()
    assert "@odata.context" not in none


@pytest.mark.parametrize(
    "key",
    ["('S1001')", "(Nope='S1001')", "(SupplierId=S1001)", "(SupplierId='S1001',SupplierId='S1001')", "()", "(x"],
)
def test_every_part_of_a_key_is_named_and_quoted(ifs: Any, supplier: str, key: str) -> None:
    """A key that is unnamed, unknown, unquoted, repeated or broken answers 400."""
    assert ifs.error("GET", f"{SUPPLIERS}{key}")[0] == 400


def test_an_unnamed_key_can_be_allowed(ifs: Any, supplier: str) -> None:
    """With the setting a single key part may do without its name."""
    ifs.set(unnamed_keys=True)
    assert ifs.one(f"{SUPPLIERS}('S1001')")["SupplierId"] == "S1001"


def test_keys_may_hold_quotes_slashes_and_commas(ifs: Any) -> None:
    """A doubled quote, an encoded slash and a comma in brackets reach the row."""
    ifs.seed("SupplierInfoGeneral", {"SupplierId": "A/B,'(C)", "Name": "Odd"})
    assert ifs.one(f"{SUPPLIERS}(SupplierId='A%2FB,%27%27(C)')")["Name"] == "Odd"


def test_numbers_in_keys_are_bare_and_enumerations_qualified(ifs: Any, supplier: str) -> None:
    """InvoiceId=1 and the full name of PartyType are understood, quoted forms are not."""
    ifs.seed("ManSuppInvoice", {"Company": "10", "InvoiceId": 1, "Identity": "S1001", "InvoiceNo": "I1"})
    assert ifs.one(f"{INVOICES}(Company='10',InvoiceId=1)")["InvoiceNo"] == "I1"
    assert ifs.error("GET", f"{INVOICES}(Company='10',InvoiceId='1')")[0] == 400
    key = "Company='10',Identity='S1001',PartyType="
    good = f"{supplier}/SupplierPayments({key}IfsApp.SupplierHandling.PartyType'Supplier')"
    assert ifs.one(good)["Identity"] == "S1001"
    assert ifs.error("GET", f"{supplier}/SupplierPayments({key}'Supplier')")[0] == 400


def test_unknown_sets_rows_and_collections_answer_404(ifs: Any, supplier: str) -> None:
    """So do a child of a missing parent and another parent's child; a collection without its parent's key is 400."""
    assert ifs.error("GET", "SupplierHandling.svc/SupplierInfoGenerals")[0] == 404
    assert ifs.error("GET", f"{SUPPLIERS}(SupplierId='NONE')")[0] == 404
    assert ifs.error("GET", f"{supplier}/Nope")[0] == 404
    assert ifs.error("GET", f"{SUPPLIERS}(SupplierId='NONE')/SupplierInfoAddresses")[0] == 404
    ifs.seed("SupplierInfoGeneral", {"SupplierId": "S2", "Name": "Two"})
    address = "SupplierInfoAddresses(SupplierId='S1001',AddressId='01')"
    assert ifs.error("GET", f"{SUPPLIERS}(SupplierId='S2')/{address}")[0] == 404
    assert ifs.one(f"{supplier}/{address}")["City"] == "Stockholm"
    assert ifs.error("GET", f"{SUPPLIERS}/SupplierInfoAddresses")[0] == 400


def test_references_may_come_without_etag(ifs: Any) -> None:
    """Accounts carry an ETag, and none when the setting says so."""
    assert "@odata.etag" in ifs.rows(ACCOUNTS, top=1)[0]
    ifs.set(etags_on_references=False)
    assert "@odata.etag" not in ifs.rows(ACCOUNTS, top=1, select="Account")[0]
    assert "@odata.etag" not in ifs.rows(ACCOUNTS, top=1)[0]


def test_an_error_message_may_be_an_object(ifs: Any) -> None:
    """With the setting error.message has lang and value."""
    ifs.set(error_message_object=True)
    error = ifs.call("GET", ORDERS, filter="Nope eq 1").json()["error"]
    assert error["message"] == {"lang": "en", "value": "Malformed Request."}

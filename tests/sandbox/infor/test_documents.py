"""Business object documents in the Data Lake."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

SPACE = "{http://schema.infor.com/InforOAGIS/2}"


def _documents(cloud: Any, noun: str) -> list[Element]:
    listed = cloud.payloads(records=1000, filter=f"dl_document_name eq '{noun}'")
    return [fromstring(cloud.document(item["dl_id"])) for item in listed]


def _find(root: Element, path: str) -> Element:
    found = root.find(f".//{SPACE}" + path.replace("/", f"/{SPACE}"))
    assert found is not None, path
    return found


def _text(root: Element, path: str) -> str | None:
    return _find(root, path).text


def _order(cloud: Any) -> None:
    line = {"ITNO": "FAST-M6-25", "SITE": "NF-M6X25", "ORQA": 5000, "PUPR": "1.85"}
    cloud.seed("MPHEAD", {"PUNO": "4500012", "SUNO": "Y30001", "PUDT": "20260220", "MPLINE": [line]})


def test_the_envelope_names_sender_company_and_action(cloud: Any) -> None:
    """A document says who sent it, for which company and division, and that it replaces."""
    _order(cloud)
    (root,) = _documents(cloud, "PurchaseOrder")
    assert root.tag == f"{SPACE}SyncPurchaseOrder"
    assert _text(root, "ApplicationArea/Sender/LogicalID") == "lid://infor.m3.m3"
    assert (_text(root, "Sync/AccountingEntityID"), _text(root, "Sync/LocationID")) == ("100_AAA", "001")
    assert _find(root, "ActionCriteria/ActionExpression").attrib == {"actionCode": "Replace"}


def test_an_order_has_head_and_lines(cloud: Any) -> None:
    """Supplier, dates, amounts, quantities and items are where a consumer reads them."""
    _order(cloud)
    (root,) = _documents(cloud, "PurchaseOrder")
    head = _find(root, "PurchaseOrderHeader")
    assert (_text(head, "DocumentID/ID"), _text(head, "SupplierParty/PartyIDs/ID")) == ("4500012", "Y30001")
    assert (_text(head, "ExtendedAmount"), _find(head, "ExtendedAmount").get("currencyID")) == ("9250.00", "SEK")
    assert _text(head, "OrderDateTime") == "2026-02-20T00:00:00Z"
    line = _find(root, "PurchaseOrderLine")
    items = [(item.get("schemeName"), item.text) for item in _find(line, "ItemID").iter(f"{SPACE}ID")]
    assert items == [(None, "FAST-M6-25"), ("Supplier", "NF-M6X25")]
    assert (_text(line, "Quantity"), _find(line, "Quantity").get("unitCode")) == ("5000", "EA")
    assert (_text(line, "OpenQuantity"), _text(line, "UnitPrice/Amount")) == ("5000", "1.85")


def test_a_supplier_is_two_documents(cloud: Any) -> None:
    """A supplier is sent as party and as payee; the payee has no payment terms."""
    (party, *_rest) = _documents(cloud, "SupplierPartyMaster")
    (payee, *_rest) = _documents(cloud, "RemitToPartyMaster")
    assert (_text(party, "PartyIDs/ID"), _text(party, "Name")) == ("Y30001", "Nordwind Fasteners AB")
    assert (_text(party, "Address/AddressLine"), _text(party, "Address/CityName")) == ("Hamngatan 4", "Stockholm")
    assert (_text(party, "PaymentTermID"), _text(party, "Communication/DialNumber")) == ("30D", "+46 8 555 0101")
    assert payee.find(f".//{SPACE}PaymentTermID") is None
    assert _text(payee, "FinancialAccount/ID") == "SE4550000000058398257466"


def test_an_invoice_has_positive_totals(cloud: Any) -> None:
    """The total of an invoice is above zero, with tax and basis; its order is that of its batch."""
    cloud.seed("FAPIBH", {"SUNO": "Y30007", "SINO": "INV-1", "PUNO": "4500019"})
    cloud.seed("FPLEDG", {"SUNO": "Y30007", "SINO": "INV-1", "CUAM": -1210, "VTAM": 210, "IVDT": "20260227"})
    (root,) = _documents(cloud, "SupplierInvoice")
    head = _find(root, "SupplierInvoiceHeader")
    assert (_text(head, "TotalAmount"), _find(head, "TotalAmount").get("currencyID")) == ("1210.00", "USD")
    assert (_text(head, "Tax/Amount"), _text(head, "Tax/BasisAmount")) == ("210.00", "1000.00")
    assert (_text(head, "DocumentDateTime"), _text(head, "DocumentID/ID")) == ("2026-02-27T00:00:00Z", "INV-1")
    assert _text(head, "PurchaseOrderReference/DocumentID/ID") == "4500019"


def test_an_invoice_of_several_vat_codes_has_a_tax_for_each(cloud: Any) -> None:
    """Each VAT code of the voucher is a Tax with its amount and what bears it."""
    postings = [
        {"AIT1": "2440", "CUAM": "-1362"},
        {"AIT1": "6110", "CUAM": "1000", "VTCD": "1"},
        {"AIT1": "6550", "CUAM": "100", "VTCD": "2"},
        {"AIT1": "2640", "CUAM": "250", "VTCD": "1", "AT04": "1"},
        {"AIT1": "2640", "CUAM": "12", "VTCD": "2", "AT04": "1"},
    ]
    invoice = {"SUNO": "Y30001", "SINO": "INV-2", "CUAM": "-1362", "VTAM": "-262", "IVDT": "20260227"}
    cloud.seed("FPLEDG", {**invoice, "FGLEDG": postings})
    (root,) = _documents(cloud, "SupplierInvoice")
    taxes = _find(root, "SupplierInvoiceHeader").findall(f"{SPACE}Tax")
    assert [(_text(tax, "Amount"), _text(tax, "BasisAmount")) for tax in taxes] == [
        ("250.00", "1000.00"),
        ("12.00", "100.00"),
    ]


def test_a_receipt_is_a_document_and_sends_the_order_again(cloud: Any) -> None:
    """Received goods are a ReceiveDelivery, and the order goes out again with what is open."""
    _order(cloud)
    cloud.seed("MPLIND", {"PUNO": "4500012", "PNLI": 1, "RPQA": 2000, "TRDT": "20260305"})
    (receipt,) = _documents(cloud, "ReceiveDelivery")
    assert (_text(receipt, "PurchaseOrderReference/DocumentID/ID"), _text(receipt, "ReceivedQuantity")) == (
        "4500012",
        "2000",
    )
    before, after = _documents(cloud, "PurchaseOrder")
    assert (_text(before, "OpenQuantity"), _text(after, "OpenQuantity")) == ("5000", "3000")


def test_accounts_and_dimension_values_are_documents(cloud: Any) -> None:
    """An account is a ChartOfAccounts, a cost centre a CodeDefinition."""
    accounts = {_text(root, "IDs/ID"): root for root in _documents(cloud, "ChartOfAccounts")}
    assert _text(accounts["2440"], "AccountType") == "BalanceSheet"
    codes = {_text(root, "CodeValue"): root for root in _documents(cloud, "CodeDefinition")}
    assert _text(codes["CC100"], "Description") == "Production"


def test_the_variation_grows_with_every_change(cloud: Any) -> None:
    """Each change sends the document again with a higher variationID; the old one stays as it was."""
    _order(cloud)
    cloud.edit("MPLINE", "4500012/1/0", ORQA="4000")
    first, second = _documents(cloud, "PurchaseOrder")
    variations = [int(_find(root, "DocumentID/ID").get("variationID", "")) for root in (first, second)]
    assert variations[0] < variations[1]
    assert (_text(first, "Quantity"), _text(second, "Quantity")) == ("5000", "4000")


def test_a_deleted_record_is_a_document_too(cloud: Any) -> None:
    """A deletion is sent with the action Delete."""
    _order(cloud)
    cloud.sim("DELETE", "record?entity=MPHEAD&id=4500012")
    _, last = _documents(cloud, "PurchaseOrder")
    assert _find(last, "ActionExpression").get("actionCode") == "Delete"


def test_the_list_is_filtered_by_name_and_date(cloud: Any) -> None:
    """A filter compares names and dates; what it cannot read is a bad request."""
    cloud.seed("CIDMAS", {"SUNO": "LATE", "LMTS": "4102444800000"})
    late = cloud.payloads(filter="dl_document_date gt '2099-12-31T00:00:00Z'")
    assert {item["dl_document_name"] for item in late} == {"SupplierPartyMaster", "RemitToPartyMaster"}
    for text in ("dl_document_name is 'X'", "dl_document_date gt 'soon'"):
        answer = cloud.get("IONSERVICES/datalakeapi/v1/payloads/list", params={"filter": text})
        assert answer.status_code == 400


def test_the_list_comes_in_pages(cloud: Any) -> None:
    """Records is the size of a page and page its number; numFound counts them all."""
    path = "IONSERVICES/datalakeapi/v1/payloads/list"
    first = cloud.get(path, params={"records": 3}).json()
    second = cloud.get(path, params={"records": 3, "page": 2}).json()
    assert first["numFound"] == second["numFound"] > 6
    assert {item["dl_id"] for item in first["fields"]}.isdisjoint(item["dl_id"] for item in second["fields"])


def test_the_list_may_come_in_another_order(cloud: Any) -> None:
    """Newest first is the reverse, shuffled is neither."""
    dates = {}
    for order in ("time", "newest"):
        cloud.set(datalake_order=order)
        dates[order] = [item["dl_document_date"] for item in cloud.payloads()]
    assert dates["time"] == sorted(dates["time"])
    assert dates["newest"] == sorted(dates["time"], reverse=True)
    cloud.set(datalake_order="shuffled")
    assert [item["dl_document_date"] for item in cloud.payloads()] not in dates.values()


def test_an_unknown_document_is_not_found(cloud: Any) -> None:
    """A document that is not there is answered 404."""
    path = "IONSERVICES/datalakeapi/v1/payloads/streambyid"
    assert cloud.get(path, params={"datalakeId": "none"}).status_code == 404


def test_a_tenant_may_send_no_documents(cloud: Any) -> None:
    """Where documents are switched off, changes send none."""
    before = len(cloud.payloads(records=1000))
    cloud.set(bods=False)
    cloud.edit("CIDMAS", "Y30001", SUNM="Silent")
    assert len(cloud.payloads(records=1000)) == before


def test_a_page_has_a_usual_size(cloud: Any) -> None:
    """Without records a page has the size that is set, and nothing but numFound tells that there are more."""
    cloud.set(datalake_page=4)
    assert len(cloud.payloads()) == 4

"""One example from the first token to the invoice, with invented data in the published forms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .conftest import ACCOUNTS, ENTITY, INVOICES, ORDERS, SUPPLIERS, VOUCHERS

_SUPPLIER_ETAG = 'W/"Vy8iQUFBV2tQQUFIQUFBQzJiQUFCOjIwMjYwMzAyMTAxNTQ0Ig=="'
_ADDRESS_ETAG = 'W/"Vy8iQUFBVm4yQUFIQUFBQng3QUFDOjIwMjYwMzAyMDkwMTAwIg=="'
_ADDRESS = "SupplierInfoAddresses(SupplierId='S1001',AddressId='01')"


@pytest.fixture(autouse=True)
def _world(ifs: Any) -> None:
    """Two suppliers; an order with a line; an invoice with its voucher."""
    address = {"AddressId": "01", "Name": "Head office", "Address1": "Hamngatan 4", "ZipCode": "111 47"}
    address |= {"City": "Stockholm", "Country": "SE", "@odata.etag": _ADDRESS_ETAG}
    first = {"SupplierId": "S1001", "Name": "Nordwind Fasteners AB", "AssociationNo": "5560001234", "Country": "SE"}
    first |= {"CreationDate": "2021-05-04", "CorporateForm": "AB", "@odata.etag": _SUPPLIER_ETAG}
    tabs = {"SupplierInfoAddresses": [address], "SupplierPurchases": [{"CurrencyCode": "SEK", "BuyerCode": "LBERG"}]}
    ifs.seed("SupplierInfoGeneral", {**first, **tabs}, {"SupplierId": "S1002", "Name": "Packaging Inc"})
    line = {"LineNo": "1", "PartNo": "M6-25", "BuyQtyDue": 5000, "BuyUnitPrice": "1.85", "TaxCode": "I25"}
    line |= {"WantedDeliveryDate": "2026-03-15", "PlannedReceiptDate": "2026-03-16"}
    order = {"OrderNo": "P10234", "VendorNo": "S1001", "OrderDate": "2026-03-01", "Contract": "STO1"}
    ifs.seed("PurchaseOrder", {**order, "Objstate": "Released", "PurchaseOrderLines": [line]})


def test_supplier_keys_and_etags_are_listed_and_a_row_read_in_full(ifs: Any) -> None:
    """The ETag of the list is that of the row, which has its metadata and its company-free fields."""
    first, second = ifs.rows(SUPPLIERS, select="SupplierId", orderby="SupplierId", top=2)
    assert first == {"@odata.etag": _SUPPLIER_ETAG, "SupplierId": "S1001"}
    assert second["SupplierId"] == "S1002"
    row = ifs.one(f"{SUPPLIERS}(SupplierId='S1001')")
    expected = {"luname": "SupplierInfoGeneral", "keyref": "SUPPLIER_ID=S1001^", "Objgrants": None}
    expected |= {"SupplierId": "S1001", "Name": "Nordwind Fasteners AB", "AssociationNo": "5560001234"}
    expected |= {"DefaultLanguage": "en", "Country": "SE", "CountryCode": "SE", "CreationDate": "2021-05-04"}
    expected |= {"PartyType": "Supplier", "DefaultDomain": True, "CorporateForm": "AB", "SuppliersOwnId": None}
    expected |= {"IdentifierReference": None, "IdentifierRefValidation": "None", "OneTime": False}
    assert {name: row[name] for name in expected} == expected
    assert row["@odata.etag"] == _SUPPLIER_ETAG


def test_an_address_is_changed_with_its_etag_once(ifs: Any) -> None:
    """The first PATCH answers the changed row with a new ETag, the same again is stale."""
    path = f"{SUPPLIERS}(SupplierId='S1001')/{_ADDRESS}"
    (row,) = ifs.rows(f"{SUPPLIERS}(SupplierId='S1001')/SupplierInfoAddresses")
    assert (row["@odata.etag"], row["CountryDesc"]) == (_ADDRESS_ETAG, "SWEDEN")
    headers, body = {"If-Match": _ADDRESS_ETAG}, {"ZipCode": "111 48", "City": "Stockholm"}
    answer = ifs.call("PATCH", path, body, headers=headers)
    assert (answer.status_code, answer.json()["ZipCode"]) == (200, "111 48")
    assert answer.json()["@odata.etag"] != _ADDRESS_ETAG
    stale = ifs.call("PATCH", path, body, headers=headers)
    text = "The object has been modified by another user."
    expected = {"error": {"code": "ODP_PRECONDITION_FAILED", "message": text, "details": []}}
    assert (stale.status_code, stale.json()) == (412, expected)


def test_orders_and_their_lines_are_read_by_date_and_number(ifs: Any) -> None:
    """The header comes from the projection, the line from the entity service."""
    names = "OrderNo,VendorNo,OrderDate,Objstate,Contract,BuyerCode,CurrencyCode,Company"
    text = "OrderDate ge 2026-03-01 and Company eq '10'"
    (order,) = ifs.rows(ORDERS, filter=text, select=names, orderby="OrderNo", top=1000)
    values = ("P10234", "S1001", "2026-03-01", "Released", "STO1", "LBERG", "SEK", "10")
    assert order == dict(zip(names.split(","), values, strict=True)) | {"@odata.etag": order["@odata.etag"]}
    path = "PurchaseOrderLineEntity.svc/PurchaseOrderLineSet"
    (line,) = ifs.rows(path, base=ENTITY, filter="OrderNo eq 'P10234'", orderby="LineNo,ReleaseNo", top=1000)
    expected = {"LineNo": "1", "ReleaseNo": "1", "BuyQtyDue": 5000, "BuyUnitPrice": Decimal("1.85")}
    expected |= {"NetAmtCurr": 9250, "GrossAmtCurr": Decimal("11562.5"), "PlannedReceiptDate": "2026-03-16"}
    assert {name: line[name] for name in expected} == expected


def test_an_invoice_and_its_voucher_agree(ifs: Any) -> None:
    """The invoice is found by company and date, its voucher rows by entry date, and both show the same amounts."""
    invoice = {"Company": "10", "InvoiceId": 90417, "Identity": "S1002", "InvoiceNo": "INV-88213", "PayTermId": "45"}
    invoice |= {"InvoiceDate": "2026-02-27", "CreationDate": "2026-03-01", "Currency": "USD", "CurrRate": "10.42"}
    ifs.seed("ManSuppInvoice", {**invoice, "NetCurrAmount": "1210.00", "Objstate": "Posted"})
    voucher = {"Company": "10", "VoucherType": "I", "AccountingYear": 2026, "VoucherNo": 2026000417}
    voucher |= {"VoucherDate": "2026-02-28", "EntryDate": "2026-03-01", "PartyTypeId": "S1002", "CurrencyCode": "USD"}
    voucher |= {"ReferenceSerie": "SI", "ReferenceNumber": "INV-88213"}
    ifs.seed(
        "VoucherRow",
        {**voucher, "Account": "2440", "CreditAmount": "12608.20", "CurrencyAmount": "-1210.00"},
        {**voucher, "Account": "4010", "CodeB": "CC100", "DebetAmount": "12608.20", "CurrencyAmount": "1210.00"},
    )
    (found,) = ifs.rows(INVOICES, filter="Company eq '10' and CreationDate ge 2026-03-01", orderby="InvoiceId")
    assert (found["NetDomAmount"], found["DueDate"], found["SeriesId"]) == (Decimal("12608.2"), "2026-04-13", "SI")
    text = "Company eq '10' and EntryDate ge 2026-03-01 and EntryDate lt 2026-03-03"
    order = "AccountingYear,VoucherType,VoucherNo,RowNo"
    rows = ifs.rows(VOUCHERS, filter=text, orderby=order, top=1000)
    assert [(row["Account"], row["Amount"]) for row in rows] == [
        ("2440", -found["NetDomAmount"]),
        ("4010", found["NetDomAmount"]),
    ]
    numbers = {row["Account"] for row in ifs.rows(ACCOUNTS, filter="Company eq '10'", select="Account", top=1000)}
    assert {row["Account"] for row in rows} <= numbers

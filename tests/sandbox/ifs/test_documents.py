"""Orders, receipts, invoices, accounts and voucher rows as they are read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .conftest import ACCOUNTS, ENTITY, INVOICES, ORDERS, VOUCHERS

_ORDER = {"OrderNo": "P10234", "VendorNo": "S1001", "Contract": "STO1", "Objstate": "Released"}
_LINE_SETS = {
    "PurchaseOrderLineEntity.svc/PurchaseOrderLineSet": (ENTITY, ["1", "2"]),
    "PurchaseOrderLinePartEntity.svc/PurchaseOrderLinePartSet": (ENTITY, ["1"]),
    "PurchaseOrderHandling.svc/PurchaseOrderLineNopartSet": ("main/ifsapplications/projection/v1", ["2"]),
}


@pytest.fixture
def order(ifs: Any, supplier: str) -> str:
    """The number of a released order with a part line and a no-part line."""
    lines = [
        {"LineNo": "1", "PartNo": "M6-25", "BuyQtyDue": 5000, "BuyUnitPrice": "1.85", "TaxCode": "I25"},
        {"LineNo": "2", "Description": "Testing", "BuyQtyDue": 1, "BuyUnitPrice": 100, "Discount": 10},
    ]
    ifs.seed("PurchaseOrder", {**_ORDER, "PurchaseOrderLines": lines})
    return "P10234"


@pytest.mark.parametrize("path", _LINE_SETS)
def test_the_sets_of_lines_differ_in_part_and_no_part_lines(ifs: Any, order: str, path: str) -> None:
    """All lines are in the entity service alone; /main shows the no-part lines."""
    base, expected = _LINE_SETS[path]
    rows = ifs.rows(path, base=base, filter=f"OrderNo eq '{order}'", orderby="LineNo,ReleaseNo")
    assert [row["LineNo"] for row in rows] == expected


def test_a_line_has_three_key_parts_and_amounts_in_order_currency(ifs: Any, order: str) -> None:
    """The line inherits from its order, and net and gross follow from quantity, price, discount and tax."""
    path = "PurchaseOrderLineEntity.svc/PurchaseOrderLineSet(OrderNo='P10234',LineNo='1',ReleaseNo='1')"
    row = ifs.one(path, base=ENTITY)
    assert row["keyref"] == "LINE_NO=1^ORDER_NO=P10234^RELEASE_NO=1^"
    assert (row["NetAmtCurr"], row["GrossAmtCurr"]) == (9250, Decimal("11562.5"))
    assert (row["VendorNo"], row["Contract"], row["CurrencyCode"], row["Objstate"]) == (
        "S1001",
        "STO1",
        "SEK",
        "Released",
    )
    assert (row["Description"], row["BuyUnitMeas"]) == ("Hex bolt M6x25", "pcs")
    second = ifs.one(path.replace("LineNo='1'", "LineNo='2'"), base=ENTITY)
    assert (second["PartNo"], second["NetAmtCurr"]) == (None, 90)
    assert ifs.error("GET", path.replace(",ReleaseNo='1'", ""), base=ENTITY)[0] == 400


def test_changing_a_line_moves_its_activity_and_not_its_order(ifs: Any, order: str) -> None:
    """The amounts and LastActivityDate of the line move, the header's ETag stays."""
    before = ifs.one(f"{ORDERS}(OrderNo='{order}')")["@odata.etag"]
    line = ifs.sim("GET", "state?entity=PurchaseOrderLine")["PurchaseOrderLine"][0]
    ifs.sim("POST", "clock", {"advance": 60})
    changed = ifs.edit("PurchaseOrderLine", "P10234^1^1", BuyQtyDue=10)
    assert (changed["NetAmtCurr"], changed["GrossAmtCurr"]) == (18.5, 23.13)
    assert changed["LastActivityDate"] > line["LastActivityDate"]
    assert changed["@odata.etag"] != line["@odata.etag"]
    assert ifs.one(f"{ORDERS}(OrderNo='{order}')")["@odata.etag"] == before


def test_lines_are_not_reached_through_the_order(ifs: Any, order: str) -> None:
    """An order has no navigation to its lines."""
    assert ifs.error("GET", f"{ORDERS}(OrderNo='{order}')/PurchaseOrderLines")[0] == 404


def test_receipts_name_order_line_and_release(ifs: Any, order: str) -> None:
    """A receipt takes supplier, site and unit from its order line."""
    reference = {"SourceRef1": order, "SourceRef2": "1", "SourceRef3": "1", "SourceQtyReceived": 40}
    ifs.seed("ReceiptInfo", {**reference, "ReceiptReference": "DN-1"})
    (row,) = ifs.rows("PurchaseReceiptHandling.svc/ReceiptInfoSet", filter=f"SourceRef1 eq '{order}'")
    assert (row["SenderId"], row["Contract"], row["UnitMeas"], row["Objstate"]) == ("S1001", "STO1", "pcs", "Received")
    assert (row["SourceQtyReceived"], row["InvQtyReceived"]) == (40, 40)


def test_pre_posting_gives_the_account_of_a_line(ifs: Any, order: str) -> None:
    """The account hangs on the line's PreAccountingId, not on the line."""
    ifs.seed("PreAccounting", {"PreAccountingId": 77, "Company": "10", "CodenoA": "4010", "CodenoB": "CC100"})
    row = ifs.one("PurchaseOrderHandling.svc/PreAccountingSet(PreAccountingId=77)")
    assert (row["CodenoA"], row["CodenoB"], row["AmountDistribution"]) == ("4010", "CC100", 100)


def test_an_invoice_sums_its_items_and_counts_in_company_currency(ifs: Any, supplier: str) -> None:
    """Amounts of the header follow from the items, domestic ones from rate and factor, the due date from the term."""
    items = [{"NetCurrAmount": "1000.00", "PoRefNumber": "P1"}, {"NetCurrAmount": "210", "VatCurrAmount": "5.5"}]
    head = {"Company": "10", "InvoiceNo": "INV-88213", "Identity": "S1001", "InvoiceDate": "2026-02-27"}
    money = {"Currency": "USD", "CurrRate": "1042", "DivFactor": 100, "ManSuppInvoiceItemArray": items}
    posting = {"CodeA": "4010", "CodeB": "CC100", "CurrAmount": 1210}
    ifs.seed("ManSuppInvoice", {**head, **money, "ManSuppInvoicePostingArray": [posting]})
    (row,) = ifs.rows(INVOICES, filter="Company eq '10' and InvoiceDate ge 2026-02-01")
    assert row["keyref"] == f"COMPANY=10^INVOICE_ID={row['InvoiceId']}^"
    assert (row["NetCurrAmount"], row["VatCurrAmount"], row["GrossCurrAmount"]) == (
        1210,
        Decimal("5.5"),
        Decimal("1215.5"),
    )
    assert (row["NetDomAmount"], row["VatDomAmount"]) == (Decimal("12608.2"), Decimal("57.31"))
    assert (row["PayTermId"], row["DueDate"], row["Objstate"]) == ("30", "2026-03-29", "Preliminary")
    path = f"{INVOICES}(Company='10',InvoiceId={row['InvoiceId']})"
    assert [item["ItemId"] for item in ifs.rows(f"{path}/ManSuppInvoiceItemArray", orderby="ItemId")] == [1, 2]
    (account,) = ifs.rows(f"{path}/ManSuppInvoicePostingArray")
    assert (account["CodeA"], account["Amount"]) == ("4010", Decimal("12608.2"))


def test_a_chart_of_accounts_is_there_in_each_company(ifs: Any) -> None:
    """Accounts have type, control flag, demands and validity, and are keyed by company and number."""
    rows = ifs.rows(ACCOUNTS, filter="Company eq '10'", orderby="Account", top=1000)
    by_number = {row["Account"]: row for row in rows}
    assert by_number["2440"]["LedgFlag"] == "LedgerAccount"
    assert (by_number["4010"]["LogicalAccountType"], by_number["4010"]["CodePart"]) == ("Cost", "A")
    assert by_number["6110"]["ReqCodeB"] == "Mandatory"
    assert by_number["4099"]["ValidUntil"] == "2023-12-31"
    assert ifs.one(f"{ACCOUNTS}(Company='20',Account='4010')")["Company"] == "20"
    text = "Company eq '10' and LogicalAccountType eq IfsApp.VoucherRowsAnalysis.AccountTypeValue'Liabilities'"
    assert {row["Account"] for row in ifs.rows(ACCOUNTS, filter=text)} == {"2081", "2440", "2445", "2611"}
    assert len(ifs.rows("VoucherRowsAnalysis.svc/Reference_CodeB", filter="Company eq '10'")) == 3
    assert len(ifs.rows("VoucherRowsAnalysis.svc/Reference_VoucherType", filter="Company eq '10'")) == 3


def test_voucher_rows_work_out_their_sides_and_refer_to_their_account(ifs: Any, supplier: str) -> None:
    """The signed amount and debit or credit follow from each other, in both currencies."""
    row = {"Company": "10", "VoucherType": "I", "AccountingYear": 2026, "VoucherNo": 2026000417, "PartyTypeId": "S1001"}
    money = {"Account": "2440", "CreditAmount": "12608.20", "CurrencyCode": "USD", "CurrencyAmount": "-1210.00"}
    ifs.seed("VoucherRow", {**row, **money}, {**row, "Account": "4010", "Amount": "12608.20"})
    first, second = ifs.rows(VOUCHERS, orderby="RowNo")
    assert (first["RowNo"], first["Amount"], first["DebetAmount"]) == (1, Decimal("-12608.2"), None)
    assert (first["CurrencyCreditAmount"], first["AccountDesc"]) == (1210, "Accounts payable")
    assert (second["RowNo"], second["DebetAmount"], second["CreditAmount"]) == (2, Decimal("12608.2"), None)
    assert (second["CurrencyAmount"], second["CurrencyCode"], second["PartyName"]) == (
        Decimal("12608.2"),
        "SEK",
        "Nordwind Fasteners AB",
    )
    key = "Company='10',VoucherType='I',AccountingYear=2026,VoucherNo=2026000417,RowNo=1"
    assert ifs.one(f"{VOUCHERS}({key})/AccountRef")["Account"] == "2440"


def test_the_ledger_has_rows_of_its_own(ifs: Any) -> None:
    """Rows after the update of the general ledger are in another projection."""
    row = {"Company": "10", "VoucherType": "I", "AccountingYear": 2026, "VoucherNo": 1, "RowNo": 1, "Amount": 5}
    ifs.seed("GenLedVoucherRow", {**row, "Account": "4010"})
    assert ifs.rows(VOUCHERS) == []
    assert ifs.rows("GLVoucherRowsAnalysis.svc/GenLedVoucherRowSet")[0]["Amount"] == 5


def test_a_rate_is_quoted_for_as_many_units_as_its_factor_says(ifs: Any) -> None:
    """7 for 100 yen: 70 in accounting currency are 1,000."""
    row = {"Company": "10", "VoucherType": "I", "AccountingYear": 2026, "VoucherNo": 1, "Account": "4010"}
    ifs.seed("VoucherRow", {**row, "CurrencyCode": "JPY", "CurrencyRate": 7, "ConversionFactor": 100, "Amount": 70})
    assert ifs.rows(VOUCHERS)[0]["CurrencyAmount"] == 1000


def test_the_update_of_the_general_ledger_moves_vouchers(ifs: Any) -> None:
    """A voucher's rows leave the voucher tables for the ledger, as they are; others, and no such voucher, stay."""
    row = {"Company": "10", "VoucherType": "I", "AccountingYear": 2026, "Amount": 5, "Account": "4010"}
    ifs.seed("VoucherRow", *({**row, "VoucherNo": number} for number in (1, 1, 11)))
    assert ifs.edit("GLUpdate", "10/I/2026/1") == {"moved": 2}
    assert [each["VoucherNo"] for each in ifs.rows(VOUCHERS)] == [11]
    moved = ifs.rows("GLVoucherRowsAnalysis.svc/GenLedVoucherRowSet", orderby="RowNo")
    assert [(each["VoucherNo"], each["RowNo"], each["AccountDesc"]) for each in moved] == [
        (1, 1, "Purchases raw material"), (1, 2, "Purchases raw material"),
    ]  # fmt: skip
    with pytest.raises(AssertionError, match="no such thing: 'vouchers 20'"):
        ifs.edit("GLUpdate", "20")
    assert ifs.edit("GLUpdate", "10") == {"moved": 1}


def test_companies_are_those_of_the_user(ifs: Any) -> None:
    """The optional set lists the allowed companies with their currency."""
    rows = ifs.rows("CompanyHandling.svc/CompanySet", orderby="Company")
    assert [(row["Company"], row["CurrencyCode"]) for row in rows] == [("10", "SEK"), ("20", "GBP")]


def test_history_is_logged_only_where_it_is_switched_on(ifs: Any, supplier: str) -> None:
    """A change of a logged unit brings a row with its key and time, and one for each column that changed."""
    log = "HistoryLogHandling.svc/HistoryLogOverviewSet"
    ifs.edit("SupplierInfoGeneral", "S1001", Name="Unseen")
    assert ifs.rows(log) == []
    ifs.set(history_logged=["SupplierInfo"], time_zone="UTC")
    ifs.sim("POST", "clock", {"set": "2026-03-02T10:00:00Z", "speed": 0})
    ifs.sign_in()
    ifs.call("PATCH", supplier, {"Name": "Seen"}, headers={"If-Match": "*"})
    (row,) = ifs.rows(log, filter="LuName eq 'SupplierInfo' and TimeStamp gt 2026-03-01T00:00:00Z")
    assert (row["KeyRef"], row["TimeStamp"]) == ("SUPPLIER_ID=S1001^", "2026-03-02T10:00:00Z")
    assert (row["HistoryType"], row["UserId"]) == ("Modify", "SERVICE_ML_CONNECTOR")
    details = f"HistoryLogHandling.svc/HistoryLogDetailsSet(LogId={row['LogId']})/HistoryLogAttributeArray"
    (column,) = ifs.rows(details)
    assert (column["ColumnName"], column["OldValue"], column["NewValue"]) == ("NAME", "Unseen", "Seen")

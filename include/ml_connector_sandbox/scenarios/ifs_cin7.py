"""The world of the pair IFS Cloud → Cin7 Core, in IFS's own entities."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from ml_connector_sandbox.scenarios import books
from ml_connector_sandbox.scenarios.erp import ErpWorld
from ml_connector_sandbox.scenarios.erp_codes import Codes
from ml_connector_sandbox.scenarios.erp_records import ErpInvoice, ErpOrder, ErpReceipt, ErpSupplier
from ml_connector_sandbox.scenarios.scenario import Record, Scenario

SIZES = {"small": (30, 20, 3), "default": (200, 100, 6), "full": (5000, 1000, 20)}
"""Scale → suppliers, orders, invoices without order; beside those that must be held."""
ACCOUNT_ID = "1f5c1000-0000-4000-8000-000000000001"
APPLICATION_KEY = "1f5c1000-0000-4000-8000-00000000aaaa"
CODES = Codes(
    accounts={"630": "1210", "453": "6150", "512": "6230", "820": "2641"},
    terms={"30 days": "30", "14 days": "14", "COD": "0"},
    taxes={
        "Sales Tax on Purchases": ("S10", Decimal(10)),
        "Tax Exempt": ("E0", Decimal(0)),
        "VAT on Purchases": ("V20", Decimal(20)),
    },
    unmapped_account="6190",
    unknown_account="5999",
    unmapped_terms="60X",
    unmapped_tax="RC",
    company="10",
    other_company="20",
    cost_centres={"Workshop": "CC100", "Warehouse": "CC200"},
)
_SITES = {"10": "STO1", "20": "LDN1"}
"""Company → its site."""
_STATES = {"planned": "Planned", "released": "Released", "received": "Received", "cancelled": "Cancelled"}
_NAMES = {"1210": "Inventory", "6150": "Office expenses", "6230": "Inbound freight", "2641": "Sales tax",
          "6190": "Tooling (new)", "5999": "Old expenses", "2440": "Accounts payable"}  # fmt: skip


def scenario(scale: str = "default", seed: int = 11) -> Scenario:
    """Return the world at `scale` (tiny, small, default, full); the same for the same seed."""
    made = Scenario(pair="ifs_cin7", scale=scale, maps=CODES.maps())
    made.maps["account"] += "800,2440,accounts payable\n"
    made.accounts["cin7"] = {"account_id": ACCOUNT_ID, "keys": [APPLICATION_KEY], "me": books.ME}
    made.records = {"cin7": books.cin7(), "ifs": {}}
    world = ErpWorld(made, CODES, random.Random(seed))
    if scale == "tiny":
        world.add_tiny()
    else:
        suppliers, orders, others = SIZES[scale]
        world.add_suppliers(suppliers)
        world.add_odd_suppliers(back="suppliers_to_ifs")
        world.add_orders(orders)
        world.add_odd_orders()
        world.add_bills_that_wait()
        world.add_invoices_without_order(others)
    made.records["ifs"] = records(world)
    for number, one in enumerate(world.invoices):
        for code, reason in ((CODES.unmapped_account, "account_unmapped"), (CODES.unknown_account, "account_unknown")):
            if any(line.account == code for line in one.lines):
                world.held("journal_entries", f"10/I/{one.date.year}/{_voucher_number(number, one)}", reason)
    return made


def records(world: ErpWorld) -> dict[str, list[Record]]:
    """Return the world in IFS's entities."""
    return {
        "Account": [_account(code) for code in _NAMES],
        "PaymentTerm": [
            {"Company": company, "PayTermId": code, "Description": code, "DaysToDueDate": 30}
            for company in _SITES for code in [*CODES.terms.values(), CODES.unmapped_terms]
        ],
        "TaxCode": [
            {"Company": company, "TaxCode": code, "Description": code, "Percentage": percent}
            for company in _SITES for code, percent in [*CODES.taxes.values(), (CODES.unmapped_tax, Decimal(0))]
        ],
        "PurchasePart": [
            {"Contract": site, "PartNo": sku, "Description": name, "BuyUnitMeas": "pcs"}
            for site in _SITES.values() for sku, name in (*books.ITEMS, ("HP-GONE-1", "Discontinued flange"))
        ],
        "SupplierInfoGeneral": [_supplier(one) for one in world.suppliers],
        "SupplierInfoAddress": [_address(one) for one in world.suppliers],
        "SupplierCommMethod": [row for one in world.suppliers for row in _communication(one)],
        "SupplierInfoContact": [_contact(one) for one in world.suppliers],
        "SupplierInvoiceCompany": [_invoice_company(one) for one in world.suppliers],
        "PurchaseOrder": [_order(one) for one in world.orders],
        "PurchaseOrderLine": [row for one in world.orders for row in _lines(one)],
        "ReceiptInfo": [row for one in world.receipts for row in _receipt(one)],
        "ManSuppInvoice": [_invoice(n, one) for n, one in enumerate(world.invoices)],
        "ManSuppInvoiceItem": [row for n, one in enumerate(world.invoices) for row in _items(n, one)],
        "ManSuppInvoicePosting": [row for n, one in enumerate(world.invoices) for row in _postings(n, one)],
        "VoucherRow": [row for n, one in enumerate(world.invoices) for row in _voucher(n, one)],
    }  # fmt: skip


def _account(code: str) -> Record:
    kind = "Assets" if code == "1210" else "Liabilities" if code in {"2440", "2641"} else "Cost"
    return {
        "Company": CODES.company, "Account": code, "CodePart": "A", "Description": _NAMES[code],
        "ValidFrom": "2010-01-01", "ValidUntil": "2049-12-31", "LogicalAccountType": kind,
        "LedgFlag": "LedgerAccount" if code == "2440" else "NotLedgerAccount",
    }  # fmt: skip


def _supplier(one: ErpSupplier) -> Record:
    return {
        "SupplierId": one.number, "Name": one.name, "AssociationNo": one.tax_number, "DefaultLanguage": "en",
        "Country": one.country, "CountryCode": one.country, "CreationDate": "2026-09-01", "PartyType": "Supplier",
        "DefaultDomain": True, "SupplierCategory": "Supplier", "OneTime": False,
    }  # fmt: skip


def _address(one: ErpSupplier) -> Record:
    return {
        "SupplierId": one.number, "AddressId": "01", "Name": one.name, "Address1": one.line1, "City": one.city,
        "ZipCode": one.postcode, "Country": one.country, "DefaultDomain": True,
    }  # fmt: skip


def _communication(one: ErpSupplier) -> list[Record]:
    return [
        {"SupplierId": one.number, "AddressId": "01", "CommId": n, "Name": one.contact, "MethodId": method,
         "Value": value, "MethodDefault": True, "AddressDefault": True}
        for n, (method, value) in enumerate((("EMail", one.email), ("Phone", one.phone)), start=1)
    ]  # fmt: skip


def _contact(one: ErpSupplier) -> Record:
    return {
        "SupplierId": one.number, "PersonId": f"P{one.number}", "Name": one.contact, "SupplierPrimary": True,
        "SupplierAddress": "01", "Email": one.email, "Phone": one.phone,
    }  # fmt: skip


def _invoice_company(one: ErpSupplier) -> Record:
    return {
        "Company": CODES.company, "Identity": one.number, "PartyType": "Supplier", "GroupId": "DOM",
        "DefCurrency": one.currency, "PayTermId": one.terms,
    }  # fmt: skip


def _order(one: ErpOrder) -> Record:
    return {
        "OrderNo": one.number, "VendorNo": one.supplier.number, "OrderDate": one.date.isoformat(),
        "DateEntered": f"{one.date}T08:00:00Z", "Objstate": _STATES[one.state], "Contract": _SITES[one.company],
        "Company": one.company, "CurrencyCode": one.currency, "BuyerCode": "LBERG", "PayTermId": one.terms,
        "WantedReceiptDate": (one.date + dt.timedelta(days=14)).isoformat(),
    }  # fmt: skip


def _lines(one: ErpOrder) -> list[Record]:
    return [
        {"OrderNo": one.number, "LineNo": str(n), "ReleaseNo": "1", "PartNo": line.item, "Description": line.text,
         "BuyQtyDue": line.quantity, "BuyUnitMeas": "pcs", "BuyUnitPrice": line.price, "NetAmtCurr": line.net,
         "GrossAmtCurr": line.net + line.tax_amount, "CurrencyCode": one.currency, "TaxCode": line.tax[0],
         "Objstate": _STATES[one.state], "Contract": _SITES[one.company], "VendorNo": one.supplier.number,
         "DateEntered": f"{one.date}T08:00:00Z", "LastActivityDate": f"{one.date}T09:00:00Z"}
        for n, line in enumerate(one.lines, start=1)
    ]  # fmt: skip


def _receipt(one: ErpReceipt) -> list[Record]:
    return [
        {"ReceiptSequence": one.number * 100 + n, "ReceiptNo": one.number, "SourceRef1": one.order.number,
         "SourceRef2": str(line + 1), "SourceRef3": "1", "SenderId": one.order.supplier.number,
         "SourceQtyReceived": quantity, "InvQtyReceived": quantity, "UnitMeas": "pcs",
         "ReceivedDate": one.date.isoformat(), "ReceiptReference": f"DN-{one.number}", "Contract": "STO1",
         "Objstate": "Received"}
        for n, (line, quantity) in enumerate(one.lines)
    ]  # fmt: skip


def _invoice(number: int, one: ErpInvoice) -> Record:
    return {
        "Company": one.company, "InvoiceId": 90001 + number, "Identity": one.supplier.number,
        "PartyType": "Supplier", "SeriesId": "SI", "InvoiceNo": one.number, "InvoiceType": "SUPPINV",
        "InvoiceDate": one.date.isoformat(), "DueDate": one.due.isoformat(), "ArrivalDate": one.date.isoformat(),
        "CreationDate": one.date.isoformat(), "Currency": one.currency, "CurrRate": Decimal(1), "DivFactor": 1,
        "NetCurrAmount": one.net, "VatCurrAmount": one.tax, "GrossCurrAmount": one.net + one.tax,
        "PayTermId": one.supplier.terms, "PoRefNumber": one.order.number if one.order else None,
        "Objstate": "Posted",
    }  # fmt: skip


def _items(number: int, one: ErpInvoice) -> list[Record]:
    return [
        {"Company": one.company, "InvoiceId": 90001 + number, "ItemId": n, "Description": line.text,
         "NetCurrAmount": line.net, "VatCurrAmount": line.tax_amount, "VatCode": line.tax[0],
         "Quantity": line.quantity, "PoRefNumber": one.order.number if one.order else None,
         "PoLineNo": str(one.of[n - 1] + 1) if one.of else None, "PoReleaseNo": "1" if one.of else None,
         "Reference": None}
        for n, line in enumerate(one.lines, start=1)
    ]  # fmt: skip


def _postings(number: int, one: ErpInvoice) -> list[Record]:
    return [
        {"Company": one.company, "InvoiceId": 90001 + number, "RowId": n, "PostingType": "IP1",
         "CodeA": line.account, "CodeB": line.cost_centre or None, "TransactionDate": one.date.isoformat(),
         "CurrAmount": line.net, "Amount": line.net, "OrderNo": one.order.number if one.order else None,
         "Reference": f"1^1^{one.of[n - 1] + 1}" if one.of else None}
        for n, line in enumerate(one.lines, start=1)
    ]  # fmt: skip


def _voucher_number(number: int, one: ErpInvoice) -> int:
    return one.date.year * 1_000_000 + number


def _voucher(number: int, one: ErpInvoice) -> list[Record]:
    """Return the invoice's postings in the ledger: the expenses, the tax, and the debt."""
    expenses = [(line.account, line.net) for line in one.lines]
    rows = [*expenses, ("2641", one.tax), ("2440", -(one.net - one.off + one.tax))]
    common = {
        "Company": one.company, "VoucherType": "I", "AccountingYear": one.date.year,
        "VoucherNo": _voucher_number(number, one), "VoucherDate": one.date.isoformat(),
        "CurrencyCode": one.currency, "PartyTypeId": one.supplier.number, "ReferenceSerie": "SI",
        "ReferenceNumber": one.number, "EntryDate": one.date.isoformat(), "FunctionGroup": "I",
    }  # fmt: skip
    return [
        {**common, "RowNo": n, "Account": account, "Amount": amount, "CurrencyAmount": amount,
         "DebetAmount": amount if amount > 0 else None, "CreditAmount": -amount if amount < 0 else None, "Text": ""}
        for n, (account, amount) in enumerate(rows, start=1) if amount
    ]  # fmt: skip

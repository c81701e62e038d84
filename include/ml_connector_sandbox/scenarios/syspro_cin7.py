"""The world of the pair SYSPRO → Cin7 Core, in SYSPRO's own tables."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from ml_connector_sandbox.scenarios import books
from ml_connector_sandbox.scenarios.erp import ErpWorld
from ml_connector_sandbox.scenarios.erp_codes import Codes
from ml_connector_sandbox.scenarios.erp_records import CENT, ErpInvoice, ErpOrder, ErpReceipt, ErpSupplier
from ml_connector_sandbox.scenarios.scenario import Record, Scenario

SIZES = {"small": (30, 20, 3), "default": (200, 74, 14), "full": (2000, 794, 122)}
"""Scale → suppliers, orders, invoices without order; beside those that must be held."""
ACCOUNT_ID = "59590000-0000-4000-8000-000000000001"
APPLICATION_KEY = "59590000-0000-4000-8000-00000000aaaa"
COMPANY, LOCAL = "ACM1", "USD"
TAX_ACCOUNT, PAYABLES = "00-2210", "00-2100"
RATES = {"USD": Decimal(1), "EUR": Decimal("1.08"), "GBP": Decimal("1.27")}
"""Local currency for one unit."""
CODES = Codes(
    accounts={"630": "10-1210", "453": "10-6150", "512": "10-6230", "820": TAX_ACCOUNT, "800": PAYABLES},
    terms={"30 days": "30", "14 days": "14", "COD": "00"},
    taxes={
        "Sales Tax on Purchases": ("A", Decimal(10)),
        "Tax Exempt": ("E", Decimal(0)),
        "VAT on Purchases": ("B", Decimal(20)),
    },
    unmapped_account="10-6190",
    unknown_account="10-5999",
    unmapped_terms="60",
    unmapped_tax="R",
    company=COMPANY,
    other_company="",
    number="{:015}",
    order_number="{:015}",
    cost_centres={"Workshop": "10", "Warehouse": "20", "Ledger": "00"},
)
_NAMES = {"1210": "Inventory", "6150": "Office expenses", "6230": "Inbound freight", "2210": "Sales tax",
          "2100": "Accounts payable", "6190": "Tooling (new)", "5999": "Old expenses"}  # fmt: skip
_STATUS = {"planned": "0", "released": "4", "received": "4", "cancelled": "*"}


def scenario(scale: str = "default", seed: int = 17) -> Scenario:
    """Return the world at `scale` (tiny, small, default, full); the same for the same seed."""
    made = Scenario(pair="syspro_cin7", scale=scale, maps=CODES.maps())
    made.maps["account"] += "630,20-1210,\n630,00-1210,\n"
    made.accounts["cin7"] = {"account_id": ACCOUNT_ID, "keys": [APPLICATION_KEY], "me": books.ME}
    made.records = {"cin7": books.cin7(), "syspro": {}}
    world = ErpWorld(made, CODES, random.Random(seed), least_lines=4, longest_name=50)
    if scale == "tiny":
        world.add_tiny()
    else:
        suppliers, orders, others = SIZES[scale]
        world.add_suppliers(suppliers)
        world.add_odd_suppliers(back="suppliers_to_syspro")
        world.add_orders(orders)
        world.add_odd_orders()
        world.add_invoices_without_order(others)
    _rename(made)
    made.records["syspro"] = records(world)
    for index, one in enumerate(world.invoices):
        for code, reason in ((CODES.unmapped_account, "account_unmapped"), (CODES.unknown_account, "account_unknown")):
            if any(line.account == code for line in one.lines):
                world.held("postings", f"{one.date.year}/{one.date.month}/{_journal(index)}/1", reason)
    return made


def _rename(made: Scenario) -> None:
    """Orders are known in Cin7 by their numbers without leading zeros."""
    for rows in (made.expected, made.held):
        for index, one in enumerate(rows):
            name = "number" if rows is made.expected else "label"
            text = str(getattr(one, name))
            if text.startswith("0"):
                rows[index] = type(one)(**{**vars(one), name: text.lstrip("0")})  # type: ignore[call-overload]


def records(world: ErpWorld) -> dict[str, list[Record]]:
    """Return the world in SYSPRO's tables."""
    grns = _grns(world)
    return {
        "GenMaster": [
            {"Company": COMPANY, "GlCode": f"{centre}-{code}", "Description": name, "ControlAccFlag": "N",
             "AccountType": "A" if code == "1210" else "L" if code in {"2210", "2100"} else "E", "AccOnHldFlag": "N"}
            for code, name in _NAMES.items() for centre in ("00", "10", "20")
        ],
        "ApSupplier": [_supplier(one) for one in world.suppliers],
        "ApSupplierAddr": [_address(one) for one in world.suppliers],
        "PorMasterHdr": [_order(one) for one in world.orders],
        "PorMasterDetail": [row for one in world.orders for row in _lines(one)],
        "GrnDetails": [row for rows in grns.values() for row in rows],
        "ApInvoice": [_invoice(n, one) for n, one in enumerate(world.invoices)],
        "GrnMatching": [row for one in world.invoices for row in _matches(one, grns)],
        "ApJnlSummary": [_summary(n, one) for n, one in enumerate(world.invoices)],
        "ApJnlDistrib": [row for n, one in enumerate(world.invoices) for row in _expenses(n, one, grns)],
    }  # fmt: skip


def _local(value: Decimal, currency: str) -> Decimal:
    return (value * RATES[currency]).quantize(CENT, ROUND_HALF_UP)


def _supplier(one: ErpSupplier) -> Record:
    return {
        "Supplier": one.number, "SupplierName": one.name, "SupShortName": one.name[:20], "Branch": "10",
        "Currency": one.currency, "TermsCode": one.terms, "Bank": "01", "Contact": one.contact, "OnHold": "N",
        "Telephone": one.phone, "Email": one.email, "TaxRegnNum": one.tax_number, "GrnMatchReqd": "Y",
    }  # fmt: skip


def _address(one: ErpSupplier) -> Record:
    return {
        "Supplier": one.number, "SupAddr1": one.line1, "SupAddr2": "", "SupAddr3": one.city, "SupAddr4": "",
        "SupAddr5": one.country, "SupPostalCode": one.postcode,
    }  # fmt: skip


def _order(one: ErpOrder) -> Record:
    return {
        "PurchaseOrder": one.number, "OrderStatus": _STATUS[one.state], "Supplier": one.supplier.number,
        "CancelledFlag": "Y" if one.state == "cancelled" else "", "OrderType": "L", "TaxStatus": "N",
        "Currency": one.currency, "ExchangeRate": RATES[one.currency], "OrderEntryDate": one.date.isoformat(),
        "OrderDueDate": (one.date + dt.timedelta(days=14)).isoformat(), "PaymentTerms": one.terms, "Warehouse": "",
    }  # fmt: skip


def _lines(one: ErpOrder) -> list[Record]:
    return [
        {"PurchaseOrder": one.number, "Line": n, "LineType": "1", "MStockCode": line.item, "MStockDes": line.text,
         "MOrderUom": "EA", "MStockingUom": "EA", "MPriceUom": "EA", "MOrderQty": line.quantity,
         "MReceivedQty": line.quantity if one.state == "received" else 0, "MPrice": _local(line.price, one.currency),
         "MForeignPrice": line.price, "MTaxCode": line.tax[0], "MGlCode": _gl(line.account, line.cost_centre),
         "MCompleteFlag": "Y" if one.state == "received" else "N"}
        for n, line in enumerate(one.lines, start=1)
    ]  # fmt: skip


def _gl(account: str, centre: str) -> str:
    return f"{centre}-{account.partition('-')[2]}" if centre and account == CODES.accounts["630"] else account


def _grns(world: ErpWorld) -> dict[tuple[str, dt.date], list[Record]]:
    """Return (order, day) → the rows of its receipt."""
    return {(one.order.number, one.date): _grn(one) for one in world.receipts}


def _grn(one: ErpReceipt) -> list[Record]:
    rows = []
    for entry, (index, quantity) in enumerate(one.lines, start=1):
        line = one.order.lines[index]
        value = _local((quantity * line.price).quantize(CENT, ROUND_HALF_UP), one.order.currency)
        rows.append({
            "Supplier": one.order.supplier.number, "Grn": f"{3300 + one.number:015}", "GrnSource": "1",
            "Journal": 80 + one.number, "JournalEntry": entry, "PurchaseOrder": one.order.number,
            "PurchaseOrderLin": index + 1, "StockCode": line.item, "StockDescription": line.text, "Warehouse": "",
            "QtyReceived": quantity, "QtyUom": "EA", "DebitRecGlCode": _gl(line.account, line.cost_centre),
            "OrigGrnValue": value, "CurGrnValue": 0, "MatchedValue": value, "OrigReceiptDate": one.date.isoformat(),
            "PostCurrency": one.order.currency, "ConvRate": RATES[one.order.currency], "MulDiv": "M",
            "GrnYear": one.date.year, "GrnMonth": one.date.month,
        })  # fmt: skip
    return rows


def _journal(index: int) -> int:
    return 400 + index


def _invoice(index: int, one: ErpInvoice) -> Record:
    return {
        "Supplier": one.supplier.number, "Invoice": one.number, "InvoiceDate": one.date.isoformat(),
        "DueDate": one.due.isoformat(), "JournalDate": one.date.isoformat(), "Journal": _journal(index),
        "EntryNumber": 1, "InvoiceYear": one.date.year, "InvoiceMonth": one.date.month, "Branch": "10",
        "Reference": one.lines[0].text[:30], "Currency": one.currency, "PostCurrency": one.currency,
        "ConvRate": RATES[one.currency], "MulDiv": "M", "OrigInvValue": one.net + one.tax,
        "CurrencyValue": one.net + one.tax, "MthInvBal1": one.net + one.tax, "FirstTaxCode": one.lines[0].tax[0],
    }  # fmt: skip


def _cleared(one: ErpInvoice, grns: dict[tuple[str, dt.date], list[Record]]) -> list[tuple[int, Record]]:
    """Return (index of the invoice's line, receipt row) of what an invoice clears."""
    if one.order is None:
        return []
    mine = [row for (order, day), rows in grns.items() if order == one.order.number and day <= one.date for row in rows]
    same_day = [row for row in mine if row["OrigReceiptDate"] == one.date.isoformat()] or mine
    by_line: dict[int, Record] = defaultdict(dict)
    for row in same_day:
        by_line[int(row["PurchaseOrderLin"]) - 1] = row
    return [(n, by_line[line]) for n, line in enumerate(one.of) if by_line[line]]


def _matches(one: ErpInvoice, grns: dict[tuple[str, dt.date], list[Record]]) -> list[Record]:
    return [
        {"Supplier": row["Supplier"], "Grn": row["Grn"], "TransactionType": "M", "Journal": row["Journal"],
         "EntryNumber": row["JournalEntry"], "Invoice": one.number, "MatchedValue": row["OrigGrnValue"],
         "MatchedQty": one.lines[n].quantity, "MatchedYear": one.date.year, "MatchedMonth": one.date.month,
         "MatchedDate": one.date.isoformat()}
        for n, row in _cleared(one, grns)
    ]  # fmt: skip


def _summary(index: int, one: ErpInvoice) -> Record:
    return {
        "TrnYear": one.date.year, "TrnMonth": one.date.month, "Journal": _journal(index), "EntryNumber": 1,
        "AnalysisEntry": 0, "Supplier": one.supplier.number, "Invoice": one.number, "TransactionCode": "I",
        "InvoiceValue": _local(one.net + one.tax, one.currency), "SupplierGlCode": PAYABLES,
        "TrnDate": one.date.isoformat(),
    }  # fmt: skip


def _expenses(index: int, one: ErpInvoice, grns: dict[tuple[str, dt.date], list[Record]]) -> list[Record]:
    key = {"TrnYear": one.date.year, "TrnMonth": one.date.month, "Journal": _journal(index), "EntryNumber": 1,
           "AnalysisEntry": 0}  # fmt: skip
    cleared = dict(_cleared(one, grns))
    rows: list[Record] = []
    for n, line in enumerate(one.lines):
        reference = f"GRN {cleared[n]['Grn'].lstrip('0')}" if n in cleared else line.text[:30]
        rows.append({
            **key, "SubEntry": n + 1, "ExpenseGlCode": _gl(line.account, line.cost_centre), "ExpenseType": "M",
            "DistrValue": _local(line.net, one.currency), "Reference": reference,
        })  # fmt: skip
    if one.tax:
        rows.append({
            **key, "SubEntry": len(rows) + 1, "ExpenseGlCode": TAX_ACCOUNT, "ExpenseType": "O",
            "DistrValue": _local(one.tax, one.currency), "Reference": "TAX",
        })  # fmt: skip
    return rows

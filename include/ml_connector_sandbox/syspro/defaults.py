"""What a seeded row has in the columns that were not given."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .company import Company, Values
from .ledger import foreign_rate

Filler = Callable[[Company, Values], Values]


def _supplier(company: Company, given: Values) -> Values:
    return {
        "SupplierName": given["Supplier"], "SupShortName": str(given.get("SupplierName", given["Supplier"]))[:20],
        "Branch": "10", "TermsCode": "30", "Bank": "01", "Currency": company.local_currency, "OnHold": "N",
        "GrnMatchReqd": "Y", "PurchOrdAllowed": "Y", "MerchGlCode": "10-5100", "DateSuppAdded": company.today(),
    }  # fmt: skip


def _header(company: Company, given: Values) -> Values:
    supplier = company.get("ApSupplier", given.get("Supplier")) or {}
    currency = given.get("Currency") or supplier.get("Currency") or company.local_currency
    entered = given.get("OrderEntryDate") or company.today()
    return {
        "OrderStatus": "1", "OrderType": "L", "TaxStatus": "N", "Currency": currency, "ExchRateFixed": "N",
        "ExchangeRate": foreign_rate(company, currency)[0], "OrderEntryDate": entered, "OrderDueDate": entered,
        "PaymentTerms": supplier.get("TermsCode", ""), "Warehouse": "E", "SupplierClass": "",
    }  # fmt: skip


def _line(company: Company, given: Values) -> Values:
    item = company.get("InvMaster", given.get("MStockCode")) or {}
    header = company.get("PorMasterHdr", given["PurchaseOrder"]) or {}
    unit = given.get("MOrderUom") or item.get("StockUom") or "EA"
    price = given.get("MPrice", given.get("MForeignPrice", Decimal(0)))
    return {
        "LineType": "1" if item else "7", "MStockDes": item.get("Description", ""), "MWarehouse": "E",
        "MOrderUom": unit, "MStockingUom": unit, "MPriceUom": unit, "MPrice": price, "MForeignPrice": price,
        "MConvFactPrcUm": Decimal(1), "MMulDivPrc": "M", "MConvFactOrdUm": Decimal(1), "MMulDivAlloc": "M",
        "MTaxCode": item.get("TaxCode") or "A", "MGlCode": "10-5100", "MLatestDueDate": header.get("OrderDueDate"),
        "MOrigDueDate": header.get("OrderDueDate"), "MCompleteFlag": "N",
    }  # fmt: skip


def _invoice(company: Company, given: Values) -> Values:
    supplier = company.get("ApSupplier", given["Supplier"]) or {}
    currency = given.get("Currency") or supplier.get("Currency") or company.local_currency
    rate, mul_div = foreign_rate(company, currency)
    day = given.get("InvoiceDate") or company.today()
    posted = given.get("JournalDate") or day
    value = given.get("OrigInvValue", Decimal(0))
    return {
        "InvoiceDate": day, "DueDate": day, "DiscountDate": day, "JournalDate": posted, "Branch": "10",
        "InvoiceYear": posted.year, "InvoiceMonth": posted.month, "MthInvBal1": value, "CurrencyValue": value,
        "Currency": currency, "PostCurrency": currency, "ExchangeRate": rate, "ConvRate": rate, "MulDiv": mul_div,
        "FirstTaxCode": "A",
    }  # fmt: skip


def _receipt(company: Company, given: Values) -> Values:
    day = given.get("OrigReceiptDate") or company.today()
    value = given.get("OrigGrnValue", Decimal(0))
    return {
        "GrnSource": "1", "Journal": 1, "JournalEntry": 1, "QtyUom": "EA", "DebitRecGlCode": "00-2150",
        "CurGrnValue": value - given.get("MatchedValue", Decimal(0)), "OrigReceiptDate": day, "GrnYear": day.year,
        "GrnMonth": day.month, "PostCurrency": company.local_currency, "ConvRate": Decimal(1), "MulDiv": "M",
    }  # fmt: skip


def _journal(company: Company, given: Values) -> Values:
    day = given.get("JournalDate") or company.today()
    return {
        "GlYear": day.year, "GlPeriod": day.month, "JournalDate": day, "PostDate": day, "JnlStatus": "P",
        "JnlPostingType": "N", "Source": "J",
    }  # fmt: skip


def _entry(company: Company, given: Values) -> Values:
    day = given.get("EntryDate") or company.today()
    return {
        "GlYear": day.year, "GlPeriod": day.month, "EntryDate": day, "TransactionDate": day, "DocumentDate": day,
        "EntryType": "D", "EntryPosted": "Y", "Source": "AP", "Company": company.name,
        "PostCurrency": company.local_currency, "CurrencyValue": given.get("EntryValue", Decimal(0)),
    }  # fmt: skip


_FIXED: dict[str, Values] = {
    "ApJnlSummary": {"TransactionCode": "I", "SupplierGlCode": "00-2100"},
    "ApJnlDistrib": {"ExpenseType": "M"},
    "GrnMatching": {"TransactionType": "I"},
    "GenMaster": {"AccountType": "E", "ControlAccFlag": "N", "AccOnHldFlag": "N"},
    "InvMaster": {
        "StockUom": "EA", "AlternateUom": "EA", "OtherUom": "EA", "ConvFactAltUom": Decimal(1), "ConvMulDiv": "M",
        "PartCategory": "B", "TaxCode": "A", "WarehouseToUse": "E", "TraceableType": "N", "StockOnHold": "",
        "CostUom": "EA", "ProductClass": "GEN",
    },
    "TblCurrency": {"BuyExchangeRate": Decimal(1), "SellExchangeRate": Decimal(1), "BuyMulDiv": "D"},
    "ApRegInvoice": {"TransactionType": "I"},
}  # fmt: skip
_FILLERS: dict[str, Filler] = {
    "ApSupplier": _supplier,
    "PorMasterHdr": _header,
    "PorMasterDetail": _line,
    "ApInvoice": _invoice,
    "GrnDetails": _receipt,
    "GenJournalCtl": _journal,
    "GenJournalDetail": _entry,
    "GenMaster": lambda company, _: {"Company": company.name},
    "GenDimension": lambda company, _: {"Company": company.name},
    "ApJnlSummary": lambda company, given: {
        "TrnDate": company.today(), "TrnYear": (given.get("TrnDate") or company.today()).year,
        "TrnMonth": (given.get("TrnDate") or company.today()).month,
    },
}  # fmt: skip


def filled(company: Company, table: str, given: Values) -> dict[str, Any]:
    """Return the given columns over the defaults of the table."""
    made = _FILLERS[table](company, given) if table in _FILLERS else {}
    return {**_FIXED.get(table, {}), **made, **given}

"""What a fresh tenant holds: chart of accounts, vendor classes, items, codes and the calendar."""

from calendar import monthrange
from typing import Any
from uuid import NAMESPACE_URL, uuid5

Plain = dict[str, Any]

DEFAULT_TENANT = "ACME"
CLIENT_ID = "88358B02-A48D-A50E-F710-39C1636C30F6@ACME"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - the simulator's published password
LOGIN = "cin7.sync"
PASSWORD = "sandbox-password"  # noqa: S105 - the simulator's published password
_STAMP = "2024-11-05T08:00:00.3+00:00"

_ACCOUNTS = """
10100|Checking Account|Asset|cash
10200|Petty Cash|Asset|cash
11000|Accounts Receivable|Asset|AR
12100|Inventory|Asset|
20000|Accounts Payable|Liability|AP
20100|PO Accrual|Liability|
21000|Sales Tax Payable|Liability|
30000|Owner's Equity|Liability|
40000|Sales Revenue|Income|
50000|Cost of Goods Sold|Expense|
51000|Purchase Price Variance|Expense|
60100|Office Supplies|Expense|
60200|Consulting Services|Expense|
61500|Office Expense|Expense|
62300|Freight expense|Expense|
63000|Repairs by the Hour|Expense|units
65000|Write-offs|Expense|inactive
"""


def records() -> dict[str, list[Plain]]:
    """The reference records of a fresh tenant, as plain values; ids are the same each time."""
    made = {**_codes(), "Account": _accounts(), **_items(), "FinancialPeriod": [_year(2024), _year(2025), _year(2026)]}
    for entity, plains in made.items():
        for plain in plains:
            key = next(iter(plain.values()))
            plain["id"] = str(uuid5(NAMESPACE_URL, f"acumatica:{entity}:{key}"))
    return made


def _accounts() -> list[Plain]:
    """The chart of accounts: two cash accounts, two control accounts, one that needs units, one inactive."""
    rows = []
    for number, line in enumerate(_ACCOUNTS.strip().splitlines(), 1):
        code, description, kind, mark = line.split("|")
        row: Plain = {"AccountCD": code, "AccountID": 1000 + number, "Description": description, "Type": kind}
        row |= {"Active": mark != "inactive", "CashAccount": mark == "cash", "RequireUnits": mark == "units"}
        row |= {"PostOption": "Summary", "Secured": False, "UseDefaultSubaccount": False, "ChartOfAccountsOrder": 0}
        row |= {"CurrencyID": "USD" if mark == "cash" else None, "LastModifiedDateTime": _STAMP}
        if mark in {"AP", "AR"}:
            member = {"type": "CustomStringField", "value": mark}
            row["custom"] = {"AccountRecords": {"ControlAccountModule": member}}
        rows.append(row)
    return rows


def _named(key: str, pairs: dict[str, str], **values: Any) -> list[Plain]:
    """Records of a code and a description."""
    return [{key: code, "Description": text, **values} for code, text in pairs.items()]


def _codes() -> dict[str, list[Plain]]:
    """Classes, taxes, currencies, units and warehouses."""
    defaults = {"_Terms": "NET30", "_APAccount": "20000", "_PaymentMethod": "CHECK"}
    return {
        "Subaccount": _named("SubaccountCD", {"000000": "Default", "010000": "Wholesale"}, Active=True, Secured=False),
        "VendorClass": _named("ClassID", {"SUPPLIER": "Suppliers", "FREIGHT": "Carriers"}, **defaults),
        "PaymentMethod": _named("PaymentMethodID", {"CHECK": "Check", "WIRE": "Wire"}, Active=True, UseInAP=True),
        "TaxZone": _named("TaxZoneID", {"DOMESTIC": "Domestic", "EXEMPT": "Exempt", "FOREIGN": "Foreign"}),
        "TaxCategory": _named("TaxCategoryID", {"TAXABLE": "Taxable", "EXEMPT": "Exempt"}, Active=True),
        "Tax": _named(
            "TaxID",
            {"SALESTAX": "Sales tax", "EXEMPT": "Tax exempt", "VAT20": "VAT 20 %", "GST10": "GST 10 %"},
        ),
        "Currency": _named(
            "CurrencyID",
            {"USD": "US Dollar", "EUR": "Euro", "GBP": "Pound Sterling", "AUD": "Australian Dollar"},
            Active=True,
            DecimalPrecision=2,
        ),
        "UnitsOfMeasure": [{"UnitID": unit} for unit in ("EA", "LB", "KG", "BOX", "HOUR", "ITEM", "PCS")],
        "Warehouse": _named("WarehouseID", {"WHOLESALE": "Wholesale Warehouse", "RETAIL": "Retail Store"}, Active=True),
    }


def _items() -> dict[str, list[Plain]]:
    """Stock and non-stock items, one of each inactive."""
    stock = {"BaseUOM": "LB", "PurchaseUOM": "LB", "SalesUOM": "LB", "TaxCategory": "TAXABLE"}
    stock |= {"DefaultWarehouseID": "WHOLESALE", "ItemStatus": "Active"}
    service: Plain = {"BaseUnit": "EA", "PurchaseUnit": "EA", "SalesUnit": "EA", "TaxCategory": "TAXABLE"}
    service |= {"ItemStatus": "Active", "RequireReceipt": False, "ExpenseSubaccount": "000000"}
    return {
        "StockItem": [
            *_named("InventoryID", {"APPLES": "Fresh apples", "ORANGES": "Fresh oranges"}, **stock),
            *_named("InventoryID", {"OLDPEARS": "Pears, discontinued"}, **{**stock, "ItemStatus": "Inactive"}),
        ],
        "NonStockItem": [
            *_named("InventoryID", {"FREIGHTIN": "Inbound freight"}, ExpenseAccount="62300", **service),
            *_named("InventoryID", {"CONSULT": "Consulting"}, ExpenseAccount="60200", **service),
            *_named(
                "InventoryID",
                {"OLDSERVICE": "Service, discontinued"},
                ExpenseAccount="60200",
                **{**service, "ItemStatus": "Inactive"},
            ),
        ],
    }


def _year(year: int) -> Plain:
    """A calendar year of twelve periods; 2024 is closed."""
    is_closed = year <= 2024
    rows: list[Plain] = [
        {
            "FinancialPeriodID": f"{month:02}{year}",
            "PeriodNbr": f"{month:02}",
            "StartDate": f"{year}-{month:02}-01",
            "EndDate": f"{year}-{month:02}-{monthrange(year, month)[1]:02}",
            "Status": "Closed" if is_closed else "Open",
            "ClosedInAP": is_closed,
        }
        for month in range(1, 13)
    ]
    bounds = {"StartDate": f"{year}-01-01", "EndDate": f"{year}-12-31"}
    return {"FinancialYear": str(year), "NumberOfPeriods": 12, **bounds, "Details": rows}

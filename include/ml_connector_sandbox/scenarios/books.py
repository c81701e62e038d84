"""Both systems' books: charts of accounts, taxes, terms, items, and the maps between them."""

from __future__ import annotations

from decimal import Decimal

from ml_connector_sandbox.scenarios.scenario import Record, guid

ME: Record = {"Company": "Harbour & Pine Inc.", "Currency": "USD", "TimeZone": "America/Chicago"}
TERMS = {"30 days": "NET30", "14 days": "NET14", "COD": "COD"}
"""Cin7 payment term → Acumatica terms ID."""
TAXES: tuple[tuple[str, Decimal], ...] = (
    ("Sales Tax on Purchases", Decimal(10)),
    ("Tax Exempt", Decimal(0)),
    ("VAT on Purchases", Decimal(20)),
)
"""Cin7 tax rule and its percent."""
RATES = {"EUR": Decimal("1.08"), "GBP": Decimal("1.27")}
ITEMS: tuple[tuple[str, str], ...] = (
    *((f"HP-{n:04}", f"Pipe clamp {10 + n} mm") for n in range(1, 31)),
    ("HP-BRACKET", "Bracket, galvanised"),
)
"""SKU and name of stock items that both sides know, the last under another code in Acumatica."""
SERVICES: tuple[tuple[str, str], ...] = (("SRV-CLEAN", "Warehouse cleaning"), ("SRV-CONS", "Consulting"))
NEW_ITEM = ("HP-NEW-900", "Prototype flange")
"""An item that Acumatica does not know yet."""
_STAMP = "2026-08-01T00:00:00.000Z"

ACCOUNTS: tuple[tuple[str, str, str, str, str], ...] = (
    ("630", "Inventory", "CURRENT", "ASSET", "12100"),
    ("453", "Office expenses", "EXPENSE", "EXPENSE", "61500"),
    ("512", "Inbound freight", "EXPENSE", "EXPENSE", "62300"),
    ("499", "Write-offs", "EXPENSE", "EXPENSE", "65000"),
    ("6120", "Tooling (new)", "EXPENSE", "EXPENSE", ""),
)
"""Cin7 code, name, type, class, Acumatica account; 65000 is closed there, 6120 is not mapped yet."""

MAPS: dict[str, str] = {
    "account": "cin7_code,partner_code,note\n"
    + "".join(f"{code},{target},{name}\n" for code, name, _, _, target in ACCOUNTS if target),
    "tax": "cin7_code,partner_code,note\n"
    "Sales Tax on Purchases,SALESTAX,\nTax Exempt,EXEMPT,\nVAT on Purchases,VAT20,\n",
    "terms": "cin7_code,partner_code,note\n" + "".join(f"{a},{b},\n" for a, b in TERMS.items()),
    "item": "cin7_code,partner_code,note\nHP-BRACKET,BRACKET-GALV,other code in the ledger\n",
}
"""Map name → CSV text; 6120 and the tax rule Reverse Charge are left out on purpose."""


def cin7() -> dict[str, list[Record]]:
    """Return the reference books of the Cin7 account."""
    accounts: list[Record] = [
        {"Code": code, "Name": name, "Type": kind, "Class": group, "Status": "ACTIVE"}
        for code, name, kind, group, _ in ACCOUNTS
    ]
    accounts.append(
        {"Code": "800", "Name": "Accounts Payable", "Type": "CURRLIAB", "Class": "LIABILITY",
         "Status": "ACTIVE", "SystemAccount": "Accounts payable", "SystemAccountCode": "CREDITORS"}
    )  # fmt: skip
    accounts.append({"Code": "820", "Name": "Sales tax", "Type": "CURRLIAB", "Class": "LIABILITY", "Status": "ACTIVE"})
    taxes = (*TAXES, ("Reverse Charge", Decimal(0)))
    return {
        "account": accounts,
        "tax": [
            {"ID": guid("tax", name), "Name": name, "Account": "820", "IsActive": True, "TaxInclusive": False,
             "TaxPercent": percent, "IsTaxForSale": False, "IsTaxForPurchase": True}
            for name, percent in taxes
        ],
        "paymentterm": [
            {"ID": guid("term", name), "Name": name, "Duration": days, "Method": "number of days",
             "IsActive": True, "IsDefault": name == "30 days"}
            for name, days in (("30 days", 30), ("14 days", 14), ("COD", 0), ("Half in advance", 0))
        ],
        "location": [{"ID": guid("location", "main"), "Name": "Main Warehouse", "IsDefault": True}],
        "attributeset": [{"Name": "ERP link", "Attribute1Name": "ERP vendor", "Attribute1Type": "Text"}],
        "product": [_product(sku, name, "Stock") for sku, name in (*ITEMS, NEW_ITEM)]
        + [_product(sku, name, "Service") for sku, name in (*SERVICES, ("SRV-FREIGHT", "Inbound Freight"))],
    }  # fmt: skip


def _product(sku: str, name: str, kind: str) -> Record:
    return {
        "ID": guid("product", sku), "SKU": sku, "Name": name, "Type": kind, "Status": "Active",
        "Category": "Other", "CostingMethod": "FIFO", "UOM": "Item", "InventoryAccount": "630",
        "ExpenseAccount": "453", "LastModifiedOn": _STAMP,
    }  # fmt: skip


def acumatica() -> dict[str, list[Record]]:
    """Return the books of the Acumatica tenant that differ from a fresh one."""
    names = {
        "12100": "Inventory",
        "61500": "Office expense",
        "62300": "Freight expense",
        "65000": "Write-offs",
    }
    return {
        "Account": [
            {"AccountCD": code, "Description": name, "Active": code != "65000", "CashAccount": False,
             "Type": "Asset" if code == "12100" else "Expense"}
            for code, name in names.items()
        ],
        "VendorClass": [{"ClassID": "SUPPLIER", "Description": "Suppliers"}],
        "StockItem": [
            {"InventoryID": "BRACKET-GALV" if sku == "HP-BRACKET" else sku, "Description": name,
             "ItemStatus": "Active", "BaseUOM": "EA", "PurchaseUOM": "EA", "DefaultWarehouseID": "WHOLESALE"}
            for sku, name in ITEMS
        ],
        "NonStockItem": [
            {"InventoryID": sku, "Description": name, "ItemStatus": "Active", "BaseUnit": "EA",
             "PurchaseUnit": "EA", "ExpenseAccount": "61500"}
            for sku, name in SERVICES
        ],
        "Warehouse": [{"WarehouseID": "WHOLESALE", "Active": True, "Description": "Main warehouse"}],
    }  # fmt: skip

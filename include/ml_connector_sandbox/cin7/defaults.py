"""The account that is there at the start, so that the simulator can be tried alone."""

from __future__ import annotations

from decimal import Decimal

from ml_connector_sandbox.cin7.account import Record

DEFAULT_ACCOUNT = "11111111-1111-4111-8111-111111111111"
DEFAULT_KEY = "22222222-2222-4222-8222-222222222222"
ME: Record = {
    "Company": "Sandbox Trading", "Currency": "USD", "TimeZone": "America/Chicago", "DefaultWeightUnits": "kg",
    "DefaultDimensionsUnits": "cm", "LockDate": None, "OpeningBalanceDate": "2024-06-30T00:00:00",
    "TaxCalculationMethod": "Total", "DefaultSaleTaxRuleId": None, "DefaultSaleTaxRuleName": None,
    "MaximumDecimalPlacesInQuantity": "N2", "ApplyCustomerDiscountsAfterOtherDiscounts": False,
    "DiscountRule": "Discount", "AutomaticallyApplyDiscounts": False, "RoundingTable": [],
}  # fmt: skip


def default_books() -> dict[str, list[Record]]:
    """Return a small but whole set of reference books."""
    return {
        "account": [
            {"Code": "630", "Name": "Inventory", "Type": "CURRENT", "Class": "ASSET", "Status": "ACTIVE"},
            {"Code": "453", "Name": "Office expenses", "Type": "EXPENSE", "Class": "EXPENSE", "Status": "ACTIVE"},
            {"Code": "800", "Name": "Accounts Payable", "Type": "CURRLIAB", "Class": "LIABILITY", "Status": "ACTIVE",
             "SystemAccount": "Accounts payable", "SystemAccountCode": "CREDITORS"},
            {"Code": "820", "Name": "Tax", "Type": "CURRLIAB", "Class": "LIABILITY", "Status": "ACTIVE"},
        ],
        "tax": [
            {"ID": "7a000000-0000-4000-8000-000000000001", "Name": "GST on Expenses", "Account": "820",
             "IsActive": True, "TaxInclusive": False, "TaxPercent": Decimal(10), "IsTaxForSale": False,
             "IsTaxForPurchase": True},
            {"ID": "7a000000-0000-4000-8000-000000000002", "Name": "Tax Exempt", "Account": "820", "IsActive": True,
             "TaxInclusive": False, "TaxPercent": Decimal(0), "IsTaxForSale": False, "IsTaxForPurchase": True},
        ],
        "paymentterm": [
            {"ID": "7e000000-0000-4000-8000-000000000001", "Name": "30 days", "Duration": 30,
             "Method": "number of days", "IsActive": True, "IsDefault": True},
            {"ID": "7e000000-0000-4000-8000-000000000002", "Name": "Old terms", "Duration": 90,
             "Method": "number of days", "IsActive": False, "IsDefault": False},
        ],
        "location": [
            {"ID": "10000000-0000-4000-8000-000000000001", "Name": "Main Warehouse", "IsDefault": True,
             "IsDeprecated": False, "Bins": []},
            {"ID": "10000000-0000-4000-8000-000000000002", "Name": "Second Warehouse", "IsDefault": False,
             "IsDeprecated": False, "Bins": []},
        ],
        "attributeset": [
            {"ID": "a7000000-0000-4000-8000-000000000001", "Name": "ERP link", "Attribute1Name": "ERP vendor",
             "Attribute1Type": "Text"}
        ],
        "product": [
            {"ID": f"b0000000-0000-4000-8000-00000000000{n}", "SKU": sku, "Name": name, "Type": kind,
             "Status": "Active", "Category": "Other", "CostingMethod": "FIFO", "UOM": "Item",
             "InventoryAccount": "630", "ExpenseAccount": "453", "LastModifiedOn": "2026-01-01T00:00:00.000Z"}
            for n, (sku, name, kind) in enumerate(
                (("HP-CLAMP-50", "Pipe clamp 50 mm", "Stock"), ("HP-PLATE-10", "Base plate 10 mm", "Stock"),
                 ("FREIGHT", "Inbound Freight", "Service")), 1)
        ],
    }  # fmt: skip

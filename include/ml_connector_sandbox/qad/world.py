"""What a fresh tenant holds: two domains, codes, chart of accounts, cost centres and items."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Row = dict[str, Any]

DEFAULT_TENANT = "ACME"
CONTEXT = "/clouderp"
CLIENT_ID = "ml-connector"
USERNAME = "svc.ap@acme.example"
PASSWORD = "sandbox-password"  # noqa: S105 - the simulator's published password
DOMAIN, ENTITY, SHARED_SET = "10USA", "10USACO", "SUPSS"
WORKSPACE = f"{DOMAIN}_{ENTITY}"

INVENTORY, PO_RECEIPTS, PAYABLES, UNMATCHED = "1500", "2110", "2100", "2150"
PRICE_VARIANCE, USAGE_VARIANCE = "5200", "5210"
"""Accounts that the system posts to by itself."""

_ACCOUNTS = """
1010|Bank USD|BANK|none|
1200|Input tax|TAX|none|
1500|Inventory|STANDARD|none|
2100|Accounts payable|CONTROL|none|
2110|PO receipts|SYSTEM|none|
2150|Unmatched supplier inv|SYSTEM|none|
5200|Purchase price variance|STANDARD|none|
5210|AP usage variance|STANDARD|none|
6100|Office supplies|STANDARD|cost center|both required
6200|Freight in|STANDARD|none|
6300|Consulting|STANDARD|cost center|at least one
6400|Capital projects|STANDARD|project|both required
6500|Closed account|STANDARD|none|inactive
"""
_ITEMS = """
ST-200|Steel rod 20 mm|EA|RAW|4.00
BR-100|Brass fitting|EA|RAW|12.50
PK-010|Packing carton|BX|PACK|0.85
FG-900|Pump assembly|EA|FIN|310.00
"""
_STATUS_CODES = (
    ("AP-INITIAL", "Initial, not approved", "No Allocation", True, False, True, True, "AP-RMALLOC"),
    ("AP-NOALLOC", "No allocation", "No Allocation", True, False, False, True, "AP-RMALLOC"),
    ("AP-RMALLOC", "Matched and approved", "Allocation", False, True, False, False, ""),
    ("AP-GLALLOC", "Allocated to GL", "Allocation", False, True, False, False, ""),
)
"""The conversion-default codes of the EE Financials user guide (https://www.qad.com/documentation): code, description,
allocation, payment lock, approved, initial, receiver matching, status after matching."""


def books() -> dict[str, list[Row]]:
    """Return the records and code tables of a fresh tenant."""
    return {**_organisation(), **_codes(), **_coa(), "items": [*_items("10USA", "10-100"), *_items("20UK", "20-100")]}


def _named(key: str, *codes: str, **values: Any) -> list[Row]:
    return [{key: code, **values} for code in codes]


def _organisation() -> dict[str, list[Row]]:
    daybooks = {"SUPINV": "Supplier Invoices", "SUPCN": "Supplier Credit Notes", "MATCH": "Matching"}
    return {
        "sharedSets": _named("sharedSetCode", SHARED_SET),
        "domains": [
            {"domainCode": DOMAIN, "entityCode": ENTITY, "currencyCode": "USD", "supplierSharedSetCode": SHARED_SET},
            {"domainCode": "20UK", "entityCode": "20UKCO", "currencyCode": "GBP", "supplierSharedSetCode": SHARED_SET},
        ],
        "sites": [
            *_named("siteCode", "10-100", "10-200", domainCode=DOMAIN, locationCode="RECV"),
            *_named("siteCode", "20-100", domainCode="20UK", locationCode="RECV"),
        ],
        "daybookSets": [*_named("daybookSetCode", "PUR", domainCode=DOMAIN),
                        *_named("daybookSetCode", "PUR", domainCode="20UK")],
        "daybooks": [
            {"entityCode": entity, "daybookCode": code, "daybookType": kind}
            for entity in (ENTITY, "20UKCO") for code, kind in daybooks.items()
        ],
        "customers": _named("customerCode", "CUST0001", "HARBCUST"),
    }  # fmt: skip


def _codes() -> dict[str, list[Row]]:
    terms = {"COD": 0, "N7": 7, "N14": 14, "N30": 30, "N45": 45, "N60": 60, "N90": 90}
    names = ("invoiceStatusCode", "description", "allocationStatus", "isPaymentLocked", "isApproved",
             "isInitialStatus", "isReceiverMatching", "statusAfterMatching")  # fmt: skip
    return {
        "currencies": _named("currencyCode", "USD", "EUR", "GBP", "CAD", "AUD", "NZD", "JPY"),
        "exchangeRates": [
            {"domainCode": domain, "currencyCode": code, "exchangeRate": Decimal(rate)}
            for domain, code, rate in (
                (DOMAIN, "EUR", "1.08"), (DOMAIN, "GBP", "1.27"), (DOMAIN, "CAD", "0.73"), (DOMAIN, "AUD", "0.66"),
                ("20UK", "USD", "0.79"), ("20UK", "EUR", "0.85"),
            )
        ],
        "creditTerms": [{"creditTermsCode": code, "days": days} for code, days in terms.items()],
        "invoiceStatusCodes": [dict(zip(names, row, strict=True)) for row in _STATUS_CODES],
        "glProfiles": _named("glProfileCode", "SUP-INV", "SUP-CN", "SUP-PRE", "SUP-PUR"),
        "subAccountProfiles": _named("subAccountProfileCode", "SUB-DEFAULT"),
        "addressTypes": _named("addressTypeCode", "HEADOFFICE", "REMITTANCE", "SHIPTO"),
        "languages": _named("languageCode", "us", "uk", "ge", "fr", "sp", "du"),
        "countries": _named(
            "countryCode", "USA", "CAN", "MEX", "GBR", "IRL", "DEU", "FRA", "NLD", "BEL", "ESP", "ITA", "POL", "SWE",
            "NOR", "DNK", "FIN", "CHE", "AUT", "PRT", "AUS", "NZL", "JPN", "CHN", "IND", "KOR", "SGP", "BRA", "ZAF",
        ),
        "taxZones": _named("taxZone", "OH", "CA", "NY", "UK", "EU", "EXEMPT"),
        "taxCodes": [{"taxCode": code, "percent": Decimal(rate)}
                     for code, rate in (("OH-SALES", "7.25"), ("VAT20", "20"), ("EXEMPT", "0"))],
    }  # fmt: skip


def _coa() -> dict[str, list[Row]]:
    """The chart: cost centre analysis on some accounts, and a mask that keeps 6100 to the cost centres 01xx."""
    accounts = []
    for line in _ACCOUNTS.strip().splitlines():
        code, text, kind, analysis, limit = line.split("|")
        row: Row = {"glAccountCode": code, "glAccountDescription": text, "glAccountType": kind}
        row |= {"isActive": limit != "inactive", "analysisType": analysis.title(), "currencyCode": "USD"}
        accounts.append({**row, "analysisLimitation": "" if limit == "inactive" else limit.title()})
    centers = {"0100": "Production", "0110": "Maintenance", "0200": "Sales", "0900": "Closed centre"}
    return {
        "glAccounts": accounts,
        "costCenters": [
            {"costCenterCode": code, "costCenterDescription": text, "isActive": code != "0900"}
            for code, text in centers.items()
        ],
        "subAccounts": _named("subAccountCode", "100", "200"),
        "projects": _named("projectCode", "PRJ1", "PRJ2"),
        "coaMasks": [{"maskCode": "OFFICE", "glAccountCode": "6100", "subAccountCode": "*", "costCenterCode": "01*",
                      "projectCode": "*"}],
    }  # fmt: skip


def _items(domain: str, site: str) -> list[Row]:
    rows = []
    for line in _ITEMS.strip().splitlines():
        code, text, unit, product_line, cost = line.split("|")
        rows.append({
            "domainCode": domain, "itemCode": code, "description1": text, "unitOfMeasure": unit, "itemStatus": "AC",
            "productLine": product_line, "siteCode": site, "locationCode": "RECV", "purchaseCost": Decimal(cost),
            "isTaxable": True, "glAccountCode": INVENTORY,
        })  # fmt: skip
    return rows

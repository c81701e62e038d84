"""What a fresh tenant holds: companies, sites, chart of accounts, cost centres, terms, taxes, parts, and its clients.

Company 10 is Swedish, company 20 British; the names and numbers are invented.
"""

from typing import Any

Plain = dict[str, Any]

REALM = "acmeprd"
CLIENT_ID = "ML_CONNECTOR"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - the simulator's published password
READ_ONLY_CLIENT_ID = "ML_READONLY"
NO_COMPANY_CLIENT_ID = "ML_NO_COMPANY"
COMPANIES = ("10", "20")
_VERSION = "20250103080000"

CLIENTS: tuple[Plain, ...] = (
    {"client_id": CLIENT_ID},
    {"client_id": READ_ONLY_CLIENT_ID, "read_only": True},
    {"client_id": NO_COMPANY_CLIENT_ID, "companies": []},
)
"""All have the same secret; the first may do everything in both companies."""

_ACCOUNTS = """
1460|Raw material inventory|Assets
1510|Accounts receivable|Assets|ledger
1930|Bank|Assets
2081|Share capital|Liabilities
2440|Accounts payable|Liabilities|ledger
2445|Goods received not invoiced|Liabilities
2611|Output VAT|Liabilities|tax
2641|Input VAT|Assets|tax
3010|Sales|Revenues
4010|Purchases raw material|Cost
4060|Subcontracting|Cost
4960|Purchase price variance|Cost
5010|Rent of premises|Cost|cost_centre
5410|Consumable equipment|Cost|cost_centre
5710|Freight and carriage|Cost
6110|Office supplies|Cost|cost_centre
6550|Consulting fees|Cost|cost_centre
7960|Exchange losses|Cost
4099|Purchases, closed account|Cost|closed
"""
_MARKS: dict[str, Plain] = {
    "ledger": {"LedgFlag": "LedgerAccount"},
    "tax": {"TaxFlag": "TaxAccount"},
    "cost_centre": {"ReqCodeB": "Mandatory"},
    "closed": {"ValidUntil": "2023-12-31"},
}
_TERMS = {"0": 0, "10": 10, "30": 30, "45": 45, "60": 60}
_TAXES = {
    "10": {"I25": 25, "I12": 12, "I6": 6, "I0": 0},
    "20": {"T20": 20, "T5": 5, "T0": 0},
}
_PARTS = {
    "M6-25": "Hex bolt M6x25",
    "M8-40": "Hex bolt M8x40",
    "PLT-100": "Steel plate 100x100",
    "BOX-A4": "Carton A4",
    "SRV-TEST": "Material test",
}


def records() -> dict[str, list[Plain]]:
    """The records of a fresh tenant, the same each time."""
    made = {**_organisation(), **_codes(), **_purchasing()}
    return {table: [{**row, "Objversion": _VERSION} for row in rows] for table, rows in made.items()}


def _organisation() -> dict[str, list[Plain]]:
    """Companies and sites."""
    return {
        "Company": [
            {"Company": "10", "Name": "Acme Industri AB", "Country": "SE", "CurrencyCode": "SEK"},
            {"Company": "20", "Name": "Acme Industries Ltd", "Country": "GB", "CurrencyCode": "GBP"},
        ],
        "Site": [
            {"Contract": "STO1", "Company": "10", "Description": "Stockholm"},
            {"Contract": "GBG1", "Company": "10", "Description": "Göteborg"},
            {"Contract": "LDN1", "Company": "20", "Description": "London"},
        ],
        "Currency": [{"CurrencyCode": code} for code in ("SEK", "GBP", "EUR", "USD", "NOK", "DKK")],
    }


def _codes() -> dict[str, list[Plain]]:
    """The same chart of accounts, cost centres, voucher types and terms in both companies; taxes of their own."""
    centres = {"CC100": "Production", "CC200": "Warehouse", "CC300": "Administration"}
    types = {"I": "Supplier invoices", "U": "Supplier payments", "M": "Manual vouchers"}
    made: dict[str, list[Plain]] = {"Account": [], "CodeB": [], "VoucherType": [], "PaymentTerm": [], "TaxCode": []}
    for company in COMPANIES:
        made["Account"] += _accounts(company)
        made["CodeB"] += [{"Company": company, "CodeB": code, "Description": text} for code, text in centres.items()]
        made["VoucherType"] += [
            {"Company": company, "VoucherType": code, "Description": text} for code, text in types.items()
        ]
        made["PaymentTerm"] += [
            {"Company": company, "PayTermId": code, "Description": f"{days} days net", "DaysToDueDate": days}
            for code, days in _TERMS.items()
        ]
        made["TaxCode"] += [
            {"Company": company, "TaxCode": code, "Description": f"Input VAT {percent} %", "Percentage": percent}
            for code, percent in _TAXES[company].items()
        ]
    return made


def _accounts(company: str) -> list[Plain]:
    """The chart of accounts of a company: two control accounts, two tax accounts, one that has ended."""
    rows = []
    for line in _ACCOUNTS.strip().splitlines():
        code, text, kind, *marks = line.split("|")
        row = {"Company": company, "Account": code, "Description": text, "LogicalAccountType": kind}
        rows.append({**row, **(_MARKS[marks[0]] if marks else {})})
    return rows


def _purchasing() -> dict[str, list[Plain]]:
    """Buyers, and the same parts at every site."""
    sites = ("STO1", "GBG1", "LDN1")
    parts = [{"Contract": site, "PartNo": part, "Description": text} for site in sites for part, text in _PARTS.items()]
    return {"Buyer": [{"BuyerCode": "LBERG", "Name": "Lena Berg"}, {"BuyerCode": "JSMITH", "Name": "John Smith"}],
            "PurchasePart": parts}  # fmt: skip

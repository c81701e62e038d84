"""The company that is there from the start, and the keys to it (plain sandbox values)."""

from __future__ import annotations

from typing import Any

Plain = dict[str, Any]

COMPANY = "ACM1"
COMPANY_PASSWORD = ""
OPERATOR = "INTEG"
OPERATOR_PASSWORD = "sandbox-password"  # noqa: S105 - a sandbox value
ODATA_USER = "integ@acme.example"
"""The operator's e-mail; its password is the operator's."""
PERSON = "CLERK"
PERSON_PASSWORD = "clerk-password"  # noqa: S105 - a sandbox value
"""A person who uses SYSPRO, and is not enabled for OData."""
REST = "/SYSPROWCFService/Rest"
ODATA = "/SYSPRO8Odata/SYSPROOData"


def operators() -> list[Plain]:
    """Return the operators of a new company."""
    return [
        {"code": OPERATOR, "password": OPERATOR_PASSWORD, "email": ODATA_USER, "odata": True},
        {"code": PERSON, "password": PERSON_PASSWORD, "email": "clerk@acme.example", "odata": False},
    ]


def _named(key: str, names: dict[str, str], **more: Any) -> list[Plain]:
    return [{key: code, "Description": name, **more} for code, name in names.items()]


_ACCOUNTS = {
    "A": {"00-1100": "Bank current account", "00-1300": "Stock on hand"},
    "L": {"00-2100": "Accounts payable control", "00-2150": "GRN suspense", "00-2210": "VAT input"},
    "C": {"00-3000": "Retained earnings"},
    "R": {"10-4000": "Sales"},
    "E": {
        "10-5100": "Purchases", "10-5110": "Fasteners", "10-6100": "Office expenses", "20-5100": "Purchases north",
        "20-6200": "Freight inwards",
    },
}  # fmt: skip


def records(company: str) -> dict[str, list[Plain]]:
    """Return the reference rows of a new company."""
    control = {"00-2100", "00-2150"}
    accounts = [
        {
            "Company": company, "GlCode": code, "Description": name, "AccountType": kind,
            "ControlAccFlag": "Y" if code in control else "N", "ExpenseType": "F" if "Freight" in name else "",
            "GlGroup": code[:2],
        }
        for kind, codes in _ACCOUNTS.items()
        for code, name in codes.items()
    ]  # fmt: skip
    return {
        "TblApTerms": [
            {"TermsCode": code, "Description": f"{int(code)} days", "DueDays": int(code)}
            for code in ("07", "14", "30", "60")
        ],
        "TblCurrency": [
            {"Currency": code, "Description": name, "BuyExchangeRate": rate, "SellExchangeRate": rate}
            for code, name, rate in (("GBP", "Pound sterling", "1"), ("EUR", "Euro", "1.17"), ("USD", "Dollar", "1.25"))
        ],
        "AdmTax": [
            {"TaxCode": code, "Description": name, "CurTaxRate": rate, "ApTaxGlCode": "00-2210"}
            for code, name, rate in (("A", "VAT standard", "20"), ("B", "VAT reduced", "5"), ("E", "Exempt", "0"))
        ],
        "ApBranch": _named("Branch", {"10": "Head office", "20": "North"}, ApGlCode="00-2100"),
        "ApBank": _named("Bank", {"01": "Main bank"}),
        "GenMaster": accounts,
        "GenDimension": _named("DimensionCode", {"CC100": "Workshop", "CC200": "Office"},
                               Company=company, DimensionCategory="Cost Center"),
        "InvWhControl": _named("Warehouse", {"E": "East", "N": "North"}),
        "InvMaster": _named("StockCode", {"M8-HEX": "Hex bolt M8", "A100": "Bicycle frame"}),
        "InvWarehouse": [{"StockCode": code, "Warehouse": "E", "UnitCost": "1"} for code in ("M8-HEX", "A100")],
    }  # fmt: skip

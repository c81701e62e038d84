"""What a fresh tenant holds: companies, divisions, a chart of accounts, items, suppliers and the service account."""

from __future__ import annotations

from typing import Any

Plain = dict[str, Any]

TENANT = "ACME_PRD"
APP_NAME = "ML Connector"
CLIENT_ID = "ACME_PRD~sandbox-client"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - the simulator's published password
ACCESS_KEY = "ACME_PRD#sandbox-access-key"
SECRET_KEY = "sandbox-secret-key"  # noqa: S105 - the simulator's published password
USER = "MLCONN"
"""M3 user that the service account is tied to."""
CLERK = "LINDA"
"""Who changes records in the screens."""

COMPANY, DIVISION, FACILITY, WAREHOUSE = "100", "AAA", "A01", "001"
OTHER_DIVISION = "BBB"
"""A second division, whose local currency is the US dollar."""

TERMS = {"COD": 0, "10D": 10, "14D": 14, "30D": 30, "N45": 45, "60D": 60}
"""Payment terms and their days."""
TERM_NAMES = {"COD": "Cash on deliv.", "10D": "10 days net", "14D": "14 days net", "30D": "30 days net",
              "N45": "45 days net", "60D": "60 days net"}  # fmt: skip
DELIVERY_TERMS = {"DAP": "At place", "FOB": "Free on board", "EXW": "Ex works"}
DELIVERY_METHODS = {"TRK": "Truck", "AIR": "Air", "SEA": "Sea"}
CURRENCIES = {"SEK": ("Swedish krona", "1"), "EUR": ("Euro", "11.25"), "USD": ("US dollar", "10.42"),
              "GBP": ("Pound sterling", "13.18"), "AUD": ("Australian doll", "6.84"), "JPY": ("Yen", "0.07"),
              "NZD": ("New Zealand dol", "6.2"), "CAD": ("Canadian dollar", "7.6")}  # fmt: skip
"""Currencies with the rate of one unit in Swedish kronor."""
VAT = {"0": "0", "1": "25", "2": "12", "3": "6"}
"""VAT code → rate in percent."""

PAYABLE, INPUT_VAT, PURCHASES = "2440", "2640", "4010"
_ACCOUNTS = """
1410|Inventory, raw material|AT01 STOA
1460|Inventory, goods for resale|AT01 STOA
1220|Machinery and equipment|AT01 AT08
1510|Accounts receivable|AT01 AT03
1930|Bank account|AT01 AT12
2440|Accounts payable|AT01 AT11
2445|Goods received, not invoiced|AT01 AT10
2610|Output VAT|AT01
2640|Input VAT|AT01
3010|Sales, goods|AT02
4010|Purchases, raw material|AT02
4020|Purchases, goods for resale|AT02
4090|Purchase price variance|AT02
5710|Freight and customs|AT02
6110|Office supplies|AT02
6550|Consultancy fees|AT02
6990|Other external costs|AT02
7999|Old account, blocked|AT02 LCCD
"""
_ITEMS = """
FAST-M6-25|Hex bolt M6x25|EA|1
FAST-M8-40|Hex bolt M8x40|EA|1
PACK-BOX-S|Carton small|EA|1
PACK-BOX-L|Carton large|EA|1
STEEL-2MM|Steel sheet 2 mm|KG|1
COFFEE-1KG|Coffee beans 1 kg|EA|2
FREIGHT|Inbound freight|EA|1
OLD-PART|Part, discontinued|EA|1
"""


def records() -> dict[str, list[Plain]]:
    """Return the records of a fresh tenant, table by table."""
    return {
        "CMNCMP": [{"CONO": COMPANY, "TX40": "Acme Manufacturing Group", "CCUC": "SEK", "CMTP": 3}],
        "CMNDIV": _divisions(),
        "CMNUSR": _users(),
        "CIDMAS": _suppliers(),
        "MITMAS": _items(),
        "OCUSMA": [{"CUNO": "C10001", "CUNM": "Harbour Retail AB", "STAT": "20", "CSCD": "SE", "CUCD": "SEK"}],
        "FCHACC": [*_accounts(DIVISION), *_accounts(OTHER_DIVISION), *_cost_centres()],
    }


def _divisions() -> list[Plain]:
    common = {"FACI": FACILITY, "FACN": "Main plant", "WHLO": WAREHOUSE, "WHNM": "Main warehouse", "DTFM": "YMD"}
    return [
        {"DIVI": "", "CONM": "Acme Manufacturing Group", "TX15": "Central", "LOCD": "SEK", "CSCD": "SE", **common},
        {"DIVI": DIVISION, "CONM": "Acme Sweden AB", "TX15": "Sweden", "LOCD": "SEK", "CSCD": "SE",
         "VRNO": "SE556000000101", **common},
        {"DIVI": OTHER_DIVISION, "CONM": "Acme America Inc", "TX15": "America", "LOCD": "USD", "CSCD": "US",
         **common, "FACI": "B01", "FACN": "Chicago plant", "WHLO": "002", "WHNM": "Chicago"},
    ]  # fmt: skip


def _users() -> list[Plain]:
    common = {"LANC": "GB", "DTFM": "YMD", "DCFM": ".", "TIZO": "UTC", "FACI": FACILITY, "WHLO": WAREHOUSE}
    return [{"USID": USER, "DIVI": division, "EUID": ACCESS_KEY, **common} for division in (DIVISION, OTHER_DIVISION)]


def _suppliers() -> list[Plain]:
    return [
        {"SUNO": "Y30001", "SUNM": "Nordwind Fasteners AB", "PHNO": "+46 8 555 0101", "CSCD": "SE", "SUCL": "RAW",
         "CUCD": "SEK", "TEPY": "30D", "PYME": "BGC", "VRNO": "SE556000123401", "CORG": "556000-1234", "LNCD": "SE",
         "CIDADR": [{"ADR1": "Hamngatan 4", "TOWN": "Stockholm", "PONO": "111 47"}],
         "CIDREF": [{"RFID": "SALES", "YRE1": "A. Berg", "EMAL": "a.berg@nordwind.example"}],
         "CBANAC": [{"BANA": "Nordwind Fasteners AB", "CUCD": "SEK", "IBAN": "SE4550000000058398257466"}]},
        {"SUNO": "Y30007", "SUNM": "Lakeshore Packaging Inc", "PHNO": "312-555-0144", "CSCD": "US", "SUCL": "PCK",
         "CUCD": "USD", "TEPY": "N45", "PYME": "ACH", "TEDL": "FOB", "TINO": "36-5550144",
         "CIDADR": [{"ADR1": "900 W Lake St", "TOWN": "Chicago", "ECAR": "IL", "PONO": "60607"}]},
    ]  # fmt: skip


def _items() -> list[Plain]:
    rows = [line.split("|") for line in _ITEMS.strip().splitlines()]
    return [
        {"ITNO": number, "ITDS": name, "UNMS": unit, "VTCD": vat, "STAT": "90" if number == "OLD-PART" else "20"}
        for number, name, unit, vat in rows
    ]


def _accounts(division: str) -> list[Plain]:
    rows = [line.split("|") for line in _ACCOUNTS.strip().splitlines()]
    made: list[Plain] = []
    for number, name, flags in rows:
        row = {"DIVI": division, "AITP": 1, "AITM": number, "AICL": number[:2], "TX40": name, "LMDT": "20250110"}
        made.append({**row, **dict.fromkeys(flags.split(), 1)})
    return made


def _cost_centres() -> list[Plain]:
    names = {"CC100": "Production", "CC200": "Warehouse", "CC300": "Administration"}
    return [{"DIVI": DIVISION, "AITP": 2, "AITM": code, "TX40": name} for code, name in names.items()]

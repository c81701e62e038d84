"""The world of the pair Infor CloudSuite → Cin7 Core, in M3's own tables."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal

from ml_connector_sandbox.scenarios import books
from ml_connector_sandbox.scenarios.erp import SUPPLIERS_AT, ErpWorld
from ml_connector_sandbox.scenarios.erp_codes import Codes
from ml_connector_sandbox.scenarios.erp_records import ErpInvoice, ErpOrder, ErpSupplier
from ml_connector_sandbox.scenarios.scenario import Record, Scenario

SIZES = {"small": (30, 20, 4), "default": (200, 80, 12), "full": (2000, 800, 120)}
"""Scale → suppliers, orders, invoices without order; beside those that must be held."""
ACCOUNT_ID = "1f080000-0000-4000-8000-000000000001"
APPLICATION_KEY = "1f080000-0000-4000-8000-00000000aaaa"
TENANT, COMPANY, DIVISION, OTHER_DIVISION = "HPI_PRD", "100", "AAA", "BBB"
PAYABLES, INPUT_VAT, VARIANCE = "2440", "2640", "4090"
CODES = Codes(
    accounts={"630": "1410", "453": "6110", "512": "5710", "820": INPUT_VAT, "800": PAYABLES},
    terms={"30 days": "30D", "14 days": "14D", "COD": "COD"},
    taxes={
        "Sales Tax on Purchases": ("1", Decimal(10)),
        "Tax Exempt": ("9", Decimal(0)),
        "VAT on Purchases": ("2", Decimal(20)),
    },
    unmapped_account="6190",
    unknown_account="5999",
    unmapped_terms="N45",
    unmapped_tax="7",
    company=f"{COMPANY}_{DIVISION}",
    other_company=f"{COMPANY}_{OTHER_DIVISION}",
    number="Y{:05}",
    order_number="{:07}",
    cost_centres={"Workshop": "CC100", "Warehouse": "CC200"},
)
RATES = {"USD": Decimal(1), "EUR": Decimal("1.08"), "GBP": Decimal("1.27")}
"""Local currency for one unit."""
_NAME_LENGTH = 36
_ACCOUNTS = (
    ("1410", "Inventory", "AT01 STOA"),
    ("6110", "Office supplies", "AT02"),
    ("5710", "Inbound freight", "AT02 STOA"),
    (INPUT_VAT, "Sales tax", "AT01 AT04"),
    (PAYABLES, "Accounts payable", "AT01 AT11"),
    (VARIANCE, "Purchase price variance", "AT02"),
    ("6190", "Tooling (new)", "AT02"),
    ("5999", "Old expenses", "AT02"),
)
"""Code, name and flags; 6110 is called otherwise in Cin7, 5710 is of another type there, 4090 and 6190 not known."""
_STATUS = {"planned": "10", "released": "35", "received": "35", "cancelled": "99"}


class InforWorld(ErpWorld):
    """What M3 holds besides: invoices that cannot be understood."""

    def __init__(self, made: Scenario, rng: random.Random) -> None:
        super().__init__(made, CODES, rng, receipts=False, longest_name=_NAME_LENGTH)
        self.loose: set[str] = set()
        """Invoices that no invoice batch is there for."""
        self.second: dict[str, ErpOrder] = {}
        """Invoice → the other order that it bills, too."""

    def add_odd_invoices(self) -> None:
        """Add an order with a line without VAT code, an invoice without batch, and one that bills two orders."""
        untaxed = self.order("released", tax=("0", Decimal(0)))
        self.held("purchase_orders", untaxed.number, "refused_by_target")
        self.loose.add(self._billed().number)
        twice, other = self._billed(), self.order("released")
        self.expect("purchase_order", other.number, other, other.gross)
        self.second[twice.number] = other

    def _billed(self) -> ErpInvoice:
        """Add an order and its invoice, which is held as it cannot be understood."""
        order = self.order("released")
        self.expect("purchase_order", order.number, order, order.gross)
        made = self.invoice(order, order.date + dt.timedelta(days=4), order.lines, tuple(range(len(order.lines))))
        self.held("supplier_invoices", made.number, "unreadable")
        return made


def scenario(scale: str = "default", seed: int = 23) -> Scenario:
    """Return the world at `scale` (tiny, small, default, full); the same for the same seed."""
    made = Scenario(pair="infor_cin7", scale=scale, maps=CODES.maps())
    head = "cin7_code,partner_code,note\n"
    made.maps["unit"] = f"{head}Item,EA,\n"
    made.maps["currency"] = head + "".join(f"{code},{code},\n" for code in RATES)
    made.accounts["cin7"] = {"account_id": ACCOUNT_ID, "keys": [APPLICATION_KEY], "me": books.ME}
    made.accounts["infor"] = {"account_id": TENANT, "name": TENANT, "empty": True}
    made.records = {"cin7": books.cin7(), "infor": {}}
    world = InforWorld(made, random.Random(seed))
    if scale == "tiny":
        world.add_tiny()
    else:
        suppliers, orders, others = SIZES[scale]
        world.add_suppliers(suppliers)
        world.add_odd_suppliers()
        world.add_orders(orders)
        world.add_odd_orders()
        world.add_bills_that_wait()
        world.add_odd_invoices()
        world.add_invoices_without_order(others)
        made.held[:] = [replace(one, reason=_REASONS.get(one.reason, one.reason)) for one in made.held]
    made.records["infor"] = records(world)
    return made


_REASONS = {"totals_differ": "unreadable"}
"""An invoice that differs from its batch is not understood at all."""


def records(world: InforWorld) -> dict[str, list[Record]]:
    """Return the world in M3's tables."""
    return {
        "CMNDIV": [
            {"DIVI": "", "CONM": "Harbour & Pine", "TX15": "Central", "LOCD": "USD", "CSCD": "US"},
            {"DIVI": DIVISION, "CONM": "Harbour & Pine Inc.", "TX15": "America", "LOCD": "USD", "CSCD": "US"},
            {"DIVI": OTHER_DIVISION, "CONM": "Harbour & Pine Ltd", "TX15": "Britain", "LOCD": "GBP", "CSCD": "GB"},
        ],
        "FCHACC": [_account(*one) for one in _ACCOUNTS],
        "MITMAS": [
            {"ITNO": sku, "ITDS": name, "UNMS": "EA", "LMDT": _day(SUPPLIERS_AT)}
            for sku, name in (*books.ITEMS, ("HP-GONE-1", "Discontinued flange"))
        ],
        "CIDMAS": [_supplier(one) for one in world.suppliers],
        "MPHEAD": [_order(one, world) for one in world.orders],
        "FPLEDG": [_invoice(n, one) for n, one in enumerate(world.invoices)],
        "FAPIBH": [
            _batch(n, one, world.second.get(one.number))
            for n, one in enumerate(world.invoices)
            if one.number not in world.loose
        ],
    }


def _day(date: dt.date) -> str:
    return date.strftime("%Y%m%d")


def _account(code: str, name: str, flags: str) -> Record:
    return {"DIVI": DIVISION, "AITP": 1, "AITM": code, "TX40": name, "LMDT": "20250110",
            **dict.fromkeys(flags.split(), 1)}  # fmt: skip


def _supplier(one: ErpSupplier) -> Record:
    return {
        "SUNO": one.number, "SUNM": one.name.strip(), "PHNO": one.phone, "CSCD": one.country, "CUCD": one.currency,
        "TEPY": one.terms, "VRNO": one.tax_number, "LMDT": _day(SUPPLIERS_AT),
        "CIDADR": [{"ADR1": one.line1, "TOWN": one.city, "PONO": one.postcode}],
        "CIDREF": [{"YRE1": one.contact, "EMAL": one.email, "PHNO": one.phone}],
    }  # fmt: skip


def _order(one: ErpOrder, world: InforWorld) -> Record:
    division = one.company.partition("_")[2]
    status = _STATUS[one.state]
    return {
        "PUNO": one.number, "SUNO": one.supplier.number, "DIVI": division, "PUDT": _day(one.date),
        "DWDT": _day(one.date + dt.timedelta(days=14)), "CUCD": one.currency, "TEPY": one.terms, "LMDT": _day(one.date),
        "MPLINE": [
            {"PNLI": n, "ITNO": line.item, "PITD": line.text, "ORQA": line.quantity, "PUPR": line.price, "PUUN": "EA",
             "VTCD": line.tax[0], "PUSL": status, "PUST": status, "LMDT": _day(one.date)}
            for n, line in enumerate(one.lines, start=1)
        ],
        "MPLIND": [
            {"PNLI": index + 1, "RPQA": quantity, "TRDT": _day(receipt.date), "SUDO": f"DN-{receipt.number}",
             "REPN": 6000000 + receipt.number, "LMDT": _day(receipt.date)}
            for receipt in world.receipts if receipt.order is one
            for index, quantity in receipt.lines
        ],
    }  # fmt: skip


def _places(number: int) -> Record:
    """Return where the posted invoice stands in the ledger."""
    return {"JRNO": 1201 + number, "VONO": 26_000_401 + number}


def _invoice(number: int, one: ErpInvoice) -> Record:
    """Return the ledger's entry and its voucher: the debt, the costs, a price variance, and the tax."""
    costs = [
        {"AIT1": line.account, "AIT2": line.cost_centre, "CUAM": line.net, "VTCD": line.tax[0], "VTP1": line.tax[1],
         "VTXT": line.text}
        for line in one.lines
    ]  # fmt: skip
    variance = [{"AIT1": VARIANCE, "CUAM": one.off, "VTXT": "Price variance"}] if one.off else []
    tax = [{"AIT1": INPUT_VAT, "AT04": 1, "CUAM": one.tax, "VTXT": "VAT"}] if one.tax else []
    total = one.net + one.tax
    return {
        "SUNO": one.supplier.number, "SINO": one.number, "DIVI": one.company.partition("_")[2], "CUAM": -total,
        "VTAM": -one.tax, "IVDT": _day(one.date), "DUDT": _day(one.due), "CUCD": one.currency,
        "ARAT": RATES[one.currency], "TEPY": one.supplier.terms, "LMDT": _day(one.date), **_places(number),
        "FGLEDG": [{"AIT1": PAYABLES, "CUAM": -total, "VTXT": one.number}, *costs, *variance, *tax],
    }  # fmt: skip


def _batch(number: int, one: ErpInvoice, other: ErpOrder | None) -> Record:
    """Return the invoice batch that the invoice was entered in; its lines name the orders they bill."""
    orders = [one.order.number if one.order else ""] * len(one.lines)
    if other:
        orders[-1] = other.number
    return {
        "INBN": 900_001 + number, "SUNO": one.supplier.number, "SINO": one.number, "IVDT": _day(one.date),
        "DIVI": one.company.partition("_")[2], "CUCD": one.currency, "CUAM": one.net + one.tax, "VTAM": one.tax,
        "PUNO": one.order.number if one.order and not other else "", "VONO": _places(number)["VONO"], "SUPA": 90,
        "LMDT": _day(one.date),
        "FAPIBL": [
            {"RDTP": 1 if line.item else 2, "ITNO": line.item, "POPN": line.text, "PUNO": order,
             "PNLI": one.of[n] + 1 if one.of else 0, "IVQA": line.quantity, "NEPR": line.price, "NLAM": line.net,
             "VTCD": line.tax[0], "VTA1": line.tax_amount, "VTP1": line.tax[1]}
            for n, (line, order) in enumerate(zip(one.lines, orders, strict=True))
        ],
    }  # fmt: skip

"""The pair Cin7 Core → QAD in the demo: its connection, its options, and the look at both systems."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ml_connector_sandbox.demo.show import Later, Show
from ml_connector_sandbox.demo.simulators import Simulator
from ml_connector_sandbox.demo.witness import Standing, Verdict, compare, sorted_out
from ml_connector_sandbox.qad import world
from ml_connector_sandbox.scenarios.cin7_qad import receive, scenario
from ml_connector_sandbox.scenarios.scenario import Scenario

Record = dict[str, Any]
_KINDS = {"Invoice": "bill", "CreditNote": "credit_memo"}
_FINAL = {"AP-RMALLOC", "AP-GLALLOC"}
_CENT = Decimal("0.01")


def look(systems: dict[str, Simulator], scenario: Scenario, untouched: bool = True) -> Verdict:
    """Return the verdict on both systems."""
    qad = systems["qad"]
    codes = {str(row["businessRelationName"]).strip(): str(row["supplierCode"]) for row in qad.state("supplierV2s")}
    suppliers = {str(row["Name"]).strip() for row in systems["cin7"].state("supplier")}
    expected, allowed = sorted_out(scenario.expected, scenario, untouched=untouched)
    wrong = compare(expected, allowed, present(qad), codes)
    held = {one.label for one in scenario.held if one.flow == "suppliers"}
    wrong += [f"supplier {name} is not in QAD" for name in sorted(suppliers - held) if name not in codes]
    return Verdict(len(expected), len(suppliers & set(codes)), tuple(wrong))


def present(qad: Simulator) -> list[Standing]:
    """Return orders, receipts and invoices that stand in QAD."""
    orders = {row["purchaseOrderNumber"]: row for row in qad.state("purchaseOrderHeaders")}
    return [*_orders(qad, orders), *_receipts(qad, orders), *_invoices(qad)]


def _orders(qad: Simulator, orders: dict[str, Record]) -> list[Standing]:
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for line in qad.state("purchaseOrderLines"):
        amount = Decimal(str(line["quantityOrdered"])) * Decimal(str(line["purchaseCost"]))
        amounts[line["purchaseOrderNumber"]] += amount.quantize(_CENT, ROUND_HALF_UP)
    return [
        Standing("purchase_order", number, row["supplierCode"], amounts[number], row["currencyCode"],
                 bool(row["isConfirmed"]), f"order {number}")
        for number, row in orders.items()
    ]  # fmt: skip


def _receipts(qad: Simulator, orders: dict[str, Record]) -> list[Standing]:
    days: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in qad.state("prh_hist"):
        days[row["prh_nbr"], str(row["prh_rcp_date"])[:10]] += Decimal(str(row["prh_rcvd"]))
    return [
        Standing("goods_receipt", f"{number}/{day}", orders[number]["supplierCode"], quantity, "", True, number)
        for (number, day), quantity in days.items()
    ]


def _invoices(qad: Simulator) -> list[Standing]:
    return [
        Standing(
            kind=_KINDS.get(str(row["invoiceType"]), "other"),
            number=str(row["invoiceReference"]),
            supplier=str(row["supplierCode"]),
            gross=abs(Decimal(str(row["invoiceAmount"]))),
            currency=str(row["currencyCode"]),
            authorised=row["invoiceStatusCode"] in _FINAL,
            name=f"voucher {row['voucher']} ({row['invoiceStatusCode']})",
        )
        for row in qad.state("supplierInvoices")
    ]


def connection(url: str, _scenario: Scenario) -> dict[str, str]:
    """Return the Airflow connection to the simulator."""
    return {
        "conn_type": "qad",
        "host": url + world.CONTEXT,
        "login": world.USERNAME,
        "password": world.PASSWORD,
        "extra": json.dumps({"domain": world.DOMAIN, "entity": world.ENTITY}),
    }


SHOW = Show(
    pair="cin7_qad",
    partner="qad",
    scenario=scenario,
    connection=connection,
    look=look,
    chosen={
        "options": {
            "qad": {
                "terms": "N30",
                "tax_account": "1200",
                "charge_item": "CHARGE",
                "base_currency": "USD",
                "settle_seconds": 3,
            }
        }
    },
    limits={"requests_per_minute": 0},
    later=lambda made: [
        Later("cin7", "purchase", one["ID"], {"StockReceived": one["StockReceived"]}) for one in receive(made)
    ],
)

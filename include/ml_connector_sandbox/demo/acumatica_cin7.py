"""The pair Cin7 Core ↔ Acumatica in the demo: its connection, its options, and the look at both systems."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

from ml_connector_sandbox.acumatica import world
from ml_connector_sandbox.demo.show import Show
from ml_connector_sandbox.demo.simulators import Simulator
from ml_connector_sandbox.demo.witness import Standing, Verdict, compare, sorted_out
from ml_connector_sandbox.scenarios.acumatica_cin7 import documents, scenario
from ml_connector_sandbox.scenarios.scenario import Scenario

Record = dict[str, Any]
_KINDS = {"Bill": "bill", "Debit Adj.": "credit_memo"}
_NOT_AUTHORISED = {"On Hold", "Balanced", "Pending Approval", "Pending Release", "Pending Email", "Pending Printing"}
_GONE = {"Voided", "Canceled", "Cancelled", "Rejected"}


def look(systems: dict[str, Simulator], scenario: Scenario, untouched: bool = True) -> Verdict:
    """Return the verdict on both systems; what must be there is worked out from Cin7's purchases alone."""
    cin7, target = systems["cin7"], systems["acumatica"]
    suppliers, vendors = cin7.state("supplier"), target.state("Vendor")
    every = [document for purchase in cin7.state("purchase") for document in documents(purchase)]
    expected, allowed = sorted_out(every, scenario, untouched=untouched)
    codes = {str(one["Name"]).strip(): str(one.get("AdditionalAttribute1") or "") for one in suppliers}
    standing = [one for one in present(target) if not _by_hand(one, scenario)]
    wrong = compare(expected, allowed, standing, codes)
    held = {one.label for one in scenario.held if one.flow.startswith("suppliers")}
    linked, unlinked = _suppliers(suppliers, vendors, held)
    return Verdict(len(expected), linked, (*wrong, *unlinked))


def present(target: Simulator) -> list[Standing]:
    """Return orders, bills and credit memos of the target that count."""
    orders = [
        _standing("purchase_order", row, "OrderNbr", "VendorID", "OrderTotal") for row in target.state("PurchaseOrder")
    ]
    bills = [
        _standing(_KINDS.get(str(row.get("Type")), "other"), row, "ReferenceNbr", "Vendor", "Amount")
        for row in target.state("Bill")
    ]
    return [one for one in [*orders, *bills] if one is not None]


def _standing(kind: str, row: Record, number: str, vendor: str, total: str) -> Standing | None:
    status = str(row.get("Status") or "")
    if status in _GONE:
        return None
    return Standing(
        kind=kind,
        number=str(row.get("VendorRef") or ""),
        supplier=str(row.get(vendor) or ""),
        gross=abs(Decimal(str(row.get(total) or 0))),
        currency=str(row.get("CurrencyID") or ""),
        authorised=status not in _NOT_AUTHORISED,
        name=f"{row.get('Type', '')} {row.get(number, '')} ({status})".strip(),
    )


def _by_hand(one: Standing, scenario: Scenario) -> bool:
    return any(
        (bill["VendorRef"], bill["Vendor"]) == (one.number, one.supplier)
        for bill in scenario.records["acumatica"].get("Bill", [])
    )


def _suppliers(suppliers: list[Record], vendors: list[Record], held: set[str]) -> tuple[int, list[str]]:
    """Return how many suppliers are linked one to one, and who is not."""
    codes = Counter(str(one.get("AdditionalAttribute1") or "") for one in suppliers)
    known = {str(one["VendorID"]): str(one["VendorName"]).strip() for one in vendors}
    wrong = [f"vendor {code} is linked to {n} suppliers" for code, n in codes.items() if code and n > 1]
    for one in suppliers:
        name, code = str(one["Name"]).strip(), str(one.get("AdditionalAttribute1") or "")
        if name not in held and code not in known:
            wrong.append(f"supplier {name} has no vendor (its code is {code!r})")
    for code, name in known.items():
        if name not in held and code not in codes:
            wrong.append(f"vendor {code} {name} has no supplier")
    return sum(1 for code in codes if code in known), wrong


def connection(url: str, _scenario: Scenario) -> dict[str, str]:
    """Return the Airflow connection to the simulator."""
    application = {"client_id": world.CLIENT_ID, "client_secret": world.CLIENT_SECRET, "grant": "password"}
    return {
        "conn_type": "acumatica",
        "host": url,
        "login": world.LOGIN,
        "password": world.PASSWORD,
        "extra": json.dumps(application),
    }


SHOW = Show(
    pair="acumatica_cin7",
    partner="acumatica",
    scenario=scenario,
    connection=connection,
    look=look,
    chosen={
        "options": {
            "acumatica": {
                "warehouse": "WHOLESALE",
                "charge_account": "62300",
                "default_country": "US",
                "settle_seconds": 3,  # the simulator never keeps a request waiting for minutes
            }
        },
    },
    limits={"requests_per_minute": 100_000, "action_polls": 1},
)

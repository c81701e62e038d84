"""Looks at both systems for itself: is each document there exactly once, right, and nothing else?

It shares nothing with the connector: what must be there is worked out from Cin7's purchases alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ml_connector_sandbox.demo.simulators import Simulator
from ml_connector_sandbox.scenarios.acumatica_cin7 import documents
from ml_connector_sandbox.scenarios.scenario import Expected, Scenario

Record = dict[str, Any]
FLOWS = {"purchase_order": "purchase_orders", "bill": "supplier_invoices", "credit_memo": "supplier_invoices"}
_KINDS = {"Bill": "bill", "Debit Adj.": "credit_memo"}
_NOT_AUTHORISED = {"On Hold", "Balanced", "Pending Approval", "Pending Release", "Pending Email", "Pending Printing"}
_GONE = {"Voided", "Canceled", "Cancelled", "Rejected"}


@dataclass(frozen=True)
class Standing:
    """A document in the target."""

    kind: str
    number: str
    vendor: str
    gross: Decimal
    currency: str
    status: str
    name: str


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Args:
        documents, suppliers: how many stand in the target as they must.
        wrong: what does not, in words.
    """

    documents: int
    suppliers: int
    wrong: tuple[str, ...]


def look(systems: dict[str, Simulator], scenario: Scenario, *, untouched: bool = True) -> Verdict:
    """Return the verdict on both systems.

    Args:
        systems: the simulators by name.
        scenario: what they were seeded with.
        untouched: nobody has repaired a held document yet, so none may be in the target.
    """
    cin7, target = systems["cin7"], systems["acumatica"]
    suppliers, vendors = cin7.state("supplier"), target.state("Vendor")
    standing = [one for one in present(target) if not _by_hand(one, scenario)]
    held = {(one.flow, one.label) for one in scenario.held}
    every = [document for purchase in cin7.state("purchase") for document in documents(purchase)]
    expected = [one for one in every if (FLOWS[one.kind], one.number) not in held]
    allowed = [] if untouched else [one for one in every if (FLOWS[one.kind], one.number) in held]
    codes = {str(one["Name"]).strip(): str(one.get("AdditionalAttribute1") or "") for one in suppliers}
    wrong = _compare(expected, allowed, standing, codes)
    linked, unlinked = _suppliers(suppliers, vendors, {label for flow, label in held if flow.startswith("suppliers")})
    return Verdict(len(expected), linked, (*wrong, *unlinked))


def present(target: Simulator) -> list[Standing]:
    """Return orders, bills and credit memos of the target that count."""
    orders = [_standing("purchase_order", row, "OrderNbr", "VendorID", "OrderTotal") for row in _rows(target)]
    bills = [
        _standing(_KINDS.get(str(row.get("Type")), "other"), row, "ReferenceNbr", "Vendor", "Amount")
        for row in target.state("Bill")
    ]
    return [one for one in [*orders, *bills] if one.status not in _GONE]


def _rows(target: Simulator) -> list[Record]:
    return target.state("PurchaseOrder")


def _standing(kind: str, row: Record, number: str, vendor: str, total: str) -> Standing:
    return Standing(
        kind=kind,
        number=str(row.get("VendorRef") or ""),
        vendor=str(row.get(vendor) or ""),
        gross=abs(Decimal(str(row.get(total) or 0))),
        currency=str(row.get("CurrencyID") or ""),
        status=str(row.get("Status") or ""),
        name=f"{row.get('Type', '')} {row.get(number, '')}".strip(),
    )


def _by_hand(one: Standing, scenario: Scenario) -> bool:
    return any(
        (bill["VendorRef"], bill["Vendor"]) == (one.number, one.vendor)
        for bill in scenario.records["acumatica"].get("Bill", [])
    )


def _compare(
    expected: list[Expected], allowed: list[Expected], standing: list[Standing], codes: dict[str, str]
) -> list[str]:
    there: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for one in standing:
        there[one.kind, one.number.casefold()].append(one)
    wrong = []
    for document in expected:
        wrong += _check(document, there.pop((document.kind, document.number.casefold()), []), codes)
    for document in allowed:
        found = there.pop((document.kind, document.number.casefold()), [])
        wrong += _check(document, found, codes) if found else []
    extra = [one for found in there.values() for one in found]
    return wrong + [f"{one.name} ({one.kind} {one.number!r}) stands in the target and should not" for one in extra]


def _check(document: Expected, found: list[Standing], codes: dict[str, str]) -> list[str]:
    what = f"{document.kind} {document.number} of {document.supplier}"
    if len(found) != 1:
        return [f"{what} is {'missing' if not found else f'there {len(found)} times'}"]
    one = found[0]
    wrong = []
    if (one.gross, one.currency) != (abs(document.gross), document.currency):
        wrong.append(f"{what}: {document.gross} {document.currency} here, {one.gross} {one.currency} in {one.name}")
    if one.vendor != codes.get(document.supplier):
        wrong.append(f"{what} stands at vendor {one.vendor}, not at {codes.get(document.supplier)!r}")
    if one.status in _NOT_AUTHORISED:
        wrong.append(f"{what} is not authorised: {one.name} is {one.status}")
    return wrong


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

"""Looks at Cin7 as the target of a pair: what stands there, by its own records alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ml_connector_sandbox.demo.simulators import Simulator
from ml_connector_sandbox.demo.witness import Standing, Verdict, compare, sorted_out
from ml_connector_sandbox.scenarios.scenario import Scenario

Record = dict[str, Any]
_DONE = {"AUTHORISED", "PAID"}


def look(cin7: Simulator, partner_keys: dict[str, str], scenario: Scenario, *, untouched: bool) -> Verdict:
    """Return the verdict on Cin7.

    Args:
        cin7: its control routes.
        partner_keys: supplier's name in the partner → its number there, of all suppliers.
        scenario: what must be in Cin7, and what is held.
        untouched: nobody has repaired a held document yet.
    """
    suppliers = cin7.state("supplier")
    by_code = {str(one.get("AdditionalAttribute1") or ""): str(one["ID"]).lower() for one in suppliers}
    keys = {name: by_code.get(number, "") for name, number in partner_keys.items()}
    expected, allowed = sorted_out(scenario.expected, scenario, untouched=untouched)
    standing = [one for row in cin7.state("purchase") for one in documents(row)]
    wrong = compare(expected, allowed, standing, keys)
    held = {one.label for one in scenario.held if one.flow == "suppliers"}
    codes = Counter(str(one.get("AdditionalAttribute1") or "") for one in suppliers)
    wrong += [f"supplier number {code} stands at {n} suppliers" for code, n in codes.items() if code and n > 1]
    linked = {name for name, number in partner_keys.items() if number in codes}
    wrong += [f"supplier {name} is not in Cin7" for name in partner_keys if name not in linked and name not in held]
    wrong += [f"supplier {name} is in Cin7 and should be held" for name in linked & held if untouched]
    return Verdict(len(expected), len(linked), tuple(wrong))


def documents(row: Record) -> Iterator[Standing]:
    """Yield the documents of one purchase that count; an order of ours has its number at the start of the note."""
    if row.get("Status") == "VOIDED":
        return
    supplier, currency = str(row.get("SupplierID", "")).lower(), str(row.get("SupplierCurrency") or "")
    number = str(row.get("Note") or "").split(" mlc:")[0].strip()
    name = str(row.get("OrderNumber") or "")
    bills = [one for one in _several(row.get("Invoice")) if one.get("Lines") or one.get("AdditionalCharges")]
    own = {str(bill.get("InvoiceNumber")) for bill in bills}
    order = row.get("Order") or {}
    if number not in own and (order.get("Lines") or order.get("AdditionalCharges")):
        gross = Decimal(str(order.get("Total") or 0))
        yield Standing("purchase_order", number, supplier, gross, currency, order.get("Status") in _DONE, name)
    for bill in bills:
        gross, authorised = Decimal(str(bill.get("Total") or 0)), bill.get("Status") in _DONE
        yield Standing("bill", str(bill.get("InvoiceNumber") or ""), supplier, gross, currency, authorised, name)
    for note in _several(row.get("CreditNote")):
        if note.get("Lines") or note.get("AdditionalCharges"):
            gross, authorised = Decimal(str(note.get("Total") or 0)), note.get("Status") in _DONE
            yield Standing(
                "credit_memo", str(note.get("CreditNoteNumber")), supplier, gross, currency, authorised, name
            )
    yield from _receipts(row, number, supplier, name)


def _receipts(row: Record, number: str, supplier: str, name: str) -> Iterator[Standing]:
    """Yield a receipt for each day on which goods came in; its amount is the quantity."""
    days: dict[str, Decimal] = defaultdict(Decimal)
    authorised: dict[str, bool] = {}
    for receipt in _several(row.get("StockReceived")):
        for line in receipt.get("Lines") or []:
            day = str(line.get("Date") or "")[:10]
            days[day] += Decimal(str(line.get("Quantity") or 0))
            authorised[day] = authorised.get(day, True) and receipt.get("Status") in _DONE
    for day, quantity in days.items():
        yield Standing("goods_receipt", f"{number}/{day}", supplier, quantity, "", authorised[day], name)


def _several(part: Any) -> list[Record]:
    return part if isinstance(part, list) else [part] if part else []

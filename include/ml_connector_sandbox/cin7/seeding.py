"""Turn a purchase in wire shape, in any state, into the simulator's own."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from ml_connector_sandbox.cin7.account import Account, Record
from ml_connector_sandbox.cin7.purchases import NONE, new_group

_PARTS = {"StockReceived": "Stock", "PutAway": "PutAway", "Invoice": "Invoice"}
_DERIVED = ("CreditNote", "ManualJournals", "Attachments", "InventoryMovements", "BaseCurrency", "Status", *_PARTS)


def purchase_from_wire(account: Account, given: Record, now: str, old: Record | None = None) -> Record:
    """Return the purchase; what `given` lacks is taken from `old`, or has the vendor's default.

    ``Invoice``, ``StockReceived``, ``PutAway`` and ``CreditNote`` may be objects (Simple) or arrays (Advanced).
    """
    made: Record = {**_fresh(account, given), **(old or {})}
    made |= {name: value for name, value in given.items() if name not in _DERIVED}
    made["LastUpdatedDate"] = given.get("LastUpdatedDate", now)
    made["Voided"] = given.get("Status", "") == "VOIDED" or bool(old and old["Voided"])
    for wire_name, part in _PARTS.items():
        if wire_name in given:
            _set_part(made, part, _rows(given[wire_name]))
    if "CreditNote" in given:
        made["CreditNotes"] = [{"TaskID": made["ID"], **note} for note in _rows(given["CreditNote"])]
    return made


def _rows(value: Any) -> list[Record]:
    return list(value) if isinstance(value, list) else [value]


def _fresh(account: Account, given: Record) -> Record:
    purchase_id = str(given.get("ID") or uuid.uuid4())
    supplier = account.get("supplier", given.get("SupplierID")) or {}
    number = given.get("OrderNumber") or account.next_order_number()
    digits = "".join(letter for letter in str(number) if letter.isdigit())
    account.last_order = max(account.last_order, int(digits or 0))
    return {
        "ID": purchase_id, "OrderNumber": number, "Type": "Simple Purchase", "Approach": "STOCK",
        "Supplier": supplier.get("Name", ""), "SupplierCurrency": supplier.get("Currency", "USD"),
        "CurrencyRate": Decimal(1), "IsServiceOnly": False, "BlindReceipt": False, "TaxCalculation": "Exclusive",
        "OrderDate": None, "Order": {"Status": NONE, "Memo": "", "Lines": [], "AdditionalCharges": []},
        "Groups": [new_group(purchase_id, 0)], "CreditNotes": [], "Voided": False,
    }  # fmt: skip


def _set_part(made: Record, part: str, rows: list[Record]) -> None:
    groups: list[Record] = made["Groups"]
    for index, row in enumerate(rows):
        while len(groups) <= index:
            groups.append(new_group(str(uuid.uuid4()), len(groups)))
        if row.get("TaskID"):
            groups[index]["TaskID"] = row["TaskID"]
        content = {name: value for name, value in row.items() if name not in {"TaskID", "InvoicingAndReceivingNumber"}}
        empty: Record = {"Lines": [], **({"AdditionalCharges": []} if part == "Invoice" else {})}
        groups[index][part] = {**empty, **content}

"""Every state of the procure-to-pay cycle, seeded, shows as the vendor would show it."""

from __future__ import annotations

import datetime as dt
import json
import random
from decimal import Decimal
from typing import Any

import pytest

from ml_connector_sandbox.core.wire import write_json
from ml_connector_sandbox.scenarios.purchases import STATES, Draft, State, build

AT = dt.datetime(2026, 8, 20, 9, 30, tzinfo=dt.timezone.utc)
ITEMS = [(f"HP-{n}", f"Clamp {n}") for n in range(5)]
TASK = {
    "order in draft": "ORDERING", "ordered": "ORDERED", "receiving": "RECEIVING", "received": "RECEIVED",
    "completed": "COMPLETED", "invoiced first": "INVOICED", "invoiced and paid": "RECEIVING / INVOICED",
    "invoice first, completed": "COMPLETED", "partly received": "PARTIALLY INVOICED / RECEIVING",
    "two receipts, two bills": "COMPLETED", "received, not put away": "COMPLETED", "service with order": "INVOICED",
    "service without order": "INVOICED", "credited": "COMPLETED / CREDIT NOTE CLOSED",
    "credited, advanced": "COMPLETED / CREDIT NOTE CLOSED", "voided": "VOIDED", "blind receipt": "COMPLETED",
}  # fmt: skip


def seeded(core: Any, state: State) -> dict[str, Any]:
    """Seed a purchase in that state; return it as given."""
    supplier = core.get("supplier")["SupplierList"][0]
    made = build(Draft("PO-00042", supplier, state, AT, "USD", Decimal(1), ITEMS,
                       [("FREIGHT", "Inbound Freight")], "630", ("GST on Expenses", Decimal(10)), charge=True,
                       rng=random.Random(7)))  # fmt: skip

    core.seed("purchase", json.loads(write_json(made)))
    return made


def test_every_state_has_a_task_status() -> None:
    """No state of the scenarios is missing in these tests."""
    assert {state.name for state in STATES} == set(TASK)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_seeded_state_is_shown(core: Any, state: State) -> None:
    """The list row and the detail of a seeded purchase show the status of each sub-document, and the same amounts."""
    made = seeded(core, state)
    row = core.get("purchaseList")["PurchaseList"][0]
    assert (row["Status"], row["Type"]) == (TASK[state.name], f"{state.type} Purchase")
    assert row["OrderStatus"] == state.order
    assert row["BlindReceipt"] is state.blind
    assert row["LastUpdatedDate"] == "2026-08-20T09:30:00.000Z"
    detail = core.get("purchase" if state.type == "Simple" else "advanced-purchase", ID=made["ID"])
    bills = detail["Invoice"] if isinstance(detail["Invoice"], list) else [detail["Invoice"]]
    assert tuple(b["Status"] for b in bills if b["Status"] != "NOT AVAILABLE") == state.bills
    assert detail["Order"]["Total"] == made["Order"]["Total"]
    assert bool(state.credit) is (row["CreditNoteStatus"] == "AUTHORISED")


def test_two_deliveries_pair_by_group_number(core: Any) -> None:
    """Receipt, put-away and bill of one group carry the same TaskID and number; groups differ."""
    state = next(one for one in STATES if one.name == "two receipts, two bills")
    detail = core.get("advanced-purchase", ID=seeded(core, state)["ID"])
    pairs = [[(g["InvoicingAndReceivingNumber"], g["TaskID"]) for g in detail[part]]
             for part in ("StockReceived", "PutAway", "Invoice")]  # fmt: skip
    assert pairs[0] == pairs[1] == pairs[2]
    assert len({task for _, task in pairs[0]}) == 2


def test_an_edit_replaces_a_sub_document_and_counts_as_a_change(core: Any) -> None:
    """A bill undone by a person shows as draft, and the purchase as changed."""
    made = seeded(core, next(one for one in STATES if one.name == "completed"))
    core.edit("purchase", made["ID"], Invoice={"Status": "DRAFT", "Lines": []})
    row = core.get("purchaseList")["PurchaseList"][0]
    assert (row["InvoiceStatus"], row["StockReceivedStatus"]) == ("DRAFT", "AUTHORISED")
    assert row["LastUpdatedDate"] > "2026-08-20T09:30:00.000Z"

"""What the reference marks as required, and what it leaves open about receipts without put-away."""

from __future__ import annotations

from typing import Any

import pytest

SUPPLIER = "5a000000-0000-4000-8000-000000000001"


@pytest.fixture
def advanced(core: Any) -> str:
    """An advanced purchase, stock first, ordered."""
    task = core.header(advanced=True)["ID"]
    core.order(task)
    return str(task)


@pytest.mark.parametrize("path", ["purchase", "advanced-purchase"])
def test_a_headers_change_names_supplier_and_approach(core: Any, path: str) -> None:
    """PUT takes no header without them; with them it changes the rest."""
    task = core.header(advanced=path != "purchase")["ID"]
    body = {"ID": task, "SupplierID": SUPPLIER, "Approach": "STOCK", "Location": "Main Warehouse", "Note": "x"}
    for name in ("SupplierID", "Approach", "Location"):
        assert name in core.refused("PUT", path, {**body, name: None})
    assert core.ok("PUT", path, body)["Note"] == "x"


@pytest.mark.parametrize("status", ["DRAFT", "AUTHORISED"])
def test_an_order_needs_its_lines(core: Any, status: str) -> None:
    """An order posted without lines is refused: a second POST as AUTHORISED does not keep those of the first."""
    task = core.header()["ID"]
    core.order(task, "DRAFT")
    assert "'Lines' not specified" in core.refused("POST", "purchase/order", {"TaskID": task, "Status": status})


def test_a_credit_note_needs_number_date_and_the_bill_it_credits(core: Any, advanced: str, stock_line: Any) -> None:
    """What the reference marks as required is; an advanced note names its bill."""
    stock = {"PurchaseID": advanced, "TaskID": advanced, "Status": "AUTHORISED", "Lines": [stock_line()]}
    core.post("advanced-purchase/stock", stock)
    core.post("advanced-purchase/invoice", core.bill_body(advanced, PurchaseID=advanced))
    note = {**core.bill_body(advanced, PurchaseID=advanced), "TaskID": None, "CreditNoteNumber": "CN-1",
            "CreditNoteDate": "2026-09-05T00:00:00", "CreditNoteInvoiceNumber": "KF-1"}  # fmt: skip
    for name in ("CreditNoteNumber", "CreditNoteDate", "CreditNoteInvoiceNumber"):
        assert name in core.refused("POST", "advanced-purchase/creditnote", {**note, name: None})
    core.post("advanced-purchase/creditnote", note)


def test_advanced_stock_may_need_put_away(core: Any, advanced: str, stock_line: Any) -> None:
    """Without put-away advanced receipts are taken, or refused as the reference has it."""
    body = {"PurchaseID": advanced, "TaskID": advanced, "Status": "DRAFT", "Lines": [stock_line()]}
    core.set(put_away=False, stock_without_put_away="refused")
    for method in ("POST", "PUT"):
        assert "Use Put Away" in core.refused(method, "advanced-purchase/stock", body)
    core.set(stock_without_put_away="taken")
    core.post("advanced-purchase/stock", body)
    (group,) = core.get("advanced-purchase", ID=advanced)["StockReceived"]
    assert (group["Status"], len(group["Lines"])) == ("DRAFT", 1)


@pytest.mark.parametrize("counts", [True, False])
def test_goods_put_away_may_be_billed(core: Any, advanced: str, stock_line: Any, counts: bool) -> None:
    """Stock first, goods that are put away may be billed though their receipt is not AUTHORISED, where so switched."""
    core.set(put_away_is_receipt=counts)
    line = {**stock_line(), "SKU": "HP-CLAMP-50"}
    core.edit("purchase", advanced, PutAway=[{"Status": "AUTHORISED", "Lines": [line]}])
    status = core.call("POST", "advanced-purchase/invoice", core.bill_body(advanced, PurchaseID=advanced)).status_code
    assert status == (200 if counts else 400)

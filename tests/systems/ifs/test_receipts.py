"""Orders and receipts: what belongs together, what is found late, what tenants write otherwise."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from ifs_world import HOUR, START, World, line, order

from ml_connector.domain.documents import DocumentStatus, GoodsReceipt, PurchaseOrder
from ml_connector.sync.ports import Unreadable, Window


def receipt(n: int, line_no: int, date: str, note: str | None = "DN-1", **more: Any) -> dict[str, Any]:
    return {"ReceiptSequence": n, "SourceRef1": "P1", "SourceRef2": str(line_no), "SourceRef3": "1", "ReceiptNo": 1,
            "SourceQtyReceived": 4, "InvQtyReceived": 4, "UnitMeas": "pcs", "ReceivedDate": date,
            "ReceiptReference": note, "Contract": "STO1", "Objstate": "Received", **more}  # fmt: skip


def seed(ifs: World, *rows: dict[str, Any]) -> None:
    ifs.sim("POST", "seed", {"records": {"ReceiptInfo": list(rows)}})


def test_what_came_on_one_day_with_one_note_is_one_receipt(ifs: World) -> None:
    """The receipt number counts by order line, so rows of one number may have come on different days."""
    seed(ifs, receipt(1, 1, "2026-10-05"), receipt(2, 2, "2026-10-05"), receipt(3, 1, "2026-10-08", None, ReceiptNo=2))
    found = [one for one in ifs.read("goods_receipt") if isinstance(one, GoodsReceipt)]
    assert [(one.key, one.date, len(one.lines)) for one in found] == [
        ("P1/2026-10-05/DN-1", dt.date(2026, 10, 5), 2), ("P1/2026-10-08", dt.date(2026, 10, 8), 1),
    ]  # fmt: skip
    first = found[0]
    assert (first.order_key, first.supplier_key, first.supplier_name) == ("P1", "S1", "Kestrel 1")
    assert (first.lines[0].item, first.lines[0].quantity, first.lines[0].unit) == ("M6-25", Decimal(4), "pcs")


def test_services_and_other_sources_are_not_received(ifs: World) -> None:
    """A line without part brings nothing into stock, and a receipt of something else than an order is not ours."""
    ifs.sim("POST", "seed", {"records": {"PurchaseOrderLine": [line(1, 3, PartNo=None, Description="Assembly")]}})
    seed(ifs, receipt(1, 3, "2026-10-05"), receipt(2, 1, "2026-10-05", SourceRef1="SHIP-9"))
    assert ifs.read("goods_receipt") == []


def test_a_receipt_of_a_line_that_the_order_does_not_have_is_held(ifs: World) -> None:
    """It is told with order and line, and the others still come."""
    seed(ifs, receipt(1, 9, "2026-10-05"), receipt(2, 1, "2026-10-06"))
    found = list(ifs.adapter().read("goods_receipt", Window(None, START)))
    assert [one.finding.message for one in found if isinstance(one, Unreadable)] == [
        "Goods receipt P1/2026-10-05/DN-1: order P1 has no line 9/1."
    ]
    assert [one.key for one in found if isinstance(one, GoodsReceipt)] == ["P1/2026-10-06/DN-1"]


def test_cancelled_rows_are_left_out_and_a_receipt_of_only_such_is_void(ifs: World) -> None:
    """What was received and cancelled did not come."""
    seed(ifs, receipt(1, 1, "2026-10-05"), receipt(2, 2, "2026-10-05", Objstate="Cancelled"),
         receipt(3, 1, "2026-10-06", Objstate="Cancelled"))  # fmt: skip
    found = {one.key: one for one in ifs.read("goods_receipt") if isinstance(one, GoodsReceipt)}
    assert len(found["P1/2026-10-05/DN-1"].lines) == 1
    assert found["P1/2026-10-06/DN-1"].status is DocumentStatus.VOIDED


def test_a_receipt_that_is_entered_late_is_found(ifs: World) -> None:
    """One dated weeks ago is read again by its date; one dated months ago shows by its order line's activity."""
    ifs.clock.seconds = 7200
    window = Window(START + HOUR, ifs.clock.now())
    seed(ifs, receipt(1, 1, "2026-10-10"))
    assert [one.key for one in ifs.read("goods_receipt", window)] == ["P1/2026-10-10/DN-1"]
    ifs.clock.seconds = 10_800
    window = Window(window.end + HOUR / 2, ifs.clock.now())
    old = receipt(2, 1, "2026-03-01", "DN-0", SourceRef1="P2")
    seed(ifs, old)
    assert ifs.read("goods_receipt", window) == []
    moved = line(2, 1, Objstate="Received", LastActivityDate="2026-11-01T14:00:00Z")
    ifs.sim("POST", "seed", {"records": {"PurchaseOrderLine": [moved]}})
    assert [one.key for one in ifs.read("goods_receipt", window)] == ["P2/2026-03-01/DN-0"]


def test_receipts_are_found_by_key_and_by_order(ifs: World) -> None:
    """An order's number stands for all its receipts."""
    seed(ifs, receipt(1, 1, "2026-10-05"), receipt(2, 1, "2026-10-06"))
    adapter = ifs.adapter()
    assert len(list(adapter.read_keys("goods_receipt", ["P1"]))) == 2
    [one] = adapter.read_keys("goods_receipt", ["P1/2026-10-06/DN-1"])
    assert one.key == "P1/2026-10-06/DN-1"


# --- corrected rows ---


def test_a_corrected_delivery_note_makes_no_second_receipt(ifs: World) -> None:
    """The row stays in the receipt that it was first seen in, by window, key and list; a new row has the new note."""
    seed(ifs, receipt(1, 1, "2026-10-20"), receipt(2, 2, "2026-10-20"))
    assert [one.key for one in ifs.read("goods_receipt")] == ["P1/2026-10-20/DN-1"]
    ifs.edit("ReceiptInfo", "1", ReceiptReference="DN-1A")
    ifs.clock.seconds = 7200
    window = Window(START + HOUR, ifs.clock.now())
    assert ifs.read("goods_receipt", window) == []
    seed(ifs, receipt(3, 1, "2026-10-20", "DN-1A"))
    assert [one.key for one in ifs.read("goods_receipt", window)] == ["P1/2026-10-20/DN-1A"]
    for key, lines in (("P1/2026-10-20/DN-1", 2), ("P1/2026-10-20/DN-1A", 1)):
        [one] = ifs.adapter().read_keys("goods_receipt", [key])
        assert isinstance(one, GoodsReceipt)
        assert (one.key, len(one.lines)) == (key, lines)
    day = dt.date(2026, 10, 20)
    assert {one.key for one in ifs.adapter().listing("goods_receipt", day, day)} == {
        "P1/2026-10-20/DN-1", "P1/2026-10-20/DN-1A",
    }  # fmt: skip


def test_a_corrected_day_changes_the_receipt_and_makes_no_other(ifs: World) -> None:
    """The same receipt comes again with its new day."""
    seed(ifs, receipt(1, 1, "2026-10-20"))
    ifs.read("goods_receipt")
    ifs.edit("ReceiptInfo", "1", ReceivedDate="2026-10-21")
    ifs.clock.seconds = 7200
    [one] = ifs.read("goods_receipt", Window(START + HOUR, ifs.clock.now()))
    assert isinstance(one, GoodsReceipt)
    assert (one.key, one.date) == ("P1/2026-10-20/DN-1", dt.date(2026, 10, 21))


def test_a_receipt_keeps_a_row_that_is_dated_out_of_sight(ifs: World) -> None:
    """A row dated back beyond what is read again is read by its number, so that the receipt loses nothing."""
    seed(ifs, receipt(1, 1, "2026-10-20"), receipt(2, 2, "2026-10-20"))
    ifs.read("goods_receipt")
    ifs.edit("ReceiptInfo", "2", ReceivedDate="2026-03-01")
    ifs.edit("ReceiptInfo", "1", SourceQtyReceived=3)
    ifs.clock.seconds = 7200
    [one] = ifs.read("goods_receipt", Window(START + HOUR, ifs.clock.now()), numbers_as_text=True)
    assert isinstance(one, GoodsReceipt)
    assert (one.key, one.date) == ("P1/2026-10-20/DN-1", dt.date(2026, 10, 20))
    assert [line.quantity for line in one.lines] == [Decimal(3), Decimal(4)]


def test_cancelled_lines_of_a_living_order_are_left_out(ifs: World) -> None:
    """The order's total is that of the lines in force."""
    ifs.sim("POST", "seed", {"records": {"PurchaseOrderLine": [line(1, 2, Objstate="Cancelled")]}})
    one = ifs.read("purchase_order")[0]
    assert isinstance(one, PurchaseOrder)
    assert (len(one.lines), one.net) == (1, Decimal(20))


def test_pre_postings_are_the_accounts_of_order_lines(ifs: World) -> None:
    """Where they are read, a line has account and cost centre; else the deployment's default account, or none."""
    ifs.sim("POST", "seed", {"records": {
        "PreAccounting": [{"PreAccountingId": 55, "Company": "10", "CodenoA": "4010", "CodenoB": "CC200"}],
        "PurchaseOrderLine": [line(1, 1, PreAccountingId=55)],
    }})  # fmt: skip
    one = ifs.read("purchase_order", pre_postings=True)[0]
    assert isinstance(one, PurchaseOrder)
    assert [(each.account, each.cost_centre) for each in one.lines] == [("4010", "CC200"), (None, "")]
    ifs.cache.rows.clear()
    plain = ifs.read("purchase_order", default_account="6110")[0]
    assert isinstance(plain, PurchaseOrder)
    assert {each.account for each in plain.lines} == {"6110"}


def test_orders_of_other_companies_and_sites_are_not_read(ifs: World) -> None:
    """Which are ours is a choice of the deployment."""
    more = [order(4, Company="20", Contract="LDN1", VendorNo="S1"), order(5, Contract="GBG1", VendorNo="S1")]
    ifs.sim("POST", "seed", {"records": {"PurchaseOrder": more}})
    assert {one.key for one in ifs.read("purchase_order")} == {"P1", "P2", "P3", "P5"}
    ifs.cache.rows.clear()
    assert {one.key for one in ifs.read("purchase_order", sites=["GBG1"])} == {"P5"}


def test_receipts_of_other_companies_and_sites_are_not_read(ifs: World) -> None:
    """A receipt names its site, and its order the company; both have to be ours, whichever way it is read."""
    ifs.sim("POST", "seed", {"records": {
        "PurchaseOrder": [order(4, Company="20", Contract="LDN1"), order(5, Contract="GBG1")],
        "PurchaseOrderLine": [line(4, 1, Contract="LDN1"), line(5, 1, Contract="GBG1")],
    }})  # fmt: skip
    seed(ifs, receipt(1, 1, "2026-10-05"), receipt(2, 1, "2026-10-05", SourceRef1="P4", Contract="LDN1"),
         receipt(3, 1, "2026-10-05", SourceRef1="P5", Contract="GBG1"),
         receipt(4, 1, "2026-10-06", SourceRef1="P5", Contract="STO1"))  # fmt: skip
    days = Window(START - dt.timedelta(days=40), START, by_document_date=True)
    chosen: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({}, ["P1/2026-10-05/DN-1", "P5/2026-10-05/DN-1", "P5/2026-10-06/DN-1"]),
        ({"sites": ["GBG1"]}, ["P5/2026-10-05/DN-1"]),
        ({"companies": ["20"]}, ["P4/2026-10-05/DN-1"]),
    )
    for options, keys in chosen:
        ifs.cache.rows.clear()
        for window in (None, days):
            assert [one.key for one in ifs.read("goods_receipt", window, **options)] == keys
        by_order = ifs.adapter(**options).read_keys("goods_receipt", ["P1", "P4", "P5"])
        assert [one.key for one in by_order] == keys


def test_order_dates_kept_as_time_stamps_are_filtered_as_such(ifs: World) -> None:
    """Tenants differ in the type of the order date; the filter's literal follows the option."""
    ifs.sim("PATCH", "settings", {"order_date": "timestamp"})
    stamped = {"order": {"projection": "PurchaseOrderHandling", "name": "PurchaseOrderSet", "keys": ["OrderNo"],
                         "timestamps": ["OrderDate"]}}  # fmt: skip
    found = ifs.read("purchase_order", sets=stamped)
    assert next(one.date for one in found if isinstance(one, PurchaseOrder)) == dt.date(2026, 10, 1)
    assert "OrderDate ge 2025-09-27T00:00:00Z" in {pull.query.split(" and ")[0] for pull in ifs.pulls}


def test_decimals_as_texts_are_the_same_documents(ifs: World) -> None:
    """With IEEE754Compatible amounts and numeric keys come as texts, and are read and addressed all the same."""
    seed(ifs, *(receipt(n, 1, "2026-10-05", f"DN-{n}") for n in range(1, 31)))
    plain = ifs.read("goods_receipt")
    ifs.cache.rows.clear()
    ifs.sim("PATCH", "settings", {"page_cap": 7})
    assert ifs.read("goods_receipt", numbers_as_text=True, page_size=7) == plain


def test_pre_postings_are_found_by_numbers_that_come_as_texts(ifs: World) -> None:
    """A number is asked for bare, though the order line has it as a text: quoted, IFS refuses it."""
    ifs.sim("POST", "seed", {"records": {
        "PreAccounting": [{"PreAccountingId": 55, "Company": "10", "CodenoA": "4010"}],
        "PurchaseOrderLine": [line(1, 1, PreAccountingId=55)],
    }})  # fmt: skip
    [one] = ifs.adapter(pre_postings=True, numbers_as_text=True).read_keys("purchase_order", ["P1"])
    assert isinstance(one, PurchaseOrder)
    assert one.lines[0].account == "4010"


def test_a_set_without_etags_is_compared_by_content(ifs: World) -> None:
    """Where ETags mean nothing a hash of what was read tells what changed."""
    hashed = {"order": {"projection": "PurchaseOrderHandling", "name": "PurchaseOrderSet", "keys": ["OrderNo"],
                        "delta": "full_hash"}}  # fmt: skip
    ifs.read("purchase_order", sets=hashed)
    ifs.clock.seconds = 7200
    ifs.edit("PurchaseOrder", "P2", NoteText="not read, so no change")
    ifs.edit("PurchaseOrder", "P3", WantedReceiptDate="2026-12-01")
    ifs.calls.clear()
    window = Window(START + HOUR, ifs.clock.now())
    assert [one.key for one in ifs.read("purchase_order", window, sets=hashed)] == ["P3"]


def test_a_tenant_that_refuses_select_is_read_whole(ifs: World) -> None:
    """The option leaves ``$select`` out for that set."""
    ifs.sim("PATCH", "settings", {"select_refused": ["PurchaseOrderHandling/PurchaseOrderSet"]})
    whole = {"order": {"projection": "PurchaseOrderHandling", "name": "PurchaseOrderSet", "keys": ["OrderNo"],
                       "select": False}}  # fmt: skip
    assert len(ifs.read("purchase_order", sets=whole)) == 3

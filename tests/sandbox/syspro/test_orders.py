"""PORTOI and the queries of orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .conftest import xml

LINE = {"StockCode": "A100", "OrderQty": "10", "PriceMethod": "M", "Price": "2.50", "LedgerCode": "10-5100"}
FIRST = "000000000000001"


def _number(root: Any) -> str:
    return str(root.findtext("Order/Key/PurchaseOrder"))


def _error(root: Any, path: str) -> str | None:
    found: str | None = root.findtext(f"Order/{path}/ErrorNumber")
    return found


def _lines(erp: Any) -> list[dict[str, Any]]:
    return list(erp.rows("PorMasterDetail", orderby="PurchaseOrder,Line"))


def test_an_order_is_added(erp: Any) -> None:
    """The answer names the padded number and counts with zeros under the misspelt StatusofItems."""
    root = erp.order(LINE, LINE, CustomerPoNumber="CIN7-1", OrderDate="2024-04-11", DueDate="2024-04-30")
    assert (root.tag, _number(root)) == ("postpurchaseorders", FIRST)
    assert root.findtext("StatusofItems/ItemsProcessed") == "000001"
    header = erp.rows("PorMasterHdr")[0]
    assert header["OrderEntryDate"] == "2024-04-11T00:00:00Z"
    assert (header["OrderStatus"], header["CustomerPoNumber"], header["Currency"]) == ("1", "CIN7-1", "GBP")
    lines = _lines(erp)
    assert [line["Line"] for line in lines] == [1, 2]
    assert (lines[0]["MStockDes"], lines[0]["MOrderQty"], lines[0]["MPrice"]) == (
        "Bicycle frame",
        Decimal(10),
        Decimal("2.5"),
    )


def test_the_first_status_is_by_setup(erp: Any) -> None:
    """A site may leave new orders in process, unless the document makes them ready to print."""
    erp.set(po_status="0")
    erp.order(LINE)
    erp.order(LINE, options={"ChgPOStatToReadyToPrint": "Y"})
    assert [row["OrderStatus"] for row in erp.rows("PorMasterHdr", orderby="PurchaseOrder")] == ["0", "1"]


def test_the_answer_may_omit_the_new_number(erp: Any) -> None:
    """A clean import without number is found again by the reference that was sent."""
    erp.set(omit_new_number=True)
    root = erp.order(LINE, CustomerPoNumber="CIN7-1")
    assert root.find("Order/Key") is None
    assert root.findtext("StatusofItems/ItemsInvalid") == "000000"
    assert [row["PurchaseOrder"] for row in erp.rows("PorMasterHdr", filter="CustomerPoNumber eq 'CIN7-1'")] == [FIRST]


def test_an_unknown_stock_code_has_the_recorded_number(erp: Any) -> None:
    """240004 stands at the stock code of its line."""
    root = erp.order({**LINE, "StockCode": "NIX"})
    assert _error(root, "OrderDetails/StockLine/StockCode") == "240004"
    assert erp.stored("PorMasterHdr") == []


def test_a_non_stocked_line_must_be_allowed(erp: Any) -> None:
    """With AllowNonStockItems a line of type 7 needs description, unit and, unless allowed, a ledger code."""
    free = {"StockCode": "SERVICE", "OrderQty": "1", "Price": "9.00"}
    allowed = {"AllowNonStockItems": "Y"}
    root = erp.order(free, options=allowed)
    paths = ("StockDescription", "OrderUom", "LedgerCode")
    assert [_error(root, f"OrderDetails/StockLine/{path}") for path in paths] == ["200004"] * 3
    free |= {"StockDescription": "Repair", "OrderUom": "EA"}
    assert _number(erp.order(free, options={**allowed, "AllowBlankLedgerCode": "Y"})) == FIRST
    assert (_lines(erp)[0]["LineType"], _lines(erp)[0]["MPrice"]) == ("7", Decimal(9))


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("OrderQty", "0", "200005"), ("OrderQty", "ten", "200001"), ("OrderQty", "1.1234567", "200001"),
        ("Price", "1.123456", "200001"), ("Price", "0", "200005"), ("LedgerCode", "99-1", "200121"),
        ("TaxCode", "Z", "200122"), ("Warehouse", "Z", "200123"), ("OrderUom", "BOX", "200005"),
        ("LatestDueDate", "30/04/2024", "200002"),
    ],
)  # fmt: skip
def test_a_wrong_line_refuses_the_order(erp: Any, name: str, value: str, number: str) -> None:
    """The error stands at the element of the line."""
    root = erp.order({**LINE, name: value})
    assert _error(root, f"OrderDetails/StockLine/{name}") == number
    assert erp.stored("PorMasterDetail") == []


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("Supplier", "NOBODY", "200011"), ("OrderActionType", "X", "200005"), ("Warehouse", "Z", "200123"),
        ("CustomerPoNumber", "x" * 31, "200003"), ("OrderDate", "today", "200002"), ("PurchaseOrder", "77", "200013"),
    ],
)  # fmt: skip
def test_a_wrong_header_refuses_the_order(erp: Any, name: str, value: str, number: str) -> None:
    """The error stands at the element of the header."""
    assert _error(erp.order(LINE, **{name: value}), f"OrderHeader/{name}") == number


def test_a_free_price_needs_permission(erp: Any) -> None:
    """AllowZeroPrice lets a price of nothing pass."""
    assert _number(erp.order({**LINE, "Price": "0"}, options={"AllowZeroPrice": "Y"})) == FIRST


def test_without_manual_price_method_the_price_is_the_systems(erp: Any) -> None:
    """A stocked line whose price method is not M has the warehouse's cost, and nobody says so."""
    erp.order({**LINE, "PriceMethod": "", "Warehouse": "E"})
    assert _lines(erp)[0]["MPrice"] == 1


def test_a_foreign_order_has_both_prices(erp: Any) -> None:
    """The price sent is in the order's currency; the local one is divided by the rate."""
    erp.seed("ApSupplier", {"Supplier": "EURO", "Currency": "EUR"})
    erp.order({**LINE, "Price": "1.17"}, Supplier="EURO")
    assert (_lines(erp)[0]["MForeignPrice"], _lines(erp)[0]["MPrice"]) == (Decimal("1.17"), Decimal(1))


def test_suppliers_on_hold_are_a_warning(erp: Any) -> None:
    """A warning refuses the order unless warnings are ignored; a supplier without orders is an error."""
    erp.seed("ApSupplier", {"Supplier": "HELD", "OnHold": "Y"}, {"Supplier": "NEVER", "PurchOrdAllowed": "N"})
    root = erp.order(LINE, Supplier="HELD")
    assert root.findtext("Order/OrderHeader/Supplier/WarningNumber") == "900001"
    assert root.findtext("StatusofItems/ItemsRejectedWithWarnings") == "000001"
    root = erp.order(LINE, Supplier="HELD", options={"IgnoreWarnings": "Y"})
    assert (_number(root), root.findtext("StatusofItems/ItemsProcessedWithWarnings")) == (FIRST, "000001")
    assert _error(erp.order(LINE, Supplier="NEVER", options={"IgnoreWarnings": "Y"}), "OrderHeader/Supplier")


def test_numbers_may_be_the_clients(erp: Any) -> None:
    """With manual numbering the number must be given and be new."""
    erp.set(po_numbering="manual")
    assert _error(erp.order(LINE), "OrderHeader/PurchaseOrder") == "200004"
    assert _number(erp.order(LINE, PurchaseOrder="CIN7-1")) == "CIN7-1"
    assert _error(erp.order(LINE, PurchaseOrder="CIN7-1"), "OrderHeader/PurchaseOrder") == "200010"


def test_validation_alone_uses_no_number(erp: Any) -> None:
    """ValidateOnly stores nothing, and the next order has the first number."""
    assert erp.order(LINE, options={"ValidateOnly": "Y"}).findtext("StatusofItems/ItemsInvalid") == "000000"
    assert erp.stored("PorMasterHdr") == []
    assert _number(erp.order(LINE)) == FIRST


def test_an_order_and_its_lines_are_changed(erp: Any) -> None:
    """Action C changes the header, and adds, changes and deletes lines by their action."""
    erp.order(LINE, LINE)
    changed = erp.order(
        {"LineActionType": "C", "PurchaseOrderLine": "1", "OrderQty": "12"},
        {"LineActionType": "D", "PurchaseOrderLine": "2"},
        {**LINE, "LineActionType": "A", "OrderQty": "3"},
        OrderActionType="C", PurchaseOrder="1", Buyer="JM",
    )  # fmt: skip
    assert _number(changed) == FIRST
    assert [(line["Line"], line["MOrderQty"]) for line in _lines(erp)] == [(1, Decimal(12)), (3, Decimal(3))]
    assert erp.rows("PorMasterHdr")[0]["Buyer"] == "JM"
    root = erp.order({"LineActionType": "C", "PurchaseOrderLine": "9"}, OrderActionType="C", PurchaseOrder="1")
    assert _error(root, "OrderDetails/StockLine/PurchaseOrderLine") == "200011"


def test_what_was_received_binds(erp: Any) -> None:
    """A line cannot fall below what has come, nor vanish, nor can its order be cancelled."""
    erp.order(LINE)
    erp.receive("1", "4")
    change = {"OrderActionType": "C", "PurchaseOrder": "1"}
    root = erp.order({"LineActionType": "C", "PurchaseOrderLine": "1", "OrderQty": "3"}, **change)
    assert _error(root, "OrderDetails/StockLine/OrderQty") == "900002"
    root = erp.order({"LineActionType": "D", "PurchaseOrderLine": "1"}, **change)
    assert _error(root, "OrderDetails/StockLine/PurchaseOrderLine") == "200012"
    root = erp.order(OrderActionType="D", PurchaseOrder="1")
    assert _error(root, "OrderHeader/PurchaseOrder") == "200012"


def test_a_cancelled_order_stays_so(erp: Any) -> None:
    """Action D sets star and flag, after which nothing can be changed."""
    erp.order(LINE)
    erp.order(OrderActionType="D", PurchaseOrder="1")
    header = erp.rows("PorMasterHdr")[0]
    assert (header["OrderStatus"], header["CancelledFlag"]) == ("*", "Y")
    assert _error(erp.order(OrderActionType="C", PurchaseOrder="1"), "OrderHeader/PurchaseOrder") == "200013"
    assert _error(erp.order(OrderActionType="D", PurchaseOrder="9"), "OrderHeader/PurchaseOrder") == "200011"


def test_comments_and_charges_are_lines_of_their_own_type(erp: Any) -> None:
    """They are numbered with the others, and hold their text and value in the N columns."""
    details = {
        "CommentLine": {"Comment": "Urgent"},
        "FreightLine": {"FreightValue": "12.00"},
        "MiscChargeLine": {"MiscChargeValue": "3"},
    }
    given = {
        "OrderHeader": {"OrderActionType": "A", "Supplier": "BOLT"},
        "OrderDetails": {"StockLine": LINE, **details},
    }
    erp.call("Transaction/Post", "PORTOI", xml("PostPurchaseOrders", {"Orders": given}))
    lines = _lines(erp)
    assert [line["LineType"] for line in lines] == ["1", "6", "4", "5"]
    assert (lines[1]["NComment"], lines[2]["NMscChargeValue"]) == ("Urgent", Decimal(12))


def test_each_order_of_a_document_stands_for_itself(erp: Any) -> None:
    """A bad order does not keep a good one out."""
    heads = [{"OrderActionType": "A", "Supplier": code} for code in ("BOLT", "NOBODY")]
    orders = [{"OrderHeader": head, "OrderDetails": {"StockLine": LINE}} for head in heads]
    root = erp.call("Transaction/Post", "PORTOI", xml("PostPurchaseOrders", {"Orders": orders}))
    counts = [root.findtext(f"StatusofItems/{name}") for name in ("ItemsProcessed", "ItemsInvalid")]
    assert counts == ["000001", "000001"]
    assert len(erp.stored("PorMasterHdr")) == 1


def test_the_query_of_an_order_edits_its_numbers(erp: Any) -> None:
    """PORQRY has thousands commas beside a raw twin, and leaves out the lines that were not asked for."""
    erp.order({**LINE, "OrderQty": "1200"}, LINE)
    root = erp.call("Query/Query", "PORQRY", xml("Query", {"Key": {"PurchaseOrder": "1"}, "Filter": {"LineNo": "1"}}))
    assert (root.tag, root.findtext("PurchaseOrder")) == ("PorDetail", FIRST)
    lines = root.findall("PurchaseOrderLine/Merchandise")
    assert [line.findtext("LineTypeDescription") for line in lines] == ["Stocked"]
    assert str(lines[0].findtext("MOrderQty")).strip() == "1,200.000"
    assert str(lines[0].findtext("Unedited_MOrderQty")).strip() == "1200.000000"
    asked = {"Key": {"PurchaseOrder": FIRST}, "Option": {"IncludeStockedLines": "N"}}
    assert erp.call("Query/Query", "PORQRY", xml("Query", asked)).find("PurchaseOrderLine") is None
    assert erp.text("Query/Query", "PORQRY", "<Query/>").startswith("ERROR:")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("", "P1 P2"),
        ("<Option><IncludeCompletedOrders>Y</IncludeCompletedOrders></Option>", "P1 P2 P3"),
        ("<Option><IncludeCancelledOrders>Y</IncludeCancelledOrders></Option>", "P1 P2 P4"),
        ('<Filter><OrderDate FilterType="R" FilterValue="2024-04-02,2024-04-30"/></Filter>', "P2"),
        ('<Filter><PurchaseOrder FilterType="S" FilterValue="P1"/></Filter>', "P1"),
        ('<Filter><PurchaseOrder FilterType="L" FilterValue="P1,P2,P9"/></Filter>', "P1 P2"),
        ('<Filter><PurchaseOrder FilterType="GT" FilterValue="P1"/></Filter>', "P2"),
        ('<Filter><Supplier FilterType="A" FilterValue=""/></Filter>', "P1 P2"),
    ],
)
def test_orders_are_listed_by_filters(erp: Any, body: str, found: str) -> None:
    """PORQPO leaves out what is complete or cancelled, and filters by single value, list and range."""
    states = ({}, {}, {"OrderStatus": "9"}, {"OrderStatus": "*", "CancelledFlag": "Y"})
    rows = (
        {"PurchaseOrder": f"P{n}", "Supplier": "BOLT", "OrderEntryDate": f"2024-04-0{n}", **state}
        for n, state in enumerate(states, start=1)
    )
    erp.seed("PorMasterHdr", *rows)
    root = erp.call("Query/Query", "PORQPO", f"<Query>{body}</Query>")
    assert root.tag == "PorQuery"
    assert " ".join(str(row.text) for row in root.findall("PurchaseOrderItem/PurchaseOrder")) == found

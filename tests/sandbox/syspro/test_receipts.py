"""PORTOR: receipts, their GRNs and what they do to the order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

LINE = {"StockCode": "A100", "OrderQty": "200", "PriceMethod": "M", "Price": "4.00", "LedgerCode": "10-5100"}
FIRST = "000000000000001"


@pytest.fixture
def ordered(erp: Any) -> Any:
    """An order of 200 at 4.00, and the client."""
    erp.order(LINE)
    return erp


def _error(root: Any, name: str) -> str | None:
    found: str | None = root.findtext(f"Item/{name}/ErrorNumber")
    return found


def test_a_receipt_answers_as_recorded(ordered: Any) -> None:
    """The key has order, line with four digits and GRN; there is no status block."""
    root = ordered.receive("1", "50.000", DeliveryNote="DN-771", GRNNumber="", GRNSource="1")
    key = [root.findtext(f"Item/Key/{name}") for name in ("PurchaseOrder", "Line", "Grn", "LotNumber")]
    assert (root.tag, key) == ("postpurchaseorderreceipts", [FIRST, "0001", FIRST, ""])
    assert root.findtext("Item/ItemNumber") == "000001"
    assert root.find("StatusOfItems") is None


def test_a_receipt_may_answer_as_the_catalogue_shows(ordered: Any) -> None:
    """Switched, the GRN is spelt in capitals below the receipt, with the journal as key and the counts."""
    ordered.set(receipt_output="catalogue")
    root = ordered.receive("1", "50")
    assert (root.findtext("Item/Receipt/GRN"), root.findtext("Item/Receipt/PurchaseOrderLine")) == (FIRST, "0001")
    assert root.findtext("Item/Key/Journal") == "00001"
    assert root.findtext("StatusOfItems/ItemsProcessed") == "1"


def test_a_receipt_writes_a_grn_and_raises_the_line(ordered: Any) -> None:
    """The GRN points at order and line with its local value; the line and the stock count what came."""
    ordered.receive("1", "50", DeliveryNote="DN-771")
    grn = ordered.rows("GrnDetails")[0]
    assert (grn["PurchaseOrder"], grn["PurchaseOrderLin"], grn["GrnSource"], grn["Journal"]) == (FIRST, 1, "1", 1)
    assert (grn["OrigGrnValue"], grn["CurGrnValue"], grn["QtyReceived"]) == (Decimal(200), Decimal(200), Decimal(50))
    line = ordered.rows("PorMasterDetail")[0]
    assert (line["MReceivedQty"], line["MCompleteFlag"]) == (Decimal(50), "N")
    assert line["MLastReceiptDat"] == grn["OrigReceiptDate"]
    history = ordered.rows("PorHistReceipt")[0]
    assert (history["QtyReceived"], history["Reference"]) == (Decimal(50), "DN-771")
    journal = ordered.rows("GenJournalDetail", filter="Source eq 'GR'", orderby="GlYear,GlPeriod,Journal,EntryNumber")
    assert [(row["GlCode"], row["EntryType"], row["EntryValue"]) for row in journal] == [
        ("10-5100", "D", Decimal(200)), ("00-2150", "C", Decimal(200)),
    ]  # fmt: skip


def test_equal_receipts_of_a_day_are_two(ordered: Any) -> None:
    """The history's key is not published: a second receipt of the same line, day and note does not take the first's."""
    ordered.receive("1", "4", DeliveryNote="D1")
    ordered.receive("1", "6", DeliveryNote="D1")
    rows = ordered.rows("PorHistReceipt", orderby="QtyReceived")
    assert [row["QtyReceived"] for row in rows] == [4, 6]
    assert "RowId" not in rows[0]
    metadata = ordered.odata("ACM1/$metadata").text
    assert "RowId" not in metadata
    assert '<EntityType Name="PorHistReceipt"><Property' in metadata


def test_the_transaction_date_is_the_receipts_date(ordered: Any) -> None:
    """Receipt, history, line and journal carry it; a date that is none is refused."""
    ordered.receive("1", "50", {"TransactionDate": "2024-03-07"})
    (grn,), (history,) = ordered.rows("GrnDetails"), ordered.rows("PorHistReceipt")
    day = "2024-03-07T00:00:00Z"
    assert (grn["OrigReceiptDate"], grn["GrnYear"], grn["GrnMonth"], history["DateReceived"]) == (day, 2024, 3, day)
    assert ordered.rows("PorMasterDetail")[0]["MLastReceiptDat"] == day
    assert {row["GlPeriod"] for row in ordered.rows("GenJournalDetail", filter="Source eq 'GR'")} == {3}
    assert _error(ordered.receive("1", "1", {"TransactionDate": "7 March"}), "Quantity") == "200002"


def test_a_grns_value_has_eight_decimals(ordered: Any) -> None:
    """Quantity times cost is not rounded to cents; the ledger is."""
    ordered.receive("1", "3.333333", CostBasis="", Cost="1.11111")
    grn = ordered.rows("GrnDetails")[0]
    assert grn["OrigGrnValue"] == grn["CurGrnValue"] == Decimal("3.70369963")
    entries = ordered.rows("GenJournalDetail", filter="Source eq 'GR'")
    assert {row["EntryValue"] for row in entries} == {Decimal("3.70")}


def test_the_last_receipt_completes_line_and_order(ordered: Any) -> None:
    """Then the line is complete, the order has status 9, and nothing more can be received."""
    ordered.receive("1", "150")
    assert ordered.rows("PorMasterHdr")[0]["OrderStatus"] == "1"
    ordered.receive("1", "50")
    header = ordered.rows("PorMasterHdr")[0]
    assert header["OrderStatus"] == "9"
    assert header["DatePoCompleted"]
    assert ordered.rows("PorMasterDetail")[0]["MCompleteFlag"] == "Y"
    assert _error(ordered.receive("1", "1", {"IgnoreWarnings": "Y"}), "PurchaseOrder") == "200013"


def test_too_much_is_a_warning(ordered: Any) -> None:
    """More than outstanding is refused unless warnings are ignored."""
    root = ordered.receive("1", "201")
    assert root.findtext("Item/Quantity/WarningNumber") == "900002"
    assert root.findtext("StatusOfItems/ItemsInvalid") == "1"
    ordered.receive("1", "201", {"IgnoreWarnings": "Y"})
    assert ordered.rows("PorMasterDetail")[0]["MReceivedQty"] == 201


def test_without_matching_there_is_no_grn(ordered: Any) -> None:
    """A supplier without GRN matching leaves receipt history alone, unless the document switches it on."""
    ordered.sim("POST", "edit", {"entity": "ApSupplier", "id": "BOLT", "set": {"GrnMatchReqd": "N"}})
    assert ordered.receive("1", "5", DeliveryNote="A").findtext("Item/Key/Grn") == ""
    assert (len(ordered.stored("GrnDetails")), len(ordered.stored("PorHistReceipt"))) == (0, 1)
    ordered.receive("1", "5", SwitchOnGRNMatching="Y", DeliveryNote="B")
    assert len(ordered.stored("GrnDetails")) == 1


@pytest.mark.parametrize(
    ("fields", "name", "number"),
    [
        ({"PurchaseOrder": "9"}, "PurchaseOrder", "200011"),
        ({"PurchaseOrderLine": "9"}, "PurchaseOrderLine", "200011"),
        ({"Quantity": "0"}, "Quantity", "200005"),
        ({"Quantity": "1.12345678901234"}, "Quantity", "200001"),
        ({"DeliveryNote": "x" * 31}, "DeliveryNote", "200003"),
    ],
)
def test_a_wrong_receipt_is_refused(ordered: Any, fields: dict[str, str], name: str, number: str) -> None:
    """The error stands at its element, and nothing is received."""
    order, quantity = fields.pop("PurchaseOrder", "1"), fields.pop("Quantity", "1")
    assert _error(ordered.receive(order, quantity, **fields), name) == number
    assert ordered.stored("GrnDetails") == []


def test_a_closed_period_takes_no_receipt(ordered: Any) -> None:
    """The transaction's date decides; the text says that the period is closed."""
    ordered.set(closed_periods=["2024-05"])
    root = ordered.receive("1", "1", {"TransactionDate": "2024-05-31"})
    assert root.findtext("Item/Quantity/ErrorDescription") == "Period 2024-05 is closed"
    assert _error(ordered.receive("1", "1", {"TransactionDate": "2024-06-01"}), "Quantity") is None


def test_the_cost_may_be_another_than_the_orders(ordered: Any) -> None:
    """Without cost basis P a given cost values the GRN; the GRN number may be given too."""
    ordered.receive("1", "10", CostBasis="", Cost="4.50", GRNNumber="88")
    grn = ordered.rows("GrnDetails")[0]
    assert (grn["OrigGrnValue"], grn["Grn"]) == (Decimal(45), "000000000000088")


def test_validation_alone_receives_nothing(ordered: Any) -> None:
    """ValidateOnly changes neither order nor journals."""
    ordered.receive("1", "10", {"ValidateOnly": "Y"})
    assert ordered.stored("GrnDetails") == []
    assert ordered.receive("1", "10").findtext("Item/Key/Grn") == FIRST

"""Purchase orders, their lines and receipts."""

from __future__ import annotations

from typing import Any

import pytest

LINES = "PPS200MI/LstLine"


@pytest.fixture
def order(cloud: Any) -> str:
    """The number of an order of two lines, changed last on 1 March 2026."""
    lines = [
        {"ITNO": "FAST-M6-25", "SITE": "NF-M6X25", "ORQA": 5000, "PUPR": "1.85"},
        {"ITNO": "FAST-M8-40", "ORQA": 100, "PUPR": "25.00", "PUCD": 10, "ODI1": 10},
    ]
    stamps = {"PUDT": "2026-02-20", "LMDT": "20260301"}
    cloud.seed("MPHEAD", {"PUNO": "4500012", "SUNO": "Y30001", "MPLINE": lines, **stamps})
    return "4500012"


def test_a_head_takes_its_values_from_the_supplier(cloud: Any, order: str) -> None:
    """Currency, terms and payee are the supplier's; statuses and division are there."""
    row = cloud.row("PPS001MI/GetHeadBasic", PUNO=order)
    assert (row["CUCD"], row["TEPY"], row["DIVI"], row["PUSL"], row["PUST"]) == ("SEK", "30D", "AAA", "20", "20")
    assert (row["PUDT"], row["DWDT"]) == ("20260220", "20260306")


def test_totals_are_those_of_the_lines(cloud: Any, order: str) -> None:
    """GetHead sums gross, discount and net; it has neither status nor stamp."""
    row = cloud.row("PPS200MI/GetHead", PUNO=order)
    assert (row["BRAM"], row["ODAM"], row["NTAM"]) == ("9500.00", "25.00", "9475.00")
    assert row["TXPY"] == "30 days net"
    assert not {"PUST", "PUSL", "LMDT", "LMTS"} & set(row)


def test_a_line_is_price_per_quantity_less_discount(cloud: Any, order: str) -> None:
    """The amount of a line is quantity times price per price quantity, less the discount in percent."""
    first, second = cloud.rows(LINES, PUNO=order)
    assert (first["PNLI"], first["PNLS"], first["LNAM"], first["SITE"]) == ("1", "0", "9250.00", "NF-M6X25")
    assert (second["PNLI"], second["LNAM"], second["PUPR"], second["PUCD"]) == ("2", "225.00", "25", "10")
    assert (first["ITDS"], first["PUUN"], first["ORQA"]) == ("Hex bolt M6x25", "EA", "5000")


def test_a_line_has_neither_account_nor_stamp(cloud: Any, order: str) -> None:
    """There is no account on an order line and no LMDT."""
    assert not {"AIT1", "LMDT", "LMTS"} & set(cloud.rows(LINES, PUNO=order)[0])


def test_sublines_are_lines_of_their_own(cloud: Any, order: str) -> None:
    """A line is known by number and subnumber together."""
    cloud.seed("MPLINE", {"PUNO": order, "PNLI": 1, "PNLS": 1, "ITNO": "FAST-M6-25", "ORQA": 7})
    assert [(row["PNLI"], row["PNLS"]) for row in cloud.rows(LINES, PUNO=order)] == [("1", "0"), ("1", "1"), ("2", "0")]
    assert cloud.row("PPS200MI/GetLine", PUNO=order, PNLI="001", PNLS="1")["ORQA"] == "7"


def test_more_than_nine_lines_are_in_the_order_of_numbers(cloud: Any) -> None:
    """Line 10 comes after line 9."""
    cloud.seed("MPHEAD", {"PUNO": "L", "SUNO": "Y30001", "MPLINE": [{"ITNO": "FREIGHT"} for _ in range(11)]})
    assert [row["PNLI"] for row in cloud.rows(LINES, PUNO="L")] == [str(number) for number in range(1, 12)]


def test_a_receipt_moves_quantity_and_status(cloud: Any, order: str) -> None:
    """Received goods show on the line, in the statuses of line and head, and in both lists of receipts."""
    cloud.seed("MPLIND", {"PUNO": order, "PNLI": 1, "RPQA": 2000, "SUDO": "DN-1", "TRDT": "20260305"})
    first, _ = cloud.rows(LINES, PUNO=order)
    assert (first["RVQA"], first["PUSL"], first["PUST"], first["RCDT"]) == ("2000", "20", "75", "20260305")
    head = cloud.row("PPS001MI/GetHeadBasic", PUNO=order)
    assert (head["PUSL"], head["PUST"]) == ("20", "75")
    (receipt,) = cloud.rows("PPS200MI/LstLineTrans", PRTR="50", PUNO=order)
    assert (receipt["RPQA"], receipt["SUDO"]) == ("2000", "DN-1")
    (listed,) = cloud.rows("PPS320MI/LstReceivedPO", PUNO=order)
    assert (listed["REPN"], listed["RVQA"], listed["ITNO"]) == (receipt["REPN"], "2000", "FAST-M6-25")


def test_receipts_of_a_line_add_up(cloud: Any, order: str) -> None:
    """The second receipt completes the line."""
    for _ in range(2):
        cloud.seed("MPLIND", {"PUNO": order, "PNLI": 1, "RPQA": 2500})
    first, _ = cloud.rows(LINES, PUNO=order)
    assert (first["RVQA"], first["PUSL"]) == ("5000", "75")
    assert len({row["REPN"] for row in cloud.rows("PPS200MI/LstLineTrans", PRTR="50", PUNO=order)}) == 2


def test_another_kind_of_transaction_is_no_receipt(cloud: Any, order: str) -> None:
    """A transaction of another type is listed under its type alone and moves nothing."""
    cloud.seed("MPLIND", {"PUNO": order, "PNLI": 1, "PRTR": 40, "RPQA": 10})
    assert cloud.rows("PPS200MI/LstLineTrans", PRTR="50", PUNO=order) == []
    assert len(cloud.rows("PPS200MI/LstLineTrans", PRTR="40")) == 1
    assert cloud.rows(LINES, PUNO=order)[0]["RVQA"] == "0"


def test_a_change_of_a_line_leaves_the_head_s_date(cloud: Any, order: str) -> None:
    """A changed quantity moves the line's LMDT and the total, not the LMDT of the head."""
    cloud.edit("MPLINE", f"{order}/1/0", ORQA="4000")
    assert cloud.row("PPS200MI/GetHead", PUNO=order)["NTAM"] == "7625.00"
    today = cloud.row("GENERAL/GetServerTime")["DATE"]
    assert cloud.exported(f"IALMDT from MPHEAD where IAPUNO = '{order}'") == ["20260301"]
    assert cloud.exported(f"IBLMDT from MPLINE where IBPUNO = {order} and IBPNLI = 1") == [today]


def test_a_tenant_may_move_the_head_with_its_lines(cloud: Any, order: str) -> None:
    """Where it is set so, the head's LMDT moves with a line."""
    cloud.set(line_moves_head=True)
    cloud.edit("MPLINE", f"{order}/1/0", ORQA="4000")
    today = cloud.row("GENERAL/GetServerTime")["DATE"]
    assert cloud.exported(f"IALMDT from MPHEAD where IAPUNO = '{order}'") == [today]


def test_a_head_has_the_statuses_of_its_lines(cloud: Any, order: str) -> None:
    """Lowest and highest status of the head are those of its lines, with the dates at which they moved."""
    cloud.edit("MPLINE", f"{order}/2/0", PUSL="85", PUST="85")
    today = cloud.row("GENERAL/GetServerTime")["DATE"]
    row = cloud.row("PPS001MI/GetHeadBasic", PUNO=order)
    assert (row["PUSL"], row["PUST"], row["SCDT"]) == ("20", "85", today)


def test_orders_are_listed_by_requisitioner(cloud: Any, order: str) -> None:
    """ListHeadBasic lists who asked for the goods."""
    cloud.seed("MPHEAD", {"PUNO": "4500013", "SUNO": "Y30001", "PURC": "ERIK"})
    assert [row["PUNO"] for row in cloud.rows("PPS001MI/ListHeadBasic", PURC="ERIK")] == ["4500013"]
    assert [row["PUNO"] for row in cloud.rows("PPS001MI/ListHeadBasic", PURC="LINDA")] == [order]


def test_orders_are_searched_by_status(cloud: Any, order: str) -> None:
    """SearchHead answers short keys of the orders that the query finds."""
    cloud.seed("MPHEAD", {"PUNO": "4500013", "SUNO": "Y30007", "PUSL": "85", "PUST": "90"})
    rows = cloud.rows("PPS200MI/SearchHead", SQRY="PUSL:[15 TO 75]")
    assert [(row["PUNO"], row["PGNM"], row["FILE"]) for row in rows] == [(order, "PPS200", "MPHEAD")]
    assert len(cloud.rows("PPS200MI/SearchLine", SQRY=f"PUNO:{order} AND ITNO:FAST-M8*")) == 1


def test_adding_a_line_twice_adds_two_lines(cloud: Any, order: str) -> None:
    """AddLine is reachable by GET, and a repetition of it is not recognised."""
    added = [cloud.row("PPS200MI/AddLine", PUNO=order, ITNO="FREIGHT", ORQA="1", PUPR="40")["PNLI"] for _ in range(2)]
    assert added == ["3", "4"]
    assert cloud.row("PPS200MI/GetHead", PUNO=order)["NTAM"] == "9555.00"
    (line, *_rest) = cloud.rows(LINES, PUNO=order)[2:]
    assert (line["PUST"], line["ITDS"], line["LNAM"]) == ("15", "Inbound freight", "40.00")


def test_a_line_needs_an_item_and_an_open_order(cloud: Any, order: str) -> None:
    """An unknown item, an unknown order and an invoiced order take no line."""
    cloud.seed("MPHEAD", {"PUNO": "DONE", "SUNO": "Y30001", "PUSL": "85", "PUST": "85"})
    line = {"ORQA": "1", "ITNO": "FREIGHT"}
    assert cloud.nok("PPS200MI/AddLine", PUNO=order, ORQA="1", ITNO="NOTHING")["errorField"] == "ITNO"
    assert cloud.nok("PPS200MI/AddLine", PUNO="NOTHING", **line)["errorField"] == "PUNO"
    assert cloud.nok("PPS200MI/AddLine", PUNO="DONE", **line)["errorCode"] == "CPF9898"


def test_what_does_not_exist_is_said_so(cloud: Any) -> None:
    """An unknown order fails for its head and has no lines."""
    assert cloud.nok("PPS001MI/GetHeadBasic", PUNO="NOTHING")["errorField"] == "PUNO"
    assert cloud.nok("PPS200MI/GetLine", PUNO="NOTHING", PNLI="1")["errorField"] == "PNLI"
    assert cloud.rows(LINES, PUNO="NOTHING") == []


def test_the_type_of_receipts_is_the_tenant_s(cloud: Any, order: str) -> None:
    """Where receipts have another type, they are found under it."""
    cloud.set(receipt_type="25")
    cloud.seed("MPLIND", {"PUNO": order, "PNLI": 1, "RPQA": 10})
    assert len(cloud.rows("PPS200MI/LstLineTrans", PRTR="25", PUNO=order)) == 1
    assert cloud.rows(LINES, PUNO=order)[0]["RVQA"] == "10"


def test_an_order_is_entered_line_by_line_and_registered_at_the_end(cloud: Any) -> None:
    """The batch entry's order is there at status 05 from its head on, and finishing brings it to 15."""
    message = cloud.row("PPS370MI/StartEntry")["MSGN"]
    number = cloud.row("PPS370MI/AddHead", MSGN=message, SUNO="Y30001", YRE1="PO-1")["PUNO"]
    assert cloud.nok("PPS370MI/FinishEntry", MSGN=message, PUNO=number)["errorField"] == "PUNO"
    line = {"MSGN": message, "PUNO": number, "ITNO": "FREIGHT", "ORQA": "1", "PUPR": "40"}
    assert [cloud.row("PPS370MI/AddLine", **line)["PNLI"] for _ in range(2)] == ["1", "2"]
    assert cloud.row("PPS001MI/GetHeadBasic", PUNO=number)["PUSL"] == "05"
    cloud.rows("PPS370MI/FinishEntry", MSGN=message, PUNO=number)
    assert cloud.row("PPS001MI/GetHeadBasic", PUNO=number)["PUSL"] == "15"


def test_the_batch_entry_refuses_what_it_does_not_know(cloud: Any) -> None:
    """An unknown supplier, item or order is refused, and so is a line for an order that is not in entry."""
    message = cloud.row("PPS370MI/StartEntry")["MSGN"]
    number = cloud.row("PPS370MI/AddHead", MSGN=message, SUNO="Y30001")["PUNO"]
    line = {"MSGN": message, "ITNO": "FREIGHT", "ORQA": "1"}
    assert cloud.nok("PPS370MI/AddHead", MSGN=message, SUNO="NOBODY")["errorField"] == "SUNO"
    assert cloud.nok("PPS370MI/AddLine", **{**line, "ITNO": "NOTHING"}, PUNO=number)["errorField"] == "ITNO"
    assert cloud.nok("PPS370MI/AddLine", **line, PUNO="NOTHING")["errorField"] == "PUNO"
    cloud.rows("PPS370MI/AddLine", **line, PUNO=number)
    cloud.rows("PPS370MI/FinishEntry", MSGN=message, PUNO=number)
    assert cloud.nok("PPS370MI/AddLine", **line, PUNO=number)["errorField"] == "PUNO"

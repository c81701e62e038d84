"""PPS001MI, PPS200MI and PPS320MI: orders, lines and receipts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from .call import Call
from .errors import generic, missing
from .tenant import Row
from .values import number_of, plain

_CLOSED = "85"
"""Highest status from which an order takes no more lines (our convention)."""


def _head(call: Call) -> Row:
    row = call.tenant.row("MPHEAD", call.cono, call.get("PUNO"))
    if row is None:
        raise missing("Purchase order number", call.get("PUNO"), "PUNO")
    return row


def get_head_basic(call: Call) -> list[Row]:
    """Return an order's head with its statuses."""
    return [_head(call)]


def list_head_basic(call: Call) -> list[Row]:
    """Return the orders of a requisitioner."""
    return [row for row in call.rows("MPHEAD") if row["PURC"] == call.get("PURC")]


def get_head(call: Call) -> list[Row]:
    """Return an order's head with its totals, which are those of its lines; it has no status."""
    row = _head(call)
    lines = call.tenant.rows("MPLINE", call.cono, row["PUNO"])
    net = sum((number_of(line, "LNAM") for line in lines), Decimal(0))
    local = sum((number_of(line, "SAAM") for line in lines), Decimal(0))
    gross = sum((_gross(line) for line in lines), Decimal(0))
    quantity = sum((number_of(line, "ORQA") for line in lines), Decimal(0))
    totals = {"NTAM": net, "COAM": net, "SAAM": local, "BRAM": gross, "TOQT": quantity, "ODAM": gross - net}
    return [{**row, **{name: plain(total) for name, total in totals.items()}}]


def _gross(line: Row) -> Decimal:
    per = number_of(line, "PUCD") or Decimal(1)
    return round(number_of(line, "ORQA") * number_of(line, "PUPR") / per, 2)


def lst_line(call: Call) -> list[Row]:
    """Return the lines of an order."""
    return call.tenant.rows("MPLINE", call.cono, call.get("PUNO"))


def get_line(call: Call) -> list[Row]:
    """Return one line."""
    row = call.tenant.row("MPLINE", call.cono, call.get("PUNO"), call.get("PNLI"), call.get("PNLS") or "0")
    if row is None:
        raise missing("Purchase order line", call.get("PNLI"), "PNLI")
    return [row]


def lst_line_trans(call: Call) -> list[Row]:
    """Return reported transactions of a kind; goods receipts have PRTR 50 (inferred)."""
    held = call.tenant
    rows = held.rows("MPLIND", call.cono, call.get("PUNO")) if call.get("PUNO") else call.rows("MPLIND")
    return [row for row in rows if call.is_wanted(row, "PRTR", "PNLI", "PNLS", "REPN")]


def lst_received_po(call: Call) -> list[Row]:
    """Return the goods receipts of an order with their items."""
    rows = call.tenant.rows("MPLIND", call.cono, call.get("PUNO"))
    lines = {(row["PNLI"], row["PNLS"]): row for row in lst_line(call)}
    kind = call.site.switches.receipt_type
    blank: Row = {}
    return [
        {**lines.get((row["PNLI"], row["PNLS"]), blank), **row, "RVQA": row["RPQA"]}
        for row in rows
        if row["PRTR"] == kind
    ]


def add_line(call: Call) -> list[Row]:
    """Add a line to an order: nothing recognises a repeated call, so a repetition adds another line.

    Raises:
        Nok: when the order or the item does not exist, or the order is invoiced or closed.
    """
    head = _head(call)
    if head["PUST"] >= _CLOSED:
        raise generic(f"Purchase order {head['PUNO']} has status {head['PUST']}", "PUNO")
    if call.tenant.row("MITMAS", call.cono, call.get("ITNO")) is None:
        raise missing("Item number", call.get("ITNO"), "ITNO")
    given = {**call.inputs, "CONO": call.cono, "PUSL": "15", "PUST": "15", "CHID": call.user["USID"]}
    return [call.site.enter(call.tenant, "MPLINE", given)]


def search_head(call: Call) -> list[Row]:
    """Return orders that the search index finds."""
    return call.found("MPHEAD", "PPS200")


def search_line(call: Call) -> list[Row]:
    """Return order lines that the search index finds."""
    return call.found("MPLINE", "PPS201")


TRANSACTIONS: dict[str, Callable[[Call], list[Row]]] = {
    "PPS001MI/GetHeadBasic": get_head_basic,
    "PPS001MI/ListHeadBasic": list_head_basic,
    "PPS200MI/GetHead": get_head,
    "PPS200MI/LstLine": lst_line,
    "PPS200MI/GetLine": get_line,
    "PPS200MI/LstLineTrans": lst_line_trans,
    "PPS200MI/AddLine": add_line,
    "PPS200MI/SearchHead": search_head,
    "PPS200MI/SearchLine": search_line,
    "PPS320MI/LstReceivedPO": lst_received_po,
}

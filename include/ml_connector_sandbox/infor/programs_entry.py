"""PPS370MI: batch entry of purchase orders.

That this program is the batch entry is public; its transactions and fields are our convention: M3's usual ones. An
order is there, at status 05, once its head is entered, and finishing the entry brings it to 15. Nothing recognises a
repeated transaction: it is carried out again.
"""

from __future__ import annotations

from collections.abc import Callable

from .call import Call
from .errors import generic, missing
from .tenant import Row

_ENTERED, _REGISTERED = "05", "15"


def start_entry(call: Call) -> list[Row]:
    """Open an entry and return its message number."""
    return [{"MSGN": call.tenant.next("MSGN", 700001)}]


def add_head(call: Call) -> list[Row]:
    """Add an order's head and return its number.

    Raises:
        Nok: when the supplier does not exist.
    """
    if call.tenant.row("CIDMAS", call.cono, call.get("SUNO")) is None:
        raise missing("Supplier number", call.get("SUNO"), "SUNO")
    number = call.tenant.next("PUNO370", 4600001)
    statuses = {"PUSL": _ENTERED, "PUST": _ENTERED}
    given = {"CONO": call.cono, **_given(call), "PUNO": number, **statuses, "CHID": call.user["USID"]}
    return [call.site.enter(call.tenant, "MPHEAD", given)]


def add_line(call: Call) -> list[Row]:
    """Add a line to an order in entry.

    Raises:
        Nok: when the item does not exist, or the order does not or is not in entry any more.
    """
    _in_entry(call)
    if call.tenant.row("MITMAS", call.cono, call.get("ITNO")) is None:
        raise missing("Item number", call.get("ITNO"), "ITNO")
    statuses = {"PUSL": _ENTERED, "PUST": _ENTERED}
    given = {"CONO": call.cono, **_given(call), **statuses, "CHID": call.user["USID"]}
    return [call.site.enter(call.tenant, "MPLINE", given)]


def finish_entry(call: Call) -> list[Row]:
    """Register an order in entry.

    Raises:
        Nok: when it has no lines, does not exist, or is not in entry any more.
    """
    head = _in_entry(call)
    lines = call.tenant.rows("MPLINE", call.cono, head["PUNO"])
    if not lines:
        raise generic(f"Purchase order {head['PUNO']} has no lines", "PUNO")
    for row in lines:
        key = f"{row['CONO']}/{row['PUNO']}/{row['PNLI']}/{row['PNLS']}"
        call.site.edit(call.tenant.name, "MPLINE", key, {"PUSL": _REGISTERED, "PUST": _REGISTERED})
    return []


def _given(call: Call) -> Row:
    return {name: value for name, value in call.inputs.items() if name != "MSGN"}


def _in_entry(call: Call) -> Row:
    row = call.tenant.row("MPHEAD", call.cono, call.get("PUNO"))
    if row is None:
        raise missing("Purchase order number", call.get("PUNO"), "PUNO")
    if row["PUSL"] != _ENTERED:
        raise generic(f"Purchase order {row['PUNO']} has status {row['PUSL']}", "PUNO")
    return row


TRANSACTIONS: dict[str, Callable[[Call], list[Row]]] = {
    "PPS370MI/StartEntry": start_entry,
    "PPS370MI/AddHead": add_head,
    "PPS370MI/AddLine": add_line,
    "PPS370MI/FinishEntry": finish_entry,
}

"""PPS370MI for the simulator: batch entry of orders, which no public text describes; names are M3's usual ones.

An order is there, at status 05, once its head is entered; finishing the entry brings it to 15. A repeated transaction
is carried out again.
"""

from __future__ import annotations

from ml_connector_sandbox.infor.call import Call
from ml_connector_sandbox.infor.errors import generic, missing
from ml_connector_sandbox.infor.execute import PROGRAMS
from ml_connector_sandbox.infor.metadata import REPOSITORY, Field, Transaction
from ml_connector_sandbox.infor.tenant import Row

_HEAD = "MSGN! SUNO! PUDT DWDT CUCD TEPY ORTY FACI WHLO YRE1"
_LINE = "MSGN! PUNO! ITNO! ORQA! PUPR PUCD PUUN DWDT WHLO"


def start(call: Call) -> list[Row]:
    return [{"MSGN": call.tenant.next("MSGN", 700001)}]


def add_head(call: Call) -> list[Row]:
    if call.tenant.row("CIDMAS", call.cono, call.get("SUNO")) is None:
        raise missing("Supplier number", call.get("SUNO"), "SUNO")
    number = call.tenant.next("PUNO370", 4600001)
    given = {name: value for name, value in call.inputs.items() if name != "MSGN"}
    call.site.enter(call.tenant, "MPHEAD", {"PUNO": number, "PUSL": "05", "PUST": "05", **given})
    return [{"PUNO": number}]


def add_line(call: Call) -> list[Row]:
    if call.tenant.row("MITMAS", call.cono, call.get("ITNO")) is None:
        raise missing("Item number", call.get("ITNO"), "ITNO")
    given = {name: value for name, value in call.inputs.items() if name != "MSGN"}
    return [call.site.enter(call.tenant, "MPLINE", {"PUSL": "05", "PUST": "05", **given})]


def finish(call: Call) -> list[Row]:
    lines = call.tenant.rows("MPLINE", call.cono, call.get("PUNO"))
    if not lines or any(row["PUSL"] != "05" for row in lines):
        raise generic(f"Order {call.get('PUNO')} cannot be finished", "PUNO")
    for row in lines:
        key = f"{row['PUNO']}/{row['PNLI']}/{row['PNLS']}"
        call.site.edit(call.tenant.name, "MPLINE", key, {"PUSL": "15", "PUST": "15"})
    return []


def install() -> None:
    """Add the program to every simulator of this process."""
    REPOSITORY.inputs["MSGN"] = Field("MSGN", "A", 15, "Message number")
    table = (
        ("StartEntry", "", "MSGN", start),
        ("AddHead", _HEAD, "PUNO", add_head),
        ("AddLine", _LINE, "PNLI", add_line),
        ("FinishEntry", "MSGN! PUNO!", "", finish),
    )
    for name, inputs, output, function in table:
        made = Transaction("PPS370MI", name, {one.rstrip("!"): one.endswith("!") for one in inputs.split()})
        if output:
            made.outputs[output] = REPOSITORY.inputs[output]
        REPOSITORY.transactions[made.path] = made
        PROGRAMS[made.path] = function

"""One pair, compared by what both systems list: after a run, then after each thing that people do; told as JSON.

A program of its own, since the proof's stage puts its own time and network into the process.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "include")]
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"

from prove.acts import begin
from prove.clock import CLOCK, install
from prove.stage import Stage

from ml_connector.orchestration.comparing import compare

DAYS = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
BILLED = 1
"""The second purchase of the tiny worlds has the bill."""
Do = Callable[[Stage], None]


def edit(system: str, entity: str, keys: str, changes: Any, nth: int = 0) -> Do:
    """Return what changes a record as a person would; `changes` may be made from the record."""

    def do(stage: Stage) -> None:
        row = _row(stage, system, entity, nth)
        to = changes(row) if callable(changes) else changes
        stage.simulators[system].edit(stage.account_of(system), entity, _key(row, keys), to)

    return do


def remove(system: str, entity: str, keys: str, nth: int = 0) -> Do:
    """Return what deletes a record."""

    def do(stage: Stage) -> None:
        key = _key(_row(stage, system, entity, nth), keys)
        stage.simulators[system].remove(stage.account_of(system), entity, key)

    return do


def _row(stage: Stage, system: str, entity: str, nth: int) -> Any:
    rows = stage.records()[system][entity]
    return (list(rows.values()) if isinstance(rows, dict) else rows)[nth]


def _key(row: Any, names: str) -> str:
    return "/".join(str(row[name]) for name in names.split())


def other_account(purchase: Any) -> Any:
    """Return the bill with another account on its lines."""
    bills = purchase["Invoice"]
    first = bills[0] if isinstance(bills, list) else bills
    lines = [{**line, "Account": "453" if line["Account"] != "453" else "630"} for line in first["Lines"]]
    changed = {**first, "Lines": lines}
    return {"Invoice": [changed, *bills[1:]] if isinstance(bills, list) else changed}


IN_CIN7: dict[str, Do] = {
    "account changed in Cin7": edit("cin7", "purchase", "ID", other_account, BILLED),
    "void in Cin7": edit("cin7", "purchase", "ID", {"void": True}, BILLED),
    "deleted in Cin7": remove("cin7", "purchase", "ID", BILLED),
}
DRILLS: dict[str, dict[str, Do]] = {
    "acumatica_cin7": {
        "order moved in Acumatica": edit("acumatica", "PurchaseOrder", "Type OrderNbr", {"Date": "2026-11-30"}),
        "bill deleted in Acumatica": remove("acumatica", "Bill", "Type ReferenceNbr"),
        "purchase deleted in Cin7": remove("cin7", "purchase", "ID"),
    },
    "cin7_qad": {
        "amount changed in QAD": edit(
            "qad", "supplierInvoices", "entityCode postingYear daybookCode voucher", {"invoiceAmount": 5}
        ),
        "purchase deleted in Cin7": remove("cin7", "purchase", "ID"),
    },
    "ifs_cin7": {
        "date changed in IFS": edit("ifs", "ManSuppInvoice", "Company InvoiceId", {"InvoiceDate": "2026-09-09"}),
        "order deleted in IFS": remove("ifs", "PurchaseOrder", "OrderNo"),
        **IN_CIN7,
    },
    "infor_cin7": {"order deleted in M3": remove("infor", "MPHEAD", "CONO PUNO"), **IN_CIN7},
    "syspro_cin7": {
        "amount changed in SYSPRO": edit("syspro", "ApInvoice", "Supplier Invoice", {"OrigInvValue": "9.99"}),
        "order deleted in SYSPRO": remove("syspro", "PorMasterHdr", "PurchaseOrder"),
        **IN_CIN7,
    },
}


def found(stage: Stage) -> list[str]:
    """Return ``flow cause`` of what differs, without what is known."""
    with stage.workshop(stage.deployment, of_one_moment=True) as parts:
        runs = [parts.flow_run(flow, "drill") for flow in stage.deployment.active_flows()]
        made = list(compare(parts, runs, DAYS, "drill"))
    return sorted(
        f"{one.made.flow} {it.cause.value}"
        for one in made
        for it in one.made.result.mismatches
        if not it.cause.is_known
    )


def main(pair: str) -> dict[str, list[str]]:
    """Return what was found after the run, and after each thing done to the pair."""
    install()
    stage = Stage(pair)
    try:
        run = begin(stage, "first")
        run.go()
        told = {"done": [] if run.is_done else run.log, "quiet": found(stage)}
        for name, do in DRILLS[pair].items():
            CLOCK.sleep(3600)
            do(stage)
            told[name] = found(stage)
    finally:
        stage.discard()
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])) + "\n")

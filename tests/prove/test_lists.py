"""Every pair, compared by what both systems list: quiet when nothing happened, and by its name what people did."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

DRILL = Path(__file__).with_name("list_drill.py")
ORDERS, RECEIPTS, BILLS = "purchase_orders", "goods_receipts", "supplier_invoices"
FOUND: dict[str, dict[str, list[str]]] = {
    "acumatica_cin7": {
        "order moved in Acumatica": [f"{ORDERS} period"],
        "bill deleted in Acumatica": [f"{ORDERS} period", f"{BILLS} deleted"],
        "purchase deleted in Cin7": [f"{ORDERS} deleted", f"{BILLS} deleted"],
    },
    "cin7_qad": {
        "amount changed in QAD": [f"{BILLS} amount"],
        "purchase deleted in Cin7": [f"{ORDERS} deleted", f"{BILLS} amount"],
    },
    "ifs_cin7": {
        "date changed in IFS": [f"{BILLS} period"],
        "order deleted in IFS": [f"{ORDERS} deleted", f"{BILLS} period"],
        "account changed in Cin7": [f"{ORDERS} deleted", f"{BILLS} period"],
        "void in Cin7": [f"{RECEIPTS} voided", f"{ORDERS} deleted", f"{ORDERS} voided", f"{BILLS} voided"],
        "deleted in Cin7": [f"{RECEIPTS} deleted", f"{ORDERS} deleted", f"{ORDERS} deleted", f"{BILLS} deleted"],
    },
    "infor_cin7": {
        "order deleted in M3": [f"{ORDERS} deleted"],
        "account changed in Cin7": [f"{ORDERS} deleted", f"{BILLS} account"],
        "void in Cin7": [f"{ORDERS} deleted", f"{ORDERS} voided", f"{BILLS} voided"],
        "deleted in Cin7": [f"{ORDERS} deleted", f"{ORDERS} deleted", f"{BILLS} deleted"],
    },
    "syspro_cin7": {
        "amount changed in SYSPRO": [f"{BILLS} amount"],
        "order deleted in SYSPRO": [f"{ORDERS} deleted", f"{BILLS} amount"],
        "account changed in Cin7": [f"{ORDERS} deleted", f"{BILLS} amount"],
        "void in Cin7": [f"{RECEIPTS} voided", f"{ORDERS} deleted", f"{ORDERS} voided", f"{BILLS} voided"],
        "deleted in Cin7": [f"{RECEIPTS} deleted", f"{ORDERS} deleted", f"{ORDERS} deleted", f"{BILLS} deleted"],
    },
}
"""Pair → what people did, one after the other → the differences that there are then; the stronger cause is told."""


@pytest.mark.parametrize("pair", sorted(FOUND))
def test_a_quiet_pair_has_nothing_to_tell_and_each_change_has_its_name(pair: str) -> None:
    """After a run both lists agree; then what people change, void or delete is told by flow and cause."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(DRILL), pair], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"done": [], "quiet": [], **FOUND[pair]}

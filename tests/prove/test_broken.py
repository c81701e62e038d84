"""The proof finds what it is there to find: each connector broken on purpose makes it fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ORDERS = "infor_cin7/first/purchase_orders.load/http-*/reset_after/*"


def prove(script: list[str], case: str, told: Path) -> tuple[int, dict[str, Any], str]:
    """Run the proof in a process of its own; return its exit code, the pair's numbers and what it printed."""
    command = [sys.executable, *script, "--case", case, "--summary", str(told)]
    path = os.pathsep.join([str(ROOT), str(ROOT / "include")])
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert told.exists(), done.stdout + done.stderr
    return done.returncode, json.loads(told.read_text())["pairs"][case.partition("/")[0]], done.stdout


@pytest.mark.parametrize(
    ("broken", "case", "found"),
    [
        ("no_find_first", ORDERS, "duplicates"),
        ("blind_repeat", ORDERS, "duplicates"),
        ("bound_late", ORDERS, "otherwise wrong"),
        ("mark_before_load", "infor_cin7/first/suppliers.validate/commit-0/commit_fails/*", "lost"),
    ],
)
def test_a_broken_connector_makes_the_proof_fail(tmp_path: Path, broken: str, case: str, found: str) -> None:
    """A connector without one of the promise's parts ends the proof with exit code 1, and the case is named."""
    code, numbers, said = prove(["tests/prove/broken.py", broken], case, tmp_path / "summary.json")
    assert (code, numbers[found] > 0) == (1, True), said
    assert "make prove CASE='infor_cin7/" in said or "without any fault" in said


def test_a_case_played_to_its_end_ends_as_one_cut_short(tmp_path: Path) -> None:
    """Where the world stands as it stood before, going on to the end finds nothing that stopping has missed."""
    case = "infor_cin7/*/supplier_invoices.load/http-[2-4]/timeout_before/*"
    short = prove(["-m", "prove"], case, tmp_path / "short.json")
    whole = prove(["-m", "prove", "--whole"], case, tmp_path / "whole.json")
    assert (short[0], whole[0]) == (0, 0), short[2] + whole[2]
    assert short[1]["cases"] == whole[1]["cases"] > 0
    assert short[1]["played on"] < whole[1]["played on"]
